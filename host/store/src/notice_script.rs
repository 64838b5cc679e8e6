//! The statements of a batch that concern notices.

/// Anyone who has written again is told what waited for them: after the answer, which the same batch commits. A notice that came into a lane
/// wakes nothing, since its person's time of writing stays.
pub(crate) const WAKE: &str = "
update notice set waits = false, run_at = {now}
where waits and person_id = any (array(select person_id from lane where lane_id = any (array(select value::bigint from texts({heads}) as t))))
  and exists (select 1 from lane as l where l.person_id = notice.person_id and l.wrote_at > notice.seen_at limit 1 offset 0);
";

/// Notices become messages in lanes: notice, message, lane, content in place of its own; or, without a message, they are not told, and the
/// message that says so, or 0 for those that are pointless. Of two hosts that bring the same notice one finds it gone.
pub(crate) const BRING: &str = "
insert into message (message_id, lane_id, business, space, kind, state, content, agent, template, until_at, depth, sent_at, received_at, ready_at)
select (j.value->>1)::bigint, l.lane_id, l.business, 'notice', 'notice', 'queued', coalesce(j.value->>3, n.content),
    case when j.value->>3 is null then n.agent else '' end, case when j.value->>3 is null then n.template end,
    case when j.value->>3 is null then n.until_at end, n.depth, {now}, {now}, {now}
from each({brought}) as j join notice as n on n.notice_id = (j.value->>0)::bigint join lane as l on l.lane_id = (j.value->>2)::bigint
where not n.waits and n.run_at <= {now};
delete from notice where not waits and run_at <= {now} and notice_id in (select (j.value->>0)::bigint from each({brought}) as j
    where j.value->>1 is not null or (j.value->>4)::bigint = 0
       or exists (select 1 from message as m where m.message_id = (j.value->>4)::bigint));
";

/// Nobody is written to on a number that they never wrote to.
pub(crate) const PARK: &str = "
update notice set waits = true, seen_at = 0 where not waits and notice_id in (select value::bigint from texts({parked}) as p)
  and not exists (select 1 from lane as l where l.person_id = notice.person_id and l.wrote_at > 0);
";

/// Notices that wait until a time: notice, time.
pub(crate) const POSTPONE: &str = "
update notice set run_at = (j.v->>1)::bigint from (select value as v from each({postponed}) as p) as j
where notice_id = (j.v->>0)::bigint and not waits and run_at <= {now};
";

/// Meta refused these since the window was closed. What a notice said waits again, once for all of its replies.
pub(crate) const CLOSED: &str = "
insert into notice (agent, person_id, business, content, template, until_at, depth, run_at, created_at, seen_at, waits, origin)
select coalesce(m.agent, ''), l.person_id, l.business, m.content, m.template, m.until_at, m.depth, {now}, {now}, l.wrote_at,
    not exists (select 1 from lane as o where o.person_id = l.person_id and o.wrote_at > l.wrote_at), m.message_id
from texts({closed}) as c join outbox as r on r.outbox_id = c.value::bigint join message as m on m.message_id = r.message_id
join lane as l on l.lane_id = r.lane_id
where r.kind = 'notice' and m.kind = 'notice' and (r.state = 'dead' or (r.state = 'barred' and r.error = 'window')) and m.content <> '{\"Unsupported\":\"forgotten\"}'
on conflict do nothing;
update outbox set state = 'barred', version = version + 1, error = 'the customer service window is closed, Meta says'
where outbox_id in (select value::bigint from texts({closed}) as c) and (state = 'dead' or (state = 'barred' and error = 'window'));
";
