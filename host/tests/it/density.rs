//! Many agents in one host: what an idle one costs, and that all are found again, answer and are swapped.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::json;
use sha2::{Digest, Sha256};
use switchboard_kit::{
    agents::{ALL, built, renamed, rogue},
    stage::{Stage, until},
};

use crate::swap::{another_version, replace};

/// The most private memory that an idle agent in Rust may take, in bytes: 2.5 MB. With its code in memory it would take four.
const IDLE_MAX: usize = 2_500_000;

/// The most private memory of an idle host with 200 agents: what its container has beside its turns (`MEMORY_MAX_MIB`).
const HOST_MAX: usize = 384 << 20;

/// Our agents.
const AGENTS: [&str; 10] = [
    "support",
    "jobs",
    "business_broker",
    "farmer",
    "insurance",
    "marketplace",
    "property",
    "rides",
    "sales",
    "waiter",
];

/// Waits until a host has loaded all that it is going to; how long that took.
async fn ready(stage: &mut Stage, patience: Duration) -> Duration {
    let began = Instant::now();
    stage.start_unready(0).await;
    while stage.health(0).await.1["starting"] != json!([]) {
        assert!(began.elapsed() < patience, "not ready after {patience:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}

/// The private memory of a host that has started with these agents, which were compiled and kept before, and answered once.
async fn private(agents: &[&str]) -> usize {
    let (mut stage, mut private) = (Stage::new(agents), 0);
    for _ in 0..2 {
        ready(&mut stage, Duration::from_secs(300)).await;
        stage.talk_on("+250788000021").await.say("hello").await;
        until("they are kept", async || {
            stage.count("select count(*) from component_version").await >= i64::try_from(agents.len()).expect("few")
        })
        .await;
        private = stage.settled_private(0).await;
        stage.terminate();
    }
    private
}

#[tokio::test]
#[ignore = "measures memory, and wants the machine for itself: `make test-density`"]
async fn an_idle_agent_in_rust_takes_little_memory() {
    // What loading itself leaves behind, of as many files as are loaded at once, is in both.
    let few = private(&AGENTS[..5]).await;
    let all = private(&AGENTS).await;
    let each = all.saturating_sub(few) / (AGENTS.len() - 5);
    println!("private memory: {} KiB with 5 agents, {} KiB with 10: {} KiB each", few >> 10, all >> 10, each >> 10);
    assert!(each <= IDLE_MAX, "{few} {all}");
}

/// An agent of many: its name, its component and its capabilities.
type Of = (String, Vec<u8>, &'static [&'static str]);

/// Agents that differ in their names: an agent of the tests, and five of ours, each under many names of the same length.
fn many(count: usize) -> Vec<Of> {
    let bases = ["rides", "sales", "farmer", "waiter", "property"];
    let of = |n: usize| -> Of {
        let (base, wasm, capabilities): (&str, _, &[&str]) = match n % 4 {
            0 => (bases[n / 4 % bases.len()], built(bases[n / 4 % bases.len()]), ALL.as_slice()),
            _ => ("second", rogue("second"), &["log", "records"]),
        };
        let name = format!("{}{n:03}", &base[..base.len() - 3]);
        (name.clone(), renamed(&wasm, base, &name), capabilities)
    };
    (0..count).map(of).collect()
}

/// A folder of many agents starts, each answers, and one is swapped; starts again with its code; prints what that takes.
async fn many_agents_in_one_host(count: usize) {
    let agents = many(count);
    let mut stage = Stage::new(&["support"]);
    stage.add("rogue", &rogue("rogue"), &["log", "records"], "");
    for (name, wasm, capabilities) in &agents {
        stage.add(name, wasm, capabilities, "");
    }
    let names: BTreeSet<&str> = agents.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names.len(), count, "their names differ");
    let first = ready(&mut stage, Duration::from_secs(1_200)).await;
    let listed = String::from_utf8_lossy(&stage.run(&["agents", "list"]).stdout).into_owned();
    assert!(!listed.contains("refused"), "{listed}");

    // Each is asked by a handoff to its name.
    for (n, (name, ..)) in agents.iter().enumerate() {
        let phone = format!("+2507883{:05}", n / 20);
        let heard = stage.talk_on(&phone).await.say(&format!("rogue pass {name}")).await;
        assert!(!heard.contains("Sorry"), "{name}: {heard}");
    }
    let answered =
        stage.text("select group_concat(distinct agent_type) from unified_agent_events").await.expect("events");
    let answered: BTreeSet<&str> = answered.split(',').collect();
    assert!(names.is_subset(&answered), "{:?}", names.difference(&answered));

    let (name, wasm, _) = &agents[1];
    let next = another_version(wasm, 1);
    replace(&stage.plugins().join(name).with_extension("wasm"), &next);
    let sha256 = hex::encode(Sha256::digest(&next));
    until("the next version serves", async || {
        String::from_utf8_lossy(&stage.run(&["agents", "list"]).stdout).contains(&sha256[..12])
    })
    .await;

    stage.terminate();
    let again = ready(&mut stage, Duration::from_secs(300)).await;
    let (private, resident) = (stage.private(0), stage.resident(0).0);
    println!(
        "{count} agents: ready after {:.1} s, again after {:.1} s; {} MiB private memory, {} MiB resident",
        first.as_secs_f64(),
        again.as_secs_f64(),
        private >> 20,
        resident >> 20
    );
    assert!(private <= HOST_MAX, "{private}");
}

#[tokio::test]
async fn twenty_agents_of_few_kinds_start_answer_and_swap() {
    many_agents_in_one_host(20).await;
}

#[tokio::test]
#[ignore = "compiles 200 components: `make test-density`"]
async fn two_hundred_agents_start_answer_and_swap() {
    many_agents_in_one_host(200).await;
}
