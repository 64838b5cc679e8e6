//! What a description of a table says.

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name, alike on both databases.
    pub name: &'static str,
    /// The schema it is in, on Postgres.
    pub schema: Schema,
    /// Whose its rows are.
    pub owner: Owner,
    /// SQL: which rows are a person's. `{persons}` stands for the ids of the person and of those that were merged into them, as uuids;
    /// `{texts}` for the same as texts.
    pub of_person: Option<&'static str>,
    /// What its rows are called among what is held about a person; none where they are not counted.
    pub held: Option<&'static str>,
    /// What becomes of a person's rows when they are forgotten.
    pub forget: Forget,
    /// What becomes of a person's rows when they go into another.
    pub merge: Merge,
    /// What a person's export gives of it.
    pub export: Export,
    /// Whether and how `db copy` takes it.
    pub copy: Copy,
    /// How long its rows live.
    pub life: Life,
    /// Its columns, in the order of the catalogue of SQLite.
    pub columns: &'static [Column],
}

/// A schema of Postgres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// `switchboard`: the host's own.
    Own,
    /// `public`: what the deployment checklist and operators name.
    Public,
}

/// Whose rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A person's.
    Person,
    /// The business's.
    Business,
    /// Nobody's: the hosts' own.
    Nobody,
}

/// What becomes of a person's rows when they are forgotten.
#[derive(Clone, Copy, Debug)]
pub enum Forget {
    /// They are nobody's.
    Nothing,
    /// They go.
    Delete,
    /// They go with the rows of another table, by a foreign key.
    DeleteWith(&'static str),
    /// Their columns are blanked, as each column says; those of these rows only (SQL).
    Blank {
        /// SQL: of a person's rows, those that are blanked.
        rows: &'static str,
    },
    /// They go, or are blanked, once the person's last answer is out; see [`forget`](super::forget).
    AfterLastAnswer,
    /// They stay; why.
    Keep(&'static str),
}

/// What becomes of a table's rows when their person goes into another.
#[derive(Clone, Copy, Debug)]
pub enum Merge {
    /// They are of no person, or found by rows that move.
    Nothing,
    /// They move: the columns with persons' ids.
    Move(&'static [&'static str]),
    /// They move; of several that would have the same key, the first stays.
    First {
        /// The column with the person's id.
        person: &'static str,
        /// SQL: the key beside it, of `r`.
        with: &'static str,
        /// The row's own key.
        id: &'static str,
        /// SQL: what makes one the first, of `r`. `r.goes` is 1 for a row of the one who goes.
        order: &'static str,
    },
    /// They move, made anew since the person is a part of their own key.
    Anew {
        /// The column with the person's id, and its type.
        person: (&'static str, &'static str),
        /// The columns of the key beside it.
        with: &'static [&'static str],
        /// The other columns.
        values: &'static [&'static str],
        /// SQL: of several of one key, this one first.
        order: &'static str,
        /// SQL: what is set where the one who stays has that key; nothing if none.
        set: Option<&'static str>,
    },
    /// These statements.
    By(&'static str),
}

/// What a person's export gives of a table.
#[derive(Clone, Copy, Debug)]
pub enum Export {
    /// All columns but these.
    Without(&'static [&'static str]),
    /// Nothing; why.
    Nothing(&'static str),
}

/// Whether and how a table is copied from a file to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copy {
    /// Its rows, into an empty table.
    Rows,
    /// Its rows, in the place of what the migrations put there.
    Replace,
    /// Not: it speaks of hosts that run, and they make it anew.
    Not,
}

/// How long rows live.
#[derive(Clone, Copy, Debug)]
pub enum Life {
    /// As long as what they belong to, or until somebody ends them.
    Kept,
    /// So long after a time, then they are swept.
    For {
        /// How long.
        period: Period,
        /// The column with the time.
        since: Since,
        /// The column that pages are made by: the time itself, or an id that grows with time.
        key: &'static str,
        /// SQL: which rows are swept; the others stay however old they are.
        which: &'static str,
    },
}

/// A column with a time, by its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Milliseconds since 1970.
    Millis(&'static str),
    /// Days since 1970. Pages are made by it.
    Days(&'static str),
    /// A `timestamptz`; ISO 8601 on SQLite. Pages are made by it.
    Instant(&'static str),
}

/// How long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// As long as Meta delivers again, and a day.
    Deduplication,
    /// `RAW_DAYS`.
    Raw,
    /// `JOURNAL_DAYS`.
    Journal,
    /// The longest of the three above: a message is what its delivery and journal are found by.
    Longest,
    /// `EVENT_DAYS`: what reports are made of.
    Events,
    /// `FILES_DAYS`: files that nothing names.
    Files,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// What becomes of it when its row stays though its person is forgotten.
    pub forget: Remains,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// What a person wrote or was told, or what is known of them: texts, JSON, raw bodies, places.
    Words,
    /// What a person is known by outside: a phone number or a user id.
    Number,
    /// An id of ours or of Meta's.
    Id,
    /// A word of a fixed list, an agent's name, a version, a time as text, a business number.
    Code,
    /// Counts, times, flags, technical texts and configuration of the business: nothing of a person.
    Technical,
}

/// What becomes of a column when its row stays.
#[derive(Clone, Copy, Debug)]
pub enum Remains {
    /// It stays: it says nothing of a person.
    AsItIs,
    /// It is set to this (SQL).
    Blank(&'static str),
    /// It stays though it is a person's; why.
    Kept(&'static str),
}

impl Table {
    /// Its name with its schema, on Postgres.
    pub(crate) fn full_name(&self) -> String {
        match self.schema {
            Schema::Own => format!("switchboard.{}", self.name),
            Schema::Public => format!("public.{}", self.name),
        }
    }
}

impl Column {
    pub(in crate::tables) const fn of(name: &'static str, holds: Holds) -> Column {
        Column { name, holds, forget: Remains::AsItIs }
    }

    /// Set to this when its row stays though its person is forgotten.
    pub(in crate::tables) const fn blank(self, sql: &'static str) -> Column {
        Column { forget: Remains::Blank(sql), ..self }
    }

    /// Stays, for this reason.
    pub(in crate::tables) const fn kept(self, reason: &'static str) -> Column {
        Column { forget: Remains::Kept(reason), ..self }
    }
}

pub(in crate::tables) const fn words(name: &'static str) -> Column {
    Column::of(name, Holds::Words)
}

pub(in crate::tables) const fn number(name: &'static str) -> Column {
    Column::of(name, Holds::Number)
}

pub(in crate::tables) const fn id(name: &'static str) -> Column {
    Column::of(name, Holds::Id)
}

pub(in crate::tables) const fn code(name: &'static str) -> Column {
    Column::of(name, Holds::Code)
}

pub(in crate::tables) const fn technical(name: &'static str) -> Column {
    Column::of(name, Holds::Technical)
}

/// A table of which nothing is said yet but its name and columns.
pub(in crate::tables) const fn table(
    name: &'static str,
    schema: Schema,
    owner: Owner,
    columns: &'static [Column],
) -> Table {
    Table {
        name,
        schema,
        owner,
        of_person: None,
        held: None,
        forget: Forget::Nothing,
        merge: Merge::Nothing,
        export: Export::Nothing("it is nobody's"),
        copy: Copy::Rows,
        life: Life::Kept,
        columns,
    }
}

/// A table of the hosts' own, which a copy leaves.
pub(in crate::tables) const fn of_hosts(name: &'static str, columns: &'static [Column]) -> Table {
    Table { copy: Copy::Not, ..table(name, Schema::Own, Owner::Nobody, columns) }
}
