//! Components that want WASI get an inert one, if they are granted it: nothing but the turn is behind it.

use std::sync::Arc;

use switchboard_core::{
    contract::{
        log::Level,
        types::{Content, Message, Person, Reply, Session, Turn},
    },
    model::NoModel,
    services::NoServices,
};
use switchboard_sandbox::{
    agent::{Ended, Stopped, TurnHost},
    plugins::{Compiler, Plugins, PluginsConfig},
};
use switchboard_store::{Store, StoreOptions};
use uuid::Uuid;

use switchboard_kit::{
    agents::{entry, rogue},
    stage::Stage,
};

const BOB: &str = "+250788000002";

/// Monday, 5 January 2026, 07:00:00.123 UTC.
const NOW: u64 = 1_767_596_400_123;

/// The agent `guest` in this process, without a host around it.
struct Guest {
    _folder: tempfile::TempDir,
    plugins: Plugins,
    store: Store,
}

impl Guest {
    /// Under these grants and limits.
    async fn load(capabilities: &[&str], limits: &str) -> Guest {
        let folder = tempfile::tempdir().expect("a folder");
        let plugins = folder.path().join("plugins");
        std::fs::create_dir(&plugins).expect("a plugin folder");
        std::fs::write(plugins.join("guest.wasm"), rogue("guest")).expect("written");
        let manifest = folder.path().join("plugins.toml");
        let entry = format!("{}limits = {{ {limits} }}\n", entry("guest", capabilities));
        std::fs::write(&manifest, entry).expect("written");
        let config = PluginsConfig { manifest, data_dir: folder.path().join("data"), compiler: Compiler::InProcess };
        let plugins = Plugins::load_once(config).await.expect("a manifest");
        let url = format!("sqlite://{}/store.db", folder.path().display());
        let store = Store::open(&url, StoreOptions::default()).await.expect("a new database opens");
        Guest { _folder: folder, plugins, store }
    }

    async fn granted() -> Guest {
        Guest::load(&["log", "wasi"], "").await
    }

    fn refusal(&self) -> Option<String> {
        self.plugins.refusals().pop().map(|refused| refused.reason)
    }

    async fn asked(&self, what: &str, seed: u64) -> Ended {
        let set = self.plugins.current();
        let version = set.get("guest").unwrap_or_else(|| panic!("{:?}", self.refusal()));
        let host = TurnHost {
            person: Uuid::now_v7(),
            reads: Arc::new(self.store.clone()),
            model: Arc::new(NoModel),
            services: Arc::new(NoServices),
            roster: Arc::new([]),
            features: Vec::new(),
            held: 0,
            depth: 0,
        };
        version.handle(&turn(what, seed), host).await
    }

    /// What it answers.
    async fn says(&self, what: &str, seed: u64) -> String {
        answer(self.asked(what, seed).await)
    }
}

