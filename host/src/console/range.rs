//! The periods of charts.

use switchboard_console::Texts;
use switchboard_store::SLOT_MS;

const HOUR_MS: i64 = 3_600_000;

/// A period of charts, up to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
    /// An hour, in steps of five minutes.
    Hour,
    /// A day, in steps of half an hour.
    Day,
    /// A week, in steps of four hours.
    Week,
}

impl Range {
    /// All of them, the shortest first.
    pub(super) const ALL: [Range; 3] = [Range::Hour, Range::Day, Range::Week];

    /// The period of a name in addresses; a day if there is none of that name.
    pub(super) fn parse(name: &str) -> Range {
        Range::ALL.into_iter().find(|range| range.as_str() == name).unwrap_or(Range::Day)
    }

    /// Its name in addresses.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Range::Hour => "1h",
            Range::Day => "24h",
            Range::Week => "7d",
        }
    }

    /// What it is called.
    pub(super) fn name(self, t: &Texts) -> &'static str {
        match self {
            Range::Hour => t.turns.last_hour,
            Range::Day => t.turns.last_day,
            Range::Week => t.turns.last_week,
        }
    }

    /// How long it is, in milliseconds.
    pub(super) fn period_ms(self) -> i64 {
        match self {
            Range::Hour => HOUR_MS,
            Range::Day => 24 * HOUR_MS,
            Range::Week => 7 * 24 * HOUR_MS,
        }
    }

    /// How long a step is, in milliseconds.
    pub(super) fn step_ms(self) -> i64 {
        match self {
            Range::Hour => SLOT_MS,
            Range::Day => HOUR_MS / 2,
            Range::Week => 4 * HOUR_MS,
        }
    }

    /// How many steps it has.
    pub(super) fn steps(self) -> i64 {
        self.period_ms() / self.step_ms()
    }
}
