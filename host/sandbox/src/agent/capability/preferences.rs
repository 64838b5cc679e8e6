//! `preferences`: what the person likes, shared by all agents.

use super::{check, interface};
use crate::agent::state::State;
use switchboard_core::{contract::types::Problem, effect::Write};

/// The languages that the host speaks.
const LANGUAGES: [&str; 4] = ["en", "fr", "rw", "sw"];

/// The feature that opens what is shared.
const FEATURE: &str = "sharedPreferences";

/// The longest value, in bytes.
const VALUE_BYTES_MAX: usize = 4_096;

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
    /// The language is the host's own; all else is shared only while the feature is on.
    fn may_share(&self, name: &str) -> Result<(), Problem> {
        match name == "language" || self.granted()?.features.iter().any(|feature| feature == FEATURE) {
            true => Ok(()),
            false => Err(Problem::Denied(format!("the feature `{FEATURE}` is off"))),
        }
    }

    async fn preference(&self, name: &str) -> Result<Option<String>, Problem> {
        let host = self.granted()?;
        check::name("name", name)?;
        self.may_share(name)?;
        let written = self.writes().find_map(|write| match write {
            Write::Preference { name: n, value } if n == name => Some(value.clone()),
            _ => None,
        });
        if written.is_some() {
            return Ok(written);
        }
        let stored = host.reads.preference(host.person, name).await?;
        // Until a language is chosen, it is the one the host answers in.
        Ok(stored.or_else(|| (name == "language").then(|| self.language.clone())))
    }

    fn set_preference(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        self.granted()?;
        check::name("name", name)?;
        self.may_share(name)?;
        if name == "language" && !LANGUAGES.contains(&value) {
            return Err(Problem::Invalid("language: one of en, fr, rw, sw".into()));
        }
        if name == "notifications" && !["on", "off"].contains(&value) {
            return Err(Problem::Invalid("notifications: on or off".into()));
        }
        if value.len() > VALUE_BYTES_MAX {
            return Err(Problem::Invalid(format!("value: has {} bytes, at most {VALUE_BYTES_MAX}", value.len())));
        }
        self.hold(Write::Preference { name: name.to_owned(), value: value.to_owned() });
        Ok(())
    }
}
