//! `/inbox`, `/inbox/{person}`: who waits for a human, the conversation with one of them, and what is done there. A person is named by their
//! id, so that no number stands in an address.

use axum::{extract::Path, http::StatusCode};
use switchboard_console::{
    Level, Notice, Place, Texts,
    pages::{InboxPage, Item, Tab},
};
use switchboard_core::{act::Act, phone::mask_numbers, text::is_blank, window::WINDOW_MS};
use switchboard_store::Waiting;
use uuid::Uuid;

use super::{
    answer::{ConsoleError, PageResult, page, see},
    fields::Fields,
    guard::Guest,
    request::PageRequest,
    state::Console,
    talk::{self, Shown},
    view::About,
};
use crate::desk::{self, DeskError, Says, Subject};

/// The longest reason for a look at a number, in characters.
const REASON_MAX: usize = 200;

/// What a page of the inbox says beside the list and the conversation.
#[derive(Default)]
struct Beside {
    notice: Option<Notice>,
    status: StatusCode,
    draft: String,
    shows_number: bool,
}

pub(super) async fn list(request: PageRequest) -> PageResult {
    shown(&request, None, &request.fields, Beside::default()).await
}

pub(super) async fn one(request: PageRequest, Path(person): Path<String>) -> PageResult {
    let person = person_of(&request.console, &person).await?;
    let notice = done(request.fields.get("done"), request.t());
    shown(&request, Some(person), &request.fields, Beside { notice, ..Beside::default() }).await
}

/// The person of an id; one who was merged into another is that one.
pub(super) async fn person_of(console: &Console, id: &str) -> Result<Uuid, ConsoleError> {
    let id: Uuid = id.parse().map_err(|_| ConsoleError::NotFound)?;
    console.app.store.person_of(&id.to_string()).await?.ok_or(ConsoleError::NotFound)
}

/// What was done, as a sentence.
fn done(name: &str, t: &'static Texts) -> Option<Notice> {
    let words = match name {
        "claim" => t.inbox.done_claim,
        "release" => t.inbox.done_release,
        "close" => t.inbox.done_close,
        "note" => t.inbox.done_note,
        _ => return None,
    };
    Some(Notice { level: Level::Fine, words: words.to_owned() })
}

/// An act on a person. Afterwards the conversation is shown again; what was refused is said there, and what was written stays.
pub(super) async fn act(request: PageRequest, Path((person, act)): Path<(String, String)>) -> PageResult {
    let PageRequest { console, guest, fields, .. } = &request;
    let person = person_of(console, &person).await?;
    let (store, of) = (&console.app.store, Subject { person, ticket: None });
    let (text, actor) = (fields.get("text"), &guest.actor);
    let acted = match act.as_str() {
        "claim" => desk::claim(store, &of, fields.get("take") == "yes", actor).await,
        "release" => desk::release(store, &of, actor).await,
        "close" => desk::close(store, &of, actor).await.map(drop),
        "note" => desk::note(store, &of, text, actor).await,
        "say" => {
            let says = match fields.get("canned") {
                name if is_blank(text) && !name.is_empty() => Says::Canned(name),
                _ => Says::Words(text),
            };
            let key: Uuid = fields.get("key").parse().map_err(|_| ConsoleError::Malformed)?;
            desk::say(store, &of, says, Some(key), actor).await.map(drop)
        }
        "number" => return number(&request, person).await,
        _ => return Err(ConsoleError::NotFound),
    };
    match acted {
        Ok(()) if act == "say" => see(&format!("/inbox/{person}#answer")),
        Ok(()) => see(&format!("/inbox/{person}?done={act}")),
        Err(DeskError::Store(error)) => Err(error.into()),
        Err(DeskError::Nobody(_)) => Err(ConsoleError::NotFound),
        Err(error) => {
            let (status, words) = refused(&error, text, request.t());
            let notice = Some(Notice { level: Level::Bad, words });
            let draft = if act == "say" { text.to_owned() } else { String::new() };
            let beside = Beside { notice, status, draft, shows_number: false };
            shown(&request, Some(person), &Fields::default(), beside).await
        }
    }
}

