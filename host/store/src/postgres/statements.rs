//! The statements of a batch's parts, prepared under names, and their values in text.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use sqlx::postgres::PgConnection;

use crate::{
    dialect::{Dialect, assembled},
    script::{Kind, Once, Part, Statement},
    value::{Arg, without_nul},
    values::Values,
};

/// A statement of a part, to be prepared under a name.
struct Named {
    name: String,
    /// The types of its values: those of the rows' columns, then those of `once`.
    types: Vec<&'static str>,
    sql: String,
    once: Vec<Once>,
}

impl Named {
    /// Its execution, once it is prepared.
    fn write_execute(&self, values: &[String], text: &mut String) {
        text.push_str("execute ");
        text.push_str(&self.name);
        let mut between = '(';
        for value in values {
            text.push(between);
            text.push_str(value);
            between = ',';
        }
        text.push_str(if between == ',' { ");\n" } else { ";\n" });
    }

    /// Itself, with its values in their places.
    fn write_out(&self, values: &[String], text: &mut String) {
        let mut pieces = self.sql.split('$');
        text.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
            let place = piece[..digits].parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            match place.and_then(|n| Some((values.get(n)?, self.types.get(n)?))) {
                Some((value, kind)) => text.extend(["(", value, ")::", kind, &piece[digits..]]),
                None => text.extend(["$", piece]),
            }
        }
        text.push_str(";\n");
    }
}

/// The statements made so far, and those that the connection has prepared.
pub(crate) struct Statements {
    made: HashMap<Part, Arc<[Named]>>,
    prepared: HashSet<Part>,
    faults: &'static [(&'static str, &'static str)],
}

impl Statements {
    pub(crate) fn new(faults: &'static [(&'static str, &'static str)]) -> Statements {
        let faults = if cfg!(feature = "test-hooks") { faults } else { &[] };
        Statements { made: HashMap::new(), prepared: HashSet::new(), faults }
    }

    /// The connection is another: it has prepared nothing.
    pub(super) fn forget_prepared(&mut self) {
        self.prepared.clear();
    }

    fn of(&mut self, part: Part) -> Arc<[Named]> {
        if let Some(made) = self.made.get(&part) {
            return made.clone();
        }
        let mut native = part.native(Dialect::Postgres);
        for (right, wrong) in self.faults {
            native = native.replace(right, wrong);
        }
        let places: Vec<String> = (1..=part.wire().len()).map(|n| format!("${n}")).collect();
        let names: Vec<String> = (1..=part.wire().len()).map(|n| format!("column{n}")).collect();
        let rows = format!("unnest({}) as r({})", places.join(", "), names.join(", "));
        let n_parts = self.made.len();
        let named = |(n, Statement { sql, once })| Named {
            name: format!("batch_{n_parts}_{n}"),
            types: part.wire().chars().map(array).chain(once.iter().map(kind)).collect(),
            sql,
            once,
        };
        let made: Arc<[Named]> = Statement::all(&native.replace("{rows}", &rows), part.wire(), '$')
            .into_iter()
            .enumerate()
            .map(named)
            .collect();
        self.made.insert(part, made.clone());
        made
    }

    /// Writes the statements of a part with their values; its rows are used up.
    pub(super) fn write(
        &mut self,
        part: Part,
        values: &mut Values,
        node: &str,
        by_transaction: bool,
        text: &mut String,
    ) {
        let rows = match part {
            Part::Rows(kind) => columns(kind, values.take(kind)),
            Part::Once(_) => Vec::new(),
        };
        for statement in self.of(part).iter() {
            let once = statement.once.iter().map(|once| literal(values.once(*once, node)));
            let values: Vec<String> = rows.iter().cloned().chain(once).collect();
            match by_transaction {
                true => statement.write_out(&values, text),
                false => statement.write_execute(&values, text),
            }
        }
    }

