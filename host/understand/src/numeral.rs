//! Numerals: digits with their separators, and digits that are no number.

use crate::{
    vocabulary::{Role, phrases},
    words::{Sort, Word},
};

/// A numeral: digits, with their separators.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numeral {
    /// Its value.
    pub value: f64,
    /// How many digits it has.
    pub digits: usize,
    /// What stands behind the decimal sign, and how many digits that are.
    pub decimals: Option<(u32, usize)>,
    /// Whether it has a sign or blank between thousands.
    pub is_grouped: bool,
    /// Whether it only names something: a telephone number, a part of a plate or a model.
    pub is_code: bool,
}

/// The numeral that begins at a word of digits, and the place after it.
pub fn numeral(all: &[Word], at: usize) -> (Numeral, usize) {
    let first = &all[at];
    let code = |digits: usize| Numeral { value: 0.0, digits, decimals: None, is_grouped: false, is_code: true };
    if let Some((digits, to)) = telephone(all, at) {
        return (code(digits), to);
    }
    if first.folded.len() > 13 {
        return (code(first.folded.len()), at + 1);
    }
    let (digits, separator, mut to) = thousands(all, at);
    let decimals = decimals(all, at, to, separator);
    if decimals.is_some() {
        to += 2;
    }
    let whole: f64 = digits.parse().unwrap_or(0.0);
    let value = decimals.map_or(whole, |(value, count)| {
        let power = i32::try_from(count).unwrap_or(0);
        whole + f64::from(value) / 10f64.powi(power)
    });
    let is_code = is_part_of_name(all, at);
    (Numeral { value, digits: digits.len(), decimals, is_grouped: separator.is_some(), is_code }, to)
}

fn digits_at(all: &[Word], at: usize) -> Option<&Word> {
    all.get(at).filter(|word| word.sort == Sort::Digits)
}

fn is_adjacent(all: &[Word], at: usize) -> bool {
    all.get(at).is_some_and(|word| !word.after_space)
}

/// The sign right behind the word before.
fn sign_at(all: &[Word], at: usize) -> Option<char> {
    let sign = all.get(at).filter(|word| word.sort == Sort::Sign && !word.after_space)?;
    sign.folded.chars().next()
}

/// A telephone number: groups of digits that begin with 0, + or a country's 25x. How many digits it has, and the place after it.
fn telephone(all: &[Word], at: usize) -> Option<(usize, usize)> {
    let first = &all[at];
    let plus = at > 0 && all[at - 1].folded == "+" && !first.after_space;
    let mut to = at + 1;
    let mut run = first.folded.len();
    while let Some(next) = digits_at(all, to)
        .or_else(|| (matches!(sign_at(all, to), Some('-' | '.'))).then(|| digits_at(all, to + 1)).flatten())
    {
        if run >= 12 || next.folded.len() > 4 {
            break;
        }
        to += if all[to].sort == Sort::Sign { 2 } else { 1 };
        run += next.folded.len();
    }
    let begins = first.folded.as_str();
    let is_phone = run >= 9
        && (plus && run >= 10
            || begins.starts_with('0') && begins.len() >= 2 && begins != "00" && (begins.len() >= 3 || run >= 9)
            || begins.starts_with("25") && run >= 12 && begins.len() != 2
            || run == 9 && begins.starts_with('7') && !all[to - 1].folded.ends_with("000"));
    is_phone.then_some((run, to))
}

/// The digits of a whole number with groups of thousands, what stands between them, and the place after them.
fn thousands(all: &[Word], at: usize) -> (String, Option<char>, usize) {
    let first = &all[at];
    let mut digits = first.folded.clone();
    let mut to = at + 1;
    let mut separator: Option<char> = None;
    if first.folded.len() > 3 || first.folded.starts_with('0') {
        return (digits, separator, to);
    }
    loop {
        let sign = match sign_at(all, to) {
            Some(sign @ (',' | '.' | '\'' | '’')) if is_adjacent(all, to + 1) => Some(sign),
            _ => None,
        };
        let next = if sign.is_some() { to + 1 } else { to };
        let Some(group) = digits_at(all, next) else { break };
        let group_of_three = group.folded.len() == 3;
        let blank = sign.is_none() && group.after_space;
        let separates = sign.unwrap_or(' ');
        let glued_unit = blank
            && all.get(next + 1).is_some_and(|word| {
                !word.after_space
                    && word.sort == Sort::Letters
                    && !matches!(
                        word.folded.as_str(),
                        "k" | "m" | "f" | "frw" | "rwf" | "fr" | "kg" | "kgs" | "l" | "t"
                    )
            });
        if !group_of_three || sign.is_none() && !blank || separator.is_some_and(|it| it != separates) || glued_unit {
            break;
        }
        // `1,250M` is a decimal number.
        let scaled = separator.is_none()
            && matches!(sign, Some(',' | '.'))
            && all.get(next + 1).is_some_and(|word| {
                !word.after_space && matches!(word.folded.as_str(), "m" | "mio") || word.folded.starts_with("milli")
            });
        if scaled || digits.len() + 3 > 15 {
            break;
        }
        separator = Some(separates);
        digits.push_str(&group.folded);
        to = next + 1;
    }
    (digits, separator, to)
}

/// What stands behind a decimal sign at a place, and how many digits that are, in the number that begins before it.
fn decimals(all: &[Word], begin: usize, at: usize, separator: Option<char>) -> Option<(u32, usize)> {
    let sign = sign_at(all, at).filter(|sign| matches!(sign, ',' | '.'))?;
    if separator == Some(sign) || !is_adjacent(all, at + 1) {
        return None;
    }
    let group = digits_at(all, at + 1).filter(|group| group.folded.len() <= 6)?;
    // `15.12.2026` and `1,2,3` are no numbers.
    let goes_on = sign_at(all, at + 2) == Some(sign) && is_adjacent(all, at + 3) && digits_at(all, at + 3).is_some();
    let went_on = begin >= 2
        && matches!(all[begin - 1].folded.as_str(), "." | ",")
        && !all[begin].after_space
        && digits_at(all, begin - 2).is_some();
    let value = group.folded.parse().ok().filter(|_| !goes_on && !went_on)?;
    Some((value, group.folded.len()))
}

/// Whether digits only name something with the letters before them: a part of a plate or a model.
fn is_part_of_name(all: &[Word], at: usize) -> bool {
    let is_glued = at > 0 && !all[at].after_space && all[at - 1].sort == Sort::Letters;
    let known = at > 0
        && phrases(&all[at - 1].folded).iter().any(|phrase| {
            phrase.rest.is_empty()
                && matches!(phrase.role, Role::Currency(_) | Role::Own | Role::Pick | Role::Saa | Role::OClock)
        });
    // `20h30`, `1h30`: the digits behind the h are minutes.
    let is_minutes = at > 1 && all[at - 1].folded == "h" && all[at - 2].sort == Sort::Digits;
    is_glued && !known && !is_minutes && !matches!(all[at - 1].folded.as_str(), "x")
}
