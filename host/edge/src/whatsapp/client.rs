//! The client of the Graph API: sends messages and classifies the result as sent, refused, rejected or unknown.

use std::{sync::Once, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::{
    StatusCode, Url,
    multipart::{Form, Part},
    redirect::Policy,
};
use serde_json::{Map, Value, json};

use crate::whatsapp::files::{About, File, MediaError};
use switchboard_core::phone::mask_numbers;
use switchboard_store::Outgoing;

/// The timeout of a request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The hosts of Meta's content servers.
const CONTENT_HOSTS: [&str; 3] = [".fbsbx.com", ".whatsapp.net", ".fbcdn.net"];

/// The client of the Graph API. Its token is sent nowhere else and never logged.
#[derive(Clone)]
pub struct GraphClient {
    http: reqwest::Client,
    base: Url,
    version: String,
    token: String,
}

/// The client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The base URL is invalid.
    #[error("the address of the Graph API, `{0}`, is no http or https address; set GRAPH_API_URL")]
    Address(String),
    /// The version is invalid.
    #[error("the version of the Graph API, `{0}`, does not look like v26.0; set GRAPH_API_VERSION")]
    Version(String),
    /// The HTTP client cannot be built.
    #[error("the HTTP client does not start: {0}")]
    Http(#[from] reqwest::Error),
}

/// The result of a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// Meta accepted it under this wamid.
    Sent {
        /// Meta's id of the message.
        wamid: String,
    },
    /// Meta did not accept it; it may be retried.
    Refused {
        /// The scope of the refusal.
        why: Refusal,
        /// The error, for the operator.
        error: String,
    },
    /// It may have been accepted; only a status can tell.
    Unknown {
        /// The error, for the operator.
        error: String,
    },
    /// It will never be accepted.
    Rejected {
        /// The error, for the operator.
        error: String,
    },
}

/// The scope of a refusal, which decides how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// This send only: no connection, or a temporary error.
    Now,
    /// The rate limit of this person (pair) is reached.
    Pair,
    /// The rate limit of this business number is reached.
    Number,
    /// Our token or account is refused: nothing from this number is accepted until an operator acts.
    Account,
}

