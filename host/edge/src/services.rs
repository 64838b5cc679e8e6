//! Other services, as agents call them: one client for those on the public internet, which connects to no other address, and one for
//! those that may be anywhere. Neither follows a redirect or goes by a proxy of the environment.

use std::{
    collections::HashMap,
    error::Error,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use reqwest::{
    Client, Method, Response as Answer,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{HeaderMap, HeaderName, HeaderValue},
};

use crate::http::{BodyError, body, client};
use switchboard_core::{
    contract::{
        http::{Header, Response},
        types::Problem,
    },
    secret::Secret,
    services::{Call, is_public},
};

/// Headers of an answer that an agent gets, at the most, and the longest of them in bytes.
const HEADERS_MAX: usize = 32;
const HEADER_BYTES_MAX: usize = 2 << 10;

/// What stands in the place of a secret that a service repeats.
const HIDDEN: &str = "[secret]";

/// The period of a rate.
const MINUTE: Duration = Duration::from_secs(60);

/// The clients and the rates of one host.
pub struct ServiceClient {
    public: Client,
    anywhere: Client,
    /// Of each agent and service: when its minute began, and the calls in it.
    calls: Mutex<HashMap<(String, String), (Instant, u32)>>,
}

/// What the host adds to a call.
pub struct Added<'a> {
    /// Headers with their secrets put in.
    pub headers: Vec<(String, Secret)>,
    /// The secrets: they are hidden in the answer.
    pub secrets: Vec<Secret>,
    /// The key of the call: a call that is made again has the same.
    pub key: &'a str,
}

impl ServiceClient {
    /// The clients.
    ///
    /// # Errors
    ///
    /// Where the system gives no random numbers or no certificates.
    pub fn new() -> Result<ServiceClient, reqwest::Error> {
        let build = || client().no_proxy().user_agent(concat!("switchboard/", env!("CARGO_PKG_VERSION")));
        Ok(ServiceClient {
            public: build().dns_resolver(std::sync::Arc::new(PublicOnly)).build()?,
            anywhere: build().build()?,
            calls: Mutex::default(),
        })
    }

    /// Makes a call that is granted.
    ///
    /// # Errors
    ///
    /// `limit` beyond the rate, `denied` where the service has a private address, `unavailable` where no whole answer comes in time.
    pub async fn call(&self, call: Call<'_>, added: Added<'_>) -> Result<Response, Problem> {
        let answer = self.made(call, &added).await;
        let outcome = match &answer {
            Ok(answer) => format!("{}xx", answer.status / 100),
            Err(Problem::Limit(_)) => "limited".to_owned(),
            Err(Problem::Denied(_)) => "refused".to_owned(),
            Err(_) => "failed".to_owned(),
        };
        let labels = [("agent", call.agent.to_owned()), ("outcome", outcome)];
        metrics::counter!("switchboard_service_calls_total", &labels).increment(1);
        if let Err(problem) = &answer {
            tracing::warn!(agent.name = call.agent, "a call of {} failed: {problem:?}", call.grant.origin);
        }
        answer
    }

