//! A visitor of the console without a browser: a cookie, and forms as a page of the console sends them.

use reqwest::{Method, StatusCode, header::HeaderMap, redirect::Policy};
use switchboard_kit::stage::Stage;

/// A visitor with a session, or without one.
pub struct Visitor {
    http: reqwest::Client,
    host: String,
    cookie: String,
}

/// An answer of the console.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// Where it leads to.
    pub fn location(&self) -> &str {
        self.headers.get("location").map_or("", |value| value.to_str().expect("text"))
    }
}

impl Visitor {
    /// A visitor of a stage's host who is not signed in.
    pub fn new(stage: &Stage) -> Visitor {
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().expect("a client");
        Visitor { http, host: stage.operator_of(0).to_owned(), cookie: String::new() }
    }

    /// Somebody who signs in by a token.
    pub async fn with_token(stage: &Stage, token: &str) -> Visitor {
        let mut visitor = Visitor::new(stage);
        let answer = visitor.sign_in(&[("token", token), ("to", "/")]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"), "{}", answer.body);
        visitor
    }

    /// Sends the form of the sign-in page; keeps the session that it gives.
    pub async fn sign_in(&mut self, fields: &[(&str, &str)]) -> Answer {
        let answer = self.sends(Method::POST, "/sign-in", &self.of_our_page(), Some(form(fields))).await;
        self.keep_cookie(&answer);
        answer
    }

    /// Keeps the session that an answer gives, if it gives one.
    pub fn keep_cookie(&mut self, answer: &Answer) {
        if let Some(cookie) = answer.headers.get("set-cookie") {
            self.cookie = cookie.to_str().expect("text").split(';').next().unwrap_or_default().to_owned();
        }
    }

    /// The value of the session's cookie.
    pub fn cookie_value(&self) -> &str {
        self.cookie.split_once('=').map_or("", |(_, value)| value)
    }

    /// What a browser says of a form of the console's own page.
    fn of_our_page(&self) -> Vec<(&'static str, String)> {
        vec![("origin", format!("http://{}", self.host)), ("sec-fetch-site", "same-origin".to_owned())]
    }

    /// Asks for a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.sends(Method::GET, path, &[], None).await
    }

    /// Sends a form as a page of the console does, with the session's token.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.form_token().await;
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("csrf", token.as_str())]).collect();
        self.sends(Method::POST, path, &self.of_our_page(), Some(form(&fields))).await
    }

    /// The token that the forms of this session carry; empty without one.
    pub async fn form_token(&self) -> String {
        let page = self.get("/audit").await.body;
        let value = page.split_once("name=\"csrf\" value=\"").map_or("", |(_, rest)| rest);
        value.split('"').next().unwrap_or_default().to_owned()
    }

    /// Sends a request with these headers beside the cookie.
    pub async fn sends(&self, method: Method, path: &str, headers: &[(&str, String)], body: Option<String>) -> Answer {
        let mut request = self.http.request(method, format!("http://{}{path}", self.host));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if !self.cookie.is_empty() {
            request = request.header("cookie", &self.cookie);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        }
        let answer = request.send().await.expect("the host answers");
        let (status, headers) = (answer.status(), answer.headers().clone());
        // An event stream does not end.
        let is_stream =
            headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let body = if is_stream { String::new() } else { answer.text().await.expect("text") };
        Answer { status, headers, body }
    }
}

/// The body of a form.
pub fn form(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| -> String {
        text.bytes()
            .map(
                |byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") },
            )
            .collect()
    };
    fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}
