//! The vocabulary of values: what words of numbers, units, money and times mean, from the tables below `data/`.

use std::{collections::HashMap, sync::LazyLock};

use crate::near::BuildShortHash;

pub use crate::role::{AMOUNTS, COUNTS, Groups, Measure, NUMBERS, Part, Role, TIMES, UNITS};

/// A set of languages, one bit each.
pub type Languages = u8;

/// English.
pub const EN: Languages = 1;
/// French.
pub const FR: Languages = 2;
/// Kinyarwanda.
pub const RW: Languages = 4;
/// Swahili.
pub const SW: Languages = 8;

/// A phrase that begins with a given word.
#[derive(Clone, Debug)]
pub struct Phrase {
    /// Its words after the first.
    pub rest: Vec<&'static str>,
    /// What it does.
    pub role: Role,
    /// The languages in which it does.
    pub languages: Languages,
}

const TABLES: [&str; 5] = [
    include_str!("../data/numbers.tsv"),
    include_str!("../data/units.tsv"),
    include_str!("../data/currencies.tsv"),
    include_str!("../data/limits.tsv"),
    include_str!("../data/times.tsv"),
];

/// The bytes of the longest first word of a phrase; longer words are looked up by none.
const WORD_MAX: usize = 24;

type Phrases = HashMap<&'static str, Vec<Phrase>, BuildShortHash>;

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let mut phrases = Phrases::default();
    for line in TABLES.iter().flat_map(|table| table.lines()).filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let (Some(sort), Some(value)) = (fields.next(), fields.next()) else { continue };
        let Some(role) = role(sort, value) else { continue };
        for (column, names) in fields.enumerate().take(4) {
            for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                let mut words = name.split(' ');
                let Some(first) = words.next() else { continue };
                let rest: Vec<&'static str> = words.collect();
                let known = phrases.entry(first).or_default();
                match known.iter_mut().find(|phrase| phrase.rest == rest && phrase.role == role) {
                    Some(phrase) => phrase.languages |= 1 << column,
                    None => known.push(Phrase { rest, role, languages: 1 << column }),
                }
            }
        }
    }
    for known in phrases.values_mut() {
        known.sort_by_key(|phrase| std::cmp::Reverse(phrase.rest.len()));
    }
    phrases
});

/// The phrases that begin with a folded word, the longest first.
pub fn phrases(word: &str) -> &'static [Phrase] {
    if word.len() > WORD_MAX {
        return &[];
    }
    PHRASES.get(word).map_or(&[], Vec::as_slice)
}

/// The words that are known with a letter wrong, by their first letter.
static LONG: LazyLock<HashMap<u8, Vec<(&'static str, &'static Phrase)>>> = LazyLock::new(|| {
    let mut long: HashMap<u8, Vec<(&'static str, &'static Phrase)>> = HashMap::new();
    for (word, phrase) in PHRASES.iter().flat_map(|(word, known)| known.iter().map(move |phrase| (*word, phrase))) {
        let is_long = match phrase.role {
            // A month counts only beside a day.
            Role::Month(_) => word.len() >= 6,
            Role::Day(_) | Role::Weekday(_) | Role::Factor(_) => word.len() >= 7,
            _ => false,
        };
        if is_long && phrase.rest.is_empty() {
            long.entry(word.as_bytes()[0]).or_default().push((word, phrase));
        }
    }
    long
});

static UNCLEAR: Phrase = Phrase { rest: Vec::new(), role: Role::UnclearDay, languages: EN | FR | RW | SW };

/// The day, month or factor whose name has one letter more, less or other than a word.
pub fn like(word: &str) -> Option<&'static Phrase> {
    if !(6..=WORD_MAX).contains(&word.len()) {
        return None;
    }
    let is_like = |name: &str| name.len().abs_diff(word.len()) <= 1 && strsim::osa_distance(name, word) <= 1;
    let mut known =
        LONG.get(word.as_bytes().first()?)?.iter().filter(|(name, _)| is_like(name)).map(|(_, phrase)| *phrase);
    let first = known.next()?;
    // `tursday` is Tuesday as much as Thursday.
    Some(if known.all(|other| other.role == first.role) { first } else { &UNCLEAR })
}

