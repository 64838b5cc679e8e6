//! Humans take over well: a whole story of a customer and the desk, by commands and again by the API, on both databases; and what may go wrong
//! in it: two who claim at once, a takeover that everybody has left, a receiver that fails, an answer to an answer.

mod desk;

use desk::{Desk, Receiver, Way, stage};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::store::{ALICE as ALICE_PHONE, Database, NOW, delivery, on_both, says};
use switchboard_core::act::Actor;
use switchboard_kit::{
    cluster,
    stage::{Stage, until},
    talk::text,
};
use switchboard_store::{Role, Store, StoreOptions, Word};

const ALICE: &str = "250788000001";
const HOUR_MS: i64 = 3_600_000;

on_both! {
    of_two_humans_who_claim_at_once_one_wins,
    a_claim_is_counted_in_the_audit_and_the_unread_are_those_that_nobody_saw,
    a_takeover_that_both_sides_left_ends,
    what_is_said_twice_under_one_id_is_said_once,
    a_conversation_is_read_page_by_page_and_staff_s_words_are_staff_s,
}

async fn the_story(way: Way, url: Option<String>) {
    let (receiver, hook) = Receiver::start(2).await;
    let (stage, clock) = stage(url, &hook).await;
    let desk = Desk::new(&stage, way);
    let mut alice = stage.talk(ALICE);

    // A customer asks for a human inside a form: one step, and the form stays open.
    alice.say("I want to sell a bicycle for 60k in Remera").await;
    let told = alice.say("talk to a human").await;
    let number = told.split('*').find(|word| word.starts_with("T-")).expect("a ticket").to_owned();
    assert_eq!(stage.count("select count(*) from unified_sessions where active_flow is not null").await, 1);
    let inbox = desk.inbox().await;
    assert_eq!(inbox.as_array().map(Vec::len), Some(1), "{inbox}");
    assert_eq!((&inbox[0]["why"], &inbox[0]["unread"]), (&json!("asked"), &json!(1)), "{inbox}");
    assert_eq!((&inbox[0]["claimed_by"], &inbox[0]["tickets"][0]["number"]), (&Value::Null, &json!(number)));

    // An operator claims; another cannot.
    let (claimed, said) = desk.act("claim", &number, "grace", None).await;
    assert!(claimed, "{said}");
    assert!(alice.hears().await.contains("A person of our team is here"));
    let (claimed, said) = desk.act("claim", &number, "bob", None).await;
    assert!(!claimed && said.contains("grace has this person"), "{said}");
    assert_eq!(desk.inbox().await[0]["claimed_by"], "grace");

    // She answers, and sees that it arrived; the customer answers back, and no agent does.
    let (ok, said) = desk.act("say", &format!("+{ALICE}"), "grace", Some("What do you need?")).await;
    assert!(ok && said.contains("sent ") && said.contains("delivered"), "{said}");
    assert!(alice.hears().await.contains("What do you need?"));
    assert_eq!(desk.inbox().await[0]["unread"], 0);
    stage.say(ALICE, text("My bicycle has two owners")).await;
    until("she sees it", async || desk.inbox().await[0]["unread"] == 1).await;
    let (ok, _) = desk.act("note", &number, "grace", Some("ask for both names")).await;
    assert!(ok);
    let talk = desk.talk(&number).await;
    let side = |side: &str, words: &str| {
        let all = talk.as_array().expect("entries");
        all.iter()
            .find(|one| one["side"] == side && one["text"].as_str().is_some_and(|text| text.contains(words)))
            .cloned()
    };
    let staff = side("staff", "What do you need?").unwrap_or_else(|| panic!("{talk}"));
    assert_eq!((&staff["name"], &staff["outcome"]["state"]), (&json!("grace"), &json!("delivered")));
    assert!(side("person", "two owners").is_some() && side("agent", &number).is_some(), "{talk}");
    assert!(side("note", "both names").is_some(), "{talk}");

    // The window closes, and a template asks.
    let later = 26 * HOUR_MS;
    std::fs::write(&clock, later.to_string()).expect("written");
    stage.faults(json!({ "ahead_ms": later })).await;
    until("a day goes by", async || {
        let (ok, said) = desk.act("say", &number, "grace", Some("Are you there?")).await;
        assert!(ok, "{said}");
        said.contains("waits: last word 26 h ago; a template asks them to write")
    })
    .await;
    assert!(alice.hears().await.contains("write_us"));
    stage.say(ALICE, text("Yes, I am here")).await;
    assert!(alice.hears().await.contains("Are you there?"));

    // The operator closes, and the customer rates.
    let (closed, said) = desk.act("close", &number, "grace", None).await;
    assert!(closed && said.contains(&number), "{said}");
    let asked = alice.hears().await;
    assert!(asked.contains("Did we help you?"), "{asked}");
    let rating = stage.text("select cast(rating_id as text) from desk_rating").await.expect("a question");
    let tap = json!({ "tap": { "id": format!("host/rate=up:{rating}"), "title": "👍" } });
    assert!(alice.sends(tap.clone()).await.contains("Thank you"));
    assert_eq!(stage.count("select count(*) from desk_rating where good = 1").await, 1);
    assert!(stage.text("select status from ticket").await.as_deref() == Some("closed"));
    let report = desk.command(&["report", "--json"]).1;
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["satisfaction"], json!({ "asked": 1, "good": 1, "bad": 0 }));
    // Agents answer again.
    assert!(alice.say("menu").await.contains("What would you like to do?"));

    told_in_order(&receiver, &number).await;
    in_the_audit(&stage, way, &number).await;
}

