//! Background tasks that begin anew when their settings change.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::reloader::{LiveSettings, Reloader, restarting};
use crate::{
    alert::{self, Notifier, Sender},
    app::App,
    config::{Config, Mode},
    desk,
};
use switchboard_edge::{
    http,
    whatsapp::{client::GraphClient, signature::Secrets},
};
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
    let ends_ms = config.takeover_ends_ms;
    let tickets = restarting(live.tickets.subscribe(), move |(url, secret)| {
        let app = posts.clone();
        async move {
            match http::client().build() {
                Ok(http) => {
                    let secrets = Secrets::new(secret.as_deref());
                    desk::follow(app, desk::FollowOptions { url, secrets, ends_ms, http }).await;
                }
                Err(error) => never(&format!("the desk is not followed: {error}")).await,
            }
        }
    });
    let (graph, business, of_host) = (graph.clone(), config.phone_number_id.clone(), Sender::of(config));
    let alerts = restarting(live.alerts.subscribe(), move |settings| {
        let every = settings.as_ref().map_or(alert::EVERY, |settings| settings.every);
        let receivers = alert::receivers(settings.as_ref(), &graph, &business);
        let (app, of_host) = (alerts.clone(), of_host.clone());
        async move {
            match receivers {
                Ok(receivers) => Notifier::new(app, of_host, every, receivers).follow().await,
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
