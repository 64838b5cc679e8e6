//! The script of a batch: every statement that it needs, in one transaction.
//!
//! A part is one statement for all rows of a kind, or a few over values that the batch shares. What every message writes comes as rows
//! of bound values ([`RowKind`]); rare or short things come as JSON arrays ([`Shared`]), since taking a wide row apart with `->>` costs
//! far more than binding it.
//!
//! In a text, `from {rows}` stands for where the rows of a part come from, a column's name in braces for its value, and another name of
//! [`Shared`] for that value; other braces are text. A subselect ends in `limit 1 offset 0` where Postgres might make a join of it: a
//! plan that was made while a table was small would read all of it for each batch.

mod rows;
mod writes;
mod texts;

use std::sync::Arc;

pub(crate) use self::{
    rows::{
        AnsweredRow, Column, ColumnType, DeliveryRow, EventRow, FileRow, IdentityRow, JournalRow, LaneRow, MessageRow,
        NewSessionRow, PersonRow, ReleaseRow, ReplyRow, Row, RowKind, SessionRow, TemplateRow, TestEventRow,
    },
    texts::*,
};
use crate::dialect::Dialect;

/// What the rows are that a part gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Gives {
    Nothing,
    /// Reserved ids.
    Ids,
    /// Identities that are known, with their persons and lanes.
    Identities,
    /// The heads of claimed lanes.
    Claims,
    /// Messages that were not known before.
    New,
    /// Outbox rows that may be sent now, or never.
    Begun,
    /// Outbox rows whose result is noted.
    Noted,
    /// Lanes, and whose sender has them.
    SendLanes,
    /// Lanes of rows that statuses speak of, and whether something waits there.
    Waiting,
    /// Dead letters that were retried or discarded.
    Letters,
    /// Documents that are written on a condition.
    Documents,
}

/// A part of a batch's script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// Statements over values that the whole batch shares.
    Shared(&'static str, Gives),
    /// One statement for all rows of a kind.
    Rows(RowKind),
}

impl Part {
    /// Statements that give nothing back.
    pub(crate) const fn of(sql: &'static str) -> Part {
        Part::Shared(sql, Gives::Nothing)
    }

    pub(crate) fn gives(self) -> Gives {
        match self {
            Part::Shared(_, gives) => gives,
            Part::Rows(_) => Gives::Nothing,
        }
    }

    /// The columns of its rows; none if it has no rows.
    pub(crate) fn columns(self) -> &'static [Column] {
        match self {
            Part::Shared(..) => &[],
            Part::Rows(kind) => kind.columns(),
        }
    }

    /// Its text in a database's words, with names in braces.
    pub(crate) fn native(self, dialect: Dialect) -> Arc<str> {
        dialect.native(match self {
            Part::Shared(sql, _) => sql,
            Part::Rows(kind) => kind.sql(),
        })
    }

    /// Its statements in a database's words.
    pub(crate) fn statements(self, dialect: Dialect) -> Vec<Statement> {
        self.statements_of(&self.native(dialect), dialect)
    }

    /// The statements of a text that takes the place of its own.
    pub(crate) fn statements_of(self, native: &str, dialect: Dialect) -> Vec<Statement> {
        Statement::all(native, self.columns(), dialect)
    }
}

/// A value that the whole batch shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shared {
    /// Identities to look up.
    Senders,
    /// How many steps of ids are reserved.
    Steps,
    Known,
    /// Identities that end.
    Ends,
    /// Names of one account.
    Pairs,
    /// Persons whose identities are others than before.
    Touched,
    Cards,
    Merges,
    Statuses,
    /// Lanes with new messages, and whether a burst waits on there.
    Bursts,
    /// Persons to whom the business wrote from its own app.
    Echoes,
    /// Persons who want marketing messages, or do not.
    Marketing,
    /// Words that were edited.
    Edits,
    Persons,
    Ended,
    Effects,
    /// Documents that are written on a condition.
    Conditions,
    Forget,
    /// Notices whose time has come.
    Brought,
    /// Notices whose person has never written.
    Parked,
    /// Notices that wait until a time.
    Postponed,
    /// What counts against quotas.
    Uses,
    /// Tokens that are reserved.
    Reserved,
    /// Reservations that end.
    Settled,
    /// What questions to the model used.
    ModelUsed,
    /// Rows of the outbox that Meta refused since the window was closed.
    Closed,
    /// Outbox rows to begin.
    Begins,
    /// What came of sends.
    Sends,
    /// Lanes for this host's sender.
    SendLanes,
    /// Dead letters that an operator retries or discards.
    Letters,
    /// Lanes to claim if they are free.
    Lanes,
    /// Lanes whose heads are wanted.
    Heads,
    FirstMessage,
    Now,
    Node,
    Batch,
}

