//! Mistakes of people who write agents, and what `switchboard test` says of each: the sentence names the line to change, the run goes on,
//! and nothing that is wrong passes.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use switchboard_kit::{
    agents::{built, rogue},
    stage::program,
};

/// A folder of an author: components in `plugins/`, conversations in `agents/<agent>/conversations/`.
struct Author {
    folder: tempfile::TempDir,
}

impl Author {
    fn new() -> Author {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("plugins")).expect("a folder");
        let author = Author { folder };
        author.component("support", &built("support"));
        author
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn component(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(&format!("plugins/{name}.wasm")), bytes).expect("written");
    }

    /// Writes a conversation of an agent.
    fn says(&self, agent: &str, name: &str, text: &str) -> PathBuf {
        let folder = self.path(&format!("agents/{agent}/conversations"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join(format!("{name}.txt"));
        std::fs::write(&path, text).expect("written");
        path
    }

    /// Runs `switchboard test` here; whether it passed, and what it printed.
    fn test(&self, arguments: &[&str]) -> (bool, String) {
        let mut command: Command = program();
        command
            .current_dir(self.folder.path())
            .args(["test", "--dir", "plugins", "--data"])
            .arg(data())
            .args(arguments);
        let output = command.output().expect("it runs");
        let both = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(both).expect("UTF-8"))
    }
}

/// One compile cache for all.
fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data")
}

/// A conversation with a mistake at its third line, and what is said of it.
const AT_LINE_3: [(&str, &str); 12] = [
    ("> [No such choice]", "there is no [No such choice] to tap; what can be tapped is ["),
    ("@ count 7 select 1", "`@ count 7 select 1`: there are 1"),
    ("@ count 7 select nothing at all", "`@ count 7 select nothing at all`"),
    ("@ now yesterday", "`@ now yesterday`: it is a time such as 2026-01-05T07:00:00Z"),
    ("@ off nobody", "there is no agent `nobody`: there are support"),
    ("@ off features.nothing", "there is no feature `nothing`: there are "),
    ("@ language de", "`@ language de`: it is en, fr, rw or sw"),
    ("@ place nowhere", "`nowhere` is not a place: give latitude, longitude"),
    ("@ nonsense", "`@ nonsense`: it is person, name, restart"),
    ("@ model nonsense", "`@ model nonsense`: it is fails"),
    ("> (later 5x)", "`(later 5x)`: it is a number and m, h or d"),
    ("? hello", "`? hello` begins with none of # @ > < = ~ !"),
];

#[test]
fn each_mistake_is_told_with_its_line_and_the_run_goes_on() {
    let author = Author::new();
    author.says("support", "good", "> hello\n");
    let (passed, told) = author.test(&["support", "--filter", "good", "--update"]);
    assert!(passed, "{told}");
    let begin = "# A conversation\n> hello\n";
    let paths: Vec<PathBuf> = (0..AT_LINE_3.len())
        .map(|n| {
            let line = AT_LINE_3[n].0;
            let kept = if line.starts_with('>') { "< kept\n" } else { "" };
            author.says("support", &format!("wrong-{n:02}"), &format!("{begin}{line}\n{kept}"))
        })
        .collect();
    // `--update` blesses no mistake, and what is wrong stays as it stands.
    for update in [true, false] {
        let mut arguments = vec!["support", "--filter", "o"];
        arguments.extend(update.then_some("--update"));
        let read = |path: &PathBuf| std::fs::read_to_string(path).expect("a conversation");
        // The answers that are written move the lines below them.
        let before: Vec<String> = paths.iter().map(read).collect();
        let (passed, told) = author.test(&arguments);
        assert!(!passed, "{told}");
        for (((line, says), path), before) in AT_LINE_3.iter().zip(&paths).zip(&before) {
            let text = read(path);
            let number = before.lines().position(|at| at == *line).expect("the line stands") + 1;
            let file = path.strip_prefix(author.folder.path()).expect("within").display();
            assert!(told.contains(&format!("{file}:{number}: {says}")), "{line}: {told}");
            assert!(!text.contains("there is no") && (!line.starts_with('>') || text.contains("< kept")), "{text}");
            println!("{line:<36} {file}:{number}: {says}…");
        }
        assert!(told.contains("good 1"), "the good one was played: {told}");
        assert!(told.contains(" 1/13 "), "{told}");
    }
}

#[test]
fn what_is_not_there_fails() {
    let author = Author::new();
    for (arguments, says) in [
        (vec!["nobody"], "there is no agent `nobody` in "),
        (vec!["--agents", "nowhere"], "there is no folder nowhere: `--agents` names the folder"),
        (vec!["--dir", "nowhere"], "there is no folder nowhere"),
        (vec!["support", "--filter", "what"], "no conversation's file name contains `what`"),
    ] {
        let (passed, told) = match arguments[0] {
            "--dir" => {
                let output = program().current_dir(author.folder.path()).args(["test", "--dir", "nowhere"]).output();
                let output = output.expect("it runs");
                (output.status.success(), String::from_utf8(output.stderr).expect("UTF-8"))
            }
            _ => author.test(&arguments),
        };
        assert!(!passed && told.contains(says), "{arguments:?}: {told}");
    }
    // Without conversations an agent is tested all the same; a folder for them that is empty is a mistake.
    let (passed, told) = author.test(&["support"]);
    assert!(passed && told.contains("0/0"), "{told}");
    std::fs::create_dir_all(author.path("agents/support/conversations")).expect("a folder");
    let (passed, told) = author.test(&["support"]);
    assert!(!passed && told.contains("agents/support/conversations: there is no conversation here"), "{told}");
    std::fs::remove_file(author.path("plugins/support.wasm")).expect("removed");
    let (passed, told) = author.test(&[]);
    assert!(!passed && told.contains("there is no component in "), "{told}");
}

#[test]
fn a_failure_is_told_once_and_another_s_file_does_not_count() {
    let author = Author::new();
    author.component("rogue", &rogue("rogue"));
    std::fs::write(author.path("plugins/broken.wasm"), "no component").expect("written");
    author.says("rogue", "panics", "> rogue trap\n");
    author.says("rogue", "says", "> rogue log\n< nothing\n");
    let (passed, told) = author.test(&["rogue"]);
    assert!(!passed && !told.contains("broken.wasm"), "{told}");
    let panicked = "the agent panicked at host/tests/agents/rogue/src/lib.rs:";
    assert!(told.contains(panicked) && told.contains(": on purpose"), "{told}");
    assert_eq!(told.matches(panicked).count(), 1, "{told}");
    assert!(told.contains("\n    log: rogue Info: call [number] about it"), "{told}");
    let (passed, told) = author.test(&["support"]);
    assert!(passed, "{told}");
    let (passed, told) = author.test(&[]);
    assert!(!passed && told.contains("broken.wasm: refused: "), "{told}");
}
