//! From `switchboard agents new` to an answered message: each kind of scaffold builds, passes its tests and answers in a real host.

mod other_languages;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use other_languages::{Other, path_with_clang};

use switchboard_kit::stage::{Stage, program};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

/// What cargo builds agents of projects outside the repository in: shared, so that the SDK's dependencies are built once.
fn shared_target() -> PathBuf {
    repository().join("target/scaffolds")
}

/// A command of the program in a folder.
fn switchboard(folder: &Path, target: &Path, arguments: &[&str]) -> Command {
    let mut command = program();
    command.current_dir(folder).args(arguments).env("CARGO_TARGET_DIR", target).env_remove("DATABASE_URL");
    // An author's cargo has the compiler alone, also where CI has the linter compile.
    command.env("PATH", path_with_clang()).env_remove("RUSTC_WORKSPACE_WRAPPER");
    command
}

/// Agents in Rust that tests have made, by the test. They share a target folder, in which a component has its agent's name: of two tests that
/// build one name at once, each may take the other's file.
static MADE: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// Notes that this test makes an agent; fails if another test makes one of that name.
fn made(name: &str) {
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let mut all = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let first = all.entry(name.to_owned()).or_insert_with(|| test.clone());
    assert_eq!(*first, test, "two tests make an agent `{name}`: give each a name of its own");
}

/// Runs a command; whether it passed, and what it printed.
fn run(folder: &Path, arguments: &[&str]) -> (bool, String) {
    if let ["agents", "build", name] = arguments {
        made(name);
    }
    let output = switchboard(folder, &shared_target(), arguments).stdin(Stdio::null()).output().expect("it runs");
    let both = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(both).expect("UTF-8"))
}

/// `switchboard dev`, as somebody uses it: lines go in, lines come out.
struct Dev {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
    seen: Vec<String>,
    /// Lines before this one were looked for already.
    from: usize,
}

/// How long a line is waited for: a first build on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(300);

impl Dev {
    fn start(folder: &Path, agent: &str) -> Dev {
        made(agent);
        let mut command = switchboard(folder, &shared_target(), &["dev", agent]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let (sender, lines) = std::sync::mpsc::channel();
        let output = BufReader::new(child.stdout.take().expect("piped"));
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Dev { child, lines, seen: Vec::new(), from: 0 }
    }

    /// From here on lines are looked for.
    fn mark(&mut self) {
        self.seen.extend(self.lines.try_iter());
        self.from = self.seen.len();
    }

    /// Writes a file of the project.
    fn writes(&mut self, path: &Path, text: &str) {
        self.mark();
        std::fs::write(path, text).expect("written");
    }

    fn says(&mut self, line: &str) {
        self.mark();
        let input = self.child.stdin.as_mut().expect("piped");
        writeln!(input, "{line}").expect("it reads");
    }

    /// Waits for a line that contains this, wherever it stands behind the mark; returns it.
    fn until(&mut self, part: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        if let Some(line) = self.seen[self.from..].iter().find(|line| line.contains(part)) {
            return line.clone();
        }
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    let is_it = line.contains(part);
                    self.seen.push(line.clone());
                    if is_it {
                        return line;
                    }
                }
                Err(_) => panic!("`{part}` did not come:\n{}", self.seen.join("\n")),
            }
        }
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn rust_scaffolds_go_from_nothing_to_an_answered_message() {
    let folder = tempfile::tempdir().expect("a folder");
    // The first one brings the project with it, the others join it.
    let (passed, told) = run(folder.path(), &["agents", "new", "car_wash"]);
    assert!(passed && told.contains("a project with agent `car_wash`"), "{told}");
    let project = folder.path().join("car_wash");
    for (name, kind) in [("swap_shop", "--board"), ("greeter", "--rust")] {
        let (passed, told) = run(&project, &["agents", "new", name, kind]);
        assert!(passed && told.contains(&format!("agents/{name}/: ")), "{told}");
    }
    for name in ["car_wash", "swap_shop", "greeter"] {
        let (passed, told) = run(&project, &["agents", "build", name]);
        assert!(passed && told.contains(&format!("plugins/{name}.wasm: ")), "{told}");
        let (passed, told) = run(&project, &["test", name]);
        assert!(passed && told.contains(" 1/1 "), "{name}: {told}");
        // The manifest grants what the component imports, and its profile wants that.
        assert!(!told.contains("which its profile"), "{name}: {told}");
        let mut dev = Dev::start(&project, name);
        dev.until("✓ conversations 1/1");
        println!("{}", dev.until("is live"));
        dev.says(&name.replace('_', " "));
        dev.until("< ");
    }
    let manifest = std::fs::read_to_string(project.join("plugins.toml")).expect("a manifest");
    assert_eq!(manifest.matches("[[agent]]").count(), 3, "{manifest}");
}

