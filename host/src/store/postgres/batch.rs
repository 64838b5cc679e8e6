//! A batch on Postgres: each of its parts a prepared statement over whole columns, all in one transaction.
//!
//! Several nodes write at once, so rows that two of them may want are locked first, in one order: newcomers' identities, lanes,
//! replies. Without the lanes' locks a message could come while another node lets its lane go, and neither would see the other.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use sqlx::{
    Arguments, AssertSqlSafe, Row as _,
    postgres::{PgArguments, PgConnection},
};

use crate::store::{
    batch::{Ids, Values},
    db::{self, Arg, Connection, Row},
    dialect::Dialect,
    script::{self, Kind, Once, Part, Piece},
    writer::Task,
};

/// Ids in one step of the sequence: see `switchboard.ids` in the schema.
const STEP: i64 = 64;

/// Begins a transaction and reserves ids. Those of a message that was received before another's transaction began are lower
/// than the other's, on whatever node: the order of a lane.
pub(in crate::store) async fn begin(connection: &mut PgConnection, ids: usize) -> Result<Ids, sqlx::Error> {
    let steps = i64::try_from(ids).unwrap_or(i64::MAX).div_euclid(STEP) + 1;
    let sql = format!("begin; select nextval('switchboard.ids') from generate_series(1, {steps})");
    let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(connection).await?;
    let range = |row: &sqlx::postgres::PgRow| row.try_get::<i64, _>(0).map(|first| first..first + STEP);
    Ok(Ids::reserved(rows.iter().map(range).collect::<Result<VecDeque<_>, _>>()?))
}

