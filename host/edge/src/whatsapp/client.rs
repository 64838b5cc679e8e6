//! The client of the Graph API: sends messages and classifies the result as sent, refused or unknown.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::{
    RequestBuilder, StatusCode, Url,
    header::HeaderMap,
    multipart::{Form, Part},
};
use serde_json::{Map, Value, json};

pub use super::answer::SendOutcome;
use super::{
    answer::{self, NotSent},
    file_types,
    files::{About, File, MediaError},
    json,
};
use crate::http::{self, BodyError};
use switchboard_core::{failure::Failure, live::Live, phone::Address, secret::Secret, test_number};
use switchboard_store::Outgoing;

/// The timeout of a request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The most bytes of an answer but a file's: Meta's have some hundred.
pub(super) const ANSWER_MAX: usize = 64 << 10;

/// Why nothing is sent for a test number.
const NO_PHONE: &str = "it is of a test number, whose phone is at another host or switched off (CONSOLE_PHONE)";

/// The hosts of Meta's content servers.
const CONTENT_HOSTS: [&str; 3] = [".fbsbx.com", ".whatsapp.net", ".fbcdn.net"];

/// The client of the Graph API. Its token is sent nowhere else and never logged.
#[derive(Clone)]
pub struct GraphClient {
    http: reqwest::Client,
    base: Url,
    version: String,
    token: Live<Secret>,
    /// The emulator that stands behind this host's test number: see [`GraphClient::with_phone`].
    phone: Option<Arc<PhoneGraph>>,
}

