//! An agent's profile, said line by line.

use crate::{Keyword, Language, Profile, Text, Title, ToolAbout};

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

    /// Words of one language that lead to the agent, each with its weight: 1.0 is usual, negative speaks against.
    pub fn keywords(mut self, language: Language, words: &[(&str, f32)]) -> Profile {
        self.keywords.extend(words.iter().map(|(words, weight)| Keyword {
            language: language.code().to_owned(),
            words: (*words).to_owned(),
            weight: *weight,
        }));
        self
    }

    /// The tools that a model may call.
    pub fn tools(mut self, tools: &[ToolAbout]) -> Profile {
        self.tools.extend_from_slice(tools);
        self
    }

    /// What the agent keeps of a person, in a sentence that the person can be shown.
    pub fn stores(mut self, sentence: &str) -> Profile {
        self.stores = sentence.to_owned();
        self
    }

    /// The capabilities that it wants, by interface name.
    pub fn wants(mut self, capabilities: &[&str]) -> Profile {
        self.wants.extend(capabilities.iter().map(|name| (*name).to_owned()));
        self
    }
}
