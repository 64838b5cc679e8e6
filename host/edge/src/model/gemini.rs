//! The Gemini client (`generateContent`, v1beta): converts requests and answers. The key goes into a header and
//! nowhere else.

use base64::Engine;
use futures_util::future::BoxFuture;
use reqwest::{StatusCode, Url};
use serde_json::{Value, json};

use super::provider::{ModelError, Provider, Spoken};
use crate::{
    http::{self, BodyError},
    whatsapp::files::File,
};
use switchboard_core::{
    contract::model::{Answer, Call, Entry, Part, Request, Role},
    live::Live,
    secret::Secret,
};

/// The size limit of an answer, in bytes.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// The sampling temperature: low, since the model mostly chooses tools.
const TEMPERATURE: f64 = 0.2;

/// The least tokens that an answer may have: what little thinking cannot be switched off counts against them.
const ANSWER_TOKENS_MIN: u32 = 256;

/// The Gemini provider. Its `Debug` does not show the key.
pub struct Gemini {
    http: reqwest::Client,
    address: Url,
    /// What is asked of the model's thinking, which costs tokens of the answer; null for models without.
    thinking: Value,
    key: Live<Secret>,
}

/// The client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum GeminiError {
    /// The base URL is invalid.
    #[error("the address of the model, `{0}`, is no http or https address; set GEMINI_API_URL")]
    Address(String),
    /// The model's name is invalid.
    #[error("`{0}` is no name of a model, such as gemini-3.5-flash-lite; set MODEL")]
    Model(String),
    /// The HTTP client cannot be built.
    #[error("the HTTP client does not start: {0}")]
    Http(#[from] reqwest::Error),
}

impl Gemini {
    /// Makes a client. `base` is the API's URL, `model` a name such as `gemini-3.5-flash-lite`.
    pub fn new(base: &str, model: &str, key: impl Into<Live<Secret>>) -> Result<Gemini, GeminiError> {
        let named = |sign: char| sign.is_ascii_alphanumeric() || ['-', '.', '_'].contains(&sign);
        if model.is_empty() || !model.chars().all(named) {
            return Err(GeminiError::Model(model.to_owned()));
        }
        let address = format!("{}/v1beta/models/{model}:generateContent", base.trim_end_matches('/'));
        let address = Url::parse(&address).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
        let address = address.ok_or_else(|| GeminiError::Address(base.to_owned()))?;
        let mut http = crate::http::client();
        if address.host_str().is_some_and(|host| host == "127.0.0.1" || host == "localhost") {
            http = http.no_proxy();
        }
        Ok(Gemini { http: http.build()?, address, thinking: thinking(model), key: key.into() })
    }

    /// Checks the key by requesting the model's description.
    async fn check_key(&self) -> Result<(), String> {
        let address = self.address.as_str().trim_end_matches(":generateContent");
        let sent = self.http.get(address).header("x-goog-api-key", &**self.key.get()).send();
        let answer = sent.await.map_err(|error| error.without_url().to_string())?;
        if answer.status().is_success() { Ok(()) } else { Err(format!("HTTP {}", answer.status().as_u16())) }
    }

    /// Asks one real question: a key may be good for the description of a model that answers nothing any more.
    async fn try_question(&self) -> Result<(), String> {
        let request = Request {
            system: String::new(),
            entries: vec![Entry { role: Role::Person, part: Part::Said("Answer with the word: ready".into()) }],
            tools: Vec::new(),
            answer_schema: None,
            tokens_max: ANSWER_TOKENS_MIN,
        };
        let said = self.ask("You answer in one word.", &request, None).await;
        said.map(drop).map_err(|error| format!("it answers no question: {error}"))
    }

    async fn ask(&self, system: &str, request: &Request, file: Option<&File>) -> Result<Spoken, ModelError> {
        let sent = self
            .http
            .post(self.address.clone())
            .header("x-goog-api-key", &**self.key.get())
            .json(&body(system, request, file, &self.thinking))
            .send();
        let answer = sent.await.map_err(network)?;
        let status = answer.status();
        let bytes = match http::body(answer, ANSWER_BYTES_MAX).await {
            Ok(bytes) => bytes,
            Err(BodyError::Network(error)) => return Err(network(error)),
            Err(error @ BodyError::TooLong(_)) => return Err(ModelError::Never(error.to_string())),
        };
        if status != StatusCode::OK {
            let said: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let why = format!("{status}: {}", said["error"]["message"].as_str().unwrap_or("no reason given"));
            let later = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
            return Err(if later { ModelError::Later(why) } else { ModelError::Never(why) });
        }
        read_answer(&bytes)
    }
}

impl Provider for Gemini {
    fn generate<'a>(
        &'a self,
        system: &'a str,
        request: &'a Request,
        file: Option<&'a File>,
    ) -> BoxFuture<'a, Result<Spoken, ModelError>> {
        Box::pin(self.ask(system, request, file))
    }

    fn check(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async {
            self.check_key().await?;
            self.try_question().await
        })
    }
}

