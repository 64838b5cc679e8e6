//! The receivers of alerts: a webhook, a phone on WhatsApp, and the host's own list of alerts that fire.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use super::message::AlertMessage;
use crate::config::{Alerts, Template};
use switchboard_core::{
    failure::Failure,
    phone::{Address, Phone},
    secret::SecretUrl,
};
use switchboard_edge::{
    http,
    whatsapp::{
        body,
        client::{GraphClient, SendOutcome},
        signature::Secrets,
    },
};
use switchboard_store::Outgoing;

/// The name under which the database keeps the alerts that fire, no matter who else is told of them.
pub const FIRING: &str = "log";

/// The timeout of a webhook request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The header with the signature: `sha256=` and the HMAC of the body by `ALERT_WEBHOOK_SECRET`.
const SIGNATURE: &str = "X-Switchboard-Signature";

/// A receiver of alerts.
pub enum Receiver {
    /// `ALERT_WEBHOOK_URL`, signed by `ALERT_WEBHOOK_SECRET`.
    Webhook {
        /// The address.
        url: SecretUrl,
        /// The key of the signature; empty if none is set.
        secrets: Secrets,
        /// The client.
        http: reqwest::Client,
    },
    /// `ALERT_WHATSAPP_NUMBER`.
    WhatsApp {
        /// The client of the Graph API.
        graph: Box<GraphClient>,
        /// The id of the number that alerts come from.
        business: String,
        /// The number that gets them.
        phone: Phone,
        /// The template for outside the 24-hour window.
        template: Option<Template>,
    },
    /// The list of alerts that fire, which the database keeps.
    Firing,
}

/// Why a receiver did not accept an alert.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is sent again.
    #[error("{0}")]
    Again(String),
    /// It may have arrived, or never will: it is not sent again.
    #[error("{0}")]
    Perhaps(String),
}

/// The receivers of a configuration; `business` is the id of the number that sends alerts on WhatsApp.
pub fn receivers(
    alerts: Option<&Alerts>,
    graph: &GraphClient,
    business: &str,
) -> Result<Vec<Receiver>, reqwest::Error> {
    let mut receivers = vec![Receiver::Firing];
    let Some(alerts) = alerts else { return Ok(receivers) };
    if let Some(url) = alerts.webhook.clone() {
        let (http, secrets) = (http::client().timeout(TIMEOUT).build()?, Secrets::new(&alerts.secret));
        receivers.push(Receiver::Webhook { url, secrets, http });
    }
    if let Some(phone) = alerts.whatsapp.clone() {
        let (graph, business, template) = (Box::new(graph.clone()), business.to_owned(), alerts.template.clone());
        receivers.push(Receiver::WhatsApp { graph, business, phone, template });
    }
    Ok(receivers)
}

impl Receiver {
    /// The name of the receiver in the database.
    pub fn name(&self) -> &'static str {
        match self {
            Receiver::Webhook { .. } => "webhook",
            Receiver::WhatsApp { .. } => "whatsapp",
            Receiver::Firing => FIRING,
        }
    }

    /// Sends the message; false if it must be retried, which is logged.
    pub(super) async fn accepts(&self, message: &AlertMessage) -> bool {
        match self.send(message).await {
            Ok(_) => true,
            Err(Refusal::Perhaps(error)) => {
                tracing::warn!(alert = message.alert, "an alert may not have reached {}: {error}", self.name());
                true
            }
            Err(Refusal::Again(error)) => {
                tracing::warn!(alert = message.alert, "an alert could not be sent to {} yet: {error}", self.name());
                false
            }
        }
    }

    /// Sends the message; gives what the receiver answered. Neither address nor number is in any word, since an address may contain a
    /// secret.
    ///
    /// # Errors
    /// Where the receiver did not accept it, with whether it is to be sent again.
    pub async fn send(&self, message: &AlertMessage) -> Result<String, Refusal> {
        match self {
            Receiver::Firing => Ok("kept".to_owned()),
            Receiver::Webhook { url, secrets, http } => {
                let again =
                    |error: reqwest::Error| Refusal::Again(format!("ALERT_WEBHOOK_URL: {}", error.without_url()));
                let body = serde_json::to_vec(message).map_err(|error| Refusal::Perhaps(error.to_string()))?;
                let mut request = http.post(&**url).header(CONTENT_TYPE, "application/json");
                if !secrets.is_empty() {
                    request = request.header(SIGNATURE, secrets.sign(&body));
                }
                let answer = request.body(body).send().await.map_err(again)?;
                let answer = answer.error_for_status().map_err(again)?;
                Ok(format!("HTTP {}", answer.status().as_u16()))
            }
            Receiver::WhatsApp { graph, business, phone, template } => {
                match graph.send(&row(business, phone, message_body(&message.text, template.as_ref()))).await {
                    SendOutcome::Sent { .. } => Ok("taken by Meta".to_owned()),
                    SendOutcome::Unknown { error, .. }
                    | SendOutcome::Refused { why: Failure::Final | Failure::Window, error, .. } => {
                        Err(Refusal::Perhaps(error))
                    }
                    SendOutcome::Refused { error, .. } => Err(Refusal::Again(error)),
                }
            }
        }
    }
}

/// A message that is no row of the outbox: its statuses match no row.
fn row(business: &str, phone: &Phone, body: Value) -> Outgoing {
    Outgoing {
        url: None,
        id: 0,
        version: 0,
        reference: "alert".into(),
        lane_id: 0,
        business: business.to_owned(),
        to: Some(Address::Phone(phone.clone())),
        body: body.to_string(),
        attempts: 0,
        losses: 0,
        due_at: 0,
        pair_at: 0,
        probe: false,
    }
}

/// The WhatsApp message of an alert: free text, or a template with one variable, whose value must be one line.
fn message_body(text: &str, template: Option<&Template>) -> Value {
    let Some(template) = template else { return body::text(text) };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    body::template(&template.name, &template.language, &[line])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_takes_one_line() {
        let template = Template { name: "alert".into(), language: "en_US".into() };
        let body = message_body("a\n\tb    c", Some(&template));
        assert_eq!(body["template"]["components"][0]["parameters"][0]["text"], "a b c");
        assert_eq!(body["template"]["language"]["code"], "en_US");
    }
}
