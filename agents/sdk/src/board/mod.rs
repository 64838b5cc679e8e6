//! A board: a domain in which people offer things and others find them. Search, saved searches, details, contact with consent,
//! applications and their answers, favourites, reports, one's own listings: all that domains of this kind share. An agent says
//! what differs, in one [`Board`], and gives it the messages that are not its own.

mod apply;
mod contact;
mod heard;
mod mine;
mod notice;
mod pending;
mod photo;
mod relay;
mod said;
mod search;
mod show;
mod steps;
mod texts;

pub use heard::Heard;
pub use search::Search;
pub use show::{active, any};
pub use steps::{CONTACT, NEAR, PHOTOS, PLACE, draft};

use crate::{
    Begin, Choice, Flow, Language, Outcome, Result, Text, Turn, applications::Application, listings::Listing, money,
    reply, understand, words,
};

/// What differs from domain to domain.
pub struct Board {
    /// What can be done here: a question and its choices. People land here when they are lost.
    pub menu: fn(Language) -> (String, Vec<Choice>),
    /// Asks what is looked for, and ends in [`Board::find`].
    pub search: &'static Flow,
    /// What a search covers where nothing else is said.
    pub scope: Scope,
    /// Words that only say that something of this domain is looked for, and not what: written plainly, see [`words::plain`], with
    /// a blank before, between and after.
    pub fillers: &'static str,
    /// Takes more of what a text says into a search; [`hears_nothing`] is the usual answer.
    pub hears: fn(&Heard, &mut Search),
    /// How far from a named place, in kilometres.
    pub radius_km: f64,
    /// Stands above what was found.
    pub found: Text,
    /// The owner of a listing, with an article: `the seller`.
    pub owner: Text,
    /// A listing's facts, a line each; [`facts`] are the usual ones.
    pub facts: fn(&Listing, Language) -> Vec<String>,
    /// What an interested person can do, in order.
    pub ways: &'static [Way],
    /// What an owner can do with a listing of theirs, beside the usual; all of them [`Does::Own`].
    pub owner_ways: &'static [Way],
    /// What an application says beyond its message, a line each.
    pub asked: fn(&Application, Language) -> Vec<String>,
}

/// What a search covers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope {
    /// The listings' kind.
    pub kind: Option<&'static str>,
    /// The listings' category.
    pub category: Option<&'static str>,
}

/// Something that an interested person can do with a listing.
pub struct Way {
    /// On the button.
    pub title: Text,
    /// What it does.
    pub does: Does,
    /// For which listings; [`always`] is the usual answer.
    pub fits: fn(&Listing) -> bool,
}

/// What a [`Way`] does.
pub enum Does {
    /// Gets the owner's contact, if the owner agrees.
    Contact,
    /// Asks by a flow that ends in [`Board::apply`].
    Apply {
        /// The flow; what it is about is its context `listing`.
        flow: &'static Flow,
        /// Tells the owner of it, with `{name}` and `{title}`.
        told: Text,
        /// What need not be asked; [`knows_nothing`] is the usual answer.
        knows: for<'a> fn(Begin<'a>, &Listing) -> Result<Begin<'a>>,
    },
    /// Something of the agent's own: the choice's id is this name, `:` and the listing's id.
    Own(&'static str),
}

/// For every listing.
pub fn always(_: &Listing) -> bool {
    true
}

/// All has to be asked.
pub fn knows_nothing<'a>(begin: Begin<'a>, _: &Listing) -> Result<Begin<'a>> {
    Ok(begin)
}

/// Whether a text that this agent was told first has something for others: sells, lets, hires, drives with free seats.
pub fn offers(turn: &Turn, text: &str) -> bool {
    turn.handoff.is_none() && Heard::of(text).does("offer")
}

/// Words, amounts and places are all that a search knows.
pub fn hears_nothing(_: &Heard, _: &mut Search) {}

/// Nothing beyond the message.
pub fn nothing_more(_: &Application, _: Language) -> Vec<String> {
    Vec::new()
}

/// Price, place and description.
pub fn facts(listing: &Listing, language: Language) -> Vec<String> {
    let draft = &listing.draft;
    let mut lines = vec![format!("💰 {}", price(listing, language))];
    if let Some(place) = &draft.place {
        let far = listing.distance_km.map(|km| format!(" · {} km", km as u64)).unwrap_or_default();
        lines.push(format!("📍 {}{far}", place.label()));
    }
    if let Some(description) = &draft.description {
        lines.push(String::new());
        lines.push(words::cut(description, 700));
    }
    lines
}

/// A listing's price as the person reads it, with what it is per.
pub fn price(listing: &Listing, language: Language) -> String {
    let shown = money::show(listing.draft.price.as_ref(), listing.draft.price_max.as_ref(), language);
    let per = match listing.draft.price_unit.as_deref() {
        Some("hour") => texts::PER_HOUR,
        Some("day") => texts::PER_DAY,
        Some("night") => texts::PER_NIGHT,
        Some("week") => texts::PER_WEEK,
        Some("month") => texts::PER_MONTH,
        Some("kg") => texts::PER_KG,
        _ => return shown,
    };
    if listing.draft.price.is_none() { shown } else { format!("{shown} {}", per.get(language)) }
}

