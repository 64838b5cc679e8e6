//! Money: amounts, limits and ranges, with what they are the price of.

mod evidence;
mod per;
mod term;

use switchboard_core::contract::readings::{Amount, Meaning, Reading};

use crate::{
    claims::{Claim, Claims, reading},
    scan::Scan,
    vocabulary::{AMOUNTS, EN, Role},
    words::Sort,
};

use evidence::{filler, filler_before, is_alone, is_small, is_year, negotiable, said_price, unit_or_thing};
use per::{per, per_before};
use term::term;

/// A bare number below this is an amount only if something says so.
const BARE_MIN: f64 = 1_000.0;

/// A number that a weak word such as `for` precedes is an amount from here on.
const WEAK_MIN: f64 = 100.0;

/// An amount as it is read.
struct Price {
    from: usize,
    to: usize,
    low: Option<f64>,
    high: Option<f64>,
    currency: Option<String>,
    per: Option<&'static str>,
    /// Whether something says that it is money.
    is_explicit: bool,
    unsure: bool,
}

/// Reads them.
pub fn read(scan: &Scan<'_>, claims: &mut Claims, found: &mut Vec<Reading>) {
    let negotiable = negotiable(scan);
    let count = found.len();
    let mut at = 0;
    while at < scan.len() {
        if !scan.may_be_number(at) && !scan.is_any(at, AMOUNTS) {
            at += 1;
            continue;
        }
        let price = free(scan, at).or_else(|| price(scan, claims, at));
        match price.filter(|price| claims.are_free(price.from, price.to)) {
            Some(price) => {
                let hundredths = |units: f64| (units * 100.0 + 0.5) as u64;
                let amount = Amount {
                    low: price.low.map(hundredths),
                    high: price.high.map(hundredths),
                    currency: price.currency.unwrap_or_else(|| scan.setting.currency.to_owned()),
                    per: price.per.map(str::to_owned),
                    negotiable: negotiable.is_some(),
                };
                found.push(reading(scan, price.from, price.to, Meaning::Money(amount), price.unsure));
                if price.is_explicit {
                    claims.set(price.from, price.to, Claim::Money);
                }
                at = price.to;
            }
            None => at += 1,
        }
    }
    // `make it negotiable`: no amount, but an answer.
    if found.len() == count
        && let Some((from, to)) = negotiable
    {
        let currency = scan.setting.currency.to_owned();
        let amount = Amount { low: None, high: None, currency, per: None, negotiable: true };
        found.push(reading(scan, from, to, Meaning::Money(amount), false));
    }
}

/// `free`, `gratuit`, `ku buntu`, `bure`; not `free seats`, `are you free`.
fn free(scan: &Scan<'_>, at: usize) -> Option<Price> {
    let (languages, to) = scan.find(at, |it| (it.role == Role::Free).then_some(it.languages))?;
    if to == at + 1 && languages == EN {
        let before = at.checked_sub(1).map_or("", |before| scan.folded(before));
        let next = scan.folded(to);
        let ends = next.is_empty()
            || !next.starts_with(char::is_alphabetic)
            || matches!(next, "in" | "to" | "pls" | "please" | "near" | "at" | "pick" | "just");
        let is_time =
            matches!(before, "you" | "i" | "am" | "is" | "are" | "m" | "be" | "feel" | "re" | "when" | "he" | "she");
        if is_time || !ends {
            return None;
        }
    }
    if scan.before(at, Role::Not).is_some() {
        return None;
    }
    let is_explicit = true;
    Some(Price { from: at, to, low: Some(0.0), high: Some(0.0), currency: None, per: None, is_explicit, unsure: false })
}