    /// Prepares those of these parts that are not: a transaction that fails leaves them prepared.
    pub(super) async fn prepare(&mut self, connection: &mut PgConnection, parts: &[Part]) -> Result<(), sqlx::Error> {
        for part in parts {
            if self.prepared.contains(part) {
                continue;
            }
            for Named { name, types, sql, .. } in self.of(*part).iter() {
                let types = if types.is_empty() { String::new() } else { format!("({})", types.join(", ")) };
                let sql = format!("prepare {name} {types} as {sql}");
                sqlx::raw_sql(assembled(sql)).execute(&mut *connection).await?;
            }
            self.prepared.insert(*part);
        }
        Ok(())
    }
}

/// The type of a column of rows, by its letter in [`Kind::wire`].
fn array(letter: char) -> &'static str {
    match letter {
        'i' => "bigint[]",
        't' => "text[]",
        _ => "bytea[]",
    }
}

/// The type of a value that the whole batch shares.
fn kind(once: &Once) -> &'static str {
    match once {
        Once::Now | Once::Batch | Once::FirstMessage => "bigint",
        Once::Node => "text",
        _ => "jsonb",
    }
}

/// The columns of the rows of a kind, each as a literal of an array.
fn columns(kind: Kind, values: Vec<Arg>) -> Vec<String> {
    let width = kind.wire().len();
    let mut columns = vec![String::from("'{"); width];
    for row in distinct(kind, rows(values, width)) {
        for (column, value) in columns.iter_mut().zip(row) {
            if column.len() > 2 {
                column.push(',');
            }
            element(column, value);
        }
    }
    for column in &mut columns {
        column.push_str("}'");
    }
    columns
}

/// An element of an array, inside the quotes of a literal.
fn element(column: &mut String, value: Arg) {
    match value {
        Arg::Int(Some(value)) => column.push_str(&value.to_string()),
        Arg::Text(Some(text)) => {
            column.push('"');
            for c in without_nul(text).chars() {
                match c {
                    '"' | '\\' => column.extend(['\\', c]),
                    '\'' => column.push_str("\'\'"),
                    c => column.push(c),
                }
            }
            column.push('"');
        }
        Arg::Blob(Some(bytes)) => {
            column.push_str("\"\\\\x");
            column.push_str(&hex::encode(bytes));
            column.push('"');
        }
        Arg::Real(Some(value)) => column.push_str(&value.to_string()),
        Arg::Bool(value) => column.push_str(if value { "t" } else { "f" }),
        Arg::Int(None) | Arg::Text(None) | Arg::Blob(None) | Arg::Real(None) => column.push_str("NULL"),
    }
}

/// A value that the whole batch shares, as a literal.
fn literal(value: Arg) -> String {
    match value {
        Arg::Int(Some(value)) => value.to_string(),
        Arg::Text(Some(text)) => format!("'{}'", without_nul(text).replace('\'', "''")),
        _ => "null".to_owned(),
    }
}

fn rows(values: Vec<Arg>, width: usize) -> impl Iterator<Item = Vec<Arg>> {
    let mut values = values.into_iter();
    std::iter::from_fn(move || {
        let row: Vec<Arg> = values.by_ref().take(width).collect();
        (!row.is_empty()).then_some(row)
    })
}

/// A statement may meet a row of its table once only: of the rows that are one there, the one that counts.
fn distinct(kind: Kind, rows: impl Iterator<Item = Vec<Arg>>) -> Vec<Vec<Arg>> {
    let key: &[usize] = match kind {
        Kind::Identity => &[0, 1],
        Kind::Message => &[3, 4, 5],
        _ => return rows.collect(),
    };
    let text = |value: &Arg| if let Arg::Text(Some(text)) = value { text.clone() } else { String::new() };
    // An identity is whose it was said to be last. A message is what came first, but a placeholder gives way to its content.
    let wins = |new: &[Arg], old: &[Arg]| match kind {
        Kind::Message => text(&old[6]) == "placeholder" && text(&new[6]) == "message",
        _ => true,
    };
    let mut kept: Vec<Vec<Arg>> = Vec::new();
    let mut places: HashMap<Vec<String>, usize> = HashMap::new();
    for row in rows {
        match places.entry(key.iter().map(|n| text(&row[*n])).collect()) {
            std::collections::hash_map::Entry::Occupied(place) => {
                let old = &mut kept[*place.get()];
                if wins(&row, old) {
                    *old = row;
                }
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push(row);
            }
        }
    }
    kept
}
