//! The capability `clock`: local time in the person's time zone. The only source of time is the turn's own.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::interface;
use crate::agent::state::State;
use switchboard_core::contract::clock::LocalTime;

impl interface::clock::Host for State {
    async fn local(&mut self, at: u64) -> wasmtime::Result<LocalTime> {
        let call = self.enter("clock.local")?;
        let local = local(at, &self.time_zone);
        self.tell(call, &[at], local)
    }

    async fn instant(&mut self, local: LocalTime) -> wasmtime::Result<Option<u64>> {
        let call = self.enter("clock.instant")?;
        let at = instant(&local, &self.time_zone);
        self.tell(call, &[local], at)
    }
}

/// The time at which a clock in a zone shows this; none for a date that is not in the calendar.
fn instant(local: &LocalTime, zone: &str) -> Option<u64> {
    let small = |number: u8| i8::try_from(number).ok();
    let (year, month, day) = (i16::try_from(local.year).ok()?, small(local.month)?, small(local.day)?);
    let date = DateTime::new(year, month, day, small(local.hour)?, small(local.minute)?, 0, 0).ok()?;
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    u64::try_from(date.to_zoned(zone).ok()?.timestamp().as_millisecond()).ok()
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

    #[test]
    fn a_local_time_leads_back_to_its_instant() {
        for zone in ["Africa/Kigali", "Europe/Paris", "America/Sao_Paulo", "Mars/Olympus"] {
            for at in (1_767_652_200_000..1_799_188_200_000).step_by(7 * 3_600_000) {
                let there = local(at, zone);
                assert_eq!(local(instant(&there, zone).expect("a time"), zone), there, "{zone} {at}");
            }
        }
        let of = |month, day, hour| LocalTime { year: 2026, month, day, hour, minute: 30, weekday: 0 };
        // 02:30 does not exist on 29 March in Paris, and comes twice on 25 October.
        assert_eq!(instant(&of(3, 29, 2), "Europe/Paris"), Some(1_774_747_800_000));
        assert_eq!(instant(&of(10, 25, 2), "Europe/Paris"), Some(1_792_888_200_000));
        assert_eq!(instant(&of(2, 30, 0), "UTC"), None);
        assert_eq!(instant(&of(255, 1, 0), "UTC"), None);
    }
}
