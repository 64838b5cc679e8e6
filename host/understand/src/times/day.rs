//! The day of a time: words of days, weekdays, dates, weeks and months.

use super::date::{date, month_only};
use super::kinds::Day;
use crate::{
    scan::Scan,
    vocabulary::{Measure, Role},
};

/// The day that begins at a token; `goes_on` if another part of a time stands before it.
pub fn day(scan: &Scan<'_>, at: usize, goes_on: bool) -> Option<(Day, usize)> {
    let unclear = scan.after(at, Role::UnclearDay).map(|to| (Day::Unread, to));
    unclear
        .or_else(|| stretch(scan, at))
        .or_else(|| date(scan, at, goes_on))
        .or_else(|| scan.find(at, |it| if let Role::Day(days) = it.role { Some(Day::Offset(days)) } else { None }))
        .or_else(|| weekday(scan, at, goes_on))
        .or_else(|| month_only(scan, at, goes_on))
}

/// `next week`, `this weekend`, `fin du mois`.
fn stretch(scan: &Scan<'_>, at: usize) -> Option<(Day, usize)> {
    let named = scan.find(at, |it| match it.role {
        Role::WeekAfter => Some(Day::Week(1)),
        Role::Weekend => Some(Day::Weekend),
        Role::EndMonth => Some(Day::EndOfMonth),
        Role::NextMonth => Some(Day::NextMonth),
        _ => None,
    });
    if named.is_some() {
        return named;
    }
    let modifier = |at: usize| {
        scan.find(at, |it| match it.role {
            Role::Next => Some(1),
            Role::This => Some(0),
            _ => None,
        })
    };
    let unit = |at: usize| {
        scan.find(at, |it| match it.role {
            Role::Unit(Measure::Time, name @ ("week" | "month")) => Some(name),
            _ => None,
        })
    };
    let made = |weeks: i32, name: &str| match (name, weeks) {
        ("week", weeks) => Some(Day::Week(weeks)),
        (_, 1) => Some(Day::NextMonth),
        _ => None,
    };
    if let Some((weeks, next)) = modifier(at) {
        if let Some((name, to)) = unit(next) {
            return Some((made(weeks, name)?, to));
        }
        let to = scan.after(next, Role::Weekend)?;
        return Some((Day::Weekend, to));
    }
    let (name, next) = unit(at)?;
    let (weeks, to) = modifier(next)?;
    Some((made(weeks, name)?, to))
}

fn weekday(scan: &Scan<'_>, at: usize, goes_on: bool) -> Option<(Day, usize)> {
    let modifier =
        |at: usize| scan.find(at, |it| matches!(it.role, Role::Next | Role::This).then_some(it.role == Role::Next));
    let (is_next, start) = modifier(at).map_or((false, at), |(is_next, to)| (is_next, to));
    let full = scan.find(start, |it| if let Role::Weekday(day) = it.role { Some(day) } else { None });
    let (day, mut to) = match full {
        // `mu cyumweru` is `in a week`.
        Some(_) if scan.folded(start) == "cyumweru" && scan.len() > 1 && !goes_on => return None,
        Some(found) => found,
        None => short_weekday(scan, start, goes_on || start > at)?,
    };
    let mut is_next = is_next;
    let is_unclear = is_next && matches!(scan.folded(at), "next" | "nxt");
    let mut is_week_after = false;
    // `vendredi prochain`, `ijumaa ijayo`, `friday of next week`.
    if let Some(after) = scan.after(to, Role::WeekAfter).or_else(|| {
        let joined = scan.after(to, Role::Join)?;
        scan.after(joined, Role::WeekAfter)
    }) {
        (is_week_after, to) = (true, after);
    } else if let Some((next, after)) = modifier(to).filter(|_| start == at) {
        (is_next, to) = (next, after);
    }
    Some((Day::Weekday { day, is_next, is_unclear, is_week_after }, to))
}

/// `fri`, `sam`: only beside other parts of a time.
fn short_weekday(scan: &Scan<'_>, at: usize, is_beside: bool) -> Option<(i8, usize)> {
    let (day, to) = scan.find(at, |it| if let Role::WeekdayShort(day) = it.role { Some(day) } else { None })?;
    let is_led = at.checked_sub(1).is_some_and(|before| {
        matches!(scan.folded(before), "on" | "le" | "this" | "next" | "every" | "until" | "till")
    });
    let leads = scan.matches(to).iter().any(|it| {
        matches!(it.role, Role::Part(_) | Role::At)
            && !matches!(scan.folded(to), "a" | "by" | "from" | "apres" | "avant" | "vers" | "des")
    }) || scan.numeral(to).is_some_and(|it| it.value <= 31.0)
        && (scan
            .matches(to + 1)
            .iter()
            .any(|it| matches!(it.role, Role::Am | Role::Pm | Role::OClock | Role::Month(_) | Role::MonthWord(_)))
            || scan.is_sign(to + 1, &[":"])
            || scan.ordinal_suffix(to + 1).is_some());
    (is_beside || is_led || leads || scan.len() == 1).then_some((day, to))
}
