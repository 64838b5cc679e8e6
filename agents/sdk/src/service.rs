//! Calls of other services, in a word. What an agent may call stands in its entry in `plugins.toml`, with the secrets, which the host
//! puts in. A call may be made twice, if the host stops in the middle of a turn: it then has the same `Idempotency-Key`.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Problem, http, json};

pub use http::{Header, Request, Response};

/// Gets what is at an address.
///
/// # Errors
///
/// `denied` where it is not granted, `limit` beyond the rate, `unavailable` without an answer. An error of the service is an answer.
pub fn get(url: &str) -> Result<Response, Problem> {
    send("GET", url, None)
}

/// Sends a value as JSON to an address, by `POST`.
///
/// # Errors
///
/// As [`get`]; `invalid` where the value is no JSON.
pub fn post(url: &str, value: &impl Serialize) -> Result<Response, Problem> {
    let body = agent_json::to_string(value).map_err(|error| Problem::Invalid(format!("body: {error}")))?;
    send("POST", url, Some(body))
}

fn send(method: &str, url: &str, body: Option<String>) -> Result<Response, Problem> {
    let json = |name: &str| Header { name: name.into(), value: "application/json".into() };
    let headers = if body.is_some() { vec![json("accept"), json("content-type")] } else { vec![json("accept")] };
    http::send(&Request { method: method.into(), url: url.into(), headers, body, extras: Vec::new() })
}

impl Response {
    /// Whether the service did as asked: a status of 200 to 299.
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as a value; none if it is another one.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        json::read(&self.body)
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|header| header.name == name).map(|header| header.value.as_str())
    }
}
