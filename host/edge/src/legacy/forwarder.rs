//! The HTTP client that posts forwarded messages to the legacy service, signed as Meta signs them.

use super::watch::LegacyWatch;
use crate::whatsapp::LOOP_HEADER;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::StatusCode;

use crate::{
    outbox::Carrier,
    whatsapp::{
        client::SendOutcome,
        signature::{self, Secrets},
    },
};
use switchboard_core::{failure::Failure, live::Live, secret::Secret};
use switchboard_store::Outgoing;

/// The timeout of a request, about as long as Meta's own.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The HTTP client for the legacy service.
pub struct Forwarder {
    http: reqwest::Client,
    secrets: Live<Vec<Secret>>,
    watch: Arc<LegacyWatch>,
}

impl Forwarder {
    /// A forwarder that signs with the first of these app secrets.
    pub fn new(secrets: Live<Vec<Secret>>) -> Result<Forwarder, reqwest::Error> {
        let http = crate::http::client().timeout(TIMEOUT).build()?;
        Ok(Forwarder { http, secrets, watch: Arc::default() })
    }

    /// Notes there how the service answers.
    pub fn watched(self, watch: Arc<LegacyWatch>) -> Forwarder {
        Forwarder { watch, ..self }
    }

    async fn post(&self, row: &Outgoing) -> SendOutcome {
        let Some(url) = &row.url else { return SendOutcome::refused(Failure::Final, "it has no address") };
        let request = self
            .http
            .post(url)
            .header("content-type", "application/json")
            .header(signature::HEADER, Secrets::new(self.secrets.get().iter()).sign(row.body.as_bytes()))
            .header(LOOP_HEADER, row.id.to_string())
            .body(row.body.clone());
        match request.send().await {
            Ok(answer) if answer.status().is_success() => SendOutcome::Sent { wamid: format!("forwarded.{}", row.id) },
            Ok(answer) if answer.status() == StatusCode::LOOP_DETECTED => SendOutcome::refused(
                Failure::Final,
                "the legacy service sends its webhooks to a switchboard: set LEGACY_WEBHOOK_URL to the service itself",
            ),
            // As Meta does: anything but success was not accepted, and is retried.
            Ok(answer) => SendOutcome::refused(
                Failure::Row,
                format!("the legacy service answered HTTP {}", answer.status().as_u16()),
            ),
            Err(error) if error.is_connect() => {
                SendOutcome::refused(Failure::Row, "the legacy service cannot be reached")
            }
            Err(error) if error.is_builder() => SendOutcome::refused(Failure::Final, "the request cannot be written"),
            Err(_) => SendOutcome::Unknown { error: "the legacy service gave no answer".into(), outage: true },
        }
    }
}

impl Carrier for Forwarder {
    async fn send(&self, row: &Outgoing) -> SendOutcome {
        let answer = self.post(row).await;
        let outcome = match &answer {
            SendOutcome::Sent { .. } => "sent",
            SendOutcome::Refused { why: Failure::Final, .. } => "rejected",
            SendOutcome::Refused { .. } => "refused",
            SendOutcome::Unknown { .. } => "unknown",
        };
        match &answer {
            SendOutcome::Sent { .. } => self.watch.took(),
            SendOutcome::Refused { error, .. } | SendOutcome::Unknown { error, .. } => {
                self.watch.failed(error, Instant::now());
            }
        }
        metrics::counter!("switchboard_forwards_total", "outcome" => outcome).increment(1);
        answer
    }
}
