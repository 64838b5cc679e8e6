//! What a host serves, as it tells the database: for `agents list`, at any machine.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use switchboard_sandbox::{agent::About, plugins::Plugins};

/// An agent in service at a host, or a file that is refused there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hosted {
    /// The agent's name; of a refused file that serves no agent, the file's.
    pub name: String,
    /// The version in service; `None` if none is.
    pub version: Option<HostedVersion>,
    /// The candidate, and its percentage of people.
    pub candidate: Option<(HostedVersion, f64)>,
    /// Why the agent's file is not in service, if it is not.
    pub refused: Option<String>,
    /// A digest of what `plugins.toml` grants the version in service, limits and settings included.
    #[serde(default)]
    pub entry: Option<String>,
}

/// A version in service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostedVersion {
    /// The version that it calls itself.
    pub version: String,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// A digest of what the manifest says of a version, to tell manifests of hosts apart.
fn entry(about: &About) -> String {
    let said = format!("{:?} {:?} {}", about.grants, about.limits, about.settings);
    hex::encode(&Sha256::digest(said)[..4])
}

/// What these plugins serve, in the menu's order, and then the refused files of other agents.
pub fn hosted(plugins: &Plugins) -> Vec<Hosted> {
    let (agents, refusals) = (plugins.current(), plugins.refusals());
    let version = |version: &switchboard_sandbox::agent::Version| HostedVersion {
        version: version.profile().version.clone(),
        sha256: version.sha256().to_owned(),
    };
    let refused =
        |file: &str| refusals.iter().find(|refused| refused.file == file).map(|refused| refused.reason.clone());
    let serves = agents.iter().map(|served| Hosted {
        name: served.name().to_owned(),
        version: Some(version(served)),
        candidate: agents.candidate(served.name()).map(|tried| (version(&tried.version), tried.percent)),
        refused: refused(&served.about().file),
        entry: Some(entry(served.about())),
    });
    let is_other = |file: &str| !agents.iter().any(|served| served.about().file == file);
    let others = refusals.iter().filter(|refused| is_other(&refused.file)).map(|refused| Hosted {
        name: refused.file.clone(),
        version: None,
        candidate: None,
        refused: Some(refused.reason.clone()),
        entry: None,
    });
    serves.chain(others).collect()
}
