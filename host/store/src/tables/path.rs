//! The path of a message: what came, where it waits, what was made of it and what went out.

use super::description::{
    Export, Forget, Life, Merge, Owner, Period, Schema, Since, Table, code, id, number, table, technical, words,
};

pub(super) const TABLES: &[&Table] = &[&DELIVERY, &LANE, &MESSAGE, &FILE, &OUTBOX, &STATUS, &JOURNAL];

const DELIVERY: Table = Table {
    of_person: Some(
        "delivery_id in (select m.delivery_id from message as m join lane as l using (lane_id) where l.person_id in ({persons}))",
    ),
    forget: Forget::Blank { rows: "true" },
    export: Export::Nothing("a raw body repeats what stands in messages, and may hold other people's"),
    life: Life::For {
        period: Period::Raw,
        since: Since::Millis("received_at"),
        key: "delivery_id",
        // The body of a held message goes to the legacy service once it is released.
        which: "delivery_id not in (select delivery_id from message where state = 'held' and delivery_id is not null)",
    },
    ..table(
        "delivery",
        Schema::Own,
        Owner::Person,
        &[
            id("delivery_id"),
            technical("received_at"),
            words("body").blank("coalesce(substr(body, 1, 0), body)"),
            words("unreadable").blank("case when unreadable is not null then 'forgotten' end"),
            technical("host"),
        ],
    )
};

/// Lanes of a person who is merged into another become that one's; where that one has a lane of the business number, what is in theirs moves
/// there, and it names that lane. A turn that runs in one of them is done again.
const MERGE_LANES: &str = "
update lane set person_id = (j.value->>0)::uuid, epoch = epoch + 1, lease_owner = null, lease_until = 0, claims = 0 from each({merges}) as j
where lane.person_id = (j.value->>1)::uuid and lane.lane_id in (select lane_id from (
    select l.lane_id as lane_id, row_number() over (partition by m.value->>0, l.business order by l.lane_id) as nth
    from lane as l join each({merges}) as m on l.person_id = (m.value->>1)::uuid
    where l.moved_to is null and not exists (select 1 from lane as o where o.person_id = (m.value->>0)::uuid and o.business = l.business)) as ordered
    where nth = 1);
update lane set moved_to = (select o.lane_id from lane as o where o.person_id = (j.value->>0)::uuid and o.business = lane.business),
    epoch = epoch + 1, lease_owner = null, lease_until = 0, claims = 0 from each({merges}) as j
where lane.person_id = (j.value->>1)::uuid;
update lane set
    wrote_at = greatest(lane.wrote_at, coalesce((select max(g.wrote_at) from lane as g where g.moved_to = lane.lane_id), 0)),
    pair_at = greatest(lane.pair_at, coalesce((select max(g.pair_at) from lane as g where g.moved_to = lane.lane_id), 0)),
    address = coalesce((select g.address from lane as g where g.moved_to = lane.lane_id and g.wrote_at > lane.wrote_at and g.address is not null
        order by g.wrote_at desc limit 1), lane.address)
where lane.person_id in (select (value->>0)::uuid from each({merges}) as j);
update message set lane_id = l.moved_to from lane as l where message.lane_id = l.lane_id and l.moved_to is not null
    and l.person_id in (select (value->>1)::uuid from each({merges}) as j);
update outbox set lane_id = l.moved_to, version = version + case when state in ('queued', 'unknown') then 1 else 0 end
from lane as l where outbox.lane_id = l.lane_id and l.moved_to is not null and l.person_id in (select (value->>1)::uuid from each({merges}) as j);
";

const LANE: Table = Table {
    of_person: Some("person_id in ({persons})"),
    forget: Forget::Keep("random ids and counters"),
    merge: Merge::By(MERGE_LANES),
    export: Export::Without(&[
        "lease_owner",
        "lease_until",
        "epoch",
        "claimed_in",
        "send_owner",
        "send_until",
        "pair_at",
    ]),
    ..table(
        "lane",
        Schema::Own,
        Owner::Person,
        &[
            id("lane_id"),
            id("person_id"),
            code("business"),
            technical("lease_owner"),
            technical("lease_until"),
            technical("epoch"),
            technical("claimed_in"),
            technical("send_owner"),
            technical("send_until"),
            technical("pair_at"),
            technical("wrote_at"),
            technical("claims"),
            number("address").kept("until the last answer is out"),
            id("moved_to"),
        ],
    )
};

