//! Alerts: notifies operators by webhook and WhatsApp when a rule fires and when it is resolved. Each alert is sent once to each
//! receiver, independently: a receiver that cannot be reached delays no other and is retried.

mod rules;

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::time::Instant;

pub use rules::{Alert, Snapshot, evaluate_rules, what_to_do};

use crate::{
    app::App,
    config::{Alerts, Template},
    health,
};
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
    },
};
use switchboard_store::{Counts, Figures, Outgoing, Slice, StoreError};

/// The timeout of a webhook request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How often the lease on the duty `alerts` is renewed, so that one host keeps it.
const RENEW: Duration = Duration::from_secs(5);

const MINUTE_MS: i64 = 60_000;

/// The notifier: evaluates the alert rules and sends what changed to the receivers.
pub struct Notifier {
    app: Arc<App>,
    every: Duration,
    backup_max_hours: i64,
    receivers: Vec<Receiver>,
}

/// A receiver of alerts.
enum Receiver {
    Webhook { url: SecretUrl, http: reqwest::Client },
    WhatsApp { graph: Box<GraphClient>, business: String, phone: Phone, template: Option<Template> },
}

/// Whether an alert has begun or is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum AlertState {
    /// The rule fires.
    Firing,
    /// The rule no longer fires.
    Resolved,
}

/// The JSON that a webhook receives.
#[derive(serde::Serialize)]
struct AlertMessage<'a> {
    alert: &'a str,
    state: AlertState,
    /// When it was first noticed, as ISO 8601.
    since: String,
    /// The message for people; chat programs that accept webhooks show this field.
    text: String,
    what_to_do: &'static str,
    /// The figures of the last four hours.
    figures: &'a Figures,
    error_percent: f64,
    waiting: &'a Counts,
}

impl Notifier {
    /// A notifier for these receivers; `business` is the id of the number that sends alerts on WhatsApp.
    pub fn new(
        app: Arc<App>,
        alerts: &Alerts,
        graph: &GraphClient,
        business: &str,
    ) -> Result<Notifier, reqwest::Error> {
        let mut receivers = Vec::new();
        if let Some(url) = alerts.webhook.clone() {
            let http = http::client().timeout(TIMEOUT).build()?;
            receivers.push(Receiver::Webhook { url, http });
        }
        if let Some(phone) = alerts.whatsapp.clone() {
            let (graph, business, template) = (Box::new(graph.clone()), business.to_owned(), alerts.template.clone());
            receivers.push(Receiver::WhatsApp { graph, business, phone, template });
        }
        Ok(Notifier { app, every: alerts.every, backup_max_hours: alerts.backup_max_hours.into(), receivers })
    }

    /// Evaluates the rules and notifies until the task is dropped.
    pub async fn follow(self) {
        let mut due = Instant::now() + self.every;
        loop {
            tokio::time::sleep(self.every.min(RENEW)).await;
            // One host notifies for all.
            match self.app.store.has_duty("alerts", self.app.clock.now()).await {
                Ok(true) if Instant::now() >= due => due = Instant::now() + self.every,
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!("alerts are not checked: the lease on the duty cannot be had: {error}");
                    continue;
                }
            }
            if let Err(error) = self.evaluate().await {
                tracing::warn!("alerts are not checked: the figures cannot be read: {error}");
            }
        }
    }

    /// Evaluates all rules, and notifies each receiver of what has changed for it.
    async fn evaluate(&self) -> Result<(), StoreError> {
        let now = self.app.clock.now();
        let snapshot = self.take_snapshot(now).await?;
        let alerts = evaluate_rules(&snapshot);
        for receiver in &self.receivers {
            let notified = self.app.store.alerts_told(receiver.name()).await?;
            for alert in alerts.iter().filter(|alert| !notified.iter().any(|(name, _)| *name == alert.name)) {
                let message = alert_message(&alert.name, AlertState::Firing, now, &alert.words, &snapshot);
                if receiver.notify(&message).await {
                    self.app.store.alert_told(receiver.name(), &alert.name, Some(now)).await?;
                }
            }
            for (name, since) in notified.iter().filter(|(name, _)| !alerts.iter().any(|alert| alert.name == *name)) {
                let message = alert_message(name, AlertState::Resolved, *since, "it is over", &snapshot);
                if receiver.notify(&message).await {
                    self.app.store.alert_told(receiver.name(), name, None).await?;
                }
            }
        }
        Ok(())
    }

    /// Reads the figures that the rules evaluate.
    async fn take_snapshot(&self, now: i64) -> Result<Snapshot, StoreError> {
        let store = &self.app.store;
        let back = |minutes: i64| now - minutes * MINUTE_MS;
        let flags = self.app.flags.state();
        let agents = self.app.plugins.current();
        let on = agents.iter().map(|version| version.name()).filter(|name| flags.flags.agent_is_on(name));
        let numbers = store.numbers().await?;
        let resting = numbers.into_iter().filter_map(|number| {
            let rested = number.rests_ms(now);
            Some((number.business, rested, number.rest_reason?))
        });
        let (resting_agents, muted) = health::broken_agents(&self.app).await;
        Ok(Snapshot {
            four_hours: store.figures(&Slice::all(back(240), now)).await?,
            half_hour: store.figures(&Slice::all(back(30), now)).await?,
            day: store.traffic(back(24 * 60), now).await?,
            two_hours: store.traffic(back(120), now).await?.iter().map(|(_, messages)| messages).sum(),
            given_up: store.given_up(back(60)).await?,
            templates_lost: store.templates_lost(back(60)).await?,
            counts: store.counts(now).await?,
            percent: flags.flags.document.served_percent(),
            flags_refused: flags.error.clone(),
            backup_ms: store.newest_backup().await?.map(|backup| now - backup.at),
            backup_max_hours: self.backup_max_hours,
            resting: resting.collect(),
            refused: health::refused_plugins(&self.app),
            resting_agents,
            muted,
            agents: on.map(str::to_owned).collect(),
        })
    }
}