/// The receiver got everything once it worked, in its order.
async fn told_in_order(receiver: &Receiver, number: &str) {
    until("all is told", async || receiver.kinds().last().is_some_and(|kind| kind == "rated")).await;
    let kinds = receiver.kinds();
    let of = |kind: &str| kinds.iter().position(|known| known == kind).unwrap_or_else(|| panic!("{kind}: {kinds:?}"));
    let order = ["ticket.opened", "claimed", "said", "message.received", "ticket.reopened", "closed", "rated"].map(of);
    assert!(order.is_sorted(), "{kinds:?}");
    let opened = receiver.first("ticket.opened").expect("told");
    assert_eq!(
        (&opened["number"], &opened["subject"]),
        (&json!(number), &json!("Wants to talk to a person")),
        "{opened}"
    );
    assert!(opened["at"].as_str().is_some_and(|at| at.parse::<jiff::Timestamp>().is_ok()), "{opened}");
    let received = receiver.first("message.received").expect("told");
    assert_eq!(received["message"]["text"], "My bicycle has two owners", "{received}");
    assert!(!received.to_string().contains(ALICE), "nobody's number");
}

/// Each act stands in the audit, with who did it and how, and without words.
async fn in_the_audit(stage: &Stage, way: Way, number: &str) {
    let options = StoreOptions { role: Role::Tool, ..StoreOptions::default() };
    let store = Store::open(&stage.url(), options).await.expect("it opens");
    let mut acts = store.audit(None, None, 100).await.expect("read");
    acts.reverse();
    acts.retain(|act| act.act != "operators.add");
    let name = if way == Way::Commands { "command" } else { "api" };
    assert!(acts.iter().all(|act| act.who == "grace" && act.way == name), "{acts:?}");
    let mut done: Vec<&str> = acts.iter().map(|act| act.act.as_str()).collect();
    done.dedup();
    assert_eq!(done, ["desk.claim", "ticket.answer", "desk.note", "ticket.answer", "desk.close"]);
    let all = format!("{acts:?}");
    assert!(!all.contains("What do you need") && !all.contains("both names") && all.contains(number), "{all}");
}

#[tokio::test]
async fn a_customer_is_helped_by_commands_on_sqlite() {
    the_story(Way::Commands, None).await;
}

#[tokio::test]
async fn a_customer_is_helped_by_commands_on_postgres() {
    the_story(Way::Commands, Some(cluster::shared().database().await)).await;
}

