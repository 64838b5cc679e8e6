//! `/assets/{hash}/{name}`: the files that pages load.

use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};

use super::answer::ConsoleError;

/// What is at an address with a hash never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

pub(super) async fn file(Path((hash, name)): Path<(String, String)>) -> Result<Response, ConsoleError> {
    let asset = switchboard_console::asset(&hash, &name).ok_or(ConsoleError::NotFound)?;
    let headers = [(header::CONTENT_TYPE, asset.content_type), (header::CACHE_CONTROL, FOREVER)];
    Ok((headers, asset.bytes).into_response())
}
