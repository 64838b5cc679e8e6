//! Webhook deliveries, signed as Meta signs them, with the injected faults.

use std::{sync::atomic::Ordering, time::Duration};

use serde_json::{Value, json};

use super::{
    envelope,
    faults::{Forged, Statuses},
    state::{Emulator, Sent},
};
use crate::whatsapp::signature::{HEADER, Secrets};

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
    let signature = Secrets::new(inner.secrets.get().iter()).sign(bytes.as_bytes());
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
pub(super) fn statuses(emulator: &Emulator, sent: Sent, how: Statuses) {
    let words: &[&str] = match &emulator.world().faults {
        faults if faults.no_status => return,
        _ if how.withheld => &[],
        _ if how.failed.is_some() => &["failed"],
        faults if faults.read => &["sent", "delivered", "read"],
        _ => &["sent", "delivered"],
    };
    let emulator = emulator.clone();
    tokio::spawn(async move {
        if how.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(how.delay_ms)).await;
        }
        let at = emulator.now_ms();
        let one = |word: &str, sent: &Sent, code: Option<i64>| {
            emulator.envelope(&sent.business, json!({ "statuses": [envelope::status(word, sent, at, code)] }))
        };
        let forged = how.forged.iter().map(|forged| {
            let code = (forged.status == "failed").then_some(forged.code);
            one(&forged.status, &not_own(&sent, forged), code)
        });
        let times = if how.doubled { 2 } else { 1 };
        let own = words.iter().flat_map(|word| vec![one(word, &sent, how.failed); times]);
        let bodies: Vec<_> = forged.chain(own).collect();
        let at_once = emulator.world().faults.reorder;
        for body in bodies {
            let posted = tokio::spawn(insist(emulator.clone(), body));
            if !at_once {
                let _ = posted.await;
            }
        }
        emulator.changed();
    });
}

/// The message that a forged status claims to be of.
fn not_own(sent: &Sent, forged: &Forged) -> Sent {
    let own = |text: &Option<String>, own: &str| text.clone().unwrap_or_else(|| own.to_owned());
    let id = sent.reference.as_deref().and_then(|reference| reference.rsplit('.').next()).unwrap_or_default();
    let reference = forged.reference.as_ref().map(|reference| reference.replace("{id}", id));
    Sent {
        business: own(&forged.business, &sent.business),
        wamid: own(&forged.wamid, &sent.wamid),
        recipient: own(&forged.recipient, &sent.recipient),
        reference: reference.or_else(|| sent.reference.clone()),
        ..sent.clone()
    }
}

pub(super) async fn insist(emulator: Emulator, body: Value) {
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
