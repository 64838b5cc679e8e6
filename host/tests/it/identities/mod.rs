//! Who somebody is: identities that end, numbers that move, answers that go to the address that wrote, persons that are merged.

mod merges;

use serde_json::json;

use crate::store::{ALICE, BOB, BUSINESS, Database, NOW, answered, on_both, send, taken};
use switchboard_core::{
    contract::types::Content,
    inbox::{Delivery, IdentityChange, Inbound, Item, Kind, Sender},
    phone::Phone,
};
use switchboard_kit::{shell::Shell, stage::Stage};
use switchboard_store::{Claim, Outgoing, To};

on_both! {
    the_new_owner_of_a_number_is_somebody_new,
    another_user_id_is_another_person,
    a_number_that_somebody_takes_over_makes_nobody_one,
    an_answer_goes_to_the_address_that_wrote,
    what_waits_for_a_number_follows_its_person,
    a_turn_under_an_address_that_ended_is_done_again,
    a_changed_user_id_is_the_same_person,
    a_card_counts_if_it_was_asked_for,
    forms_of_a_number_are_one,
    a_person_known_by_phone_gains_a_user_id,
}

const DAY: i64 = 86_400_000;

pub(super) fn who(phone: Option<&str>, user_id: Option<&str>) -> Sender {
    let phone = phone.map(|phone| Phone::parse(phone).expect(phone));
    Sender { phone, user_id: user_id.map(str::to_owned), ..Sender::default() }
}

fn wrote(sender: Sender, wamid: &str, at: i64) -> Item {
    let content = Content::Text(wamid.into());
    Item::Message(Inbound {
        business: BUSINESS.into(),
        wamid: wamid.into(),
        kind: Kind::Message,
        sender,
        sent_at: at,
        content,
        quotes: None,
        extras: Vec::new(),
    })
}

fn changed(before: Sender, after: Sender, at: i64) -> Item {
    Item::Identity(IdentityChange { business: BUSINESS.into(), wamid: format!("c{at}"), before, after, at })
}

impl Database {
    /// A message is claimed; its claim.
    async fn hears(&self, sender: Sender, wamid: &str, at: i64) -> Claim {
        self.claim(wrote(sender, wamid, at), at).await
    }

    /// A message is claimed and answered; its claim, and what goes out.
    async fn talks(&self, sender: Sender, wamid: &str, at: i64) -> (Claim, Outgoing) {
        let claim = self.hears(sender, wamid, at).await;
        let row = self.answer(&claim).await.queued.remove(0);
        (claim, row)
    }
}

/// What a `select count(*)` says.
async fn counted(shell: &mut Shell, from: &str) -> i64 {
    shell.texts(&format!("select cast(count(*) as text) from {from}")).await.remove(0).parse().expect("a number")
}

fn to(row: &Outgoing) -> &str {
    row.to.as_ref().map_or("", |to| to.as_str())
}

/// S1 a: Meta announces that a number changed; anyone who gets the old one is not its last owner.
async fn the_new_owner_of_a_number_is_somebody_new(db: Database) {
    let (first, _) = db.talks(who(Some(ALICE), Some("RW.1")), "w1", NOW).await;
    db.receive(vec![changed(who(Some(ALICE), Some("RW.1")), who(Some(BOB), None), NOW + DAY)], NOW + DAY).await;
    let (moved, answer) = db.talks(who(Some(BOB), Some("RW.2")), "w2", NOW + 2 * DAY).await;
    assert_eq!(
        (moved.person.id, to(&answer)),
        (first.person.id, BOB),
        "the same person with the user id of the new number"
    );
    for (wamid, sender) in [("w3", who(Some(ALICE), None)), ("w4", who(Some(ALICE), Some("RW.9")))] {
        let (stranger, answer) = db.talks(sender, wamid, NOW + 90 * DAY).await;
        assert_ne!(stranger.person.id, first.person.id, "{wamid}");
        assert_eq!(to(&answer), ALICE, "{wamid}: the answer goes to who wrote");
    }
    assert_eq!(
        db.count("select count(*) from former_identity where reason = 'changed' and value = '250788000001'").await,
        1
    );
}

