//! The table of problems against its judges, the alert rules and the documents.

use std::{collections::BTreeSet, fmt::Write as _};

use switchboard_core::{meta_notice::MetaNotice, model::ModelFailure};
use switchboard_edge::{legacy::LegacyFailure, model::Caps};
use switchboard_sandbox::plugins::Refused;
use switchboard_store::{Counts, Deliveries, Figures, Muted, OpenTickets, WriteFailure};

use super::*;
use crate::metric::METRICS;

const HOUR_MS: i64 = 60 * 60 * 1000;
const NOW: i64 = 1_780_000_000_000;

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
    let lately = Lately {
        four_hours,
        half_hour,
        day: vec![("jobs".into(), 1500), ("rides".into(), 1)],
        two_hours: 1,
        given_up: (0, 10, 0),
        replies: Deliveries { ended: 100, undelivered: 10 },
        templates_lost: 0,
        failing: vec![("jobs".into(), 3)],
    };
    Snapshot {
        now: NOW,
        counts: Counts {
            oldest_queued_ms: 60_000,
            dead: 7,
            oldest_reply_ms: 2 * 60_000,
            oldest_forward_ms: 2 * 60_000,
            notices: 1_000,
            ..Counts::default()
        },
        folders: 1,
        disks: vec![Disk { variable: "DATA_DIR", folder: "data".into(), free_bytes: 512 << 20, min_bytes: 512 << 20 }],
        clock_ahead_ms: -2_000,
        agents: vec!["jobs".into(), "rides".into()],
        percent: 100.0,
        rollouts: vec![candidate(Some("jobs")), candidate(None)],
        hosts: vec![host("a", "1"), host("b", "1")],
        tickets: [("urgent", 15 * 60_000), ("low", 24 * HOUR_MS)]
            .map(|(priority, oldest_ms)| tickets(priority, oldest_ms))
            .into(),
        backup_ms: Some(25 * HOUR_MS - 1),
        backup_max_hours: 24,
        caps: Some(Caps { all: 1000, agent: 100, person: 10 }),
        tokens: vec![(String::new(), 799), ("jobs".into(), 79)],
        lately: Some(lately),
        ..Snapshot::default()
    }
}

fn candidate(agent: Option<&str>) -> Candidate {
    Candidate { agent: agent.map(str::to_owned), percent: 10.0, is_under_way: true, ..Candidate::default() }
}

fn host(name: &str, what: &str) -> HostView {
    HostView { node: format!("{name}-0123abcd"), clock_ahead_ms: 0, serves: Some(vec![("jobs".into(), what.into())]) }
}

fn tickets(priority: &str, oldest_ms: i64) -> OpenTickets {
    OpenTickets { priority: priority.to_owned(), count: 2, oldest_ms }
}

fn number(code: Option<i64>, rested_ms: i64) -> RestingNumber {
    RestingNumber {
        business: "111".into(),
        rested_ms,
        since: NOW - rested_ms,
        reason: "words".into(),
        code,
        subcode: None,
    }
}

fn notice(field: &str, event: &str) -> MetaNotice {
    MetaNotice { field: field.into(), event: event.into(), subject: "s".into(), at: NOW - 1, body: "{}".into() }
}

fn lately(snapshot: &mut Snapshot) -> &mut Lately {
    snapshot.lately.get_or_insert_default()
}

