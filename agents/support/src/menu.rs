//! The menu that every agent in service joins by its own profile, and the words that mean something here.

use agent_sdk::{Choice, Language, Outcome, Text, Turn, Value, reply, roster, tr, words};

/// Rows of the first page that are ours when there are few agents.
const OWN_ROWS: usize = 2;

const WELCOME: Text = tr!(
    "👋 Welcome! I keep what you write here to help you, and never show your number to anyone unless you agree. Type *stop* to hear nothing more from us; *français*, *kinyarwanda* or *kiswahili* to change the language.",
    "👋 Bienvenue ! Je garde ce que vous écrivez ici pour vous aider, et je ne montre jamais votre numéro sans votre accord. Écrivez *stop* pour ne plus rien recevoir ; *english*, *kinyarwanda* ou *kiswahili* pour changer de langue.",
    "👋 Murakaza neza! Mbika ibyo wanditse hano kugira ngo ngufashe, kandi nimero yawe sinyereka undi utabyemeye. Andika *stop* niba udashaka ubundi butumwa; *english*, *français* cyangwa *kiswahili* guhindura ururimi.",
    "👋 Karibu! Ninahifadhi unachoandika hapa ili nikusaidie, na simwonyeshi mtu yeyote namba yako bila ruhusa yako. Andika *stop* usipotaka ujumbe tena; *english*, *français* au *kinyarwanda* kubadilisha lugha.",
);
const QUESTION: Text =
    tr!("What would you like to do?", "Que souhaitez-vous faire ?", "Urifuza gukora iki?", "Ungependa kufanya nini?",);
const WAITS_ONE: Text = tr!(
    "📬 *1* request waits for your answer: {about}",
    "📬 *1* demande attend votre réponse : {about}",
    "📬 Hari ubusabe *1* butegereje igisubizo cyawe: {about}",
    "📬 Ombi *1* linasubiri jibu lako: {about}",
);
const WAIT_SEVERAL: Text = tr!(
    "📬 *{n}* requests wait for your answer, the newest: {about}",
    "📬 *{n}* demandes attendent votre réponse, la dernière : {about}",
    "📬 Hari ubusabe *{n}* butegereje igisubizo cyawe, ubuheruka: {about}",
    "📬 Maombi *{n}* yanasubiri jibu lako, la karibuni: {about}",
);
pub(crate) const NOT_UNDERSTOOD: Text = tr!(
    "I am not sure what you mean. Choose below, or say it in a few words.",
    "Je ne suis pas sûr de comprendre. Choisissez ci-dessous, ou dites-le en quelques mots.",
    "Sinumvise neza. Hitamo hasi, cyangwa ubivuge mu magambo make.",
    "Sijaelewa vizuri. Chagua hapa chini, au sema kwa maneno machache.",
);
pub(crate) const NOT_TEXT: Text = tr!(
    "Thank you. I can help best when you write, or choose below.",
    "Merci. Je vous aide mieux par écrit, ou choisissez ci-dessous.",
    "Urakoze. Nagufasha neza wanditse, cyangwa uhitemo hasi.",
    "Asante. Nakusaidia vizuri zaidi ukiandika, au chagua hapa chini.",
);

pub(crate) const THANKS: Text = tr!(
    "You're welcome! 😊 Write whenever you need something.",
    "Avec plaisir ! 😊 Écrivez-moi quand vous voulez.",
    "Murakaza neza! 😊 Nyandikira igihe cyose hari icyo ukeneye.",
    "Karibu sana! 😊 Niandikie wakati wowote.",
);
pub(crate) const BYE: Text =
    tr!("Goodbye, and take care! 👋", "Au revoir, et à bientôt ! 👋", "Murabeho! 👋", "Kwaheri! 👋");
pub(crate) const GOOD: Text = tr!(
    "All right! Tell me in a few words what you need.",
    "D'accord ! Dites-moi en quelques mots ce qu'il vous faut.",
    "Ni byiza! Mbwira mu magambo make icyo ukeneye.",
    "Sawa! Niambie kwa maneno machache unachohitaji.",
);
pub(crate) const GREETINGS: &[&str] = &["start", "menu", "services", "menyu"];
pub(crate) const HELP_WORDS: &[&str] = &["help", "questions", "faq", "aide", "ubufasha", "msaada"];
pub(crate) const LANGUAGE_WORDS: &[&str] = &["language", "langue", "langues", "ururimi", "indimi", "lugha"];