/// The amount that begins here, with its limits.
fn price(scan: &Scan<'_>, claims: &Claims, at: usize) -> Option<Price> {
    // `between 80 and 100k`, `from 50 to 60 thousand`.
    if let Some(start) = scan.after(at, Role::Between)
        && let Some(mut range) = range(scan, claims, filler(scan, start), true)
    {
        // `ibihumbi hagati ya 50 na 60`.
        let factor = at.checked_sub(1).and_then(|before| {
            scan.find(before, |it| if let Role::Factor(times) = it.role { Some(times) } else { None })
        });
        if let Some((times, _)) = factor.filter(|(_, to)| *to == at && range.high.is_some_and(|high| high < 1_000.0)) {
            (range.low, range.high) = (range.low.map(|low| low * times), range.high.map(|high| high * times));
            return finish(scan, claims, Price { from: at - 1, unsure: false, ..range });
        }
        return finish(scan, claims, Price { from: at, ..range });
    }
    let limit = scan.find(at, |it| matches!(it.role, Role::Max | Role::Min).then_some(it.role));
    if let Some((role, start)) = limit {
        let start = filler(scan, start);
        if let Some(range) = range(scan, claims, start, false) {
            return finish(scan, claims, Price { from: at, ..range });
        }
        let term = term(scan, claims, start)?;
        let is_plain = term.currency.is_none() && term.number.factor == 1.0;
        let tokens = scan.tokens.iter().filter(|token| token.sort != Sort::Sign).count();
        if is_plain && term.number.value < if role == Role::Max { 20.0 } else { WEAK_MIN } && tokens > 4
            || is_year(scan, &term)
        {
            return None;
        }
        let units = term.number.value;
        let (low, high) = if role == Role::Max { (None, Some(units)) } else { (Some(units), None) };
        let unsure = is_plain && is_small(scan, units);
        let (to, currency) = (term.to, term.currency);
        return finish(scan, claims, Price { from: at, to, low, high, currency, per: None, is_explicit: true, unsure });
    }
    if let Some(range) = range(scan, claims, at, false) {
        return finish(scan, claims, range);
    }
    single(scan, claims, at)
}

/// An amount without a limit.
fn single(scan: &Scan<'_>, claims: &Claims, at: usize) -> Option<Price> {
    let term = term(scan, claims, at)?;
    let units = term.number.value;
    let has_factor = term.number.factor >= 1_000.0 && !term.number.is_bare_factor(scan, at);
    let limit = scan.find(term.to, |it| matches!(it.role, Role::OrLess | Role::OrMore).then_some(it.role));
    let plus = scan.is_sign(term.to, &["+"]).then_some((Role::OrMore, term.to + 1));
    let limit = limit.or(plus);
    let said_price = said_price(scan, at);
    let per = per(scan, term.to).is_some() || per_before(scan, at).is_some();
    let haggles = scan.matches(term.to).iter().any(|it| matches!(it.role, Role::Fixed | Role::Negotiable));
    let is_alone = is_alone(scan, at, term.to);
    let is_weak =
        at > 0 && scan.before(at, Role::Weak).or_else(|| scan.before(filler_before(scan, at), Role::Weak)).is_some();
    if is_weak && units < WEAK_MIN && is_alone && !said_price && term.currency.is_none() && !has_factor && !per {
        // `for two`, `à 8`.
        return None;
    }
    let is_counted = unit_or_thing(scan, &term);
    let is_explicit = term.currency.is_some()
        || has_factor
        || per
        || haggles
        || said_price
        || limit.is_some() && units >= 20.0
        || is_weak && units >= WEAK_MIN && !is_counted;
    let picks = scan.before(at, Role::Pick).is_some()
        || at >= 2 && scan.is_sign(at - 1, &[".", "°", "#"])
        || at == 1 && scan.is_sign(0, &["#"]);
    if !is_explicit && (term.number.value.fract() != 0.0 && !is_alone || picks) {
        return None;
    }
    if term.number.is_one && term.number.is_spoken && !per && term.currency.is_none() {
        return None;
    }
    if is_counted && !(term.currency.is_some() || has_factor || per) {
        return None;
    }
    // By itself it may answer another question as well.
    let is_only_number = is_alone && term.currency.is_none() && !per;
    let is_money = is_explicit
        || is_alone
        || units >= BARE_MIN && !is_year(scan, &term) && !term.number.is_bare_factor(scan, at)
        || is_weak && is_year(scan, &term);
    if !is_money {
        return None;
    }
    let unsure = term.currency.is_none() && !has_factor && !per && is_small(scan, units);
    let (low, high, to) = match limit {
        Some((Role::OrLess, to)) => (None, Some(units), to),
        Some((_, to)) => (Some(units), None, to),
        None => (Some(units), Some(units), term.to),
    };
    finish(
        scan,
        claims,
        Price {
            from: term.from,
            to,
            low,
            high,
            currency: term.currency,
            per: None,
            is_explicit: is_explicit && !is_only_number,
            unsure,
        },
    )
}

