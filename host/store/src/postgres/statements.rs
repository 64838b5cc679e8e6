//! The statements of a batch's parts, in Postgres's words.

use std::{collections::HashMap, sync::Arc};

use tokio_postgres::types::Type;

use super::bind::{array_of, type_of_shared};
use crate::{
    dialect::Dialect,
    script::{Part, Shared},
};

/// A statement of a part.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) sql: String,
    /// The types of what is bound: the columns of rows, then what is shared.
    pub(super) types: Vec<Type>,
    pub(super) shared: Vec<Shared>,
}

/// The statements made so far.
pub(super) struct Statements {
    made: HashMap<Part, Arc<[Statement]>>,
    faults: &'static [(&'static str, &'static str)],
}

impl Statements {
    pub(super) fn new(faults: &'static [(&'static str, &'static str)]) -> Statements {
        let faults = if cfg!(feature = "test-hooks") { faults } else { &[] };
        Statements { made: HashMap::new(), faults }
    }

    /// The statements of a part.
    pub(super) fn of(&mut self, part: Part) -> Arc<[Statement]> {
        let faults = self.faults;
        let made = self.made.entry(part).or_insert_with(|| {
            let text = part.native(Dialect::Postgres).to_string();
            let text = faults.iter().fold(text, |text, (right, wrong)| text.replace(right, wrong));
            let statements = part.statements_of(&text, Dialect::Postgres).into_iter().map(|statement| {
                let columns = part.columns().iter().map(array_of);
                let types = columns.chain(statement.shared.iter().map(|shared| type_of_shared(*shared))).collect();
                Statement { sql: statement.sql, types, shared: statement.shared }
            });
            statements.collect()
        });
        made.clone()
    }
}
