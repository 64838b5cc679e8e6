//! Generated secrets for development mode, stored in the data folder.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// Random secrets, generated on the first start in `development-secrets.json` with mode 0600.
#[derive(Clone, Serialize, Deserialize)]
pub struct DevelopmentSecrets {
    /// Signs webhook bodies.
    pub app_secret: String,
    /// Answers Meta's challenge.
    pub verify_token: String,
    /// Sends replies.
    pub access_token: String,
    /// Authorises the admin API. Absent in files of older versions.
    #[serde(default)]
    pub operator_token: String,
}

impl DevelopmentSecrets {
    /// The file's path in a data folder.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("development-secrets.json")
    }

    /// Reads the secrets of a data folder, or generates them.
    pub fn in_folder(folder: &Path) -> Result<DevelopmentSecrets, String> {
        let path = DevelopmentSecrets::path(folder);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let mut secrets: DevelopmentSecrets = serde_json::from_str(&text).map_err(|error| {
                    format!("{} cannot be read ({error}): delete it, and new secrets are generated", path.display())
                })?;
                if secrets.operator_token.is_empty() {
                    secrets.add_operator_token(folder, &path)?;
                }
                Ok(secrets)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => DevelopmentSecrets::make(folder, &path),
            Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
        }
    }

    fn make(folder: &Path, path: &Path) -> Result<DevelopmentSecrets, String> {
        let written = || -> std::io::Result<DevelopmentSecrets> {
            let secrets = DevelopmentSecrets {
                app_secret: random()?,
                verify_token: random()?,
                access_token: random()?,
                operator_token: random()?,
            };
            fs::create_dir_all(folder)?;
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(&serde_json::to_vec_pretty(&secrets)?)?;
            file.sync_all()?;
            Ok(secrets)
        };
        written().map_err(|error| format!("{} cannot be written: {error}", path.display()))
    }

    fn add_operator_token(&mut self, folder: &Path, path: &Path) -> Result<(), String> {
        let mut written = || -> std::io::Result<()> {
            self.operator_token = random()?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.as_file().sync_all()?;
            file.persist(path)?;
            Ok(())
        };
        written().map_err(|error| format!("{} cannot be written: {error}", path.display()))
    }
}

fn random() -> std::io::Result<String> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_file_gets_what_it_lacks_and_keeps_the_rest() {
        let folder = tempfile::tempdir().expect("a folder");
        let before = r#"{"app_secret": "a", "verify_token": "b", "access_token": "c"}"#;
        fs::write(DevelopmentSecrets::path(folder.path()), before).expect("written");
        let first = DevelopmentSecrets::in_folder(folder.path()).expect("read");
        let second = DevelopmentSecrets::in_folder(folder.path()).expect("read again");
        assert_eq!((first.app_secret.as_str(), first.access_token.as_str()), ("a", "c"));
        assert!(first.operator_token.len() >= 32 && first.operator_token == second.operator_token);
    }
}
