//! Days and times of the clock, as they are said.

/// A day, or a stretch of days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Day {
    /// Days from today.
    Offset(i32),
    /// Months from today.
    Months(i32),
    /// From Monday = 1.
    Weekday {
        /// The weekday.
        day: i8,
        /// Not today: said with `next`.
        is_next: bool,
        /// Maybe the one after that: `next friday` on a Monday.
        is_unclear: bool,
        /// Of the week after this one.
        is_week_after: bool,
    },
    /// A date.
    Date {
        /// The day of the month.
        day: i8,
        /// The month, if said.
        month: Option<i8>,
        /// The year, if said.
        year: Option<i16>,
    },
    /// A month.
    Month {
        /// The month.
        month: i8,
        /// The year, if said.
        year: Option<i16>,
    },
    /// Weeks from this one.
    Week(i32),
    /// A Saturday and Sunday.
    Weekend,
    /// The last days of a month.
    EndOfMonth,
    /// The month after this one.
    NextMonth,
    /// In no calendar.
    Unread,
}

impl Day {
    /// Whether it is one day.
    pub fn is_one(&self) -> bool {
        matches!(self, Day::Offset(_) | Day::Weekday { .. } | Day::Date { .. })
    }
}

/// A time of the clock, as it was said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    /// Minutes since midnight, or since six if `style` is [`Style::Saa`].
    pub minutes: i32,
    /// How it was said.
    pub style: Style,
}

/// How a time of the clock is said, and so what its hour may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// With its half of the day.
    Exact,
    /// An hour alone: `at 8`.
    Bare,
    /// `8h`: in French mostly of twenty-four.
    Hour,
    /// `8:30`.
    Colon,
    /// The East African clock, which counts from six.
    Saa,
}

impl Clock {
    pub fn of(hour: f64, minutes: f64, style: Style) -> Clock {
        // An hour with a half named, or beyond twelve, says all.
        let style = if (hour > 12.0 || hour == 0.0) && style != Style::Exact { Style::Exact } else { style };
        Clock { minutes: hour as i32 * 60 + minutes as i32, style }
    }

    /// Whether there is such a time.
    pub fn is_on_the_clock(&self) -> bool {
        (-60..=1_440).contains(&self.minutes)
    }

    pub fn half(self, is_afternoon: bool) -> Clock {
        let of_half = self.minutes.rem_euclid(720);
        Clock {
            minutes: if self.minutes >= 780 { self.minutes } else { of_half + if is_afternoon { 720 } else { 0 } },
            style: Style::Exact,
        }
    }
}
