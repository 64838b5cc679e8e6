//! Numbers whose factors stand before: Kinyarwanda and Swahili.

use super::parts::{FACTOR_FIRST, FACTOR_LAST, Number, and, factor_of, small, tidy, unit_behind};
use crate::{scan::Scan, vocabulary::Role};

/// Kinyarwanda and Swahili: `ibihumbi 50`, `elfu themanini na tano`, `magana abiri na mirongo itanu`.
pub fn factor_first(scan: &Scan<'_>, from: usize) -> Option<Number> {
    let (mut at, mut total, mut last, mut factor) = (from, 0.0, f64::INFINITY, 1.0);
    let (mut to, mut is_spoken, mut languages) = (None, true, 0);
    let mut parts = 0;
    loop {
        let found = scan.find(at, |it| {
            let times = factor_of(it.role).filter(|_| it.languages & FACTOR_FIRST != 0)?;
            (times < last).then_some((times, it.languages))
        });
        if let Some(((times, spoken), after)) = found {
            let (count, after) = if let Some(numeral) = scan.numeral(after).filter(|it| it.value < 1_000_000.0) {
                is_spoken = false;
                (numeral.value, after + 1)
            } else if let Some((count, end)) = below_thousand(scan, after) {
                (count, end)
            } else if scan.folded(at).ends_with("bihumbi") || spoken & FACTOR_LAST != 0 {
                break;
            } else {
                (1.0, after)
            };
            total += count * times;
            (last, factor, at, languages) = (times, times, after, languages | spoken);
        } else if let Some((count, end)) = below_thousand(scan, at) {
            if parts > 0 && count >= last {
                break;
            }
            total += rest_of(last, count);
            (last, at) = (1.0, end);
            languages |= FACTOR_FIRST;
        } else if let Some(numeral) = scan
            .numeral(at)
            .filter(|it| parts > 0 && (100.0..last).contains(&it.value) && unit_behind(scan, at + 1).is_none())
        {
            total += rest_of(last, numeral.value);
            (last, at, is_spoken) = (1.0, at + 1, false);
        } else {
            break;
        }
        parts += 1;
        to = Some(at);
        if last <= 1.0 {
            break;
        }
        // The rest follows `na`; a hundred or a smaller factor also without.
        match and(scan, at, FACTOR_FIRST) {
            Some(after) => at = after,
            None if large_first(scan, at, last) => {}
            None => break,
        }
    }
    let is_one = parts == 1 && total == 1.0;
    Some(Number { value: tidy(total), to: to?, factor, is_spoken, is_one, is_dozen: false, languages })
}

/// What a rest without a factor is worth: `laki mbili na hamsini` is fifty thousand more, `miliyoni imwe na magana atanu` five hundred.
fn rest_of(last: f64, rest: f64) -> f64 {
    if last.is_finite() && rest >= 10.0 && last >= 100_000.0 && rest * 1_000.0 < last { rest * 1_000.0 } else { rest }
}

/// Whether a hundred or a factor below `last` begins here.
fn large_first(scan: &Scan<'_>, at: usize, last: f64) -> bool {
    scan.matches(at).iter().any(|it| {
        it.languages & FACTOR_FIRST != 0
            && match it.role {
                Role::Hundred => true,
                Role::Factor(times) => times < last && times > 1.0,
                Role::Small(value) => value >= 100.0,
                _ => false,
            }
    })
}

/// A number below a thousand as Kinyarwanda and Swahili say it.
pub fn below_thousand(scan: &Scan<'_>, from: usize) -> Option<(f64, usize)> {
    let mut total = 0.0;
    let mut at = from;
    let mut to = None;
    let hundred = scan.find(at, |it| (it.role == Role::Hundred && it.languages & FACTOR_FIRST != 0).then_some(()));
    if let Some(((), after)) = hundred {
        let times = small(scan, after, FACTOR_FIRST).filter(|(value, _, _)| *value < 10.0);
        // `ijana` is one hundred; `magana` and `mia` want to be told how many, and `mia` alone is one too.
        (total, at) = match (scan.folded(from), times, scan.numeral(after)) {
            ("ijana", _, _) => (100.0, after),
            (_, Some((times, end, _)), _) => (times * 100.0, end),
            (_, None, Some(numeral)) if numeral.value < 10.0 => (numeral.value * 100.0, after + 1),
            ("mia", None, _) => (100.0, after),
            _ => return None,
        };
        to = Some(at);
    } else if let Some((value, after, _)) = small(scan, at, FACTOR_FIRST).filter(|(value, _, _)| *value >= 100.0) {
        (total, at, to) = (value, after, Some(after));
    }
    let next = if to.is_some() { and(scan, at, FACTOR_FIRST).unwrap_or(at) } else { at };
    let ten = ten(scan, next);
    if let Some((value, after)) = ten {
        total += value;
        (at, to) = (after, Some(after));
    }
    let next = match (to.is_some(), and(scan, at, FACTOR_FIRST)) {
        (true, Some(after)) => after,
        (true, None) => return to.map(|to| (total, to)),
        (false, _) => at,
    };
    if let Some((value, after, _)) = small(scan, next, FACTOR_FIRST).filter(|(value, _, _)| *value < 10.0) {
        // A time's half or a person's name behind `na` is no part of it.
        total += value;
        to = Some(after);
    }
    to.map(|to| (total, to))
}

/// `kumi`, `ishirini`, `mirongo itatu`.
fn ten(scan: &Scan<'_>, at: usize) -> Option<(f64, usize)> {
    if let Some((value, after, _)) = small(scan, at, FACTOR_FIRST).filter(|(value, _, _)| (10.0..100.0).contains(value))
    {
        return Some((value, after));
    }
    let after = scan.after(at, Role::Ten)?;
    let (times, to, _) = small(scan, after, FACTOR_FIRST).filter(|(value, _, _)| (2.0..10.0).contains(value))?;
    Some((times * 10.0, to))
}
