//! The languages of the console, and how each writes numbers, periods and plurals.

use crate::texts::{self, Texts};

/// A language of the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

/// A space that does not break, as numbers are grouped by it.
const NARROW: char = '\u{202f}';

const SECOND_MS: i64 = 1000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

impl Language {
    /// All languages.
    pub const ALL: [Language; 2] = [Language::En, Language::Fr];

    /// Its code, as in the attribute `lang`.
    pub fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Fr => "fr",
        }
    }

    /// Its name in itself.
    pub fn name(self) -> &'static str {
        match self {
            Language::En => "English",
            Language::Fr => "Français",
        }
    }

    /// The language of a code.
    pub fn parse(code: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The first of the languages in a header `Accept-Language` that the console has.
    pub fn accepted(header: &str) -> Option<Language> {
        header.split(',').find_map(|part| {
            let tag = part.split(';').next().unwrap_or_default().trim();
            Language::parse(tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str())
        })
    }

    /// The texts of this language.
    pub fn texts(self) -> &'static Texts {
        match self {
            Language::En => &texts::EN,
            Language::Fr => &texts::FR,
        }
    }

    /// A whole number in groups of three digits.
    pub fn count(self, n: i64) -> String {
        let digits = n.unsigned_abs().to_string();
        let mut text = String::from(if n < 0 { "−" } else { "" });
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(NARROW);
            }
            text.push(digit);
        }
        text
    }

    /// A number with so many digits behind the point, without zeros at the end.
    pub fn decimal(self, number: f64, digits: usize) -> String {
        let mut text = format!("{number:.digits$}");
        if text.contains('.') {
            text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
        }
        match self {
            Language::En => text,
            Language::Fr => text.replace('.', ","),
        }
    }

    /// A share in percent.
    pub fn percent(self, percent: f64) -> String {
        format!("{}{NARROW}%", self.decimal(percent, 2))
    }

    /// A size in bytes, in its largest unit.
    pub fn bytes(self, bytes: i64) -> String {
        let (kilo, mega) = match self {
            Language::En => ("KB", "MB"),
            Language::Fr => ("Ko", "Mo"),
        };
        match bytes.max(0) as f64 / 1024.0 {
            kilobytes if kilobytes < 1024.0 => format!("{}{NARROW}{kilo}", self.decimal(kilobytes.ceil(), 0)),
            kilobytes => format!("{}{NARROW}{mega}", self.decimal(kilobytes / 1024.0, 1)),
        }
    }

    /// A period in milliseconds, in its largest unit.
    pub fn period(self, ms: i64) -> String {
        let day = match self {
            Language::En => "d",
            Language::Fr => "j",
        };
        match ms.max(0) {
            ms @ ..SECOND_MS => format!("{ms}{NARROW}ms"),
            ms if ms < 10 * SECOND_MS => format!("{}{NARROW}s", self.decimal(ms as f64 / 1000.0, 2)),
            ms if ms < 2 * MINUTE_MS => format!("{}{NARROW}s", ms / SECOND_MS),
            ms if ms < 2 * HOUR_MS => format!("{}{NARROW}min", ms / MINUTE_MS),
            ms if ms < 2 * DAY_MS => format!("{}{NARROW}h", ms / HOUR_MS),
            ms => format!("{}{NARROW}{day}", ms / DAY_MS),
        }
    }

    /// A text for so many things, with the number in the place of `{n}`: the first for one, the second for more. In French nothing is one.
    pub fn plural(self, one: &str, more: &str, n: i64) -> String {
        let is_one = match self {
            Language::En => n == 1,
            Language::Fr => n == 0 || n == 1,
        };
        let text = if is_one { one } else { more };
        text.replace("{n}", &self.count(n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_language_does() {
        let (en, fr) = (Language::En, Language::Fr);
        assert_eq!(
            [0, 999, 4812, 1_234_567, -1000].map(|n| en.count(n)),
            ["0", "999", "4\u{202f}812", "1\u{202f}234\u{202f}567", "−1\u{202f}000"]
        );
        assert_eq!((en.decimal(1.24, 2), fr.decimal(1.24, 2)), ("1.24".into(), "1,24".into()));
        assert_eq!((en.decimal(10.0, 2), en.percent(0.5)), ("10".into(), "0.5\u{202f}%".into()));
        assert_eq!([400 << 10, 3 << 19].map(|bytes| fr.bytes(bytes)), ["400\u{202f}Ko", "1,5\u{202f}Mo"]);
        assert_eq!(
            [250, 1240, 119_000, 840_000, 3 * DAY_MS].map(|ms| fr.period(ms)),
            ["250\u{202f}ms", "1,24\u{202f}s", "119\u{202f}s", "14\u{202f}min", "3\u{202f}j"]
        );
    }

    #[test]
    fn plurals_and_accepted_languages() {
        assert_eq!(Language::En.plural("{n} thing", "{n} things", 0), "0 things");
        assert_eq!(Language::Fr.plural("{n} chose", "{n} choses", 0), "0 chose");
        assert_eq!(Language::Fr.plural("{n} chose", "{n} choses", 2), "2 choses");
        for (header, language) in [
            ("fr-RW,fr;q=0.9,en;q=0.8", Some(Language::Fr)),
            ("rw, en-GB;q=0.5", Some(Language::En)),
            ("de", None),
            ("", None),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }
}
