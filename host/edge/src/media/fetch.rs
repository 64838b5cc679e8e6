//! One fetch of a file: written to the folder as it comes, and put in its place only if it is what Meta said.

use std::{future::Future, path::Path, time::Duration};

use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt as _;

use super::folder::{Folder, Got};
use crate::whatsapp::{
    client::GraphClient,
    file_types::{self, FileType},
    files::{About, MediaError},
};
use switchboard_core::file::is_id;
use switchboard_store::{StoreError, StoredFile};

/// How long a fetch may take in all.
const WHOLE: Duration = Duration::from_secs(5 * 60);

/// How long the next bytes may take.
const NEXT: Duration = Duration::from_secs(15);

/// Fetches a file into the folder.
pub(super) async fn fetch<F>(
    graph: &GraphClient,
    folder: &Folder,
    file: &StoredFile,
    fits: impl Fn(u64) -> F,
) -> Result<Got, MediaError>
where
    F: Future<Output = Result<bool, StoreError>>,
{
    if !is_id(&file.media_id) || !is_id(&file.id) {
        return Err(MediaError::Handle(file.media_id.chars().take(40).collect()));
    }
    let about = graph.media_about(&file.media_id).await?;
    let said = file_types::named(&about.mime_type).ok_or_else(|| MediaError::Type(about.mime_type.clone()))?;
    if about.size > said.bytes_max {
        return Err(MediaError::Size(said.bytes_max));
    }
    if !fits(about.size).await? {
        return Err(MediaError::Quota);
    }
    let new = folder.unfinished(&file.id).await?;
    let written = tokio::time::timeout(WHOLE, write(graph, &about, said, &new)).await.unwrap_or(Err(MediaError::Slow));
    let placed = match written {
        Ok(got) => tokio::fs::rename(&new, folder.path(&file.id)).await.map(|()| got).map_err(MediaError::from),
        Err(error) => Err(error),
    };
    if placed.is_err() {
        let _ = tokio::fs::remove_file(&new).await;
    }
    placed
}

async fn write(graph: &GraphClient, about: &About, said: &'static FileType, path: &Path) -> Result<Got, MediaError> {
    let mut answer = graph.media_bytes(&about.url, WHOLE).await?;
    let mut file = tokio::fs::File::create(path).await?;
    let (mut hash, mut head, mut bytes) = (Sha256::new(), Vec::new(), 0_u64);
    while let Some(chunk) = tokio::time::timeout(NEXT, answer.next()).await.map_err(|_| MediaError::Slow)?? {
        bytes += chunk.len() as u64;
        // What is longer than was said is another file, and is not read to its end.
        if bytes > said.bytes_max || about.size > 0 && bytes > about.size {
            return Err(if bytes > said.bytes_max { MediaError::Size(said.bytes_max) } else { MediaError::Hash });
        }
        let wanted = file_types::HEAD.saturating_sub(head.len()).min(chunk.len());
        head.extend_from_slice(&chunk[..wanted]);
        hash.update(&chunk);
        file.write_all(&chunk).await?;
    }
    file.sync_all().await?;
    if hex::encode(hash.finalize()) != about.sha256.to_lowercase() {
        return Err(MediaError::Hash);
    }
    let found = file_types::sniffed(said, &head).ok_or_else(|| MediaError::Poses(said.mime))?;
    Ok(Got { mime_type: found.mime.to_owned(), bytes: i64::try_from(bytes).unwrap_or(i64::MAX) })
}
