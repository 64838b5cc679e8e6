//! Recorded turns of all agents are the same when they are played again: on both databases, after a restart, ten thousand of ten thousand.

use std::time::{Duration, Instant};

use switchboard::conversation;
use switchboard_kit::{agents::root, cluster};
use switchboard_sandbox::plugins::Plugins;
use switchboard_store::Store;

use super::{
    Tally, beside,
    corpus::{conversations, varied},
    play_again, plugins,
};

/// Records conversations on a file; gives its URL.
async fn recorded(folder: &tempfile::TempDir, plugins: &Plugins, scripts: &[String]) -> (String, usize) {
    let url = format!("sqlite://{}", folder.path().join("recorded.db").display());
    let said = conversation::record(plugins, &url, scripts).await.expect("they are recorded");
    (url, said)
}

/// The same database on a server.
async fn copied(file: &Store) -> Store {
    let server = beside(&cluster::shared().database().await).await;
    file.copy_to(&server).await.expect("it is copied");
    server
}

#[track_caller]
fn all_the_same(tally: &Tally, at_least: usize) {
    assert!(tally.turns >= at_least, "{} turns", tally.turns);
    assert_eq!(tally.same, tally.turns, "{:#?}", tally.others);
    assert_eq!(tally.agents.len(), 10, "{:?}", tally.agents);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_conversation_is_the_same_again_on_both_databases() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = root().join("plugins.toml");
    let recording = plugins(&manifest).await;
    let (url, said) = recorded(&folder, &recording, &conversations()).await;
    assert!(said > 400, "{said}");
    let file = beside(&url).await;
    all_the_same(&play_again(&file, &recording, usize::MAX).await, 300);
    // Another program on the other database, which has the rows and the components alone.
    let server = copied(&file).await;
    drop((file, recording));
    all_the_same(&play_again(&server, &plugins(&manifest).await, usize::MAX).await, 300);
}

/// The long form: `make test-replay`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "minutes: make test-replay"]
async fn ten_thousand_turns_are_the_same() {
    const TURNS: usize = 10_000;
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = root().join("plugins.toml");
    let recording = plugins(&manifest).await;
    let began = Instant::now();
    let all = conversations();
    let mut scripts = all.clone();
    for seed in 1.. {
        if scripts.len() >= all.len() * 36 {
            break;
        }
        scripts.extend(all.iter().enumerate().map(|(nth, script)| varied(script, seed * 1_000 + nth as u64)));
    }
    let (url, said) = recorded(&folder, &recording, &scripts).await;
    println!("recorded: {said} messages of {} conversations in {:.1} s", scripts.len(), began.elapsed().as_secs_f64());
    let file = beside(&url).await;
    let print = |what: &str, tally: &Tally, took: Duration| {
        println!(
            "{what:<34} {:>6} of {:>6} the same  {:>6.1} s  {:>6.0} turns/s",
            tally.same,
            tally.turns,
            took.as_secs_f64(),
            tally.turns as f64 / took.as_secs_f64()
        );
        assert!(took < Duration::from_secs(60), "{took:?}");
    };
    let began = Instant::now();
    let tally = play_again(&file, &recording, TURNS).await;
    print("SQLite", &tally, began.elapsed());
    println!("{:?}", tally.agents);
    all_the_same(&tally, TURNS);
    drop(recording);
    let began = Instant::now();
    let again = play_again(&file, &plugins(&manifest).await, TURNS).await;
    print("SQLite, another program", &again, began.elapsed());
    all_the_same(&again, TURNS);
    let server = copied(&file).await;
    let (began, other) = (Instant::now(), plugins(&manifest).await);
    let there = play_again(&server, &other, TURNS).await;
    print("Postgres, copied", &there, began.elapsed());
    all_the_same(&there, TURNS);
}
