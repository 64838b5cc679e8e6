//! Dead letters: messages, replies and forwards that were given up, and what an operator does with them.
//!
//! What becomes of a row of the outbox is an event of [`states`](super::states). A retried message is queued with no attempts; a discarded
//! one is `stored`, as what is never answered. Each change is audited in the transaction that makes it.

use uuid::Uuid;

use super::states::from;
use crate::script::{Gives, Part};

/// What was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadKind {
    /// A person's message that no turn could answer.
    Message,
    /// A reply, notice or template that was not sent.
    Reply,
    /// A message that the legacy service did not take.
    Forward,
}

impl DeadKind {
    /// All kinds.
    pub const ALL: [DeadKind; 3] = [DeadKind::Message, DeadKind::Reply, DeadKind::Forward];

    /// Its name in the audit and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            DeadKind::Message => "message",
            DeadKind::Reply => "reply",
            DeadKind::Forward => "forward",
        }
    }

    /// The kind of a name: `messages`, `replies` or `forwards`, or one of them.
    pub fn parse(name: &str) -> Option<DeadKind> {
        match name {
            "message" | "messages" => Some(DeadKind::Message),
            "reply" | "replies" => Some(DeadKind::Reply),
            "forward" | "forwards" => Some(DeadKind::Forward),
            _ => None,
        }
    }
}

/// What is done with a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadEvent {
    /// It is queued again, as if it had never been tried.
    Retried,
    /// It is given up for good, and goes with the sweep.
    Discarded,
}

impl DeadEvent {
    /// The event's name.
    pub fn as_str(self) -> &'static str {
        match self {
            DeadEvent::Retried => "retried",
            DeadEvent::Discarded => "discarded",
        }
    }
}

/// Which dead letters are meant: those that fit all that is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadChoice {
    /// Their kind.
    pub kind: DeadKind,
    /// The code at the start of the error, such as `131047` or `100/33`; `100` is also `100/33`.
    pub code: Option<String>,
    /// The agent that wrote it, or that a notice is for.
    pub agent: Option<String>,
    /// Whose lane it is in.
    pub person: Option<Uuid>,
    /// Received or written at this time or later, in milliseconds.
    pub from_ms: i64,
    /// Received or written before this time, in milliseconds.
    pub to_ms: i64,
}

impl DeadChoice {
    /// All of a kind.
    pub fn all(kind: DeadKind) -> DeadChoice {
        DeadChoice { kind, code: None, agent: None, person: None, from_ms: 0, to_ms: i64::MAX }
    }
}

/// A message, reply or forward that was given up. By its id also a reply or forward that is queued or of unknown outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// What it is.
    pub kind: DeadKind,
    /// `message.message_id` or `outbox.outbox_id`.
    pub id: i64,
    /// The version of the row that it was read as; 0 for a message.
    pub version: i64,
    /// `dead`, or of the outbox `barred`, `queued` or `unknown`.
    pub state: String,
    /// Of a message its kind, of the outbox `answer`, `notice`, `template` or `forward`.
    pub what: String,
    /// The agent; empty if none.
    pub agent: String,
    /// Whose lane it is in.
    pub person: Option<Uuid>,
    /// Meta's `phone_number_id`.
    pub business: String,
    /// The message; of the outbox the one that it answers.
    pub message_id: i64,
    /// Attempts that were charged.
    pub attempts: i64,
    /// When it was received or written, in milliseconds.
    pub at_ms: i64,
    /// Why it was given up, in Meta's words where Meta refused it.
    pub error: Option<String>,
    /// Its content or body, as JSON.
    pub body: String,
}

/// What an operator did with a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadChange {
    /// In milliseconds.
    pub at: i64,
    /// Who did it.
    pub who: String,
    /// `retried` or `discarded`.
    pub event: String,
}

/// The letters that an operator named, as rows.
macro_rules! named {
    () => {
        "(select (value->>0)::bigint as id, (value->>1)::bigint as version, value->>2 as event, value->>3 as who, value->>4 as way from each({letters}) as l) as j"
    };
}

/// Whether the event of `j` may happen to the row `o`. What a forgotten person was to be told is gone. A notice that was barred by the
/// window waits for its person as a row of `notice`, and would be told twice.
macro_rules! fits {
    ($o:literal) => {
        concat!(
            $o,
            ".version = j.version and case j.event when 'retried' then ",
            $o,
            ".state in ",
            from!(retried),
            " and ",
            $o,
            ".body <> '{}' and not (",
            $o,
            ".state = 'barred' and ",
            $o,
            ".kind = 'notice' and coalesce(",
            $o,
            ".error, '') <> 'opted out') else ",
            $o,
            ".state in ",
            from!(discarded),
            " end"
        )
    };
}

