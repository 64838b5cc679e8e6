//! Ways to misbehave, on demand. The same seed misbehaves the same way.

use serde::Deserialize;

/// What goes wrong from now on. Every part may be left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Faults {
    /// Seed of chance.
    pub seed: u64,
    /// Post everything to the webhook twice.
    pub duplicate: bool,
    /// Deliver in an order of chance, within 50 ms.
    pub reorder: bool,
    /// Wait before each post to the webhook.
    pub delay_ms: u64,
    /// Answer the next sends like this, one entry after the other.
    pub fail: Vec<Fail>,
    /// Take the next so many sends and break the connection instead of answering.
    pub drop_answer: u32,
    /// Post no statuses.
    pub no_status: bool,
    /// Refuse all but templates 24 hours after a phone's last word (code 131047).
    pub window: bool,
    /// Post `read` too.
    pub read: bool,
    /// Refuse the token where the account is asked about.
    pub refuse_token: bool,
    /// No app is subscribed to the account.
    pub unsubscribed: bool,
}

/// An answer of refusal.
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
    /// The refusal that is due, if one is.
    pub(super) fn next_fail(&mut self) -> Option<Fail> {
        let first = self.fail.first_mut()?;
        let fail = first.clone();
        first.count = first.count.saturating_sub(1);
        if first.count == 0 {
            self.fail.remove(0);
        }
        (fail.count > 0).then_some(fail)
    }

    /// Whether this send's answer is lost.
    pub(super) fn drops_answer(&mut self) -> bool {
        let drops = self.drop_answer > 0;
        self.drop_answer = self.drop_answer.saturating_sub(1);
        drops
    }

    /// Milliseconds before the next post to the webhook.
    pub(super) fn pause_ms(&mut self) -> u64 {
        if !self.reorder {
            return self.delay_ms;
        }
        // Knuth's multiplier; nothing here needs better chance.
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.delay_ms + (self.seed >> 33) % 50
    }
}
