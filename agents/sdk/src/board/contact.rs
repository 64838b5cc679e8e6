//! From interest to contact: the owner's policy decides, or the owner does.

use serde_json::json;

use super::{Board, show::back_to_list, texts};
use crate::{Language, Outcome, Problem, Result, Turn, matches, outreach, reply};

impl Board {
    /// The person wants to reach the owner of a listing.
    pub(super) fn contact(&self, listing: &str, language: Language) -> Result<Outcome> {
        let found = match matches::propose(listing) {
            Ok(found) => found,
            Err(Problem::NotFound | Problem::Invalid(_)) => return Ok(self.gone(language)),
            Err(Problem::Denied(_)) => {
                return Ok(self.menu(language, &self.of_owner(texts::NO_CONTACT, language, &[])));
            }
            Err(problem) => return Err(problem.into()),
        };
        match found.status {
            matches::Status::Accepted => {
                let body = self.of_owner(texts::HERE_IS, language, &[("title", &found.title)]);
                Ok(Outcome::say(reply::contact(&found.id, body)))
            }
            matches::Status::Rejected => Ok(self.menu(language, &self.of_owner(texts::REFUSED, language, &[]))),
            matches::Status::Suggested | matches::Status::Contacted => {
                let title = json!({ "title": found.title }).to_string();
                outreach::notify(&outreach::Recipient::MatchOther(found.id), "contact-asked", &title)?;
                let body = self.of_owner(texts::ASKED_OWNER, language, &[]);
                let choices = vec![back_to_list(language), reply::menu_choice(language)];
                Ok(Outcome::say(reply::choices(language, body, choices)))
            }
        }
    }

    /// The owner's answer.
    pub(super) fn answer_match(&self, turn: &Turn, id: &str, shares: bool, language: Language) -> Result<Outcome> {
        let found = match matches::get(id) {
            Ok(found) if found.side == matches::Side::Owner => found,
            Ok(_) | Err(Problem::NotFound | Problem::Invalid(_)) => return Ok(self.gone(language)),
            Err(problem) => return Err(problem.into()),
        };
        let menu = vec![reply::menu_choice(language)];
        if matches!(found.status, matches::Status::Accepted | matches::Status::Rejected) {
            let body = texts::ALREADY_ANSWERED.get(language);
            return Ok(Outcome::say(reply::choices(language, body, menu)).beside_flow(turn));
        }
        let (status, kind, body) = match shares {
            true => (matches::Status::Accepted, "contact-given", texts::THEY_HAVE_IT),
            false => (matches::Status::Rejected, "contact-refused", texts::NOT_GIVEN),
        };
        matches::answer(id, status)?;
        let title = json!({ "title": found.title }).to_string();
        outreach::notify(&outreach::Recipient::MatchOther(id.to_owned()), kind, &title)?;
        Ok(Outcome::say(reply::choices(language, body.get(language), menu)).beside_flow(turn))
    }
}
