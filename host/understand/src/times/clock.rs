//! The time of the clock: `8pm`, `20h30`, `half past 7`, `huit heures et quart`, `saa mbili na nusu`, `saa tatu n'iminota itanu`.

use super::{
    around::{colon_minutes, ends, goes_on_as_hour, half, half_of_day, is_part, o_clock},
    kinds::{Clock, Style},
    minutes::{heures_minutes, past_or_to},
    saa::saa,
};
use crate::numeral::Numeral;
use crate::{
    numbers::{fraction_behind, number},
    scan::Scan,
    vocabulary::{EN, FR, Role},
};

/// The time that begins at a token; `goes_on` if a day or a part of it was said right before.
pub fn clock(scan: &Scan<'_>, at: usize, goes_on: bool) -> Option<(Clock, usize)> {
    if let Some((named, to)) = scan.find(at, |it| if let Role::Clock(minutes) = it.role { Some(minutes) } else { None })
    {
        let (more, to) = fraction_behind(scan, to).unwrap_or((0.0, to));
        return Some((Clock { minutes: i32::from(named) + (more * 60.0) as i32, style: Style::Exact }, to));
    }
    if let Some(next) = scan.after(at, Role::Saa)
        && let Some(read) = saa(scan, next)
    {
        return Some(read);
    }
    if let Some(next) = scan.after(at, Role::At) {
        let next = scan.after(next, Role::About).unwrap_or(next);
        if let Some(named) = scan.find(next, |it| if let Role::Clock(minutes) = it.role { Some(minutes) } else { None })
        {
            return Some((Clock { minutes: i32::from(named.0), style: Style::Exact }, named.1));
        }
        return spoken(scan, next, true, true);
    }
    spoken(scan, at, goes_on, false)
}

/// A time without `saa`. `is_bare` if an hour alone is one; `is_led` if `at` stands before it.
fn spoken(scan: &Scan<'_>, at: usize, is_bare: bool, is_led: bool) -> Option<(Clock, usize)> {
    if let Some(read) = past_or_to(scan, at, is_bare) {
        return Some(read);
    }
    match scan.numeral(at) {
        Some(numeral) => in_digits(scan, at, numeral, is_bare, is_led),
        None => in_words(scan, at, is_bare, is_led),
    }
}

