//! Reminders: when to ask again about a lead.

use agent_sdk::{
    Answer, Answers, Flow, Language, Notice, Outcome, Result, Step, Turn, Value, reply, schedule, store, tr, when,
    words,
};
use serde_json::json;

use super::lead::{Lead, WHO_IS_IT, find, of_name, pipeline};
use crate::{BOARD, told};

pub(crate) const FOLLOW_UP: Flow = Flow {
    name: "follow_up",
    steps: &[
        Step::words("who", tr!("Who", "Qui", "Nde", "Nani"), WHO_IS_IT, 2, 80),
        Step::when(
            "when",
            tr!("When", "Quand", "Igihe", "Lini"),
            tr!(
                "When shall I remind you? For instance *friday 9:00*.",
                "Quand dois-je vous le rappeler ? Par exemple *vendredi 9h*.",
                "Nkwibutse ryari? Urugero *kuwa gatanu 9:00*.",
                "Nikukumbushe lini? Kwa mfano *ijumaa 9:00*."
            ),
        ),
        Step::words(
            "what",
            tr!("What about", "À propos de", "Ibyo", "Kuhusu"),
            tr!("What about?", "À quel sujet ?", "Ku ki?", "Kuhusu nini?"),
            2,
            200,
        )
        .or_skip(),
    ],
    confirm: None,
    word: Flow::CONFIRM,
    done: remind,
};

/// Begins the reminder that a sentence asks for.
pub(crate) fn remind_of(turn: &Turn, text: &str, language: Language) -> Result<Outcome> {
    let told = told::of(turn, text);
    let mut begin = FOLLOW_UP.begin(turn).hears(text, |begin, _| begin);
    match told.name {
        Some(name) => begin = begin.known("who", Answer::Words(name)),
        None if !begin.knows("when") => return pipeline(language),
        None => {}
    }
    if let Some(wants) = told.wants {
        begin = begin.known("what", Answer::Words(wants));
    }
    begin.ask()
}

/// Begins a reminder about a lead.
pub(crate) fn follow(turn: &Turn, number: &str) -> Result<Outcome> {
    match find(number)? {
        Some(lead) => {
            let begin = FOLLOW_UP.begin(turn).with("lead", number).known("who", Answer::Words(lead.name.clone()));
            begin.ask_after(&format!("*{}*", lead.name))
        }
        None => Ok(BOARD.menu(Language::of(turn), "")),
    }
}

fn remind(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let who = answers.words("who").unwrap_or_default();
    let what = answers.words("what");
    let found = match answers.context("lead") {
        Some(number) => find(number)?.map(|lead| (number.to_owned(), lead)),
        None => Some(of_name(turn, who, what.unwrap_or_default())?),
    };
    let Some((number, lead)) = found else { return Ok(BOARD.menu(language, "")) };
    let at = answers.time("when").unwrap_or(turn.now);
    store::put_mine("leads", &number, &Lead { follow_up: Some(at), ..lead })?;
    let data = json!({ "lead": number, "what": what }).to_string();
    schedule::set(&format!("follow:{number}"), at, "follow-up", &data)?;
    let body = tr!(
        "⏰ I will remind you of *{who}* on {when}.",
        "⏰ Je vous rappellerai *{who}* : {when}.",
        "⏰ Nzakwibutsa *{who}*: {when}.",
        "⏰ Nitakukumbusha kuhusu *{who}*: {when}."
    );
    let choices = vec![
        reply::choice(format!("lead:{number}"), tr!("Back", "Retour", "Subira", "Rudi").get(language)),
        reply::menu_choice(language),
    ];
    Ok(Outcome::say(reply::choices(
        language,
        body.with(language, &[("who", who), ("when", &when::say(at, language))]),
        choices,
    )))
}

/// A reminder whose time has come; none if the notice is about something else.
pub(crate) fn reminded(notice: &Notice, language: Language) -> Result<Option<Outcome>> {
    if notice.kind != "follow-up" {
        return Ok(None);
    }
    let data: Value = serde_json::from_str(&notice.data).unwrap_or_default();
    let number = data["lead"].as_str().unwrap_or_default();
    let Some(lead) = find(number)? else { return Ok(Some(Outcome::say_all(Vec::new()))) };
    let what = words::cut(data["what"].as_str().unwrap_or(&lead.interest), 200);
    let body = tr!(
        "⏰ Follow up with *{name}*: {what}",
        "⏰ Relancez *{name}* : {what}",
        "⏰ Kurikirana *{name}*: {what}",
        "⏰ Fuatilia *{name}*: {what}"
    );
    let choices = vec![
        reply::choice(format!("lead:{number}"), tr!("See the lead", "Voir", "Reba", "Tazama").get(language)),
        reply::choice(
            format!("follow:{number}"),
            tr!("⏰ Later again", "⏰ Plus tard", "⏰ Nyuma", "⏰ Baadaye").get(language),
        ),
    ];
    Ok(Some(Outcome::say(reply::choices(
        language,
        body.with(language, &[("name", &lead.name), ("what", &what)]),
        choices,
    ))))
}
