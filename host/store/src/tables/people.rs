//! Who people are.

use super::description::{
    Copy, Export, Forget, Life, Owner, Period, Schema, Since, Table, code, id, number, table, technical, words,
};

const LAST_ANSWER: &str = "until the last answer is out";

pub(super) const TABLES: &[&Table] =
    &[&PERSON, &IDENTITY, &PERSON_MERGE, &OPT_OUT, &SECRET, &MODEL_USE, &QUOTA, &TOKEN_RESERVATION];

const PERSON: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::Blank { rows: "true" },
    export: Export::Without(&[]),
    ..table(
        "person",
        Schema::Own,
        Owner::Person,
        &[
            id("person_id"),
            technical("bucket"),
            number("phone").kept(LAST_ANSWER),
            number("user_id").kept(LAST_ANSWER),
            words("name").blank("null"),
            words("language").blank("null"),
            words("lat").blank("null"),
            words("lng").blank("null"),
            words("place").blank("null"),
            technical("opted_out_at"),
            technical("created_at"),
            words("taken_over_by").blank("null"),
            technical("forgotten_at").blank("(select max((value->>'now')::bigint) from each({forget}) as f)"),
        ],
    )
};

const IDENTITY: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::AfterLastAnswer,
    export: Export::Without(&[]),
    ..table(
        "identity",
        Schema::Own,
        Owner::Person,
        &[code("kind"), number("value").kept(LAST_ANSWER), id("person_id"), technical("since")],
    )
};

const PERSON_MERGE: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::Keep("random ids of ours, of rows that say nothing more"),
    export: Export::Without(&[]),
    ..table(
        "person_merge",
        Schema::Own,
        Owner::Person,
        &[id("person_id"), id("merged_person_id"), technical("merged_at")],
    )
};

/// Who said stop and was forgotten after it.
const OPT_OUT: Table = table(
    "opt_out",
    Schema::Own,
    Owner::Nobody,
    &[
        technical("hash").kept(
            "HMAC-SHA256 of a number under the database's own key: who said stop is not written to after *forget me*",
        ),
        technical("at"),
    ],
);

/// The database's own keys.
const SECRET: Table =
    Table { copy: Copy::Replace, ..table("secret", Schema::Own, Owner::Nobody, &[code("name"), technical("value")]) };

const MODEL_USE: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::Keep("counts, by a random id of ours"),
    export: Export::Without(&[]),
    life: Life::For { period: Period::Events, since: Since::Days("day"), key: "day", which: "true" },
    ..table(
        "model_use",
        Schema::Own,
        Owner::Person,
        &[technical("day"), code("agent"), id("person_id"), technical("questions"), technical("tokens")],
    )
};

/// What was used of quotas: whoever is forgotten does not get them anew.
const QUOTA: Table = Table {
    of_person: Some("person in ({texts})"),
    forget: Forget::Keep("counts, by a random id of ours"),
    export: Export::Without(&[]),
    life: Life::For { period: Period::Deduplication, since: Since::Millis("since"), key: "since", which: "true" },
    ..table(
        "quota",
        Schema::Own,
        Owner::Person,
        &[technical("since"), code("what"), code("agent"), id("person"), technical("used"), technical("most")],
    )
};

/// For the time of a question.
const TOKEN_RESERVATION: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::Keep("counts, by a random id of ours, for minutes"),
    export: Export::Nothing("counts of questions that are under way"),
    copy: Copy::Not,
    ..table(
        "token_reservation",
        Schema::Own,
        Owner::Person,
        &[
            id("reservation_id"),
            technical("since"),
            code("agent"),
            id("person_id"),
            technical("tokens"),
            technical("prompt"),
            technical("until_at"),
        ],
    )
};
