//! The variables of the files that people send.

use std::path::{Path, PathBuf};

use switchboard_core::file::FileQuotas;

use super::env::Env;

/// Where files are kept, how much of them, and how long.
#[derive(Clone, Debug)]
pub struct FilesConfig {
    /// `FILES_DIR`: the folder, the same for all hosts of a database; by default `media` in the data folder.
    pub directory: PathBuf,
    /// `FILES_PER_PERSON`, `FILES_PERSON_MIB`, `FILES_MAX_MIB`: how much is kept.
    pub quotas: FileQuotas,
    /// `FILES_DAYS`: how long a file is kept that nothing names.
    pub days: i64,
}

impl FilesConfig {
    /// Reads the variables.
    pub(super) fn read(env: &mut Env<'_>, data_dir: &Path) -> FilesConfig {
        let directory = env.get("FILES_DIR").map_or_else(|| data_dir.join("media"), PathBuf::from);
        let mib = |number: u32| i64::from(number) << 20;
        let quotas = FileQuotas {
            person_files: env.number("FILES_PER_PERSON", "1000").into(),
            person_bytes: mib(env.number("FILES_PERSON_MIB", "500")),
            all_bytes: mib(env.number("FILES_MAX_MIB", "20480")),
        };
        FilesConfig { directory, quotas, days: env.number("FILES_DAYS", "90").into() }
    }
}
