//! The console: pages for operators, on the address of `/metrics`. A request is checked for its host's name, its session, its operator's
//! role and, if it changes something, its form's token, before its handler runs ([`guard`], [`routes`]). Each file below is one page and
//! calls the same functions as the commands and the admin API; how a page looks is the crate `switchboard_console`.

mod agent;
mod trial;
mod version_names;
mod agents;
mod answer;
mod assets;
mod audit;
mod bubbles;
mod events;
mod fields;
mod guard;
mod happened;
mod inbox;
mod live;
mod overview;
mod figures;
mod people;
mod phone;
mod range;
mod replay;
mod request;
mod rollout;
mod routes;
mod settings;
mod sign_in;
mod state;
mod talk;
mod tries;
mod turns;
mod upload;
mod view;
mod waiting;

use std::sync::Arc;

use axum::Router;

use crate::{app::App, watcher::Looks};
pub use routes::{ConsoleRoute, OPEN_ROUTES, ROUTES};
use state::Console;
pub use state::ConsoleSettings;

/// The console of a host.
#[derive(Clone)]
pub struct ConsoleHandle(Arc<Console>);

impl ConsoleHandle {
    /// A console with these settings.
    pub fn new(app: Arc<App>, settings: ConsoleSettings) -> ConsoleHandle {
        ConsoleHandle(Arc::new(Console::new(app, settings)))
    }

    /// The router of all pages.
    pub fn router(&self) -> Router {
        guard::around(routes::router(&self.0), self.0.clone())
    }

    /// Looks for changes of what open pages show, until the task is dropped.
    pub async fn follow(self, looks: Looks) {
        tokio::join!(events::follow(self.0.clone(), looks), events::follow_phone(self.0));
    }
}
