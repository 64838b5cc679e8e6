//! What all pipelines share: the component, the secret, the body, a folder on the project's disk.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use switchboard::plugins::{Plugins, PluginsConfig};

pub const SECRET: &str = "app-secret-0123456789abcdef";

/// People who write.
pub const PHONES: usize = 10_000;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// An empty folder of this process.
pub fn folder() -> anyhow::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pipeline-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Builds the agent, as `tools/agents.sh` builds agents.
pub fn build_guest() -> anyhow::Result<()> {
    let script = "[ ! -s .tools/wasm.env ] || . ./.tools/wasm.env\n\
        bin=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin\n\
        PATH=$PATH:$bin exec cargo build --quiet --profile agent --target wasm32-unknown-unknown ${build_std:-} \
        -p bench-guest --example support --example desk";
    let status = Command::new("sh").args(["-c", script]).current_dir(root()).status();
    ensure!(
        status.context("sh cannot be run")?.success(),
        "the guest does not build; `make tools` brings what it needs"
    );
    Ok(())
}

/// The agents in service, from a plugin folder of their own.
pub fn manifest(folder: &Path) -> anyhow::Result<PathBuf> {
    let directory = folder.join("plugins");
    std::fs::create_dir_all(&directory)?;
    let built = root().join("target/wasm32-unknown-unknown/agent/examples");
    for name in ["support", "desk"] {
        std::fs::copy(built.join(name).with_extension("wasm"), directory.join(name).with_extension("wasm"))?;
    }
    let path = folder.join("plugins.toml");
    let entry = |name: &str| format!("[[agent]]\nname = \"{name}\"\ncapabilities = [\"log\", \"records\"]\n");
    std::fs::write(&path, entry("support") + &entry("desk"))?;
    Ok(path)
}

pub async fn plugins(folder: &Path) -> anyhow::Result<Plugins> {
    let config = PluginsConfig { manifest: manifest(folder)?, data_dir: folder.to_owned() };
    Ok(Plugins::load_once(config).await?)
}

/// A body of a kilobyte, as Meta sends it, from one of the people.
pub fn body(number: usize) -> String {
    let phone = 250_700_000_000_u64 + (number % PHONES) as u64;
    let pad = "x".repeat(380);
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"102290129340398","changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550783881","phone_number_id":"106540352242922"}},"contacts":[{{"profile":{{"name":"Sheena Nelson","pad":"{pad}"}},"wa_id":"{phone}"}}],"messages":[{{"from":"{phone}","id":"wamid.{number:040}","timestamp":"1749416383","type":"text","text":{{"body":"Hello, I would like to know the status of my order number 4711 please, it has been five days since I paid for it."}}}}]}},"field":"messages"}}]}}]}}"#
    )
}

pub fn sign(body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()) else { return String::new() };
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// Whether a signature fits.
pub fn verify(header: Option<&str>, body: &[u8]) -> bool {
    header.is_some_and(|header| header.strip_prefix("sha256=") == Some(sign(body).as_str()))
}