/// A time whose hour is a numeral.
fn in_digits(scan: &Scan<'_>, at: usize, numeral: Numeral, is_bare: bool, is_led: bool) -> Option<(Clock, usize)> {
    let is_plain = numeral.decimals.is_none() && !numeral.is_grouped;
    if is_plain
        && numeral.digits <= 2
        && let Some(minutes) = colon_minutes(scan, at + 1)
    {
        let is_time = numeral.value <= 24.0 && minutes < 60.0;
        if !is_time {
            return Some((Clock { minutes: i32::MAX, style: Style::Exact }, at + 3));
        }
        let leading_zero = scan.folded(at).starts_with('0');
        let clock = Clock::of(numeral.value, minutes, if leading_zero { Style::Exact } else { Style::Colon });
        let to = if matches!(scan.folded(at + 3), "h" | "hrs" | "hours") { at + 4 } else { at + 3 };
        return Some(half_of_day(scan, clock, to));
    }
    // `8.30pm`, `at 8.30`.
    if let Some((minutes, 2)) = numeral.decimals
        && numeral.value < 24.0
        && minutes < 60
        && !numeral.is_grouped
        && (is_led && ends(scan, at + 1) || half(scan, at + 1).is_some() || is_bare && ends(scan, at + 1))
    {
        return Some(half_of_day(scan, Clock::of(numeral.value.trunc(), f64::from(minutes), Style::Colon), at + 1));
    }
    // `1430hrs`.
    if is_plain && numeral.digits == 4 && matches!(scan.folded(at + 1), "hrs" | "hours" | "h") {
        let (hour, minutes) = ((numeral.value / 100.0).trunc(), numeral.value % 100.0);
        return (hour < 24.0 && minutes < 60.0)
            .then(|| (Clock { style: Style::Exact, ..Clock::of(hour, minutes, Style::Exact) }, at + 2));
    }
    if !is_plain || numeral.digits > 2 || numeral.value > 24.0 {
        return None;
    }
    // `20h30`, `8 h`, `8 heures et demie`.
    let is_glued_h = scan.folded(at + 1) == "h" && (scan.is_glued(at + 1) || is_bare);
    let is_heures = matches!(scan.folded(at + 1), "heures" | "heure") && (is_bare || is_part(scan, at + 2));
    // `24h/24`.
    if is_glued_h && scan.is_sign(at + 2, &["/"]) {
        return None;
    }
    if is_glued_h || is_heures {
        let (minutes, to) = heures_minutes(scan, at + 2);
        let is_time = (-60.0..60.0).contains(&minutes);
        return is_time.then(|| half_of_day(scan, Clock::of(numeral.value, minutes, Style::Hour), to));
    }
    if let Some((is_afternoon, to)) = half(scan, at + 1).filter(|_| (1.0..=23.0).contains(&numeral.value)) {
        return Some((Clock::of(numeral.value, 0.0, Style::Bare).half(is_afternoon), to));
    }
    if let Some(to) = o_clock(scan, at + 1) {
        return Some(half_of_day(scan, Clock::of(numeral.value, 0.0, Style::Bare), to));
    }
    // `8 30 pm`.
    if let Some(minutes) = scan.numeral(at + 1).filter(|it| it.digits == 2 && it.value < 60.0 && is_led)
        && (half(scan, at + 2).is_some() || is_part(scan, at + 2))
    {
        return Some(half_of_day(scan, Clock::of(numeral.value, minutes.value, Style::Colon), at + 2));
    }
    let is_hour = is_bare && numeral.value >= 1.0 && (ends(scan, at + 1) || is_led && goes_on_as_hour(scan, at + 1));
    // `8 in the evening`, `7 du soir`; `for 4 tonight` counts people.
    let is_counted =
        at.checked_sub(1).is_some_and(|before| matches!(scan.folded(before), "for" | "pour" | "of" | "table"));
    let is_hour = is_hour || is_part(scan, at + 1) && !is_counted && (1.0..=12.0).contains(&numeral.value);
    is_hour.then(|| (Clock::of(numeral.value, 0.0, Style::Bare), at + 1))
}

/// A time whose hour is a word.
fn in_words(scan: &Scan<'_>, at: usize, is_bare: bool, is_led: bool) -> Option<(Clock, usize)> {
    let style =
        |style, clock: Clock| Clock { style: if clock.style == Style::Exact { Style::Exact } else { style }, ..clock };
    let hour = number(scan, at).filter(|it| {
        it.is_spoken && (1.0..=24.0).contains(&it.value) && it.factor == 1.0 && it.languages & (EN | FR) != 0
    })?;
    // `half` behind belongs to the hour: `huit et demie` is read by `number`.
    let (whole, part) = (hour.value.trunc(), hour.value.fract());
    if matches!(scan.folded(hour.to), "heure" | "heures" | "h")
        && (is_bare || is_part(scan, hour.to + 1) || heures_minutes(scan, hour.to + 1).1 > hour.to + 1)
    {
        let (minutes, to) = heures_minutes(scan, hour.to + 1);
        return Some((style(Style::Hour, Clock::of(whole, minutes, Style::Hour)), to));
    }
    if let Some((is_afternoon, to)) = half(scan, hour.to) {
        return Some((Clock::of(whole, part * 60.0, Style::Bare).half(is_afternoon), to));
    }
    if let Some(to) = o_clock(scan, hour.to) {
        return Some(half_of_day(scan, Clock::of(whole, 0.0, Style::Bare), to));
    }
    // `eight thirty`.
    if let Some(minutes) =
        number(scan, hour.to).filter(|it| it.is_spoken && (1.0..60.0).contains(&it.value) && it.languages & EN != 0)
        && (is_led || half(scan, minutes.to).is_some() || is_part(scan, minutes.to))
        && minutes.value.fract() == 0.0
    {
        return Some(half_of_day(scan, Clock::of(whole, minutes.value, Style::Colon), minutes.to));
    }
    // French says `heures` behind a spoken hour.
    let is_article = hour.languages & EN == 0;
    let is_hour = is_bare
        && !is_article
        && (ends(scan, hour.to) || is_led && goes_on_as_hour(scan, hour.to))
        && hour.value <= 12.0;
    is_hour.then(|| (Clock::of(whole, part * 60.0, Style::Bare), hour.to))
}
