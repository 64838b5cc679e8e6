//! Money as people write it: `50,000-100,000`, `50 000 à 100 000 francs`, `1.5M`, `100k`, `negotiable`; and as we do.

use core::ops::Range;

use crate::{
    Language, Money, Value,
    json::{self, Json},
    tr,
    understand::{self, Found, Said},
};

/// More than this in the currency's unit is a slip of the finger.
const UNITS_MAX: f64 = 10_000_000_000.0;

/// What a person says about a price or a salary.
#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    /// To be talked about.
    Negotiable,
    /// Just this.
    Exactly(Money),
    /// From, to; the first is the lower.
    Between(Money, Money),
}

impl Json for Amount {
    fn to_json(&self) -> Value {
        match self {
            Amount::Negotiable => json::case("Negotiable", None),
            Amount::Exactly(money) => json::case("Exactly", Some(money.to_json())),
            Amount::Between(low, high) => {
                json::case("Between", Some(Value::Array(vec![low.to_json(), high.to_json()])))
            }
        }
    }

    fn of_json(value: &Value) -> Option<Amount> {
        Some(match json::case_of(value)? {
            ("Negotiable", _) => Amount::Negotiable,
            ("Exactly", money) => Amount::Exactly(Money::of_json(money)?),
            ("Between", both) => {
                let (low, high) = Json::of_json(both)?;
                Amount::Between(low, high)
            }
            _ => return None,
        })
    }
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

/// Reads what a person says about a price. `currency` is for amounts that name none. None if it is not about money alone, so
/// that the question is asked again rather than a wrong price stored.
pub fn parse(text: &str, currency: &str) -> Option<Amount> {
    let said = Said { text, readings: understand::read_at(text, 0, currency) };
    let mut spans: Vec<Range<usize>> = said.amounts().map(|found| found.span).collect();
    let found = of(&said).into_iter().next().or_else(|| bare(&said, currency))?;
    spans.push(found.span);
    spans.extend(said.acts().map(|found| found.span));
    said.pieces(&spans).is_empty().then_some(found.what)
}

/// The amounts of a text.
pub(crate) fn of(said: &Said<'_>) -> Vec<Found<Amount>> {
    let amounts = said.amounts().filter_map(|found| {
        let money = |hundredths: u64| Money { hundredths, currency: found.what.currency.clone() };
        let amount = match (found.what.low, found.what.high) {
            (None, None) if found.what.negotiable => Amount::Negotiable,
            (low, high) => Amount::of(low.map(money), high.map(money))?,
        };
        Some(Found { what: amount, span: found.span, unsure: found.unsure })
    });
    amounts.collect()
}

/// A number that stands alone, as an amount of the currency's unit.
pub(crate) fn bare(said: &Said<'_>, currency: &str) -> Option<Found<Amount>> {
    let mut numbers = said.numbers();
    let (found, None) = (numbers.next()?, numbers.next()) else { return None };
    // `10 %` and `50+50` are no amounts.
    let is_sum = said.text.contains(['%', '+', '*', '=']);
    let fits = !is_sum && (0.01..=UNITS_MAX).contains(&found.what) && said.is_all(core::slice::from_ref(&found.span));
    let hundredths = (found.what * 100.0 + 0.5) as u64;
    let amount = Amount::Exactly(Money { hundredths, currency: currency.to_owned() });
    fits.then_some(Found { what: amount, span: found.span, unsure: found.unsure })
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
