//! Business hours at a moment, in the business's time zone.

use switchboard_core::hours::{Hours, WeekTime};

/// When people of the business answer next, in their time zone; none if they do now.
pub(crate) fn opens(hours: &Hours, now: i64, time_zone: &str) -> Option<WeekTime> {
    let at = jiff::Timestamp::from_millisecond(now).ok()?.in_tz(time_zone).ok()?;
    let day = u8::try_from(at.weekday().to_monday_zero_offset()).ok()?;
    let minute = u16::try_from(i32::from(at.hour()) * 60 + i32::from(at.minute())).ok()?;
    let at = WeekTime { day, minute };
    (!hours.is_open(at)).then(|| hours.next_open(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hours_are_those_of_the_business_s_time_zone() {
        let hours: Hours = "Mon-Fri 08:00-18:00".parse().expect("hours");
        let at = |text: &str| text.parse::<jiff::Timestamp>().expect("a time").as_millisecond();
        let opens = |text: &str| opens(&hours, at(text), "Africa/Kigali");
        assert_eq!(opens("2026-11-27T06:30:00Z"), None, "Friday, 8:30 in Kigali");
        assert_eq!(opens("2026-11-27T16:00:00Z"), Some(WeekTime { day: 0, minute: 480 }), "Friday, 18:00");
        assert_eq!(opens("2026-11-26T23:00:00Z"), Some(WeekTime { day: 4, minute: 480 }), "Friday, 1:00");
    }
}
