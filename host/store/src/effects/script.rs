//! The statements for effects, in the order in which a batch runs them.

/// Persons who are erased, with those that were merged into them. Anyone who wrote again meanwhile is not.
macro_rules! erased {
    () => {
        "(with recursive gone (id) as (select (value->>'person')::uuid from each({effects}) as e where value->>'kind' = 'erase'
        and not exists (select 1 from message as m join lane as l using (lane_id) where l.person_id = (e.value->>'person')::uuid
            and m.kind <> 'notice' and m.content <> '{\"Unsupported\":\"forgotten\"}')
    union select m.merged_person_id from person_merge as m join gone on m.person_id = gone.id) select id from gone)"
    };
}

/// Makes the steps: each with its statements, in the order of execution.
macro_rules! steps {
    ($($(#[$doc:meta])* $step:ident => $sql:expr;)*) => {
        /// A step of a batch that applies effects of one kind or of several.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(in crate::effects) enum Step {
            $($(#[$doc])* $step,)*
        }

        impl Step {
            /// All steps, in the order of execution.
            pub(in crate::effects) const ALL: &'static [Step] = &[$(Step::$step,)*];

            /// Its statements. `{effects}` holds the rows of all effects of the batch, as JSON objects; see
            /// [`EffectRow`](super::EffectRow).
            pub(in crate::effects) fn sql(self) -> &'static str {
                match self {
                    $(Step::$step => $sql,)*
                }
            }
        }
    };
}

steps! {
    /// Documents that are replaced or removed.
    RemoveRecords => "
delete from record where (agent, person_id, collection, key) in
(select value->>'agent', value->>'owner', value->>'collection', value->>'name' from each({effects}) as e
    where value->>'kind' in ('record_put', 'record_remove') and (value->>'fresh')::bigint = 0);
";
    /// Documents: of several writes of one key, the last.
    PutRecords => "
insert into record (agent, person_id, collection, key, value, updated_at)
select agent, person, collection, name, said, at from
(select value->>'kind' as kind, value->>'agent' as agent, value->>'owner' as person,
    value->>'collection' as collection, value->>'name' as name, value->>'value' as said,
        (value->>'now')::bigint as at, row_number() over (partition by value->>'agent', value->>'owner',
        value->>'collection', value->>'name' order by key desc) as nth
 from each({effects}) as e where value->>'kind' in ('record_put', 'record_remove')) as r where nth = 1
 and kind = 'record_put';
";
    /// New listings.
    CreateListings => "
insert into unified_listings (id, owner_user_id, owner_phone, domain, source_agent, listing_type, title, description,
    category, price,
    price_max, currency, price_unit, location_text, lat, lng, attributes, images, contact_policy, created_at,
    updated_at, expires_at)
select (value->>'id')::uuid, (value->>'person')::uuid, (select '+' || phone from person
    where person_id = (value->>'person')::uuid), value->>'agent', value->>'agent',
       value->>'type', value->>'title', value->>'description', value->>'category', (value->>'price')::numeric,
       (value->>'price_max')::numeric, value->>'currency', value->>'price_unit', value->>'location',
       (value->>'lat')::float8, (value->>'lng')::float8, (value->>'attributes')::jsonb, (value->>'images')::jsonb,
       value->>'contact', (value->>'at')::timestamptz,
       (value->>'at')::timestamptz, (value->>'expires')::timestamptz
from each({effects}) as e where value->>'kind' = 'listing_create' on conflict do nothing;
";
    /// Listings that their owners changed.
    UpdateListings => "
update unified_listings set listing_type = j.v->>'type', title = j.v->>'title', description = j.v->>'description',
    category = j.v->>'category',
    price = (j.v->>'price')::numeric, price_max = (j.v->>'price_max')::numeric, currency = j.v->>'currency',
    price_unit = j.v->>'price_unit', location_text = j.v->>'location',
    lat = (j.v->>'lat')::float8, lng = (j.v->>'lng')::float8, attributes = (j.v->>'attributes')::jsonb,
    images = (j.v->>'images')::jsonb,
    contact_policy = j.v->>'contact', updated_at = (j.v->>'at')::timestamptz
from (select value as v from each({effects}) as e where value->>'kind' = 'listing_update') as j
where id = (j.v->>'id')::uuid and owner_user_id = (j.v->>'person')::uuid and domain = j.v->>'agent';
";
    /// The search words of listings that get new ones.
    ClearListingWords => "
delete from listing_word where listing_id in
(select (value->>'id')::uuid from each({effects}) as e where value->>'kind' in ('listing_update', 'listing_words'));
";
    /// The search words of listings.
    AddListingWords => "
insert into listing_word (listing_id, word)
select l.id, w.value from
(select (value->>'id')::uuid as id, value->'words' as words from each({effects}) as e
    where value->>'kind' in ('listing_create', 'listing_update', 'listing_words')) as j
join unified_listings as l on l.id = j.id, texts(j.words) as w where true on conflict do nothing;
";
    /// Listings sold, removed, renewed.
    SetListingStatus => "
update unified_listings set status = j.v->>'status', updated_at = (j.v->>'at')::timestamptz,
    expires_at = case when j.v->>'status' = 'active' then (j.v->>'expires')::timestamptz else expires_at end
from (select value as v from each({effects}) as e where value->>'kind' = 'listing_status') as j
where id = (j.v->>'id')::uuid and owner_user_id = (j.v->>'person')::uuid and domain = j.v->>'agent';
";
    /// Applications.
    AddApplications => "
insert into unified_applications (id, listing_id, applicant_phone, applicant_user_id, domain, message, attributes,
    created_at, reference)
select (value->>'id')::uuid, (value->>'listing')::uuid, (select '+' || phone from person
    where person_id = (value->>'person')::uuid), (value->>'person')::uuid,
       value->>'agent', value->>'message', (value->>'attributes')::jsonb, (value->>'at')::timestamptz, value->>'reference'
from each({effects}) as e
where value->>'kind' = 'apply' and exists (select 1 from unified_listings
    where id = (value->>'listing')::uuid and domain = value->>'agent') on conflict do nothing;
";
    /// Answers to applications.
    AnswerApplications => "
update unified_applications set status = j.v->>'status', responded_at = (j.v->>'at')::timestamptz
from (select value as v from each({effects}) as e where value->>'kind' = 'application_answer') as j
where id = (j.v->>'id')::uuid and domain = j.v->>'agent' and (applicant_user_id = (j.v->>'person')::uuid
    or listing_id in (select l.id from unified_listings as l where l.owner_user_id = (j.v->>'person')::uuid));
";
    /// Matches: of several of one person on one listing, the last.
    ProposeMatches => "
insert into unified_matches (id, listing_id, seeker_phone, owner_phone, seeker_user_id, owner_user_id, domain,
    status, created_at,
    seeker_notified_at)
select (value->>'id')::uuid, l.id, (select '+' || phone from person where person_id = (value->>'person')::uuid),
    l.owner_phone,
       (value->>'person')::uuid, l.owner_user_id, value->>'agent', value->>'status', (value->>'at')::timestamptz,
       case when value->>'status' = 'suggested' then (value->>'at')::timestamptz end
from (select value, row_number() over (partition by value->>'listing', value->>'person' order by key desc) as nth
      from each({effects}) as e where value->>'kind' = 'match_propose') as j
join unified_listings as l on l.id = (value->>'listing')::uuid and l.domain = value->>'agent' where nth = 1
on conflict (listing_id, seeker_user_id) do update set status = excluded.status where unified_matches.status = 'suggested';
";
    /// Owners' answers to matches.
    AnswerMatches => "
update unified_matches set status = j.v->>'status'
from (select value as v from each({effects}) as e where value->>'kind' = 'match_answer') as j
where id = (j.v->>'id')::uuid and owner_user_id = (j.v->>'person')::uuid and domain = j.v->>'agent';
";
    /// Preferences: of several of one name, the last.
    SetPreferences => "
insert into user_preferences (user_id, name, value, updated_at)
select (value->>'person')::uuid, value->>'name', value->>'value', (value->>'now')::bigint from
(select value, row_number() over (partition by value->>'person', value->>'name' order by key desc) as nth
 from each({effects}) as e where value->>'kind' = 'preference') as j where nth = 1
on conflict (user_id, name) do update set value = excluded.value, updated_at = excluded.updated_at;
";
    /// Notices, which are brought as soon as this is committed.
    QueueNotices => "
insert into notice (agent, person_id, business, content, depth, run_at, created_at)
select value->>'agent', coalesce((select m.person_id from person_merge as m where m.merged_person_id = (e.value->>'to')::uuid limit 1), (value->>'to')::uuid), '', value->>'content', (value->>'depth')::bigint, (value->>'now')::bigint, (value->>'now')::bigint
from each({effects}) as e where value->>'kind' = 'notify' order by key;
";
    /// Reports of listings; the first of a person's hides the listing.
    AddReports => "
update unified_listings set hidden_at = (j.v->>'at')::timestamptz
from (select value as v from each({effects}) as e where value->>'kind' = 'report') as j
where id = (j.v->>'listing')::uuid and domain = j.v->>'agent' and owner_user_id <> (j.v->>'person')::uuid
    and hidden_at is null
  and not exists (select 1 from listing_report as r where r.listing_id = unified_listings.id
  and r.person_id = (j.v->>'person')::uuid);
insert into listing_report (listing_id, person_id, reason, created_at)
select (value->>'listing')::uuid, (value->>'person')::uuid, value->>'reason', (value->>'now')::bigint
    from each({effects}) as e
where value->>'kind' = 'report' and exists (select 1 from unified_listings
    where id = (value->>'listing')::uuid and domain = value->>'agent') on conflict do nothing;
";
    /// Saved searches.
    SaveSearches => "
insert into saved_search (search_id, agent, person_id, business, query, created_at)
select (value->>'id')::uuid, value->>'agent', (value->>'person')::uuid, value->>'business', value->>'query',
    (value->>'now')::bigint
from each({effects}) as e where value->>'kind' = 'save_search';
";
    /// Saved searches that their owners gave up.
    RemoveSearches => "
delete from saved_search where (search_id, person_id, agent) in
(select (value->>'id')::uuid, (value->>'person')::uuid, value->>'agent' from each({effects}) as e where value->>'kind' = 'forget_search');
";
    /// Timers that are replaced or cancelled.
    RemoveTimers => "
delete from notice where (agent, person_id, key) in
(select value->>'agent', (value->>'person')::uuid, value->>'name' from each({effects}) as e
    where value->>'kind' in ('timer', 'timer_cancel'));
";
    /// Timers: of several of one key, the last.
    SetTimers => "
insert into notice (agent, person_id, key, run_at, content, template, until_at, depth, business, created_at)
select value->>'agent', (value->>'person')::uuid, value->>'name', (value->>'at')::bigint, value->>'content',
    value->>'template', (value->>'until')::bigint, (value->>'depth')::bigint, value->>'business', (value->>'now')::bigint from
(select value, row_number() over (partition by value->>'agent', value->>'person', value->>'name' order by key desc) as nth
 from each({effects}) as e where value->>'kind' in ('timer', 'timer_cancel')) as j where nth = 1
 and value->>'kind' = 'timer';
";
    /// Notices whose person has to write first. If they have written on another number since, the notice is brought there.
    DeferNotices => "
insert into notice (agent, person_id, business, content, template, until_at, depth, run_at, created_at, seen_at, waits)
select value->>'agent', l.person_id, l.business, value->>'content', value->>'template', (value->>'until')::bigint, (value->>'depth')::bigint, (value->>'now')::bigint, (value->>'now')::bigint, l.wrote_at,
    not exists (select 1 from lane as o where o.person_id = l.person_id and o.wrote_at > l.wrote_at)
from each({effects}) as e join lane as l on l.lane_id = (value->>'lane')::bigint where value->>'kind' = 'defer' order by key;
";
    /// Notices whose person cannot be reached, of which somebody was told.
    MarkTold => "
update notice set told_at = (j.v->>'now')::bigint from (select value as v from each({effects}) as e where value->>'kind' = 'told') as j
where notice_id = (j.v->>'notice')::bigint;
";
    /// Persons who were told of a listing before others were.
    MarkSearchTold => "
insert into search_told (listing_id, person_id)
select (value->>'listing')::uuid, (value->>'person')::uuid from each({effects}) as e where value->>'kind' = 'search_told'
on conflict do nothing;
";
    /// Listings that were compared with the saved searches.
    MarkMatched => "
update unified_listings set matched_at = (j.v->>'at')::timestamptz
from (select value as v from each({effects}) as e where value->>'kind' = 'matched') as j where id = (j.v->>'id')::uuid;
delete from search_told where listing_id in
(select (value->>'id')::uuid from each({effects}) as e where value->>'kind' = 'matched');
";
    /// Listings at the end of their life.
    MarkExpired => "
update unified_listings set status = 'expired', updated_at = (j.v->>'at')::timestamptz
from (select value as v from each({effects}) as e where value->>'kind' = 'expired') as j
where id = (j.v->>'id')::uuid and status = 'active';
";
    /// Tickets.
    AddTickets => "
insert into ticket (number, person_id, business, agent, subject, details, priority, opened_at, message_id)
select value->>'number', (value->>'person')::uuid, value->>'business', value->>'agent', value->>'subject',
    value->>'details', value->>'priority', (value->>'now')::bigint, (value->>'message')::bigint
from each({effects}) as e where value->>'kind' = 'ticket';
insert into desk_event (person_id, kind, number, at, due_at)
select (value->>'person')::uuid, 'ticket.opened', value->>'number', (value->>'now')::bigint, (value->>'now')::bigint
from each({effects}) as e where value->>'kind' = 'ticket' order by key;
";
    /// Persons who asked for a human.
    NoteAsked => "
update ticket set why = 'asked' from (select value as v from each({effects}) as e where value->>'kind' = 'asked') as j
where number = j.v->>'number' and person_id = (j.v->>'person')::uuid;
update person set ticket = j.v->>'number', ticket_at = (j.v->>'now')::bigint
from (select value as v from each({effects}) as e where value->>'kind' = 'asked') as j where person_id = (j.v->>'person')::uuid;
";
    /// What persons wrote for the business's people.
    HearForStaff => "
insert into ticket_word (number, at, who, words, message_id)
select t.number, (value->>'now')::bigint, '', value->>'words', (value->>'message')::bigint
from each({effects}) as e join ticket as t on t.number = value->>'ticket' and t.person_id = (value->>'person')::uuid
where value->>'kind' = 'heard' order by key;
insert into desk_event (person_id, kind, number, message_id, at, due_at)
select (value->>'person')::uuid, 'message.received', value->>'ticket', (value->>'message')::bigint, (value->>'now')::bigint, (value->>'now')::bigint
from each({effects}) as e where value->>'kind' = 'heard' order by key;
insert into desk_event (person_id, kind, number, message_id, at, due_at)
select t.person_id, 'ticket.reopened', t.number, (value->>'message')::bigint, (value->>'now')::bigint, (value->>'now')::bigint
from each({effects}) as e join ticket as t on t.number = value->>'ticket' and t.person_id = (value->>'person')::uuid
where value->>'kind' = 'heard' and t.status <> 'open' order by key;
update ticket set status = 'open', changed_at = (j.v->>'now')::bigint, message_id = (j.v->>'message')::bigint
from (select value as v from each({effects}) as e where value->>'kind' = 'heard') as j
where number = j.v->>'ticket' and person_id = (j.v->>'person')::uuid and status <> 'open';
";
    /// Whether persons were satisfied: what was said first counts.
    Rate => "
insert into desk_event (person_id, kind, number, at, due_at)
select r.person_id, 'rated', r.number, (value->>'now')::bigint, (value->>'now')::bigint
from each({effects}) as e join desk_rating as r on r.rating_id = (value->>'rating')::uuid and r.person_id = (value->>'person')::uuid
where value->>'kind' = 'rated' and r.rated_at is null order by key;
update desk_rating set rated_at = (j.v->>'now')::bigint, good = (j.v->>'good')::bigint
from (select value as v from each({effects}) as e where value->>'kind' = 'rated') as j
where rating_id = (j.v->>'rating')::uuid and person_id = (j.v->>'person')::uuid and rated_at is null;
";
    /// Who said stop before they were forgotten, by hash; anyone who took it back is not among them any more.
    RememberOptOuts => "
delete from opt_out where hash in
(select h.value from each({effects}) as e, texts(e.value->'hashes') as h where e.value->>'kind' = 'erase');
insert into opt_out (hash, at)
select h.value, (e.value->>'opted_out_at')::bigint from each({effects}) as e, texts(e.value->'hashes') as h
where e.value->>'kind' = 'erase' and e.value->>'opted_out_at' is not null on conflict do nothing;
";
    /// What forgotten persons are known by.
    EraseIdentities => concat!("
delete from identity where person_id in ", erased!(), ";
delete from former_identity where person_id in ", erased!(), ";
update lane set address = null where person_id in ", erased!(), ";
");
    /// What operators did.
    RecordActs => "
insert into audit (at, who, way, act, subject, before, after)
select (value->>'now')::bigint, value->>'who', value->>'way', value->>'act', value->>'subject', value->>'before', value->>'after'
from each({effects}) as e where value->>'kind' = 'act';
";
    /// Their number in their own row.
    ErasePersons => concat!("
update person set phone = null, user_id = null where person_id in ", erased!(), ";
");
}
