//! People who write to the host while something hostile is done: each is answered, once, and how long they wait is told.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use switchboard_kit::{stage::Stage, talk::deliver};
use tokio::{sync::watch, task::JoinHandle};

/// How long one of them waits for an answer before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pause between two of them.
const PACE: Duration = Duration::from_millis(25);

/// People writing one after the other, each from a phone of their own.
pub(super) struct Witness {
    stop: watch::Sender<bool>,
    waits: JoinHandle<Result<Vec<Duration>, String>>,
}

fn phone(n: usize) -> String {
    format!("25078{n:07}")
}

async fn heard(http: &reqwest::Client, emulator: &str, phone: &str, wait_ms: u64) -> usize {
    let url = format!("http://{emulator}/emulator/phones/{phone}/messages?wait_ms={wait_ms}");
    let Ok(answer) = http.get(url).send().await else { return 0 };
    let answer: Value = answer.json().await.unwrap_or_default();
    answer["messages"].as_array().map_or(0, Vec::len)
}

impl Witness {
    /// Begins with the n-th person.
    pub(super) fn begin(stage: &Stage, first: usize) -> Witness {
        let (stop, stopped) = watch::channel(false);
        let emulator = stage.emulator.clone();
        let waits = tokio::spawn(async move {
            let http = reqwest::Client::builder().no_proxy().build().expect("a client");
            let mut waits = Vec::new();
            loop {
                let n = first + waits.len();
                waits.push(says(&http, &emulator, n).await?);
                if *stopped.borrow() {
                    return Ok(waits);
                }
                tokio::time::sleep(PACE).await;
            }
        });
        Witness { stop, waits }
    }

    /// Ends with the person who writes now; how long each waited, or whose message was lost.
    pub(super) async fn end(self) -> Result<Vec<Duration>, String> {
        self.stop.send_replace(true);
        self.waits.await.map_err(|error| error.to_string())?
    }
}

/// Sends a greeting until it is stored, as Meta does, and waits for the answer.
async fn says(http: &reqwest::Client, emulator: &str, n: usize) -> Result<Duration, String> {
    let (began, phone) = (Instant::now(), phone(n));
    // The same message each time: what was stored without an answer to Meta is known.
    let what = json!({ "text": "hello", "id": format!("wamid.witness.{n}") });
    while deliver(http, emulator, &phone, &what).await != 200 {
        if began.elapsed() > PATIENCE {
            return Err(format!("the message of person {n} could not be stored"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    while heard(http, emulator, &phone, 1_000).await == 0 {
        if began.elapsed() > PATIENCE {
            return Err(format!("person {n} was not answered"));
        }
    }
    Ok(began.elapsed())
}

/// How many of the first people heard more than one answer.
pub(super) async fn doubled(stage: &Stage, people: usize) -> usize {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut doubled = 0;
    for n in 0..people {
        doubled += usize::from(heard(&http, &stage.emulator, &phone(n), 0).await > 1);
    }
    doubled
}
