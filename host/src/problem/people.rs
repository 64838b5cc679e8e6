//! Problems of people who wait: for a human, and outside the rollout; and of people who do not come.

use super::{Finding, Kind, Snapshot, kind::WARN, snapshot::took};

/// How long a ticket may wait for a human, by its priority, in milliseconds.
pub(crate) const TICKET_MS_MAX: [(&str, i64); 4] = [
    ("urgent", 15 * MINUTE_MS),
    ("high", 60 * MINUTE_MS),
    ("medium", 8 * 60 * MINUTE_MS),
    ("low", 24 * 60 * MINUTE_MS),
];

const MINUTE_MS: i64 = 60 * 1000;

/// How many messages may be held.
const HELD_MAX: i64 = 1_000;

/// The least messages per day for which missing traffic is a problem.
const DAY_MIN: i64 = 1_000;

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "tickets_wait",
        rule: "SwitchboardTicketsWait",
        when: "unanswered: urgent 15 minutes, high 1 hour, medium 8 hours, low 24 hours",
        metric: "switchboard_oldest_ticket_seconds",
        action: "`switchboard tickets list` shows them; `switchboard tickets answer <number> \"…\"` answers.",
        judge: |s| {
            let late = |(priority, max): &(&'static str, i64)| {
                let open = s.tickets.iter().find(|open| open.priority == *priority && open.oldest_ms > *max)?;
                let (count, oldest) = (open.count, took(open.oldest_ms));
                let words = format!("{count} {priority} tickets are not answered, the oldest for {oldest}");
                Some(Finding::of(*priority, words))
            };
            TICKET_MS_MAX.iter().filter_map(late).collect()
        },
        ..WARN
    },
    Kind {
        name: "messages_held",
        rule: "SwitchboardMessagesHeld",
        when: "messages held: any at 100 %, else more than 1000 (Prometheus: 10 minutes)",
        metric: "switchboard_messages",
        action: "Raise the rollout, or `switchboard rollout release` when these people are in.",
        judge: |s| {
            let held = s.counts.held;
            let is_much = held > HELD_MAX || (held > 0 && s.percent >= 100.0);
            if is_much {
                vec![Finding::new(format!("{held} messages of people outside the rollout are kept unanswered"))]
            } else {
                Vec::new()
            }
        },
        ..WARN
    },
    Kind {
        name: "no_traffic",
        rule: "SwitchboardNoTraffic",
        when: "no message answered for two hours, on days of 1000 messages (Prometheus: on any)",
        metric: "switchboard_turns_total",
        action: "Check that Meta's webhook still points here and that its certificate is valid; a message from a phone tests both.",
        judge: |s| {
            let Some(lately) = s.lately.as_ref().filter(|_| s.percent > 0.0) else { return Vec::new() };
            let is_missing = of_day(s) >= DAY_MIN && lately.two_hours == 0;
            if is_missing { vec![Finding::new("no message was answered for two hours")] } else { Vec::new() }
        },
        ..WARN
    },
    Kind {
        name: "agent_without_traffic",
        rule: "SwitchboardAgentWithoutTraffic",
        degrades: false,
        when: "an agent has none of a day's 1000 messages",
        metric: "switchboard_turns_total",
        action: "Check that the menu shows the agent; `switchboard route` evaluates keyword routing on sentences.",
        judge: |s| {
            let Some(lately) = s.lately.as_ref().filter(|_| s.percent > 0.0) else { return Vec::new() };
            let all = of_day(s);
            let is_quiet = |agent: &&String| all >= DAY_MIN && !lately.day.iter().any(|(of, _)| of == *agent);
            let words = |agent: &String| {
                Finding::of_agent(agent, format!("agent `{agent}` had no messages in a day of {all} messages"))
            };
            s.agents.iter().filter(is_quiet).map(words).collect()
        },
        ..WARN
    },
];

/// The messages of the last day.
fn of_day(snapshot: &Snapshot) -> i64 {
    snapshot.lately.as_ref().map_or(0, |lately| lately.day.iter().map(|(_, messages)| messages).sum())
}