#[tokio::test]
async fn a_customer_is_helped_by_the_api_on_sqlite() {
    the_story(Way::Api, None).await;
}

#[tokio::test]
async fn a_customer_is_helped_by_the_api_on_postgres() {
    the_story(Way::Api, Some(cluster::shared().database().await)).await;
}

/// Answers to answers: quoted ones always, and what comes next within a day.
async fn answers_to_answers(url: Option<String>) {
    let (receiver, hook) = Receiver::start(0).await;
    let (stage, _) = stage(url, &hook).await;
    let desk = Desk::new(&stage, Way::Commands);
    let mut alice = stage.talk(ALICE);
    let told = alice.say("talk to a human").await;
    let number = told.split('*').find(|word| word.starts_with("T-")).expect("a ticket").to_owned();
    let (ok, said) = desk.command(&["canned", "set", "today", "It comes today, {name}.", "--as", "Grace"]);
    assert!(ok, "{said}");
    let (ok, said) = desk.command(&["say", &number, "--canned", "today", "--as", "Grace"]);
    assert!(ok, "{said}");
    let heard = alice.hears().await;
    assert!(heard.contains("It comes today, Somebody."), "{heard}");
    assert_eq!(stage.text("select status from ticket").await.as_deref(), Some("answered"));

    // What comes next belongs to it; a wish for something else does not.
    let joined = alice.say("It is not here, and I waited all day").await;
    assert!(joined.contains("went to our team") && joined.contains(&number), "{joined}");
    assert_eq!(stage.text("select status from ticket").await.as_deref(), Some("open"));
    alice.say("I want to sell a bicycle for 60k in Remera").await;
    assert_eq!(stage.text("select current_agent from unified_sessions").await.as_deref(), Some("marketplace"));

    // Inside a form what is written is an answer to the form, unless it quotes the desk.
    let quotes = stage.text("select wamid from outbox where agent = 'staff'").await.expect("it was sent");
    let (ok, said) = desk.command(&["close", &number, "--as", "Grace"]);
    assert!(ok, "{said}");
    assert!(alice.hears().await.contains("Did we help you?"));
    let joined = alice.sends(json!({ "text": "It is still not here", "quotes": quotes })).await;
    assert!(joined.contains("went to our team"), "{joined}");
    assert_eq!(stage.text("select status from ticket").await.as_deref(), Some("open"));
    assert_eq!(stage.count("select count(*) from unified_sessions where active_flow is not null").await, 1);
    let (ok, shown) = desk.command(&["tickets", "show", &number]);
    let lines = [
        "Grace (staff): It comes today, Somebody.",
        "> It is not here, and I waited all day",
        "> It is still not here",
    ];
    assert!(ok && lines.iter().all(|line| shown.contains(line)), "{shown}");
    until("it is told twice", async || receiver.kinds().iter().filter(|kind| *kind == "ticket.reopened").count() == 2)
        .await;

    // Meta refuses, and the command says so.
    stage.faults(json!({ "fail": [{ "status": 400, "code": 131026, "count": null }] })).await;
    let (ok, said) = desk.command(&["say", &number, "Where are you?", "--as", "Grace"]);
    assert!(!ok && said.contains("refused by Meta: 131026"), "{said}");
}

#[tokio::test]
async fn an_answer_to_an_answer_reopens_its_ticket_on_sqlite() {
    answers_to_answers(None).await;
}

#[tokio::test]
async fn an_answer_to_an_answer_reopens_its_ticket_on_postgres() {
    answers_to_answers(Some(cluster::shared().database().await)).await;
}

#[tokio::test]
async fn outside_the_hours_a_person_is_told_from_when_on_somebody_answers() {
    let mut stage = Stage::new(&["support"]);
    // Nobody answers for the next day, whatever day it is.
    let day = jiff::Timestamp::now().in_tz("Africa/Kigali").expect("a zone").weekday().to_monday_zero_offset();
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let in_three = usize::try_from(day + 3).expect("a day") % 7;
    stage.set("BUSINESS_HOURS", &format!("{} 08:00-09:30", days[in_three]));
    stage.start().await;
    let told = stage.talk(ALICE).say("talk to a human").await;
    let names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    assert!(told.contains(&format!("We answer from {} 08:00.", names[in_three])), "{told}");
}

