//! Answers that are shared: what a person last looked for, proposed the next time, by this agent and by others that ask the same.
//! Only while the feature `sharedPreferences` is on: the host refuses otherwise.

use super::{Answer, Answers, Flow};
use crate::{Language, Turn, preferences, reply, words};

/// Where an answer is shared. Functions, so that only components which share something import `preferences`.
#[derive(Clone, Copy)]
pub(super) struct Shared {
    name: &'static str,
    read: fn(&str) -> Option<Answer>,
    write: fn(&str, &Answer),
    title: fn(&Answer, Language) -> Option<String>,
}

/// The feature that opens this.
const FEATURE: &str = "sharedPreferences";

/// The id of the choice that takes the shared answer.
pub(super) const SAME: &str = "same";

impl Shared {
    pub(super) const fn named(name: &'static str) -> Shared {
        Shared {
            name,
            read: |name| agent_json::decode(preferences::get(name).ok()??.as_str()),
            title: |answer, language| {
                let Answer::Amount(amount) = answer else { return None };
                let shown = amount.show(language);
                // Without the currency: a button is short.
                let shown = shown.trim_end_matches(|sign: char| sign.is_alphabetic()).trim_end();
                Some(words::cut(&format!("↩️ {shown}"), reply::BUTTON_CHARS_MAX))
            },
            write: |name, answer| {
                // Where the host refuses, nothing is lost that was promised.
                drop(preferences::set(name, &agent_json::encode(answer)));
            },
        }
    }

    /// How an answer is proposed, if it is an amount.
    pub(super) fn title(&self, answer: &Answer, language: Language) -> Option<String> {
        (self.title)(answer, language)
    }

    /// The answer that was given last, if there is one.
    pub(super) fn last(&self, turn: &Turn) -> Option<Answer> {
        if turn.has(FEATURE) { (self.read)(self.name) } else { None }
    }
}

/// Shares what a finished flow was told.
pub(super) fn keep(flow: &Flow, answers: &Answers, turn: &Turn) {
    if !turn.has(FEATURE) {
        return;
    }
    for step in flow.steps {
        if let (Some(shared), Some(answer)) = (step.shared, answers.get(step.name))
            && *answer != Answer::Skipped
        {
            (shared.write)(shared.name, answer);
        }
    }
}
