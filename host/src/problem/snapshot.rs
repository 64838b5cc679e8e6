//! What is known of a time: all that problems are judged by.

use switchboard_core::{meta_notice::MetaNotice, model::ModelFailure};
use switchboard_edge::{legacy::LegacyFailure, model::Caps};
use switchboard_sandbox::plugins::Refused;
use switchboard_store::{Counts, Deliveries, Figures, Muted, OpenTickets, WriteFailure, host_of_node};

/// What is known of a time.
#[derive(Clone, Default)]
pub struct Snapshot {
    /// The time, in milliseconds.
    pub now: i64,
    /// Queue lengths; all 0 while the database does not answer.
    pub counts: Counts,
    /// Why the database does not answer; then all that it would say is empty here.
    pub database_away: Option<String>,
    /// Why deliveries cannot be stored.
    pub unstored: Option<WriteFailure>,
    /// Whether a part of the database could not be read: what is missing here may stand all the same.
    pub is_partial: bool,
    /// Business numbers from which nothing is sent.
    pub resting: Vec<RestingNumber>,
    /// In how many folders the hosts keep files.
    pub folders: i64,
    /// The version of the collation that indexes were built with, and the one that there is now, if they differ.
    pub collation: Option<(String, String)>,
    /// Deliveries since the last right signature that all had a wrong one.
    pub wrong_signatures: Option<u64>,
    /// Failures of the legacy service in a row.
    pub legacy: Option<LegacyFailure>,
    /// Folders of this host, and the room in them.
    pub disks: Vec<Disk>,
    /// How far this host's clock is ahead of the database's, in milliseconds.
    pub clock_ahead_ms: i64,
    /// Refused components, and a refused `plugins.toml`.
    pub refused: Vec<Refused>,
    /// Why compiled agents are not kept.
    pub cache_trouble: Option<String>,
    /// The agents in service that are on.
    pub agents: Vec<String>,
    /// Agents that are not ready yet.
    pub starting: Vec<String>,
    /// Agents that are on by their flags and have no file: their names, and the files.
    pub absent: Vec<(String, String)>,
    /// Agents that are out of service here since they were stopped too often: name, version, until when, stops, turns.
    pub resting_agents: Vec<(String, String, i64, usize, usize)>,
    /// Agents whose notices are muted.
    pub muted: Vec<Muted>,
    /// What is wrong with the memory for turns, a sentence.
    pub memory: Option<String>,
    /// Why the flags row is refused, or that it is gone.
    pub flags_refused: Option<String>,
    /// The percentage of people served; 0 while the service is off.
    pub percent: f64,
    /// The rollout of the service, and those of agents' candidates, that are under way or ended lately.
    pub rollouts: Vec<Candidate>,
    /// The hosts that live, and what each serves.
    pub hosts: Vec<HostView>,
    /// For how long the hosts have served different agents, in milliseconds.
    pub hosts_differ_ms: i64,
    /// Tickets that nobody has answered.
    pub tickets: Vec<OpenTickets>,
    /// How many people a human answers.
    pub taken_over: i64,
    /// The age of the newest backup that `db backup` made, in milliseconds; none if it never made one.
    pub backup_ms: Option<i64>,
    /// From which age on it is too old.
    pub backup_max_hours: i64,
    /// Failures of the model in a row.
    pub model: Option<ModelFailure>,
    /// The caps on the model's tokens, if there is a model.
    pub caps: Option<Caps>,
    /// The model's tokens used today: by agent, and of all under an empty name.
    pub tokens: Vec<(String, i64)>,
    /// Meta's notices that may stand.
    pub meta: Vec<MetaNotice>,
    /// What the last hours' figures say; none at hosts that do not alert of them.
    pub lately: Option<Lately>,
}

/// What the figures of the last hours say.
#[derive(Clone, Debug, Default)]
pub struct Lately {
    /// Of the last four hours.
    pub four_hours: Figures,
    /// Of the last half hour.
    pub half_hour: Figures,
    /// Messages of each agent in the last day.
    pub day: Vec<(String, i64)>,
    /// Messages of the last two hours.
    pub two_hours: i64,
    /// Messages, replies and forwards of the last hour that were given up.
    pub given_up: (i64, i64, i64),
    /// What became of the last hour's replies.
    pub replies: Deliveries,
    /// Templates of the last hour, which ask people to write, that could not be sent.
    pub templates_lost: i64,
    /// Agents whose last turns of the last hour all failed, and how many in a row.
    pub failing: Vec<(String, i64)>,
}

/// A business number from which nothing is sent.
#[derive(Clone, Debug, Default)]
pub struct RestingNumber {
    /// Meta's `phone_number_id`.
    pub business: String,
    /// For how long, in milliseconds.
    pub rested_ms: i64,
    /// Since when, in milliseconds.
    pub since: i64,
    /// Meta's words.
    pub reason: String,
    /// Meta's code, if the words begin with one.
    pub code: Option<i64>,
    /// Meta's subcode.
    pub subcode: Option<i64>,
}

/// A folder, and the room in it.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// The variable that names it.
    pub variable: &'static str,
    /// The folder.
    pub folder: String,
    /// The bytes that this user may still write there.
    pub free_bytes: u64,
    /// The least that there should be.
    pub min_bytes: u64,
}

/// A rollout, as far as problems are judged by it.
#[derive(Clone, Debug, Default)]
pub struct Candidate {
    /// The agent whose version is tried; none for the service's rollout.
    pub agent: Option<String>,
    /// The percentage of people in it.
    pub percent: f64,
    /// Whether it is under way.
    pub is_under_way: bool,
    /// Whether it is held, by an operator, or by the controller until a limit is met.
    pub is_held: bool,
    /// Whether it was ended before its last step, within a day.
    pub is_aborted: bool,
    /// Why.
    pub reason: String,
    /// Who decided that.
    pub who: String,
}

/// A host that lives.
#[derive(Clone, Debug, Default)]
pub struct HostView {
    /// Its name and the process.
    pub node: String,
    /// How far its clock is ahead of the database's, in milliseconds.
    pub clock_ahead_ms: i64,
    /// What it serves: agents, each with what tells versions and settings apart. None if it did not say.
    pub serves: Option<Vec<(String, String)>>,
}

impl HostView {
    /// The host's name: what stands before the process's.
    pub fn name(&self) -> &str {
        host_of_node(&self.node)
    }
}

/// A time in milliseconds as ISO 8601, in seconds.
pub(crate) fn iso(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A duration in milliseconds for people: seconds, minutes, hours or days.
pub(crate) fn took(ms: i64) -> String {
    match ms / 1000 {
        seconds if seconds < 120 => format!("{seconds} s"),
        seconds if seconds < 2 * 3600 => format!("{} min", seconds / 60),
        seconds if seconds < 48 * 3600 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}
