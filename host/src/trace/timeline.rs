//! One message's turn in parts: what it said, how it was read and routed, what each agent asked, what was committed, what became of the
//! replies. The page of a turn and the phone's "What happened" show it.

use serde::Serialize;
use serde_json::Value;

use super::{
    end::end,
    readings::{ReadingShown, read_again},
    run::{Run, run},
    time::time,
};
use crate::journal::{Journal, JournalError};
use switchboard_core::{contract::types::Content, phone::Phone, test_number};
use switchboard_edge::whatsapp::render::{Rendered, render};
use switchboard_sandbox::plugins::AgentSet;
use switchboard_store::{Store, StoreError, Traced, TracedEvent, TracedSend, Unanswered, host_of_node};
use switchboard_understand::Analysis;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An agent, or the host, answered.
    Answered,
    /// The agent was stopped, and another version or an apology answered.
    Stopped,
    /// It waits for its turn.
    Waits,
    /// It is held until its person is in the rollout.
    Held,
    /// It went to the legacy service.
    Forwarded,
    /// Its turn was given up.
    Dead,
    /// It wants no answer, or has none.
    Unanswered,
}

/// One message, and its turn in parts.
#[derive(Clone, Debug, Serialize)]
pub struct Timeline {
    /// The message's id; its turn is called `turn-<id>`.
    pub message: i64,
    /// Meta's id of it.
    pub wamid: Option<String>,
    /// The person's id.
    pub person: Option<uuid::Uuid>,
    /// The person's name, as WhatsApp shows it.
    pub name: Option<String>,
    /// The person's number; it prints masked.
    #[serde(skip)]
    pub phone: Option<Phone>,
    /// The business number's id.
    pub business: String,
    /// Whether it is of a test number, and so in no figure.
    pub is_test: bool,
    /// `message`, `notice` and others.
    pub kind: String,
    /// What it says, or what stands for it.
    pub said: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The same in a sentence.
    pub end: String,
    /// The host that answered it.
    pub host: Option<String>,
    /// When it was sent, by Meta's time, in milliseconds since 1970.
    pub sent_at: i64,
    /// When it was received.
    pub received_at: i64,
    /// When its turn was committed; none if its journal is gone.
    pub answered_at: Option<i64>,
    /// How long it took from being due to being answered, in milliseconds.
    pub took_ms: Option<i64>,
    /// How long it had waited for more words of its person, in milliseconds.
    pub waited_ms: Option<i64>,
    /// How often its turn failed before.
    pub attempts: i64,
    /// The language that it was answered in.
    pub language: Option<String>,
    /// What its words say.
    pub readings: Vec<ReadingShown>,
    /// Which agent it went to, and why; none without a journal or an event.
    pub route: Option<RouteShown>,
    /// The agents that ran, in order.
    pub runs: Vec<Run>,
    /// Why there was no agent's own answer.
    pub error: Option<String>,
    /// What was sent because of it.
    pub replies: Vec<ReplyShown>,
    /// The length of its journal in bytes, compressed; none if it is not kept any more.
    pub journal_bytes: Option<usize>,
    /// Why its journal cannot be read.
    pub unreadable: Option<String>,
}

/// A route.
#[derive(Clone, Debug, Serialize)]
pub struct RouteShown {
    /// The agent.
    pub agent: String,
    /// The reason, such as `keywords` or `flow`.
    pub reason: String,
    /// The confidence, 0 to 1; none if only the event is left.
    pub confidence: Option<f32>,
    /// The keywords that matched.
    pub keywords: Vec<String>,
    /// The scores of all agents by keywords, the best first: as the agents are now.
    pub scores: Vec<(String, f32)>,
}

/// A reply, or a forward.
#[derive(Clone, Debug, Serialize)]
pub struct ReplyShown {
    /// Its row of the outbox.
    pub outbox: i64,
    /// Who speaks.
    pub agent: String,
    /// `answer`, `notice`, `template` or `forward`.
    pub kind: String,
    /// What it says.
    #[serde(skip)]
    pub shown: Rendered,
    /// `queued`, `sending`, `unknown`, `sent`, `barred`, `dead` or `discarded`.
    pub state: String,
    /// What Meta said last, such as `read`.
    pub status: Option<String>,
    /// Why it was not sent, in Meta's words or ours.
    pub error: Option<String>,
    /// When it was queued, begun, delivered and read, in milliseconds since 1970.
    pub queued_at: i64,
    /// When it was begun.
    pub begun_at: Option<i64>,
    /// When Meta took it, by Meta's time, in whole seconds.
    pub delivered_at: Option<i64>,
    /// When it was read.
    pub read_at: Option<i64>,
    /// Whether Meta bills it.
    pub billable: Option<bool>,
}

impl Timeline {
    /// Reads the turn of a message; none if no such message is kept.
    pub async fn read(store: &Store, agents: &AgentSet, message: i64) -> Result<Option<Timeline>, StoreError> {
        Ok(store.trace(message).await?.map(|traced| Timeline::of(traced, agents)))
    }

