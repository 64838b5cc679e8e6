//! Backups: a whole copy of the database in one file, made beside the hosts, and when the newest was made.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use crate::{Store, StoreError, open::file_of, postgres, sqlite};

/// The name of the one row of the table.
const NEWEST: &str = "newest";

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// When, in milliseconds.
    pub at: i64,
    /// The file's name as it was given.
    pub file: String,
    /// Its size.
    pub bytes: i64,
}

impl Store {
    /// Writes a backup of this database, of this address, to a new file, and notes it. SQLite: a database file. Postgres: an archive of
    /// `pg_dump`, for `pg_restore`.
    ///
    /// # Errors
    /// Where the file is there already or cannot be written, where there is no `pg_dump`, and where the copy is not whole. Nothing of it
    /// is left then.
    pub async fn backup(&self, url: &str, file: &Path) -> Result<Backup, StoreError> {
        let failed = |source: io::Error| StoreError::Files { path: file.to_owned(), source };
        if file.try_exists().map_err(failed)? {
            return Err(failed(io::ErrorKind::AlreadyExists.into()));
        }
        let partial = Partial::new(file).map_err(failed)?;
        match postgres::Server::parse(url)? {
            Some(server) => postgres::backup(&server, &partial.path).await?,
            None => sqlite::backup(file_of(url)?, partial.path.clone()).await?,
        }
        let bytes = partial.finish(file).map_err(failed)?;
        let backup = Backup { at: self.now(), file: file.display().to_string(), bytes };
        let sql = "insert into backup (name, at, file, bytes) values ($1, $2, $3, $4)
            on conflict (name) do update set at = excluded.at, file = excluded.file, bytes = excluded.bytes";
        let values = vec![NEWEST.into(), backup.at.into(), (&backup.file).into(), bytes.into()];
        self.inner.writer.plain(sql, values).await?;
        Ok(backup)
    }

    /// The newest backup that was made with [`Store::backup`].
    pub async fn newest_backup(&self) -> Result<Option<Backup>, StoreError> {
        let row = self.query("select at, file, bytes from backup where name = $1").bind(NEWEST).optional().await?;
        let backup =
            row.map(|row| Ok::<_, sqlx::Error>(Backup { at: row.get(0)?, file: row.get(1)?, bytes: row.get(2)? }));
        Ok(backup.transpose()?)
    }
}

/// A file that is being written, beside the one that it becomes. It is removed if it does not become that.
struct Partial {
    path: PathBuf,
}

impl Partial {
    /// An empty file that only this user may read: it will hold people's numbers and messages.
    fn new(file: &Path) -> io::Result<Partial> {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let path = file.with_file_name(name);
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        Ok(Partial { path })
    }

    /// Gives it its name, once it is on the disk; gives its size.
    fn finish(self, file: &Path) -> io::Result<i64> {
        let written = File::open(&self.path)?;
        written.sync_all()?;
        let bytes = written.metadata()?.len();
        std::fs::rename(&self.path, file)?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
        Ok(i64::try_from(bytes).unwrap_or(i64::MAX))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // It is not there any more if all went well.
        let _ = std::fs::remove_file(&self.path);
    }
}
