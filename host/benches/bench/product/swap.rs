//! (d) A file dropped until the new version's first answer, for the support component; and whether memory stays where it is
//! after ten thousand of them.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use switchboard_core::contract::types::Turn;
use switchboard_sandbox::plugins::{Compiler, Plugins, PluginsConfig};

use super::reads;
use crate::{
    Size, child, guest,
    measure::{Spread, resident_kb},
    report::{Goal, Report},
};

/// A new version is looked for this often.
const LOOK: Duration = Duration::from_micros(50);

/// A file that is not in service after this long never will be.
const PATIENCE: Duration = Duration::from_secs(20);

/// Versions that take turns: with two, the host would still have the one before ready.
const VERSIONS: usize = 3;

/// What the child process measured.
#[derive(Serialize, Deserialize)]
pub struct Swaps {
    /// Never seen before, in milliseconds.
    cold_ms: Vec<f64>,
    /// Compiled before, in milliseconds.
    cached_ms: Vec<f64>,
    /// Resident memory after the first tenth of the swaps.
    early_kb: f64,
    /// And after all of them.
    late_kb: f64,
}

/// Measures and reports.
pub fn run(report: &mut Report, size: Size) -> anyhow::Result<()> {
    let n = size.pick(300, 10_000);
    report.section(
        "(d) A new version",
        "From the rename of a file into the plugin folder to the end of the new version's first turn, for the support agent, in ms.",
    );
    let swaps: Swaps = child::figure(&["swaps", &n.to_string()])?;
    let cached = Spread::of(swaps.cached_ms.iter().copied());
    let cold = Spread::of(swaps.cold_ms.iter().copied());
    report.goal("compiled before", cached, Goal::at_most(cached.median, 50.0, " ms"));
    report.goal("never seen before", cold, Goal::at_most(cold.median, 500.0, " ms"));
    report.line(&format!("resident memory after {} swaps, MB", n / 10), format!("{:.1}", swaps.early_kb / 1024.0));
    report.line(&format!("resident memory after {n} swaps, MB"), format!("{:.1}", swaps.late_kb / 1024.0));
    let growth = swaps.late_kb / swaps.early_kb;
    report.goal("the one to the other", format!("{growth:.2}×"), Goal::at_most(growth, 1.05, "×"));
    Ok(())
}

/// A running plugin folder.
struct Folder {
    directory: PathBuf,
    plugins: Plugins,
    turn: Turn,
}

/// A component, and its name for the host.
struct Version {
    bytes: Vec<u8>,
    sha256: String,
}

impl Version {
    /// The component with a section of its own that means nothing: other bytes, the same agent.
    fn marked(component: &[u8], mark: u32) -> Version {
        let mut bytes = component.to_vec();
        bytes.extend_from_slice(&[0, 10, 5]);
        bytes.extend_from_slice(b"bench");
        bytes.extend_from_slice(&mark.to_le_bytes());
        let sha256 = hex::encode(Sha256::digest(&bytes));
        Version { bytes, sha256 }
    }
}

impl Folder {
    /// Puts a version into the folder by rename and asks it a turn; how long that took.
    async fn swap(&self, version: &Version) -> anyhow::Result<Duration> {
        let new = self.directory.join(".support.new");
        std::fs::write(&new, &version.bytes)?;
        let began = Instant::now();
        std::fs::rename(&new, self.directory.join("support.wasm"))?;
        loop {
            let current = self.plugins.current();
            if let Some(agent) = current.get("support").filter(|agent| agent.sha256() == version.sha256) {
                agent.handle(&self.turn, reads::host(None)).await.result?;
                return Ok(began.elapsed());
            }
            ensure!(began.elapsed() < PATIENCE, "a new version was not taken: {:?}", self.plugins.refusals());
            std::thread::sleep(LOOK);
        }
    }
}

/// In a process of its own.
pub async fn measure(n: usize) -> anyhow::Result<Swaps> {
    let component = guest::support_agent();
    let component = std::fs::read(&component).with_context(|| format!("{} cannot be read", component.display()))?;
    let folder = folder(&guest::scratch("swaps")?, &component).await?;
    let versions: Vec<Version> =
        (0..).take(VERSIONS.max(n.min(9))).map(|mark| Version::marked(&component, mark)).collect();
    let mut swaps = Swaps { cold_ms: Vec::new(), cached_ms: Vec::new(), early_kb: 0.0, late_kb: 0.0 };
    let ms = |took: Duration| took.as_secs_f64() * 1e3;
    for version in &versions {
        swaps.cold_ms.push(ms(folder.swap(version).await?));
    }
    for (done, version) in versions.iter().take(VERSIONS).cycle().take(n).enumerate() {
        swaps.cached_ms.push(ms(folder.swap(version).await?));
        if done + 1 == n / 10 {
            swaps.early_kb = resident_kb();
        }
    }
    swaps.late_kb = resident_kb();
    Ok(swaps)
}

async fn folder(folder: &Path, component: &[u8]) -> anyhow::Result<Folder> {
    let directory = folder.join("plugins");
    std::fs::create_dir_all(&directory)?;
    std::fs::write(directory.join("support.wasm"), component)?;
    let manifest = folder.join("plugins.toml");
    // The project's own manifest: what it grants, the component has.
    std::fs::copy(guest::root().join("plugins.toml"), &manifest)?;
    let plugins =
        Plugins::start(PluginsConfig { manifest, data_dir: folder.to_owned(), compiler: Compiler::InProcess }).await?;
    Ok(Folder { directory, plugins, turn: guest::turn("hello") })
}
