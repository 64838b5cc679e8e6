//! Searching, and saving a search.

use serde::{Deserialize, Serialize};

use super::{Board, texts};
use crate::{
    Choice, Extra, Language, Outcome, Place, Problem, Result, Turn, listings, money, places, reply, store, words,
};

/// Words that only say that something is looked for, whatever the domain. Written plainly, see [`words::plain`].
const FILLERS: &[&str] = &[
    "i",
    "need",
    "want",
    "a",
    "an",
    "am",
    "m",
    "looking",
    "look",
    "for",
    "find",
    "search",
    "the",
    "in",
    "at",
    "near",
    "me",
    "please",
    "some",
    "to",
    "my",
    "any",
    "is",
    "are",
    "there",
    "show",
    "under",
    "je",
    "cherche",
    "un",
    "une",
    "de",
    "du",
    "d",
    "des",
    "dans",
    "veux",
    "besoin",
    "j",
    "ai",
    "le",
    "la",
    "les",
    "pres",
    "trouver",
    "voudrais",
    "nshaka",
    "ndashaka",
    "mu",
    "nataka",
    "natafuta",
    "ninatafuta",
    "hello",
    "hi",
    "bonjour",
    "help",
    "thanks",
    "thank",
    "you",
    "merci",
    "ok",
];

/// What is looked for. Kept as the person's latest, so that *More* and *Back* lead somewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Search {
    /// In the person's words.
    pub words: String,
    /// The listings' kind; none is the board's.
    pub kind: Option<String>,
    /// The listings' category; none is the board's.
    pub category: Option<String>,
    /// Attributes that must be just so.
    pub attributes: Vec<(String, String)>,
    /// Near it.
    pub place: Option<Place>,
    /// At least, in hundredths.
    pub price_min: Option<u64>,
    /// At most, in hundredths.
    pub price_max: Option<u64>,
}

impl Board {
    /// What is looked for in a free text, without the words that only say that it is.
    pub fn wanted(&self, text: &str) -> String {
        let text = words::plain(text);
        let says = |word: &&str| !FILLERS.contains(word) && !self.fillers.contains(word);
        text.split(' ').filter(says).collect::<Vec<_>>().join(" ")
    }

    /// Searches by what a person wrote; a price limit and a place named in it count as such.
    pub fn by_words(&self, turn: &Turn, text: &str) -> Result<Outcome> {
        let (text, price_max) = limit(text, &turn.person.currency);
        let wanted = self.wanted(&text);
        let (words, place) = split_place(&wanted);
        self.find(turn, Search { words: words.to_owned(), place, price_max, ..Search::default() })
    }

    /// Searches, and remembers it.
    pub fn find(&self, turn: &Turn, search: Search) -> Result<Outcome> {
        store::put_mine("search", "latest", &search)?;
        self.results(turn, &search, 0)
    }

    /// The latest search once more, from this listing on.
    pub(super) fn again(&self, turn: &Turn, offset: u32) -> Result<Outcome> {
        match store::mine::<Search>("search", "latest")? {
            Some(search) => self.results(turn, &search, offset),
            None => self.search.begin(turn).ask(),
        }
    }

    /// What a search asks of the host.
    fn query(&self, search: &Search) -> listings::Query {
        let near = search.place.as_ref().and_then(|place| place.point);
        // A place that no map knows is a word like another.
        let named = search.place.as_ref().filter(|place| place.point.is_none()).map(Place::label).unwrap_or_default();
        let own = |text: Option<&str>| text.map(str::to_owned);
        listings::Query {
            words: format!("{} {named}", search.words).trim().to_owned(),
            kind: search.kind.clone().or_else(|| own(self.scope.kind)),
            category: search.category.clone().or_else(|| own(self.scope.category)),
            attributes: search
                .attributes
                .iter()
                .map(|(name, value)| Extra { name: name.clone(), value: value.clone() })
                .collect(),
            price_min: search.price_min,
            price_max: search.price_max,
            near,
            radius_km: near.map(|_| self.radius_km),
            limit: reply::ROWS_MAX as u32,
            offset: 0,
        }
    }

