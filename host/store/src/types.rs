//! What goes into the store and what comes out.

use serde::Serialize;
use uuid::Uuid;

use switchboard_core::{
    contract::types::{Content, Extra, Place, Template},
    inbox::Kind,
    phone::{Address, Phone},
    session::Session,
};

/// A lane under our lease. Anyone who settles must still hold this epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lane {
    /// `lane.lane_id`: one person on one business number.
    pub id: i64,
    /// Counts the times the lane was claimed: the fence.
    pub epoch: i64,
}

/// The head of a lane, with all that a turn needs to begin.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The lease.
    pub lane: Lane,
    /// What is to be answered.
    pub message: Message,
    /// Who it is from.
    pub person: Person,
    /// Where the answer goes.
    pub address: Option<Address>,
    /// The session on that business number, as stored; it may have ended by age.
    pub session: Option<Session>,
    /// The person's last message on this business number, by Meta's time, in ms; 0: never.
    pub wrote_at: i64,
    /// The message came late, and a newer one that came late too waits behind it in the lane.
    pub newer_waits: bool,
    /// The messages of a burst that are answered together, in order, the head first; empty if it is answered alone. `message` holds the words
    /// of all, and the time of the last.
    pub burst: Vec<Bubble>,
}

/// A message of a burst.
#[derive(Clone, Debug)]
pub struct Bubble {
    /// `message.message_id`.
    pub id: i64,
    /// Meta's id.
    pub wamid: Option<String>,
    /// What it holds.
    pub content: Content,
    /// In milliseconds.
    pub sent_at: i64,
    /// In milliseconds.
    pub received_at: i64,
}

impl Claim {
    /// The head of the lane without the rest of its burst, which stays queued.
    pub fn alone(&self) -> Claim {
        let mut alone = Claim { burst: Vec::new(), ..self.clone() };
        if let Some(head) = self.burst.first() {
            alone.message.content = head.content.clone();
            (alone.message.sent_at, alone.message.received_at) = (head.sent_at, head.received_at);
        }
        alone
    }

    /// When its turn was due, in milliseconds: when the message came, or when the wait for others ended.
    pub fn due_at(&self) -> i64 {
        let first = self.burst.first().map_or(self.message.received_at, |bubble| bubble.received_at);
        (first + self.message.waited_ms.unwrap_or_default()).max(self.message.received_at)
    }

    /// Meta's id of the last of its messages.
    pub fn last_wamid(&self) -> Option<&str> {
        self.burst.last().map_or(self.message.wamid.as_deref(), |bubble| bubble.wamid.as_deref())
    }

    /// The contents of all its messages.
    pub fn contents(&self) -> impl Iterator<Item = &Content> {
        let own = self.burst.is_empty().then_some(&self.message.content);
        own.into_iter().chain(self.burst.iter().map(|bubble| &bubble.content))
    }
}

/// A queued message.
#[derive(Clone, Debug)]
pub struct Message {
    /// `message.message_id`.
    pub id: i64,
    /// Meta's `phone_number_id`.
    pub business: String,
    /// Meta's id; none for what the host itself queued.
    pub wamid: Option<String>,
    /// What is to be done with it.
    pub kind: Kind,
    /// What it holds.
    pub content: Content,
    /// A notice is for this agent.
    pub agent: Option<String>,
    /// In milliseconds.
    pub sent_at: i64,
    /// In milliseconds.
    pub received_at: i64,
    /// How long it, or the first of its burst, waited for others before its turn was due; none if it never waits.
    pub waited_ms: Option<i64>,
    /// The advert that it came from, and the product that it is about.
    pub extras: Vec<Extra>,
    /// It quotes something that was said to the person since they last wrote, or is a reaction on it.
    pub is_on_last: bool,
    /// Turns that failed, each with a reason that the host noted when it put the message back.
    pub failures: i64,
    /// Claims that ended without a word since: the host was gone, or had lost its lease.
    pub crashes: i64,
    /// Of a timer: what goes outside the customer service window.
    pub template: Option<Template>,
    /// Of a timer: from then on it is pointless; in milliseconds.
    pub until: Option<i64>,
    /// How many notices and one message are behind it: 0 for what the person wrote; see
    /// [`DEPTH_MAX`](switchboard_core::quota::DEPTH_MAX).
    pub depth: u32,
    /// Meta's id of the message that it quotes or reacts to.
    pub quotes: Option<String>,
}

