//! Quantities: numbers with a unit, in either order: `2 bags`, `toni 2`, `half a kilo`, `three of us`.

use switchboard_core::contract::readings::{Meaning, Quantity, Reading};

use crate::{
    claims::{Claim, Claims, reading},
    numbers::{Number, fraction_behind, number},
    scan::Scan,
    vocabulary::{COUNTS, EN, FR, Languages, Measure, RW, Role, SW, UNITS},
};

/// More people, seats or rooms than this are an amount of money.
const PEOPLE_MAX: f64 = 1_000.0;

/// Words that say since when; `mu`, `en` and `year` may stand before the year.
const SINCE: [&str; 6] = ["since", "depuis", "kuva", "guhera", "tangu", "kuanzia"];
const BEFORE_YEAR: [&str; 7] = ["mu", "mwaka", "umwaka", "wa", "en", "l", "an"];

/// The mean length of a year in milliseconds, and the first one that somebody counts from.
const YEAR_MS: u64 = 31_556_952_000;
const FIRST_YEAR: f64 = 1950.0;

/// Reads them.
pub fn read(scan: &Scan<'_>, claims: &mut Claims, found: &mut Vec<Reading>) {
    let mut at = 0;
    while at < scan.len() {
        let read = quantity(scan, at).filter(|(from, to, _, _)| claims.are_free(*from, *to));
        match read {
            Some((from, to, amount, unit)) => {
                let meaning = Meaning::Quantity(Quantity { amount, unit: unit.to_owned() });
                found.push(reading(scan, from, to, meaning, false));
                claims.set(from, to, Claim::Quantity);
                at = to;
            }
            None => at += 1,
        }
    }
}

/// A unit of the text.
#[derive(Clone, Copy)]
struct Unit {
    measure: Measure,
    name: &'static str,
    languages: Languages,
    to: usize,
}

fn unit(scan: &Scan<'_>, at: usize) -> Option<Unit> {
    if scan.folded(at) == "m" && scan.folded(at + 1) == "2" && scan.is_glued(at + 1) {
        return Some(Unit { measure: Measure::Size, name: "m2", languages: EN | FR, to: at + 2 });
    }
    let (unit, _) = scan.find(at, |it| match it.role {
        Role::Unit(measure, name) => Some(Unit { measure, name, languages: it.languages, to: it.to }),
        _ => None,
    })?;
    Some(unit)
}

/// A quantity: its first token, the one after it, the number and the unit.
fn quantity(scan: &Scan<'_>, at: usize) -> Option<(usize, usize, f64, &'static str)> {
    let may_be_quantity = scan.may_be_number(at)
        || scan.after(at + 1, Role::And).is_some()
        || scan.is_any(at, COUNTS | UNITS)
        || SINCE.contains(&scan.folded(at))
        || scan.is_any(at + 1, UNITS);
    if !may_be_quantity {
        return None;
    }
    alone(scan, at)
        .or_else(|| since(scan, at))
        .or_else(|| people(scan, at))
        .or_else(|| number_first(scan, at))
        .or_else(|| unit_first(scan, at))
}

/// `just me`, `me and my wife`.
fn alone(scan: &Scan<'_>, at: usize) -> Option<(usize, usize, f64, &'static str)> {
    let (value, to) = company(scan, at)?;
    Some((at, to, value, "person"))
}

/// How many people `just me`, `me and my wife` are; `myself` in a sentence says something else.
pub fn company(scan: &Scan<'_>, at: usize) -> Option<(f64, usize)> {
    let named = scan.find(at, |it| if let Role::Alone(n) = it.role { Some(n) } else { None });
    let found = named.or_else(|| with_others(scan, at))?;
    (found.1 > at + 1 || scan.len() <= 2 || !matches!(scan.folded(at), "myself" | "alone")).then_some(found)
}

