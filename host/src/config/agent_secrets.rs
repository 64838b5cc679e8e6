//! Secrets that `plugins.toml` names for agents' calls: environment variables and files.

use std::{collections::HashMap, path::PathBuf};

use super::{
    env::OUR_PREFIXES,
    variables::{SECRETS, Variables, read_secret},
};
use switchboard_core::{secret::Secret, services::SecretSource};

/// The fewest characters of a secret: a shorter one could be guessed, and would stand by chance in an answer where it is hidden.
const CHARS_MIN: usize = 8;

/// A secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not set.
    #[error("the variable {0} is not set")]
    Unset(String),
    /// The variable is one of the host's own.
    #[error("the variable {0} is the host's own: give the agent a secret of its own")]
    OfHost(String),
    /// The file cannot be read.
    #[error("{}: {what}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        what: String,
    },
    /// It has too few characters.
    #[error("the secret in {0} has less than {CHARS_MIN} characters")]
    Short(String),
}

/// The variables that secrets may be in.
#[derive(Clone, Default)]
pub struct AgentSecrets(HashMap<String, Secret>);

impl AgentSecrets {
    /// Of a host's variables, without its own ones.
    pub fn of(variables: &Variables) -> AgentSecrets {
        let theirs = variables.values().iter().filter(|(name, _)| !is_of_host(name));
        AgentSecrets(theirs.map(|(name, value)| (name.clone(), value.trim().to_owned().into())).collect())
    }

    /// Reads a secret; a file anew each time.
    ///
    /// # Errors
    ///
    /// Where it is not there, is the host's own, or is too short.
    pub fn read(&self, source: &SecretSource) -> Result<Secret, SecretError> {
        let (secret, place) = match source {
            SecretSource::Variable(name) if is_of_host(name) => return Err(SecretError::OfHost(name.clone())),
            SecretSource::Variable(name) => match self.0.get(name).filter(|secret| !secret.is_empty()) {
                Some(secret) => (secret.clone(), name.clone()),
                None => return Err(SecretError::Unset(name.clone())),
            },
            SecretSource::File(path) => match read_secret(path) {
                Ok(secret) => (Secret::from(secret), path.display().to_string()),
                Err(what) => return Err(SecretError::File { path: path.clone(), what }),
            },
        };
        if secret.chars().count() < CHARS_MIN { Err(SecretError::Short(place)) } else { Ok(secret) }
    }
}

/// Whether a variable is one of the host's own, which no agent's call may carry.
fn is_of_host(name: &str) -> bool {
    let name = name.strip_suffix("_FILE").unwrap_or(name);
    SECRETS.contains(&name) || OUR_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_agents_own() {
        let vars = [("Booking", " long enough "), ("Short", "1234567"), ("GEMINI_API_KEY", "the host's key")];
        let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let secrets = AgentSecrets::of(&Variables::of(vars.into_iter().collect()));
        let read = |name: &str| secrets.read(&SecretSource::Variable(name.to_owned()));
        assert_eq!(&*read("Booking").expect("it is set"), "long enough");
        assert!(matches!(read("Short"), Err(SecretError::Short(_))));
        assert!(matches!(read("Nothing"), Err(SecretError::Unset(_))));
        for name in ["GEMINI_API_KEY", "WHATSAPP_ACCESS_TOKEN", "DATABASE_URL", "OPERATOR_TOKEN"] {
            assert!(matches!(read(name), Err(SecretError::OfHost(_))), "{name}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        let file = || secrets.read(&SecretSource::File(path.clone()));
        assert!(matches!(file(), Err(SecretError::File { .. })));
        std::fs::write(&path, "from a file\n").expect("written");
        assert_eq!(&*file().expect("it is there"), "from a file");
    }
}