/// The alerts of a snapshot that is changed so.
fn fires(change: impl FnOnce(&mut Snapshot)) -> Vec<String> {
    let mut snapshot = well();
    change(&mut snapshot);
    evaluate(&snapshot).iter().filter(|problem| problem.finding.alerts).map(Problem::name).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn nothing_is_a_problem_within_every_limit() {
    assert_eq!(fires(|_| ()), NONE);
    let silent = Snapshot { agents: vec!["jobs".into()], ..Snapshot::default() };
    assert!(evaluate(&silent).is_empty(), "of an empty snapshot, with an agent");
}

/// A change beyond a limit, and the alert that fires then.
type Case = (&'static str, fn(&mut Snapshot));

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("SwitchboardDatabaseAway", |s| s.database_away = Some("refused".into())),
    ("SwitchboardNotStored", |s| s.unstored = Some(WriteFailure { since: NOW, error: "full".into() })),
    ("SwitchboardDiskLow/DATA_DIR", |s| s.disks[0].free_bytes -= 1),
    ("SwitchboardClockOff", |s| s.clock_ahead_ms -= 1),
    ("SwitchboardCollationChanged", |s| s.collation = Some(("1".into(), "2".into()))),
    ("SwitchboardFoldersDiffer", |s| s.folders = 2),
    ("SwitchboardFlagsRefused", |s| s.flags_refused = Some("unknown field".into())),
    ("SwitchboardRolloutHeld", |s| s.rollouts[1].is_held = true),
    ("SwitchboardRolloutAborted", |s| s.rollouts[1].is_aborted = true),
    ("SwitchboardBackupOld", |s| s.backup_ms = Some(25 * HOUR_MS)),
    ("SwitchboardQueueOld", |s| s.counts.oldest_queued_ms = 60_001),
    ("SwitchboardErrorsAtFullRollout", |s| lately(s).four_hours.errors = 6),
    ("SwitchboardErrors", |s| (lately(s).four_hours.errors, s.percent) = (11, 10.0)),
    ("SwitchboardSlow", |s| lately(s).half_hour.p95_ms = Some(2001)),
    ("SwitchboardHandoffsSlow", |s| lately(s).four_hours.handoff_p95_us = Some(5001)),
    ("SwitchboardSessionsFail", |s| lately(s).four_hours.sessions_failed = 3),
    ("SwitchboardMessagesDead", |s| lately(s).given_up.0 = 1),
    ("SwitchboardSignaturesWrong", |s| s.wrong_signatures = Some(3)),
    ("SwitchboardNumberRefused/111", |s| s.resting = vec![number(Some(190), 0)]),
    ("SwitchboardNumberRests/111", |s| s.resting = vec![number(Some(130_429), 120_001)]),
    ("SwitchboardRepliesWait", |s| s.counts.oldest_reply_ms += 1),
    ("SwitchboardForwardsWait", |s| s.counts.oldest_forward_ms += 1),
    ("SwitchboardLegacyFails", |s| s.legacy = Some(LegacyFailure { times: 3, words: "HTTP 500".into() })),
    ("SwitchboardRepliesDead", |s| lately(s).given_up.1 = 11),
    ("SwitchboardRepliesDead", |s| lately(s).replies = Deliveries { ended: 4, undelivered: 4 }),
    ("SwitchboardForwardsDead", |s| lately(s).given_up.2 = 1),
    ("SwitchboardTemplatesLost", |s| lately(s).templates_lost = 1),
    ("SwitchboardNoticesQueued", |s| s.counts.notices += 1),
    ("SwitchboardAccountRestricted/s", |s| s.meta.push(notice("account_update", "ACCOUNT_VIOLATION"))),
    ("SwitchboardNumberQuality/s", |s| s.meta.push(notice("phone_number_quality_update", "FLAGGED"))),
    ("SwitchboardTemplateStopped/s", |s| s.meta.push(notice("message_template_status_update", "PAUSED"))),
    ("SwitchboardTemplateStopped/s", |s| s.meta.push(notice("message_template_quality_update", "RED"))),
    ("SwitchboardTemplateCategory/s", |s| s.meta.push(notice("template_category_update", "MARKETING"))),
    ("SwitchboardAccountAlert/s", |s| s.meta.push(notice("account_alerts", "OBA"))),
    ("SwitchboardNoAgent", |s| s.agents.clear()),
    ("SwitchboardPluginsRefused/jobs.wasm", |s| s.refused.push(Refused { file: "jobs.wasm".into(), reason: "no".into() })),
    ("SwitchboardAgentMissing/farm", |s| s.absent.push(("farm".into(), "farm.wasm".into()))),
    ("SwitchboardAgentsDiffer", |s| (s.hosts[1], s.hosts_differ_ms) = (host("b", "2"), 20_000)),
    ("SwitchboardCandidateDropped/jobs", |s| s.rollouts[0].is_aborted = true),
    ("SwitchboardCandidateHeld/jobs", |s| s.rollouts[0].is_held = true),
    ("SwitchboardAgentRests/jobs", |s| s.resting_agents.push(("jobs".into(), "3fa9c1".into(), NOW, 30, 31))),
    ("SwitchboardAgentFails/jobs", |s| lately(s).failing[0].1 = 4),
    ("SwitchboardAgentMuted/jobs", |s| s.muted.push(Muted { agent: "jobs".into(), until: NOW, notices: 9, answers: 1 })),
    ("SwitchboardCacheNotWritable", |s| s.cache_trouble = Some("full".into())),
    ("SwitchboardMemoryLow", |s| s.memory = Some("too little".into())),
    ("SwitchboardModelFails", |s| s.model = Some(ModelFailure { times: 4, words: "HTTP 500".into() })),
    ("SwitchboardModelBudgetLow/all", |s| s.tokens[0].1 = 800),
    ("SwitchboardModelBudgetGone/jobs", |s| s.tokens[1].1 = 99),
    ("SwitchboardTicketsWait/urgent", |s| s.tickets[0].oldest_ms += 1),
    ("SwitchboardTicketsWait/low", |s| s.tickets[1].oldest_ms += 1),
    ("SwitchboardMessagesHeld", |s| s.counts.held = 1),
    ("SwitchboardMessagesHeld", |s| (s.counts.held, s.percent) = (1001, 10.0)),
    ("SwitchboardNoTraffic", |s| lately(s).two_hours = 0),
    ("SwitchboardAgentWithoutTraffic/waiter", |s| s.agents.push("waiter".into())),
];

#[test]
fn each_kind_is_found_beyond_its_limit_and_nothing_else() {
    for (alert, change) in CASES {
        assert_eq!(fires(change), [*alert]);
    }
    let found: BTreeSet<&str> = CASES.iter().filter_map(|(alert, _)| alert.split('/').next()).collect();
    let all: BTreeSet<&str> = kinds().map(|kind| kind.rule).collect();
    assert_eq!(found, all, "each kind has a case");
}

#[test]
fn small_samples_and_causes_that_pass_by_themselves_alert_of_nothing() {
    let few = |s: &mut Snapshot| {
        lately(s).four_hours =
            Figures { messages: 99, errors: 99, sessions_created: 49, sessions_failed: 49, ..Figures::default() };
        lately(s).half_hour = Figures { messages: 19, p95_ms: Some(9000), ..Figures::default() };
        (lately(s).two_hours, lately(s).day) = (0, vec![("jobs".into(), 999)]);
        lately(s).replies = Deliveries { ended: 3, undelivered: 3 };
    };
    assert_eq!(fires(few), NONE);
    assert_eq!(fires(|s| lately(s).replies = Deliveries { ended: 5, undelivered: 4 }), NONE);
    assert_eq!(fires(|s| (s.counts.held, s.percent) = (1000, 10.0)), NONE);
    assert_eq!(fires(|s| (lately(s).two_hours, s.percent) = (0, 0.0)), NONE);
    assert_eq!(fires(|s| lately(s).four_hours.errors = 10), ["SwitchboardErrorsAtFullRollout"]);
    assert_eq!(fires(|s| s.backup_ms = None), NONE, "backups are made otherwise");
    assert_eq!(fires(|s| s.resting = vec![number(Some(130_429), 120_000)]), NONE);
    assert_eq!(fires(|s| (s.hosts[1], s.hosts_differ_ms) = (host("b", "2"), 19_999)), NONE);
    assert_eq!(fires(|s| (s.hosts[1].serves, s.hosts_differ_ms) = (None, 30_000)), NONE, "it has not said yet");
    assert_eq!(fires(|s| s.agents.clear()), ["SwitchboardNoAgent"]);
    assert_eq!(fires(|s| (s.agents, s.starting) = (Vec::new(), vec!["jobs".into()])), NONE);
    assert_eq!(fires(|s| s.lately = None), NONE);
    // A number that rests is said by `/health` at once.
    let mut snapshot = well();
    snapshot.resting = vec![number(None, 1)];
    let said = evaluate(&snapshot);
    assert!(said.len() == 1 && said[0].kind.degrades && !said[0].finding.alerts);
}

#[test]
fn a_refused_number_says_what_to_do_and_what_waits() {
    let mut snapshot = well();
    (snapshot.counts.outbox_waiting, snapshot.counts.oldest_reply_ms) = (12, 70_000);
    snapshot.resting = vec![RestingNumber { reason: "190: expired".into(), ..number(Some(190), 70_000) }];
    let said = evaluate(&snapshot)[0].sentence();
    for words in ["number 111 since ", "190: expired", "set WHATSAPP_ACCESS_TOKEN", "12 replies wait, the oldest 70 s"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn every_kind_has_its_own_names_a_metric_and_an_action() {
    let (mut names, mut rules) = (BTreeSet::new(), BTreeSet::new());
    for kind in kinds() {
        assert!(names.insert(kind.name) && rules.insert(kind.rule), "{} is there twice", kind.name);
        assert!(METRICS.iter().any(|(name, ..)| *name == kind.metric), "{}: {} is no metric", kind.name, kind.metric);
        let is_action = kind.action.ends_with(['.', '?']) && kind.action.len() > 20;
        assert!(is_action && !kind.when.is_empty(), "{}: what is to be done?", kind.name);
        assert!(kind.rule.starts_with("Switchboard") && kind.name.chars().all(|c| c == '_' || c.is_ascii_lowercase()));
    }
}

/// A file of the repository.
fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).expect(path)
}

/// The rules that only somebody outside can evaluate.
const OUTSIDE: [&str; 2] = ["SwitchboardDown", "SwitchboardGone"];

#[test]
fn every_kind_has_a_rule_of_its_severity_action_and_metric_and_a_test() {
    let (rules, tests) = (read("deploy/prometheus/alerts.yml"), read("deploy/prometheus/alerts_test.yml"));
    let rules: Vec<&str> = rules.split("- alert: ").skip(1).collect();
    let rule = |name: &str| rules.iter().find(|rule| rule.lines().next() == Some(name));
    for kind in kinds() {
        let rule = rule(kind.rule).unwrap_or_else(|| panic!("no rule {}", kind.rule));
        assert!(rule.contains(&format!("severity: {} ", kind.severity.as_str())), "{}: severity", kind.rule);
        assert!(
            rule.contains(&format!("what_to_do: {:?}", kind.action)),
            "{}: what_to_do is not {:?}",
            kind.rule,
            kind.action
        );
        assert!(rule.contains(kind.metric), "{}: {}", kind.rule, kind.metric);
        assert!(tests.contains(&format!("alertname=\"{}\"", kind.rule)), "{}: no test makes it fire", kind.rule);
    }
    let known = |rule: &&str| OUTSIDE.contains(rule) || kind_of_rule(rule).is_some();
    let unknown: Vec<&str> = rules.iter().filter_map(|rule| rule.lines().next()).filter(|rule| !known(rule)).collect();
    assert_eq!(unknown, NONE, "rules of no kind");
}

/// The table of the document: `UPDATE_EXPECT=1` writes it.
#[test]
fn the_document_has_the_table() {
    let mut table = String::from(
        "| problem | rule | severity | when | of | metric | what to do |\n| --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for kind in kinds() {
        let of = match kind.scope {
            Scope::Host => "one host",
            Scope::Shared => "all",
        };
        let health = if kind.degrades { "" } else { " (not in `/health`)" };
        let Kind { name, rule, when, metric, action, .. } = kind;
        let severity = kind.severity.as_str();
        let _ = writeln!(table, "| `{name}`{health} | `{rule}` | {severity} | {when} | {of} | `{metric}` | {action} |");
    }
    let (begin, end) =
        ("<!-- problems: made by `UPDATE_EXPECT=1 cargo test -p switchboard --lib problem::` -->\n", "<!-- end -->");
    let document = read("docs/metrics.md");
    let (head, rest) = document.split_once(begin).expect("the table's place");
    let (there, tail) = rest.split_once(end).expect("its end");
    #[allow(clippy::disallowed_methods)]
    let updates = std::env::var_os("UPDATE_EXPECT").is_some();
    if updates {
        let path = format!("{}/../docs/metrics.md", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, format!("{head}{begin}{table}{end}{tail}")).expect("written");
    } else {
        assert_eq!(there, table, "UPDATE_EXPECT=1 writes it");
    }
}
