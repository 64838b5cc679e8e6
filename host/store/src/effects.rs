//! What agents wrote in a turn, applied in the turn's own transaction. A capability has already checked each write; the
//! conditions here hold against what happened in between, and then simply make no row.

use serde_json::{Value, json};
use uuid::Uuid;

use switchboard_core::text::stems;

use super::{
    ids::Ids,
    iso,
    op::{Op, Queued},
    people::People,
    types::Settlement,
    words::Word,
};
use switchboard_core::{
    contract::{
        listings, records,
        types::{Content, Money, Notice},
    },
    effect::Write,
};

/// A listing lives this long.
pub(super) const LISTING_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// What is done for which kinds of effect, in this order. `{effects}` holds them all, `[kind, agent, person, now, …]`.
pub(super) const SCRIPT: [(&[&str], &str); 22] = [
    (
        &["record_put", "record_remove"],
        "
delete from record where (agent, person_id, collection, key) in
(select value->>1, value->>4, value->>5, value->>6 from each({effects}) as e where value->>0 in ('record_put', 'record_remove'));
",
    ),
    (
        &["record_put"],
        "
insert into record (agent, person_id, collection, key, value, updated_at)
select agent, person, collection, name, said, at from
(select value->>0 as kind, value->>1 as agent, value->>4 as person, value->>5 as collection, value->>6 as name, value->>7 as said,
        (value->>3)::bigint as at, row_number() over (partition by value->>1, value->>4, value->>5, value->>6 order by key desc) as nth
 from each({effects}) as e where value->>0 in ('record_put', 'record_remove')) as r where nth = 1 and kind = 'record_put';
",
    ),
    (
        &["listing_create"],
        "
insert into unified_listings (id, owner_user_id, owner_phone, domain, source_agent, listing_type, title, description, category, price,
    price_max, currency, price_unit, location_text, lat, lng, attributes, images, contact_policy, created_at, updated_at, expires_at)
select (value->>4)::uuid, (value->>2)::uuid, (select '+' || phone from person where person_id = (value->>2)::uuid), value->>1, value->>1,
       value->>5, value->>6, value->>7, value->>8, (value->>9)::numeric, (value->>10)::numeric, value->>11, value->>12, value->>13,
       (value->>14)::float8, (value->>15)::float8, (value->>16)::jsonb, (value->>17)::jsonb, value->>18, (value->>19)::timestamptz,
       (value->>19)::timestamptz, (value->>20)::timestamptz
from each({effects}) as e where value->>0 = 'listing_create' on conflict do nothing;
",
    ),
    (
        &["listing_update"],
        "
update unified_listings set listing_type = j.v->>5, title = j.v->>6, description = j.v->>7, category = j.v->>8,
    price = (j.v->>9)::numeric, price_max = (j.v->>10)::numeric, currency = j.v->>11, price_unit = j.v->>12, location_text = j.v->>13,
    lat = (j.v->>14)::float8, lng = (j.v->>15)::float8, attributes = (j.v->>16)::jsonb, images = (j.v->>17)::jsonb,
    contact_policy = j.v->>18, updated_at = (j.v->>19)::timestamptz
from (select value as v from each({effects}) as e where value->>0 = 'listing_update') as j
where id = (j.v->>4)::uuid and owner_user_id = (j.v->>2)::uuid and domain = j.v->>1;
",
    ),
    (
        &["listing_update", "listing_words"],
        "
delete from listing_word where listing_id in
(select (value->>4)::uuid from each({effects}) as e where value->>0 in ('listing_update', 'listing_words'));
",
    ),
    (
        &["listing_create", "listing_update", "listing_words"],
        "
insert into listing_word (listing_id, word)
select l.id, w.value from
(select (value->>4)::uuid as id, value->21 as words from each({effects}) as e where value->>0 in ('listing_create', 'listing_update', 'listing_words')) as j
join unified_listings as l on l.id = j.id, texts(j.words) as w where true on conflict do nothing;
",
    ),
    (
        &["listing_status"],
        "
update unified_listings set status = j.v->>5, updated_at = (j.v->>6)::timestamptz,
    expires_at = case when j.v->>5 = 'active' then (j.v->>7)::timestamptz else expires_at end
from (select value as v from each({effects}) as e where value->>0 = 'listing_status') as j
where id = (j.v->>4)::uuid and owner_user_id = (j.v->>2)::uuid and domain = j.v->>1;
",
    ),
    (
        &["apply"],
        "
insert into unified_applications (id, listing_id, applicant_phone, applicant_user_id, domain, message, attributes, created_at, reference)
select (value->>4)::uuid, (value->>5)::uuid, (select '+' || phone from person where person_id = (value->>2)::uuid), (value->>2)::uuid,
       value->>1, value->>6, (value->>7)::jsonb, (value->>8)::timestamptz, value->>9
from each({effects}) as e
where value->>0 = 'apply' and exists (select 1 from unified_listings where id = (value->>5)::uuid) on conflict do nothing;
",
    ),
    (
        &["application_answer"],
        "
update unified_applications set status = j.v->>5, responded_at = (j.v->>6)::timestamptz
from (select value as v from each({effects}) as e where value->>0 = 'application_answer') as j
where id = (j.v->>4)::uuid and (applicant_user_id = (j.v->>2)::uuid
    or listing_id in (select l.id from unified_listings as l where l.owner_user_id = (j.v->>2)::uuid));
",
    ),
    (
        &["match_propose"],
        "
insert into unified_matches (id, listing_id, seeker_phone, owner_phone, seeker_user_id, owner_user_id, domain, status, created_at,
    seeker_notified_at)
select (value->>4)::uuid, l.id, (select '+' || phone from person where person_id = (value->>2)::uuid), l.owner_phone,
       (value->>2)::uuid, l.owner_user_id, value->>1, value->>6, (value->>7)::timestamptz,
       case when value->>6 = 'suggested' then (value->>7)::timestamptz end
from (select value, row_number() over (partition by value->>5, value->>2 order by key desc) as nth
      from each({effects}) as e where value->>0 = 'match_propose') as j
join unified_listings as l on l.id = (value->>5)::uuid where nth = 1
on conflict (listing_id, seeker_user_id) do update set status = excluded.status where unified_matches.status = 'suggested';
",
    ),
    (
        &["match_answer"],
        "
update unified_matches set status = j.v->>5
from (select value as v from each({effects}) as e where value->>0 = 'match_answer') as j
where id = (j.v->>4)::uuid and owner_user_id = (j.v->>2)::uuid;
",
    ),
    (
        &["preference"],
        "
insert into user_preferences (user_id, name, value, updated_at)
select (value->>2)::uuid, value->>4, value->>5, (value->>3)::bigint from
(select value, row_number() over (partition by value->>2, value->>4 order by key desc) as nth
 from each({effects}) as e where value->>0 = 'preference') as j where nth = 1
on conflict (user_id, name) do update set value = excluded.value, updated_at = excluded.updated_at;
",
    ),
    (
        &["notify"],
        "
insert into message (message_id, lane_id, business, space, kind, state, content, agent, sent_at, received_at, ready_at)
select (value->>4)::bigint, (value->>5)::bigint, value->>6, 'notice', 'notice', 'queued', value->>7, value->>1, (value->>3)::bigint,
       (value->>3)::bigint, (value->>3)::bigint
from each({effects}) as e where value->>0 = 'notify';
",
    ),
    (
        &["report"],
        "
update unified_listings set hidden_at = (j.v->>6)::timestamptz
from (select value as v from each({effects}) as e where value->>0 = 'report') as j
where id = (j.v->>4)::uuid and domain = j.v->>1 and owner_user_id <> (j.v->>2)::uuid and hidden_at is null
  and not exists (select 1 from listing_report as r where r.listing_id = unified_listings.id and r.person_id = (j.v->>2)::uuid);
insert into listing_report (listing_id, person_id, reason, created_at)
select (value->>4)::uuid, (value->>2)::uuid, value->>5, (value->>3)::bigint from each({effects}) as e
where value->>0 = 'report' and exists (select 1 from unified_listings where id = (value->>4)::uuid) on conflict do nothing;
",
    ),
    (
        &["save_search"],
        "
insert into saved_search (search_id, agent, person_id, business, query, created_at)
select (value->>4)::uuid, value->>1, (value->>2)::uuid, value->>5, value->>6, (value->>3)::bigint
from each({effects}) as e where value->>0 = 'save_search';
",
    ),
    (
        &["forget_search"],
        "
delete from saved_search where (search_id, person_id) in
(select (value->>4)::uuid, (value->>2)::uuid from each({effects}) as e where value->>0 = 'forget_search');
",
    ),
    (
        &["timer", "timer_cancel"],
        "
delete from notice where (agent, person_id, key) in
(select value->>1, (value->>2)::uuid, value->>4 from each({effects}) as e where value->>0 in ('timer', 'timer_cancel'));
",
    ),
    (
        &["timer"],
        "
insert into notice (agent, person_id, key, run_at, content, waits, business, created_at)
select value->>1, (value->>2)::uuid, value->>4, (value->>5)::bigint, value->>6, (value->>7)::boolean, value->>8, (value->>3)::bigint from
(select value, row_number() over (partition by value->>1, value->>2, coalesce(value->>4, key::text) order by key desc) as nth
 from each({effects}) as e where value->>0 in ('timer', 'timer_cancel')) as j where nth = 1 and value->>0 = 'timer';
",
    ),
    (
        &["notice_done"],
        "
delete from notice where notice_id in (select (value->>4)::bigint from each({effects}) as e where value->>0 = 'notice_done');
",
    ),
    (
        &["matched"],
        "
update unified_listings set matched_at = (j.v->>5)::timestamptz
from (select value as v from each({effects}) as e where value->>0 = 'matched') as j where id = (j.v->>4)::uuid;
",
    ),
    (
        &["expired"],
        "
update unified_listings set status = 'expired', updated_at = (j.v->>5)::timestamptz
from (select value as v from each({effects}) as e where value->>0 = 'expired') as j
where id = (j.v->>4)::uuid and status = 'active';
",
    ),
    (
        &["ticket"],
        "
insert into ticket (number, person_id, business, agent, subject, details, priority, opened_at)
select value->>4, (value->>2)::uuid, value->>8, value->>1, value->>5, value->>6, value->>7, (value->>3)::bigint
from each({effects}) as e where value->>0 = 'ticket';
",
    ),
];

