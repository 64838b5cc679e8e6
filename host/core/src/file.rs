//! Files that people send: how far the host is with them, and how much of them it keeps.

/// How far the host is with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// It is to be fetched, or is being fetched.
    Pending,
    /// It is kept.
    Kept,
    /// It is not kept and will not be: its type, its size, a quota, or Meta no longer has it.
    Refused,
}

impl FileState {
    /// The word in the database and in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            FileState::Pending => "pending",
            FileState::Kept => "kept",
            FileState::Refused => "refused",
        }
    }

    /// Reads a word of the database.
    pub fn read(word: &str) -> FileState {
        match word {
            "kept" => FileState::Kept,
            "refused" => FileState::Refused,
            _ => FileState::Pending,
        }
    }
}

/// How much is kept at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileQuotas {
    /// Files of a person.
    pub person_files: i64,
    /// Bytes of a person.
    pub person_bytes: i64,
    /// Bytes of all.
    pub all_bytes: i64,
}

impl Default for FileQuotas {
    fn default() -> FileQuotas {
        FileQuotas { person_files: 1_000, person_bytes: 500 << 20, all_bytes: 20 << 30 }
    }
}

/// The id in a handle such as `image:<id>`.
pub fn id_of(handle: &str) -> &str {
    handle.split_once(':').map_or(handle, |(_, id)| id)
}

/// Whether an id is safe as the name of a file.
pub fn is_id(id: &str) -> bool {
    let signs = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    (1..=128).contains(&id.len()) && id.bytes().all(signs)
}
