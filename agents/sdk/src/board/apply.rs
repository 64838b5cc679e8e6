//! Asking an owner for something by a flow: a job, a visit, an order, a seat. Both sides' contacts are given when the owner accepts:
//! the asker agreed by asking, the owner by accepting.

use agent_json::{Value, json};

use super::{
    Board, Does, attribute,
    show::{active, back_to_list},
    texts,
};
use crate::{
    Answers, Language, Outcome, Problem, Result, Turn,
    applications::{self, Application, Status},
    matches, outreach, reply,
    store::own as store,
    words,
};

impl Board {
    /// Begins a flow of one of the board's ways, about a listing.
    pub(super) fn begin(&self, turn: &Turn, flow: &str, listing: &str, language: Language) -> Result<Outcome> {
        let way = self.ways.iter().find_map(|way| match way.does {
            Does::Apply { flow: known, knows, .. } if known.name == flow => Some((known, knows)),
            _ => None,
        });
        let (Some((flow, knows)), Some(listing)) = (way, active(listing)?) else { return Ok(self.gone(language)) };
        if listing.mine {
            return Ok(self.menu(language, texts::YOUR_OWN.get(language)));
        }
        let begin = knows(flow.begin(turn), &listing)?.with("listing", listing.id);
        begin.ask_after(&format!("*{}*", listing.draft.title))
    }

    /// The end of such a flow: asks the owner, in the person's name. `reference` is empty where a person asks once only.
    pub fn apply(
        &self,
        turn: &Turn,
        answers: &Answers,
        flow: &str,
        reference: &str,
        message: &str,
        mut attributes: Value,
    ) -> Result<Outcome> {
        let language = Language::of(turn);
        let listing = answers.context("listing").unwrap_or_default();
        attributes["flow"] = json!(flow);
        // The match is what will let the two have each other's contact.
        attributes["match"] = json!(matches::propose(listing).ok().map(|found| found.id));
        let id = match applications::apply(listing, reference, message, &attributes.to_string()) {
            Ok(id) => id,
            Err(Problem::Conflict(_)) => return Ok(self.menu(language, texts::ALREADY_ASKED.get(language))),
            Err(Problem::Denied(_)) | Err(Problem::NotFound | Problem::Invalid(_)) => return Ok(self.gone(language)),
            Err(problem) => return Err(problem.into()),
        };
        let data = json!({ "application": id }).to_string();
        outreach::notify(&outreach::Recipient::ListingOwner(listing.to_owned()), "applied", &data)?;
        self.turns_to(listing, None, Some(&id))?;
        let body = self.of_owner(texts::SENT, language, &[]);
        let choices =
            vec![reply::choice(format!("asked:{id}"), texts::SEE.get(language)), reply::menu_choice(language)];
        Ok(Outcome::say(reply::choices(language, body, choices)).tag("application", id))
    }

    /// An application to one of this person's listings, by `listing/application`; none if there is no such.
    pub(super) fn received(&self, ids: &str) -> Result<Option<Application>> {
        let Some((listing, id)) = ids.split_once('/') else { return Ok(None) };
        match applications::received(listing) {
            Ok(all) => Ok(all.into_iter().find(|application| application.id == id)),
            Err(Problem::NotFound | Problem::Invalid(_) | Problem::Denied(_)) => Ok(None),
            Err(problem) => Err(problem.into()),
        }
    }

    /// What the owner reads of an application, and can do.
    pub(super) fn applicant(&self, ids: &str, language: Language) -> Result<Outcome> {
        match self.received(ids)? {
            Some(application) => Ok(self.to_decide(&application, &application_name(&application), language)),
            None => Ok(self.gone(language)),
        }
    }

    /// An application with its choices, under a heading.
    pub(super) fn to_decide(&self, application: &Application, heading: &str, language: Language) -> Outcome {
        let mut lines = vec![format!("{heading} – {}", standing(application.status, language))];
        lines.extend((self.asked)(application, language));
        if !application.message.is_empty() {
            lines.push(String::new());
            lines.push(words::cut(&application.message, 700));
        }
        let ids = format!("{}/{}", application.listing, application.id);
        let mut choices = Vec::new();
        if application.status == Status::Pending {
            choices.push(reply::choice(format!("accept:{ids}"), texts::ACCEPT.get(language)));
            choices.push(reply::choice(format!("reject:{ids}"), texts::DECLINE.get(language)));
        }
        choices.push(reply::choice(format!("own:{}", application.listing), texts::BACK.get(language)));
        Outcome::say(reply::choices(language, lines.join("\n"), choices))
    }

