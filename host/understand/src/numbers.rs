//! Numbers, in digits of all scripts and in words: `1 770`, `1½`, `two hundred and fifty`, `quatre-vingt-dix mille`, `ibihumbi 50`,
//! `laki mbili na nusu`.

use crate::{
    scan::Scan,
    vocabulary::{EN, FR, Languages, RW, SW, Role},
};

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
        self.to == at + 1 && scan.matches(at).iter().any(|it| matches!(it.role, Role::Factor(_) | Role::Hundred)) && !scan.folded(at).ends_with("gihumbi")
    }
}

/// The words that stand before what they multiply are Kinyarwanda and Swahili.
const FACTOR_FIRST: Languages = RW | SW;
/// Those that stand behind it are English and French.
const FACTOR_LAST: Languages = EN | FR;

/// The number that begins at a token.
pub fn number(scan: &Scan<'_>, at: usize) -> Option<Number> {
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
    let (mut value, mut to, languages) = match scan.find(at, |it| fraction_of(it.role).map(|f| (f, it.languages))) {
        Some(((value, languages), to)) => (value, to, languages),
        None => {
            let ((value, languages), to) =
                scan.find(at + 1, |it| fraction_of(it.role).map(|f| (f, it.languages)))?;
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

/// Digits, English and French: `2 million`, `two hundred and fifty thousand`, `80k`.
fn factor_last(scan: &Scan<'_>, at: usize) -> Option<Number> {
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
fn factor_last_from(scan: &Scan<'_>, from: usize, article: Option<f64>) -> Option<Number> {
    let mut at = from;
    let (mut total, mut current, mut last) = (0.0, article, f64::INFINITY);
    let (mut factor, mut languages, mut is_spoken, mut to) = (1.0, 0, true, None);
    let mut is_numeral = false;
    let mut parts = 0;
    loop {
        let before = at;
        if let Some(numeral) = scan.numeral(at) {
            // Behind a factor only what goes on with it: `1 million 200 mille`, `5 mille 500`.
            let goes_on = last.is_infinite()
                || numeral.value >= 100.0 && numeral.value < last && unit_behind(scan, at + 1).is_none() && {
                    scan.matches(at + 1).iter().any(|it| factor_of(it.role).is_some_and(|f| f < last))
                        || last <= 1_000.0 && numeral.value < 1_000.0
                        || last > 1_000.0 && numeral.value >= 1_000.0
                };
            if current.is_some() || !goes_on {
                break;
            }
            (current, is_numeral, is_spoken) = (Some(numeral.value), true, false);
            at += 1;
        } else if let Some((value, after, spoken)) = small(scan, at, FACTOR_LAST) {
            match current {
                None => current = Some(value),
                Some(sum) if !is_numeral && goes_together(sum, value) => {
                    current = Some(if value == 20.0 && sum % 100.0 == 4.0 { sum - 4.0 + 80.0 } else { sum + value });
                }
                Some(_) => break,
            }
            if current == Some(value) {
                is_numeral = false;
            }
            (at, languages) = (after, languages | spoken);
        } else if let Some((spoken, after)) = scan.find(at, |it| {
            (it.role == Role::Hundred && it.languages & FACTOR_LAST != 0).then_some(it.languages)
        }) {
            let times = match current {
                None if spoken & FR != 0 => 1.0,
                Some(times) if times > 0.0 && times < 100.0 => times,
                _ => break,
            };
            (current, is_numeral, at, languages) = (Some(times * 100.0), false, after, languages | spoken);
        } else if let Some(((times, spoken), after)) = times_at(scan, at, is_numeral && current.is_some()) {
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
                    Some(sum) => {
                        sum >= 100.0 && sum % 100.0 == 0.0 && value < 100.0
                            || sum % 10.0 == 0.0
                                && (20.0..=80.0).contains(&(sum % 100.0))
                                && (value == 1.0 || value == 11.0)
                                && scan.folded(at) == "et"
                    }
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
            let (mut decimals, mut unit, mut next) = (0.0, 0.1, after);
            while let Some((digit, end, _)) = small(scan, next, FACTOR_LAST).filter(|(digit, _, _)| *digit < 10.0) {
                decimals += digit * unit;
                unit /= 10.0;
                next = end;
            }
            if next > after && !is_numeral {
                (current, at, to) = (Some(sum + decimals), next, Some(next));
            }
        }
        if at == before {
            break;
        }
    }
    let to = to?;
    let value = total + current.unwrap_or(0.0);
    let is_one = is_spoken && article.is_none() && parts == 1 && value == 1.0;
    let is_read = parts > 0 && !(article.is_some() && parts == 0);
    is_read.then_some(Number { value: tidy(value), to, factor, is_spoken, is_one, is_dozen: false, languages })
}

/// A factor behind a number: a word, or a `k` or `M` behind digits.
fn times_at(scan: &Scan<'_>, at: usize, is_numeral: bool) -> Option<((f64, Languages), usize)> {
    if is_numeral {
        let next = scan.folded(at + 1);
        let is_word_end = !scan.is_glued(at + 1) || !next.chars().all(char::is_alphanumeric);
        match scan.folded(at) {
            "k" | "ks" => return Some(((1_000.0, 0), at + 1)),
            "m" if is_word_end && (scan.is_glued(at) || next.is_empty()) && !matches!(next, "from" | "away" | "of" | "x") => {
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

/// Kinyarwanda and Swahili: `ibihumbi 50`, `elfu themanini na tano`, `magana abiri na mirongo itanu`.
fn factor_first(scan: &Scan<'_>, from: usize) -> Option<Number> {
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
            total += count;
            (last, at) = (1.0, end);
            languages |= FACTOR_FIRST;
        } else if let Some(numeral) = scan.numeral(at).filter(|it| {
            parts > 0 && (100.0..last).contains(&it.value) && unit_behind(scan, at + 1).is_none()
        }) {
            total += numeral.value;
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
    let hundred =
        scan.find(at, |it| (it.role == Role::Hundred && it.languages & FACTOR_FIRST != 0).then_some(()));
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
    if let Some((value, after, _)) = small(scan, at, FACTOR_FIRST).filter(|(value, _, _)| (10.0..100.0).contains(value)) {
        return Some((value, after));
    }
    let after = scan.after(at, Role::Ten)?;
    let (times, to, _) = small(scan, after, FACTOR_FIRST).filter(|(value, _, _)| (2.0..10.0).contains(value))?;
    Some((times * 10.0, to))
}

/// The unit behind a number.
pub fn unit_behind(scan: &Scan<'_>, at: usize) -> Option<usize> {
    scan.find(at, |it| matches!(it.role, Role::Unit(..)).then_some(())).map(|((), to)| to)
}

/// Without what is left of binary fractions: 1.1 million is 1,100,000.
fn tidy(value: f64) -> f64 {
    if value.fract() == 0.0 { value } else { (value * 1e6).round() / 1e6 }
}
