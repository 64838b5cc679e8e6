//! Which of the phrases found in a text count: the longest, none that shares words with another or is negated.

use super::{
    act::{Act, Found},
    pattern::{Does, Seen},
    phrases::PHRASES,
};
use crate::words::{Sort, Words};

/// An act that was heard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    pub(super) found: Found,
    /// The language that it asks for.
    pub(super) language: Option<&'static str>,
    /// It yields to everything else.
    weak: bool,
    /// It counts only if the text says nothing else.
    alone: bool,
}

/// What was heard in a text.
pub(super) struct All {
    pub(super) heard: Vec<Heard>,
    pub(super) deeds: Vec<&'static str>,
    pub(super) denied: Vec<(usize, usize)>,
    pub(super) backdrop: Vec<(usize, usize)>,
    /// The act of a text that does nothing else.
    pub(super) whole: Option<Act>,
}

/// A phrase that was found.
struct Candidate {
    does: Does,
    from: usize,
    to: usize,
    alone: bool,
    weak: bool,
}

/// In a text of so many words, one word with a wrong letter may tell of danger.
const LONE_MAX: usize = 3;

/// Acts that only a human can answer come first.
fn is_urgent(act: Act) -> bool {
    matches!(act, Act::Emergency | Act::Distress | Act::OptOut | Act::Human | Act::ForgetMe)
}

/// Courtesies, and signs that something is asked: other acts count more.
fn is_light(act: Act) -> bool {
    matches!(act, Act::Greeting | Act::Thanks | Act::Goodbye | Act::Question)
}

/// What somebody tells or asks, and does not answer with.
fn is_news(act: Act) -> bool {
    matches!(act, Act::Sold | Act::Offer | Act::Seek | Act::Price | Act::News | Act::Who | Act::ToOther)
}

/// How many words before an act may negate it.
fn reach(act: Act) -> usize {
    match act {
        Act::Emergency | Act::Distress => 1,
        Act::Leave | Act::OptOut | Act::MaybeOptOut | Act::Human | Act::Complaint | Act::Done | Act::Back => 3,
        Act::Sold | Act::Offer | Act::Seek => 2,
        Act::Yes => 1,
        _ => 0,
    }
}

/// Hears all acts of a text.
pub(super) fn all(words: &Words<'_>) -> All {
    let seen = PHRASES.see(words);
    let mut candidates: Vec<Candidate> = Vec::new();
    PHRASES.find(&seen, |phrase, from, to| {
        candidates.push(Candidate { does: phrase.does, from, to, alone: phrase.alone, weak: phrase.weak });
    });
    let mut denied: Vec<(usize, usize)> = Vec::new();
    let mut backdrop: Vec<(usize, usize)> = Vec::new();
    candidates.retain(|it| {
        // *Cooking* is no *choking*: among others, one word with a wrong letter tells of no danger.
        let is_doubtful = it.to == it.from + 1 && seen.misspelt[it.from] && seen.len() > LONE_MAX;
        if is_doubtful && matches!(it.does, Does::Act(Act::Emergency | Act::Distress, _)) {
            return false;
        }
        let is_negated = |reach, near| PHRASES.is_negated(&seen, it.from, reach, near);
        match it.does {
            Does::Act(act, _) => !is_negated(reach(act), !matches!(act, Act::Leave | Act::Back | Act::OptOut)),
            Does::Deed(_) if is_negated(2, true) => {
                denied.push((it.from, PHRASES.clause_end(&seen, it.to)));
                false
            }
            Does::NoDeed => {
                denied.push((it.from, PHRASES.clause_end(&seen, it.to)));
                true
            }
            Does::Circumstance => {
                denied.push((it.from, it.to));
                true
            }
            Does::Backdrop => {
                backdrop.push((it.from, PHRASES.clause_end(&seen, it.to)));
                false
            }
            Does::Deed(_) | Does::NoAct => true,
        }
    });
    candidates.sort_by_key(|it| {
        let (bonus, rank) = match it.does {
            Does::Act(act, _) if is_urgent(act) => (2, act as usize),
            Does::Act(act, _) => (0, act as usize),
            _ => (3, 0),
        };
        (it.weak, std::cmp::Reverse(it.to - it.from + bonus), rank, it.from)
    });
    let deeds = deeds(&candidates);
    candidates.retain(|it| matches!(it.does, Does::Act(..) | Does::NoAct));
    let (mut heard, mut is_all) = chosen(&candidates, &seen, true);
    // Beside what says something of its own, a word for a whole text does not stand: `somebody`, `ready`.
    let says_more = heard.iter().any(|it| it.alone) && heard.iter().any(|it| !it.alone && is_news(it.found.act));
    if !is_all || says_more {
        (heard, is_all) = chosen(&candidates, &seen, false);
    }
    let signs = signs(words, &heard);
    heard.extend(signs);
    let whole = if is_all { whole(&heard) } else { None };
    All { heard, deeds, denied, backdrop, whole }
}

