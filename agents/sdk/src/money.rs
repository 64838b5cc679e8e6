//! Money as people write it: `50,000-100,000`, `50 000 à 100 000 francs`, `1.5M`, `100k`, `negotiable`; and as we do.

use serde::{Deserialize, Serialize};

use crate::{Language, Money, tr, words};

/// More than this in the currency's unit is a slip of the finger.
const UNITS_MAX: f64 = 10_000_000_000.0;

/// What a person says about a price or a salary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Amount {
    /// To be talked about.
    Negotiable,
    /// Just this.
    Exactly(Money),
    /// From, to; the first is the lower.
    Between(Money, Money),
}

impl Amount {
    /// Of its ends; none if there is neither.
    pub fn of(low: Option<Money>, high: Option<Money>) -> Option<Amount> {
        Some(match (low, high) {
            (Some(low), Some(high)) if low.hundredths < high.hundredths => Amount::Between(low, high),
            (Some(only), _) | (None, Some(only)) => Amount::Exactly(only),
            (None, None) => return None,
        })
    }

    /// The price, or the lower end.
    pub fn low(&self) -> Option<Money> {
        match self {
            Amount::Negotiable => None,
            Amount::Exactly(money) | Amount::Between(money, _) => Some(money.clone()),
        }
    }

    /// The upper end of a range.
    pub fn high(&self) -> Option<Money> {
        match self {
            Amount::Between(_, money) => Some(money.clone()),
            _ => None,
        }
    }

    /// As a person reads it: `50 000 - 100 000 RWF`.
    pub fn show(&self, language: Language) -> String {
        show(self.low().as_ref(), self.high().as_ref(), language)
    }
}

/// A price as a person reads it; `negotiable` if there is none.
pub fn show(low: Option<&Money>, high: Option<&Money>, language: Language) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("{} - {}", digits(low), format(high)),
        (Some(money), None) | (None, Some(money)) => format(money),
        (None, None) => NEGOTIABLE.get(language).to_owned(),
    }
}

/// `50 000 RWF`, or `12.50 USD` where there are hundredths.
pub fn format(money: &Money) -> String {
    format!("{} {}", digits(money), money.currency)
}

const NEGOTIABLE: crate::Text = tr!("negotiable", "à discuter", "byumvikanwaho", "maelewano");

