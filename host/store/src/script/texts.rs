//! Statements over values that a whole batch shares.

use super::{Gives, Part};

/// What the writer remembers of people: a row for each lane of an identity.
macro_rules! identities {
    () => {
        "
select i.kind as kind, i.value as value, p.person_id::text as person_id, p.name as name, p.phone is not null as has_phone,
    p.user_id is not null as has_user_id, p.bucket is not null as has_bucket, l.lane_id as lane_id, l.business as business
from identity as i join person as p using (person_id) left join lane as l using (person_id)"
    };
}

/// All identities.
pub(crate) const IDENTITIES: Part = Part::Shared(identities!(), Gives::Identities);

/// The identities of a batch's senders.
pub(crate) const SENDERS: Part = Part::Shared(
    concat!(identities!(), " where (i.kind, i.value) in (select value->>0, value->>1 from each({senders}) as e)"),
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

/// What is newly known of persons: id, name, phone, user id, bucket.
pub(crate) const KNOWN: &str = "
update person set name = coalesce(j.name, person.name), phone = coalesce(j.phone, person.phone), user_id = coalesce(j.user_id, person.user_id),
    bucket = coalesce(person.bucket, j.bucket),
    opted_out_at = coalesce(person.opted_out_at, (select max(at) from opt_out where hash in (j.by_phone, j.by_user_id)))
from (select value->>0 as id, max(value->>1) as name, max(value->>2) as phone, max(value->>3) as user_id,
             max((value->>4)::bigint) as bucket, max(value->>5) as by_phone, max(value->>6) as by_user_id from each({known}) as k group by 1) as j
where person_id = j.id::uuid;
update unified_sessions set user_phone = '+' || (value->>2) from each({known}) as j
where user_id = (value->>0)::uuid and status = 'active' and value->>2 is not null;
";

/// Who turned out to be one: rare, and apart, since it looks at identities by person.
pub(crate) const MERGES: &str = "
insert into person_merge (person_id, merged_person_id, merged_at)
select (value->>0)::uuid, (value->>1)::uuid, {now} from each({merges}) as j where true on conflict do nothing;
update identity set person_id = (j.value->>0)::uuid from each({merges}) as j where person_id = (j.value->>1)::uuid;
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
