//! Files that people send: kept though Meta fails, checked, theirs alone, sent on under an id that Meta knows, and gone with the person.

mod agents;

use std::time::Duration;

use agents::{listed, papers};
use bytes::Bytes;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    store::{BUSINESS, Database, NOW, draft, inbound, on_both, says, sender},
    webhook::serve,
};
use switchboard_core::{
    clock::Clock,
    contract::types::{Content, Media as Sent, MediaKind},
    effect::{Effect, Write},
    file::{FileQuotas, FileState, id_of},
    inbox::{Item, Kind},
};
use switchboard_edge::{
    emulator::{Emulator, Faults, Settings},
    media::{Media, MediaOptions},
    whatsapp::client::GraphClient,
};
use switchboard_kit::{
    cluster,
    shell::Shell,
    stage::{Stage, until},
};
use switchboard_store::{Claim, Settlement};

const ALICE: &str = "250788000001";
const BOB: &str = "250788000002";
const PHOTO: &[u8] = b"\xff\xd8\xff\xe0 a photo of a bicycle";

/// The beginning of a photo.
pub(crate) const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a photo";

const KEPT: &str = "select count(*) from file where state = 'kept'";

on_both! {
    whatever_is_wrong_with_a_fetch_is_made_good_or_refused,
    quotas_hold,
    a_file_is_its_persons_and_of_listings_alone,
    what_nobody_names_goes_with_time,
    what_was_kept_before_is_found_and_what_meta_lost_is_given_up,
}

/// A photo that a person sends.
pub(crate) fn sends(phone: &str, wamid: &str, media_id: &str) -> Item {
    let sent = Sent {
        kind: MediaKind::Image,
        handle: format!("image:{media_id}"),
        mime_type: "image/jpeg".into(),
        caption: None,
        transcript: None,
        file_name: None,
        extras: Vec::new(),
    };
    inbound(sender(phone), wamid, Kind::Message, Content::Media(sent))
}

/// The file of a claimed message.
pub(crate) fn of(claim: &Claim) -> Sent {
    match &claim.message.content {
        Content::Media(sent) => sent.clone(),
        other => panic!("{other:?}"),
    }
}

/// A store of files beside a database.
pub(crate) fn media(db: &Database, graph: GraphClient, quotas: FileQuotas) -> Media {
    let options = MediaOptions { directory: db.folder.path().join("media"), quotas, clock: Clock::at(NOW) };
    Media::new(graph, db.store.clone(), options)
}

async fn emulator() -> (Emulator, GraphClient) {
    let settings = Settings {
        webhooks: vec!["http://127.0.0.1:9".into()],
        app_secret: "s3cret".to_owned(),
        phone_number_id: BUSINESS.to_owned(),
    };
    let emulator = Emulator::new(settings).expect("an emulator");
    let url = serve(emulator.router()).await;
    (emulator, GraphClient::new(&url, "v26.0", "token").expect("a client"))
}

/// The names in the folder of files.
fn names(db: &Database) -> Vec<String> {
    let read = std::fs::read_dir(db.folder.path().join("media"));
    let names = read.map(|read| read.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect());
    names.unwrap_or_default()
}

fn faults(of: Value) -> Faults {
    serde_json::from_value(json!({ "files": [of] })).expect("faults")
}

const AT_ONCE: Duration = Duration::from_secs(60);

