//! Signals: what the readings of a text say about the agent that it is for, as far as agents declare it in their profiles.
//!
//! A profile's extra [`EXTRA`] lists them with weights, as keywords are listed: `goods 1.5, goods+sell 2, human 3`. A signal is the kind of
//! a thing of the lexicon (`goods`), one thing (`thing:quote`), a deed (`sell`), an act (`human`), or a kind with a deed (`goods+sell`).

use std::collections::HashMap;

use switchboard_core::contract::{
    readings::{Meaning, Reading},
    types::Profile,
};
use switchboard_understand::{
    acts::{Act, Said},
    lexicon,
    words::Words,
};

/// The extra of a profile that lists its signals.
pub const EXTRA: &str = "serves";

/// What a signal weighs where a name has several meanings.
const UNSURE: f32 = 0.6;

/// Which agents declare which signal, with the weight.
#[derive(Default)]
pub(super) struct Signals(HashMap<String, Vec<(String, f32)>>);

/// A signal that a text gives, and how strong it is.
type Given = (String, f32);

impl Signals {
    /// Those of all agents.
    pub(super) fn new<'a>(profiles: impl Iterator<Item = &'a Profile>) -> Signals {
        let mut signals = Signals::default();
        for profile in profiles {
            let lists = profile.extras.iter().filter(|extra| extra.name == EXTRA);
            for entry in lists.flat_map(|extra| extra.value.split(',')) {
                let entry = entry.trim();
                let weighed =
                    entry.rsplit_once(' ').and_then(|(signal, weight)| Some((signal, weight.parse::<f32>().ok()?)));
                let (signal, weight) = weighed.unwrap_or((entry, 1.0));
                if !signal.is_empty() && weight.is_finite() {
                    let weight = weight.clamp(-5.0, 5.0);
                    signals.0.entry(signal.trim().to_owned()).or_default().push((profile.name.clone(), weight));
                }
            }
        }
        signals
    }

    /// Calls `hit` with each agent that a text gives a signal for: the signal, the agent and the weight.
    pub(super) fn score<'s>(&'s self, words: &Words<'_>, said: &Said, mut hit: impl FnMut(&'s str, &'s str, f32)) {
        if self.0.is_empty() {
            return;
        }
        for (signal, strength) in given(words, said) {
            if let Some((signal, agents)) = self.0.get_key_value(&signal) {
                agents.iter().for_each(|(agent, weight)| hit(signal, agent, weight * strength));
            }
        }
    }
}

/// Whether a word belongs to something else than a wish: to what is denied, or to a wish for a human, for another language and the like.
pub(super) fn is_aside(said: &Said, at: usize) -> bool {
    let aside = said.acts.iter().filter(|it| is_beside_wishes(it.act)).map(|it| (it.from, it.to));
    aside.chain(said.denied.iter().copied()).any(|(from, to)| from <= at && at < to)
}

fn is_beside_wishes(act: Act) -> bool {
    matches!(
        act,
        Act::Human | Act::Language | Act::ForgetMe | Act::MyData | Act::OptOut | Act::MaybeOptOut | Act::Greeting
    )
}

/// The signals of a text, each once.
fn given(words: &Words<'_>, said: &Said) -> Vec<Given> {
    let mut things: Vec<Reading> = Vec::new();
    lexicon::read(words, &mut things);
    let mut given: Vec<Given> = Vec::new();
    let mut add = |signal: String, strength: f32| match given.iter_mut().find(|(known, _)| *known == signal) {
        Some((_, known)) => *known = known.max(strength),
        None => given.push((signal, strength)),
    };
    for act in &said.acts {
        add(act.act.name().to_owned(), 1.0);
    }
    for deed in &said.deeds {
        add((*deed).to_owned(), 1.0);
    }
    // In danger nobody is sold anything.
    if said.acts.iter().any(|it| matches!(it.act, Act::Emergency | Act::Distress)) {
        return given;
    }
    for thing in &things {
        let Meaning::Thing(read) = &thing.meaning else { continue };
        let first = (0..words.len()).find(|at| words.get(*at).is_some_and(|word| word.start >= thing.start as usize));
        if first.is_some_and(|at| is_aside(said, at)) {
            continue;
        }
        let strength = if thing.unsure { UNSURE } else { 1.0 };
        add(format!("thing:{}", read.concept), strength);
        add(read.kind.clone(), strength);
        for deed in &said.deeds {
            add(format!("{}+{deed}", read.kind), strength);
        }
    }
    given
}
