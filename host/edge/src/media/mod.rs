//! The files that people send: fetched from the Graph API in its two steps, checked, and kept in one folder for all hosts of a database.
//! Agents only get handles. What is to be fetched stands in the table `file`; see ADR 43.

mod folder;
mod fetch;

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::sync::Semaphore;
use tracing::{info, warn};

use crate::whatsapp::{
    client::GraphClient,
    file_types,
    files::{File, MediaError},
};
use folder::{Folder, Got};
use switchboard_core::{
    clock::Clock,
    file::{FileQuotas, FileState, id_of, is_id},
    test_number,
};
use switchboard_store::{Store, StoreError, StoredFile};

/// How long an uploaded file's id is reused: Meta keeps the file for 30 days.
const UPLOADED_MS: i64 = 25 * 24 * 60 * 60 * 1000;

/// Files that a host fetches at a time.
const FETCHES_MAX: usize = 4;

/// Files that a host uploads at a time: each is in memory.
const UPLOADS_MAX: usize = 2;

/// The most bytes of a file that a model reads.
const READ_MAX: u64 = 16 << 20;

/// After so long, the host that began a fetch is taken for gone: longer than any fetch takes.
const LEASE_MS: i64 = 10 * 60 * 1000;

/// The pauses after failed fetches; the last again and again until the file is given up.
const PAUSES_MS: [i64; 7] = [2_000, 10_000, 60_000, 5 * 60_000, 30 * 60_000, 2 * 3_600_000, 6 * 3_600_000];

/// The pauses before a file that a turn waits for is tried again.
const SOON: [Duration; 2] = [Duration::from_millis(500), Duration::from_millis(1_500)];

/// How a store of files is opened.
#[derive(Clone, Debug)]
pub struct MediaOptions {
    /// `FILES_DIR`: the folder, the same for all hosts of a database.
    pub directory: PathBuf,
    /// How much is kept.
    pub quotas: FileQuotas,
    /// The host's clock.
    pub clock: Clock,
}

/// The store of files. Cheap to clone.
#[derive(Clone)]
pub struct Media {
    graph: GraphClient,
    store: Store,
    folder: Folder,
    quotas: FileQuotas,
    clock: Clock,
    fetches: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
}

/// A file as a message names it.
pub struct Sendable {
    /// Meta's id.
    pub id: String,
    /// The name of a document.
    pub name: Option<String>,
}

impl Media {
    /// A store in a folder, which is created with the first file.
    pub fn new(graph: GraphClient, store: Store, options: MediaOptions) -> Media {
        Media {
            graph,
            store,
            folder: Folder::new(options.directory),
            quotas: options.quotas,
            clock: options.clock,
            fetches: Arc::new(Semaphore::new(FETCHES_MAX)),
            uploads: Arc::new(Semaphore::new(UPLOADS_MAX)),
        }
    }

    /// How far the host is with a file. One that is to be fetched is fetched now, and waited for so long.
    pub async fn state(&self, handle: &str, within: Duration) -> FileState {
        let file = match self.store.file(id_of(handle)).await {
            Ok(Some(file)) => file,
            Ok(None) => return FileState::Refused,
            Err(_) => return FileState::Pending,
        };
        if file.state != FileState::Pending {
            return file.state;
        }
        let this = self.clone();
        // It goes on when nobody waits any more.
        let fetching = tokio::spawn(async move { this.settle(file).await });
        match tokio::time::timeout(within, fetching).await {
            Ok(Ok(Ok(state))) => state,
            _ => FileState::Pending,
        }
    }

    /// A file by its handle, with its bytes: kept, or fetched now.
    pub async fn fetch(&self, handle: &str) -> Result<File, MediaError> {
        let unknown = || MediaError::Handle(handle.chars().take(40).collect());
        if !is_id(id_of(handle)) {
            return Err(unknown());
        }
        let file = self.store.file(id_of(handle)).await?.ok_or_else(unknown)?;
        let file = match file.state {
            FileState::Kept => file,
            FileState::Refused => return Err(MediaError::NotKept),
            FileState::Pending => self.fetch_soon(file).await?,
        };
        let bytes = self.folder.read(&file.id, READ_MAX).await?;
        Ok(File { mime_type: file.mime_type, bytes })
    }

    /// Fetches a file that a turn waits for, and tries again a little later what failed: a file may not be there yet when its message is.
    async fn fetch_soon(&self, mut file: StoredFile) -> Result<StoredFile, MediaError> {
        let mut pauses = SOON.iter();
        loop {
            let id = file.id.clone();
            let state = self.settle(file).await?;
            file = self.store.file(&id).await?.ok_or(MediaError::NotKept)?;
            match (state, pauses.next()) {
                (FileState::Kept, _) => return Ok(file),
                (FileState::Pending, Some(pause)) => tokio::time::sleep(*pause).await,
                _ => return Err(MediaError::NotKept),
            }
        }
    }

    /// Fetches a few of the files that are due.
    pub async fn fetch_due(&self) {
        match self.store.files_due(self.clock.now(), FETCHES_MAX as i64).await {
            Ok(files) => {
                let all = files.into_iter().map(|file| self.settle(file));
                for failed in futures_util::future::join_all(all).await.into_iter().filter_map(Result::err) {
                    warn!("what came of the fetch of a file could not be noted: {failed}");
                }
            }
            Err(error) => warn!("the files to fetch could not be read: {error}"),
        }
    }

