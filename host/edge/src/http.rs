//! The HTTP client of everything that the host calls: Meta, the model, the legacy service, the business's webhooks.

use std::{sync::Once, time::Duration};

use reqwest::{ClientBuilder, Url, redirect::Policy};

/// The timeout for connecting.
const CONNECT: Duration = Duration::from_secs(5);

/// A client that follows no redirect: what is sent along, tokens and people's words, is meant for the address that is configured.
pub fn client() -> ClientBuilder {
    install_tls();
    reqwest::Client::builder().redirect(Policy::none()).connect_timeout(CONNECT)
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