fn grace() -> Actor {
    Actor::at_terminal("Grace")
}

async fn of_two_humans_who_claim_at_once_one_wins(db: Database) {
    let person = db.claim(says(ALICE_PHONE, "w1"), NOW).await.person.id;
    let (ann, bob) = (Actor::at_terminal("Ann"), Actor::at_terminal("Bob"));
    let options = StoreOptions { role: Role::Tool, ..StoreOptions::default() };
    let beside = Store::open(&db.url, options).await.expect("it opens");
    let (first, second) = tokio::join!(db.store.take_over(person, false, &ann), beside.take_over(person, false, &bob));
    let (first, second) = (first.expect("asked"), second.expect("asked"));
    assert!(first != second, "one of them");
    let has = if first { "Ann" } else { "Bob" };
    assert_eq!(db.store.taken(person).await.expect("read").map(|taken| taken.by).as_deref(), Some(has));
    let joined = "select count(*) from notice where content like '%host.joined%'";
    assert_eq!(db.count(joined).await, 1, "the person is told once");
    assert_eq!(db.count("select count(*) from audit where act = 'desk.claim'").await, 1);
    assert_eq!(db.count("select count(*) from desk_event where kind = 'claimed'").await, 1);
    // Who must have them takes them; nobody is told again.
    assert!(db.store.take_over(person, true, &grace()).await.expect("asked"));
    assert_eq!(db.count(joined).await, 1);
    let latest = db.store.audit(None, None, 1).await.expect("read").remove(0);
    assert_eq!((latest.before.as_deref(), latest.after.as_deref()), (Some(has), Some("Grace")));
}

async fn a_claim_is_counted_in_the_audit_and_the_unread_are_those_that_nobody_saw(db: Database) {
    let claim = db.claim(says(ALICE_PHONE, "w1"), NOW).await;
    db.answer(&claim).await;
    let person = claim.person.id;
    assert!(db.store.inbox().await.expect("read").is_empty(), "nobody waits");
    assert!(db.store.take_over(person, false, &grace()).await.expect("taken"));
    let unread = async || {
        let inbox = db.store.inbox().await.expect("read");
        inbox.iter().map(|one| (one.person, one.unread)).collect::<Vec<_>>()
    };
    assert_eq!(unread().await, [(person, 0)], "she has seen what was there");
    let now = db.store.now();
    for n in 0..3 {
        let says = says(ALICE_PHONE, &format!("u{n}"));
        db.store.ingest(delivery(vec![says], now + 1 + n)).await.expect("stored");
    }
    assert_eq!(unread().await, [(person, 3)]);
    assert!(db.store.staff_notes(person, None, "a note", &grace()).await.expect("noted"));
    assert_eq!(unread().await, [(person, 0)], "whoever notes something has read it");
    assert!(db.store.hand_back(person, &grace()).await.expect("given back"));
    assert!(!db.store.hand_back(person, &grace()).await.expect("asked"), "nobody has them");
    assert!(unread().await.is_empty());
}