fn role(sort: &str, value: &'static str) -> Option<Role> {
    let number = || value.parse::<f64>().ok();
    let small = || value.parse::<i8>().ok();
    Some(match sort {
        "small" => Role::Small(number()?),
        "ten" => Role::Ten,
        "hundred" => Role::Hundred,
        "factor" => Role::Factor(number()?),
        "fraction" => Role::Fraction(number()?),
        "dozen" => Role::Dozen(number()?),
        "ordinal" => Role::Ordinal(number()?),
        "and" => Role::And,
        "point" => Role::Point,
        "pick" => Role::Pick,
        "people" if value.is_empty() => Role::People,
        "ofus" => Role::OfUs,
        "alone" => Role::Alone(number()?),
        "goods" => Role::Unit(Measure::Goods, value),
        "people" => Role::Unit(Measure::People, value),
        "time" => Role::Unit(Measure::Time, value),
        "size" => Role::Unit(Measure::Size, value),
        "per" => Role::Per(value),
        "each" => Role::Each,
        "currency" => Role::Currency(value),
        "own" => Role::Own,
        "max" => Role::Max,
        "min" => Role::Min,
        "orless" => Role::OrLess,
        "ormore" => Role::OrMore,
        "between" => Role::Between,
        "to" => Role::To,
        "about" => Role::About,
        "price" => Role::Price,
        "weak" => Role::Weak,
        "negotiable" => Role::Negotiable,
        "fixed" => Role::Fixed,
        "free" => Role::Free,
        "not" => Role::Not,
        "day" => Role::Day(value.parse().ok()?),
        "weekday" => Role::Weekday(small()?),
        "weekday-short" => Role::WeekdayShort(small()?),
        "weekend" => Role::Weekend,
        "month" => Role::Month(small()?),
        "month-word" => Role::MonthWord(small()?),
        "of-month" => Role::OfMonth,
        "part" => Role::Part(part(value)?),
        "today-part" => Role::TodayPart(part(value)?),
        "clock" => Role::Clock(minutes(value)?),
        "now" => Role::Now,
        "next" => Role::Next,
        "this" => Role::This,
        "week-after" => Role::WeekAfter,
        "end-month" => Role::EndMonth,
        "next-month" => Role::NextMonth,
        "in" => Role::In,
        "later" => Role::Later,
        "at" => Role::At,
        "on" => Role::On,
        "date" => Role::Date,
        "saa" => Role::Saa,
        "oclock" => Role::OClock,
        "am" => Role::Am,
        "pm" => Role::Pm,
        "join" => Role::Join,
        "past" => Role::Past,
        "before" => Role::Before,
        "kasorobo" => Role::Kasorobo,
        "with" => Role::With,
        "question" => Role::Question,
        _ => return None,
    })
}

/// `06:00 11:59 08:00`: a part of the day.
fn part(value: &str) -> Option<Part> {
    let mut times = value.split(' ').map(minutes);
    Some(Part { earliest: times.next()??, latest: times.next()??, at: times.next()?? })
}

/// `08:30`: minutes since midnight.
fn minutes(value: &str) -> Option<u16> {
    let (hours, minutes) = value.split_once(':')?;
    Some(hours.parse::<u16>().ok()? * 60 + minutes.parse::<u16>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchboard_core::text::fold;

    #[test]
    fn every_line_of_the_tables_is_read_and_every_name_is_folded() {
        for line in TABLES.iter().flat_map(|table| table.lines()).filter(|line| !line.starts_with('#')) {
            let fields: Vec<&'static str> = line.split('\t').collect();
            assert_eq!(fields.len(), 6, "{line}");
            assert!(role(fields[0], fields[1]).is_some(), "{line}");
            for name in fields[2..].iter().flat_map(|names| names.split(',')).filter(|name| !name.is_empty()) {
                let signs = name.chars().any(|c| "$€£@=".contains(c));
                assert!(signs || fold(name).join(" ") == name, "{name:?} in {line}");
            }
        }
    }
}
