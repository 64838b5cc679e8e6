//! Secrets, and addresses that may hold one. They print masked, so that none slips into a log, an error or the start banner.

use std::{fmt, ops::Deref};

/// A secret. `Display` and `Debug` say only that there is one; it is read as a `&str`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

/// An address that may hold a user, a password or a token. `Display` and `Debug` show scheme, host and the path's first part.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretUrl(String);

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret(text)
    }
}

impl Deref for Secret {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Secret {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<&str> for Secret {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<String> for SecretUrl {
    fn from(text: String) -> SecretUrl {
        SecretUrl(text)
    }
}

impl Deref for SecretUrl {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once(':').unwrap_or(("", &self.0));
        // A file's path is no secret.
        if scheme == "sqlite" {
            return f.write_str(&self.0);
        }
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let before = rest.split(['?', '#']).next().unwrap_or_default();
        // A password may hold an `@`, or a `/` that somebody forgot to escape: the host stands after the last `@`.
        let (shown, hidden) = match before.rsplit_once('@') {
            Some((_, host)) => (host, true),
            None => (before, false),
        };
        let mut parts = shown.splitn(3, '/');
        let (host, first) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let user = if hidden { "[secret]@" } else { "" };
        let rest = if parts.next().is_some() || before.len() < rest.len() { "/…" } else { "" };
        // Databases have their name there, webhooks their token.
        match scheme {
            "postgres" | "postgresql" => write!(f, "{scheme}://{user}{host}/{first}"),
            _ => write!(f, "{scheme}://{user}{host}{}", if first.is_empty() && rest.is_empty() { "" } else { "/…" }),
        }
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_secret_is_not_printed() {
        for (address, shown) in [
            (
                "postgres://owner:p@ss/w:rd@db.example:5432/name?sslmode=require",
                "postgres://[secret]@db.example:5432/name",
            ),
            ("postgresql://db/name", "postgresql://db/name"),
            ("postgresql://db/name?user=a&password=hunter2", "postgresql://db/name"),
            ("sqlite://data/switchboard.db", "sqlite://data/switchboard.db"),
            ("https://hooks.example/services/T000/hunter2", "https://hooks.example/…"),
            ("https://user:hunter2@hooks.example", "https://[secret]@hooks.example"),
            ("https://hooks.example/hunter2", "https://hooks.example/…"),
        ] {
            let url = SecretUrl::from(address.to_owned());
            assert_eq!(format!("{url} {url:?}"), format!("{shown} {shown}"));
            assert_eq!(&*url, address);
        }
        let secret = Secret::from("hunter2".to_owned());
        assert_eq!(format!("{secret} {secret:?} {}", &*secret), "[secret] [secret] hunter2");
    }
}
