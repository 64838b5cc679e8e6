//! Loading a component can do no harm: files that are none, endless, or ask for endless work; a host that starts beside them; a host that
//! serves while it loads.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown},
    time::Instant,
};

use serde_json::json;

use switchboard_kit::{
    agents::{ALL, built, entry, rogue},
    cluster,
    stage::{Stage, program, until},
    talk::text,
};
use switchboard_sandbox::plugins::{Compiler, Plugins, PluginsConfig};

use crate::{
    hostile::components::{ODD_FILES, OddFile},
    plugins::{Folder, ROGUE, in_service},
    swap::{another_version, replace},
};

const ALICE: &str = "250788000001";

/// How much a host's memory may grow by files that are refused, in bytes. It reads up to four at a time, of at most 32 MiB.
const GROWTH_MAX: usize = 160 << 20;

fn module(inside: &str) -> Vec<u8> {
    wat::parse_str(format!("(component (core module {inside}))")).expect("WAT")
}

/// A component that is within every bound, and takes the compiler long.
fn heavy() -> Vec<u8> {
    let one =
        |n: usize| format!("local.get {} (if (then local.get {} local.set {})) ", n % 9_000, n % 8_999, n % 8_998);
    let body: String = (0..70_000).map(one).collect();
    module(&format!("(func (local {}) {body})", "i32 ".repeat(9_000)))
}

/// Waits until a host has started and names each of these files with its reason.
async fn refuses(stage: &Stage, files: &[OddFile]) {
    until("all odd files are refused", async || {
        let (code, health) = stage.health(0).await;
        let problems = health["problems"].as_array().cloned().unwrap_or_default();
        let is_named = |odd: &OddFile| {
            problems
                .iter()
                .filter_map(|problem| problem.as_str())
                .any(|said| said.starts_with(odd.file) && said.contains(odd.says))
        };
        (code, &health["status"]) == (200, &json!("degraded")) && files.iter().all(is_named)
    })
    .await;
}

#[tokio::test]
pub(crate) async fn odd_files_are_refused_and_good_ones_are_served() {
    let mut stage = Stage::new(&["support"]);
    stage.start().await;
    until("it is well", async || stage.health(0).await.1["status"] == "healthy").await;
    let before = stage.resident(0).1;
    ODD_FILES.iter().for_each(|odd| odd.put(&stage.plugins()));
    refuses(&stage, ODD_FILES).await;

    let good = another_version(&built("support"), 1);
    replace(&stage.plugins().join("support.wasm"), &good);
    let serves = async || {
        let listed = stage.run(&["agents", "list"]);
        let sha256 = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&good));
        String::from_utf8_lossy(&listed.stdout).contains(&sha256[..12])
    };
    until("a good one is served", serves).await;
    assert_eq!(stage.say(ALICE, text("hello")).await, 200);
    stage.heard(ALICE, 0, 1).await;
    let grown = stage.resident(0).1.saturating_sub(before);
    println!("the host's memory grew by {} MiB", grown >> 20);
    assert!(grown < GROWTH_MAX, "{grown}");

    stage.terminate();
    stage.start().await;
    assert_eq!(stage.say(ALICE, text("hello")).await, 200);
    stage.heard(ALICE, 1, 1).await;
    refuses(&stage, ODD_FILES).await;
    let after = stage.resident(0).1;
    println!("after a restart beside them the host has {} MiB", after >> 20);
    assert!(after < before + GROWTH_MAX, "{after}");
}

/// A component as large as one may be: with a custom section at its end, whose first byte is a number.
fn padded(wasm: &[u8], number: u8) -> Vec<u8> {
    const NAME: &[u8] = b"\x07padding";
    let content = [NAME, &vec![number; LARGE - wasm.len()]].concat();
    // Its length in five bytes (LEB128).
    let length =
        |n: u32| if n < 4 { 0x80 | (content.len() >> (7 * n)) as u8 & 0x7f } else { (content.len() >> 28) as u8 };
    let head: Vec<u8> = std::iter::once(0).chain((0..5).map(length)).collect();
    [wasm, &head, &content].concat()
}

/// The bytes of a large component: 30 MiB.
const LARGE: usize = 30 << 20;

/// How much a host's memory may grow while it loads a large component: the file as it is read, checked, handed to the compiler's process and
/// kept in the database.
const LARGE_GROWTH_MAX: usize = 224 << 20;

