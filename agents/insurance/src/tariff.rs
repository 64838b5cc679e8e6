//! The tariff file: what a quote is made of, and nothing else.

use agent_sdk::{Failure, Money, Result, json};
use serde::Deserialize;

const FILE: &str = include_str!("../tariff.json");

/// `tariff.json`, which says of itself where its figures come from.
#[derive(Deserialize)]
pub(crate) struct Tariff {
    currency: String,
    pub(crate) valid_days: u64,
    base: std::collections::BTreeMap<String, u64>,
    comprehensive_factor: u64,
}

impl Tariff {
    pub(crate) fn read() -> Result<Tariff> {
        json::read(FILE).ok_or_else(|| Failure::Internal("tariff.json does not fit".to_owned()))
    }

    /// The yearly premium; none for a vehicle that the tariff does not know.
    pub(crate) fn premium(&self, vehicle: &str, is_comprehensive: bool) -> Option<Money> {
        let factor = if is_comprehensive { self.comprehensive_factor } else { 1 };
        let units = self.base.get(vehicle)?.saturating_mul(factor);
        Some(Money { hundredths: units.saturating_mul(100), currency: self.currency.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_and_its_figures_hold() {
        let tariff = Tariff::read().expect("a tariff");
        let units = |vehicle, full| tariff.premium(vehicle, full).map(|money| money.hundredths / 100);
        assert_eq!((units("car", false), units("car", true)), (Some(50_000), Some(100_000)));
        assert_eq!((units("motorcycle", false), units("truck", true)), (Some(25_000), Some(200_000)));
        assert_eq!(units("spaceship", false), None);
    }
}
