//! What the signatures of deliveries say of the app secret: while all are wrong, it is probably not Meta's any more.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use switchboard_core::seldom::Seldom;

/// How many wrong signatures without a right one are a problem: a stranger's single try is none.
const WRONG_MIN: u64 = 3;

/// How long a wrong signature counts.
const COUNTS_FOR: Duration = Duration::from_secs(600);

/// Wamids of refused deliveries that wait to be noted; later ones take the place of earlier ones.
const WAMIDS_MAX: usize = 256;

/// Wamids that are taken from one refused delivery.
const WAMIDS_OF_ONE: usize = 5;

/// The bytes of a refused delivery that are looked through: it may be a stranger's.
const LOOKED_THROUGH: usize = 64 << 10;

/// The longest wamid in bytes.
const WAMID_MAX: usize = 200;

/// Counts right and wrong signatures, and keeps what refused deliveries name.
#[derive(Debug)]
pub struct SignatureWatch {
    /// Wamids that refused deliveries named, with the time in milliseconds.
    refused: Mutex<VecDeque<(String, i64)>>,
    told: Seldom,
    /// Right ones since the wrong ones were told last.
    right: AtomicU64,
    /// Wrong ones since the last right one, and when the last of them came.
    wrong: Mutex<(u64, Option<Instant>)>,
}

impl Default for SignatureWatch {
    fn default() -> SignatureWatch {
        SignatureWatch {
            refused: Mutex::default(),
            told: Seldom::each_minute(),
            right: AtomicU64::new(0),
            wrong: Mutex::default(),
        }
    }
}

impl SignatureWatch {
    /// A delivery was signed with one of our secrets.
    pub(super) fn right(&self) {
        self.right.fetch_add(1, Ordering::Relaxed);
        *self.wrong.lock().unwrap_or_else(PoisonError::into_inner) = (0, None);
    }

    /// A delivery was signed with something else.
    pub(super) fn wrong(&self, now: Instant) {
        {
            let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
            *wrong = (wrong.0 + 1, Some(now));
        }
        if let Some(times) = self.told.hit(now) {
            let all = times + self.right.swap(0, Ordering::Relaxed);
            tracing::warn!(times, all, "{times} of {all} deliveries had a wrong signature and were refused");
        }
    }

    /// Keeps the wamids that a refused body names, so that a trace can say that it came.
    pub(super) fn refused(&self, body: &[u8], now: i64) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        for wamid in wamids(body) {
            if refused.len() == WAMIDS_MAX {
                refused.pop_front();
            }
            refused.push_back((wamid, now));
        }
    }

    /// Takes the wamids of deliveries that were refused since.
    pub fn take_refused(&self) -> Vec<(String, i64)> {
        std::mem::take(&mut *self.refused.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }

    /// How many signatures were wrong since the last right one, if that is a problem.
    pub fn all_wrong(&self, now: Instant) -> Option<u64> {
        let (count, last) = *self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = last.is_some_and(|last| now.saturating_duration_since(last) < COUNTS_FOR);
        (is_new && count >= WRONG_MIN).then_some(count)
    }
}

/// What looks like wamids in bytes that nobody vouches for.
fn wamids(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(&body[..body.len().min(LOOKED_THROUGH)]);
    let wamid = |rest: &str| {
        let end = rest.find('"')?;
        let is_one = |c: char| c.is_ascii_alphanumeric() || "=+/_-".contains(c);
        (end <= WAMID_MAX && rest[..end].chars().all(is_one)).then(|| format!("wamid.{}", &rest[..end]))
    };
    text.split("\"wamid.").skip(1).filter_map(wamid).take(WAMIDS_OF_ONE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_body_gives_a_few_wamids_whatever_it_is() {
        let body = br#"{"id":"wamid.HBgL==","x":"wamid.b a","y":"wamid.c","z":"wamid.d"#;
        assert_eq!(wamids(body), ["wamid.HBgL==", "wamid.c"]);
        assert_eq!(wamids(&[0xff; 100]), [] as [String; 0]);
        let many = "\"wamid.a\"".repeat(1000);
        assert_eq!(wamids(many.as_bytes()).len(), WAMIDS_OF_ONE);
        let watch = SignatureWatch::default();
        (0..100).for_each(|_| watch.refused(many.as_bytes(), 7));
        assert_eq!(watch.take_refused().len(), WAMIDS_MAX);
        assert_eq!(watch.take_refused(), []);
    }

    #[test]
    fn only_wrong_ones_are_a_problem_until_a_right_one_comes_or_they_are_old() {
        let (watch, start) = (SignatureWatch::default(), Instant::now());
        watch.wrong(start);
        watch.wrong(start);
        assert_eq!(watch.all_wrong(start), None);
        watch.wrong(start);
        assert_eq!(watch.all_wrong(start), Some(3));
        assert_eq!(watch.all_wrong(start + COUNTS_FOR), None);
        watch.right();
        assert_eq!(watch.all_wrong(start), None);
    }
}
