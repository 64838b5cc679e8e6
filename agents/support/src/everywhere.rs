//! Search over all domains: what is found is shown by the agent whose it is.

use agent_sdk::{
    Choice, Did, Language, Outcome, Point, Problem, Result, Run, Turn, money, reply, search, talk, tool, tr, words,
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

impl Run for SearchEverything {
    fn run(self, turn: &Turn) -> Result<Did> {
        let query = search::Query {
            words: words::cut(&self.words, 200),
            price_max: talk::money(turn, self.price_max).map(|money| money.hundredths),
            near: talk::place(self.location.as_deref()).and_then(|place| place.point).or_else(|| turn.point()),
            limit: reply::ROWS_MAX as u32,
            offset: 0,
        };
        match found(&query, Language::of(turn))? {
            Some(outcome) => Ok(Did::Answered(outcome)),
            None => Ok(Did::Told(json!({ "found": 0 }))),
        }
    }
}

/// What all domains have for these words; none if that is nothing, or the feature is off.
pub(crate) fn by_words(turn: &Turn, text: &str, language: Language) -> Result<Option<Outcome>> {
    let query = search::Query {
        words: words::cut(text, 200),
        price_max: None,
        near: turn.point(),
        limit: reply::ROWS_MAX as u32,
        offset: 0,
    };
    found(&query, language)
}

/// What all domains have around a point, the nearest first; none if that is nothing, or the feature is off.
pub(crate) fn around(point: Point, name: &str, language: Language) -> Result<Option<Outcome>> {
    let query = search::Query {
        words: String::new(),
        price_max: None,
        near: Some(point),
        limit: reply::ROWS_MAX as u32,
        offset: 0,
    };
    let body = tr!("Near {place}:", "Près de {place} :", "Hafi ya {place}:", "Karibu na {place}:");
    listed(&query, &body.with(language, &[("place", name)]), language)
}

fn found(query: &search::Query, language: Language) -> Result<Option<Outcome>> {
    let body = tr!(
        "This is what all our services have:",
        "Voici ce que proposent tous nos services :",
        "Dore ibyo serivisi zacu zose zifite:",
        "Hivi ndivyo huduma zetu zote zilivyo navyo:"
    );
    listed(query, body.get(language), language)
}

fn listed(query: &search::Query, body: &str, language: Language) -> Result<Option<Outcome>> {
    let hits = match search::find(query) {
        Ok(hits) => hits,
        Err(Problem::Denied(_)) => return Ok(None),
        Err(problem) => return Err(problem.into()),
    };
    if hits.is_empty() {
        return Ok(None);
    }
    let rows: Vec<Choice> = hits.iter().map(|hit| row(hit, language)).collect();
    Ok(Some(Outcome::say(reply::list(language, body, rows)).tag("results", hits.len().to_string())))
}

fn row(hit: &search::Hit, language: Language) -> Choice {
    let mut line = money::show(hit.price.as_ref(), hit.price_max.as_ref(), language);
    if let Some(place) = &hit.place {
        line.push_str(&format!(" · 📍 {}", place.label()));
    }
    if let Some(distance) = hit.distance_km {
        line.push_str(&format!(" · {} km", distance as u64));
    }
    reply::choice(format!("hit:{}:{}", hit.agent, hit.listing), &hit.title).line(&line)
}

/// Gives the person to the agent of what they chose, `agent:listing`.
pub(crate) fn chosen(rest: &str) -> Option<Outcome> {
    let (agent, listing) = rest.split_once(':')?;
    Some(Outcome::hand_to(agent, "a result of the search over all services", json!({ "listing": listing })))
}
