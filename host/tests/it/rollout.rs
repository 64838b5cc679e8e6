//! Rollouts from few to all: by hand on either database, and the seven days of the checklist in minutes.

use std::time::{Duration, Instant};

use switchboard_edge::emulator::{ModelServer, Says};

use crate::{
    simulation::Simulation,
    swap::{another_version, replace},
};
use switchboard_kit::{
    agents::rogue,
    cluster,
    shell::Shell,
    stage::{Stage, until},
};

/// The checklist's plan, with samples that 20,000 people who write now and then can fill.
const CHECKLIST: &str = r#"{"limits": {"silent_hours": 6}, "steps": [
    {"percent": 1, "hours": 24, "max_error_percent": 1, "min_messages": 100},
    {"percent": 10, "hours": 48, "max_error_percent": 1},
    {"percent": 50, "hours": 48, "max_error_percent": 0.5},
    {"percent": 100, "hours": 168, "max_error_percent": 0.5}]}"#;

/// Its middle, where a fault has people to hit.
const MIDDLE: &str = r#"{"limits": {"silent_hours": 6}, "steps": [
    {"percent": 10, "hours": 48, "max_error_percent": 1}, {"percent": 50, "hours": 48, "max_error_percent": 0.5}]}"#;

/// By hand: each command does what it says, is refused where it means nothing, and is in the audit.
async fn by_hand(url: Option<String>) {
    let mut stage = Stage::new(&["support"]);
    if let Some(url) = &url {
        stage.set("DATABASE_URL", url);
    }
    let here = url.unwrap_or_else(|| format!("sqlite://{}", stage.database().display()));
    let rollout = |stage: &Stage, arguments: &[&str]| {
        let output = stage.run(&[&["rollout"], arguments].concat());
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (output.status.success(), said)
    };
    let in_force = async |stage: &Stage, percent: f64| {
        until(&format!("{percent} % are in force"), async || stage.health(0).await.1["rollout"]["percent"] == percent)
            .await;
    };
    // The controller looks every ten seconds: they pass at once.
    let clock = stage.folder().join("clock");
    stage.set("SWITCHBOARD_CLOCK_FILE", &clock.display().to_string());
    let mut offset_ms = 0;
    let mut seconds_pass = || {
        offset_ms += 11_000;
        std::fs::write(&clock, offset_ms.to_string()).expect("written");
    };
    stage.start().await;
    assert!(!rollout(&stage, &["advance", "--yes"]).0, "there is none yet");
    let (asked, said) = rollout(&stage, &["start"]);
    assert!(!asked && said.contains("from 100 % to 1 %: nothing was changed; add --yes"), "{said}");
    let (began, said) = rollout(&stage, &["start", "--yes", "--as", "ann"]);
    assert!(began && said.contains("running: 1 %, step 1 of 4"), "{said}");
    in_force(&stage, 1.0).await;
    assert!(rollout(&stage, &["start"]).1.contains("is under way"));
    assert!(rollout(&stage, &["advance"]).1.contains("from 1 % to 10 %"), "it is asked");
    assert!(rollout(&stage, &["advance", "--yes"]).0);
    in_force(&stage, 10.0).await;
    assert!(rollout(&stage, &["hold", "lunch", "--as", "bob"]).0);
    assert!(!rollout(&stage, &["hold"]).0, "it is held already");
    assert!(rollout(&stage, &["resume"]).0);
    assert!(rollout(&stage, &["abort", "it smells"]).0);
    in_force(&stage, 0.0).await;
    assert!(rollout(&stage, &["resume"]).1.contains("from 0 % to 10 %"), "it is asked");
    assert!(rollout(&stage, &["resume", "--yes"]).0);
    in_force(&stage, 10.0).await;

    // What plain SQL sets counts, and is noticed.
    let mut shell = Shell::open(&here).await;
    let set = match here.starts_with("sqlite") {
        true => {
            "update app_config set value = json_set(value, '$.unifiedServiceRolloutPercent', 50) where key = 'unified_service_flags'"
        }
        false => {
            "update app_config set value = jsonb_set(value, '{unifiedServiceRolloutPercent}', '50') where key = 'unified_service_flags'"
        }
    };
    shell.run(set).await;
    seconds_pass();
    until("a step of the plan goes on", async || {
        shell.value::<String>("select outcome from rollout").await == "manual"
    })
    .await;
    assert_eq!(shell.value::<i64>("select step from rollout").await, 2);
    shell.run(&set.replace("50", "33")).await;
    seconds_pass();
    until("another percentage holds", async || shell.value::<String>("select state from rollout").await == "held")
        .await;
    in_force(&stage, 33.0).await;
    shell.run(&set.replace("50", "0")).await;
    seconds_pass();
    until("nobody ends it", async || shell.value::<String>("select state from rollout").await == "aborted").await;

    let outcomes: Vec<String> = shell.values("select outcome from rollout_decision order by decision_id").await;
    assert_eq!(
        outcomes,
        ["started", "advanced", "held", "resumed", "aborted", "resumed", "manual", "manual", "manual"]
    );
    let (_, said) = rollout(&stage, &["status"]);
    for part in ["aborted: 0 %", "held by command:bob", "it smells", "no step of the plan", "100 % → 1 %", "1 % → 10 %"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    for change in ["update rollout_decision set who = 'nobody'", "delete from rollout_decision"] {
        assert!(shell.refused(change).await.contains("append-only"));
    }
    let by_rollout: i64 = shell.value("select count(*) from config_audit where who like 'rollout%'").await;
    assert_eq!(by_rollout, 4, "the flags moved with the rollout, and the audit says who did it");
}

#[tokio::test]
async fn a_rollout_by_hand_on_sqlite() {
    by_hand(None).await;
}

#[tokio::test]
async fn a_rollout_by_hand_on_postgres() {
    let url = cluster::shared().database().await;
    by_hand(Some(url)).await;
}

/// A run of the simulation: what was expected, and what was.
struct Run {
    name: &'static str,
    expected: (&'static str, &'static str, f64, &'static str),
    found: (String, String, f64, String),
    days: f64,
    answered: i64,
    forwarded: usize,
    took: Duration,
}

impl Run {
    fn is_as_expected(&self) -> bool {
        let ((state, outcome, percent, reason), found) = (self.expected, &self.found);
        found.0 == state && found.1 == outcome && found.2 == percent && found.3.contains(reason)
    }
}

/// Begins a plan, and lets time pass: `messages` every four hours, until the rollout is over or `hours` have passed.
async fn play(
    name: &'static str,
    expected: (&'static str, &'static str, f64, &'static str),
    mut world: Simulation,
    plan: &str,
    hours: i64,
    messages: impl Fn(i64, f64) -> usize,
) -> Run {
    let took = Instant::now();
    let file = world.stage.folder().join("plan.json");
    std::fs::write(&file, plan).expect("a plan");
    let began = world.stage.run(&["rollout", "start", "--yes", "--plan", &file.display().to_string()]);
    assert!(began.status.success(), "{}", String::from_utf8_lossy(&began.stderr));
    let mut passed = 0;
    while passed < hours {
        let (state, _, percent, _) = world.stands().await;
        if !["running", "held"].contains(&state.as_str()) {
            break;
        }
        until("the percentage is in force everywhere", async || {
            let mut all = true;
            for node in 0..3 {
                all &= world.stage.health(node).await.1["rollout"]["percent"] == percent;
            }
            all
        })
        .await;
        world.traffic(messages(passed, percent)).await;
        world.hours(4).await;
        passed += 4;
    }
    let found = world.stands().await;
    let (answered, forwarded) = world.each_went_one_way().await;
    println!("{name}:\n  {}", world.decided().await.join("\n  "));
    Run { name, expected, found, days: passed as f64 / 24.0, answered, forwarded, took: took.elapsed() }
}

/// Everybody is let in, an agent has `update = "canary"`, and gets a new file; an hour at a time.
async fn try_version(
    name: &'static str,
    expected: (&'static str, &'static str, f64, &'static str),
    seed: u64,
    wasm: &[u8],
) -> Run {
    let took = Instant::now();
    let mut world = Simulation::start(seed, |stage| stage.more_of_entry("update = \"canary\"")).await;
    assert!(world.stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "100", "--yes"]).status.success());
    until("the first version is known", async || world.count("select count(*) from rollout").await == 1).await;
    replace(&world.stage.plugins().join("rogue.wasm"), wasm);
    until("it is tried", async || world.stands().await.0 == "running").await;
    let mut passed = 0;
    while passed < 12 && world.stands().await.0 == "running" {
        world.traffic(if world.stands().await.2 == 10.0 { 1_600 } else { 400 }).await;
        world.hours(1).await;
        passed += 1;
    }
    let found = world.stands().await;
    let (answered, forwarded) = world.each_went_one_way().await;
    println!("{name}:\n  {}", world.decided().await.join("\n  "));
    Run { name, expected, found, days: f64::from(passed) / 24.0, answered, forwarded, took: took.elapsed() }
}

/// Enough for the sample of each step: of so few people, many must write.
fn steady(_passed: i64, percent: f64) -> usize {
    match percent {
        1.0 => 2_200,
        10.0 => 340,
        50.0 => 64,
        _ => 10,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes and wants the machine for itself: `make test-rollout`"]
async fn seven_days() {
    let plain = |_: &mut Stage| {};
    let mut runs = Vec::new();

    let world = Simulation::start(1, plain).await;
    let expected = ("completed", "completed", 100.0, "its limits were met");
    runs.push(play("all is well", expected, world, CHECKLIST, 12 * 24, steady).await);

    let world = Simulation::start(2, |stage| stage.more_of_entry("settings = { fails = 2 }")).await;
    let expected = ("aborted", "aborted", 0.0, "errors are not below 1 %");
    runs.push(play("an agent errs in 2 % of its turns", expected, world, MIDDLE, 96, steady).await);

    let model = ModelServer::repeating(vec![Says::text("none").after(2_500)]).await.expect("a server");
    let world = Simulation::start(3, |stage| {
        stage.set("GEMINI_API_KEY", "a-key-of-the-simulation");
        stage.set("GEMINI_API_URL", &model.url);
    })
    .await;
    let expected = ("running", "held", 10.0, "not answered within 2000 ms");
    runs.push(play("the model takes 2.5 s", expected, world, MIDDLE, 60, steady).await);

    let world = Simulation::start(4, |stage| stage.more_of_entry("settings = { traps = \"fr\" }")).await;
    let expected = ("aborted", "aborted", 0.0, "errors are not below 1 %");
    runs.push(play("a trap in French alone", expected, world, MIDDLE, 96, steady).await);

    let world = Simulation::start(5, plain).await;
    let expected = ("running", "held", 10.0, "no message was answered in the last 6 hours");
    let falls_silent = |passed: i64, percent: f64| if passed < 36 { steady(passed, percent) + 120 } else { 0 };
    runs.push(play("the traffic dries up", expected, world, MIDDLE, 60, falls_silent).await);

    let world = Simulation::start(6, plain).await;
    let expected = ("running", "held", 10.0, "fewer than 300 messages");
    runs.push(play("too few people write", expected, world, MIDDLE, 60, |_, _| 40).await);

    // The hosts may write events and not read them, as under a role that lost a right.
    let mut world = Simulation::start(7, plain).await;
    world.blind_to_events().await;
    let expected = ("running", "error", 10.0, "the figures cannot be read");
    runs.push(play("the figures' source is dead", expected, world, MIDDLE, 60, steady).await);

    let world = Simulation::start(8, |stage| {
        stage.set_of(2, "SWITCHBOARD_CLOCK_AHEAD_MS", "600000");
    })
    .await;
    let expected = ("running", "held", 10.0, "the clocks of the hosts differ");
    runs.push(play("a host disagrees about the time", expected, world, MIDDLE, 60, steady).await);

    told(&runs);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes and wants the machine for itself: `make test-rollout`"]
async fn new_versions() {
    let mut runs = Vec::new();
    let same = another_version(&rogue("rogue"), 2);
    let expected = ("completed", "completed", 100.0, "its limits were met");
    runs.push(try_version("a new version that works", expected, 9, &same).await);

    let expected = ("aborted", "aborted", 0.0, "errors are not below 1 %");
    runs.push(try_version("a new version that fails 5 %", expected, 10, &rogue("weak")).await);
    told(&runs);
}

/// Prints what was expected and what came, and fails if that differs.
fn told(runs: &[Run]) {
    println!(
        "\n{:<34} {:<44} {:>5} {:>8} {:>9} {:>6}",
        "run", "expected and found", "days", "answered", "forwarded", "s"
    );
    for run in runs {
        let (state, outcome, percent, reason) = run.expected;
        let mark = if run.is_as_expected() { "=" } else { "NOT" };
        println!(
            "{:<34} {:<44} {:>5.1} {:>8} {:>9} {:>6.0}",
            run.name,
            format!("{state}, {outcome}, {percent} % {mark} {}, {}, {} %", run.found.0, run.found.1, run.found.2),
            run.days,
            run.answered,
            run.forwarded,
            run.took.as_secs_f64(),
        );
        println!("{:<34} {}", "", if run.is_as_expected() { &run.found.3 } else { reason });
    }
    for run in runs {
        assert!(run.is_as_expected(), "{}: {:?}, not {:?}", run.name, run.found, run.expected);
    }
}
