//! The environment as typed values: each read says what is wrong in one sentence, and all sentences are told at once.

use std::{collections::HashMap, str::FromStr};

/// Variables, and what was found wrong with them so far.
pub(super) struct Env<'a> {
    vars: &'a HashMap<String, String>,
    /// A sentence for each value that cannot be used.
    pub(super) wrong: Vec<String>,
}

impl<'a> Env<'a> {
    pub(super) fn new(vars: &'a HashMap<String, String>) -> Env<'a> {
        Env { vars, wrong: Vec::new() }
    }

    /// A value without the blanks around it; a blank value is none.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.vars.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The value of the first of these names that has one.
    pub(super) fn first(&self, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// A value, or its default.
    pub(super) fn text(&self, name: &str, default: &str) -> String {
        self.get(name).unwrap_or(default).to_owned()
    }

    /// A value, if it is set.
    pub(super) fn maybe(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// A value that is read from text; `what` says in the sentence what it should be.
    pub(super) fn parsed<T: FromStr>(&mut self, name: &str, default: &str, what: &str) -> Option<T> {
        let text = self.text(name, default);
        let value = text.parse().ok();
        if value.is_none() {
            self.wrong.push(format!("{name} is `{text}`; it is {what}"));
        }
        value
    }

    /// A whole number.
    pub(super) fn number(&mut self, name: &str, default: &str) -> u32 {
        self.parsed(name, default, "a whole number").unwrap_or_default()
    }

    /// One of a few words; the first of them that is wrong is named with all that there are.
    pub(super) fn choice<T: Copy>(&mut self, name: &str, default: T, words: &[(&str, T)]) -> T {
        let Some(text) = self.get(name) else { return default };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return *value;
        }
        let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        self.wrong.push(format!("{name} is `{text}`; it is {}", known.join(" or ")));
        default
    }

    /// An http or https address, if it is set. The sentence does not show it: it may hold a secret.
    pub(super) fn http_address(&mut self, name: &str) -> Option<String> {
        let url = self.maybe(name)?;
        if !url.starts_with("http://") && !url.starts_with("https://") {
            self.wrong.push(format!("{name} is no http or https address"));
        }
        Some(url)
    }
}
