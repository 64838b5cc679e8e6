//! A batch on Postgres: its parts are prepared statements over whole columns, in one transaction.
//!
//! They go to the server in one message, as one text of `execute`s: the server works them off one after the other while nobody waits
//! for the way there and back. What a batch costs is otherwise mostly that way. Where a pooler gives the session away after each
//! transaction, nothing stays prepared: then the statements go as they are, with their values in them.
//!
//! Several nodes write at once, so rows that two of them may want are locked first, in one order: newcomers' identities, lanes,
//! replies. Without the lanes' locks a message could come while another node lets its lane go, and neither would see the other.

use std::collections::VecDeque;

use sqlx::{Connection as _, postgres::PgConnection};

use super::{link::Link, server};
use crate::{
    backend::{Backend, Fate, Wanted},
    db::postgres,
    dialect::{Dialect, assembled},
    ids::Ids,
    op::Statement as Rare,
    people::{LANES, LOOK_UP, People},
    script::Part,
    search_path,
    value::{Arg, Row},
    values::Values,
};

/// Ids in one step of the sequence: see `switchboard.ids` in the schema.
const STEP: usize = 64;

impl Backend for Link {
    /// Begins a transaction, reserves ids and looks up the senders: one way to the server. One more where some are new, since another
    /// node may be making them. The ids of a message that was received before another's transaction began are lower than the
    /// other's, on whatever node: the order of a lane.
    async fn look_up(&mut self, wanted: Wanted<'_>, people: &mut People, ids: &mut Ids) -> Result<(), sqlx::Error> {
        self.restore().await?;
        server::in_time(self.begin(wanted, people, ids)).await
    }

    /// Runs the parts of a batch and commits it.
    async fn execute(&mut self, mut values: Values) -> Result<Vec<Row>, sqlx::Error> {
        let locks = [
            (!values.touched().is_empty()).then_some(Part::Once(LOCK_LANES)),
            values.speaks_of_sends().then_some(Part::Once(LOCK_REPLIES)),
        ];
        let parts: Vec<Part> = locks.into_iter().flatten().chain(values.parts()).collect();
        server::in_time(self.run_parts("", &parts, &mut values, "commit")).await
    }

    async fn roll_back(&mut self) {
        if let Some(connection) = &mut self.connection {
            let _ = sqlx::raw_sql("rollback").execute(connection).await;
        }
    }

    async fn run(&mut self, statement: Rare) -> Result<u64, sqlx::Error> {
        self.restore().await?;
        let ran = server::in_time(self.run_alone(statement)).await;
        if let Err(failed) = &ran {
            self.lost(failed);
        }
        ran
    }

    fn fate(&mut self, error: &sqlx::Error) -> Fate {
        match () {
            () if self.lost(error) => Fate::Lost,
            () if server::is_transient(error) => Fate::Again,
            () if fenced(error) => Fate::Fenced,
            () => Fate::Refused,
        }
    }

    async fn close(self) {
        if let Some(connection) = self.connection {
            let _ = connection.close().await;
        }
    }
}

impl Link {
    async fn begin(&mut self, wanted: Wanted<'_>, people: &mut People, ids: &mut Ids) -> Result<(), sqlx::Error> {
        // What other nodes have learnt since is not in any memory.
        people.forget();
        let mut text = "begin;\n".to_owned();
        if self.by_transaction {
            text.push_str(&server::BY_KEY.replace("set ", "set local "));
            text.push_str(";\n");
        }
        let steps = wanted.ids / STEP + 1;
        text.push_str(&format!("select nextval('switchboard.ids') from generate_series(1, {steps});\n"));
        let mut values = Values { senders: people.unknown(wanted.senders), ..Values::default() };
        let parts: &[Part] = if values.senders.is_empty() { &[] } else { &[LOOK_UP] };
        let mut rows = self.run_parts(&text, parts, &mut values, "").await?;
        let known = rows.split_off(steps.min(rows.len()));
        let range = |row: &Row| row.get::<i64>(0).map(|first| first..first + STEP as i64);
        *ids = Ids::reserved(rows.iter().map(range).collect::<Result<VecDeque<_>, _>>()?);
        people.remember(known)?;

        values.senders = people.unknown(wanted.senders);
        if !values.senders.is_empty() {
            let mut rows = self.run_parts("", &[Part::Once(LOCK_NEWCOMERS), LOOK_UP], &mut values, "").await?;
            people.remember(rows.split_off(1.min(rows.len())))?;
        }
        if let Some(unknown) = people.without_lanes(wanted.notified) {
            people.remember_lanes(self.fetch(LANES, vec![unknown.into()]).await?, wanted.notified)?;
        }
        Ok(())
    }

