//! What says that a number is an amount, or something else.

use super::term::Term;
use crate::{
    scan::Scan,
    vocabulary::{AMOUNTS, Role},
    words::Sort,
};

/// Passes over `about`, `:`, `the`, an article.
pub fn filler(scan: &Scan<'_>, mut at: usize) -> usize {
    for _ in 0..4 {
        let is_known = scan.is_sign(at, &[":", "=", "-", "~", "≈"])
            || matches!(scan.folded(at), "the" | "de" | "d" | "ni" | "is" | "est" | "of" | "y" | "ya" | "kuri" | "ku");
        match scan.after(at, Role::About).or_else(|| scan.after(at, Role::Price)) {
            Some(to) => at = to,
            None if is_known => at += 1,
            None => break,
        }
    }
    at
}

pub fn filler_before(scan: &Scan<'_>, at: usize) -> usize {
    scan.before(at, Role::About).unwrap_or(at)
}

/// Whether a bare number of this size is more likely thousands.
pub fn is_small(scan: &Scan<'_>, units: f64) -> bool {
    units > 0.0
        && match scan.setting.currency {
            "USD" | "EUR" | "GBP" => false,
            "KES" => units < 20.0,
            _ => units < 100.0,
        }
}

/// A number of four digits that is likelier a year.
pub fn is_year(scan: &Scan<'_>, term: &Term) -> bool {
    let is_plain = scan.numeral(term.to - 1).is_some_and(|it| it.digits == 4 && !it.is_grouped);
    let is_year = (1985.0..=2035.0).contains(&term.number.value) && term.number.value % 100.0 != 0.0
        || term.number.value == 2000.0 && scan.len() > 3;
    term.currency.is_none() && is_plain && is_year && scan.len() > 1
}

/// Whether the text says nothing but this: courtesies and fillers do not count.
pub fn is_alone(scan: &Scan<'_>, from: usize, to: usize) -> bool {
    let is_filler = |at: usize| {
        let token = &scan.tokens[at];
        token.sort == Sort::Sign
            || matches!(
                token.folded,
                "ok" | "please"
                    | "pls"
                    | "svp"
                    | "stp"
                    | "yes"
                    | "oui"
                    | "yego"
                    | "ndiyo"
                    | "no"
                    | "non"
                    | "oya"
                    | "hapana"
                    | "i"
                    | "meant"
                    | "it"
                    | "s"
                    | "is"
                    | "sorry"
                    | "ni"
                    | "c"
                    | "est"
                    | "its"
                    | "hi"
                    | "hello"
                    | "thanks"
                    | "say"
                    | "maybe"
                    | "make"
                    | "pardon"
                    | "je"
                    | "voulais"
                    | "dire"
                    | "nashakaga"
                    | "kuvuga"
                    | "nilimaanisha"
                    | "samahani"
                    | "mbabarira"
                    | "actually"
                    | "plutot"
                    | "sawa"
                    | "tafadhali"
                    | "rwose"
                    | "merci"
                    | "asante"
            )
            || scan
                .matches(at)
                .iter()
                .any(|it| matches!(it.role, Role::About | Role::Weak | Role::Price | Role::Fixed | Role::Negotiable))
    };
    (0..from).chain(to..scan.len()).all(is_filler)
}

/// Whether a unit or a noun follows: `20 chairs` is no amount, `20 each` may be one.
pub fn unit_or_thing(scan: &Scan<'_>, term: &Term) -> bool {
    scan.matches(term.to).iter().any(|it| matches!(it.role, Role::Unit(..)))
        || scan.is_sign(term.to, &["%", "°"])
        || scan.is_sign(term.to, &["-"]) && scan.is_glued(term.to + 1)
        || matches!(scan.folded(term.to), "x" | "*" | "×") && scan.numeral(term.to + 1).is_some()
}

/// Whether a word of a price stands before, at most three words back: `salary is 70`, `igiciro ni 60`.
pub fn said_price(scan: &Scan<'_>, at: usize) -> bool {
    (0..=3).filter_map(|back| at.checked_sub(back)).any(|to| {
        let between = (to..at).all(|at| {
            let word = scan.folded(at);
            scan.tokens[at].sort == Sort::Sign && !matches!(word, "," | "." | "?" | "\n")
                || scan.matches(at).iter().any(|it| matches!(it.role, Role::About | Role::Weak | Role::To))
                || matches!(
                    word,
                    "ni" | "is" | "est" | "of" | "de" | "the" | "was" | "yake" | "cyayo" | "yayo" | "wa" | "ya"
                )
        });
        between && scan.before(to, Role::Price).is_some()
    })
}

/// Where the text says that it may be talked about.
pub fn negotiable(scan: &Scan<'_>) -> Option<(usize, usize)> {
    let mut places = (0..scan.len()).filter(|at| scan.is_any(*at, AMOUNTS));
    places.find_map(|at| {
        let to = scan.after(at, Role::Negotiable)?;
        let is_denied = scan.after(at, Role::Fixed).is_some()
            || scan.before(at, Role::Not).is_some()
            || (1..=2)
                .filter_map(|back| at.checked_sub(back))
                .any(|from| scan.after(from, Role::Fixed).is_some_and(|end| end > at));
        (!is_denied).then_some((at, to))
    })
}