    async fn made(&self, call: Call<'_>, added: &Added<'_>) -> Result<Response, Problem> {
        let Call { grant, url, request, .. } = call;
        let origin = &grant.origin;
        if !grant.private
            && let Some(address) = url.host_str().and_then(literal)
            && !is_public(address)
        {
            return Err(private(origin));
        }
        self.within_rate(call)?;
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| Problem::Invalid("method: is none".to_owned()))?;
        let client = if grant.private { &self.anywhere } else { &self.public };
        let mut sent = client.request(method, url.clone()).timeout(grant.timeout).headers(headers(call, added)?);
        if let Some(body) = &request.body {
            sent = sent.body(body.clone());
        }
        let answer = sent.send().await.map_err(|error| failed(origin, &error))?;
        self.read(call, added, answer).await
    }

    async fn read(&self, call: Call<'_>, added: &Added<'_>, answer: Answer) -> Result<Response, Problem> {
        let (grant, status) = (call.grant, answer.status().as_u16());
        let hide = |text: &str| hidden(text, &added.secrets);
        let headers = answer.headers().iter().filter_map(|(name, value)| {
            let value = value.to_str().ok().filter(|value| value.len() <= HEADER_BYTES_MAX)?;
            let is_given = name != reqwest::header::SET_COOKIE;
            is_given.then(|| Header { name: name.as_str().to_owned(), value: hide(value) })
        });
        let headers = headers.take(HEADERS_MAX).collect();
        let bytes = body(answer, grant.response_bytes_max).await.map_err(|error| match error {
            BodyError::TooLong(max) => Problem::Unavailable(format!(
                "the answer of {} has more than {max} bytes (response_bytes_max in plugins.toml)",
                grant.origin
            )),
            BodyError::Network(error) => failed(&grant.origin, &error),
        })?;
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Err(Problem::Unavailable(format!("the answer of {} is no UTF-8 text", grant.origin)));
        };
        Ok(Response { status, headers, body: hide(text), extras: Vec::new() })
    }

    /// Counts a call of an agent to a service in its minute.
    fn within_rate(&self, call: Call<'_>) -> Result<(), Problem> {
        let (most, now) = (call.grant.per_minute, Instant::now());
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (call.agent.to_owned(), call.grant.origin.clone());
        let (began, made) = calls.entry(key).or_insert((now, 0));
        if now.duration_since(*began) >= MINUTE {
            (*began, *made) = (now, 0);
        }
        if *made >= most {
            let origin = &call.grant.origin;
            return Err(Problem::Limit(format!("{most} calls of {origin} a minute (per_minute in plugins.toml)")));
        }
        *made += 1;
        Ok(())
    }
}

/// The address that a URL names itself.
fn literal(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

fn headers(call: Call<'_>, added: &Added<'_>) -> Result<HeaderMap, Problem> {
    let invalid = |name: &str| Problem::Invalid(format!("headers: {name} cannot be sent"));
    let mut headers = HeaderMap::new();
    let mut put = |name: &str, value: &str, is_secret: bool| {
        let (key, value) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value));
        let (Ok(key), Ok(mut value)) = (key, value) else { return Err(invalid(name)) };
        value.set_sensitive(is_secret);
        headers.append(key, value);
        Ok(())
    };
    for header in &call.request.headers {
        put(&header.name, &header.value, false)?;
    }
    for (name, value) in &added.headers {
        put(name, value, true)?;
    }
    put("idempotency-key", added.key, false)?;
    Ok(headers)
}

fn private(origin: &str) -> Problem {
    Problem::Denied(format!(
        "{origin} has an address of a private network or of this machine: if it is meant, write `private = true` for it in plugins.toml"
    ))
}

/// What an agent is told of a call without an answer. The error itself may hold an address; it is the host's.
fn failed(origin: &str, error: &reqwest::Error) -> Problem {
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if cause.is::<NotPublic>() {
            return private(origin);
        }
        source = cause.source();
    }
    let what = match error {
        _ if error.is_timeout() => "did not answer in time (timeout_ms in plugins.toml)",
        _ if error.is_connect() => "cannot be reached",
        _ => "broke off",
    };
    Problem::Unavailable(format!("{origin} {what}"))
}

/// A text without secrets.
fn hidden(text: &str, secrets: &[Secret]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(&**secret, HIDDEN))
}

/// A name stands for no public address.
#[derive(Debug, thiserror::Error)]
#[error("it has no public address")]
struct NotPublic;

/// Looks names up, and gives their public addresses only: what is connected to was looked at.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<SocketAddr> = found.into_iter().filter(|address| is_public(address.ip())).collect();
            match public.is_empty() {
                true => Err(NotPublic.into()),
                false => Ok(Box::new(public.into_iter()) as Addrs),
            }
        })
    }
}
