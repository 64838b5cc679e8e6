//! From interest to contact: the owner's policy decides, or the owner does.

use agent_json::json;

use super::{Board, pending::Note, show::back_to_list, texts};
use crate::{Language, Outcome, Problem, Result, Turn, matches, outreach, reply, store::own as store};

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
        // What was asked about it goes along.
        let words = match self.subject()? {
            Some((subject, _)) if subject.listing == listing => subject.words,
            _ => String::new(),
        };
        let is_new = store::mine::<Note>("asked", &found.id)?.is_none();
        store::put_mine("asked", &found.id, &Note { title: found.title.clone(), ..Note::default() })?;
        self.turns_to(listing, Some(&found.id), None)?;
        let data = json!({ "title": found.title, "words": words }).to_string();
        let to = outreach::Recipient::MatchOther(found.id.clone());
        match found.status {
            matches::Status::Accepted => {
                // The owner shares with everyone, and has a right to know with whom.
                if is_new {
                    outreach::notify(&to, "contact-taken", &data)?;
                }
                let body = self.of_owner(texts::HERE_IS, language, &[("title", &found.title)]);
                Ok(Outcome::say(reply::contact(&found.id, body)))
            }
            matches::Status::Rejected => Ok(self.menu(language, &self.of_owner(texts::REFUSED, language, &[]))),
            matches::Status::Suggested | matches::Status::Contacted => {
                outreach::notify(&to, "contact-asked", &data)?;
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
        store::remove_mine("waiting", id)?;
        let menu = vec![reply::menu_choice(language)];
        if matches!(found.status, matches::Status::Accepted | matches::Status::Rejected) {
            let body = texts::ALREADY_ANSWERED.get(language);
            return Ok(Outcome::say(reply::choices(language, body, menu)).beside_flow(turn));
        }
        let (status, kind) = match shares {
            true => (matches::Status::Accepted, "contact-given"),
            false => (matches::Status::Rejected, "contact-refused"),
        };
        matches::answer(id, status)?;
        let title = json!({ "title": found.title }).to_string();
        outreach::notify(&outreach::Recipient::MatchOther(id.to_owned()), kind, &title)?;
        if !shares {
            return Ok(Outcome::say(reply::choices(language, texts::NOT_GIVEN.get(language), menu)).beside_flow(turn));
        }
        // Both can reach each other: who asks agrees to that by asking.
        self.turns_to(&found.listing, Some(id), None)?;
        let name = found.other_name.as_deref().unwrap_or("👤");
        let body = texts::THEY_HAVE_IT.with(language, &[("name", name)]);
        Ok(Outcome::say(reply::contact(id, body)).beside_flow(turn))
    }
}
