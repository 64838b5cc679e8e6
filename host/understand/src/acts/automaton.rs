//! A deterministic automaton over the numbers of words, made of all phrases: a text's words are followed from each place, and what ends
//! there is found without a phrase being tried by itself.

use std::collections::{BTreeMap, HashMap};

use super::pattern::{Element, Phrase, Seen, end};

/// How far a phrase is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Point {
    phrase: u32,
    /// The element that comes next.
    element: u16,
    /// Where its words stand within one of the element's rows: the row, and how many of its words.
    row: Option<(u16, u16)>,
}

/// A state: what may come next, and what ends.
#[derive(Debug, Default)]
struct State {
    /// Its edges, in [`Automaton::edges`].
    edges: (u32, u32),
    /// What ends here, in [`Automaton::ends`].
    ends: (u32, u32),
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Automaton {
    /// The first one is none.
    states: Vec<State>,
    /// The number of a word, and the state after it; in their order within a state.
    edges: Vec<(u32, u32)>,
    /// A phrase, and its element that comes next: a gap, or none at its end.
    ends: Vec<(u32, u16)>,
    /// The states after a first word, by its number; 0 is none.
    firsts: Vec<u32>,
}

/// A phrase found at a place.
#[derive(Clone, Copy)]
struct Hit {
    /// Which of the numbers of the first word it begins with.
    first: usize,
    phrase: u32,
    to: usize,
}

impl Automaton {
    /// That of all phrases, over so many numbers.
    pub(super) fn of(phrases: &[Phrase], numbers: usize) -> Automaton {
        let mut automaton = Automaton { firsts: vec![0; numbers], ..Automaton::default() };
        automaton.states.push(State::default());
        let mut known: HashMap<Vec<Point>, u32> = HashMap::new();
        let mut waiting: Vec<Vec<Point>> = vec![Vec::new()];
        let mut state_of = |points: Vec<Point>, waiting: &mut Vec<Vec<Point>>| {
            *known.entry(points).or_insert_with_key(|points| {
                waiting.push(points.clone());
                waiting.len() as u32 - 1
            })
        };
        let begin = (0..phrases.len() as u32).map(|phrase| Point { phrase, element: 0, row: None }).collect::<Vec<_>>();
        for (number, points) in after(phrases, &begin) {
            automaton.firsts[number as usize] = state_of(points, &mut waiting);
        }
        let mut at = 1;
        while let Some(points) = waiting.get(at).cloned() {
            let (edges, ends) = (automaton.edges.len() as u32, automaton.ends.len() as u32);
            for (number, points) in after(phrases, &points) {
                automaton.edges.push((number, state_of(points, &mut waiting)));
            }
            let stops = |point: &&Point| {
                let next = phrases[point.phrase as usize].elements.get(usize::from(point.element));
                point.row.is_none() && !matches!(next, Some(Element::Words { .. }))
            };
            automaton.ends.extend(points.iter().filter(stops).map(|point| (point.phrase, point.element)));
            automaton.states.push(State {
                edges: (edges, automaton.edges.len() as u32),
                ends: (ends, automaton.ends.len() as u32),
            });
            at += 1;
        }
        automaton
    }

    /// Calls `hit` with each phrase found: its number, where it begins, and the farthest place where it ends.
    pub(super) fn find(&self, phrases: &[Phrase], seen: &Seen, mut hit: impl FnMut(&Phrase, usize, usize)) {
        let mut hits: Vec<Hit> = Vec::new();
        for (from, numbers) in seen.numbers.iter().enumerate() {
            hits.clear();
            for (first, number) in numbers.iter().enumerate() {
                match self.firsts.get(*number as usize) {
                    Some(state) if *state != 0 => self.follow(phrases, *state, seen, from + 1, first, &mut hits),
                    _ => {}
                }
            }
            hits.sort_unstable_by_key(|it| (it.phrase, std::cmp::Reverse(it.to), it.first));
            hits.dedup_by(|next, kept| {
                let is_same = next.phrase == kept.phrase;
                if is_same {
                    kept.first = kept.first.min(next.first);
                }
                is_same
            });
            hits.sort_by_key(|it| it.first);
            hits.iter().for_each(|it| hit(&phrases[it.phrase as usize], from, it.to));
        }
    }

    fn follow(&self, phrases: &[Phrase], state: u32, seen: &Seen, at: usize, first: usize, hits: &mut Vec<Hit>) {
        let state = &self.states[state as usize];
        for (phrase, element) in &self.ends[state.ends.0 as usize..state.ends.1 as usize] {
            let rest = &phrases[*phrase as usize].elements[usize::from(*element)..];
            hits.extend(end(rest, seen, at).map(|to| Hit { first, phrase: *phrase, to }));
        }
        let edges = &self.edges[state.edges.0 as usize..state.edges.1 as usize];
        if edges.is_empty() {
            return;
        }
        for number in seen.numbers.get(at).into_iter().flatten().filter(|number| **number != 0) {
            if let Ok(edge) = edges.binary_search_by_key(number, |(number, _)| *number) {
                self.follow(phrases, edges[edge].1, seen, at + 1, first, hits);
            }
        }
    }
}

/// The points after each word that may come next.
fn after(phrases: &[Phrase], points: &[Point]) -> BTreeMap<u32, Vec<Point>> {
    let mut next: BTreeMap<u32, Vec<Point>> = BTreeMap::new();
    for point in points {
        let elements = &phrases[point.phrase as usize].elements;
        let Some(Element::Words { single, rows, .. }) = elements.get(usize::from(point.element)) else { continue };
        let mut step = |number: u32, after: Point| push(elements, after, next.entry(number).or_default());
        let done = Point { element: point.element + 1, row: None, ..*point };
        match point.row {
            None => {
                single.iter().for_each(|number| step(*number, done));
                for (row, words) in (0_u16..).zip(rows) {
                    step(words[0], Point { row: Some((row, 1)), ..*point });
                }
            }
            Some((row, at)) => {
                let words = &rows[usize::from(row)];
                let is_last = usize::from(at) + 1 == words.len();
                step(words[usize::from(at)], if is_last { done } else { Point { row: Some((row, at + 1)), ..*point } });
            }
        }
    }
    for points in next.values_mut() {
        points.sort_unstable();
        points.dedup();
    }
    next
}

/// Adds a point, and those beyond the words that may be missing there.
fn push(elements: &[Element], mut point: Point, into: &mut Vec<Point>) {
    into.push(point);
    while point.row.is_none()
        && matches!(elements.get(usize::from(point.element)), Some(Element::Words { optional: true, .. }))
    {
        point.element += 1;
        into.push(point);
    }
}
