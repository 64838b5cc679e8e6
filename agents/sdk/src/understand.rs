//! What a text says, as the host reads it: one understanding for all agents. See the capability [`readings`](crate::readings).

mod fillers;

use core::ops::Range;

use crate::{
    Place, Turn,
    readings::{Amount, Meaning, Quantity, Reading, Span, Thing},
};
use fillers::{is_filler, trim};

/// A text and its readings.
#[derive(Clone, Debug)]
pub struct Said<'t> {
    /// The text.
    pub text: &'t str,
    /// What it says, in its order.
    pub readings: Vec<Reading>,
}

/// A meaning and where it stands.
#[derive(Clone, Debug)]
pub struct Found<T> {
    /// What is meant.
    pub what: T,
    /// The bytes of the text that say it.
    pub span: Range<usize>,
    /// Another meaning is about as likely.
    pub unsure: bool,
}

impl<'t> Said<'t> {
    /// Reads a text of the turn's person.
    pub fn of(turn: &Turn, text: &'t str) -> Said<'t> {
        let mut readings = read(turn, text);
        // A place that is no place of this text is nobody's: slices below rely on it.
        readings.retain(|reading| text.get(reading.start as usize..reading.end as usize).is_some());
        Said { text, readings }
    }

    /// Reads a text as in Kigali: for tests, which have no turn.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn in_kigali(text: &'t str) -> Said<'t> {
        Said { text, readings: read_at(text, 0, "RWF") }
    }

    fn all<'s, T>(&'s self, means: impl Fn(&'s Meaning) -> Option<T>) -> impl Iterator<Item = Found<T>> {
        self.readings.iter().filter_map(move |reading| {
            let span = reading.start as usize..reading.end as usize;
            Some(Found { what: means(&reading.meaning)?, span, unsure: reading.unsure })
        })
    }

    /// The amounts of money.
    pub fn amounts(&self) -> impl Iterator<Item = Found<&Amount>> {
        self.all(|meaning| if let Meaning::Money(amount) = meaning { Some(amount) } else { None })
    }

    /// The numbers.
    pub fn numbers(&self) -> impl Iterator<Item = Found<f64>> {
        self.all(|meaning| if let Meaning::Number(number) = meaning { Some(*number) } else { None })
    }

    /// The numbers with a unit.
    pub fn quantities(&self) -> impl Iterator<Item = Found<&Quantity>> {
        self.all(|meaning| if let Meaning::Quantity(quantity) = meaning { Some(quantity) } else { None })
    }

    /// The times.
    pub fn times(&self) -> impl Iterator<Item = Found<&Span>> {
        self.all(|meaning| if let Meaning::Time(time) = meaning { Some(time) } else { None })
    }

    /// The places.
    pub fn places(&self) -> impl Iterator<Item = Found<&Place>> {
        self.all(|meaning| if let Meaning::Place(place) = meaning { Some(place) } else { None })
    }

    /// The concepts of the lexicon.
    pub fn things(&self) -> impl Iterator<Item = Found<&Thing>> {
        self.all(|meaning| if let Meaning::Thing(thing) = meaning { Some(thing) } else { None })
    }

    /// What the text does.
    pub fn acts(&self) -> impl Iterator<Item = Found<&str>> {
        self.all(|meaning| if let Meaning::Act(act) = meaning { Some(act.as_str()) } else { None })
    }

    /// Whether the text does this, among other things.
    pub fn does(&self, act: &str) -> bool {
        self.acts().any(|found| found.what == act)
    }

    /// Whether it is about this deed, finer than an act: `sell`, `hire`.
    pub fn is_about(&self, deed: &str) -> bool {
        self.all(|meaning| {
            matches!(meaning, Meaning::Other(it) if it.kind == "deed" && it.value.trim_matches('"') == deed)
                .then_some(())
        })
        .next()
        .is_some()
    }

    /// Whether a word of an amount or a time could not be read.
    pub fn has_unread(&self) -> bool {
        self.all(|meaning| matches!(meaning, Meaning::Other(other) if other.kind == "unread").then_some(()))
            .next()
            .is_some()
    }

    /// What a text does that does nothing else; courtesies count only where nothing else is said.
    pub fn only(&self) -> Option<&str> {
        let spans: Vec<Range<usize>> = self.acts().map(|act| act.span).collect();
        if !self.pieces(&spans).iter().all(|(_, piece)| is_filler(piece)) {
            return None;
        }
        let is_courtesy = |act: &&str| matches!(*act, "thanks" | "greeting" | "goodbye");
        let acts = || self.acts().map(|act| act.what);
        acts().find(|act| !is_courtesy(act)).or_else(|| acts().next())
    }

    /// Whether the person wants to end what is going on, perhaps after a no, and says nothing else.
    pub fn leaves(&self) -> bool {
        let spans: Vec<Range<usize>> = self.acts().map(|act| act.span).collect();
        let has_value = self.readings.iter().any(|reading| !matches!(reading.meaning, Meaning::Act(_)));
        let rest = self.pieces(&spans);
        let others =
            rest.iter().flat_map(|(_, piece)| piece.split_whitespace()).filter(|word| !is_filler(word)).count();
        self.does("leave") && !has_value && others <= 1
    }

