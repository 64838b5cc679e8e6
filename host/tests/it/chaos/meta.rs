//! The other side is in trouble, and mended.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard_kit::{cluster, stage::Stage};

use super::{account::Account, trial::Trial};

const BUSINESS: &str = "100000000000001";
const RESTING: &str = "100000000000002";

/// What befalls all sends of an outage: the name of the scenario, the fault, and whether its outcome is unknown.
pub(super) fn failures() -> Vec<(&'static str, &'static str, Value, bool)> {
    vec![
        ("5xx, 20 s", "5xx, 10 min", json!({ "status": 503 }), true),
        ("hang, 20 s", "hang, 10 min", json!({ "how": "hang" }), true),
        ("reset after the body, 20 s", "reset after the body, 10 min", json!({ "how": "reset" }), true),
        (
            "429 with Retry-After, 20 s",
            "429 with Retry-After, 10 min",
            json!({ "status": 429, "code": 130_429, "retry_after": "8" }),
            false,
        ),
        ("190, 20 s", "190, 10 min", json!({ "status": 401, "code": 190 }), false),
        ("100/33, 20 s", "100/33, 10 min", json!({ "status": 400, "code": 100, "subcode": 33 }), false),
    ]
}

/// Nothing is sent for a while, by the hosts' clock, which runs so many times as fast; people write all the time.
pub(super) async fn outage(
    name: &'static str,
    fail: Value,
    is_unknown: bool,
    how_long: Duration,
    times: u32,
) -> Account {
    const UNKNOWN_WAIT_S: i64 = 5;
    let mut trial = Trial::new(name, Stage::new(&["support"]), UNKNOWN_WAIT_S).with_clock();
    trial.stage.start().await;
    trial.people(0..20, (how_long / times / 8).max(Duration::from_secs(1)));
    trial.pass(Duration::from_secs(2), 1).await;
    let mut fail = fail;
    fail["count"] = Value::Null;
    trial.fails(json!({ "fail": [&fail] })).await;
    trial.pass(how_long, times).await;
    if is_unknown {
        trial.allow_unknown();
    }
    if fail["how"] == "hang" {
        // What hung at the mend is given up by the client after this time.
        trial.allow(Duration::from_secs(10));
    }
    trial.mend().await;
    trial.pass(Duration::from_secs(2), 1).await;
    trial.account().await
}

/// A number is refused while 1,500 people wait for it; another is well, and what its people write is answered at once.
pub(super) async fn resting(name: &'static str, crowd: usize, how_long: Duration) -> Account {
    const AT_ONCE_MS: i64 = 3_000;
    let mut trial = Trial::new(name, Stage::new(&["support"]), 5);
    trial.stage.start().await;
    trial.fails(json!({ "fail": [{ "business": RESTING, "count": null, "status": 401, "code": 190 }] })).await;
    trial.crowd(RESTING, crowd, 50).await;
    let all_waits = async || trial.stage.count("select count(*) from outbox where state <> 'sent'").await as usize;
    switchboard_kit::stage::until("everybody waits", async || all_waits().await == crowd).await;
    trial.people(0..20, Duration::from_secs(1));
    trial.pass(how_long, 1).await;
    let waits = trial.waits(BUSINESS).await;
    let longest = waits.iter().copied().max().unwrap_or(i64::MAX);
    trial.expect(longest <= AT_ONCE_MS, || format!("beside the resting number somebody waited {longest} ms"));
    trial.expect(waits.len() >= 20, || format!("beside the resting number only {} were answered", waits.len()));
    // A host of the quick profile sends some hundred a second.
    trial.allow(Duration::from_millis(10) * crowd as u32);
    trial.mend().await;
    trial.account().await
}

/// Two hosts on a server and twenty people; what Meta took without an answer or a status may be doubled.
async fn two_hosts(name: &'static str) -> Trial {
    const UNKNOWN_WAIT_S: i64 = 4;
    let mut stage = Stage::of_nodes(&["support"], 2);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    let mut trial = Trial::new(name, stage, UNKNOWN_WAIT_S);
    trial.may_double("taken, answer lost, no status");
    trial.stage.start_node(0).await;
    trial.stage.start_node(1).await;
    trial.people(0..20, Duration::from_secs(1));
    trial
}

