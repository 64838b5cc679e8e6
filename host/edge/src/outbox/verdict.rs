//! What the outcome of a send means: for the row, and for its business number.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::{breaker::Breaker, port::DispatchOptions};
use crate::whatsapp::client::SendOutcome;
use switchboard_core::failure::Failure;
use switchboard_store::{Outgoing, SendResult};

/// The most attempts that are charged to a row. (Templates have no 24-hour window that would end it.)
const ATTEMPTS_MAX: i64 = 20;

/// How long a row waits that was put back without a charge, in milliseconds.
const PUT_BACK_MS: i64 = 1_000;

/// How long a number rests after its rate limit, in milliseconds, if Meta does not say: doubled each time, to half a minute.
const RATE_REST_MS: i64 = 1_000;
const RATE_REST_MAX_MS: i64 = 32_000;

/// How often it is noted that a number's sends are taken, in milliseconds.
const NOTED_EVERY_MS: i64 = 1_000;

/// What a send means.
#[derive(Debug, PartialEq)]
pub(super) struct Verdict {
    /// For the row.
    pub(super) result: SendResult,
    /// For its number.
    pub(super) number: NumberVerdict,
    /// Meta says that the customer service window is closed.
    pub(super) is_window_closed: bool,
}

/// What a send means for its business number.
#[derive(Debug, PartialEq)]
pub(super) enum NumberVerdict {
    /// Nothing.
    None,
    /// Meta takes sends, which is to be noted.
    Took,
    /// It rests until then, for this reason.
    Rests(i64, String),
}

/// What the sends of the numbers have met lately, at this host.
#[derive(Default)]
pub(super) struct Numbers(Mutex<HashMap<String, Number>>);

#[derive(Default)]
struct Number {
    breaker: Breaker,
    /// Rate refusals in a row.
    rates: u32,
    took_noted_at: i64,
    /// When something was last taken.
    took_at: i64,
}

impl Numbers {
    /// Judges the outcome of a row's send, which began at a time.
    pub(super) fn judge(
        &self,
        row: &Outgoing,
        outcome: SendOutcome,
        began: i64,
        now: i64,
        options: &DispatchOptions,
    ) -> Verdict {
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = numbers.entry(row.business.clone()).or_default();
        let verdict = number.judge(row, outcome, began, now, options);
        // What hung until now says nothing of the other side, if something that began later was taken meanwhile.
        let is_old = number.took_at > began && matches!(verdict.result, SendResult::Lost { .. });
        if options.numbers_rest && !is_old { verdict } else { Verdict { number: NumberVerdict::None, ..verdict } }
    }
}

