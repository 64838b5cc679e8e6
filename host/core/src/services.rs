//! Calls that agents make to other services: what `plugins.toml` allows, and the interface of what makes them.

use std::{collections::BTreeMap, net::IpAddr, path::PathBuf, time::Duration};

use futures_util::future::BoxFuture;
use url::Url;

use crate::contract::{
    http::{Request, Response},
    types::Problem,
};

/// One service that an agent may call: an entry `[[agent.http]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// Scheme, host and port, as [`Url::origin`] writes them: `https://api.example.rw`.
    pub origin: String,
    /// The methods, in capitals.
    pub methods: Vec<String>,
    /// Paths: one that ends in `/` stands for all below it too.
    pub paths: Vec<String>,
    /// Headers that the host puts in: the name in lower case, and the value with names of secrets in braces.
    pub headers: Vec<(String, String)>,
    /// Whether the service may have an address of a private network or of this machine.
    pub private: bool,
    /// The longest body of a call, in bytes.
    pub request_bytes_max: usize,
    /// The longest body of an answer, in bytes.
    pub response_bytes_max: usize,
    /// How long a call may take, from the look-up of the name to the end of the answer.
    pub timeout: Duration,
    /// Calls a minute, at each host.
    pub per_minute: u32,
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// In an environment variable.
    Variable(String),
    /// In a file, which is read for each call.
    File(PathBuf),
}

/// The secrets of an agent by their names.
pub type SecretSources = BTreeMap<String, SecretSource>;

/// All that an agent may call, and with which secrets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Access {
    /// What it may call.
    pub grants: Vec<Grant>,
    /// Its secrets.
    pub secrets: SecretSources,
    /// Its secrets for single business numbers, which go before the others.
    pub of_numbers: BTreeMap<String, SecretSources>,
}

/// Why a call is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The call itself is wrong; which part and how.
    #[error("{0}")]
    Wrong(String),
    /// It is not granted; the sentence says which line of `plugins.toml` to add.
    #[error("{0}")]
    NotGranted(String),
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Problem {
        match refused {
            Refused::Wrong(what) => Problem::Invalid(what),
            Refused::NotGranted(why) => Problem::Denied(why),
        }
    }
}

/// Methods that are known.
pub const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// Headers that are the host's: those of the connection, of the length of the body, and of the call's own key.
const OF_HOST: [&str; 15] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "idempotency-key",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "http2-settings",
];

/// Whether a name can be a header's.
pub fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Whether a header is one that only the host sets; its name in lower case.
pub fn is_of_host(name: &str) -> bool {
    OF_HOST.contains(&name) || name.starts_with("proxy-") || name.starts_with("x-forwarded-")
}

impl Access {
    /// The grant that a call falls under, and the address that is meant.
    ///
    /// # Errors
    ///
    /// Where the call is wrong, or no grant has it.
    pub fn grant(&self, agent: &str, request: &Request) -> Result<(&Grant, Url), Refused> {
        let wrong = |what: &str| Err(Refused::Wrong(what.to_owned()));
        if !METHODS.contains(&request.method.as_str()) {
            return Err(Refused::Wrong(format!("method: is none of {}", METHODS.join(", "))));
        }
        let Ok(url) = Url::parse(&request.url) else {
            return wrong("url: is no whole address such as https://api.example.rw/v1");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return wrong("url: has a user or a password; a secret is named in plugins.toml");
        }
        if url.fragment().is_some() {
            return wrong("url: has a fragment");
        }
        let path = url.path().to_ascii_lowercase();
        if ["%2f", "%5c", "%00", "%2e", "%25"].iter().any(|hidden| path.contains(hidden)) {
            return wrong("url: its path has an encoded slash, backslash, point, percent sign or NUL");
        }
        let origin = url.origin().ascii_serialization();
        let of_origin: Vec<&Grant> = self.grants.iter().filter(|grant| grant.origin == origin).collect();
        let Some(first) = of_origin.first() else {
            return Err(Refused::NotGranted(format!(
                "{origin} is not granted: add `[[agent.http]]` with `origin = \"{origin}\"` under the agent `{agent}` in plugins.toml"
            )));
        };
        let on_path: Vec<&&Grant> = of_origin.iter().filter(|grant| grant.has_path(url.path())).collect();
        let Some(nearest) = on_path.first() else {
            let paths = quoted(first.paths.iter().map(String::as_str).chain([url.path()]));
            return Err(Refused::NotGranted(format!(
                "the path {} of {origin} is not granted: write `paths = [{paths}]` for it under the agent `{agent}` in plugins.toml",
                url.path()
            )));
        };
        match on_path.iter().find(|grant| grant.methods.contains(&request.method)) {
            Some(grant) => grant.takes(request).map(|()| (**grant, url.clone())),
            None => {
                let methods = quoted(nearest.methods.iter().map(String::as_str).chain([request.method.as_str()]));
                Err(Refused::NotGranted(format!(
                    "{} to {origin} is not granted: write `methods = [{methods}]` for it under the agent `{agent}` in plugins.toml",
                    request.method
                )))
            }
        }
    }

