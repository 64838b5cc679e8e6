//! Every stored value of version 1, byte for byte as columns hold it.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use switchboard_core::{
    contract::{applications, listings, matches, records, tickets, types::*},
    effect::{Effect, Write},
    session::{Kept, Offered, Open, Session},
};

/// A column that holds this text reads as this value, and this value is written as this text.
#[track_caller]
fn holds<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: T, text: &str) {
    assert_eq!(write(&value), text);
    assert_eq!(read::<T>(text).expect("it is read"), value, "{text}");
}

fn extra() -> Extra {
    Extra { name: "a".into(), value: "b".into() }
}

fn notice() -> Notice {
    Notice { kind: "host.found".into(), listing: Some("l".into()), match_: Some("m".into()), data: "{}".into() }
}

const NOTICE: &str = r#"{"kind":"host.found","listing":"l","match_":"m","data":"{}"}"#;

fn place() -> Place {
    let point = Some(Point { latitude: -1.95, longitude: 30.1 });
    Place { point, name: Some("Remera".into()), address: None }
}

const PLACE: &str = r#"{"point":{"latitude":-1.95,"longitude":30.1},"name":"Remera","address":null}"#;

#[test]
fn a_message_s_content() {
    holds(Content::Text("Muraho".into()), r#"{"Text":"Muraho"}"#);
    let tap = Tap { id: "jobs/start".into(), title: "Jobs".into() };
    holds(Content::Tap(tap), r#"{"Tap":{"id":"jobs/start","title":"Jobs"}}"#);
    holds(Content::Place(place()), &format!(r#"{{"Place":{PLACE}}}"#));
    for (kind, word) in [
        (MediaKind::Image, "Image"),
        (MediaKind::Audio, "Audio"),
        (MediaKind::Video, "Video"),
        (MediaKind::Document, "Document"),
        (MediaKind::Sticker, "Sticker"),
        (MediaKind::Other, "Other"),
    ] {
        let media = Media {
            kind,
            handle: "h1".into(),
            mime_type: "image/jpeg".into(),
            caption: Some("c".into()),
            transcript: None,
            file_name: Some("f".into()),
            extras: vec![extra()],
        };
        let text = format!(
            r#"{{"Media":{{"kind":"{word}","handle":"h1","mime_type":"image/jpeg","caption":"c","transcript":null,"file_name":"f","extras":[{{"name":"a","value":"b"}}]}}}}"#
        );
        holds(Content::Media(media), &text);
    }
    let card = ContactCard { name: "Ann".into(), handle: "h".into() };
    holds(Content::Contacts(vec![card]), r#"{"Contacts":[{"name":"Ann","handle":"h"}]}"#);
    let price = Money { hundredths: 500, currency: "RWF".into() };
    let items = vec![OrderItem { product: "p".into(), quantity: 2, price }];
    holds(
        Content::Order(Order { note: None, items }),
        r#"{"Order":{"note":null,"items":[{"product":"p","quantity":2,"price":{"hundredths":500,"currency":"RWF"}}]}}"#,
    );
    let reaction = Reaction { message: Some("m".into()), emoji: None };
    holds(Content::Reaction(reaction), r#"{"Reaction":{"message":"m","emoji":null}}"#);
    let form = Form { name: "f".into(), answers: "{}".into() };
    holds(Content::Form(form), r#"{"Form":{"name":"f","answers":"{}"}}"#);
    holds(Content::Notice(notice()), &format!(r#"{{"Notice":{NOTICE}}}"#));
    holds(Content::Unsupported("poll".into()), r#"{"Unsupported":"poll"}"#);
    let other = Other { kind: "k".into(), value: "v".into() };
    holds(Content::Other(other), r#"{"Other":{"kind":"k","value":"v"}}"#);
}

#[test]
fn a_session_s_columns() {
    let flow = FlowState { flow: "post".into(), step: "title".into(), data: "{}".into() };
    let said = |speaker| vec![Utterance { speaker, text: "a".into(), at: 1 }];
    holds(said(Speaker::Person), r#"[{"speaker":"Person","text":"a","at":1}]"#);
    holds(said(Speaker::Agent), r#"[{"speaker":"Agent","text":"a","at":1}]"#);
    let choices = vec![("jobs/start".to_owned(), "Jobs".to_owned())];
    let offered = Offered { agent: "support".into(), numbered: true, choices };
    const OFFERED: &str = r#"{"agent":"support","numbered":true,"choices":[["jobs/start","Jobs"]]}"#;
    holds(offered.clone(), OFFERED);
    let kept = Kept { agent: "jobs".into(), flow: flow.clone(), version: Some("v".into()), aside: None };
    const FLOW: &str = r#"{"flow":"post","step":"title","data":"{}"}"#;
    let kept_text = format!(r#"{{"agent":"jobs","flow":{FLOW},"version":"v"}}"#);
    holds(kept.clone(), &kept_text);
    let session = Session {
        id: Uuid::nil(),
        agent: "jobs".into(),
        flow: Some(flow),
        version: None,
        history: Vec::new(),
        offered: Some(offered),
        kept: Some(kept),
        created_at: 1,
        last_message_at: 2,
        open: Open::default(),
    };
    let text = format!(
        r#"{{"id":"00000000-0000-0000-0000-000000000000","agent":"jobs","flow":{FLOW},"version":null,"history":[],"offered":{OFFERED},"kept":{kept_text},"created_at":1,"last_message_at":2}}"#
    );
    holds(session, &text);
}

fn query() -> listings::Query {
    listings::Query {
        words: "sofa".into(),
        kind: Some("product".into()),
        category: None,
        attributes: vec![extra()],
        price_min: None,
        price_max: Some(5),
        near: Some(Point { latitude: -1.95, longitude: 30.1 }),
        radius_km: Some(2.5),
        limit: 10,
        offset: 0,
    }
}

const QUERY: &str = r#"{"words":"sofa","kind":"product","category":null,"attributes":[{"name":"a","value":"b"}],"price_min":null,"price_max":5,"near":{"latitude":-1.95,"longitude":30.1},"radius_km":2.5,"limit":10,"offset":0}"#;

#[test]
fn a_saved_search_and_a_listing_s_images() {
    holds(query(), QUERY);
    holds(vec!["m1".to_owned()], r#"["m1"]"#);
}

fn draft(contact: listings::ContactPolicy) -> listings::Draft {
    listings::Draft {
        kind: "product".into(),
        title: "t".into(),
        description: None,
        category: None,
        price: Some(Money { hundredths: 1, currency: "RWF".into() }),
        price_max: None,
        price_unit: None,
        place: Some(place()),
        attributes: "{}".into(),
        images: Vec::new(),
        contact,
    }
}

fn draft_text(contact: &str) -> String {
    format!(
        r#"{{"kind":"product","title":"t","description":null,"category":null,"price":{{"hundredths":1,"currency":"RWF"}},"price_max":null,"price_unit":null,"place":{PLACE},"attributes":"{{}}","images":[],"contact":"{contact}"}}"#
    )
}

/// A write stands in journals.
#[track_caller]
fn writes(write: Write, text: &str) {
    holds(Effect { agent: "jobs".into(), write }, &format!(r#"{{"agent":"jobs","write":{text}}}"#));
}

const NIL: &str = "00000000-0000-0000-0000-000000000000";

#[test]
fn the_writes_of_records_and_listings() {
    let id = Uuid::nil();
    let text = |text: &str| text.to_owned();
    for (owner, word) in [(records::Owner::Person, "Person"), (records::Owner::Agent, "Agent")] {
        let put =
            |expected| Write::RecordPut { owner, collection: text("c"), key: text("k"), value: text("v"), expected };
        for (expected, words) in [
            (None, ""),
            (Some(records::Expected::Nothing), r#","expected":"Nothing""#),
            (Some(records::Expected::Value(text("u"))), r#","expected":{"Value":"u"}"#),
        ] {
            let words =
                format!(r#"{{"record_put":{{"owner":"{word}","collection":"c","key":"k","value":"v"{words}}}}}"#);
            writes(put(expected), &words);
        }
        let remove = Write::RecordRemove { owner, collection: text("c"), key: text("k") };
        writes(remove, &format!(r#"{{"record_remove":{{"owner":"{word}","collection":"c","key":"k"}}}}"#));
    }
    use listings::{ContactPolicy, Status};
    for (contact, word) in
        [(ContactPolicy::Share, "Share"), (ContactPolicy::Ask, "Ask"), (ContactPolicy::Never, "Never")]
    {
        let said = draft_text(word);
        let create = Write::ListingCreate { id, draft: draft(contact) };
        writes(create, &format!(r#"{{"listing_create":{{"id":"{NIL}","draft":{said}}}}}"#));
        let update = Write::ListingUpdate { id, draft: draft(contact) };
        writes(update, &format!(r#"{{"listing_update":{{"id":"{NIL}","draft":{said}}}}}"#));
    }
    for (status, word) in [
        (Status::Active, "Active"),
        (Status::Sold, "Sold"),
        (Status::Rented, "Rented"),
        (Status::Expired, "Expired"),
        (Status::Removed, "Removed"),
    ] {
        writes(
            Write::ListingStatus { id, status },
            &format!(r#"{{"listing_status":{{"id":"{NIL}","status":"{word}"}}}}"#),
        );
    }
    let report = Write::Report { listing: id, reason: text("fraud") };
    writes(report, &format!(r#"{{"report":{{"listing":"{NIL}","reason":"fraud"}}}}"#));
    let save = Write::SaveSearch { id, query: query() };
    writes(save, &format!(r#"{{"save_search":{{"id":"{NIL}","query":{QUERY}}}}}"#));
    writes(Write::ForgetSearch { id }, &format!(r#"{{"forget_search":{{"id":"{NIL}"}}}}"#));
}

#[test]
fn the_writes_between_people() {
    let id = Uuid::nil();
    let text = |text: &str| text.to_owned();
    let apply = Write::Apply { id, listing: id, reference: text("r"), message: text("m"), attributes: text("{}") };
    let said = format!(r#"{{"id":"{NIL}","listing":"{NIL}","reference":"r","message":"m","attributes":"{{}}"}}"#);
    writes(apply, &format!(r#"{{"apply":{said}}}"#));
    use applications::Status as Application;
    for (status, word) in [
        (Application::Pending, "Pending"),
        (Application::Accepted, "Accepted"),
        (Application::Rejected, "Rejected"),
        (Application::Withdrawn, "Withdrawn"),
    ] {
        let answer = Write::ApplicationAnswer { id, status };
        writes(answer, &format!(r#"{{"application_answer":{{"id":"{NIL}","status":"{word}"}}}}"#));
    }
    use matches::Status as Match;
    for (status, word) in [
        (Match::Suggested, "Suggested"),
        (Match::Contacted, "Contacted"),
        (Match::Accepted, "Accepted"),
        (Match::Rejected, "Rejected"),
    ] {
        let propose = Write::MatchPropose { id, listing: id, status };
        writes(propose, &format!(r#"{{"match_propose":{{"id":"{NIL}","listing":"{NIL}","status":"{word}"}}}}"#));
        let answer = Write::MatchAnswer { id, status };
        writes(answer, &format!(r#"{{"match_answer":{{"id":"{NIL}","status":"{word}"}}}}"#));
    }
    let notify = Write::Notify { person: id, kind: text("k"), listing: Some(id), r#match: None, data: text("{}") };
    let said = format!(r#"{{"person":"{NIL}","kind":"k","listing":"{NIL}","match":null,"data":"{{}}"}}"#);
    writes(notify, &format!(r#"{{"notify":{said}}}"#));
}

#[test]
fn the_other_writes() {
    let text = |text: &str| text.to_owned();
    let preference = Write::Preference { name: text("n"), value: text("v") };
    writes(preference, r#"{"preference":{"name":"n","value":"v"}}"#);
    let timer = Write::Timer { key: Some(text("k")), at: 7, notice: notice(), template: None, until: None };
    writes(timer, &format!(r#"{{"timer":{{"key":"k","at":7,"notice":{NOTICE}}}}}"#));
    let template = Some(Template { name: text("n"), language: text("fr"), parameters: vec![text("p")] });
    let timer = Write::Timer { key: Some(text("k")), at: 7, notice: notice(), template, until: Some(8) };
    let template = r#"{"name":"n","language":"fr","parameters":["p"]}"#;
    writes(timer, &format!(r#"{{"timer":{{"key":"k","at":7,"notice":{NOTICE},"template":{template},"until":8}}}}"#));
    writes(Write::TimerCancel { key: text("k") }, r#"{"timer_cancel":{"key":"k"}}"#);
    use tickets::Priority;
    for (priority, word) in
        [(Priority::Low, "Low"), (Priority::Medium, "Medium"), (Priority::High, "High"), (Priority::Urgent, "Urgent")]
    {
        let ticket = Write::Ticket { number: text("T-1"), subject: text("s"), details: text("d"), priority };
        let said = format!(r#"{{"number":"T-1","subject":"s","details":"d","priority":"{word}"}}"#);
        writes(ticket, &format!(r#"{{"ticket":{said}}}"#));
    }
    writes(Write::Forget, r#""forget""#);
    writes(Write::Asked { number: text("T-1") }, r#"{"asked":{"number":"T-1"}}"#);
    let heard = Write::Heard { ticket: Some(text("T-1")), words: text("w") };
    writes(heard, r#"{"heard":{"ticket":"T-1","words":"w"}}"#);
    writes(
        Write::Rated { rating: Uuid::nil(), good: true },
        &format!(r#"{{"rated":{{"rating":"{NIL}","good":true}}}}"#),
    );
}

/// What SQL reads by `a->'b'->>'c'`.
fn by_sql<'a>(content: &'a Value, sql: &str) -> &'a Value {
    let names = sql.split("->").skip(1).map(|part| part.trim_start_matches('>').trim_matches('\''));
    names.fold(content, |value, name| &value[name])
}

#[test]
fn the_names_that_sql_reads_are_those_of_the_columns() {
    let media = Media {
        kind: MediaKind::Image,
        handle: "h1".into(),
        mime_type: String::new(),
        caption: None,
        transcript: None,
        file_name: None,
        extras: Vec::new(),
    };
    let content: Value = read(&write(&Content::Media(media))).expect("JSON");
    assert_eq!(by_sql(&content, MEDIA_HANDLE), "h1");
    let content: Value = read(&write(&Content::Notice(notice()))).expect("JSON");
    assert_eq!(by_sql(&content, NOTICE_LISTING), "l");
    assert_eq!(FORGOTTEN_SQL, format!("'{}'", write(&Content::Unsupported("forgotten".into()))));
}

#[test]
fn a_later_version_is_told_from_a_damaged_value() {
    let later = json!({ "format": 2, "value": { "text": "Muraho" } }).to_string();
    assert!(matches!(read::<Content>(&later), Err(Unreadable::Later(2))));
    assert!(matches!(read::<Content>("{"), Err(Unreadable::Json(_))));
    assert!(matches!(read::<Content>(r#"{"text":"a"}"#), Err(Unreadable::Json(_))));
    assert_eq!(content(&later, 1), Content::Unsupported("unreadable".into()));
}
