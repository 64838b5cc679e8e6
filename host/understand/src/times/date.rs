//! Dates and months.

use super::kinds::Day;
use crate::{
    numbers::{below_thousand, number},
    scan::Scan,
    vocabulary::{FR, Role},
    words::Sort,
};

/// A date: `15 dec`, `le 1er janvier`, `tariki 15 ukuboza`, `25/12`, `2026-12-25`, `the 15th`.
pub fn date(scan: &Scan<'_>, at: usize, goes_on: bool) -> Option<(Day, usize)> {
    if let Some(read) = numeric(scan, at, goes_on) {
        return Some(read);
    }
    // `dec 15`, `ukuboza 15, 2026`.
    if let Some((month, after)) = month(scan, at)
        && let Some((day, to)) = day_number(scan, after, false)
        && scan.numeral(after).is_some()
        && !is_hour(scan, to)
    {
        let (year, to) = year(scan, to);
        return Some((Day::Date { day, month: Some(month), year }, to));
    }
    let led = scan.find(at, |it| (it.role == Role::Date).then_some(it.languages));
    let start = led.map_or(at, |(_, to)| to);
    if led.is_some()
        && let Some(read) = numeric(scan, start, true)
    {
        return Some(read);
    }
    let (day, after) = day_number(scan, start, led.is_some())?;
    // `15 (of) december`, `3 z'ukwezi kwa kabiri`.
    for next in after..=after + 2 {
        if let Some((month, to)) = month(scan, next) {
            let (year, to) = year(scan, to);
            // `dix-sept`, `four may`: words that are more than a month.
            let is_spoken = scan.numeral(start).is_none()
                && scan.matches(next).iter().any(|it| matches!(it.role, Role::MonthWord(_)));
            return (!is_spoken).then_some((Day::Date { day, month: Some(month), year }, to));
        }
        const BETWEEN: &[&str] =
            &["of", "de", "d", "z", "za", "ya", "y", ",", "the", "mwezi", "ukwezi", "mu", "wa", "cya", "la"];
        if !BETWEEN.contains(&scan.folded(next)) {
            break;
        }
    }
    let has_suffix = after > start + 1 && scan.numeral(start).is_some();
    let ((), _) = led.map(|(_, to)| ((), to)).or(has_suffix.then_some(((), 0)))?;
    let ends = ends_here(scan, after);
    let word = scan.folded(at);
    let is_date = match word {
        "tariki" | "taliki" | "itariki" | "tarehe" | "terehe" | "ku" => true,
        "date" | "le" => ends && scan.numeral(start).is_some() && scan.numeral(start).is_some_and(|it| it.digits <= 2),
        "the" | "on" => ends && has_suffix,
        _ => {
            let before = at.checked_sub(1).map_or("", |before| scan.folded(before));
            ends && has_suffix
                && (goes_on || matches!(before, "by" | "on" | "before" | "until" | "till" | "from" | "for"))
        }
    };
    is_date.then_some((Day::Date { day, month: None, year: None }, after))
}

/// Whether nothing that could be counted follows.
fn ends_here(scan: &Scan<'_>, at: usize) -> bool {
    let Some(token) = scan.tokens.get(at) else { return true };
    token.sort == Sort::Sign && !matches!(token.folded, "%" | "/" | "$" | "€")
        || scan.matches(at).iter().any(|it| {
            matches!(
                it.role,
                Role::Join | Role::At | Role::On | Role::Part(_) | Role::Saa | Role::Clock(_) | Role::And | Role::In
            )
        })
        || token.numeral.is_some() && matches!(scan.folded(at + 1), "h" | "am" | "pm" | ":")
        || matches!(token.folded, "svp" | "please" | "pls" | "je" | "i" | "we" | "nous" | "find")
}

/// Whether an hour's sign follows: `dec 9am` names no day.
fn is_hour(scan: &Scan<'_>, at: usize) -> bool {
    scan.is_sign(at, &[":"]) && scan.is_glued(at)
        || scan.matches(at).iter().any(|it| matches!(it.role, Role::Am | Role::Pm))
        || scan.folded(at) == "h" && scan.is_glued(at)
}

