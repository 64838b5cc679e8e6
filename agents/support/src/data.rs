//! What is held about the person, and its end.

use agent_sdk::{Answers, Flow, Language, Outcome, Result, Step, Text, Turn, privacy, reply, tr};

/// Asks once more, since it cannot be undone.
pub(crate) const FORGET: Flow = Flow {
    name: "forget_me",
    steps: &[Step::yes_no(
        "sure",
        tr!("Forget me", "M'oublier", "Nyibagirwa", "Nisahau"),
        tr!(
            "I delete your listings, applications, saved things, tickets, preferences and our conversation. This cannot be undone. Do you want that?",
            "J'efface vos annonces, candidatures, enregistrements, tickets, préférences et notre conversation. C'est définitif. Le voulez-vous ?",
            "Ndasiba amatangazo yawe, ubusabe, ibyo wabitse, ibibazo n'ikiganiro cyacu. Ntibisubizwa. Urabishaka?",
            "Ninafuta matangazo yako, maombi, ulivyohifadhi, tiketi na mazungumzo yetu. Haiwezi kurudishwa. Unataka?"
        ),
    )],
    confirm: None,
    word: Flow::CONFIRM,
    done: finish,
};

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let body = if answers.yes("sure") {
        privacy::forget()?;
        tr!(
            "Done. I have forgotten you; if you write again, we start anew.",
            "C'est fait. Je vous ai oublié ; si vous écrivez encore, nous repartons de zéro.",
            "Byakozwe. Narakwibagiwe; nongera kukwandikira dutangira bundi bushya.",
            "Imefanyika. Nimekusahau; ukiandika tena, tunaanza upya."
        )
    } else {
        tr!(
            "Fine, nothing was deleted.",
            "D'accord, rien n'a été effacé.",
            "Ni byiza, nta cyasibwe.",
            "Sawa, hakuna kilichofutwa."
        )
    };
    Ok(Outcome::say(reply::choices(language, body.get(language), vec![reply::menu_choice(language)])))
}

/// What is held, by kind.
pub(crate) fn held(language: Language) -> Result<Outcome> {
    let held = privacy::held()?;
    let lines: Vec<String> =
        held.iter().map(|holding| format!("{}: *{}*", name(&holding.what).get(language), holding.count)).collect();
    let heading = tr!(
        "This is what we hold about you, beside your number and name:",
        "Voici ce que nous gardons de vous, outre votre numéro et votre nom :",
        "Ibi ni byo tubitse kuri wowe, uretse nimero n'izina:",
        "Hivi ndivyo tunavyohifadhi kukuhusu, mbali na namba na jina:"
    );
    let body = format!("{}\n\n{}", heading.get(language), lines.join("\n"));
    let choices = vec![
        reply::choice("forget", tr!("🗑️ Forget me", "🗑️ M'oublier", "🗑️ Nyibagirwa", "🗑️ Nisahau").get(language)),
        reply::menu_choice(language),
    ];
    Ok(Outcome::say(reply::choices(language, body, choices)))
}

fn name(what: &str) -> Text {
    match what {
        "messages" => tr!("Messages", "Messages", "Ubutumwa", "Ujumbe"),
        "files" => tr!("Photos and files", "Photos et fichiers", "Amafoto na dosiye", "Picha na faili"),
        "listings" => tr!("Listings", "Annonces", "Amatangazo", "Matangazo"),
        "applications" => tr!("Applications and orders", "Candidatures et commandes", "Ubusabe", "Maombi na oda"),
        "contacts" => {
            tr!("Contacts asked or given", "Contacts demandés ou donnés", "Nimero zasabwe", "Namba zilizoombwa")
        }
        "records" => {
            tr!("Notes of our services", "Notes de nos services", "Inyandiko za serivisi", "Kumbukumbu za huduma")
        }
        "preferences" => tr!("Preferences", "Préférences", "Ibyo ukunda", "Mapendeleo"),
        "searches" => {
            tr!("Saved searches", "Recherches enregistrées", "Ibishakwa byabitswe", "Utafutaji uliohifadhiwa")
        }
        _ => tr!("Tickets", "Tickets", "Ibibazo", "Tiketi"),
    }
}
