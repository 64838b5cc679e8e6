//! The emulated business account: its number and its webhook subscription.

use axum::{
    Json,
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    graph,
    state::{DISPLAY, Emulator},
};

/// Answers the business number, or refuses the token.
pub(super) fn number(emulator: &Emulator, headers: &HeaderMap) -> Response {
    if refuses(emulator, headers) {
        return token(emulator);
    }
    Json(json!({ "id": emulator.0.settings.phone_number_id, "display_phone_number": DISPLAY })).into_response()
}

/// `GET /{version}/{account}/subscribed_apps`.
pub(super) async fn subscribed(State(emulator): State<Emulator>, headers: HeaderMap) -> Response {
    if refuses(&emulator, &headers) {
        return token(&emulator);
    }
    let world = emulator.world();
    let mut app = json!({ "whatsapp_business_api_data": { "id": "1", "name": "switchboard" } });
    if let Some(url) = &world.override_url {
        app["override_callback_uri"] = json!(url);
    }
    let apps: Vec<Value> = if world.faults.unsubscribed { Vec::new() } else { vec![app] };
    Json(json!({ "data": apps })).into_response()
}

/// `POST /{version}/{account}/subscribed_apps`: overrides the webhook's address after verifying it with a challenge;
/// without an address, removes the override.
pub(super) async fn subscribe(
    State(emulator): State<Emulator>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if refuses(&emulator, &headers) {
        return token(&emulator);
    }
    let url = body["override_callback_uri"].as_str().map(str::to_owned);
    if let Some(url) = &url {
        let challenge = uuid::Uuid::now_v7().to_string();
        let token = body["verify_token"].as_str().unwrap_or_default();
        let query = [("hub.mode", "subscribe"), ("hub.verify_token", token), ("hub.challenge", &challenge)];
        let Ok(asked) = reqwest::Url::parse_with_params(url, query) else {
            return graph::refuse(&emulator, 400, graph::REQUEST, "override_callback_uri is no address");
        };
        let said = match emulator.0.http.get(asked).send().await {
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        };
        if said != challenge {
            return graph::refuse(&emulator, 400, 2200, "Callback verification failed");
        }
    }
    emulator.world().override_url = url;
    Json(json!({ "success": true })).into_response()
}

/// Templates of a page: fewer than Meta's, so that tests see pages.
const PAGE: usize = 2;

/// The query of templates.
#[derive(Deserialize)]
pub(super) struct Page {
    after: Option<usize>,
}

/// `GET /{version}/{account}/message_templates`, a page at a time.
pub(super) async fn templates(
    State(emulator): State<Emulator>,
    headers: HeaderMap,
    Query(Page { after }): Query<Page>,
) -> Response {
    if refuses(&emulator, &headers) {
        return token(&emulator);
    }
    let all = emulator.world().templates.clone();
    let end = after.unwrap_or(0) + PAGE;
    let page: Vec<Value> = all.iter().skip(end - PAGE).take(PAGE).cloned().collect();
    let mut answer = json!({ "data": page, "paging": { "cursors": { "after": end.to_string() } } });
    if end < all.len() {
        answer["paging"]["next"] = json!("https://graph.example/next");
    }
    Json(answer).into_response()
}

/// `PUT /emulator/templates`: sets the account's templates, in Meta's form. From then on only those are sent that are approved, with as
/// many values as they have variables.
pub(super) async fn set_templates(State(emulator): State<Emulator>, Json(templates): Json<Vec<Value>>) -> Json<Value> {
    emulator.world().templates = templates;
    Json(json!({ "success": true }))
}

fn refuses(emulator: &Emulator, headers: &HeaderMap) -> bool {
    emulator.world().faults.refuse_token || !graph::has_token(headers)
}

fn token(emulator: &Emulator) -> Response {
    graph::refuse(emulator, 401, graph::TOKEN, "Invalid OAuth access token")
}