/// The end of what is held about a person, `[kind, agent, person, now, lane]`. Their number stays with an empty row of theirs, so
/// that the last answer reaches them; raw bodies that name it otherwise are emptied by `upkeep`.
pub(super) const FORGET: &str = "
delete from unified_matches where seeker_user_id in (select (value->>2)::uuid from each({forget}) as f)
    or owner_user_id in (select (value->>2)::uuid from each({forget}) as f);
delete from unified_applications where applicant_user_id in (select (value->>2)::uuid from each({forget}) as f);
delete from unified_listings where owner_user_id in (select (value->>2)::uuid from each({forget}) as f);
delete from record where person_id in (select value->>2 from each({forget}) as f);
delete from user_preferences where user_id in (select (value->>2)::uuid from each({forget}) as f);
delete from saved_search where person_id in (select (value->>2)::uuid from each({forget}) as f);
delete from notice where person_id in (select (value->>2)::uuid from each({forget}) as f);
delete from listing_report where person_id in (select (value->>2)::uuid from each({forget}) as f);
update ticket set subject = '', details = '', status = 'closed' where person_id in (select (value->>2)::uuid from each({forget}) as f);
delete from ticket_word where number in
(select number from ticket where person_id in (select (value->>2)::uuid from each({forget}) as f));
update unified_agent_events set user_phone = null, response_text = null, payload = '{}', tool_calls = '[]'
where user_id in (select (value->>2)::uuid from each({forget}) as f);
update unified_sessions set status = 'completed', active_flow = null, flow_step = null, collected_data = '{}', conversation_history = '[]',
    offered = null, kept_flow = null, user_phone = null, location = null where user_id in (select (value->>2)::uuid from each({forget}) as f);
