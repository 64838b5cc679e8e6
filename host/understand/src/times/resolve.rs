//! What is said of a time, as a moment in the person's zone.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Weekday},
    tz::TimeZone,
};
use switchboard_core::contract::readings::Span;

use super::{
    kinds::{Clock, Day, Style},
    said::Said,
};
use crate::{setting::Setting, vocabulary::Part};

const DAY_MINUTES: i32 = 24 * 60;
/// Where only a day is said.
const MORNING: i32 = 9 * 60;
const NOON: i32 = 12 * 60;

/// A time, and whether another is about as likely.
pub struct Resolved {
    pub span: Span,
    pub unsure: bool,
}

/// The person's clock and calendar.
pub struct Zone {
    zone: TimeZone,
    now: DateTime,
    now_ms: u64,
}

/// Days from the first to the last that fit, and the likeliest.
struct Days {
    first: Date,
    last: Date,
    likeliest: Date,
    unsure: bool,
}

impl Zone {
    /// Of a setting; an unknown zone is UTC.
    pub fn of(setting: &Setting<'_>) -> Zone {
        let zone = TimeZone::get(setting.zone).unwrap_or(TimeZone::UTC);
        let moment = i64::try_from(setting.now).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let now = zone.to_datetime(moment.unwrap_or_default());
        Zone { zone, now, now_ms: setting.now }
    }

    fn today(&self) -> Date {
        self.now.date()
    }

    fn minute_now(&self) -> i32 {
        i32::from(self.now.hour()) * 60 + i32::from(self.now.minute())
    }

    /// The moment of a day's minute; it may be of the day after.
    fn moment(&self, day: Date, minute: i32) -> Option<u64> {
        let day = day.checked_add(minute.div_euclid(DAY_MINUTES).days()).ok()?;
        let minute = minute.rem_euclid(DAY_MINUTES);
        let local = day.at(i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?, 0, 0);
        let moment = self.zone.to_ambiguous_zoned(local).compatible().ok()?;
        u64::try_from(moment.timestamp().as_millisecond()).ok()
    }

    /// What was said, as a time; none if there is no such time.
    pub fn resolve(&self, said: &Said) -> Option<Resolved> {
        let exactly =
            |at: u64, unsure| Resolved { span: Span { at, earliest: at, latest: at, assumed: Vec::new() }, unsure };
        if said.is_unread {
            return None;
        }
        if said.is_now {
            return Some(exactly(self.now_ms, false));
        }
        if let Some(minutes) = said.after {
            let whole_minute = self.now_ms / 60_000 * 60_000;
            let at = i64::try_from(whole_minute).ok()?.checked_add(minutes.checked_mul(60_000)?)?;
            return Some(exactly(u64::try_from(at).ok()?, false));
        }
        let mut assumed: Vec<String> = Vec::new();
        if let Some(Day::Date { year: None, .. } | Day::Month { year: None, .. }) = said.day {
            assumed.push("year".to_owned());
        }
        match said.clock {
            Some(clock) => self.at_clock(said, clock, assumed),
            None => self.in_part(said, assumed),
        }
    }

    /// A time of the clock on a day.
    fn at_clock(&self, said: &Said, clock: Clock, mut assumed: Vec<String>) -> Option<Resolved> {
        let days = match said.day {
            Some(day) => self.days(day, None)?,
            None => Days { first: self.today(), last: self.today(), likeliest: self.today(), unsure: false },
        };
        let is_today = days.likeliest == self.today();
        let pick = Pick::of(clock, said.part, is_today.then(|| self.minute_now()), said.day.is_none());
        let mut day = days.likeliest;
        let mut unsure = pick.unsure || days.unsure;
        let has_passed = is_today && pick.minute < self.minute_now();
        match said.day {
            None => {
                assumed.push("day".to_owned());
                if has_passed {
                    day = day.checked_add(1.day()).ok()?;
                }
            }
            Some(Day::Weekday { .. }) if has_passed => day = day.checked_add(7.days()).ok()?,
            Some(_) if has_passed => unsure = true,
            Some(_) => {}
        }
        if pick.is_assumed {
            assumed.push("half".to_owned());
        }
        let at = self.moment(day, pick.minute)?;
        let (earliest, latest) = if days.first < days.last {
            assumed.push("day".to_owned());
            (self.moment(days.first, pick.minute)?, self.moment(days.last, pick.minute)?)
        } else {
            (at, at)
        };
        Some(Resolved { span: Span { at, earliest, latest, assumed }, unsure })
    }

