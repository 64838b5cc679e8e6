//! `/api/inbox`, `/api/people/{person}/…`, `/api/tickets` and `/api/canned`: what the commands of the desk do.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    answer::{ApiError, ApiResult, EmptyBody, PathParam, json_if_any, json_of},
    auth::Operator,
    state::Api,
};
use crate::desk::{self, DeskError, PAGE, PATIENCE, Says, Subject};
use switchboard_core::act::Actor;

/// The most entries of one page of a conversation.
const PAGE_MAX: usize = 500;

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> ApiError {
        match error {
            DeskError::Nobody(_) | DeskError::NoTicket(_) | DeskError::NoCanned(_) => ApiError::not_found(error),
            DeskError::Taken(_)
            | DeskError::NotTaken
            | DeskError::NothingToClose
            | DeskError::TicketClosed(_)
            | DeskError::Changed => ApiError::conflict(error),
            DeskError::Words(_) => ApiError::unprocessable(error),
            DeskError::Store(error) => error.into(),
        }
    }
}

pub(super) async fn inbox(State(api): State<Arc<Api>>) -> ApiResult {
    let store = &api.app.store;
    let (all, now) = (store.inbox().await?, store.now());
    Ok(Json(json!({ "inbox": all.iter().map(|one| desk::waiting(one, now)).collect::<Value>() })))
}

/// The query parameters of a conversation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TalkQuery {
    before: Option<String>,
    limit: Option<usize>,
}

pub(super) async fn talk(
    State(api): State<Arc<Api>>,
    PathParam(person): PathParam<String>,
    query: Result<Query<TalkQuery>, QueryRejection>,
) -> ApiResult {
    let Query(TalkQuery { before, limit }) = query.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let store = &api.app.store;
    let of = desk::find(store, &person).await?;
    let before = match before {
        Some(text) => text.parse::<jiff::Timestamp>().map_err(|_| wrong_time(&text))?.as_millisecond(),
        None => i64::MAX,
    };
    let entries = store.talk(of.person, before, limit.unwrap_or(PAGE).clamp(1, PAGE_MAX)).await?;
    let earlier = entries.first().map(|entry| desk::iso(entry.at));
    let talk: Value = entries.iter().map(desk::entry).collect();
    Ok(Json(json!({ "person": of.person, "talk": talk, "before": earlier })))
}

fn wrong_time(text: &str) -> ApiError {
    ApiError::bad_request(format!("`before` is `{text}`; it must be a time such as 2026-11-27T08:00:00Z"))
}

/// The body of a claim.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ClaimBody {
    take: bool,
}

/// The body of what is said: words, or the name of a ready answer. Under a key it is said once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SayBody {
    text: Option<String>,
    canned: Option<String>,
    key: Option<Uuid>,
}

/// The body of a note.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteBody {
    text: String,
}

/// An act on a person, or on one who is named by a ticket.
pub(super) async fn act(
    State(api): State<Arc<Api>>,
    PathParam((person, act)): PathParam<(String, String)>,
    Extension(operator): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let of = desk::find(&api.app.store, &person).await?;
    act_on(&api, &of, &act, &operator.actor, body).await
}

async fn act_on(api: &Api, of: &Subject, act: &str, actor: &Actor, body: Body) -> ApiResult {
    let store = &api.app.store;
    match act {
        "claim" => {
            let ClaimBody { take } = json_if_any(body).await?;
            desk::claim(store, of, take, actor).await?;
            Ok(Json(json!({ "person": of.person, "claimed_by": actor.name })))
        }
        "say" | "answer" => said(api, of, json_of(body).await?, actor).await,
        "note" => {
            let NoteBody { text } = json_of(body).await?;
            desk::note(store, of, &text, actor).await?;
            Ok(Json(json!({ "person": of.person })))
        }
        "release" => {
            let EmptyBody {} = json_if_any(body).await?;
            desk::release(store, of, actor).await?;
            Ok(Json(json!({ "person": of.person })))
        }
        "close" => {
            let EmptyBody {} = json_if_any(body).await?;
            let closed = desk::close(store, of, actor).await?;
            Ok(Json(json!({ "person": of.person, "tickets": closed.tickets, "taken_from": closed.taken_from })))
        }
        _ => Err(ApiError::not_found(format!(
            "`{act}` is not an act of the desk: there are claim, say, note, release and close"
        ))),
    }
}