fn digits(money: &Money) -> String {
    let units = (money.hundredths / 100).to_string();
    let mut grouped = String::with_capacity(units.len() + units.len() / 3 + 3);
    for (place, digit) in units.chars().enumerate() {
        if place > 0 && (units.len() - place).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    match money.hundredths % 100 {
        0 => grouped,
        rest => format!("{grouped}.{rest:02}"),
    }
}

/// Reads what a person says about a price. `currency` is for amounts that name none. None if it is not about money, so
/// that the question is asked again rather than a wrong price stored.
pub fn parse(text: &str, currency: &str) -> Option<Amount> {
    let parts = split(text)?;
    let mut numbers: Vec<Number> = Vec::new();
    let mut currency = currency.to_owned();
    let mut negotiable = false;
    for part in parts {
        match part {
            Part::Number(number) => numbers.push(number),
            Part::Word(word) => match meaning(&word)? {
                Meaning::Times(factor) => numbers.last_mut().filter(|n| n.factor == 1.0)?.factor = factor,
                Meaning::Currency(code) => currency = code.to_owned(),
                Meaning::Negotiable => negotiable = true,
                Meaning::Filler => {}
            },
        }
    }
    // In `50-100k` the k is meant for both.
    if let [first, second] = numbers.as_mut_slice()
        && first.factor == 1.0
        && first.value < 1_000.0
        && first.value <= second.value
    {
        first.factor = second.factor;
    }
    let mut amounts = numbers.iter().map(|number| {
        let units = number.value * number.factor;
        let fits = (0.01..=UNITS_MAX).contains(&units);
        fits.then(|| Money { hundredths: (units * 100.0 + 0.5) as u64, currency: currency.clone() })
    });
    match (amounts.next(), amounts.next(), amounts.next()) {
        (None, _, _) => negotiable.then_some(Amount::Negotiable),
        (Some(only), None, _) => Some(Amount::Exactly(only?)),
        (Some(one), Some(other), None) => {
            let (one, other) = (one?, other?);
            Some(match one.hundredths.cmp(&other.hundredths) {
                core::cmp::Ordering::Less => Amount::Between(one, other),
                core::cmp::Ordering::Equal => Amount::Exactly(one),
                core::cmp::Ordering::Greater => Amount::Between(other, one),
            })
        }
        _ => None,
    }
}

struct Number {
    value: f64,
    factor: f64,
}

enum Part {
    Number(Number),
    Word(String),
}

enum Meaning {
    Times(f64),
    Currency(&'static str),
    Negotiable,
    Filler,
}

/// What a word, written plainly, says about money; none if it has no business here.
fn meaning(word: &str) -> Option<Meaning> {
    Some(match word {
        "k" | "thousand" | "mille" | "ibihumbi" | "elfu" => Meaning::Times(1_000.0),
        "m" | "mio" | "million" | "millions" | "miliyoni" | "milioni" => Meaning::Times(1_000_000.0),
        "rwf" | "frw" | "amafaranga" => Meaning::Currency("RWF"),
        "usd" | "$" | "dollar" | "dollars" => Meaning::Currency("USD"),
        "eur" | "€" | "euro" | "euros" => Meaning::Currency("EUR"),
        "kes" | "ksh" => Meaning::Currency("KES"),
        "ugx" | "ush" => Meaning::Currency("UGX"),
        "tzs" | "tsh" => Meaning::Currency("TZS"),
        "bif" | "fbu" => Meaning::Currency("BIF"),
        "negotiable" | "nego" | "negociable" | "discuter" | "debattre" | "negocier" | "byumvikanwaho"
        | "bizumvikanwaho" | "maelewano" | "negotiate" | "discussed" => Meaning::Negotiable,
        "f" | "fr" | "franc" | "francs" | "shilling" | "shillings" | "shilingi" | "to" | "a" | "et" | "and" | "or"
        | "ou" | "from" | "between" | "entre" | "de" | "kugeza" | "hadi" | "kuva" | "about" | "around" | "environ"
        | "per" | "par" | "month" | "mois" | "monthly" | "mensuel" | "day" | "jour" | "each" | "piece" | "only"
        | "max" | "maximum" | "min" | "minimum" | "up" | "jusqu" | "under" | "below" | "at" | "least" | "moins"
        | "plus" | "au" | "ku" | "kwezi" | "kwa" | "mwezi" | "price" | "prix" | "is" | "be" | "the" | "le" | "la"
        | "it" | "but" => Meaning::Filler,
        _ => return None,
    })
}

/// Numbers and words, in their order. None if a sign has no business in an amount, or a number makes no sense.
fn split(text: &str) -> Option<Vec<Part>> {
    let signs: Vec<char> = text.chars().collect();
    let mut parts = Vec::new();
    let mut at = 0;
    while at < signs.len() {
        let sign = signs[at];
        if sign.is_ascii_digit() {
            let start = at;
            while at < signs.len() && continues(&signs, at) {
                at += 1;
            }
            let followed =
                signs[at..].iter().find(|s| !s.is_whitespace()).is_some_and(|s| matches!(s, 'k' | 'K' | 'm' | 'M'));
            parts.push(Part::Number(Number { value: value(&signs[start..at], followed)?, factor: 1.0 }));
        } else if sign.is_alphabetic() {
            let start = at;
            while at < signs.len() && signs[at].is_alphabetic() {
                at += 1;
            }
            let word: String = signs[start..at].iter().collect();
            parts.push(Part::Word(words::plain(&word)));
        } else if matches!(sign, '$' | '€') {
            parts.push(Part::Word(sign.to_string()));
            at += 1;
        } else if sign.is_whitespace()
            || matches!(sign, '-' | '–' | '—' | '~' | '/' | '.' | ',' | '!' | '\'' | '’' | '(' | ')' | ':')
        {
            at += 1;
        } else {
            return None;
        }
    }
    Some(parts)
}

/// Whether the sign belongs to the number that stands before it: a digit, or a separator with three digits behind it (or, for
/// point and comma, any digits).
fn continues(signs: &[char], at: usize) -> bool {
    let digits_behind = signs[at + 1..].iter().take_while(|sign| sign.is_ascii_digit()).count();
    match signs[at] {
        sign if sign.is_ascii_digit() => true,
        '.' | ',' => digits_behind > 0,
        '\'' | '’' => digits_behind == 3,
        sign if sign.is_whitespace() => digits_behind == 3,
        _ => false,
    }
}

/// The value of a number with its separators. Point or comma is a decimal sign if it stands once and has not three digits
/// behind it, or if `k` or `M` follows (`1.250M`); else both are for thousands.
fn value(signs: &[char], scaled: bool) -> Option<f64> {
    let marks: Vec<usize> = (0..signs.len()).filter(|&at| matches!(signs[at], '.' | ',')).collect();
    let decimal = marks.last().copied().filter(|&at| {
        let behind = signs.len() - at - 1;
        let alone = marks.iter().filter(|&&mark| signs[mark] == signs[at]).count() == 1;
        alone && (behind != 3 || (scaled && marks.len() == 1)) && signs[at..].iter().all(|sign| !sign.is_whitespace())
    });
    let whole = &signs[..decimal.unwrap_or(signs.len())];
    // Groups behind the first have three digits each, else this is no number: `1,2,3`, `12.34.56`.
    let groups: Vec<usize> = whole.split(|sign| !sign.is_ascii_digit()).map(<[char]>::len).collect();
    if groups.iter().skip(1).any(|&digits| digits != 3) || groups.first().is_none_or(|&digits| digits == 0) {
        return None;
    }
    if groups.len() > 1 && groups[0] > 3 {
        return None;
    }
    let mut total = 0.0;
    for digit in whole.iter().filter_map(|sign| sign.to_digit(10)) {
        total = total * 10.0 + f64::from(digit);
    }
    let mut unit = 0.1;
    for digit in decimal.iter().flat_map(|&at| &signs[at + 1..]).filter_map(|sign| sign.to_digit(10)) {
        total += f64::from(digit) * unit;
        unit /= 10.0;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rwf(units: u64) -> Money {
        Money { hundredths: units * 100, currency: "RWF".into() }
    }

    #[test]
    fn amounts_as_people_write_them() {
        let range = Some(Amount::Between(rwf(50_000), rwf(100_000)));
        for text in [
            "50,000-100,000",
            "50 000 - 100 000",
            "50000 - 100000",
            "50000-100000 RWF",
            "50k to 100k",
            "50-100k",
            "50.000 à 100.000 frw",
            "entre 50 000 et 100 000 francs",
            "from 50,000 to 100,000 per month",
            "100k-50k",
            "50\u{a0}000 – 100\u{a0}000 F",
        ] {
            assert_eq!(parse(text, "RWF"), range, "{text}");
        }
        for (text, units) in [
            ("5000 RWF", 5_000),
            ("RWF 5,000", 5_000),
            ("5000frw", 5_000),
            ("100k", 100_000),
            ("100 K", 100_000),
            ("1.5M", 1_500_000),
            ("1,5 M", 1_500_000),
            ("1.250M", 1_250_000),
            ("2 millions de francs", 2_000_000),
            ("1,500,000", 1_500_000),
            ("1.500.000", 1_500_000),
            ("1'500'000", 1_500_000),
            ("80 mille", 80_000),
            ("5000 negotiable", 5_000),
        ] {
            assert_eq!(parse(text, "RWF"), Some(Amount::Exactly(rwf(units))), "{text}");
        }
        for text in ["negotiable", "Négociable", "à discuter", "a debattre", "byumvikanwaho", "maelewano"] {
            assert_eq!(parse(text, "RWF"), Some(Amount::Negotiable), "{text}");
        }
        assert_eq!(parse("$12.50", "RWF"), Some(Amount::Exactly(Money { hundredths: 1_250, currency: "USD".into() })));
        assert_eq!(parse("99.999.99", "RWF"), None);
    }

    #[test]
    fn what_is_no_amount_is_asked_again() {
        for text in [
            "",
            "cheap",
            "iphone 13",
            "0",
            "-",
            "1 2 3",
            "1,2,3",
            "99999999999999",
            "50+50",
            "k",
            "5kk",
            "a",
            "10% off",
            "12.34.56",
        ] {
            assert_eq!(parse(text, "RWF"), None, "{text}");
        }
    }

    #[test]
    fn amounts_as_we_write_them() {
        assert_eq!(format(&rwf(50_000)), "50 000 RWF");
        assert_eq!(format(&rwf(500)), "500 RWF");
        assert_eq!(format(&Money { hundredths: 123_456, currency: "USD".into() }), "1 234.56 USD");
        assert_eq!(Amount::Between(rwf(50_000), rwf(1_000_000)).show(Language::En), "50 000 - 1 000 000 RWF");
        assert_eq!(Amount::Negotiable.show(Language::Fr), "à discuter");
    }
}
