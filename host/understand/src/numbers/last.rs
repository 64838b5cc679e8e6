//! Numbers whose factors stand behind: digits, English and French.

use super::parts::{
    FACTOR_FIRST, FACTOR_LAST, Number, and, factor_of, slashed, small, tidy, unit_behind, vulgar, words,
};
use crate::{
    scan::Scan,
    vocabulary::{EN, FR, Languages, RW, Role, SW},
};

/// Digits, English and French: `2 million`, `two hundred and fifty thousand`, `80k`.
pub fn factor_last(scan: &Scan<'_>, at: usize) -> Option<Number> {
    if let Some(value) = vulgar(scan.folded(at)) {
        return Some(words(value, at + 1, 1.0, EN | FR | RW | SW));
    }
    if let Some(value) = slashed(scan, at) {
        let is_unit = scan.matches(at + 3).iter().any(|it| matches!(it.role, Role::Unit(..)))
            || matches!(scan.folded(at + 3), "a" | "of" | "d" | "de");
        if is_unit {
            return Some(Number { is_spoken: false, ..words(value, at + 3, 1.0, EN | FR | RW | SW) });
        }
    }
    factor_last_from(scan, at, None)
}

/// Reads on from a token; `current` is what an article stands for.
pub fn factor_last_from(scan: &Scan<'_>, from: usize, article: Option<f64>) -> Option<Number> {
    let mut at = from;
    let (mut total, mut current, mut last) = (0.0, article, f64::INFINITY);
    let (mut factor, mut languages, mut is_spoken, mut to) = (1.0, 0, true, None);
    let mut is_numeral = false;
    let mut parts = 0;
    loop {
        let before = at;
        if let Some(numeral) = scan.numeral(at) {
            // Behind a factor only what goes on with it: `1 million 200 mille`, `5 mille 500`.
            if current.is_some() || !goes_on_behind(scan, at, numeral.value, last) {
                break;
            }
            (current, is_numeral, is_spoken) = (Some(numeral.value), true, false);
            at += 1;
        } else if let Some((value, after, spoken)) = small(scan, at, FACTOR_LAST) {
            let Some(sum) = joined(current, value, is_numeral) else { break };
            (current, is_numeral) = (Some(sum), is_numeral && sum != value);
            (at, languages) = (after, languages | spoken);
        } else if let Some((spoken, after)) =
            scan.find(at, |it| (it.role == Role::Hundred && it.languages & FACTOR_LAST != 0).then_some(it.languages))
        {
            let times = match current {
                None if spoken & FR != 0 => 1.0,
                Some(times) if times > 0.0 && times < 100.0 => times,
                _ => break,
            };
            (current, is_numeral, at, languages) = (Some(times * 100.0), false, after, languages | spoken);
        } else if let Some(((times, spoken), after)) =
            times_at(scan, at, is_numeral && current.is_some(), !is_numeral && current.is_some())
        {
            let count = match current {
                Some(count) if times < last => count,
                None if spoken & FR != 0 && times == 1_000.0 && times < last => 1.0,
                _ => break,
            };
            total += count * times;
            (last, factor, current, is_numeral, at) = (times, times, None, false, after);
            languages |= spoken;
        } else {
            break;
        }
        parts += 1;
        to = Some(at);
        // `two hundred and fifty`, `vingt et un`, `one point five`.
        if let Some(after) = and(scan, at, FACTOR_LAST) {
            let next = small(scan, after, FACTOR_LAST).map(|(value, _, _)| value);
            let goes_on = !is_numeral
                && next.is_some_and(|value| match current {
                    Some(sum) => goes_together_by_and(sum, value, scan.folded(at)),
                    None => last <= 1_000_000.0 && total > 0.0 && parts > 1,
                });
            let hundred = scan.folded(at) == "and"
                && current.is_none()
                && scan.folded(after) == "a"
                && scan.folded(after + 1) == "hundred";
            if goes_on || hundred {
                at = after;
            }
        }
        if let (Some(sum), Some(after)) = (current, scan.after(at, Role::Point)) {
            let (decimals, next) = decimals(scan, after);
            if next > after && !is_numeral {
                (current, at, to) = (Some(sum + decimals), next, Some(next));
            }
        }
        if at == before {
            break;
        }
    }
    let to = to?;
    // `un million deux cents` is two hundred thousand more.
    let rest = current.unwrap_or(0.0);
    let rest =
        if last >= 1_000_000.0 && last.is_finite() && (100.0..1_000.0).contains(&rest) { rest * 1_000.0 } else { rest };
    let value = total + rest;
    let is_one = is_spoken && article.is_none() && parts == 1 && value == 1.0;
    Some(Number { value: tidy(value), to, factor, is_spoken, is_one, is_dozen: false, languages })
}