/// S1 b: the same number with another user id, unannounced.
async fn another_user_id_is_another_person(db: Database) {
    let (first, _) = db.talks(who(Some(ALICE), Some("RW.1")), "w1", NOW).await;
    let (second, answer) = db.talks(who(Some(ALICE), Some("RW.2")), "w2", NOW + DAY).await;
    assert_ne!(first.person.id, second.person.id);
    assert_eq!(to(&answer), ALICE);
    let (again, answer) = db.talks(who(None, Some("RW.1")), "w3", NOW + DAY + 1).await;
    assert_eq!(
        (again.person.id, to(&answer)),
        (first.person.id, "RW.1"),
        "the first is known by the user id, and has no number"
    );
    assert_eq!(again.person.phone, None);
    // What was sent before the number moved moves nothing back.
    let items = vec![wrote(who(Some(ALICE), Some("RW.1")), "w4", NOW + 1)];
    let at = NOW + DAY + 2;
    let late = Delivery { body: "{}".into(), received_at: at, items, unreadable: None, forwards: false };
    assert_eq!(db.store.ingest(late).await.expect("stored").new, 1);
    let (third, answer) = db.talks(who(Some(ALICE), None), "w5", NOW + DAY + 9).await;
    assert_eq!((third.person.id, to(&answer)), (second.person.id, ALICE));
}

/// S1 c: somebody's number becomes one that another person had.
async fn a_number_that_somebody_takes_over_makes_nobody_one(db: Database) {
    let (ann, _) = db.talks(who(Some(ALICE), Some("RW.1")), "w1", NOW).await;
    let (bob, _) = db.talks(who(Some(BOB), Some("RW.2")), "w2", NOW).await;
    let after = who(Some(BOB), Some("RW.3"));
    db.receive(vec![changed(who(Some(ALICE), Some("RW.1")), after.clone(), NOW + 60 * DAY)], NOW + 60 * DAY).await;
    let (third, _) = db.talks(after, "w3", NOW + 60 * DAY + 1).await;
    assert_eq!(third.person.id, ann.person.id);
    let (fourth, answer) = db.talks(who(Some("250788000007"), Some("RW.2")), "w4", NOW + 61 * DAY).await;
    assert_eq!(
        (fourth.person.id, to(&answer)),
        (bob.person.id, "250788000007"),
        "the other has their own user id, and a new number"
    );
    assert_eq!(db.count("select count(*) from person_merge").await, 0);
}

async fn an_answer_goes_to_the_address_that_wrote(db: Database) {
    let (first, _) = db.talks(who(Some(ALICE), Some("RW.1")), "w1", NOW).await;
    let (hidden, answer) = db.talks(who(None, Some("RW.1")), "w2", NOW + 1).await;
    assert_eq!((hidden.person.id, to(&answer)), (first.person.id, "RW.1"));
    // Known by Alice's number, writing from Bob's.
    let (moved, answer) = db.talks(who(Some(BOB), Some("RW.1")), "w3", NOW + 2).await;
    assert_eq!((moved.person.id, to(&answer)), (first.person.id, BOB));
    // Word that nobody asked for goes where they wrote from last.
    db.store.say(first.person.id, BUSINESS, "Hello", NOW + 3).await.expect("said");
    let notice = db.store.bring_due(NOW + 3).await.expect("brought").remove(0);
    assert_eq!(to(&db.answer(&notice).await.queued[0]), BOB);
    assert_eq!(db.text("select recipient from outbox order by outbox_id desc limit 1").await, BOB);
}

