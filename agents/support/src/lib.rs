//! The menu, questions about the service, tickets, and the way to every other agent. Anyone who has nowhere else to go comes here.

mod data;
mod everywhere;
mod faq;
mod kinds;
mod menu;
mod notify;
mod places;
mod ticket;

use agent_sdk::{
    Agent, Did, Flow, Language, Outcome, Profile, Result, Run, Runnable, Turn, board::Heard, export, preferences,
    reply, roster, runs, tickets, tool, tr, words,
};

struct Support;

export!(Support);

tool! {
    "show_services_menu": "Shows the menu of all services.",
    struct ShowServicesMenu {}
}

impl Run for ShowServicesMenu {
    fn run(self, turn: &Turn) -> Result<Did> {
        Ok(Did::Answered(menu::show(turn, Language::of(turn), "", 0)))
    }
}

impl Agent for Support {
    const FLOWS: &'static [&'static Flow] = &[&ticket::TICKET, &data::FORGET, &places::SAVE];
    const TOOLS: &'static [Runnable] =
        &[runs::<ShowServicesMenu>(), runs::<everywhere::SearchEverything>(), runs::<ticket::CreateSupportTicket>()];
    const PERSONA: &'static str = "You welcome people, explain the services and lead to them. Whatever belongs to one of the other agents, \
        you hand over to it. Searching, listing and applying cost nothing. Numbers are given only with consent.";

    fn profile() -> Profile {
        Profile::new("support", env!("CARGO_PKG_VERSION"), "The menu, questions about the service, and tickets.")
            .titled(
                tr!("❓ Help", "❓ Aide", "❓ Ubufasha", "❓ Msaada"),
                tr!(
                    "Questions, tickets, a person to talk to",
                    "Questions, tickets, parler à quelqu'un",
                    "Ibibazo, kuvugana n'umuntu",
                    "Maswali, kuzungumza na mtu"
                ),
            )
            .keywords(Language::En, "forget me 4, delete my data 4, my data 4, my tickets 4, talk to a human 4, notifications 3, help, support, my home is 4, my work is 4, my places 3, saved places 3, how does this 2, how does it work 3, menu 0.3, services, ticket 1.5, human, complaint 1.5, language")
            .keywords(
                Language::Fr,
                "oubliez moi 4, mes données 4, mes tickets 4, parler à quelqu'un 4, notifications 3, aide, assistance, comment ca marche 4, comment ça marche 4, menu 0.3, services, ticket 1.5, réclamation 1.5, conseiller, langue",
            )
            .keywords(Language::Rw, "nyibagirwa 4, amakuru yanjye 4, vugana n'umuntu 3, ubufasha, mfasha, ikibazo 0.5, ururimi")
            .keywords(Language::Sw, "nisahau 4, data zangu 4, ongea na mtu 3, msaada, saidia, menyu 0.3, lugha")
            .serves(
                "about:help 0.9, human 4, machine 3, complaint 3.5, emergency 5, distress 5, greeting 0.4, thanks 0.8, goodbye 0.6, menu 2, lost 4, account 3, service 1.5, language 3, my-data 4, forget-me 5, undecided 2, explain 0.4, opt-out 4, maybe-opt-out 3, opt-in 3, news 0.4, cheated 4, privacy 5, profile 3, chat 5",
            )
            .stores("Your tickets, the language you chose and the places you saved.")
            .wants(&["log", "readings", "roster", "preferences", "places", "search", "tickets", "privacy", "model"])
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let language = Language::of(turn);
        // Another agent gives the person to a human.
        if turn.handed().is_some_and(|context| context["ticket"] == true) {
            return ticket::open(turn, language);
        }
        if let Some(id) = turn.tap() {
            return tapped(turn, language, id);
        }
        match turn.text() {
            Some(text) => said(turn, language, text),
            None => kinds::answer(turn, language),
        }
    }
}

fn tapped(turn: &Turn, language: Language, id: &str) -> Result<Outcome> {
    match id.split_once(':') {
        Some(("faq", number)) => Ok(faq::answer(turn, language, number)),
        Some(("lang", code)) => set_language(code),
        Some(("notify", which)) => notify::set(language, which == "on"),
        Some(("hit", rest)) => Ok(everywhere::chosen(rest).unwrap_or_else(|| menu::show(turn, language, "", 0))),
        Some(("more", page)) => Ok(menu::show(turn, language, "", page.parse().unwrap_or(0))),
        _ => match id {
            "help" => Ok(faq::list(language)),
            "human" => ticket::open(turn, language),
            "tickets" => ticket::mine(language),
            "places" => places::SAVE.begin(turn).ask(),
            "data" => data::held(language),
            "forget" => data::FORGET.begin(turn).ask(),
            "language" => Ok(ask_language(language)),
            _ => Ok(menu::show(turn, language, "", 0)),
        },
    }
}

