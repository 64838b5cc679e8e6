//! Times in the operators' time zone, and initials.

use jiff::{Timestamp, Zoned, tz::TimeZone};

use crate::Language;

/// The time at which a page is made, and the time zone in which it shows times.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Now, in milliseconds.
    pub now: i64,
    zone: TimeZone,
}

const MONTHS_FR: [&str; 12] =
    ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];

impl Clock {
    /// A clock in the time zone of this name, as in `Africa/Kigali`; in UTC if there is none of that name.
    pub fn new(now: i64, zone: &str) -> Clock {
        Clock { now, zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC) }
    }

    fn zoned(&self, ms: i64) -> Zoned {
        Timestamp::from_millisecond(ms).unwrap_or_default().to_zoned(self.zone.clone())
    }

    /// The hour and minute: `13:05`.
    pub fn time(&self, ms: i64) -> String {
        self.zoned(ms).strftime("%H:%M").to_string()
    }

    /// The hour and minute, with the day if it is another than today: `13:05`, `yesterday 13:05`, `24 Nov 13:05`.
    pub fn when(&self, ms: i64, language: Language) -> String {
        match self.day(ms, language) {
            day if day == language.texts().frame.today => self.time(ms),
            day => format!("{day} {}", self.time(ms)),
        }
    }

    /// The day: `today`, `yesterday`, `tomorrow`, `24 Nov`.
    pub fn day(&self, ms: i64, language: Language) -> String {
        let (day, today) = (self.zoned(ms).date(), self.zoned(self.now).date());
        let texts = language.texts();
        match (day - today).get_days() {
            0 if day == today => texts.frame.today.to_owned(),
            -1 if today.yesterday().is_ok_and(|yesterday| yesterday == day) => texts.frame.yesterday.to_owned(),
            1 if today.tomorrow().is_ok_and(|tomorrow| tomorrow == day) => texts.frame.tomorrow.to_owned(),
            _ => match language {
                Language::En => day.strftime("%-d %b").to_string(),
                Language::Fr => {
                    let month = MONTHS_FR.get(usize::try_from(day.month() - 1).unwrap_or_default());
                    format!("{} {}", day.day(), month.unwrap_or(&""))
                }
            },
        }
    }

    /// The time in UTC, for titles and the attribute `datetime`.
    pub fn utc(&self, ms: i64) -> String {
        Timestamp::from_millisecond(ms).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

/// At most two initials of a name; `?` if it has no letter.
pub fn initials(name: &str) -> String {
    let letters = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphabetic()));
    let mut found: Vec<char> = letters.collect();
    if found.len() > 2 {
        found = vec![found[0], found[found.len() - 1]];
    }
    match found.is_empty() {
        true => "?".to_owned(),
        false => found.into_iter().flat_map(char::to_uppercase).collect(),
    }
}

/// One of six tones for a name, always the same one: 0 to 5.
pub fn tone(name: &str) -> u8 {
    let sum = name.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    (sum % 6) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_780_000_000_000;

    #[test]
    fn times_are_in_the_zone_and_days_have_names() {
        let clock = Clock::new(NOON, "Africa/Kigali");
        let day = 24 * 3_600_000;
        assert_eq!(clock.time(NOON), "22:26");
        assert_eq!(clock.when(NOON, Language::En), "22:26");
        assert_eq!(clock.when(NOON - day, Language::En), "yesterday 22:26");
        assert_eq!(clock.when(NOON - day, Language::Fr), "hier 22:26");
        assert_eq!(clock.when(NOON - 30 * day, Language::En), "28 Apr 22:26");
        assert_eq!(clock.when(NOON - 30 * day, Language::Fr), "28 avr. 22:26");
        assert_eq!(clock.day(NOON + day, Language::En), "tomorrow");
        assert_eq!(clock.utc(NOON), "2026-05-28T20:26:40Z");
    }

    #[test]
    fn initials_are_two_letters_at_most() {
        for (name, expected) in
            [("Jean-Claude Bizimana", "JB"), ("Keza", "K"), ("  ", "?"), ("a b c", "AC"), ("42", "?")]
        {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
}
