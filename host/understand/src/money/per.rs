//! What an amount is the price of.

use crate::{
    numbers::number,
    scan::Scan,
    vocabulary::{Measure, Role},
};

/// `per kg`, `/month`, `le sac`, `ku kilo`, `each` behind an amount.
pub fn per(scan: &Scan<'_>, at: usize) -> Option<(&'static str, usize)> {
    let unit = |at: usize| {
        scan.find(at, |it| if let Role::Unit(_, name) = it.role { Some((name, it.languages)) } else { None })
    };
    if let Some(per) = scan.find(at, |it| if let Role::Per(name) = it.role { Some(name) } else { None }) {
        return Some(per);
    }
    if scan.is_sign(at, &["/"]) {
        return match unit(at + 1) {
            Some(((name, _), to)) => Some((name, to)),
            None if scan.folded(at + 1) == "m" && scan.is_glued(at + 1) => Some(("month", at + 2)),
            None => None,
        };
    }
    if scan.folded(at) == "p" && scan.is_sign(at + 1, &["/"]) {
        return match scan.folded(at + 2) {
            "m" => Some(("month", at + 3)),
            "n" => Some(("night", at + 3)),
            "d" => Some(("day", at + 3)),
            "h" => Some(("hour", at + 3)),
            _ => None,
        };
    }
    // `3500 imwe`: one of them.
    let ends = scan.tokens.get(at + 1).is_none_or(|next| next.sort == crate::words::Sort::Sign);
    let is_one = matches!(
        scan.folded(at),
        "imwe" | "kimwe" | "rimwe" | "umwe" | "rumwe" | "piece" | "each" | "chacun" | "chacune" | "kimoja" | "mmoja"
    );
    if ends && is_one {
        return Some(("item", at + 1));
    }
    for found in scan.matches(at).iter().filter(|it| it.role == Role::Each) {
        if let Some(((name, languages), to)) = unit(found.to) {
            // `80 la place`: the article and the noun are of one language.
            if found.languages & languages != 0 || name == "kg" {
                return Some((name, to));
            }
        }
        if matches!(scan.folded(found.to), "piece" | "one" | "item" | "unite" | "moja" | "kimwe" | "imwe" | "umwe") {
            return Some(("item", found.to + 1));
        }
    }
    // `60k month`.
    let (measure, (name, to)) = scan
        .find(at, |it| match it.role {
            Role::Unit(measure, name) => Some((measure, (name, it.to))),
            _ => None,
        })
        .map(|(it, _)| it)?;
    let is_price = at.checked_sub(1).is_some_and(|before| {
        matches!(scan.folded(before), "k" | "m" | "=" | "-")
            || scan.matches(before).iter().any(|it| matches!(it.role, Role::Factor(_) | Role::Currency(_) | Role::Own))
            || scan.numeral(before).is_some_and(|it| it.value >= 5_000.0)
    });
    (measure == Measure::Time && is_price).then_some((name, to))
}

/// `ku munsi nishyura 5000`, `per kg 350`, `ikilo ni 350`: the unit, where it begins, and whether it stands beside the amount.
pub fn per_before(scan: &Scan<'_>, at: usize) -> Option<(&'static str, usize, bool)> {
    for back in 0..=4 {
        let to = at.checked_sub(back)?;
        if (to..at)
            .any(|at| scan.is_sign(at, &[".", ",", "?", "!", "\n"]) && back < 4 && scan.is_sign(at, &[".", "?", "\n"]))
        {
            return None;
        }
        let name = |from: usize| {
            scan.matches(from).iter().find_map(|it| match it.role {
                Role::Unit(_, name) if it.to == to => Some((name, it.languages)),
                _ => None,
            })
        };
        // `1 kg 350`, `kilo moja mia tatu`.
        if back == 0
            && at >= 2
            && one_of(scan, at - 2, at).is_some()
            && number(scan, at).is_some_and(|it| it.value >= 50.0)
        {
            return one_of(scan, at - 2, at).map(|name| (name, at, false));
        }
        // `kila mmoja elfu 40`, `gunia elfu 30`.
        if back == 0
            && let Some(found) = beside(scan, at)
        {
            return Some(found);
        }
        for from in (1..=2).filter_map(|back| to.checked_sub(back)) {
            let Some((name, languages)) = name(from) else { continue };
            let each = scan.before(from, Role::Each).filter(|each| {
                let word = scan.folded(*each);
                let languages_match = scan
                    .matches(*each)
                    .iter()
                    .any(|it| it.role == Role::Each && it.to == from && it.languages & languages != 0);
                languages_match && !matches!(word, "a" | "an" | "the" | "la" | "le" | "les" | "l" | "du" | "for a")
                    || word == "by" && name == "night"
            });
            if let Some(each) = each {
                return Some((name, each, back == 0));
            }
            let says_is = back == 1 && matches!(scan.folded(to), "ni" | "is" | "est" | "=" | ":" | "at" | "@");
            let counts_one = from.checked_sub(1).is_none_or(|before| {
                scan.numeral(before).is_none_or(|it| it.value == 1.0)
                    && scan.find(before, |it| matches!(it.role, Role::Small(_)).then_some(())).is_none()
            });
            if says_is && counts_one {
                return Some((name, from, true));
            }
        }
    }
    None
}

/// A word that says what the amount right behind it is the price of.
fn beside(scan: &Scan<'_>, at: usize) -> Option<(&'static str, usize, bool)> {
    let from = (1..=3).filter_map(|back| at.checked_sub(back)).find_map(|from| {
        scan.matches(from).iter().find_map(|it| match it.role {
            Role::Per(name) if it.to == at => Some((name, from)),
            _ => None,
        })
    });
    if let Some((name, from)) = from {
        return Some((name, from, true));
    }
    let before = at.checked_sub(1)?;
    let (name, _) = scan.find(before, |it| match it.role {
        Role::Unit(Measure::Goods, name) if it.to == at => Some(name),
        _ => None,
    })?;
    let is_free = before.checked_sub(1).is_none_or(|number| {
        scan.numeral(number).is_none() && scan.matches(number).iter().all(|it| !matches!(it.role, Role::Small(_)))
    });
    let is_large = number(scan, at).is_some_and(|it| it.factor >= 1_000.0 || it.value >= 1_000.0);
    (is_free && is_large).then_some((name, before, true))
}

/// The unit of two tokens that say `one` of it.
fn one_of(scan: &Scan<'_>, from: usize, to: usize) -> Option<&'static str> {
    let one = |at: usize| {
        scan.numeral(at).is_some_and(|it| it.value == 1.0)
            || scan.matches(at).iter().any(|it| it.role == Role::Small(1.0))
    };
    let unit = |at: usize| {
        scan.find(at, |it| match it.role {
            Role::Unit(Measure::Goods, name) => Some(name),
            _ => None,
        })
    };
    let (name, _) =
        if one(from) { unit(from + 1).filter(|(_, end)| *end == to) } else { unit(from).filter(|_| one(from + 1)) }?;
    Some(name)
}