async fn whatever_is_wrong_with_a_fetch_is_made_good_or_refused(db: Database) {
    let (emulator, graph) = emulator().await;
    let media = media(&db, graph, FileQuotas::default());
    let jpeg = Bytes::from_static(JPEG);
    let mut n = 0;
    let mut fetched = async |mime: &str, bytes: Bytes, fault: Option<Value>| {
        n += 1;
        let id = format!("photo-{n}");
        emulator.put_file(&id, mime, bytes);
        emulator.set_faults(fault.map(faults).unwrap_or_default());
        let sent = of(&db.claim(sends(&format!("2507880001{n:02}"), &format!("w{n}"), &id), NOW).await);
        assert!(!sent.handle.contains(&id), "a handle says nothing of Meta's id");
        let first = media.state(&sent.handle, AT_ONCE).await;
        emulator.set_faults(Faults::default());
        (first, media.state(&sent.handle, AT_ONCE).await)
    };
    // Meta's troubles: the next fetch makes them good.
    for fault in [
        json!({ "how": "refuse", "status": 503 }),
        json!({ "how": "refuse", "status": 404 }),
        json!({ "how": "refuse", "status": 401 }),
        json!({ "how": "refuse", "status": 302 }),
        json!({ "how": "other" }),
        json!({ "how": "half" }),
        json!({ "how": "endless" }),
        json!({ "how": "redirect" }),
        json!({ "how": "elsewhere" }),
    ] {
        let states = fetched("image/jpeg", jpeg.clone(), Some(fault.clone())).await;
        assert_eq!(states, (FileState::Pending, FileState::Kept), "{fault}");
    }
    let kept = names(&db);
    assert_eq!(kept.len(), 9, "nothing half is left: {kept:?}");
    // What is no use, however often it is fetched.
    let never = (FileState::Refused, FileState::Refused);
    assert_eq!(fetched("image/jpeg", jpeg.clone(), Some(json!({ "how": "vast" }))).await, never);
    for (mime, bytes) in [
        ("application/x-msdownload", b"MZ".as_slice()),
        ("image/jpeg", b"MZ\x90\0 a program"),
        ("application/pdf", b"<html>"),
        ("", JPEG),
    ] {
        assert_eq!(fetched(mime, Bytes::from_static(bytes), None).await, never, "{mime}");
    }
    // Meta's table: what its name says and its bytes too.
    for (mime, bytes) in [
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04 word".as_slice()),
        ("text/plain", "Muraho".as_bytes()),
        ("video/mp4", b"\0\0\0\x18ftypisom"),
        ("audio/opus", b"OggS"),
        ("IMAGE/JPEG; x=y", JPEG),
    ] {
        let states = fetched(mime, Bytes::from_static(bytes), None).await;
        assert_eq!(states, (FileState::Kept, FileState::Kept), "{mime}");
    }
    assert_eq!(names(&db).len(), 14);
}

async fn quotas_hold(db: Database) {
    let (emulator, graph) = emulator().await;
    let size = i64::try_from(JPEG.len()).expect("small");
    let quotas = FileQuotas { person_files: 2, person_bytes: 10 * size, all_bytes: 3 * size };
    let media = media(&db, graph, quotas);
    let mut kept = Vec::new();
    for (n, phone) in [ALICE, ALICE, ALICE, BOB, BOB].into_iter().enumerate() {
        let (id, wamid) = (format!("photo-{n}"), format!("w{n}"));
        emulator.put_file(&id, "image/jpeg", Bytes::from_static(JPEG));
        let claims = db.receive(vec![sends(phone, &wamid, &id)], NOW).await.claimed;
        for claim in claims {
            kept.push(media.state(&of(&claim).handle, AT_ONCE).await);
            db.store.settle(Settlement::of(&claim, NOW)).await.expect("settled");
        }
    }
    use FileState::{Kept, Refused};
    assert_eq!(kept, [Kept, Kept, Refused, Kept, Refused], "two of a person, three in all");
    assert_eq!(names(&db).len(), 3);
}

async fn a_file_is_its_persons_and_of_listings_alone(db: Database) {
    let alice = db.claim(sends(ALICE, "w1", "photo-1"), NOW).await;
    let bob = db.claim(says(BOB, "w2"), NOW).await;
    let handle = of(&alice).handle;
    let state = async |agent: &str, person: Uuid, handle: &str| {
        db.store.file_state(agent, person, handle).await.expect("the database answers")
    };
    let (hers, his) = (alice.person.id, bob.person.id);
    assert_eq!(state("jobs", hers, &handle).await, Some(FileState::Pending));
    for guess in [handle.as_str(), id_of(&handle), "image:photo-1", "image:%", "image:", "", "video:x"] {
        assert_eq!(state("jobs", his, guess).await, None, "{guess}");
    }
    assert_eq!(state("jobs", hers, &handle.replace("image:", "document:")).await, None);
    let listed = Write::ListingCreate {
        id: Uuid::now_v7(),
        draft: switchboard_core::contract::listings::Draft { images: vec![handle.clone()], ..draft("Bicycle", None) },
    };
    let effects = vec![Effect { agent: "marketplace".into(), write: listed }];
    db.store.settle(Settlement { effects, ..Settlement::of(&alice, NOW) }).await.expect("settled");
    assert_eq!(state("marketplace", his, &handle).await, Some(FileState::Pending));
    assert_eq!(state("jobs", his, &handle).await, None, "a listing is its own agent's");

    // Who puts another's handle into a listing of theirs opens nothing.
    let carol = db.claim(sends("250788000003", "w3", "photo-3"), NOW).await;
    let stolen = Write::ListingCreate {
        id: Uuid::now_v7(),
        draft: switchboard_core::contract::listings::Draft { images: vec![of(&carol).handle], ..draft("Mine", None) },
    };
    let effects = vec![Effect { agent: "jobs".into(), write: stolen }];
    db.store.settle(Settlement { effects, ..Settlement::of(&bob, NOW) }).await.expect("settled");
    assert_eq!(state("jobs", his, &of(&carol).handle).await, None);
}