/// A network error without the URL, which the caller names already.
fn network(error: reqwest::Error) -> ModelError {
    ModelError::Later(error.without_url().to_string())
}

/// The least thinking that a model takes: most questions only choose a tool, and thoughts count against the tokens of the answer. From
/// Gemini's documentation (thinking, August 2026): 2.5 takes a budget, which may be 0 but for Pro; from 3 on there are levels, the lowest of
/// which only Flash-Lite has.
fn thinking(model: &str) -> Value {
    let version = model.strip_prefix("gemini-").and_then(|rest| rest.split(['.', '-']).next()?.parse::<u32>().ok());
    match version {
        Some(2) if model.starts_with("gemini-2.5-pro") => json!({ "thinkingBudget": 128 }),
        Some(2) if model.starts_with("gemini-2.5") => json!({ "thinkingBudget": 0 }),
        Some(3..) if model.contains("flash-lite") => json!({ "thinkingLevel": "minimal" }),
        Some(3..) => json!({ "thinkingLevel": "low" }),
        _ => Value::Null,
    }
}

fn body(system: &str, request: &Request, file: Option<&File>, thinking: &Value) -> Value {
    let tokens = request.tokens_max.max(ANSWER_TOKENS_MIN);
    let mut config = json!({ "temperature": TEMPERATURE, "maxOutputTokens": tokens });
    if !thinking.is_null() {
        config["thinkingConfig"] = thinking.clone();
    }
    if let Some(schema) = &request.answer_schema {
        config["responseMimeType"] = json!("application/json");
        config["responseJsonSchema"] = parsed(schema);
    }
    let mut body = json!({
        "systemInstruction": { "parts": [{ "text": system }] },
        "contents": request.entries.iter().map(content).collect::<Vec<_>>(),
        "generationConfig": config,
    });
    if let Some(file) = file {
        let data = base64::engine::general_purpose::STANDARD.encode(&file.bytes);
        let part = json!({ "inlineData": { "mimeType": file.mime_type, "data": data } });
        // The file goes with the last entry's text.
        if let Some(parts) = body["contents"].as_array_mut().and_then(|all| all.last_mut()?["parts"].as_array_mut()) {
            parts.insert(0, part);
        }
    }
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(
            |tool| json!({ "name": tool.name, "description": tool.about, "parametersJsonSchema": parsed(&tool.parameters) }),
        );
        body["tools"] = json!([{ "functionDeclarations": tools.collect::<Vec<_>>() }]);
    }
    body
}

/// Parses JSON that the capability has validated.
fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

fn content(entry: &Entry) -> Value {
    let role = match entry.role {
        Role::Person => "user",
        Role::Agent => "model",
    };
    let part = match &entry.part {
        Part::Said(text) => json!({ "text": text }),
        Part::Called(call) => {
            let mut part = json!({ "functionCall": { "name": call.name, "args": parsed(&call.arguments) } });
            if !call.mark.is_empty() {
                part["thoughtSignature"] = json!(call.mark);
            }
            part
        }
        // Tool results are marked as data.
        Part::Answered(answered) => {
            json!({ "functionResponse": { "name": answered.name, "response": { "data": parsed(&answered.result) } } })
        }
    };
    json!({ "role": role, "parts": [part] })
}

/// Reads the body of an answer with 200.
pub fn read_answer(body: &[u8]) -> Result<Spoken, ModelError> {
    let said: Value =
        serde_json::from_slice(body).map_err(|error| ModelError::Later(format!("its answer is no JSON: {error}")))?;
    read(&said)
}

fn read(said: &Value) -> Result<Spoken, ModelError> {
    if let Some(reason) = said["promptFeedback"]["blockReason"].as_str() {
        return Err(ModelError::Declined(reason.to_owned()));
    }
    let candidate = &said["candidates"][0];
    let finish = candidate["finishReason"].as_str().unwrap_or("none");
    if ["SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"].contains(&finish) {
        return Err(ModelError::Declined(finish.to_owned()));
    }
    let parts = candidate["content"]["parts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut answer = Answer { text: None, calls: Vec::new() };
    for part in parts {
        if let Some(name) = part["functionCall"]["name"].as_str() {
            let arguments = match &part["functionCall"]["args"] {
                Value::Null => json!({}),
                arguments => arguments.clone(),
            };
            let mark = part["thoughtSignature"].as_str().unwrap_or_default().to_owned();
            answer.calls.push(Call { name: name.to_owned(), arguments: arguments.to_string(), mark });
        } else if let Some(text) = part["text"].as_str().filter(|_| part["thought"] != true) {
            answer.text.get_or_insert_default().push_str(text);
        }
    }
    let tokens = said["usageMetadata"]["totalTokenCount"].as_u64().unwrap_or_default();
    let is_cut = finish == "MAX_TOKENS";
    match (&answer.text, answer.calls.is_empty()) {
        (None, true) if is_cut => Err(ModelError::Cut(tokens)),
        (None, true) => Err(ModelError::Later(format!("it said nothing and finished with {finish}"))),
        _ => Ok(Spoken { answer, tokens, is_cut }),
    }
}