    /// Sends parts, with what is to be said before and after them, in one message.
    async fn run_parts(
        &mut self,
        before: &str,
        parts: &[Part],
        values: &mut Values,
        after: &str,
    ) -> Result<Vec<Row>, sqlx::Error> {
        let connection = made(&mut self.connection)?;
        if !self.by_transaction {
            self.statements.prepare(connection, parts).await?;
        }
        let mut text = before.to_owned();
        for part in parts {
            self.statements.write(*part, values, &self.node, self.by_transaction, &mut text);
        }
        text.push_str(after);
        let rows = sqlx::raw_sql(assembled(text)).fetch_all(connection).await?;
        Ok(rows.into_iter().map(Row::Postgres).collect())
    }

    async fn fetch(&mut self, sql: &str, args: Vec<Arg>) -> Result<Vec<Row>, sqlx::Error> {
        let sql = Dialect::Postgres.native(sql);
        let query = sqlx::query_with(assembled(sql), postgres(args)?).persistent(!self.by_transaction);
        Ok(query.fetch_all(made(&mut self.connection)?).await?.into_iter().map(Row::Postgres).collect())
    }

    async fn run_alone(&mut self, Rare { sql, values }: Rare) -> Result<u64, sqlx::Error> {
        let connection = made(&mut self.connection)?;
        let sql = Dialect::Postgres.native(sql);
        let query = sqlx::query_with(assembled(sql), postgres(values)?).persistent(!self.by_transaction);
        if !self.by_transaction {
            return Ok(query.execute(connection).await?.rows_affected());
        }
        sqlx::raw_sql(search_path::BEGIN).execute(&mut *connection).await?;
        let ran = query.execute(&mut *connection).await;
        let end = if ran.is_ok() { "commit" } else { "rollback" };
        sqlx::raw_sql(end).execute(&mut *connection).await?;
        Ok(ran?.rows_affected())
    }
}

/// The connection, if there is one.
fn made(connection: &mut Option<PgConnection>) -> Result<&mut PgConnection, sqlx::Error> {
    connection.as_mut().ok_or(sqlx::Error::PoolClosed)
}

/// Makes other nodes that meet the same new people wait.
const LOCK_NEWCOMERS: &str = "select count(pg_advisory_xact_lock(hash)) from
    (select distinct hashtextextended((value->>0) || ' ' || (value->>1), 20) as hash from each({senders}) as e order by hash) as newcomer;\n";

const LOCK_LANES: &str = "select 'locked', count(*) from (select lane_id from lane
    where lane_id = any (array(select value::bigint from texts({heads}) as t)) order by lane_id for update) as locked";

const LOCK_REPLIES: &str = "select 'locked', count(*) from (select outbox_id from outbox where outbox_id in (
    select (value->>0)::bigint from each({sends}) as s
    union all select (value->>4)::bigint from each({statuses}) as s where value->>4 is not null
    union all select o.outbox_id from each({statuses}) as s join outbox as o on o.wamid = s.value->>1)
    order by outbox_id for update) as locked";

/// Whether the fence of a lane refused: see `RELEASE` in the script.
fn fenced(error: &sqlx::Error) -> bool {
    const NOT_NULL: &str = "23502";
    error
        .as_database_error()
        .is_some_and(|error| error.code().as_deref() == Some(NOT_NULL) && error.table() == Some("lane"))
}
