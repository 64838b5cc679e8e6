//! The values of a text in their order: times first, then quantities, then money, then the numbers that are left. What one has taken is
//! nothing else: a clock's hour is no price.

use switchboard_core::contract::readings::{Meaning, Reading};

use crate::{
    claims::{Claim, Claims, reading},
    money,
    numbers::number,
    quantities,
    scan::Scan,
    setting::Setting,
    times,
    vocabulary::{COUNTS, EN, FR, Role},
    words::{Sort, Words},
};

/// Reads times, quantities, money and numbers.
pub fn read(words: &Words<'_>, setting: &Setting<'_>, found: &mut Vec<Reading>) {
    let scan = Scan::of(words, setting);
    let mut claims = Claims::of(&scan);
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
        } else if let Some((value, to)) = picked.or(hash).and_then(|to| {
            Some((scan.numeral(to)?.value, to + 1)).filter(|(_, end)| number(scan, to).is_some_and(|it| it.to == *end))
        }) {
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
        let to = scan.ordinal_suffix(at + 1)?;
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
