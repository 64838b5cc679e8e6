//! Keyword scoring: weighted keywords matched against a message, by token and stem, never inside a word.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use super::signals::{Signals, backdrop, is_aside};
use switchboard_core::contract::types::Profile;
use switchboard_core::text::{LANGUAGES, Stems, fold};
use switchboard_understand::{Analysis, words::Words};

/// The score that alone gives a confidence of one half, so that one keyword of weight 1.0 gives 0.8.
const HALF_SCORE: f32 = 0.25;

/// The size of the word cache, which is cleared when full.
const KNOWN_MAX: usize = 20_000;

/// An index over the keywords of all agents in service.
pub struct Index {
    languages: Vec<Language>,
    priorities: BTreeMap<String, u8>,
    signals: Signals,
    /// A cache of words with their stems: people use few words, and a look-up costs a tenth of stemming.
    known: Mutex<HashMap<String, Arc<Word>>>,
}

struct Language {
    stems: Stems,
    /// The keywords, by the stem of their first word.
    keywords: HashMap<String, Vec<Keyword>>,
}

/// A folded word in the cache.
struct Word {
    /// Its stem in each language.
    stems: Vec<String>,
    /// Whether a keyword begins with it.
    begins: bool,
}

struct Keyword {
    agent: String,
    words: String,
    /// The stems after the first, which is the map's key.
    rest: Vec<String>,
    weight: f32,
}

/// The keyword scores of a message.
#[derive(Clone, Debug, Default)]
pub struct Scored {
    /// The agent with the highest score, if it is above zero.
    pub best: Option<String>,
    /// The confidence, 0 to 1: high if the best score is high and the second one low.
    pub confidence: f32,
    /// The keywords that matched for the best agent.
    pub keywords: Vec<String>,
    scores: BTreeMap<String, f32>,
}

impl Scored {
    /// The score of one agent.
    pub fn of(&self, agent: &str) -> f32 {
        self.scores.get(agent).copied().unwrap_or(0.0)
    }

    /// The agents whose keywords match, the best first.
    pub fn ranked(&self) -> Vec<(String, f32)> {
        let mut all: Vec<(String, f32)> = self.scores.iter().map(|(agent, score)| (agent.clone(), *score)).collect();
        all.retain(|(_, score)| *score > 0.0);
        all.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        all
    }
}

impl Scored {
    /// The highest score, above zero.
    pub(super) fn best_score(&self) -> f32 {
        self.scores.values().copied().fold(0.0, f32::max)
    }
}

impl Index {
    /// Adds priorities (0 to 100): a higher one weighs more where keywords of several agents match.
    pub fn with_priorities(mut self, priorities: BTreeMap<String, u8>) -> Index {
        self.priorities = priorities;
        self
    }