/// `me and 2 friends`, `moi et deux amis`, `njye n'abana babiri`: one more than they are.
fn with_others(scan: &Scan<'_>, at: usize) -> Option<(f64, usize)> {
    if !matches!(scan.folded(at), "me" | "moi" | "mimi" | "njye" | "njyewe" | "jye") {
        return None;
    }
    let next = scan.after(at + 1, Role::And)?;
    let (others, to) = (next..next + 3).find_map(|at| number(scan, at).map(|others| (others, others.to)))?;
    // English and French count before the noun.
    let is_people = is_count(&others) && others.value < 100.0 && unit(scan, to).is_none_or(|own| own.name == "person");
    let to = match scan.tokens.get(to) {
        Some(noun)
            if others.languages & (RW | SW) == 0 && noun.sort == crate::words::Sort::Letters && to == next + 1 =>
        {
            to + 1
        }
        _ => to,
    };
    is_people.then_some((others.value + 1.0, to))
}

/// `turi babiri`, `family of 5`, `three of us`, `wawili`.
fn people(scan: &Scan<'_>, at: usize) -> Option<(usize, usize, f64, &'static str)> {
    if let Some(after) = scan.after(at, Role::People) {
        let number = number(scan, after)
            .filter(|it| is_count(it) && !(it.is_one && it.is_spoken && it.languages & (EN | FR) != 0))?;
        let own = unit(scan, number.to);
        // `turi mu birometero 3`, `we are 5 km away`: something else is counted.
        if own.is_some_and(|own| own.name != "person") || matches!(scan.folded(number.to), "-" | "/" | ":" | "h" | "%")
        {
            return None;
        }
        let to = own.map_or(number.to, |own| own.to);
        return Some((at, to, number.value, "person"));
    }
    let number = number(scan, at).filter(is_count)?;
    if let Some(to) = scan.after(number.to, Role::OfUs) {
        return Some((at, to, number.value, "person"));
    }
    // The class of people, with nothing else said.
    let of_people = number.to == at + 1
        && matches!(scan.folded(at).get(..2), Some("wa" | "ba"))
        && number.languages & (RW | SW) != 0
        && number.is_spoken
        && at == 0
        && scan.len() <= 2;
    of_people.then_some((at, number.to, number.value, "person"))
}

/// `since 2021`: so many years.
fn since(scan: &Scan<'_>, at: usize) -> Option<(usize, usize, f64, &'static str)> {
    let said = Some(at).filter(|at| SINCE.contains(&scan.folded(*at)))? + 1;
    let year = (said..said + 4).find(|at| !BEFORE_YEAR.contains(&scan.folded(*at)))?;
    let began = scan.numeral(year).filter(|it| it.digits == 4 && !it.is_grouped && it.decimals.is_none())?.value;
    let now = (1970 + scan.setting.now / YEAR_MS) as f64;
    (FIRST_YEAR..=now).contains(&began).then_some((at, year + 1, now - began, "year"))
}

fn is_count(number: &Number) -> bool {
    number.value >= 1.0 && number.value <= PEOPLE_MAX && number.value.fract() == 0.0 && number.factor == 1.0
}

/// `2 bags`, `2-bedroom`, `half a kilo`, `une douzaine d'œufs`, `a sack`.
fn number_first(scan: &Scan<'_>, at: usize) -> Option<(usize, usize, f64, &'static str)> {
    let Some(number) = number(scan, at) else { return one(scan, at) };
    let joined = match scan.folded(number.to) {
        "-" => number.to + 1,
        "a" | "an" | "de" | "d" | "of" | "ya" | "cya" | "y" | "cy"
            if number.value.fract() != 0.0 || number.is_dozen =>
        {
            number.to + 1
        }
        "extra" | "big" | "small" | "large" | "grandes" | "petites" | "grands" | "free" | "more" | "full" => {
            number.to + 1
        }
        _ => number.to,
    };
    // `3/4 of a litre`.
    let joined = if joined > number.to && matches!(scan.folded(joined), "a" | "an" | "un" | "une") {
        joined + 1
    } else {
        joined
    };
    let Some(own) = unit(scan, joined).or_else(|| unit(scan, number.to)) else {
        // A dozen of something are pieces.
        let of = usize::from(matches!(scan.folded(number.to), "d" | "de" | "of" | "ya" | "z" | "y"));
        let is_thing = scan.folded(number.to + of).chars().next().is_some_and(char::is_alphabetic);
        return (number.is_dozen && is_thing).then_some((at, number.to, number.value, "piece"));
    };
    // French and English articles count no time: `une heure`, `a month`; and what follows `350` in `350 a kilo` is its unit.
    let is_article = number.is_one && number.is_spoken && number.languages & (EN | FR) != 0;
    if is_article && scan.folded(at) != "one" && own.measure == Measure::Time && fraction_behind(scan, own.to).is_none()
    {
        return None;
    }
    let is_one_letter = scan.folded(joined).len() == 1;
    if is_one_letter && number.is_spoken {
        return None;
    }
    let is_large = number.factor >= 1_000.0 || number.value > PEOPLE_MAX;
    if is_large && matches!(own.measure, Measure::People | Measure::Time) {
        return None;
    }
    // `5 amaguru`: `20 ku kilo` and the like have no unit right behind. A date's `15 siku` is none either.
    let (more, to) = fraction_behind(scan, own.to).unwrap_or((0.0, own.to));
    let more = if number.value >= 1.0 { more } else { 0.0 };
    let to = if more > 0.0 { to } else { own.to };
    Some((at, to, number.value + more, own.name))
}

