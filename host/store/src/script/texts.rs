//! Statements over values that a whole batch shares.

use super::{Gives, Part};

/// What the writer remembers of people: a row for each lane of an identity.
macro_rules! identities {
    () => {
        "
select i.kind as kind, i.key as key, i.value as value, i.pair as pair, i.paired_at as paired_at, i.since as since, p.person_id::text as person_id,
    p.name as name, p.bucket is not null as has_bucket, p.created_at as created_at, l.lane_id as lane_id, l.business as business
from identity as i join person as p using (person_id) left join lane as l using (person_id)"
    };
}

/// All identities.
pub(crate) const IDENTITIES: Part = Part::Shared(identities!(), Gives::Identities);

/// The identities of a batch's senders.
pub(crate) const SENDERS: Part = Part::Shared(
    concat!(identities!(), " where (i.kind, i.key) in (select value->>0, value->>1 from each({senders}) as e)"),
    Gives::Identities,
);

/// Sessions that a newer one takes the place of.
pub(crate) const ENDED: &str = "
update unified_sessions set status = 'completed' where id in (select value::uuid from texts({ended})) and status = 'active';
";

/// The messages of this batch that were not known before.
pub(crate) const NEW: &str = "
select json_agg(message_id)::text as ids from message where message_id >= {first_message};
";

/// What is newly known of persons: id, name, bucket, hashes.
pub(crate) const KNOWN: &str = "
update person set name = coalesce(j.name, person.name), bucket = coalesce(person.bucket, j.bucket),
    opted_out_at = coalesce(person.opted_out_at, (select max(at) from opt_out where hash in (j.by_phone, j.by_user_id)))
from (select value->>0 as id, max(value->>1) as name, max((value->>2)::bigint) as bucket, max(value->>3) as by_phone, max(value->>4) as by_user_id
      from each({known}) as k group by 1) as j
where person_id = j.id::uuid;
";

/// Identities that end: kind, key, person, when, why. They go to the history. What was to go to that address goes to the person's current
/// one, whatever it is when it is begun; a turn that runs meanwhile is done again.
pub(crate) const ENDS: &str = "
update lane set address = null from each({ends}) as j join identity as i on i.kind = j.value->>0 and i.key = j.value->>1
where lane.person_id = (j.value->>2)::uuid and i.person_id = lane.person_id and lane.address = i.value;
update lane set epoch = epoch + 1, lease_owner = null, lease_until = 0, claims = 0
where lease_owner is not null and person_id in (select (value->>2)::uuid from each({ends}) as e where value->>4 <> 'form');
update message set sender = null where state in ('queued', 'held') and (lane_id, sender) in (
    select l.lane_id, i.value from each({ends}) as j join identity as i on i.kind = j.value->>0 and i.key = j.value->>1
    join lane as l on l.person_id = i.person_id where i.person_id = (j.value->>2)::uuid);
update outbox set recipient = null, version = outbox.version + 1 where state in ('queued', 'unknown', 'barred', 'dead') and (lane_id, recipient) in (
    select l.lane_id, i.value from each({ends}) as j join identity as i on i.kind = j.value->>0 and i.key = j.value->>1
    join lane as l on l.person_id = i.person_id where i.person_id = (j.value->>2)::uuid);
insert into former_identity (kind, value, person_id, since, until, reason)
select i.kind, i.value, i.person_id, i.since, (j.value->>3)::bigint, j.value->>4
from each({ends}) as j join identity as i on i.kind = j.value->>0 and i.key = j.value->>1 where i.person_id = (j.value->>2)::uuid
on conflict do nothing;
delete from identity where (kind, key, person_id) in (select value->>0, value->>1, (value->>2)::uuid from each({ends}) as e);
";

/// Names of one WhatsApp account: kind, key, person, the other name, when.
pub(crate) const PAIRS: &str = "
update identity set pair = j.value->>3, paired_at = (j.value->>4)::bigint from each({pairs}) as j
where kind = j.value->>0 and identity.key = j.value->>1 and person_id = (j.value->>2)::uuid;
";

