//! What Meta takes for a message: the price list, a data file by country and category, and what sends cost by it.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use serde::Deserialize;

use switchboard_store::BilledSends;

/// The price list that the program brings along. Nobody verified it.
const BUILT_IN: &str = include_str!("prices.toml");

/// A row of the price list.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The calling code of whom the message goes to, such as `250`; empty: everywhere else.
    pub country: String,
    /// `marketing`, `utility`, `authentication` or `service`, as Meta's statuses say.
    pub category: String,
    /// US dollars for a message.
    pub dollars: f64,
    /// Where the price is from.
    pub source: String,
    /// From when on it holds, as `YYYY-MM-DD`.
    pub date: String,
    /// Whether somebody compared it with its source.
    pub verified: bool,
}

/// Why a price list cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// It is not TOML, or has another shape.
    #[error("it is no list of `[[price]]` with country, category, dollars, source, date and verified: {0}")]
    Shape(#[from] toml::de::Error),
    /// A price is none.
    #[error("{country} {category}: a price is a number of US dollars from 0 on")]
    Dollars {
        /// The row's country,
        country: String,
        /// and category.
        category: String,
    },
    /// A country is none.
    #[error("`{0}` is not a calling code: write it without +, such as 250, or \"\" for everywhere else")]
    Country(String),
    /// A date is none.
    #[error("`{0}` is not a date: write it as 2026-10-01")]
    Date(String),
    /// Two rows for the same.
    #[error("{country} {category}: there are two prices of {date}")]
    Twice {
        /// The rows' country,
        country: String,
        /// category
        category: String,
        /// and date.
        date: String,
    },
}

/// A price list.
#[derive(Clone, Debug, PartialEq)]
pub struct Prices {
    rows: Vec<Price>,
}

/// The file's shape.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    price: Vec<Price>,
}

impl FromStr for Prices {
    type Err = PricesError;

    fn from_str(text: &str) -> Result<Prices, PricesError> {
        let mut rows = toml::from_str::<File>(text)?.price;
        for row in &rows {
            let (country, category) = (row.country.clone(), row.category.clone());
            if !row.dollars.is_finite() || row.dollars < 0.0 {
                return Err(PricesError::Dollars { country, category });
            }
            if country.len() > 3 || !country.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(PricesError::Country(country));
            }
            if row.date.parse::<jiff::civil::Date>().is_err() {
                return Err(PricesError::Date(row.date.clone()));
            }
        }
        // The longest calling code first, and of one country the latest price.
        rows.sort_by(|a, b| (b.country.len(), &b.date).cmp(&(a.country.len(), &a.date)));
        let mut seen = BTreeSet::new();
        let of = |row: &Price| (row.country.clone(), row.category.clone(), row.date.clone());
        match rows.iter().map(of).find(|row| !seen.insert(row.clone())) {
            Some((country, category, date)) => Err(PricesError::Twice { country, category, date }),
            None => Ok(Prices { rows }),
        }
    }
}

impl Default for Prices {
    /// The list that the program brings along.
    fn default() -> Prices {
        BUILT_IN.parse().unwrap_or(Prices { rows: Vec::new() })
    }
}

impl Prices {
    /// The price of a message to a number that begins so, in a category, on a day (days since 1970); none if it is not known.
    pub fn of(&self, prefix: &str, category: &str, day: i64) -> Option<&Price> {
        if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let held = |row: &&Price| row.date.parse::<jiff::civil::Date>().is_ok_and(|date| days(date) <= day);
        let fits = |row: &&Price| row.category == category && prefix.starts_with(&row.country) && held(row);
        self.rows.iter().find(fits)
    }

    /// What sends cost.
    pub fn cost<'a>(&self, sends: impl IntoIterator<Item = &'a BilledSends>) -> Cost {
        let mut cost = Cost::default();
        for part in sends {
            cost.sends += part.sends;
            match self.of(&part.prefix, &part.category, part.day) {
                Some(price) => {
                    cost.dollars += price.dollars * part.sends as f64;
                    cost.unverified |= !price.verified;
                }
                None => cost.unknown += part.sends,
            }
        }
        cost
    }

    /// The same, parted by something.
    pub fn costs<'a>(
        &self,
        sends: impl IntoIterator<Item = &'a BilledSends>,
        by: impl Fn(&BilledSends) -> String,
    ) -> BTreeMap<String, Cost> {
        let mut parts: BTreeMap<String, Vec<&BilledSends>> = BTreeMap::new();
        sends.into_iter().for_each(|part| parts.entry(by(part)).or_default().push(part));
        parts.into_iter().map(|(name, sends)| (name, self.cost(sends))).collect()
    }
}

/// What counts cost: of the language model, and of messages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rates {
    /// US dollars for a million of the model's tokens, if it is known.
    pub model: Option<f64>,
    /// The price list of messages.
    pub messages: Prices,
}

impl Rates {
    /// What a conversation cost of those that were begun: messages and the model's tokens, in US dollars. None if a price is not known, or
    /// nothing was begun.
    pub fn conversation_dollars(&self, billed: &[BilledSends], tokens: i64, begun: i64) -> Option<f64> {
        let model = if tokens == 0 { 0.0 } else { self.model_dollars(tokens)? };
        let all = self.messages.cost(billed).dollars()? + model;
        (begun > 0).then(|| all / begun as f64)
    }