    fn of(traced: Traced, agents: &AgentSet) -> Timeline {
        let end = end(&traced);
        let Traced { message, person, events, journals, sends } = traced;
        let journal: Option<Result<Journal, JournalError>> = journals.last().map(|(_, _, body)| Journal::read(body));
        let (journal, unreadable) = match journal {
            Some(Ok(journal)) => (Some(journal), None),
            Some(Err(error)) => (None, Some(error.to_string())),
            None => (None, None),
        };
        let event = events.last();
        let payload: Value = event.and_then(|event| serde_json::from_str(&event.payload).ok()).unwrap_or_default();
        let content = serde_json::from_str::<Content>(&message.content);
        let said = content.as_ref().map_or_else(|_| message.content.clone(), Content::shown);
        let words = content.as_ref().ok().and_then(Content::words);
        let scores = words.map(|words| scores(agents, words)).unwrap_or_default();
        let runs: Vec<Run> =
            journal.iter().flat_map(|journal| &journal.links).map(|link| run(link, &payload)).collect();
        let is_forwarded = sends.iter().any(|send| send.kind == "forward");
        let was_stopped = runs.iter().any(|run| run.stopped.is_some()) || payload["rescued"].is_object();
        let outcome = match message.state.as_str() {
            "queued" => Outcome::Waits,
            "held" => Outcome::Held,
            "dead" => Outcome::Dead,
            _ if is_forwarded => Outcome::Forwarded,
            _ if was_stopped => Outcome::Stopped,
            _ if !sends.is_empty() || event.is_some() => Outcome::Answered,
            _ if message.why.as_deref().and_then(Unanswered::parse).is_some() || message.state == "stored" => {
                Outcome::Unanswered
            }
            _ => Outcome::Answered,
        };
        Timeline {
            message: message.id,
            wamid: message.wamid,
            person: person.as_ref().map(|person| person.id),
            phone: person.as_ref().and_then(|person| person.phone.clone()),
            name: person.and_then(|person| person.name),
            is_test: test_number::is_test(&message.business),
            business: message.business,
            kind: message.kind,
            said,
            outcome,
            end,
            host: message.host.as_deref().map(|node| host_of_node(node).to_owned()),
            sent_at: message.sent_at,
            received_at: message.received_at,
            answered_at: journals.last().map(|(_, at, _)| *at),
            took_ms: event.and_then(|event| event.duration_ms),
            waited_ms: event.and_then(|event| event.waited_ms),
            attempts: message.attempts,
            language: payload["language"].as_str().map(str::to_owned),
            readings: journal.as_ref().map(read_again).unwrap_or_default(),
            route: route(journal.as_ref(), event, scores),
            error: journal.as_ref().and_then(|journal| journal.error.clone()),
            runs,
            replies: sends.iter().map(reply).collect(),
            journal_bytes: journals.last().map(|(_, _, body)| body.len()),
            unreadable,
        }
    }

    /// The time of the calls of all agents, in microseconds.
    pub fn calls_micros(&self) -> u64 {
        self.runs.iter().flat_map(|run| &run.calls).map(|call| call.micros).sum()
    }

    /// When it was answered, else received, as ISO 8601 in UTC.
    pub fn at(&self) -> String {
        time(self.answered_at.unwrap_or(self.received_at))
    }
}

/// The scores of agents by the keywords of a text, the best first.
fn scores(agents: &AgentSet, words: &str) -> Vec<(String, f32)> {
    agents.index().score(&Analysis::of(words), |_| true).ranked()
}

fn route(journal: Option<&Journal>, event: Option<&TracedEvent>, scores: Vec<(String, f32)>) -> Option<RouteShown> {
    let (agent, reason, confidence, keywords) = match (journal, event) {
        (Some(Journal { route, .. }), _) => {
            (route.agent.clone(), route.reason.clone(), Some(route.confidence), route.keywords.clone())
        }
        (None, Some(event)) => (event.agent.clone(), event.reason.clone(), None, Vec::new()),
        (None, None) => return None,
    };
    Some(RouteShown { agent, reason, confidence, keywords, scores })
}

fn reply(send: &TracedSend) -> ReplyShown {
    let body: Value = serde_json::from_str(&send.body).unwrap_or_default();
    let at = |word: &str| send.statuses.iter().find(|status| status.status == word).map(|status| status.at);
    let failed = send.statuses.iter().rev().find_map(|status| status.error.clone());
    ReplyShown {
        outbox: send.id,
        agent: send.agent.clone(),
        kind: send.kind.clone(),
        shown: if send.kind == "forward" { Rendered::default() } else { render(&body) },
        state: send.state.clone(),
        status: send.statuses.last().map(|status| status.status.clone()),
        error: send.error.clone().or(failed).filter(|_| send.state != "sent"),
        queued_at: send.created_at,
        begun_at: send.begun_at,
        delivered_at: at("delivered"),
        read_at: at("read"),
        billable: send.statuses.iter().rev().find_map(|status| status.billable),
    }
}