    /// A day, or a part of one.
    fn in_part(&self, said: &Said, mut assumed: Vec<String>) -> Option<Resolved> {
        assumed.push("hour".to_owned());
        let part = said.part;
        let (from, to, at) = part.map_or((0, DAY_MINUTES - 1, MORNING), |part| {
            (i32::from(part.earliest), i32::from(part.latest), i32::from(part.at))
        });
        let days = match said.day {
            Some(day) => self.days(day, part)?,
            None => {
                assumed.push("day".to_owned());
                let is_over = self.minute_now() >= to;
                let day = self.today().checked_add(i32::from(is_over).days()).ok()?;
                Days { first: day, last: day, likeliest: day, unsure: false }
            }
        };
        if days.first < days.last {
            assumed.push("day".to_owned());
        }
        let mut at = self.moment(days.likeliest, at)?;
        let mut earliest = self.moment(days.first, from)?;
        let latest = self.moment(days.last, to)?;
        let mut unsure = days.unsure;
        let now = self.now_ms / 60_000 * 60_000;
        if days.last >= self.today() && earliest < now {
            if latest < now {
                unsure |= days.likeliest >= self.today();
            } else {
                // Of today only what is still to come.
                earliest = now;
                let next_hour = now / 3_600_000 * 3_600_000 + 3_600_000;
                at = if at < now { next_hour.min(latest) } else { at };
            }
        }
        Some(Resolved { span: Span { at, earliest, latest, assumed }, unsure })
    }

    /// The days that are meant; none if there are no such days.
    fn days(&self, day: Day, part: Option<Part>) -> Option<Days> {
        let today = self.today();
        let one = |day: Date| Days { first: day, last: day, likeliest: day, unsure: false };
        let weekday_now = i32::from(today.weekday().to_monday_one_offset());
        let monday = |weeks: i32| today.checked_add((weeks * 7 + 1 - weekday_now).days()).ok();
        Some(match day {
            Day::Offset(days) => one(today.checked_add(days.days()).ok()?),
            Day::Months(months) => one(today.checked_add(months.months()).ok()?),
            Day::Weekday { day, is_week_after: true, .. } => {
                one(monday(1)?.checked_add((i32::from(day) - 1).days()).ok()?)
            }
            Day::Weekday { day, is_next, is_unclear, .. } => {
                let ahead = (i32::from(day) - weekday_now).rem_euclid(7);
                let is_over = part.is_some_and(|part| self.minute_now() >= i32::from(part.latest));
                let ahead = if ahead == 0 && (is_next || is_over) { 7 } else { ahead };
                // `next friday` said on a Monday is this week's or the next one's.
                let unsure = is_unclear && i32::from(day) > weekday_now;
                Days { unsure, ..one(today.checked_add(ahead.days()).ok()?) }
            }
            Day::Date { day, month, year } => one(self.date(day, month, year)?),
            Day::Month { month, year } => {
                let first = match year {
                    Some(year) => Date::new(year, month, 1).ok()?,
                    None => {
                        let this_year = today.year();
                        let is_over = month < today.month();
                        Date::new(if is_over { this_year + 1 } else { this_year }, month, 1).ok()?
                    }
                };
                let last = first.last_of_month();
                let likeliest = first.max(today).min(last);
                Days { first: first.max(today).min(last), last, likeliest, unsure: false }
            }
            Day::Week(weeks) => {
                let first = monday(weeks)?;
                let last = first.checked_add(6.days()).ok()?;
                let first = first.max(today);
                let likeliest = if weeks == 0 { today.checked_add(1.day()).ok()?.min(last) } else { first };
                Days { first, last, likeliest, unsure: true }
            }
            Day::Weekend => {
                let ahead = (6 - weekday_now).max(0);
                let saturday =
                    if today.weekday() == Weekday::Sunday { today } else { today.checked_add(ahead.days()).ok()? };
                let last =
                    if today.weekday() == Weekday::Sunday { today } else { saturday.checked_add(1.day()).ok()? };
                Days { first: saturday, last, likeliest: saturday, unsure: true }
            }
            Day::EndOfMonth => {
                let last = today.last_of_month();
                let first = last.checked_sub(4.days()).ok()?.max(today);
                Days { first, last, likeliest: last, unsure: false }
            }
            Day::NextMonth => {
                let first = today.last_of_month().checked_add(1.day()).ok()?;
                Days { first, last: first.last_of_month(), likeliest: first, unsure: true }
            }
            Day::Unread => return None,
        })
    }