/// Whether a numeral behind a factor goes on with the number.
fn goes_on_behind(scan: &Scan<'_>, at: usize, value: f64, factor: f64) -> bool {
    factor.is_infinite()
        || value >= 100.0 && value < factor && unit_behind(scan, at + 1).is_none() && {
            scan.matches(at + 1).iter().any(|it| factor_of(it.role).is_some_and(|f| f < factor))
                || factor <= 1_000.0 && value < 1_000.0
                || factor > 1_000.0
        }
}

/// A sum with a small number behind it; none if they do not go together.
fn joined(sum: Option<f64>, value: f64, is_numeral: bool) -> Option<f64> {
    match sum {
        None => Some(value),
        Some(sum) if !is_numeral && goes_together(sum, value) => {
            Some(if value == 20.0 && sum % 100.0 == 4.0 { sum - 4.0 + 80.0 } else { sum + value })
        }
        Some(_) => None,
    }
}

/// Whether a number goes on with a sum behind this word for *and*.
fn goes_together_by_and(sum: f64, value: f64, and: &str) -> bool {
    sum >= 100.0 && sum % 100.0 == 0.0 && value < 100.0
        || sum % 10.0 == 0.0 && (20.0..=80.0).contains(&(sum % 100.0)) && (value == 1.0 || value == 11.0) && and == "et"
}

/// The digits behind *point*, as words, and the place after them.
fn decimals(scan: &Scan<'_>, at: usize) -> (f64, usize) {
    let (mut decimals, mut unit, mut to) = (0.0, 0.1, at);
    while let Some((digit, end, _)) = small(scan, to, FACTOR_LAST).filter(|(digit, _, _)| *digit < 10.0) {
        decimals += digit * unit;
        unit /= 10.0;
        to = end;
    }
    (decimals, to)
}

/// A factor behind a number: a word, or a `k` or `M` behind digits.
fn times_at(scan: &Scan<'_>, at: usize, is_numeral: bool, is_spoken: bool) -> Option<((f64, Languages), usize)> {
    // `seventy five k`.
    if is_spoken && scan.folded(at) == "k" && !scan.is_glued(at) {
        return Some(((1_000.0, 0), at + 1));
    }
    if is_numeral {
        let next = scan.folded(at + 1);
        let is_word_end = !scan.is_glued(at + 1) || !next.chars().all(char::is_alphanumeric);
        match scan.folded(at) {
            "k" | "ks" => return Some(((1_000.0, 0), at + 1)),
            "m" if is_word_end
                && (scan.is_glued(at) || next.is_empty())
                && !matches!(next, "from" | "away" | "of" | "x") =>
            {
                return Some(((1_000_000.0, 0), at + 1));
            }
            "b" if scan.is_glued(at) && is_word_end => return Some(((1e9, 0), at + 1)),
            _ => {}
        }
    }
    scan.find(at, |it| {
        let times = factor_of(it.role)?;
        // Behind digits also a word that stands before its number, unless it does here: `mishkaki 10, elfu mbili`.
        let leads = is_numeral && small(scan, it.to, FACTOR_FIRST).is_none() && scan.numeral(it.to).is_none();
        (it.languages & FACTOR_LAST != 0 || leads).then_some((times, it.languages))
    })
}

/// Whether a small number goes on with what was said: `forty` `two`, `soixante` `douze`, `quatre` `vingt`, `dix` `sept`.
fn goes_together(sum: f64, value: f64) -> bool {
    let rest = sum % 100.0;
    if rest == 0.0 {
        return sum >= 100.0 && value < 100.0 && value > 0.0;
    }
    value == 20.0 && rest == 4.0
        || rest == 10.0 && (7.0..10.0).contains(&value)
        || rest >= 20.0 && rest % 10.0 == 0.0 && (1.0..10.0).contains(&value)
        || (rest == 60.0 || rest == 80.0) && (10.0..=16.0).contains(&value)
}
