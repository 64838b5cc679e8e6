//! What waits: questions that the person has not answered, and what they asked others. Words such as *yes*, *any news?* and *who is
//! it?* mean these.

use serde::{Deserialize, Serialize};

use super::{
    Board,
    apply::standing,
    show::{active, back_to_list},
    texts,
};
use crate::{
    Choice, Language, Outcome, Problem, Result, Turn,
    applications::{self, Status},
    listings, matches, reply, store, words,
};

/// Questions and requests looked at.
const LOOKED_AT: u32 = 5;

/// A question of another person's that waits for this one, kept under the match or application.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Waiting {
    /// The listing's title.
    pub(super) title: String,
    /// Who asks.
    pub(super) name: String,
    /// The listing, if it is an application.
    pub(super) listing: Option<String>,
}

/// Whom the person asked for contact, kept under the match.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// The listing's title.
    pub(super) title: String,
}

impl Waiting {
    /// The id of the choice that answers it.
    fn answer(&self, id: &str, agrees: bool) -> String {
        match (&self.listing, agrees) {
            (Some(listing), true) => format!("accept:{listing}/{id}"),
            (Some(listing), false) => format!("reject:{listing}/{id}"),
            (None, true) => format!("share:{id}"),
            (None, false) => format!("decline:{id}"),
        }
    }
}

impl Board {
    /// The questions that still wait, newest first.
    pub(super) fn waiting(&self) -> Result<Vec<(String, Waiting)>> {
        let mut open = Vec::new();
        for (id, waiting) in store::newest::<Waiting>("waiting", LOOKED_AT)? {
            let is_open = match &waiting.listing {
                Some(listing) => {
                    self.received(&format!("{listing}/{id}"))?.is_some_and(|it| it.status == Status::Pending)
                }
                None => found(&id)?.is_some_and(|it| it.status == matches::Status::Contacted),
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
            Some((id, _)) => Ok(store::mine_at::<Waiting>("waiting", id)?.map(|(_, at)| at)),
            None => Ok(None),
        }
    }

    /// A plain yes or no: the answer to what waits; asked which where several do. None where nothing waits.
    pub(super) fn resolve(&self, turn: &Turn, agrees: bool, language: Language) -> Result<Option<Outcome>> {
        let open = self.waiting()?;
        if let [(id, waiting)] = open.as_slice() {
            return match &waiting.listing {
                Some(listing) => self.answer_application(&format!("{listing}/{id}"), agrees, language).map(Some),
                None => self.answer_match(turn, id, agrees, language).map(Some),
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
        let asks = if waiting.listing.is_some() { texts::THEY_ASKED } else { texts::MAY_THEY };
        let mut body = format!("{before}{}", asks.with(language, &values));
        if open.len() > 1 {
            body.push_str("\n\n");
            body.push_str(&texts::N_WAIT.with(language, &[("count", &open.len().to_string())]));
        }
        let (yes, no) = match waiting.listing {
            Some(_) => (texts::ACCEPT, texts::DECLINE),
            None => (texts::SHARE, texts::DECLINE),
        };
        let choices = vec![
            reply::choice(waiting.answer(id, true), yes.get(language)),
            reply::choice(waiting.answer(id, false), no.get(language)),
        ];
        Ok(Some(Outcome::say(reply::choices(language, body, choices))))
    }

    /// How things stand: what waits for the person, whom they asked, and what they offer.
    pub(super) fn stands(&self, language: Language) -> Result<Outcome> {
        if let Some(question) = self.ask_again("", language)? {
            return Ok(question);
        }
        let mut lines = Vec::new();
        for (id, asked) in store::newest::<Asked>("asked", 3)? {
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
        let choices =
            vec![reply::choice("mine", texts::MINE_TITLE.get(language)), back_to_list(language), reply::menu_choice(language)];
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
        let Some(listing) = self.subject()?.and_then(|(subject, _)| active(&subject.listing).transpose()).transpose()? else {
            return self.stands(language);
        };
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

/// Remembers a question until it is answered.
pub(super) fn wait(id: &str, title: &str, name: &str, listing: Option<&str>) -> Result<()> {
    let waiting = Waiting {
        title: words::cut(title, 120),
        name: words::cut(name, 60),
        listing: listing.map(str::to_owned),
    };
    store::put_mine("waiting", id, &waiting)
}
