//! Finding work: by questions or by words, as a list, and one job in full.

use agent_sdk::{
    Answers, Flow, Language, Outcome, Place, Result, Step, Turn, find, listings, money, reply, store, tool, tr, words,
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

/// Words that only say that something is looked for here.
const FILLERS: &[&str] = &[
    "job",
    "jobs",
    "work",
    "any",
    "as",
    "recherche",
    "emploi",
    "travail",
    "boulot",
    "comme",
    "akazi",
    "ka",
    "kazi",
    "ajira",
    "ya",
    "career",
    "vacancy",
    "vacancies",
    "menu",
    "there",
    "is",
    "are",
];

/// What is looked for in a free text, without the words that only say that it is.
pub(crate) fn wanted(text: &str) -> String {
    find::wanted(text, FILLERS)
}

/// Searches by what a person wrote; a place named after *in* counts as one.
pub(crate) fn by_words(turn: &Turn, language: Language, wanted: &str) -> Result<Outcome> {
    let (words, place) = find::split_place(wanted);
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
    let body =
        tr!("Open jobs, best first:", "Offres d'emploi, les meilleures d'abord :", "Akazi gahari:", "Kazi zilizopo:");
    Ok(find::results(language, body.get(language), &found, offset, |job| row(job, language)))
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
    let Some(job) = find::active(id)? else { return Ok(gone(language)) };
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
        find::back_to_list(language),
    ];
    Ok(Outcome::say(reply::choices(language, lines.join("\n"), choices)))
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