/// Builds the message about an alert.
fn alert_message<'a>(
    alert: &'a str,
    state: AlertState,
    since: i64,
    words: &str,
    snapshot: &'a Snapshot,
) -> AlertMessage<'a> {
    let what_to_do = what_to_do(alert);
    let text = match state {
        AlertState::Firing => format!("{alert}: {words}. {what_to_do}"),
        AlertState::Resolved => format!("{alert}: {words}."),
    };
    AlertMessage {
        alert,
        state,
        since: jiff::Timestamp::from_millisecond(since).unwrap_or_default().to_string(),
        text,
        what_to_do,
        figures: &snapshot.four_hours,
        error_percent: snapshot.four_hours.error_percent(),
        waiting: &snapshot.counts,
    }
}

impl Receiver {
    /// The name of the receiver in the database.
    fn name(&self) -> &'static str {
        match self {
            Receiver::Webhook { .. } => "webhook",
            Receiver::WhatsApp { .. } => "whatsapp",
        }
    }

    /// Sends the message; false if it must be retried. Logs neither address nor number, since an address may contain a secret.
    async fn notify(&self, message: &AlertMessage<'_>) -> bool {
        match self {
            Receiver::Webhook { url, http } => {
                let sent = http.post(&**url).json(message).send().await.and_then(reqwest::Response::error_for_status);
                match sent {
                    Ok(_) => true,
                    Err(error) => {
                        tracing::warn!(
                            alert = message.alert,
                            "ALERT_WEBHOOK_URL did not accept an alert: {}",
                            error.without_url()
                        );
                        false
                    }
                }
            }
            Receiver::WhatsApp { graph, business, phone, template } => {
                let row = Outgoing {
                    url: None,
                    // Not a row of the outbox: its statuses match no row.
                    id: 0,
                    version: 0,
                    reference: "alert".into(),
                    lane_id: 0,
                    business: business.clone(),
                    to: Some(Address::Phone(phone.clone())),
                    body: message_body(&message.text, template.as_ref()).to_string(),
                    attempts: 0,
                    losses: 0,
                    due_at: 0,
                    pair_at: 0,
                    probe: false,
                };
                match graph.send(&row).await {
                    SendOutcome::Sent { .. } => true,
                    // It may have arrived, or never will: not retried.
                    SendOutcome::Unknown { error, .. }
                    | SendOutcome::Refused { why: Failure::Final | Failure::Window, error, .. } => {
                        tracing::warn!(alert = message.alert, "an alert may not have reached WhatsApp: {error}");
                        true
                    }
                    SendOutcome::Refused { error, .. } => {
                        tracing::warn!(alert = message.alert, "an alert could not be sent to WhatsApp yet: {error}");
                        false
                    }
                }
            }
        }
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
