//! One listing in full, and what can be done with it.

use super::{Board, Does, texts};
use crate::{Choice, Language, Outcome, Problem, Reply, Result, listings, reply, store::own as store, words};

/// Photos shown at once: each is a paid message.
const PHOTOS_SHOWN: usize = 3;

/// A listing that is active; none if it is not there any more.
pub fn active(id: &str) -> Result<Option<listings::Listing>> {
    Ok(any(id)?.filter(|listing| listing.status == listings::Status::Active))
}

/// A listing, whatever its status.
pub fn any(id: &str) -> Result<Option<listings::Listing>> {
    match listings::get(id) {
        Ok(listing) => Ok(Some(listing)),
        Err(Problem::NotFound | Problem::Invalid(_)) => Ok(None),
        Err(problem) => Err(problem.into()),
    }
}

impl Board {
    /// One listing in full; one's own as its owner sees it.
    pub fn show(&self, id: &str, language: Language) -> Result<Outcome> {
        let Some(listing) = active(id)? else { return Ok(self.gone(language)) };
        if listing.mine {
            return self.own(id, language);
        }
        let mut lines = vec![format!("*{}*", listing.draft.title)];
        lines.extend((self.facts)(&listing, language));
        let id = &listing.id;
        self.sees(id)?;
        let mut choices: Vec<Choice> = self.choices_of(self.ways, &listing, language);
        if !listing.draft.images.is_empty() {
            choices.push(reply::choice(format!("photos:{id}"), texts::PHOTOS.get(language)));
        }
        choices.push(reply::choice(format!("save:{id}"), texts::SAVE.get(language)));
        choices.push(reply::choice(format!("report:{id}"), texts::REPORT.get(language)));
        choices.push(back_to_list(language));
        Ok(Outcome::say(reply::choices(language, lines.join("\n"), choices)).tag("listing", id.clone()))
    }

    pub(super) fn choices_of(
        &self,
        ways: &[super::Way],
        listing: &listings::Listing,
        language: Language,
    ) -> Vec<Choice> {
        let choice = |way: &super::Way| {
            let id = match way.does {
                Does::Contact => format!("contact:{}", listing.id),
                Does::Apply { flow, .. } => format!("do:{}:{}", flow.name, listing.id),
                Does::Own(name) => format!("{name}:{}", listing.id),
            };
            reply::choice(id, way.title.get(language))
        };
        ways.iter().filter(|way| (way.fits)(listing)).map(choice).collect()
    }

    /// The first photos.
    pub(super) fn photos(&self, id: &str, language: Language) -> Result<Outcome> {
        let Some(listing) = active(id)? else { return Ok(self.gone(language)) };
        let photo = |handle: &String| Reply::Media(crate::MediaReply { handle: handle.clone(), caption: None });
        let mut replies: Vec<Reply> = listing.draft.images.iter().take(PHOTOS_SHOWN).map(photo).collect();
        let choices =
            vec![reply::choice(format!("item:{}", listing.id), texts::DETAILS.get(language)), back_to_list(language)];
        replies.push(reply::choices(language, format!("*{}*", listing.draft.title), choices));
        Ok(Outcome::say_all(replies))
    }

    /// Remembers a listing for this person.
    pub(super) fn save(&self, id: &str, language: Language) -> Result<Outcome> {
        let Some(listing) = active(id)? else { return Ok(self.gone(language)) };
        store::put_mine("saved", &listing.id, &listing.draft.title)?;
        let choices = vec![reply::choice("saved", texts::SAVED_TITLE.get(language)), back_to_list(language)];
        Ok(Outcome::say(reply::choices(language, texts::SAVED.get(language), choices)))
    }

    /// Forgets it again.
    pub(super) fn unsave(&self, id: &str, language: Language) -> Result<Outcome> {
        store::remove_mine("saved", &words::cut(id, 40))?;
        self.saved(language)
    }

    /// What is wrong with a listing?
    pub(super) fn ask_why(&self, id: &str, language: Language) -> Result<Outcome> {
        let Some(listing) = active(id)? else { return Ok(self.gone(language)) };
        let reasons = texts::REASONS
            .map(|(reason, title)| reply::choice(format!("because:{reason}:{}", listing.id), title.get(language)));
        let choices = reasons.into_iter().chain([back_to_list(language)]).collect();
        Ok(Outcome::say(reply::choices(language, texts::WHY.get(language), choices)))
    }

    /// `reason:listing`.
    pub(super) fn report(&self, rest: &str, language: Language) -> Result<Outcome> {
        let Some((reason, id)) = rest.split_once(':') else { return Ok(self.menu(language, "")) };
        match listings::report(id, reason) {
            Ok(()) => Ok(self.menu(language, texts::REPORTED.get(language)).tag("reported", reason)),
            Err(Problem::NotFound | Problem::Invalid(_) | Problem::Denied(_)) => Ok(self.gone(language)),
            Err(problem) => Err(problem.into()),
        }
    }
}

/// The option that leads back to the results, with the id `results`.
pub(super) fn back_to_list(language: Language) -> Choice {
    reply::choice("results", texts::BACK_TO_LIST.get(language))
}
