//! Numbers, in digits of all scripts and in words: `1 770`, `1½`, `two hundred and fifty`, `quatre-vingt-dix mille`, `ibihumbi 50`,
//! `laki mbili na nusu`.

mod first;
mod last;
mod parts;

use crate::{
    scan::Scan,
    vocabulary::{EN, FR, RW, Role, SW},
};

pub use first::below_thousand;
use first::factor_first;
use last::{factor_last, factor_last_from};
use parts::{FACTOR_FIRST, FACTOR_LAST, and, factor_of, fraction_of, is_article, slashed, small, vulgar, words};
pub use parts::{Number, unit_behind};

/// The number that begins at a token.
pub fn number(scan: &Scan<'_>, at: usize) -> Option<Number> {
    if !scan.may_be_number(at) {
        return None;
    }
    let found = dozen(scan, at)
        .or_else(|| fraction(scan, at))
        .or_else(|| factor_first(scan, at))
        .or_else(|| factor_last(scan, at))
        .or_else(|| article(scan, at))?;
    let found = half_more(scan, found);
    // `two and a half million`.
    let is_half = found.factor == 1.0 && found.value.fract() != 0.0 && found.is_spoken;
    match scan.find(found.to, |it| factor_of(it.role)).filter(|_| is_half) {
        Some((factor, to)) => Some(Number { value: found.value * factor, factor, to, ..found }),
        None => Some(found),
    }
}

/// `a dozen`, `une douzaine`, `two dozen`, `a couple of`.
fn dozen(scan: &Scan<'_>, at: usize) -> Option<Number> {
    let dozen_at = |at| scan.find(at, |it| if let Role::Dozen(n) = it.role { Some((n, it.languages)) } else { None });
    let of = |to: usize| if scan.folded(to) == "of" { to + 1 } else { to };
    if let Some(((value, languages), to)) = dozen_at(at) {
        // `dazeni ebyiri`.
        if languages & FACTOR_FIRST != 0 {
            let count = scan.numeral(to).map(|it| (it.value, to + 1)).or_else(|| below_thousand(scan, to));
            if let Some((count, to)) = count.filter(|(count, _)| *count < 1_000.0) {
                return Some(Number { is_dozen: value > 2.0, ..words(value * count, to, 1.0, languages) });
            }
        }
        return Some(Number { is_dozen: value > 2.0, ..words(value, of(to), 1.0, languages) });
    }
    let ((value, languages), to) = dozen_at(at + 1)?;
    let times = match scan.numeral(at) {
        Some(numeral) => numeral.value,
        None if is_article(scan, at, languages) => 1.0,
        None => small(scan, at, FACTOR_LAST).filter(|(n, _, _)| *n < 10.0)?.0,
    };
    Some(Number { is_dozen: value > 2.0, ..words(times * value, of(to), 1.0, languages) })
}

/// `half`, `half a million`, `une demi`, `nusu`, `½`, `3/4`.
fn fraction(scan: &Scan<'_>, at: usize) -> Option<Number> {
    // `three quarters`, `robo tatu`.
    let quarters = |at: usize| matches!(scan.folded(at), "quarters" | "quarts");
    if let Some((count, to, languages)) = small(scan, at, FACTOR_LAST).filter(|(_, to, _)| quarters(*to)) {
        return Some(words(count / 4.0, to + 1, 1.0, languages));
    }
    if scan.folded(at) == "robo" && scan.folded(at + 1) == "tatu" {
        return Some(words(0.75, at + 2, 1.0, SW));
    }
    let (mut value, mut to, languages) = match scan.find(at, |it| fraction_of(it.role).map(|f| (f, it.languages))) {
        Some(((value, languages), to)) => (value, to, languages),
        None => {
            let ((value, languages), to) = scan.find(at + 1, |it| fraction_of(it.role).map(|f| (f, it.languages)))?;
            is_article(scan, at, languages).then_some((value, to, languages))?
        }
    };
    // `half a million`, `nusu milioni`.
    let next = if matches!(scan.folded(to), "a" | "de" | "ya" | "cya") { to + 1 } else { to };
    let mut factor = 1.0;
    if let Some((times, after)) = scan.find(next, |it| factor_of(it.role)) {
        (value, factor, to) = (value * times, times, after);
    }
    Some(words(value, to, factor, languages))
}

/// `a hundred`, `a thousand and fifty`.
fn article(scan: &Scan<'_>, at: usize) -> Option<Number> {
    let large = |role| matches!(role, Role::Hundred) || factor_of(role).is_some();
    let is_large = scan.matches(at + 1).iter().any(|it| large(it.role) && it.languages & EN != 0);
    if !is_large || !is_article(scan, at, EN) {
        return None;
    }
    factor_last_from(scan, at + 1, Some(1.0))
}

/// `½`, `1½`, `and a half`, `et demi`, `na nusu`, `n'igice` behind a number.
fn half_more(scan: &Scan<'_>, number: Number) -> Number {
    let unit = if number.factor > 1.0 { number.factor } else { 1.0 };
    match fraction_behind(scan, number.to) {
        Some((value, to)) if number.value >= 1.0 => Number { value: number.value + value * unit, to, ..number },
        _ => number,
    }
}

/// `and a half`, `et demie`, `na nusu`, `n'igice`, `½`, `1/2` behind a number or a unit.
pub fn fraction_behind(scan: &Scan<'_>, at: usize) -> Option<(f64, usize)> {
    if let Some(value) = vulgar(scan.folded(at)) {
        return Some((value, at + 1));
    }
    if let Some(value) = slashed(scan, at).filter(|_| at > 0 && scan.numeral(at - 1).is_some()) {
        return Some((value, at + 3));
    }
    let next = and(scan, at, EN | FR | RW | SW)?;
    let next = if matches!(scan.folded(next), "a" | "an" | "un" | "une") { next + 1 } else { next };
    scan.find(next, |it| fraction_of(it.role))
}
