//! Operators and ready answers.

use askama::Template;

use crate::Frame;

/// An operator.
#[derive(Clone, Debug)]
pub struct OperatorView {
    /// Their name.
    pub name: String,
    /// Their role, as in commands.
    pub role: &'static str,
    /// When they were made, in milliseconds, and by whom.
    pub made: (i64, String),
    /// When their token was last used, in milliseconds.
    pub used_at: Option<i64>,
    /// Since when they may do nothing any more, in milliseconds.
    pub revoked_at: Option<i64>,
}

/// A ready answer.
#[derive(Clone, Debug)]
pub struct CannedView {
    /// Its name.
    pub name: String,
    /// Its language; empty: for all that have none of their own.
    pub language: String,
    /// The words.
    pub words: String,
}

/// A business number.
#[derive(Clone, Debug)]
pub struct NumberView {
    /// Meta's id of it.
    pub business: String,
    /// What it is called, and what an operator says of it: languages, agents, hours, template.
    pub name: String,
    /// Why nothing is sent from it, and until when, in milliseconds; none if it does not rest.
    pub rests: Option<(String, i64)>,
}

/// The settings.
#[derive(Template)]
#[template(path = "settings.html")]
pub struct SettingsPage {
    /// The frame.
    pub f: Frame,
    /// All operators.
    pub operators: Vec<OperatorView>,
    /// The names of all roles, the least first.
    pub roles: Vec<&'static str>,
    /// The ready answers.
    pub canned: Vec<CannedView>,
    /// The languages of ready answers.
    pub languages: Vec<&'static str>,
    /// The business numbers.
    pub numbers: Vec<NumberView>,
    /// What the configuration says of the business: the variable, and its value.
    pub business: Vec<(&'static str, String)>,
    /// A token that was made just now, and whose it is: it is shown this once.
    pub token: Option<(String, String)>,
}
