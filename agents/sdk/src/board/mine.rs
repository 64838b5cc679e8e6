//! The person's own: listings, applications, what they saved.

use super::{
    Board,
    apply::{application_name, standing},
    price, search,
    show::any,
    texts,
};
use crate::{Choice, Language, Outcome, Result, applications, listings, reply, store::own as store};

/// Rows of each kind in the overview, so that both have room.
const OF_EACH: usize = 5;

impl Board {
    /// Whether people apply here, and not only ask for contacts.
    pub(super) fn takes_applications(&self) -> bool {
        self.ways.iter().any(|way| matches!(way.does, super::Does::Apply { .. }))
    }

    /// Listings and applications, in one list.
    pub fn mine(&self, language: Language) -> Result<Outcome> {
        let own = listings::mine()?;
        let made = if self.takes_applications() { applications::mine()? } else { Vec::new() };
        if own.is_empty() && made.is_empty() {
            return Ok(self.menu(language, texts::NOTHING_OWN.get(language)));
        }
        let n_own = if made.is_empty() { reply::ROWS_MAX } else { OF_EACH };
        let own = own.iter().take(n_own).map(|listing| {
            let (title, full) = reply::row_title(&listing.draft.title);
            let facts = [
                full.map(str::to_owned),
                Some(state(listing.status, language).to_owned()),
                Some(price(listing, language)),
            ];
            let line = facts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
            reply::choice(format!("own:{}", listing.id), &title).line(&line)
        });
        let own: Vec<Choice> = own.collect();
        let made = made.iter().take(reply::ROWS_MAX - own.len()).map(|application| {
            let (title, full) = reply::row_title(&application.title);
            let line = full.into_iter().chain([standing(application.status, language)]).collect::<Vec<_>>().join(" · ");
            reply::choice(format!("asked:{}", application.id), &title).line(&line)
        });
        let made: Vec<Choice> = made.collect();
        let sections = vec![
            (texts::OWN_LISTINGS.get(language).to_owned(), own),
            (texts::OWN_APPLICATIONS.get(language).to_owned(), made),
        ];
        Ok(Outcome::say(reply::sections(language, texts::YOURS.get(language).to_owned(), sections, true)))
    }

    /// One of the person's own listings: how it stands, who asked, and what can be done with it.
    pub(super) fn own(&self, id: &str, language: Language) -> Result<Outcome> {
        let Some(listing) = any(id)?.filter(|listing| listing.mine) else { return Ok(self.gone(language)) };
        let mut lines = vec![format!("*{}* ({})", listing.draft.title, state(listing.status, language))];
        lines.extend((self.facts)(&listing, language));
        let mut rows = Vec::new();
        if self.takes_applications() {
            let received = applications::received(&listing.id)?;
            if !received.is_empty() {
                lines.push(texts::N_ASKED.with(language, &[("count", &received.len().to_string())]));
            }
            rows.extend(received.iter().take(OF_EACH + 1).map(|application| {
                let line = format!("{} · {}", standing(application.status, language), application.message);
                let name = application_name(application);
                reply::choice(format!("who:{}/{}", listing.id, application.id), name.trim_matches('*')).line(&line)
            }));
        }
        rows.extend(self.choices_of(self.owner_ways, &listing, language));
        let change =
            |status: &str, title: crate::Text| reply::choice(format!("{status}:{}", listing.id), title.get(language));
        if listing.status == listings::Status::Active {
            match listing.draft.kind.as_str() {
                "rental" => rows.push(change("rented", texts::MARK_RENTED)),
                "product" | "produce" => rows.push(change("sold", texts::MARK_SOLD)),
                _ => {}
            }
            rows.push(change("remove", texts::REMOVE));
        } else {
            rows.push(change("restore", texts::LIST_AGAIN));
        }
        rows.push(reply::choice("mine", texts::MINE_TITLE.get(language)));
        Ok(Outcome::say(reply::choices(language, lines.join("\n"), rows)))
    }

    /// Marks one as sold or let, removes it or lists it again: all but the last can be undone.
    pub(super) fn set_status(&self, id: &str, status: &str, language: Language) -> Result<Outcome> {
        let Some(listing) = any(id)?.filter(|listing| listing.mine) else { return Ok(self.gone(language)) };
        let status = match status {
            "sold" => listings::Status::Sold,
            "rented" => listings::Status::Rented,
            "remove" => listings::Status::Removed,
            _ => listings::Status::Active,
        };
        listings::set_status(&listing.id, status)?;
        let body = format!("*{}*: {}", listing.draft.title, state(status, language));
        let mut choices = Vec::new();
        if status != listings::Status::Active {
            choices.push(reply::choice(format!("restore:{id}"), texts::UNDO.get(language)));
        }
        choices.push(reply::choice("mine", texts::MINE_TITLE.get(language)));
        Ok(Outcome::say(reply::choices(language, body, choices)))
    }

    /// Favourites and saved searches.
    pub(super) fn saved(&self, language: Language) -> Result<Outcome> {
        let favourites: Vec<(String, String)> = store::newest("saved", OF_EACH as u32)?;
        let searches = listings::saved_searches()?;
        if favourites.is_empty() && searches.is_empty() {
            return Ok(self.menu(language, texts::NOTHING_SAVED.get(language)));
        }
        let favourites =
            favourites.iter().map(|(id, title)| reply::choice(format!("item:{id}"), title)).collect::<Vec<_>>();
        let searches = searches.iter().take(OF_EACH).map(|saved| {
            reply::choice(format!("forget:{}", saved.id), &search::name(&saved.query))
                .line(texts::TAP_TO_FORGET.get(language))
        });
        let sections = vec![
            (texts::FAVOURITES.get(language).to_owned(), favourites),
            (texts::SEARCHES.get(language).to_owned(), searches.collect()),
        ];
        Ok(Outcome::say(reply::sections(language, texts::YOU_SAVED.get(language).to_owned(), sections, true)))
    }

    /// Word that a listing is online.
    pub fn listed(&self, id: &str, language: Language) -> Outcome {
        let choices = vec![reply::choice(format!("own:{id}"), texts::SEE.get(language)), reply::menu_choice(language)];
        Outcome::say(reply::choices(language, texts::LISTED.get(language), choices)).tag("listing", id)
    }
}

fn state(status: listings::Status, language: Language) -> &'static str {
    match status {
        listings::Status::Active => texts::IS_ACTIVE,
        listings::Status::Sold => texts::IS_SOLD,
        listings::Status::Rented => texts::IS_RENTED,
        listings::Status::Expired => texts::IS_EXPIRED,
        listings::Status::Removed => texts::IS_REMOVED,
    }
    .get(language)
}
