//! The agents of one turn, one after the other: a handoff gives the same message to the next, within bounds.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Serialize;

use super::context::Setting;
use switchboard_core::{
    contract::{
        roster::Card,
        types::{self, Content, Failure, Handoff, Reply},
    },
    effect::Effect,
};
use switchboard_sandbox::agent::{Ended, HostCall, Stopped, TurnHost, Version};

/// An agent may give a turn away; the last of this many may not.
const HANDOFFS_MAX: usize = 3;

/// What the agents of a turn made of it.
pub(super) struct Chain {
    /// One link for each agent that ran.
    pub(super) links: Vec<Link>,
    /// Why the person does not get an agent's own answer, if so.
    pub(super) error: Option<String>,
    /// The stop that the error came from was not the agent's doing: the turn may be tried again.
    pub(super) host_failed: bool,
    /// A version that is tried was stopped, and the stable one took the turn over.
    pub(super) rescued: Option<Rescued>,
    /// The last agent refused what the person said: only this is shown, and nothing changes.
    pub(super) refused: Option<Reply>,
}

/// A version that was stopped, and why; its person was answered by the stable one.
#[derive(Serialize)]
pub(super) struct Rescued {
    pub(super) agent: String,
    pub(super) sha256: String,
    pub(super) error: String,
}

/// One agent's part of a turn. This is also what the journal keeps of it.
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
    pub(super) fuel: u64,
    #[serde(skip)]
    pub(super) effects: Vec<Effect>,
    /// What the host needed between the end of the agent before and the beginning of this one.
    #[serde(skip)]
    pub(super) handed: Option<Duration>,
    /// When the agent ended.
    #[serde(skip)]
    over: Instant,
}

impl Chain {
    /// The agent whose answer the person gets.
    pub(super) fn last(&self) -> Option<&Link> {
        self.links.last()
    }

    /// No agent ran.
    pub(super) fn none(error: Option<String>) -> Chain {
        Chain { links: Vec::new(), error, host_failed: false, rescued: None, refused: None }
    }

    /// What the agents wrote and where they stand counts.
    pub(super) fn counts(&self) -> bool {
        self.error.is_none() && self.refused.is_none()
    }

    /// The replies of all, in order, each with the agent that speaks.
    pub(super) fn replies(&self) -> Vec<(&str, &Reply)> {
        if let (Some(refusal), Some(last)) = (&self.refused, self.last()) {
            return vec![(last.agent.as_str(), refusal)];
        }
        let outcomes = self.links.iter().filter_map(|link| Some((link.agent.as_str(), link.outcome.as_ref()?)));
        outcomes.flat_map(|(agent, outcome)| outcome.replies.iter().map(move |reply| (agent, reply))).collect()
    }
}

/// Runs `first`, then whomever it hands over to.
pub(super) async fn run(setting: &Setting<'_>, first: Arc<Version>, content: &Content) -> Chain {
    let mut chain = Chain::none(None);
    let mut version = first;
    let mut handoff: Option<Handoff> = None;
    loop {
        let given = handoff.take();
        let mut turn = setting.turn_for(&version, content.clone(), given.clone());
        let mut ended = ask(setting, &version, &turn).await;
        if let Some(stopped) = ended.result.as_ref().err().filter(|stopped| stopped.is_breach())
            && let Some(stable) = setting.app.plugins.stopped(&setting.agents, &version)
        {
            let (agent, sha256, error) = (version.name().into(), version.sha256().into(), stopped.to_string());
            tracing::warn!(
                agent.name = version.name(),
                agent.sha256 = version.sha256(),
                "the stable version takes the turn over: {error}"
            );
            chain.rescued = Some(Rescued { agent, sha256, error });
            version = stable;
            turn = setting.turn_for(&version, content.clone(), given);
            ended = ask(setting, &version, &turn).await;
        }
        let given_away = settle_link(&mut chain, version.clone(), turn, ended);
        let Some(next) = given_away else { return chain };
        match admit(setting, &chain, &next) {
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

async fn ask(setting: &Setting<'_>, version: &Version, turn: &types::Turn) -> Ended {
    let roster: Arc<[Card]> = match version.grants("roster") || version.grants("search") {
        true => setting.roster(version.name()),
        false => Arc::from([]),
    };
    if let Some(candidate) =
        setting.agents.candidate(version.name()).filter(|tried| tried.version.sha256() == version.sha256())
    {
        candidate.trial.began();
    }
    let host = TurnHost {
        person: setting.claim.person.id,
        reads: setting.app.reads.clone(),
        model: setting.app.model.clone(),
        roster,
        features: turn.features.clone(),
    };
    let ended = version.handle(turn, host).await;
    for (level, line) in &ended.log {
        tracing::info!(agent.name = version.name(), agent.level = ?level, "{line}");
    }
    ended
}

/// Adds what an agent made of the turn, and says whom it gives the turn to.
fn settle_link(chain: &mut Chain, version: Arc<Version>, turn: types::Turn, ended: Ended) -> Option<Handoff> {
    let before = chain.last().map(|link| link.over);
    let handed = before.zip(ended.began).map(|(before, began)| began.saturating_duration_since(before));
    let mut link = Link {
        agent: version.name().to_owned(),
        sha256: version.sha256().to_owned(),
        version,
        turn,
        calls: ended.calls,
        outcome: None,
        stopped: None,
        fuel: ended.fuel_used,
        effects: ended.effects,
        handed,
        over: ended.over,
    };
    let mut handoff = None;
    match ended.result {
        Ok(outcome) => {
            handoff = outcome.handoff.clone();
            link.outcome = Some(outcome);
        }
        Err(Stopped::Failure(Failure::Invalid(text))) => {
            chain.refused = Some(Reply::Text(text));
        }
        Err(stopped) => {
            chain.host_failed = matches!(stopped, Stopped::Pool);
            chain.error = Some(stopped.to_string());
            tracing::warn!(agent.name = link.agent, agent.sha256 = link.sha256, "the agent was stopped: {stopped}");
            link.stopped = Some(stopped.to_string());
        }
    }
    chain.links.push(link);
    handoff
}

fn admit(setting: &Setting<'_>, chain: &Chain, handoff: &Handoff) -> Result<Arc<Version>, &'static str> {
    if !setting.flags.document.features.cross_domain_handoffs {
        return Err("the feature crossDomainHandoffs is off");
    }
    if chain.links.iter().any(|link| link.agent == handoff.agent) {
        return Err("that agent has had this turn already");
    }
    if chain.links.len() > HANDOFFS_MAX {
        return Err("the turn was given away three times already");
    }
    setting.version(&handoff.agent).ok_or("no such agent is on")
}
