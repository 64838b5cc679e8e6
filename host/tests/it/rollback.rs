//! The three ways back of the runbook, each by its command and under load: how long it took, and that nothing was lost or doubled.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use crate::legacy::{Legacy, body, message, post_signed};
use switchboard_kit::{
    cluster,
    shell::Shell,
    stage::{Stage, until},
};

/// People who write all the time.
const PEOPLE: usize = 40;

/// Everybody writes to two hosts, `back` is done amid it, and writing goes on for a while; gives the milliseconds from `back` to the
/// last answer of an agent.
async fn under_load(name: &str, back: impl AsyncFnOnce(&Stage)) {
    let legacy = Legacy::start().await;
    let mut stage = Stage::of_nodes(&["support", "jobs"], 2);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    stage.set("LEGACY_WEBHOOK_URL", &legacy.url("all"));
    assert!(stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "100", "--yes"]).status.success());
    stage.start_node(0).await;
    stage.start_node(1).await;
    let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut writers = tokio::task::JoinSet::new();
    for person in 0..PEOPLE {
        let (stop, sent, url) = (stop.clone(), sent.clone(), stage.webhook_of(person % 2));
        writers.spawn(async move {
            let phone = format!("2507880{person:05}");
            for n in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let said = message(&format!("w-{person}-{n:06}"), &phone, "menu");
                let said = body(serde_json::json!({ "messages": [said] }));
                assert_eq!(post_signed(&url, &said, None).await, 200);
                sent.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let at_least = async |more: usize| {
        let goal = sent.load(Ordering::Relaxed) + more;
        until("people write", async || sent.load(Ordering::Relaxed) >= goal).await;
    };
    at_least(400).await;
    let began = Instant::now();
    let before = now_ms();
    back(&stage).await;
    let took = began.elapsed();
    at_least(600).await;
    until("the legacy service has them all", async || {
        stage.count("select count(*) from message where received_at > (select max(switchboard.ms(created_at)) from unified_agent_events)").await > 300
    })
    .await;
    stop.store(true, Ordering::Relaxed);
    while let Some(writer) = writers.join_next().await {
        writer.expect("nobody gives up");
    }
    until("nothing waits", async || {
        stage
            .count(
                "select (select count(*) from message where state = 'queued')
                      + (select count(*) from outbox where state in ('queued', 'sending', 'unknown'))",
            )
            .await
            == 0
    })
    .await;
    let total = sent.load(Ordering::Relaxed);
    let answered = stage.count("select count(distinct correlation_id) from unified_agent_events").await;
    let forwarded = legacy.ids(1).await.concat();
    let distinct: std::collections::HashSet<&String> = forwarded.iter().collect();
    let began_last = stage.count("select max(m.received_at) from message as m join unified_agent_events as e on e.correlation_id = 'turn-' || m.message_id").await;
    let last = stage.count("select max(switchboard.ms(created_at)) from unified_agent_events").await;
    println!(
        "{name}: the command took {} ms; the last message that an agent answered came {} ms after it was given and was answered by {} ms; \
         {total} messages, {answered} answered, {} forwarded, {} doubled, {} lost",
        took.as_millis(),
        began_last - before,
        last - before,
        forwarded.len(),
        forwarded.len() - distinct.len(),
        total as i64 - answered - distinct.len() as i64,
    );
    assert_eq!(forwarded.len(), distinct.len(), "none is forwarded twice");
    assert_eq!(usize::try_from(answered).unwrap_or(0) + distinct.len(), total, "none is lost, none goes both ways");
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_quick_way_back_by_the_checklists_sql() {
    under_load("quick rollback", async |stage| {
        let sql = "UPDATE app_config SET value = jsonb_set(value, '{unifiedServiceRolloutPercent}', '0') WHERE key = 'unified_service_flags'";
        Shell::open(&stage.url()).await.run(sql).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_full_way_back_by_the_command() {
    under_load("full rollback", async |stage| {
        assert!(stage.run(&["flags", "set", "unifiedServiceEnabled", "false", "--yes"]).status.success());
    })
    .await;
}

/// The database is gone for good: Meta itself is told where the legacy service is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_emergency_way_back_needs_neither_database_nor_host() {
    let legacy = Legacy::start().await;
    let mut stage = Stage::new(&["support"]);
    stage.set("WHATSAPP_BUSINESS_ACCOUNT_ID", "200000000000002");
    stage.set("DATABASE_URL", "postgres://nobody@127.0.0.1:9/gone");
    until("the emulator answers", async || reqwest::get(format!("http://{}/health", stage.emulator)).await.is_ok())
        .await;
    let began = Instant::now();
    let pointed = stage.run(&["webhook", "point", &legacy.url("all"), "--verify-token", "verify-me"]);
    assert!(pointed.status.success(), "{}", String::from_utf8_lossy(&pointed.stderr));
    println!("emergency rollback: the command took {} ms", began.elapsed().as_millis());
    assert_eq!(stage.say("250788000001", switchboard_kit::talk::text("hello")).await, 200);
    assert_eq!(legacy.ids(1).await.len(), 1);
    let shown = stage.run(&["webhook", "show"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("/all"));
    assert!(!stage.run(&["webhook", "point", "http://127.0.0.1:9/"]).status.success(), "Meta asks first");
    assert!(stage.run(&["webhook", "reset"]).status.success());
    let shown = stage.run(&["webhook", "show"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("own address"));
}