impl Number {
    fn judge(
        &mut self,
        row: &Outgoing,
        outcome: SendOutcome,
        began: i64,
        now: i64,
        options: &DispatchOptions,
    ) -> Verdict {
        let wait_for = |wait: Option<std::time::Duration>| wait.map(|wait| now + wait.as_millis() as i64);
        // A probe that hung puts the next one off no further than one that was refused at once.
        let since = if row.probe { began } else { now };
        let next_probe = options.next_probe(since, row.id.wrapping_mul(7919).wrapping_add(now));
        let alone = |result| Verdict { result, number: NumberVerdict::None, is_window_closed: false };
        match outcome {
            SendOutcome::Sent { wamid } => {
                self.breaker.success();
                self.rates = 0;
                self.took_at = now;
                let notes = row.probe || now - self.took_noted_at >= NOTED_EVERY_MS;
                if notes {
                    self.took_noted_at = now;
                }
                let number = if notes { NumberVerdict::Took } else { NumberVerdict::None };
                Verdict { number, ..alone(SendResult::Taken { wamid }) }
            }
            SendOutcome::Unknown { error, outage } => {
                let is_everybody = outage && options.numbers_rest && self.breaker.trouble(row.lane_id, now, true);
                let until = now + options.unknown_wait.as_millis() as i64;
                let charged = !(is_everybody || row.probe);
                let number = match charged {
                    true => NumberVerdict::None,
                    false => NumberVerdict::Rests(next_probe, error.clone()),
                };
                Verdict { number, ..alone(SendResult::Lost { until, error, charged }) }
            }
            SendOutcome::Refused { why: Failure::Final, error, .. } => alone(SendResult::Failed { error }),
            SendOutcome::Refused { why: Failure::Window, error, .. } => {
                Verdict { is_window_closed: true, ..alone(SendResult::Failed { error }) }
            }
            SendOutcome::Refused { why: Failure::Number, retry_after, error } if options.numbers_rest => {
                self.rest(now, wait_for(retry_after).unwrap_or(next_probe), error)
            }
            SendOutcome::Refused { why: Failure::Rate, retry_after, error } if options.numbers_rest => {
                self.rates = (self.rates + 1).min(8);
                let wait = (RATE_REST_MS << (self.rates - 1)).min(RATE_REST_MAX_MS);
                self.rest(now, wait_for(retry_after).unwrap_or(now + wait), error)
            }
            SendOutcome::Refused { why: Failure::Meta, retry_after, error } if options.numbers_rest => {
                // Nothing was taken, so the row is as good as before; a second's pause keeps it from a tight loop.
                let is_everybody = row.probe || self.breaker.trouble(row.lane_id, now, true);
                match (is_everybody, wait_for(retry_after)) {
                    (false, None) => alone(SendResult::PutBack { at: now + PUT_BACK_MS, error }),
                    (_, until) => self.rest(now, until.unwrap_or(next_probe), error),
                }
            }
            SendOutcome::Refused { why: Failure::Unlisted, error, .. }
                if options.numbers_rest && (row.probe || self.breaker.trouble(row.lane_id, now, false)) =>
            {
                self.rest(now, next_probe, error)
            }
            SendOutcome::Refused { error, .. } if row.attempts >= ATTEMPTS_MAX => alone(SendResult::Failed { error }),
            SendOutcome::Refused { retry_after, error, .. } => {
                let at = wait_for(retry_after).unwrap_or_default().max(now + backoff_ms(row.attempts, row.id));
                alone(SendResult::Refused { at, error })
            }
        }
    }

    /// The number rests, and the row goes when it has rested.
    fn rest(&self, now: i64, until: i64, error: String) -> Verdict {
        let result = SendResult::PutBack { at: now, error: error.clone() };
        Verdict { result, number: NumberVerdict::Rests(until, error), is_window_closed: false }
    }
}

/// Exponential backoff: 1, 4, 16, 64, 256 and 1024 seconds, with jitter from the row's id.
fn backoff_ms(attempts: i64, id: i64) -> i64 {
    let wait = 1000 * 4_i64.pow(attempts.clamp(0, 5) as u32);
    wait + wait / 100 * (id.rem_euclid(10))
}

#[cfg(test)]
mod tests {
    use super::{super::pending::tests::row, *};
    use std::time::Duration;

    fn judged(numbers: &Numbers, row: &Outgoing, outcome: SendOutcome, now: i64) -> (&'static str, Option<i64>) {
        let Verdict { result, number, .. } = numbers.judge(row, outcome, now, now, &DispatchOptions::default());
        let result = match result {
            SendResult::Taken { .. } => "taken",
            SendResult::PutBack { .. } => "put back",
            SendResult::Refused { .. } => "refused",
            SendResult::Lost { charged: true, .. } => "lost",
            SendResult::Lost { charged: false, .. } => "lost, uncharged",
            SendResult::Failed { .. } => "failed",
        };
        let rests = match number {
            NumberVerdict::Rests(until, _) => Some(until - now),
            _ => None,
        };
        (result, rests)
    }

    fn lost() -> SendOutcome {
        SendOutcome::Unknown { error: "no answer".into(), outage: true }
    }

    #[test]
    fn waits_grow_fourfold_up_to_a_quarter_of_an_hour() {
        let waits: Vec<_> = (0..7).map(|attempts| backoff_ms(attempts, 0) / 1000).collect();
        assert_eq!(waits, [1, 4, 16, 64, 256, 1024, 1024]);
        assert!(backoff_ms(0, 9) < 1100);
    }

