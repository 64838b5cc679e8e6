//! The tables of the deployment checklist that hold people's things, and what hangs on listings.

use super::description::{
    Export, Forget, Life, Merge, Owner, Period, Schema, Since, Table, code, id, number, table, technical, words,
};

pub(super) const TABLES: &[&Table] =
    &[&SESSIONS, &LISTINGS, &LISTING_WORD, &LISTING_REPORT, &APPLICATIONS, &MATCHES, &EVENTS, &TEST_EVENT];

/// Of two conversations on one business number the later goes on.
const MERGE_SESSIONS: &str = "
update unified_sessions set status = 'completed' where id in (select id from (
    select s.id as id, row_number() over (partition by coalesce((j.value->>0)::uuid, s.user_id), s.business_number order by s.last_message_at desc, s.id) as nth
    from unified_sessions as s left join each({merges}) as j on s.user_id = (j.value->>1)::uuid
    where s.status = 'active' and s.user_id in (
        select (value->>0)::uuid from each({merges}) as t union all select (value->>1)::uuid from each({merges}) as g)) as ordered where nth > 1);
update unified_sessions set user_id = (j.value->>0)::uuid from each({merges}) as j where unified_sessions.user_id = (j.value->>1)::uuid;
";

/// Of two contacts about one listing the one that is further stays; nobody is in contact with themselves.
const MERGE_MATCHES: &str = "
delete from unified_matches where id in (select id from (
    select m.id as id, row_number() over (partition by coalesce((j.value->>0)::uuid, m.seeker_user_id), m.listing_id
        order by case m.status when 'accepted' then 0 when 'rejected' then 1 when 'contacted' then 2 else 3 end, m.created_at, m.id) as nth
    from unified_matches as m left join each({merges}) as j on m.seeker_user_id = (j.value->>1)::uuid
    where m.seeker_user_id in (
        select (value->>0)::uuid from each({merges}) as t union all select (value->>1)::uuid from each({merges}) as g)) as ordered where nth > 1);
update unified_matches set seeker_user_id = (j.value->>0)::uuid from each({merges}) as j where unified_matches.seeker_user_id = (j.value->>1)::uuid;
update unified_matches set owner_user_id = (j.value->>0)::uuid from each({merges}) as j where unified_matches.owner_user_id = (j.value->>1)::uuid;
delete from unified_matches where seeker_user_id = owner_user_id and seeker_user_id in (select (value->>0)::uuid from each({merges}) as j);
";

const SESSIONS: Table = Table {
    of_person: Some("user_id in ({persons})"),
    forget: Forget::Blank { rows: "true" },
    merge: Merge::By(MERGE_SESSIONS),
    export: Export::Without(&[]),
    life: Life::For {
        period: Period::Events,
        since: Since::Instant("updated_at"),
        key: "updated_at",
        which: "status <> 'active'",
    },
    ..table(
        "unified_sessions",
        Schema::Public,
        Owner::Person,
        &[
            id("id"),
            number("user_phone").blank("null"),
            id("user_id"),
            code("business_number"),
            code("current_agent"),
            code("active_flow").blank("null"),
            code("flow_step").blank("null"),
            words("collected_data").blank("'{}'"),
            words("conversation_history").blank("'[]'"),
            words("offered").blank("null"),
            words("location").blank("null"),
            code("status").blank("'completed'"),
            code("last_message_at"),
            code("created_at"),
            code("updated_at"),
            code("expires_at"),
            code("agent_version"),
            words("kept_flow").blank("null"),
            words("open_things").blank("null"),
        ],
    )
};

const LISTINGS: Table = Table {
    of_person: Some("owner_user_id in ({persons})"),
    held: Some("listings"),
    forget: Forget::Delete,
    merge: Merge::Move(&["owner_user_id"]),
    export: Export::Without(&["search"]),
    ..table(
        "unified_listings",
        Schema::Public,
        Owner::Person,
        &[
            id("id"),
            number("owner_phone"),
            id("owner_user_id"),
            code("domain"),
            code("listing_type"),
            words("title"),
            words("description"),
            words("category"),
            words("price"),
            words("price_max"),
            code("currency"),
            code("price_unit"),
            words("location_text"),
            words("lat"),
            words("lng"),
            words("attributes"),
            words("images"),
            code("contact_policy"),
            code("status"),
            code("source_agent"),
            code("created_at"),
            code("updated_at"),
            code("expires_at"),
            code("hidden_at"),
            code("matched_at"),
            // Postgres only, made of the others.
            words("search"),
        ],
    )
};

