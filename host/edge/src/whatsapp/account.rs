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

/// An app's subscription to the account's webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The app's name at Meta.
    pub app: String,
    /// The address that overrides the app's own for this account.
    pub override_url: Option<String>,
}

impl GraphClient {
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
