//! Documents written on a condition: many people ask for one thing at once, on one host and on several, and one gets it; nobody's change
//! is lost, and all are told the truth. With a component that books.

use std::{collections::BTreeSet, time::Instant};

use serde_json::Value;
use switchboard::turn;
use switchboard_core::act::Actor;
use switchboard_edge::emulator::{ModelServer, Says};
use switchboard_kit::{
    agents::{self, rogue},
    cluster,
    stage::Stage,
    talk::{deliver, text},
};
use switchboard_store::{Claim, SettleError};

use crate::{
    notices::World,
    store::{Database, on_both},
};

/// People who ask at once.
const ASKERS: usize = 200;

on_both! {
    of_two_turns_one_takes_the_slot_and_the_other_runs_again,
    a_value_that_changed_is_not_overwritten,
    what_a_turn_writes_itself_counts,
    documents_are_listed_by_prefix_in_pages,
    conditional_writes_keep_to_the_quota,
    conditional_documents_are_forgotten,
    a_turn_that_wrote_on_a_condition_replays_the_same,
    persons_are_merged_while_one_writes_on_a_condition,
}

async fn world(db: Database) -> World {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("plugins")).expect("a folder");
    std::fs::write(folder.path().join("plugins/booking.wasm"), rogue("booking")).expect("written");
    let url = match db.url.starts_with("postgres") {
        true => cluster::shared().database().await,
        false => format!("sqlite://{}/booking.db", folder.path().display()),
    };
    let manifest = format!("{}limits = {{ host_calls_max = 2000 }}\n", agents::entry("booking", &["records", "model"]));
    World::hosting(url, folder, (1, &[]), &manifest).await
}

/// A turn that has run and is not yet committed.
struct Ran {
    claim: Claim,
    settlement: switchboard_store::Settlement,
}

async fn runs(world: &World, claim: Claim) -> Ran {
    let settlement = turn::answer(&world.app, &claim).await.expect("a turn").settlement;
    Ran { claim, settlement }
}

async fn writes(world: &mut World, person: u64, words: &str) -> Ran {
    let mut claims = world.writes(person, "1", words, 0).await;
    runs(world, claims.remove(0)).await
}

impl Ran {
    fn said(&self) -> String {
        let texts = self.settlement.replies.iter().map(|reply| {
            let body: Value = serde_json::from_str(&reply.body).expect("JSON");
            body["text"]["body"].as_str().unwrap_or_default().to_owned()
        });
        texts.collect()
    }

    async fn settles(self, world: &World) -> Result<String, (SettleError, Claim)> {
        let said = self.said();
        match world.app.store.settle(self.settlement).await {
            Ok(_) => Ok(said),
            Err(error) => Err((error, self.claim)),
        }
    }

    /// What it says; it must settle.
    async fn tells(self, world: &World) -> String {
        self.settles(world).await.map_err(|(error, _)| error).expect("it settles")
    }
}

async fn is_told(world: &mut World, person: u64, words: &str) -> String {
    writes(world, person, words).await.tells(world).await
}

async fn of_two_turns_one_takes_the_slot_and_the_other_runs_again(db: Database) {
    let mut world = world(db).await;
    let first = writes(&mut world, 1, "booking take S9").await;
    let second = writes(&mut world, 2, "booking take S9").await;
    assert_eq!((first.said().as_str(), second.said().as_str()), ("S9 is yours", "S9 is yours"), "both ran before");
    assert_eq!(second.tells(&world).await, "S9 is yours");
    let (refused, claim) = first.settles(&world).await.expect_err("it lost");
    assert!(matches!(refused, SettleError::Conflict), "{refused}");
    assert_eq!(world.count("select count(*) from outbox").await, 1, "what lost wrote nothing");
    assert_eq!(runs(&world, claim).await.tells(&world).await, "S9 is taken");
    assert_eq!(is_told(&mut world, 2, "booking take S9").await, "S9 is already yours");
    assert_eq!(world.count("select count(*) from record where collection = 'slots'").await, 1);
}

async fn a_value_that_changed_is_not_overwritten(db: Database) {
    let mut world = world(db).await;
    is_told(&mut world, 1, "booking take S1").await;
    let changes = writes(&mut world, 2, "booking change S1 red").await;
    assert_eq!(is_told(&mut world, 3, "booking change S1 blue").await, "S1 is blue");
    let (refused, claim) = changes.settles(&world).await.expect_err("it lost");
    assert!(matches!(refused, SettleError::Conflict), "{refused}");
    assert_eq!(runs(&world, claim).await.tells(&world).await, "S1 is red", "it has read again");
    // Also where it is gone.
    let changes = writes(&mut world, 2, "booking change S1 green").await;
    is_told(&mut world, 3, "booking free S1").await;
    let (refused, claim) = changes.settles(&world).await.expect_err("it is gone");
    assert!(matches!(refused, SettleError::Conflict), "{refused}");
    let again = runs(&world, claim).await.tells(&world).await;
    assert!(again.starts_with("Problem::Conflict(\"there is no document S1 in slots"), "{again}");
    // An unconditional write wins over nobody's condition.
    assert_eq!(is_told(&mut world, 2, "booking take S1").await, "S1 is yours");
}

