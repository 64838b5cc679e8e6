//! Background tasks that begin anew when their settings change.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::reloader::{LiveSettings, Reloader, restarting};
use crate::{
    alert::Notifier,
    app::App,
    config::{Config, Mode},
    desk,
};
use switchboard_edge::{http, whatsapp::client::GraphClient};
use switchboard_store::Store;

/// A background task, with its name.
type Task = (&'static str, BoxFuture<'static, ()>);

/// The tasks whose settings change without a restart, and the one that follows the files of secrets.
pub fn tasks(
    config: &Config,
    app: &Arc<App>,
    graph: &GraphClient,
    live: &LiveSettings,
    reloader: &Arc<Reloader>,
) -> [Task; 3] {
    let (posts, alerts) = (app.clone(), app.clone());
    let tickets = restarting(live.tickets.subscribe(), move |url| {
        let app = posts.clone();
        async move {
            match http::client().build() {
                Ok(http) => desk::post_tickets(app, url, http).await,
                Err(error) => never(&format!("tickets are not posted: {error}")).await,
            }
        }
    });
    let (graph, business) = (graph.clone(), config.phone_number_id.clone());
    let alerts = restarting(live.alerts.subscribe(), move |settings| {
        let notifier = Notifier::new(alerts.clone(), &settings, &graph, &business);
        async move {
            match notifier {
                Ok(notifier) => notifier.follow().await,
                Err(error) => never(&format!("alerts are not sent: {error}")).await,
            }
        }
    });
    [("tickets", Box::pin(tickets)), ("alerts", Box::pin(alerts)), ("reload", Box::pin(reloader.clone().follow()))]
}

/// Says why a task cannot run, once, and waits for other settings.
async fn never(why: &str) {
    tracing::error!("{why}");
    std::future::pending().await
}

/// Says that the shared token is still an admin's where operators have tokens of their own.
pub async fn say_shared_token(config: &Config, store: &Store) {
    if config.mode == Mode::Production
        && config.operator_token.is_some()
        && matches!(store.has_operators().await, Ok(true))
    {
        tracing::warn!(
            "OPERATOR_TOKEN is deprecated where operators have tokens of their own: whoever has it is an admin without a name; unset it"
        );
    }
}