    fn results(&self, turn: &Turn, search: &Search, offset: u32) -> Result<Outcome> {
        let language = Language::of(turn);
        let mut query = self.query(search);
        query.near = query.near.or_else(|| turn.point());
        query.offset = offset;
        let found = listings::search(&query)?;
        if found.is_empty() {
            let said =
                if query.words.is_empty() { search.place.as_ref().map(Place::label) } else { Some(&*query.words) };
            let body = match said {
                Some(words) => texts::NOTHING_FOR.with(language, &[("words", &words::cut(words, 60))]),
                None => texts::NOTHING.get(language).to_owned(),
            };
            let choices = vec![
                reply::choice("watch", texts::NOTIFY_ME.get(language)),
                reply::choice("find", texts::SEARCH_AGAIN.get(language)),
                reply::menu_choice(language),
            ];
            return Ok(Outcome::say(reply::choices(language, body, choices)).tag("results", "0"));
        }
        // One more than a page tells that there is more.
        let mut rows: Vec<_> = found.iter().take(reply::PAGE_ROWS).map(|listing| row(listing, language)).collect();
        if found.len() > reply::PAGE_ROWS {
            rows.push(reply::more(language, offset as usize + reply::PAGE_ROWS));
        }
        let body = self.found.get(language);
        Ok(Outcome::say(reply::list(language, body, rows)).tag("results", found.len().to_string()))
    }

    /// Saves the latest search.
    pub(super) fn save_search(&self, language: Language) -> Result<Outcome> {
        let Some(search) = store::mine::<Search>("search", "latest")? else {
            return Ok(self.menu(language, texts::NO_SEARCH.get(language)));
        };
        let query = self.query(&search);
        if listings::saved_searches()?.iter().any(|saved| saved.query == query) {
            return Ok(self.menu(language, texts::SEARCH_SAVED.get(language)));
        }
        match listings::save_search(&query) {
            Ok(_) => Ok(self.menu(language, texts::SEARCH_SAVED.get(language)).tag("saved_search", query.words)),
            Err(Problem::Limit(_)) => Ok(self.menu(language, texts::TOO_MANY_SEARCHES.get(language))),
            Err(problem) => Err(problem.into()),
        }
    }

    /// Forgets a saved search.
    pub(super) fn forget_search(&self, id: &str, language: Language) -> Result<Outcome> {
        match listings::forget_search(id) {
            Ok(()) | Err(Problem::NotFound | Problem::Invalid(_)) => {
                Ok(self.menu(language, texts::SEARCH_FORGOTTEN.get(language)))
            }
            Err(problem) => Err(problem.into()),
        }
    }
}

/// A listing in a list.
pub(super) fn row(listing: &listings::Listing, language: Language) -> Choice {
    let mut facts = Vec::new();
    // A service without a price has none to talk about; everything else is negotiable then.
    if listing.draft.price.is_some() || listing.draft.kind != "service" {
        facts.push(super::price(listing, language));
    }
    if let Some(place) = &listing.draft.place {
        facts.push(format!("📍 {}", place.label()));
    }
    if let Some(distance) = listing.distance_km {
        facts.push(format!("{} km", distance as u64));
    }
    reply::choice(format!("item:{}", listing.id), &listing.draft.title).line(&facts.join(" · "))
}

/// What a saved search is called.
pub(super) fn name(query: &listings::Query) -> String {
    let parts = [Some(query.words.as_str()), query.category.as_deref(), query.kind.as_deref()];
    parts.into_iter().flatten().find(|part| !part.is_empty()).unwrap_or("🔎").to_owned()
}

/// The words before a place, and the place, if the last word names one.
fn split_place(wanted: &str) -> (&str, Option<Place>) {
    let (before, last) = wanted.rsplit_once(' ').unwrap_or(("", wanted));
    match places::find(last).into_iter().next() {
        Some(place) => (before, Some(place)),
        None => (wanted, None),
    }
}

/// A text without its price limit (`under 50k`, `moins de 50 000`), and the limit in hundredths.
fn limit(text: &str, currency: &str) -> (String, Option<u64>) {
    const MARKS: &[&str] = &["under", "below", "less than", "at most", "max", "moins de", "munsi ya", "chini ya"];
    let lower = words::lower(text);
    for mark in MARKS {
        let Some(at) = lower.find(&format!("{mark} ")) else { continue };
        // Lower case can have another length; then the text is left as it is.
        let (Some(before), Some(after)) = (text.get(..at), text.get(at + mark.len()..)) else { continue };
        let after: Vec<&str> = after.split_whitespace().collect();
        let longest = (1..=after.len().min(3)).rev();
        for n in longest {
            if let Some(money) = money::parse(&after[..n].join(" "), currency).and_then(|amount| amount.low()) {
                return (format!("{before}{}", after[n..].join(" ")), Some(money.hundredths));
            }
        }
    }
    (text.to_owned(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_taken_out_of_a_sentence() {
        let said = |text| limit(text, "RWF");
        assert_eq!(said("sofa under 50k in Kigali"), ("sofa in Kigali".into(), Some(5_000_000)));
        assert_eq!(said("canapé moins de 50 000"), ("canapé ".into(), Some(5_000_000)));
        assert_eq!(said("a sofa"), ("a sofa".into(), None));
        assert_eq!(said("under the bridge"), ("under the bridge".into(), None));
    }
}