const MESSAGE: Table = Table {
    of_person: Some("lane_id in (select lane_id from lane where person_id in ({persons}))"),
    held: Some("messages"),
    // What a person wrote after that is yet to be answered. Word that waits for them is not said any more.
    forget: Forget::Blank { rows: "(state <> 'queued' or kind = 'notice')" },
    export: Export::Without(&[]),
    life: Life::For {
        period: Period::Longest,
        since: Since::Millis("received_at"),
        key: "message_id",
        which: "state in ('answered', 'stored')",
    },
    ..table(
        "message",
        Schema::Own,
        Owner::Person,
        &[
            id("message_id"),
            id("delivery_id"),
            id("lane_id"),
            code("business"),
            id("wamid").kept("Meta may deliver the message again: it is known by its wamid and not answered twice"),
            code("space"),
            code("kind"),
            // Nothing is left in it to answer, now or later.
            code("state").blank("case when state = 'answered' then state else 'stored' end"),
            words("content").blank(crate::stored::FORGOTTEN_SQL),
            code("agent"),
            id("quotes"),
            technical("sent_at"),
            technical("received_at"),
            technical("ready_at"),
            technical("attempts"),
            words("error").blank("null"),
            words("template").blank("null"),
            technical("until_at"),
            number("sender").blank("null"),
            technical("depth"),
            technical("joins"),
            words("extras").blank("null"),
            technical("host"),
            code("why"),
        ],
    )
};

/// The bytes are in the folder of files: what has no row any more goes from there too.
const FILE: Table = Table {
    of_person: Some("person_id in ({persons})"),
    held: Some("files"),
    forget: Forget::Delete,
    merge: Merge::Move(&["person_id"]),
    export: Export::Without(&["due_at"]),
    life: Life::For {
        period: Period::Files,
        since: Since::Millis("created_at"),
        key: "created_at",
        which: "(state <> 'pending'
            and not exists (select 1 from unified_listings as l where l.owner_user_id = file.person_id and l.images::text like '%' || file.file_id || '%')
            and not exists (select 1 from unified_applications as a where a.applicant_user_id = file.person_id and a.attributes::text like '%' || file.file_id || '%')
            and not exists (select 1 from record as r where r.person_id = file.person_id::text and r.value like '%' || file.file_id || '%'))",
    },
    ..table(
        "file",
        Schema::Own,
        Owner::Person,
        &[
            id("file_id"),
            id("message_id"),
            id("person_id"),
            code("business"),
            id("media_id"),
            code("kind"),
            words("name"),
            code("mime_type"),
            code("state"),
            technical("bytes"),
            technical("attempts"),
            technical("due_at"),
            technical("until_at"),
            technical("created_at"),
            technical("error"),
        ],
    )
};

const OUTBOX: Table = Table {
    of_person: Some("lane_id in (select lane_id from lane where person_id in ({persons}))"),
    // What waits goes out first: it is the last answer.
    forget: Forget::Blank { rows: "state in ('sent', 'barred', 'dead', 'discarded')" },
    export: Export::Without(&[]),
    life: Life::For {
        period: Period::Raw,
        since: Since::Millis("created_at"),
        key: "outbox_id",
        which: "state in ('sent', 'barred', 'dead', 'discarded')",
    },
    ..table(
        "outbox",
        Schema::Own,
        Owner::Person,
        &[
            id("outbox_id"),
            id("lane_id"),
            id("message_id"),
            code("agent"),
            words("body").blank("'{}'"),
            code("state"),
            technical("progress"),
            technical("attempts"),
            technical("unknowns"),
            technical("run_at"),
            technical("created_at"),
            id("wamid").kept("statuses name it: what came of a send is known by it"),
            words("error").blank("null"),
            technical("url"),
            technical("version"),
            code("kind"),
            technical("begun_at"),
            technical("losses"),
            number("recipient").blank("null"),
            technical("host"),
        ],
    )
};

/// Found by the wamids of what went to the person, and by the rows that statuses name: a row that was sent again has another wamid.
const STATUS: Table = Table {
    of_person: Some(
        "(wamid in (select o.wamid from outbox as o join lane as l using (lane_id) where l.person_id in ({persons}) and o.wamid is not null)
            or reference in (select o.outbox_id::text from outbox as o join lane as l using (lane_id) where l.person_id in ({persons})))",
    ),
    forget: Forget::Delete,
    export: Export::Without(&[]),
    life: Life::For { period: Period::Deduplication, since: Since::Millis("at"), key: "at", which: "true" },
    ..table(
        "status",
        Schema::Own,
        Owner::Person,
        &[
            code("business"),
            id("wamid"),
            code("status"),
            number("recipient"),
            id("reference"),
            technical("at"),
            technical("progress"),
            words("error"),
            technical("billable"),
            technical("category"),
        ],
    )
};

const JOURNAL: Table = Table {
    of_person: Some(
        "message_id in (select m.message_id from message as m join lane as l using (lane_id) where l.person_id in ({persons}))",
    ),
    forget: Forget::Delete,
    export: Export::Nothing("a journal repeats what stands in messages, events and replies"),
    life: Life::For { period: Period::Journal, since: Since::Millis("created_at"), key: "message_id", which: "true" },
    ..table(
        "journal",
        Schema::Own,
        Owner::Person,
        &[id("message_id"), technical("epoch"), technical("created_at"), words("body")],
    )
};
