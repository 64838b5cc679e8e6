//! A batch on Postgres: its parts are statements over whole columns, in one transaction.
//!
//! All that need nothing of each other go to the server in one flight: it works them off one after the other while nobody waits for the
//! way there and back, which otherwise is most of what a batch costs.
//!
//! Several nodes write at once, so rows that two of them may want are locked first, in one order: newcomers' identities, lanes,
//! replies. Without the lanes' locks a message could come while another node lets its lane go, and neither would see the other.

use std::collections::HashMap;

use serde_json::Value;

use super::{link::Postgres, session::Flight};
use crate::{
    answers::Answers,
    backend::{Backend, Fate, Wanted},
    conditions,
    dialect::Dialect,
    effects::DocumentPlace,
    error::WriteError,
    ids::Ids,
    op::Statement,
    people::People,
    script::{Gives, Part},
    values::Values,
};

/// Ids in one step of the sequence: see `switchboard.ids` in the schema.
const STEP: i64 = 64;

const RESERVE_IDS: Part =
    Part::Shared("select nextval('switchboard.ids') as id from generate_series(1, {steps}) as step", Gives::Ids);

/// Makes other nodes that meet the same new people wait.
const LOCK_NEWCOMERS: Part = Part::of(
    "select count(pg_advisory_xact_lock(hash)) from
    (select distinct hashtextextended((value->>0) || ' ' || (value->>1), 20) as hash from each({senders}) as e order by hash) as newcomer",
);

const LOCK_LANES: Part = Part::of(
    "select count(*) from (select lane_id from lane
    where lane_id = any (array(select value::bigint from texts({heads}) as t union select (value->>0)::bigint from each({send_lanes}) as s))
    order by lane_id for update) as locked",
);

const LOCK_REPLIES: Part = Part::of(
    "select count(*) from (select outbox_id from outbox where outbox_id in (
    select (value->>0)::bigint from each({begins}) as b
    union all select (value->>0)::bigint from each({sends}) as s
    union all select (value->>4)::bigint from each({statuses}) as s where value->>4 is not null
    union all select o.outbox_id from each({statuses}) as s join outbox as o on o.wamid = s.value->>1)
    order by outbox_id for update) as locked",
);

/// A dead letter is retried or discarded once, no matter who does it, and by the state that the audit saw.
const LOCK_LETTERS: [Part; 2] = [
    Part::of(
        "select count(*) from (select message_id from message where message_id in (select (value->>0)::bigint from each({letters}) as l)
    order by message_id for update) as locked",
    ),
    Part::of(
        "select count(*) from (select outbox_id from outbox where outbox_id in (select (value->>0)::bigint from each({letters}) as l)
    order by outbox_id for update) as locked",
    ),
];

/// The lanes of persons whose notices begin to wait: without these locks the person could write while that is done, and neither would see
/// the other. Two that lock each other's lanes are told apart by the database, and one of them is tried again.
const LOCK_PERSONS: Part = Part::of(
    "select count(*) from (select lane_id from lane where person_id in (
    select l.person_id from each({effects}) as e join lane as l on l.lane_id = (value->>'lane')::bigint where value->>'kind' = 'defer'
    union all select n.person_id from texts({parked}) as p join notice as n on n.notice_id = p.value::bigint)
    order by lane_id for update) as locked",
);

/// Two persons who become one: nobody makes a lane for them meanwhile.
const LOCK_MERGED: Part = Part::of(
    "select count(*) from (select person_id from person where person_id in (
    select (value->>0)::uuid from each({merges}) as s union all select (value->>1)::uuid from each({merges}) as g)
    order by person_id for update) as locked",
);

/// A notice is brought once, no matter who looks.
const LOCK_NOTICES: Part = Part::of(
    "select count(*) from (select notice_id from notice where notice_id in (select (value->>0)::bigint from each({brought}) as b)
    order by notice_id for update) as locked",
);

