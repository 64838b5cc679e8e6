//! Times as people say them, and as we do. In the person's own zone.

use crate::{
    Language, Text,
    clock::LocalTime,
    tr,
    understand::{self, Said},
};

/// The time that a text names, in milliseconds, at or after now; none if it names none.
pub fn parse(text: &str, now: u64) -> Option<u64> {
    let said = Said { text, readings: understand::read_at(text, now, "RWF") };
    said.times().map(|found| found.what.at).find(|at| *at >= now)
}

/// A time as the person's clock shows it: `25/12 14:30`.
pub fn show(at: u64) -> String {
    let LocalTime { month, day, hour, minute, .. } = local(at);
    format!("{day:02}/{month:02} {hour:02}:{minute:02}")
}

/// A time as a person would say it: `Fri 25 Dec, 14:30`.
pub fn say(at: u64, language: Language) -> String {
    let LocalTime { month, day, hour, minute, weekday, .. } = local(at);
    let name = |names: &Text, at: u8| names.get(language).split(' ').nth(usize::from(at)).unwrap_or_default();
    let (weekday, month) = (name(&WEEKDAYS, weekday.wrapping_sub(1)), name(&MONTHS, month.wrapping_sub(1)));
    format!("{weekday} {day} {month}, {hour:02}:{minute:02}")
}

const WEEKDAYS: Text = tr!(
    "Mon Tue Wed Thu Fri Sat Sun",
    "lun. mar. mer. jeu. ven. sam. dim.",
    "Kuwa\u{a0}mbere Kuwa\u{a0}kabiri Kuwa\u{a0}gatatu Kuwa\u{a0}kane Kuwa\u{a0}gatanu Kuwa\u{a0}gatandatu Ku\u{a0}cyumweru",
    "Jumatatu Jumanne Jumatano Alhamisi Ijumaa Jumamosi Jumapili"
);

const MONTHS: Text = tr!(
    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "Mutarama Gashyantare Werurwe Mata Gicurasi Kamena Nyakanga Kanama Nzeri Ukwakira Ugushyingo Ukuboza",
    "Jan Feb Machi Apr Mei Juni Julai Ago Sep Okt Nov Des"
);

fn local(at: u64) -> LocalTime {
    crate::clock::local(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Friday, 27 November 2026, 10:30 in Kigali.
    const NOW: u64 = 1_795_768_200_000;

    #[test]
    fn times_are_said_with_their_weekday() {
        assert_eq!(say(NOW, Language::En), "Fri 27 Nov, 10:30");
        assert_eq!(say(NOW, Language::Sw), "Ijumaa 27 Nov, 10:30");
        assert_eq!(show(NOW), "27/11 10:30");
    }

    #[test]
    fn a_time_that_is_over_is_none() {
        let tomorrow = parse("tomorrow at 8:00", NOW).map(|at| say(at, Language::En));
        assert_eq!(tomorrow.as_deref(), Some("Sat 28 Nov, 08:00"));
        assert_eq!(parse("two people", NOW), None);
    }
}