async fn what_a_turn_writes_itself_counts(db: Database) {
    let mut world = world(db).await;
    assert_eq!(is_told(&mut world, 1, "booking twice S2").await, r#"true false Some("one!") true"#);
    assert_eq!(world.texts("select value from record where key = 'S2'").await, [r#""three""#]);
}

async fn documents_are_listed_by_prefix_in_pages(db: Database) {
    let mut world = world(db).await;
    for slot in ["b1", "a2", "a10", "a1", "a_", "é1", "a%"] {
        is_told(&mut world, 1, &format!("booking take {slot}")).await;
    }
    assert_eq!(is_told(&mut world, 2, "booking list a").await, "a% a1 a10 a2 a_ in 3");
    assert_eq!(is_told(&mut world, 2, "booking list a_").await, "a_ in 1", "nothing stands for anything");
    assert_eq!(is_told(&mut world, 2, "booking list a1").await, "a1 a10 in 2");
    assert_eq!(is_told(&mut world, 2, "booking list é").await, "é1 in 1");
}

async fn conditional_writes_keep_to_the_quota(db: Database) {
    let mut world = world(db).await;
    let said = is_told(&mut world, 1, "booking fill 1001").await;
    assert!(said.starts_with("1000, then Problem::Limit(\"1000 documents a person\")"), "{said}");
    assert_eq!(world.count("select count(*) from record where collection = 'notes'").await, 1_000);
}

async fn conditional_documents_are_forgotten(db: Database) {
    let mut world = world(db).await;
    assert_eq!(is_told(&mut world, 1, "booking note k").await, "noted true");
    assert_eq!(is_told(&mut world, 1, "booking note k").await, "noted false");
    let mut ran = writes(&mut world, 1, "booking note l").await;
    // They are forgotten while a turn of theirs writes: nothing of them stays.
    ran.settlement.effects.push(switchboard_core::effect::Effect {
        agent: "booking".into(),
        write: switchboard_core::effect::Write::Forget,
    });
    ran.tells(&world).await;
    assert_eq!(world.count("select count(*) from record").await, 0);
}

async fn a_turn_that_wrote_on_a_condition_replays_the_same(db: Database) {
    let mut world = world(db).await;
    let agents = world.app.plugins.current();
    for words in ["booking take S9", "booking twice S3", "booking change S9 red", "booking count", "booking list S"] {
        let ran = writes(&mut world, 1, words).await;
        let journal = ran.settlement.journal.clone().expect("a journal");
        let said = ran.tells(&world).await;
        let read = switchboard::journal::Journal::read(&journal).expect("it is read");
        let link = &read.links[0];
        let version = agents.get("booking").expect("it is loaded");
        let replayed = version.replay(&link.turn, &link.calls, 0).await;
        assert!(replayed.unknown.is_empty(), "{words}");
        let strip = |calls: &[switchboard_sandbox::agent::HostCall]| {
            calls.iter().map(|call| (call.name.clone(), call.args.clone(), call.result.clone())).collect::<Vec<_>>()
        };
        assert_eq!(strip(&replayed.ended.calls), strip(&link.calls), "{words}");
        assert_eq!(replayed.ended.result.ok(), link.outcome, "{words}: {said}");
    }
}

/// Both have a document of one key afterwards: one had it, the other's turn was about to write it. It is there once, no matter which of them stays.
async fn persons_are_merged_while_one_writes_on_a_condition(db: Database) {
    let mut world = world(db).await;
    for (nth, has, writes_it, writer_stays) in [(1, 1, 2, false), (2, 3, 4, true)] {
        let had = writes(&mut world, has, "booking note k").await;
        let owner = had.claim.person.id;
        assert_eq!(had.tells(&world).await, "noted true");
        let writing = writes(&mut world, writes_it, "booking note k").await;
        let writer = writing.claim.person.id;
        assert_eq!(writing.said(), "noted true", "it has none of this key yet");
        let (stays, goes) = if writer_stays { (writer, owner) } else { (owner, writer) };
        let (actor, now) = (Actor::at_terminal("op"), world.app.clock.now());
        assert!(world.app.store.merge_persons(stays, goes, &actor, now).await.expect("merged"));
        let (refused, _) = writing.settles(&world).await.expect_err("what it found is no longer so");
        println!("the writer {}: {refused}", if writer_stays { "stays" } else { "goes" });
        assert!(matches!(refused, SettleError::LostLease | SettleError::Conflict), "{refused}");
        assert_eq!(world.count("select count(*) from record where collection = 'notes'").await, nth);
        assert_eq!(world.count("select count(*) from outbox").await, nth, "what lost wrote nothing");
    }
}

fn phone(n: usize) -> String {
    format!("250788{n:06}")
}

/// All people write at once; what each is told, in the order of their numbers.
async fn all_write(stage: &Stage, words: &str) -> Vec<String> {
    let before = stage.count("select count(*) from message").await;
    let mut sending = tokio::task::JoinSet::new();
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    for n in 0..ASKERS {
        let (http, emulator, words) = (http.clone(), stage.emulator.clone(), text(words));
        sending.spawn(async move { deliver(&http, &emulator, &phone(n), &words).await });
    }
    assert!(sending.join_all().await.iter().all(|status| *status == 200));
    stage.each_answered_once(before + ASKERS as i64).await;
    let mut said = Vec::with_capacity(ASKERS);
    for n in 0..ASKERS {
        let heard = stage.heard(&phone(n), 0, 1).await;
        let last = heard.last().expect("an answer");
        said.push(last.body["body"]["text"]["body"].as_str().unwrap_or_default().to_owned());
    }
    said
}

/// Hosts with the agent, and a model that counts.
async fn asked_at_once(hosts: usize, database: Option<String>) {
    // So slow that several have found the slot free before the first turn commits, also where messages come in slowly.
    let model = ModelServer::repeating(vec![Says::text("yes").after(500)]).await.expect("a server");
    let mut stage = Stage::of_nodes(&["support"], hosts);
    stage.add("booking", &rogue("booking"), &["records", "model"], "");
    if let Some(url) = database {
        stage.set("DATABASE_URL", &url);
    }
    stage.set("FLOOD_PER_MINUTE", "100000");
    stage.set("GEMINI_API_KEY", "a-key-of-the-test");
    stage.set("GEMINI_API_URL", &model.url);
    for host in 0..hosts {
        stage.start_node(host).await;
    }
    let conflicts = async || {
        let mut total = 0.0;
        for host in 0..hosts {
            let metrics = stage.metrics(host).await;
            let lines = metrics.iter().filter_map(|line| line.strip_prefix("switchboard_turn_conflicts_total{"));
            total += lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>();
        }
        total
    };

    // One slot.
    let begun = Instant::now();
    let said = all_write(&stage, "booking ask S9").await;
    let (won, lost): (Vec<&String>, Vec<&String>) = said.iter().partition(|said| said.contains("is yours"));
    assert!(won.len() == 1 && won[0].starts_with("S9 is yours, says "), "{won:?}");
    assert!(lost.iter().all(|said| said.starts_with("S9 is taken, says ")), "{lost:?}");
    let slots = "select count(*) from record where agent = 'booking' and collection = 'slots'";
    assert_eq!(stage.count(slots).await, 1);
    println!(
        "{ASKERS} askers of one slot on {hosts} hosts: 1 got it, {} were told that it is taken, {} turns ran again, in {} ms",
        lost.len(),
        conflicts().await,
        begun.elapsed().as_millis()
    );
    // A question that got no answer in time may have been sent twice; the answer that it had is kept too.
    let unheard = said.iter().filter(|said| said.ends_with("says nothing")).count();
    let asked = model.asked().len();
    assert!((ASKERS - unheard..=ASKERS + unheard).contains(&asked), "{asked} questions, {unheard} without an answer");
    let before = conflicts().await;
    assert!(before > 0.0, "without a conflict this test shows nothing");

    // One count.
    let begun = Instant::now();
    let said = all_write(&stage, "booking count").await;
    let counted: BTreeSet<u64> =
        said.iter().map(|said| said.strip_prefix("counted ").expect(said).parse().expect("a number")).collect();
    assert_eq!(counted, (1..=ASKERS as u64).collect(), "each is told a number of its own");
    println!(
        "{ASKERS} counts of one number on {hosts} hosts: none lost, {} turns ran again, in {} ms",
        conflicts().await - before,
        begun.elapsed().as_millis()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_hundred_gets_a_slot_on_sqlite() {
    asked_at_once(1, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_hundred_gets_a_slot_on_postgres_with_three_hosts() {
    asked_at_once(3, Some(cluster::shared().database().await)).await;
}