    /// What is left of the text outside these spans, and where each piece begins.
    pub fn pieces(&self, spans: &[Range<usize>]) -> Vec<(usize, &'t str)> {
        let mut pieces = Vec::new();
        let mut at = 0;
        while at < self.text.len() {
            let ahead = spans.iter().filter(|span| !span.is_empty() && span.end > at);
            let next = ahead.min_by_key(|span| span.start);
            let (from, to) = next.map_or((self.text.len(), self.text.len()), |span| (span.start, span.end));
            if let Some(piece) = self.text.get(at..from).filter(|piece| piece.chars().any(char::is_alphanumeric)) {
                pieces.push((at, piece));
            }
            at = to;
        }
        pieces
    }

    /// Whether nothing but small words stands outside these spans.
    pub fn is_all(&self, spans: &[Range<usize>]) -> bool {
        self.pieces(spans).iter().all(|(_, piece)| is_filler(piece))
    }

    /// What the text is about, as a clean title: without amounts, places, times that were taken and words around it. The piece that names
    /// a thing, or else the longest.
    pub fn title(&self, taken: &[Range<usize>]) -> Option<String> {
        let mut spans = taken.to_vec();
        spans.extend(self.amounts().map(|found| found.span));
        spans.extend(self.places().map(|found| found.span));
        // Words that offer may stand around the thing: `I have a fridge for sale`.
        for act in self.acts().map(|found| found.span) {
            let inside = || self.things().filter(|it| act.start <= it.span.start && it.span.end <= act.end);
            let from = inside().map(|it| it.span.start).min().unwrap_or(act.end);
            let to = inside().map(|it| it.span.end).max().unwrap_or(act.end);
            spans.extend([act.start..from, to..act.end]);
        }
        let names_thing = |at: usize, piece: &str| {
            self.things().any(|thing| at <= thing.span.start && thing.span.end <= at + piece.len())
        };
        let pieces = self.pieces(&spans);
        let trimmed: Vec<(bool, &str)> = pieces
            .iter()
            .flat_map(|&(at, piece)| sentences(at, piece))
            .map(|(at, piece)| (names_thing(at, piece), trim(piece)))
            .filter(|(_, title)| title.chars().any(char::is_alphabetic))
            .collect();
        let named = trimmed.iter().find(|(names, _)| *names);
        let longest = trimmed.iter().max_by_key(|(_, title)| title.len());
        named.or(longest).map(|(_, title)| capital(title))
    }
}

/// The parts of a piece between the signs that end a thought, and where each begins.
fn sentences(at: usize, piece: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let mut start = 0;
    for part in piece.split_inclusive(['.', '!', '?', ',', ';', '\n']) {
        parts.push((at + start, part));
        start += part.len();
    }
    // A point or comma within a number, or before a unit, does not end a thought.
    let splits_number = parts.windows(2).any(|pair| {
        pair[0].1.trim_end_matches(['.', ',']).ends_with(|c: char| c.is_ascii_digit())
            && pair[1].1.starts_with(|c: char| c.is_ascii_digit())
    });
    if splits_number { vec![(at, piece)] } else { parts }
}

/// A text whose first letter is upper case.
pub fn capital(text: &str) -> String {
    let mut signs = text.chars();
    // A name that has its own capitals keeps them: `iPhone`.
    if text.split(' ').next().is_some_and(|word| word.contains(|c: char| c.is_ascii_uppercase())) {
        return text.to_owned();
    }
    match signs.next() {
        Some(first) => {
            let upper = match first {
                'a'..='z' => first.to_ascii_uppercase(),
                'à'..='ö' | 'ø'..='þ' => char::from_u32(first as u32 - 32).unwrap_or(first),
                other => other,
            };
            format!("{upper}{}", signs.as_str())
        }
        None => String::new(),
    }
}

#[cfg(target_arch = "wasm32")]
fn read(_: &Turn, text: &str) -> Vec<Reading> {
    crate::readings::read(text)
}

/// What the host reads: native tests have no other understanding than components.
#[cfg(not(target_arch = "wasm32"))]
fn read(turn: &Turn, text: &str) -> Vec<Reading> {
    let person = &turn.person;
    native(text, turn.now, &person.time_zone, &person.country, &person.currency, &person.language)
}

#[cfg(not(target_arch = "wasm32"))]
fn native(text: &str, now: u64, zone: &str, country: &str, currency: &str, language: &str) -> Vec<Reading> {
    let setting = switchboard_understand::Setting { now, zone, country, currency, language };
    let read = switchboard_understand::read(text, &setting);
    agent_json::to_value(read).and_then(agent_json::from_value).unwrap_or_default()
}

/// Reads a text without its turn: components are told apart by the host; native tests read it as in Kigali.
#[cfg(target_arch = "wasm32")]
pub(crate) fn read_at(text: &str, _: u64, _: &str) -> Vec<Reading> {
    crate::readings::read(text)
}

/// Reads a text without its turn, as in Kigali.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn read_at(text: &str, now: u64, currency: &str) -> Vec<Reading> {
    native(text, now, "Africa/Kigali", "RW", currency, "en")
}