    /// A date; without a year or a month, the next such one.
    fn date(&self, day: i8, month: Option<i8>, year: Option<i16>) -> Option<Date> {
        let today = self.today();
        match (month, year) {
            (Some(month), Some(year)) => Date::new(year, month, day).ok(),
            (Some(month), None) => {
                let years = today.year()..=today.year().saturating_add(8);
                years.filter_map(|year| Date::new(year, month, day).ok()).find(|date| *date >= today)
            }
            (None, _) => (0..=12).find_map(|months: i32| {
                let first = today.first_of_month().checked_add(months.months()).ok()?;
                Date::new(first.year(), first.month(), day).ok().filter(|date| *date >= today)
            }),
        }
    }
}

/// Which minute of the day a time of the clock is.
struct Pick {
    minute: i32,
    is_assumed: bool,
    unsure: bool,
}

impl Pick {
    /// `now` is the minute of the day if it is today's; `is_open` if no day was said.
    fn of(clock: Clock, part: Option<Part>, now: Option<i32>, is_open: bool) -> Pick {
        let sure = |minute| Pick { minute, is_assumed: false, unsure: false };
        let minutes = clock.minutes;
        let (one, other) = match clock.style {
            Style::Exact => return sure(minutes),
            Style::Saa => {
                let one = (minutes + 360).rem_euclid(720);
                (one, one + 720)
            }
            _ => {
                let one = minutes.rem_euclid(720);
                (one, one + 720)
            }
        };
        if let Some(part) = part {
            return sure(within(part, one, other));
        }
        let pick = |minute, unsure| Pick { minute, is_assumed: true, unsure };
        // The half of the day that is likely of an hour, and whether the other is about as likely.
        let hour = minutes.div_euclid(60);
        let (likely, unsure) = match clock.style {
            // From seven to seven.
            Style::Saa => (if (420..1_140).contains(&one) { one } else { other }, hour == 11 || hour == 12),
            Style::Hour | Style::Colon if one >= NOON / 2 || hour == 12 => {
                (if hour == 12 { other } else { one }, false)
            }
            Style::Hour | Style::Colon => (one, hour <= 5),
            _ if hour == 12 || one < 60 => (other, false),
            _ if one < 5 * 60 => (other, false),
            _ if one < 6 * 60 => (other, true),
            _ => (one, hour <= 7),
        };
        let Some(now) = now else { return pick(likely, unsure) };
        match (one >= now, other >= now) {
            (true, true) => pick(likely, unsure),
            // The morning's is over. Written as a clock shows it and without a day, it is tomorrow's as much as this evening's.
            (false, true) if is_open && matches!(clock.style, Style::Hour | Style::Colon) => pick(one, true),
            (false, true) => pick(other, false),
            _ => pick(likely, unsure),
        }
    }
}

/// Of two minutes half a day apart the one that is in a part of the day, or nearer to it.
fn within(part: Part, one: i32, other: i32) -> i32 {
    let (from, to, at) = (i32::from(part.earliest), i32::from(part.latest), i32::from(part.at));
    let is_night = at >= 20 * 60;
    // People's mornings begin at midnight, and their evenings in the afternoon.
    let (from, to) = match at / 60 {
        0..=11 => (0, NOON),
        12..=15 => (from - 60, to + 59),
        _ if is_night => (from, DAY_MINUTES + 359),
        _ => (15 * 60, DAY_MINUTES),
    };
    let distance = |minute: i32| if minute < from { from - minute } else { (minute - to).max(0) };
    // Night goes on behind midnight: of a named day these are its own small hours, midnight is its end.
    let small_hours = |minute: i32| if is_night && minute < 360 { 0 } else { distance(minute) };
    let best = if small_hours(one) <= small_hours(other) { one } else { other };
    if best == 0 && at >= 17 * 60 { DAY_MINUTES } else { best }
}
