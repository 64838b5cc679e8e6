//! The secrets that development mode makes for itself, once, in the data folder.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use serde::{Deserialize, Serialize};

/// Made at random on the first start; a file `development-secrets.json` of mode 0600.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    /// Signs webhook bodies.
    pub app_secret: String,
    /// Answers Meta's challenge.
    pub verify_token: String,
    /// Sends replies.
    pub access_token: String,
}

impl Secrets {
    /// Reads the secrets of a data folder, or makes them.
    pub fn in_folder(folder: &Path) -> Result<Secrets, String> {
        let path = folder.join("development-secrets.json");
        match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| {
                format!("{} cannot be read ({error}): delete it, and new secrets are made", path.display())
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Secrets::make(folder, &path),
            Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
        }
    }

    fn make(folder: &Path, path: &Path) -> Result<Secrets, String> {
        let written = || -> std::io::Result<Secrets> {
            let secrets = Secrets { app_secret: random()?, verify_token: random()?, access_token: random()? };
            fs::create_dir_all(folder)?;
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(&serde_json::to_vec_pretty(&secrets)?)?;
            file.sync_all()?;
            Ok(secrets)
        };
        written().map_err(|error| format!("{} cannot be written: {error}", path.display()))
    }
}

fn random() -> std::io::Result<String> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(hex::encode(bytes))
}
