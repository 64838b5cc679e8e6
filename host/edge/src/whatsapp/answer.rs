//! Answers of the Graph API to a send or an upload: the id, or the error and what it means.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{
    StatusCode,
    header::{DATE, HeaderMap, RETRY_AFTER},
};
use serde_json::Value;

use super::json;
use switchboard_core::{failure::Failure, phone::mask_numbers};

/// The longest `Retry-After` that is obeyed.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60 * 60);

/// The most characters of Meta's message, and of its details, in an error.
const WORDS_MAX: usize = 300;

/// The result of a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// Meta accepted it under this wamid.
    Sent {
        /// Meta's id of the message.
        wamid: String,
    },
    /// Meta did not take it.
    Refused {
        /// What it concerns, and whether it may be sent again.
        why: Failure,
        /// How long Meta asks to wait, at most an hour.
        retry_after: Option<Duration>,
        /// The error, for the operator.
        error: String,
    },
    /// It may have been taken; only a status can tell.
    Unknown {
        /// The error, for the operator.
        error: String,
        /// Whether Meta as a whole seems to be in trouble: a server error, no answer in time, or a broken connection.
        outage: bool,
    },
}

impl SendOutcome {
    /// A refusal without `Retry-After`.
    pub fn refused(why: Failure, error: impl Into<String>) -> SendOutcome {
        SendOutcome::Refused { why, retry_after: None, error: error.into() }
    }
}

/// An answer that is not a success, or none.
pub(super) struct NotSent {
    /// The failure; none if it may have been taken.
    pub(super) why: Option<Failure>,
    /// How long Meta asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// Whether Meta as a whole seems to be in trouble.
    pub(super) outage: bool,
    /// The error, for the operator.
    pub(super) error: String,
}

impl From<NotSent> for SendOutcome {
    fn from(not_sent: NotSent) -> SendOutcome {
        let NotSent { why, retry_after, outage, error } = not_sent;
        match why {
            Some(why) => SendOutcome::Refused { why, retry_after, error },
            None => SendOutcome::Unknown { error, outage },
        }
    }
}

/// Classifies an answer to a send.
pub(super) fn to_send(status: StatusCode, headers: &HeaderMap, answer: &Value) -> SendOutcome {
    if status.is_success() {
        return match json::id(&answer["messages"][0]["id"]) {
            Some(wamid) => SendOutcome::Sent { wamid },
            None => {
                SendOutcome::Unknown { error: format!("HTTP {} without a message id", status.as_u16()), outage: false }
            }
        };
    }
    refusal(status, headers, answer).into()
}

/// Classifies an answer that is not a success. The code decides; the HTTP status if there is none, or if the code is
/// not in the table and the status is one of rate limits or server errors.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, answer: &Value) -> NotSent {
    let outage = status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT;
    let whole = |value: &Value| json::number(value).map(|number| number as i64);
    let code = whole(&answer["error"]["code"]);
    let by_code = code.map(|code| Failure::of_code(code, whole(&answer["error"]["error_subcode"])));
    let why = match by_code {
        Some(Some(Failure::Unlisted)) | None => match status {
            StatusCode::TOO_MANY_REQUESTS => Some(Failure::Rate),
            _ if outage => None,
            // The path names the business number.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND if code.is_none() => {
                Some(Failure::Number)
            }
            _ if status.is_redirection() => Some(Failure::Number),
            _ => Some(Failure::Unlisted),
        },
        Some(known) => known,
    };
    NotSent { why, retry_after: retry_after(headers), outage, error: words(status, &answer["error"]) }
}

/// The error for the operator: code, subcode, message and details, with phone numbers masked.
fn words(status: StatusCode, error: &Value) -> String {
    let Some(code) = json::id(&error["code"]) else { return format!("HTTP {}", status.as_u16()) };
    let subcode = json::id(&error["error_subcode"]).map(|subcode| format!("/{subcode}")).unwrap_or_default();
    let part = |value: &Value| json::text(value).map(|text| text.chars().take(WORDS_MAX).collect::<String>());
    let message = part(&error["message"]).unwrap_or_default();
    let details = part(&error["error_data"]["details"]).filter(|details| *details != message);
    let details = details.map(|details| format!(": {details}")).unwrap_or_default();
    format!("{code}{subcode}: {}", mask_numbers(&format!("{message}{details}")))
}

