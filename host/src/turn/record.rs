//! What an agent receives with a turn: the message, the person, the session, the other agents and services.

use std::sync::Arc;

use super::answers::KeptServices;
use super::context::TurnContext;
use super::country::country;
use switchboard_core::{
    contract::{
        roster::Card,
        types::{self, Content, Handoff},
    },
    hash,
    services::Services,
    session::HISTORY_SHOWN,
};
use switchboard_sandbox::agent::Version;
use switchboard_store::Message;

impl TurnContext<'_> {
    /// The other agents that are on, as cards for the asking agent's menu.
    pub(super) fn roster(&self, asking: &str) -> Arc<[Card]> {
        let serves = |name: &str| name != asking && self.version(name).is_some();
        let on = self.agents.iter().filter(|version| serves(version.name()));
        on.map(|version| {
            let profile = version.profile();
            let title = title_in(profile, &self.language);
            Card {
                name: profile.name.clone(),
                title: title.map_or_else(|| profile.name.clone(), |title| title.title.clone()),
                line: title.map(|title| title.line.clone()).unwrap_or_default(),
                stores: profile.stores.clone(),
            }
        })
        .collect()
    }

    /// The turn record that an agent receives.
    pub(super) fn turn_for(&self, version: &Version, content: Content, handoff: Option<Handoff>) -> types::Turn {
        let claim = self.claim;
        let own_flow = self.session.flow.clone().filter(|_| self.session.agent == version.name());
        types::Turn {
            message: types::Message {
                id: claim.message.id.to_string(),
                content,
                quotes: self.quoted.map(|id| id.to_string()),
                sent_at: u64::try_from(claim.message.sent_at).unwrap_or_default(),
                extras: claim.message.extras.iter().chain(&self.message_extras).cloned().collect(),
            },
            person: self.person(),
            session: types::Session {
                id: self.session.id.to_string(),
                flow: own_flow,
                history: shown(&self.session.history),
                previous_agent: (!self.session.history.is_empty()).then(|| self.session.agent.clone()),
                extras: Vec::new(),
            },
            handoff,
            now: u64::try_from(self.now).unwrap_or_default(),
            seed: seed(&claim.message),
            features: self.flags.features_on(),
            settings: self.overrides.settings(version.name(), version.settings(&claim.message.business)),
            extras: self.extras(version),
        }
    }

    /// The services that agents call in this turn. A call's key is of the message, wherever and however often its turn runs.
    pub(super) fn services(&self) -> Arc<dyn Services> {
        let message = &self.claim.message;
        Arc::new(KeptServices {
            services: self.app.services.clone(),
            answers: self.answers.clone(),
            business: message.business.clone(),
            key: format!("{}-{:016x}", message.id, seed(message)),
        })
    }

    /// The turn's extras: that the customer service window is closed; whether there is a model, and which tools it may call.
    pub(super) fn extras(&self, version: &Version) -> Vec<types::Extra> {
        let extra = |name: &str, value: String| types::Extra { name: name.into(), value };
        let window = self.outside_window.then(|| extra("window", "closed".into()));
        let window: Vec<types::Extra> = window.into_iter().chain(self.pending_for(version.name())).collect();
        if !self.model.is_there() {
            return window;
        }
        let tools = self.overrides.tools(version.name()).map(|tools| extra("tools", tools));
        window.into_iter().chain([extra("model", "on".into())]).chain(tools).collect()
    }

    /// The person record that an agent receives.
    pub(super) fn person(&self) -> types::Person {
        let person = &self.claim.person;
        let defaults = &self.app.defaults;
        types::Person {
            id: person.id.to_string(),
            name: person.name.clone(),
            language: self.language.clone(),
            country: country(person.phone.as_ref(), &defaults.calling_code).to_owned(),
            currency: defaults.currency.clone(),
            time_zone: defaults.time_zone.clone(),
            place: person.place.clone(),
            is_new: self.claim.session.is_none(),
            extras: Vec::new(),
        }
    }
}

/// An agent's title in a language, else its first one.
pub(super) fn title_in<'p>(profile: &'p types::Profile, language: &str) -> Option<&'p types::Title> {
    profile.titles.iter().find(|title| title.language == language).or(profile.titles.first())
}

/// The random seed of a turn, derived from the message alone: a turn that is retried after a crash draws the same numbers, on either
/// database.
pub(super) fn seed(message: &Message) -> u64 {
    let Some(wamid) = &message.wamid else {
        return (message.id as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    };
    hash::fnv1a(message.business.bytes().chain([0]).chain(wamid.bytes()))
}

/// The part of the history that an agent receives: the last ten entries.
pub(super) fn shown(history: &[types::Utterance]) -> Vec<types::Utterance> {
    history[history.len().saturating_sub(HISTORY_SHOWN)..].to_vec()
}