/// `a sack`: one of them. Not of what a price is for.
fn one(scan: &Scan<'_>, at: usize) -> Option<(usize, usize, f64, &'static str)> {
    if !matches!(scan.folded(at), "a" | "an") || at.checked_sub(1).is_some_and(|before| is_amount_end(scan, before)) {
        return None;
    }
    let own = unit(scan, at + 1).filter(|_| scan.folded(at + 1).len() > 1)?;
    let (more, to) = fraction_behind(scan, own.to).unwrap_or((0.0, own.to));
    let is_length = matches!(own.measure, Measure::Time | Measure::Size) && more == 0.0;
    // `a year` alone answers how many.
    let is_answer = scan.len() == 2 && matches!(own.name, "year" | "month");
    if own.languages & EN == 0 || is_length && !is_answer || own.name == "plate" {
        return None;
    }
    Some((at, to, 1.0 + more, own.name))
}

fn is_amount_end(scan: &Scan<'_>, at: usize) -> bool {
    scan.numeral(at).is_some()
        || matches!(scan.folded(at), "k" | "m" | "=")
        || scan.matches(at).iter().any(|it| {
            matches!(it.role, Role::Factor(_) | Role::Hundred | Role::Small(_) | Role::Currency(_) | Role::Own)
        })
}

/// `toni 2`, `imifuka itanu`, `vyumba viwili`, `bedrooms: 3`.
fn unit_first(scan: &Scan<'_>, at: usize) -> Option<(usize, usize, f64, &'static str)> {
    let own = unit(scan, at)?;
    let is_per = at.checked_sub(1).is_some_and(|before| scan.after(before, Role::Each) == Some(at))
        || at.checked_sub(1).is_some_and(|before| scan.is_sign(before, &["/"]));
    let follows_number = at.checked_sub(1).is_some_and(|before| scan.numeral(before).is_some());
    if is_per || follows_number {
        return None;
    }
    let (next, is_labelled) = match scan.folded(own.to) {
        ":" | "=" => (own.to + 1, true),
        _ => (own.to, false),
    };
    // `itatu z'ibirayi`: Kinyarwanda and Swahili count behind the noun; so do lists in digits.
    let number = number(scan, next)?;
    let counts_behind = own.languages & (RW | SW) != 0 && (!number.is_spoken || number.languages & (RW | SW) != 0);
    // `room 12` is a name, `rooms 3` a list.
    let is_plural = own.measure == Measure::Goods || scan.folded(at).ends_with('s');
    let is_listed = !number.is_spoken && (is_labelled || is_plural);
    if !counts_behind && !is_listed {
        return None;
    }
    let is_large = number.factor >= 1_000.0 || number.value >= PEOPLE_MAX;
    if is_large && own.measure != Measure::Goods || number.factor >= 1_000.0 && !matches!(own.name, "kg" | "t" | "l") {
        return None;
    }
    // What follows belongs to the number: `kilo 350 frw`, `ibiro 50 kg`.
    if scan.matches(number.to).iter().any(|it| matches!(it.role, Role::Currency(_) | Role::Own))
        || scan.is_sign(number.to, &["/", "%"]) && scan.is_glued(number.to)
        || unit(scan, number.to).is_some_and(|other| other.measure == own.measure && other.languages & FR == 0)
    {
        return None;
    }
    Some((at, number.to, number.value, own.name))
}
