//! The alert rules: the deployment checklist's thresholds, and others for failures of the host. Pure: from a snapshot to alerts.
//! `deploy/prometheus/alerts.yml` has the same rules for Prometheus.

use switchboard_store::{Counts, Figures};

/// The figures that the rules evaluate.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
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
    /// Templates of the last hour, which ask people to write, that could not be sent.
    pub templates_lost: i64,
    /// Queue lengths.
    pub counts: Counts,
    /// The percentage of people served; 0 while the service is off.
    pub percent: f64,
    /// Why the flags row is refused, or that it is gone.
    pub flags_refused: Option<String>,
    /// The age of the newest backup that `db backup` made; none if it never made one.
    pub backup_ms: Option<i64>,
    /// From which age it is too old.
    pub backup_max_hours: i64,
    /// Business numbers from which nothing is sent: which, for how many milliseconds, and why.
    pub resting: Vec<(String, i64, String)>,
    /// Why plugins, or `plugins.toml`, are refused: a sentence each.
    pub refused: Vec<String>,
    /// Why agents are out of service at this host: a sentence each.
    pub resting_agents: Vec<String>,
    /// Why notices of agents are muted: a sentence each.
    pub muted: Vec<String>,
    /// The agents in service that are on.
    pub agents: Vec<String>,
}

/// An alert that fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// The rule's name as in `alerts.yml`, followed by `/` and the agent's name if the rule is about one agent.
    pub name: String,
    /// A sentence that describes the problem.
    pub words: String,
}

/// The smallest sample for which an error rate is evaluated.
const MESSAGES_MIN: i64 = 100;
/// The least messages per day for which missing traffic is an alert.
const DAY_MIN: i64 = 1000;

/// Evaluates all rules; returns the alerts that fire.
pub fn evaluate_rules(snapshot: &Snapshot) -> Vec<Alert> {
    let mut alerts = Vec::new();
    let mut say = |name: &str, words: String| alerts.push(Alert { name: name.to_owned(), words });
    let four = &snapshot.four_hours;
    let percent = four.error_percent();
    if percent > 1.0 && four.messages >= MESSAGES_MIN {
        say("SwitchboardErrors", errors(four));
    }
    if percent > 0.5 && four.messages >= 2 * MESSAGES_MIN && snapshot.percent >= 50.0 {
        say("SwitchboardErrorsAtFullRollout", errors(four));
    }
    if let Some(p95) = snapshot.half_hour.p95_ms
        && p95 > 2000
        && snapshot.half_hour.messages >= 20
    {
        say("SwitchboardSlow", format!("5 of 100 messages of the last half hour waited longer than {p95} ms"));
    }
    if let Some(p95) = four.handoff_p95_us
        && p95 > 5000
        && four.handoffs >= 20
    {
        say("SwitchboardHandoffsSlow", format!("5 of 100 handoffs took the host longer than {p95} µs"));
    }
    if four.session_percent() < 99.0 && four.sessions_created >= 50 {
        let (failed, of) = (four.sessions_failed, four.sessions_created);
        say("SwitchboardSessionsFail", format!("{failed} of {of} new conversations began with an apology"));
    }
    let oldest = snapshot.counts.oldest_queued_ms / 1000;
    if oldest > 60 {
        say("SwitchboardQueueOld", format!("a message has waited {oldest} s for its answer"));
    }
    evaluate_sends(snapshot, &mut say);
    let held = snapshot.counts.held;
    if held > 1000 || (held > 0 && snapshot.percent >= 100.0) {
        say("SwitchboardMessagesHeld", format!("{held} messages of people outside the rollout are kept unanswered"));
    }
    let of_day: i64 = snapshot.day.iter().map(|(_, messages)| messages).sum();
    if of_day >= DAY_MIN && snapshot.percent > 0.0 {
        if snapshot.two_hours == 0 {
            say("SwitchboardNoTraffic", "no message was answered for two hours".to_owned());
        }
        for agent in snapshot.agents.iter().filter(|agent| !snapshot.day.iter().any(|(of, _)| of == *agent)) {
            say(&format!("{QUIET}/{agent}"), format!("agent `{agent}` had no messages in a day of {of_day} messages"));
        }
    }
    if let Some(error) = &snapshot.flags_refused {
        say(
            "SwitchboardFlagsRefused",
            format!("the flags row is refused or gone, the last good flags are in force, or less: {error}"),
        );
    }
    let backup_hours = snapshot.backup_ms.map_or(0, |age| age / HOUR_MS);
    if backup_hours > snapshot.backup_max_hours {
        say("SwitchboardBackupOld", format!("the newest backup is {backup_hours} hours old"));
    }
    alerts
}