impl Backend for Postgres {
    /// Begins a transaction, reserves ids and looks up the senders: one way to the server. One more where some are new, since another
    /// node may be making them. The ids of a message that was received before another's transaction began are lower than the
    /// other's, on whatever node: the order of a lane.
    async fn look_up(&mut self, wanted: Wanted<'_>, people: &mut People, ids: &mut Ids) -> Result<(), WriteError> {
        self.restore().await?;
        // What other nodes have learnt since is not in any memory.
        people.forget();
        let steps = i64::try_from(wanted.ids).unwrap_or(i64::MAX) / STEP + 1;
        let mut values = Values::to_look_up(people.unknown(wanted.senders), steps);
        let parts = [RESERVE_IDS].into_iter().chain(values.look_ups());
        let found = self.fly(Flight::Begin, parts.collect(), &mut values).await?;
        *ids = Ids::reserved(found.ids.iter().map(|first| *first..first + STEP).collect());
        people.remember(found.identities);

        let mut values = Values::to_look_up(people.unknown(wanted.senders), 0);
        if !values.senders.is_empty() {
            let parts = [LOCK_NEWCOMERS].into_iter().chain(values.look_ups());
            people.remember(self.fly(Flight::Middle, parts.collect(), &mut values).await?.identities);
        }
        Ok(())
    }

    async fn documents(&mut self, conditions: Vec<Value>) -> Result<HashMap<DocumentPlace, String>, WriteError> {
        let mut values = Values::of_conditions(conditions);
        Ok(self.fly(Flight::Middle, vec![conditions::LOCK], &mut values).await?.documents)
    }

    async fn execute(&mut self, mut values: Values) -> Result<Answers, WriteError> {
        let locks = [values.changes_lanes().then_some(LOCK_LANES), values.changes_replies().then_some(LOCK_REPLIES)];
        let notices =
            [values.starts_to_wait().then_some(LOCK_PERSONS), (!values.brought.is_empty()).then_some(LOCK_NOTICES)];
        let letters = LOCK_LETTERS.into_iter().filter(|_| !values.letters.is_empty());
        let merged = values.merges_persons().then_some(LOCK_MERGED);
        let parts =
            [merged].into_iter().chain(locks).chain(notices).flatten().chain(letters).chain(values.parts()).collect();
        self.fly(Flight::Commit, parts, &mut values).await
    }

    async fn roll_back(&mut self) {
        if let Some(session) = &mut self.session
            && let Err(error) = session.roll_back().await
        {
            self.lost(&error);
        }
    }

    async fn run(&mut self, mut statements: Vec<Statement>) -> Result<u64, WriteError> {
        self.restore().await?;
        let ran = match (statements.len(), statements.pop()) {
            (1, Some(Statement { sql, values })) => self.session()?.run(&Dialect::Postgres.native(sql), values).await,
            (_, last) => {
                statements.extend(last);
                let native = |Statement { sql, values }| (Dialect::Postgres.native(sql).to_string(), values);
                self.session()?.run_all(statements.into_iter().map(native).collect()).await
            }
        };
        if let Err(failed) = &ran {
            self.lost(failed);
        }
        ran
    }

    fn fate(&mut self, error: &WriteError) -> Fate {
        if self.lost(error) { Fate::Lost } else { fate_of(error) }
    }

    async fn close(self) {
        if let Some(session) = self.session {
            session.close().await;
        }
    }
}

/// What an error of a connection that stands means.
fn fate_of(error: &WriteError) -> Fate {
    use tokio_postgres::error::SqlState;
    let WriteError::Postgres(error) = error else { return Fate::Refused };
    let Some(error) = error.as_db_error() else { return Fate::Refused };
    // A row that another node made first is one of the errors that pass.
    let passes = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::UNIQUE_VIOLATION];
    match error.code() {
        code if passes.contains(code) => Fate::Again,
        // The fence: see `RELEASE` in the script.
        code if *code == SqlState::NOT_NULL_VIOLATION
            && (error.schema(), error.table(), error.column())
                == (Some("switchboard"), Some("lane"), Some("epoch")) =>
        {
            Fate::Fenced
        }
        _ => Fate::Refused,
    }
}
