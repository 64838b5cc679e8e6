//! A session of the writer on a server: statements go there in flights, all of one at once.

use std::{
    collections::HashMap,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use futures_util::{FutureExt, TryStreamExt, future::MaybeDone};
use tokio::{task::JoinHandle, time::timeout};
use tokio_postgres::{
    Client, Error, Row, SimpleQueryMessage, Statement as Prepared,
    types::{ToSql, Type},
};

use super::{
    address::Address,
    bind::{Parameter, columns, type_of},
    server::CONNECT,
    statements::Statement,
    tls,
};
use crate::{
    answers::{Answers, Columns},
    error::WriteError,
    script::{Gives, Part},
    value::Arg,
    values::Values,
};

/// A flight is answered in this time, or its connection is given up.
const SILENT: Duration = Duration::from_secs(15);

/// What a session of the writer is set to.
///
/// Its statements find rows by their keys: a plan that was made while tables were small, or that takes a short list for a long one, must
/// not read whole tables for each batch. So one plan is as good as the next, and none is made anew for each batch. Tables are found by
/// `search_path`. How values are written as texts must not depend on the server's own settings.
const SETTINGS: [(&str, &str); 11] = [
    ("search_path", "switchboard, public"),
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("standard_conforming_strings", "on"),
    ("DateStyle", "ISO, MDY"),
    ("IntervalStyle", "postgres"),
    ("TimeZone", "UTC"),
    ("extra_float_digits", "1"),
    ("bytea_output", "hex"),
];

/// A statement that sets them, for the session or for its transaction.
fn settings(for_transaction: bool) -> String {
    let set = SETTINGS.map(|(name, value)| format!("set_config('{name}', '{value}', {for_transaction})"));
    format!("select {}", set.join(", "))
}

/// How a flight begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flight {
    /// It begins a transaction.
    Begin,
    /// It goes on with the transaction that has begun.
    Middle,
    /// It commits the transaction: if a statement fails, the server makes a rollback of that.
    Commit,
}

/// A message to the server, and the rows that come back.
type Request<'a> = Pin<Box<dyn Future<Output = Result<(Gives, Vec<Row>), Error>> + 'a>>;

/// A connection that is open.
pub(super) struct Session {
    client: Client,
    connection: JoinHandle<()>,
    /// A pooler before the server hands out its sessions for a transaction each: nothing stays prepared.
    by_transaction: bool,
    settings: String,
    prepared: HashMap<Part, Vec<Prepared>>,
    /// A transaction has begun, and its end was not sent.
    is_open: bool,
}