const LISTING_WORD: Table = Table {
    of_person: Some("listing_id in (select id from unified_listings where owner_user_id in ({persons}))"),
    forget: Forget::DeleteWith("unified_listings"),
    export: Export::Nothing("stems of what stands in the listing"),
    ..table("listing_word", Schema::Own, Owner::Person, &[words("word"), id("listing_id")])
};

const LISTING_REPORT: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::Delete,
    merge: Merge::Anew {
        person: ("person_id", "uuid"),
        with: &["listing_id"],
        values: &["reason", "created_at"],
        order: "t.created_at",
        set: None,
    },
    export: Export::Without(&[]),
    ..table(
        "listing_report",
        Schema::Own,
        Owner::Person,
        &[id("listing_id"), id("person_id"), words("reason"), technical("created_at")],
    )
};

const APPLICATIONS: Table = Table {
    of_person: Some("applicant_user_id in ({persons})"),
    held: Some("applications"),
    forget: Forget::Delete,
    merge: Merge::First {
        person: "applicant_user_id",
        with: "r.listing_id, r.reference",
        id: "id",
        order: "r.goes, r.created_at, r.id",
    },
    export: Export::Without(&[]),
    ..table(
        "unified_applications",
        Schema::Public,
        Owner::Person,
        &[
            id("id"),
            id("listing_id"),
            id("reference"),
            number("applicant_phone"),
            id("applicant_user_id"),
            code("domain"),
            words("message"),
            words("attributes"),
            code("status"),
            code("responded_at"),
            code("created_at"),
        ],
    )
};

const MATCHES: Table = Table {
    of_person: Some("(seeker_user_id in ({persons}) or owner_user_id in ({persons}))"),
    held: Some("contacts"),
    forget: Forget::Delete,
    merge: Merge::By(MERGE_MATCHES),
    export: Export::Without(&[]),
    ..table(
        "unified_matches",
        Schema::Public,
        Owner::Person,
        &[
            id("id"),
            id("listing_id"),
            number("seeker_phone"),
            number("owner_phone"),
            id("seeker_user_id"),
            id("owner_user_id"),
            code("domain"),
            technical("distance_km"),
            technical("match_score"),
            code("status"),
            code("seeker_notified_at"),
            code("owner_notified_at"),
            code("created_at"),
        ],
    )
};

const EVENTS: Table = Table {
    of_person: Some("user_id in ({persons})"),
    forget: Forget::Blank { rows: "true" },
    merge: Merge::Move(&["user_id"]),
    export: Export::Without(&[]),
    life: Life::For { period: Period::Events, since: Since::Instant("created_at"), key: "created_at", which: "true" },
    ..table(
        "unified_agent_events",
        Schema::Public,
        Owner::Person,
        &[
            id("id"),
            id("correlation_id"),
            number("user_phone").blank("null"),
            id("user_id").kept("counts, by a random id of ours"),
            code("agent_type"),
            code("intent_type"),
            code("flow_name"),
            words("payload").blank("'{}'"),
            words("response_text").blank("null"),
            words("tool_calls").blank("'[]'"),
            technical("duration_ms"),
            code("created_at"),
            technical("waited_ms"),
        ],
    )
};

/// Events of turns on test numbers.
const TEST_EVENT: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::Delete,
    merge: Merge::Move(&["person_id"]),
    export: Export::Without(&[]),
    life: Life::For { period: Period::Events, since: Since::Millis("created_at"), key: "created_at", which: "true" },
    ..table(
        "test_event",
        Schema::Own,
        Owner::Person,
        &[
            id("message_id"),
            id("epoch"),
            id("person_id"),
            code("agent"),
            code("reason"),
            words("payload"),
            technical("duration_ms"),
            technical("waited_ms"),
            technical("created_at"),
        ],
    )
};