async fn what_nobody_names_goes_with_time(db: Database) {
    let (emulator, graph) = emulator().await;
    let media = media(&db, graph, FileQuotas::default());
    let mut claims = Vec::new();
    for (phone, id) in [(ALICE, "photo-1"), (BOB, "photo-2"), ("250788000003", "photo-3")] {
        emulator.put_file(id, "image/jpeg", Bytes::from_static(JPEG));
        let claim = db.claim(sends(phone, id, id), NOW).await;
        assert_eq!(media.state(&of(&claim).handle, AT_ONCE).await, FileState::Kept);
        claims.push(claim);
    }
    // Alice lists hers; an agent notes Bob's.
    let listed = Write::ListingCreate {
        id: Uuid::now_v7(),
        draft: switchboard_core::contract::listings::Draft {
            images: vec![of(&claims[0]).handle],
            ..draft("Bicycle", None)
        },
    };
    let noted = Write::RecordPut {
        owner: switchboard_core::contract::records::Owner::Person,
        collection: "documents".into(),
        key: "D-1".into(),
        value: json!({ "files": [of(&claims[1]).handle] }).to_string(),
        expected: None,
    };
    for (claim, write) in claims.iter().zip([Some(listed), Some(noted), None]) {
        let effects = write.into_iter().map(|write| Effect { agent: "jobs".into(), write }).collect();
        db.store.settle(Settlement { effects, ..Settlement::of(claim, NOW) }).await.expect("settled");
    }
    db.store.sweep(NOW + 89 * 86_400_000).await.expect("swept");
    assert_eq!(media.collect().await.expect("collected"), 0);
    db.store.sweep(NOW + 91 * 86_400_000).await.expect("swept");
    assert_eq!(media.collect().await.expect("collected"), 1);
    let mut left = names(&db);
    left.sort();
    let mut named: Vec<String> = claims[..2].iter().map(|claim| id_of(&of(claim).handle).to_owned()).collect();
    named.sort();
    assert_eq!(left, named);
}

async fn what_was_kept_before_is_found_and_what_meta_lost_is_given_up(db: Database) {
    let (_emulator, graph) = emulator().await;
    let media = media(&db, graph, FileQuotas::default());
    let person = db.claim(says(ALICE, "w1"), NOW).await.person.id;
    // As the migration makes them of messages and listings: their time is over.
    for id in ["4711", "4712"] {
        let insert = format!(
            "insert into file (file_id, person_id, business, media_id, kind, mime_type, state, due_at, until_at, created_at)
             values ('{id}', '{person}', '', '{id}', 'image', 'application/octet-stream', 'pending', 0, 0, 1)"
        );
        Shell::open(&db.url).await.run(&insert).await;
    }
    let folder = db.folder.path().join("media");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("4711"), JPEG).expect("written");
    std::fs::write(folder.join("4711.type"), "image/jpeg").expect("written");
    assert_eq!(media.state("image:4711", AT_ONCE).await, FileState::Kept);
    assert_eq!(media.fetch("image:4711").await.expect("it is there").mime_type, "image/jpeg");
    assert_eq!(media.state("image:4712", AT_ONCE).await, FileState::Refused);
    // Nobody asks for a path.
    for odd in ["image:../4711", "image:4711.type", "image:", ".folder", "image:a/b"] {
        assert!(media.fetch(odd).await.is_err(), "{odd}");
    }
}