#[tokio::test]
async fn a_component_of_30_mib_is_loaded_and_swapped() {
    const TOKEN: &str = "a-token-of-operators";
    let mut stage = Stage::new(&["support"]);
    stage.set("OPERATOR_TOKEN", TOKEN);
    stage.start().await;
    until("it is well", async || stage.health(0).await.1["status"] == "healthy").await;
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let agent = format!("http://{}/api/agents/support", stage.operator_of(0));
    let before = stage.resident(0).0;
    for number in 1..=6 {
        stage.forget_peak(0);
        let (wasm, began) = (padded(&built("support"), number), Instant::now());
        let sha256 = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&wasm));
        replace(&stage.plugins().join("support.wasm"), &wasm);
        let phone = format!("25078800000{number}");
        // One message asks it, so that what grows is the loading's.
        until("it is loaded", async || {
            let answer = http.get(&agent).bearer_auth(TOKEN).send().await.expect("the host answers");
            answer.json::<serde_json::Value>().await.expect("JSON")["sha256"] == sha256
        })
        .await;
        assert_eq!(stage.say(&phone, text("hello")).await, 200);
        until("it serves", async || {
            let last = "select (select payload ->> 'sha256' from unified_agent_events order by id desc limit 1)";
            stage.text(last).await.as_deref() == Some(sha256.as_str())
        })
        .await;
        let (now, peak) = stage.resident(0);
        println!(
            "{} MiB handed in: served after {:.1} s; {} MiB before, {} MiB at the peak, {} MiB after",
            wasm.len() >> 20,
            began.elapsed().as_secs_f64(),
            before >> 20,
            peak >> 20,
            now >> 20
        );
        assert!(peak < before + LARGE_GROWTH_MAX, "{before} {peak}");
    }
}

fn in_child(folder: &Folder) -> PluginsConfig {
    PluginsConfig { compiler: Compiler::Child(program().get_program().into()), ..folder.config() }
}

#[tokio::test]
pub(crate) async fn a_component_is_compiled_within_limits_of_time_and_memory() {
    // Beside 64 bytes for each of its own.
    let memory = (100_000_000 + 64 * heavy().len()) >> 20;
    let cases = [
        (
            "compile_cpu_seconds = 1",
            "compiling it takes more than 1 s of processor time (compile_cpu_seconds)".to_owned(),
        ),
        (
            "compile_memory_bytes = 100000000",
            format!(
                "compiling it takes more than {memory} MiB of memory (compile_memory_bytes) of [limits] in plugins.toml"
            ),
        ),
    ];
    for (limit, says) in cases {
        let folder = Folder::new(&format!("[limits]\n{limit}\n{ROGUE}"));
        folder.put("rogue.wasm", &heavy());
        let plugins = Plugins::load_once(in_child(&folder)).await.expect("it starts");
        let refused = plugins.refusals();
        assert!(refused.len() == 1 && refused[0].reason.contains(&says), "{refused:?}");
    }
}

#[tokio::test]
async fn what_several_ask_for_is_compiled_once() {
    let folder = Folder::new(ROGUE);
    let plugins = Plugins::open(in_child(&folder)).expect("it starts");
    let wasm: std::sync::Arc<[u8]> = rogue("rogue").into();
    let made = futures_util::future::join_all((0..4).map(|_| plugins.make("rogue", wasm.clone()))).await;
    let times: Vec<_> = made.into_iter().map(|made| made.expect("it loads").compile_time()).collect();
    assert!(times[0].is_some() && times.iter().all(|time| *time == times[0]), "{times:?}");
}

#[tokio::test]
pub(crate) async fn one_that_compiles_long_holds_no_other_up() {
    let folder = Folder::new(&[ROGUE, &entry("second", &["log", "records"])].concat());
    folder.put("second.wasm", &heavy());
    let plugins = Plugins::open(in_child(&folder)).expect("it starts");
    plugins.begin();
    folder.put("rogue.wasm", &rogue("rogue"));
    in_service(&plugins, &["rogue"]).await;
    assert_eq!((plugins.starting(), plugins.refusals()), (vec!["second".to_owned()], Vec::new()));
    // A newer file ends the older one's compiling.
    folder.put("second.wasm", &rogue("second"));
    in_service(&plugins, &["rogue", "second"]).await;
    assert_eq!(plugins.starting(), [] as [&str; 0]);
    assert!(plugins.current().get("second").expect("in service").compile_time().is_some());
}