/// The rules of what leaves, and of what was given up.
fn evaluate_sends(snapshot: &Snapshot, say: &mut impl FnMut(&str, String)) {
    let (messages, replies, forwards) = snapshot.given_up;
    if messages > 0 {
        say("SwitchboardMessagesDead", format!("{messages} messages of the last hour were given up"));
    }
    if replies > 10 {
        say("SwitchboardRepliesDead", format!("{replies} replies of the last hour could not be sent"));
    }
    if forwards > 0 {
        let words = format!("{forwards} messages of the last hour were not taken by the legacy service");
        say("SwitchboardForwardsDead", words);
    }
    let templates = snapshot.templates_lost;
    if templates > 0 {
        say("SwitchboardTemplatesLost", format!("{templates} templates of the last hour could not be sent"));
    }
    for (number, rested, reason) in snapshot.resting.iter().filter(|(_, rested, _)| *rested > RESTS_MS_MAX) {
        let words = format!("nothing was sent from the number {number} for {} s: {reason}", rested / 1000);
        say(&format!("{RESTS}/{number}"), words);
    }
    let oldest = snapshot.counts.oldest_reply_ms;
    if oldest > REPLY_MS_MAX {
        say("SwitchboardRepliesWait", format!("a reply has waited {} s to be sent", oldest / 1000));
    }
    if !snapshot.refused.is_empty() {
        say("SwitchboardPluginsRefused", snapshot.refused.join("; "));
    }
    if !snapshot.resting_agents.is_empty() {
        say("SwitchboardAgentRests", snapshot.resting_agents.join("; "));
    }
    if !snapshot.muted.is_empty() {
        say("SwitchboardAgentMuted", snapshot.muted.join("; "));
    }
    let notices = snapshot.counts.notices;
    if notices > NOTICES_MAX {
        say("SwitchboardNoticesQueued", format!("{notices} notices wait to be told"));
    }
}

/// How long a business number may rest, in milliseconds.
const RESTS_MS_MAX: i64 = 2 * 60 * 1000;

/// How long a reply may wait to be sent, in milliseconds.
const REPLY_MS_MAX: i64 = 5 * 60 * 1000;

/// How many notices may wait to be told.
const NOTICES_MAX: i64 = 1_000;

/// The rule for a business number that rests.
const RESTS: &str = "SwitchboardNumberRests";

const HOUR_MS: i64 = 60 * 60 * 1000;

/// The rule for an agent without traffic.
const QUIET: &str = "SwitchboardAgentWithoutTraffic";

fn errors(figures: &Figures) -> String {
    let Figures { errors, messages, .. } = figures;
    let percent = figures.error_percent();
    format!("{errors} of {messages} messages of the last 4 hours ({percent:.2} %) got no answer of an agent")
}