/// The menu, with words before it.
pub(crate) fn show(turn: &Turn, language: Language, before: &str, page: usize) -> Outcome {
    let welcome = if turn.is_first_contact() { WELCOME.get(language) } else { "" };
    let waiting = waiting(turn);
    let waits = waits(&waiting, language);
    let parts = [welcome, before, waits.as_str(), QUESTION.get(language)];
    let body = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    let mut agents = roster::agents();
    let n_agents = agents.len();
    // What waits comes first, or else what the person did last.
    let newest = waiting.first().and_then(|newest| newest["agent"].as_str());
    if let Some(last) = newest.or(turn.session.previous_agent.as_deref())
        && let Some(at) = agents.iter().position(|card| card.name == last)
    {
        agents[..=at].rotate_right(1);
    }
    let mut rows: Vec<_> =
        agents.iter().map(|card| reply::choice_of(&card.name, &card.title).line(&card.line)).collect();
    rows.push(
        reply::choice("help", tr!("❓ Help", "❓ Aide", "❓ Ubufasha", "❓ Msaada").get(language)).line(
            tr!(
                "Questions, my tickets, talk to a human",
                "Questions, mes tickets, parler à quelqu'un",
                "Ibibazo, kuvugana n'umuntu",
                "Maswali, kuzungumza na mtu"
            )
            .get(language),
        ),
    );
    // The language can also be changed from the help list, so it does not cost a second page.
    if n_agents + OWN_ROWS <= reply::ROWS_MAX || n_agents >= reply::ROWS_MAX {
        rows.push(reply::choice("language", "🌐 Language").line("English · Français · Kinyarwanda · Kiswahili"));
    }
    Outcome::say(reply::page(language, body, rows, page))
}

/// The button that leads to the menu.
pub(crate) fn way_back(language: Language) -> Choice {
    reply::choice("menu", tr!("Menu", "Menu", "Menu", "Menyu").get(language))
}

/// A kind word, with the way to the menu.
pub(crate) fn kind(language: Language, text: Text) -> Outcome {
    Outcome::say(reply::choices(language, text.get(language), vec![way_back(language)]))
}

/// What waits for the person's yes or no, the newest first, as the host tells it.
fn waiting(turn: &Turn) -> Vec<Value> {
    let told = turn.extras.iter().find(|extra| extra.name == "pending");
    told.and_then(|extra| serde_json::from_str(&extra.value).ok()).unwrap_or_default()
}

/// A line about what waits; empty if nothing does.
fn waits(waiting: &[Value], language: Language) -> String {
    let Some(newest) = waiting.first() else { return String::new() };
    let about = words::cut(newest["about"].as_str().unwrap_or_default().lines().next().unwrap_or_default(), 120);
    let count = waiting.len().to_string();
    let text = if waiting.len() == 1 { WAITS_ONE } else { WAIT_SEVERAL };
    text.with(language, &[("n", &count), ("about", &about)])
}

/// The language whose name was said, and nothing else.
pub(crate) fn language_named(text: &str) -> Option<Language> {
    let text = words::plain(text);
    match text.as_str() {
        "english" | "anglais" | "icyongereza" | "kiingereza" => Some(Language::En),
        "french" | "francais" | "igifaransa" | "kifaransa" => Some(Language::Fr),
        "kinyarwanda" | "ikinyarwanda" | "rwandan" => Some(Language::Rw),
        "swahili" | "kiswahili" | "igiswahili" => Some(Language::Sw),
        _ => None,
    }
}

/// The only agent whose name or title has a word that was said. Two or none: nobody is named clearly.
pub(crate) fn named<'a>(text: &str, agents: impl Iterator<Item = (&'a str, &'a str)>) -> Option<&'a str> {
    let said = words::plain(text);
    let said: Vec<&str> = said.split(' ').map(words::stem).filter(|word| word.len() > 2).collect();
    let mut found = agents.filter(|(name, title)| {
        let known = words::plain(&format!("{name} {title}"));
        known.split(' ').map(words::stem).any(|word| word.len() > 2 && said.contains(&word))
    });
    match (found.next(), found.next()) {
        (Some((name, _)), None) => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_named_by_one_of_its_words() {
        let agents = || [("jobs", "💼 Emplois"), ("marketplace", "🛍️ Marché"), ("market_news", "News")].into_iter();
        assert_eq!(named("show me the jobs", agents()), Some("jobs"));
        assert_eq!(named("un emploi", agents()), Some("jobs"));
        assert_eq!(named("jobs or marketplace", agents()), None);
        assert_eq!(named("the weather", agents()), None);
    }
}
