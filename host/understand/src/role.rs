//! What words do in values.

/// A part of the day, in minutes since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its first minute.
    pub earliest: u16,
    /// Its last one.
    pub latest: u16,
    /// The likeliest.
    pub at: u16,
}

/// A sort of unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Of what is sold: kilograms, bags.
    Goods,
    /// Of people, seats and rooms.
    People,
    /// Of time.
    Time,
    /// Of length, area and memory.
    Size,
}

/// What a word or phrase does in a value. The tables say what each is.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the heads of the tables describe them")]
pub enum Role {
    Small(f64),
    Ten,
    Hundred,
    Factor(f64),
    Fraction(f64),
    Dozen(f64),
    Ordinal(f64),
    And,
    Point,
    Pick,
    People,
    OfUs,
    Alone(f64),
    Unit(Measure, &'static str),
    Per(&'static str),
    Each,
    Currency(&'static str),
    Own,
    Max,
    Min,
    OrLess,
    OrMore,
    Between,
    To,
    About,
    Price,
    Weak,
    Negotiable,
    Fixed,
    Free,
    Not,
    Day(i32),
    Weekday(i8),
    WeekdayShort(i8),
    /// A day's name with a letter wrong that could be another's too.
    UnclearDay,
    Weekend,
    Month(i8),
    MonthWord(i8),
    OfMonth,
    Part(Part),
    TodayPart(Part),
    Clock(u16),
    Now,
    Next,
    This,
    WeekAfter,
    EndMonth,
    NextMonth,
    In,
    Later,
    At,
    On,
    Date,
    Saa,
    OClock,
    Am,
    Pm,
    Join,
    Past,
    Before,
    Kasorobo,
    With,
    Question,
}

/// A set of groups of roles, one bit each: whether it is worth looking further at a word.
pub type Groups = u8;

/// Parts of numbers.
pub const NUMBERS: Groups = 1;

/// Units.
pub const UNITS: Groups = 2;

/// Words of people, and others that numbers are found by.
pub const COUNTS: Groups = 4;

/// Currencies, limits and words of prices.
pub const AMOUNTS: Groups = 8;

/// Words of times.
pub const TIMES: Groups = 16;

impl Role {
    /// The groups it is in.
    pub fn groups(self) -> Groups {
        match self {
            Role::Small(_) | Role::Ten | Role::Hundred | Role::Factor(_) | Role::Fraction(_) | Role::Dozen(_) => {
                NUMBERS
            }
            Role::Unit(..) => UNITS,
            Role::Ordinal(_) | Role::Pick | Role::People | Role::OfUs | Role::Alone(_) => COUNTS,
            Role::Currency(_) | Role::Own | Role::Max | Role::Min | Role::Between | Role::Free | Role::Negotiable => {
                AMOUNTS
            }
            Role::And
            | Role::Point
            | Role::Each
            | Role::Per(_)
            | Role::OrLess
            | Role::OrMore
            | Role::To
            | Role::About => 0,
            Role::Price
            | Role::Weak
            | Role::Fixed
            | Role::Not
            | Role::Join
            | Role::Past
            | Role::Before
            | Role::With => 0,
            _ => TIMES,
        }
    }
}