async fn what_waits_for_a_number_follows_its_person(db: Database) {
    let (ann, first) = db.talks(who(Some(ALICE), Some("RW.1")), "w1", NOW).await;
    let after = who(Some(BOB), Some("RW.2"));
    db.receive(vec![changed(who(Some(ALICE), Some("RW.1")), after, NOW + 1)], NOW + 1).await;
    let begun = db.store.outbox_begin(vec![(first.id, first.version, false)], NOW + 2).await.expect("asked");
    assert_eq!((begun.sending.len(), begun.barred.len()), (0, 0), "what is in hand is of another address");
    let again = db.store.outbox_heads(To::Person, &[first.lane_id]).await.expect("read").remove(0);
    assert_eq!(to(&again), BOB);
    send(&db.store, &again, taken("out1"), NOW + 3).await;

    // The number goes to somebody else, and nothing is known of its former owner any more.
    let (_, waiting) = db.talks(who(Some("250788000005"), None), "w5", NOW + 4).await;
    db.store.say(ann.person.id, BUSINESS, "Hello", NOW + 4).await.expect("said");
    let mut shell = Shell::open(&db.url).await;
    shell.run("update identity set pair = 'RW.7' where value = '250788000005'").await;
    let (stranger, _) = db.talks(who(Some("250788000005"), Some("RW.8")), "w6", NOW + 5).await;
    assert_eq!(stranger.address.as_ref().map(|to| to.as_str()), Some("250788000005"));
    let row = db.store.outbox_heads(To::Person, &[waiting.lane_id]).await.expect("read").remove(0);
    let begun = db.store.outbox_begin(vec![(row.id, row.version, false)], NOW + 6).await.expect("asked");
    assert_eq!(begun.barred, [row.id], "it goes to nobody");
}

async fn a_turn_under_an_address_that_ended_is_done_again(db: Database) {
    let claim = db.hears(who(Some(ALICE), Some("RW.1")), "w1", NOW).await;
    let (other, _) = db.talks(who(Some(ALICE), Some("RW.2")), "w2", NOW + 1).await;
    assert_ne!(claim.person.id, other.person.id);
    let late = db.store.settle(answered(&claim)).await;
    assert!(matches!(late, Err(switchboard_store::SettleError::LostLease)));
    let again = db.store.claim_due(NOW + 2, 9).await.expect("claims").remove(0);
    assert_eq!((again.message.id, again.message.crashes), (claim.message.id, 0));
    assert_eq!(to(&db.answer(&again).await.queued[0]), "RW.1");
}

async fn a_changed_user_id_is_the_same_person(db: Database) {
    let (first, _) = db.talks(who(Some(ALICE), Some("RW.1")), "w1", NOW).await;
    db.receive(vec![changed(who(None, Some("RW.1")), who(None, Some("RW.2")), NOW + 1)], NOW + 1).await;
    let (second, _) = db.talks(who(None, Some("RW.2")), "w2", NOW + 2).await;
    let (third, _) = db.talks(who(Some(ALICE), Some("RW.2")), "w3", NOW + 3).await;
    assert_eq!([second.person.id, third.person.id], [first.person.id; 2]);
    let (old, _) = db.talks(who(None, Some("RW.1")), "w4", NOW + 4).await;
    assert_ne!(old.person.id, first.person.id, "the former user id has ended");
    // The message under the new one came first: Meta's word makes them one, and all of both is there.
    let (early, _) = db.talks(who(Some(ALICE), Some("RW.3")), "w5", NOW + 20).await;
    assert_ne!(early.person.id, first.person.id);
    db.receive(vec![changed(who(None, Some("RW.2")), who(None, Some("RW.3")), NOW + 10)], NOW + 21).await;
    let (last, answer) = db.talks(who(Some(ALICE), Some("RW.3")), "w6", NOW + 22).await;
    assert_eq!((last.person.id, to(&answer)), (first.person.id, ALICE));
    assert_eq!(db.text("select who from person_merge").await, "meta");
    let session = last.session.expect("the later conversation goes on");
    assert_eq!(session.id, early_session(&db).await);
}