#[test]
fn dev_takes_a_change_and_says_what_it_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (passed, told) = run(folder.path(), &["agents", "new", "doorman", "--rust"]);
    assert!(passed, "{told}");
    let project = folder.path().join("doorman");
    let mut dev = Dev::start(&project, "doorman");
    dev.until("is live");
    dev.says("doorman");
    dev.until("< 👋 Hello!");
    dev.until("turn-");
    dev.until("log  info: visit 1");

    // An edit is live, and the session's own turns say what it does otherwise.
    let source = project.join("agents/doorman/src/lib.rs");
    let text = std::fs::read_to_string(&source).expect("the source");
    dev.writes(&source, &text.replace("👋 Hello!", "👋 Welcome!"));
    dev.until("✗ conversations 0/1");
    dev.until("FAILED agents/doorman/conversations/first.txt:");
    println!("{}", dev.until("after the change"));
    dev.until("over your 1 turns: 0 the same");
    dev.until("words in ");
    dev.says("doorman");
    dev.until("< 👋 Welcome! Visits of yours: 2.");

    // What does not build is told, and what serves goes on.
    dev.writes(&source, "this is no Rust");
    dev.until("what serves goes on");
    dev.says("doorman");
    dev.until("< 👋 Welcome! Visits of yours: 3.");

    // A panic names its place, and the function that it is in.
    let panics = text
        .replace("let times =", "assert!(turn.text() != Some(\"doorman break\"), \"broken\");\n        let times =");
    dev.writes(&source, &panics);
    dev.until("is live");
    dev.says("doorman break");
    dev.until("! the agent panicked at agents/doorman/src/lib.rs:");
    dev.until("log  error: stopped in ");

    // A capability that is not granted is named with the line to write, and writing it is enough.
    let asks = text
        .replace("log::write(", "let _ = agent_sdk::roster::agents();\n        log::write(")
        .replace("&[\"log\", \"records\"]", "&[\"log\", \"records\", \"roster\"]");
    dev.writes(&source, &asks);
    dev.until("roster");
    let manifest = project.join("plugins.toml");
    let granted = std::fs::read_to_string(&manifest).expect("a manifest").replace("\"log\"", "\"log\", \"roster\"");
    dev.writes(&manifest, &granted);
    dev.until("✓ conversations 1/1");
    dev.until("is live");
    dev.says("/turn");
    dev.until("records.get");
    // It ends with its input, and leaves nothing behind.
    drop(dev.child.stdin.take());
    assert!(dev.child.wait().expect("it ends").success());
    let left = std::fs::read_dir(project.join("target/dev")).expect("a folder").count();
    assert_eq!(left, 0);
}

