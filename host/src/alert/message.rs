//! The message of an alert, as receivers get it.

use serde::Serialize;
use switchboard_store::{Counts, Figures};

use crate::{
    config::Config,
    problem::{Problem, Snapshot, kind_of_rule},
};

/// Who alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// `HOST_NAME`.
    pub host: String,
    /// `SWITCHBOARD_ENV`.
    pub environment: &'static str,
}

impl Sender {
    /// The sender of this configuration.
    pub fn of(config: &Config) -> Sender {
        Sender { host: config.host_name.clone(), environment: config.mode.as_str() }
    }
}

/// Whether an alert has begun or is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// The problem stands.
    Firing,
    /// It is over.
    Resolved,
    /// It is an operator's test.
    Test,
}

/// The JSON that a webhook receives.
#[derive(Clone, Debug, Serialize)]
pub struct AlertMessage {
    /// The rule, and after a slash what it is about.
    pub alert: String,
    /// Whether it has begun or is over.
    pub state: AlertState,
    /// When it was first noticed, as ISO 8601.
    pub since: String,
    /// The host that alerts, or whose problem it was.
    pub host: String,
    /// `production` or `development`.
    pub environment: &'static str,
    /// `page` or `warn`.
    pub severity: &'static str,
    /// The agent that it is about.
    pub agent: Option<String>,
    /// The message for people; chat programs that accept webhooks show this field.
    pub text: String,
    /// What to do.
    pub what_to_do: &'static str,
    /// The figures of the last four hours.
    pub figures: Figures,
    /// Errors of a hundred messages in them.
    pub error_percent: f64,
    /// What waits.
    pub waiting: Counts,
}

/// An alert for a receiver, and what is kept of it.
pub(super) struct Letter {
    pub(super) key: String,
    pub(super) begun: Option<(i64, String)>,
    pub(super) message: AlertMessage,
}

impl AlertMessage {
    /// A problem begins.
    pub(super) fn firing(sender: &Sender, problem: &Problem, snapshot: &Snapshot) -> AlertMessage {
        let (alert, finding) = (problem.name(), &problem.finding);
        let text = format!("{alert}: {}. {}{}", finding.words, problem.kind.action, signed(sender));
        let severity = problem.kind.severity.as_str();
        let agent = finding.agent.clone();
        AlertMessage {
            agent,
            severity,
            ..message(sender, alert, AlertState::Firing, snapshot.now, text, Some(snapshot))
        }
    }

    /// A problem is over.
    pub(super) fn resolved(sender: &Sender, alert: &str, since: i64, snapshot: &Snapshot) -> AlertMessage {
        let text = format!("{alert}{}: it is over.", signed(sender));
        message(sender, alert.to_owned(), AlertState::Resolved, since, text, Some(snapshot))
    }

    /// An operator tries the receivers.
    pub fn test(sender: &Sender, now: i64) -> AlertMessage {
        let text =
            format!("SwitchboardTest: an operator tries the receivers of alerts. Nothing is wrong.{}", signed(sender));
        message(sender, "SwitchboardTest".to_owned(), AlertState::Test, now, text, None)
    }
}

/// Whose alert it is, for people.
fn signed(sender: &Sender) -> String {
    format!(" [{}, {}]", sender.host, sender.environment)
}

fn message(
    sender: &Sender,
    alert: String,
    state: AlertState,
    since: i64,
    text: String,
    snapshot: Option<&Snapshot>,
) -> AlertMessage {
    let rule = alert.split('/').next().unwrap_or_default();
    let severity = kind_of_rule(rule).map_or("warn", |kind| kind.severity.as_str());
    let figures = snapshot.and_then(|snapshot| snapshot.lately.as_ref()).map(|lately| lately.four_hours.clone());
    let figures = figures.unwrap_or_default();
    AlertMessage {
        what_to_do: if state == AlertState::Test { "Nothing." } else { what_to_do(&alert) },
        state,
        since: jiff::Timestamp::from_millisecond(since).unwrap_or_default().to_string(),
        host: sender.host.clone(),
        environment: sender.environment,
        severity,
        agent: None,
        text,
        error_percent: figures.error_percent(),
        figures,
        waiting: snapshot.map(|snapshot| snapshot.counts).unwrap_or_default(),
        alert,
    }
}

/// The instruction for an alert of this name.
pub fn what_to_do(name: &str) -> &'static str {
    let rule = name.split('/').next().unwrap_or_default();
    kind_of_rule(rule).map_or("See docs/metrics.md.", |kind| kind.action)
}
