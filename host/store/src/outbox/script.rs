//! The statements of the outbox, made from the table of [`states`](super::states).

use super::states::{from, waiting};
use crate::script::{Gives, Part};

/// Earlier rows of the same lane that are neither sent nor given up. What goes to the person and what goes to the legacy service do not
/// wait for each other. `o` is the row.
macro_rules! is_first {
    ($o:literal) => {
        concat!(
            "not exists (select 1 from outbox as e where e.lane_id = ",
            $o,
            ".lane_id and e.outbox_id < ",
            $o,
            ".outbox_id and (e.url is null) = (",
            $o,
            ".url is null) and e.state in ",
            $crate::outbox::states::waiting!(),
            " limit 1 offset 0)"
        )
    };
}

/// Where a row goes: to the address that wrote, if that is known; else to the person's current one on that number, or anywhere. `l` is its
/// lane, `p` its person.
macro_rules! recipient {
    ($o:literal) => {
        concat!("coalesce(", $o, ".recipient, l.address, p.phone, p.user_id)")
    };
}

/// Whether a row's business number lets it go: the number does not rest, and a row of unknown outcome goes once more, only if no status of
/// its own can be expected any more. That is so when statuses of other sends have arrived since it was begun, or when Meta has taken
/// nothing since: then there is none to arrive. `o` is the row, `b` its number.
macro_rules! number_lets {
    ($o:literal, $b:literal) => {
        concat!(
            "(",
            $o,
            ".kind = 'forward' or (",
            $b,
            ".rest_reason is null and (",
            $o,
            ".state = 'queued' or (",
            $o,
            ".losses < 2 and coalesce(",
            $b,
            ".status_at, 0) > ",
            $o,
            ".begun_at) or (",
            $o,
            ".losses < 2 and coalesce(",
            $b,
            ".taken_at, 0) <= ",
            $o,
            ".begun_at))))"
        )
    };
}

/// Whether a lane has a row that is being sent, or whose turn it is to be sent.
macro_rules! lane_has_due {
    () => {
        concat!(
            "exists (select 1 from outbox as o left join business_number as b on b.business = lane.business
            where o.lane_id = lane.lane_id and o.state in ",
            $crate::outbox::states::waiting!(),
            " and (o.state = 'sending' or (o.run_at <= {now} and ",
            number_lets!("o", "b"),
            " and ",
            is_first!("o"),
            ")) limit 1 offset 0)"
        )
    };
}