impl Shared {
    const ALL: [(Shared, &'static str); 36] = [
        (Shared::Senders, "senders"),
        (Shared::Steps, "steps"),
        (Shared::Known, "known"),
        (Shared::Merges, "merges"),
        (Shared::Ends, "ends"),
        (Shared::Pairs, "pairs"),
        (Shared::Touched, "touched"),
        (Shared::Cards, "cards"),
        (Shared::Statuses, "statuses"),
        (Shared::Bursts, "bursts"),
        (Shared::Echoes, "echoes"),
        (Shared::Marketing, "marketing"),
        (Shared::Edits, "edits"),
        (Shared::Persons, "persons"),
        (Shared::Ended, "ended"),
        (Shared::Effects, "effects"),
        (Shared::Conditions, "conditions"),
        (Shared::Forget, "forget"),
        (Shared::Brought, "brought"),
        (Shared::Parked, "parked"),
        (Shared::Postponed, "postponed"),
        (Shared::Uses, "uses"),
        (Shared::Reserved, "reserved"),
        (Shared::Settled, "settled"),
        (Shared::ModelUsed, "model_used"),
        (Shared::Closed, "closed"),
        (Shared::Begins, "begins"),
        (Shared::Sends, "sends"),
        (Shared::SendLanes, "send_lanes"),
        (Shared::Letters, "letters"),
        (Shared::Lanes, "lanes"),
        (Shared::Heads, "heads"),
        (Shared::FirstMessage, "first_message"),
        (Shared::Now, "now"),
        (Shared::Node, "node"),
        (Shared::Batch, "batch"),
    ];
}

/// A statement, and what is bound to it: first a value for each column of its rows, then those that are shared.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) shared: Vec<Shared>,
}

impl Statement {
    /// The statements of a text that is in its database's syntax.
    pub(crate) fn all(text: &str, columns: &[Column], dialect: Dialect) -> Vec<Statement> {
        let texts = text.split(";\n").filter(|text| !text.trim().is_empty());
        texts.map(|text| Statement::new(text.trim(), columns, dialect)).collect()
    }

    /// Names in braces become numbers of bound values; other braces are text.
    fn new(text: &str, columns: &[Column], dialect: Dialect) -> Statement {
        let (mut sql, mut shared, mut rest) = (String::with_capacity(text.len()), Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            sql.push_str(before);
            let name = after.split('}').next().unwrap_or_default();
            match value(name, columns, &mut shared, dialect) {
                Some(value) => {
                    sql.push_str(&value);
                    rest = &after[name.len() + 1..];
                }
                None => {
                    sql.push('{');
                    rest = after;
                }
            }
        }
        sql.push_str(rest);
        Statement { sql, shared }
    }
}

/// What a name in braces stands for.
fn value(name: &str, columns: &[Column], named: &mut Vec<Shared>, dialect: Dialect) -> Option<String> {
    if let Some(column) = columns.iter().position(|column| column.name == name) {
        return Some(match dialect {
            Dialect::Sqlite => format!("?{}", column + 1),
            Dialect::Postgres => format!("r.{name}"),
        });
    }
    if name == "rows" {
        let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
        let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
        return Some(format!("unnest({}) as r({})", places.join(", "), names.join(", ")));
    }
    let (shared, _) = Shared::ALL.into_iter().find(|(_, known)| *known == name)?;
    let place = named.iter().position(|known| *known == shared).unwrap_or_else(|| {
        named.push(shared);
        named.len() - 1
    });
    let sign = if dialect == Dialect::Sqlite { '?' } else { '$' };
    Some(format!("{sign}{}", columns.len() + place + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_values_and_other_braces_stay() {
        let columns = RowKind::Release.columns();
        let text = "update lane set epoch = {epoch}, note = '{}' || {node} || {now} || {node} from {rows} where id = {lane_id};\n";
        let made = |dialect: Dialect| Statement::all(&dialect.native(text), columns, dialect).remove(0);
        let postgres = made(Dialect::Postgres);
        assert_eq!(
            postgres.sql,
            "update lane set epoch = r.epoch, note = '{}' || $6 || $7 || $6 from unnest($1, $2, $3, $4, $5) as r(lane_id, epoch, wrote_at, sends, address) where id = r.lane_id"
        );
        assert_eq!(postgres.shared, [Shared::Node, Shared::Now]);
        assert_eq!(
            made(Dialect::Sqlite).sql,
            "UPDATE lane SET epoch = ?2, note = '{}' || ?6 || ?7 || ?6 WHERE id = ?1"
        );
    }

    #[test]
    fn a_row_s_statement_names_columns_that_it_has() {
        for kind in RowKind::ALL {
            for dialect in [Dialect::Sqlite, Dialect::Postgres] {
                for Statement { sql, .. } in Part::Rows(*kind).statements(dialect) {
                    assert!(!sql.contains('{'), "{sql}");
                }
            }
        }
    }
}
