//! A batch on SQLite: its parts are prepared statements, run one row at a time on the writer's own thread.

use std::{collections::HashMap, sync::Arc};

use crate::store::{
    batch::Values,
    db::Row,
    dialect::Dialect,
    script::{Part, Statement},
};

/// The statements made so far.
#[derive(Default)]
pub(in crate::store) struct Statements(HashMap<Part, Arc<[Statement]>>);

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

/// Runs the parts of a batch and commits it. On an error the transaction is still open.
pub(in crate::store) fn execute(
    connection: &rusqlite::Connection,
    statements: &mut Statements,
    mut values: Values,
    node: &str,
) -> rusqlite::Result<Vec<Row>> {
    connection.prepare_cached("begin immediate")?.raw_execute()?;
    let mut given = Vec::new();
    for part in values.parts() {
        let width = part.wire().len();
        for Statement { sql, once } in statements.of(part).iter() {
            let mut statement = connection.prepare_cached(sql)?;
            for (n, once) in once.iter().enumerate() {
                statement.raw_bind_parameter(width + n + 1, values.once(*once, node))?;
            }
            match part {
                Part::Once(_) => given.extend(super::rows(&mut statement)?),
                Part::Rows(kind) => {
                    for row in values.take(kind).chunks_exact(width) {
                        for (n, value) in row.iter().enumerate() {
                            statement.raw_bind_parameter(n + 1, value)?;
                        }
                        statement.raw_execute()?;
                    }
                }
            }
        }
    }
    connection.prepare_cached("commit")?.raw_execute()?;
    Ok(given)
}