/// The deeds, each once: those whose words are not all within a longer phrase, and none of them in one that is no deed.
fn deeds(candidates: &[Candidate]) -> Vec<&'static str> {
    let is_deed = |it: &&Candidate| matches!(it.does, Does::Deed(_));
    let mut deeds: Vec<&'static str> = Vec::new();
    for it in candidates.iter().filter(is_deed) {
        let Does::Deed(name) = it.does else { continue };
        let hides = |other: &Candidate| match other.does {
            Does::NoDeed | Does::Circumstance => other.from < it.to && it.from < other.to,
            Does::Deed(_) => other.from <= it.from && it.to <= other.to && other.to - other.from > it.to - it.from,
            _ => false,
        };
        if !deeds.contains(&name) && !candidates.iter().any(hides) {
            deeds.push(name);
        }
    }
    deeds
}

/// Takes the candidates in their order where no word is taken yet; and whether they and fillers are all the words.
fn chosen(candidates: &[Candidate], seen: &Seen, alone: bool) -> (Vec<Heard>, bool) {
    let mut taken = vec![false; seen.len()];
    let mut masked = false;
    let mut heard = Vec::new();
    for it in candidates.iter().filter(|it| alone || !it.alone) {
        if taken[it.from..it.to].contains(&true) {
            continue;
        }
        taken[it.from..it.to].fill(true);
        match it.does {
            Does::Act(act, language) => {
                heard.push(Heard {
                    found: Found { act, from: it.from, to: it.to, sign: None },
                    language,
                    weak: it.weak,
                    alone: it.alone,
                });
            }
            _ => masked = true,
        }
    }
    let is_all = !masked && taken.iter().enumerate().all(|(at, taken)| *taken || PHRASES.is_filler(seen, at));
    (heard, is_all)
}

/// What signs and emoji do.
fn signs(words: &Words<'_>, heard: &[Heard]) -> Vec<Heard> {
    let mut signs = Vec::new();
    let mut place = 0;
    for (at, word) in words.all().iter().enumerate() {
        if word.sort != Sort::Sign {
            place += 1;
            continue;
        }
        let act = match word.folded.as_str() {
            "?" | "؟" => Act::Question,
            "👍" | "👌" | "✅" | "✔" | "☑" | "💯" | "🆗" | "🤝" => Act::Yes,
            "👎" | "❌" | "✖" | "🚫" | "🙅" | "⛔" => Act::No,
            "🙏" => Act::Thanks,
            "👋" => Act::Greeting,
            "🆘" => Act::Emergency,
            _ => continue,
        };
        let known = |it: &Heard| it.found.act == act;
        if !signs.iter().any(known) && !heard.iter().any(known) {
            let weak = act != Act::Emergency;
            // A sign amid the words of another act stands after them.
            let place =
                heard.iter().map(|it| it.found).find(|it| it.from < place && place < it.to).map_or(place, |it| it.to);
            signs.push(Heard {
                found: Found { act, from: place, to: place, sign: Some(at) },
                language: None,
                weak,
                alone: false,
            });
        }
    }
    signs
}

/// The one act of all that were heard, if it is one.
fn whole(heard: &[Heard]) -> Option<Act> {
    let acts = |keep: &dyn Fn(&Heard) -> bool| {
        let mut acts: Vec<Act> = heard.iter().filter(|it| keep(it)).map(|it| it.found.act).collect();
        acts.sort_unstable();
        acts.dedup();
        acts
    };
    let strong = acts(&|it| !it.weak && !is_light(it.found.act));
    let one = |acts: &[Act]| match acts {
        [one] => Some(*one),
        _ => None,
    };
    match strong.as_slice() {
        [] => {
            let order = [Act::Goodbye, Act::Thanks, Act::Greeting, Act::No, Act::Yes, Act::Question];
            let light = acts(&|_| true);
            let [first, second] = [Act::Question, Act::Greeting].map(|act| light.contains(&act));
            if first && !second && light.contains(&Act::Yes) {
                return Some(Act::Question);
            }
            order.into_iter().find(|act| light.contains(act)).or(one(&light))
        }
        [only] => Some(*only),
        several => {
            if let Some(urgent) = several.iter().copied().find(|act| is_urgent(*act)) {
                return Some(urgent);
            }
            let meant: Vec<Act> =
                several.iter().copied().filter(|act| !matches!(act, Act::Yes | Act::No | Act::Seek)).collect();
            one(&meant)
        }
    }
}
