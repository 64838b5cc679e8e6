//! What waits: questions that the person has not answered, and what they asked others. Words such as *yes*, *any news?* and *who is
//! it?* mean these.

use agent_json::fields;

use super::{
    Board,
    apply::standing,
    show::{active, back_to_list},
    texts,
};
use crate::{
    Choice, Language, Outcome, Problem, Result, Turn,
    applications::{self, Status},
    listings, matches, reply,
    store::own as store,
    words,
};

/// Questions and requests looked at.
const LOOKED_AT: u32 = 5;

/// What a board remembers of a question, a request or a listing; a field that says nothing is empty. One type for all, since each type that is
/// stored makes every component larger.
#[derive(Clone, Debug, Default)]
pub(super) struct Note {
    /// The listing's title.
    pub(super) title: String,
    /// Who asks.
    pub(super) name: String,
    /// The listing.
    pub(super) listing: String,
    /// The match.
    pub(super) of_match: String,
    /// The application.
    pub(super) application: String,
    /// What was said about it: by the other side if `from_other`, else by this person before there was somebody to pass it on to.
    pub(super) words: String,
    /// Whether the other side said it: the next words are the answer.
    pub(super) from_other: bool,
}

fields!(default Note: title, name, listing, of_match, application, words, from_other);

impl Note {
    /// The id of the choice that answers it.
    fn answer(&self, id: &str, agrees: bool) -> String {
        let (yes, no) = if self.application.is_empty() { ("share", "decline") } else { ("accept", "reject") };
        let verb = if agrees { yes } else { no };
        if self.application.is_empty() { format!("{verb}:{id}") } else { format!("{verb}:{}/{id}", self.listing) }
    }
}

impl Board {
    /// The questions that still wait, newest first.
    pub(super) fn waiting(&self) -> Result<Vec<(String, Note)>> {
        let mut open = Vec::new();
        for (id, waiting) in store::newest::<Note>("waiting", LOOKED_AT)? {
            let is_open = if waiting.application.is_empty() {
                found(&id)?.is_some_and(|it| it.status == matches::Status::Contacted)
            } else {
                let ids = format!("{}/{id}", waiting.listing);
                self.received(&ids)?.is_some_and(|it| it.status == Status::Pending)
            };
            match is_open {
                true => open.push((id, waiting)),
                false => store::remove_mine("waiting", &id)?,
            }
        }
        Ok(open)
    }

    /// When the newest open question came.
    pub(super) fn waits_since(&self) -> Result<Option<u64>> {
        match self.waiting()?.first() {
            Some((id, _)) => Ok(store::mine_at::<Note>("waiting", id)?.map(|(_, at)| at)),
            None => Ok(None),
        }
    }

    /// A plain yes or no: the answer to what waits; asked which where several do. None where nothing waits.
    pub(super) fn resolve(&self, turn: &Turn, agrees: bool, language: Language) -> Result<Option<Outcome>> {
        let open = self.waiting()?;
        if let [(id, waiting)] = open.as_slice() {
            return match waiting.application.is_empty() {
                true => self.answer_match(turn, id, agrees, language).map(Some),
                false => self.answer_application(&format!("{}/{id}", waiting.listing), agrees, language).map(Some),
            };
        }
        let rows: Vec<Choice> = open
            .iter()
            .map(|(id, waiting)| {
                let (title, _) = reply::row_title(&waiting.name);
                reply::choice(waiting.answer(id, agrees), &title).line(&waiting.title)
            })
            .collect();
        Ok((!rows.is_empty()).then(|| Outcome::say(reply::list(language, texts::WHICH_ONE.get(language), rows))))
    }

    /// The newest question again, with its answers.
    pub(super) fn ask_again(&self, before: &str, language: Language) -> Result<Option<Outcome>> {
        let open = self.waiting()?;
        let Some((id, waiting)) = open.first() else { return Ok(None) };
        let values = [("name", waiting.name.as_str()), ("title", waiting.title.as_str())];
        let applies = !waiting.application.is_empty();
        let asks = if applies { texts::THEY_ASKED } else { texts::MAY_THEY };
        let mut body = format!("{before}{}", asks.with(language, &values));
        if open.len() > 1 {
            body.push_str("\n\n");
            body.push_str(&texts::N_WAIT.with(language, &[("count", &open.len().to_string())]));
        }
        let yes = if applies { texts::ACCEPT } else { texts::SHARE };
        let choices = vec![
            reply::choice(waiting.answer(id, true), yes.get(language)),
            reply::choice(waiting.answer(id, false), texts::DECLINE.get(language)),
        ];
        Ok(Some(Outcome::say(reply::choices(language, body, choices))))
    }