impl Session {
    /// Connects, in the caller's runtime.
    pub(super) async fn connect(address: &Address, by_transaction: bool) -> Result<Session, WriteError> {
        let tls = tls::connector(address.checks, &address.certificates)
            .map_err(|error| WriteError::Away(format!("no TLS: {error}")))?;
        let connected = timeout(CONNECT, address.config.connect(tls)).await;
        let (client, connection) = connected.map_err(|_| WriteError::Away("no answer".to_owned()))??;
        let connection = tokio::spawn(async move {
            // Anyone who waits for an answer hears of the end as well.
            if let Err(error) = connection.await {
                tracing::debug!("a connection of the writer has ended: {error}");
            }
        });
        let settings = settings(by_transaction);
        let session =
            Session { client, connection, by_transaction, settings, prepared: HashMap::new(), is_open: false };
        if !by_transaction {
            in_time(session.client.batch_execute(&session.settings)).await??;
        }
        let asked = in_time(session.client.simple_query("show transaction_read_only")).await??;
        let reads_only =
            |message: &SimpleQueryMessage| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("on"));
        match asked.iter().any(reads_only) {
            true => Err(WriteError::Away("the database is read-only".to_owned())),
            false => Ok(session),
        }
    }

    /// Sends parts of a batch's script, all at once, and waits for what they give.
    pub(super) async fn fly(
        &mut self,
        flight: Flight,
        parts: Vec<(Part, Arc<[Statement]>)>,
        values: &mut Values,
        node: &str,
    ) -> Result<Answers, WriteError> {
        for (part, statements) in &parts {
            if !self.by_transaction && !self.prepared.contains_key(part) {
                let prepared = in_time(self.prepare(statements)).await??;
                self.prepared.insert(*part, prepared);
            }
        }
        self.is_open = flight != Flight::Commit;
        let mut requests: Vec<Request<'_>> = Vec::with_capacity(parts.len() + 2);
        if flight == Flight::Begin {
            requests.push(self.say("begin"));
            if self.by_transaction {
                requests.push(self.say(&self.settings));
            }
        }
        for (part, statements) in &parts {
            let rows = columns(*part, values.take_rows(*part));
            for (n, statement) in statements.iter().enumerate() {
                let shared = statement.shared.iter().map(|shared| Parameter::Single(values.shared(*shared, node)));
                let parameters = rows.iter().cloned().chain(shared).collect();
                let prepared = self.prepared.get(part).and_then(|prepared| prepared.get(n));
                let rows = self.send(statement, prepared, parameters);
                requests.push(Box::pin(async { Ok((part.gives(), rows.await?)) }));
            }
        }
        if flight == Flight::Commit {
            requests.push(self.say("commit"));
        }
        let mut answers = Answers::default();
        // Of several errors the first is the cause: behind it, the transaction takes no more.
        for answered in in_time(in_order(requests)).await? {
            let (gives, rows) = answered?;
            rows.iter().try_for_each(|row| answers.add(gives, row))?;
        }
        Ok(answers)
    }

    async fn prepare(&self, statements: &[Statement]) -> Result<Vec<Prepared>, Error> {
        let mut prepared = Vec::with_capacity(statements.len());
        for Statement { sql, types, .. } in statements {
            prepared.push(self.client.prepare_typed(sql, types).await?);
        }
        Ok(prepared)
    }

    fn say<'a>(&'a self, text: &'a str) -> Request<'a> {
        Box::pin(async move { self.client.batch_execute(text).await.map(|()| (Gives::Nothing, Vec::new())) })
    }

    async fn send(
        &self,
        statement: &Statement,
        prepared: Option<&Prepared>,
        parameters: Vec<Parameter>,
    ) -> Result<Vec<Row>, Error> {
        let rows = match prepared {
            Some(prepared) => self.client.query_raw(prepared, parameters).await?,
            None => {
                let typed = parameters.into_iter().zip(statement.types.iter().cloned());
                self.client.query_typed_raw(&statement.sql, typed).await?
            }
        };
        rows.try_collect().await
    }

    /// Ends a transaction that has failed.
    pub(super) async fn roll_back(&mut self) -> Result<(), WriteError> {
        if std::mem::take(&mut self.is_open) {
            in_time(self.client.batch_execute("rollback")).await??;
        }
        Ok(())
    }

    /// Runs a statement by itself, in one flight; gives the number of rows that it changed. Behind a pooler by transaction it gets a
    /// transaction, which is set like that of a batch.
    pub(super) async fn run(&self, sql: &str, values: Vec<Arg>) -> Result<u64, WriteError> {
        let types: Vec<Type> = values.iter().map(type_of).collect();
        let values: Vec<Parameter> = values.into_iter().map(Parameter::Single).collect();
        let typed: Vec<(&(dyn ToSql + Sync), Type)> =
            values.iter().map(|value| value as &(dyn ToSql + Sync)).zip(types).collect();
        if !self.by_transaction {
            return Ok(in_time(self.client.execute_typed(sql, &typed)).await??);
        }
        let begin = format!("begin; {}", self.settings);
        let flight = async {
            // They are asked in this order, and each sends its message when it is asked. If the statement fails, the server makes a
            // rollback of the commit.
            tokio::join!(
                biased;
                self.client.batch_execute(&begin),
                self.client.execute_typed(sql, &typed),
                self.client.batch_execute("commit")
            )
        };
        let (begun, ran, ended) = in_time(flight).await?;
        begun?;
        let changed = ran?;
        ended?;
        Ok(changed)
    }

    /// Runs statements in one transaction; none is kept if the first changes no row. Gives the number of rows that the first changed.
    pub(super) async fn run_all(&self, statements: Vec<(String, Vec<Arg>)>) -> Result<u64, WriteError> {
        let begin = if self.by_transaction { format!("begin; {}", self.settings) } else { "begin".to_owned() };
        in_time(self.client.batch_execute(&begin)).await??;
        let changed = self.execute_all(statements).await;
        let end = if changed.as_ref().is_ok_and(|changed| *changed > 0) { "commit" } else { "rollback" };
        in_time(self.client.batch_execute(end)).await??;
        changed
    }

    /// Runs statements until the first has changed nothing; gives how many rows that one changed.
    async fn execute_all(&self, statements: Vec<(String, Vec<Arg>)>) -> Result<u64, WriteError> {
        let mut of_first = None;
        for (sql, values) in statements {
            if of_first == Some(0) {
                break;
            }
            let types: Vec<Type> = values.iter().map(type_of).collect();
            let values: Vec<Parameter> = values.into_iter().map(Parameter::Single).collect();
            let typed: Vec<(&(dyn ToSql + Sync), Type)> =
                values.iter().map(|value| value as &(dyn ToSql + Sync)).zip(types).collect();
            let changed = in_time(self.client.execute_typed(&sql, &typed)).await??;
            of_first.get_or_insert(changed);
        }
        Ok(of_first.unwrap_or_default())
    }

    /// Says goodbye to the server.
    pub(super) async fn close(self) {
        drop(self.client);
        let _ = timeout(CONNECT, self.connection).await;
    }
}

/// Waits for all. Each sends its message when it is asked for the first time, so they are asked in order.
async fn in_order<T>(requests: Vec<Pin<Box<dyn Future<Output = T> + '_>>>) -> Vec<T> {
    let mut requests: Vec<_> = requests.into_iter().map(MaybeDone::Future).collect();
    poll_fn(|context| {
        let mut all_done = true;
        for request in &mut requests {
            all_done &= request.poll_unpin(context).is_ready();
        }
        if all_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    requests.iter_mut().filter_map(|request| Pin::new(request).take_output()).collect()
}

/// A server that has gone silent counts as lost.
async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, WriteError> {
    timeout(SILENT, work).await.map_err(|_| WriteError::Away("the database has gone silent".to_owned()))
}

impl Columns for Row {
    fn int(&self, column: &'static str) -> Result<Option<i64>, WriteError> {
        Ok(self.try_get(column)?)
    }

    fn text(&self, column: &'static str) -> Result<Option<String>, WriteError> {
        Ok(self.try_get(column)?)
    }

    fn flag(&self, column: &'static str) -> Result<bool, WriteError> {
        Ok(self.try_get(column)?)
    }
}
