//! One agent cannot take the processors from the others, and is out of service for a while if it is stopped again and again.

use std::time::{Duration, Instant};

use switchboard::{health, turn};
use switchboard_core::effect::{Effect, Write};
use switchboard_kit::{
    agents::{self, rogue},
    cluster,
    stage::{Stage, until},
    talk::{deliver, text},
};
use switchboard_store::Claim;

use crate::{
    notices::World,
    store::{Database, on_both},
};

const MINUTE_MS: i64 = 60_000;

on_both! {
    an_agent_that_is_stopped_again_and_again_rests_and_is_tried_again,
}

async fn world(db: Database) -> World {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("plugins")).expect("a folder");
    std::fs::write(folder.path().join("plugins/rogue.wasm"), rogue("rogue")).expect("written");
    let url = match db.url.starts_with("postgres") {
        true => cluster::shared().database().await,
        false => format!("sqlite://{}/fair.db", folder.path().display()),
    };
    World::hosting(url, folder, (1, &[]), &agents::entry("rogue", &["records", "log"])).await
}

/// What somebody hears who writes this.
async fn says(world: &mut World, person: u64, words: &str) -> String {
    let claims = world.writes(person, "1", words, 0).await;
    answered(world, claims).await
}

async fn answered(world: &mut World, mut claims: Vec<Claim>) -> String {
    let mut heard = String::new();
    while let Some(claim) = claims.pop() {
        let settlement = turn::answer(&world.app, &claim).await.expect("a turn").settlement;
        heard.extend(settlement.replies.iter().map(|reply| reply.body.as_str()));
        let settled = world.app.store.settle(settlement).await.expect("it settles");
        claims.extend(settled.next.into_iter().chain(settled.woken));
    }
    heard
}

async fn problems(world: &World) -> String {
    health::report(&world.app).await.1["problems"].to_string()
}

async fn an_agent_that_is_stopped_again_and_again_rests_and_is_tried_again(db: Database) {
    let mut world = world(db).await;
    for n in 0..29 {
        assert!(says(&mut world, n % 6, "rogue trap").await.contains("Sorry, something went wrong"));
    }
    assert!(says(&mut world, 6, "rogue fine").await.contains("rogue heard fine"), "twenty-nine are not enough");
    says(&mut world, 0, "rogue trap").await;
    let heard = says(&mut world, 6, "rogue fine").await;
    assert!(heard.contains("none of our services is available"), "{heard}");
    let problems_are = problems(&world).await;
    assert!(
        problems_are.contains("agent rogue (") && problems_are.contains("30 of 31 turns were stopped"),
        "{problems_are}"
    );

    // Word for somebody, which the agent would tell: it waits for them.
    let claims = world.writes(1, "1", "hello", 0).await;
    let person = claims[0].person.id;
    let mut settlement = turn::answer(&world.app, &claims[0]).await.expect("a turn").settlement;
    let write = Write::Notify { person, kind: "k".into(), listing: None, r#match: None, data: "{}".into() };
    settlement.effects.push(Effect { agent: "rogue".into(), write });
    let settled = world.app.store.settle(settlement).await.expect("it settles");
    assert_eq!(answered(&mut world, settled.next.into_iter().chain(settled.woken).collect()).await, "");
    assert_eq!(world.count("select count(*) from notice where waits").await, 1);

    world.passes(5 * MINUTE_MS);
    assert!(says(&mut world, 2, "rogue fine").await.contains("rogue heard fine"), "it is tried again");
    assert!(says(&mut world, 1, "rogue fine").await.contains("rogue heard fine"));
    world.looks().await;
    assert_eq!(world.count("select count(*) from notice").await, 0, "it was told");
    says(&mut world, 0, "rogue trap").await;
    assert!(says(&mut world, 2, "rogue fine").await.contains("none of our services"), "one stop on trial is enough");
    world.passes(9 * MINUTE_MS);
    assert!(says(&mut world, 2, "rogue fine").await.contains("none of our services"), "for twice as long");
    world.passes(MINUTE_MS);
    for _ in 0..10 {
        assert!(says(&mut world, 2, "rogue fine").await.contains("rogue heard fine"));
    }
    says(&mut world, 0, "rogue trap").await;
    assert!(says(&mut world, 2, "rogue fine").await.contains("rogue heard fine"), "it is trusted again");
    assert!(!problems(&world).await.contains("rogue"));
}

/// Others' messages a second, and for how long.
const EACH: Duration = Duration::from_millis(10);
const LASTS: Duration = Duration::from_secs(12);

/// From receipt to settlement, in milliseconds: median and 99th percentile of what another agent answered.
async fn others(stage: &Stage, from: i64) -> (i64, i64, usize) {
    let mut took = Vec::new();
    let all = stage.ids("select duration_ms from unified_agent_events where agent_type = 'support' order by id").await;
    took.extend(all.into_iter().skip(from as usize));
    took.sort_unstable();
    let at = |percent: usize| took.get((took.len() * percent / 100).min(took.len().saturating_sub(1))).copied();
    (at(50).unwrap_or_default(), at(99).unwrap_or_default(), took.len())
}

/// A hundred messages a second of others.
async fn traffic(stage: &Stage, round: usize) {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let (mut sent, begun) = (0, Instant::now());
    let mut pace = tokio::time::interval(EACH);
    let mut sending = tokio::task::JoinSet::new();
    while begun.elapsed() < LASTS {
        pace.tick().await;
        let phone = format!("2507{round}{:06}", sent % 600);
        let (http, emulator) = (http.clone(), stage.emulator.clone());
        sending.spawn(async move { deliver(&http, &emulator, &phone, &text("is it free?")).await });
        sent += 1;
    }
    sending.join_all().await;
}

/// Prints how long others wait beside fifty people on an agent that loops, and without them. Run it alone on idle processors.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute and prints"]
async fn others_beside_an_agent_that_loops() {
    let mut stage = Stage::new(&["support"]);
    stage.add("rogue", &rogue("rogue"), &["records", "log"], "");
    stage.set("FLOOD_PER_MINUTE", "100000");
    stage.start().await;
    let events = "select count(*) from unified_agent_events where agent_type = 'support'";
    // Warm.
    for _ in 0..50 {
        stage.say("250788999999", text("is it free?")).await;
    }
    until("it is warm", async || stage.count(events).await >= 50).await;

    let before = stage.count(events).await;
    traffic(&stage, 1).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (median, p99, n) = others(&stage, before).await;
    println!("alone: {n} messages, median {median} ms, p99 {p99} ms");

    let before = stage.count(events).await;
    for looper in 0..50 {
        stage.say(&format!("2507888800{looper:02}"), text("rogue loop")).await;
    }
    traffic(&stage, 2).await;
    let (median_beside, p99_beside, n) = others(&stage, before).await;
    println!("beside 50 that loop: {n} messages, median {median_beside} ms, p99 {p99_beside} ms");
    let most = (p99 * 3 / 2).max(p99 + 5);
    println!("wanted: p99 of {most} ms at the most: {}", if p99_beside <= most { "met" } else { "missed" });
}
