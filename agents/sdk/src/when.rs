//! Times as people say them: `tomorrow at 8`, `25/12 14:30`, `demain 8h`, `now`, `in 2 hours`. In the person's own zone.

use crate::{
    clock::{self, LocalTime},
    words::{lower, plain},
};

const MINUTE_MS: u64 = 60_000;
const DAY_MINUTES: i64 = 24 * 60;

/// The time that a text names, in milliseconds, at or after now; none if it names none. Without an hour it is nine in the morning.
pub fn parse(text: &str, now: u64) -> Option<u64> {
    let minutes = ahead(text, &clock::local(now))?;
    let minutes = u64::try_from(minutes).ok()?;
    // Whole minutes, whatever the seconds are now.
    Some(now / MINUTE_MS * MINUTE_MS + minutes * MINUTE_MS)
}

/// A time as the person's clock shows it: `25/12 14:30`.
pub fn show(at: u64) -> String {
    let LocalTime { month, day, hour, minute, .. } = clock::local(at);
    format!("{day:02}/{month:02} {hour:02}:{minute:02}")
}

/// Minutes from now to the time that a text names.
fn ahead(text: &str, now: &LocalTime) -> Option<i64> {
    let text = lower(text);
    let folded = plain(&text);
    let words: Vec<&str> = folded.split(' ').collect();
    let has = |known: &[&str]| words.iter().any(|word| known.contains(word));
    if has(&["now", "maintenant", "ubu", "nonaha", "sasa", "asap", "immediately"]) {
        return Some(0);
    }
    if let Some(minutes) = after(&words) {
        return Some(minutes);
    }
    let day = day_of(&text, &words, now);
    let clock = clock_of(&text);
    if day.is_none() && clock.is_none() {
        return None;
    }
    let today = i64::from(now.hour) * 60 + i64::from(now.minute);
    let at = clock.map_or(9 * 60, i64::from);
    let ahead = day.unwrap_or(0) * DAY_MINUTES + at - today;
    // An hour that has passed is tomorrow's, unless a day was named.
    if ahead < 0 && day.is_none() { Some(ahead + DAY_MINUTES) } else { Some(ahead).filter(|ahead| *ahead >= 0) }
}

/// `in 2 hours`, `dans 30 minutes`, `baada ya siku 3`: minutes.
fn after(words: &[&str]) -> Option<i64> {
    let at = words.iter().position(|word| ["in", "dans", "nyuma", "baada"].contains(word))?;
    let rest = &words[at + 1..];
    let number: i64 = rest.iter().find_map(|word| word.parse().ok()).filter(|number| (1..=366).contains(number))?;
    let unit = |known: &[&str]| rest.iter().any(|word| known.contains(word));
    let minutes = if unit(&["minute", "minutes", "min", "iminota", "dakika"]) {
        1
    } else if unit(&["hour", "hours", "heure", "heures", "amasaha", "isaha", "saa"]) {
        60
    } else if unit(&["day", "days", "jour", "jours", "iminsi", "umunsi", "siku"]) {
        DAY_MINUTES
    } else if unit(&["week", "weeks", "semaine", "semaines", "icyumweru", "ibyumweru", "wiki"]) {
        7 * DAY_MINUTES
    } else {
        return None;
    };
    Some(number * minutes)
}

/// Days from today to the day that a text names.
fn day_of(text: &str, words: &[&str], now: &LocalTime) -> Option<i64> {
    const WEEKDAYS: [&[&str]; 7] = [
        &["monday", "lundi", "kuwa mbere", "jumatatu"],
        &["tuesday", "mardi", "kuwa kabiri", "jumanne"],
        &["wednesday", "mercredi", "kuwa gatatu", "jumatano"],
        &["thursday", "jeudi", "kuwa kane", "alhamisi"],
        &["friday", "vendredi", "kuwa gatanu", "ijumaa"],
        &["saturday", "samedi", "kuwa gatandatu", "jumamosi"],
        &["sunday", "dimanche", "ku cyumweru", "jumapili"],
    ];
    let all = format!(" {} ", words.join(" "));
    let has = |known: &[&str]| known.iter().any(|word| all.contains(&format!(" {word} ")));
    if has(&["day after tomorrow", "apres demain", "ejobundi", "kesho kutwa"]) {
        return Some(2);
    }
    if has(&["tomorrow", "demain", "ejo", "kesho"]) {
        return Some(1);
    }
    if has(&["today", "tonight", "aujourd hui", "ce soir", "uyu munsi", "leo"]) {
        return Some(0);
    }
    if let Some(weekday) = WEEKDAYS.iter().position(|names| has(names)) {
        let days = (weekday as i64 + 1 - i64::from(now.weekday)).rem_euclid(7);
        return Some(if days == 0 { 7 } else { days });
    }
    date_of(text, now)
}

