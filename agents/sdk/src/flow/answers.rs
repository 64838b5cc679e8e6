//! What a flow has learnt, as it stands in the session between turns.

use agent_json::{Map, field};

use crate::{
    Flow, Language, Place, Value,
    json::{self, Json},
    money::Amount,
    words::cut,
};

use super::{Kind, Step, texts};

/// Characters of one answer in the summary.
const SHOWN_CHARS_MAX: usize = 160;

/// A JSON object in its order. A flow has few fields: a tree of them would weigh more in a component than it finds faster.
#[derive(Clone, Debug)]
struct Fields<T>(Vec<(String, T)>);

impl<T> Default for Fields<T> {
    fn default() -> Fields<T> {
        Fields(Vec::new())
    }
}

impl<T: PartialEq> PartialEq for Fields<T> {
    /// The order of fields means nothing.
    fn eq(&self, other: &Fields<T>) -> bool {
        self.0.len() == other.0.len() && self.0.iter().all(|(name, value)| other.get(name) == Some(value))
    }
}

impl<T> Fields<T> {
    fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    fn set(&mut self, name: &str, value: T) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Json> Json for Fields<T> {
    fn to_json(&self) -> Value {
        Value::Object(self.0.iter().map(|(name, value)| (name.clone(), value.to_json())).collect())
    }

    fn of_json(value: &Value) -> Option<Fields<T>> {
        let fields = value.as_object()?.iter().map(|(name, value)| Some((name.clone(), T::of_json(value)?)));
        fields.collect::<Option<_>>().map(Fields)
    }
}

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Words.
    Words(String),
    /// The id of an option.
    Choice(String),
    /// The id and the title of an option that was computed.
    Listed(String, String),
    /// A number.
    Number(i64),
    /// Money.
    Amount(Amount),
    /// A place.
    Place(Place),
    /// A time, in milliseconds.
    Time(u64),
    /// Yes or no.
    Yes(bool),
    /// Handles of photos.
    Photos(Vec<String>),
    /// The person would rather not say.
    Skipped,
}

/// All answers of a flow, and what it was begun with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    answers: Fields<Answer>,
    context: Fields<String>,
    /// Steps whose answers were heard beside another question, or known before; they are not asked on the way.
    given: Vec<String>,
    /// The person is changing one answer and then goes back to the summary.
    pub(super) editing: bool,
    /// Messages in a row that the open question could make nothing of.
    pub(super) misses: u8,
    /// What an answer may mean, where that is asked back.
    doubts: Fields<Vec<Answer>>,
}

impl Json for Answer {
    fn to_json(&self) -> Value {
        let (name, value) = match self {
            Answer::Words(words) => ("words", words.to_json()),
            Answer::Choice(id) => ("choice", id.to_json()),
            Answer::Listed(id, title) => ("listed", Value::Array(vec![id.to_json(), title.to_json()])),
            Answer::Number(number) => ("number", number.to_json()),
            Answer::Amount(amount) => ("amount", amount.to_json()),
            Answer::Place(place) => ("place", place.to_json()),
            Answer::Time(at) => ("time", at.to_json()),
            Answer::Yes(yes) => ("yes", yes.to_json()),
            Answer::Photos(handles) => ("photos", handles.to_json()),
            Answer::Skipped => return json::case("skipped", None),
        };
        json::case(name, Some(value))
    }

    fn of_json(value: &Value) -> Option<Answer> {
        let (name, value) = json::case_of(value)?;
        Some(match name {
            "words" => Answer::Words(Json::of_json(value)?),
            "choice" => Answer::Choice(Json::of_json(value)?),
            "listed" => {
                let (id, title) = Json::of_json(value)?;
                Answer::Listed(id, title)
            }
            "number" => Answer::Number(Json::of_json(value)?),
            "amount" => Answer::Amount(Json::of_json(value)?),
            "place" => Answer::Place(Json::of_json(value)?),
            "time" => Answer::Time(Json::of_json(value)?),
            "yes" => Answer::Yes(Json::of_json(value)?),
            "photos" => Answer::Photos(Json::of_json(value)?),
            "skipped" => Answer::Skipped,
            _ => return None,
        })
    }
}

impl Json for Answers {
    fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.put("answers", self.answers.to_json());
        object.put("editing", self.editing.to_json());
        // What says nothing is left out.
        if !self.context.is_empty() {
            object.put("context", self.context.to_json());
        }
        if !self.given.is_empty() {
            object.put("given", self.given.to_json());
        }
        if self.misses > 0 {
            object.put("misses", self.misses.to_json());
        }
        if !self.doubts.is_empty() {
            object.put("doubts", self.doubts.to_json());
        }
        Value::Object(object)
    }

    fn of_json(value: &Value) -> Option<Answers> {
        let object = value.as_object()?;
        Some(Answers {
            answers: field(object, "answers")?,
            context: json::field_or_default(object, "context")?,
            given: json::field_or_default(object, "given")?,
            editing: json::field_or_default(object, "editing")?,
            misses: json::field_or_default(object, "misses")?,
            doubts: json::field_or_default(object, "doubts")?,
        })
    }
}