delete from journal where message_id in (select message_id from message where lane_id in
(select lane_id from lane where person_id in (select (value->>2)::uuid from each({forget}) as f)));
update delivery set body = substr(body, 1, 0) where delivery_id in (select delivery_id from message where lane_id in
(select lane_id from lane where person_id in (select (value->>2)::uuid from each({forget}) as f)));
update message set content = '{\"Unsupported\":\"forgotten\"}' where state <> 'queued' and lane_id in
(select lane_id from lane where person_id in (select (value->>2)::uuid from each({forget}) as f));
update person set name = null, language = null, lat = null, lng = null, place = null,
    forgotten_at = (select max((value->>3)::bigint) from each({forget}) as f)
where person_id in (select (value->>2)::uuid from each({forget}) as f);
";

/// The words of a listing that came through SQL.
pub(super) fn words(listing: Uuid, words: &[String]) -> Value {
    let mut row = vec![Value::Null; 22];
    row[0] = json!("listing_words");
    row[4] = json!(listing);
    row[21] = json!(words);
    Value::Array(row)
}

/// The persons whom an operation notifies.
pub(super) fn notified(op: &Op) -> Vec<Uuid> {
    let settlement = match op {
        Op::Settle { settlement, .. } => settlement,
        Op::Queue { notices, .. } => return notices.iter().map(|notice| notice.person).collect(),
        _ => return Vec::new(),
    };
    let person = |write: &Write| match write {
        Write::Notify { person, .. } => Some(*person),
        _ => None,
    };
    settlement.effects.iter().filter_map(|effect| person(&effect.write)).collect()
}

