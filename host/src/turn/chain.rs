//! The handoff chain of a turn: the agents that run one after the other. A handoff passes the same message on, at most three times.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Serialize;
use tracing::Instrument;

use super::context::TurnContext;
use crate::telemetry;
use switchboard_core::{
    contract::{
        log::Level,
        roster::Card,
        types::{self, Content, Failure, Handoff, Reply},
    },
    effect::Effect,
    test_number,
};
use switchboard_sandbox::{
    agent::{Ended, HostCall, RecordedLimits, Stopped, TurnHost, Version},
    plugins::TurnEnd,
};

/// The most handoffs in one turn.
const HANDOFFS_MAX: usize = 3;

/// The results of the agents that ran in a turn.
pub(super) struct Chain {
    /// One link for each agent that ran.
    pub(super) links: Vec<Link>,
    /// Why the person gets no answer of an agent, if an error or a stop prevented it.
    pub(super) error: Option<String>,
    /// The error is the host's fault (no sandbox was free), so the turn may be retried.
    pub(super) host_failed: bool,
    /// Set if a candidate version was stopped and the stable version answered instead.
    pub(super) fallback: Option<Fallback>,
    /// The bytes that the host holds for the turn, of all links.
    held: usize,
    /// Set if the last agent rejected the input: only this reply is shown, and nothing is written.
    pub(super) refused: Option<Reply>,
    /// What is shown in the place of the agents' replies.
    shown: Option<Vec<(String, Reply)>>,
}

/// A fallback from a candidate version that was stopped to the stable one; the event's payload keeps it as `rescued`.
#[derive(Serialize)]
pub(super) struct Fallback {
    pub(super) agent: String,
    pub(super) sha256: String,
    pub(super) error: String,
}

/// One agent's run within the chain; serialised into the journal.
#[derive(Serialize)]
pub(super) struct Link {
    #[serde(skip)]
    pub(super) version: Arc<Version>,
    pub(super) agent: String,
    pub(super) sha256: String,
    pub(super) turn: types::Turn,
    pub(super) calls: Vec<HostCall>,
    pub(super) outcome: Option<types::Outcome>,
    pub(super) stopped: Option<String>,
    /// The words of a refusal: the agent's `invalid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refused: Option<String>,
    pub(super) fuel: u64,
    /// How long it ran, in microseconds.
    pub(super) micros: u64,
    pub(super) limits: RecordedLimits,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) log: Vec<(Level, String)>,
    #[serde(skip)]
    pub(super) effects: Vec<Effect>,
    /// The host's time between the previous agent's end and this one's start.
    #[serde(skip)]
    pub(super) handoff_latency: Option<Duration>,
    /// When the agent's run ended.
    #[serde(skip)]
    ended_at: Instant,
}

impl Chain {
    /// The bytes that the host holds for the turn.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// The agent that ran last: the one that answers the person.
    pub(super) fn last(&self) -> Option<&Link> {
        self.links.last()
    }

    /// An empty chain: no agent ran.
    pub(super) fn none(error: Option<String>) -> Chain {
        Chain { links: Vec::new(), error, host_failed: false, fallback: None, held: 0, refused: None, shown: None }
    }

    /// Whether the agents' effects and next step are committed: there was no error and no refusal.
    pub(super) fn counts(&self) -> bool {
        self.error.is_none() && self.refused.is_none()
    }

    /// Shows these in the place of the agents' replies.
    pub(super) fn shows(&mut self, replies: Vec<(String, Reply)>) {
        self.shown = Some(replies);
    }

    /// The replies of all agents in order, each with its agent's name.
    pub(super) fn replies(&self) -> Vec<(&str, &Reply)> {
        if let Some(shown) = &self.shown {
            return shown.iter().map(|(agent, reply)| (agent.as_str(), reply)).collect();
        }
        if let (Some(refusal), Some(last)) = (&self.refused, self.last()) {
            return vec![(last.agent.as_str(), refusal)];
        }
        let outcomes = self.links.iter().filter_map(|link| Some((link.agent.as_str(), link.outcome.as_ref()?)));
        outcomes.flat_map(|(agent, outcome)| outcome.replies.iter().map(move |reply| (agent, reply))).collect()
    }
}