/// The day of a month, in digits or words.
fn day_number(scan: &Scan<'_>, at: usize, is_led: bool) -> Option<(i8, usize)> {
    if let Some(numeral) = scan.numeral(at) {
        let is_day = numeral.decimals.is_none()
            && !numeral.is_grouped
            && numeral.digits <= 2
            && (1.0..=31.0).contains(&numeral.value);
        let to = scan.ordinal_suffix(at + 1).unwrap_or(at + 1);
        return is_day.then_some((numeral.value as i8, to));
    }
    let ordinal = |at| scan.find(at, |it| if let Role::Ordinal(value) = it.role { Some(value) } else { None });
    // `twenty fifth`.
    let tens = scan.find(at, |it| if let Role::Small(value @ (20.0 | 30.0)) = it.role { Some(value) } else { None });
    if let Some((tens, after)) = tens
        && let Some((unit, to)) = ordinal(after).filter(|(unit, _)| *unit < 10.0 && tens + *unit <= 31.0)
    {
        return Some(((tens + unit) as i8, to));
    }
    if let Some((value, to)) = ordinal(at) {
        return Some((value as i8, to));
    }
    let (value, to) = match number(scan, at) {
        Some(number) if number.is_spoken && number.factor == 1.0 => (number.value, number.to),
        _ => below_thousand(scan, at)?,
    };
    let is_day = (1.0..=31.0).contains(&value) && value.fract() == 0.0;
    (is_day && (is_led || month_behind(scan, to))).then_some((value as i8, to))
}

fn month_behind(scan: &Scan<'_>, at: usize) -> bool {
    (at..at + 2).any(|at| scan.matches(at).iter().any(|it| matches!(it.role, Role::Month(_) | Role::MonthWord(_))))
}

/// A month by name, by number (`ukwezi kwa kabiri`, `mwezi wa 12`), or with one letter wrong.
fn month(scan: &Scan<'_>, at: usize) -> Option<(i8, usize)> {
    let named = scan.find(at, |it| match it.role {
        Role::Month(month) | Role::MonthWord(month) => Some(month),
        _ => None,
    });
    if let Some((month, to)) = named {
        return Some((
            month,
            if scan.is_sign(to, &["."]) && scan.is_glued(to) && scan.folded(at).len() <= 4 && to < scan.len() {
                to + usize::from(scan.len() > to + 1)
            } else {
                to
            },
        ));
    }
    if let Some(next) = scan.after(at, Role::OfMonth) {
        let (value, to) = match (scan.folded(next), scan.numeral(next)) {
            ("mbere" | "kwanza", _) => (1.0, next + 1),
            ("pili", _) => (2.0, next + 1),
            (_, Some(numeral)) => (numeral.value, next + 1),
            _ => below_thousand(scan, next)?,
        };
        return (1.0..=12.0).contains(&value).then_some((value as i8, to));
    }
    None
}

/// `2026` behind a date.
fn year(scan: &Scan<'_>, at: usize) -> (Option<i16>, usize) {
    let next = if scan.is_sign(at, &[","]) || matches!(scan.folded(at), "of" | "de") { at + 1 } else { at };
    match scan.numeral(next) {
        Some(it)
            if it.digits == 4 && !it.is_grouped && it.decimals.is_none() && (2000.0..=2100.0).contains(&it.value) =>
        {
            (Some(it.value as i16), next + 1)
        }
        _ => (None, at),
    }
}