impl GraphClient {
    /// Makes a client for one Graph API, for instance `https://graph.facebook.com`, `v26.0`.
    pub fn new(base: &str, version: &str, token: &str) -> Result<GraphClient, ClientError> {
        install_tls();
        let address = || ClientError::Address(base.to_owned());
        let base = Url::parse(base.trim_end_matches('/')).map_err(|_| address())?;
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return Err(address());
        }
        let numbered = version.strip_prefix('v').is_some_and(|n| n.parse::<f32>().is_ok());
        if !numbered {
            return Err(ClientError::Version(version.to_owned()));
        }
        let mut http = reqwest::Client::builder().timeout(TIMEOUT).redirect(Policy::none());
        if matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
            http = http.no_proxy();
        }
        Ok(GraphClient { http: http.build()?, base, version: version.to_owned(), token: token.to_owned() })
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    pub(super) fn with_token(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.bearer_auth(&self.token)
    }

    /// A URL of the Graph API, below its version.
    pub(super) fn address(&self, parts: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(&self.version).extend(parts);
        }
        url
    }

    /// A file's URL and metadata: the first of two steps.
    pub(crate) async fn media_about(&self, id: &str) -> Result<About, MediaError> {
        let answer = self.http.get(self.address(&[id])).bearer_auth(&self.token).send().await.map_err(broken)?;
        let answer = answer.error_for_status().map_err(broken)?;
        let about: Value = answer.json().await.map_err(broken)?;
        let text = |name: &str| about[name].as_str().unwrap_or_default().to_owned();
        // A number; some answers have it as text.
        let size = about["file_size"].as_u64().or_else(|| about["file_size"].as_str()?.parse().ok());
        Ok(About { url: text("url"), mime_type: text("mime_type"), sha256: text("sha256"), size: size.unwrap_or(0) })
    }

    /// Downloads a file. The token is sent only to the Graph API and its content servers.
    pub(crate) async fn media_bytes(&self, url: &str, most: usize) -> Result<Bytes, MediaError> {
        let url = Url::parse(url).map_err(|_| MediaError::Address)?;
        let is_ours = url.origin() == self.base.origin();
        let host = url.host_str().unwrap_or_default();
        let is_metas = url.scheme() == "https" && CONTENT_HOSTS.iter().any(|known| host.ends_with(known));
        if !is_ours && !is_metas {
            return Err(MediaError::Address);
        }
        let mut answer = self.http.get(url).bearer_auth(&self.token).send().await.map_err(broken)?;
        answer = answer.error_for_status().map_err(broken)?;
        let mut bytes = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(broken)? {
            if bytes.len() + chunk.len() > most {
                return Err(MediaError::Size);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    }

    /// Uploads a file to be sent. Returns its media id.
    pub(crate) async fn upload(&self, business: &str, file: &File) -> Result<String, MediaError> {
        let length = file.bytes.len() as u64;
        let name = format!("file.{}", file.mime_type.rsplit('/').next().unwrap_or_default());
        let part = Part::stream_with_length(file.bytes.clone(), length).file_name(name);
        let part = part.mime_str(&file.mime_type).map_err(broken)?;
        let form =
            Form::new().text("messaging_product", "whatsapp").text("type", file.mime_type.clone()).part("file", part);
        let upload = self.http.post(self.address(&[business, "media"])).bearer_auth(&self.token).multipart(form);
        let answer = upload.send().await.map_err(broken)?;
        let answer: Value = answer.error_for_status().map_err(broken)?.json().await.map_err(broken)?;
        let id = answer["id"].as_str().filter(|id| !id.is_empty());
        id.map(str::to_owned).ok_or_else(|| MediaError::Graph("an upload without an id".into()))
    }

    /// Sends a row of the outbox, once.
    pub async fn send(&self, row: &Outgoing) -> SendOutcome {
        let body = match body(row) {
            Ok(body) => body,
            Err(error) => return SendOutcome::Rejected { error },
        };
        let request = self.http.post(self.address(&[&row.business, "messages"])).bearer_auth(&self.token).json(&body);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_builder() => {
                return SendOutcome::Rejected { error: "the request cannot be written".into() };
            }
            Err(error) if error.is_connect() => {
                return SendOutcome::Refused { why: Refusal::Now, error: "the Graph API cannot be reached".into() };
            }
            Err(error) if error.is_timeout() => {
                return SendOutcome::Unknown { error: "the Graph API did not answer in time".into() };
            }
            Err(_) => return SendOutcome::Unknown { error: "the connection broke before an answer".into() },
        };
        let status = response.status();
        match response.bytes().await {
            Ok(answer) => classify(status, &serde_json::from_slice(&answer).unwrap_or_default()),
            Err(_) => SendOutcome::Unknown {
                error: format!("HTTP {}, and the connection broke in the answer", status.as_u16()),
            },
        }
    }
}

fn broken(error: reqwest::Error) -> MediaError {
    MediaError::Graph(error.without_url().to_string())
}

