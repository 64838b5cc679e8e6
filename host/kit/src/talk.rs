//! The emulator's phones in tests: sending messages and files, and waiting for replies.

use serde_json::{Value, json};

use crate::stage::{Stage, until};

/// A message that a phone received.
#[derive(Debug)]
pub struct Heard {
    /// The message as the emulator received it.
    pub body: Value,
}

impl Stage {
    /// A conversation of one person: each message waits for its reply.
    pub fn talk<'a>(&'a self, phone: &'a str) -> Talk<'a> {
        Talk { stage: self, phone, heard: 0 }
    }

    /// A conversation of a person who received messages before.
    pub async fn talk_on<'a>(&'a self, phone: &'a str) -> Talk<'a> {
        Talk { stage: self, phone, heard: self.heard(phone, 0, 0).await.len() }
    }

    /// Sends a message from a phone; returns the webhook's HTTP status, 0 without an answer.
    pub async fn say(&self, phone: &str, what: Value) -> u16 {
        deliver(&self.http, &self.emulator, phone, &what).await
    }

    /// Waits for at least `count` messages on a phone after its first `after`.
    pub async fn heard(&self, phone: &str, after: usize, count: usize) -> Vec<Heard> {
        let mut heard = Vec::new();
        until(&format!("{phone} hears {count} messages after {after}"), async || {
            let url = format!("http://{}/emulator/phones/{phone}/messages?after={after}&wait_ms=1000", self.emulator);
            let answer: Value = match self.http.get(url).send().await {
                Ok(answer) => answer.json().await.unwrap_or_default(),
                Err(_) => return false,
            };
            let messages = answer["messages"].as_array().cloned().unwrap_or_default();
            heard = messages.into_iter().map(|body| Heard { body }).collect();
            heard.len() >= count
        })
        .await;
        heard
    }

    /// Adds a file that a phone sends.
    pub async fn put_file(&self, id: &str, kind: &str, bytes: &'static [u8]) {
        let url = format!("http://{}/emulator/media/{id}", self.emulator);
        until("the emulator takes a file", async || {
            let put = self.http.put(&url).header("content-type", kind).body(bytes).send().await;
            put.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    }

    /// Removes a file from the emulator.
    pub async fn lose_file(&self, id: &str) {
        let url = format!("http://{}/emulator/media/{id}", self.emulator);
        let lost = self.http.delete(&url).send().await.expect("the emulator answers");
        assert!(lost.status().is_success());
    }

    /// The bytes of a file in the emulator.
    pub async fn file(&self, id: &str) -> Vec<u8> {
        let url = format!("http://{}/v1/{id}/bytes", self.emulator);
        let answer = self.http.get(&url).bearer_auth("anybody").send().await.expect("the emulator answers");
        answer.error_for_status().expect("a file").bytes().await.expect("bytes").to_vec()
    }

    /// The emulator's counters, for instance how often it accepted each of our references.
    pub async fn log(&self) -> Value {
        let url = format!("http://{}/emulator/log", self.emulator);
        self.http.get(url).send().await.expect("the emulator answers").json().await.expect("JSON")
    }

    /// All messages that the emulator took, in order.
    pub async fn sends(&self) -> Vec<Value> {
        let url = format!("http://{}/emulator/sends", self.emulator);
        let answer = self.http.get(url).send().await.expect("the emulator answers");
        let mut answer: Value = answer.json().await.expect("JSON");
        answer["sends"].as_array_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Sets the faults that the emulator injects.
    pub async fn faults(&self, faults: Value) {
        let url = format!("http://{}/emulator/faults", self.emulator);
        let answer = self.http.post(url).json(&faults).send().await.expect("the emulator answers");
        assert!(answer.status().is_success());
    }
}

/// A conversation of one person: each message waits for its reply.
pub struct Talk<'a> {
    /// The stage.
    pub stage: &'a Stage,
    phone: &'a str,
    heard: usize,
}

impl Talk<'_> {
    /// Sends a text and waits for the next message.
    pub async fn say(&mut self, words: &str) -> String {
        self.sends(text(words)).await
    }

    /// Sends a message and waits for the next one.
    pub async fn sends(&mut self, what: Value) -> String {
        assert_eq!(self.stage.say(self.phone, what).await, 200);
        self.hears().await
    }

    /// Waits for the next message.
    pub async fn hears(&mut self) -> String {
        let heard = self.stage.heard(self.phone, self.heard, 1).await;
        self.heard += 1;
        heard[0].body.to_string()
    }
}

/// A text message for [`Stage::say`].
pub fn text(text: &str) -> Value {
    json!({ "text": text })
}

/// Sends a message from a phone, for tasks without a stage; see [`Stage::say`].
pub async fn deliver(http: &reqwest::Client, emulator: &str, phone: &str, what: &Value) -> u16 {
    let url = format!("http://{emulator}/emulator/phones/{phone}/messages");
    let Ok(answer) = http.post(url).json(what).send().await else { return 0 };
    let answer: Value = answer.json().await.unwrap_or_default();
    answer["webhook"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(0)
}
