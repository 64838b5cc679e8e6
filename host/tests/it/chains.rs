//! Notices cannot cause each other for ever, nor a timer itself; a day's quotas hold over hosts; an agent that is louder than it answers
//! is muted. With a component that tries.

use switchboard::turn;
use switchboard_core::act::Actor;
use switchboard_core::{
    contract::types::Content,
    effect::{Effect, Write},
    quota::Quotas,
};
use switchboard_kit::{
    agents::{self, rogue},
    cluster,
};
use switchboard_store::{Claim, Role, SettleError, Settlement, Store, StoreOptions};
use uuid::Uuid;

use crate::{
    notices::World,
    store::{Database, NOW, answered, on_both, says},
};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Turns after which a chain counts as endless.
const ENDLESS: usize = 500;

on_both! {
    one_message_causes_a_bounded_number_of_notices,
    a_timer_that_sets_itself_fires_so_often_a_day,
    an_agent_that_is_louder_than_it_answers_is_muted,
    a_quota_holds_over_hosts,
}

/// A host with the agent, and eight people who own an offer each.
async fn world(db: Database) -> World {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("plugins")).expect("a folder");
    std::fs::write(folder.path().join("plugins/chain.wasm"), rogue("chain")).expect("written");
    let url = match db.url.starts_with("postgres") {
        true => cluster::shared().database().await,
        false => format!("sqlite://{}/chains.db", folder.path().display()),
    };
    let manifest = agents::entry("chain", &["listings", "outreach", "schedule"]);
    let mut world = World::hosting(url, folder, (1, &[]), &manifest).await;
    for person in 0..8 {
        let claims = world.writes(person, "1", "chain list", 0).await;
        world.answers(claims, Vec::new()).await;
    }
    world
}

/// Answers these and all that comes of it; gives the number of turns.
async fn run(world: &mut World, mut claims: Vec<Claim>) -> usize {
    let mut turns = 0;
    while let Some(claim) = claims.pop() {
        turns += 1;
        assert!(turns < ENDLESS, "a chain without an end");
        let settlement = turn::answer(&world.app, &claim).await.expect("a turn").settlement;
        let settled = world.app.store.settle(settlement).await.expect("it settles");
        claims.extend(settled.next.into_iter().chain(settled.woken));
    }
    turns
}

async fn said(world: &World) -> Vec<String> {
    world.texts("select body from outbox order by outbox_id").await
}

async fn one_message_causes_a_bounded_number_of_notices(db: Database) {
    let mut world = world(db).await;
    let before = said(&world).await.len();
    let claims = world.writes(0, "1", "chain go", 0).await;
    let turns = run(&mut world, claims).await;
    assert_eq!(turns, 1 + 5 + 25, "a notice that a notice caused causes none");
    let said = said(&world).await.split_off(before);
    assert_eq!(said.len(), turns, "one word for each");
    assert_eq!(said.iter().filter(|body| body.contains("denied: a notice of depth 3")).count(), 25);
    world.passes(HOUR_MS);
    world.looks().await;
    assert_eq!(world.count("select count(*) from notice").await, 0);
}

async fn a_timer_that_sets_itself_fires_so_often_a_day(db: Database) {
    let mut world = world(db).await;
    let before = said(&world).await.len() as i64 + 1;
    let claims = world.writes(0, "1", "chain tick", 0).await;
    run(&mut world, claims).await;
    world.looks().await;
    assert_eq!(said(&world).await.len() as i64, before, "not at once");
    for day in 1..=2 {
        for _ in 0..40 {
            world.passes(MINUTE_MS);
            world.looks().await;
        }
        let fired = said(&world).await.len() as i64 - before;
        assert_eq!(fired, day * Quotas::default().timers, "day {day}");
        assert_eq!(world.count("select count(*) from notice").await, 1, "it waits for the next day");
        // Into the next day.
        world.passes(4 * HOUR_MS);
    }
}