/// A compiler that the system ends, as one does that is short of memory, is no fault of the component: nobody has to touch its file.
#[tokio::test]
async fn what_the_compiler_failed_at_is_tried_again() {
    let folder = Folder::new(ROGUE);
    let (compiler, ended) = (folder.path("compiler"), folder.path("ended"));
    let program = program().get_program().to_string_lossy().into_owned();
    let script = format!(
        "#!/bin/sh\nif [ ! -e {ended} ]; then : > {ended}; kill -9 $$; fi\nexec {program} \"$@\"\n",
        ended = ended.display()
    );
    fs::write(&compiler, script).expect("written");
    fs::set_permissions(&compiler, fs::Permissions::from_mode(0o700)).expect("set");
    folder.put("rogue.wasm", &rogue("rogue"));
    let config = PluginsConfig { compiler: Compiler::Child(compiler), ..folder.config() };
    let plugins = Plugins::start(config).await.expect("it starts");
    let refused = plugins.refusals();
    assert!(refused.len() == 1 && refused[0].reason.contains("is tried again within a minute"), "{refused:?}");
    in_service(&plugins, &["rogue"]).await;
    assert_eq!(plugins.refusals(), []);
}

#[tokio::test]
async fn all_that_is_missing_is_named_with_the_line_to_write() {
    let folder = Folder::new("[[agent]]\nname = \"support\"\ncapabilities = [\"log\"]\n");
    folder.put("support.wasm", &built("support"));
    let plugins = Plugins::load_once(folder.config()).await.expect("it starts");
    let reason = plugins.refusals().remove(0).reason;
    let line = reason.split('`').find(|part| part.starts_with("capabilities = ")).expect("a line");
    fs::write(folder.path("plugins.toml"), format!("[[agent]]\nname = \"support\"\n{line}\n")).expect("written");
    let plugins = Plugins::load_once(folder.config()).await.expect("it starts");
    assert_eq!(plugins.refusals(), [], "{reason}");
}

/// A file is broken while the host is down: the version that served last does, on SQLite and on Postgres.
async fn the_last_good_version_stands_in(url: Option<String>) {
    let mut stage = Stage::new(&["support"]);
    if let Some(url) = &url {
        stage.set("DATABASE_URL", url);
    }
    let (good, file) = (built("support"), stage.plugins().join("support.wasm"));
    let sha256 = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&good));
    stage.start().await;
    until("it is kept", async || {
        stage.count("select count(*) from component_version where served_at is not null").await == 1
    })
    .await;
    stage.terminate();
    fs::write(&file, b"\0asm\x01\0\0\0").expect("written");
    // Nor does it need the cache.
    fs::remove_dir_all(stage.folder().join("data/cache")).expect("removed");
    stage.start().await;
    assert_eq!(stage.say(ALICE, text("hello")).await, 200);
    stage.heard(ALICE, 0, 1).await;
    let last = "select payload ->> 'sha256' from unified_agent_events order by id desc limit 1";
    assert_eq!(stage.text(last).await.as_deref(), Some(sha256.as_str()));
    until("it is told", async || {
        let (code, health) = stage.health(0).await;
        let problems = health["problems"].to_string();
        (code, &health["status"]) == (200, &json!("degraded"))
            && problems.contains("support.wasm is refused: it is a core module")
    })
    .await;
    until("it is listed", async || {
        let listed = String::from_utf8_lossy(&stage.run(&["agents", "list"]).stdout).into_owned();
        listed.contains(&sha256[..12]) && listed.contains("its file is refused: it is a core module")
    })
    .await;
    // The file decides again once it is good, and once it is gone.
    let other = another_version(&good, 1);
    replace(&file, &other);
    until("it is well", async || stage.health(0).await.1["status"] == "healthy").await;
    if url.is_some() {
        // A file that is removed before it was published comes back with the one that was.
        let other = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&other));
        let published = "select string_agg(sha256, ' ') from switchboard.component";
        until("it is published", async || stage.text(published).await.is_some_and(|all| all.contains(&other))).await;
    }
    fs::remove_file(&file).expect("removed");
    until("it is gone", async || stage.health(0).await.1["domains"] == json!([])).await;
}

