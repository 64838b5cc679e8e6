//! Who people are.

use super::description::{
    Copy, Export, Forget, Life, Merge, Owner, Period, Schema, Since, Table, code, id, number, table, technical, words,
};

const LAST_ANSWER: &str = "until the last answer is out";

pub(super) const TABLES: &[&Table] =
    &[&PERSON, &IDENTITY, &FORMER_IDENTITY, &PERSON_MERGE, &OPT_OUT, &SECRET, &MODEL_USE, &QUOTA, &TOKEN_RESERVATION];

const PERSON: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::Blank { rows: "true" },
    merge: Merge::By(
        "update person set
    name = coalesce(person.name, (select max(g.name) from each({merges}) as j join person as g on g.person_id = (j.value->>1)::uuid where (j.value->>0)::uuid = person.person_id)),
    language = coalesce(person.language, (select max(g.language) from each({merges}) as j join person as g on g.person_id = (j.value->>1)::uuid where (j.value->>0)::uuid = person.person_id)),
    place = case when person.lat is null and person.place is null then (
        select max(g.place) from each({merges}) as j join person as g on g.person_id = (j.value->>1)::uuid where (j.value->>0)::uuid = person.person_id) else person.place end,
    opted_out_at = coalesce(person.opted_out_at, (select min(g.opted_out_at) from each({merges}) as j join person as g on g.person_id = (j.value->>1)::uuid where (j.value->>0)::uuid = person.person_id)),
    no_marketing_at = coalesce(person.no_marketing_at, (select min(g.no_marketing_at) from each({merges}) as j join person as g on g.person_id = (j.value->>1)::uuid where (j.value->>0)::uuid = person.person_id)),
    taken_over_at = nullif(greatest(coalesce(person.taken_over_at, 0), coalesce((select max(g.taken_over_at) from each({merges}) as j join person as g on g.person_id = (j.value->>1)::uuid where (j.value->>0)::uuid = person.person_id), 0)), 0),
    taken_over_until = case when person.taken_over_by is null then (
        select max(g.taken_over_until) from each({merges}) as j join person as g on g.person_id = (j.value->>1)::uuid where (j.value->>0)::uuid = person.person_id) else person.taken_over_until end,
    taken_over_by = coalesce(person.taken_over_by, (select max(g.taken_over_by) from each({merges}) as j join person as g on g.person_id = (j.value->>1)::uuid where (j.value->>0)::uuid = person.person_id)),
    created_at = least(person.created_at, (select min(g.created_at) from each({merges}) as j join person as g on g.person_id = (j.value->>1)::uuid where (j.value->>0)::uuid = person.person_id))
where person_id in (select (value->>0)::uuid from each({merges}) as s);
",
    ),
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
            technical("taken_over_at"),
            technical("taken_over_until"),
            technical("no_marketing_at"),
            technical("forgotten_at").blank("(select max((value->>'now')::bigint) from each({forget}) as f)"),
            id("ticket").blank("null"),
            technical("ticket_at"),
            technical("staff_read"),
            technical("staff_at"),
        ],
    )
};

/// What a person is known by now.
const IDENTITY: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::AfterLastAnswer,
    merge: Merge::Move(&["person_id"]),
    export: Export::Without(&["key"]),
    ..table(
        "identity",
        Schema::Own,
        Owner::Person,
        &[
            code("kind"),
            number("value").kept(LAST_ANSWER),
            id("person_id"),
            technical("since"),
            number("pair").kept(LAST_ANSWER),
            technical("paired_at"),
            // Made of kind and value by the database.
            number("key").kept(LAST_ANSWER),
        ],
    )
};

/// What a person was known by before.
const FORMER_IDENTITY: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::AfterLastAnswer,
    merge: Merge::Anew {
        person: ("person_id", "uuid"),
        with: &["kind", "value", "since"],
        values: &["until", "reason"],
        order: "t.until desc",
        set: None,
    },
    export: Export::Without(&[]),
    ..table(
        "former_identity",
        Schema::Own,
        Owner::Person,
        &[
            code("kind"),
            number("value").kept(LAST_ANSWER),
            id("person_id"),
            technical("since"),
            technical("until"),
            code("reason"),
        ],
    )
};

const PERSON_MERGE: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::Keep("random ids of ours, of rows that say nothing more"),
    merge: Merge::By(
        "update person_merge set person_id = (j.value->>0)::uuid from each({merges}) as j where person_merge.person_id = (j.value->>1)::uuid;
insert into person_merge (person_id, merged_person_id, merged_at, who)
select (value->>0)::uuid, (value->>1)::uuid, {now}, value->>2 from each({merges}) as j where true on conflict do nothing;
",
    ),
    export: Export::Without(&["who"]),
    ..table(
        "person_merge",
        Schema::Own,
        Owner::Person,
        &[id("person_id"), id("merged_person_id"), technical("merged_at"), technical("who")],
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
    merge: Merge::By(
        "insert into model_use (day, agent, person_id, questions, tokens)
select u.day, u.agent, (j.value->>0)::uuid, sum(u.questions)::bigint, sum(u.tokens)::bigint
from model_use as u join each({merges}) as j on u.person_id = (j.value->>1)::uuid group by u.day, u.agent, j.value->>0
on conflict (day, agent, person_id) do update set questions = model_use.questions + excluded.questions, tokens = model_use.tokens + excluded.tokens;
delete from model_use where person_id in (select (value->>1)::uuid from each({merges}) as j);
",
    ),
    export: Export::Without(&[]),
    life: Life::For { period: Period::Events, since: Since::Days("day"), key: "day", which: "true" },
    ..table(
        "model_use",
        Schema::Own,
        Owner::Person,
        &[technical("day"), code("agent"), id("person_id"), technical("questions"), technical("tokens")],
    )
};

/// What was used of quotas: anyone who is forgotten does not get them anew.
const QUOTA: Table = Table {
    of_person: Some("person in ({texts})"),
    forget: Forget::Keep("counts, by a random id of ours"),
    merge: Merge::By(
        "insert into quota (since, what, agent, person, used, most)
select q.since, q.what, q.agent, j.value->>0,
    case when sum(q.used) > max(q.most) then max(q.most) else sum(q.used)::bigint end, max(q.most)
from quota as q join each({merges}) as j on q.person = j.value->>1 group by q.since, q.what, q.agent, j.value->>0
on conflict (since, what, agent, person) do update
set used = case when quota.used + excluded.used > quota.most then quota.most else quota.used + excluded.used end;
delete from quota where person in (select value->>1 from each({merges}) as j);
",
    ),
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
    merge: Merge::Move(&["person_id"]),
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
