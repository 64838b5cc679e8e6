//! A backup of a server's database, by the server's own program.

use std::{ffi::OsString, io, os::unix::ffi::OsStringExt, path::Path, process::Stdio};

use sqlx::postgres::PgSslMode;
use tokio::process::Command;
use tokio_postgres::config::Host;

use super::{address::Address, server::Server};
use crate::StoreError;

/// The program.
const PG_DUMP: &str = "pg_dump";

/// Writes an archive of the whole database. The address goes by the environment: others see the arguments of a program.
pub(crate) async fn backup(server: &Server, file: &Path) -> Result<(), StoreError> {
    let mut command = Command::new(PG_DUMP);
    command.args(["--format=custom", "--no-password", "--file"]).arg(file).envs(environment(server));
    let output = match command.stdin(Stdio::null()).output().await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::Server(
                "there is no `pg_dump` on this machine: install PostgreSQL's client programs, of the server's version or newer (Debian: postgresql-client), or let whoever runs the server make its backups".into(),
            ));
        }
        output => output.map_err(|source| StoreError::Files { path: PG_DUMP.into(), source })?,
    };
    match output.status.success() {
        true => Ok(()),
        false => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(StoreError::Server(format!("`pg_dump` made no backup of {}: {}", server.name, said.trim())))
        }
    }
}

/// What the server's programs read in place of an address.
fn environment(server: &Server) -> Vec<(&'static str, OsString)> {
    let Address { config, certificates, .. } = Address::of(&server.options);
    let host = config.get_hosts().first().map(|host| match host {
        Host::Tcp(name) => OsString::from(name),
        Host::Unix(folder) => folder.into(),
    });
    let port = config.get_ports().first().map(|port| port.to_string().into());
    let mode = match server.options.get_ssl_mode() {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    };
    let text = |text: Option<String>| text.map(OsString::from);
    let all = [
        ("PGHOST", host),
        ("PGPORT", port),
        ("PGUSER", config.get_user().map(OsString::from)),
        ("PGPASSWORD", config.get_password().map(|password| OsString::from_vec(password.to_vec()))),
        ("PGDATABASE", config.get_dbname().map(OsString::from)),
        ("PGOPTIONS", config.get_options().map(OsString::from)),
        ("PGSSLMODE", Some(mode.into())),
        ("PGSSLROOTCERT", text(certificates.root)),
        ("PGSSLCERT", text(certificates.client)),
        ("PGSSLKEY", text(certificates.client_key)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