fn answer(ended: Ended) -> String {
    match ended.result.expect("an outcome").replies.remove(0) {
        Reply::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

fn turn(what: &str, seed: u64) -> Turn {
    Turn {
        message: Message {
            id: "m-1".into(),
            content: Content::Text(format!("guest {what}")),
            quotes: None,
            sent_at: NOW,
            extras: Vec::new(),
        },
        person: Person {
            id: "p-1".into(),
            name: None,
            language: "en".into(),
            country: "RW".into(),
            currency: "RWF".into(),
            time_zone: "Africa/Kigali".into(),
            place: None,
            is_new: false,
            extras: Vec::new(),
        },
        session: Session {
            id: "s-1".into(),
            flow: None,
            history: Vec::new(),
            previous_agent: None,
            extras: Vec::new(),
        },
        handoff: None,
        now: NOW,
        seed,
        features: Vec::new(),
        settings: "{}".into(),
        extras: Vec::new(),
    }
}

#[tokio::test]
async fn without_the_grant_it_is_refused_and_told_the_line_to_add() {
    let guest = Guest::load(&["log"], "").await;
    assert!(guest.plugins.current().get("guest").is_none());
    let reason = guest.refusal().expect("refused");
    assert!(reason.contains(r#"write `capabilities = ["log", "wasi"]` into its [[agent]] entry"#), "{reason}");

    let guest = Guest::granted().await;
    assert_eq!(guest.refusal(), None);
    assert_eq!(guest.plugins.current().get("guest").expect("in service").imports(), ["log", "wasi"]);
}

#[tokio::test]
async fn the_clocks_stand_at_the_turns_time_and_sleeps_are_over_at_once() {
    let guest = Guest::granted().await;
    assert_eq!(guest.says("clock", 1).await, "1767596400.123000000 1767596400123000000 stood true");
    assert_eq!(guest.says("poll", 1).await, "ready [0, 1] true");
}

#[tokio::test]
async fn chance_is_the_turns() {
    let guest = Guest::granted().await;
    let first = guest.says("random", 7).await;
    assert_eq!(guest.says("random", 7).await, first, "the same turn again");
    assert_ne!(guest.says("random", 8).await, first, "another turn");
    assert_eq!(Guest::granted().await.says("random", 7).await, first, "on another host");
}

#[tokio::test]
pub(crate) async fn there_is_nothing_around() {
    let said = Guest::granted().await.says("surroundings", 1).await;
    assert!(said.starts_with(r#"env [] args [] cwd None dirs 0 stdin Err("ended") "#), "{said}");
    assert!(said.ends_with(r#"tcp Err("access-denied") dns Err("permanent-resolver-failure")"#), "{said}");
}

#[tokio::test]
async fn what_is_printed_goes_to_the_log_masked_and_cut_and_to_no_other_turn() {
    let guest = Guest::granted().await;
    for _ in 0..2 {
        let log = guest.asked("print", 1).await.log;
        let lines: Vec<(Level, &str)> = log.iter().map(|(level, line)| (*level, line.as_str())).collect();
        // The unfinished line of the first turn does not begin the second's.
        let expected = [
            (Level::Warn, "of stderr"),
            (Level::Info, "call [number] about it"),
            (Level::Info, "of log"),
            (Level::Info, "no newline"),
        ];
        assert_eq!(lines, expected);
    }
    let log = guest.asked("print much", 1).await.log;
    assert_eq!(log.iter().filter(|(_, line)| line == "much").count(), 64, "of a thousand");
    assert_eq!(log.last().map(|(_, line)| line.as_str()), Some("936 more lines were dropped"));
    // Also of a turn that comes to a bad end.
    let ended = guest.asked("exit", 1).await;
    assert!(matches!(ended.result, Err(Stopped::Trap(_))), "{:?}", ended.result);
    assert_eq!(ended.log, [(Level::Info, "before the exit".to_owned())]);
}

#[tokio::test]
async fn who_waits_for_the_clock_is_stopped_like_who_loops() {
    let fuel = Guest::load(&["log", "wasi"], "fuel = 50000000, cpu_ms = 30000").await;
    let ended = fuel.asked("wait", 1).await;
    assert!(matches!(ended.result, Err(Stopped::Fuel(_))), "{:?}", ended.result);
    let cpu = Guest::load(&["log", "wasi"], "fuel = 1000000000000, cpu_ms = 300, wall_ms = 60000").await;
    let ended = cpu.asked("wait", 1).await;
    assert!(matches!(ended.result, Err(Stopped::Deadline(_))), "{:?}", ended.result);
    let wall = Guest::load(&["log", "wasi"], "fuel = 1000000000000, cpu_ms = 60000, wall_ms = 300").await;
    let ended = wall.asked("wait", 1).await;
    assert!(matches!(ended.result, Err(Stopped::Wall(_))), "{:?}", ended.result);
    assert_eq!(cpu.says("fine", 1).await, "guest heard fine");
}

#[tokio::test]
pub(crate) async fn nobody_makes_the_host_give_more_than_a_little() {
    let guest = Guest::granted().await;
    for asks in ["hoard", "zeroes", "entropy"] {
        let ended = guest.asked(asks, 1).await;
        assert!(matches!(ended.result, Err(Stopped::Trap(_))), "{asks}: {:?}", ended.result);
    }
    assert_eq!(guest.says("fine", 1).await, "guest heard fine");
}

#[tokio::test]
async fn it_serves_like_any_other_listed_or_not() {
    let mut stage = Stage::new(&["support"]);
    stage.add("guest", &rogue("guest"), &["log", "wasi"], "");
    let log = stage.log_to_file();
    stage.start().await;
    let mut bob = stage.talk(BOB);
    assert!(bob.say("guest print").await.contains("printed"));
    assert!(bob.say("guest fine").await.contains("guest heard fine"));
    stage.terminate();
    let log = std::fs::read_to_string(log).expect("a log");
    assert!(log.contains("call [number] about it") && !log.contains("788000002"), "{log}");

    let stage = Stage::new(&[]);
    std::fs::write(stage.plugins().join("guest.wasm"), rogue("guest")).expect("written");
    let list = || String::from_utf8_lossy(&stage.run(&["agents", "list"]).stdout).into_owned();
    assert!(list().contains(r#"write `capabilities = ["log", "clock", "wasi"]`"#), "{}", list());
    let manifest = "[unlisted]\nenabled = true\ncapabilities = [\"log\", \"wasi\"]\n";
    std::fs::write(stage.folder().join("plugins.toml"), manifest).expect("written");
    assert!(!list().contains("refused") && list().contains("guest"), "{}", list());
}
