//! What a model makes of a sentence in a flow whose words do not say it by themselves (see [`hear`](super::hear)): the values of open
//! questions, each of which is then read as if the person had typed it. So a model can fill in, and never decide.

use agent_json::{Map, Value, json};

use super::{
    Answers, Flow, Kind, Step,
    answer::{Reading, read},
    hear,
};
use crate::{Content, Turn, understand::Said};

/// Asks the model for an object of this schema about a text; none if there is no model or it is of no help.
pub(crate) type Reader = fn(&Turn, &Value, &str) -> Option<Value>;

/// Fills the open questions that the model finds answered in a sentence.
pub(super) fn fill(flow: &Flow, answers: &mut Answers, turn: &Turn, text: &str, reader: Reader) {
    if !hear::is_sentence(turn, text) {
        return;
    }
    let open: Vec<&Step> = flow
        .steps
        .iter()
        .filter(|step| answers.get(step.name).is_none() && !matches!(step.kind, Kind::Files { .. }))
        .collect();
    let properties: Map<String, Value> =
        open.iter().map(|step| (step.name.to_owned(), property(step, &turn.person.currency))).collect();
    let schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    let Some(heard) = reader(turn, &schema, text) else { return };
    let mut typed = turn.clone();
    for step in open {
        let text = match &heard[step.name] {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => continue,
        };
        typed.message.content = Content::Text(text.clone());
        if let Reading::Answer(answer) = read(step, &typed, Some(&Said::of(turn, &text)), answers) {
            answers.set(step.name, answer);
            answers.given(step.name);
        }
    }
}

/// A question as a property of a JSON schema.
fn property(step: &Step, currency: &str) -> Value {
    let label = step.label.en;
    let words = |what: String| json!({ "type": "string", "description": what });
    match step.kind {
        Kind::Choice(options) => {
            let ids: Vec<&str> = options.iter().map(|option| option.id).collect();
            json!({ "type": "string", "enum": ids, "description": label })
        }
        Kind::YesNo => json!({ "type": "string", "enum": ["yes", "no"], "description": label }),
        Kind::Number { min, max } => {
            json!({ "type": "integer", "minimum": min, "maximum": max, "description": label })
        }
        Kind::Money { ranges: true, .. } => {
            words(format!("{label}: an amount in {currency} such as 80000, or a range such as 50000-100000"))
        }
        Kind::Money { .. } => words(format!("{label}: an amount in {currency}, such as 80000")),
        Kind::Place(_) => words(format!("{label}: the name of a place")),
        Kind::When { .. } => words(format!("{label}: a time, as the person says it")),
        Kind::Words { .. } | Kind::Listed(_) | Kind::Files { .. } => words(label.to_owned()),
    }
}