async fn early_session(db: &Database) -> uuid::Uuid {
    db.text(
        "select cast(id as text) from unified_sessions where status = 'active' order by last_message_at desc limit 1",
    )
    .await
    .parse()
    .expect("an id")
}

/// `request_contact_info`: the number of somebody known by a user id only.
async fn a_card_counts_if_it_was_asked_for(db: Database) {
    let mut shell = Shell::open(&db.url).await;
    let card = |number: &str| Sender { card: Phone::parse(number).ok(), ..who(None, Some("RW.1")) };
    let numbers = "select count(*) from identity where kind = 'phone' and value = '250788000001'";
    let (ann, row) = db.talks(card(ALICE), "w1", NOW).await;
    assert_eq!(db.count(numbers).await, 0, "nobody asked");
    shell.run(&format!("update outbox set state = 'sent', wamid = 'q1', body = '{{\"type\":\"interactive\",\"interactive\":{{\"type\":\"request_contact_info\"}}}}' where outbox_id = {}", row.id)).await;
    let quotes = |item: Item, quoted: &str| match item {
        Item::Message(message) => Item::Message(Inbound { quotes: Some(quoted.into()), ..message }),
        other => other,
    };
    let claim = db.claim(quotes(wrote(card(ALICE), "w2", NOW + 1), "another"), NOW + 1).await;
    db.answer(&claim).await;
    assert_eq!(db.count(numbers).await, 0, "it answers something else");
    let (bob, _) = db.talks(who(Some(BOB), Some("RW.2")), "w3", NOW + 2).await;
    let claim = db.claim(quotes(wrote(card(BOB), "w4", NOW + 3), "q1"), NOW + 3).await;
    db.answer(&claim).await;
    assert_eq!(db.store.person_of(BOB).await.expect("read"), Some(bob.person.id), "another's number stays theirs");
    let claim = db.claim(quotes(wrote(card(ALICE), "w5", NOW + 4), "q1"), NOW + 4).await;
    db.answer(&claim).await;
    assert_eq!(db.count(numbers).await, 1);
    assert_eq!(db.store.person_of(ALICE).await.expect("read"), Some(ann.person.id));
    assert_eq!(
        db.store.contact(ann.person.id).await.expect("read").and_then(|card| card.phone),
        Phone::parse(ALICE).ok()
    );
    let (same, _) = db.talks(who(Some(ALICE), Some("RW.1")), "w6", NOW + 5).await;
    assert_eq!(same.person.id, ann.person.id);
}

async fn forms_of_a_number_are_one(db: Database) {
    let mut shell = Shell::open(&db.url).await;
    for (n, forms) in
        [["553187654321", "5531987654321"], ["5215512345678", "525512345678"], ["5491123456789", "541123456789"]]
            .into_iter()
            .enumerate()
    {
        let (first, _) = db.talks(who(Some(forms[0]), None), &format!("w{n}"), NOW).await;
        let (second, answer) = db.talks(who(Some(forms[1]), None), &format!("v{n}"), NOW + 1).await;
        assert_eq!(
            (second.person.id, to(&answer)),
            (first.person.id, forms[1]),
            "the answer goes to the form that wrote"
        );
        for form in forms {
            assert_eq!(db.store.person_of(&format!("00{form}")).await.expect("read"), Some(first.person.id), "{form}");
            // The database and the host make the same key.
            let key = Phone::parse(form).expect(form).key();
            assert_eq!(
                counted(&mut shell, &format!("identity where kind = 'phone' and key = '{key}'")).await,
                1,
                "{form}"
            );
        }
    }
}

async fn a_person_known_by_phone_gains_a_user_id(db: Database) {
    let (first, _) = db.talks(who(Some(ALICE), None), "w1", NOW).await;
    let (second, _) = db.talks(who(Some(ALICE), Some("RW.1")), "w2", NOW + 1).await;
    let (third, _) = db.talks(who(None, Some("RW.1")), "w3", NOW + 2).await;
    assert_eq!([second.person.id, third.person.id], [first.person.id; 2]);
    assert_eq!(db.text("select user_id from person").await, "RW.1");
}