async fn a_takeover_that_both_sides_left_ends(db: Database) {
    let claim = db.claim(says(ALICE_PHONE, "w1"), NOW).await;
    db.answer(&claim).await;
    let person = claim.person.id;
    assert!(db.store.take_over(person, false, &grace()).await.expect("taken"));
    let now = db.store.now();
    assert!(db.store.takeovers_stale(now - 12 * HOUR_MS).await.expect("read").is_empty(), "it has just begun");
    let stale = db.store.takeovers_stale(now + 1).await.expect("read").remove(0);
    assert_eq!((stale.person, stale.by.as_str()), (person, "Grace"));
    // Somebody says something meanwhile.
    let mut shell = switchboard_kit::shell::Shell::open(&db.url).await;
    shell.run(&format!("update lane set wrote_at = {}", now + 5)).await;
    assert!(!db.store.end_stale(&stale, &Actor::host()).await.expect("asked"), "she has written");
    shell.run(&format!("update lane set wrote_at = {}", now - HOUR_MS)).await;
    assert!(db.store.end_stale(&stale, &Actor::host()).await.expect("ended"));
    assert_eq!(db.store.taken(person).await.expect("read"), None);
    let latest = db.store.audit(None, None, 1).await.expect("read").remove(0);
    assert_eq!((latest.act.as_str(), latest.who.as_str(), latest.way.as_str()), ("desk.release", "host", "host"));
    assert_eq!(latest.before.as_deref(), Some("Grace"));
    assert_eq!(db.count("select count(*) from notice where content like '%host.left%'").await, 1, "she is told");
}

async fn what_is_said_twice_under_one_id_is_said_once(db: Database) {
    let person = db.claim(says(ALICE_PHONE, "w1"), NOW).await.person.id;
    let word = Word { id: Uuid::now_v7(), person, ticket: None, words: "Hello", before: None };
    assert!(db.store.staff_says(&word, &grace()).await.expect("said"));
    assert!(!db.store.staff_says(&word, &grace()).await.expect("asked"), "it was said");
    assert_eq!(db.count("select count(*) from notice").await, 1);
    let said = db.store.audit(None, None, 9).await.expect("read");
    assert_eq!((said.len(), said[0].act.as_str(), said[0].after.as_deref()), (1, "desk.say", Some("5")), "its length");
}

async fn a_conversation_is_read_page_by_page_and_staff_s_words_are_staff_s(db: Database) {
    let claim = db.claim(says(ALICE_PHONE, "w1"), NOW).await;
    db.answer(&claim).await;
    let person = claim.person.id;
    for n in 0..5 {
        let words = format!("word {n}");
        let word = Word { id: Uuid::now_v7(), person, ticket: None, words: &words, before: None };
        assert!(db.store.staff_says(&word, &grace()).await.expect("said"));
    }
    let mut shell = switchboard_kit::shell::Shell::open(&db.url).await;
    for n in 0..5 {
        // Two of them at the same time.
        let at = NOW + 1_000 * i64::from(n / 2 * 2);
        shell.run(&format!("update desk_word set at = {at} where words = 'word {n}'")).await;
    }
    let all = db.store.talk(person, i64::MAX, 100).await.expect("read");
    assert_eq!(all.len(), 7, "a message, a reply, five words: {all:?}");
    let staff = all.iter().filter(|one| one.side == switchboard_store::Side::Staff);
    assert!(staff.clone().all(|one| one.name.as_deref() == Some("Grace")) && staff.count() == 5);
    let (mut paged, mut before) = (Vec::new(), i64::MAX);
    loop {
        let mut page = db.store.talk(person, before, 2).await.expect("read");
        let Some(first) = page.first() else { break };
        before = first.at;
        page.append(&mut paged);
        paged = page;
    }
    assert_eq!(paged, all, "no entry twice, and none is lost");
}

#[tokio::test]
async fn a_takeover_ends_by_itself_in_a_running_host() {
    let mut stage = Stage::new(&["support"]);
    let clock = stage.folder().join("clock");
    stage.set("SWITCHBOARD_CLOCK_FILE", &clock.display().to_string());
    stage.start().await;
    let mut alice = stage.talk(ALICE);
    alice.say("hello").await;
    assert!(stage.run(&["claim", &format!("+{ALICE}"), "--as", "Grace"]).status.success());
    assert!(alice.hears().await.contains("A person of our team is here"));
    std::fs::write(&clock, (13 * HOUR_MS).to_string()).expect("written");
    stage.faults(json!({ "ahead_ms": 13 * HOUR_MS })).await;
    assert!(alice.hears().await.contains("Our team has left this chat"));
    assert!(alice.say("menu").await.contains("What would you like to do?"));
    assert_eq!(stage.count("select count(*) from audit where act = 'desk.release' and way = 'host'").await, 1);
}
