//! Alerts: notifies operators by webhook and WhatsApp when a problem begins and when it is over. Each alert is sent once to each
//! receiver, independently: a receiver that cannot be reached delays no other and is retried.
//!
//! One host alerts of what all share, each host of what is its own. What receivers were told is kept in the database; of a database that
//! takes nothing, in memory.

mod message;
mod receiver;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant as Moment},
};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::Instant;

pub use message::{AlertMessage, AlertState, Sender, what_to_do};
pub use receiver::{FIRING, Receiver, Refusal, receivers};

use crate::{
    app::App,
    health::{read_lately, take_snapshot},
    problem::{Problem, Scope, Snapshot, evaluate},
};
use message::Letter;
use switchboard_core::seldom::Seldom;
use switchboard_store::{FiringAlert, Store, StoreError};

/// How often problems are looked for, at the least.
const LOOK: Duration = Duration::from_secs(20);

/// How often the lease on the duty `alerts` is renewed, so that one host keeps it.
const RENEW: Duration = Duration::from_secs(10);

/// How often figures are read where there is no receiver.
pub const EVERY: Duration = Duration::from_secs(60);

/// Looks for problems, logs them, and sends what changed to the receivers.
pub struct Notifier {
    app: Arc<App>,
    every: Duration,
    sender: Sender,
    receivers: Vec<Receiver>,
    /// The alerts of this host that fired while the database took nothing: by receiver and key, since when.
    unwritten: HashMap<(&'static str, String), i64>,
}

/// What became of an alert for one receiver.
struct Told {
    receiver: &'static str,
    key: String,
    accepted: bool,
}

impl Notifier {
    /// A notifier for these receivers.
    pub fn new(app: Arc<App>, sender: Sender, every: Duration, receivers: Vec<Receiver>) -> Notifier {
        Notifier { app, every, sender, receivers, unwritten: HashMap::new() }
    }

    /// Looks and notifies until the task is dropped.
    pub async fn follow(mut self) {
        let (mut due, mut look_at) = (Instant::now() + self.every, Instant::now());
        loop {
            tokio::time::sleep(self.every.min(RENEW)).await;
            let now = self.app.clock.now();
            // One host notifies for all.
            let has_duty = self.app.store.has_duty("alerts", now).await;
            let is_due = Instant::now() >= due;
            if is_due {
                due = Instant::now() + self.every;
            }
            match &has_duty {
                Ok(true) if is_due => match read_lately(&self.app.store, now).await {
                    Ok(lately) => self.app.vitals.keep_lately(Some(lately)),
                    Err(error) => seldom(&format!("alerts are checked without figures: {error}")),
                },
                Ok(true) => {}
                Ok(false) => self.app.vitals.keep_lately(None),
                Err(error) => seldom(&format!("the lease on the duty of alerts cannot be had: {error}")),
            }
            if !is_due && Instant::now() < look_at {
                continue;
            }
            look_at = Instant::now() + LOOK.min(self.every);
            let snapshot = take_snapshot(&self.app).await;
            if snapshot.is_partial {
                continue;
            }
            let problems = evaluate(&snapshot);
            self.app.vitals.log(&problems, now);
            if is_due && let Err(error) = self.notify(&snapshot, &problems, has_duty.unwrap_or(false)).await {
                seldom(&format!("alerts could not be compared with those that were sent: {error}"));
            }
        }
    }