/// What the row security of Postgres lets through follows the identity.
#[tokio::test]
async fn an_ended_number_gives_no_right() {
    let db = Database::postgres().await;
    let (ann, _) = db.talks(who(Some("553187654321"), Some("BR.1")), "w1", NOW).await;
    let mut shell = Shell::open(&db.url).await;
    let mut me = async |phone: &str| {
        shell.run(&format!("set request.jwt.claims = '{{\"phone\": \"{phone}\"}}'")).await;
        shell.texts("select coalesce(switchboard.me()::text, 'nobody')").await.remove(0)
    };
    assert_eq!(me("+55 31 98765 4321").await, ann.person.id.to_string());
    let before = who(Some("553187654321"), Some("BR.1"));
    db.receive(vec![changed(before, who(Some("551187654321"), Some("BR.2")), NOW + 1)], NOW + 1).await;
    assert_eq!(me("553187654321").await, "nobody");
    assert_eq!(me("551187654321").await, ann.person.id.to_string());
}

/// The whole circle, with real components: a recycled number, and an operator's merge beside a running host.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_recycled_number_meets_a_running_host() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.start().await;
    let (old, new) = (format!("+{ALICE}"), format!("+{BOB}"));
    let says = |words: &str, user_id: &str| json!({ "message": { "type": "text", "text": { "body": words }, "from_user_id": user_id } });
    stage.say(&old, says("I want to sell a sofa", "RW.1")).await;
    assert_eq!(stage.heard(&old, 0, 1).await.len(), 1, "the flow asks");
    let flow = "select active_flow from unified_sessions where active_flow is not null";
    assert!(stage.text(flow).await.is_some());
    let system = json!({ "type": "user_changed_number", "body": format!("User Ann changed from {ALICE} to {BOB}") });
    stage.say(&old, json!({ "message": { "type": "system", "from_user_id": "RW.1", "system": system } })).await;

    // The next owner of the number is nobody's flow, and is answered where they are.
    stage.say(&old, says("hello", "RW.9")).await;
    let heard = stage.heard(&old, 1, 1).await;
    assert!(!heard.is_empty() && stage.heard(&new, 0, 0).await.is_empty(), "the former owner hears nothing");
    assert_eq!(stage.count("select count(*) from person").await, 2);
    assert_eq!(
        stage
            .count(
                "select count(*) from unified_sessions where active_flow is not null and user_phone = '+250788000002'"
            )
            .await,
        1
    );
    // The former owner goes on, with the user id that Meta made for the new number.
    stage.say(&new, says("Blue sofa", "RW.2")).await;
    assert_eq!(stage.heard(&new, 0, 1).await.len(), 1);
    assert_eq!(stage.count("select count(*) from person").await, 2);

    // Somebody whose number and user id changed unannounced is somebody new, until an operator says who they are.
    stage.say("+250788000003", says("hello", "RW.3")).await;
    assert!(!stage.heard("+250788000003", 0, 1).await.is_empty());
    let refused = stage.run(&["person", "merge", &new, "RW.3"]);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("--yes"));
    let merged = stage.run(&["person", "merge", "00250 788 000 002", "RW.3", "--yes", "--as", "grace"]);
    assert!(merged.status.success(), "{}", String::from_utf8_lossy(&merged.stderr));
    assert_eq!(stage.text("select who from person_merge").await.as_deref(), Some("command:grace"));
    stage.say("+250788000003", says("Ten thousand", "RW.3")).await;
    assert!(stage.heard("+250788000003", 1, 1).await.len() == 1, "the answer goes to the address that wrote");
    let lanes = "select count(distinct l.person_id) from message as m join lane as l using (lane_id)";
    assert_eq!(stage.count(lanes).await, 2, "the messages are of one person");
    let again = stage.run(&["person", "merge", &new, "RW.3", "--yes"]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("one person already"));
}