/// Makes other nodes that meet the same new people wait; false if there are none.
pub(in crate::store) async fn lock_newcomers(
    connection: &mut PgConnection,
    newcomers: &[(&'static str, String)],
) -> Result<bool, sqlx::Error> {
    if newcomers.is_empty() {
        return Ok(false);
    }
    let names: Vec<String> = newcomers.iter().map(|(kind, value)| format!("{kind} {value}")).collect();
    sqlx::query(
        "select pg_advisory_xact_lock(hash) from
         (select distinct hashtextextended(name, 20) as hash from unnest($1::text[]) as name order by hash) as newcomer",
    )
    .bind(names)
    .fetch_all(connection)
    .await?;
    Ok(true)
}

const LOCK_LANES: &str = "select lane_id from lane where lane_id in (select value::bigint from texts({heads}) as t) order by lane_id for update";

const LOCK_REPLIES: &str = "select outbox_id from outbox where outbox_id in (
    select (value->>0)::bigint from each({sends}) as s
    union all select (value->>4)::bigint from each({statuses}) as s where value->>4 is not null
    union all select o.outbox_id from each({statuses}) as s join outbox as o on o.wamid = s.value->>1)
    order by outbox_id for update";

/// Runs the parts of a batch and commits it.
pub(in crate::store) async fn execute(task: &mut Task, mut values: Values) -> Result<Vec<Row>, sqlx::Error> {
    let Task { connection: Connection::Postgres(connection), link: Some(link), node, .. } = task else {
        return Err(sqlx::Error::WorkerCrashed);
    };
    let mut parts = values.parts(Dialect::Postgres);
    parts.retain(|part| *part != script::BEGIN && *part != script::COMMIT);
    let locks = [
        (!values.touched().is_empty()).then_some(Part::Once(LOCK_LANES)),
        values.speaks_of_sends().then_some(Part::Once(LOCK_REPLIES)),
    ];
    let mut rows = Vec::new();
    for (part, locks) in
        locks.into_iter().flatten().map(|lock| (lock, true)).chain(parts.into_iter().map(|part| (part, false)))
    {
        let columns = match part {
            Part::Rows(kind) => columns(kind, values.take(kind)),
            Part::Once(_) => Vec::new(),
        };
        for statement in link.statements.of(part).iter() {
            let mut args = PgArguments::default();
            for column in &columns {
                match column {
                    Column::Ints(values) => args.add(values),
                    Column::Texts(values) => args.add(values),
                    Column::Blobs(values) => args.add(values),
                }
                .map_err(sqlx::Error::Encode)?;
            }
            for once in &statement.once {
                db::bind_postgres(&mut args, values.once(*once, node))?;
            }
            let got = sqlx::query_with(AssertSqlSafe(statement.sql.clone()), args).fetch_all(&mut *connection).await?;
            if !locks {
                rows.extend(got.into_iter().map(Row::Postgres));
            }
        }
    }
    sqlx::raw_sql("commit").execute(connection).await?;
    Ok(rows)
}

/// Whether the fence of a lane refused: see `RELEASE` in the script.
pub(in crate::store) fn fenced(error: &sqlx::Error) -> bool {
    const NOT_NULL: &str = "23502";
    error
        .as_database_error()
        .is_some_and(|error| error.code().as_deref() == Some(NOT_NULL) && error.table() == Some("lane"))
}

/// A statement of a part, in Postgres's words.
struct Statement {
    sql: Arc<str>,
    /// Bound after the columns of the rows.
    once: Vec<Once>,
}

/// The statements made so far.
pub(in crate::store) struct Statements {
    made: HashMap<Part, Arc<[Statement]>>,
    faults: &'static [(&'static str, &'static str)],
}

impl Statements {
    pub(in crate::store) fn new(faults: &'static [(&'static str, &'static str)]) -> Statements {
        Statements { made: HashMap::new(), faults: if cfg!(debug_assertions) { faults } else { &[] } }
    }

    fn of(&mut self, part: Part) -> Arc<[Statement]> {
        let make = || {
            let mut native = Dialect::Postgres.native(part.sql()).to_string();
            for (right, wrong) in self.faults {
                native = native.replace(right, wrong);
            }
            native.split(";\n").filter(|text| !text.trim().is_empty()).map(|text| statement(text, part)).collect()
        };
        self.made.entry(part).or_insert_with(make).clone()
    }
}

fn statement(text: &str, part: Part) -> Statement {
    let wire = if let Part::Rows(kind) = part { kind.wire() } else { "" };
    let (mut sql, mut once) = (String::new(), Vec::new());
    for piece in script::pieces(text) {
        match piece {
            Piece::Text(text) => sql.push_str(text),
            Piece::Once(named) => {
                let place = wire.len() + script::place(&mut once, named) + 1;
                let cast = match named {
                    Once::Now | Once::Batch | Once::FirstMessage => "bigint",
                    Once::Node => "text",
                    _ => "jsonb",
                };
                sql.push_str(&format!("${place}::{cast}"));
            }
            Piece::Rows => {
                let array = |(n, letter): (usize, char)| {
                    let cast = match letter {
                        'i' => "bigint[]",
                        't' => "text[]",
                        _ => "bytea[]",
                    };
                    format!("${}::{cast}", n + 1)
                };
                let arrays: Vec<String> = wire.chars().enumerate().map(array).collect();
                let names: Vec<String> = (1..=wire.len()).map(|n| format!("column{n}")).collect();
                sql.push_str(&format!("select * from unnest({}) as r({})", arrays.join(", "), names.join(", ")));
            }
        }
    }
    Statement { sql: sql.into(), once }
}

/// One column of the rows of a kind.
enum Column {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
    Blobs(Vec<Option<Vec<u8>>>),
}

fn columns(kind: Kind, values: Vec<Arg>) -> Vec<Column> {
    let wire = kind.wire();
    let mut columns: Vec<Column> = wire
        .chars()
        .map(|letter| match letter {
            'i' => Column::Ints(Vec::new()),
            't' => Column::Texts(Vec::new()),
            _ => Column::Blobs(Vec::new()),
        })
        .collect();
    for row in distinct(kind, rows(values, wire.len())) {
        for (column, value) in columns.iter_mut().zip(row) {
            match (column, value) {
                (Column::Ints(column), Arg::Int(value)) => column.push(value),
                (Column::Texts(column), Arg::Text(value)) => column.push(value.map(db::without_nul)),
                (Column::Blobs(column), Arg::Blob(value)) => column.push(value),
                (Column::Ints(column), _) => column.push(None),
                (Column::Texts(column), _) => column.push(None),
                (Column::Blobs(column), _) => column.push(None),
            }
        }
    }
    columns
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
