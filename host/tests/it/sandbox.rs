//! Agents that misbehave end their own turn and nothing else: an apology, everything rolled back, the next turn as ever. What else they do
//! stands in the table of `hostile`.

use switchboard_kit::{
    agents::{renamed, rogue},
    stage::Stage,
    talk::{Talk, text},
};

const BOB: &str = "+250788000002";

/// The names that the second rogue goes by, each as long as its own.
const SECONDS: [&str; 4] = ["second", "third_", "fourth", "fifth_"];

/// A host with the rogues, not started yet. `limits` are those of `rogue`.
fn rogues(limits: &str) -> Stage {
    let stage = Stage::new(&["support"]);
    stage.add("rogue", &rogue("rogue"), &["records", "log"], limits);
    let second = rogue("second");
    for name in SECONDS {
        stage.add(name, &renamed(&second, SECONDS[0], name), &["records", "log"], "");
    }
    stage
}

async fn stage(limits: &str) -> Stage {
    let mut stage = rogues(limits);
    stage.start().await;
    stage
}

/// The turn apologises for this reason, and the next is as ever.
async fn breach(talk: &mut Talk<'_>, asks: &str, says: &str) {
    let heard = talk.say(asks).await;
    // The name of the agent and of its misdeed may look like any language.
    let sorry = ["Sorry", "Désolé", "Mutubabarire", "Samahani"];
    assert!(sorry.iter().any(|sorry| heard.contains(sorry)), "{asks}: {heard}");
    let error = talk.stage.text("select payload ->> 'error' from unified_agent_events order by id desc limit 1").await;
    assert!(error.as_deref().is_some_and(|error| error.contains(says)), "{asks}: {error:?}");
    let heard = talk.say("rogue fine").await;
    assert!(heard.contains("rogue heard fine"), "after {asks}: {heard}");
}

#[tokio::test]
pub(crate) async fn time_runs_out() {
    // Fuel that would last for minutes.
    let fuel = "fuel = 1000000000000";
    for (limits, says) in [("cpu_ms = 300", "processor time"), ("cpu_ms = 60000, wall_ms = 300", "longer than a turn")]
    {
        let stage = stage(&format!("{fuel}, {limits}")).await;
        breach(&mut stage.talk(BOB), "rogue loop", says).await;
    }
}

#[tokio::test]
async fn a_refusal_is_shown_and_changes_nothing() {
    let stage = stage("").await;
    let mut bob = stage.talk(BOB);
    assert!(bob.say("rogue pass invalid").await.contains("a number, please"));
    // Also where somebody else had the turn first.
    assert!(bob.say("rogue pass second invalid").await.contains("a number, please"));
    assert_eq!(stage.count("select count(*) from record").await, 0);
    assert_eq!(stage.text("select current_agent from unified_sessions").await.as_deref(), Some("support"));
    assert_eq!(stage.count("select count(*) from unified_agent_events where payload ->> 'error' is not null").await, 0);
}

#[tokio::test]
pub(crate) async fn each_turn_has_an_instance_of_its_own() {
    let stage = stage("").await;
    let mut bob = stage.talk(BOB);
    for (asks, answer) in [("rogue turns", "turn 1"), ("rogue turns", "turn 1"), ("rogue kept", "kept false")] {
        let heard = bob.say(asks).await;
        assert!(heard.contains(answer), "{asks}: {heard}");
    }
    // The slot of a marked memory is the first to be used again: not one word of it is seen.
    for number in 0..6 {
        let mark = format!("{:016x}", 0x0123_4567_89ab_cdef_u64.rotate_left(number * 7));
        assert!(bob.say(&format!("rogue mark {mark}")).await.contains("marked 131072"));
        let heard = bob.say(&format!("rogue look {mark}")).await;
        assert!(heard.contains("found 0 of"), "{heard}");
    }
}

#[tokio::test]
pub(crate) async fn a_log_is_cut_and_tells_no_number() {
    let mut stage = rogues("");
    let log = stage.log_to_file();
    stage.start().await;
    assert!(stage.talk(BOB).say("rogue log").await.contains("logged"));
    stage.terminate();
    let log = std::fs::read_to_string(log).expect("a log");
    let lines = log.lines().filter(|line| line.contains("about it")).count();
    assert_eq!(lines, 64, "of a thousand");
    assert!(log.contains("more lines were dropped"), "{log}");
    assert!(!log.contains("788000002"), "{log}");
}

#[tokio::test]
async fn a_handoff_goes_on_in_the_same_session_within_bounds() {
    let stage = stage("").await;
    let mut bob = stage.talk(BOB);
    let heard = bob.say("rogue second").await;
    assert!(heard.contains("second heard second"), "{heard}");
    assert_eq!(stage.count("select count(*) from unified_agent_events").await, 1, "a handoff adds no event");
    assert_eq!(stage.text("select current_agent from unified_sessions").await.as_deref(), Some("second"));
    let to = "select payload ->> '$.handoffs[0].to' from unified_agent_events";
    assert_eq!(stage.text(to).await.as_deref(), Some("second"));

    let heard = bob.say("rogue pass second third_ fourth").await;
    let said = stage.text("select payload from unified_agent_events order by id desc limit 1").await;
    assert!(heard.contains("fourth is the last"), "{said:?}");
    let error = "select payload ->> 'error' from unified_agent_events order by id desc limit 1";
    bob.say("rogue pass second third_ fourth fifth_").await;
    let said = stage.text(error).await;
    assert!(said.as_deref().is_some_and(|error| error.contains("handed off three times")), "{said:?}");
    bob.say("rogue there and back").await;
    let said = stage.text(error).await;
    assert!(said.as_deref().is_some_and(|error| error.contains("has already handled this turn")), "{said:?}");

    assert!(stage.run(&["flags", "set", "features.crossDomainHandoffs", "false"]).status.success());
    switchboard_kit::stage::until("handoffs are off", async || {
        bob.say("rogue second").await;
        stage.text(error).await.is_some_and(|error| error.contains("crossDomainHandoffs"))
    })
    .await;
}

#[tokio::test]
pub(crate) async fn what_an_agent_was_not_granted_it_does_not_get() {
    let mut stage = Stage::new(&["support"]);
    stage.add("rogue", &rogue("rogue"), &[], "");
    let listed = stage.run(&["agents", "list"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("which is not granted"), "{listed}");
    stage.start().await;
    stage.say(BOB, text("rogue fine")).await;
    let heard = stage.heard(BOB, 0, 1).await;
    assert!(!heard[0].body.to_string().contains("rogue heard"), "{heard:?}");
}
