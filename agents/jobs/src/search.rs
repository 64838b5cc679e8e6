//! Finding work: by questions or by words, as a list, and one job in full.

use agent_sdk::{
    Answers, Flow, Language, Outcome, Place, Result, Step, Turn, listings, money, places, reply, store, tool, tr, words,
};
use serde::{Deserialize, Serialize};

use crate::CATEGORIES;

tool! {
    "search_jobs": "Searches open jobs, best first.",
    pub(crate) struct SearchJobs {
        category: Option<String> = "Kind of work: driving, security, sales, it, hospitality, construction, cleaning, teaching, health or other.",
        words: Option<String> = "Words that the job's title or description should have.",
        location: Option<String> = "A place; absent for anywhere.",
        salary_min: Option<u64> = "The least pay, in the currency's unit.",
    }
}

pub(crate) const SEARCH: Flow = Flow {
    name: "job_search",
    steps: &[
        Step::choice(
            "start",
            tr!("Kind of work", "Type d'emploi", "Ubwoko bw'akazi", "Aina ya kazi"),
            tr!(
                "What kind of work do you look for?",
                "Quel type d'emploi cherchez-vous ?",
                "Urashaka akazi bwoko ki?",
                "Unatafuta kazi gani?"
            ),
            CATEGORIES,
        ),
        Step::place(
            "location",
            tr!("Where", "Lieu", "Aho", "Mahali"),
            tr!(
                "Where? Share a location or type a place, for instance Kigali.",
                "Où ? Partagez une position ou écrivez un lieu, par exemple Kigali.",
                "He? Ohereza aho uri cyangwa wandike ahantu, urugero Kigali.",
                "Wapi? Tuma mahali au andika jina, kwa mfano Kigali."
            ),
        )
        .or_skip(),
        Step::money(
            "salary",
            tr!("Least pay", "Salaire minimum", "Umushahara muto", "Mshahara wa chini"),
            tr!(
                "What should it pay at least, per month?",
                "Quel salaire minimum par mois ?",
                "Umushahara muto ku kwezi?",
                "Mshahara wa chini kwa mwezi?"
            ),
        )
        .or_skip(),
    ],
    confirm: None,
    done: finish,
};

/// The latest search, so that *More* and *Back* lead somewhere.
#[derive(Default, Serialize, Deserialize)]
struct Search {
    words: String,
    category: Option<String>,
    place: Option<Place>,
    /// In hundredths.
    salary_min: Option<u64>,
}

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let search = Search {
        words: String::new(),
        category: answers.choice("start").map(str::to_owned),
        place: answers.place("location").cloned(),
        salary_min: answers.amount("salary").and_then(money::Amount::low).map(|money| money.hundredths),
    };
    store::put_mine("search", "latest", &search)?;
    results(turn, Language::of(turn), &search, 0)
}

/// What is looked for in a free text, without the words that only say that it is.
pub(crate) fn wanted(text: &str) -> String {
    const FILLERS: &[&str] = &[
        "i",
        "need",
        "want",
        "a",
        "an",
        "am",
        "m",
        "looking",
        "look",
        "for",
        "job",
        "jobs",
        "work",
        "find",
        "search",
        "any",
        "the",
        "in",
        "at",
        "near",
        "me",
        "please",
        "am",
        "some",
        "as",
        "to",
        "my",
        "je",
        "cherche",
        "recherche",
        "un",
        "une",
        "emploi",
        "travail",
        "boulot",
        "de",
        "du",
        "d",
        "des",
        "comme",
        "a",
        "dans",
        "veux",
        "besoin",
        "j",
        "ai",
        "nshaka",
        "ndashaka",
        "akazi",
        "ka",
        "natafuta",
        "kazi",
        "ajira",
        "ya",
        "career",
        "vacancy",
        "vacancies",
        "hello",
        "hi",
        "bonjour",
        "help",
        "menu",
        "thanks",
        "thank",
        "you",
        "merci",
        "ok",
        "there",
        "is",
        "are",
    ];
    let text = words::plain(text);
    text.split(' ').filter(|word| !FILLERS.contains(word)).collect::<Vec<_>>().join(" ")
}

/// Searches by what a person wrote; a place named after *in* counts as one.
pub(crate) fn by_words(turn: &Turn, language: Language, wanted: &str) -> Result<Outcome> {
    let (words, place) = match wanted.rsplit_once(' ') {
        Some((before, last)) => match places::find(last).into_iter().next() {
            Some(place) => (before, Some(place)),
            None => (wanted, None),
        },
        None => (wanted, None),
    };
    let search = Search { words: words.to_owned(), place, ..Search::default() };
    store::put_mine("search", "latest", &search)?;
    results(turn, language, &search, 0)
}

