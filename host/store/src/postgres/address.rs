//! What an address says, for the writer's client: sqlx, which the readers use, parses it.

use sqlx::{
    ConnectOptions,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio_postgres::config::{ChannelBinding, Config, SslMode};

use super::tls::{Certificates, Checks};

/// A server, and how a connection to it is secured.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) checks: Checks,
    pub(super) certificates: Certificates,
}

impl Address {
    /// The same server, user and settings as sqlx would connect with.
    pub(super) fn of(options: &PgConnectOptions) -> Address {
        let mut config = Config::new();
        match options.get_socket() {
            Some(socket) => config.host_path(socket),
            // A folder is that of a socket.
            None => config.host(options.get_host().trim_matches(['[', ']'])),
        };
        config.port(options.get_port()).user(options.get_username());
        if let Some(database) = options.get_database() {
            config.dbname(database);
        }
        if let Some(name) = options.get_application_name() {
            config.application_name(name);
        }
        if let Some(settings) = options.get_options() {
            config.options(settings);
        }
        let (mode, checks) = match options.get_ssl_mode() {
            // As sqlx does: it tries no TLS first, and a server that wants it refuses.
            PgSslMode::Disable | PgSslMode::Allow => (SslMode::Disable, Checks::Nothing),
            PgSslMode::Prefer => (SslMode::Prefer, Checks::Nothing),
            PgSslMode::Require => (SslMode::Require, Checks::Nothing),
            PgSslMode::VerifyCa => (SslMode::Require, Checks::Authority),
            PgSslMode::VerifyFull => (SslMode::Require, Checks::AuthorityAndName),
        };
        // The readers have none either: a proxy that ends TLS before the server would fail it.
        config.ssl_mode(mode).channel_binding(ChannelBinding::Disable);
        let hidden = hidden(options);
        if let Some(password) = hidden.password {
            config.password(password);
        }
        Address { config, checks, certificates: hidden.certificates }
    }
}

/// What sqlx tells in an address only.
#[derive(Default)]
struct Hidden {
    password: Option<Vec<u8>>,
    certificates: Certificates,
}

fn hidden(options: &PgConnectOptions) -> Hidden {
    // The name is not encoded there, so it is another one's.
    let url = options.clone().username("user").host("host").to_url_lossy();
    let mut hidden = Hidden {
        password: url.password().map(|text| percent_encoding::percent_decode_str(text).collect()),
        certificates: Certificates::default(),
    };
    for (name, value) in url.query_pairs() {
        let place = match &*name {
            "sslrootcert" => &mut hidden.certificates.root,
            "sslcert" => &mut hidden.certificates.client,
            "sslkey" => &mut hidden.certificates.client_key,
            _ => continue,
        };
        // It writes a file's name behind this.
        *place = Some(value.strip_prefix("file: ").unwrap_or(&value).to_owned());
    }
    hidden
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use tokio_postgres::config::Host;

    use super::*;

    fn of(url: &str) -> Address {
        Address::of(&PgConnectOptions::from_str(url).expect("an address"))
    }

    #[test]
    fn an_address_means_the_same_to_both_clients() {
        let Address { config, checks, certificates } = of(
            "postgres://a%40b:p%2Fw%25%20%C3%A9@[::1]:6432/d%20b?sslmode=verify-full&sslrootcert=/etc/ca%20one.pem&options=-c%20geqo%3Doff",
        );
        assert_eq!(config.get_hosts(), [Host::Tcp("::1".into())]);
        assert_eq!(config.get_ports(), [6432]);
        assert_eq!(config.get_user(), Some("a@b"));
        assert_eq!(config.get_password(), Some("p/w% é".as_bytes()));
        assert_eq!(config.get_dbname(), Some("d b"));
        assert_eq!(config.get_options(), Some("-c geqo=off"));
        assert_eq!((config.get_ssl_mode(), checks), (SslMode::Require, Checks::AuthorityAndName));
        assert_eq!(certificates.root.as_deref(), Some("/etc/ca one.pem"));
    }

    #[test]
    fn a_folder_is_that_of_a_socket() {
        for url in ["postgres://u@%2Frun%2Fpg:5433/d", "postgres://u@h:5433/d?host=/run/pg"] {
            let config = of(url).config;
            assert_eq!(config.get_hosts(), [Host::Unix("/run/pg".into())], "{url}");
            assert_eq!(config.get_password(), None);
        }
    }

    #[test]
    fn each_mode_has_its_checks() {
        let of = |mode: &str| {
            let address = of(&format!("postgres://u@h/d?sslmode={mode}"));
            (address.config.get_ssl_mode(), address.checks)
        };
        assert_eq!(of("disable"), (SslMode::Disable, Checks::Nothing));
        assert_eq!(of("allow"), (SslMode::Disable, Checks::Nothing));
        assert_eq!(of("prefer"), (SslMode::Prefer, Checks::Nothing));
        assert_eq!(of("require"), (SslMode::Require, Checks::Nothing));
        assert_eq!(of("verify-ca"), (SslMode::Require, Checks::Authority));
    }
}
