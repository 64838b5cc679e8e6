//! Searching, and saving a search.

use agent_json::fields;

use super::{Board, heard::Heard, texts};
use crate::{
    Choice, Extra, Language, Outcome, Place, Problem, Result, Turn, listings,
    listings::Listing,
    reply::{self, PAGE_ROWS},
    store::own as store,
    words,
};

/// What is looked for. Kept as the person's latest, so that *More* and *Back* lead somewhere.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Search {
    /// In the person's words.
    pub words: String,
    /// The listings' kind; none is the board's.
    pub kind: Option<String>,
    /// The listings' category; none is the board's.
    pub category: Option<String>,
    /// The category of the thing that is looked for: what is shown where its words find nothing.
    pub kin: Option<String>,
    /// Attributes that must be just so.
    pub attributes: Vec<(String, String)>,
    /// Near it.
    pub place: Option<Place>,
    /// Whether the place only ranks.
    pub anywhere: bool,
    /// At least, in hundredths.
    pub price_min: Option<u64>,
    /// At most, in hundredths.
    pub price_max: Option<u64>,
    /// The cheapest first.
    pub cheapest: bool,
    /// Only with photos.
    pub photos: bool,
    /// The listings that were shown last, in order: `the second one` means one of them.
    pub shown: Option<Vec<String>>,
    /// Where the next page begins; none if there is none.
    pub next: Option<u32>,
}

fields!(default Search: words, kind, category, kin, attributes, place, anywhere, price_min, price_max, cheapest, photos, shown, next);

/// What can be given up where nothing fits, in this order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Less {
    Place,
    Price,
    Attributes,
    Words,
}

/// What only the SDK can sort and filter is taken from so many.
const LISTINGS_MAX: u32 = 50;

impl Less {
    const ALL: [Less; 4] = [Less::Place, Less::Price, Less::Attributes, Less::Words];

    /// Gives it up; false if there is nothing to give up.
    fn apply(self, search: &mut Search) -> bool {
        match self {
            Less::Place => {
                let narrows = !search.anywhere && search.place.is_some();
                search.anywhere = true;
                search.place = search.place.take().filter(|place| place.point.is_some());
                narrows
            }
            Less::Price => {
                search.cheapest |= search.price_max.is_some();
                search.price_min.take().is_some() | search.price_max.take().is_some()
            }
            Less::Attributes => !std::mem::take(&mut search.attributes).is_empty(),
            Less::Words => {
                let Some(kin) = search.kin.take().filter(|_| search.category.is_none()) else { return false };
                search.category = Some(kin);
                !std::mem::take(&mut search.words).is_empty()
            }
        }
    }

    fn text(self, search: &Search, language: Language) -> String {
        match self {
            Less::Place => {
                let place = search.place.as_ref().map(Place::label).unwrap_or_default();
                texts::NOT_THERE.with(language, &[("place", place)])
            }
            Less::Price => texts::OTHER_PRICE.get(language).to_owned(),
            Less::Attributes => texts::OTHER_DETAILS.get(language).to_owned(),
            Less::Words => texts::SIMILAR.get(language).to_owned(),
        }
    }
}

impl Board {
    /// What is looked for in a free text, without the words that only say that it is.
    pub fn wanted(&self, text: &str) -> String {
        Heard::of(text).left(self.fillers)
    }

    /// What a text looks for: its things and other words, a price, a place. A single amount is the most that is paid.
    pub fn reads(&self, heard: &Heard) -> Search {
        let (low, high) = heard.amount().map_or((None, None), |amount| (amount.low, amount.high));
        let kin = heard.things().find(|thing| !thing.category.is_empty());
        let mut search = Search {
            words: heard.left(self.fillers),
            kin: kin.map(|thing| thing.category.clone()),
            place: heard.place().cloned(),
            price_min: low.filter(|_| low != high),
            price_max: high,
            ..Search::default()
        };
        (self.hears)(heard, &mut search);
        search
    }

    /// Searches by what a person wrote.
    pub fn by_words(&self, turn: &Turn, text: &str) -> Result<Outcome> {
        self.find(turn, self.reads(&Heard::of(text)))
    }

    /// Searches, and remembers it.
    pub fn find(&self, turn: &Turn, search: Search) -> Result<Outcome> {
        self.results(turn, search, 0)
    }

    /// The latest search once more, from this listing on.
    pub(super) fn again(&self, turn: &Turn, offset: u32) -> Result<Outcome> {
        match store::mine::<Search>("search", "latest")? {
            Some(search) => self.results(turn, search, offset),
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
            words: words::cut(format!("{} {named}", search.words).trim(), 200),
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
            radius_km: near.filter(|_| !search.anywhere).map(|_| self.radius_km),
            limit: reply::ROWS_MAX as u32,
            offset: 0,
        }
    }