/// `25/12`, `25-12-2026`, `2026-12-25`: days from today; a date without a year is the next of its kind.
fn date_of(text: &str, now: &LocalTime) -> Option<i64> {
    let today = days(i64::from(now.year), i64::from(now.month), i64::from(now.day));
    text.split_whitespace().find_map(|word| {
        let word = word.trim_matches(|sign: char| !sign.is_ascii_digit());
        let parts: Vec<i64> = word.split(['/', '-', '.']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let (year, month, day) = match parts.as_slice() {
            [year, month, day] if *year > 31 => (Some(*year), *month, *day),
            [day, month, year] => (Some(if *year < 100 { 2000 + year } else { *year }), *month, *day),
            [day, month] if word.contains('/') || word.contains('-') => (None, *month, *day),
            _ => return None,
        };
        let in_calendar = (1..=12).contains(&month) && (1..=31).contains(&day);
        if !in_calendar || year.is_some_and(|year| !(2000..=2200).contains(&year)) {
            return None;
        }
        let this_year = year.unwrap_or(i64::from(now.year));
        let ahead = days(this_year, month, day) - today;
        let ahead = if ahead < 0 && year.is_none() { days(this_year + 1, month, day) - today } else { ahead };
        (0..=731).contains(&ahead).then_some(ahead)
    })
}

/// `14:30`, `14h30`, `8h`, `8am`, `8 pm`, `at 8`: minutes since midnight.
fn clock_of(text: &str) -> Option<u16> {
    let words: Vec<&str> = text.split_whitespace().collect();
    for (at, word) in words.iter().enumerate() {
        let word = word.trim_matches(|sign: char| !sign.is_alphanumeric());
        let digits = word.chars().take_while(char::is_ascii_digit).count();
        let Ok(hour) = word[..digits].parse::<u16>() else { continue };
        let rest = &word[digits..];
        let next = words.get(at + 1).map(|word| word.trim_matches('.')).unwrap_or_default();
        let before = at.checked_sub(1).map(|before| words[before]).unwrap_or_default();
        let minutes: u16 = rest
            .strip_prefix([':', 'h', '.'])
            .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>())
            .and_then(|minutes| minutes.parse().ok())
            .unwrap_or(0);
        let half = |mark: &str| rest.ends_with(mark) || rest.is_empty() && next == mark;
        let is_bare = rest.is_empty()
            && (["at", "à", "a", "vers", "saa"].contains(&before) || ["heures", "heure", "h"].contains(&next));
        let hour = if half("pm") {
            hour % 12 + 12
        } else if half("am") {
            hour % 12
        } else if rest.starts_with([':', 'h']) || is_bare {
            hour
        } else {
            continue;
        };
        if hour < 24 && minutes < 60 {
            return Some(hour * 60 + minutes);
        }
    }
    None
}

/// Days since 1 March of the year 0 (Howard Hinnant's `days_from_civil`, less its epoch).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 5 January 2026, 10:30.
    const NOW: LocalTime = LocalTime { year: 2026, month: 1, day: 5, hour: 10, minute: 30, weekday: 1 };

    #[test]
    fn times_are_read_as_people_say_them() {
        let hours = |text: &str| ahead(text, &NOW).map(|minutes| minutes as f64 / 60.0);
        let cases = [
            ("now", Some(0.0)),
            ("maintenant", Some(0.0)),
            ("14:30", Some(4.0)),
            ("14h30", Some(4.0)),
            ("at 8", Some(21.5)),
            ("8am", Some(21.5)),
            ("8 pm", Some(9.5)),
            ("tomorrow at 8", Some(21.5)),
            ("demain 8h", Some(21.5)),
            ("ejo", Some(22.5)),
            ("friday 10:30", Some(96.0)),
            ("lundi à 10h30", Some(168.0)),
            ("25/12 10:30", Some(354.0 * 24.0)),
            ("2026-01-06 10:30", Some(24.0)),
            ("in 2 hours", Some(2.0)),
            ("dans 30 minutes", Some(0.5)),
            ("baada ya siku 3", Some(72.0)),
            ("today at 9", None),
            ("2 people", None),
            ("soon", None),
            ("32/13", None),
        ];
        for (text, expected) in cases {
            assert_eq!(hours(text), expected, "{text}");
        }
    }
}
