//! Values read from texts: tables for each language, numbers and times said by the grammars of the languages, and texts of no sense.

mod said;

use jiff::{Timestamp, tz::TimeZone};
use switchboard_core::contract::readings::{Meaning, Reading};
use switchboard_understand::{Setting, read};

/// Thursday, 26 November 2026, 12:45 in Kigali.
pub const NOW: u64 = 1_795_689_900_000;

pub fn setting(language: &str) -> Setting<'_> {
    Setting { now: NOW, zone: "Africa/Kigali", country: "RW", currency: "RWF", language }
}

fn local(ms: u64) -> jiff::civil::DateTime {
    TimeZone::get("Africa/Kigali").unwrap().to_datetime(Timestamp::from_millisecond(ms as i64).unwrap())
}

/// A moment as days from today and a time of the clock: `d+1 08:00`.
fn moment(ms: u64) -> String {
    let (at, now) = (local(ms), local(NOW));
    let days = (at.date() - now.date()).get_days();
    format!("d{days:+} {:02}:{:02}", at.hour(), at.minute())
}

/// A reading as the tables write it.
fn show(reading: &Reading) -> Option<String> {
    let mark = if reading.unsure { "?" } else { "" };
    let units = |hundredths: u64| (hundredths as f64 / 100.0).to_string();
    Some(match &reading.meaning {
        Meaning::Money(amount) => {
            let range = match (amount.low, amount.high) {
                (Some(low), Some(high)) if low == high => units(low),
                (Some(low), Some(high)) => format!("{}..{}", units(low), units(high)),
                (None, Some(high)) => format!("..{}", units(high)),
                (Some(low), None) => format!("{}..", units(low)),
                (None, None) => "none".to_owned(),
            };
            let per = amount.per.as_ref().map_or(String::new(), |per| format!("/{per}"));
            let currency = if amount.currency == "RWF" { String::new() } else { format!(" {}", amount.currency) };
            let negotiable = if amount.negotiable { " nego" } else { "" };
            format!("money {range}{currency}{per}{negotiable}{mark}")
        }
        Meaning::Number(number) => format!("number {number}{mark}"),
        Meaning::Quantity(quantity) => format!("{} {}{mark}", quantity.amount, quantity.unit),
        Meaning::Time(span) if span.earliest == span.latest => format!("{}{mark}", moment(span.at)),
        Meaning::Time(span) => {
            format!("{} in {} to {}{mark}", moment(span.at), moment(span.earliest), moment(span.latest))
        }
        Meaning::Other(other) => format!("{} {}", other.kind, other.value),
        _ => return None,
    })
}

/// What a row is compared with: the readings of the sorts that the row names; all but numbers always.
fn shown(text: &str, language: &str, wants_numbers: bool) -> Vec<String> {
    let readings = read(text, &setting(language));
    let readings = readings.iter().filter(|it| wants_numbers || !matches!(it.meaning, Meaning::Number(_)));
    readings.filter_map(show).collect()
}

fn check(language: &str, table: &str) {
    let mut wrong = Vec::new();
    let mut rows = 0;
    for row in table.lines().filter(|row| !row.is_empty() && !row.starts_with('#')) {
        let (text, want) = row.split_once('\t').unwrap_or((row, ""));
        let want = want.trim();
        rows += 1;
        let mut got = shown(&text.replace('⏎', "\n"), language, want.contains("number"));
        let mut want: Vec<&str> = want.split(';').map(str::trim).filter(|it| !it.is_empty()).collect();
        // A day alone: whatever hour is assumed.
        for (got, want) in got.iter_mut().zip(want.iter()) {
            let (day, unsure) = want.strip_suffix('?').map_or((*want, false), |day| (day, true));
            let is_day = day.starts_with('d') && !day.contains(' ');
            if is_day && got.starts_with(&format!("{day} ")) && got.ends_with('?') == unsure {
                *got = (*want).to_owned();
            }
        }
        want.sort_unstable();
        got.sort_unstable();
        if got != want {
            wrong.push(format!("{text}\n    want {want:?}\n    got  {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {rows} rows of {language}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn english_values() {
    check("en", include_str!("values/en.tsv"));
}

#[test]
fn french_values() {
    check("fr", include_str!("values/fr.tsv"));
}

#[test]
fn kinyarwanda_values() {
    check("rw", include_str!("values/rw.tsv"));
}

#[test]
fn swahili_values() {
    check("sw", include_str!("values/sw.tsv"));
}
