//! Tells operators when something goes wrong, and when it is over: at a webhook, and on WhatsApp. Each once, and to each receiver
//! by itself: one that cannot be reached keeps nobody else waiting, and is told when it can be.

mod rules;

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::time::Instant;

pub use rules::{Alert, Seen, judge, what_to_do};

use crate::{
    app::App,
    config::{Alerts, Template},
};
use switchboard_core::phone::Phone;
use switchboard_edge::whatsapp::{
    body,
    client::{GraphClient, SendOutcome},
};
use switchboard_store::{Counts, Figures, Outgoing, Slice, StoreError};

/// How long a webhook may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The duty to tell is renewed this often, so that it stays with one host.
const RENEW: Duration = Duration::from_secs(5);

const MINUTE_MS: i64 = 60_000;

/// Who is told.
pub struct Teller {
    app: Arc<App>,
    every: Duration,
    receivers: Vec<Receiver>,
}

enum Receiver {
    Webhook { url: String, http: reqwest::Client },
    WhatsApp { graph: Box<GraphClient>, business: String, phone: Phone, template: Option<Template> },
}

/// Word of an alert: it has begun, or it is over.
#[derive(serde::Serialize)]
struct Word<'a> {
    alert: &'a str,
    /// `firing` or `resolved`.
    state: &'static str,
    /// When it was noticed first, ISO 8601.
    since: String,
    /// For people; chats that take a webhook show it.
    text: String,
    what_to_do: &'static str,
    /// Those of the last four hours, and what waits.
    figures: &'a Figures,
    error_percent: f64,
    waiting: &'a Counts,
}

impl Teller {
    /// One for these settings; `business` is the number that alerts come from on WhatsApp.
    pub fn new(app: Arc<App>, alerts: &Alerts, graph: &GraphClient, business: &str) -> Result<Teller, reqwest::Error> {
        let mut receivers = Vec::new();
        if let Some(url) = alerts.webhook.clone() {
            let http = reqwest::Client::builder().timeout(TIMEOUT).build()?;
            receivers.push(Receiver::Webhook { url, http });
        }
        if let Some(phone) = alerts.whatsapp.clone() {
            let (graph, business, template) = (Box::new(graph.clone()), business.to_owned(), alerts.template.clone());
            receivers.push(Receiver::WhatsApp { graph, business, phone, template });
        }
        Ok(Teller { app, every: alerts.every, receivers })
    }

    /// Looks and tells until the task is dropped.
    pub async fn follow(self) {
        let mut due = Instant::now() + self.every;
        loop {
            tokio::time::sleep(self.every.min(RENEW)).await;
            // One host tells for all.
            match self.app.store.has_duty("alerts", self.app.clock.now()).await {
                Ok(true) if Instant::now() >= due => due = Instant::now() + self.every,
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!("nobody can be told of alerts: {error}");
                    continue;
                }
            }
            if let Err(error) = self.look().await {
                tracing::warn!("what alerts are about cannot be read: {error}");
            }
        }
    }

    async fn look(&self) -> Result<(), StoreError> {
        let now = self.app.clock.now();
        let seen = self.see(now).await?;
        let alerts = judge(&seen);
        for receiver in &self.receivers {
            let told = self.app.store.alerts_told(receiver.name()).await?;
            for alert in alerts.iter().filter(|alert| !told.iter().any(|(name, _)| *name == alert.name)) {
                let word = word(&alert.name, "firing", now, &alert.words, &seen);
                if receiver.tell(&word).await {
                    self.app.store.alert_told(receiver.name(), &alert.name, Some(now)).await?;
                }
            }
            for (name, since) in told.iter().filter(|(name, _)| !alerts.iter().any(|alert| alert.name == *name)) {
                let word = word(name, "resolved", *since, "it is over", &seen);
                if receiver.tell(&word).await {
                    self.app.store.alert_told(receiver.name(), name, None).await?;
                }
            }
        }
        Ok(())
    }

    async fn see(&self, now: i64) -> Result<Seen, StoreError> {
        let store = &self.app.store;
        let back = |minutes: i64| now - minutes * MINUTE_MS;
        let flags = self.app.flags.state();
        let document = &flags.flags.document;
        let agents = self.app.plugins.current();
        let on = agents.iter().map(|version| version.name()).filter(|name| flags.flags.agent_is_on(name));
        Ok(Seen {
            four_hours: store.figures(&Slice::all(back(240), now)).await?,
            half_hour: store.figures(&Slice::all(back(30), now)).await?,
            day: store.traffic(back(24 * 60), now).await?,
            two_hours: store.traffic(back(120), now).await?.iter().map(|(_, messages)| messages).sum(),
            given_up: store.given_up(back(60)).await?,
            counts: store.counts(now).await?,
            percent: if document.unified_service_enabled { document.unified_service_rollout_percent } else { 0.0 },
            flags_refused: flags.error.clone(),
            agents: on.map(str::to_owned).collect(),
        })
    }
}

fn word<'a>(alert: &'a str, state: &'static str, since: i64, words: &str, seen: &'a Seen) -> Word<'a> {
    let what_to_do = what_to_do(alert);
    let text = match state {
        "firing" => format!("{alert}: {words}. {what_to_do}"),
        _ => format!("{alert}: {words}."),
    };
    Word {
        alert,
        state,
        since: jiff::Timestamp::from_millisecond(since).unwrap_or_default().to_string(),
        text,
        what_to_do,
        figures: &seen.four_hours,
        error_percent: seen.four_hours.error_percent(),
        waiting: &seen.counts,
    }
}

impl Receiver {
    /// What it is called among those who were told.
    fn name(&self) -> &'static str {
        match self {
            Receiver::Webhook { .. } => "webhook",
            Receiver::WhatsApp { .. } => "whatsapp",
        }
    }

    /// Tells it; false if it is to be told again. Neither address nor number is logged: an address may hold a secret.
    async fn tell(&self, word: &Word<'_>) -> bool {
        match self {
            Receiver::Webhook { url, http } => {
                let sent = http.post(url).json(word).send().await.and_then(reqwest::Response::error_for_status);
                match sent {
                    Ok(_) => true,
                    Err(error) => {
                        tracing::warn!(alert = word.alert, "ALERT_WEBHOOK_URL took no alert: {}", error.without_url());
                        false
                    }
                }
            }
            Receiver::WhatsApp { graph, business, phone, template } => {
                let row = Outgoing {
                    url: None,
                    // No row of the outbox: statuses of it find nothing to change.
                    id: 0,
                    lane_id: 0,
                    business: business.clone(),
                    phone: Some(phone.clone()),
                    user_id: None,
                    body: message(&word.text, template.as_ref()).to_string(),
                    attempts: 0,
                    last_message_at: 0,
                    opted_out: false,
                };
                match graph.send(&row).await {
                    SendOutcome::Sent { .. } => true,
                    // Perhaps it arrived, or it never will: not again and again.
                    SendOutcome::Unknown { error } | SendOutcome::Rejected { error } => {
                        tracing::warn!(alert = word.alert, "an alert may not have reached WhatsApp: {error}");
                        true
                    }
                    SendOutcome::Refused { error, .. } => {
                        tracing::warn!(alert = word.alert, "an alert waits for WhatsApp: {error}");
                        false
                    }
                }
            }
        }
    }
}

/// Free words; or a template with one variable, which takes one line.
fn message(text: &str, template: Option<&Template>) -> Value {
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
        let body = message("a\n\tb    c", Some(&template));
        assert_eq!(body["template"]["components"][0]["parameters"][0]["text"], "a b c");
        assert_eq!(body["template"]["language"]["code"], "en_US");
    }
}
