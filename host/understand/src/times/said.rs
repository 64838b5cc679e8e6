//! What is said of a time: its parts, in any order, with small words between them.

use super::{
    around::counted_minutes,
    clock::clock,
    day,
    kinds::{Clock, Day},
};
use crate::{
    numbers::{Number, below_thousand, fraction_behind, number},
    scan::Scan,
    vocabulary::{Measure, NUMBERS, Part, Role, SW, TIMES, UNITS},
};

/// The most small words between two parts of a time.
const JOINS_MAX: usize = 3;

/// What is said of a time.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// The first token of it.
    pub from: usize,
    /// The token after it.
    pub to: usize,
    /// The day, or days.
    pub day: Option<Day>,
    /// The part of the day.
    pub part: Option<Part>,
    /// The time of the clock.
    pub clock: Option<Clock>,
    /// Minutes from now.
    pub after: Option<i64>,
    /// At once.
    pub is_now: bool,
    /// A date that is in no calendar.
    pub is_unread: bool,
}

impl Said {
    /// Whether it is no distance from now, and could be read.
    pub fn is_plain(&self) -> bool {
        self.after.is_none() && !self.is_now && !self.is_unread
    }
}

/// The time that begins at a token.
pub fn said(scan: &Scan<'_>, from: usize) -> Option<Said> {
    let may_be_time =
        scan.is_any(from, TIMES | NUMBERS | UNITS) || scan.numeral(from).is_some() || scan.is_any(from + 1, NUMBERS);
    if !may_be_time {
        return None;
    }
    let mut said = Said { from, ..Said::default() };
    let mut at = part_of(scan, from, &mut said, false)?;
    loop {
        let mut next = at;
        let mut found = None;
        for _ in 0..=JOINS_MAX {
            found = part_of(scan, next, &mut said, true);
            if found.is_some() {
                break;
            }
            match scan.after(next, Role::Join) {
                Some(after) => next = after,
                None if scan.is_sign(next, &[",", "(", "-"]) => next += 1,
                None => break,
            }
        }
        match found {
            Some(after) => at = after,
            None => break,
        }
    }
    // `kesho saa …` and an hour that cannot be read: better asked than left out.
    let next = scan.after(at, Role::Join).filter(|next| *next == at + 1 && scan.folded(at) != "saa").unwrap_or(at);
    let is_cut = said.is_plain()
        && said.clock.is_none()
        && scan.folded(next) == "saa"
        && scan.tokens.get(next + 1).is_some_and(|token| token.sort != crate::words::Sort::Sign)
        && scan.after(next, Role::Question).is_none()
        && !matches!(scan.folded(next + 1), "ngapi" | "zingahe" | "ngahe" | "gani");
    if is_cut {
        said.is_unread = true;
        at = next + 2;
    }
    said.to = at;
    Some(said)
}

/// Reads a part of a time that is not said yet; `goes_on` if others stand right before. The token after it.
fn part_of(scan: &Scan<'_>, at: usize, said: &mut Said, goes_on: bool) -> Option<usize> {
    if scan.after(at, Role::Question).is_some() {
        return None;
    }
    if (!goes_on || said.is_now)
        && let Some(to) = scan.after(at, Role::Now)
    {
        said.is_now = true;
        return Some(to);
    }
    let has_time = said.after.is_some() || said.is_now;
    if has_time {
        return None;
    }
    if let Some(to) = part_of_day(scan, at, said) {
        return Some(to);
    }
    if said.day.is_none()
        && said.clock.is_none()
        && let Some(to) = distance(scan, at, said)
    {
        return Some(to);
    }
    if let Some((day, to)) = day::day(scan, at, goes_on) {
        let merged = match (said.day, day) {
            (None, day) => Some(day),
            (Some(Day::Weekday { day, .. }), Day::Week(1)) | (Some(Day::Week(1)), Day::Weekday { day, .. }) => {
                Some(Day::Weekday { day, is_next: false, is_unclear: false, is_week_after: true })
            }
            (Some(Day::Weekday { .. } | Day::Month { .. }), Day::Date { .. }) => Some(day),
            (Some(known @ (Day::Date { .. } | Day::Offset(_))), Day::Weekday { .. }) => Some(known),
            (Some(Day::Offset(_)), Day::Date { .. }) => Some(day),
            _ => None,
        };
        said.is_unread |= matches!(day, Day::Unread);
        said.day = Some(merged?);
        return Some(to);
    }
    if said.clock.is_none()
        && let Some((clock, to)) = clock(scan, at, said.day.is_some() || said.part.is_some())
    {
        said.is_unread |= !clock.is_on_the_clock();
        said.clock = Some(clock);
        return Some(to);
    }
    None
}