/// The latest search once more, from this job on.
pub(crate) fn again(turn: &Turn, language: Language, offset: u32) -> Result<Outcome> {
    match store::mine::<Search>("search", "latest")? {
        Some(search) => results(turn, language, &search, offset),
        None => SEARCH.begin(turn).ask(),
    }
}

fn results(turn: &Turn, language: Language, search: &Search, offset: u32) -> Result<Outcome> {
    let near = search.place.as_ref().and_then(|place| place.point);
    let named = search.place.as_ref().filter(|place| place.point.is_none()).map(Place::label).unwrap_or_default();
    let query = listings::Query {
        words: format!("{} {named}", search.words).trim().to_owned(),
        kind: Some("job".to_owned()),
        category: search.category.clone().filter(|category| category != "other"),
        price_min: search.salary_min,
        price_max: None,
        near: near.or_else(|| turn.point()),
        radius_km: near.map(|_| 50.0),
        limit: reply::ROWS_MAX as u32,
        offset,
    };
    let found = listings::search(&query)?;
    if found.is_empty() {
        let none = tr!(
            "I found no open job for that. Try another place or kind of work.",
            "Je n'ai trouvé aucune offre. Essayez un autre lieu ou un autre type d'emploi.",
            "Nta kazi nabonye. Gerageza ahandi cyangwa ubundi bwoko.",
            "Sijapata kazi. Jaribu mahali pengine au aina nyingine."
        );
        return Ok(crate::menu(language, none.get(language)));
    }
    let has_more = found.len() > reply::PAGE_ROWS;
    let mut rows: Vec<_> = found.iter().take(reply::PAGE_ROWS).map(|job| row(job, language)).collect();
    if has_more {
        rows.push(reply::more(language, offset as usize + reply::PAGE_ROWS));
    }
    let body =
        tr!("Open jobs, best first:", "Offres d'emploi, les meilleures d'abord :", "Akazi gahari:", "Kazi zilizopo:");
    Ok(Outcome::say(reply::list(language, body.get(language), rows)).tag("results", found.len().to_string()))
}

fn row(job: &listings::Listing, language: Language) -> agent_sdk::Choice {
    let mut line = money::show(job.draft.price.as_ref(), job.draft.price_max.as_ref(), language);
    if let Some(place) = &job.draft.place {
        line = format!("📍 {} · {line}", place.label());
    }
    reply::choice(format!("job:{}", job.id), &job.draft.title).line(&line)
}

/// One job in full.
pub(crate) fn show(id: &str, language: Language) -> Result<Outcome> {
    let Some(job) = open_job(id)? else { return Ok(gone(language)) };
    let mut lines = vec![format!("*{}*", job.draft.title)];
    if let Some(place) = &job.draft.place {
        lines.push(format!("📍 {}", place.label()));
    }
    lines.push(format!("💰 {}", money::show(job.draft.price.as_ref(), job.draft.price_max.as_ref(), language)));
    if let Some(description) = &job.draft.description {
        lines.push(String::new());
        lines.push(words::cut(description, 700));
    }
    let choices = vec![
        reply::choice(format!("apply:{}", job.id), tr!("✅ Apply", "✅ Postuler", "✅ Saba", "✅ Omba").get(language)),
        reply::choice(
            "results",
            tr!("Back to list", "Retour à la liste", "Subira ku rutonde", "Rudi kwa orodha").get(language),
        ),
    ];
    Ok(Outcome::say(reply::choices(language, lines.join("\n"), choices)))
}

/// A job that is open; none if it is not there any more.
pub(crate) fn open_job(id: &str) -> Result<Option<listings::Listing>> {
    match listings::get(id) {
        Ok(job) => Ok(Some(job).filter(|job| job.status == listings::Status::Active)),
        Err(agent_sdk::Problem::NotFound | agent_sdk::Problem::Invalid(_)) => Ok(None),
        Err(problem) => Err(problem.into()),
    }
}

/// Word that a job is not there any more.
pub(crate) fn gone(language: Language) -> Outcome {
    let gone = tr!(
        "This job is no longer open.",
        "Cette offre n'est plus ouverte.",
        "Aka kazi ntikagihari.",
        "Kazi hii haipo tena."
    );
    crate::menu(language, gone.get(language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_left_of_a_sentence() {
        assert_eq!(wanted("I am looking for a driver job in Kigali"), "driver kigali");
        assert_eq!(wanted("Je cherche un emploi de chauffeur à Huye"), "chauffeur huye");
        assert_eq!(wanted("I need a job"), "");
        assert_eq!(wanted("Nshaka akazi"), "");
    }
}
