//! The HTTP client of everything that the host calls: Meta, the model, the legacy service, the business's webhooks.

use std::{sync::Once, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::{ClientBuilder, Response, Url, redirect::Policy};

/// The timeout for connecting.
const CONNECT: Duration = Duration::from_secs(5);

/// A client that follows no redirect: what is sent along, tokens and people's words, is meant for the address that is configured.
pub fn client() -> ClientBuilder {
    install_tls();
    reqwest::Client::builder().redirect(Policy::none()).connect_timeout(CONNECT)
}

/// An answer's body could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// It is longer than any honest answer.
    #[error("its answer has more than {0} bytes")]
    TooLong(usize),
    /// The connection broke, or the time is over.
    #[error(transparent)]
    Network(#[from] reqwest::Error),
}

/// Reads an answer's body of at most so many bytes. What reads answers whole reads them by this: a server that answers without end
/// would fill the memory.
pub(crate) async fn body(mut answer: Response, bytes_max: usize) -> Result<Bytes, BodyError> {
    if answer.content_length().is_some_and(|bytes| bytes > bytes_max as u64) {
        return Err(BodyError::TooLong(bytes_max));
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > bytes_max {
            return Err(BodyError::TooLong(bytes_max));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Installs the TLS crypto provider, once in a process; `reqwest` has none of its own.
pub fn install_tls() {
    static PROVIDER: Once = Once::new();
    // An error means that a provider is installed already.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

/// Whether an address sends what it is given in clear over a network: plain http, to another machine.
pub fn is_in_clear(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    url.scheme() == "http" && !is_here
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_to_another_machine_is_in_clear() {
        for (address, clear) in [
            ("http://legacy.example/hook", true),
            ("http://10.0.0.7:8080", true),
            ("http://127.0.0.1.example", true),
            ("https://legacy.example", false),
            ("http://127.0.0.1:8082", false),
            ("http://[::1]:8082", false),
            ("http://localhost", false),
        ] {
            assert_eq!(is_in_clear(address), clear, "{address}");
        }
    }
}
