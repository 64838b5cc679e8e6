//! The variables as they are read: the process's environment, below it a file `.env`, and the files that `*_FILE` variables name.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use super::{error::ConfigError, file};

/// Variables that may stand in a file of their own: `<name>_FILE` names it.
pub(super) const SECRETS: [&str; 13] = [
    "DATABASE_URL",
    "WHATSAPP_APP_SECRET",
    "WA_APP_SECRET",
    "WA_VERIFY_TOKEN",
    "WHATSAPP_ACCESS_TOKEN",
    "WA_TOKEN",
    "OPERATOR_TOKEN",
    "GEMINI_API_KEY",
    "ALERT_WEBHOOK_URL",
    "TICKETS_WEBHOOK_URL",
    "LEGACY_WEBHOOK_URL",
    "LEGACY_WEBHOOK_URLS",
    "RUST_LOG",
];

/// What the names of secrets end with that are read from a file too, no matter who adds them.
const SECRET_ENDS: [&str; 4] = ["_SECRET", "_TOKEN", "_KEY", "_WEBHOOK_URL"];

const FILE: &str = "_FILE";

/// The longest secret in a file in bytes.
const SECRET_MAX: u64 = 64 * 1024;

/// The variables, with what stands in files.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables {
    vars: HashMap<String, String>,
    pub(super) files: Vec<PathBuf>,
    /// What the files held when they were read; none of one that could not be.
    contents: Vec<Option<String>>,
    wrong: Vec<String>,
}

impl Variables {
    /// Reads the process's environment; below it a file `.env` in the working directory.
    pub fn read() -> Result<Variables, ConfigError> {
        let mut vars = file::read(Path::new(".env")).map_err(|wrong| ConfigError(vec![wrong]))?;
        #[allow(clippy::disallowed_methods)]
        vars.extend(std::env::vars());
        Ok(Variables::of(vars))
    }

    /// Reads the files that these variables name. A blank `*_FILE` is none.
    pub fn of(mut vars: HashMap<String, String>) -> Variables {
        let (mut files, mut contents, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        let mut named: Vec<(String, String)> = vars
            .iter()
            .filter_map(|(name, path)| Some((name.strip_suffix(FILE)?.to_owned(), path.trim().to_owned())))
            .filter(|(name, path)| !path.is_empty() && is_secret(name))
            .collect();
        named.sort();
        for (name, path) in named {
            if vars.get(&name).is_some_and(|value| !value.trim().is_empty()) {
                wrong.push(format!("{name} and {name}{FILE} are both set: keep one of them"));
                continue;
            }
            let path = PathBuf::from(path);
            let read = read_secret(&path);
            contents.push(read.clone().ok());
            match read {
                Ok(secret) => drop(vars.insert(name, secret)),
                Err(problem) => wrong.push(format!("{name}{FILE}: {} {problem}", path.display())),
            }
            files.push(path);
        }
        Variables { vars, files, contents, wrong }
    }

    /// One value; none if it is blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    /// All values by their names.
    pub(super) fn values(&self) -> &HashMap<String, String> {
        &self.vars
    }

    /// Sentences about files that cannot be read.
    pub(super) fn wrong(&self) -> Vec<String> {
        self.wrong.clone()
    }

    /// What the files held when they were read.
    pub fn contents_read(&self) -> Vec<Option<String>> {
        self.contents.clone()
    }

    /// The contents of the files that `*_FILE` variables name, to see whether one has changed; none of one that cannot be read.
    pub fn file_contents(&self) -> Vec<Option<String>> {
        self.files.iter().map(|path| read_secret(path).ok()).collect()
    }

    /// The names of the variables that have another value there, sorted.
    pub fn changed(&self, other: &Variables) -> BTreeSet<String> {
        let names = self.vars.keys().chain(other.vars.keys());
        names.filter(|name| self.vars.get(*name) != other.vars.get(*name)).cloned().collect()
    }
}

impl Variables {
    /// These variables, with the values of some of them, and the files, of another reading.
    pub fn with(&self, other: &Variables, names: &BTreeSet<String>) -> Variables {
        let mut vars = self.vars.clone();
        for name in names {
            match other.vars.get(name) {
                Some(value) => drop(vars.insert(name.clone(), value.clone())),
                None => drop(vars.remove(name)),
            }
        }
        Variables { vars, files: other.files.clone(), contents: other.contents.clone(), wrong: Vec::new() }
    }
}

fn is_secret(name: &str) -> bool {
    SECRETS.contains(&name) || SECRET_ENDS.iter().any(|end| name.ends_with(end))
}

/// A secret without the line's end.
pub(super) fn read_secret(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?.len();
    if size > SECRET_MAX {
        return Err(format!("has {size} bytes: that is no secret"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    match text.trim() {
        "" => Err("is empty".to_owned()),
        secret => Ok(secret.to_owned()),
    }
}