    /// Where a secret is, in a turn of this business number.
    pub fn secret(&self, name: &str, business: &str) -> Option<&SecretSource> {
        let own = self.of_numbers.get(business).and_then(|secrets| secrets.get(name));
        own.or_else(|| self.secrets.get(name))
    }
}

impl Grant {
    fn has_path(&self, path: &str) -> bool {
        self.paths.iter().any(|granted| path == granted || granted.ends_with('/') && path.starts_with(granted.as_str()))
    }

    /// Checks headers and body.
    fn takes(&self, request: &Request) -> Result<(), Refused> {
        for header in &request.headers {
            let name = header.name.to_ascii_lowercase();
            if !is_header_name(&name) {
                return Err(Refused::Wrong(format!(
                    "headers: `{}` is no name of a header",
                    header.name.escape_debug()
                )));
            }
            // A line break would begin another header.
            if !header.value.bytes().all(|b| (b' '..=b'~').contains(&b)) {
                return Err(Refused::Wrong(format!("headers: the value of {name} is not of printable ASCII")));
            }
            if is_of_host(&name) {
                return Err(Refused::Wrong(format!("headers: {name} is the host's")));
            }
            if self.headers.iter().any(|(of_host, _)| *of_host == name) {
                return Err(Refused::Wrong(format!("headers: {name} is put in by the host, see plugins.toml")));
            }
        }
        let bytes = request.body.as_ref().map_or(0, String::len);
        if bytes > self.request_bytes_max {
            return Err(Refused::Wrong(format!(
                "body: has {bytes} bytes; request_bytes_max in plugins.toml is {}",
                self.request_bytes_max
            )));
        }
        if bytes > 0 && matches!(request.method.as_str(), "GET" | "HEAD") {
            return Err(Refused::Wrong(format!("body: {} has none", request.method)));
        }
        Ok(())
    }
}

fn quoted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ")
}

/// The names in braces of a header's value: `Bearer {token}` has `token`.
pub fn names_in(template: &str) -> Vec<&str> {
    let pieces = template.split('{').skip(1);
    pieces.filter_map(|piece| piece.split_once('}').map(|(name, _)| name)).collect()
}

/// Whether an address is one of the public internet: none of a private network, of this machine, or of a special use.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let is_special = matches!(
                (a, b, c),
                (0 | 10 | 127 | 224..=255, ..)
                    | (100, 64..=127, _)
                    | (169, 254, _)
                    | (172, 16..=31, _)
                    | (192, 0, 0 | 2)
                    | (192, 88, 99)
                    | (192, 168, _)
                    | (198, 18 | 19, _)
                    | (198, 51, 100)
                    | (203, 0, 113)
            );
            !is_special
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, e, f, g, h] = v6.segments();
            let [high, low] = [g.to_be_bytes(), h.to_be_bytes()];
            let embedded = |bytes: [u8; 4]| is_public(IpAddr::from(bytes));
            let last = [high[0], high[1], low[0], low[1]];
            match (a, b, c, d, e, f) {
                // Of IPv4 within IPv6: mapped, translated (NAT64), 6to4.
                (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => embedded(last),
                (0x2002, ..) => {
                    let ([one, two], [three, four]) = (b.to_be_bytes(), c.to_be_bytes());
                    embedded([one, two, three, four])
                }
                (0x2001, 0 | 0xdb8, ..) => false,
                // Only 2000::/3 is given out.
                _ => (0x2000..=0x3fff).contains(&a),
            }
        }
    }
}

/// A call that is granted.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The agent that calls.
    pub agent: &'a str,
    /// All that it may.
    pub access: &'a Access,
    /// What the call falls under.
    pub grant: &'a Grant,
    /// The address.
    pub url: &'a Url,
    /// The call.
    pub request: &'a Request,
}

/// The future of a service's answer.
pub type ServiceFuture<'a> = BoxFuture<'a, Result<Response, Problem>>;

/// Other services, as one turn calls them. An error does not mean that the turn has failed.
pub trait Services: Send + Sync {
    /// Makes a call.
    fn call<'a>(&'a self, call: Call<'a>) -> ServiceFuture<'a>;
}

/// Services of a host that calls none: every call is `unavailable`.
pub struct NoServices;

impl Services for NoServices {
    fn call<'a>(&'a self, _: Call<'a>) -> ServiceFuture<'a> {
        Box::pin(async { Err(Problem::Unavailable("this host calls no services".into())) })
    }
}

#[cfg(test)]
mod tests;
