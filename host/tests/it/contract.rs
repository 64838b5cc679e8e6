//! Components that were built when the contract was released, and when it was extended, still run and get the same answers.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use switchboard::conversation;
use switchboard_kit::cluster;
use switchboard_sandbox::plugins::{Compiler, Plugins, PluginsConfig};

/// The releases, each with a fixture, and how many interfaces it may import beside `types`: 1.1 added `panics`, `readings` and `http`.
const RELEASES: [(&str, &str, usize); 2] = [("contract_1_0", "1.0.0", 16), ("contract_1_1", "1.1.0", 19)];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A fixture in the real sandbox; nothing is taken from a cache of compiled code.
async fn loaded(name: &str) -> (tempfile::TempDir, Plugins) {
    let data = tempfile::tempdir().expect("a folder");
    let config = PluginsConfig {
        manifest: fixture(name).join("plugins.toml"),
        data_dir: data.path().to_owned(),
        compiler: Compiler::InProcess,
    };
    let plugins = Plugins::load_once(config).await.expect("the fixture's manifest is read");
    let refusals = plugins.refusals().into_iter().map(|refusal| refusal.reason.to_string());
    assert_eq!(refusals.collect::<Vec<_>>(), [] as [String; 0]);
    (data, plugins)
}

/// The interfaces of a release, without `types`.
fn interfaces(release: &str) -> BTreeSet<String> {
    let wit = fixture("../../../agents-wit/released").join(release).join("agent.wit");
    let wit = std::fs::read_to_string(wit).expect("the release");
    let named = wit.lines().filter_map(|line| line.strip_prefix("    import ")?.strip_suffix(';'));
    named.filter(|name| *name != "types").map(str::to_owned).collect()
}

#[tokio::test]
async fn fixtures_import_all_that_their_releases_added() {
    let mut before = BTreeSet::new();
    for (name, release, count) in RELEASES {
        let (_data, plugins) = loaded(name).await;
        let agents = plugins.current();
        let version = agents.iter().next().expect("it is loaded");
        assert_eq!((version.name(), version.profile().version.as_str()), (name, release));
        let imports: Vec<String> = version.imports().iter().map(ToString::to_string).collect();
        let all = interfaces(release);
        assert_eq!(all.len(), count, "{all:?}");
        // Importing `panics` needs no grant: it is no capability.
        for added in all.difference(&before).filter(|name| *name != "panics") {
            assert!(imports.iter().any(|import| import.contains(added)), "{added} is not in {imports:?}");
        }
        before = all;
    }
}

async fn plays(name: &str, server: Option<&str>) {
    let (_data, plugins) = loaded(name).await;
    let played = conversation::play_folder(&plugins, name, &fixture(name).join("conversations"), "", false, server)
        .await
        .expect("it plays");
    assert_eq!(played.failures, []);
    assert_eq!(played.passed, 1);
    let survived = conversation::hostile_input(&plugins, name, server).await.expect("it plays");
    assert_eq!(survived.failures, []);
    // `back` and the like are answered by the menu's agent, which is not here.
    let left = survived.warnings.iter().filter(|warning| warning.contains("hands over to `support`"));
    assert_eq!(left.count(), 1, "{:?}", survived.warnings);
}

#[tokio::test]
async fn a_component_of_1_0_plays_its_conversation_on_sqlite() {
    plays("contract_1_0", None).await;
}

#[tokio::test]
async fn a_component_of_1_0_plays_its_conversation_on_postgres() {
    plays("contract_1_0", Some(&cluster::shared().database().await)).await;
}

#[tokio::test]
async fn a_component_of_1_1_plays_its_conversation_on_sqlite() {
    plays("contract_1_1", None).await;
}

#[tokio::test]
async fn a_component_of_1_1_plays_its_conversation_on_postgres() {
    plays("contract_1_1", Some(&cluster::shared().database().await)).await;
}

/// The bytes are those that a fixture's README names: nobody built them anew.
#[test]
fn the_fixtures_are_those_that_were_released() {
    use sha2::Digest;
    for (name, ..) in RELEASES {
        let bytes = std::fs::read(fixture(name).join("agent.wasm")).expect("the component");
        let readme = std::fs::read_to_string(fixture(name).join("README.md")).expect("the README");
        assert!(readme.contains(&hex::encode(sha2::Sha256::digest(&bytes))), "{name}");
    }
}
