//! Signals: what the readings of a text say about the agent that it is for, as far as agents declare it in their profiles.
//!
//! A profile's extra [`EXTRA`] lists them with weights, as keywords are listed: `goods 1.5, goods+sell 2, human 3`. A signal is the kind of
//! a thing of the lexicon (`goods`), one thing (`thing:quote`), a deed (`sell`), an act (X

use std::{collections::HashMap, sync::Arc};

use switchboard_core::contract::types::Profile;
use switchboard_understand::{
    Analysis,
    acts::{Act, Said},
    lexicon::{self, Lexicon},
    places, topics,
};

/// The extra of a profile that lists its signals.
pub const EXTRA: &str = "serves";

/// What a signal weighs where a name has several meanings.
const UNSURE: f32 = 0.6;

/// What words count that only say what a wish is for, with or near.
const BACKDROP: f32 = 0.35;

/// Words that deny the name right behind them, and the articles that may stand between: `not a waiter`, `pas de clients`.
const DENIES: [&str; 14] = [
    "not",
    "pas",
    "sio",
    "siyo",
    "si",
    "atari",
    "ntabwo",
    "sinshaka",
    "singishaka",
    "sinkeneye",
    "sitaki",
    "sihitaji",
    "sitafuti",
    "siuzi",
];
const ARTICLES: [&str; 6] = ["a", "an", "the", "de", "d", "des"];

/// Before a topic, the signal of a text about it; and from how likely on a topic counts.
const ABOUT: &str = "about:";
const LIKELY: f32 = 0.5;

/// The signal of a way between two places, and the words that lead to the second one.
const ROUTE: &str = "route";
const LEADS_TO: [&str; 13] =
    ["to", "towards", "vers", "jusqu", "a", "mpaka", "hadi", "kwenda", "kugera", "kugeza", "ujya", "kujya", "njya"];

/// Which agents declare which signal, with the weight; and the lexicon with what they call their own things.
pub(super) struct Signals {
    declared: HashMap<String, Vec<(String, f32)>>,
    lexicon: Arc<Lexicon>,
}

/// A signal that a text gives, and how strong it is.
type Given<'s> = (&'s str, f32);

