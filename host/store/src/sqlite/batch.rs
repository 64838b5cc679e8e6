//! A batch on SQLite: its parts are prepared statements, run one row at a time on the writer's own thread.

use std::{collections::HashMap, sync::Arc};

use super::{error::error, log::Log};
use crate::{
    backend::{Backend, Fate, Wanted},
    dialect::Dialect,
    ids::Ids,
    op::Statement as Rare,
    people::{LANES, LOOK_UP, People},
    script::{Part, Statement},
    value::{Arg, Row},
    values::Values,
};

/// The statements made so far.
#[derive(Default)]
struct Statements(HashMap<Part, Arc<[Statement]>>);

impl Statements {
    fn of(&mut self, part: Part) -> Arc<[Statement]> {
        let made = self
            .0
            .entry(part)
            .or_insert_with(|| Statement::all(&part.native(Dialect::Sqlite), part.wire(), '?').into());
        made.clone()
    }
}

/// The writer's connection to a file.
pub(super) struct Sqlite {
    /// Called on the writer's own thread: sqlx would hand every statement, and each of its results, from one thread to another, which
    /// costs more than most statements.
    connection: rusqlite::Connection,
    statements: Statements,
    node: String,
    log: Arc<Log>,
}

impl Sqlite {
    pub(super) fn new(connection: rusqlite::Connection, node: String, log: Arc<Log>) -> Sqlite {
        Sqlite { connection, statements: Statements::default(), node, log }
    }

    fn run_parts(&mut self, parts: &[Part], values: &mut Values) -> Result<Vec<Row>, sqlx::Error> {
        run_on(&self.connection, &mut self.statements, parts, values, &self.node).map_err(error)
    }

    /// All rows of a statement as [`Dialect`] says.
    pub(super) fn fetch(&self, sql: &str, args: &[Arg]) -> Result<Vec<Row>, sqlx::Error> {
        let mut statement = self.connection.prepare_cached(&Dialect::Sqlite.native(sql)).map_err(error)?;
        bind(&mut statement, args).and_then(|()| rows(&mut statement)).map_err(error)
    }

    /// Runs a statement; gives the number of rows that it changed.
    fn change(&self, sql: &str, args: &[Arg]) -> rusqlite::Result<usize> {
        let mut statement = self.connection.prepare_cached(&Dialect::Sqlite.native(sql))?;
        bind(&mut statement, args)?;
        statement.raw_execute()
    }
}

impl Backend for Sqlite {
    async fn look_up(&mut self, wanted: Wanted<'_>, people: &mut People, _: &mut Ids) -> Result<(), sqlx::Error> {
        let mut values = Values { senders: people.unknown(wanted.senders), ..Values::default() };
        if !values.senders.is_empty() {
            people.remember(self.run_parts(&[LOOK_UP], &mut values)?)?;
        }
        if let Some(unknown) = people.without_lanes(wanted.notified) {
            people.remember_lanes(self.fetch(LANES, &[unknown.into()])?, wanted.notified)?;
        }
        Ok(())
    }

    async fn execute(&mut self, mut values: Values) -> Result<Vec<Row>, sqlx::Error> {
        let parts: Vec<Part> = [BEGIN].into_iter().chain(values.parts()).chain([COMMIT]).collect();
        self.run_parts(&parts, &mut values)
    }

    async fn roll_back(&mut self) {
        let _ = self.change("rollback", &[]);
    }

    async fn run(&mut self, statement: Rare) -> Result<u64, sqlx::Error> {
        let changed = self.change(statement.sql, &statement.values).map_err(error)?;
        Ok(changed.try_into().unwrap_or(u64::MAX))
    }

    fn fate(&mut self, error: &sqlx::Error) -> Fate {
        // The fence of the script: see RELEASE there.
        if error.to_string().contains("lane.epoch") { Fate::Fenced } else { Fate::Refused }
    }

    fn rests(&mut self) {
        self.log.written(&self.connection);
    }
}

const BEGIN: Part = Part::Once("begin immediate;\n");

const COMMIT: Part = Part::Once("commit;\n");

fn run_on(
    connection: &rusqlite::Connection,
    statements: &mut Statements,
    parts: &[Part],
    values: &mut Values,
    node: &str,
) -> rusqlite::Result<Vec<Row>> {
    let mut given = Vec::new();
    for part in parts {
        let width = part.wire().len();
        for Statement { sql, once } in statements.of(*part).iter() {
            let mut statement = connection.prepare_cached(sql)?;
            for (n, once) in once.iter().enumerate() {
                statement.raw_bind_parameter(width + n + 1, values.once(*once, node))?;
            }
            match part {
                Part::Once(_) => given.extend(rows(&mut statement)?),
                Part::Rows(kind) => {
                    for row in values.take(*kind).chunks_exact(width) {
                        bind(&mut statement, row)?;
                        statement.raw_execute()?;
                    }
                }
            }
        }
    }
    Ok(given)
}

fn bind(statement: &mut rusqlite::Statement<'_>, args: &[Arg]) -> rusqlite::Result<()> {
    (1..).zip(args).try_for_each(|(n, arg): (usize, _)| statement.raw_bind_parameter(n, arg))
}

/// The rows of a statement that all is bound to.
fn rows(statement: &mut rusqlite::Statement<'_>) -> rusqlite::Result<Vec<Row>> {
    let columns = statement.column_count();
    let values = |row: &rusqlite::Row<'_>| (0..columns).map(|n| row.get(n)).collect::<rusqlite::Result<_>>();
    statement.raw_query().mapped(|row| values(row).map(Row::Written)).collect()
}