/// The Graph API of a test number.
struct PhoneGraph {
    business: String,
    base: Url,
    token: Secret,
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

impl GraphClient {
    /// Makes a client for one Graph API, for instance `https://graph.facebook.com`, `v26.0`.
    pub fn new(base: &str, version: &str, token: impl Into<Live<Secret>>) -> Result<GraphClient, ClientError> {
        let address = || ClientError::Address(base.to_owned());
        let base = Url::parse(base.trim_end_matches('/')).map_err(|_| address())?;
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return Err(address());
        }
        let numbered = version.strip_prefix('v').is_some_and(|n| n.parse::<f32>().is_ok());
        if !numbered {
            return Err(ClientError::Version(version.to_owned()));
        }
        let mut http = crate::http::client().timeout(TIMEOUT);
        if matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
            http = http.no_proxy();
        }
        Ok(GraphClient { http: http.build()?, base, version: version.to_owned(), token: token.into(), phone: None })
    }

    /// The same client, which talks to an emulator at `base` with its `token` wherever it is about a test number.
    pub fn with_phone(self, business: &str, base: &str, token: Secret) -> Result<GraphClient, ClientError> {
        let address = GraphClient::new(base, &self.version, Live::new(token.clone()))?.base;
        let phone = PhoneGraph { business: business.to_owned(), base: address, token };
        Ok(GraphClient { phone: Some(Arc::new(phone)), ..self })
    }

    /// The client for a business number; none for a test number that is not this host's. Nothing about a test number goes to Meta.
    fn of(&self, business: &str) -> Option<GraphClient> {
        match test_number::is_test(business) {
            true => self.phone.as_ref().filter(|phone| phone.business == business).map(|phone| self.at_phone(phone)),
            false => Some(self.clone()),
        }
    }

    /// The client for a file; none for one that was sent to a test number that is not this host's.
    fn of_file(&self, id: &str) -> Option<GraphClient> {
        match test_number::is_test_file(id) {
            true => self.phone.as_ref().map(|phone| self.at_phone(phone)),
            false => Some(self.clone()),
        }
    }

    fn at_phone(&self, phone: &PhoneGraph) -> GraphClient {
        GraphClient { base: phone.base.clone(), token: Live::new(phone.token.clone()), ..self.clone() }
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    pub(super) fn with_token(&self, request: RequestBuilder) -> RequestBuilder {
        let token = self.token.get();
        let token: &str = &token;
        request.bearer_auth(token)
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
        let graph = self.of_file(id).ok_or_else(|| MediaError::Graph(NO_PHONE.to_owned()))?;
        let answer = graph.with_token(self.http.get(graph.address(&[id]))).send().await.map_err(broken)?;
        let about = match http::body(given(answer)?, ANSWER_MAX).await {
            Ok(about) => about,
            Err(BodyError::Network(error)) => return Err(broken(error)),
            Err(error @ BodyError::TooLong(_)) => return Err(MediaError::Graph(error.to_string())),
        };
        let about: Value = serde_json::from_slice(&about).unwrap_or_default();
        let text = |name: &str| about[name].as_str().unwrap_or_default().to_owned();
        // A number; some answers have it as text.
        let size = about["file_size"].as_u64().or_else(|| about["file_size"].as_str()?.parse().ok());
        let about =
            About { url: text("url"), mime_type: text("mime_type"), sha256: text("sha256"), size: size.unwrap_or(0) };
        if about.url.is_empty() {
            return Err(MediaError::Graph("its answer names no address of the file".into()));
        }
        Ok(about)
    }

    /// Begins to download a file, within a time. The token is sent only to the Graph API and its content servers, and no redirect is
    /// followed.
    pub(crate) async fn media_bytes(&self, url: &str, within: Duration) -> Result<Body, MediaError> {
        let url = Url::parse(url).map_err(|_| MediaError::Address)?;
        let of_phone = self.phone.as_ref().filter(|phone| phone.base.origin() == url.origin());
        let graph = of_phone.map_or_else(|| self.clone(), |phone| self.at_phone(phone));
        let is_ours = url.origin() == graph.base.origin();
        let host = url.host_str().unwrap_or_default();
        let is_metas = url.scheme() == "https" && CONTENT_HOSTS.iter().any(|known| host.ends_with(known));
        if !is_ours && !is_metas {
            return Err(MediaError::Address);
        }
        let request = graph.with_token(self.http.get(url)).timeout(within).send();
        let answer = tokio::time::timeout(TIMEOUT, request).await.map_err(|_| MediaError::Slow)?.map_err(broken)?;
        Ok(Body(given(answer)?))
    }

    /// Uploads a file to be sent. Returns its media id.
    pub(crate) async fn upload(&self, business: &str, file: &File) -> Result<String, MediaError> {
        let length = file.bytes.len() as u64;
        let name = file_types::upload_name(&file.mime_type);
        let part = Part::stream_with_length(file.bytes.clone(), length).file_name(name);
        let part = part.mime_str(&file.mime_type).map_err(|error| MediaError::Upload {
            why: Failure::Final,
            retry_after: None,
            error: error.without_url().to_string(),
        })?;
        let form =
            Form::new().text("messaging_product", "whatsapp").text("type", file.mime_type.clone()).part("file", part);
        let Some(graph) = self.of(business) else {
            return Err(MediaError::Upload { why: Failure::Row, retry_after: None, error: NO_PHONE.to_owned() });
        };
        let upload = graph.with_token(self.http.post(graph.address(&[business, "media"]))).multipart(form);
        let NotSent { why, retry_after, error, .. } = match answered(upload).await {
            Err(not_sent) => not_sent,
            Ok((status, headers, answer)) if !status.is_success() => answer::refusal(status, &headers, &answer),
            Ok((status, _, answer)) => match json::id(&answer["id"]) {
                Some(id) => return Ok(id),
                None => no_answer(None, format!("HTTP {} without a media id", status.as_u16())),
            },
        };
        // An upload sends nothing to anybody, so one whose outcome is unknown is made again.
        Err(MediaError::Upload { why: why.unwrap_or(Failure::Row), retry_after, error })
    }

    /// Marks a message and those before it as read, and shows that an answer is being written: until it comes, or 25 seconds.
    pub(crate) async fn mark_read(&self, business: &str, wamid: &str) -> SendOutcome {
        let body = json!({
            "messaging_product": "whatsapp", "status": "read", "message_id": wamid, "typing_indicator": { "type": "text" }
        });
        let Some(graph) = self.of(business) else { return SendOutcome::refused(Failure::Final, NO_PHONE) };
        let request = graph.with_token(self.http.post(graph.address(&[business, "messages"]))).json(&body);
        match answered(request).await {
            Ok((status, _, answer)) if status.is_success() && answer["success"] == true => {
                SendOutcome::Sent { wamid: wamid.to_owned() }
            }
            Ok((status, headers, answer)) => answer::to_send(status, &headers, &answer),
            Err(not_sent) => not_sent.into(),
        }
    }

    /// Sends a row of the outbox, once.
    pub async fn send(&self, row: &Outgoing) -> SendOutcome {
        let body = match body(row) {
            Ok(body) => body,
            Err(error) => return SendOutcome::refused(Failure::Final, error),
        };
        // The host whose phone it is may take it yet.
        let Some(graph) = self.of(&row.business) else { return SendOutcome::refused(Failure::Row, NO_PHONE) };
        let request = graph.with_token(self.http.post(graph.address(&[&row.business, "messages"]))).json(&body);
        match answered(request).await {
            Ok((status, headers, answer)) => answer::to_send(status, &headers, &answer),
            Err(not_sent) => not_sent.into(),
        }
    }
}

