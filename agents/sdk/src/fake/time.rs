//! The person's clock.

use crate::clock::LocalTime;
use jiff::{Timestamp, civil, tz::TimeZone};

/// The clock of Kigali, where a zone is not known.
fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(2)))
}

pub(super) fn local(at: u64, zone_name: &str) -> LocalTime {
    let at = Timestamp::from_millisecond(i64::try_from(at).unwrap_or(i64::MAX)).unwrap_or_default();
    let at = at.to_zoned(zone(zone_name));
    let part = |part: i8| u8::try_from(part).unwrap_or_default();
    LocalTime {
        year: u16::try_from(at.year()).unwrap_or_default(),
        month: part(at.month()),
        day: part(at.day()),
        hour: part(at.hour()),
        minute: part(at.minute()),
        weekday: part(at.weekday().to_monday_one_offset()),
    }
}

pub(super) fn instant(local: LocalTime, zone_name: &str) -> Option<u64> {
    let part = |part: u8| i8::try_from(part).ok();
    let (month, day) = (part(local.month)?, part(local.day)?);
    let (hour, minute) = (part(local.hour)?, part(local.minute)?);
    let time = civil::DateTime::new(i16::try_from(local.year).ok()?, month, day, hour, minute, 0, 0).ok()?;
    let at = zone(zone_name).to_ambiguous_zoned(time).compatible().ok()?;
    u64::try_from(at.timestamp().as_millisecond()).ok()
}
