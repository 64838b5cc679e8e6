//! The capability `preferences`: a person's settings, shared by all agents.

use super::interface;
use crate::agent::state::State;
use switchboard_core::{contract::types::Problem, effect::Write, text::LANGUAGES};

/// The feature flag for shared preferences.
const FEATURE: &str = "sharedPreferences";

impl interface::preferences::Host for State {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<Option<String>, Problem>> {
        let call = self.enter("preferences.get")?;
        let answer = self.preference(&name).await;
        self.answer(call, &[name], answer)
    }

    async fn set(&mut self, name: String, value: String) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("preferences.set")?;
        let answer = self.set_preference(&name, &value);
        self.answer(call, &[name, value], answer)
    }
}

impl State {
    /// Checks that a preference may be used: `language` always, any other only while the feature is on.
    fn may_share(&self, name: &str) -> Result<(), Problem> {
        match name == "language" || self.granted()?.features.iter().any(|feature| feature == FEATURE) {
            true => Ok(()),
            false => Err(Problem::Denied(format!("the feature `{FEATURE}` is off"))),
        }
    }

    async fn preference(&self, name: &str) -> Result<Option<String>, Problem> {
        let host = self.granted()?;
        self.may_share(name)?;
        let written = self.writes().find_map(|write| match write {
            Write::Preference { name: n, value } if n == name => Some(value.clone()),
            _ => None,
        });
        if written.is_some() {
            return Ok(written);
        }
        let stored = host.reads.preference(host.person, name).await?;
        // Until the person chooses a language, it is the one the host answers in.
        Ok(stored.or_else(|| (name == "language").then(|| self.language.clone())))
    }

    fn set_preference(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        self.granted()?;
        self.may_share(name)?;
        if name == "language" && !LANGUAGES.contains(&value) {
            return Err(Problem::Invalid(format!("language: one of {}", LANGUAGES.join(", "))));
        }
        if name == "notifications" && !["on", "off"].contains(&value) {
            return Err(Problem::Invalid("notifications: on or off".into()));
        }
        self.hold(Write::Preference { name: name.to_owned(), value: value.to_owned() });
        Ok(())
    }
}
