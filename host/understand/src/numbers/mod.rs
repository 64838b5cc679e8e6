//! Numbers, in digits of all scripts and in words: `1 770`, `1½`, `two hundred and fifty`, `quatre-vingt-dix mille`, `ibihumbi 50`,
//! `laki mbili na nusu`.

mod first;
mod last;

use crate::{
    scan::Scan,
    vocabulary::{EN, FR, Languages, RW, Role, SW},
};

pub use first::below_thousand;
use first::factor_first;
use last::{factor_last, factor_last_from};

/// A number of the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// Its value.
    pub value: f64,
    /// The token after it.
    pub to: usize,
    /// The last factor of it, a thousand or more; 1 if it has none.
    pub factor: f64,
    /// Whether it is said in words only.
    pub is_spoken: bool,
    /// Whether it is an article as much as a number: `a dozen` is not, `un` and `one` are.
    pub is_one: bool,
    /// Whether it takes a noun with it: `a dozen`.
    pub is_dozen: bool,
    /// The languages of its words.
    pub languages: Languages,
}

impl Number {
    /// Whether it is a factor without a number: the `mille` of a name as much as a thousand.
    pub fn is_bare_factor(&self, scan: &Scan<'_>, at: usize) -> bool {
        self.to == at + 1
            && scan.matches(at).iter().any(|it| matches!(it.role, Role::Factor(_) | Role::Hundred))
            && !scan.folded(at).ends_with("gihumbi")
    }
}

/// The words that stand before what they multiply are Kinyarwanda and Swahili.
const FACTOR_FIRST: Languages = RW | SW;
/// Those that stand behind it are English and French.
const FACTOR_LAST: Languages = EN | FR;

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

fn words(value: f64, to: usize, factor: f64, languages: Languages) -> Number {
    Number { value, to, factor, is_spoken: true, is_one: false, is_dozen: false, languages }
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

fn is_article(scan: &Scan<'_>, at: usize, languages: Languages) -> bool {
    match scan.folded(at) {
        "a" | "an" => languages & EN != 0,
        "un" | "une" => languages & FR != 0,
        _ => false,
    }
}

fn fraction_of(role: Role) -> Option<f64> {
    if let Role::Fraction(value) = role { Some(value) } else { None }
}

fn factor_of(role: Role) -> Option<f64> {
    if let Role::Factor(value) = role { Some(value) } else { None }
}

/// A small number in words, and the token after it.
fn small(scan: &Scan<'_>, at: usize, languages: Languages) -> Option<(f64, usize, Languages)> {
    let (found, to) = scan.find(at, |it| match it.role {
        Role::Small(value) if it.languages & languages != 0 => Some((value, it.languages)),
        _ => None,
    })?;
    // A matatu is a minibus, unless it counts something of its class.
    let is_minibus =
        scan.folded(at) == "matatu" && !at.checked_sub(1).is_some_and(|before| scan.folded(before).starts_with("ma"));
    (!is_minibus).then_some((found.0, to, found.1))
}

/// `and`, `et`, `na`, `n'`: the token after it, or the same one.
fn and(scan: &Scan<'_>, at: usize, languages: Languages) -> Option<usize> {
    scan.matches(at).iter().find(|it| it.role == Role::And && it.languages & languages != 0).map(|it| it.to)
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

/// The value of a fraction that is one character.
fn vulgar(sign: &str) -> Option<f64> {
    Some(match sign {
        "½" => 0.5,
        "¼" => 0.25,
        "¾" => 0.75,
        "⅓" => 1.0 / 3.0,
        "⅔" => 2.0 / 3.0,
        _ => return None,
    })
}

/// `1/2`, `1/4`, `3/4`: three tokens.
fn slashed(scan: &Scan<'_>, at: usize) -> Option<f64> {
    if !scan.is_sign(at + 1, &["/", "⁄"]) || !scan.is_glued(at + 1) || !scan.is_glued(at + 2) {
        return None;
    }
    match (scan.folded(at), scan.folded(at + 2)) {
        ("1", "2") => Some(0.5),
        ("1", "4") => Some(0.25),
        ("3", "4") => Some(0.75),
        _ => None,
    }
}

/// The unit behind a number.
pub fn unit_behind(scan: &Scan<'_>, at: usize) -> Option<usize> {
    scan.find(at, |it| matches!(it.role, Role::Unit(..)).then_some(())).map(|((), to)| to)
}

/// Without what is left of binary fractions: 1.1 million is 1,100,000.
fn tidy(value: f64) -> f64 {
    if value.fract() == 0.0 { value } else { (value * 1e6).round() / 1e6 }
}