/// Two hosts, and sends whose answer is lost though Meta took them: with a status in its wait nothing is sent again; without one it is sent
/// once more, and not before its wait is over.
pub(super) async fn lost_answers(name: &'static str, times: usize) -> Account {
    let mut trial = two_hosts(name).await;
    for n in 0..times {
        // Sends between them are taken: the number is not taken for broken.
        let taken = if n % 2 == 0 { json!({ "withheld": true }) } else { json!({ "delay_ms": 1_500 }) };
        let how = if n % 4 < 2 { "reset" } else { "answer" };
        trial.fails(json!({ "fail": [{ "how": how, "taken": taken }] })).await;
        trial.pass(Duration::from_millis(700), 1).await;
    }
    trial.allow_unknown();
    trial.mend().await;
    let account = trial.account().await;
    let withheld = times.div_ceil(2);
    let wrong = (account.doubled > withheld || account.doubled == 0)
        .then(|| format!("{} were doubled, of {withheld} without a status", account.doubled));
    Account { wrong: account.wrong.iter().cloned().chain(wrong).collect(), ..account }
}

/// The same while the number rests: Meta takes everything, and neither answers nor says so.
pub(super) async fn lost_outage(name: &'static str, how_long: Duration) -> Account {
    let mut trial = two_hosts(name).await;
    trial.pass(Duration::from_secs(2), 1).await;
    trial.fails(json!({ "fail": [{ "count": null, "how": "reset", "taken": { "withheld": true } }] })).await;
    trial.pass(how_long, 1).await;
    trial.allow_unknown();
    trial.mend().await;
    trial.account().await
}

/// Everybody is put out, by the flag and by SQL, while nothing can be sent: what was said before is answered when Meta is back, and what was
/// held is answered when everybody is back.
pub(super) async fn put_out(name: &'static str) -> Account {
    let mut trial = Trial::new(name, Stage::new(&["support"]), 3);
    let flags = |trial: &mut Trial, name: &str, value: &str| {
        let set = trial.stage.run(&["flags", "set", name, value, "--yes"]);
        trial.expect(set.status.success(), || String::from_utf8_lossy(&set.stderr).into_owned());
    };
    flags(&mut trial, "unifiedServiceRolloutPercent", "100");
    trial.stage.start().await;
    trial.people(0..20, Duration::from_secs(1));
    trial.pass(Duration::from_secs(2), 1).await;
    trial.fails(json!({ "fail": [{ "count": null, "status": 503 }] })).await;
    trial.pass(Duration::from_secs(5), 1).await;
    flags(&mut trial, "unifiedServiceEnabled", "false");
    trial.pass(Duration::from_secs(5), 1).await;
    let percent = "update app_config set value = json_set(value, '$.unifiedServiceRolloutPercent', 0) where key = 'unified_service_flags'";
    trial.stage.sql(percent).await;
    trial.pass(Duration::from_secs(5), 1).await;
    trial.hush().await;
    let held = trial.stage.count("select count(*) from message where state = 'held'").await;
    trial.expect(held >= 100, || format!("only {held} messages are held while everybody is out"));
    trial.allow_unknown();
    trial.mend().await;
    trial.settled().await;
    let waits = trial.stage.count("select count(*) from message where state = 'held'").await;
    trial.expect(waits == held, || format!("{held} were held, and {waits} after the mend"));
    flags(&mut trial, "unifiedServiceRolloutPercent", "100");
    flags(&mut trial, "unifiedServiceEnabled", "true");
    let released = trial.stage.run(&["rollout", "release"]);
    trial.expect(released.status.success(), || String::from_utf8_lossy(&released.stderr).into_owned());
    // They are answered when the flags are in force and they are released.
    trial.mend().await;
    trial.account().await
}