    /// Builds the index, once for each set of agents.
    pub fn new<'a>(profiles: impl Iterator<Item = &'a Profile> + Clone) -> Index {
        let languages = LANGUAGES.map(|language| {
            let stems = Stems::of(language);
            let mut keywords: HashMap<String, Vec<Keyword>> = HashMap::new();
            for profile in profiles.clone() {
                for keyword in profile.keywords.iter().filter(|keyword| keyword.language == language) {
                    let words = fold(&keyword.words);
                    let mut words = words.iter().map(|word| stems.of_word(word));
                    let Some(first) = words.next() else { continue };
                    keywords.entry(first).or_default().push(Keyword {
                        agent: profile.name.clone(),
                        words: keyword.words.clone(),
                        rest: words.collect(),
                        weight: keyword.weight,
                    });
                }
            }
            Language { stems, keywords }
        });
        Index {
            languages: languages.into(),
            priorities: BTreeMap::new(),
            signals: Signals::new(profiles),
            known: Mutex::default(),
        }
    }

    fn words(&self, read: &Words<'_>) -> Vec<Arc<Word>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > KNOWN_MAX {
            known.clear();
        }
        let mut word = |word: &str| match known.get(word) {
            Some(word) => word.clone(),
            None => {
                let stems: Vec<String> = self.languages.iter().map(|language| language.stems.of_word(word)).collect();
                let begins =
                    self.languages.iter().zip(&stems).any(|(language, stem)| language.keywords.contains_key(stem));
                known.entry(word.to_owned()).or_insert(Arc::new(Word { stems, begins })).clone()
            }
        };
        (0..read.len()).map(|at| word(read.folded(at))).collect()
    }

    /// How much the keywords in a text weigh, by their language, in the order of [`LANGUAGES`]: a word counts once, in each language in which
    /// it is a keyword.
    pub fn by_language(&self, words: &Words<'_>) -> [f32; 4] {
        let known = self.words(words);
        let mut weights = [0.0_f32; 4];
        for word in known.iter().filter(|word| word.begins) {
            for (n, language) in self.languages.iter().enumerate() {
                let single = |keyword: &&Keyword| keyword.rest.is_empty() && keyword.weight > 0.0;
                let found = language.keywords.get(&word.stems[n]).into_iter().flatten().filter(single);
                weights[n] += found.map(|keyword| keyword.weight.min(1.0)).fold(0.0, f32::max);
            }
        }
        weights
    }

    /// Scores a text for the agents that are on. A word counts once for an agent, in the language where it weighs
    /// most.
    pub fn score(&self, text: &Analysis<'_>, is_on: impl Fn(&str) -> bool) -> Scored {
        self.scored(text, is_on, false)
    }

    /// The same of a text that opens a conversation, or follows the menu: what it is about counts too, as learnt from examples.
    pub fn score_opening(&self, text: &Analysis<'_>, is_on: impl Fn(&str) -> bool) -> Scored {
        self.scored(text, is_on, true)
    }

    fn scored(&self, text: &Analysis<'_>, is_on: impl Fn(&str) -> bool, opens: bool) -> Scored {
        let said = &text.said;
        let words = self.words(&text.words);
        // By agent and position in the text: the largest weight there, and its keyword.
        let mut hits: BTreeMap<(&str, usize), (f32, &str)> = BTreeMap::new();
        let begins = words.iter().enumerate().filter(|(at, word)| word.begins && !is_aside(text, *at));
        for (place, word) in begins {
            for (n, language) in self.languages.iter().enumerate() {
                for keyword in language.keywords.get(&word.stems[n]).into_iter().flatten() {
                    let mut after = words[place + 1..].iter().map(|word| &word.stems[n]);
                    let fits = keyword.rest.iter().all(|stem| after.next() == Some(stem));
                    if fits && is_on(&keyword.agent) {
                        let hit = hits.entry((keyword.agent.as_str(), place)).or_insert((0.0, ""));
                        if keyword.weight.abs() > hit.0.abs() {
                            *hit = (keyword.weight, keyword.words.as_str());
                        }
                    }
                }
            }
        }
        let mut scored = Scored::default();
        let is_front = hits.keys().any(|(_, at)| backdrop(said, *at) == 1.0);
        for ((agent, at), (weight, _)) in &hits {
            let share = if is_front { backdrop(said, *at) } else { 1.0 };
            *scored.scores.entry((*agent).to_owned()).or_default() += weight * share;
        }
        let mut signals: Vec<(&str, &str)> = Vec::new();
        let mut hit = |signal, agent, weight: f32| {
            if is_on(agent) {
                *scored.scores.entry(agent.to_owned()).or_default() += weight;
                if weight > 0.0 {
                    signals.push((agent, signal));
                }
            }
        };
        self.signals.score(text, &mut hit);
        if opens {
            self.signals.score_topic(text, hit);
        }
        for (agent, score) in &mut scored.scores {
            if *score > 0.0 {
                *score *= 1.0 + f32::from(self.priorities.get(agent).copied().unwrap_or(0)) / 100.0;
            }
        }
        let mut ranked: Vec<(&String, f32)> = scored.scores.iter().map(|(agent, score)| (agent, *score)).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        if let Some((agent, best)) = ranked.first().filter(|(_, score)| *score > 0.0) {
            let next = ranked.get(1).map_or(0.0, |(_, score)| score.max(0.0));
            scored.confidence = (best / (best + HALF_SCORE)) * (best / (best + next));
            scored.best = Some((*agent).clone());
            let of_best = hits.iter().filter(|((owner, _), (weight, _))| owner == agent && *weight > 0.0);
            let keywords = of_best.map(|(_, (_, words))| *words);
            let signals = signals.iter().filter(|(owner, _)| owner == agent).map(|(_, signal)| *signal);
            scored.keywords = keywords.chain(signals).map(str::to_owned).collect();
        }
        scored
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchboard_core::contract::types;

    fn profile(name: &str, keywords: &[(&str, &str, f32)]) -> Profile {
        Profile {
            name: name.into(),
            version: "1.0.0".into(),
            about: String::new(),
            titles: Vec::new(),
            keywords: keywords
                .iter()
                .map(|(language, words, weight)| types::Keyword {
                    language: (*language).into(),
                    words: (*words).into(),
                    weight: *weight,
                })
                .collect(),
            flows: Vec::new(),
            tools: Vec::new(),
            stores: String::new(),
            wants: Vec::new(),
            extras: Vec::new(),
        }
    }

    fn best(text: &str) -> (Option<String>, f32) {
        let jobs = profile(
            "jobs",
            &[("en", "job", 2.0), ("en", "driver job", 3.0), ("fr", "emploi", 2.0), ("rw", "akazi", 2.0)],
        );
        let rides = profile("rides", &[("en", "driver", 1.0), ("en", "take me", 2.0), ("en", "car", 1.0)]);
        let shop = profile("marketplace", &[("en", "sell", 1.5), ("en", "buy", 1.5), ("en", "job", -1.0)]);
        let index = Index::new([&jobs, &rides, &shop].into_iter());
        let scored = index.score(&Analysis::of(text), |_| true);
        (scored.best, scored.confidence)
    }

    #[test]
    fn words_count_whole_and_by_stem() {
        let cases = [
            ("I need a job", Some("jobs")),
            ("any JOBS?", Some("jobs")),
            ("I am looking for a driver job in Kigali", Some("jobs")),
            ("Je cherche de l'emploi", Some("jobs")),
            ("Nshaka akazi", Some("jobs")),
            ("selling my old laptop computer today, please", Some("marketplace")),
            ("please take me home", Some("rides")),
            ("I need a carpenter", None),
            ("take my scar", None),
            ("", None),
        ];
        for (text, agent) in cases {
            assert_eq!(best(text).0.as_deref(), agent, "{text}");
        }
    }

    #[test]
    fn an_agents_own_concepts_count_in_routing_and_in_its_readings() {
        use super::super::signals::{EXTRA, lexicon_of};
        use switchboard_core::contract::readings::Meaning;
        use switchboard_understand::{Setting, lexicon};

        let named = r#"[{"concept": "glider", "kind": "aircraft", "names": {"en": ["glider"], "rw": ["indege nto"]}}]"#;
        let extra = |name: &str, value: &str| types::Extra { name: name.into(), value: value.into() };
        let own = Profile {
            extras: vec![extra(EXTRA, "aircraft 2"), extra(lexicon::EXTRA, named)],
            ..profile("gliders", &[])
        };
        let other = profile("jobs", &[("en", "job", 2.0)]);
        let index = Index::new([&own, &other].into_iter());
        let best = |text: &str| index.score(&Analysis::of(text), |_| true).best;
        for text in ["my gliders fell", "indege nto"] {
            assert_eq!(best(text).as_deref(), Some("gliders"), "{text}");
        }
        assert_eq!(best("a fridge"), None);
        let setting = Setting { now: 0, zone: "Africa/Kigali", country: "RW", currency: "RWF", language: "en" };
        let things = |profile: &Profile| -> Vec<String> {
            let read = Analysis::of("a glider and a fridge").read(&setting, &lexicon_of(profile));
            let things = read.into_iter().filter_map(|it| match it.meaning {
                Meaning::Thing(thing) => Some(thing.concept),
                _ => None,
            });
            things.collect()
        };
        assert_eq!(things(&own), ["glider", "fridge"]);
        assert_eq!(things(&other), ["fridge"]);
    }

    #[test]
    fn confidence_falls_with_rivals() {
        assert!(best("a job").1 > 0.8);
        assert!(best("sell a car").1 < best("sell a phone").1);
        assert!(best("sell a car").1 > 0.4);
    }
}
