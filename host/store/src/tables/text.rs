//! The statements that are made from the descriptions.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    all::ALL,
    description::{Column, Export, Forget, Life, Period, Remains, Since, Table},
};
use crate::stored::{FORGOTTEN_SQL, NOTICE_LISTING};

/// The persons that a row of `{forget}` names and all that were merged into them.
const FORGOTTEN: &str = "with recursive gone (id) as (select (value->>'person')::uuid from each({forget}) as f
    union select m.merged_person_id from person_merge as m join gone on m.person_id = gone.id) select id from gone";

/// The same of `$1`.
const ONE: &str = "with recursive gone (id) as (select $1::uuid
    union select m.merged_person_id from person_merge as m join gone on m.person_id = gone.id) select id from gone";

impl Table {
    /// Which of its rows are of these persons.
    fn rows_of(&self, persons: &str) -> Option<String> {
        let texts = persons.replace(" id from gone", " id::text from gone");
        Some(self.of_person?.replace("{persons}", persons).replace("{texts}", &texts))
    }

    /// What is set in rows that stay though their person is forgotten.
    fn blanks(&self) -> String {
        let blank = |column: &Column| match column.forget {
            Remains::Blank(sql) => Some(format!("{} = {sql}", column.name)),
            Remains::AsItIs | Remains::Kept(_) => None,
        };
        self.columns.iter().filter_map(blank).collect::<Vec<_>>().join(", ")
    }

    /// What ends a person's rows; none where they stay or go otherwise.
    fn end(&self) -> Option<String> {
        let rows = self.rows_of(FORGOTTEN)?;
        let name = self.name;
        match self.forget {
            Forget::Delete => Some(format!("delete from {name} where {rows};\n")),
            Forget::Blank { rows: which } => {
                Some(format!("update {name} set {} where {which} and {rows};\n", self.blanks()))
            }
            Forget::Nothing | Forget::DeleteWith(_) | Forget::AfterLastAnswer | Forget::Keep(_) => None,
        }
    }
}

/// The statements that end what is held about the persons of `{forget}`: all but what waits for their last answer.
pub(in crate::tables) fn end_all() -> String {
    let listings = format!("(select id::text from unified_listings where owner_user_id in ({FORGOTTEN}))");
    // What others would yet be told of their listings.
    let told = format!(
        "delete from notice where {NOTICE_LISTING} in {listings};
update message set state = 'stored', content = {FORGOTTEN_SQL} where state = 'queued' and kind = 'notice' and {NOTICE_LISTING} in {listings};
"
    );
    // Rows go before those that they are found by.
    let ends = ALL.iter().rev().filter_map(|table| table.end());
    std::iter::once(told).chain(ends).collect()
}

/// The same, made once.
pub(crate) fn forget() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(end_all);
    &TEXT
}

/// Which rows of a table are those of the person `$1`; none where there is no such table or its rows are nobody's.
pub(crate) fn of_person(table: &'static str) -> &'static str {
    static TEXTS: LazyLock<HashMap<&'static str, String>> =
        LazyLock::new(|| ALL.iter().filter_map(|table| Some((table.name, table.rows_of(ONE)?))).collect());
    TEXTS.get(table).map_or("false", String::as_str)
}

/// What is held about the person `$1`: a row with a name and a count for each table that is counted.
pub(crate) fn held() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let count = |table: &&Table| {
            Some(format!("select '{}', count(*) from {} where {}", table.held?, table.name, table.rows_of(ONE)?))
        };
        ALL.iter().filter_map(count).collect::<Vec<_>>().join(" union all ")
    });
    &TEXT
}

/// The tables that an export gives out: name, which rows, and the columns that are left out.
pub(crate) fn export() -> impl Iterator<Item = (&'static str, &'static str, &'static [&'static str])> {
    ALL.iter().filter_map(|table| match table.export {
        Export::Without(columns) => Some((table.name, of_person(table.name), columns)),
        Export::Nothing(_) => None,
    })
}

/// A sweep of one table, page by page. Its marks `$1`, `$2`, `$3` and its columns are in the unit of [`Sweep::unit`].
pub(crate) struct Sweep {
    /// The table.
    pub(crate) table: &'static str,
    /// How long its rows live.
    pub(crate) period: Period,
    /// What pages are counted in.
    pub(crate) unit: Unit,
    /// SQL: the last key of the page after `$1` and the earliest time in it.
    pub(crate) page: String,
    /// SQL: deletes what is older than `$3` of the page from `$1` to `$2`.
    pub(crate) delete: String,
}

/// What a sweep's pages and times are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Ids or milliseconds, as they stand in the table.
    Number,
    /// Days since 1970, as they stand in the table.
    Days,
    /// Milliseconds since 1970; the table has instants, which are bound as texts.
    Instant,
}

/// Rows in one page: the writer is not kept from its work.
const PAGE: u32 = 2000;

/// The sweeps of all tables whose rows have an end.
pub(crate) fn sweeps() -> &'static [Sweep] {
    static SWEEPS: LazyLock<Vec<Sweep>> = LazyLock::new(|| ALL.iter().filter_map(|table| sweep(table)).collect());
    &SWEEPS
}

fn sweep(table: &Table) -> Option<Sweep> {
    let Life::For { period, since, key, which } = table.life else { return None };
    let name = table.name;
    let (since, unit) = match since {
        Since::Millis(column) => (column, Unit::Number),
        Since::Days(column) => (column, Unit::Days),
        Since::Instant(column) => (column, Unit::Instant),
    };
    // Finer than a millisecond is only what others than the host wrote: a page ends after its last millisecond.
    let (last, earliest, cast) = match unit {
        Unit::Number | Unit::Days => ("max(page_key)", "min(page_time)", ""),
        Unit::Instant => ("max(ms(page_key)) + 1", "min(ms(page_time))", "::timestamptz"),
    };
    // A table whose pages are made by time has no key but the time of what is swept.
    let paged = if key == since { which } else { "true" };
    Some(Sweep {
        table: name,
        period,
        unit,
        page: format!(
            "select {last}, {earliest} from (select {key} as page_key, {since} as page_time from {name}
             where {key} > $1{cast} and {paged} order by {key} limit {PAGE}) as page"
        ),
        delete: format!(
            "delete from {name} where {key} > $1{cast} and {key} <= $2{cast} and {since} < $3{cast} and {which}"
        ),
    })
}