fn part_of_day(scan: &Scan<'_>, at: usize, said: &mut Said) -> Option<usize> {
    let today = scan.find(at, |it| if let Role::TodayPart(part) = it.role { Some(part) } else { None });
    if let Some((part, to)) = today.filter(|_| said.day.is_none()) {
        said.day = Some(Day::Offset(0));
        said.part = said.part.or(Some(part));
        return Some(to);
    }
    let (part, to) = scan.find(at, |it| if let Role::Part(part) = it.role { Some(part) } else { None })?;
    if is_greeting(scan, at, to) {
        return None;
    }
    // Three nights, each night, a night's price, a night guard are no time.
    let word = scan.folded(at);
    if to == at + 1
        && matches!(word, "night" | "nuit" | "ijoro" | "usiku" | "soir" | "eve" | "soiree" | "magharibi" | "mchana")
    {
        let is_counted = at.checked_sub(1).is_some_and(|before| {
            scan.numeral(before).is_some()
                || scan.matches(before).iter().any(|it| {
                    it.to == at
                        && matches!(it.role, Role::Small(_) | Role::Each | Role::Factor(_))
                        && !matches!(scan.folded(before), "ku" | "kuri" | "le" | "l" | "la" if said.day.is_some())
                })
        });
        if is_counted && said.clock.is_none()
            || scan.numeral(to).is_none() && matches!(scan.folded(to), "guard" | "shift" | "club" | "watchman")
        {
            return None;
        }
        if said.clock.is_none()
            && matches!(
                scan.folded(at.checked_sub(1).unwrap_or(usize::MAX)),
                "wa" | "kila" | "buri" | "chaque" | "every" | "by" | "per"
            )
        {
            return None;
        }
    }
    said.part = said.part.or(Some(part));
    Some(to)
}

/// `good morning`, `habari za asubuhi`, `ijoro ryiza`: wishes.
fn is_greeting(scan: &Scan<'_>, at: usize, to: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map_or("", |at| scan.folded(at));
    matches!(before(1), "good" | "gud" | "goood" | "bonne" | "bon" | "bel" | "belle" | "happy" | "gd")
        || matches!(before(1), "za" | "ya") && matches!(before(2), "habari" | "salamu")
        || matches!(scan.folded(to), "mwema" | "njema" | "ryiza" | "mwiza" | "meza" | "nzuri" | "cyiza")
}

/// `in an hour`, `dans 3 jours`, `baada ya dakika 30`, `2 hours from now`.
fn distance(scan: &Scan<'_>, at: usize, said: &mut Said) -> Option<usize> {
    let leads = scan.find(at, |it| (it.role == Role::In).then_some(it.languages));
    if let Some((languages, mut next)) = leads {
        for _ in 0..2 {
            match scan.after(next, Role::About).or_else(|| scan.after(next, Role::Next)) {
                Some(after) => next = after,
                None if matches!(scan.folded(next), "the" | "les") => next += 1,
                None => break,
            }
        }
        // `après 18h`, `d'ici 18h` name a time of the clock.
        let hours = scan.numeral(next).filter(|_| scan.folded(next + 1) == "h").map_or(0.0, |it| it.value);
        if hours > 0.0 && matches!(scan.folded(at), "apres" | "after") || hours > 5.0 && scan.folded(at) == "d" {
            return None;
        }
        let (distance, to) = duration(scan, next, languages & SW != 0)?;
        // `baada ya saa mbili usiku`.
        let is_part = scan.matches(to).iter().any(|it| matches!(it.role, Role::Part(_)));
        if scan.folded(next) == "saa" && is_part {
            return None;
        }
        distance.note(said);
        return Some(scan.after(to, Role::Later).unwrap_or(to));
    }
    let (distance, to) = duration(scan, at, false)?;
    let to = scan.after(to, Role::Later)?;
    distance.note(said);
    Some(to)
}