/// Numbers that people shared on our request: person, business number, number, key, user id, when, the message that it quotes. One counts
/// if a request for it went to the person within a week, which the card quotes if it quotes anything, and if nobody has that number and
/// the person has none.
pub(crate) const CARDS: &str = "
insert into identity (kind, value, person_id, since, pair, paired_at)
select 'phone', j.value->>2, (j.value->>0)::uuid, (j.value->>5)::bigint, j.value->>4, (j.value->>5)::bigint from each({cards}) as j
where exists (select 1 from outbox as o join lane as l using (lane_id) where l.person_id = (j.value->>0)::uuid and l.business = j.value->>1
        and o.state in ('sending', 'unknown', 'sent') and o.body like '%\"type\":\"request_contact_info\"%' and o.created_at > {now} - 604800000
        and (j.value->>6 is null or o.wamid = j.value->>6) limit 1 offset 0)
    and not exists (select 1 from identity as i where i.kind = 'phone' and (i.key = j.value->>3 or i.person_id = (j.value->>0)::uuid) limit 1 offset 0)
on conflict do nothing;
update identity set pair = (select p.key from identity as p where p.kind = 'phone' and p.person_id = identity.person_id and p.pair = identity.value limit 1)
where kind = 'user_id' and value in (select value->>4 from each({cards}) as c);
";

/// What other tables say of the identities of persons, made anew from these. A row of the outbox that goes to the current address is in
/// nobody's hand with the former one: it has another version.
pub(crate) const REFRESH: &str = "
update person set
    phone = (select i.value from identity as i where i.person_id = person.person_id and i.kind = 'phone' order by i.since desc, i.value limit 1),
    user_id = (select i.value from identity as i where i.person_id = person.person_id and i.kind = 'user_id' order by i.since desc, i.value limit 1)
where person_id in (select value::uuid from texts({touched}) as t);
update outbox set version = outbox.version + 1 where recipient is null and state in ('queued', 'unknown') and url is null
    and lane_id in (select l.lane_id from lane as l where l.person_id in (select value::uuid from texts({touched}) as t));
update unified_sessions set user_phone = (select '+' || p.phone from person as p where p.person_id = unified_sessions.user_id)
where status = 'active' and user_id in (select value::uuid from texts({touched}) as t);
update unified_listings set owner_phone = (select '+' || p.phone from person as p where p.person_id = unified_listings.owner_user_id)
where owner_user_id in (select value::uuid from texts({touched}) as t)
    and coalesce(owner_phone, '') <> coalesce((select '+' || p.phone from person as p where p.person_id = unified_listings.owner_user_id), '');
update unified_applications set applicant_phone = (select '+' || p.phone from person as p where p.person_id = unified_applications.applicant_user_id)
where applicant_user_id in (select value::uuid from texts({touched}) as t);
update unified_matches set seeker_phone = (select '+' || p.phone from person as p where p.person_id = unified_matches.seeker_user_id)
where seeker_user_id in (select value::uuid from texts({touched}) as t);
update unified_matches set owner_phone = (select '+' || p.phone from person as p where p.person_id = unified_matches.owner_user_id)
where owner_user_id in (select value::uuid from texts({touched}) as t);
";

/// What turns learnt of persons: id, language, latitude, longitude, place, opted out, now.
pub(crate) const PERSONS: &str = "
update person set language = coalesce(j.language, person.language), lat = coalesce(j.lat, person.lat), lng = coalesce(j.lng, person.lng),
    place = case when j.lat is null then coalesce(j.place, person.place) else j.place end,
    opted_out_at = case j.opted_out when 1 then j.now when 0 then null else person.opted_out_at end
from (select value->>0 as id, value->>1 as language, (value->>2)::float8 as lat, (value->>3)::float8 as lng, value->>4 as place,
             (value->>5)::bigint as opted_out, (value->>6)::bigint as now from each({persons}) as p) as j
where person_id = j.id::uuid;
";

