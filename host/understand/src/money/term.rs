//! A number with its currency.

use crate::{
    claims::Claims,
    numbers::{Number, number},
    scan::Scan,
    vocabulary::Role,
};

/// More than this in the currency's unit is a slip of the finger.
const UNITS_MAX: f64 = 10_000_000_000.0;

/// One number of an amount, with its currency.
pub struct Term {
    pub from: usize,
    pub to: usize,
    pub number: Number,
    pub currency: Option<String>,
}

/// A number with its currency, none of it taken.
pub fn term(scan: &Scan<'_>, claims: &Claims, at: usize) -> Option<Term> {
    let (currency, start) = match currency(scan, at) {
        Some((currency, to)) => (Some(currency), if scan.is_sign(to, &[".", ":"]) { to + 1 } else { to }),
        None => (None, at),
    };
    let number = number(scan, start)?;
    if !claims.are_free(at, number.to) || number.value > UNITS_MAX || number.value < 0.01 {
        return None;
    }
    let mut to = number.to;
    let mut currency = currency;
    // `75,000/=`, `75,000/-`.
    if scan.is_sign(to, &["/"]) && scan.is_sign(to + 1, &["=", "-", "–", "_"]) {
        currency = currency.or_else(|| Some(own(scan)));
        to += 2;
    } else if let Some((code, after)) = self::currency(scan, to)
        // `5 f` at most: a letter alone stands at once behind digits.
        && (scan.folded(to).len() > 1 || scan.is_glued(to) || !scan.folded(to).starts_with(char::is_alphabetic) || scan.folded(to) == "f")
        && currency.as_ref().is_none_or(|known| *known == code || known == own(scan).as_str())
        && number.factor * number.value >= 1.0
        && number_after(scan, after).is_none()
    {
        currency = Some(code);
        to = after;
    }
    if currency.is_some() && start > at && number.is_one && number.is_spoken {
        return None;
    }
    Some(Term { from: at, to, number, currency })
}

/// `francs 500` behind a number that has its own: the currency leads the next one only where it is written first.
fn number_after(scan: &Scan<'_>, at: usize) -> Option<()> {
    let leads =
        matches!(scan.folded(at.checked_sub(1)?), "dola" | "amafaranga" | "frw" | "rwf" | "usd" | "$" | "ksh" | "kes");
    (leads && scan.numeral(at).is_some() && scan.tokens.get(at).is_some_and(|token| token.is_glued)).then_some(())
}

fn currency(scan: &Scan<'_>, at: usize) -> Option<(String, usize)> {
    scan.find(at, |it| match it.role {
        Role::Currency(code) => Some(code.to_owned()),
        Role::Own => Some(own(scan)),
        _ => None,
    })
}

/// The person's franc or shilling.
fn own(scan: &Scan<'_>) -> String {
    match scan.setting.currency {
        "" => "RWF",
        currency => currency,
    }
    .to_owned()
}