/// `25/12`, `25/12/2026`, `2026-12-25`, `25.12.2026`.
fn numeric(scan: &Scan<'_>, at: usize, is_led: bool) -> Option<(Day, usize)> {
    let part = |at: usize| scan.numeral(at).filter(|it| it.decimals.is_none() && !it.is_grouped && it.digits <= 4);
    let first = part(at)?;
    let sign = scan.folded(at + 1);
    if !matches!(sign, "/" | "-" | ".") || !scan.is_glued(at + 1) || !scan.is_glued(at + 2) {
        return None;
    }
    let second = part(at + 2)?;
    let third =
        (scan.folded(at + 3) == sign && scan.is_glued(at + 3) && scan.is_glued(at + 4)).then(|| part(at + 4)).flatten();
    let (day, month, year, to) = match third {
        Some(third) if first.digits == 4 => (third.value, second.value, Some(first.value), at + 5),
        Some(third) if first.digits <= 2 && second.digits <= 2 => {
            let year = if third.digits <= 2 { third.value + 2_000.0 } else { third.value };
            (first.value, second.value, Some(year), at + 5)
        }
        Some(_) => return None,
        None => (first.value, second.value, None, at + 3),
    };
    if third.is_none() {
        let is_half =
            matches!((scan.folded(at), scan.folded(at + 2)), ("1", "2") | ("1", "4") | ("3", "4") | ("24", "7"));
        let is_unit = scan.matches(to).iter().any(|it| matches!(it.role, Role::Unit(..)));
        let is_range = sign != "/" && !(is_led && sign == "-" && second.digits == 2);
        let is_long = first.digits > 2 || second.digits > 2;
        if is_range
            || is_half && !is_led
            || is_unit
            || is_long
            || scan.is_sign(at.wrapping_sub(1), &["/"])
            || scan.is_sign(to, &["/", "="])
        {
            return None;
        }
    }
    let is_date = (1.0..=31.0).contains(&day) && (1.0..=12.0).contains(&month);
    // `12/25`: month and day, where it cannot be the other way.
    let (day, month, is_date) = if !is_date && (1.0..=31.0).contains(&month) && (1.0..=12.0).contains(&day) {
        (month, day, true)
    } else {
        (day, month, is_date)
    };
    let year = year.map(|year| year as i16);
    if !is_date || year.is_some_and(|year| !(1900..=2200).contains(&year)) {
        // `50/50` is no date, `30/02` one that is not.
        let may_be_date = (sign == "/" && day.min(month) <= 31.0) || third.is_some();
        return may_be_date.then_some((Day::Unread, to));
    }
    Some((Day::Date { day: day as i8, month: Some(month as i8), year }, to))
}

/// `in january`, `mu kwezi kwa mbere`.
pub fn month_only(scan: &Scan<'_>, at: usize, goes_on: bool) -> Option<(Day, usize)> {
    let modifier = |at: usize| scan.find(at, |it| matches!(it.role, Role::Next | Role::This).then_some(()));
    let start = modifier(at).map_or(at, |((), to)| to);
    let is_word = scan.matches(start).iter().any(|it| matches!(it.role, Role::MonthWord(_)));
    let is_numbered = scan.after(start, Role::OfMonth).is_some();
    let (month, to) = month(scan, start).filter(|_| {
        is_numbered || scan.matches(start).iter().any(|it| matches!(it.role, Role::Month(_) | Role::MonthWord(_)))
    })?;
    let (year, end) = year(scan, to);
    let is_led = at.checked_sub(1).is_some_and(|before| {
        scan.matches(before)
            .iter()
            .any(|it| it.role == Role::On || it.role == Role::This || it.role == Role::Next || it.role == Role::In)
            || matches!(
                scan.folded(before),
                "kwezi"
                    | "mwezi"
                    | "ukwezi"
                    | "of"
                    | "early"
                    | "late"
                    | "mid"
                    | "debut"
                    | "fin"
                    | "mi"
                    | "d"
                    | "until"
                    | "kwa"
            )
    });
    let french_mai = scan.matches(start).iter().any(|it| it.languages & FR != 0);
    let is_alone =
        scan.len() <= 2 && !is_word || scan.len() == 1 && (french_mai || is_word) && scan.folded(start) != "sept";
    let is_month = is_led || start > at || year.is_some() || is_alone || goes_on || is_numbered;
    is_month.then_some((Day::Month { month, year }, if year.is_some() { end } else { to }))
}
