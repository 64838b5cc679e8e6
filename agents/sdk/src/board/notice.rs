//! Word from the other side, and from the host.

use agent_json::Value;

use super::{
    Board, Does,
    apply::application_name,
    attribute,
    pending::{found, wait},
    show::active,
    texts,
};
use crate::{Language, Notice, Outcome, Result, Text, Turn, reply, words};

impl Board {
    pub(super) fn noticed(&self, turn: &Turn, notice: &Notice, language: Language) -> Result<Outcome> {
        let data: Value = agent_json::from_str(&notice.data).unwrap_or_default();
        let title = words::cut(data["title"].as_str().unwrap_or_default(), 80);
        let listing = notice.listing.as_deref().unwrap_or_default();
        let outcome = match notice.kind.as_str() {
            "contact-asked" | "contact-taken" | "contact-given" | "contact-refused" => {
                self.of_match(notice, &data, language)?
            }
            "said" => self.was_said(notice, &data, language)?,
            "applied" => self.applied(listing, data["application"].as_str().unwrap_or_default(), language)?,
            "answered" => {
                let accepted = data["accepted"] == true;
                let text = if accepted { texts::GOOD_NEWS } else { texts::BAD_NEWS };
                let body = self.of_owner(text, language, &[("title", &title)]);
                if accepted {
                    self.turns_to(listing, data["match"].as_str(), None)?;
                }
                match data["match"].as_str().filter(|_| accepted) {
                    Some(id) => Some(Outcome::say(reply::contact(id, body))),
                    None => Some(Outcome::say(reply::choices(language, body, vec![reply::menu_choice(language)]))),
                }
            }
            "withdrawn" => {
                let body = texts::THEY_WITHDREW.with(language, &[("title", &title)]);
                let see = reply::choice(format!("own:{listing}"), texts::SEE.get(language));
                Some(Outcome::say(reply::choices(language, body, vec![see])))
            }
            "host.found" => active(listing)?.map(|listing| {
                let body = texts::FOUND_FOR_YOU.with(language, &[("title", &listing.draft.title)]);
                let see = reply::choice(format!("item:{}", listing.id), texts::SEE.get(language));
                let saved = reply::choice("saved", texts::SAVED_TITLE.get(language));
                Outcome::say(reply::choices(language, body, vec![see, saved]))
            }),
            "host.expired" => {
                let body = texts::RAN_OUT.with(language, &[("title", &title)]);
                let again = reply::choice(format!("restore:{listing}"), texts::LIST_AGAIN.get(language));
                let mine = reply::choice("mine", texts::MINE_TITLE.get(language));
                Some(Outcome::say(reply::choices(language, body, vec![again, mine])))
            }
            _ => None,
        };
        Ok(outcome.unwrap_or_else(|| Outcome::say_all(Vec::new())).beside_flow(turn))
    }

    fn of_match(&self, notice: &Notice, data: &Value, language: Language) -> Result<Option<Outcome>> {
        let Some(id) = &notice.match_ else { return Ok(None) };
        let Some(found) = found(id)? else { return Ok(None) };
        self.turns_to(&found.listing, Some(id), None)?;
        let name = found.other_name.as_deref().unwrap_or("👤");
        let values = [("title", found.title.as_str()), ("name", name)];
        let reply = match notice.kind.as_str() {
            "contact-asked" => {
                let choices = vec![
                    reply::choice(format!("share:{id}"), texts::SHARE.get(language)),
                    reply::choice(format!("decline:{id}"), texts::DECLINE.get(language)),
                ];
                wait(id, &found.title, name, None)?;
                let mut body = texts::MAY_THEY.with(language, &values);
                if let Some(said) = data["words"].as_str().filter(|said| !said.is_empty()) {
                    body = format!("💬 _{}_\n\n{body}", words::cut(said, 300));
                }
                reply::choices(language, body, choices)
            }
            "contact-taken" => reply::contact(id, texts::TOOK_CONTACT.with(language, &values)),
            "contact-given" => reply::contact(id, self.of_owner(texts::OWNER_AGREED, language, &values)),
            _ => {
                let body = self.of_owner(texts::OWNER_REFUSED, language, &values);
                reply::choices(language, body, vec![reply::menu_choice(language)])
            }
        };
        Ok(Some(Outcome::say(reply)))
    }

    /// Somebody asked for something of this person's: what, and the owner decides at once.
    fn applied(&self, listing: &str, id: &str, language: Language) -> Result<Option<Outcome>> {
        let Some(application) = self.received(&format!("{listing}/{id}"))? else { return Ok(None) };
        let flow = attribute(&application.attributes, "flow").unwrap_or_default();
        let told = self.ways.iter().find_map(|way| match way.does {
            Does::Apply { flow: known, told, .. } if known.name == flow => Some(told),
            _ => None,
        });
        let name = application_name(&application);
        wait(id, &application.title, name.trim_matches('*'), Some(listing))?;
        self.turns_to(listing, None, Some(id))?;
        let values = [("name", name.as_str()), ("title", application.title.as_str())];
        let heading = told.unwrap_or(TOLD).with(language, &values);
        Ok(Some(self.to_decide(&application, &heading, language)))
    }
}

/// Where a way that was asked by is no longer there.
const TOLD: Text = crate::tr!("📬 {name}: *{title}*");
