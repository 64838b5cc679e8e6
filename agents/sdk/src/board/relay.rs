//! Words to the other side: with whom contacts were exchanged, the person writes themselves; before, a match or an application carries
//! a short message.

use agent_json::{Value, json};

use super::{
    Board,
    pending::{Note, found},
    show::{active, back_to_list},
    texts,
};
use crate::{
    Choice, Language, Notice, Outcome, Result, Turn,
    listings::Listing,
    matches::{Side, Status},
    outreach::{self, Recipient},
    reply,
    store::own as store,
    words,
};

/// Characters of a message that is passed on.
const WORDS_MAX: usize = 300;

impl Board {
    /// What the person last looked at, and when.
    pub(super) fn subject(&self) -> Result<Option<(Note, u64)>> {
        store::mine_at("subject", "latest")
    }

    /// The person looks at a listing: a match with its owner stays known.
    pub(super) fn sees(&self, listing: &str) -> Result<()> {
        match self.subject()? {
            Some((subject, _)) if subject.listing == listing => store::put_mine("subject", "latest", &subject),
            _ => self.turns_to(listing, None, None),
        }
    }

    /// From now on, this is what the person means.
    pub(super) fn turns_to(&self, listing: &str, of_match: Option<&str>, application: Option<&str>) -> Result<()> {
        let subject = Note {
            listing: listing.to_owned(),
            of_match: of_match.unwrap_or_default().to_owned(),
            application: application.unwrap_or_default().to_owned(),
            ..Note::default()
        };
        store::put_mine("subject", "latest", &subject)
    }

    /// Passes words on to the other side, or says how to reach it.
    pub(super) fn relay(&self, turn: &Turn, text: &str, language: Language) -> Result<Option<Outcome>> {
        let Some((mut subject, _)) = self.subject()? else { return Ok(None) };
        let of_match = if subject.of_match.is_empty() { None } else { found(&subject.of_match)? };
        if let Some(it) = &of_match {
            let title = [("title", it.title.as_str())];
            match it.status {
                Status::Accepted => {
                    let body = texts::WRITE_THEM.with(language, &title);
                    return Ok(Some(Outcome::say(reply::contact(&it.id, body)).tag("relay", "card")));
                }
                Status::Rejected => {
                    return Ok(Some(self.menu(language, &self.of_owner(texts::OWNER_REFUSED, language, &title))));
                }
                Status::Suggested | Status::Contacted => {}
            }
        }
        let to = match &of_match {
            Some(it) if it.status == Status::Contacted => Some(Recipient::MatchOther(it.id.clone())),
            _ if !subject.application.is_empty() => Some(Recipient::ApplicationOther(subject.application.clone())),
            _ => None,
        };
        if let Some(to) = to {
            let said = words::cut(text, WORDS_MAX);
            let data = json!({ "words": said, "application": subject.application, "match": subject.of_match });
            let passed = outreach::notify(&to, "said", &data.to_string()).is_ok();
            let body = if passed { texts::PASSED_ON } else { texts::NOT_PASSED_ON };
            let choices = vec![back_to_list(language), reply::menu_choice(language)];
            return Ok(Some(Outcome::say(reply::choices(language, body.with(language, &[("words", &said)]), choices))));
        }
        let Some(listing) = active(&subject.listing)?.filter(|listing| !listing.mine) else { return Ok(None) };
        // It goes along when the person asks for contact.
        subject.words = words::cut(text, WORDS_MAX);
        store::put_mine("subject", "latest", &subject)?;
        let body = self.of_owner(texts::ASK_FIRST, language, &[("title", &listing.draft.title)]);
        let choices = self.ways_on(&listing, language);
        Ok(Some(Outcome::say(reply::choices(language, body, choices)).beside_flow(turn)))
    }

    /// The ways to reach the owner of a listing, and back.
    pub(super) fn ways_on(&self, listing: &Listing, language: Language) -> Vec<Choice> {
        let mut choices = self.choices_of(self.ways, listing, language);
        choices.truncate(2);
        choices.push(back_to_list(language));
        choices
    }

    /// The other side says something.
    pub(super) fn was_said(&self, notice: &Notice, data: &Value, language: Language) -> Result<Option<Outcome>> {
        let said = words::cut(data["words"].as_str().unwrap_or_default(), WORDS_MAX);
        let application = data["application"].as_str().unwrap_or_default();
        let of_match = match notice.match_.as_deref().or(data["match"].as_str()).filter(|id| !id.is_empty()) {
            Some(id) => found(id)?,
            None => None,
        };
        let listing = of_match.as_ref().map(|it| it.listing.as_str()).or(notice.listing.as_deref());
        let Some(listing) = listing.filter(|_| !said.is_empty()) else { return Ok(None) };
        let name = of_match.as_ref().and_then(|it| it.other_name.as_deref()).unwrap_or("👤");
        let title = of_match.as_ref().map_or("", |it| it.title.as_str());
        let body = texts::THEY_SAY.with(language, &[("name", name), ("title", title), ("words", &said)]);
        let choices = match &of_match {
            Some(it) if it.side == Side::Owner && it.status == Status::Contacted => vec![
                reply::choice(format!("share:{}", it.id), texts::SHARE.get(language)),
                reply::choice(format!("decline:{}", it.id), texts::DECLINE.get(language)),
            ],
            _ => vec![reply::menu_choice(language)],
        };
        let subject = Note {
            listing: listing.to_owned(),
            of_match: of_match.as_ref().map(|it| it.id.clone()).unwrap_or_default(),
            application: application.to_owned(),
            from_other: true,
            ..Note::default()
        };
        store::put_mine("subject", "latest", &subject)?;
        Ok(Some(Outcome::say(reply::choices(language, body, choices))))
    }
}
