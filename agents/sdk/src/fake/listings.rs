//! Listings of the host in memory: words count where they stand in title or description, without stems and concepts.

use super::State;
use crate::{
    Point, Problem, Result,
    listings::{Draft, Listing, Query, SavedSearch, Status},
};

/// How long a listing lives, in milliseconds.
const LIFE_MS: u64 = 30 * 24 * 60 * 60 * 1000;

pub(super) fn create(state: &mut State, draft: &Draft) -> Result<String, Problem> {
    let title = draft.title.chars().count();
    if !(3..=120).contains(&title) {
        return Err(Problem::Invalid(format!("draft.title: has {title} characters; 3 to 120")));
    }
    let id = format!("listing-{}", state.next());
    let listing = Listing {
        id: id.clone(),
        domain: "test".to_owned(),
        draft: draft.clone(),
        status: Status::Active,
        mine: true,
        owner_name: None,
        created_at: state.now,
        expires_at: state.now + LIFE_MS,
        distance_km: None,
    };
    state.listings.push((state.person.clone(), listing));
    Ok(id)
}

/// A listing as the turn's person sees it.
fn seen(state: &State, (owner, listing): &(String, Listing)) -> Listing {
    Listing { mine: *owner == state.person, ..listing.clone() }
}

pub(super) fn get(state: &State, id: &str) -> Result<Listing, Problem> {
    let found = state.listings.iter().find(|(_, listing)| listing.id == id);
    found.map(|found| seen(state, found)).ok_or(Problem::NotFound)
}

pub(super) fn mine(state: &State) -> Vec<Listing> {
    let own = state.listings.iter().rev().filter(|(owner, _)| *owner == state.person);
    own.take(50).map(|own| seen(state, own)).collect()
}

pub(super) fn search(state: &State, query: &Query) -> Vec<Listing> {
    let mut found: Vec<(usize, Listing)> = state
        .listings
        .iter()
        .filter(|(owner, listing)| *owner != state.person && listing.status == Status::Active)
        .filter(|(_, listing)| fits(listing, query))
        .map(|found| (words(&found.1, &query.words), found))
        .filter(|(n, _)| *n > 0 || query.words.trim().is_empty())
        .map(|(n, found)| {
            let point = found.1.draft.place.as_ref().and_then(|place| place.point);
            let distance_km = query.near.zip(point).map(|(near, point)| distance_km(near, point));
            (n, Listing { distance_km, ..seen(state, found) })
        })
        .filter(|(_, listing)| {
            query.radius_km.is_none_or(|radius| listing.distance_km.is_none_or(|distance| distance <= radius))
        })
        .collect();
    found.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    let page = found.into_iter().skip(query.offset as usize).take(query.limit.min(50) as usize);
    page.map(|(_, listing)| listing).collect()
}

fn fits(listing: &Listing, query: &Query) -> bool {
    let draft = &listing.draft;
    let price = draft.price.as_ref().map(|price| price.hundredths);
    let attributes: agent_json::Value = agent_json::from_str(&draft.attributes).unwrap_or_default();
    query.kind.as_ref().is_none_or(|kind| *kind == draft.kind)
        && (query.category.is_none() || query.category == draft.category)
        && query.price_min.is_none_or(|least| price.is_some_and(|price| price >= least))
        && query.price_max.is_none_or(|most| price.is_some_and(|price| price <= most))
        && query.attributes.iter().all(|wanted| match &attributes[wanted.name.as_str()] {
            agent_json::Value::String(text) => *text == wanted.value,
            other => other.to_string() == wanted.value,
        })
}

/// How many of the words a listing has.
fn words(listing: &Listing, words: &str) -> usize {
    let draft = &listing.draft;
    let text = format!("{} {}", draft.title, draft.description.as_deref().unwrap_or_default()).to_lowercase();
    words.to_lowercase().split_whitespace().filter(|word| text.contains(*word)).count()
}

/// Changes a listing of the turn's person.
pub(super) fn change(state: &mut State, id: &str, change: impl FnOnce(&mut Listing)) -> Result<(), Problem> {
    let person = state.person.clone();
    match state.listings.iter_mut().find(|(_, listing)| listing.id == id) {
        None => Err(Problem::NotFound),
        Some((owner, _)) if *owner != person => Err(Problem::Denied("the listing is another person's".to_owned())),
        Some((_, listing)) => {
            change(listing);
            Ok(())
        }
    }
}

pub(super) fn set_status(state: &mut State, id: &str, status: Status) -> Result<(), Problem> {
    let expires = state.now + LIFE_MS;
    change(state, id, |listing| {
        listing.status = status;
        if status == Status::Active {
            listing.expires_at = expires;
        }
    })
}

pub(super) fn report(state: &mut State, id: &str) -> Result<(), Problem> {
    match state.listings.iter_mut().find(|(_, listing)| listing.id == id) {
        None => Err(Problem::NotFound),
        Some((_, listing)) => {
            // A hidden one is found no more.
            listing.status = Status::Removed;
            Ok(())
        }
    }
}

pub(super) fn save_search(state: &mut State, query: &Query) -> String {
    let id = format!("search-{}", state.next());
    let search = SavedSearch { id: id.clone(), query: query.clone(), created_at: state.now };
    state.searches.push((state.person.clone(), search));
    id
}

pub(super) fn saved_searches(state: &State) -> Vec<SavedSearch> {
    let own = state.searches.iter().rev().filter(|(owner, _)| *owner == state.person);
    own.map(|(_, search)| search.clone()).collect()
}

pub(super) fn forget_search(state: &mut State, id: &str) -> Result<(), Problem> {
    let (before, person) = (state.searches.len(), state.person.clone());
    state.searches.retain(|(owner, search)| *owner != person || search.id != id);
    if state.searches.len() < before { Ok(()) } else { Err(Problem::NotFound) }
}

/// Great-circle distance.
pub(super) fn distance_km(a: Point, b: Point) -> f64 {
    const EARTH_KM: f64 = 6_371.0;
    let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
    let (from, to) = (a.latitude.to_radians(), b.latitude.to_radians());
    let arc = half(b.latitude - a.latitude) + from.cos() * to.cos() * half(b.longitude - a.longitude);
    2.0 * EARTH_KM * arc.sqrt().min(1.0).asin()
}
