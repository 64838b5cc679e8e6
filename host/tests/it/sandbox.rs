//! Agents that misbehave end their own turn and nothing else: an apology, everything rolled back, the next turn as ever.

use std::{path::PathBuf, process::Command, sync::OnceLock};

use crate::stage::{Stage, text};

const BOB: &str = "+250788000002";

/// The folder with the rogue components, built once.
fn rogues() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut build = Command::new("sh");
        build.args(["tools/wasm-build.sh", "--quiet", "--target-dir", "target/rogues", "-p", "rogue"]);
        build.args(["--example", "rogue", "--example", "second"]).current_dir(&root);
        let built = build.status().expect("sh runs");
        assert!(built.success(), "the rogue agents build");
        root.join("target/rogues/wasm32-unknown-unknown/agent/examples")
    })
}

async fn stage() -> Stage {
    let mut stage = Stage::new(&["support"]);
    let limits = "limits = { fuel = 300000000, cpu_ms = 30000, host_calls_max = 64 }\n";
    let entry = |name: &str| format!("[[agent]]\nname = \"{name}\"\ncapabilities = [\"records\"]\n{limits}");
    let manifest = stage.plugins().with_extension("toml");
    let before = std::fs::read_to_string(&manifest).expect("a manifest");
    std::fs::write(&manifest, before + &entry("rogue") + &entry("second")).expect("written");
    for name in ["rogue", "second"] {
        let component = format!("{name}.wasm");
        std::fs::copy(rogues().join(&component), stage.plugins().join(&component)).expect("copied");
    }
    stage.start().await;
    stage
}

#[tokio::test]
async fn a_breach_ends_its_turn_only() {
    let stage = stage().await;
    let cases = [
        ("rogue trap", "trapped"),
        ("rogue loop", "fuel"),
        ("rogue memory", "memory"),
        ("rogue flood", "capabilities"),
        ("rogue huge", "larger"),
        // A Rust agent runs out of its own stack, in its memory, before it runs out of the engine's.
        ("rogue deep", "trapped"),
        ("rogue fail", "on purpose"),
        ("rogue silent", "nothing"),
        ("rogue write and trap", "trapped"),
        ("rogue nowhere", "no such agent"),
    ];
    for (index, (asks, says)) in cases.into_iter().enumerate() {
        assert_eq!(stage.say(BOB, text(asks)).await, 200);
        let heard = stage.heard(BOB, index * 2, 1).await;
        assert!(heard[0].body.to_string().contains("Sorry"), "{asks}: {heard:?}");
        let error = stage.text("select payload ->> 'error' from unified_agent_events order by id desc limit 1").await;
        assert!(error.as_deref().is_some_and(|error| error.contains(says)), "{asks}: {error:?}");
        assert_eq!(stage.say(BOB, text("rogue fine")).await, 200);
        let heard = stage.heard(BOB, index * 2 + 1, 1).await;
        assert!(heard[0].body.to_string().contains("rogue heard fine"), "after {asks}: {heard:?}");
    }
    assert_eq!(stage.count("select count(*) from record").await, 0, "what was written before a trap is gone");
}

#[tokio::test]
async fn each_turn_has_an_instance_of_its_own() {
    let stage = stage().await;
    for (index, (asks, answer)) in [
        ("rogue turns", "turn 1"),
        ("rogue turns", "turn 1"),
        ("rogue mark", "marked 100000"),
        ("rogue kept", "kept false"),
    ]
    .into_iter()
    .enumerate()
    {
        stage.say(BOB, text(asks)).await;
        let heard = stage.heard(BOB, index, 1).await;
        assert!(heard[0].body.to_string().contains(answer), "{asks}: {heard:?}");
    }
    // The slot of a marked memory is the first to be used again.
    for index in 4..12 {
        stage.say(BOB, text("rogue look")).await;
        let heard = stage.heard(BOB, index, 1).await;
        let found = heard[0].body.to_string();
        let marks: usize =
            found.split("found ").nth(1).and_then(|rest| rest.split('"').next()?.parse().ok()).expect("a number");
        assert!(marks < 10, "a turn saw {marks} marks of another");
        if index % 2 == 0 {
            stage.say("+250788000003", text("rogue mark")).await;
            stage.heard("+250788000003", (index - 4) / 2, 1).await;
        }
    }
}

#[tokio::test]
async fn a_handoff_goes_on_in_the_same_session_and_never_in_a_circle() {
    let stage = stage().await;
    stage.say(BOB, text("rogue second")).await;
    let heard = stage.heard(BOB, 0, 1).await;
    assert!(heard[0].body.to_string().contains("second heard second"), "{heard:?}");
    assert_eq!(stage.count("select count(*) from unified_agent_events").await, 1, "a handoff adds no event");
    assert_eq!(stage.text("select current_agent from unified_sessions").await.as_deref(), Some("second"));
    assert_eq!(
        stage.text("select payload ->> '$.handoffs[0].to' from unified_agent_events").await.as_deref(),
        Some("second")
    );

    stage.say(BOB, text("rogue there and back")).await;
    stage.heard(BOB, 1, 1).await;
    let error = stage.text("select payload ->> 'error' from unified_agent_events order by id desc limit 1").await;
    assert!(error.as_deref().is_some_and(|error| error.contains("has had this turn already")), "{error:?}");
}
