//! Talk with a model's help: it reads what the person wrote, and asks for the agent's own tools. It decides nothing else: every
//! tool is the agent's, every argument is checked, and nothing is created without the person's own yes.

use agent_json::{Value, json};

use crate::{
    Agent, Language, Outcome, Result, Runnable, Speaker, ToolAbout, Turn, log, model, places,
    reply::{self, choice},
    roster,
    tool::Did,
    words,
};

/// Questions to the model in one turn.
const ROUNDS_MAX: usize = 4;

/// Tokens of one answer.
const TOKENS_MAX: u32 = 512;

/// A text with fewer words is understood without a model.
const WORDS_MIN: usize = 3;

/// Utterances of the conversation that the model reads.
const HISTORY: usize = 6;

/// The tool that gives the person to another agent.
const HAND_OVER: &str = "hand_over";

/// What the model makes of a free text; none if there is no model, it is of no help, or the text is too short to need it.
pub(crate) fn answer<A: Agent>(turn: &Turn, text: &str) -> Result<Option<Outcome>> {
    if !has_model(turn) || A::TOOLS.is_empty() || text.split_whitespace().count() < WORDS_MIN {
        return Ok(None);
    }
    let mut tools: Vec<ToolAbout> = A::TOOLS.iter().map(|tool| (tool.about)()).collect();
    // The business may allow only some of them.
    let allowed = turn.extras.iter().find(|extra| extra.name == "tools");
    if let Some(allowed) = allowed.and_then(|extra| crate::json::read::<Vec<String>>(&extra.value)) {
        tools.retain(|tool| allowed.contains(&tool.name));
    }
    let others = if turn.has("crossDomainHandoffs") { roster::agents() } else { Vec::new() };
    tools.extend(hand_over(&others));
    let mut request = model::Request {
        system: system::<A>(turn),
        entries: conversation(turn, text),
        tools,
        answer_schema: None,
        tokens_max: TOKENS_MAX,
    };
    for _ in 0..ROUNDS_MAX {
        let Ok(answer) = model::generate(&request) else { return Ok(None) };
        if answer.calls.is_empty() {
            return Ok(answer.text.filter(|text| !text.trim().is_empty()).map(|text| said::<A>(turn, &text)));
        }
        for call in answer.calls {
            let arguments: Value = agent_json::from_str(&call.arguments).unwrap_or_default();
            if call.name == HAND_OVER {
                let agent = arguments["agent"].as_str().unwrap_or_default();
                if let Some(card) = others.iter().find(|card| card.name == agent) {
                    let reason = arguments["reason"].as_str().unwrap_or("the person's request");
                    return Ok(Some(Outcome::hand_to(&card.name, reason, json!({ "words": text }))));
                }
            }
            let told = match run(A::TOOLS, turn, &call.name, &arguments)? {
                Some(Did::Answered(outcome)) => return Ok(Some(outcome.tag("tool", call.name))),
                Some(Did::Told(value)) => value,
                None => json!({ "error": "there is no such tool" }),
            };
            let answered = model::Answered { name: call.name.clone(), result: told.to_string() };
            let (said, heard) = (model::Part::Called(call), model::Part::Answered(answered));
            request.entries.push(model::Entry { role: model::Role::Agent, part: said });
            request.entries.push(model::Entry { role: model::Role::Person, part: heard });
        }
    }
    log::write(log::Level::Warn, "the model asked for tools without end");
    Ok(None)
}

/// What a text says, as an object of this schema.
pub(crate) fn read(turn: &Turn, schema: &Value, text: &str) -> Option<Value> {
    if !has_model(turn) {
        return None;
    }
    let request = model::Request {
        system: "A form is being filled in. Give what the person's message says for its fields, and leave out every field that \
                 it says nothing of. Never guess."
            .to_owned(),
        entries: vec![model::Entry { role: model::Role::Person, part: model::Part::Said(words::cut(text, 2_000)) }],
        tools: Vec::new(),
        answer_schema: Some(schema.to_string()),
        tokens_max: TOKENS_MAX,
    };
    agent_json::from_str(&model::generate(&request).ok()?.text?).ok()
}

