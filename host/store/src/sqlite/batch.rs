//! A batch on SQLite: its parts are prepared statements, run one row at a time on the writer's own thread.

use std::{collections::HashMap, sync::Arc};

use crate::{
    batch::Values,
    db::{Connection, Row},
    dialect::Dialect,
    people::LOOK_UP,
    script::{Part, Statement},
    writer::Task,
};
use switchboard_core::inbox::Sender;

/// The statements made so far.
#[derive(Default)]
pub(crate) struct Statements(HashMap<Part, Arc<[Statement]>>);

impl Statements {
    fn of(&mut self, part: Part) -> Arc<[Statement]> {
        let made = self.0.entry(part).or_insert_with(|| {
            // The one row is what is bound. The longest number first: `column1` stands at the beginning of `column12` too.
            let native = part.native(Dialect::Sqlite).replace("from {rows}", "");
            let columns = (1..=part.wire().len()).rev();
            let native = columns.fold(native, |text, n| text.replace(&format!("column{n}"), &format!("?{n}")));
            Statement::all(&native, part.wire(), '?').into()
        });
        made.clone()
    }
}

/// Looks up those of the senders that are not remembered.
pub(crate) fn look_up(task: &mut Task, senders: &[&Sender], values: &mut Values) -> Result<(), sqlx::Error> {
    values.senders = task.people.unknown(senders);
    if values.senders.is_empty() {
        return Ok(());
    }
    let known = run(task, &[LOOK_UP], values)?;
    task.people.remember(known)
}

/// Runs the parts of a batch and commits it. On an error the transaction is still open.
pub(crate) fn execute(task: &mut Task, mut values: Values) -> Result<Vec<Row>, sqlx::Error> {
    let parts: Vec<Part> = [BEGIN].into_iter().chain(values.parts()).chain([COMMIT]).collect();
    run(task, &parts, &mut values)
}

const BEGIN: Part = Part::Once("begin immediate;\n");

const COMMIT: Part = Part::Once("commit;\n");

fn run(task: &mut Task, parts: &[Part], values: &mut Values) -> Result<Vec<Row>, sqlx::Error> {
    let Task { connection: Connection::Sqlite(connection), statements, node, .. } = task else {
        return Err(sqlx::Error::WorkerCrashed);
    };
    run_on(connection, statements, parts, values, node).map_err(super::error)
}

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
                Part::Once(_) => given.extend(super::rows(&mut statement)?),
                Part::Rows(kind) => {
                    for row in values.take(*kind).chunks_exact(width) {
                        super::bind(&mut statement, row)?;
                        statement.raw_execute()?;
                    }
                }
            }
        }
    }
    Ok(given)
}
