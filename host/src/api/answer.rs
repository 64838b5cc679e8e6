//! Request bodies and responses: JSON, with errors as one sentence and a status.

use axum::{
    Json,
    body::{Body, HttpBody},
    extract::{FromRequestParts, Path},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::StreamExt;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    flags::{EditError, people::PersonError},
    person::{DataError, MergeError},
    rollout::{OrderError, UploadError, VersionError},
};
use switchboard_core::operator::OperatorRole;
use switchboard_sandbox::plugins::MakeError;
use switchboard_store::StoreError;

/// The largest JSON body in bytes: far more than any flags' row or plan needs.
const JSON_MAX: u64 = 256 * 1024;

/// The body of a command without parameters: empty, or an empty object.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EmptyBody {}

/// The result of an endpoint.
pub(super) type ApiResult = Result<Json<Value>, ApiError>;

/// An error response: a status and one sentence.
#[derive(Debug)]
pub(super) struct ApiError(StatusCode, String);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.0, Json(json!({ "error": self.1 }))).into_response();
        if self.0 == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl ApiError {
    pub(super) fn bad_request(said: impl ToString) -> ApiError {
        ApiError(StatusCode::BAD_REQUEST, said.to_string())
    }

    pub(super) fn not_found(said: impl ToString) -> ApiError {
        ApiError(StatusCode::NOT_FOUND, said.to_string())
    }

    pub(super) fn unprocessable(said: impl ToString) -> ApiError {
        ApiError(StatusCode::UNPROCESSABLE_ENTITY, said.to_string())
    }

    pub(super) fn no_token() -> ApiError {
        let said = "the admin API is off: make an operator (`switchboard operators add <name> --role admin`), or set OPERATOR_TOKEN";
        ApiError(StatusCode::FORBIDDEN, said.into())
    }

    pub(super) fn unauthorized() -> ApiError {
        let said = "send the header `Authorization: Bearer` with your operator's token (`switchboard operators token`), or that of OPERATOR_TOKEN";
        ApiError(StatusCode::UNAUTHORIZED, said.into())
    }

    /// The operator's role is less than the route's.
    pub(super) fn role(name: &str, has: OperatorRole, needs: OperatorRole) -> ApiError {
        let said = format!("this needs the role {needs}; {name} has {has}: an admin gives another by `operators role`");
        ApiError(StatusCode::FORBIDDEN, said)
    }

    pub(super) fn internal(said: impl ToString) -> ApiError {
        ApiError(StatusCode::INTERNAL_SERVER_ERROR, said.to_string())
    }

    pub(super) fn wrong_method() -> ApiError {
        let said = "this path does not accept the method: docs/api.md lists the endpoints";
        ApiError(StatusCode::METHOD_NOT_ALLOWED, said.into())
    }

    pub(super) fn conflict(said: impl ToString) -> ApiError {
        ApiError(StatusCode::CONFLICT, said.to_string())
    }

    fn too_large(most: u64) -> ApiError {
        ApiError(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {most} bytes"))
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        ApiError(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
    }
}

impl From<EditError> for ApiError {
    fn from(error: EditError) -> ApiError {
        match error {
            EditError::Store(error) => error.into(),
            EditError::Refused(_) | EditError::Path(..) => ApiError::unprocessable(error),
            EditError::Row(..) | EditError::Busy => ApiError::conflict(error),
        }
    }
}

impl From<MergeError> for ApiError {
    fn from(error: MergeError) -> ApiError {
        match error {
            MergeError::Nobody(_) => ApiError::not_found(error),
            MergeError::Same(..) | MergeError::Changed => ApiError::conflict(error),
            MergeError::Store(error) => error.into(),
        }
    }
}

impl From<DataError> for ApiError {
    fn from(error: DataError) -> ApiError {
        match error {
            DataError::Nobody(_) => ApiError::not_found(error),
            DataError::Store(error) => error.into(),
            DataError::Files(_) => ApiError::internal(error),
        }
    }
}

impl From<PersonError> for ApiError {
    fn from(error: PersonError) -> ApiError {
        match error {
            PersonError::Nobody(_) => ApiError::not_found(error),
            PersonError::Edit(error) => error.into(),
            PersonError::Store(error) => error.into(),
        }
    }
}

impl From<OrderError> for ApiError {
    fn from(error: OrderError) -> ApiError {
        match error {
            OrderError::None | OrderError::State(_) | OrderError::UnderWay | OrderError::Refused(_) => {
                ApiError::conflict(error)
            }
            OrderError::Row(error) => error.into(),
            OrderError::Store(error) => error.into(),
        }
    }
}

impl From<VersionError> for ApiError {
    fn from(error: VersionError) -> ApiError {
        match error {
            VersionError::NothingKept(_) => ApiError::not_found(error),
            VersionError::NotOne { .. } => ApiError::unprocessable(error),
            VersionError::Store(error) => error.into(),
            VersionError::NothingTried(_)
            | VersionError::NothingBefore { .. }
            | VersionError::Dropped { .. }
            | VersionError::Serves(_)
            | VersionError::Gated(..)
            | VersionError::NotRunning(_)
            | VersionError::NotHeld(_)
            | VersionError::NotPinned(_) => ApiError::conflict(error),
        }
    }
}

impl From<MakeError> for ApiError {
    fn from(error: MakeError) -> ApiError {
        match error {
            MakeError::NoAgent(..) => ApiError::not_found(error),
            MakeError::Refused(_) => ApiError::unprocessable(error),
        }
    }
}

impl From<UploadError> for ApiError {
    fn from(error: UploadError) -> ApiError {
        match error {
            UploadError::Made(error) => error.into(),
            UploadError::Refused(_) => ApiError::conflict(error),
            UploadError::Files(..) => ApiError(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
            UploadError::Store(error) => error.into(),
        }
    }
}

/// A path parameter, percent-decoded.
pub(super) struct PathParam<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for PathParam<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<PathParam<T>, ApiError> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(part)| PathParam(part)).map_err(|_| ApiError::bad_request("the path is not UTF-8"))
    }
}