/// The instruction for an alert of this name.
pub fn what_to_do(name: &str) -> &'static str {
    match name.split('/').next().unwrap_or_default() {
        "SwitchboardErrors" => {
            "`switchboard report --since 4h` says which agent and version. Turn that agent off, or lower the rollout."
        }
        "SwitchboardErrorsAtFullRollout" => "`switchboard report --since 4h`; do not raise the rollout.",
        "SwitchboardSlow" => {
            "`switchboard report --since 1h` says whose; look at the database, the model's service, and the processors."
        }
        "SwitchboardHandoffsSlow" => "The processors are busy: fewer messages for each host, or more hosts.",
        "SwitchboardSessionsFail" => "Look in the log for `a message is given up`; it says why.",
        "SwitchboardQueueOld" => "/health says what is wrong; the log says why turns are tried again.",
        "SwitchboardMessagesDead" => {
            "`switchboard dead list messages` says why; mend that, then `switchboard dead retry messages`."
        }
        "SwitchboardRepliesDead" => {
            "`switchboard dead list replies` says why, in Meta's words; mend that, then `switchboard dead retry replies`."
        }
        "SwitchboardTemplatesLost" => {
            "`switchboard dead list replies` says why (`template` in the line); is NOTICE_TEMPLATE approved?"
        }
        "SwitchboardForwardsDead" => {
            "`switchboard dead list forwards` says why; mend the legacy service, then `switchboard dead retry forwards`."
        }
        RESTS => {
            "The reason is Meta's: a token that expired, an account that is restricted, an outage. Replies wait, uncharged."
        }
        "SwitchboardRepliesWait" => "/health says whether a number rests; the log says why sends are tried again.",
        "SwitchboardPluginsRefused" => {
            "`switchboard agents list` says why. What served before still serves: mend the file, or put the one before back."
        }
        "SwitchboardAgentRests" => {
            "Put a version in its place: `switchboard agents rollback <name>`, or a new file. It is tried again by itself."
        }
        "SwitchboardAgentMuted" => {
            "Look what the agent notifies of; once it is mended, `switchboard agents unmute <name>`. It answers meanwhile."
        }
        "SwitchboardNoticesQueued" => {
            "/health says whether an agent is muted or a number rests; `select agent, count(*) from notice group by agent` whose they are."
        }
        "SwitchboardMessagesHeld" => "Raise the rollout, or `switchboard rollout release` when these people are in.",
        "SwitchboardNoTraffic" => {
            "Check that Meta's webhook still points here and that its certificate is valid; a message from a phone tests both."
        }
        QUIET => "Check that the menu shows the agent; `switchboard route` evaluates keyword routing on sentences.",
        "SwitchboardBackupOld" => "Look why the job that runs `switchboard db backup` does not, and make one now.",
        "SwitchboardFlagsRefused" => "`switchboard flags show` says what is wrong with it.",
        _ => "See docs/metrics.md.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> Snapshot {
        let four_hours = Figures {
            messages: 1000,
            errors: 5,
            p95_ms: Some(1900),
            handoffs: 100,
            handoff_p95_us: Some(5000),
            sessions_created: 200,
            sessions_failed: 2,
            ..Figures::default()
        };
        let half_hour = Figures { messages: 100, p95_ms: Some(2000), ..Figures::default() };
        Snapshot {
            four_hours,
            half_hour,
            day: vec![("jobs".into(), 1500), ("rides".into(), 1)],
            two_hours: 1,
            given_up: (0, 10, 0),
            resting: vec![("111".into(), 2 * 60_000, "190".into())],
            refused: Vec::new(),
            resting_agents: Vec::new(),
            muted: Vec::new(),
            templates_lost: 0,
            counts: Counts {
                oldest_queued_ms: 60_000,
                dead: 7,
                oldest_reply_ms: 5 * 60_000,
                notices: 1_000,
                ..Counts::default()
            },
            percent: 100.0,
            flags_refused: None,
            backup_ms: Some(25 * HOUR_MS - 1),
            backup_max_hours: 24,
            agents: vec!["jobs".into(), "rides".into()],
        }
    }

    fn fires(change: impl FnOnce(&mut Snapshot)) -> Vec<String> {
        let mut snapshot = well();
        change(&mut snapshot);
        let alerts = evaluate_rules(&snapshot);
        assert!(alerts.iter().all(|alert| what_to_do(&alert.name) != what_to_do("")), "{alerts:?}");
        alerts.into_iter().map(|alert| alert.name).collect()
    }

    #[test]
    fn nothing_fires_within_every_limit() {
        assert_eq!(fires(|_| ()), [] as [&str; 0]);
        assert_eq!(evaluate_rules(&Snapshot::default()), [], "an empty snapshot fires nothing either");
    }

    #[test]
    fn each_rule_fires_beyond_its_limit() {
        assert_eq!(fires(|s| s.four_hours.errors = 6), ["SwitchboardErrorsAtFullRollout"]);
        let early = |errors| move |s: &mut Snapshot| (s.four_hours.errors, s.percent) = (errors, 10.0);
        assert_eq!(fires(early(10)), [] as [&str; 0]);
        assert_eq!(fires(early(11)), ["SwitchboardErrors"]);
        assert_eq!(fires(|s| s.half_hour.p95_ms = Some(2001)), ["SwitchboardSlow"]);
        assert_eq!(fires(|s| s.four_hours.handoff_p95_us = Some(5001)), ["SwitchboardHandoffsSlow"]);
        assert_eq!(fires(|s| s.four_hours.sessions_failed = 3), ["SwitchboardSessionsFail"]);
        assert_eq!(fires(|s| s.counts.oldest_queued_ms = 61_000), ["SwitchboardQueueOld"]);
        assert_eq!(fires(|s| s.given_up.0 = 1), ["SwitchboardMessagesDead"]);
        assert_eq!(fires(|s| s.given_up.1 = 11), ["SwitchboardRepliesDead"]);
        assert_eq!(fires(|s| s.given_up.2 = 1), ["SwitchboardForwardsDead"]);
        assert_eq!(fires(|s| s.resting[0].1 += 1), ["SwitchboardNumberRests/111"]);
        assert_eq!(fires(|s| s.counts.oldest_reply_ms += 1), ["SwitchboardRepliesWait"]);
        assert_eq!(fires(|s| s.refused.push("jobs.wasm is refused".into())), ["SwitchboardPluginsRefused"]);
        assert_eq!(fires(|s| s.resting_agents.push("jobs rests".into())), ["SwitchboardAgentRests"]);
        assert_eq!(fires(|s| s.muted.push("jobs is muted".into())), ["SwitchboardAgentMuted"]);
        assert_eq!(fires(|s| s.counts.notices += 1), ["SwitchboardNoticesQueued"]);
        assert_eq!(fires(|s| s.templates_lost = 1), ["SwitchboardTemplatesLost"]);
        assert_eq!(fires(|s| s.counts.held = 1), ["SwitchboardMessagesHeld"]);
        assert_eq!(fires(|s| (s.counts.held, s.percent) = (1000, 10.0)), [] as [&str; 0]);
        assert_eq!(fires(|s| (s.counts.held, s.percent) = (1001, 10.0)), ["SwitchboardMessagesHeld"]);
        assert_eq!(fires(|s| s.two_hours = 0), ["SwitchboardNoTraffic"]);
        assert_eq!(fires(|s| (s.two_hours, s.percent) = (0, 0.0)), [] as [&str; 0]);
        assert_eq!(fires(|s| s.agents.push("waiter".into())), ["SwitchboardAgentWithoutTraffic/waiter"]);
        assert_eq!(fires(|s| s.backup_ms = Some(25 * HOUR_MS)), ["SwitchboardBackupOld"]);
        assert_eq!(fires(|s| s.backup_ms = None), [] as [&str; 0], "backups are made otherwise");
        assert_eq!(fires(|s| s.flags_refused = Some("unknown field".into())), ["SwitchboardFlagsRefused"]);
    }

    #[test]
    fn small_samples_fire_nothing() {
        let few = |s: &mut Snapshot| {
            s.four_hours =
                Figures { messages: 99, errors: 99, sessions_created: 49, sessions_failed: 49, ..Figures::default() };
            s.half_hour = Figures { messages: 19, p95_ms: Some(9000), ..Figures::default() };
            (s.two_hours, s.day) = (0, vec![("jobs".into(), 999)]);
        };
        assert_eq!(fires(few), [] as [&str; 0]);
    }
}
