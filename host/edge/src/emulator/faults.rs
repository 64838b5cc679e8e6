//! Fault injection. The same seed gives the same faults.

use serde::Deserialize;

/// The faults to inject from now on. Every field is optional.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Faults {
    /// The seed of the random delays.
    pub seed: u64,
    /// Post everything to the webhook twice.
    pub duplicate: bool,
    /// Deliver in random order, within 50 ms.
    pub reorder: bool,
    /// Wait before each post to the webhook.
    pub delay_ms: u64,
    /// Refuse the next sends like this, one entry after the other.
    pub fail: Vec<Fail>,
    /// The number of next sends that are accepted, with the connection broken instead of an answer.
    pub drop_answer: u32,
    /// Post no statuses.
    pub no_status: bool,
    /// Enforce the 24-hour customer service window: refuse all but templates when it is closed (code 131047).
    pub window: bool,
    /// Post the status `read` too.
    pub read: bool,
    /// Refuse the token in requests about the account.
    pub refuse_token: bool,
    /// Answer that no app is subscribed to the account.
    pub unsubscribed: bool,
}

/// A refusal of sends.
#[derive(Clone, Debug, Deserialize)]
pub struct Fail {
    /// HTTP status.
    pub status: u16,
    /// Graph code; left out for an answer that is not Meta's.
    #[serde(default)]
    pub code: Option<i64>,
    /// How many times.
    #[serde(default = "once")]
    pub count: u32,
}

fn once() -> u32 {
    1
}

impl Faults {
    /// Takes the next refusal, if one is due.
    pub(super) fn next_fail(&mut self) -> Option<Fail> {
        let first = self.fail.first_mut()?;
        let fail = first.clone();
        first.count = first.count.saturating_sub(1);
        if first.count == 0 {
            self.fail.remove(0);
        }
        (fail.count > 0).then_some(fail)
    }

    /// Whether to break the connection of this send.
    pub(super) fn drops_answer(&mut self) -> bool {
        let drops = self.drop_answer > 0;
        self.drop_answer = self.drop_answer.saturating_sub(1);
        drops
    }

    /// The delay before the next post to the webhook, in milliseconds.
    pub(super) fn pause_ms(&mut self) -> u64 {
        if !self.reorder {
            return self.delay_ms;
        }
        // A linear congruential generator with Knuth's multiplier is good enough here.
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.delay_ms + (self.seed >> 33) % 50
    }
}