    /// Notifies each receiver of what has changed for it.
    async fn notify(&mut self, snapshot: &Snapshot, problems: &[Problem], has_duty: bool) -> Result<(), StoreError> {
        let is_mine = |problem: &&Problem| problem.finding.alerts && (has_duty || problem.kind.scope == Scope::Host);
        let firing: Vec<(String, &Problem)> =
            problems.iter().filter(is_mine).map(|problem| (self.key(problem), problem)).collect();
        if snapshot.database_away.is_some() || snapshot.unstored.is_some() {
            self.notify_unwritten(snapshot, &firing).await;
            return Ok(());
        }
        let alone = snapshot.hosts.iter().filter(|host| host.name() == self.sender.host).count() <= 1;
        let lives = |host: &str| snapshot.hosts.iter().any(|other| other.name() == host);
        // Whether it is this host's to say that an alert is over.
        let may_end = |key: &str| match key.rsplit_once('@') {
            Some((_, host)) if host == self.sender.host => alone,
            Some((_, host)) => has_duty && !lives(host),
            None => has_duty,
        };
        let mut letters = Vec::new();
        for receiver in &self.receivers {
            let told = self.app.store.alerts_told(receiver.name()).await?;
            let unwritten = |key: &str| self.unwritten.contains_key(&(receiver.name(), key.to_owned()));
            let is_told = |key: &str| told.iter().any(|(known, _)| known == key);
            for (key, problem) in firing.iter().filter(|(key, _)| !is_told(key)) {
                letters.push((receiver, self.begins(key, problem, snapshot), unwritten(key)));
            }
            let mut over: Vec<(String, i64)> = told.iter().filter(|(key, _)| may_end(key)).cloned().collect();
            over.extend(
                self.unwritten
                    .iter()
                    .filter(|((of, _), _)| *of == receiver.name())
                    .map(|((_, key), since)| (key.clone(), *since)),
            );
            over.retain(|(key, _)| !firing.iter().any(|(fires, _)| fires == key));
            over.dedup();
            letters.extend(over.iter().map(|(key, since)| (receiver, self.ends(key, *since, snapshot), false)));
        }
        let store = &self.app.store;
        let all: Vec<_> = letters
            .iter()
            .map(|(receiver, letter, is_known)| tell_and_keep(store, receiver, letter, *is_known))
            .collect();
        let mut outcome = Ok(());
        for told in join_all(all).await {
            match told {
                Ok(told) if told.accepted => drop(self.unwritten.remove(&(told.receiver, told.key))),
                Ok(_) => {}
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    }

    /// Notifies of this host's own problems while the database takes nothing.
    async fn notify_unwritten(&mut self, snapshot: &Snapshot, firing: &[(String, &Problem)]) {
        let mut letters = Vec::new();
        let tells = firing.iter().filter(|(_, problem)| problem.kind.is_of_database());
        for (key, problem) in tells {
            let others = self.receivers.iter().filter(|receiver| receiver.name() != FIRING);
            for receiver in others.filter(|receiver| !self.unwritten.contains_key(&(receiver.name(), key.clone()))) {
                letters.push((receiver, self.begins(key, problem, snapshot)));
            }
        }
        let all: Vec<_> = letters.iter().map(|(receiver, letter)| tell(receiver, letter, false)).collect();
        for told in join_all(all).await {
            if told.accepted {
                self.unwritten.insert((told.receiver, told.key), snapshot.now);
            }
        }
    }

    /// The key of an alert in the database: its name, and the host if it is one host's.
    fn key(&self, problem: &Problem) -> String {
        match problem.kind.scope {
            Scope::Shared => problem.name(),
            Scope::Host => format!("{}@{}", problem.name(), self.sender.host),
        }
    }

    fn begins(&self, key: &str, problem: &Problem, snapshot: &Snapshot) -> Letter {
        let message = AlertMessage::firing(&self.sender, problem, snapshot);
        let about = json!({
            "words": problem.finding.words, "host": self.sender.host, "severity": problem.kind.severity.as_str(),
        });
        Letter { key: key.to_owned(), begun: Some((snapshot.now, about.to_string())), message }
    }

    fn ends(&self, key: &str, since: i64, snapshot: &Snapshot) -> Letter {
        let (name, host) = key.rsplit_once('@').map_or((key, None), |(name, host)| (name, Some(host)));
        let sender = Sender { host: host.unwrap_or(&self.sender.host).to_owned(), ..self.sender.clone() };
        Letter { key: key.to_owned(), begun: None, message: AlertMessage::resolved(&sender, name, since, snapshot) }
    }
}

/// Sends a receiver an alert, unless it knows it already.
async fn tell(receiver: &Receiver, letter: &Letter, is_known: bool) -> Told {
    let accepted = is_known || receiver.accepts(&letter.message).await;
    Told { receiver: receiver.name(), key: letter.key.clone(), accepted }
}

/// The same, and keeps at once in the database that the receiver was told: no other receiver is waited for.
async fn tell_and_keep(
    store: &Store,
    receiver: &Receiver,
    letter: &Letter,
    is_known: bool,
) -> Result<Told, StoreError> {
    let told = tell(receiver, letter, is_known).await;
    if told.accepted {
        let begun = letter.begun.as_ref().map(|(since, about)| (*since, about.as_str()));
        store.alert_told(told.receiver, &told.key, begun).await?;
    }
    Ok(told)
}

/// An alert that fires, as commands and the admin API show it.
pub fn firing_json(alert: &FiringAlert) -> Value {
    let about: Value = serde_json::from_str(&alert.about).unwrap_or_default();
    let name = alert.key.split('@').next().unwrap_or_default();
    json!({
        "alert": name,
        "since": jiff::Timestamp::from_millisecond(alert.since).unwrap_or_default().to_string(),
        "severity": about["severity"], "host": about["host"], "words": about["words"],
        "what_to_do": what_to_do(name),
    })
}

fn seldom(words: &str) {
    static TOLD: Seldom = Seldom::each_minute();
    if let Some(times) = TOLD.hit(Moment::now()) {
        tracing::warn!(times, "{words}");
    }
}