/// Who does what with which messages; gives those that it is done with.
pub(crate) const AUDIT_MESSAGES: Part = Part::Shared(
    concat!(
        "insert into audit (at, who, way, act, subject, before)
select {now}, j.who, j.way, case j.event when 'retried' then 'dead.retry' else 'dead.discard' end, 'message ' || m.message_id::text, m.state
from ",
        named!(),
        " join message as m on m.message_id = j.id where m.state = 'dead'
returning 0 + replace(replace(replace(subject, 'message ', ''), 'forward ', ''), 'reply ', '')::bigint as letter_id;
"
    ),
    Gives::Letters,
);

/// Who does what with which rows of the outbox; gives those that it is done with.
pub(crate) const AUDIT_SENDS: Part = Part::Shared(
    concat!(
        "insert into audit (at, who, way, act, subject, before)
select {now}, j.who, j.way, case j.event when 'retried' then 'dead.retry' else 'dead.discard' end,
    case o.kind when 'forward' then 'forward ' else 'reply ' end || o.outbox_id::text, o.state
from ",
        named!(),
        " join outbox as o on o.outbox_id = j.id where ",
        fits!("o"),
        "
returning 0 + replace(replace(replace(subject, 'message ', ''), 'forward ', ''), 'reply ', '')::bigint as letter_id;
"
    ),
    Gives::Letters,
);

/// Messages: a retried one keeps its place, and is answered next. What its lane's claims say of it no longer counts.
pub(crate) const MESSAGES: Part = Part::of(concat!(
    "
update lane set claims = 0 where lane_id in (select m.lane_id from ",
    named!(),
    " join message as m on m.message_id = j.id where m.state = 'dead' and j.event = 'retried');
update message set state = case j.event when 'retried' then 'queued' else 'stored' end,
    attempts = case j.event when 'retried' then 0 else message.attempts end,
    joins = 0,
    ready_at = case j.event when 'retried' then {now} else message.ready_at end
from ",
    named!(),
    " where message_id = j.id and message.state = 'dead';
"
));

/// Rows of the outbox.
pub(crate) const SENDS: Part = Part::of(concat!(
    "
update outbox set version = outbox.version + 1,
    state = case j.event when 'retried' then 'queued' else 'discarded' end,
    attempts = case j.event when 'retried' then 0 else outbox.attempts end,
    losses = case j.event when 'retried' then 0 else outbox.losses end,
    progress = case j.event when 'retried' then 0 else outbox.progress end,
    wamid = case j.event when 'retried' then null else outbox.wamid end,
    run_at = case j.event when 'retried' then {now} else outbox.run_at end
from ",
    named!(),
    " where outbox_id = j.id and ",
    fits!("outbox"),
    ";
"
));

/// The columns of a row of the outbox as a letter.
macro_rules! letter {
    ($($rest:expr),+ $(,)?) => {
        concat!(
            "select o.outbox_id, o.version, o.state, o.kind, o.agent, l.person_id::text, l.business, o.message_id, o.attempts, o.created_at, o.error, o.body
             from outbox as o join lane as l on l.lane_id = o.lane_id where (o.kind = 'forward') = $1 and ",
            $($rest),+
        )
    };
}

/// The same columns of a message.
macro_rules! dead_message {
    ($rest:expr) => {
        concat!(
            "select m.message_id, 0::bigint, m.state, m.kind, coalesce(m.agent, ''), l.person_id::text, m.business, m.message_id, m.attempts, m.received_at, m.error, m.content
             from message as m left join lane as l on l.lane_id = m.lane_id where m.state = 'dead' and ",
            $rest
        )
    };
}

pub(crate) const DEAD_SENDS: &str = letter!(
    "o.state in ",
    from!(retried),
    " and o.outbox_id > $2 and ($3 = '' or o.error = $3 or o.error like $3 || ':%' or o.error like $3 || '/%')
     and ($4 = '' or o.agent = $4) and ($5 = '' or l.person_id::text = $5) and o.created_at >= $6 and o.created_at < $7
     order by o.outbox_id limit $8"
);

pub(crate) const DEAD_MESSAGES: &str = dead_message!(
    "m.message_id > $1 and ($2 = '' or m.error = $2 or m.error like $2 || ':%' or m.error like $2 || '/%')
     and ($3 = '' or m.agent = $3) and ($4 = '' or l.person_id::text = $4) and m.received_at >= $5 and m.received_at < $6
     order by m.message_id limit $7"
);

pub(crate) const ONE_SEND: &str = letter!("o.outbox_id = $2 and o.state in ", from!(discarded));

pub(crate) const ONE_MESSAGE: &str = dead_message!("m.message_id = $1");

/// The statements that are made of macros, whole.
#[cfg(feature = "test-hooks")]
pub(super) fn statements() -> Vec<String> {
    let parts = [AUDIT_MESSAGES, AUDIT_SENDS, MESSAGES, SENDS].map(|part| match part {
        Part::Shared(sql, _) => sql,
        Part::Rows(kind) => kind.sql(),
    });
    parts.into_iter().chain([DEAD_SENDS, DEAD_MESSAGES, ONE_SEND, ONE_MESSAGE]).map(str::to_owned).collect()
}