/// Begins rows: id, version, whether it is a number's probe. Everything that decides whether a row may begin is decided here: see
/// [`TRANSITIONS`](super::TRANSITIONS), begun and barred. A probe goes though its number rests. The pace is that of
/// [`PAIR_BURST`](super::PAIR_BURST); a pace that is further ahead than it can be was written while the clock was wrong, and does not count.
pub(crate) const BEGIN: Part = Part::Shared(
    concat!(
        "
update outbox set version = outbox.version + 1, begun_at = {now}, host = {node},
    (state, error) = (
        select case when bar is null then 'sending' else 'barred' end, coalesce(bar, outbox.error)
        from (select case
                when outbox.kind = 'forward' then null
                when p.opted_out_at is not null and (outbox.kind in ('notice', 'template') or outbox.created_at < p.opted_out_at) then 'opted out'
                when not exists (select 1 from identity as i where i.kind in ('phone', 'user_id') and i.person_id = l.person_id and i.value = ",
        recipient!("outbox"),
        " limit 1 offset 0) then 'the address is not this person''s any more'
                when outbox.kind = 'answer' and outbox.created_at < p.taken_over_at and p.taken_over_by is not null
                    and coalesce(p.taken_over_until > {now}, true) then 'the business answered itself'
                when outbox.kind <> 'template' and {now} - l.wrote_at >= 86400000 then 'window' end as bar
            from lane as l join person as p using (person_id) where l.lane_id = outbox.lane_id limit 1 offset 0) as b)
from (select (value->>0)::bigint as id, (value->>1)::bigint as version, (value->>2)::bigint as probe from each({begins}) as t) as j
where outbox_id = j.id and outbox.version = j.version and outbox.state in ",
        from!(begun),
        " and outbox.run_at <= {now}
    and exists (select 1 from lane as l left join business_number as b on b.business = l.business
        where l.lane_id = outbox.lane_id and l.send_owner = {node} and (outbox.kind = 'forward' or l.pair_at - {now} not between 264001 and 540000) and (j.probe = 1 or ",
        number_lets!("outbox", "b"),
        ") limit 1 offset 0)
    and ",
        is_first!("outbox"),
        "
returning outbox.outbox_id as outbox_id, outbox.state as state;
"
    ),
    Gives::Begun,
);

/// What came of sends: id, version, event, wamid, when it is due again, error, attempts charged, losses charged.
pub(crate) const RESULTS: Part = Part::Shared(
    concat!(
        "
update outbox set
    version = outbox.version + 1,
    attempts = outbox.attempts + j.charged,
    unknowns = outbox.unknowns + case j.event when 'lost' then 1 else 0 end,
    losses = outbox.losses + j.losses,
    state = case j.event when 'taken' then 'sent' when 'lost' then 'unknown' when 'failed' then 'dead' else 'queued' end,
    wamid = coalesce(outbox.wamid, j.wamid),
    run_at = coalesce(j.at, outbox.run_at),
    error = coalesce(j.error, outbox.error),
    progress = case j.event when 'taken' then greatest(outbox.progress, 10, coalesce((
            select max(progress) from status where wamid = j.wamid and business = (
                select business from lane where lane_id = outbox.lane_id limit 1 offset 0)), 0))
        else outbox.progress end
from (select (value->>0)::bigint as id, (value->>1)::bigint as version, value->>2 as event, value->>3 as wamid, (value->>4)::bigint as at,
             value->>5 as error, (value->>6)::bigint as charged, (value->>7)::bigint as losses from each({sends}) as s) as j
where outbox_id = j.id and case j.event
    when 'taken' then outbox.state in ",
        from!(taken),
        " and not exists (select 1 from status as f join lane as l on l.business = f.business
            where l.lane_id = outbox.lane_id and f.wamid = j.wamid and f.progress = 20 limit 1 offset 0)
    else outbox.version = j.version and outbox.state in ",
        from!(refused),
        " end
returning outbox.outbox_id as outbox_id;
"
    ),
    Gives::Noted,
);

/// Gives lanes to this host's sender that have something due, if nobody has them; and lets go of those of its own that have not: lane,
/// and the pace towards its person. Gives the lanes that are the host's afterwards.
pub(crate) const LANES: Part = Part::Shared(
    concat!(
        "
update lane set
    send_owner = case when ",
        lane_has_due!(),
        " then {node} end,
    send_until = {now} + 30000,
    pair_at = greatest(lane.pair_at, j.pair_at)
from (select (value->>0)::bigint as id, max(coalesce((value->>1)::bigint, 0)) as pair_at from each({send_lanes}) as l group by 1) as j
where lane_id = j.id and (lane.send_owner is null or lane.send_owner = {node} or lane.send_until < {now})
returning lane.lane_id as lane_id, lane.send_owner as send_owner;
"
    ),
    Gives::SendLanes,
);

/// What statuses say of rows: business, wamid, status, recipient, row, at, progress, error, billable, class of failure, the recipient's key if it is a number, category. A status that was
/// known before changes nothing. It is believed if its wamid is the row's, or where that is not known, if its reference names the row and
/// business and recipient are the row's. Gives the rows' lanes, and whether something waits there.
pub(crate) const STATUSES: Part = Part::Shared(
    concat!(
        "
update outbox set
    version = outbox.version + 1,
    progress = case when j.again then 0 else greatest(outbox.progress, j.progress) end,
    wamid = case when j.again then null else coalesce(outbox.wamid, j.wamid) end,
    attempts = outbox.attempts + case when j.again then 1 else 0 end,
    losses = case when j.again then 0 else outbox.losses end,
    run_at = case when j.again then {now} + 4000 * (outbox.attempts + 1) else outbox.run_at end,
    error = coalesce(j.error, outbox.error),
    state = case when j.again and outbox.attempts < 20 then 'queued' when j.progress = 20 then 'dead' else 'sent' end
from (select id, business, wamid, recipient, number, progress, error, coalesce(progress = 20 and failure in ('row', 'pair', 'rate', 'meta'), false) as again
    from (
        select coalesce((value->>4)::bigint, (select outbox_id from outbox where wamid = value->>1 limit 1)) as id,
            value->>0 as business, value->>1 as wamid, max(value->>3) as recipient, max((value->>6)::bigint) as progress, max(value->>7) as error,
            max(value->>9) as failure, max(value->>10) as number
        from each({statuses}) as s
        where not exists (select 1 from status as k where k.business = s.value->>0 and k.wamid = s.value->>1 and k.status = s.value->>2
            and k.recipient = s.value->>3 limit 1 offset 0)
        group by 1, 2, 3) as m) as j
where outbox_id = j.id and j.progress > outbox.progress
    and case when j.again then outbox.state in ",
        from!(bounced),
        " when j.progress = 20 then outbox.state in ",
        from!(rejected),
        " else outbox.state = 'sent' or outbox.state in ",
        from!(reported),
        " end
    and (outbox.wamid = j.wamid or (outbox.wamid is null and exists (
        select 1 from lane as l join person as p using (person_id) where l.lane_id = outbox.lane_id and l.business = j.business
            and (j.recipient = '' or j.recipient = outbox.recipient or exists (select 1 from identity as i
                where i.person_id = l.person_id and i.key = coalesce(j.number, j.recipient) limit 1 offset 0)) limit 1 offset 0)))
returning outbox.lane_id as lane_id, exists (
    select 1 from outbox as w where w.lane_id = outbox.lane_id and w.outbox_id <> outbox.outbox_id and w.state in ",
        waiting!(),
        " limit 1 offset 0) as waits;
"
    ),
    Gives::Waiting,
);

/// Statuses as they came, and that their numbers have any.
pub(crate) const STATUS_LOG: Part = Part::of(
    "
insert into status (business, wamid, status, recipient, reference, at, progress, error, billable, category)
select value->>0, value->>1, value->>2, value->>3, value->>4, (value->>5)::bigint, (value->>6)::bigint, value->>7, (value->>8)::boolean, value->>11
from each({statuses}) as j where true on conflict do nothing;
update business_number set status_at = {now} where business in (select value->>0 from each({statuses}) as s) and status_at < {now} - 1000;
",
);

/// The columns of a row in hand, with its lane, person and number: `o`, `l`, `p`, `b`. Only the first of each lane that is not sent yet.
macro_rules! outgoing {
    ($($rest:expr),+ $(,)?) => {
        concat!(
            "select o.outbox_id, o.lane_id, l.business, ",
            recipient!("o"),
            ", o.body, o.attempts, o.version, o.losses, o.run_at, l.pair_at, o.url
             from outbox as o join lane as l using (lane_id) join person as p using (person_id)
             left join business_number as b on b.business = l.business
             where o.state in ",
            waiting!(),
            " and o.state <> 'sending' and ",
            is_first!("o"),
            " and ",
            $($rest),+
        )
    };
}

/// The first rows of lanes.
pub(crate) const HEADS: &str = outgoing!(
    "(o.url is not null) = $2 and o.lane_id = any (array(select value::bigint from texts($1::jsonb) as t)) order by o.run_at"
);

/// What is due in lanes that nobody has, the longest due first.
pub(crate) const DUE: &str = outgoing!(
    "o.run_at <= $1 and (o.url is not null) = $3 and (l.send_owner is null or l.send_until < $1) and ",
    number_lets!("o", "b"),
    " order by o.run_at, o.outbox_id limit $2"
);

/// A row of a number that rests: one whose outcome is not unknown, if there is any.
pub(crate) const PROBE: &str = outgoing!(
    "o.run_at <= $1 and o.url is null and l.business = $2 and (l.send_owner is null or l.send_until < $1)
     order by (o.state <> 'queued'), o.run_at, o.outbox_id limit 1"
);

/// Rows of hosts that are gone.
pub(crate) const CRASHED: &str = concat!(
    "update outbox set state = 'unknown', version = version + 1, unknowns = unknowns + 1, run_at = $2, error = 'the host stopped while sending'
     where state in ",
    waiting!(),
    " and state in ",
    from!(crashed),
    " and exists (select 1 from lane as l where l.lane_id = outbox.lane_id and (l.send_owner is null or l.send_until < $1))"
);

/// Rows that nothing will ever be known of.
pub(crate) const EXPIRED: &str = concat!(
    "update outbox set state = 'dead', version = version + 1,
        error = coalesce(error, '') || '; no status came, so nobody can say whether it arrived'
     where state in ",
    waiting!(),
    " and state in ",
    from!(expired),
    " and run_at <= $1 and (losses >= 2 or begun_at <= $2)"
);

/// Whether anything is due to people in a lane that nobody has: `$1` is now.
pub(crate) const DUE_THERE: &str = concat!(
    "exists (select 1 from outbox as o join lane as l using (lane_id) left join business_number as b on b.business = l.business
        where o.state in ",
    waiting!(),
    " and o.state <> 'sending' and o.run_at <= $1 and o.url is null and (l.send_owner is null or l.send_until < $1) and ",
    is_first!("o"),
    " and ",
    number_lets!("o", "b"),
    ")"
);

/// Whether a number that rests is to be probed: `$1` is now.
pub(crate) const PROBE_THERE: &str = concat!(
    "exists (select 1 from business_number as b where b.rest_reason is not null and b.rests_until <= $1 and exists (
        select 1 from outbox as o join lane as l using (lane_id) where o.state in ",
    waiting!(),
    " and o.state <> 'sending' and o.run_at <= $1 and o.url is null and l.business = b.business))"
);

/// Whether a host is gone with a send: `$1` is now.
pub(crate) const CRASHED_THERE: &str = concat!(
    "exists (select 1 from outbox as o join lane as l using (lane_id) where o.state in ",
    waiting!(),
    " and o.state in ",
    from!(crashed),
    " and (l.send_owner is null or l.send_until < $1))"
);

/// Whether nothing will ever be known of a send: `$1` is now.
pub(crate) const EXPIRED_THERE: &str = concat!(
    "exists (select 1 from outbox as o where o.state in ",
    waiting!(),
    " and o.state in ",
    from!(expired),
    " and o.run_at <= $1 and (o.losses >= 2 or o.begun_at <= $1 - 3600000))"
);

/// The statements that are made of macros, whole.
#[cfg(feature = "test-hooks")]
pub(super) fn statements() -> Vec<String> {
    let parts = [BEGIN, RESULTS, LANES, STATUSES].map(|part| match part {
        Part::Shared(sql, _) => sql,
        Part::Rows(kind) => kind.sql(),
    });
    let looks = [DUE_THERE, PROBE_THERE, CRASHED_THERE, EXPIRED_THERE].map(|look| format!("select {look}"));
    parts.into_iter().chain([HEADS, DUE, PROBE, CRASHED, EXPIRED]).map(str::to_owned).chain(looks).collect()
}