    /// How things stand: what waits for the person, whom they asked, and what they offer.
    pub(super) fn stands(&self, language: Language) -> Result<Outcome> {
        if let Some(question) = self.ask_again("", language)? {
            return Ok(question);
        }
        let mut lines = Vec::new();
        for (id, asked) in store::newest::<Note>("asked", 3)? {
            let Some(it) = found(&id)? else { continue };
            let title = [("title", asked.title.as_str())];
            match it.status {
                matches::Status::Accepted if lines.is_empty() => {
                    let body = self.of_owner(texts::HERE_IS, language, &title);
                    return Ok(Outcome::say(reply::contact(&id, body)));
                }
                matches::Status::Accepted => lines.push(self.of_owner(texts::OWNER_SAID_YES, language, &title)),
                matches::Status::Rejected => lines.push(self.of_owner(texts::OWNER_REFUSED, language, &title)),
                _ => lines.push(self.of_owner(texts::NO_ANSWER_YET, language, &title)),
            }
        }
        if self.takes_applications() {
            let made = applications::mine()?.into_iter().take(3);
            lines.extend(made.map(|it| format!("*{}* – {}", it.title, standing(it.status, language))));
        }
        let own = listings::mine()?.into_iter().filter(|own| own.status == listings::Status::Active).take(3);
        lines.extend(own.map(|own| texts::NOBODY_YET.with(language, &[("title", &own.draft.title)])));
        if lines.is_empty() {
            return Ok(self.menu(language, texts::NOTHING_WAITS.get(language)));
        }
        let choices = vec![
            reply::choice("mine", texts::MINE_TITLE.get(language)),
            back_to_list(language),
            reply::menu_choice(language),
        ];
        Ok(Outcome::say(reply::choices(language, lines.join("\n"), choices)))
    }

    /// Who is on the other side of what waits, or of what was asked for.
    pub(super) fn who(&self, language: Language) -> Result<Outcome> {
        if let Some((_, waiting)) = self.waiting()?.first() {
            let values = [("name", waiting.name.as_str()), ("title", waiting.title.as_str())];
            let before = format!("{}\n\n", texts::IT_IS.with(language, &values));
            if let Some(question) = self.ask_again(&before, language)? {
                return Ok(question);
            }
        }
        let listing = match self.subject()? {
            Some((subject, _)) => active(&subject.listing)?,
            None => None,
        };
        let Some(listing) = listing else { return self.stands(language) };
        let name = listing.owner_name.as_deref().unwrap_or("👤");
        let body = texts::IT_IS.with(language, &[("name", name), ("title", &listing.draft.title)]);
        let choices = self.ways_on(&listing, language);
        Ok(Outcome::say(reply::choices(language, body, choices)))
    }

    /// The person says that something of theirs is gone: marked at once if it is clear which, else asked.
    pub(super) fn gone_by(&self, heard: &super::heard::Heard, language: Language) -> Result<Option<Outcome>> {
        let mut own: Vec<_> =
            listings::mine()?.into_iter().filter(|own| own.status == listings::Status::Active).collect();
        let named: Vec<_> = own.iter().filter(|own| heard.names(&own.draft.title)).cloned().collect();
        if !named.is_empty() {
            own = named;
        }
        if let [only] = own.as_slice() {
            return self.set_status(&only.id, over(only), language).map(Some);
        }
        let rows: Vec<Choice> = own
            .iter()
            .take(reply::ROWS_MAX)
            .map(|own| {
                let (title, full) = reply::row_title(&own.draft.title);
                let change = format!("{}:{}", over(own), own.id);
                let sold = texts::MARK_SOLD.get(language);
                reply::choice(change, &title).line(&format!("{sold} · {}", full.unwrap_or_default()))
            })
            .collect();
        Ok((!rows.is_empty()).then(|| Outcome::say(reply::list(language, texts::WHICH_IS_GONE.get(language), rows))))
    }
}

/// The status of a listing that is over.
fn over(listing: &listings::Listing) -> &'static str {
    match listing.draft.kind.as_str() {
        "rental" => "rented",
        "product" | "produce" => "sold",
        _ => "remove",
    }
}

/// A match that this person is a side of.
pub(super) fn found(id: &str) -> Result<Option<matches::Match>> {
    match matches::get(id) {
        Ok(found) => Ok(Some(found)),
        Err(Problem::NotFound | Problem::Invalid(_)) => Ok(None),
        Err(problem) => Err(problem.into()),
    }
}

/// Remembers a question until it is answered: under its match, or under its application with the listing.
pub(super) fn wait(id: &str, title: &str, name: &str, listing: Option<&str>) -> Result<()> {
    let waiting = Note {
        title: words::cut(title, 120),
        name: words::cut(name, 60),
        listing: listing.unwrap_or_default().to_owned(),
        application: listing.map(|_| id.to_owned()).unwrap_or_default(),
        ..Note::default()
    };
    store::put_mine("waiting", id, &waiting)
}