/// The header `Retry-After`, in seconds or as a date, at most an hour. A date counts from the answer's own date, so
/// that a wrong clock does not matter.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let date = |text: &str| rfc2822::parse(text).ok().map(|date| date.timestamp());
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let sent = headers.get(DATE).and_then(|sent| date(sent.to_str().ok()?)).unwrap_or_else(Timestamp::now);
            Duration::try_from(date(text)?.duration_since(sent)).unwrap_or_default()
        }
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn class(status: u16, error: Value) -> &'static str {
        let status = StatusCode::from_u16(status).expect("a status");
        match to_send(status, &HeaderMap::new(), &json!({ "error": error })) {
            SendOutcome::Sent { .. } => "sent",
            SendOutcome::Refused { why, .. } => why.as_str(),
            SendOutcome::Unknown { outage: true, .. } => "outage",
            SendOutcome::Unknown { outage: false, .. } => "unknown",
        }
    }

    #[test]
    fn codes_come_before_statuses() {
        for (status, code, expected) in [
            (400, 131_056, "pair"),
            (400, 130_429, "rate"),
            (429, 4, "rate"),
            (500, 80_007, "rate"),
            (429, 131_056, "pair"),
            (400, 134_101, "row"),
            (500, 131_000, "outage"),
            (400, 131_000, "unknown"),
            (400, 1, "unknown"),
            (400, 2, "meta"),
            (503, 2, "meta"),
            (503, 133_004, "meta"),
            (401, 190, "number"),
            (500, 3, "number"),
            (403, 131_031, "number"),
            (400, 133_010, "number"),
            (404, 100, "final"),
            (400, 131_047, "window"),
            (500, 131_026, "final"),
            (400, 987_654, "unlisted"),
            (403, 987_654, "unlisted"),
            (429, 987_654, "rate"),
            (500, 987_654, "outage"),
        ] {
            assert_eq!(class(status, json!({ "code": code })), expected, "HTTP {status}, code {code}");
            assert_eq!(class(status, json!({ "code": code.to_string() })), expected, "HTTP {status}, `{code}` as text");
        }
    }

    #[test]
    fn a_status_without_a_code_is_classified_too() {
        for (status, expected) in [
            (200, "unknown"),
            (302, "number"),
            (400, "unlisted"),
            (401, "number"),
            (403, "number"),
            (404, "number"),
            (408, "outage"),
            (413, "unlisted"),
            (429, "rate"),
            (500, "outage"),
            (502, "outage"),
            (503, "outage"),
            (504, "outage"),
        ] {
            assert_eq!(class(status, Value::Null), expected, "HTTP {status}");
        }
    }

    #[test]
    fn a_subcode_is_read() {
        for subcode in [json!(33), json!("33")] {
            assert_eq!(class(400, json!({ "code": 100, "error_subcode": subcode })), "number");
        }
        assert_eq!(class(400, json!({ "code": 100, "error_subcode": 34 })), "final");
    }

    #[test]
    fn the_error_keeps_the_details_and_no_phone_number() {
        let error = json!({
            "code": 100, "error_subcode": 33, "message": "(#100) to 250788000001",
            "error_data": { "details": "no permission for +250 788 000 001" },
        });
        assert_eq!(words(StatusCode::BAD_REQUEST, &error), "100/33: (#100) to [number]: no permission for [number]");
        let twice = json!({ "code": 2, "message": "down", "error_data": { "details": "down" } });
        assert_eq!(words(StatusCode::BAD_REQUEST, &twice), "2: down");
        assert_eq!(words(StatusCode::BAD_GATEWAY, &Value::Null), "HTTP 502");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_at_most_an_hour() {
        let headers = |after: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, after.parse().expect("a value"));
            if let Some(date) = date {
                headers.insert(DATE, date.parse().expect("a value"));
            }
            retry_after(&headers).map(|wait| wait.as_secs())
        };
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(headers("20", None), Some(20));
        assert_eq!(headers("90000", None), Some(3600));
        assert_eq!(headers("Sun, 06 Nov 1994 08:50:07 GMT", date), Some(30));
        assert_eq!(headers("Mon, 07 Nov 1994 08:50:07 GMT", date), Some(3600));
        assert_eq!(headers("Sun, 06 Nov 1994 08:00:00 GMT", date), Some(0));
        assert_eq!(headers("Sun, 06 Nov 1994 08:50:07 GMT", None), Some(0), "long ago by the clock");
        assert_eq!(headers("soon", date), None);
        assert_eq!(headers("-5", date), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
