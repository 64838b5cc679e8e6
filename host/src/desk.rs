//! The ticket webhook: posts each new ticket as JSON to `TICKETS_WEBHOOK_URL`, retried until it is accepted.

use std::{sync::Arc, time::Duration};

use crate::app::App;
use switchboard_core::secret::SecretUrl;

/// How often the database is polled for new tickets.
const POLL: Duration = Duration::from_secs(2);

/// The timeout of a request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The pause after a failed request.
const PAUSE: Duration = Duration::from_secs(30);

/// Posts new tickets until the task is dropped.
pub async fn post_tickets(app: Arc<App>, url: SecretUrl, http: reqwest::Client) {
    loop {
        tokio::time::sleep(POLL).await;
        // One host posts for all.
        let tickets = match app.store.has_duty("tickets", app.clock.now()).await {
            Ok(false) => continue,
            Ok(true) => app.store.tickets_untold().await,
            Err(error) => Err(error),
        };
        let tickets = match tickets {
            Ok(tickets) => tickets,
            Err(error) => {
                tracing::warn!("new tickets cannot be read: {error}");
                continue;
            }
        };
        for ticket in tickets {
            let sent = http.post(&*url).timeout(TIMEOUT).json(&ticket).send().await;
            match sent.and_then(reqwest::Response::error_for_status) {
                Ok(_) => {
                    if let Err(error) = app.store.ticket_told(&ticket.number, app.clock.now()).await {
                        tracing::warn!(
                            ticket = ticket.number,
                            "a ticket was posted but could not be marked, so it may be posted again: {error}"
                        );
                    }
                }
                Err(error) => {
                    // The address is not logged: it may contain a secret.
                    tracing::warn!(
                        ticket = ticket.number,
                        "TICKETS_WEBHOOK_URL did not accept a ticket: {}",
                        error.without_url()
                    );
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}
