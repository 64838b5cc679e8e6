//! Journals as earlier versions wrote them are played again by this one: `tests/journals` has a file for each format that was released.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use switchboard::{
    conversation,
    journal::{FORMAT, Journal},
    replay::{Components, Verdict, replay},
    turns::{self, TurnChoice},
};
use switchboard_sandbox::plugins::Plugins;
use switchboard_store::Store;

use super::{beside, plugins};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/contract_1_0")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals")
}

/// The journals of the fixture's conversation, as this version writes them; the store that they are in.
async fn recorded(place: &tempfile::TempDir, plugins: &Plugins) -> (Vec<serde_json::Value>, Store) {
    let url = format!("sqlite://{}", place.path().join("recorded.db").display());
    let script = std::fs::read_to_string(fixture().join("conversations/all.txt")).expect("a conversation");
    conversation::record(plugins, &url, &[script]).await.expect("it is recorded");
    let store = beside(&url).await;
    let mut journals = Vec::new();
    let everything = TurnChoice::default();
    turns::each(&store, &everything, usize::MAX, |stored, _| {
        let json = zstd::decode_all(stored.body.as_slice()).expect("it is compressed");
        journals.push(serde_json::from_slice(&json).expect("JSON"));
        true
    })
    .await
    .expect("they are read");
    journals.reverse();
    (journals, store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journals_of_every_landing_are_played_again() {
    let place = tempfile::tempdir().expect("a folder");
    let plugins = plugins(&fixture().join("plugins.toml")).await;
    let (now, store) = recorded(&place, &plugins).await;
    let newest = folder().join(format!("format-{FORMAT}.jsonl"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let lines: Vec<String> = now.iter().map(ToString::to_string).collect();
        std::fs::write(&newest, lines.join("\n") + "\n").expect("written");
    }
    let components = Components::new(store, plugins);
    let wasm = std::fs::read(fixture().join("agent.wasm")).expect("the component");
    let sha256 = hex::encode(Sha256::digest(&wasm));
    let mut formats = Vec::new();
    for format in 1..=FORMAT {
        let path = folder().join(format!("format-{format}.jsonl"));
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        formats.push(format);
        let mut runs = 0;
        for line in text.lines() {
            let journal = Journal::read(line.as_bytes()).expect("it is read");
            assert_eq!(journal.format, format);
            assert_eq!((journal.host.is_some(), journal.engine.is_some()), (format >= 3, format >= 3));
            for played in replay(&components, &journal, None).await.expect("it is played") {
                assert_eq!(played.recorded, sha256, "the fixture's component never changes");
                assert_eq!(played.verdict, Verdict::Same, "format {format}, message {}", journal.message);
                runs += 1;
            }
        }
        assert!(runs > 15, "{runs} runs in {}", path.display());
    }
    assert!(formats.contains(&FORMAT) && formats.contains(&1), "{formats:?}: UPDATE_EXPECT=1 writes the newest");
}
