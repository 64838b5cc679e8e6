//! The store of media files that people send: downloaded from the Graph API in its two steps, verified, and kept in a
//! directory beside the database. Agents only get handles.

use std::path::PathBuf;

use sha2::{Digest, Sha256};
use tracing::debug;

use crate::whatsapp::{
    client::GraphClient,
    files::{BYTES_MAX, File, MediaError},
};
use switchboard_core::contract::types::{Content, MediaKind};

/// The MIME types that are downloaded.
const TYPES: [&str; 9] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "audio/ogg",
    "audio/mpeg",
    "audio/mp4",
    "audio/aac",
    "audio/amr",
    "application/pdf",
];

/// How long an uploaded file's id is reused: Meta keeps the file for 30 days.
const UPLOADED_MS: i64 = 25 * 24 * 60 * 60 * 1000;

/// The store of media files. Cheap to clone.
#[derive(Clone)]
pub struct Media {
    graph: GraphClient,
    directory: PathBuf,
}

impl Media {
    /// A store in this directory, which is created with the first file.
    pub fn new(graph: GraphClient, directory: PathBuf) -> Media {
        Media { graph, directory }
    }

    /// Returns a file by its handle, `audio:<id>`: from the directory, or downloaded.
    pub async fn fetch(&self, handle: &str) -> Result<File, MediaError> {
        let id = id_of(handle);
        if !is_id(id) {
            return Err(MediaError::Handle(handle.chars().take(40).collect()));
        }
        let (kept, kind) = (self.directory.join(id), self.directory.join(format!("{id}.type")));
        if let (Ok(bytes), Ok(mime_type)) = (tokio::fs::read(&kept).await, tokio::fs::read_to_string(&kind).await) {
            return Ok(File { mime_type, bytes: bytes.into() });
        }
        let file = self.download(id).await?;
        tokio::fs::create_dir_all(&self.directory).await?;
        // The type is written first: a file without one is downloaded again.
        tokio::fs::write(&kind, &file.mime_type).await?;
        let new = self.directory.join(format!(".{id}.new"));
        tokio::fs::write(&new, &file.bytes).await?;
        tokio::fs::rename(&new, &kept).await?;
        Ok(file)
    }

    /// Downloads a file that a person sent, in the background: Meta keeps it for a week only, and a listing lives
    /// longer.
    pub fn keep(&self, content: &Content) {
        let Content::Media(sent) = content else { return };
        if matches!(sent.kind, MediaKind::Image | MediaKind::Document) {
            let (files, handle) = (self.clone(), sent.handle.clone());
            tokio::spawn(async move {
                if let Err(error) = files.fetch(&handle).await {
                    debug!("a file is not kept: {error}");
                }
            });
        }
    }

    /// Deletes files and their metadata.
    pub async fn forget(&self, handles: &[String]) -> std::io::Result<()> {
        let ids: Vec<&str> = handles.iter().map(|handle| id_of(handle)).collect();
        let mut names = match tokio::fs::read_dir(&self.directory).await {
            Ok(names) => names,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        while let Some(entry) = names.next_entry().await? {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_of = |id: &str| name == *id || name.strip_prefix(id).is_some_and(|rest| rest.starts_with('.'));
            if ids.iter().any(|id| is_of(id)) {
                tokio::fs::remove_file(entry.path()).await?;
            }
        }
        Ok(())
    }

    /// The media id under which a business number may send a file that it received under another id, uploading it if
    /// needed; none if the file is unavailable.
    pub async fn uploaded(&self, id: &str, business: &str, now: i64) -> Result<Option<String>, MediaError> {
        if !is_id(id) {
            return Ok(None);
        }
        let note = self.directory.join(format!("{id}.{business}.sent"));
        let noted = tokio::fs::read_to_string(&note).await.unwrap_or_default();
        if let Some((at, known)) = noted.split_once(' ')
            && at.parse::<i64>().is_ok_and(|at| now - at < UPLOADED_MS)
        {
            return Ok(Some(known.to_owned()));
        }
        let Ok(file) = self.fetch(id).await else { return Ok(None) };
        let known = self.graph.upload(business, &file).await?;
        tokio::fs::write(&note, format!("{now} {known}")).await?;
        Ok(Some(known))
    }

    async fn download(&self, id: &str) -> Result<File, MediaError> {
        let about = self.graph.media_about(id).await?;
        let mime_type = about.mime_type.split(';').next().unwrap_or_default().trim().to_lowercase();
        if !TYPES.contains(&mime_type.as_str()) {
            return Err(MediaError::Type(mime_type));
        }
        if about.size > BYTES_MAX as u64 {
            return Err(MediaError::Size);
        }
        let bytes = self.graph.media_bytes(&about.url, BYTES_MAX).await?;
        if hex::encode(Sha256::digest(&bytes)) != about.sha256.to_lowercase() {
            return Err(MediaError::Hash);
        }
        Ok(File { mime_type, bytes })
    }
}

/// Whether an id is safe as a file name.
fn is_id(id: &str) -> bool {
    let signs = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    (1..=128).contains(&id.len()) && !id.starts_with('.') && id.bytes().all(signs)
}

/// The id in a handle such as `image:<id>`.
fn id_of(handle: &str) -> &str {
    handle.split_once(':').map_or(handle, |(_, id)| id)
}