#[test]
fn what_cannot_be_made_is_told_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    for (arguments, says) in [
        (vec!["agents", "new", "Car-Wash"], "a name is 1 to 40 lower-case letters"),
        (vec!["agents", "new", "match"], "Rust or this project has another meaning for it"),
        (vec!["agents", "new", "a", "--js", "--python"], "cannot be used with"),
        (vec!["agents", "build", "a"], "there is no plugins.toml here or above"),
        (vec!["dev", "a"], "there is no plugins.toml here or above"),
    ] {
        let (passed, told) = run(folder.path(), &arguments);
        assert!(!passed && told.contains(says), "{arguments:?}: {told}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    std::fs::create_dir(folder.path().join("taken")).expect("a folder");
    let (passed, told) = run(folder.path(), &["agents", "new", "taken"]);
    assert!(!passed && told.contains("taken is there already: choose another name"), "{told}");

    let (passed, told) = run(folder.path(), &["agents", "new", "one", "--js"]);
    assert!(passed, "{told}");
    let project = folder.path().join("one");
    assert!(!project.join("Cargo.toml").exists(), "JavaScript needs no cargo");
    let manifest = project.join("plugins.toml");
    let before = std::fs::read_to_string(&manifest).expect("a manifest") + "\n[[agent]]\nname = \"listed\"\n";
    std::fs::write(&manifest, &before).expect("written");
    for (name, says) in [("one", "agents/one is there already"), ("listed", "lists an agent `listed` already")] {
        let (passed, told) = run(&project, &["agents", "new", name]);
        assert!(!passed && told.contains(says), "{told}");
    }
    let (passed, told) = run(&project, &["agents", "build", "nobody"]);
    assert!(!passed && told.contains("agents/nobody has neither Cargo.toml nor build.sh"), "{told}");
    assert_eq!(std::fs::read_to_string(&manifest).expect("a manifest"), before);
}

/// A copy of the repository, as far as agents are built from it.
fn clone_of_repository() -> tempfile::TempDir {
    let (folder, repository) = (tempfile::tempdir().expect("a folder"), repository());
    let copied = Command::new("cp")
        .args([
            "-r",
            "Cargo.toml",
            "Cargo.lock",
            ".cargo",
            "plugins.toml",
            "rustfmt.toml",
            "agents",
            "agents-wit",
            "tools",
        ])
        .arg(folder.path())
        .current_dir(&repository)
        .status();
    assert!(copied.expect("cp runs").success());
    std::os::unix::fs::symlink(repository.join("host"), folder.path().join("host")).expect("linked");
    folder
}

#[test]
fn in_the_repository_an_agent_joins_the_others() {
    let folder = clone_of_repository();
    let (passed, told) = run(folder.path(), &["agents", "new", "bakery"]);
    assert!(passed && told.contains("agents/bakery/: an agent with a flow"), "{told}");
    let (passed, told) = run(folder.path(), &["agents", "new", "snake", "--python"]);
    assert!(passed, "{told}");
    // Formatted as `make lint` wants it.
    let mut format = Command::new("cargo");
    format.args(["fmt", "-p", "agent-bakery", "--check"]).current_dir(folder.path());
    assert!(format.status().expect("cargo runs").success());
    // What `make agents` has built is not built again.
    let mut build = switchboard(folder.path(), &repository().join("target"), &["agents", "build", "bakery"]);
    assert!(build.status().expect("it runs").success());
    let (passed, told) = run(folder.path(), &["test", "bakery"]);
    assert!(passed && told.contains(" 1/1 "), "{told}");
}

/// What an agent of this component answers in a host, and the private memory that it takes there, in bytes.
async fn idle(wasm: &[u8], capabilities: &[&str]) -> usize {
    let mut private = [0, 0];
    for (n, private) in private.iter_mut().enumerate() {
        let mut stage = Stage::new(&["support"]);
        if n == 1 {
            stage.add("parrot", wasm, capabilities, "");
        }
        // The second start finds the code compiled.
        for _ in 0..2 {
            stage.terminate();
            stage.start_unready(0).await;
            let deadline = Instant::now() + PATIENCE;
            while stage.health(0).await.1["starting"] != serde_json::json!([]) {
                assert!(Instant::now() < deadline, "it is not ready");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        let began = Instant::now();
        let heard = stage.talk("+250788000002").say("parrot").await;
        if n == 1 {
            assert!(heard.contains("👋 Hello! You said: parrot"), "{heard}");
            println!(
                "its first answer after a start takes {} ms, with the way there and back",
                began.elapsed().as_millis()
            );
        }
        *private = stage.settled_private(0).await;
    }
    private[1].saturating_sub(private[0])
}

/// An edit is live within its time, the second one at least: the first build warms what the tools keep.
fn edited(project: &Path, other: &Other) {
    let mut dev = Dev::start(project, "parrot");
    dev.until("is live");
    let source = project.join("agents/parrot").join(other.source);
    let text = std::fs::read_to_string(&source).expect("the source");
    for words in ["Welcome!", "Good day!"] {
        let began = Instant::now();
        dev.writes(&source, &text.replace("Hello!", words));
        let line = dev.until("after the change");
        println!("{}: {line}", other.kind);
        dev.says("parrot");
        dev.until(&format!("< 👋 {words}"));
        if words == "Good day!" {
            assert!(began.elapsed() < other.edit_max, "{}: {:?}", other.kind, began.elapsed());
        }
    }
}

/// The agent that the guide shows, and how it talks.
#[test]
fn the_guide_s_agent_passes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (passed, told) = run(folder.path(), &["agents", "new", "insurance"]);
    assert!(passed, "{told}");
    let project = folder.path().join("insurance");
    for (from, to) in [
        ("agents/sdk/examples/insurance_lite.rs", "src/lib.rs"),
        ("docs/examples/insurance_lite.txt", "conversations/first.txt"),
    ] {
        std::fs::copy(repository().join(from), project.join("agents/insurance").join(to)).expect("copied");
    }
    let (passed, told) = run(&project, &["agents", "build", "insurance"]);
    assert!(passed, "{told}");
    let (passed, told) = run(&project, &["test", "insurance"]);
    assert!(passed && told.contains(" 1/1 ") && !told.contains("which it"), "{told}");
}
