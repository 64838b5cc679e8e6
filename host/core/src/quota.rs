//! Bounds of what goes to people unasked: how deep notices may cause each other, and how many there are in a day.

/// Milliseconds of a UTC day, the period of all daily quotas.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The greatest depth of a notice. A message of a person has depth 0, and a notice is one deeper than what its agent was answering: the
/// person's message causes a notice, that causes another, and there it ends.
pub const DEPTH_MAX: u32 = 2;

/// How far ahead a timer fires at the least, in milliseconds. One that is set for earlier, or for a time that is over, fires then.
pub const TIMER_SOONEST_MS: u64 = 60_000;

/// How many there may be in a UTC day, over all hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// `NOTICES_PER_AGENT`: notices of one agent.
    pub agent: i64,
    /// `NOTICES_PER_SENDER`: notices that one person's messages cause.
    pub sender: i64,
    /// `NOTICES_PER_RECIPIENT`: notices to one person.
    pub recipient: i64,
    /// `TIMERS_PER_PERSON`: firings of the timers of one agent for one person; the others fire the next day.
    pub timers: i64,
}

impl Default for Quotas {
    fn default() -> Quotas {
        Quotas { agent: 20_000, sender: 100, recipient: 200, timers: 24 }
    }
}

/// What is left today of the quotas that a notice counts against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoticesLeft {
    /// The agent's; none while its notices are muted.
    pub agent: Option<i64>,
    /// The sender's.
    pub sender: i64,
    /// The recipient's.
    pub recipient: i64,
}

/// The beginning of the UTC day of a time; both in milliseconds.
pub fn day_of(at: i64) -> i64 {
    at.div_euclid(DAY_MS) * DAY_MS
}
