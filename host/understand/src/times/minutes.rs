//! Minutes of an hour in English and French: `half past`, `moins le quart`.

use super::{
    around::{ends, half, half_of_day, is_part, o_clock},
    kinds::{Clock, Style},
};
use crate::{
    numbers::{fraction_behind, number},
    scan::Scan,
    vocabulary::{EN, FR, Measure, Role},
};

/// `30`, `et demie`, `et quart`, `moins le quart`, `moins dix`, `trente` behind `heures` or `h`.
pub fn heures_minutes(scan: &Scan<'_>, at: usize) -> (f64, usize) {
    if let Some((part, to)) = fraction_behind(scan, at) {
        return (part * 60.0, to);
    }
    if let Some(next) = scan.after(at, Role::Before).filter(|_| scan.folded(at) == "moins") {
        let quarter = scan.find(next, |it| (it.role == Role::Fraction(0.25)).then_some(15.0));
        let count = || {
            let count = number(scan, next).filter(|it| it.value < 60.0)?;
            Some((count.value, minute_unit(scan, count.to)))
        };
        if let Some((minutes, to)) = quarter.or_else(count) {
            return (-minutes, to);
        }
    }
    if let Some(numeral) = scan.numeral(at) {
        let is_minutes = numeral.digits <= 2 && numeral.decimals.is_none() && numeral.value < 60.0;
        let is_glued = scan.is_glued(at) && numeral.digits == 2;
        if is_minutes
            && (is_glued
                || numeral.digits == 2 && ends(scan, minute_unit(scan, at + 1))
                || minute_unit(scan, at + 1) > at + 1)
        {
            return (numeral.value, minute_unit(scan, at + 1));
        }
        return (0.0, at);
    }
    let start = scan.after(at, Role::And).unwrap_or(at);
    match number(scan, start) {
        Some(it) if it.is_spoken && it.value < 60.0 && it.value.fract() == 0.0 && it.languages & FR != 0 => {
            let to = minute_unit(scan, it.to);
            let counts = to > it.to || is_part(scan, to) || to >= scan.len() || !it.is_one && ends(scan, to);
            if counts { (it.value, to) } else { (0.0, at) }
        }
        _ => (0.0, at),
    }
}

/// The token after `minutes`, if it stands here.
fn minute_unit(scan: &Scan<'_>, at: usize) -> usize {
    scan.find(at, |it| matches!(it.role, Role::Unit(Measure::Time, "minute")).then_some(())).map_or(at, |((), to)| to)
}

/// `half past 6`, `quarter to nine`, `twenty past 8`, `ten minutes to seven`.
pub fn past_or_to(scan: &Scan<'_>, at: usize, is_bare: bool) -> Option<(Clock, usize)> {
    let start = if scan.folded(at) == "a" { at + 1 } else { at };
    let part = scan.find(start, |it| if let Role::Fraction(value) = it.role { Some(value * 60.0) } else { None });
    let (minutes, next) = match part {
        Some(found) => found,
        None => {
            let count = number(scan, start)
                .filter(|it| (1.0..60.0).contains(&it.value) && it.factor == 1.0 && it.value.fract() == 0.0)?;
            let to = minute_unit(scan, count.to);
            let is_sure =
                to > count.to || count.is_spoken || is_bare && matches!(count.value as i32, 5 | 10 | 15 | 20 | 25);
            if !is_sure {
                return None;
            }
            (count.value, to)
        }
    };
    let is_english =
        |role| scan.matches(next).iter().find(|it| it.role == role && it.languages & EN != 0).map(|it| it.to);
    let (sign, hour_at) = match (is_english(Role::Past), is_english(Role::Before)) {
        (Some(to), _) => (1.0, to),
        (None, Some(to)) => (-1.0, to),
        (None, None) => return None,
    };
    let hour = number(scan, hour_at)
        .filter(|it| (1.0..=12.0).contains(&it.value) && it.value.fract() == 0.0 && it.factor == 1.0);
    let named = scan.find(hour_at, |it| if let Role::Clock(minutes) = it.role { Some(minutes) } else { None });
    if let Some((named, to)) = named {
        return Some((Clock { minutes: i32::from(named) + (sign * minutes) as i32, style: Style::Exact }, to));
    }
    let hour = hour?;
    // `ten to twelve people`, `20 to 5 kg`.
    if part.is_none()
        && scan
            .matches(hour.to)
            .iter()
            .any(|it| matches!(it.role, Role::Unit(..) | Role::Factor(_) | Role::Currency(_)))
    {
        return None;
    }
    let is_range = part.is_none()
        && sign < 0.0
        && !is_bare
        && minute_unit(scan, next - 1) == next - 1
        && !is_part(scan, hour.to)
        && half(scan, hour.to).is_none();
    if is_range {
        return None;
    }
    let to = o_clock(scan, hour.to).unwrap_or(hour.to);
    let clock = Clock { minutes: hour.value as i32 * 60 + (sign * minutes) as i32, style: Style::Bare };
    Some(half_of_day(scan, clock, to))
}
