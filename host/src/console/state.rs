//! The console's shared state.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use switchboard_console::Clock;
use switchboard_core::{live::Live as LiveValue, plan::Rollout, secret::Secret};
use switchboard_store::{Figures, Series, StoreError, Waiting};
use tokio::sync::{Mutex, watch};

use super::{live::Live, range::Range, tries::Tries};
use crate::{
    app::App,
    health::take_snapshot,
    phone::Phone,
    problem::{Problem, Snapshot, evaluate},
    replay::Components,
    rollout::{self, StepFigures},
};

/// For how long what was counted is shown again.
const KEPT: Duration = Duration::from_secs(1);

/// The same of what charts are drawn from.
const SERIES_KEPT: Duration = Duration::from_secs(5);

/// The same of a rollout's figures, which are read from events.
const FIGURES_KEPT: Duration = Duration::from_secs(10);

/// The console's settings.
pub struct ConsoleSettings {
    /// `OPERATOR_TOKEN`: anyone who has it may sign in as an admin.
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
    /// The first of them.
    pub(super) waiting: Vec<Waiting>,
}

/// How many people who wait are kept by name.
const WAITING: usize = 4;

/// What was answered over a time.
pub(super) struct Charted {
    /// By agent and step.
    pub(super) series: Series,
    /// Up to when it is counted, in milliseconds; none if it never was.
    pub(super) until: Option<i64>,
    /// The beginning of its first step, in milliseconds.
    pub(super) from: i64,
}

/// What a rollout is judged by.
#[derive(Clone)]
pub(super) struct Measured {
    /// Its step's figures.
    pub(super) step: StepFigures,
    /// Of a candidate: those of the control group.
    pub(super) control: Option<Figures>,
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
    /// Components of versions that recorded turns are played to.
    pub(super) components: Arc<Components>,
    now: Kept<Arc<Now>>,
    charted: [Kept<Arc<Charted>>; Range::ALL.len()],
    /// By the rollout's name and the beginning of its step.
    measured: Mutex<HashMap<(String, i64), (Instant, Measured)>>,
}

impl Console {
    pub(super) fn new(app: Arc<App>, settings: ConsoleSettings) -> Console {
        Console {
            components: Arc::new(Components::new(app.store.clone(), app.plugins.clone())),
            app,
            live: Arc::default(),
            settings,
            tries: Tries::default(),
            now: Kept::default(),
            charted: Default::default(),
            measured: Mutex::default(),
        }
    }

    /// The time, and the zone in which pages show times.
    pub(super) fn clock(&self) -> Clock {
        Clock::new(self.app.clock.now(), &self.app.defaults.time_zone)
    }

    /// The names of the loaded agents, for a new flags' row.
    pub(super) fn agents(&self) -> Vec<String> {
        self.app.plugins.current().iter().map(|version| version.name().to_owned()).collect()
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

    /// What was answered over a time, some seconds old.
    pub(super) async fn charted(&self, range: Range) -> Result<Arc<Charted>, StoreError> {
        let mut kept = self.charted[range as usize].lock().await;
        if let Some((until, charted)) = &*kept
            && Instant::now() < *until
        {
            return Ok(charted.clone());
        }
        let (began, now, store) = (Instant::now(), self.app.clock.now(), &self.app.store);
        let step = range.step_ms();
        let from = (now - range.period_ms()).div_euclid(step) * step + step;
        let charted = Charted { series: store.series(from, step).await?, until: store.slots_until().await?, from };
        let charted = Arc::new(charted);
        *kept = Some((Instant::now() + SERIES_KEPT.max(began.elapsed() * TIMES), charted.clone()));
        Ok(charted)
    }

    /// What a rollout is judged by, some seconds old.
    pub(super) async fn measured(&self, rollout: &Rollout) -> Result<Measured, StoreError> {
        let mut kept = self.measured.lock().await;
        kept.retain(|_, (until, _)| Instant::now() < *until);
        let key = (rollout.name.clone(), rollout.step_since);
        if let Some((_, measured)) = kept.get(&key) {
            return Ok(measured.clone());
        }
        let (began, now, store) = (Instant::now(), self.app.clock.now(), &self.app.store);
        let measured = match (rollout.agent(), &rollout.candidate) {
            (Some(agent), Some(candidate)) => {
                let (step, control) = rollout::candidate_figures(store, rollout, agent, candidate, now).await?;
                Measured { step, control: Some(control) }
            }
            _ => {
                let step = rollout::service_figures(store, rollout, &self.app.rates, now).await?;
                Measured { step, control: None }
            }
        };
        kept.insert(key, (Instant::now() + FIGURES_KEPT.max(began.elapsed() * TIMES), measured.clone()));
        Ok(measured)
    }
}

/// Reads what is known of now.
async fn read(app: &App) -> Now {
    let snapshot = take_snapshot(app).await;
    let problems = evaluate(&snapshot);
    let inbox = app.store.inbox().await.ok();
    let mut waiting: Vec<Waiting> = inbox.iter().flatten().filter(|one| one.since().is_some()).cloned().collect();
    let waits = inbox.map(|_| waiting.len() as i64);
    waiting.truncate(WAITING);
    Now { snapshot, problems, waits, waiting }
}
