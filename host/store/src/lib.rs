//! The database: the only room with SQL. Everything is written through one writer with group commit ([`writer`]).
//!
//! A room for each thing that is stored; reads go through a pool of their own and never wait for the writer.

mod error;
mod options;
mod time;
mod ids;
mod unanswered;
mod types;
mod settlement;
mod value;
mod opt_out;
mod stored;
mod terms;
mod tables;
mod db;
mod dialect;
mod search_path;
mod translate;
mod sqlite;
mod postgres;
mod state;
mod script;
mod quota_script;
mod answers;
mod burst;
mod claims;
mod people;
mod prepared;
mod outbox;
mod effects;
mod effect_rows;
mod quota;
mod file_rows;
mod values;
mod token_rows;
mod op;
mod backend;
mod outcome;
mod batch;
mod write_state;
mod writer;
mod store;
mod probe;
mod open;
mod words;
mod claim_reads;
mod path;
mod sends;
mod audit;
mod trace;
mod journals;
mod turn_list;
mod dead;
mod operators;
mod sessions;
mod opted_out;
mod numbers;
mod look;
mod listings;
mod domain;
mod notice_rows;
mod notice_script;
mod muting;
mod notices;
mod tokens;
mod files;
mod desk;
mod demo;
mod reads;
mod settings;
mod signatures;
mod figures;
mod series;
mod alerts;
mod standing;
mod meta_notices;
mod upkeep;
mod copy;
mod person;
mod restore;
mod components;
mod conditions;
mod duty;
mod hosts;
mod backup;
mod inspect;
mod rollouts;
mod versions;
mod replays;
#[cfg(feature = "test-hooks")]
mod crash;
#[cfg(feature = "test-hooks")]
pub mod statements;
#[cfg(feature = "test-hooks")]
pub use terms::count_terms;

pub use alerts::FiringAlert;
pub use audit::{ActRow, Audited};
pub use backup::Backup;
pub use components::Component;
pub use demo::Demo;
pub use desk::{
    Canned, Closed, DeskEvent, EventMessage, Fate, Ratings, Reported, Side, Stale, Taken, TalkEntry, Ticket,
    TicketWord, Waiting, Word, Words, kind as notice_kind,
};
pub use error::{FailureKind, SettleError, StoreError, WriteError};
pub use figures::{BilledSends, By, Figures, Slice};
pub use files::{FileFigures, StoredFile};
pub use hosts::{HostStatus, host_of_node};
pub use inspect::SchemaFaults;
pub use journals::{JournalChoice, StoredJournal};
pub use look::Look;
pub use muting::Muted;
pub use numbers::{BusinessNumber, NumberRow};
pub use operators::OperatorRow;
pub use opted_out::OptedOut;
pub use options::{Burst, Role, StoreOptions};
pub use outbox::{
    Begun, DeadChange, DeadChoice, DeadEvent, DeadKind, DeadLetter, Noted, Outgoing, PAIR_BURST, PAIR_EVERY_MS,
    SendEnd, SendResult, TRANSITIONS, To, Transition,
};
pub use path::ITEMS_MAX;
pub use replays::{ReplayDifference, ReplayRun};
pub use rollouts::Decided;
pub use series::{Answers, SLOT_MS, Series};
pub use sessions::{PasswordRow, SessionRow};
pub use settings::{AgentConfigRow, ConfigChange};
pub use settlement::*;
pub use standing::{Deliveries, OpenTickets};
pub use store::Store;
pub use switchboard_core::reads::{ApplicationParties, ContactCard, MatchParties};
pub use tables::{
    ALL as TABLES, Column, Copy as CopyRows, Export, Forget, Holds, Life, Merge, Owner, Period, Remains, Schema, Since,
    Table,
};
pub use token_rows::{Reservation, Tokens};
pub use trace::{
    REFUSED_KEPT, RefusedDelivery, Traced, TracedEvent, TracedMessage, TracedPerson, TracedSend, TracedStatus,
};
pub use turn_list::{TurnChoice, TurnLine, TurnOutcome, TurnPage};
pub use types::*;
pub use unanswered::Unanswered;
pub use upkeep::Swept;
pub use versions::KeptVersion;
pub use write_state::WriteFailure;

use options::LEASE_MS;
use store::Watcher;
use time::iso;
