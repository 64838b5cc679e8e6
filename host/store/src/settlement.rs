//! What a turn changed, and what became of it when it was stored.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::types::{Claim, Lane};
use crate::{outbox::Outgoing, unanswered::Unanswered};
use switchboard_core::{
    contract::types::Place,
    effect::Effect,
    inbox::Kind,
    phone::{Address, Phone},
    session::Session,
};

/// All that a turn changed; applied in one transaction under the lane's epoch.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The lease it was done under.
    pub lane: Lane,
    /// The message that is done with it.
    pub message_id: i64,
    /// The other messages of its burst, done with it too.
    pub with: Vec<i64>,
    /// The message's kind when it was claimed: a placeholder whose content has come meanwhile stays queued. None: whatever it is.
    pub kind: Option<Kind>,
    /// When the person wrote it, by Meta's time, in milliseconds: opens the 24-hour window. None if it is not theirs.
    pub wrote_at: Option<i64>,
    /// Meta's `phone_number_id`.
    pub business: String,
    /// Whose turn it was.
    pub person_id: Uuid,
    /// The person's number, for the checklist's columns.
    pub phone: Option<Phone>,
    /// Where the replies go: the address that wrote, or for a notice the person's current one on that business number.
    pub address: Option<Address>,
    /// In milliseconds: the time of the turn.
    pub now: i64,
    /// What became of the message.
    pub done: Done,
    /// Why it has no answer, where nothing failed.
    pub why: Option<Unanswered>,
    /// The session that was stored when the turn began.
    pub session_before: Option<Uuid>,
    /// The session to store; none leaves it as it is. If it is another than before, it takes that one's place.
    pub session: Option<Session>,
    /// What is now known of the person.
    pub person: PersonChange,
    /// The depth of the message: notices that the agents cause are one deeper.
    pub depth: u32,
    /// The agents' writes, in order.
    pub effects: Vec<Effect>,
    /// What to send, in order.
    pub replies: Vec<Reply>,
    /// ISO 4217: the currency of listings that name no price.
    pub currency: String,
    /// The row for `unified_agent_events`.
    pub event: Option<Event>,
    /// The journal of the turn, compressed.
    pub journal: Option<Vec<u8>>,
}

impl Settlement {
    /// Changes nothing but that the claimed message is answered. The currency is that of the schema's own default, `RWF`.
    pub fn of(claim: &Claim, now: i64) -> Settlement {
        Settlement {
            kind: Some(claim.message.kind),
            wrote_at: claim.message.is_of_the_person().then_some(claim.message.sent_at.min(claim.message.received_at)),
            person_id: claim.person.id,
            phone: claim.person.phone.clone(),
            address: claim.address.clone(),
            depth: claim.message.depth,
            session_before: claim.session.as_ref().map(|session| session.id),
            with: claim.burst.iter().map(|bubble| bubble.id).filter(|id| *id != claim.message.id).collect(),
            ..Settlement::only(claim.lane, claim.message.id, claim.message.business.clone(), Done::Answered, now)
        }
    }

    /// The same, with the reason why the message has no answer.
    pub fn because(self, why: Unanswered) -> Settlement {
        Settlement { why: Some(why), ..self }
    }

    /// Changes nothing but the state of a message, no matter who it is from.
    pub(crate) fn only(lane: Lane, message_id: i64, business: String, done: Done, now: i64) -> Settlement {
        Settlement {
            lane,
            message_id,
            with: Vec::new(),
            kind: None,
            wrote_at: None,
            business,
            person_id: Uuid::nil(),
            phone: None,
            address: None,
            now,
            done,
            why: None,
            session_before: None,
            session: None,
            person: PersonChange::default(),
            depth: 0,
            effects: Vec::new(),
            replies: Vec::new(),
            currency: "RWF".into(),
            event: None,
            journal: None,
        }
    }
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// Its turn ended.
    Answered,
    /// The person is outside the rollout; kept until released.
    Held,
    /// It was not ours to answer: forwarded, or only kept.
    Stored,
    /// Given up after the last attempt; why.
    Dead(String),
}

/// What a turn learnt of a person; none means no change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PersonChange {
    /// BCP 47.
    pub language: Option<String>,
    /// Said stop, or start again.
    pub opted_out: Option<bool>,
    /// Shared a place.
    pub place: Option<Place>,
}

/// A message to the person, ready for the Graph API but for recipient and reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The agent that speaks.
    pub agent: String,
    /// Graph API body from `type` on, as JSON text; of what is forwarded, the body whole.
    pub body: String,
    /// Forwarded to this webhook of the legacy service; none: to the person, by the Graph API.
    pub url: Option<String>,
    /// What it is to the person, and with it whether it may go outside the customer service window.
    #[serde(default)]
    pub kind: ReplyKind,
}

/// What a reply is to the person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyKind {
    /// An answer to what the person wrote.
    #[default]
    Answer,
    /// A notice: the person did not ask for it.
    Notice,
    /// A template that asks the person to write; it goes outside the customer service window too.
    Template,
}

impl ReplyKind {
    /// The name stored in `outbox.kind`.
    pub fn as_str(self) -> &'static str {
        match self {
            ReplyKind::Answer => "answer",
            ReplyKind::Notice => "notice",
            ReplyKind::Template => "template",
        }
    }
}

/// A row of `unified_agent_events`.
#[derive(Clone, Debug, Default)]
pub struct Event {
    /// The turn's id.
    pub correlation_id: String,
    /// The agent whose answer the person got.
    pub agent: String,
    /// Why that agent: `tap`, `flow`, `recent`, `keywords`, …
    pub intent: String,
    /// The flow that is open after the turn or ended in it.
    pub flow: Option<String>,
    /// JSON object: route reason, version, handoffs, tags, and `error` where the person did not get the agent's own answer.
    pub payload: String,
    /// Whether the payload has an `error`.
    pub failed: bool,
    /// What the person reads.
    pub response: String,
    /// JSON array of the capabilities called: name, ok, microseconds.
    pub tool_calls: String,
    /// From receipt, or from the end of the wait for others, to settle.
    pub duration_ms: i64,
    /// How long the message waited for others of its burst; none if it never waits.
    pub waited_ms: Option<i64>,
    /// The version that answered, for the metrics; none where the host spoke. The payload has this and what follows too.
    pub version: Option<String>,
    /// How the agent's flow stands; `None` where no agent answered.
    pub next: Option<FlowStatus>,
    /// The handoffs of the turn, in order.
    pub handoffs: Vec<Handed>,
}

/// How an agent's flow stands after a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowStatus {
    /// There is none.
    Idle,
    /// It goes on.
    Flow,
    /// It came to its end.
    Completed,
    /// The person gave it up.
    Cancelled,
}

impl FlowStatus {
    /// The word in the event's payload, and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            FlowStatus::Idle => "idle",
            FlowStatus::Flow => "flow",
            FlowStatus::Completed => "completed",
            FlowStatus::Cancelled => "cancelled",
        }
    }
}

/// A handoff, as it is counted.
#[derive(Clone, Debug)]
pub struct Handed {
    /// Who gave the message away.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What the host needed from the end of the one to the beginning of the other; none where the other never began.
    pub took: Option<std::time::Duration>,
    /// The host refused it.
    pub refused: bool,
}

/// What a settled turn set free.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// The lane's next message, if it has one: the lease goes on.
    pub next: Option<Claim>,
    /// Other lanes that this turn queued something for and that we claimed.
    pub woken: Vec<Claim>,
    /// What to send, in order.
    pub queued: Vec<Outgoing>,
}