async fn an_agent_that_is_louder_than_it_answers_is_muted(db: Database) {
    let mut world = world(db).await;
    for person in 0..5 {
        let claims = world.writes(person, "1", "chain go", 0).await;
        run(&mut world, claims).await;
    }
    world.looks().await;
    let muted = world.app.store.muted(world.now).await.expect("read");
    assert_eq!((muted[0].agent.as_str(), muted[0].notices, muted[0].answers), ("chain", 5 * 30, 8 + 5));
    let before = said(&world).await.len();
    let claims = world.writes(6, "1", "chain go", 0).await;
    assert_eq!(run(&mut world, claims).await, 1, "it answers, and tells nobody");
    assert!(said(&world).await[before].contains("limit: the notices of this agent are muted"));
    // Timers wait as long.
    let claims = world.writes(6, "1", "chain tick", 0).await;
    run(&mut world, claims).await;
    world.passes(HOUR_MS);
    world.looks().await;
    assert_eq!(world.count("select count(*) from notice").await, 1);
    world.passes(HOUR_MS);
    world.looks().await;
    assert_eq!(world.app.store.muted(world.now).await.expect("read"), []);
    assert_eq!(world.count("select count(*) from notice where run_at > 0").await, 1, "it fired and set itself");
    let claims = world.writes(6, "1", "chain go", 0).await;
    assert_eq!(run(&mut world, claims).await, 31);
    // An operator ends it at once.
    for person in 0..5 {
        let claims = world.writes(person, "1", "chain go", 0).await;
        run(&mut world, claims).await;
    }
    world.looks().await;
    assert!(world.app.store.unmute("chain", &Actor::host(), world.now).await.expect("ended"));
    world.looks().await;
    assert_eq!(world.app.store.muted(world.now).await.expect("read"), []);
}

async fn a_quota_holds_over_hosts(db: Database) {
    let quotas = Quotas { agent: 1_000, sender: 2, recipient: 3, timers: 24 };
    let options = || StoreOptions { role: Role::Serve, quotas, ..StoreOptions::default() };
    drop(db.store);
    let mut stores = vec![Store::open(&db.url, options()).await.expect("it opens")];
    if db.url.starts_with("postgres") {
        stores.push(Store::open(&db.url, options()).await.expect("it opens"));
    }
    let mut claims = Vec::new();
    for n in 0..8 {
        let delivery = crate::store::delivery(vec![says(&format!("25078810000{n}"), &format!("w{n}"))], NOW);
        claims.extend(stores[n % stores.len()].ingest(delivery).await.expect("stored").claimed);
    }
    let to = claims[0].person.id;
    let notifies = |claim: &Claim, to: Uuid, n: usize| {
        let write = Write::Notify { person: to, kind: "k".into(), listing: None, r#match: None, data: "{}".into() };
        Settlement { effects: vec![Effect { agent: "jobs".into(), write }; n], ..answered(claim) }
    };
    // Seven at once, each with a word for the same person.
    let settling: Vec<_> = claims[1..]
        .iter()
        .enumerate()
        .map(|(n, claim)| {
            let (store, settlement) = (stores[n % stores.len()].clone(), notifies(claim, to, 1));
            tokio::spawn(async move { store.settle(settlement).await })
        })
        .collect();
    let mut settled = 0;
    for settling in settling {
        match settling.await.expect("it ends") {
            Ok(_) => settled += 1,
            Err(SettleError::Store(error)) => assert!(error.is_overrun(), "{error}"),
            Err(lost) => panic!("{lost}"),
        }
    }
    assert_eq!(settled, 3, "the recipient's quota");
    let left = stores[0].notices_left("jobs", claims[0].person.id, to, NOW).await.expect("read");
    assert_eq!((left.agent, left.sender, left.recipient), (Some(997), 2, 0));
    // Nothing of a turn is written that would cause more than its sender may.
    let three = stores[0].settle(notifies(&claims[0], claims[1].person.id, 3)).await.expect_err("too many");
    assert!(matches!(&three, SettleError::Store(error) if error.is_overrun()), "{three}");
    stores[0].settle(notifies(&claims[0], claims[1].person.id, 2)).await.expect("as many as it may");
    let is_notice = |claim: &&Claim| matches!(claim.message.content, Content::Notice(_));
    let brought = stores[0].bring_due(NOW).await.expect("brought");
    assert!(brought.iter().filter(is_notice).count() <= 5);
}
