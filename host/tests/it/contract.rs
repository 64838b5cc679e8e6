//! A component that was built when the contract was released still runs, and gets the same answers.

use std::path::{Path, PathBuf};

use switchboard::conversation;
use switchboard_kit::cluster;
use switchboard_sandbox::plugins::{Compiler, Plugins, PluginsConfig};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/contract_1_0")
}

/// The fixture in the real sandbox; nothing is taken from a cache of compiled code.
async fn loaded() -> (tempfile::TempDir, Plugins) {
    let data = tempfile::tempdir().expect("a folder");
    let config = PluginsConfig {
        manifest: fixture().join("plugins.toml"),
        data_dir: data.path().to_owned(),
        compiler: Compiler::InProcess,
    };
    let plugins = Plugins::load_once(config).await.expect("the fixture's manifest is read");
    let refusals = plugins.refusals().into_iter().map(|refusal| refusal.reason.to_string());
    assert_eq!(refusals.collect::<Vec<_>>(), [] as [String; 0]);
    (data, plugins)
}

#[tokio::test]
async fn a_component_of_1_0_imports_the_whole_contract() {
    let (_data, plugins) = loaded().await;
    let agents = plugins.current();
    let version = agents.iter().next().expect("it is loaded");
    assert_eq!((version.name(), version.profile().version.as_str()), ("contract_1_0", "1.0.0"));
    let imports: Vec<String> = version.imports().iter().map(ToString::to_string).collect();
    let released = include_str!("../../../agents-wit/released/1.0.0/agent.wit");
    let capabilities = released.lines().filter_map(|line| line.strip_prefix("    import ")?.strip_suffix(';'));
    let capabilities: Vec<&str> = capabilities.filter(|name| *name != "types").collect();
    assert_eq!(capabilities.len(), 16);
    for capability in capabilities {
        assert!(imports.iter().any(|import| import.contains(capability)), "{capability} is not in {imports:?}");
    }
}

async fn plays(server: Option<&str>) {
    let (_data, plugins) = loaded().await;
    let played =
        conversation::play_folder(&plugins, "contract_1_0", &fixture().join("conversations"), "", false, server)
            .await
            .expect("it plays");
    assert_eq!(played.failures, []);
    assert_eq!(played.passed, 1);
    let survived = conversation::hostile_input(&plugins, "contract_1_0", server).await.expect("it plays");
    assert_eq!(survived.failures, []);
    // `back` and the like are answered by the menu's agent, which is not here.
    let left = survived.warnings.iter().filter(|warning| warning.contains("hands over to `support`"));
    assert_eq!(left.count(), 1, "{:?}", survived.warnings);
}

#[tokio::test]
async fn a_component_of_1_0_plays_its_conversation_on_sqlite() {
    plays(None).await;
}

#[tokio::test]
async fn a_component_of_1_0_plays_its_conversation_on_postgres() {
    plays(Some(&cluster::shared().database().await)).await;
}

/// The bytes are those that the fixture's README names: nobody built them anew.
#[test]
fn the_fixture_is_the_one_that_was_released() {
    use sha2::Digest;
    let bytes = std::fs::read(fixture().join("agent.wasm")).expect("the component");
    let readme = std::fs::read_to_string(fixture().join("README.md")).expect("the README");
    assert!(readme.contains(&hex::encode(sha2::Sha256::digest(&bytes))));
}
