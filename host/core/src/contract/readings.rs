//! The types of `readings`: what the host understands of a text.

use serde::{Deserialize, Serialize};

use super::types::{Other, Place};

/// One thing that a text says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Where it stands in the text: the place of its first byte.
    pub start: u32,
    /// The place after its last byte.
    pub end: u32,
    /// What it says.
    pub meaning: Meaning,
    /// True where another meaning is about as likely.
    pub unsure: bool,
}

/// What a span of text says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Meaning {
    /// An amount of money.
    Money(Amount),
    /// A number, also in words.
    Number(f64),
    /// A number with a unit.
    Quantity(Quantity),
    /// A time.
    Time(Span),
    /// A place that the gazetteer knows.
    Place(Place),
    /// A concept of the lexicon.
    Thing(Thing),
    /// What the text does: `yes`, `thanks`, `human` and so on.
    Act(String),
    /// A kind that 1.1 does not know; `unread` is a word of a time or an amount that could not be read.
    Other(Other),
}

/// An amount of money, or a limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Amount {
    /// In hundredths; 0 is free.
    pub low: Option<u64>,
    /// In hundredths.
    pub high: Option<u64>,
    /// ISO 4217; the person's where the text names none.
    pub currency: String,
    /// What it is the price of, if said: `kg`, `bag`, `month`, `night`, `seat`, `item` and so on.
    pub per: Option<String>,
    /// Whether it may be talked about.
    pub negotiable: bool,
}

/// A number with a unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// The number.
    pub amount: f64,
    /// `kg`, `t`, `l`, `ha`, `bag`, `person`, `seat`, `room`, `year` and so on.
    pub unit: String,
}

/// A time or a stretch of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// The time that is meant, in milliseconds since 1970; the likeliest where only a part of the day is said.
    pub at: u64,
    /// The first moment that fits.
    pub earliest: u64,
    /// The last one; the same as `earliest` where the minute is said.
    pub latest: u64,
    /// What was not said and is assumed: `day`, `hour`, `half` (of the day), `year`.
    pub assumed: Vec<String>,
}

/// A concept of the lexicon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    /// Its name in the lexicon, for instance `fridge`.
    pub concept: String,
    /// What sort of thing it is: `goods`, `trade`, `dish` and so on.
    pub kind: String,
    /// Within the sort, for instance `electronics`; empty if there is none.
    pub category: String,
}
