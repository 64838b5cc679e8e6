//! The variables of the database and of the data folder.

use std::path::PathBuf;

use super::env::Env;

/// The database's variables.
pub(super) struct Database {
    pub(super) url: String,
    pub(super) pooled_by_transaction: bool,
    pub(super) data_dir: PathBuf,
}

impl Database {
    /// Reads the variables.
    pub(super) fn read(env: &mut Env<'_>) -> Database {
        let url = env.text("DATABASE_URL", "sqlite://data/switchboard.db");
        let data_dir = data_dir(&url, env.get("DATA_DIR")).unwrap_or_else(|problem| {
            env.wrong.push(problem);
            PathBuf::from("data")
        });
        let poolers = [("none", false), ("session", false), ("transaction", true)];
        let pooled_by_transaction = env.choice("DATABASE_POOLER", false, &poolers);
        Database { url, pooled_by_transaction, data_dir }
    }
}

/// The data folder: `DATA_DIR`, else the folder of the SQLite file.
fn data_dir(url: &str, configured: Option<&str>) -> Result<PathBuf, String> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(PathBuf::from(configured.unwrap_or("data")));
    }
    let path = url
        .strip_prefix("sqlite://")
        .or_else(|| url.strip_prefix("sqlite:"))
        .map(|path| path.split('?').next().unwrap_or_default())
        .filter(|path| !path.is_empty() && *path != ":memory:")
        .ok_or_else(|| {
            format!(
                "DATABASE_URL is `{}`; it must be a file such as sqlite://data/switchboard.db, or postgres://user:password@host:5432/name",
                scheme(url)
            )
        })?;
    let parent = PathBuf::from(path).parent().map(PathBuf::from).unwrap_or_default();
    let beside = if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent };
    Ok(configured.map_or(beside, PathBuf::from))
}

/// The scheme of a database address: nothing else of it is shown, since it may contain a password.
fn scheme(url: &str) -> &str {
    url.split("//").next().unwrap_or_default()
}