impl Signals {
    /// Those of all agents.
    pub(super) fn new<'a>(profiles: impl Iterator<Item = &'a Profile>) -> Signals {
        let (mut declared, mut own) = (HashMap::<String, Vec<(String, f32)>>::new(), Vec::new());
        for profile in profiles {
            own.extend(own_concepts(profile));
            let lists = profile.extras.iter().filter(|extra| extra.name == EXTRA);
            for entry in lists.flat_map(|extra| extra.value.split(',')) {
                let entry = entry.trim();
                let weighed =
                    entry.rsplit_once(' ').and_then(|(signal, weight)| Some((signal, weight.parse::<f32>().ok()?)));
                let (signal, weight) = weighed.unwrap_or((entry, 1.0));
                if !signal.is_empty() && weight.is_finite() {
                    let weight = weight.clamp(-5.0, 5.0);
                    declared.entry(signal.trim().to_owned()).or_default().push((profile.name.clone(), weight));
                }
            }
        }
        Signals { declared, lexicon: Lexicon::shared(own) }
    }

    /// Calls `hit` with each agent that a text gives a signal for: the signal, the agent and the weight.
    pub(super) fn score<'s>(&'s self, text: &Analysis<'_>, mut hit: impl FnMut(&'s str, &'s str, f32)) {
        if self.declared.is_empty() {
            return;
        }
        for (signal, strength) in self.given(text) {
            if let Some(agents) = self.declared.get(signal) {
                agents.iter().for_each(|(agent, weight)| hit(signal, agent, weight * strength));
            }
        }
    }

    /// The same with what an opening is about: words that nobody listed may still be like those of others.
    pub(super) fn score_topic<'s>(&'s self, text: &Analysis<'_>, mut hit: impl FnMut(&'s str, &'s str, f32)) {
        let topic = topics::topic(&text.words, |at| is_aside(text, at));
        let Some((topic, likely)) = topic.filter(|(_, likely)| *likely > LIKELY) else { return };
        if let Some((signal, agents)) = self.declared.get_key_value(format!("{ABOUT}{topic}").as_str()) {
            let strength = (likely - LIKELY) / (1.0 - LIKELY);
            agents.iter().for_each(|(agent, weight)| hit(signal, agent, weight * strength));
        }
    }

    /// The declared signals of a text, each once.
    fn given(&self, text: &Analysis<'_>) -> Vec<Given<'_>> {
        let Analysis { words, said } = text;
        let mut given: Vec<Given<'_>> = Vec::new();
        let mut add = |signal: &str, strength: f32| {
            let Some((signal, _)) = self.declared.get_key_value(signal) else { return };
            match given.iter_mut().find(|(known, _)| known == signal) {
                Some((_, known)) => *known = known.max(strength),
                None => given.push((signal, strength)),
            }
        };
        for act in &said.acts {
            add(act.act.name(), 1.0);
        }
        for deed in &said.deeds {
            add(deed, 1.0);
        }
        // In danger nobody is sold anything.
        if said.acts.iter().any(|it| matches!(it.act, Act::Emergency | Act::Distress)) {
            return given;
        }
        if self.declared.contains_key(ROUTE) && places::is_route(words, |word| LEADS_TO.contains(&word)) {
            add(ROUTE, 1.0);
        }
        let mut name = String::new();
        let mut add_joined = |parts: [&str; 3], strength: f32| {
            name.clear();
            name.extend(parts);
            add(&name, strength);
        };
        let hits: Vec<_> = self.lexicon.hits(words).into_iter().filter(|hit| !is_aside(text, hit.from)).collect();
        // What is named nowhere else is meant, whatever it stands behind.
        let is_front = hits.iter().any(|hit| backdrop(said, hit.from) == 1.0);
        for hit in hits {
            let share = if is_front { backdrop(said, hit.from) } else { 1.0 };
            let strength = share * if hit.misspelt || hit.concepts.len() > 1 { UNSURE } else { 1.0 };
            for concept in hit.concepts {
                add_joined(["thing:", &concept.id, ""], strength);
                add_joined([&concept.kind, "", ""], strength);
                for deed in &said.deeds {
                    add_joined([&concept.kind, "+", deed], strength);
                }
            }
        }
        given
    }
}

/// Whether a word belongs to something else than a wish: to what is denied, or to a wish for a human, for another language and the like.
pub(super) fn is_aside(text: &Analysis<'_>, at: usize) -> bool {
    let Analysis { words, said } = text;
    let before = |back: usize| at.checked_sub(back).map_or("", |at| words.folded(at));
    if DENIES.contains(&before(1)) || ARTICLES.contains(&before(1)) && DENIES.contains(&before(2)) {
        return true;
    }
    let aside = said.acts.iter().filter(|it| is_beside_wishes(it.act)).map(|it| (it.from, it.to));
    aside.chain(said.denied.iter().copied()).any(|(from, to)| from <= at && at < to)
}

/// What a word counts: less if it only says what a wish is for, with or near.
pub(super) fn backdrop(said: &Said, at: usize) -> f32 {
    if said.backdrop.iter().any(|(from, to)| *from <= at && at < *to) { BACKDROP } else { 1.0 }
}

fn is_beside_wishes(act: Act) -> bool {
    matches!(
        act,
        Act::Human | Act::Language | Act::ForgetMe | Act::MyData | Act::OptOut | Act::MaybeOptOut | Act::Greeting
    )
}

/// The concepts that an agent brings; none if they are not what they must be, which its profile's check has told.
fn own_concepts(profile: &Profile) -> Vec<lexicon::Concept> {
    let own = profile.extras.iter().filter(|extra| extra.name == lexicon::EXTRA);
    own.filter_map(|extra| lexicon::own(&extra.value).ok()).flatten().collect()
}

/// The lexicon that an agent's texts are read by: the host's, with its own concepts.
pub(crate) fn lexicon_of(profile: &Profile) -> Arc<Lexicon> {
    Lexicon::shared(own_concepts(profile))
}
