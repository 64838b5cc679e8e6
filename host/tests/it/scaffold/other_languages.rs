//! Scaffolds in C, JavaScript and Python.

use std::time::{Duration, Instant};

use super::{edited, idle, repository, run};

/// A scaffold of another language.
pub(super) struct Other {
    pub(super) kind: &'static str,
    /// What is said where its tools are missing.
    missing: &'static str,
    /// What an agent of it imports.
    capabilities: &'static [&'static str],
    /// Its source, and how long an edit of it may take to be live.
    pub(super) source: &'static str,
    pub(super) edit_max: Duration,
    /// The most private memory of an idle agent, in bytes: code is mapped from its file.
    idle_max: usize,
}

const OTHERS: [Other; 3] = [
    Other {
        kind: "--c",
        missing: "there is no clang",
        capabilities: &["log"],
        source: "agent.c",
        edit_max: Duration::from_secs(3),
        idle_max: 5 << 19,
    },
    Other {
        kind: "--js",
        missing: "there is no n",
        capabilities: &["log", "wasi"],
        source: "agent.js",
        edit_max: Duration::from_secs(15),
        idle_max: 16 << 20,
    },
    Other {
        kind: "--python",
        missing: "there is no python3",
        capabilities: &["log", "wasi"],
        source: "agent.py",
        edit_max: Duration::from_secs(15),
        idle_max: 16 << 20,
    },
];

/// The path with the tools that `tools/clang.sh` brings.
pub(super) fn path_with_clang() -> std::ffi::OsString {
    let own = repository().join(".tools/clang/usr/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&path))).expect("a path")
}

#[tokio::test]
#[ignore = "brings the tools of C, JavaScript and Python, and compiles 12 to 18 MB: `make test-scaffolds`"]
async fn scaffolds_of_other_languages_go_from_nothing_to_an_answered_message() {
    let tools = repository().join(".tools");
    std::fs::create_dir_all(&tools).expect("a folder");
    for other in OTHERS {
        let (kind, began) = (other.kind, Instant::now());
        let folder = tempfile::tempdir().expect("a folder");
        let (passed, told) = run(folder.path(), &["agents", "new", "parrot", kind]);
        assert!(passed, "{told}");
        let project = folder.path().join("parrot");
        // What the build brings is brought once.
        std::os::unix::fs::symlink(&tools, project.join(".tools")).expect("linked");
        let (passed, told) = run(&project, &["agents", "build", "parrot"]);
        if !passed && told.contains(other.missing) {
            let why = told.lines().find(|line| line.contains(other.missing)).unwrap_or_default();
            println!("not run: {kind}: {why}");
            assert!(std::env::var_os("CI").is_none(), "CI brings the tools of every language: {told}");
            continue;
        }
        assert!(passed && told.contains("plugins/parrot.wasm: "), "{told}");
        print!("{kind}: {}", told.lines().next_back().unwrap_or_default());
        let (passed, told) = run(&project, &["test", "parrot"]);
        assert!(passed && told.contains(" 1/1 "), "{kind}: {told}");
        assert!(!told.contains("which its profile"), "{kind}: {told}");
        let wasm = std::fs::read(project.join("plugins/parrot.wasm")).expect("built");
        let idle = idle(&wasm, other.capabilities).await;
        println!("; built, tested, and answers {:.0} s after nothing", began.elapsed().as_secs_f64());
        println!("{kind}: {} KiB of private memory when idle", idle >> 10);
        assert!(idle <= other.idle_max, "{kind}: {idle}");
        edited(&project, &other);
    }
}