    /// What so many tokens cost, in US dollars, if a price is configured.
    pub fn model_dollars(&self, tokens: i64) -> Option<f64> {
        self.model.map(|price| tokens as f64 * price / 1e6)
    }
}

/// Days from 1970 to a date.
fn days(date: jiff::civil::Date) -> i64 {
    let zone = jiff::tz::TimeZone::UTC;
    date.to_zoned(zone).map_or(i64::MAX, |at| at.timestamp().as_millisecond().div_euclid(86_400_000))
}

/// What sends cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Sends that Meta bills.
    pub sends: i64,
    /// US dollars of those whose price is known.
    dollars: f64,
    /// Sends whose price is not known.
    pub unknown: i64,
    /// Whether a price that counts here was not verified.
    pub unverified: bool,
}

impl Cost {
    /// US dollars; none if the price of any send is not known.
    pub fn dollars(&self) -> Option<f64> {
        (self.unknown == 0).then_some(self.dollars)
    }

    /// In words: `12.40 US dollars`, or what is not known of it.
    pub fn words(&self) -> String {
        let note = if self.unverified { " (prices not verified)" } else { "" };
        match self.unknown {
            0 if self.sends == 0 => String::new(),
            0 => format!("{:.2} US dollars{note}", self.dollars),
            n if n == self.sends => "not known: no price for them".to_owned(),
            n => format!("not known: no price for {n} of them; the others {:.2} US dollars{note}", self.dollars),
        }
    }

    /// As JSON; `dollars` is null if it is not known.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "sends": self.sends, "dollars": self.dollars(), "without_price": self.unknown, "unverified": self.unverified,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sends(prefix: &str, category: &str, day: i64, sends: i64) -> BilledSends {
        let (prefix, category) = (prefix.to_owned(), category.to_owned());
        BilledSends { agent: "jobs".into(), version: "1.0.0".into(), category, prefix, day, sends }
    }

    #[test]
    fn the_latest_price_of_the_longest_code_counts_and_none_is_never_zero() {
        let row = |country: &str, category: &str, dollars: f64, date: &str, verified: bool| {
            format!(
                "[[price]]\ncountry = \"{country}\"\ncategory = \"{category}\"\ndollars = {dollars}\nsource = \"s\"\ndate = \"{date}\"\nverified = {verified}\n"
            )
        };
        let list = [
            row("", "utility", 0.01, "2025-01-01", true),
            row("250", "utility", 0.004, "2025-07-01", true),
            row("250", "utility", 0.005, "2026-07-01", false),
        ];
        let prices: Prices = list.concat().parse().expect("a list");
        let day = |text: &str| days(text.parse().expect("a date"));
        let price = |prefix, category, at: &str| prices.of(prefix, category, day(at)).map(|price| price.dollars);
        assert_eq!(price("250", "utility", "2025-08-01"), Some(0.004));
        assert_eq!(price("250", "utility", "2026-08-01"), Some(0.005));
        assert_eq!(price("250", "utility", "2025-06-01"), Some(0.01), "before the country's own price");
        assert_eq!(price("491", "utility", "2026-08-01"), Some(0.01));
        assert_eq!(price("250", "service", "2026-08-01"), None);
        assert_eq!(price("US.", "utility", "2026-08-01"), None, "a user id tells no country");
        assert_eq!(price("", "utility", "2026-08-01"), None);

        let known = [sends("250", "utility", day("2025-08-01"), 1000)];
        assert_eq!(prices.cost(&known).dollars(), Some(4.0));
        assert_eq!(prices.cost(&known).words(), "4.00 US dollars");
        let mixed = [known[0].clone(), sends("250", "service", day("2025-08-01"), 2)];
        assert_eq!(prices.cost(&mixed).dollars(), None);
        assert_eq!(prices.cost(&mixed).words(), "not known: no price for 2 of them; the others 4.00 US dollars");
        let newer = [sends("250", "utility", day("2026-08-01"), 1)];
        assert!(prices.cost(&newer).words().contains("not verified"));
    }

    #[test]
    fn what_is_no_list_is_refused_with_what_to_write() {
        assert!(!Prices::default().rows.is_empty(), "the list of the program is one");
        let row = |line: &str| {
            let mut row = BTreeMap::from([
                ("country", "\"250\""),
                ("category", "\"utility\""),
                ("dollars", "0.1"),
                ("source", "\"s\""),
                ("date", "\"2026-01-01\""),
                ("verified", "true"),
            ]);
            let (key, value) = line.split_once('=').expect("a line");
            row.insert(key.trim(), value.trim());
            let lines = row.into_iter().map(|(key, value)| format!("{key} = {value}\n")).collect::<String>();
            format!("[[price]]\n{lines}")
        };
        for (list, expected) in [
            ("price = 1".to_owned(), "it is no list of"),
            (row("dollars = -1.0"), "from 0 on"),
            (row("country = \"+250\""), "not a calling code"),
            (row("date = \"soon\""), "not a date"),
            (row("dolars = 1.0"), "unknown field"),
            (row("dollars = 0.1").repeat(2), "two prices of 2026-01-01"),
        ] {
            let error = list.parse::<Prices>().expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
