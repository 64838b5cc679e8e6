//! An agent's profile, said line by line.

use crate::{Extra, Keyword, Language, Profile, Text, Title};

impl Profile {
    /// A profile with a name, the crate's version and a sentence for operators.
    pub fn new(name: &str, version: &str, about: &str) -> Profile {
        Profile {
            name: name.to_owned(),
            version: version.to_owned(),
            about: about.to_owned(),
            titles: Vec::new(),
            keywords: Vec::new(),
            flows: Vec::new(),
            tools: Vec::new(),
            stores: "Nothing.".to_owned(),
            wants: Vec::new(),
            extras: Vec::new(),
        }
    }

    /// Title (up to 24 characters) and menu line (up to 72), in each language that the title has.
    pub fn titled(mut self, title: Text, line: Text) -> Profile {
        self.titles = title
            .all()
            .map(|(language, title)| Title {
                language: language.code().to_owned(),
                title: title.to_owned(),
                line: line.get(language).to_owned(),
            })
            .collect();
        self
    }

    /// Words and phrases of one language that lead to the agent, parted by commas, each with its weight behind it: `job 3, for sale
    /// 2, shop`. Without a weight it is 1.0, the usual one; negative speaks against.
    pub fn keywords(mut self, language: Language, words: &str) -> Profile {
        let keyword = |entry: &str| {
            let entry = entry.trim();
            let weighed = entry.rsplit_once(' ').and_then(|(words, weight)| Some((words, weight_of(weight)?)));
            let (words, weight) = weighed.unwrap_or((entry, 1.0));
            Keyword { language: language.code().to_owned(), words: words.trim().to_owned(), weight }
        };
        self.keywords.extend(words.split(',').filter(|entry| !entry.trim().is_empty()).map(keyword));
        self
    }

    /// What the agent serves, beside its keywords: kinds of things of the host's lexicon, deeds and acts, parted by commas, each with its
    /// weight behind it: `goods 2, goods+sell 1, human 3`. See `docs/other-languages.md`.
    pub fn serves(mut self, signals: &str) -> Profile {
        self.extras
            .push(Extra { name: "serves".to_owned(), value: signals.split_whitespace().collect::<Vec<_>>().join(" ") });
        self
    }

    /// What the agent keeps of a person, in a sentence that the person can be shown.
    pub fn stores(mut self, sentence: &str) -> Profile {
        self.stores = sentence.to_owned();
        self
    }

    /// Things of its domain that the host's lexicon does not know: a JSON list of `{concept, kind, category, names: {en, fr, rw, sw}}`.
    pub fn concepts(mut self, json: &str) -> Profile {
        self.extras.push(Extra { name: "concepts".to_owned(), value: json.to_owned() });
        self
    }

    /// The capabilities that it wants, by interface name. They are its ceiling: a host refuses a component that imports another one,
    /// whatever it is granted.
    pub fn wants(mut self, capabilities: &[&str]) -> Profile {
        self.wants.extend(capabilities.iter().map(|name| (*name).to_owned()));
        if !self.extras.iter().any(|extra| extra.name == CEILING) {
            self.extras.push(Extra { name: CEILING.to_owned(), value: "{}".to_owned() });
        }
        self
    }

    /// What a turn never needs more than, by the keys of `limits` in `plugins.toml`: `[("fuel", 50_000_000)]`. A turn gets the least of
    /// this and of the operator's limits.
    pub fn needs_at_most(mut self, limits: &[(&str, u64)]) -> Profile {
        let limits: Vec<String> =
            limits.iter().map(|(key, limit)| ["\"", key, "\": ", &limit.to_string()].concat()).collect();
        self.extras.retain(|extra| extra.name != CEILING);
        let value = ["{\"limits\": {", &limits.join(", "), "}}"].concat();
        self.extras.push(Extra { name: CEILING.to_owned(), value });
        self
    }
}

/// The extra that says that `wants` is all that the component may import.
const CEILING: &str = "ceiling";

/// `2.5`, by whole numbers: reading floats weighs more than an agent's texts.
fn weight_of(text: &str) -> Option<f32> {
    let (sign, digits) = text.strip_prefix('-').map_or((1.0, text), |digits| (-1.0, digits));
    let (whole, tenths) = digits.split_once('.').unwrap_or((digits, "0"));
    let (whole, tenths): (u8, u8) = (whole.parse().ok()?, tenths.parse().ok().filter(|tenths| *tenths < 10)?);
    Some(sign * (f32::from(whole) + f32::from(tenths) / 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_has_its_weight_behind_it() {
        let profile = Profile::new("x", "1", "").keywords(Language::En, "job 3, for sale 2.5, shop,, food -1");
        let read: Vec<(&str, f32)> =
            profile.keywords.iter().map(|known| (known.words.as_str(), known.weight)).collect();
        assert_eq!(read, [("job", 3.0), ("for sale", 2.5), ("shop", 1.0), ("food", -1.0)]);
    }
}