/// A distance in time.
enum Distance {
    Minutes(f64),
    Days(f64),
    Months(f64),
}

impl Distance {
    fn of(amount: f64, unit: &str) -> Option<Distance> {
        if !(0.0..=5_000.0).contains(&amount) {
            return None;
        }
        Some(match unit {
            "minute" => Distance::Minutes(amount),
            "hour" => Distance::Minutes(amount * 60.0),
            "day" | "night" => Distance::Days(amount),
            "week" => Distance::Days(amount * 7.0),
            "month" => Distance::Months(amount),
            "year" => Distance::Months(amount * 12.0),
            _ => return None,
        })
    }

    fn note(&self, said: &mut Said) {
        match self {
            Distance::Minutes(minutes) => said.after = Some(minutes.round() as i64),
            Distance::Days(days) if days.fract() != 0.0 => said.after = Some((days * 1_440.0).round() as i64),
            Distance::Days(days) => said.day = Some(Day::Offset(*days as i32)),
            Distance::Months(months) => said.day = Some(Day::Months(months.round() as i32)),
        }
    }
}

/// `an hour`, `2 hours and a half`, `1h30`, `isaha imwe`, `nusu saa`.
fn duration(scan: &Scan<'_>, at: usize, may_be_saa: bool) -> Option<(Distance, usize)> {
    let unit = |at: usize| {
        scan.find(at, |it| match it.role {
            Role::Unit(Measure::Time, name) => Some(name),
            _ => None,
        })
    };
    // `1h30`, `2 h`.
    if let Some(hours) = scan.numeral(at)
        && matches!(scan.folded(at + 1), "h")
    {
        let minutes = scan.numeral(at + 2).filter(|it| it.digits == 2 && scan.is_glued(at + 2));
        let to = if minutes.is_some() { at + 3 } else { at + 2 };
        return Some((Distance::of(hours.value * 60.0 + minutes.map_or(0.0, |it| it.value), "minute")?, to));
    }
    let (amount, name, to) = if let Some((name, after)) = unit(at).filter(|_| scan.folded(at) != "an") {
        // Kinyarwanda and Swahili count behind the unit; `saa moja` is also seven o'clock.
        if scan.folded(at) == "saa" && !may_be_saa {
            return None;
        }
        let count = scan.numeral(after).map(|it| (it.value, after + 1)).or_else(|| below_thousand(scan, after));
        match (count, fraction_behind(scan, after)) {
            (Some((count, to)), _) => (count, name, to),
            (None, Some(_)) => (1.0, name, after),
            (None, None) => return None,
        }
    } else {
        let (count, after) = match number(scan, at) {
            Some(Number { value, to, .. }) => (value, to),
            None if matches!(scan.folded(at), "a" | "an") => (1.0, at + 1),
            None => return None,
        };
        // `half an hour`, `un quart d'heure`, `a few hours`.
        let after = if matches!(scan.folded(after), "a" | "an" | "of" | "d" | "ya" | "cy" | "cya" | "y" | "more") {
            after + 1
        } else {
            after
        };
        let after = if matches!(scan.folded(after), "an" | "more") { after + 1 } else { after };
        let (name, to) = unit(after)?;
        (count, name, to)
    };
    let (more, to) = fraction_behind(scan, to).filter(|_| amount >= 1.0).map_or((0.0, to), |(more, to)| (more, to));
    // `saa moja na dakika 30`, `an hour and 20 minutes`.
    if name == "hour"
        && let Some(next) = scan.after(to, Role::And)
        && let Some((minutes, end)) = counted_minutes(scan, next)
    {
        return Some((Distance::of((amount + more) * 60.0 + minutes, "minute")?, end));
    }
    Some((Distance::of(amount + more, name)?, to))
}
