//! What a flow has learnt, as it stands in the session between turns.

use core::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeMap,
};

use crate::{Flow, Language, Place, money::Amount, words::cut};

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

impl<T: Serialize> Serialize for Fields<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Fields<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fields<T>, D::Error> {
        struct Reads<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reads<T> {
            type Value = Fields<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields<T>, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Reads(PhantomData))
    }
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    answers: Fields<Answer>,
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    context: Fields<String>,
    /// Steps whose answers were heard beside another question, or known before; they are not asked on the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    given: Vec<String>,
    /// The person is changing one answer and then goes back to the summary.
    #[serde(default)]
    pub(super) editing: bool,
    /// Messages in a row that the open question could make nothing of.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) misses: u8,
    /// What an answer may mean, where that is asked back.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    doubts: Fields<Vec<Answer>>,
}

fn is_zero(count: &u8) -> bool {
    *count == 0
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

    /// Adds a photo or document, up to so many.
    pub(super) fn add_file(&mut self, step: &str, handle: &str, max: usize) -> usize {
        let mut handles = self.photos(step);
        if handles.len() < max && !handles.iter().any(|known| known == handle) {
            handles.push(handle.to_owned());
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
