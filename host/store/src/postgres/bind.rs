//! Values as they are bound on Postgres, in binary: single ones, and the columns of rows as arrays.

use std::{collections::HashMap, error::Error, sync::Arc};

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::{
    script::{Column, ColumnType, Part, RowKind, Shared},
    value::{Arg, without_nul},
};
use switchboard_core::text;

/// The version of the binary form of a `jsonb`.
const JSONB_VERSION: u8 = 1;

/// What is bound to a place of a statement.
#[derive(Clone, Debug)]
pub(super) enum Parameter {
    /// A value that all rows share.
    Single(Arg),
    /// A column of all rows.
    Column(Arc<Values>),
}

/// The values of a column.
#[derive(Debug)]
pub(super) enum Values {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl ToSql for Parameter {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Parameter::Single(Arg::Int(value)) => value.to_sql(kind, out),
            Parameter::Single(Arg::Real(value)) => value.to_sql(kind, out),
            Parameter::Single(Arg::Bool(value)) => value.to_sql(kind, out),
            Parameter::Single(Arg::Blob(value)) => value.to_sql(kind, out),
            Parameter::Single(Arg::Text(None)) => Ok(IsNull::Yes),
            Parameter::Single(Arg::Text(Some(text))) => {
                if *kind == Type::JSONB {
                    out.put_u8(JSONB_VERSION);
                }
                out.put_slice(text::without_nul(text).as_deref().unwrap_or(text).as_bytes());
                Ok(IsNull::No)
            }
            Parameter::Column(values) => match &**values {
                Values::Ints(values) => values.to_sql(kind, out),
                Values::Texts(values) => values.to_sql(kind, out),
                Values::Bytes(values) => values.to_sql(kind, out),
            },
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The type that a value of a statement which is run alone is bound as. What it is beyond that, the statement says by a cast.
pub(super) fn type_of(value: &Arg) -> Type {
    match value {
        Arg::Int(_) => Type::INT8,
        Arg::Real(_) => Type::FLOAT8,
        Arg::Text(_) => Type::TEXT,
        Arg::Blob(_) => Type::BYTEA,
        Arg::Bool(_) => Type::BOOL,
    }
}

/// The type of an array of a column's values.
pub(super) fn array_of(column: &Column) -> Type {
    match column.kind {
        ColumnType::Int => Type::INT8_ARRAY,
        ColumnType::Text => Type::TEXT_ARRAY,
        ColumnType::Bytes => Type::BYTEA_ARRAY,
    }
}

/// The type of a value that the whole batch shares.
pub(super) fn type_of_shared(shared: Shared) -> Type {
    match shared {
        Shared::Now | Shared::Batch | Shared::FirstMessage | Shared::Steps => Type::INT8,
        Shared::Node => Type::TEXT,
        Shared::Senders
        | Shared::Conditions
        | Shared::Brought
        | Shared::Parked
        | Shared::Postponed
        | Shared::Uses
        | Shared::Reserved
        | Shared::Settled
        | Shared::ModelUsed
        | Shared::Closed
        | Shared::Known
        | Shared::Ends
        | Shared::Pairs
        | Shared::Touched
        | Shared::Cards
        | Shared::Merges
        | Shared::Statuses
        | Shared::Bursts
        | Shared::Echoes
        | Shared::Marketing
        | Shared::Edits
        | Shared::Persons
        | Shared::Ended
        | Shared::Effects
        | Shared::Forget
        | Shared::Begins
        | Shared::Sends
        | Shared::SendLanes
        | Shared::Letters
        | Shared::Lanes
        | Shared::Heads => Type::JSONB,
    }
}

/// The columns of rows whose values come row after row.
pub(super) fn columns(part: Part, values: Vec<Arg>) -> Vec<Parameter> {
    let (columns, mut rows) = (part.columns(), Vec::new());
    let mut values = values.into_iter();
    loop {
        let row: Vec<Arg> = values.by_ref().take(columns.len()).collect();
        if row.is_empty() {
            break;
        }
        rows.push(row);
    }
    if let Part::Rows(kind) = part {
        rows = distinct(kind, rows);
    }
    let mut made: Vec<Values> = columns.iter().map(|column| Values::of(column.kind, rows.len())).collect();
    for row in rows {
        made.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
    }
    made.into_iter().map(|column| Parameter::Column(Arc::new(column))).collect()
}

impl Values {
    fn of(kind: ColumnType, rows: usize) -> Values {
        match kind {
            ColumnType::Int => Values::Ints(Vec::with_capacity(rows)),
            ColumnType::Text => Values::Texts(Vec::with_capacity(rows)),
            ColumnType::Bytes => Values::Bytes(Vec::with_capacity(rows)),
        }
    }

    /// Adds a value. A row's type gives each column its type, so that none is of another.
    fn push(&mut self, value: Arg) {
        match (self, value) {
            (Values::Ints(values), Arg::Int(value)) => values.push(value),
            (Values::Texts(values), Arg::Text(value)) => values.push(value.map(without_nul)),
            (Values::Bytes(values), Arg::Blob(value)) => values.push(value),
            (Values::Ints(values), _) => values.push(None),
            (Values::Texts(values), _) => values.push(None),
            (Values::Bytes(values), _) => values.push(None),
        }
    }
}

/// A statement may meet a row of its table once only: of the rows that are one there, the one that counts.
fn distinct(kind: RowKind, rows: Vec<Vec<Arg>>) -> Vec<Vec<Arg>> {
    let places = |names: &[&str]| -> Vec<usize> {
        names.iter().filter_map(|name| kind.columns().iter().position(|column| column.name == *name)).collect()
    };
    let (key, said) = match kind {
        RowKind::Message => (places(&["business", "wamid", "space"]), places(&["kind"]).first().copied()),
        _ => return rows,
    };
    let text = |value: &Arg| if let Arg::Text(Some(text)) = value { text.clone() } else { String::new() };
    // A message is what came first, but a placeholder gives way to its content.
    let wins = |new: &[Arg], old: &[Arg]| match said {
        Some(kind) => text(&old[kind]) == "placeholder" && text(&new[kind]) == "message",
        None => true,
    };
    let mut kept: Vec<Vec<Arg>> = Vec::with_capacity(rows.len());
    let mut known: HashMap<Vec<String>, usize> = HashMap::with_capacity(rows.len());
    for row in rows {
        let at = *known.entry(key.iter().map(|n| text(&row[*n])).collect()).or_insert(kept.len());
        match kept.get_mut(at) {
            Some(old) if wins(&row, old) => *old = row,
            Some(_) => {}
            None => kept.push(row),
        }
    }
    kept
}
