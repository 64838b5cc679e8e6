//! The console's shared state.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use switchboard_core::{live::Live as LiveValue, secret::Secret};
use switchboard_store::{Figures, Slice, StoreError};
use tokio::sync::{Mutex, watch};

use super::{live::Live, tries::Tries};
use crate::{
    app::App,
    health::take_snapshot,
    phone::Phone,
    problem::{Problem, Snapshot, evaluate},
};

/// For how long what was counted is shown again.
const KEPT: Duration = Duration::from_secs(1);

/// The same of figures, which are read from events.
const FIGURES_KEPT: Duration = Duration::from_secs(30);

/// The period of the figures, in milliseconds.
const FIGURES_MS: i64 = 24 * 3_600_000;

/// The console's settings.
pub struct ConsoleSettings {
    /// `OPERATOR_TOKEN`: whoever has it may sign in as an admin.
    pub token: LiveValue<Option<Secret>>,
    /// Whether nobody has to sign in: in development, on loopback.
    pub in_development: bool,
    /// `CONSOLE_HOSTS`: names under which it answers beside those of loopback.
    pub hosts: Vec<String>,
    /// The hash that gives a bucket to people who have not written yet.
    pub bucket_of: fn(&str) -> u16,
    /// `OPERATOR_ADDR`.
    pub address: SocketAddr,
    /// The phone of made-up people, if it is switched on.
    pub phone: Option<Arc<Phone>>,
    /// Becomes true when the host stops: then event streams end.
    pub stopped: watch::Receiver<bool>,
}

/// What is known of now.
pub(super) struct Now {
    pub(super) snapshot: Snapshot,
    pub(super) problems: Vec<Problem>,
    /// How many people wait for a human; none if the database does not answer.
    pub(super) waits: Option<i64>,
}

/// Something that was read, and until when it is shown again.
type Kept<T> = Mutex<Option<(Instant, T)>>;

/// What was read is kept for so many times as long as the reading took: a large database is not read all the time.
const TIMES: u32 = 20;

/// The shared state of all pages.
pub(super) struct Console {
    pub(super) app: Arc<App>,
    pub(super) live: Arc<Live>,
    pub(super) settings: ConsoleSettings,
    pub(super) tries: Tries,
    now: Kept<Arc<Now>>,
    figures: Kept<Figures>,
}

impl Console {
    pub(super) fn new(app: Arc<App>, settings: ConsoleSettings) -> Console {
        Console {
            app,
            live: Arc::default(),
            settings,
            tries: Tries::default(),
            now: Kept::default(),
            figures: Kept::default(),
        }
    }

    /// What is known of now, a second old if the database is quick.
    pub(super) async fn now(&self) -> Arc<Now> {
        let mut kept = self.now.lock().await;
        if let Some((until, now)) = &*kept
            && Instant::now() < *until
        {
            return now.clone();
        }
        let began = Instant::now();
        let now = Arc::new(read(&self.app).await);
        *kept = Some((Instant::now() + KEPT.max(began.elapsed() * TIMES), now.clone()));
        now
    }

    /// The figures of the last 24 hours, at most half a minute old.
    pub(super) async fn figures(&self) -> Result<Figures, StoreError> {
        let mut kept = self.figures.lock().await;
        if let Some((until, figures)) = &*kept
            && Instant::now() < *until
        {
            return Ok(figures.clone());
        }
        let (began, now) = (Instant::now(), self.app.clock.now());
        let figures = self.app.store.figures(&Slice::all(now - FIGURES_MS, now)).await?;
        *kept = Some((Instant::now() + FIGURES_KEPT.max(began.elapsed() * TIMES), figures.clone()));
        Ok(figures)
    }
}

/// Reads what is known of now.
async fn read(app: &App) -> Now {
    let snapshot = take_snapshot(app).await;
    let problems = evaluate(&snapshot);
    let inbox = app.store.inbox().await;
    let waits = inbox.ok().map(|all| all.iter().filter(|one| one.since().is_some()).count() as i64);
    Now { snapshot, problems, waits }
}
