//! What the business's people do in persons' place.

use super::description::{
    Copy, Export, Forget, Life, Merge, Owner, Period, Schema, Since, Table, code, id, table, technical, words,
};

pub(super) const TABLES: &[&Table] = &[&DESK_WORD, &DESK_NOTE, &DESK_EVENT, &DESK_RATING, &CANNED];

/// As long as messages.
const DESK_WORD: Table = Table {
    of_person: Some("person_id in ({persons})"),
    held: Some("answers of staff"),
    forget: Forget::Delete,
    merge: Merge::Move(&["person_id"]),
    export: Export::Without(&[]),
    life: Life::For { period: Period::Events, since: Since::Millis("at"), key: "at", which: "true" },
    ..table(
        "desk_word",
        Schema::Own,
        Owner::Person,
        &[id("word_id"), id("person_id"), id("number"), technical("at"), words("who"), words("words")],
    )
};

const DESK_NOTE: Table = Table {
    of_person: Some("person_id in ({persons})"),
    held: Some("notes of staff"),
    forget: Forget::Delete,
    merge: Merge::Move(&["person_id"]),
    export: Export::Without(&[]),
    life: Life::For { period: Period::Events, since: Since::Millis("at"), key: "note_id", which: "true" },
    ..table(
        "desk_note",
        Schema::Own,
        Owner::Person,
        &[id("note_id"), id("person_id"), id("number"), technical("at"), words("who"), words("words")],
    )
};

/// An outbox: what was not taken for so long is not posted any more. A copy posts nothing again.
const DESK_EVENT: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::Delete,
    merge: Merge::Move(&["person_id"]),
    export: Export::Nothing("what it names stands in messages, tickets and staff's words"),
    copy: Copy::Not,
    life: Life::For { period: Period::Deduplication, since: Since::Millis("at"), key: "event_id", which: "true" },
    ..table(
        "desk_event",
        Schema::Own,
        Owner::Person,
        &[
            id("event_id"),
            id("person_id"),
            code("kind"),
            id("number"),
            id("message_id"),
            id("word_id"),
            words("who"),
            technical("at"),
            technical("attempts"),
            technical("due_at"),
            technical("posted_at"),
        ],
    )
};

/// Stays for reports.
const DESK_RATING: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::Keep("a thumb up or down, by a random id of ours"),
    merge: Merge::Move(&["person_id"]),
    export: Export::Without(&[]),
    life: Life::For { period: Period::Events, since: Since::Millis("asked_at"), key: "asked_at", which: "true" },
    ..table(
        "desk_rating",
        Schema::Own,
        Owner::Person,
        &[
            id("rating_id"),
            id("person_id"),
            id("number"),
            technical("who"),
            technical("asked_at"),
            technical("rated_at"),
            technical("good"),
        ],
    )
};

const CANNED: Table = table(
    "canned",
    Schema::Own,
    Owner::Business,
    &[code("name"), code("language"), technical("words"), technical("updated_at"), technical("updated_by")],
);
