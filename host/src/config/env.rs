//! Typed access to environment variables; errors are collected as sentences, to be reported at once.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    str::FromStr,
};

use super::needs::Needed;

/// What only variables of this program begin with.
pub(super) const OUR_PREFIXES: [&str; 10] = [
    "WHATSAPP_",
    "WA_",
    "SWITCHBOARD_",
    "UNIFIED_SERVICE_",
    "LEGACY_WEBHOOK_",
    "ALERT_",
    "TICKETS_",
    "OPERATOR_",
    "CONSOLE_",
    "GRAPH_API_",
];

/// The greatest distance of a slip from the name that was meant, in letters.
const NEAR: usize = 2;

/// The fewest letters of a name that can be taken for a slip.
const NAME_MIN: usize = 8;

/// The variables, and the errors found so far.
pub(super) struct Env<'a> {
    vars: &'a HashMap<String, String>,
    /// The names that were asked for.
    asked: RefCell<BTreeSet<String>>,
    /// A sentence for each invalid value.
    pub(super) wrong: Vec<String>,
}

impl<'a> Env<'a> {
    pub(super) fn new(vars: &'a HashMap<String, String>) -> Env<'a> {
        Env { vars, asked: RefCell::default(), wrong: Vec::new() }
    }

    /// Says that a variable is missing which the command demands.
    pub(super) fn missing(&mut self, needed: Needed) {
        let way_out =
            if needed == Needed::Account { "" } else { " (or SWITCHBOARD_ENV=development to try without an account)" };
        self.wrong.push(format!("{} is not set or blank: set it to {}{way_out}", needed.variable(), needed.meaning()));
    }

    /// A trimmed value; `None` if it is blank.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.asked.borrow_mut().insert(name.to_owned());
        self.vars.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The value of the first of these variables that is set.
    pub(super) fn first(&self, names: &[&str]) -> Option<&'a str> {
        names.iter().map(|name| self.get(name)).fold(None, Option::or)
    }

    /// A sentence for each variable that looks like one of ours and that nobody asked for, once all are read.
    pub(super) fn unknown(&self) -> Vec<String> {
        let asked = self.asked.borrow();
        let is_ours = |name: &str| OUR_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        let nearest = |name: &str| {
            let near = asked.iter().map(|known| (strsim::osa_distance(name, known), known));
            near.filter(|(distance, _)| *distance <= NEAR).min().map(|(_, known)| known)
        };
        let sentence = |name: &String| {
            let near = nearest(name.strip_suffix("_FILE").unwrap_or(name));
            match near {
                Some(known) if name.len() >= NAME_MIN => {
                    Some(format!("{name} is not a variable; do you mean {known}?"))
                }
                _ if is_ours(name) => Some(format!("{name} is not a variable: docs/configuration.md has all")),
                _ => None,
            }
        };
        let known = |name: &&String| {
            asked.contains(*name) || name.strip_suffix("_FILE").is_some_and(|name| asked.contains(name))
        };
        let mut names: Vec<&String> = self.vars.keys().filter(|name| !known(name)).collect();
        names.sort();
        names.into_iter().filter_map(sentence).collect()
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