/// Reads a JSON body.
pub(super) async fn json_of<T: DeserializeOwned>(body: Body) -> Result<T, ApiError> {
    let value: Value = serde_json::from_slice(&read(body, JSON_MAX).await?)
        .map_err(|error| ApiError::bad_request(format!("the body is not JSON: {error}")))?;
    T::deserialize(value).map_err(|error| ApiError::bad_request(format!("the body has another shape: {error}")))
}

/// Reads a JSON body that may be empty.
pub(super) async fn json_if_any<T: DeserializeOwned + Default>(body: Body) -> Result<T, ApiError> {
    match read(body, JSON_MAX).await? {
        bytes if bytes.trim_ascii().is_empty() => Ok(T::default()),
        bytes => json_of(bytes.into()).await,
    }
}

/// Reads a body of at most `most` bytes.
pub(super) async fn read(body: Body, most: u64) -> Result<Bytes, ApiError> {
    let announced = HttpBody::size_hint(&body).lower();
    if announced > most {
        return Err(ApiError::too_large(most));
    }
    let mut chunks = body.into_data_stream();
    let mut whole = bytes::BytesMut::with_capacity(usize::try_from(announced).unwrap_or_default());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| ApiError::bad_request("the body was cut off"))?;
        if (whole.len() + chunk.len()) as u64 > most {
            return Err(ApiError::too_large(most));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

/// Parses JSON that is stored as text; a JSON string if the text is not JSON.
pub(super) fn json_text(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| serde_json::from_str(text).unwrap_or_else(|_| text.into()))
}

/// A time in milliseconds as ISO 8601; `null` for 0.
pub(super) fn time(ms: i64) -> Value {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(at) if ms > 0 => at.to_string().into(),
        _ => Value::Null,
    }
}