/// Installs the TLS crypto provider, once in a process; `reqwest` has none of its own.
pub fn install_tls() {
    static PROVIDER: Once = Once::new();
    // An error means that a provider is installed already.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

/// The request body: the row's body with recipient and our reference.
fn body(row: &Outgoing) -> Result<Value, String> {
    let mut body: Map<String, Value> =
        serde_json::from_str(&row.body).map_err(|_| "the body in the outbox is no JSON object".to_owned())?;
    match (&row.phone, &row.user_id) {
        (Some(phone), _) => body.insert("to".into(), json!(phone.digits())),
        (None, Some(user_id)) => body.insert("recipient".into(), json!(user_id)),
        (None, None) => return Err("the person has neither a number nor a user id".to_owned()),
    };
    body.insert("messaging_product".into(), json!("whatsapp"));
    body.insert("recipient_type".into(), json!("individual"));
    body.insert("biz_opaque_callback_data".into(), json!(row.id.to_string()));
    Ok(Value::Object(body))
}

fn classify(status: StatusCode, answer: &Value) -> SendOutcome {
    if status.is_success() {
        return match answer["messages"][0]["id"].as_str() {
            Some(wamid) if !wamid.is_empty() => SendOutcome::Sent { wamid: wamid.to_owned() },
            _ => SendOutcome::Unknown { error: format!("HTTP {} without a message id", status.as_u16()) },
        };
    }
    let error = &answer["error"];
    let code = error["code"].as_i64();
    let words = error["message"].as_str().unwrap_or_default();
    let said = match code {
        Some(code) => format!("{code}: {}", mask_numbers(&words.chars().take(200).collect::<String>())),
        None => format!("HTTP {}", status.as_u16()),
    };
    let refused = |why| SendOutcome::Refused { why, error: said.clone() };
    match code {
        Some(131_056) => refused(Refusal::Pair),
        Some(4 | 80_007 | 130_429) => refused(Refusal::Number),
        Some(134_101) => refused(Refusal::Now),
        Some(1 | 2 | 131_000 | 131_016 | 131_057 | 133_004) => SendOutcome::Unknown { error: said },
        Some(0 | 3 | 10 | 190 | 200..=299 | 131_005) => refused(Refusal::Account),
        Some(368 | 131_031 | 130_497 | 131_037 | 131_042 | 131_045 | 130_403 | 133_000..=133_999) => {
            refused(Refusal::Account)
        }
        _ if status == StatusCode::TOO_MANY_REQUESTS => refused(Refusal::Number),
        _ if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => SendOutcome::Unknown { error: said },
        None if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN || status.is_redirection() => {
            refused(Refusal::Account)
        }
        _ => SendOutcome::Rejected { error: said },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(status: u16, code: Option<i64>) -> &'static str {
        let status = StatusCode::from_u16(status).expect("a status");
        let answer = code.map_or(Value::Null, |code| json!({"error": {"code": code, "message": "to 250788000001 no"}}));
        match classify(status, &answer) {
            SendOutcome::Sent { .. } => "sent",
            SendOutcome::Refused { why: Refusal::Now, .. } => "now",
            SendOutcome::Refused { why: Refusal::Pair, .. } => "pair",
            SendOutcome::Refused { why: Refusal::Number, .. } => "number",
            SendOutcome::Refused { why: Refusal::Account, .. } => "account",
            SendOutcome::Unknown { .. } => "unknown",
            SendOutcome::Rejected { error } => {
                assert!(!error.contains("250788000001"), "{error}");
                "rejected"
            }
        }
    }

    #[test]
    fn codes_come_before_statuses() {
        for (status, code, expected) in [
            (400, Some(131_056), "pair"),
            (400, Some(130_429), "number"),
            (429, Some(4), "number"),
            (429, None, "number"),
            (500, Some(80_007), "number"),
            (400, Some(134_101), "now"),
            (500, None, "unknown"),
            (502, None, "unknown"),
            (500, Some(131_000), "unknown"),
            (400, Some(2), "unknown"),
            (401, Some(190), "account"),
            (403, Some(10), "account"),
            (403, None, "account"),
            (302, None, "account"),
            (403, Some(131_031), "account"),
            (400, Some(133_010), "account"),
            (503, Some(133_004), "unknown"),
            (400, Some(100), "rejected"),
            (400, Some(131_047), "rejected"),
            (400, Some(131_026), "rejected"),
            (404, None, "rejected"),
            (200, None, "unknown"),
        ] {
            assert_eq!(class(status, code), expected, "HTTP {status}, code {code:?}");
        }
    }

    #[test]
    fn an_address_that_is_none_is_said() {
        for base in ["", "graph.facebook.com", "ftp://x", "file:///etc"] {
            assert!(GraphClient::new(base, "v26.0", "t").is_err(), "{base}");
        }
        assert!(GraphClient::new("https://graph.facebook.com/", "26", "t").is_err());
        assert!(GraphClient::new("https://graph.facebook.com/", "v26.0", "t").is_ok());
    }
}
