//! The commands of recorded turns, and their API, beside a running host; then on the other database, without the plugin folder.

use serde_json::Value;
use switchboard_kit::{
    agents::{built, renamed},
    cluster,
    stage::{Stage, until},
    talk::text,
};

use crate::api::{Operator, TOKEN};

const ALICE: &str = "250788000001";
const BOB: &str = "250788000002";

fn ok(stage: &Stage, arguments: &[&str]) -> String {
    let output = stage.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The component that ran in a turn.
fn shown_sha256(shown: &str) -> String {
    let shown: Value = serde_json::from_str(shown).expect("JSON");
    shown["ran"][0]["sha256"].as_str().expect("a sha-256").to_owned()
}

async fn says(stage: &Stage, phone: &str, words: &str) {
    assert_eq!(stage.say(phone, text(words)).await, 200);
    until("it is answered", async || stage.count("select count(*) from message where state = 'queued'").await == 0)
        .await;
}

#[tokio::test]
async fn turns_are_listed_shown_played_again_and_made_into_tests() {
    let mut stage = Stage::new(&["support", "jobs"]);
    stage.set("OPERATOR_TOKEN", TOKEN);
    stage.start().await;
    says(&stage, BOB, "hello").await;
    for words in ["post a job", "Night driver, call Alice at 0788 123 456", "Remera"] {
        says(&stage, ALICE, words).await;
    }

    // Listed.
    let all: Value = serde_json::from_str(&ok(&stage, &["turns", "--json"])).expect("JSON");
    assert_eq!(all["turns"].as_array().map(Vec::len), Some(4), "{all:#}");
    let with = |words: &str| -> Vec<Value> {
        let said: Value = serde_json::from_str(&ok(&stage, &["turns", "--words", words, "--json"])).expect("JSON");
        said["turns"].as_array().cloned().unwrap_or_default()
    };
    let found = with("DRIV nìght");
    assert!(found.iter().any(|turn| turn["said"].as_str().is_some_and(|said| said.starts_with("Night driver"))));
    assert!(!found.iter().any(|turn| turn["said"] == "hello"), "{found:?}");
    assert_eq!(with("night zebra"), Vec::<Value>::new(), "all of the words");
    let of_jobs: Value = serde_json::from_str(&ok(&stage, &["turns", "--agent", "jobs", "--json"])).expect("JSON");
    let of_alice: Value =
        serde_json::from_str(&ok(&stage, &["turns", "--person", "+250788000001", "--json"])).expect("JSON");
    assert_eq!(of_jobs["turns"], of_alice["turns"]);
    assert_eq!(of_jobs["turns"].as_array().map(Vec::len), Some(3));
    let last = &of_jobs["turns"][0];
    assert_eq!((last["said"].as_str(), last["ran"][0].as_str()), (Some("Remera"), Some("jobs")), "{last:#}");
    let lines = ok(&stage, &["turns"]);
    assert!(lines.lines().count() == 4 && lines.contains("> post a job") && lines.contains("jobs"), "{lines}");
    assert!(ok(&stage, &["turns", "--errors"]).contains("No turn is recorded that fits"));
    let nobody = stage.run(&["turns", "--person", "+250788999999"]);
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("nobody is known by"));

    // Shown: by the command and by the API alike.
    let turn = format!("turn-{}", last["message"]);
    let shown = ok(&stage, &["turn", "show", &turn]);
    for part in [
        "> Remera",
        "route    jobs (flow",
        "session  jobs at job_posting/",
        " of 2000000000, calls ",
        "was at job_posting/",
        "  < ",
        "asks job_posting/",
    ] {
        assert!(shown.contains(part), "`{part}` in {shown}");
    }
    let json: Value = serde_json::from_str(&ok(&stage, &["turn", "show", &turn, "--json"])).expect("JSON");
    assert_eq!((json["format"].as_u64(), json["ran"][0]["limits"]["calls"].as_u64()), (Some(3), Some(256)), "{json:#}");
    let operator = Operator::at(&stage, 0);
    assert_eq!(operator.get(&format!("/api/turns/{turn}")).await, (200, json));
    assert_eq!(operator.get("/api/turns?agent=jobs").await, (200, of_jobs.clone()));
    assert_eq!(operator.get("/api/turns/turn-1").await.0, 404);
    assert_eq!(operator.get("/api/turns/first").await.0, 400);
    assert_eq!(operator.get("/api/turns?agnt=jobs").await.0, 400);

    // Played again: to what ran, and to another build.
    let again = ok(&stage, &["turn", "replay", &turn]);
    assert!(again.starts_with("jobs (") && again.contains("the same"), "{again}");
    let first = format!("turn-{}", of_jobs["turns"][2]["message"]);
    let other = stage.folder().join("other.wasm");
    std::fs::write(&other, renamed(&built("jobs"), "What is the job's title?", "What's the job's  title?"))
        .expect("written");
    let differs = stage.run(&["turn", "replay", &first, "--with", &other.display().to_string()]);
    let said = String::from_utf8_lossy(&differs.stdout).into_owned();
    assert!(!differs.status.success(), "{said}");
    for part in ["different", "words    no flow", "- What is the job's title?", "+ What's the job's  title?"] {
        assert!(said.contains(part), "`{part}` in {said}");
    }
    let nothing = stage.run(&["turn", "replay", "turn-1"]);
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("no turn 1 is recorded"));

    // Compared over all that was recorded; the verdict is kept with the version.
    let sha256 = shown_sha256(&ok(&stage, &["turn", "show", &turn, "--json"]));
    let (old, new) = (&sha256[..12], other.display().to_string());
    let diff = ok(&stage, &["agents", "diff", old, &new, "--agent", "jobs", "--json"]);
    let diff: Value = serde_json::from_str(&diff).expect("JSON");
    assert_eq!((diff["turns"].as_u64(), diff["same"].as_u64()), (Some(3), Some(2)), "{diff:#}");
    assert_eq!(
        (diff["groups"][0]["kind"].as_str(), diff["groups"][0]["place"].as_str()),
        (Some("words"), Some("no flow"))
    );
    let printed = ok(&stage, &["agents", "diff", old, &new, "--agent", "jobs"]);
    for part in ["3 recorded turns: 2 the same", "words         1 turns  no flow  (en 1)", "+ What's the job's  title?"]
    {
        assert!(printed.contains(part), "`{part}` in {printed}");
    }
    let accepted = ok(&stage, &["agents", "accept", "jobs", &diff["new"].as_str().unwrap_or_default()[..8], "words"]);
    assert!(accepted.contains("passes; 2 of 3 turns the same; accepted: words by"), "{accepted}");
    let nothing = stage.run(&["agents", "diff", "ffff", &new, "--agent", "jobs"]);
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("`ffff` is the beginning of no kept version"));

    // A conversation file of it passes, and names nobody.
    let file = stage.folder().join("made.txt");
    let made = ok(&stage, &["turn", "to-test", &turn, "--out", &file.display().to_string()]);
    assert!(made.contains("it passes"), "{made}");
    let made = std::fs::read_to_string(&file).expect("written");
    assert!(made.contains("> Night driver, call Alice at 0788 000 000\n< "), "{made}");
    assert!(!made.contains("123 456") && made.contains("= jobs job_posting/"), "{made}");

    // On the other database, where the component is kept; its file is gone.
    assert!(stage.terminate());
    let from = format!("sqlite://{}", stage.database().display());
    let url = cluster::shared().database().await;
    stage.set("DATABASE_URL", &url);
    ok(&stage, &["db", "copy", &from]);
    std::fs::remove_file(stage.plugins().join("jobs.wasm")).expect("removed");
    assert!(ok(&stage, &["turn", "replay", &turn]).contains("the same"));
}
