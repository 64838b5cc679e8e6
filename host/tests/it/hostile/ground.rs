//! The host that all kinds are tried on, and how to write to it.

use serde_json::{Value, json};
use switchboard_edge::whatsapp::signature::{HEADER, Secrets};
use switchboard_kit::{
    agents::{ALL, rogue},
    stage::{SECRET, Stage, until},
    talk::deliver,
};

/// A running host with hostile agents, and people.
pub(super) struct Ground {
    pub(super) stage: Stage,
    /// How many people wrote beside the kinds so far.
    pub(super) people: usize,
    pub(super) http: reqwest::Client,
    /// How many phones were used by kinds.
    phones: usize,
}

impl Ground {
    pub(super) async fn new() -> Ground {
        let mut stage = Stage::new(&["support"]);
        let capabilities = ["records", "log"];
        stage.add("rogue", &rogue("rogue"), &capabilities, "fuel = 300000000, cpu_ms = 30000, host_calls_max = 64");
        stage.add("second", &rogue("second"), &capabilities, "");
        stage.add("caller", &rogue("caller"), &ALL, "");
        stage.set("OPERATOR_TOKEN", "an-operator-of-the-test");
        stage.outlive_limits();
        stage.start().await;
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Ground { stage, people: 0, http, phones: 0 }
    }

    /// A phone that nobody wrote from.
    pub(super) fn phone(&mut self) -> String {
        self.phones += 1;
        format!("25079{:07}", self.phones)
    }

    /// Sends a message from a phone until it is stored, and waits until the phone has heard so many messages; the last one.
    pub(super) async fn says(&self, phone: &str, what: Value, heard: usize) -> String {
        until("the message is stored", async || deliver(&self.http, &self.stage.emulator, phone, &what).await == 200)
            .await;
        let all = self.stage.heard(phone, 0, heard).await;
        all.last().map(|last| last.body.to_string()).unwrap_or_default()
    }

    /// Posts a body with a right signature; gives the status, 0 without an answer.
    pub(super) async fn signed(&self, body: impl Into<Vec<u8>>) -> u16 {
        let body = body.into();
        let signature = Secrets::new([SECRET]).sign(&body);
        let request = self.http.post(self.stage.webhook_of(0)).header(HEADER, signature).body(body);
        request.send().await.map_or(0, |answer| answer.status().as_u16())
    }

    /// Why the last turn that failed had no answer of an agent.
    pub(super) async fn error(&self) -> String {
        let last = "select payload ->> 'error' from unified_agent_events where payload ->> 'error' is not null \
                    order by id desc limit 1";
        self.stage.text(last).await.unwrap_or_default()
    }
}

/// A body as Meta sends it, with these messages or statuses.
pub(super) fn body(part: Value) -> Value {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550001111", "phone_number_id": "100000000000001" },
    });
    value.as_object_mut().expect("an object").extend(part.as_object().expect("an object").clone());
    json!({ "object": "whatsapp_business_account",
        "entry": [{ "id": "1", "changes": [{ "value": value, "field": "messages" }] }] })
}

/// A text message of now.
pub(super) fn message(from: &str, wamid: &str, words: &str) -> Value {
    let now = switchboard_core::clock::Clock::system().now() / 1000;
    json!({ "from": from, "id": wamid, "timestamp": now.to_string(), "type": "text", "text": { "body": words } })
}
