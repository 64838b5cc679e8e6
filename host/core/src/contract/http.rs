//! The types of `http`: calls of other services.

use serde::{Deserialize, Serialize};

use super::types::Extra;

/// A header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its name; in answers in lower case.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// The headers. Those that the host puts in are not among them.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Option<String>,
    /// Reserved for 1.x.
    pub extras: Vec<Extra>,
}

/// A service's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The status, also one of an error.
    pub status: u16,
    /// The headers.
    pub headers: Vec<Header>,
    /// The body.
    pub body: String,
    /// Reserved for 1.x.
    pub extras: Vec<Extra>,
}
