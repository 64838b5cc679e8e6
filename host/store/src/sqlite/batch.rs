//! A batch on SQLite: its parts are prepared statements, run one row at a time on the writer's own thread.

use std::{collections::HashMap, sync::Arc};

use rusqlite::{
    ErrorCode,
    ffi::SQLITE_CONSTRAINT_NOTNULL,
    types::{FromSql, ValueRef},
};
use serde_json::Value;

use super::log::Log;
use crate::{
    answers::{Answers, Columns},
    backend::{Backend, Fate, Wanted},
    conditions,
    dialect::Dialect,
    effects::DocumentPlace,
    error::WriteError,
    ids::Ids,
    op::Statement as Rare,
    people::People,
    script::{Part, RowKind, Statement},
    value::Arg,
    values::Values,
};

/// The statements made so far.
#[derive(Default)]
struct Statements(HashMap<Part, Arc<[Statement]>>);

impl Statements {
    fn of(&mut self, part: Part) -> Arc<[Statement]> {
        self.0.entry(part).or_insert_with(|| part.statements(Dialect::Sqlite).into()).clone()
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
    /// The part that was run last: where it failed, if it did.
    running: Option<Part>,
    /// Changes when another process writes.
    data_version: Option<i64>,
}

impl Sqlite {
    pub(super) fn new(connection: rusqlite::Connection, node: String, log: Arc<Log>) -> Sqlite {
        let statements = Statements::default();
        Sqlite { connection, statements, node, log, running: None, data_version: None }
    }

    /// Runs parts, one statement after the other, row by row.
    pub(super) fn run_parts(&mut self, parts: &[Part], values: &mut Values) -> Result<Answers, WriteError> {
        let mut answers = Answers::default();
        for part in parts {
            self.running = Some(*part);
            self.run_part(*part, values, &mut answers)?;
        }
        Ok(answers)
    }

    fn run_part(&mut self, part: Part, values: &mut Values, answers: &mut Answers) -> Result<(), WriteError> {
        let width = part.columns().len();
        for Statement { sql, shared } in self.statements.of(part).iter() {
            let mut statement = self.connection.prepare_cached(sql)?;
            for (n, shared) in shared.iter().enumerate() {
                statement.raw_bind_parameter(width + n + 1, values.shared(*shared, &self.node))?;
            }
            if width == 0 {
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next()? {
                    answers.add(part.gives(), row)?;
                }
            }
            for row in values.take_rows(part).chunks_exact(width.max(1)) {
                bind(&mut statement, row)?;
                statement.raw_execute()?;
            }
        }
        Ok(())
    }

    /// The number that a statement gives.
    pub(super) fn number(&self, sql: &str) -> Result<i64, WriteError> {
        Ok(self.connection.query_row(&Dialect::Sqlite.native(sql), (), |row| row.get(0))?)
    }

    /// Runs a statement; gives the number of rows that it changed.
    fn change(&self, sql: &str, args: &[Arg]) -> rusqlite::Result<usize> {
        let mut statement = self.connection.prepare_cached(&Dialect::Sqlite.native(sql))?;
        bind(&mut statement, args)?;
        statement.raw_execute()
    }

    /// Runs statements until the first has changed nothing; gives how many rows that one changed.
    fn change_all(&self, statements: &[Rare]) -> rusqlite::Result<usize> {
        let Some((first, rest)) = statements.split_first() else { return Ok(0) };
        let changed = self.change(first.sql, &first.values)?;
        for statement in rest.iter().take_while(|_| changed > 0) {
            self.change(statement.sql, &statement.values)?;
        }
        Ok(changed)
    }
}

impl Backend for Sqlite {
    async fn look_up(&mut self, wanted: Wanted<'_>, people: &mut People, _: &mut Ids) -> Result<(), WriteError> {
        // A command beside the host may have merged people.
        let version = self.number("select data_version from pragma_data_version")?;
        if self.data_version.replace(version).is_some_and(|before| before != version) {
            people.forget();
        }
        let mut values = Values::to_look_up(people.unknown(wanted.senders), 0);
        let found = self.run_parts(&values.look_ups(), &mut values)?;
        people.remember(found.identities);
        Ok(())
    }

    async fn documents(&mut self, conditions: Vec<Value>) -> Result<HashMap<DocumentPlace, String>, WriteError> {
        Ok(self.run_parts(&[BEGIN, conditions::READ], &mut Values::of_conditions(conditions))?.documents)
    }

    async fn execute(&mut self, mut values: Values) -> Result<Answers, WriteError> {
        // It has begun where documents were read.
        let begin = self.connection.is_autocommit().then_some(BEGIN);
        let parts: Vec<Part> = begin.into_iter().chain(values.parts()).chain([COMMIT]).collect();
        self.run_parts(&parts, &mut values)
    }

    async fn roll_back(&mut self) {
        let _ = self.change("rollback", &[]);
    }

    async fn run(&mut self, statements: Vec<Rare>) -> Result<u64, WriteError> {
        let changed = match statements.as_slice() {
            [statement] => self.change(statement.sql, &statement.values)?,
            statements => {
                self.change("begin immediate", &[])?;
                let changed = self.change_all(statements);
                let end = if changed.as_ref().is_ok_and(|changed| *changed > 0) { "commit" } else { "rollback" };
                let ended = self.change(end, &[]);
                if ended.is_err() {
                    let _ = self.change("rollback", &[]);
                }
                ended?;
                changed?
            }
        };
        Ok(changed.try_into().unwrap_or(u64::MAX))
    }

    fn fate(&mut self, error: &WriteError) -> Fate {
        // The fence: the one column that a release may find null is the lane's epoch.
        let is_null = |error: &rusqlite::ffi::Error| {
            error.code == ErrorCode::ConstraintViolation && error.extended_code == SQLITE_CONSTRAINT_NOTNULL
        };
        match error {
            WriteError::Sqlite(rusqlite::Error::SqliteFailure(error, _))
                if is_null(error) && self.running == Some(Part::Rows(RowKind::Release)) =>
            {
                Fate::Fenced
            }
            _ => Fate::Refused,
        }
    }

    fn rests(&mut self) {
        self.log.written(&self.connection);
    }
}

const BEGIN: Part = Part::of("begin immediate");

const COMMIT: Part = Part::of("commit");

fn bind(statement: &mut rusqlite::Statement<'_>, args: &[Arg]) -> rusqlite::Result<()> {
    (1..).zip(args).try_for_each(|(n, arg): (usize, _)| statement.raw_bind_parameter(n, arg))
}

impl Columns for rusqlite::Row<'_> {
    fn int(&self, column: &'static str) -> Result<Option<i64>, WriteError> {
        read(self, column)
    }

    /// A text that somebody damaged by hand is no reason to fail a batch: what is not UTF-8 in it is replaced.
    fn text(&self, column: &'static str) -> Result<Option<String>, WriteError> {
        match self.get_ref(column)? {
            ValueRef::Text(bytes) => Ok(Some(String::from_utf8_lossy(bytes).into_owned())),
            _ => read(self, column),
        }
    }

    fn flag(&self, column: &'static str) -> Result<bool, WriteError> {
        read(self, column)
    }
}

fn read<T: FromSql>(row: &rusqlite::Row<'_>, column: &str) -> Result<T, WriteError> {
    Ok(row.get(column)?)
}
