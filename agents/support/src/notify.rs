//! Whether saved searches tell the person what they found.

use agent_sdk::{Language, Outcome, Problem, Result, preferences, reply, tr};

pub(crate) const OFF_WORDS: &[&str] = &[
    "notifications off",
    "no notifications",
    "turn off notifications",
    "stop notifications",
    "pas de notifications",
    "sans notifications",
    "couper les notifications",
    "zimya amatangazo",
    "zima arifa",
];

/// Looked for after those above, so the bare word means on.
pub(crate) const ON_WORDS: &[&str] = &["notifications", "fungura amatangazo", "washa arifa"];

/// Turns them on or off.
pub(crate) fn set(language: Language, on: bool) -> Result<Outcome> {
    let done = preferences::set("notifications", if on { "on" } else { "off" });
    let body = match (done, on) {
        (Ok(()), true) => tr!(
            "🔔 I'll tell you when a saved search finds something.",
            "🔔 Je vous préviens quand une recherche enregistrée trouve quelque chose.",
            "🔔 Nzakumenyesha igihe ubushakashatsi wabitse bubonye ikintu.",
            "🔔 Nitakujulisha utafutaji uliohifadhiwa ukipata kitu."
        ),
        (Ok(()), false) => tr!(
            "🔕 Saved searches stay silent. Answers to what you do still come.",
            "🔕 Les recherches enregistrées se taisent. Les réponses à vos démarches viennent toujours.",
            "🔕 Ubushakashatsi wabitse ntibuzakumenyesha. Ibisubizo by'ibyo ukora bizakomeza kuza.",
            "🔕 Utafutaji uliohifadhiwa utanyamaza. Majibu ya unayofanya bado yatakuja."
        ),
        // The feature is off.
        (Err(Problem::Denied(_)), _) => tr!(
            "I cannot remember that right now.",
            "Je ne peux pas retenir cela en ce moment.",
            "Sinshobora kubibika ubu.",
            "Siwezi kukumbuka hilo kwa sasa."
        ),
        (Err(problem), _) => return Err(problem.into()),
    };
    let other = match on {
        true => reply::choice("notify:off", tr!("🔕 Turn off", "🔕 Couper", "🔕 Zimya", "🔕 Zima").get(language)),
        false => reply::choice("notify:on", tr!("🔔 Turn on", "🔔 Activer", "🔔 Fungura", "🔔 Washa").get(language)),
    };
    Ok(Outcome::say(reply::choices(language, body.get(language), vec![other, reply::menu_choice(language)])))
}
