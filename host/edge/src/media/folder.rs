//! The folder of kept files: a file by its id, beside it notes of its uploads.

use std::{
    io::{Error, ErrorKind, Result},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;

use crate::whatsapp::file_types;

/// The file with the folder's own id.
const MARK: &str = ".folder";

/// What a fetch that did not end leaves is deleted after this.
const LEFT: Duration = Duration::from_secs(24 * 60 * 60);

/// A file that lies in the folder.
pub(super) struct Got {
    /// As its first bytes say.
    pub(super) mime_type: String,
    /// How many bytes it has.
    pub(super) bytes: i64,
}

/// The folder. Cheap to clone.
#[derive(Clone)]
pub(super) struct Folder(Arc<Path>);

impl Folder {
    pub(super) fn new(path: PathBuf) -> Folder {
        Folder(path.into())
    }

    /// Where a file lies.
    pub(super) fn path(&self, id: &str) -> PathBuf {
        self.0.join(id)
    }

    /// Where a file is written before it is whole.
    pub(super) async fn unfinished(&self, id: &str) -> Result<PathBuf> {
        tokio::fs::create_dir_all(&self.0).await?;
        Ok(self.0.join(format!(".{id}.{}.new", uuid::Uuid::now_v7().simple())))
    }

    /// A file's bytes, of at most so many.
    pub(super) async fn read(&self, id: &str, most: u64) -> Result<Bytes> {
        let path = self.path(id);
        if tokio::fs::metadata(&path).await?.len() > most {
            return Err(Error::new(ErrorKind::FileTooLarge, format!("it has more than {most} bytes")));
        }
        Ok(tokio::fs::read(&path).await?.into())
    }

    /// A file that an earlier version kept, with its type beside it.
    pub(super) async fn kept_before(&self, id: &str) -> Option<Got> {
        let mime_type = tokio::fs::read_to_string(self.0.join(format!("{id}.type"))).await.ok()?;
        let bytes = tokio::fs::metadata(self.path(id)).await.ok()?.len();
        let known = file_types::named(&mime_type)?;
        Some(Got { mime_type: known.mime.to_owned(), bytes: i64::try_from(bytes).ok()? })
    }

    /// When a file was uploaded for a business number, and the id it got.
    pub(super) async fn uploaded(&self, id: &str, business: &str) -> Option<(i64, String)> {
        let noted = tokio::fs::read_to_string(self.0.join(format!("{id}.{business}.sent"))).await.ok()?;
        let (at, known) = noted.split_once(' ')?;
        Some((at.parse().ok()?, known.to_owned()))
    }

    /// Notes an upload.
    pub(super) async fn note_uploaded(&self, id: &str, business: &str, at: i64, known: &str) -> Result<()> {
        tokio::fs::write(self.0.join(format!("{id}.{business}.sent")), format!("{at} {known}")).await
    }

    /// Deletes files and the notes beside them.
    pub(super) async fn remove(&self, ids: &[&str]) -> Result<()> {
        for name in self.names().await? {
            let is_of = |id: &&str| name == **id || name.strip_prefix(*id).is_some_and(|rest| rest.starts_with('.'));
            if ids.iter().any(is_of) {
                match tokio::fs::remove_file(self.0.join(&name)).await {
                    // Another host was faster.
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// The ids of the files here that have an id of ours. What a fetch left long ago is deleted.
    pub(super) async fn ours(&self) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        for name in self.names().await? {
            if name.starts_with('.') && name.ends_with(".new") {
                let path = self.0.join(&name);
                let changed = tokio::fs::metadata(&path).await.and_then(|about| about.modified());
                let age = changed.ok().and_then(|at| SystemTime::now().duration_since(at).ok());
                if age.is_some_and(|age| age > LEFT) {
                    let _ = tokio::fs::remove_file(path).await;
                }
                continue;
            }
            let id = name.split('.').next().unwrap_or_default();
            if is_ours(id) {
                ids.push(id.to_owned());
            }
        }
        ids.sort();
        ids.dedup();
        Ok(ids)
    }

    /// The folder's own id, made with it.
    pub(super) async fn mark(&self) -> Result<String> {
        tokio::fs::create_dir_all(&self.0).await?;
        let path = self.0.join(MARK);
        let made = tokio::fs::OpenOptions::new().write(true).create_new(true).open(&path).await;
        match made {
            Ok(file) => {
                drop(file);
                // Written whole, then put in place: another host reads all of it or nothing.
                let new = self.0.join(format!(".{}.new", uuid::Uuid::now_v7().simple()));
                tokio::fs::write(&new, uuid::Uuid::new_v4().to_string()).await?;
                tokio::fs::rename(&new, &path).await?;
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        let mark = tokio::fs::read_to_string(&path).await?.trim().to_owned();
        if mark.is_empty() { Err(Error::new(ErrorKind::WouldBlock, "its id is just being written")) } else { Ok(mark) }
    }

    async fn names(&self) -> Result<Vec<String>> {
        let mut entries = match tokio::fs::read_dir(&self.0).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        while let Some(entry) = entries.next_entry().await? {
            names.extend(entry.file_name().into_string().ok());
        }
        Ok(names)
    }
}

/// Whether an id is one that the store makes: `f` and 32 hexadecimal digits.
fn is_ours(id: &str) -> bool {
    id.strip_prefix('f').is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}