/// Runs `first`, then each agent that the turn is handed to.
pub(super) async fn run(context: &TurnContext<'_>, first: Arc<Version>, content: &Content) -> Chain {
    let mut chain = Chain::none(None);
    let mut version = first;
    let mut handoff: Option<Handoff> = None;
    loop {
        let given = handoff.take();
        let mut turn = context.turn_for(&version, content.clone(), given.clone());
        let (mut ended, stable) = run_agent(context, &version, &turn, chain.held).await;
        if let (Err(stopped), Some(stable)) = (&ended.result, stable) {
            let (agent, sha256, error) = (version.name().into(), version.sha256().into(), stopped.to_string());
            let _in_span = version_span(&version).entered();
            tracing::warn!("the candidate version was stopped, the stable version takes over: {error}");
            drop(_in_span);
            chain.fallback = Some(Fallback { agent, sha256, error });
            version = stable;
            turn = context.turn_for(&version, content.clone(), given);
            // What was held for the candidate is free before the other runs.
            drop(ended);
            ended = run_agent(context, &version, &turn, chain.held).await.0;
        }
        let given_away = settle_link(&mut chain, version.clone(), turn, ended);
        let Some(next) = given_away else { return chain };
        match accept_handoff(context, &chain, &next) {
            Ok(to) => {
                handoff = Some(Handoff { agent: version.name().to_owned(), ..next });
                version = to;
            }
            Err(refusal) => {
                let answered =
                    chain.last().and_then(|link| link.outcome.as_ref()).is_some_and(|o| !o.replies.is_empty());
                let refused = format!("handoff to `{}` refused: {refusal}", next.agent);
                tracing::warn!(agent.name = version.name(), "{refused}");
                if !answered {
                    chain.error = Some(refused);
                }
                return chain;
            }
        }
    }
}

/// Runs one agent on a turn record; `held` are the bytes that the host holds for the turn already. Also gives the stable version, if a
/// canary was stopped.
async fn run_agent(
    context: &TurnContext<'_>,
    version: &Version,
    turn: &types::Turn,
    held: usize,
) -> (Ended, Option<Arc<Version>>) {
    let roster: Arc<[Card]> = match version.grants("roster") || version.grants("search") {
        true => context.roster(version.name()),
        false => Arc::from([]),
    };
    let host = TurnHost {
        person: context.claim.person.id,
        reads: context.app.reads.clone(),
        model: context.model.clone(),
        services: context.services(),
        roster,
        features: turn.features.clone(),
        held,
        depth: context.claim.message.depth,
    };
    let span = version_span(version);
    let ended = version.handle(turn, host).instrument(span.clone()).await;
    let _in_span = span.enter();
    for (level, line) in &ended.log {
        tracing::info!(agent.level = ?level, "{line}");
    }
    let (person, now) = (context.claim.person.id, context.app.clock.now());
    let is_test = test_number::is_test(&context.claim.message.business);
    if !is_test {
        let refused = telemetry::refused_calls(version.name(), &ended.calls);
        context.app.vitals.note_refused_calls(version.name(), refused);
    }
    let end = TurnEnd { person, stop: ended.result.as_ref().err(), now, is_test };
    let stable = context.app.plugins.ended(&context.agents, version, &end);
    (ended, stable)
}

/// The span of an agent's run: every line that is logged in it says which version runs.
fn version_span(version: &Version) -> tracing::Span {
    let about = version.profile();
    tracing::info_span!(
        "agent",
        agent.name = version.name(),
        agent.version = about.version,
        agent.sha256 = version.sha256()
    )
}

/// Appends an agent's result to the chain; returns its handoff, if it made one.
fn settle_link(chain: &mut Chain, version: Arc<Version>, turn: types::Turn, ended: Ended) -> Option<Handoff> {
    chain.held = ended.held;
    let before = chain.last().map(|link| link.ended_at);
    let handoff_latency = before.zip(ended.began).map(|(before, began)| began.saturating_duration_since(before));
    let mut link = Link {
        agent: version.name().to_owned(),
        sha256: version.sha256().to_owned(),
        turn,
        calls: ended.calls,
        outcome: None,
        stopped: None,
        refused: None,
        fuel: ended.fuel_used,
        micros: ended.began.map_or(0, |began| ended.over.saturating_duration_since(began).as_micros() as u64),
        limits: version.limits().into(),
        log: ended.log,
        version,
        effects: ended.effects,
        handoff_latency,
        ended_at: ended.over,
    };
    let mut handoff = None;
    match ended.result {
        Ok(outcome) => {
            handoff = outcome.handoff.clone();
            link.outcome = Some(outcome);
        }
        Err(Stopped::Failure(Failure::Invalid(text))) => {
            link.refused = Some(text.clone());
            chain.refused = Some(Reply::Text(text));
        }
        Err(stopped) => {
            chain.host_failed = matches!(stopped, Stopped::Pool);
            chain.error = Some(stopped.to_string());
            let _in_span = version_span(&link.version).entered();
            tracing::warn!("the agent was stopped: {stopped}");
            link.stopped = Some(stopped.to_string());
        }
    }
    chain.links.push(link);
    handoff
}

/// Checks a handoff; returns the version that it goes to.
fn accept_handoff(context: &TurnContext<'_>, chain: &Chain, handoff: &Handoff) -> Result<Arc<Version>, &'static str> {
    if !context.flags.document.features.cross_domain_handoffs {
        return Err("the feature crossDomainHandoffs is off");
    }
    if chain.links.iter().any(|link| link.agent == handoff.agent) {
        return Err("that agent has already handled this turn");
    }
    if chain.links.len() > HANDOFFS_MAX {
        return Err("the turn has already been handed off three times");
    }
    context.version(&handoff.agent).ok_or("no such agent is on")
}
