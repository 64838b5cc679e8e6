//! Finding listings: what every domain that searches would otherwise write itself.

use crate::{Choice, Language, Outcome, Place, Problem, Result, listings, places, reply, tr, words};

/// Words that only say that something is looked for, whatever the domain. Written plainly, see [`words::plain`].
const FILLERS: &[&str] = &[
    "i", "need", "want", "a", "an", "am", "m", "looking", "look", "for", "find", "search", "the", "in", "at", "near",
    "me", "please", "some", "to", "my", "je", "cherche", "un", "une", "de", "du", "d", "des", "dans", "veux", "besoin",
    "j", "ai", "nshaka", "ndashaka", "natafuta", "hello", "hi", "bonjour", "help", "thanks", "thank", "you", "merci",
    "ok",
];

/// What is looked for in a free text, without the words that only say that it is: the usual ones, and the domain's own.
pub fn wanted(text: &str, fillers: &[&str]) -> String {
    let text = words::plain(text);
    let says = |word: &&str| !FILLERS.contains(word) && !fillers.contains(word);
    text.split(' ').filter(says).collect::<Vec<_>>().join(" ")
}

/// The words before a place, and the place, if the last word names one.
pub fn split_place(wanted: &str) -> (&str, Option<Place>) {
    match wanted.rsplit_once(' ') {
        Some((before, last)) => match places::find(last).into_iter().next() {
            Some(place) => (before, Some(place)),
            None => (wanted, None),
        },
        None => (wanted, None),
    }
}

/// A listing that is active; none if it is not there any more.
pub fn active(id: &str) -> Result<Option<listings::Listing>> {
    match listings::get(id) {
        Ok(listing) => Ok(Some(listing).filter(|listing| listing.status == listings::Status::Active)),
        Err(Problem::NotFound | Problem::Invalid(_)) => Ok(None),
        Err(problem) => Err(problem.into()),
    }
}

/// A page of what was found from `offset` on. Search for [`reply::ROWS_MAX`]: one more than a page tells that there is more.
pub fn results(
    language: Language,
    body: &str,
    found: &[listings::Listing],
    offset: u32,
    row: impl Fn(&listings::Listing) -> Choice,
) -> Outcome {
    let mut rows: Vec<_> = found.iter().take(reply::PAGE_ROWS).map(row).collect();
    if found.len() > reply::PAGE_ROWS {
        rows.push(reply::more(language, offset as usize + reply::PAGE_ROWS));
    }
    Outcome::say(reply::list(language, body, rows)).tag("results", found.len().to_string())
}

/// The option that leads back to the results, with the id `results`.
pub fn back_to_list(language: Language) -> Choice {
    let title = tr!("Back to list", "Retour à la liste", "Subira ku rutonde", "Rudi kwa orodha");
    reply::choice("results", title.get(language))
}