/// Adds notices whose time has come; gives the lanes that they go to.
pub(super) fn queue(
    people: &mut People,
    ids: &mut Ids,
    notices: &[Queued],
    now: i64,
    rows: &mut Vec<Value>,
) -> Vec<i64> {
    let lanes = notices.iter().map(|notice| {
        let lane = people.lane(notice.person, &notice.business, ids);
        rows.push(json!([
            "notify",
            notice.agent,
            notice.person,
            now,
            ids.next(),
            lane,
            notice.business,
            notice.content
        ]));
        lane
    });
    lanes.collect()
}

/// A notice as the content of a message.
pub(super) fn content(notice: Notice) -> String {
    serde_json::to_string(&Content::Notice(notice)).unwrap_or_default()
}

/// Adds a settlement's effects to the script's values; gives the lanes that its notices go to.
pub(super) fn gather(
    people: &mut People,
    ids: &mut Ids,
    settlement: &Settlement,
    rows: &mut Vec<Value>,
    forgotten: &mut Vec<Value>,
) -> Vec<i64> {
    let mut woken = Vec::new();
    let at = iso(settlement.now);
    let expires = iso(settlement.now + LISTING_MS);
    for effect in &settlement.effects {
        let mut row = |kind: &str, rest: Vec<Value>| {
            let mut row = vec![json!(kind), json!(effect.agent), json!(settlement.person_id), json!(settlement.now)];
            row.extend(rest);
            rows.push(Value::Array(row));
        };
        let owner = |owner: &records::Owner| match owner {
            records::Owner::Person => settlement.person_id.to_string(),
            records::Owner::Agent => String::new(),
        };
        match &effect.write {
            Write::RecordPut { owner: of, collection, key, value } => {
                row("record_put", vec![json!(owner(of)), json!(collection), json!(key), json!(value)]);
            }
            Write::RecordRemove { owner: of, collection, key } => {
                row("record_remove", vec![json!(owner(of)), json!(collection), json!(key)]);
            }
            Write::ListingCreate { id, draft } => row("listing_create", listing(*id, draft, &at, &expires)),
            Write::ListingUpdate { id, draft } => row("listing_update", listing(*id, draft, &at, &expires)),
            Write::ListingStatus { id, status } => {
                row("listing_status", vec![json!(id), json!(status.word()), json!(at), json!(expires)]);
            }
            Write::Apply { id, listing, reference, message, attributes } => {
                let values =
                    [json!(id), json!(listing), json!(message), json!(attributes), json!(at), json!(reference)];
                row("apply", values.to_vec());
            }
            Write::ApplicationAnswer { id, status } => {
                row("application_answer", vec![json!(id), json!(status.word()), json!(at)]);
            }
            Write::MatchPropose { id, listing, status } => {
                row("match_propose", vec![json!(id), json!(listing), json!(status.word()), json!(at)]);
            }
            Write::MatchAnswer { id, status } => row("match_answer", vec![json!(id), json!(status.word())]),
            Write::Preference { name, value } => row("preference", vec![json!(name), json!(value)]),
            Write::Notify { person, kind, listing, r#match, data } => {
                let lane = people.lane(*person, &settlement.business, ids);
                let text = |id: &Option<Uuid>| id.map(|id| id.to_string());
                let (listing, match_) = (text(listing), text(r#match));
                let content = content(Notice { kind: kind.clone(), listing, match_, data: data.clone() });
                row("notify", vec![json!(ids.next()), json!(lane), json!(settlement.business), json!(content)]);
                woken.push(lane);
            }
            Write::Report { listing, reason } => row("report", vec![json!(listing), json!(reason), json!(at)]),
            Write::SaveSearch { id, query } => {
                let query = serde_json::to_string(query).unwrap_or_default();
                row("save_search", vec![json!(id), json!(settlement.business), json!(query)]);
            }
            Write::ForgetSearch { id } => row("forget_search", vec![json!(id)]),
            Write::Timer { key, at, notice } => {
                let (content, waits) = (content(notice.clone()), i64::from(key.is_none()));
                row("timer", vec![json!(key), json!(at), json!(content), json!(waits), json!(settlement.business)]);
            }
            Write::TimerCancel { key } => row("timer_cancel", vec![json!(key)]),
            Write::Ticket { number, subject, details, priority } => {
                let said = [json!(number), json!(subject), json!(details), json!(priority.word())];
                row("ticket", [&said[..], &[json!(settlement.business)]].concat());
            }
            Write::Forget => forgotten.push(json!(["forget", effect.agent, settlement.person_id, settlement.now])),
        }
    }
    woken
}

/// A listing's values, in the order of the script.
pub(super) fn listing(id: Uuid, draft: &listings::Draft, at: &str, expires: &str) -> Vec<Value> {
    let units = |money: &Option<Money>| money.as_ref().map(|money| money.hundredths as f64 / 100.0);
    let currency = draft.price.as_ref().or(draft.price_max.as_ref()).map_or("RWF", |money| money.currency.as_str());
    let place = draft.place.as_ref();
    let point = place.and_then(|place| place.point);
    let location = place.and_then(|place| place.name.as_deref().or(place.address.as_deref()));
    let said = [Some(draft.title.as_str()), draft.category.as_deref(), draft.description.as_deref(), location];
    let words = stems(&said.into_iter().flatten().collect::<Vec<_>>().join(" "));
    vec![
        json!(id),
        json!(draft.kind),
        json!(draft.title),
        json!(draft.description),
        json!(draft.category),
        json!(units(&draft.price)),
        json!(units(&draft.price_max)),
        json!(currency),
        json!(draft.price_unit),
        json!(location),
        json!(point.map(|point| point.latitude)),
        json!(point.map(|point| point.longitude)),
        json!(draft.attributes),
        json!(serde_json::to_string(&draft.images).unwrap_or_else(|_| "[]".into())),
        json!(draft.contact.word()),
        json!(at),
        json!(expires),
        json!(words),
    ]
}