impl Message {
    /// Turns already begun on it that came to no end.
    pub fn attempts(&self) -> i64 {
        self.failures + self.crashes
    }

    /// Whether it asks for an answer.
    pub fn is_to_be_answered(&self) -> bool {
        self.kind.is_to_be_answered()
    }

    /// Whether the person wrote it.
    pub fn is_of_the_person(&self) -> bool {
        matches!(self.kind, Kind::Message | Kind::Placeholder)
    }

    /// Whether it is word on what another service sent.
    pub fn is_of_another_service(&self) -> bool {
        self.kind == Kind::Status
    }
}

/// A person, with what a turn needs of them.
#[derive(Clone, Debug)]
pub struct Person {
    /// Our own id.
    pub id: Uuid,
    /// 0..=9999, given once.
    pub bucket: u16,
    /// If they have one we know.
    pub phone: Option<Phone>,
    /// If they have one.
    pub user_id: Option<String>,
    /// As WhatsApp shows it.
    pub name: Option<String>,
    /// Chosen or recognised.
    pub language: Option<String>,
    /// Where they last said they are.
    pub place: Option<Place>,
    /// They said stop.
    pub opted_out: bool,
    /// In milliseconds.
    pub created_at: i64,
    /// A human answers them; agents are silent.
    pub taken_over: bool,
    /// They chose in WhatsApp that they want no marketing messages.
    pub no_marketing: bool,
    /// The ticket that what they write next belongs to, and since when, in milliseconds: they asked for a human, or staff answered it.
    pub ticket: Option<(String, i64)>,
}

/// What became of a delivery.
#[derive(Clone, Debug, Default)]
pub struct Ingested {
    /// The id of the delivery's row.
    pub delivery: i64,
    /// Lanes that were free and are now under our lease.
    pub claimed: Vec<Claim>,
    /// Messages that were new, or whose content came after its placeholder.
    pub new: usize,
    /// Messages that were known.
    pub known: usize,
    /// Lanes that statuses were about and where something waits to be sent.
    pub waiting: Vec<i64>,
    /// Lanes where a message waits for more of its thought.
    pub bursts: Vec<i64>,
}

/// What waits, and what was given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Messages to be answered.
    pub queued: i64,
    /// Messages of people outside the rollout.
    pub held: i64,
    /// Messages given up.
    pub dead: i64,
    /// Replies not yet sent.
    pub outbox_waiting: i64,
    /// Replies that may have been sent and wait for a status.
    pub outbox_unknown: i64,
    /// Replies given up.
    pub outbox_dead: i64,
    /// Sends whose outcome was unknown, ever: each may have doubled a reply.
    pub unknown_sends: i64,
    /// Deliveries that could not be read, wholly or in part.
    pub unreadable: i64,
    /// How long the longest-waiting message has waited.
    pub oldest_queued_ms: i64,
    /// Persons whose last template, which asked them to write, could not be sent.
    pub templates_lost: i64,
    /// Messages given up that the legacy service did not take.
    pub forwards_dead: i64,
    /// How long ago the oldest reply, notice or template was written that is not yet sent.
    pub oldest_reply_ms: i64,
    /// The same of what is to be forwarded.
    pub oldest_forward_ms: i64,
    /// How long the oldest notice is due that is in no lane yet; not of those that wait for their person.
    pub oldest_notice_ms: i64,
    /// Notices that are due and not told yet, in a lane or not.
    pub notices: i64,
}
