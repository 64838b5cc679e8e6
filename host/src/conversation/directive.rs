//! The directives of a conversation: what each line `@ name value` does.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Context as _;

use super::play::{FIRST_NUMBER, Participant, Player};
use super::{host::open, model::ScriptedModel, script::place};
use crate::flags::{AgentFlags, Document, KEY};
use switchboard_core::{act::Actor, contract::types::Content, inbox::Sender, phone::Phone};
use switchboard_store::Role;

impl Player {
    pub(super) async fn set(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        match name {
            "person" => self.person(value),
            "name" => {
                let current = self.current.clone();
                self.people.entry(current).and_modify(|participant| participant.sender.name = Some(value.to_owned()));
            }
            "restart" => {
                let now = self.app.clock.now();
                let (model, services) = (self.app.model.clone(), self.app.services.clone());
                self.app = open(&self.database, self.app.plugins.clone(), now, Role::Tool).await?;
                (self.app.model, self.app.services) = (model, services);
            }
            "count" => {
                let (expected, sql) = value.split_once(' ').unwrap_or((value, ""));
                let counted = self.app.store.count(sql).await.with_context(|| format!("`@ count {value}`"))?;
                anyhow::ensure!(expected == counted.to_string(), "`@ count {value}`: there are {counted}");
            }
            "model" => {
                if self.scripted_model.is_none() {
                    let (scripted_model, model) =
                        ScriptedModel::start(self.app.clock.clone(), self.app.store.clone()).await?;
                    (self.scripted_model, self.app.model) = (Some(scripted_model), Arc::new(model));
                }
                // The first `@ model` line starts the model; without an answer it only exists.
                if let Some(scripted_model) = self.scripted_model.as_ref().filter(|_| !value.is_empty()) {
                    scripted_model.tell(value)?;
                }
            }
            "http" => {
                let scripted = self.scripted_services.get_or_insert_default();
                self.app.services = scripted.clone();
                scripted.tell(value)?;
            }
            "now" => {
                let time = value.parse::<jiff::Timestamp>().map_err(|error| {
                    anyhow::anyhow!("`@ now {value}`: it is a time such as 2026-01-05T07:00:00Z ({error})")
                })?;
                self.app.clock.set(time.as_millisecond());
            }
            "language" => {
                let hello = match value {
                    "en" => "hello",
                    "fr" => "bonjour",
                    "rw" => "muraho",
                    "sw" => "habari",
                    _ => anyhow::bail!("`@ language {value}`: it is en, fr, rw or sw"),
                };
                self.say(Content::Text(hello.into())).await?;
            }
            "place" => {
                let place = place(value).map_err(anyhow::Error::msg)?;
                self.say(Content::Place(place)).await?;
            }
            "off" | "on" => self.switch(value, name == "on").await?,
            _ => {
                anyhow::bail!(
                    "`@ {name}`: it is person, name, restart, count, model, http, now, language, place, on or off"
                )
            }
        }
        Ok(())
    }

    pub(super) fn person(&mut self, name: &str) {
        self.current = name.to_owned();
        let number = self.first + self.people.len();
        self.people.entry(name.to_owned()).or_insert_with(|| {
            let phone = Phone::parse(&format!("2507{:08}", FIRST_NUMBER + number)).ok();
            let name = if name.is_empty() { "Alice" } else { name };
            Participant {
                sender: Sender { phone, name: Some(name.to_owned()), ..Sender::default() },
                choices: Vec::new(),
            }
        });
    }

    /// Turns an agent, or `features.<name>`, off or on.
    async fn switch(&self, what: &str, on: bool) -> anyhow::Result<()> {
        let agents = self.app.plugins.current();
        let mut named: BTreeMap<String, bool> =
            agents.iter().map(|version| (version.name().to_owned(), true)).collect();
        if let AgentFlags::Named(before) = &self.app.flags.current().document.agent_flags {
            named.extend(before.clone());
        }
        let mut features = serde_json::to_value(self.app.flags.current().document.features)?;
        match what.strip_prefix("features.") {
            Some(feature) => {
                let known = features.as_object().map(|all| all.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
                let list = known.join(", ");
                anyhow::ensure!(
                    known.iter().any(|name| name == feature),
                    "there is no feature `{feature}`: there are {list}"
                );
                features[feature] = on.into();
            }
            None => {
                let list = named.keys().cloned().collect::<Vec<_>>().join(", ");
                anyhow::ensure!(named.contains_key(what), "there is no agent `{what}`: there are {list}");
                named.insert(what.to_owned(), on);
            }
        }
        let document = Document {
            agent_flags: AgentFlags::Named(named),
            features: serde_json::from_value(features)?,
            ..Document::everything_on()
        };
        self.set_flags(&document).await
    }

    pub(super) async fn set_flags(&self, document: &Document) -> anyhow::Result<()> {
        self.app.store.set_config(KEY, &serde_json::to_string(document)?, &Actor::host()).await?;
        Ok(self.app.flags.reread().await?)
    }
}