    /// The owner's answer.
    pub(super) fn answer_application(&self, ids: &str, accepts: bool, language: Language) -> Result<Outcome> {
        let Some(application) = self.received(ids)? else { return Ok(self.gone(language)) };
        store::remove_mine("waiting", &application.id)?;
        if application.status != Status::Pending {
            return Ok(self.menu(language, texts::ALREADY_ANSWERED.get(language)));
        }
        applications::answer(&application.id, if accepts { Status::Accepted } else { Status::Rejected })?;
        let found = attribute(&application.attributes, "match");
        if let Some(id) = &found {
            matches::answer(id, if accepts { matches::Status::Accepted } else { matches::Status::Rejected })?;
        }
        if accepts {
            self.turns_to(&application.listing, found.as_deref(), Some(&application.id))?;
        }
        let word = json!({ "accepted": accepts, "title": application.title, "match": found });
        let to = outreach::Recipient::ApplicationOther(application.id.clone());
        outreach::notify(&to, "answered", &word.to_string())?;
        let name = application_name(&application);
        let name = [("name", name.as_str())];
        Ok(match found.filter(|_| accepts) {
            Some(id) => Outcome::say(reply::contact(&id, texts::ACCEPTED.with(language, &name))),
            None if accepts => self.menu(language, &texts::ACCEPTED.with(language, &name)),
            None => self.menu(language, &texts::DECLINED.with(language, &name)),
        })
    }

    /// One of this person's own applications.
    pub(super) fn asked(&self, id: &str, language: Language) -> Result<Outcome> {
        let Some(application) = applications::mine()?.into_iter().find(|application| application.id == id) else {
            return Ok(self.gone(language));
        };
        let mut lines = vec![format!("*{}* – {}", application.title, standing(application.status, language))];
        lines.extend((self.asked)(&application, language));
        if !application.message.is_empty() {
            lines.push(String::new());
            lines.push(words::cut(&application.message, 700));
        }
        let mut choices = vec![reply::choice(format!("item:{}", application.listing), texts::DETAILS.get(language))];
        if matches!(application.status, Status::Pending | Status::Accepted) {
            choices.push(reply::choice(format!("withdraw:{id}"), texts::WITHDRAW.get(language)));
        }
        choices.push(reply::choice("mine", texts::MINE_TITLE.get(language)));
        Ok(Outcome::say(reply::choices(language, lines.join("\n"), choices)))
    }

    /// The person takes an application back; its owner is told.
    pub(super) fn withdraw(&self, id: &str, language: Language) -> Result<Outcome> {
        let Some(application) = applications::mine()?.into_iter().find(|application| application.id == id) else {
            return Ok(self.gone(language));
        };
        if matches!(application.status, Status::Withdrawn | Status::Rejected) {
            return self.asked(id, language);
        }
        applications::answer(id, Status::Withdrawn)?;
        let word = json!({ "title": application.title, "reference": application.reference }).to_string();
        outreach::notify(&outreach::Recipient::ApplicationOther(id.to_owned()), "withdrawn", &word)?;
        let choices = vec![reply::choice("mine", texts::MINE_TITLE.get(language)), back_to_list(language)];
        Ok(Outcome::say(reply::choices(language, texts::WITHDRAWN.get(language), choices)))
    }
}

/// The applicant's name, or what stands for it.
pub(super) fn application_name(application: &Application) -> String {
    format!("*{}*", application.applicant_name.as_deref().unwrap_or("👤"))
}

/// Where an application stands, as the person reads it.
pub(super) fn standing(status: Status, language: Language) -> &'static str {
    match status {
        Status::Pending => texts::PENDING,
        Status::Accepted => texts::IS_ACCEPTED,
        Status::Rejected => texts::IS_REJECTED,
        Status::Withdrawn => texts::IS_WITHDRAWN,
    }
    .get(language)
}
