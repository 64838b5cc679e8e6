//! Typed access to environment variables; errors are collected as sentences, to be reported at once.

use std::{collections::HashMap, str::FromStr};

/// The variables, and the errors found so far.
pub(super) struct Env<'a> {
    vars: &'a HashMap<String, String>,
    /// A sentence for each invalid value.
    pub(super) wrong: Vec<String>,
}

impl<'a> Env<'a> {
    pub(super) fn new(vars: &'a HashMap<String, String>) -> Env<'a> {
        Env { vars, wrong: Vec::new() }
    }

    /// A trimmed value; `None` if it is blank.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.vars.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The value of the first of these variables that is set.
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

    /// A value parsed from text; `what` describes valid values in the error.
    pub(super) fn parsed<T: FromStr>(&mut self, name: &str, default: &str, what: &str) -> Option<T> {
        let text = self.text(name, default);
        let value = text.parse().ok();
        if value.is_none() {
            self.wrong.push(format!("{name} is `{text}`; it must be {what}"));
        }
        value
    }

    /// A whole number.
    pub(super) fn number(&mut self, name: &str, default: &str) -> u32 {
        self.parsed(name, default, "a whole number").unwrap_or_default()
    }

    /// One of a few words; the error lists them all.
    pub(super) fn choice<T: Copy>(&mut self, name: &str, default: T, words: &[(&str, T)]) -> T {
        let Some(text) = self.get(name) else { return default };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return *value;
        }
        let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        self.wrong.push(format!("{name} is `{text}`; it must be {}", known.join(" or ")));
        default
    }

    /// An http or https address, if it is set. The error does not show it, since it may contain a secret.
    pub(super) fn http_address(&mut self, name: &str) -> Option<String> {
        let url = self.maybe(name)?;
        if !url.starts_with("http://") && !url.starts_with("https://") {
            self.wrong.push(format!("{name} is not an http or https address"));
        }
        Some(url)
    }
}
