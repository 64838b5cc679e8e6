//! `/settings`: operators and ready answers.

use axum::{extract::Path, http::StatusCode};
use switchboard_console::{
    Level, Notice, Place, Texts,
    pages::{CannedView, NumberView, OperatorView, SettingsPage},
};
use switchboard_core::{operator::OperatorRole, text::LANGUAGES};
use switchboard_store::{BusinessNumber, NumberRow, OperatorRow};

use super::{
    answer::{ConsoleError, PageResult, page, see},
    request::PageRequest,
    view::About,
};
use crate::{
    desk::{self, DeskError},
    operators::{self, OperatorError},
};

/// What the page says beside the lists.
#[derive(Default)]
struct Beside {
    notice: Option<Notice>,
    status: StatusCode,
    token: Option<(String, String)>,
}

pub(super) async fn show(request: PageRequest) -> PageResult {
    let notice = done(request.fields.get("done"), request.t());
    shown(&request, Beside { notice, ..Beside::default() }).await
}

fn done(name: &str, t: &'static Texts) -> Option<Notice> {
    let words = match name {
        "saved" => t.settings.done_saved,
        "removed" => t.settings.done_removed,
        "role" => t.settings.done_role,
        "revoke" => t.settings.done_revoked,
        _ => return None,
    };
    Some(Notice { level: Level::Fine, words: words.to_owned() })
}

/// Makes an operator, and shows their token once.
pub(super) async fn add(request: PageRequest) -> PageResult {
    let PageRequest { console, guest, fields, .. } = &request;
    let role = OperatorRole::parse(fields.get("role")).ok_or(ConsoleError::Malformed)?;
    let name = fields.get("name").trim();
    let made = operators::add(&console.app.store, name, role, &guest.actor).await;
    let token = made.map(|token| Some((name.to_owned(), (*token).to_owned())));
    told(&request, token, "").await
}

/// Changes an operator: `role`, `token` or `revoke`.
pub(super) async fn change(request: PageRequest, Path((name, act)): Path<(String, String)>) -> PageResult {
    let PageRequest { console, guest, fields, .. } = &request;
    let (store, actor) = (&console.app.store, &guest.actor);
    let changed = match act.as_str() {
        "role" => {
            let role = OperatorRole::parse(fields.get("role")).ok_or(ConsoleError::Malformed)?;
            operators::set_role(store, &name, role, actor).await.map(|_| None)
        }
        "token" => operators::renew_token(store, &name, actor).await.map(|token| Some((name, (*token).to_owned()))),
        "revoke" => operators::revoke(store, &name, actor).await.map(|()| None),
        _ => return Err(ConsoleError::NotFound),
    };
    told(&request, changed, &act).await
}

/// What came of a change of operators: a token is shown at once, since it is shown once; an error is said beside the list.
async fn told(
    request: &PageRequest,
    changed: Result<Option<(String, String)>, OperatorError>,
    act: &str,
) -> PageResult {
    match changed {
        Ok(None) => see(&format!("/settings?done={act}")),
        Ok(token) => shown(request, Beside { token, ..Beside::default() }).await,
        Err(OperatorError::Store(error)) => Err(error.into()),
        Err(error) => refused(request, error.to_string()).await,
    }
}

/// The page with a sentence that says why nothing was changed.
async fn refused(request: &PageRequest, words: String) -> PageResult {
    let notice = Some(Notice { level: Level::Bad, words });
    shown(request, Beside { notice, status: StatusCode::UNPROCESSABLE_ENTITY, token: None }).await
}

/// Sets a ready answer.
pub(super) async fn set_canned(request: PageRequest) -> PageResult {
    let PageRequest { console, guest, fields, .. } = &request;
    let (name, language, words) = (fields.get("name").trim(), fields.get("language"), fields.get("words"));
    match desk::set_canned(&console.app.store, name, language, words, &guest.actor).await {
        Ok(()) => see("/settings?done=saved#ready"),
        Err(DeskError::Store(error)) => Err(error.into()),
        Err(error) => refused(&request, error.to_string()).await,
    }
}

/// Removes a ready answer in one language.
pub(super) async fn remove_canned(PageRequest { console, guest, fields, .. }: PageRequest) -> PageResult {
    let language = Some(fields.get("language"));
    match desk::remove_canned(&console.app.store, fields.get("name"), language, &guest.actor).await {
        Ok(()) | Err(DeskError::NoCanned(_)) => see("/settings?done=removed#ready"),
        Err(DeskError::Store(error)) => Err(error.into()),
        Err(error) => Err(ConsoleError::Internal(error.to_string())),
    }
}

async fn shown(request: &PageRequest, beside: Beside) -> PageResult {
    let console = &request.console;
    let (now, store, t) = (console.now().await, &console.app.store, request.t());
    let mut about = About::new(Place::Settings, t.frame.settings);
    about.notice = beside.notice;
    let canned =
        |one: switchboard_store::Canned| CannedView { name: one.name, language: one.language, words: one.words };
    let mut response = page(&SettingsPage {
        f: request.frame(&now, about),
        operators: store.operators().await?.into_iter().map(operator).collect(),
        roles: OperatorRole::ALL.map(OperatorRole::as_str).to_vec(),
        canned: store.canned().await?.into_iter().map(canned).collect(),
        languages: LANGUAGES.to_vec(),
        numbers: store.numbers().await?.into_iter().map(|number| numbered(number, now.snapshot.now)).collect(),
        business: business(request),
        token: beside.token,
    })?;
    *response.status_mut() = beside.status;
    Ok(response)
}

fn numbered(number: BusinessNumber, now: i64) -> NumberView {
    NumberView {
        rests: number.rest_reason.filter(|_| number.rests_until > now).map(|why| (why, number.rests_until)),
        name: said(number.settings),
        business: number.business,
    }
}

/// What an operator says of a number, in one line.
fn said(row: NumberRow) -> String {
    let list = |json: String| serde_json::from_str::<Vec<String>>(&json).map_or(json, |list| list.join(", "));
    let parts = [row.name, row.languages.map(list), row.agents.map(list), row.hours, row.notice_template];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What the configuration says of the business, by its variables.
fn business(request: &PageRequest) -> Vec<(&'static str, String)> {
    let (t, defaults) = (request.t(), &request.console.app.defaults);
    let set = |value: String| if value.is_empty() { t.settings.not_set.to_owned() } else { value };
    let template = defaults.notice_template.as_ref().map(|template| format!("{}:{}", template.name, template.language));
    let hours = defaults.hours.as_ref().map(|hours| {
        let opens = crate::hours::opens(hours, request.console.app.clock.now(), &defaults.time_zone);
        if opens.is_none() { t.settings.hours_open } else { t.settings.hours_closed }.to_owned()
    });
    vec![
        ("BUSINESS_HOURS", set(hours.unwrap_or_default())),
        ("NOTICE_TEMPLATE", set(template.unwrap_or_default())),
        ("MARKETING_TEMPLATES", set(defaults.marketing_templates.join(", "))),
        ("DEFAULT_LANGUAGE", defaults.language.clone()),
        ("DEFAULT_TIME_ZONE", defaults.time_zone.clone()),
        ("DEFAULT_CURRENCY", defaults.currency.clone()),
        ("DEFAULT_COUNTRY", defaults.calling_code.clone()),
    ]
}

fn operator(row: OperatorRow) -> OperatorView {
    OperatorView {
        name: row.name,
        role: row.role.as_str(),
        made: (row.created_at, row.created_by),
        used_at: row.used_at,
        revoked_at: row.revoked_at,
    }
}