/// While fetches hang, everybody is answered, and other files are kept.
#[tokio::test]
pub(crate) async fn fetches_that_hang_hold_nobody_up() {
    let mut stage = Stage::new(&["support", "insurance"]);
    stage.start().await;
    let hang = |id: &str, how: &str| json!({ "id": id, "how": how, "count": null });
    stage.faults(json!({ "files": [hang("slow-1", "hang"), hang("slow-2", "stall"), hang("slow-3", "stall")] })).await;
    for (id, phone) in [("slow-1", "250788000011"), ("slow-2", "250788000012"), ("slow-3", "250788000013")] {
        stage.put_file(id, "image/jpeg", PHOTO).await;
        let mut talk = stage.talk(phone);
        talk.sends(json!({ "image": { "id": id } })).await;
        assert!(talk.say("menu").await.contains("What would you like to do?"));
    }
    stage.put_file("good", "image/jpeg", PHOTO).await;
    stage.talk(ALICE).sends(json!({ "image": { "id": "good" } })).await;
    until("the other photo is kept", async || stage.count(KEPT).await == 1).await;
    assert_eq!(stage.count("select count(*) from file where state = 'pending'").await, 3);
}

#[tokio::test]
async fn kept_is_said_only_of_what_is_kept() {
    let mut stage = Stage::new(&["support", "insurance"]);
    stage.start().await;
    let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    stage.put_file("good", docx, b"PK\x03\x04 a certificate").await;
    stage.put_file("bad", "application/x-msdownload", b"MZ").await;
    let good = json!({ "id": "good", "mime_type": docx, "filename": "../Alice\u{202e} papers.docx" });
    let taken = papers(&stage, ALICE, good).await;
    assert!(taken.contains("Received and kept"), "{taken}");
    assert_eq!(stage.text("select name from file").await.as_deref(), Some("Alice papers.docx"));

    let bad = json!({ "id": "bad", "mime_type": "application/x-msdownload", "filename": "papers.exe" });
    let said = papers(&stage, BOB, bad).await;
    assert!(said.contains("I could not keep this file"), "{said}");
}

#[tokio::test]
async fn hosts_with_folders_of_their_own_say_so() {
    let mut stage = Stage::of_nodes(&["support"], 2);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    stage.start().await;
    let problems = async |stage: &Stage| stage.health(0).await.1["problems"].to_string();
    assert!(!problems(&stage).await.contains("FILES_DIR"));
    let own = stage.folder().join("own").display().to_string();
    stage.set_of(1, "FILES_DIR", &own);
    stage.start_node(1).await;
    until("the health report says it", async || problems(&stage).await.contains("2 different folders")).await;
    let said = String::from_utf8_lossy(&stage.run(&["doctor"]).stdout).into_owned();
    assert!(said.contains("FILES_DIR"), "{said}");
}

#[tokio::test]
async fn a_photo_that_nobody_kept_is_said_to_be_missing_and_holds_nobody_up() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.start().await;
    listed(&stage).await;
    let mut bob = stage.talk(BOB);
    bob.say("I want to buy a bicycle").await;
    assert!(bob.say("1").await.contains("Remera"));
    assert!(!bob.say("2").await.contains("photo-1"));
    until("the photo is refused", async || stage.log().await["refused"] == json!({ "100": 1 })).await;
    assert!(bob.say("menu").await.contains("What would you like to do?"));
}

#[tokio::test]
async fn a_photo_that_meta_refuses_for_good_holds_nobody_up() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.start().await;
    stage.put_file("photo-1", "image/jpeg", PHOTO).await;
    listed(&stage).await;
    let mut bob = stage.talk(BOB);
    bob.say("I want to buy a bicycle").await;
    bob.say("1").await;
    let refused = json!({ "uploads": true, "count": null, "status": 400, "code": 131_053, "details": "Unsupported" });
    stage.faults(json!({ "fail": [refused] })).await;
    bob.say("2").await;
    assert!(bob.say("menu").await.contains("What would you like to do?"));
    let error = stage.text("select error from outbox where state = 'dead'").await.expect("a dead row");
    assert!(error.contains("131053") && error.ends_with("Unsupported"), "{error}");
    assert_eq!(stage.log().await["refused"], json!({ "131053": 1 }), "tried once");
}
