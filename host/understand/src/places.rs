//! The gazetteer: places by name.

use std::{collections::HashMap, sync::LazyLock};

use switchboard_core::{
    contract::{
        readings::{Meaning, Reading},
        types::{Place, Point},
    },
    text::fold,
};

use crate::{near::BuildShortHash, words::Words};

/// The most places found in one text.
const FOUND_MAX: usize = 5;

/// The most words between the two ends of a route.
const ROUTE_WORDS_MAX: usize = 3;

/// The gazetteer, a line each: `name ⇥ other names ⇥ latitude ⇥ longitude`. The file's head names its source.
const GAZETTEER: &str = include_str!("../data/places.tsv");

struct Named {
    /// Its names, each as folded words.
    names: Vec<Vec<String>>,
    place: Place,
}

static PLACES: LazyLock<Vec<Named>> = LazyLock::new(|| {
    let lines = GAZETTEER.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut fields = line.split('\t');
            let (name, others) = (fields.next()?, fields.next()?);
            let (latitude, longitude) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
            let names =
                std::iter::once(name).chain(others.split(',')).map(fold).filter(|words| !words.is_empty()).collect();
            let place =
                Place { point: Some(Point { latitude, longitude }), name: Some(name.to_owned()), address: None };
            Some(Named { names, place })
        })
        .collect()
});

/// A name after its first word, and its place.
type Rest = (&'static [String], &'static Place);

/// The names by their first word, in the gazetteer's order.
static BY_FIRST: LazyLock<HashMap<&'static str, Vec<Rest>, BuildShortHash>> = LazyLock::new(|| {
    let mut names: HashMap<&'static str, Vec<Rest>, BuildShortHash> = HashMap::default();
    for named in PLACES.iter() {
        for (first, rest) in named.names.iter().filter_map(|name| name.split_first()) {
            names.entry(first).or_default().push((rest, &named.place));
        }
    }
    names
});

/// Reads the places that a text names.
pub fn read(words: &Words<'_>, found: &mut Vec<Reading>) {
    for (start, end, place) in spans(words) {
        found.push(words.reading(start, end, Meaning::Place(place.clone()), false));
    }
}

/// Whether a text names a way from one place to another: `Remera to Kimironko`, `Nyabugogo - Kabuga`. `joins` says whether a word leads to
/// the second place.
pub fn is_route(words: &Words<'_>, joins: impl Fn(&str) -> bool) -> bool {
    let named = spans(words);
    named.windows(2).any(|pair| {
        let (from, to) = (pair[0].1, pair[1].0);
        let between = || (from..to).map(|at| words.folded(at));
        let is_signed = || {
            let ends = words.get(from.wrapping_sub(1)).map(|it| it.end).zip(words.get(to).map(|it| it.start));
            let between = ends.and_then(|(from, to)| words.text.get(from..to)).unwrap_or_default();
            between.contains(['-', '–', '→', '>', '/'])
        };
        to - from <= ROUTE_WORDS_MAX && pair[0].2.name != pair[1].2.name && (between().any(&joins) || is_signed())
    })
}

/// Where places are named, in words: the longest names, none within another.
fn spans(words: &Words<'_>) -> Vec<(usize, usize, &'static Place)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let named = BY_FIRST.get(words.folded(at)).into_iter().flatten();
        let longest = named.filter(|(rest, _)| words.starts_with(at + 1, rest)).max_by_key(|(rest, _)| rest.len());
        match longest {
            Some((rest, place)) => {
                let to = at + 1 + rest.len();
                found.push((at, to, *place));
                at = to;
            }
            None => at += 1,
        }
    }
    found
}

/// Finds the places named in a text, the longest names first, then in the text's order.
pub fn find(text: &str) -> Vec<Place> {
    let words = fold(text);
    let mut found: Vec<(usize, usize, &Place)> = Vec::new();
    for named in PLACES.iter() {
        let hit = named.names.iter().filter_map(|name| {
            let at = words.windows(name.len()).position(|window| window == name)?;
            Some((name.len(), at))
        });
        if let Some((length, at)) = hit.max() {
            found.push((length, at, &named.place));
        }
    }
    found.sort_by_key(|(length, at, _)| (std::cmp::Reverse(*length), *at));
    found.into_iter().take(FOUND_MAX).map(|(_, _, place)| place.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchboard_core::place::distance_km;

    #[test]
    fn places_are_found_by_any_name() {
        let names = |text: &str| -> Vec<String> { find(text).into_iter().filter_map(|place| place.name).collect() };
        assert_eq!(names("a fridge in kimironko please"), ["Kimironko"]);
        assert_eq!(names("from Butare to GISENYI"), ["Huye", "Rubavu"]);
        assert_eq!(names("nowhere"), [""; 0]);
        assert_eq!(names(""), [""; 0]);
        assert!(PLACES.len() > 50);
    }

    #[test]
    fn distances_are_those_of_the_map() {
        let (kigali, huye) = (find("Kigali").remove(0), find("Huye").remove(0));
        let (Some(a), Some(b)) = (kigali.point, huye.point) else { panic!("points") };
        assert!((75.0..95.0).contains(&distance_km(a, b)), "{}", distance_km(a, b));
        assert_eq!(distance_km(a, a), 0.0);
    }
}
