//! The states of an outbox row: which event leads from which state to which.
//!
//! The statements take the states that they may change from [`from!`](crate::outbox::states::from), so this table is what both databases
//! do. `docs/outbox.md` shows it; a test holds the two against each other.

/// A transition of the state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// What happens.
    pub event: &'static str,
    /// The states in which it may happen, as a list in SQL.
    pub from: &'static str,
    /// The state after it.
    pub to: &'static str,
    /// What else it does.
    pub effect: &'static str,
}

/// The states of rows that are neither sent nor given up: what comes later in their lane waits for them.
macro_rules! waiting {
    () => {
        "('queued', 'sending', 'unknown')"
    };
}

/// The states in which an event may happen, as a list in SQL.
macro_rules! from {
    (begun) => {
        "('queued', 'unknown')"
    };
    (barred) => {
        "('queued', 'unknown')"
    };
    (taken) => {
        "('sending', 'unknown', 'dead', 'barred')"
    };
    (put_back) => {
        "('sending')"
    };
    (refused) => {
        "('sending')"
    };
    (lost) => {
        "('sending')"
    };
    (failed) => {
        "('sending')"
    };
    (crashed) => {
        "('sending')"
    };
    (expired) => {
        "('unknown')"
    };
    (reported) => {
        "('queued', 'sending', 'unknown', 'dead', 'barred')"
    };
    (bounced) => {
        "('sending', 'unknown', 'sent')"
    };
    (rejected) => {
        "('queued', 'sending', 'unknown', 'sent')"
    };
    (retried) => {
        "('dead', 'barred')"
    };
    (discarded) => {
        "('queued', 'unknown', 'dead', 'barred')"
    };
}

pub(crate) use {from, waiting};

const fn on(event: &'static str, from: &'static str, to: &'static str, effect: &'static str) -> Transition {
    Transition { event, from, to, effect }
}

/// All transitions. An event in another state changes nothing; it is counted and logged.
pub const TRANSITIONS: [Transition; 14] = [
    on(
        "begun",
        from!(begun),
        "sending",
        "by the host that holds the lane's send lease, if the row is due, the first of its lane and as it was read",
    ),
    on(
        "barred",
        from!(barred),
        "barred",
        "in place of begun: the person has opted out, the 24-hour window is closed, the address is not the person's any more, or a human took the person over after it was written",
    ),
    on("taken", from!(taken), "sent", "Meta gave a wamid; a row that a status called failed stays as it is"),
    on("put_back", from!(put_back), "queued", "nothing was taken, and the trouble is not the row's: it is not charged"),
    on(
        "refused",
        from!(refused),
        "queued",
        "nothing was taken: an attempt is charged, and the row waits for its backoff",
    ),
    on("lost", from!(lost), "unknown", "it may have been taken: the row waits for a status"),
    on("failed", from!(failed), "dead", "it will never be taken, or its attempts are used up"),
    on("crashed", from!(crashed), "unknown", "the host that sent it is gone: the row waits for a status"),
    on("expired", from!(expired), "dead", "what became of it can never be known"),
    on("reported", from!(reported), "sent", "a status says that it was sent, delivered or read"),
    on("bounced", from!(bounced), "queued", "a status says that nothing was taken: as refused, and the wamid is void"),
    on("rejected", from!(rejected), "dead", "a status says that it will never be taken"),
    on("retried", from!(retried), "queued", "by hand: `dead retry`; attempts and wamid begin anew"),
    on("discarded", from!(discarded), "discarded", "by hand: `dead discard`"),
];

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [&str; 7] = ["queued", "sending", "unknown", "sent", "barred", "dead", "discarded"];

    #[test]
    fn every_state_is_known_and_every_waiting_one_has_a_way_out() {
        for Transition { event, from, to, .. } in TRANSITIONS {
            let from: Vec<&str> =
                from.trim_matches(['(', ')']).split(", ").map(|state| state.trim_matches('\'')).collect();
            assert!(from.iter().chain([&to]).all(|state| STATES.contains(state)), "{event}: {from:?} → {to}");
            assert!(!from.contains(&to), "{event} changes nothing");
        }
        for state in STATES {
            let quoted = format!("'{state}'");
            let leads_on = TRANSITIONS
                .iter()
                .any(|transition| transition.from.contains(&quoted) && !waiting!().contains(transition.to));
            assert_eq!(leads_on, state != "discarded", "{state}");
        }
    }

    #[test]
    fn the_document_shows_the_table() {
        let document = include_str!("../../../../docs/outbox.md");
        for Transition { event, from, to, effect } in TRANSITIONS {
            let from = from.trim_matches(['(', ')']).replace('\'', "`");
            let row = format!("| {event} | {from} | `{to}` | {effect} |");
            assert!(document.contains(&row), "docs/outbox.md lacks\n{row}");
        }
    }
}
