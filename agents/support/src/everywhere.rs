//! Search over all domains: what is found is shown by the agent whose it is.

use agent_sdk::{
    Choice, Did, Language, Outcome, Place, Point, Problem, Result, Run, Text, Turn, board::Heard, money, reply, roster,
    search, talk, tool, tr, words,
};
use serde_json::json;

tool! {
    "search_everything": "Searches all services at once: things for sale, jobs, homes, produce, restaurants, rides, opportunities.",
    pub(crate) struct SearchEverything {
        words: String = "What is looked for, in a few words.",
        location: Option<String> = "Near which place.",
        price_max: Option<u64> = "At most, in the currency's unit.",
    }
}

/// The newest that are shown to anyone who only looks around, and what others do.
const TASTE: usize = 3;

impl Run for SearchEverything {
    fn run(self, turn: &Turn) -> Result<Did> {
        let query = search::Query {
            words: words::cut(&self.words, 200),
            price_max: talk::money(turn, self.price_max).map(|money| money.hundredths),
            near: talk::place(self.location.as_deref()).and_then(|place| place.point).or_else(|| turn.point()),
            limit: reply::ROWS_MAX as u32,
            offset: 0,
        };
        let language = Language::of(turn);
        let hits = find(&query)?;
        Ok(if hits.is_empty() {
            Did::Told(json!({ "found": 0 }))
        } else {
            Did::Answered(shown(&hits, FOUND, language))
        })
    }
}

/// What all domains have for a text; none if that is nothing, or the feature is off. Only what has a word or a concept of the text in its
/// title counts.
pub(crate) fn by_words(turn: &Turn, heard: &Heard, language: Language) -> Result<Option<Outcome>> {
    let wanted = heard.left("");
    if wanted.is_empty() {
        return Ok(None);
    }
    let near = heard.place().and_then(|place| place.point).or_else(|| turn.point());
    let price_max = heard.amount().and_then(|amount| amount.high);
    let mut hits = find(&query(&wanted, price_max, near))?;
    hits.retain(|hit| heard.names(&hit.title));
    Ok((!hits.is_empty()).then(|| shown(&hits, FOUND, language)))
}

/// What is around a place.
pub(crate) fn around(place: &Place, language: Language) -> Result<Option<Outcome>> {
    let mut hits = find(&query("", None, place.point))?;
    hits.retain(|hit| hit.distance_km.is_some());
    hits.truncate(reply::PAGE_ROWS);
    let body = tr!("Near there:", "Près de là :", "Hafi aho:", "Karibu na hapo:");
    Ok((!hits.is_empty()).then(|| shown(&hits, body, language)))
}

/// For anyone who only looks around: the newest, and what others do here.
pub(crate) fn taste(turn: &Turn, language: Language) -> Result<Outcome> {
    let mut hits = find(&query("", None, turn.point()))?;
    hits.truncate(TASTE);
    let body = tr!(
        "Happy to show you around! Some of what is new, and what others do here:",
        "Avec plaisir ! Quelques nouveautés, et ce que d'autres font ici :",
        "Nishimiye kukwereka! Dore bimwe mu bishya, n'ibyo abandi bakora hano:",
        "Karibu uangalie! Baadhi ya vipya, na wanachofanya wengine hapa:"
    );
    let rows = hits.iter().map(|hit| row(hit, language)).collect();
    let others = roster::agents().into_iter().take(TASTE);
    let others = others.map(|card| reply::choice_of(&card.name, &card.title).line(&card.line)).collect();
    let new = tr!("New", "Nouveau", "Ibishya", "Vipya").get(language).to_owned();
    let do_here = tr!("What others do", "Ce qu'on fait ici", "Ibyo abandi bakora", "Wanachofanya wengine");
    let sections = vec![(new, rows), (do_here.get(language).to_owned(), others)];
    Ok(Outcome::say(reply::sections(language, body.get(language).to_owned(), sections, true)))
}

const FOUND: Text =
    tr!("I found this for you:", "Voici ce que j'ai trouvé :", "Dore ibyo nabonye:", "Hivi ndivyo nilivyopata:");

fn query(words: &str, price_max: Option<u64>, near: Option<Point>) -> search::Query {
    search::Query { words: words::cut(words, 200), price_max, near, limit: reply::ROWS_MAX as u32, offset: 0 }
}

/// Nothing while the feature is off.
fn find(query: &search::Query) -> Result<Vec<search::Hit>> {
    match search::find(query) {
        Ok(hits) => Ok(hits),
        Err(Problem::Denied(_)) => Ok(Vec::new()),
        Err(problem) => Err(problem.into()),
    }
}

/// Under the titles of the agents whose they are, where there are several.
fn shown(hits: &[search::Hit], body: Text, language: Language) -> Outcome {
    let cards = roster::agents();
    let mut sections: Vec<(String, Vec<Choice>)> = Vec::new();
    for hit in hits.iter().take(reply::ROWS_MAX) {
        let title = cards.iter().find(|card| card.name == hit.agent).map_or("", |card| card.title.as_str());
        match sections.iter_mut().find(|(known, _)| known == title) {
            Some((_, rows)) => rows.push(row(hit, language)),
            None => sections.push((title.to_owned(), vec![row(hit, language)])),
        }
    }
    if let [(title, _)] = sections.as_mut_slice() {
        title.clear();
    }
    Outcome::say(reply::sections(language, body.get(language).to_owned(), sections, true))
        .tag("results", hits.len().to_string())
}

fn row(hit: &search::Hit, language: Language) -> Choice {
    let (title, full) = reply::row_title(&hit.title);
    let mut facts: Vec<String> = full.map(str::to_owned).into_iter().collect();
    // Restaurants and the like have no price to talk about.
    if hit.price.is_some() {
        facts.push(money::show(hit.price.as_ref(), hit.price_max.as_ref(), language));
    }
    facts.extend(hit.place.as_ref().map(|place| format!("📍 {}", place.label())));
    facts.extend(hit.distance_km.map(|distance| format!("{} km", distance as u64)));
    reply::choice(format!("hit:{}:{}", hit.agent, hit.listing), &title).line(&facts.join(" · "))
}

/// Gives the person to the agent of what they chose, `agent:listing`.
pub(crate) fn chosen(rest: &str) -> Option<Outcome> {
    let (agent, listing) = rest.split_once(':')?;
    Some(Outcome::hand_to(agent, "a result of the search over all services", json!({ "listing": listing })))
}
