//! One person: whether they are served and why, and what is held about them.

use askama::Template;

use crate::Frame;

/// The search for a person.
#[derive(Template)]
#[template(path = "people.html")]
pub struct FindPersonPage {
    /// The frame.
    pub f: Frame,
    /// What is known of somebody who has not written yet: whether they would be served, and why.
    pub unwritten: Option<(bool, String)>,
}

/// How much is held of a kind.
#[derive(Clone, Debug)]
pub struct HeldRow {
    /// What it is.
    pub name: String,
    /// How much.
    pub count: i64,
}

/// A person.
#[derive(Template)]
#[template(path = "person.html")]
pub struct PersonPage {
    /// The frame.
    pub f: Frame,
    /// Their id.
    pub person: String,
    /// Their name.
    pub name: String,
    /// What they are known by, masked.
    pub known_by: Option<String>,
    /// Whether they are served.
    pub is_in: bool,
    /// The rule that decides, as a sentence.
    pub why: String,
    /// What becomes of their messages.
    pub messages: String,
    /// Their bucket of 10,000.
    pub bucket: i64,
    /// What is held about them; none if the visitor may not know.
    pub held: Option<Vec<HeldRow>>,
    /// The word that must be written to have them forgotten.
    pub word: &'static str,
}
