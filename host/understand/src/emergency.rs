//! Emergency numbers by country, and which of them a text needs.

use std::sync::LazyLock;

use crate::{acts::Act, analysis::Analysis};

/// The numbers; the file's head says what a row is.
const NUMBERS: &str = include_str!("../data/emergency.tsv");

/// What an emergency needs, by the words of its text.
const WORDS: &str = include_str!("../data/emergency_words.tsv");

/// The country of the rows for all that have none of their own.
const ELSEWHERE: &str = "*";

/// Whom a number reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// Those who answer the country's general number.
    General,
    /// The police.
    Police,
    /// An ambulance.
    Ambulance,
    /// The fire brigade.
    Fire,
    /// Help in distress.
    MentalHealth,
    /// Help against violence at home or against women.
    Violence,
    /// Help for children.
    Child,
}

impl What {
    fn of(name: &str) -> Option<What> {
        Some(match name {
            "general" => What::General,
            "police" => What::Police,
            "ambulance" => What::Ambulance,
            "fire" => What::Fire,
            "mental-health" => What::MentalHealth,
            "violence" => What::Violence,
            "child" => What::Child,
            _ => return None,
        })
    }
}

/// An emergency number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// ISO 3166-1 alpha-2; `*` for all countries without rows of their own.
    pub country: &'static str,
    /// Whom it reaches.
    pub what: What,
    /// The number, as it is dialled.
    pub number: &'static str,
    /// The authority that runs it.
    pub source: &'static str,
    /// The date of the row.
    pub date: &'static str,
    /// Whether somebody checked it with its source.
    pub verified: bool,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let rows = NUMBERS.lines().filter(|row| !row.starts_with('#'));
    let row = |row: &'static str| {
        let mut cells = row.split('\t');
        Some(Row {
            country: cells.next()?,
            what: What::of(cells.next()?)?,
            number: cells.next()?,
            source: cells.next()?,
            date: cells.next()?,
            verified: cells.next()? == "yes",
        })
    };
    rows.filter_map(row).collect()
});

/// What is needed, with the words that tell it: whether a word only begins so, and the word.
type Need = (What, Vec<(bool, &'static str)>);

static NEEDS: LazyLock<Vec<Need>> = LazyLock::new(|| {
    let rows = WORDS.lines().filter(|row| !row.starts_with('#'));
    let row = |row: &'static str| {
        let mut cells = row.split('\t');
        let what = What::of(cells.next()?)?;
        let words = cells.flat_map(|cell| cell.split(" | "));
        Some((what, words.map(|word| word.strip_suffix('*').map_or((false, word), |word| (true, word))).collect()))
    };
    rows.filter_map(row).collect()
});

/// All rows.
pub fn rows() -> &'static [Row] {
    &ROWS
}

/// The numbers of a country for what is needed, in that order, then its general one; each number once. A country without rows has the
/// number that mobile networks connect everywhere.
pub fn numbers(country: &str, needed: &[What]) -> Vec<Row> {
    let country = if ROWS.iter().any(|row| row.country == country) { country } else { ELSEWHERE };
    let mut found: Vec<Row> = Vec::new();
    for what in needed.iter().chain(&[What::General]) {
        for row in ROWS.iter().filter(|row| row.country == country && row.what == *what) {
            if !found.iter().any(|it| it.number == row.number) {
                found.push(*row);
            }
        }
    }
    found
}

/// What a text needs: its words tell; nothing if it is neither an emergency nor in distress.
pub fn needed(text: &Analysis<'_>) -> Vec<What> {
    let (words, does) = (&text.words, |act: Act| text.said.does(act));
    let mut needed = Vec::new();
    if does(Act::Distress) {
        needed.push(What::MentalHealth);
    }
    if does(Act::Emergency) {
        let has = |begins: bool, known: &str| {
            (0..words.len())
                .map(|at| words.folded(at))
                .any(|word| if begins { word.starts_with(known) } else { word == known })
        };
        let told = NEEDS.iter().filter(|(_, told)| told.iter().any(|(begins, word)| has(*begins, word)));
        needed.extend(told.map(|(what, _)| *what));
        // A child that is hurt needs what the hurt needs; the line for children comes last.
        needed.sort_by_key(|what| *what == What::Child);
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(text: &str) -> Vec<What> {
        needed(&Analysis::of(text))
    }

    fn dialled(country: &str, text: &str) -> Vec<&'static str> {
        numbers(country, &needs(text)).into_iter().map(|row| row.number).collect()
    }

    #[test]
    fn every_row_is_read_and_has_a_source() {
        let lines = |text: &str| text.lines().filter(|row| !row.starts_with('#')).count();
        assert_eq!(rows().len(), lines(NUMBERS));
        assert_eq!(NEEDS.len(), lines(WORDS));
        for row in rows() {
            assert!(row.number.bytes().all(|byte| byte.is_ascii_digit()), "{row:?}");
            assert!(!row.source.is_empty() && row.date.len() == 10, "{row:?}");
        }
        for country in ["RW", "KE", "TZ", "UG", "BI", "CD", "SS", "ET", "*"] {
            assert!(rows().iter().any(|row| row.country == country && row.what == What::General), "{country}");
        }
    }

    #[test]
    fn a_text_gets_the_numbers_that_it_needs() {
        assert_eq!(dialled("RW", "there is a fire in my kitchen"), ["111", "112"]);
        assert_eq!(dialled("RW", "he is not breathing"), ["912", "112"]);
        assert_eq!(dialled("RW", "ndashaka kwiyahura"), ["114", "112"]);
        assert_eq!(dialled("RW", "mon mari me frappe"), ["3512", "112"]);
        assert_eq!(dialled("KE", "wezi wamevamia nyumba"), ["999"]);
        assert_eq!(dialled("FR", "au secours"), ["112"]);
        assert_eq!(needs("fire extinguisher for sale"), []);
    }
}