/// A value of a listing's or application's attributes, as text.
pub fn attribute(attributes: &str, name: &str) -> Option<String> {
    let attributes: agent_json::Value = agent_json::from_str(attributes).ok()?;
    match &attributes[name] {
        agent_json::Value::Null => None,
        agent_json::Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}

/// Sorts a short list by a number; equals stay in their order. The standard sort is made for long lists, and weighs so much.
pub fn sort<T>(list: &mut [T], key: impl Fn(&T) -> u64) {
    for sorted in 1..list.len() {
        let mut at = sorted;
        while at > 0 && key(&list[at - 1]) > key(&list[at]) {
            list.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// A short number to say on the phone, of a turn's seed: none of its signs is taken for another.
pub fn number(seed: u64) -> String {
    const SIGNS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    (0..4).map(|place| char::from(SIGNS[(seed >> (40 + place * 5)) as usize % SIGNS.len()])).collect()
}

impl Board {
    /// The menu of this domain, with words before it.
    pub fn menu(&self, language: Language, before: &str) -> Outcome {
        let (question, mut choices) = (self.menu)(language);
        choices.push(reply::choice("saved", texts::SAVED_TITLE.get(language)));
        choices.push(reply::menu_choice(language));
        let body = if before.is_empty() { question } else { format!("{before}\n\n{question}") };
        Outcome::say(reply::choices(language, body, choices))
    }

    /// Answers a message that belongs to no flow and is nothing of the agent's own.
    pub fn handle(&self, turn: &Turn) -> Result<Outcome> {
        let language = Language::of(turn);
        if let Some(notice) = turn.notice() {
            return self.noticed(turn, notice, language);
        }
        if let Some(context) = turn.handed() {
            if let Some(listing) = context["listing"].as_str() {
                return self.show(listing, language);
            }
            if let Some(words) = context["words"].as_str().filter(|words| !words.trim().is_empty()) {
                return self.by_words(turn, words);
            }
        }
        if let Some(outcome) = self.photo(turn, language)? {
            return Ok(outcome);
        }
        if let Some(place) = turn.shared_place() {
            return self.near(turn, place);
        }
        match (turn.tap(), turn.text()) {
            (Some(id), _) => self.tapped(turn, id, language),
            (None, Some(text)) => self.said(turn, text),
            (None, None) => Ok(self.menu(language, "")),
        }
    }

    fn tapped(&self, turn: &Turn, id: &str, language: Language) -> Result<Outcome> {
        match id.split_once(':') {
            Some(("item", listing)) => self.show(listing, language),
            Some(("contact", listing)) => self.contact(listing, language),
            Some(("do", rest)) => match rest.split_once(':') {
                Some((flow, listing)) => self.begin(turn, flow, listing, language),
                None => Ok(self.menu(language, "")),
            },
            Some(("photos", listing)) => self.photos(listing, language),
            Some(("photo", listing)) => self.add_kept(listing, language),
            Some(("save", listing)) => self.save(listing, language),
            Some(("drop", listing)) => self.unsave(listing, language),
            Some(("report", listing)) => self.ask_why(listing, language),
            Some(("because", rest)) => self.report(rest, language),
            Some(("more", offset)) => self.again(turn, offset.parse().unwrap_or(0)),
            Some(("forget", search)) => self.forget_search(search, language),
            Some(("own", listing)) => self.own(listing, language),
            Some(("who", ids)) => self.applicant(ids, language),
            Some(("asked", id)) => self.asked(id, language),
            Some(("withdraw", id)) => self.withdraw(id, language),
            Some(("accept", ids)) => self.answer_application(ids, true, language),
            Some(("reject", ids)) => self.answer_application(ids, false, language),
            Some(("share", found)) => self.answer_match(turn, found, true, language),
            Some(("decline", found)) => self.answer_match(turn, found, false, language),
            Some((status @ ("sold" | "rented" | "remove" | "restore"), listing)) => {
                self.set_status(listing, status, language)
            }
            _ => match id {
                "find" => self.search.begin(turn).ask(),
                "mine" => self.mine(language),
                "saved" => self.saved(language),
                "results" => self.again(turn, 0),
                "watch" => self.save_search(language),
                "newest" => self.newest(turn),
                "start" => match self.ask_again("", language)? {
                    Some(question) => Ok(question),
                    None => Ok(self.menu(language, "")),
                },
                _ => Ok(self.menu(language, "")),
            },
        }
    }

    /// Word that a listing is not there any more.
    fn gone(&self, language: Language) -> Outcome {
        self.menu(language, texts::GONE.get(language))
    }

    /// A sentence about the owner: `{owner}` in it.
    fn of_owner(&self, text: Text, language: Language, values: &[(&str, &str)]) -> String {
        let mut all = vec![("owner", self.owner.get(language))];
        all.extend_from_slice(values);
        let said = text.with(language, &all);
        // The owner may be what the sentence begins with.
        understand::capital(&said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_as_text() {
        let json = r#"{"a": "x", "b": 3, "c": null, "d": ""}"#;
        let read = |name| attribute(json, name);
        assert_eq!(
            (read("a").as_deref(), read("b").as_deref(), read("c"), read("d")),
            (Some("x"), Some("3"), None, None)
        );
        assert_eq!(attribute("no json", "a"), None);
    }

    #[test]
    fn equals_stay_in_their_order() {
        let mut list = [(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd'), (1, 'e')];
        sort(&mut list, |(key, _)| *key);
        assert_eq!(list, [(0, 'd'), (1, 'b'), (1, 'e'), (2, 'a'), (2, 'c')]);
    }

    #[test]
    fn a_number_has_four_signs() {
        assert_eq!(number(0), "2222");
        assert_ne!(number(1 << 40), number(1 << 45));
    }
}
