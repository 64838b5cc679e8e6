//! Media files: added by the test that plays the phone, downloaded by the host in Meta's two steps.

use axum::{
    Json,
    body::Body,
    extract::{Multipart, Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    account,
    faults::FileHow,
    graph,
    state::{Emulator, new_media_id},
};

/// `PUT /emulator/media/{id}`: adds a file that a phone sends.
pub(super) async fn put(
    State(emulator): State<Emulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let kind =
        headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("application/octet-stream");
    emulator.put_file(&id, kind, body);
    StatusCode::NO_CONTENT
}

/// `DELETE /emulator/media/{id}`: removes a file, as Meta does when it is too old.
pub(super) async fn expire(State(emulator): State<Emulator>, Path(id): Path<String>) -> StatusCode {
    match emulator.world().media.remove(&id) {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::NOT_FOUND,
    }
}

/// `POST /{version}/{phone_number_id}/media`: uploads a file to be sent.
pub(super) async fn upload(
    State(emulator): State<Emulator>,
    Path((_, business)): Path<(String, String)>,
    headers: HeaderMap,
    mut form: Multipart,
) -> Response {
    if !graph::has_token(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let (mut product, mut file) = (None, None);
    while let Ok(Some(field)) = form.next_field().await {
        match field.name() {
            Some("messaging_product") => product = field.text().await.ok(),
            Some("file") => {
                let kind = field.content_type().unwrap_or("application/octet-stream").to_owned();
                file = field.bytes().await.ok().map(|bytes| (kind, bytes));
            }
            _ => {}
        }
    }
    if let Some(fail) = { emulator.world().faults.next_fail(&business, true) } {
        return graph::answer(&emulator, &fail).await;
    }
    let (Some("whatsapp"), Some((kind, bytes))) = (product.as_deref(), file) else {
        return graph::refuse(&emulator, 400, graph::REQUEST, "messaging_product and file are required");
    };
    let id = new_media_id(&business);
    emulator.put_file(&id, &kind, bytes);
    Json(json!({ "id": id })).into_response()
}

/// `GET /{version}/{media id}`: a file's URL and metadata. The URL uses the request's `Host`.
pub(super) async fn about(
    State(emulator): State<Emulator>,
    Path((version, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if id == emulator.0.settings.phone_number_id {
        return account::number(&emulator, &headers);
    }
    if !graph::has_token(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let fault = { emulator.world().faults.next_file(&id, true) };
    match fault.as_ref().map(|fault| fault.how) {
        Some(FileHow::Hang) => return std::future::pending().await,
        Some(FileHow::Refuse) => {
            return StatusCode::from_u16(fault.map_or(503, |fault| fault.status))
                .unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
                .into_response();
        }
        _ => {}
    }
    let found = emulator.world().media.get(&id).cloned();
    let Some((kind, bytes)) = found else { return StatusCode::NOT_FOUND.into_response() };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let how = fault.map(|fault| fault.how);
    let url = match how {
        Some(FileHow::Elsewhere) => format!("http://elsewhere.invalid/{id}"),
        _ => format!("http://{host}/{version}/{id}/bytes"),
    };
    let size = if how == Some(FileHow::Vast) { 1 << 30 } else { bytes.len() };
    let answer = json!({
        "messaging_product": "whatsapp",
        "url": url,
        "mime_type": kind,
        "sha256": hex::encode(Sha256::digest(&bytes)),
        "file_size": size,
        "id": id,
    });
    Json(answer).into_response()
}

/// The file's bytes.
pub(super) async fn bytes(
    State(emulator): State<Emulator>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if !graph::has_token(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let fault = { emulator.world().faults.next_file(&id, false) };
    let Some((kind, bytes)) = emulator.world().media.get(&id).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let part = bytes.slice(..bytes.len() / 2);
    let body = match fault.map(|fault| fault.how) {
        None => Body::from(bytes),
        Some(FileHow::Redirect) => {
            let to = [(header::LOCATION, format!("/emulator/media-elsewhere/{id}"))];
            return (StatusCode::FOUND, to).into_response();
        }
        Some(FileHow::Half) => Body::from(part),
        Some(FileHow::Stall) => {
            let first = stream::once(async move { Ok::<_, std::io::Error>(part) });
            Body::from_stream(first.chain(stream::pending()))
        }
        Some(FileHow::Endless) => {
            Body::from_stream(stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[0xff; 65_536]))))
        }
        Some(_) => Body::from(bytes.iter().rev().copied().collect::<Vec<u8>>()),
    };
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

/// The first bytes of a file of a type, as phones send it.
pub(super) fn beginning(mime: &str) -> &'static [u8] {
    match mime.split(';').next().unwrap_or_default() {
        "image/jpeg" => b"\xff\xd8\xff\xe0",
        "image/png" => b"\x89PNG\r\n\x1a\n",
        "image/webp" => b"RIFF\0\0\0\0WEBP",
        "audio/ogg" => b"OggS",
        "video/mp4" => b"\0\0\0\x18ftypisom",
        "application/pdf" => b"%PDF-1.7\n",
        _ => b"",
    }
}
