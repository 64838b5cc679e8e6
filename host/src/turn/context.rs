//! The turn context: a snapshot of clock, flags, agents, overrides and session, taken once for each message, and the queries on it.

use std::sync::Arc;

use super::language::decide_language;
use super::session::resume;
use super::{
    answers::{Answers, KeptModel},
    host_message::HostMessage,
};
use crate::{app::App, flags::Flags, numbers::Number, profiles::Overrides};
use switchboard_core::{
    contract::types::{self, Content, MediaKind, Tap},
    model::{Asker, Model},
    session::Session,
};
use switchboard_edge::model::{self, TurnModel};
use switchboard_sandbox::{
    agent::Version,
    plugins::AgentSet,
    route::{self, Reason, Route},
};
use switchboard_store::{Claim, FailureKind, StoreError};
use switchboard_understand::Analysis;

/// Why a turn failed by the host's fault. The message is retried later.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The database did not answer.
    #[error("the database did not answer: {0}")]
    Store(#[from] StoreError),
    /// No sandbox was free.
    #[error("no sandbox was free: {0}")]
    Sandbox(String),
}

impl TurnError {
    /// What it means for a caller that would try again.
    pub fn kind(&self) -> FailureKind {
        match self {
            TurnError::Store(error) => error.kind(),
            TurnError::Sandbox(_) => FailureKind::Other,
        }
    }
}

/// The id of the support agent's question whether a person is to be forgotten.
const FORGET: &str = "forget";

/// The context of one turn: an immutable snapshot of flags, agents, overrides and time, and the session that the turn changes.
pub(super) struct TurnContext<'a> {
    pub(super) app: &'a App,
    /// The app's language model, with this turn's deadline.
    pub(super) model: Arc<dyn Model>,
    /// The answers of the turn's runs.
    pub(super) answers: Arc<Answers>,
    pub(super) claim: &'a Claim,
    /// What the message says, if it has words.
    pub(super) said: Option<Arc<Analysis<'a>>>,
    pub(super) flags: Arc<Flags>,
    pub(super) agents: Arc<AgentSet>,
    pub(super) overrides: Arc<Overrides>,
    /// The business number that the message was written to.
    pub(super) number: Arc<Number>,
    pub(super) now: i64,
    /// The language to answer in.
    pub(super) language: String,
    /// Whether the text or the person tells that language, so that it is kept.
    pub(super) language_is_sure: bool,
    pub(super) session: Session,
    /// The person opted out earlier and opts in again with this message.
    pub(super) starts_again: bool,
    /// The customer service window is closed: only templates go.
    pub(super) outside_window: bool,
    /// The person asked for this turn's language.
    pub(super) language_chosen: bool,
    /// Our id of the message that this one quotes.
    pub(super) quoted: Option<i64>,
    /// What agents are told with the message.
    pub(super) message_extras: Vec<types::Extra>,
    /// Ways out stand in the place of the flow's reply: what its question offers stays valid.
    pub(super) ways_shown: bool,
}

/// A voice note's transcription.
pub(super) enum VoiceNote {
    /// The message is not a voice note.
    None,
    /// The transcript.
    Transcript(String),
    /// No model is configured, or the model understood nothing.
    Unintelligible,
}

