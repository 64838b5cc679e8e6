//! The texts of the console, in English and French: a section for each page, and one for words of several pages. A key has both by its
//! form. `{n}`, `{who}` and `{at}` are filled in.

/// A section: `key: "English", "French";` for each text.
macro_rules! texts {
    ($($key:ident: $en:literal, $fr:literal;)*) => {
        /// The texts of this section in one language.
        #[allow(missing_docs)]
        #[derive(Debug)]
        pub struct Section {
            $(pub $key: &'static str,)*
        }

        pub(super) const EN: Section = Section { $($key: $en,)* };
        pub(super) const FR: Section = Section { $($key: $fr,)* };

        /// The keys, each with its English and its French text.
        #[cfg(test)]
        pub(super) const KEYS: &[(&str, &str, &str)] = &[$((stringify!($key), $en, $fr),)*];
    };
}

mod agents;
mod errors;
mod frame;
mod happened;
mod inbox;
mod overview;
mod people;
mod phone;
mod replay;
mod rollout;
mod settings;
mod shared;
mod sign_in;
mod turns;
mod waiting;

macro_rules! sections {
    ($($section:ident)*) => {
        /// The texts of one language; templates use each by its section and key.
        #[allow(missing_docs)]
        #[derive(Debug)]
        pub struct Texts {
            $(pub $section: $section::Section,)*
        }

        pub(crate) static EN: Texts = Texts { $($section: $section::EN,)* };
        pub(crate) static FR: Texts = Texts { $($section: $section::FR,)* };

        /// All keys with their section, English and French text.
        #[cfg(test)]
        fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static str, &'static str)> {
            let sections = [$((stringify!($section), $section::KEYS),)*];
            sections.into_iter().flat_map(|(section, keys)| keys.iter().map(move |&(key, en, fr)| (section, key, en, fr)))
        }
    };
}

sections! { shared frame sign_in errors overview waiting inbox settings phone happened turns agents replay rollout people }

#[cfg(test)]
mod tests {
    use super::*;

    /// The words in braces of a text, sorted.
    fn filled(text: &str) -> Vec<&str> {
        let mut found: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(word, _)| word).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn every_key_has_both_languages_with_the_same_words_to_fill_in() {
        for (section, key, en, fr) in all() {
            assert!(!en.trim().is_empty() && !fr.trim().is_empty(), "{section}.{key}");
            assert_eq!(filled(en), filled(fr), "{section}.{key}");
        }
    }
}