impl Answers {
    pub(super) fn get(&self, step: &str) -> Option<&Answer> {
        self.answers.get(step)
    }

    pub(super) fn set(&mut self, step: &str, answer: Answer) {
        self.doubts.remove(step);
        self.answers.set(step, answer);
    }

    pub(super) fn forget(&mut self, step: &str) {
        self.answers.remove(step);
    }

    /// The answer of this step may mean one of these.
    pub(super) fn doubt(&mut self, step: &str, likely: Vec<Answer>) {
        self.doubts.set(step, likely);
    }

    pub(super) fn doubts(&self, step: &str) -> &[Answer] {
        self.doubts.get(step).map_or(&[], Vec::as_slice)
    }

    pub(super) fn believe(&mut self, step: &str) {
        self.doubts.remove(step);
    }

    /// Whether nothing is known but what was known before the person said anything.
    pub(super) fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Adds photos or documents, up to so many.
    pub(super) fn add_files(&mut self, step: &str, sent: Vec<String>, max: usize) -> usize {
        let mut handles = self.photos(step);
        for handle in sent {
            if handles.len() < max && !handles.contains(&handle) {
                handles.push(handle);
            }
        }
        let count = handles.len();
        self.set(step, Answer::Photos(handles));
        count
    }

    /// The answer of this step was given unasked.
    pub(super) fn given(&mut self, step: &str) {
        if !self.is_given(step) {
            self.given.push(step.to_owned());
        }
    }

    pub(super) fn is_given(&self, step: &str) -> bool {
        self.given.iter().any(|given| given == step)
    }

    pub(super) fn set_context(&mut self, name: &str, value: String) {
        self.context.set(name, value);
    }

    /// The words of a step; none if skipped.
    pub fn words(&self, step: &str) -> Option<&str> {
        match self.get(step)? {
            Answer::Words(words) => Some(words),
            _ => None,
        }
    }

    /// The option chosen at a step.
    pub fn choice(&self, step: &str) -> Option<&str> {
        match self.get(step)? {
            Answer::Choice(id) | Answer::Listed(id, _) => Some(id),
            _ => None,
        }
    }

    /// The number of a step.
    pub fn number(&self, step: &str) -> Option<i64> {
        match self.get(step)? {
            Answer::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The money of a step.
    pub fn amount(&self, step: &str) -> Option<&Amount> {
        match self.get(step)? {
            Answer::Amount(amount) => Some(amount),
            _ => None,
        }
    }

    /// The place of a step.
    pub fn place(&self, step: &str) -> Option<&Place> {
        match self.get(step)? {
            Answer::Place(place) => Some(place),
            _ => None,
        }
    }

    /// The time of a step, in milliseconds.
    pub fn time(&self, step: &str) -> Option<u64> {
        match self.get(step)? {
            Answer::Time(at) => Some(*at),
            _ => None,
        }
    }

    /// Whether the answer of a step is yes.
    pub fn yes(&self, step: &str) -> bool {
        self.get(step) == Some(&Answer::Yes(true))
    }

    /// The photos of a step.
    pub fn photos(&self, step: &str) -> Vec<String> {
        match self.get(step) {
            Some(Answer::Photos(handles)) => handles.clone(),
            _ => Vec::new(),
        }
    }

    /// What the flow was begun with under this name.
    pub fn context(&self, name: &str) -> Option<&str> {
        self.context.get(name).map(String::as_str)
    }

    /// One line for each answer, as the person reads it.
    pub fn summary(&self, flow: &Flow, language: Language) -> String {
        let lines = flow.steps.iter().filter_map(|step| {
            let shown = show(step, self.get(step.name).filter(|answer| **answer != Answer::Skipped)?, language);
            Some(format!("{}: *{}*", step.label.get(language), cut(&shown, SHOWN_CHARS_MAX)))
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// An answer as the person reads it.
pub(super) fn show(step: &Step, answer: &Answer, language: Language) -> String {
    match answer {
        Answer::Words(words) => words.clone(),
        Answer::Choice(id) => match step.kind {
            Kind::Choice(options) => options
                .iter()
                .find(|option| option.id == id)
                .map_or_else(|| id.clone(), |option| option.title.get(language).to_owned()),
            _ => id.clone(),
        },
        Answer::Listed(_, title) => title.clone(),
        Answer::Number(number) => number.to_string(),
        Answer::Amount(amount) => amount.show(language),
        Answer::Place(place) => place.label().to_owned(),
        Answer::Time(at) => match step.kind {
            Kind::When { say } => say(*at, language),
            _ => at.to_string(),
        },
        Answer::Yes(true) => texts::YES.get(language).to_owned(),
        Answer::Yes(false) => texts::NO.get(language).to_owned(),
        Answer::Photos(handles) => handles.len().to_string(),
        Answer::Skipped => "–".to_owned(),
    }
}
