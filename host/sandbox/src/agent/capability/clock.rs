//! The capability `clock`: local time in the person's time zone. The only source of time is the turn's own.

use jiff::{Timestamp, tz::TimeZone};

use super::interface;
use crate::agent::state::State;
use switchboard_core::contract::clock::LocalTime;

impl interface::clock::Host for State {
    async fn local(&mut self, at: u64) -> wasmtime::Result<LocalTime> {
        let call = self.enter("clock.local")?;
        let local = local(at, &self.time_zone);
        self.tell(call, &[at], local)
    }
}

/// Converts a time to local time. An unknown zone is read as UTC, a time beyond the calendar as its end.
fn local(at: u64, zone: &str) -> LocalTime {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let at = i64::try_from(at).ok().and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or(Timestamp::MAX);
    let there = at.to_zoned(zone);
    LocalTime {
        year: there.year().unsigned_abs(),
        month: there.month().unsigned_abs(),
        day: there.day().unsigned_abs(),
        hour: there.hour().unsigned_abs(),
        minute: there.minute().unsigned_abs(),
        weekday: there.weekday().to_monday_one_offset().unsigned_abs(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kigali_is_two_hours_ahead() {
        // Monday, 5 January 2026, 22:30 UTC.
        let there = local(1_767_652_200_000, "Africa/Kigali");
        assert_eq!((there.year, there.month, there.day), (2026, 1, 6));
        assert_eq!((there.hour, there.minute, there.weekday), (0, 30, 2));
        assert_eq!(local(1_767_652_200_000, "Mars/Olympus").hour, 22);
        assert_eq!(local(u64::MAX, "UTC").year, 9999);
    }
}