/// Why something was not done, in the visitor's language.
fn refused(error: &DeskError, text: &str, t: &Texts) -> (StatusCode, String) {
    let words = match error {
        DeskError::Taken(by) => t.inbox.error_taken.replace("{who}", by),
        DeskError::NotTaken => t.inbox.error_not_taken.to_owned(),
        DeskError::NothingToClose => t.inbox.error_nothing_to_close.to_owned(),
        DeskError::NoCanned(_) => t.inbox.error_canned.to_owned(),
        DeskError::Words(_) if is_blank(text) => t.inbox.error_empty.to_owned(),
        DeskError::Words(_) => t.inbox.error_long.to_owned(),
        _ => t.inbox.error_changed.to_owned(),
    };
    let status = match error {
        DeskError::Words(_) => StatusCode::UNPROCESSABLE_ENTITY,
        DeskError::NoCanned(_) => StatusCode::NOT_FOUND,
        _ => StatusCode::CONFLICT,
    };
    (status, words)
}

/// Shows a person's number once; that it was shown, and why, is recorded first.
async fn number(request: &PageRequest, person: Uuid) -> PageResult {
    let reason: String = request.fields.get("reason").trim().chars().take(REASON_MAX).collect();
    let mut beside = Beside::default();
    if is_blank(&reason) {
        let words = request.t().inbox.error_reason.to_owned();
        beside.notice = Some(Notice { level: Level::Bad, words });
        beside.status = StatusCode::UNPROCESSABLE_ENTITY;
    } else {
        let act = Act::on("person.number", person.to_string()).changes(None, Some(mask_numbers(&reason)));
        request.console.app.store.record_act(&request.guest.actor, act).await?;
        beside.shows_number = true;
    }
    shown(request, Some(person), &Fields::default(), beside).await
}

async fn shown(request: &PageRequest, person: Option<Uuid>, query: &Fields, beside: Beside) -> PageResult {
    let PageRequest { console, guest, .. } = request;
    let (now, t) = (console.now().await, request.t());
    let all = console.app.store.inbox().await?;
    let topics = person.map_or_else(|| "inbox".to_owned(), |person| format!("inbox,talk-{person}"));
    let mut about = About::new(Place::Inbox, t.frame.inbox).topics(topics);
    (about.notice, about.is_full) = (beside.notice, true);
    let f = request.frame(&now, about);
    let at = f.clock.now;
    let items: Vec<Item> = all.iter().map(|one| item(one, guest, at, t)).collect();
    let talk = match person {
        Some(person) => {
            let before = query.get("before").parse().unwrap_or(i64::MAX);
            let how = Shown { person, before, draft: beside.draft, shows_number: beside.shows_number };
            Some(talk::read(console, guest, &f, how).await?)
        }
        None => None,
    };
    let (tabs, items) = chosen(items, query.get("which"), t);
    let mut response = page(&InboxPage { f, tabs, items, talk })?;
    *response.status_mut() = beside.status;
    Ok(response)
}

/// The parts of the list, and those of the one that is shown.
fn chosen(items: Vec<Item>, which: &str, t: &'static Texts) -> (Vec<Tab>, Vec<Item>) {
    let waits = |item: &Item| item.waits_ms.is_some();
    let mine = |item: &Item| item.is_mine;
    let which = if ["waits", "mine"].contains(&which) { which } else { "" };
    let tab = |name, value: &str, count: usize| Tab {
        name,
        href: if value.is_empty() { "/inbox".to_owned() } else { format!("/inbox?which={value}") },
        count: count as i64,
        is_current: which == value,
    };
    let tabs = vec![
        tab(t.inbox.tab_all, "", items.len()),
        tab(t.inbox.tab_waits, "waits", items.iter().filter(|item| waits(item)).count()),
        tab(t.inbox.tab_mine, "mine", items.iter().filter(|item| mine(item)).count()),
    ];
    let is_shown = |item: &Item| match which {
        "waits" => waits(item),
        "mine" => mine(item),
        _ => true,
    };
    (tabs, items.into_iter().filter(is_shown).collect())
}

fn item(one: &Waiting, guest: &Guest, now: i64, t: &'static Texts) -> Item {
    let about = one.tickets.first().map(|ticket| ticket.subject.clone()).or_else(|| one.agent.clone());
    Item {
        person: one.person.to_string(),
        name: talk::name_of(one.name.clone(), one.person, t),
        about: about.unwrap_or_default(),
        waits_ms: one.since().map(|since| now - since),
        unread: one.unread,
        why: match desk::why(one) {
            "emergency" => t.inbox.why_emergency,
            "asked" => t.inbox.why_asked,
            "ticket" => t.inbox.why_ticket,
            "app" => t.inbox.why_app,
            _ => t.inbox.why_taken,
        },
        tickets: one.tickets.iter().map(|ticket| ticket.number.clone()).collect(),
        is_mine: one.claimed_by.as_deref() == Some(&guest.actor.name),
        claimed_by: one.claimed_by.clone(),
        is_closed: now - one.wrote_at >= WINDOW_MS,
    }
}
