//! Webhook deliveries, signed as Meta signs them, with the injected faults.

use std::{sync::atomic::Ordering, time::Duration};

use serde_json::{Value, json};

use super::{envelope, state::Emulator};
use crate::whatsapp::signature::HEADER;

/// How often a delivery is retried. Meta retries for seven days.
const TRIES: u32 = 60;

/// Posts a body. Returns the HTTP status, or 0 without an answer.
pub(super) async fn deliver(emulator: &Emulator, body: &Value) -> u16 {
    let (pause, twice) = {
        let mut world = emulator.world();
        (world.faults.pause_ms(), world.faults.duplicate)
    };
    if pause > 0 {
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    let bytes = escaped(body);
    let status = post(emulator, bytes.clone()).await;
    if twice {
        post(emulator, bytes).await;
    }
    status
}

async fn post(emulator: &Emulator, bytes: String) -> u16 {
    let inner = &emulator.0;
    let signature = inner.secrets.sign(bytes.as_bytes());
    let elsewhere = emulator.world().override_url.clone();
    let webhooks = elsewhere.map_or_else(|| inner.settings.webhooks.clone(), |url| vec![url]);
    let first = inner.turn.fetch_add(1, Ordering::Relaxed) % webhooks.len().max(1);
    let mut status = 0;
    for webhook in webhooks.iter().cycle().skip(first).take(webhooks.len()) {
        let request = inner.http.post(webhook).header("content-type", "application/json").header(HEADER, &signature);
        status = request.body(bytes.clone()).send().await.map_or(0, |response| response.status().as_u16());
        if status != 0 {
            break;
        }
    }
    *emulator.world().log.webhook.entry(status).or_default() += 1;
    status
}

/// Posts the statuses of a message, each with retries.
pub(super) fn statuses(emulator: &Emulator, business: &str, to: &str, wamid: &str, reference: Option<&str>) {
    let words: &[&str] = match &emulator.world().faults {
        faults if faults.no_status => return,
        faults if faults.read => &["sent", "delivered", "read"],
        _ => &["sent", "delivered"],
    };
    let bodies: Vec<_> = words
        .iter()
        .map(|word| emulator.envelope(business, json!({ "statuses": [envelope::status(word, to, wamid, reference)] })))
        .collect();
    let emulator = emulator.clone();
    tokio::spawn(async move {
        let at_once = emulator.world().faults.reorder;
        for body in bodies {
            let posted = tokio::spawn(insist(emulator.clone(), body));
            if !at_once {
                let _ = posted.await;
            }
        }
    });
}

async fn insist(emulator: Emulator, body: Value) {
    for n in 0..TRIES {
        if deliver(&emulator, &body).await == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(u64::from(100 * (n + 1)).min(2000))).await;
    }
    tracing::warn!("the emulator gives up on a status that the webhook does not take");
}

/// JSON as Meta escapes it: ASCII only, `/` with a backslash. A signature checked over anything but the raw bytes
/// fails.
fn escaped(body: &Value) -> String {
    let plain = body.to_string();
    let mut out = String::with_capacity(plain.len() + 16);
    for c in plain.chars() {
        match c {
            '/' => out.push_str("\\/"),
            c if c.is_ascii() => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_escaped_as_meta_does() {
        let body = json!({ "a": "é/😀" });
        let text = escaped(&body);
        assert_eq!(text, r#"{"a":"\u00e9\/\ud83d\ude00"}"#);
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), body);
    }
}
