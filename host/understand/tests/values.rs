//! Values read from texts: tables for each language, numbers and times said by the grammars of the languages, and texts of no sense.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail them")]

mod said;

use jiff::{Timestamp, tz::TimeZone};
use switchboard_core::contract::readings::{Meaning, Reading};
use switchboard_understand::{Setting, read};

/// Thursday, 26 November 2026, 12:45 in Kigali.
const NOW: u64 = 1_795_689_900_000;

fn setting(language: &str) -> Setting<'_> {
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
        Meaning::Other(other) if other.kind != "deed" => format!("{} {}", other.kind, other.value),
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

const LANGUAGES: [&str; 4] = ["en", "fr", "rw", "sw"];

#[test]
fn every_number_below_a_thousand_is_read_as_it_is_said() {
    let mut wrong = Vec::new();
    for language in LANGUAGES {
        for n in 0..1_000_u32 {
            let text = said::number(language, n);
            let whole = |it: &&Reading| it.start == 0 && it.end as usize == text.len();
            let readings = read(&text, &setting(language));
            let is_read = readings.iter().filter(whole).any(|it| it.meaning == Meaning::Number(f64::from(n)));
            if !is_read {
                wrong.push(format!("{language} {n} {text}: {readings:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}

#[test]
fn amounts_up_to_five_million_are_read_as_they_are_said() {
    let mut wrong = Vec::new();
    for language in LANGUAGES {
        // Every 500 up to 100,000, then in uneven steps.
        let steps =
            (1..200_u32).map(|n| n * 500).chain((0..600).map(|n| 100_000 + n * 8_500).filter(|n| *n <= 5_000_000));
        for n in steps {
            let mut texts = vec![said::number(language, n)];
            if language == "sw" {
                texts.push(said::with_laki(n));
            }
            for text in texts {
                let is_read = read(&text, &setting(language)).iter().any(|it| {
                    let whole = it.start == 0 && it.end as usize == text.len();
                    whole && matches!(&it.meaning, Meaning::Money(amount) if amount.low == Some(u64::from(n) * 100) && amount.low == amount.high)
                });
                if !is_read {
                    wrong.push(format!("{language} {n} {text}: {:?}", shown(&text, language, true)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}

#[test]
fn every_minute_of_a_day_is_read_as_it_is_said() {
    let mut wrong = Vec::new();
    for language in LANGUAGES {
        for of_day in 0..1_440_u32 {
            for text in said::time(language, of_day / 60, of_day % 60) {
                let readings = read(&text, &setting(language));
                let times: Vec<u64> = readings
                    .iter()
                    .filter_map(|it| match &it.meaning {
                        Meaning::Time(span) if span.earliest == span.latest => Some(span.at),
                        _ => None,
                    })
                    .collect();
                let is_read = matches!(times[..], [at] if {
                    let at = local(at);
                    at.hour() as u32 * 60 + at.minute() as u32 == of_day
                });
                if !is_read {
                    wrong.push(format!(
                        "{language} {:02}:{:02} {text}: {:?}",
                        of_day / 60,
                        of_day % 60,
                        shown(&text, language, true)
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.iter().step_by(wrong.len() / 30 + 1).cloned().collect::<Vec<_>>().join("\n")
    );
}

/// A generator of numbers (SplitMix64): the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }
}

/// The sorts of readings of this file, by number.
fn sort(meaning: &Meaning) -> Option<usize> {
    match meaning {
        Meaning::Money(_) => Some(0),
        Meaning::Number(_) => Some(1),
        Meaning::Quantity(_) => Some(2),
        Meaning::Time(_) => Some(3),
        _ => None,
    }
}

#[test]
fn any_text_is_read_in_order_and_between_characters() {
    let tables = [
        include_str!("../data/numbers.tsv"),
        include_str!("../data/units.tsv"),
        include_str!("../data/currencies.tsv"),
        include_str!("../data/limits.tsv"),
        include_str!("../data/times.tsv"),
    ];
    let mut words: Vec<&str> = tables.iter().flat_map(|table| table.split(['\t', ',', '\n', ' '])).collect();
    words.retain(|word| !word.is_empty());
    let others = [
        "0",
        "1",
        "2",
        "7",
        "12",
        "31",
        "99",
        "100",
        "000",
        "2026",
        "0788",
        "123456",
        "99999999999999999999",
        "٣",
        "３",
        "½",
        "¾",
        "³",
        "👍🏽",
        "🏠",
        "3️⃣",
        "é",
        "e\u{301}",
        "\u{200b}",
        "'",
        "’",
        "-",
        "–",
        "/",
        ":",
        ".",
        ",",
        "=",
        "%",
        "$",
        "€",
        "#",
        "+",
        "(",
        "\n",
        "h",
        "k",
        "m",
        "ß",
        "İ",
        "ﷺ",
        "漢",
        "\u{301}",
        "x",
    ];
    let mut random = Random(20);
    for round in 0..6_000 {
        let mut text = String::new();
        for _ in 0..=random.below(12) {
            if random.below(3) > 0 {
                text.push(' ');
            }
            let word = if random.below(2) == 0 {
                others[random.below(others.len())]
            } else {
                words[random.below(words.len())]
            };
            text.push_str(word);
        }
        let zone = ["Africa/Kigali", "Europe/Paris", "Nowhere", ""][random.below(4)];
        let setting = Setting { now: NOW + random.below(400_000_000) as u64 * 1_000, zone, ..setting("en") };
        let readings = read(&text, &setting);
        let mut ends = [0; 4];
        let mut last = 0;
        for reading in &readings {
            let span = text.get(reading.start as usize..reading.end as usize);
            // A deed, and an act of an emoji, stand on no words.
            let may_be_empty = match &reading.meaning {
                Meaning::Act(_) => true,
                Meaning::Other(other) => other.kind == "deed",
                _ => false,
            };
            assert!(span.is_some_and(|span| may_be_empty || !span.is_empty()), "round {round}: {text:?} {reading:?}");
            assert!(reading.start >= last, "round {round}: {text:?} {readings:?}");
            last = reading.start;
            if let Some(sort) = sort(&reading.meaning) {
                assert!(reading.start >= ends[sort], "round {round}: {text:?} {readings:?}");
                ends[sort] = reading.end;
            }
            if let Meaning::Time(span) = &reading.meaning {
                assert!(span.earliest <= span.at && span.at <= span.latest, "round {round}: {text:?} {reading:?}");
            }
        }
    }
    for now in [0, 1, u64::MAX, i64::MAX as u64, 253_402_300_799_000] {
        for text in [
            "tomorrow at 8",
            "in 5000 weeks",
            "in 4000 years",
            "next week",
            "15/12",
            "now",
            "tonight",
            "this weekend",
            "yesterday",
        ] {
            read(text, &Setting { now, ..setting("en") });
        }
    }
}

#[test]
fn a_local_time_is_kept_over_a_change_of_summer_time() {
    // Paris changes on 29 March 2026 at two and on 25 October at three in the night.
    let cases = [("2026-03-28T20:00:00Z", "2026-03-29T05:00:00Z"), ("2026-10-24T20:00:00Z", "2026-10-25T06:00:00Z")];
    for (now, want) in cases {
        let moment = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond() as u64;
        let setting = Setting { now: moment(now), zone: "Europe/Paris", ..setting("fr") };
        let readings = read("demain à 7h", &setting);
        let Some(Meaning::Time(span)) = readings.first().map(|it| &it.meaning) else { panic!("{readings:?}") };
        assert_eq!(span.at, moment(want));
    }
}
