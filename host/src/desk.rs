//! Tells the business's people of new tickets: a POST of JSON to `TICKETS_WEBHOOK_URL`, for each ticket until it is taken.

use std::{sync::Arc, time::Duration};

use crate::app::App;

/// How often new tickets are looked for.
const POLL: Duration = Duration::from_secs(2);

/// How long the other side may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// After a failure.
const PAUSE: Duration = Duration::from_secs(30);

/// Tells of tickets until the task is dropped.
pub async fn tell(app: Arc<App>, url: String, http: reqwest::Client) {
    loop {
        tokio::time::sleep(POLL).await;
        // One host tells for all.
        let tickets = match app.store.has_duty("tickets", app.clock.now()).await {
            Ok(false) => continue,
            Ok(true) => app.store.tickets_untold().await,
            Err(error) => Err(error),
        };
        let tickets = match tickets {
            Ok(tickets) => tickets,
            Err(error) => {
                tracing::warn!("new tickets cannot be looked for: {error}");
                continue;
            }
        };
        for ticket in tickets {
            let sent = http.post(&url).timeout(TIMEOUT).json(&ticket).send().await;
            match sent.and_then(reqwest::Response::error_for_status) {
                Ok(_) => {
                    if let Err(error) = app.store.ticket_told(&ticket.number, app.clock.now()).await {
                        tracing::warn!(ticket = ticket.number, "a ticket was told, and may be told again: {error}");
                    }
                }
                Err(error) => {
                    // The address may hold a secret: it is not logged.
                    tracing::warn!(
                        ticket = ticket.number,
                        "TICKETS_WEBHOOK_URL took no ticket: {}",
                        error.without_url()
                    );
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}
