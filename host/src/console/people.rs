//! `/people` and `/people/{person}`: whether a person is served and why, the lists, what is held about them. A person is named by their id,
//! so that no number stands in an address.

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
};
use switchboard_console::{
    Level, Notice, Place,
    pages::{FindPersonPage, HeldRow, PersonPage},
};
use uuid::Uuid;

use super::{
    answer::{ConsoleError, PageResult, page, see},
    inbox::person_of,
    request::PageRequest,
    talk::{masked, name_of},
    view::About,
};
use crate::{
    flags::{
        self, Explanation,
        people::{self, List, PersonError},
    },
    person::{self, DataError},
};

/// The word that must be written to have somebody forgotten.
const WORD: &str = "forget";

pub(super) async fn search(request: PageRequest) -> PageResult {
    let words = request.t().people.done_forget.to_owned();
    let notice = (request.fields.get("done") == "forget").then_some(Notice { level: Level::Fine, words });
    found(&request, notice, None, StatusCode::OK).await
}

async fn found(
    request: &PageRequest,
    notice: Option<Notice>,
    unwritten: Option<(bool, String)>,
    status: StatusCode,
) -> PageResult {
    let now = request.console.now().await;
    let mut about = About::new(Place::People, request.t().frame.find_person);
    about.notice = notice;
    let mut response = page(&FindPersonPage { f: request.frame(&now, about), unwritten })?;
    *response.status_mut() = status;
    Ok(response)
}

/// Finds a person by number or id, and leads to them; of one who has not written yet, says whether they would be served.
pub(super) async fn find(request: PageRequest) -> PageResult {
    let who = request.fields.get("who").trim();
    if let Some(person) = request.console.app.store.person_of(who).await? {
        return see(&format!("/people/{person}"));
    }
    match explain(&request, who).await {
        Ok(explained) => {
            let why = format!("{}; {}.", explained.why, explained.messages);
            found(&request, None, Some((explained.is_in, why)), StatusCode::OK).await
        }
        Err(ConsoleError::NotFound) => {
            let notice = Some(Notice { level: Level::Bad, words: request.t().people.nobody_known.to_owned() });
            found(&request, notice, None, StatusCode::NOT_FOUND).await
        }
        Err(error) => Err(error),
    }
}

async fn explain(request: &PageRequest, who: &str) -> Result<Explanation, ConsoleError> {
    let app = &request.console.app;
    let (flags, forwards) = (app.flags.current(), !app.legacy.get().is_empty());
    let bucket_of = request.console.settings.bucket_of;
    Ok(flags::explain(&app.store, &flags, bucket_of, forwards, who).await?)
}

pub(super) async fn one(request: PageRequest, Path(person): Path<String>) -> PageResult {
    let person = person_of(&request.console, &person).await?;
    let words = request.t().people.done_list.to_owned();
    let notice = (request.fields.get("done") == "list").then_some(Notice { level: Level::Fine, words });
    shown(&request, person, notice, StatusCode::OK).await
}

async fn shown(request: &PageRequest, person: Uuid, notice: Option<Notice>, status: StatusCode) -> PageResult {
    let (console, t) = (&request.console, request.t());
    let (store, now) = (&console.app.store, console.now().await);
    let name = name_of(store.name_and_language(person).await?.0, person, t);
    let known_by = store.known_by(person).await?.1.into_iter().next();
    let explained = explain(request, &person.to_string()).await?;
    let mut about = About::new(Place::People, &name);
    about.notice = notice;
    let f = request.frame(&now, about);
    let held = match f.may_administer() {
        true => {
            let held = person::held(store, &person.to_string()).await?.held;
            Some(
                held.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| HeldRow { name, count }).collect(),
            )
        }
        false => None,
    };
    let mut response = page(&PersonPage {
        person: person.to_string(),
        name,
        known_by: known_by.map(|known_by| masked(&known_by)),
        is_in: explained.is_in,
        why: explained.why,
        messages: explained.messages.to_owned(),
        bucket: explained.bucket.into(),
        held,
        word: WORD,
        f,
    })?;
    *response.status_mut() = status;
    Ok(response)
}

/// Puts a person on a list, or off both.
pub(super) async fn put(request: PageRequest, Path(person): Path<String>) -> PageResult {
    let app = &request.console.app;
    let person = person_of(&request.console, &person).await?;
    let list = match request.fields.get("list") {
        "allow" => List::Allow,
        "deny" => List::Deny,
        "clear" => List::Clear,
        _ => return Err(ConsoleError::Malformed),
    };
    people::put_on(&app.store, list, &person.to_string(), &request.guest.actor).await?;
    app.flags.reread().await?;
    see(&format!("/people/{person}?done=list"))
}

/// Gives out all that is held about a person, as a file; that it was is recorded first.
pub(super) async fn export(request: PageRequest, Path(person): Path<String>) -> PageResult {
    let person = person_of(&request.console, &person).await?;
    let export = person::export(&request.console.app.store, person, &request.guest.actor).await?;
    let json = serde_json::to_vec_pretty(&export).map_err(|error| ConsoleError::Internal(error.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"person-{person}.json\"")),
    ];
    Ok((headers, json).into_response())
}

/// Deletes what is held about a person, once the word is written.
pub(super) async fn forget(request: PageRequest, Path(person): Path<String>) -> PageResult {
    let app = &request.console.app;
    let person = person_of(&request.console, &person).await?;
    if request.fields.get("word").trim() != WORD {
        let notice = Some(Notice { level: Level::Bad, words: request.t().people.wrong_word.to_owned() });
        return shown(&request, person, notice, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let files = app.files.as_ref().ok_or_else(|| ConsoleError::Internal("this host keeps no files".into()))?;
    person::forget(&app.store, files, person, &request.guest.actor).await?;
    see("/people?done=forget")
}

impl From<PersonError> for ConsoleError {
    fn from(error: PersonError) -> ConsoleError {
        match error {
            PersonError::Nobody(_) => ConsoleError::NotFound,
            PersonError::Store(error) => error.into(),
            PersonError::Edit(error) => ConsoleError::Internal(error.to_string()),
        }
    }
}

impl From<DataError> for ConsoleError {
    fn from(error: DataError) -> ConsoleError {
        match error {
            DataError::Nobody(_) => ConsoleError::NotFound,
            DataError::Store(error) => error.into(),
            DataError::Files(error) => ConsoleError::Internal(error.to_string()),
        }
    }
}