/// Bursts of messages that wait for more of their thought: lane, whether the wait ends, wait, the longest wait. A burst is due a wait after
/// its last message and the longest wait after its first, and at once when something comes that never waits. What a turn is at work on, or
/// what was put back, is due already and stays as it is.
pub(crate) const BURSTS: &str = "
update message set ready_at = case when b.ends = 1 then {now} else b.due end
from (select w.lane_id as lane_id, max(j.ends) as ends, least(max(w.received_at) + max(j.wait), min(w.received_at) + max(j.longest)) as due
      from (select (value->>0)::bigint as lane_id, max((value->>1)::bigint) as ends, max((value->>2)::bigint) as wait, max((value->>3)::bigint) as longest
            from each({bursts}) as t group by 1) as j
      join message as w on w.lane_id = j.lane_id
      where w.state = 'queued' and w.joins = 1 and w.attempts = 0 and w.ready_at > {now} group by w.lane_id) as b
where message.lane_id = b.lane_id and message.state = 'queued' and message.joins = 1 and message.attempts = 0 and message.ready_at > {now};
";

/// The business wrote to persons from its own app: person, lane, when, until when they are taken over, wamid. What this host sent itself does
/// not count, nor does an echo whose time is over. A turn that runs meanwhile is done again, and then says nothing.
pub(crate) const ECHOES: &str = "
update person set taken_over_by = coalesce(person.taken_over_by, 'app'), taken_over_at = greatest(coalesce(person.taken_over_at, 0), j.at),
    taken_over_until = case when person.taken_over_by is not null and person.taken_over_until is null then null
        else greatest(coalesce(person.taken_over_until, 0), j.until_at) end
from (select value->>0 as id, max((value->>2)::bigint) as at, max((value->>3)::bigint) as until_at from each({echoes}) as e
      where not exists (select 1 from outbox as o where o.wamid = e.value->>4 limit 1 offset 0) group by 1) as j
where person_id = j.id::uuid and j.until_at > {now};
update lane set epoch = epoch + 1, lease_owner = null, lease_until = 0, claims = 0
where lease_owner is not null and lane_id in (select (value->>1)::bigint from each({echoes}) as e
    where (value->>3)::bigint > {now} and not exists (select 1 from outbox as o where o.wamid = e.value->>4 limit 1 offset 0));
";

/// Who wants no marketing messages, or wants them again: person, when; negative for again. What is older than what is known changes nothing.
pub(crate) const MARKETING: &str = "
update person set no_marketing_at = (select (e.value->>1)::bigint from each({marketing}) as e where (e.value->>0)::uuid = person.person_id
    order by abs((e.value->>1)::bigint) desc limit 1)
where person_id in (select (value->>0)::uuid from each({marketing}) as m)
    and (select max(abs((n.value->>1)::bigint)) from each({marketing}) as n where (n.value->>0)::uuid = person.person_id) >= abs(coalesce(no_marketing_at, 0));
";

/// Words that were edited while they wait for their turn: business number, wamid, the new content. What a turn has read stays as it was read.
pub(crate) const EDITS: &str = "
update message set content = j.value->>2 from each({edits}) as j
where message.business = j.value->>0 and message.wamid = j.value->>1 and message.space = 'message' and message.state = 'queued'
    and message.joins = 1 and message.attempts = 0 and message.ready_at > {now} and substr(message.content, 1, 8) = '{\"Text\":';
";

/// Claimed at ingest: lanes of this batch that are free and whose head is due. Strict order: the head alone decides, but for a
/// placeholder, which blocks nobody. Each claim is counted, since a message that ends its host neither settles nor is put back.
pub(crate) const CLAIM: &str = "
update lane set lease_owner = {node}, lease_until = {now} + 15000, epoch = epoch + 1, claimed_in = {batch}, claims = claims + 1
where lane_id = any (array(select value::bigint from texts({lanes}) as t))
  and (lease_owner is null or lease_until < {now})
  and exists (select 1 from message as m where m.lane_id = lane.lane_id and m.state = 'queued' and m.ready_at <= {now}
              and not exists (select 1 from message as e where e.lane_id = m.lane_id and e.state = 'queued'
                              and e.message_id < m.message_id and e.kind <> 'placeholder' limit 1 offset 0) limit 1 offset 0);
";
