//! What one host does for the desk in the background: posts events to `TICKETS_WEBHOOK_URL` until they are accepted, in order for each
//! person, and ends takeovers in which nobody has said anything for `TAKEOVER_HOURS`.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use switchboard_core::{act::Actor, secret::SecretUrl};
use switchboard_edge::whatsapp::signature::Secrets;
use switchboard_store::{DeskEvent, StoreError};

use super::shown::{iso, ticket};
use crate::app::App;

/// How often events that are due are looked for, while there is a webhook.
const POLL: Duration = Duration::from_secs(5);

/// How often takeovers are looked for in which nobody says anything any more.
const STALE: Duration = Duration::from_secs(60);

/// The timeout of a request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The pause after a request that was not accepted, in milliseconds: it doubles with each, up to the longest.
const PAUSE_MS: i64 = 2_000;
const PAUSE_MAX_MS: i64 = 10 * 60 * 1000;

/// Requests of one look that may fail before the rest waits for the next.
const FAILURES_MAX: usize = 3;

/// The header with the signature of the body: `sha256=` and the HMAC-SHA256 in hexadecimal.
const SIGNATURE: &str = "x-switchboard-signature";

/// What is done in the background.
pub struct FollowOptions {
    /// `TICKETS_WEBHOOK_URL`; without it nothing is posted.
    pub url: Option<SecretUrl>,
    /// `TICKETS_WEBHOOK_SECRET`; without it posts are not signed.
    pub secrets: Secrets,
    /// `TAKEOVER_HOURS`, in milliseconds.
    pub ends_ms: i64,
    /// The client.
    pub http: reqwest::Client,
}

/// Does it until the task is dropped. One host does it for all.
pub async fn follow(app: Arc<App>, options: FollowOptions) {
    let mut ended_at: Option<Instant> = None;
    loop {
        tokio::time::sleep(POLL).await;
        let is_time = ended_at.is_none_or(|at| at.elapsed() >= STALE);
        if options.url.is_none() && !is_time {
            continue;
        }
        let done = match app.store.has_duty("tickets", app.clock.now()).await {
            Ok(false) => continue,
            Ok(true) => look(&app, &options, is_time).await,
            Err(error) => Err(error),
        };
        if is_time && done.is_ok() {
            ended_at = Some(Instant::now());
        }
        if let Err(error) = done {
            tracing::warn!("the desk's events or takeovers cannot be read: {error}");
        }
    }
}

async fn look(app: &App, options: &FollowOptions, ends_stale: bool) -> Result<(), StoreError> {
    let actor = Actor::host();
    let stale = match ends_stale {
        true => app.store.takeovers_stale(app.clock.now() - options.ends_ms).await?,
        false => Vec::new(),
    };
    for stale in stale {
        if app.store.end_stale(&stale, &actor).await? {
            tracing::info!(person = %stale.person, "a takeover ended by itself: neither side said anything for long");
        }
    }
    match &options.url {
        Some(url) => post_all(app, options, url).await,
        None => app.store.desk_events_dropped().await,
    }
}

/// Posts what is due. What follows an event that was not accepted waits, if it is about the same person.
async fn post_all(app: &App, options: &FollowOptions, url: &SecretUrl) -> Result<(), StoreError> {
    let mut refused = HashSet::new();
    for event in app.store.desk_events_due(app.clock.now()).await? {
        if refused.contains(&event.person) {
            continue;
        }
        match post(options, url, &event).await {
            Ok(()) => app.store.desk_event_posted(event.id).await?,
            Err(error) => {
                refused.insert(event.person);
                // The address is not logged: it may contain a secret.
                let error = error.without_url();
                tracing::warn!(
                    event = event.id,
                    attempts = event.attempts,
                    "TICKETS_WEBHOOK_URL did not accept an event: {error}"
                );
                let due_at = app.clock.now() + pause(event.attempts);
                app.store.desk_event_refused(event.id, due_at).await?;
            }
        }
        if refused.len() >= FAILURES_MAX {
            break;
        }
    }
    Ok(())
}

/// The pause after so many failures before, in milliseconds.
fn pause(attempts: i64) -> i64 {
    PAUSE_MS.saturating_mul(1 << attempts.clamp(0, 20)).min(PAUSE_MAX_MS)
}

async fn post(options: &FollowOptions, url: &SecretUrl, event: &DeskEvent) -> Result<(), reqwest::Error> {
    let body = body(event).to_string();
    let mut request = options.http.post(&**url).timeout(TIMEOUT).header("content-type", "application/json");
    if !options.secrets.is_empty() {
        request = request.header(SIGNATURE, options.secrets.sign(body.as_bytes()));
    }
    request.body(body).send().await?.error_for_status().map(drop)
}

/// An event as it is posted. What is about a ticket has the ticket's fields too.
fn body(event: &DeskEvent) -> Value {
    let mut body = event.ticket.as_ref().map_or_else(|| json!({}), ticket);
    body["type"] = event.kind.as_str().into();
    body["id"] = event.id.into();
    body["at"] = iso(event.at).into();
    body["person"] = event.person.to_string().into();
    body["name"] = event.name.as_deref().into();
    if let Some(who) = &event.who {
        body["by"] = who.as_str().into();
    }
    if let Some(said) = &event.said {
        body["text"] = said.as_str().into();
    }
    if let Some(message) = &event.message {
        body["message"] = json!({
            "id": message.id,
            "text": message.text,
            "sent_at": iso(message.sent_at),
            "business": message.business,
        });
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_ten_minutes() {
        assert_eq!([0, 1, 2, 8, 9, 60].map(pause), [2_000, 4_000, 8_000, 512_000, 600_000, 600_000]);
    }
}
