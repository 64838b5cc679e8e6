//! The business account in the Graph API: checking the token, reading and overriding the webhook's address.

use serde_json::{Value, json};

use super::client::{ANSWER_MAX, GraphClient};

/// A request about the account failed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The Graph API did not answer.
    #[error("the Graph API cannot be reached: {0}")]
    Away(String),
    /// The Graph API refused: Meta's code and message.
    #[error("the Graph API refused: {0}")]
    Refused(String),
}

fn template(said: &Value) -> TemplateAbout {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    TemplateAbout {
        name: text(&said["name"]),
        language: text(&said["language"]),
        status: text(&said["status"]),
        category: text(&said["category"]),
        quality: text(&said["quality_score"]["score"]).replace("UNKNOWN", ""),
        rejected: text(&said["rejected_reason"]).replace("NONE", ""),
        parts: said["components"].as_array().cloned().unwrap_or_default(),
    }
}

/// An app's subscription to the account's webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The app's name at Meta.
    pub app: String,
    /// The address that overrides the app's own for this account.
    pub override_url: Option<String>,
}

/// A template as Meta has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateAbout {
    /// Its name.
    pub name: String,
    /// Its language code.
    pub language: String,
    /// `APPROVED`, `PENDING`, `REJECTED`, `PAUSED`, `DISABLED` and so on.
    pub status: String,
    /// `UTILITY`, `MARKETING` or `AUTHENTICATION`.
    pub category: String,
    /// `GREEN`, `YELLOW`, `RED`; empty where Meta says none.
    pub quality: String,
    /// Why it was rejected; empty where it was not.
    pub rejected: String,
    /// Its parts in Meta's form: header, body, footer, buttons.
    pub parts: Vec<Value>,
}

impl TemplateAbout {
    /// Whether messages of it are sent.
    pub fn is_approved(&self) -> bool {
        self.status == "APPROVED"
    }

    /// The variables of its parts, each with its part: `{{1}}` or `{{day}}`, as the text has them.
    pub fn variables(&self) -> Vec<String> {
        let of_part = |part: &Value| {
            let kind = part["type"].as_str().unwrap_or_default().to_lowercase();
            let buttons = part["buttons"].as_array().map(Vec::as_slice).unwrap_or_default();
            let button = |(index, button): (usize, &Value)| {
                let kind = button["type"].as_str().unwrap_or_default().to_lowercase();
                let in_url = named(&button["url"]).map(|name| format!(" {name}")).collect::<String>();
                format!("button {index} ({kind}){in_url}")
            };
            let of_text = named(&part["text"]).map(|name| format!("{kind} {name}"));
            let file = part["format"].as_str().filter(|format| *format != "TEXT");
            let file = file.map(|format| format!("{kind} ({})", format.to_lowercase()));
            of_text.chain(file).chain(buttons.iter().enumerate().map(button)).collect::<Vec<_>>()
        };
        self.parts.iter().flat_map(of_part).collect()
    }
}

/// The variables of a text, in their order.
fn named(text: &Value) -> impl Iterator<Item = String> {
    let text = text.as_str().unwrap_or_default();
    text.split("{{")
        .skip(1)
        .filter_map(|rest| rest.split_once("}}"))
        .map(|(name, _)| format!("{{{{{}}}}}", name.trim()))
}

/// Pages of templates that are read: a hundred templates each.
const PAGES_MAX: usize = 50;

impl GraphClient {
    /// Lists the templates of a WhatsApp business account, by name and language.
    pub async fn templates(&self, account: &str) -> Result<Vec<TemplateAbout>, AccountError> {
        let (mut templates, mut after) = (Vec::new(), None::<String>);
        for _ in 0..PAGES_MAX {
            let mut url = self.address(&[account, "message_templates"]);
            url.query_pairs_mut()
                .append_pair("fields", "name,language,status,category,quality_score,rejected_reason,components")
                .append_pair("limit", "100");
            if let Some(after) = &after {
                url.query_pairs_mut().append_pair("after", after);
            }
            let answer = self.said(self.http().get(url)).await?;
            templates.extend(answer["data"].as_array().into_iter().flatten().map(template));
            let next = answer["paging"]["next"].as_str().and(answer["paging"]["cursors"]["after"].as_str());
            match next {
                Some(next) => after = Some(next.to_owned()),
                None => break,
            }
        }
        templates.sort_by(|a, b| (&a.name, &a.language).cmp(&(&b.name, &b.language)));
        Ok(templates)
    }

    /// The display number of a `phone_number_id`, which also shows that the token is valid for it.
    pub async fn number(&self, id: &str) -> Result<String, AccountError> {
        let mut url = self.address(&[id]);
        url.query_pairs_mut().append_pair("fields", "display_phone_number");
        let answer = self.said(self.http().get(url)).await?;
        Ok(answer["display_phone_number"].as_str().unwrap_or_default().to_owned())
    }

    /// Lists the apps subscribed to a WhatsApp business account.
    pub async fn subscriptions(&self, account: &str) -> Result<Vec<Subscription>, AccountError> {
        let answer = self.said(self.http().get(self.address(&[account, "subscribed_apps"]))).await?;
        let subscription = |app: &Value| Subscription {
            app: app["whatsapp_business_api_data"]["name"].as_str().unwrap_or_default().to_owned(),
            override_url: app["override_callback_uri"].as_str().map(str::to_owned),
        };
        Ok(answer["data"].as_array().map(|apps| apps.iter().map(subscription).collect()).unwrap_or_default())
    }

    /// Overrides the address of an account's webhooks, which Meta verifies first with the token; or, with none,
    /// removes the override.
    pub async fn point(&self, account: &str, to: Option<(&str, &str)>) -> Result<(), AccountError> {
        let body =
            to.map_or_else(|| json!({}), |(url, token)| json!({ "override_callback_uri": url, "verify_token": token }));
        self.said(self.http().post(self.address(&[account, "subscribed_apps"])).json(&body)).await.map(drop)
    }

    async fn said(&self, request: reqwest::RequestBuilder) -> Result<Value, AccountError> {
        let away = |error: reqwest::Error| AccountError::Away(error.without_url().to_string());
        let answer = self.with_token(request).send().await.map_err(away)?;
        let status = answer.status();
        let body = crate::http::body(answer, ANSWER_MAX).await.unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() {
            return Ok(body);
        }
        let words = body["error"]["message"].as_str().unwrap_or("no reason given");
        Err(AccountError::Refused(format!("HTTP {}: {words}", status.as_u16())))
    }
}
