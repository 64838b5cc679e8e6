//! The values of a text in their order: times first, then quantities, then money, then the numbers that are left. What one has taken is
//! nothing else: a clock's hour is no price.

use switchboard_core::contract::readings::{Meaning, Reading};

use crate::{
    Setting, money,
    numbers::number,
    quantities,
    scan::Scan,
    times,
    vocabulary::{COUNTS, EN, FR, Role},
    words::{Sort, Words},
};

/// What a token was read as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Claim {
    /// Nothing yet.
    #[default]
    Free,
    /// A time.
    Time,
    /// A quantity; its number is read too.
    Quantity,
    /// An amount that says that it is one.
    Money,
}

/// What the tokens were read as.
#[derive(Debug)]
pub struct Claims(Vec<Claim>);

impl Claims {
    /// Whether these tokens were read as nothing yet.
    pub fn are_free(&self, from: usize, to: usize) -> bool {
        self.0.get(from..to).is_some_and(|claims| claims.iter().all(|claim| *claim == Claim::Free))
    }

    /// What a token was read as.
    pub fn get(&self, at: usize) -> Claim {
        self.0.get(at).copied().unwrap_or_default()
    }

    /// Notes what tokens are read as.
    pub fn set(&mut self, from: usize, to: usize, claim: Claim) {
        for it in self.0.iter_mut().take(to).skip(from) {
            *it = claim;
        }
    }
}

/// A reading of the tokens from one place to another (exclusive).
pub fn reading(scan: &Scan<'_>, from: usize, to: usize, meaning: Meaning, unsure: bool) -> Reading {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let start = scan.tokens.get(from).map_or(0, |token| token.start);
    let end = to.checked_sub(1).and_then(|last| scan.tokens.get(last)).map_or(start, |token| token.end);
    Reading { start: place(start), end: place(end.max(start)), meaning, unsure }
}

/// Reads times, quantities, money and numbers.
pub fn read(words: &Words<'_>, setting: &Setting<'_>, found: &mut Vec<Reading>) {
    let scan = Scan::of(words, setting);
    let mut claims = Claims(vec![Claim::Free; scan.len()]);
    times::read(&scan, &mut claims, found);
    quantities::read(&scan, &mut claims, found);
    money::read(&scan, &mut claims, found);
    numbers(&scan, &claims, found);
}

/// Reads the numbers that are no time and no amount that says so.
fn numbers(scan: &Scan<'_>, claims: &Claims, found: &mut Vec<Reading>) {
    let mut at = 0;
    let mut last: Option<(usize, usize)> = None;
    while at < scan.len() {
        let may_be_number = scan.after(at + 1, Role::And).is_some()
            || scan.may_be_number(at)
            || scan.is_any(at, COUNTS)
            || scan.is_sign(at, &["#"]);
        if !may_be_number || matches!(claims.get(at), Claim::Time | Claim::Money) {
            at += 1;
            continue;
        }
        let picked =
            scan.after(at, Role::Pick).map(|to| if scan.is_sign(to, &[".", "°", "º", ":"]) { to + 1 } else { to });
        let hash = scan.is_sign(at, &["#"]).then_some(at + 1);
        let read = if let Some(company) = quantities::company(scan, at) {
            Some(company)
        } else if let Some((value, to)) = picked.or(hash).and_then(|to| Some((scan.numeral(to)?.value, to + 1))) {
            Some((value, to))
        } else {
            ordinal(scan, at).or_else(|| counted(scan, at))
        };
        match read.filter(|(_, to)| (at..*to).all(|at| !matches!(claims.get(at), Claim::Time | Claim::Money))) {
            Some((value, to)) => {
                // `2 or 3`: one is as likely as the other.
                let is_choice = last.is_some_and(|(_, end)| end < at && is_or(scan, end, at));
                if is_choice
                    && let Some(before) = found.iter_mut().rev().find(|it| matches!(it.meaning, Meaning::Number(_)))
                {
                    before.unsure = true;
                }
                found.push(reading(scan, at, to, Meaning::Number(value), is_choice));
                last = Some((at, to));
                at = to;
            }
            None => at += 1,
        }
    }
}

fn is_or(scan: &Scan<'_>, from: usize, to: usize) -> bool {
    to == from + 1 && matches!(scan.folded(from), "or" | "ou" | "cyangwa" | "au" | "ama" | "-" | "–" | "/")
}

/// `first`, `2nd`, `1er`, `ya pili`.
fn ordinal(scan: &Scan<'_>, at: usize) -> Option<(f64, usize)> {
    if let Some(numeral) = scan.numeral(at) {
        let to = ordinal_suffix(scan, at + 1)?;
        return (!matches!(scan.folded(to), "hand" | "main")).then_some((numeral.value, to));
    }
    let ((value, count), to) = scan.find(at, |it| match it.role {
        Role::Ordinal(value) => Some((value, it.to - at)),
        _ => None,
    })?;
    let is_pointed =
        at.checked_sub(1).is_some_and(|before| matches!(scan.folded(before), "the" | "le" | "la" | "option" | "choix"));
    let is_alone = scan.tokens.iter().filter(|token| token.sort != Sort::Sign).count() <= 3;
    let is_second_hand = matches!(scan.folded(to), "hand" | "main");
    ((is_pointed || is_alone || count > 1) && !is_second_hand).then_some((value, to))
}

/// The token after `st`, `nd`, `er`, `eme` behind digits.
pub fn ordinal_suffix(scan: &Scan<'_>, at: usize) -> Option<usize> {
    let is_suffix = scan.is_glued(at)
        && matches!(scan.folded(at), "st" | "nd" | "rd" | "th" | "er" | "ere" | "re" | "e" | "eme" | "ieme" | "ᵉ");
    is_suffix.then_some(at + 1)
}

/// A number, but not an article.
fn counted(scan: &Scan<'_>, at: usize) -> Option<(f64, usize)> {
    let number = number(scan, at)?;
    let spoken = scan.tokens.iter().filter(|token| token.sort != Sort::Sign).count();
    let is_alone = number.to - at == spoken;
    if number.is_one && number.is_spoken {
        // `one` is a pronoun, `un` an article: numbers only by themselves.
        let is_pointed =
            at.checked_sub(1).is_some_and(|before| !matches!(scan.folded(before), "just" | "only" | "juste"));
        if number.languages & (EN | FR) != 0 && (is_pointed || spoken > 2) && !is_alone {
            return None;
        }
    }
    // `robo` and `demi` alone in a sentence are no number, nor is the `mille` of a name.
    let is_unmeasured =
        number.to == at + 1 && number.is_spoken && !is_alone && crate::numbers::unit_behind(scan, number.to).is_none();
    if is_unmeasured && (number.value < 1.0 && number.value > 0.0 || number.is_bare_factor(scan, at)) {
        return None;
    }
    // French `neuf` is `new` behind a noun.
    if scan.folded(at) == "neuf"
        && number.to == at + 1
        && !is_alone
        && crate::numbers::unit_behind(scan, number.to).is_none()
    {
        return None;
    }
    Some((number.value, number.to))
}