fn said(turn: &Turn, language: Language, text: &str) -> Result<Outcome> {
    let heard = Heard::of(text);
    let names_thing = heard.things().next().is_some();
    if let Some(chosen) = menu::language_named(text) {
        return set_language(chosen.code());
    }
    if heard.does("language") || words::is_one_of(text, menu::LANGUAGE_WORDS) {
        return Ok(ask_language(language));
    }
    if words::has_one_of(text, places::WORDS) {
        return places::SAVE.begin(turn).hears(text, |begin, _| begin).ask();
    }
    if words::has_one_of(text, notify::OFF_WORDS) {
        return notify::set(language, false);
    }
    if words::has_one_of(text, notify::ON_WORDS) {
        return notify::set(language, true);
    }
    if heard.does("forget-me") {
        return data::FORGET.begin(turn).ask();
    }
    if heard.does("my-data") {
        return data::held(language);
    }
    if heard.does("complaint") {
        return ticket::complaint(turn, text, language);
    }
    if words::has_one_of(text, ticket::MINE_WORDS) || heard.does("news") && !tickets::mine()?.is_empty() {
        return ticket::mine(language);
    }
    if heard.does("machine") {
        return Ok(faq::machine(language));
    }
    if heard.does("human") {
        return ticket::open(turn, language);
    }
    if heard.does("undecided") {
        return everywhere::taste(turn, language);
    }
    // Who has or wants a thing asks nothing about the service.
    let about_a_thing = names_thing && (heard.does("offer") || heard.does("seek") || heard.does("price"));
    if !about_a_thing && let Some(number) = faq::find(text) {
        return Ok(faq::answer(turn, language, &number.to_string()));
    }
    if words::is_one_of(text, menu::HELP_WORDS) {
        return Ok(faq::list(language));
    }
    let agents = roster::agents();
    let named = menu::named(text, agents.iter().map(|card| (card.name.as_str(), card.title.as_str())));
    if let Some(agent) = named {
        return Ok(Outcome::hand_to(agent, "the person named this service", serde_json::json!({})));
    }
    let rest = heard.left("");
    if rest.is_empty() && !turn.is_first_contact() {
        for (act, kind) in [
            ("thanks", menu::THANKS),
            ("goodbye", menu::BYE),
            ("yes", menu::GOOD),
            ("no", menu::GOOD),
            ("later", menu::GOOD),
        ] {
            if heard.does(act) {
                return Ok(menu::kind(language, kind));
            }
        }
    }
    let chats = heard.does("question") && !names_thing && !heard.does("seek");
    if !chats && let Some(found) = everywhere::by_words(turn, &heard, language)? {
        return Ok(found);
    }
    let knows = heard.does("greeting") || heard.does("menu") || words::is_one_of(text, menu::GREETINGS);
    let before = if knows || turn.is_first_contact() { "" } else { menu::NOT_UNDERSTOOD.get(language) };
    Ok(menu::show(turn, language, before, 0))
}

fn ask_language(language: Language) -> Outcome {
    let body = tr!("Which language?", "Quelle langue ?", "Uruhe rurimi?", "Lugha gani?").get(language);
    let rows = Language::ALL.map(|known| reply::choice(format!("lang:{}", known.code()), known.name()));
    Outcome::say(reply::choices(language, body, rows.to_vec()))
}

/// The host's own words, those of the menu among them, follow from the next message on: so the menu waits for it.
fn set_language(code: &str) -> Result<Outcome> {
    let language = Language::from_code(code);
    preferences::set("language", language.code())?;
    let body = tr!(
        "From now on we speak English.",
        "À partir de maintenant, nous parlons français.",
        "Kuva ubu tuzajya tuvugana mu Kinyarwanda.",
        "Kuanzia sasa tutazungumza Kiswahili."
    );
    Ok(Outcome::say(reply::choices(language, body.get(language), vec![reply::menu_choice(language)])))
}