fn has_model(turn: &Turn) -> bool {
    turn.extras.iter().any(|extra| extra.name == "model" && extra.value == "on")
}

fn run(tools: &[Runnable], turn: &Turn, name: &str, arguments: &Value) -> Result<Option<Did>> {
    match tools.iter().find(|tool| (tool.about)().name == name) {
        Some(tool) => (tool.run)(turn, arguments).map(Some),
        None => Ok(None),
    }
}

/// Words of the model, with a way on.
fn said<A: Agent>(turn: &Turn, text: &str) -> Outcome {
    let language = Language::of(turn);
    let own = crate::tr!("What I can do", "Ce que je peux faire", "Ibyo nkora", "Ninachoweza").get(language);
    let menu = reply::menu_choice(language);
    // The menu is what its agent can do.
    let is_menus = menu.agent.as_deref() == Some(A::profile().name.as_str());
    let choices = (!is_menus).then(|| choice("start", own)).into_iter().chain([menu]).collect();
    Outcome::say(reply::choices(language, words::cut(text, 900), choices)).tag("model", "said")
}

fn system<A: Agent>(turn: &Turn) -> String {
    let profile = A::profile();
    let place = turn.person.place.as_ref().map_or("unknown", |place| place.label());
    let instructions = turn.setting("prompt").unwrap_or_default();
    format!(
        "You are the agent `{}` of a business on WhatsApp. {} {}\n{instructions}\n\
         Answer in the language `{}`, in at most four short sentences. Prices are in {}. The person's place: {place}.\n\
         Use a tool whenever one fits; call it at once with what is known, and never invent listings, prices, names or numbers. \
         Creating anything is confirmed by the person in a form that the tool opens.",
        profile.name,
        profile.about,
        A::PERSONA,
        turn.person.language,
        turn.person.currency,
    )
}

fn conversation(turn: &Turn, text: &str) -> Vec<model::Entry> {
    let skipped = turn.session.history.len().saturating_sub(HISTORY);
    let mut entries: Vec<model::Entry> = turn.session.history[skipped..]
        .iter()
        .map(|said| model::Entry {
            role: if said.speaker == Speaker::Person { model::Role::Person } else { model::Role::Agent },
            part: model::Part::Said(words::cut(&said.text, 600)),
        })
        .collect();
    entries.push(model::Entry { role: model::Role::Person, part: model::Part::Said(words::cut(text, 2_000)) });
    entries
}

fn hand_over(others: &[roster::Card]) -> Option<ToolAbout> {
    let names: Vec<&str> = others.iter().map(|card| card.name.as_str()).collect();
    let about: Vec<String> = others.iter().map(|card| format!("{}: {}", card.name, card.line)).collect();
    (!names.is_empty()).then(|| ToolAbout {
        name: HAND_OVER.to_owned(),
        about: format!("Gives the person to another agent, when that one is meant. {}", about.join("; ")),
        parameters: json!({
            "type": "object",
            "properties": { "agent": { "type": "string", "enum": names }, "reason": { "type": "string" } },
            "required": ["agent"],
            "additionalProperties": false,
        })
        .to_string(),
    })
}

/// A place that a tool was given by name.
pub fn place(name: Option<&str>) -> Option<crate::Place> {
    let name = name.map(str::trim).filter(|name| !name.is_empty())?;
    Some(places::find(name).into_iter().next().unwrap_or_else(|| crate::Place::named(&words::cut(name, 80))))
}

/// An amount that a tool was given in the currency's unit.
pub fn money(turn: &Turn, units: Option<u64>) -> Option<crate::Money> {
    let currency = turn.person.currency.clone();
    units.map(|units| crate::Money { hundredths: units.saturating_mul(100), currency })
}
