//! Uploads of components.

use axum::{
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request},
    http::StatusCode,
};
use switchboard_console::{Level, Notice};

use super::{
    agent, agents,
    answer::{ConsoleError, PageResult, see},
    request::PageRequest,
};
use crate::rollout::{self, UploadError};

/// What an upload's form has beside the component, in bytes.
const FORM_BYTES: u64 = 64 << 10;

/// Uploads a component. It is checked before anything changes; what is wrong is said on the agent's page.
pub(super) async fn upload(request: PageRequest, mut form: Request) -> PageResult {
    let PageRequest { console, guest, look, .. } = &request;
    let (app, t) = (&console.app, request.t());
    let most = app.plugins.component_bytes_max();
    DefaultBodyLimit::max(usize::try_from(most + FORM_BYTES).unwrap_or(usize::MAX)).apply(&mut form);
    let mut form = Multipart::from_request(form, &()).await.map_err(|_| ConsoleError::Malformed)?;
    let (mut name, mut wasm) = (String::new(), None);
    while let Some(field) = form.next_field().await.map_err(|_| ConsoleError::Malformed)? {
        match field.name() {
            Some("name") => name = field.text().await.map_err(|_| ConsoleError::Malformed)?.trim().to_owned(),
            Some("file") => wasm = Some(field.bytes().await),
            _ => {}
        }
    }
    let bytes = i64::try_from(most).unwrap_or(i64::MAX);
    let too_large = || t.agents.upload_large.replace("{n}", &look.language.bytes(bytes));
    let wasm = match wasm {
        Some(Ok(wasm)) if wasm.len() as u64 > most => return refused(&request, &name, too_large()).await,
        Some(Ok(wasm)) if !wasm.is_empty() => wasm,
        Some(Err(_)) => return refused(&request, &name, too_large()).await,
        _ => return refused(&request, &name, t.agents.upload_no_file.to_owned()).await,
    };
    let uploaded = rollout::upload(&app.store, &app.plugins, &name, wasm.into(), &guest.actor, app.clock.now()).await;
    match uploaded {
        Ok(uploaded) => see(&format!("/agents/{name}?done=uploaded&sha256={}", uploaded.sha256)),
        Err(UploadError::Store(error)) => Err(error.into()),
        Err(error) => refused(&request, &name, error.to_string()).await,
    }
}

/// Why an upload changed nothing: on the agent's page, or on the list if there is no such agent.
async fn refused(request: &PageRequest, name: &str, words: String) -> PageResult {
    let app = &request.console.app;
    let notice = Some(Notice { level: Level::Bad, words });
    let mut response = match rollout::listed(&app.plugins, &app.flags.current()).iter().any(|one| one.name == name) {
        true => agent::shown(request, name, notice).await?,
        false => agents::shown(request, notice).await?,
    };
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}