/// What the answer to a send means, by its HTTP status and body.
pub fn outcome(status: u16, body: &[u8]) -> SendOutcome {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer::to_send(status, &HeaderMap::new(), &serde_json::from_slice(body).unwrap_or_default())
}

/// Makes a request. Returns the answer's status, headers and body, null if that is not JSON; or why no answer came.
async fn answered(request: RequestBuilder) -> Result<(StatusCode, HeaderMap, Value), NotSent> {
    let mut response = request.send().await.map_err(|error| match error {
        error if error.is_builder() => no_answer(Some(Failure::Final), "the request cannot be written"),
        // No connection was made, so nothing was sent.
        error if error.is_connect() => no_answer(Some(Failure::Meta), "the Graph API cannot be reached"),
        error if error.is_timeout() => no_answer(None, "the Graph API did not answer in time"),
        _ => no_answer(None, "the connection broke before an answer"),
    })?;
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    match http::body(response, ANSWER_MAX).await {
        Ok(answer) => Ok((status, headers, serde_json::from_slice(&answer).unwrap_or_default())),
        Err(BodyError::TooLong(_)) => {
            Err(no_answer(None, format!("HTTP {}, and an answer too long to read", status.as_u16())))
        }
        Err(BodyError::Network(_)) => {
            Err(no_answer(None, format!("HTTP {}, and the connection broke in the answer", status.as_u16())))
        }
    }
}

/// A request without a usable answer.
fn no_answer(why: Option<Failure>, error: impl Into<String>) -> NotSent {
    NotSent { why, retry_after: None, outage: why.is_none(), error: error.into() }
}

/// The body of an answer.
pub(crate) struct Body(reqwest::Response);

impl Body {
    /// The next bytes; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, MediaError> {
        self.0.chunk().await.map_err(broken)
    }
}

/// An answer that gives something: neither an error nor a redirect.
fn given(answer: reqwest::Response) -> Result<reqwest::Response, MediaError> {
    let status = answer.status();
    if status.is_success() { Ok(answer) } else { Err(MediaError::Graph(format!("HTTP {}", status.as_u16()))) }
}

fn broken(error: reqwest::Error) -> MediaError {
    MediaError::Graph(error.without_url().to_string())
}

/// The request body: the row's body with recipient and our reference.
fn body(row: &Outgoing) -> Result<Value, String> {
    let mut body: Map<String, Value> =
        serde_json::from_str(&row.body).map_err(|_| "the body in the outbox is no JSON object".to_owned())?;
    match &row.to {
        Some(Address::Phone(phone)) => body.insert("to".into(), json!(phone.digits())),
        Some(Address::UserId(user_id)) => body.insert("recipient".into(), json!(user_id)),
        None => return Err("the person has neither a number nor a user id".to_owned()),
    };
    body.insert("messaging_product".into(), json!("whatsapp"));
    body.insert("recipient_type".into(), json!("individual"));
    body.insert("biz_opaque_callback_data".into(), json!(row.reference));
    Ok(Value::Object(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_about_a_test_number_goes_to_meta() {
        let meta = GraphClient::new("https://graph.facebook.com", "v26.0", "meta").expect("a client");
        let to = |graph: &GraphClient, id: &str| graph.of(id).map(|graph| graph.address(&[id]).to_string());
        let file = "test-2154318763518";
        let about = |graph: &GraphClient, id: &str| graph.of_file(id).map(|graph| graph.address(&[id]).to_string());
        assert_eq!((to(&meta, "test:a"), about(&meta, file)), (None, None));
        let both = meta.with_phone("test:a", "http://127.0.0.1:9", Secret::from("own".to_owned())).expect("a client");
        assert_eq!(to(&both, "test:a").as_deref(), Some("http://127.0.0.1:9/v26.0/test:a"));
        assert_eq!(about(&both, file), Some(format!("http://127.0.0.1:9/v26.0/{file}")));
        assert_eq!(about(&both, "77").as_deref(), Some("https://graph.facebook.com/v26.0/77"));
        assert_eq!(to(&both, "test:b"), None, "another host's");
        assert_eq!(to(&both, "1065").as_deref(), Some("https://graph.facebook.com/v26.0/1065"));
        assert!(both.of("test:a").is_some_and(|graph| *graph.token.get() == "own"));
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