/// Two amounts: `80k-100k`, `100-120k`, `entre 80 et 100 mille`, `hagati y'ibihumbi 80 n'ibihumbi 100`.
fn range(scan: &Scan<'_>, claims: &Claims, at: usize, is_between: bool) -> Option<Price> {
    let first = term(scan, claims, at)?;
    let next = first.to;
    let is_dash = scan.is_sign(next, &["-", "–", "—", "~"]);
    let to = scan.after(next, Role::To);
    let word = scan.folded(next);
    let joins = match (is_dash, to) {
        (true, _) => next + 1,
        (false, Some(to)) => to,
        _ => return None,
    };
    // `and` and `or` make a range only between two limits; `a` and `to` also without.
    if !is_dash && !is_between && matches!(word, "and" | "et" | "na" | "n" | "or" | "ou" | "cyangwa" | "au") {
        return None;
    }
    let second = term(scan, claims, filler(scan, joins)).or_else(|| term(scan, claims, joins))?;
    let (mut low, mut high) = (first.number, second.number);
    // The factor is said once: `100-120k`, `elfu 80 hadi 100`.
    if low.factor == 1.0 && low.value < 1_000.0 && high.factor > 1.0 && low.value * high.factor <= high.value {
        low.value *= high.factor;
        low.factor = high.factor;
    } else if high.factor == 1.0 && high.value < 1_000.0 && low.factor > 1.0 && high.value * low.factor >= low.value {
        high.value *= low.factor;
        high.factor = low.factor;
    }
    if low.value >= high.value {
        return None;
    }
    let currency = second.currency.clone().or(first.currency);
    let is_explicit = currency.is_some() || high.factor > 1.0 || low.factor > 1.0;
    let is_counted = unit_or_thing(scan, &second) && !is_explicit && per(scan, second.to).is_none();
    let is_year = is_year(scan, &second);
    let is_bare =
        !is_explicit && !is_between && high.value < BARE_MIN && !is_alone(scan, at, second.to) && !said_price(scan, at);
    if is_counted || is_year || is_bare || !is_explicit && high.value < 20.0 {
        return None;
    }
    let unsure = !is_explicit && is_small(scan, low.value);
    Some(Price {
        from: first.from,
        to: second.to,
        low: Some(low.value),
        high: Some(high.value),
        currency,
        per: None,
        is_explicit: true,
        unsure,
    })
}

/// Adds what it is the price of.
fn finish(scan: &Scan<'_>, claims: &Claims, price: Price) -> Option<Price> {
    if let Some((unit, to)) = per(scan, price.to)
        && claims.are_free(price.to, to)
    {
        return Some(Price { per: Some(unit), to, is_explicit: true, ..price });
    }
    if let Some((unit, from, is_beside)) = per_before(scan, price.from) {
        let from = if is_beside && claims.are_free(from, price.from) { from } else { price.from };
        return Some(Price { per: Some(unit), from, is_explicit: true, ..price });
    }
    Some(price)
}
