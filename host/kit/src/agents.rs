//! Agents for tests: components, and their entries in `plugins.toml`.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{LazyLock, OnceLock},
};

use switchboard_sandbox::agent::Capability;

/// The component of one of our agents.
pub fn built(agent: &str) -> Vec<u8> {
    let path = root().join("plugins").join(agent).with_extension("wasm");
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}: run `make agents` first", path.display()))
}

/// A component of `tests/agents`, built once.
pub fn rogue(name: &str) -> Vec<u8> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(|| {
        let mut build = Command::new("sh");
        build.args(["tools/wasm-build.sh", "--quiet", "--target-dir", "target/rogues", "-p", "rogue"]);
        build
            .args(["--example", "rogue", "--example", "second", "--example", "worse", "--example", "weak"])
            .args(["--example", "guest", "--example", "hoarder", "--example", "chain"])
            .args(["--example", "caller", "--example", "describer", "--example", "shop"])
            .args(["--example", "booking", "--example", "client"])
            .current_dir(root());
        let built = build.status().expect("sh runs");
        assert!(built.success(), "the rogue agents build");
        root().join("target/rogues/wasm32-unknown-unknown/agent/examples")
    });
    std::fs::read(folder.join(name).with_extension("wasm")).expect("built")
}

/// A component in which a name stands for another of the same length.
pub fn renamed(wasm: &[u8], old: &str, new: &str) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut renamed = wasm.to_vec();
    for at in 0..=wasm.len() - old.len() {
        if wasm[at..].starts_with(old.as_bytes()) {
            renamed[at..at + new.len()].copy_from_slice(new.as_bytes());
        }
    }
    renamed
}

/// The names of all capabilities of the contract; `wasi` is not in it.
pub static ALL: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let of_contract = Capability::ALL.iter().filter(|capability| **capability != Capability::Wasi);
    of_contract.map(|capability| capability.name()).collect()
});

/// An agent's entry in `plugins.toml`; more lines of it may follow.
pub fn entry(name: &str, capabilities: &[&str]) -> String {
    format!("[[agent]]\nname = \"{name}\"\ncapabilities = {capabilities:?}\n")
}

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace")
}
