//! What agents keep for people beside listings.

use super::description::{
    Export, Forget, Life, Merge, Owner, Period, Schema, Since, Table, code, id, table, technical, words,
};

pub(super) const TABLES: &[&Table] =
    &[&RECORD, &PREFERENCES, &SAVED_SEARCH, &NOTICE, &TEMPLATE_SENT, &SEARCH_TOLD, &TICKET, &TICKET_WORD, &AGENT_MUTE];

/// Those of no person are the agents' own.
const RECORD: Table = Table {
    of_person: Some("person_id in ({texts})"),
    held: Some("records"),
    forget: Forget::Delete,
    merge: Merge::Anew {
        person: ("person_id", "text"),
        with: &["agent", "collection", "key"],
        values: &["value", "updated_at"],
        order: "t.updated_at desc",
        set: Some(
            "value = excluded.value, updated_at = excluded.updated_at where excluded.updated_at > record.updated_at",
        ),
    },
    export: Export::Without(&[]),
    ..table(
        "record",
        Schema::Own,
        Owner::Person,
        &[code("agent"), id("person_id"), code("collection"), words("key"), words("value"), technical("updated_at")],
    )
};

const PREFERENCES: Table = Table {
    of_person: Some("user_id in ({persons})"),
    held: Some("preferences"),
    forget: Forget::Delete,
    merge: Merge::Anew {
        person: ("user_id", "uuid"),
        with: &["name"],
        values: &["value", "updated_at"],
        order: "t.updated_at desc",
        set: Some(
            "value = excluded.value, updated_at = excluded.updated_at where excluded.updated_at > user_preferences.updated_at",
        ),
    },
    export: Export::Without(&[]),
    ..table(
        "user_preferences",
        Schema::Public,
        Owner::Person,
        &[id("user_id"), code("name"), words("value"), technical("updated_at")],
    )
};

const SAVED_SEARCH: Table = Table {
    of_person: Some("person_id in ({persons})"),
    held: Some("searches"),
    forget: Forget::Delete,
    merge: Merge::Move(&["person_id"]),
    export: Export::Without(&[]),
    ..table(
        "saved_search",
        Schema::Own,
        Owner::Person,
        &[id("search_id"), code("agent"), id("person_id"), code("business"), words("query"), technical("created_at")],
    )
};

/// Word to come. What others would yet be told of a person's listings goes too: see [`text`](super::text).
const NOTICE: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::Delete,
    merge: Merge::First {
        person: "person_id",
        // Only timers have keys: others have their own.
        with: "r.agent, coalesce(r.key, r.notice_id::text)",
        id: "notice_id",
        order: "r.created_at desc, r.notice_id desc",
    },
    export: Export::Without(&[]),
    ..table(
        "notice",
        Schema::Own,
        Owner::Person,
        &[
            id("notice_id"),
            code("agent"),
            id("person_id"),
            code("business"),
            words("key"),
            words("content"),
            technical("run_at"),
            technical("waits"),
            technical("created_at"),
            technical("seen_at"),
            id("origin"),
            technical("told_at"),
            words("template"),
            technical("until_at"),
            technical("depth"),
        ],
    )
};

/// Swept when its hours are long over.
const AGENT_MUTE: Table = Table {
    life: Life::For { period: Period::Deduplication, since: Since::Millis("until_at"), key: "until_at", which: "true" },
    ..table(
        "agent_mute",
        Schema::Own,
        Owner::Business,
        &[code("agent"), technical("muted_at"), technical("until_at"), technical("notices"), technical("answers")],
    )
};

/// While a listing is told to many.
const SEARCH_TOLD: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::Delete,
    merge: Merge::Anew {
        person: ("person_id", "uuid"),
        with: &["listing_id"],
        values: &[],
        order: "t.listing_id",
        set: None,
    },
    export: Export::Without(&[]),
    ..table("search_told", Schema::Own, Owner::Person, &[id("listing_id"), id("person_id")])
};

/// What came of it stands in the outbox.
const TEMPLATE_SENT: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::Delete,
    merge: Merge::Anew {
        person: ("person_id", "uuid"),
        with: &["business"],
        values: &["sent_at", "outbox_id"],
        order: "t.sent_at desc",
        set: Some(
            "sent_at = excluded.sent_at, outbox_id = excluded.outbox_id where excluded.sent_at > template_sent.sent_at",
        ),
    },
    export: Export::Without(&[]),
    ..table(
        "template_sent",
        Schema::Own,
        Owner::Person,
        &[id("person_id"), code("business"), technical("sent_at"), id("outbox_id")],
    )
};

const TICKET: Table = Table {
    of_person: Some("person_id in ({persons})"),
    held: Some("tickets"),
    forget: Forget::Blank { rows: "true" },
    merge: Merge::Move(&["person_id"]),
    export: Export::Without(&[]),
    ..table(
        "ticket",
        Schema::Own,
        Owner::Person,
        &[
            id("number"),
            id("person_id"),
            code("business"),
            code("agent"),
            words("subject").blank("''"),
            words("details").blank("''"),
            code("priority"),
            code("status").blank("'closed'"),
            technical("opened_at"),
            technical("notified_at"),
            id("message_id"),
            code("why"),
            technical("changed_at"),
        ],
    )
};

const TICKET_WORD: Table = Table {
    of_person: Some("number in (select number from ticket where person_id in ({persons}))"),
    forget: Forget::Delete,
    export: Export::Without(&[]),
    ..table(
        "ticket_word",
        Schema::Own,
        Owner::Person,
        &[id("number"), technical("at"), words("who"), words("words"), id("message_id")],
    )
};
