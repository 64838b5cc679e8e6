//! Four languages, and texts that exist in them. What a language lacks is said in English.

use crate::Turn;

/// A language that agents speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English, and the fallback.
    En,
    /// French.
    Fr,
    /// Kinyarwanda.
    Rw,
    /// Swahili.
    Sw,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 4] = [Language::En, Language::Fr, Language::Rw, Language::Sw];

    /// The person's language.
    pub fn of(turn: &Turn) -> Language {
        Language::from_code(&turn.person.language)
    }

    /// From BCP 47 (`fr`, `fr-RW`); English for what is not spoken here.
    pub fn from_code(code: &str) -> Language {
        match code.split('-').next().unwrap_or_default() {
            "fr" => Language::Fr,
            "rw" => Language::Rw,
            "sw" => Language::Sw,
            _ => Language::En,
        }
    }

    /// In BCP 47.
    pub fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Fr => "fr",
            Language::Rw => "rw",
            Language::Sw => "sw",
        }
    }

    /// As its speakers call it.
    pub fn name(self) -> &'static str {
        match self {
            Language::En => "English",
            Language::Fr => "Français",
            Language::Rw => "Kinyarwanda",
            Language::Sw => "Kiswahili",
        }
    }
}

/// A text in up to four languages; made by [`tr!`](crate::tr). `{name}` in it is a place for [`fill`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// English, always there.
    pub en: &'static str,
    /// French; empty if missing, as the next two.
    pub fr: &'static str,
    /// Kinyarwanda.
    pub rw: &'static str,
    /// Swahili.
    pub sw: &'static str,
}

impl Text {
    /// The text in a language, or else in English.
    pub fn get(&self, language: Language) -> &'static str {
        let text = match language {
            Language::En => self.en,
            Language::Fr => self.fr,
            Language::Rw => self.rw,
            Language::Sw => self.sw,
        };
        if text.is_empty() { self.en } else { text }
    }

    /// The text in a language, with values for its places.
    pub fn with(&self, language: Language, values: &[(&str, &str)]) -> String {
        fill(self.get(language), values)
    }

    /// Each language it exists in.
    pub fn all(&self) -> impl Iterator<Item = (Language, &'static str)> {
        let texts = [self.en, self.fr, self.rw, self.sw];
        Language::ALL.into_iter().zip(texts).filter(|(_, text)| !text.is_empty())
    }
}

/// Puts values into the places of a text: `{name}` becomes the value of `name`. Values are not searched for places.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let value = after.split_once('}').and_then(|(name, end)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((*value, end))
        });
        match value {
            Some((value, end)) => {
                filled.push_str(value);
                rest = end;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// A [`Text`]: `tr!("Hello", "Bonjour")` or, with Kinyarwanda and Swahili, `tr!("Hello", "Bonjour", "Muraho", "Habari")`.
#[macro_export]
macro_rules! tr {
    ($en:expr) => {
        $crate::Text { en: $en, fr: "", rw: "", sw: "" }
    };
    ($en:expr, $fr:expr $(,)?) => {
        $crate::Text { en: $en, fr: $fr, rw: "", sw: "" }
    };
    ($en:expr, $fr:expr, $rw:expr, $sw:expr $(,)?) => {
        $crate::Text { en: $en, fr: $fr, rw: $rw, sw: $sw }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_language_is_english() {
        let text = tr!("Hello", "Bonjour");
        assert_eq!(text.get(Language::Fr), "Bonjour");
        assert_eq!(text.get(Language::Sw), "Hello");
        assert_eq!(Language::from_code("fr-RW"), Language::Fr);
        assert_eq!(Language::from_code("de"), Language::En);
    }

    #[test]
    fn values_go_into_their_places_once() {
        assert_eq!(fill("{a} and {b}, {c}", &[("a", "{b}"), ("b", "2")]), "{b} and 2, {c}");
        assert_eq!(fill("open { brace", &[]), "open { brace");
    }
}
