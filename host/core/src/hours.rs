//! Business hours: when people of the business answer, by the week's days.

use std::str::FromStr;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// The days as they are written, from Monday.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A moment of the week, in the business's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WeekTime {
    /// From Monday, 0.
    pub day: u8,
    /// Minutes since midnight.
    pub minute: u16,
}

/// Business hours, such as `Mon-Fri 08:00-18:00; Sat 09:00-13:00`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// A day, and from which minute to which; in order.
    spans: Vec<(u8, u16, u16)>,
}

impl Hours {
    /// Whether somebody answers at that time.
    pub fn is_open(&self, at: WeekTime) -> bool {
        self.spans.iter().any(|(day, from, to)| *day == at.day && (*from..*to).contains(&at.minute))
    }

    /// When somebody answers next, after that time; within a week.
    pub fn next_open(&self, at: WeekTime) -> WeekTime {
        let opens = |(day, from, _): &(u8, u16, u16)| WeekTime { day: *day, minute: *from };
        let later = self.spans.iter().map(opens).find(|opens| *opens > at);
        later.or_else(|| self.spans.first().map(opens)).unwrap_or(at)
    }
}

/// Why business hours cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` are no business hours: write `Mon-Fri 08:00-18:00; Sat 09:00-13:00`")]
pub struct WrongHours(String);

impl FromStr for Hours {
    type Err = WrongHours;

    fn from_str(text: &str) -> Result<Hours, WrongHours> {
        let wrong = || WrongHours(text.to_owned());
        let mut spans = Vec::new();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (days, times) = part.split_once(' ').ok_or_else(wrong)?;
            let days = days_of(days).ok_or_else(wrong)?;
            let times = times.split(',').map(span).collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
            spans.extend(days.iter().flat_map(|day| times.iter().map(|(from, to)| (*day, *from, *to))));
        }
        spans.sort_unstable();
        // Times of a day that overlap are a mistake.
        let overlap = spans.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[1].1 < pair[0].2);
        if spans.is_empty() || overlap { Err(wrong()) } else { Ok(Hours { spans }) }
    }
}

/// `Mon` or `Mon-Fri`; a range may go over the week's end.
fn days_of(text: &str) -> Option<Vec<u8>> {
    let day = |name: &str| DAYS.iter().position(|day| name.trim().eq_ignore_ascii_case(day));
    let (from, to) = match text.split_once('-') {
        Some((from, to)) => (day(from)?, day(to)?),
        None => (day(text)?, day(text)?),
    };
    let count = (to + 7 - from) % 7;
    (0..=count).map(|n| u8::try_from((from + n) % 7).ok()).collect()
}

/// `08:00-18:00`.
fn span(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.trim().split_once('-')?;
    let (from, to) = (minute(from)?, minute(to)?);
    (from < to).then_some((from, to))
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let at = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && at <= DAY).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u8, hour: u16, minute: u16) -> WeekTime {
        WeekTime { day, minute: hour * 60 + minute }
    }

    #[test]
    fn a_week_has_hours() {
        let hours: Hours = "Mon-Fri 08:00-12:00,13:00-18:00; sat 09:00-13:00".parse().expect("hours");
        for (time, is_open, next) in [
            (at(0, 8, 0), true, at(0, 13, 0)),
            (at(0, 7, 59), false, at(0, 8, 0)),
            (at(0, 12, 0), false, at(0, 13, 0)),
            (at(4, 18, 0), false, at(5, 9, 0)),
            (at(5, 13, 0), false, at(0, 8, 0)),
            (at(6, 23, 59), false, at(0, 8, 0)),
        ] {
            assert_eq!((hours.is_open(time), hours.next_open(time)), (is_open, next), "{time:?}");
        }
        let nights: Hours = "Sat-Mon 00:00-24:00".parse().expect("hours");
        assert!(nights.is_open(at(6, 23, 59)) && nights.is_open(at(0, 0, 0)) && !nights.is_open(at(1, 0, 0)));
    }

    #[test]
    fn what_is_no_hours_is_refused() {
        for wrong in [
            "",
            "always",
            "Mon",
            "Mon 8-18",
            "Mon 18:00-08:00",
            "Mon 08:00-25:00",
            "Mon 08:60-09:00",
            "Foo 08:00-09:00",
            "Mon 08:00-12:00,11:00-13:00",
        ] {
            assert!(wrong.parse::<Hours>().is_err(), "{wrong}");
        }
    }
}