    /// A page of what fits, and whether there is more behind it.
    pub(super) fn page(&self, turn: &Turn, search: &Search, offset: u32) -> Result<(Vec<Listing>, bool)> {
        let mut query = self.query(search);
        query.near = query.near.or_else(|| turn.point());
        let sorts = search.cheapest || search.photos;
        (query.offset, query.limit) = if sorts { (0, LISTINGS_MAX) } else { (offset, query.limit) };
        let mut found = listings::search(&query)?;
        if search.photos {
            found.retain(|listing| !listing.draft.images.is_empty());
        }
        if search.cheapest {
            let price = |listing: &Listing| listing.draft.price.as_ref().map_or(u64::MAX, |price| price.hundredths);
            super::sort(&mut found, price);
        }
        if sorts {
            found = found.into_iter().skip(offset as usize).collect();
        }
        // One more than a page tells that there is more.
        let is_last = found.len() <= PAGE_ROWS;
        found.truncate(PAGE_ROWS);
        Ok((found, !is_last))
    }

    fn results(&self, turn: &Turn, mut search: Search, offset: u32) -> Result<Outcome> {
        let language = Language::of(turn);
        let mut nearest = search.clone();
        let mut given_up = Vec::new();
        let (mut found, mut is_more) = self.page(turn, &search, offset)?;
        for less in Less::ALL.into_iter().filter(|_| offset == 0) {
            if !found.is_empty() {
                break;
            }
            let said = less.text(&nearest, language);
            if less.apply(&mut nearest) {
                given_up.push(said);
                (found, is_more) = self.page(turn, &nearest, 0)?;
            }
        }
        let next = offset + PAGE_ROWS as u32;
        search.shown = Some(found.iter().map(|listing| listing.id.clone()).collect());
        search.next = is_more.then_some(next);
        store::put_mine("search", "latest", &search)?;
        if found.is_empty() {
            return Ok(self.nothing(&search, language));
        }
        let mut rows: Vec<_> = found.iter().map(|listing| row(listing, language)).collect();
        if is_more {
            rows.push(reply::more(language, next as usize));
        }
        let body = match (given_up.is_empty(), search.cheapest, offset) {
            (false, ..) => texts::CLOSE.with(language, &[("what", &given_up.join(", "))]),
            (true, true, 0) => texts::CHEAPEST.get(language).to_owned(),
            (true, _, 0) => self.found.get(language).to_owned(),
            _ => texts::MORE.get(language).to_owned(),
        };
        Ok(Outcome::say(reply::list(language, body, rows)).tag("results", found.len().to_string()))
    }

    /// Word that there is nothing, with ways on.
    fn nothing(&self, search: &Search, language: Language) -> Outcome {
        let place = search.place.as_ref().map(Place::label);
        let body = match Some(search.words.as_str()).filter(|words| !words.is_empty()).or(place) {
            Some(words) => texts::NOTHING_FOR.with(language, &[("words", &words::cut(words, 60))]),
            None => texts::NOTHING.get(language).to_owned(),
        };
        let choices = vec![
            reply::choice("watch", texts::NOTIFY_ME.get(language)),
            reply::choice("newest", texts::NEWEST.get(language)),
            reply::menu_choice(language),
        ];
        Outcome::say(reply::choices(language, body, choices)).tag("results", "0")
    }

    /// What is new here, whatever it is.
    pub(super) fn newest(&self, turn: &Turn) -> Result<Outcome> {
        let language = Language::of(turn);
        let (found, _) = self.page(turn, &Search::default(), 0)?;
        if found.is_empty() {
            return Ok(self.menu(language, texts::NOTHING_YET.get(language)));
        }
        let rows = found.iter().take(5).map(|listing| row(listing, language)).collect();
        let body = texts::WHAT_IS_NEW.get(language);
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

/// A listing in a list: a title that a row has room for, and what else there is to say in the line below.
pub(super) fn row(listing: &Listing, language: Language) -> Choice {
    let draft = &listing.draft;
    let (title, full) = reply::row_title(&draft.title);
    let mut facts: Vec<String> = full.map(str::to_owned).into_iter().collect();
    // A service without a price has none to talk about; everything else is negotiable then.
    if draft.price.is_some() || draft.kind != "service" {
        facts.push(super::price(listing, language));
    }
    if let Some(place) = &draft.place {
        facts.push(format!("📍 {}", place.label()));
    }
    if let Some(distance) = listing.distance_km {
        facts.push(format!("{} km", distance as u64));
    }
    reply::choice(format!("item:{}", listing.id), &title).line(&facts.join(" · "))
}

/// What a saved search is called.
pub(super) fn name(query: &listings::Query) -> String {
    let parts = [Some(query.words.as_str()), query.category.as_deref(), query.kind.as_deref()];
    parts.into_iter().flatten().find(|part| !part.is_empty()).unwrap_or("🔎").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Point;

    #[test]
    fn what_is_given_up_goes_in_order_and_once() {
        let place = Place {
            point: Some(Point { latitude: -1.9, longitude: 30.1 }),
            name: Some("Remera".into()),
            address: None,
        };
        let mut search = Search {
            words: "fridge".into(),
            kin: Some("electronics".into()),
            place: Some(place),
            price_max: Some(5_000_000),
            ..Search::default()
        };
        let given: Vec<bool> = Less::ALL.into_iter().map(|less| less.apply(&mut search)).collect();
        assert_eq!(given, [true, true, false, true]);
        assert_eq!((search.words.as_str(), search.category.as_deref()), ("", Some("electronics")));
        assert!(search.anywhere && search.cheapest && search.price_max.is_none() && search.place.is_some());
        assert!(Less::ALL.into_iter().all(|less| !less.apply(&mut search)));
    }
}
