//! What stands around an hour and says that it is one, or is not.

use super::kinds::Clock;
use crate::{
    numbers::{below_thousand, number},
    scan::Scan,
    vocabulary::{EN, FR, Measure, Role},
    words::Sort,
};

/// Whether a part of the day follows, maybe behind a small word.
pub fn is_part(scan: &Scan<'_>, at: usize) -> bool {
    let mut at = at;
    for _ in 0..3 {
        if is_part_word(scan, at) {
            return true;
        }
        match scan.after(at, Role::Join) {
            Some(next) => at = next,
            None => return false,
        }
    }
    false
}

pub fn is_part_word(scan: &Scan<'_>, at: usize) -> bool {
    scan.matches(at).iter().any(|it| matches!(it.role, Role::Part(_)) && it.languages & (EN | FR) != 0)
        && !matches!(scan.folded(at), "night" | "nuit" | "usiku" | "ijoro")
}

/// Whether an hour may end here: nothing follows that it could count.
pub fn ends(scan: &Scan<'_>, at: usize) -> bool {
    let Some(token) = scan.tokens.get(at) else { return true };
    match token.sort {
        Sort::Sign => {
            !(matches!(token.folded, "%" | "$" | "€" | "/" | "+" | "*")
                || token.folded == "-" && scan.numeral(at + 1).is_some())
        }
        Sort::Digits => false,
        Sort::Letters => {
            let is_time = |role: Role| {
                matches!(
                    role,
                    Role::Part(_)
                        | Role::TodayPart(_)
                        | Role::Day(_)
                        | Role::Weekday(_)
                        | Role::Join
                        | Role::At
                        | Role::On
                        | Role::Now
                        | Role::And
                        | Role::Max
                )
            };
            let is_thing = |role: Role| {
                matches!(
                    role,
                    Role::Each
                        | Role::Unit(..)
                        | Role::Factor(_)
                        | Role::Currency(_)
                        | Role::Own
                        | Role::Per(_)
                        | Role::Fraction(_)
                )
            };
            let matches = scan.matches(at);
            matches.iter().any(|it| is_time(it.role))
                && !matches.iter().any(|it| is_thing(it.role) && !matches!(it.role, Role::Each))
                || matches!(
                    token.folded,
                    "please"
                        | "pls"
                        | "svp"
                        | "sharp"
                        | "sharply"
                        | "pile"
                        | "precises"
                        | "with"
                        | "avec"
                        | "for"
                        | "pour"
                        | "to"
                        | "kwenda"
                        | "njya"
                        | "thanks"
                        | "buffet"
                )
        }
    }
}

/// Behind `at 8` other words may follow too, but nothing that is counted or paid.
pub fn goes_on_as_hour(scan: &Scan<'_>, at: usize) -> bool {
    const PLACES: &[&str] =
        &["near", "outside", "opposite", "behind", "pres", "devant", "hafi", "karibu", "mbele", "inyuma"];
    if PLACES.contains(&scan.folded(at)) {
        return true;
    }
    scan.tokens.get(at).is_some_and(|token| token.sort == Sort::Letters)
        && scan.matches(at).iter().all(|it| {
            matches!(
                it.role,
                Role::Join
                    | Role::At
                    | Role::On
                    | Role::In
                    | Role::Weak
                    | Role::Part(_)
                    | Role::Now
                    | Role::And
                    | Role::With
            )
        })
        && !scan.matches(at).is_empty()
}

pub fn half(scan: &Scan<'_>, at: usize) -> Option<(bool, usize)> {
    let whole = scan.find(at, |it| match it.role {
        Role::Am => Some(false),
        Role::Pm => Some(true),
        _ => None,
    });
    // `I am`, `8 am I`: glued or right behind an hour it is never the verb, as this is only asked there.
    if whole.is_some() {
        return whole;
    }
    let letter = match scan.folded(at) {
        "a" => false,
        "p" => true,
        _ => return None,
    };
    let dot = |at: usize| scan.is_sign(at, &["."]);
    if dot(at + 1) && scan.folded(at + 2) == "m" {
        return Some((letter, if dot(at + 3) && scan.len() > at + 4 { at + 4 } else { at + 3 }));
    }
    None
}

/// `am`, `p.m.` behind a time, which then is no Swahili one.
pub fn half_of_day(scan: &Scan<'_>, clock: Clock, at: usize) -> (Clock, usize) {
    match half(scan, at) {
        Some((is_afternoon, to)) => (clock.half(is_afternoon), to),
        None => (clock, at),
    }
}

/// `:30` behind an hour.
pub fn colon_minutes(scan: &Scan<'_>, at: usize) -> Option<f64> {
    let minutes = scan.numeral(at + 1).filter(|it| it.digits == 2 && it.decimals.is_none() && !it.is_grouped)?;
    (scan.is_sign(at, &[":"]) && scan.is_glued(at) && scan.is_glued(at + 1)).then_some(minutes.value)
}

pub fn o_clock(scan: &Scan<'_>, at: usize) -> Option<usize> {
    let to = scan.after(at, Role::OClock)?;
    (matches!(scan.folded(at), "o" | "oclock" | "hrs")).then_some(to)
}

/// `20 minutes`, `dakika 20`, `iminota makumyabiri`.
pub fn counted_minutes(scan: &Scan<'_>, at: usize) -> Option<(f64, usize)> {
    let unit = |at: usize| {
        scan.find(at, |it| matches!(it.role, Role::Unit(Measure::Time, "minute")).then_some(())).map(|((), to)| to)
    };
    let (value, to) = match unit(at) {
        Some(after) => scan.numeral(after).map(|it| (it.value, after + 1)).or_else(|| below_thousand(scan, after))?,
        None => {
            let number = number(scan, at)?;
            (number.value, unit(number.to)?)
        }
    };
    (value < 60.0 && value.fract() == 0.0).then_some((value, to))
}