    /// Fetches a file and notes what came of it.
    async fn settle(&self, file: StoredFile) -> Result<FileState, StoreError> {
        // The semaphore is never closed.
        let _one_of_few = self.fetches.acquire().await;
        let now = self.clock.now();
        if !self.store.begin_fetch(&file, now + LEASE_MS).await? {
            let other = self.store.file(&file.id).await?;
            return Ok(other.map_or(FileState::Refused, |file| file.state));
        }
        let got = match self.got(&file, now).await {
            Ok(got) => got,
            Err(error) if error.is_final() || now > file.until_at => {
                return self.refuse(&file, &error).await;
            }
            Err(error) => {
                let pause = PAUSES_MS[usize::try_from(file.attempts).unwrap_or(0).min(PAUSES_MS.len() - 1)];
                info!(
                    file = file.id,
                    attempts = file.attempts + 1,
                    "a file could not be fetched and will be tried again: {error}"
                );
                metrics::counter!("switchboard_file_fetches_total", "result" => "retry").increment(1);
                self.store.file_later(&file.id, self.clock.now() + pause, &error.to_string()).await?;
                return Ok(FileState::Pending);
            }
        };
        if self.store.file_kept(&file, (&got.mime_type, got.bytes), self.quotas).await? {
            metrics::counter!("switchboard_file_fetches_total", "result" => "kept").increment(1);
            return Ok(FileState::Kept);
        }
        match self.store.file(&file.id).await? {
            Some(StoredFile { state: FileState::Kept, .. }) => Ok(FileState::Kept),
            Some(_) => {
                self.remove(&file.id).await;
                self.refuse(&file, &MediaError::Quota).await
            }
            // Its person was forgotten meanwhile.
            None => {
                self.remove(&file.id).await;
                Ok(FileState::Refused)
            }
        }
    }

    async fn got(&self, file: &StoredFile, now: i64) -> Result<Got, MediaError> {
        if let Some(got) = self.folder.kept_before(&file.id).await {
            return Ok(got);
        }
        if now > file.until_at {
            return Err(MediaError::Gone);
        }
        let fits = |bytes: u64| {
            let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
            self.store.file_fits(file, bytes, self.quotas)
        };
        fetch::fetch(&self.graph, &self.folder, file, fits).await
    }

    async fn refuse(&self, file: &StoredFile, error: &MediaError) -> Result<FileState, StoreError> {
        warn!(file = file.id, kind = file.kind, "a file that a person sent is not kept: {error}");
        metrics::counter!("switchboard_file_fetches_total", "result" => error.word()).increment(1);
        self.store.file_refused(&file.id, &error.to_string()).await?;
        Ok(FileState::Refused)
    }

    async fn remove(&self, id: &str) {
        if let Err(error) = self.folder.remove(&[id]).await {
            warn!(file = id, "a file could not be deleted: {error}");
        }
    }

    /// Deletes files and what is noted of them.
    pub async fn forget(&self, handles: &[String]) -> std::io::Result<()> {
        let ids: Vec<&str> = handles.iter().map(|handle| id_of(handle)).collect();
        self.folder.remove(&ids).await
    }

    /// Deletes what lies in the folder and stands in no row any more: of people who were forgotten, of messages long gone.
    pub async fn collect(&self) -> Result<usize, MediaError> {
        let there = self.folder.ours().await?;
        let mut gone = Vec::new();
        for some in there.chunks(1_000) {
            gone.extend(self.store.ids_without_file(some).await?);
        }
        self.folder.remove(&gone.iter().map(String::as_str).collect::<Vec<_>>()).await?;
        Ok(gone.len())
    }

    /// Notes for the other hosts which folder this host has: the id in it, made with it.
    pub async fn note_folder(&self) -> Result<(), MediaError> {
        let mark = self.folder.mark().await?;
        Ok(self.store.note_folder(&mark).await?)
    }

    /// The id under which a business number sends a file on: uploaded if need be. What is not kept goes by the id it came with; none if it
    /// is no file that a person sent, and none was kept by that name.
    pub async fn sendable(&self, id: &str, business: &str) -> Result<Option<Sendable>, MediaError> {
        if !is_id(id) {
            return Ok(None);
        }
        let Some(mut file) = self.store.file(id).await? else { return Ok(None) };
        if file.state == FileState::Pending
            && self.settle(file.clone()).await? == FileState::Kept
            && let Some(kept) = self.store.file(id).await?
        {
            file = kept;
        }
        let name = (file.kind == "document").then(|| file_types::shown_name(&file.mime_type, file.name.as_deref()));
        if file.state != FileState::Kept {
            return Ok(Some(Sendable { id: file.media_id, name }));
        }
        let now = self.clock.now();
        // The phone of a test number forgets its files when its host ends.
        if let Some((at, known)) = self.folder.uploaded(id, business).await
            && now - at < UPLOADED_MS
            && !test_number::is_test(business)
        {
            return Ok(Some(Sendable { id: known, name }));
        }
        let _one_of_few = self.uploads.acquire().await;
        let bytes = match self.folder.read(id, u64::MAX).await {
            Ok(bytes) => bytes,
            Err(error) => {
                warn!(file = id, "a kept file cannot be read, and goes by the id that it came with: {error}");
                return Ok(Some(Sendable { id: file.media_id, name }));
            }
        };
        let known = self.graph.upload(business, &File { mime_type: file.mime_type, bytes }).await?;
        self.folder.note_uploaded(id, business, now, &known).await?;
        Ok(Some(Sendable { id: known, name }))
    }
}
