//! Answers counted in slots, on both databases: all of them, each once, late ones too; and near the exact figures.

use switchboard_kit::shell::Shell;
use switchboard_store::{Answers, SLOT_MS, Slice};

use crate::store::{Database, on_both};

on_both! {
    answers_are_counted_each_once,
}

/// When the first of the events was answered: the beginning of a slot, in milliseconds.
const FROM: i64 = 1_767_261_600_000;

const MINUTE: i64 = 60_000;

/// The event of a message: two agents, nobody once, an error in a hundred, and times from 1,001 to 1,300 ms.
fn event(n: i64, at: i64) -> String {
    let agent = match n {
        ..=200 => "'jobs'",
        201..=299 => "'rides'",
        _ => "null",
    };
    let payload = if n % 100 == 0 { r#"{"error":"no agent"}"# } else { "{}" };
    let at = jiff::Timestamp::from_millisecond(at).expect("a time").strftime("%Y-%m-%dT%H:%M:%S.000Z");
    format!("({n}, 'turn-{n}', {agent}, {}, '{payload}', '{at}')", 1000 + n)
}

async fn answer(shell: &mut Shell, events: &[String]) {
    let columns = "id, correlation_id, agent_type, duration_ms, payload, created_at";
    shell.run(&format!("insert into unified_agent_events ({columns}) values {}", events.join(", "))).await;
}

fn all<'a>(answers: impl IntoIterator<Item = &'a Answers>) -> Answers {
    let mut all = Answers::default();
    answers.into_iter().for_each(|one| all.add(one));
    all
}

async fn answers_are_counted_each_once(db: Database) {
    let (mut shell, store) = (Shell::open(&db.url).await, &db.store);
    assert_eq!(store.slots_until().await.expect("read"), None, "nothing is counted yet");
    // One each ten seconds, and one of some days before.
    let mut events: Vec<String> = (1..=300).map(|n| event(n, FROM + (n - 1) * 10_000)).collect();
    events.push(event(400, FROM - 3 * 24 * 60 * MINUTE));
    answer(&mut shell, &events).await;
    // The first count goes a part at a time, up to the middle of a slot; further ones go on from there, and count nothing twice.
    let (middle, now) = (FROM + 22 * MINUTE, FROM + 52 * MINUTE);
    let mut counted = vec![store.count_slots(middle).await.expect("counted")];
    while counted.last() != Some(&middle) {
        counted.push(store.count_slots(middle).await.expect("counted"));
        assert!(counted.len() < 50 && counted.is_sorted(), "{counted:?}");
    }
    assert!(counted.len() > 10, "{counted:?}");
    for _ in 0..3 {
        assert_eq!(store.count_slots(now).await.expect("counted"), now);
    }
    let series = store.series(FROM, SLOT_MS).await.expect("read");
    let by_agent: Vec<(&str, i64, i64)> = series
        .iter()
        .map(|(agent, steps)| (agent.as_str(), all(steps.values())))
        .map(|(agent, answers)| (agent, answers.messages, answers.errors))
        .collect();
    assert_eq!(by_agent, [("", 1, 1), ("jobs", 200, 2), ("rides", 99, 0)]);
    let jobs: Vec<i64> = series["jobs"].values().map(|answers| answers.messages).collect();
    assert_eq!(jobs, [30, 30, 30, 30, 30, 30, 20], "thirty in five minutes");

    // One that was settled late, a few minutes back: counted with the others of its slot.
    answer(&mut shell, &[event(301, FROM + 45 * MINUTE)]).await;
    store.count_slots(now).await.expect("counted");
    let series = store.series(FROM, 4 * 60 * MINUTE).await.expect("read");
    let total = all(series.values().flat_map(|steps| steps.values()));
    assert_eq!((total.messages, total.errors), (301, 3));

    // A percentile lies as near to the exact one as the bounds are to each other.
    let exact = store.figures(&Slice::all(FROM - 1, now)).await.expect("figures");
    assert_eq!(exact.messages, total.messages);
    for (percentile, exact) in [(50, exact.p50_ms), (95, exact.p95_ms), (99, exact.p99_ms)] {
        let (near, exact) = (total.percentile(percentile).expect("known"), exact.expect("known"));
        assert!((near - exact).abs() <= 200, "p{percentile}: {near} for {exact}");
    }
}