impl<'a> TurnContext<'a> {
    pub(super) fn new(app: &'a App, claim: &'a Claim, flags: Arc<Flags>) -> TurnContext<'a> {
        let now = app.clock.now();
        let agents = app.plugins.current();
        let session = resume(claim.session.clone(), &agents, now);
        let overrides = app.profiles.current();
        let number = app.numbers.current().of(&claim.message.business);
        let said = claim.message.content.words().map(|text| Arc::new(Analysis::of(text)));
        let keywords = |text: &Analysis<'_>| {
            let index = app.profiles.index(&agents, &overrides);
            index.as_deref().unwrap_or(agents.index()).by_language(&text.words)
        };
        let calling_code = &app.defaults.calling_code;
        let (language, language_is_sure) =
            decide_language(claim, said.as_deref(), &session, &number, calling_code, keywords);
        let model = Arc::new(TurnModel::new(app.model.clone(), model::TURN));
        TurnContext {
            app,
            model,
            answers: Arc::default(),
            claim,
            said,
            flags,
            agents,
            overrides,
            number,
            now,
            language,
            language_is_sure,
            session,
            starts_again: false,
            outside_window: false,
            language_chosen: false,
            quoted: None,
            message_extras: Vec::new(),
            ways_shown: false,
        }
    }

    /// The same, with the answers of the turn's earlier runs.
    pub(super) fn keeping(mut self, answers: &Arc<Answers>) -> TurnContext<'a> {
        self.model = Arc::new(KeptModel { model: self.model, answers: answers.clone() });
        self.answers = answers.clone();
        self
    }

    /// A text as it was analysed at the turn's beginning, if it is what the message says.
    pub(super) fn analysed<'t>(&self, text: &'t str) -> Arc<Analysis<'t>>
    where
        'a: 't,
    {
        let known = self.said.iter().find(|known| known.text() == text);
        known.map_or_else(|| Arc::new(Analysis::of(text)), |known| known.clone() as Arc<Analysis<'t>>)
    }

    /// Takes flags, agents and overrides anew.
    pub(super) fn refresh(&mut self) {
        self.flags = self.app.flags.current();
        self.agents = self.app.plugins.current();
        self.overrides = self.app.profiles.current();
        self.number = self.app.numbers.current().of(&self.claim.message.business);
    }

    /// Transcribes the message if it is a voice note. Waits for the model, at most 8 s, while the lane's lease is renewed in the
    /// background.
    pub(super) async fn transcribe(&self) -> VoiceNote {
        let Content::Media(media) = &self.claim.message.content else { return VoiceNote::None };
        if media.kind != MediaKind::Audio {
            return VoiceNote::None;
        }
        let asker = Asker { agent: "host", person: self.claim.person.id };
        match self.model.transcribe(asker, &media.handle).await {
            Ok(words) if words.trim().chars().any(char::is_alphanumeric) => {
                VoiceNote::Transcript(words.trim().to_owned())
            }
            Ok(_) | Err(_) => VoiceNote::Unintelligible,
        }
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.flags.agent_is_on(name) && self.overrides.is_on(name) && self.number.serves(name)
    }

    /// The version of an agent that serves this person; `None` if the agent is off, not loaded or out of service for a while.
    pub(super) fn version(&self, name: &str) -> Option<Arc<Version>> {
        self.loaded(name).filter(|version| version.record().rests(self.now).is_none()).cloned()
    }

    /// Whether the agent would serve this person, if it were not out of service for a while since it was stopped too often.
    pub(super) fn rests(&self, name: &str) -> bool {
        self.loaded(name).is_some_and(|version| version.record().rests(self.now).is_some())
    }

    fn loaded(&self, name: &str) -> Option<&Arc<Version>> {
        let begun_on = self.session.version.as_deref().filter(|_| self.session.agent == name);
        self.agents.version_for(name, self.claim.person.id, begun_on).filter(|_| self.is_on(name))
    }

    /// How much the agents that are on fit a text, by their keywords.
    pub(super) fn scored(&self, text: &Analysis<'_>) -> route::Scored {
        let index = self.app.profiles.index(&self.agents, &self.overrides);
        index.as_deref().unwrap_or(self.agents.index()).score(text, |name: &str| self.version(name).is_some())
    }

    /// Whether choices may bear this agent's name: it is loaded, or the session speaks of it.
    pub(super) fn is_agent(&self, name: &str) -> bool {
        let session = &self.session;
        let offered = session.offered.iter().flat_map(|offered| &offered.choices);
        let waiting = session.open.pending.iter().flat_map(|pending| &pending.choices);
        self.agents.get(name).is_some()
            || session.agent == name
            || session.kept.as_ref().is_some_and(|kept| kept.agent == name)
            || offered.chain(waiting).any(|(wire, _)| wire.split_once('/').is_some_and(|(agent, _)| agent == name))
    }

    /// Routes free text by the session and keywords; if that is inconclusive, asks the model, if there is one.
    pub(super) async fn talk(&self, content: Content) -> (Route, Content) {
        let is_on = |name: &str| self.version(name).is_some();
        let index = self.app.profiles.index(&self.agents, &self.overrides);
        let index = index.as_deref().unwrap_or(self.agents.index());
        let said = content.words().map(|text| self.analysed(text));
        let route = route::choose(said.as_deref(), &self.session, index, is_on, self.now);
        // "Is this still available?" under an advert: what it is about says who answers.
        let route = match (route.reason, self.said_beside()) {
            (Reason::Fallback, Some(words)) => {
                let about = route::choose(Some(&Analysis::of(&words)), &self.session, index, is_on, self.now);
                if about.reason == Reason::Keywords { about } else { route }
            }
            _ => route,
        };
        let chosen = match content.words() {
            Some(words) if route.is_open() && self.model.is_there() => self.ask_model(words).await,
            _ => None,
        };
        let route = chosen.map_or(route, |agent| Route::certain(&agent, Reason::Model));
        (route, content)
    }

    /// The words of the advert that the message came from, or of the product that it is about.
    fn said_beside(&self) -> Option<String> {
        let words = self.claim.message.extras.iter().flat_map(|extra| {
            let about: serde_json::Value = serde_json::from_str(&extra.value).unwrap_or_default();
            ["headline", "body", "name", "product"].map(|key| about[key].as_str().map(str::to_owned))
        });
        let words: Vec<String> = words.flatten().collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// Asks the model which of the agents that are on fits a text best.
    pub(super) async fn ask_model(&self, text: &str) -> Option<String> {
        let on: Vec<(String, String)> = self
            .agents
            .iter()
            .filter(|version| self.version(version.name()).is_some())
            .map(|version| (version.name().to_owned(), version.profile().about.clone()))
            .collect();
        let asker = Asker { agent: "host", person: self.claim.person.id };
        model::choose_agent(&*self.model, asker, text, &on).await
    }

    /// Leaves any open flow and routes to the menu.
    pub(super) fn menu(&mut self, reason: Reason) -> (Route, Content) {
        self.session.flow = None;
        let tap = Tap { id: "menu".into(), title: "menu".into() };
        (Route::certain(route::FALLBACK, reason), Content::Tap(tap))
    }

    /// Leaves any open flow and has the support agent ask whether all that is held about the person is to be deleted.
    pub(super) fn asks_to_be_forgotten(&mut self) -> (Route, Content) {
        self.session.flow = None;
        let title = match &self.claim.message.content {
            Content::Text(text) => text.clone(),
            _ => FORGET.into(),
        };
        (Route::certain(route::FALLBACK, Reason::Exit), Content::Tap(Tap { id: FORGET.into(), title }))
    }

    /// Redirects a route whose agent is off to the menu, with a message that says so.
    pub(super) fn redirect_if_off(&mut self, route: Route, content: Content) -> (Route, Content, Option<HostMessage>) {
        let sent_away = matches!(route.reason, Reason::Flow | Reason::Choice);
        if !sent_away || self.version(&route.agent).is_some() {
            return (route, content, None);
        }
        let note = self.suspend_flow_of(&route.agent);
        let (menu, tap) = self.menu(Reason::Fallback);
        (menu, tap, Some(note))
    }
}
