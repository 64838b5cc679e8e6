//! The components that are measured: built once, laid out as a plugin folder, and a turn to give them.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use anyhow::{Context, ensure};
use serde_json::json;
use switchboard_core::contract::types::{Content, Message, Person, Session, Speaker, Turn, Utterance};

#[path = "../guest/src/work.rs"]
pub mod work;

/// What the person writes.
pub const TEXT: &str =
    "Hello, I would like to know the status of my order number 4711 please, it has been five days since I paid for it.";

/// The agent's settings: about a kilobyte of JSON, which it reads on each turn.
pub static SETTINGS: LazyLock<String> = LazyLock::new(|| {
    let hours: Vec<_> = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        .iter()
        .map(|day| json!({"day": day, "from": "08:00", "to": "17:30", "place": "Kimironko market, gate 3", "desks": [1, 2, 3]}))
        .collect();
    json!({"greeting": "Thank you for your message", "hours": hours, "currency": "RWF", "notes": "x".repeat(160)})
        .to_string()
});

/// The project's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// Where this run may write: on the disk that the project lies on.
pub fn scratch(name: &str) -> anyhow::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench").join(name);
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("{} cannot be emptied", folder.display()));
        }
        _ => {}
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}

/// Builds what is measured.
pub fn build() -> anyhow::Result<()> {
    for wanted in [&["-p", "bench-guest", "--example", "support", "--example", "desk"][..], &["-p", "agent-support"]] {
        let mut build = Command::new("sh");
        build.args(["tools/wasm-build.sh", "--quiet"]).args(wanted).current_dir(root());
        let status = build.env("CARGO_TARGET_DIR", target()).status().context("sh cannot be run")?;
        ensure!(status.success(), "the guest does not build; `make tools` brings what it needs");
    }
    Ok(())
}

fn target() -> PathBuf {
    // CARGO_TARGET_TMPDIR is `tmp` in the target folder.
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// The guest under one of its names.
pub fn component(name: &str) -> PathBuf {
    target().join("wasm32-unknown-unknown/agent/examples").join(name).with_extension("wasm")
}

/// The real support agent.
pub fn support_agent() -> PathBuf {
    target().join("wasm32-unknown-unknown/agent/support.wasm")
}

/// A plugin folder with both guests, and the manifest's path.
pub fn plugins(folder: &Path) -> anyhow::Result<PathBuf> {
    let directory = folder.join("plugins");
    std::fs::create_dir_all(&directory)?;
    let settings: toml::Table = serde_json::from_str(&SETTINGS)?;
    let mut manifest = toml::Table::new();
    let mut agents = Vec::new();
    for name in ["support", "desk"] {
        let from = component(name);
        std::fs::copy(&from, directory.join(name).with_extension("wasm"))
            .with_context(|| format!("{} cannot be copied", from.display()))?;
        let mut agent = toml::Table::new();
        agent.insert("name".into(), name.into());
        agent.insert("capabilities".into(), vec!["log", "records"].into());
        agent.insert("settings".into(), settings.clone().into());
        agents.push(toml::Value::from(agent));
    }
    manifest.insert("agent".into(), agents.into());
    let path = folder.join("plugins.toml");
    std::fs::write(&path, toml::to_string(&manifest)?)?;
    Ok(path)
}

/// A turn in the middle of a conversation.
pub fn turn(text: &str) -> Turn {
    let said = |speaker, text: &str| Utterance { speaker, text: text.to_owned(), at: 1_750_000_000_000 };
    Turn {
        message: Message {
            id: "4711".into(),
            content: Content::Text(text.to_owned()),
            quotes: None,
            sent_at: 1_750_000_000_000,
            extras: Vec::new(),
        },
        person: Person {
            id: "0197c1d0-0000-7000-8000-000000000001".into(),
            name: Some("Sheena Nelson".into()),
            language: "en".into(),
            country: "RW".into(),
            currency: "RWF".into(),
            time_zone: "Africa/Kigali".into(),
            place: None,
            is_new: false,
            extras: Vec::new(),
        },
        session: Session {
            id: "0197c1d0-0000-7000-8000-000000000002".into(),
            flow: None,
            history: vec![
                said(Speaker::Person, "Good morning"),
                said(Speaker::Agent, "Good morning! What can I do for you?"),
            ],
            previous_agent: Some("support".into()),
            extras: Vec::new(),
        },
        handoff: None,
        now: 1_750_000_000_000,
        seed: 7,
        features: vec!["crossDomainHandoffs".into()],
        settings: SETTINGS.clone(),
        extras: Vec::new(),
    }
}