async fn said(api: &Api, of: &Subject, body: SayBody, actor: &Actor) -> ApiResult {
    let store = &api.app.store;
    let says = match (&body.text, &body.canned) {
        (Some(text), None) => Says::Words(text),
        (None, Some(name)) => Says::Canned(name),
        _ => return Err(ApiError::bad_request("say what: `\"text\"`, or the name of a ready answer in `\"canned\"`")),
    };
    let word = desk::say(store, of, says, body.key, actor).await?;
    let outcome = desk::outcome(store, of.person, word, PATIENCE).await?;
    let time_zone = &api.app.defaults.time_zone;
    if outcome.is_refused() {
        return Err(ApiError::unprocessable(outcome.sentence(time_zone)));
    }
    Ok(Json(json!({ "person": of.person, "id": word, "outcome": outcome.json(time_zone) })))
}

/// The query parameters of a list of tickets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TicketsQuery {
    #[serde(default)]
    closed: bool,
}

pub(super) async fn tickets(
    State(api): State<Arc<Api>>,
    query: Result<Query<TicketsQuery>, QueryRejection>,
) -> ApiResult {
    let Query(TicketsQuery { closed }) = query.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let tickets = api.app.store.tickets_all(closed).await?;
    Ok(Json(json!({ "tickets": tickets.iter().map(desk::ticket).collect::<Value>() })))
}

pub(super) async fn ticket(State(api): State<Arc<Api>>, PathParam(number): PathParam<String>) -> ApiResult {
    let store = &api.app.store;
    let ticket = of_ticket(&api, &number).await?.1;
    Ok(Json(desk::ticket_with_words(&ticket, &store.ticket_words(&ticket.number).await?)))
}

/// An act on a ticket.
pub(super) async fn ticket_act(
    State(api): State<Arc<Api>>,
    PathParam((number, act)): PathParam<(String, String)>,
    Extension(operator): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let (of, _) = of_ticket(&api, &number).await?;
    act_on(&api, &of, &act, &operator.actor, body).await
}

async fn of_ticket(api: &Api, number: &str) -> Result<(Subject, switchboard_store::Ticket), ApiError> {
    let none = || ApiError::from(DeskError::NoTicket(number.to_owned()));
    if !number.trim().to_uppercase().starts_with("T-") {
        return Err(none());
    }
    let of = desk::find(&api.app.store, number).await?;
    let ticket = of.ticket.clone().ok_or_else(none)?;
    Ok((of, ticket))
}

pub(super) async fn canned(State(api): State<Arc<Api>>) -> ApiResult {
    let all = api.app.store.canned().await?;
    Ok(Json(json!({ "canned": all.iter().map(desk::canned).collect::<Value>() })))
}

/// The body of a ready answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CannedBody {
    words: String,
    #[serde(default)]
    language: String,
}

/// The query parameters of the end of a ready answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CannedQuery {
    language: Option<String>,
}

pub(super) async fn one_canned(State(api): State<Arc<Api>>, PathParam(name): PathParam<String>) -> ApiResult {
    let all = api.app.store.canned().await?;
    let named: Vec<Value> = all.iter().filter(|one| one.name == name).map(desk::canned).collect();
    if named.is_empty() {
        return Err(DeskError::NoCanned(name).into());
    }
    Ok(Json(json!({ "canned": named })))
}

pub(super) async fn set_canned(
    State(api): State<Arc<Api>>,
    PathParam(name): PathParam<String>,
    Extension(operator): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let CannedBody { words, language } = json_of(body).await?;
    desk::set_canned(&api.app.store, &name, &language, &words, &operator.actor).await?;
    one_canned(State(api), PathParam(name)).await
}

pub(super) async fn remove_canned(
    State(api): State<Arc<Api>>,
    PathParam(name): PathParam<String>,
    Extension(operator): Extension<Operator>,
    query: Result<Query<CannedQuery>, QueryRejection>,
) -> ApiResult {
    let Query(CannedQuery { language }) = query.map_err(|error| ApiError::bad_request(error.body_text()))?;
    desk::remove_canned(&api.app.store, &name, language.as_deref(), &operator.actor).await?;
    Ok(Json(json!({ "name": name })))
}