#[tokio::test]
pub(crate) async fn the_last_good_version_stands_in_on_sqlite() {
    the_last_good_version_stands_in(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_good_version_stands_in_on_postgres() {
    the_last_good_version_stands_in(Some(cluster::shared().database().await)).await;
}

/// A cache that is a file, another user's, or full is done without, and told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_cache_that_cannot_be_used_is_done_without() {
    let mut stage = Stage::new(&["support"]);
    // So that the cache is the only folder where a limit of the size of files is met.
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    let cache = stage.folder().join("data/cache");
    let is_told = async |stage: &Stage, says: &str| {
        let (code, health) = stage.health(0).await;
        let problems = health["problems"].to_string();
        code == 200 && problems.contains("compiled agents are not kept") && problems.contains(says)
    };
    let gauge = async |stage: &Stage| {
        let lines = stage.metrics(0).await;
        lines.iter().find_map(|line| line.strip_prefix("switchboard_cache_writable ")).map(str::to_owned)
    };
    stage.without_shared_code();
    fs::write(&cache, "a file").expect("written");
    stage.start().await;
    until("it is told", async || is_told(&stage, "").await).await;
    assert_eq!(stage.say(ALICE, text("hello")).await, 200);
    stage.heard(ALICE, 0, 1).await;
    assert_eq!(gauge(&stage).await.as_deref(), Some("0"));
    stage.terminate();

    fs::remove_file(&cache).expect("removed");
    fs::create_dir(&cache).expect("made");
    // Only root can give a folder away.
    if chown(&cache, Some(65_534), None).is_ok() {
        stage.start().await;
        until("it is told", async || is_told(&stage, "another user").await).await;
        stage.terminate();
        chown(&cache, Some(0), None).expect("taken back");
    }

    stage.outlive_limits();
    stage.start().await;
    until("it is well", async || stage.health(0).await.1["status"] == "healthy").await;
    assert_eq!(gauge(&stage).await.as_deref(), Some("1"));
    stage.limit_files(0, Some(500_000));
    replace(&stage.plugins().join("support.wasm"), &another_version(&built("support"), 1));
    until("it is told", async || is_told(&stage, "File too large").await).await;
    let names = fs::read_dir(&cache).expect("a folder").flatten().map(|entry| entry.file_name());
    let left: Vec<_> = names.filter(|name| name.to_string_lossy().ends_with(".tmp")).collect();
    assert_eq!(left, [] as [&str; 0], "nothing half-written is left");
}

/// The host serves as soon as it listens: a message that an agent still compiling might get waits for it.
#[tokio::test]
async fn a_message_waits_for_an_agent_that_compiles() {
    let mut stage = Stage::new(&["support", "jobs"]);
    stage.start_unready(0).await;
    let (code, health) = stage.health(0).await;
    assert_eq!(code, 200, "{health}");
    let missing = health["starting"].as_array().expect("a list").len();
    assert_eq!(health["status"] == "starting", missing > 0, "{health}");
    assert_eq!(stage.say(ALICE, text("I need a job as a driver")).await, 200);
    stage.heard(ALICE, 0, 1).await;
    let answers = "select agent_type from unified_agent_events order by id desc limit 1";
    assert_eq!(stage.text(answers).await.as_deref(), Some("jobs"));
    assert_eq!(stage.count("select count(*) from message where attempts > 0").await, 0);
    until("it is well", async || stage.health(0).await.1["status"] == "healthy").await;
    assert_eq!(stage.health(0).await.1["starting"], json!([]));

    // An agent that is on and has no file is named.
    let manifest = stage.folder().join("plugins.toml");
    let before = fs::read_to_string(&manifest).expect("a manifest");
    let other = stage.folder().join("plugins.new");
    fs::write(&other, before + &entry("farm", &ALL)).expect("written");
    fs::rename(other, manifest).expect("renamed");
    until("it is named", async || {
        stage.health(0).await.1["problems"].to_string().contains("agent `farm` is on by its flag and not in service")
    })
    .await;
}

/// Prints how soon a host with ten agents serves, without and with compiled code.
#[tokio::test]
#[ignore = "prints times: cargo test -p switchboard --test it -- loader::cold_start --ignored --nocapture"]
async fn cold_start() {
    let agents: Vec<&str> =
        "support jobs business_broker farmer insurance marketplace property rides sales waiter".split(' ').collect();
    let mut stage = Stage::new(&agents);
    stage.without_shared_code();
    for code in ["nothing compiled", "all compiled"] {
        let began = Instant::now();
        stage.start_unready(0).await;
        until("it answers", async || stage.say(ALICE, text("hello")).await == 200).await;
        let webhook = began.elapsed();
        until("all are ready", async || stage.health(0).await.1["starting"] == json!([])).await;
        println!(
            "{} agents, {code}: webhook answered after {} ms, all ready after {} ms",
            agents.len(),
            webhook.as_millis(),
            began.elapsed().as_millis()
        );
        stage.terminate();
    }
}