    #[test]
    fn what_befalls_all_is_not_charged_to_a_row() {
        let numbers = Numbers::default();
        assert_eq!(judged(&numbers, &row(1, 1), lost(), 0), ("lost", None));
        assert_eq!(judged(&numbers, &row(2, 2), lost(), 0), ("lost", None));
        let (result, rests) = judged(&numbers, &row(3, 3), lost(), 0);
        assert!(result == "lost, uncharged" && rests.is_some_and(|ms| (5_000..10_000).contains(&ms)));
        let probe = Outgoing { probe: true, ..row(4, 4) };
        assert_eq!(judged(&numbers, &probe, lost(), 6_000).0, "lost, uncharged");
        assert_eq!(judged(&numbers, &probe, SendOutcome::Sent { wamid: "w".into() }, 9_000), ("taken", None));
        assert_eq!(judged(&numbers, &row(5, 5), lost(), 9_001), ("lost", None));
    }

    #[test]
    fn a_probe_that_hung_while_another_was_taken_rests_nothing() {
        let (numbers, options) = (Numbers::default(), DispatchOptions::default());
        let probe = Outgoing { probe: true, ..row(1, 1) };
        judged(&numbers, &row(2, 2), SendOutcome::Sent { wamid: "w".into() }, 6_000);
        let hung = numbers.judge(&probe, lost(), 0, 10_000, &options);
        assert_eq!(hung.number, NumberVerdict::None);
        assert!(matches!(hung.result, SendResult::Lost { charged: false, .. }));
        let later = numbers.judge(&probe, lost(), 7_000, 17_000, &options);
        assert!(matches!(later.number, NumberVerdict::Rests(..)));
    }

    #[test]
    fn a_probe_that_hung_puts_the_next_one_off_no_further() {
        let options = DispatchOptions::default();
        let probe = Outgoing { probe: true, ..row(1, 1) };
        let NumberVerdict::Rests(until, _) = Numbers::default().judge(&probe, lost(), 1_000, 11_000, &options).number
        else {
            panic!("it rests on");
        };
        assert!((6_000..8_500).contains(&until), "{until}");
    }

    #[test]
    fn each_refusal_costs_whom_it_concerns() {
        let of = |why| SendOutcome::refused(why, "no");
        let fresh = |row: &Outgoing, outcome| judged(&Numbers::default(), row, outcome, 0);
        assert_eq!(fresh(&row(1, 1), of(Failure::Row)), ("refused", None));
        assert_eq!(fresh(&row(1, 1), of(Failure::Pair)), ("refused", None));
        assert_eq!(fresh(&row(1, 1), of(Failure::Rate)), ("put back", Some(1_000)));
        assert_eq!(fresh(&row(1, 1), of(Failure::Number)).0, "put back");
        assert_eq!(fresh(&row(1, 1), of(Failure::Meta)), ("put back", None));
        assert_eq!(fresh(&row(1, 1), of(Failure::Final)), ("failed", None));
        assert_eq!(fresh(&Outgoing { attempts: 20, ..row(1, 1) }, of(Failure::Row)), ("failed", None));
        let asked =
            SendOutcome::Refused { why: Failure::Rate, retry_after: Some(Duration::from_secs(30)), error: "no".into() };
        assert_eq!(fresh(&row(1, 1), asked), ("put back", Some(30_000)));

        let numbers = Numbers::default();
        let unlisted = |row: Outgoing, now| judged(&numbers, &row, of(Failure::Unlisted), now);
        assert_eq!(unlisted(row(1, 1), 0), ("refused", None));
        assert_eq!(unlisted(row(1, 1), 1_000), ("refused", None), "one person alone");
        assert_eq!(unlisted(row(1, 1), 2_000), ("refused", None), "one person alone");
        assert_eq!(unlisted(row(2, 2), 3_000), ("refused", None));
        assert!(matches!(unlisted(row(3, 3), 4_000), ("put back", Some(_))), "three people");
    }

    #[test]
    fn the_legacy_service_is_no_number() {
        let options = DispatchOptions { numbers_rest: false, ..DispatchOptions::default() };
        for outcome in [lost(), SendOutcome::refused(Failure::Meta, "no"), SendOutcome::refused(Failure::Number, "no")]
        {
            let verdict = Numbers::default().judge(&row(1, 1), outcome, 0, 0, &options);
            assert_eq!(verdict.number, NumberVerdict::None);
            assert!(!matches!(verdict.result, SendResult::PutBack { .. }));
        }
    }
}
