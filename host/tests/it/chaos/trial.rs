//! One run: hosts, people who write all the time, faults, and the account of what became of each message.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use switchboard_edge::whatsapp::signature::{self, Secrets};
use switchboard_kit::{
    shell::Shell,
    stage::{SECRET, Stage},
    talk::deliver,
};
use tokio::{task::JoinSet, time::Instant};

/// How long the rest may take to be settled.
const PATIENCE: Duration = Duration::from_secs(90);

/// Messages that were accepted by the webhook, with the time of the acceptance.
pub(super) type Posted = Arc<Mutex<BTreeMap<String, i64>>>;

/// A run.
pub(super) struct Trial {
    pub(super) stage: Stage,
    pub(super) name: &'static str,
    http: reqwest::Client,
    pub(super) posted: Posted,
    stop: Arc<AtomicBool>,
    people: JoinSet<()>,
    /// The hosts' clock, if it runs faster than the system's.
    clock: Option<PathBuf>,
    ahead_ms: Arc<AtomicI64>,
    pub(super) unknown_wait_ms: i64,
    faults: Value,
    pub(super) mended_at: i64,
    /// What the longest wait may be beyond the twelve seconds to full speed, in milliseconds.
    pub(super) allowed_ms: i64,
    /// Only a few rows wait for the mend: those of hosts that died.
    pub(super) few_wait: bool,
    /// Why messages may be doubled; none if none may.
    pub(super) may_double: Option<&'static str>,
    pub(super) wrong: Vec<String>,
}

impl Trial {
    /// A run on this stage, whose hosts are not started yet. A send of unknown outcome waits so long for its status.
    pub(super) fn new(name: &'static str, mut stage: Stage, unknown_wait_s: i64) -> Trial {
        stage.set("UNKNOWN_WAIT_SECONDS", &unknown_wait_s.to_string());
        // While the database is away, each delivery that is refused would be a line.
        stage.set("RUST_LOG", "off");
        Trial {
            stage,
            name,
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
            posted: Posted::default(),
            stop: Arc::default(),
            people: JoinSet::new(),
            clock: None,
            ahead_ms: Arc::default(),
            unknown_wait_ms: unknown_wait_s * 1000,
            faults: json!({}),
            mended_at: 0,
            allowed_ms: 0,
            few_wait: false,
            may_double: None,
            wrong: Vec::new(),
        }
    }

    /// Gives the hosts a clock that [`Trial::pass`] moves. Before they start.
    pub(super) fn with_clock(mut self) -> Trial {
        let clock = self.stage.folder().join("clock");
        std::fs::write(&clock, "0").expect("a clock");
        self.stage.set("SWITCHBOARD_CLOCK_FILE", &clock.display().to_string());
        self.clock = Some(clock);
        self
    }

    /// The longest wait may be so much longer.
    pub(super) fn allow(&mut self, more: Duration) {
        self.allowed_ms += more.as_millis() as i64;
    }

    /// Rows of unknown outcome wait for their status, and the longest wait is as much longer.
    pub(super) fn allow_unknown(&mut self) {
        self.allowed_ms += self.unknown_wait_ms;
    }

    /// Messages that Meta took without telling us by answer or status may be doubled.
    pub(super) fn may_double(&mut self, reason: &'static str) {
        self.may_double = Some(reason);
    }

    /// Notes what is not as it should be.
    pub(super) fn expect(&mut self, is_so: bool, what: impl FnOnce() -> String) {
        if !is_so {
            self.wrong.push(what());
        }
    }

    /// The time of the emulator and the hosts, in milliseconds since 1970.
    pub(super) fn now(&self) -> i64 {
        system_ms() + self.ahead_ms.load(Ordering::Relaxed)
    }

    /// So many more people begin to write: each a message, and the next so long after it was accepted.
    pub(super) fn people(&mut self, people: std::ops::Range<usize>, every: Duration) {
        for person in people {
            let (http, emulator) = (self.http.clone(), self.stage.emulator.clone());
            let (posted, stop, ahead_ms) = (self.posted.clone(), self.stop.clone(), self.ahead_ms.clone());
            self.people.spawn(async move {
                // They do not write all at once.
                tokio::time::sleep(every.mul_f64((person % 10) as f64 / 10.0)).await;
                for n in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let id = format!("wamid.{person:05}.{n:04}");
                    let message = json!({"text": "is it free?", "id": id});
                    while deliver(&http, &emulator, &phone(person), &message).await != 200 {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                    note(&posted, id, system_ms() + ahead_ms.load(Ordering::Relaxed));
                    tokio::time::sleep(every).await;
                }
            });
        }
    }

    /// So many people write one message each to a business number, many in one delivery.
    pub(super) async fn crowd(&self, business: &str, people: usize, body: usize) {
        let timestamp = (self.now() / 1000).to_string();
        let all: Vec<usize> = (0..people).collect();
        for (n, some) in all.chunks(body).enumerate() {
            let ids: Vec<String> = some.iter().map(|person| format!("wamid.{business}.{person:05}")).collect();
            let messages: Vec<Value> = some
                .iter()
                .zip(&ids)
                .map(|(person, id)| {
                    let from = format!("25079{person:07}");
                    json!({"id": id, "from": from, "timestamp": timestamp, "type": "text", "text": {"body": "is it free?"}})
                })
                .collect();
            let value = json!({"messaging_product": "whatsapp", "metadata": {"phone_number_id": business}, "messages": messages});
            let changes = json!([{"field": "messages", "value": value}]);
            let body =
                json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}).to_string();
            let sign = Secrets::new([SECRET]).sign(body.as_bytes());
            let url = self.stage.webhook_of(n % self.stage.count_of_nodes());
            let answer = self.http.post(url).header(signature::HEADER, sign).body(body).send().await;
            assert_eq!(answer.expect("a host answers").status(), 200);
            for id in ids {
                note(&self.posted, id, self.now());
            }
        }
    }

    /// The other side fails so from now on.
    pub(super) async fn fails(&mut self, faults: Value) {
        self.faults = faults;
        self.tell_faults().await;
    }

    async fn tell_faults(&self) {
        let mut faults = self.faults.clone();
        faults["ahead_ms"] = json!(self.ahead_ms.load(Ordering::Relaxed));
        self.stage.faults(faults).await;
    }

    /// The other side is well again, and whatever else was broken too.
    pub(super) async fn mend(&mut self) {
        self.fails(json!({})).await;
        self.mended_at = self.now();
    }

    /// Time passes: at its own pace, or so many times as fast. Faults with a count begin anew each second then.
    pub(super) async fn pass(&mut self, how_long: Duration, times: u32) {
        let began = Instant::now();
        for second in 1.. {
            let passed = Duration::from_secs(second);
            if passed * times > how_long {
                break;
            }
            tokio::time::sleep_until(began + passed).await;
            if times > 1 {
                let more = 1000 * i64::from(times - 1);
                let ahead_ms = self.ahead_ms.fetch_add(more, Ordering::Relaxed) + more;
                let clock = self.clock.as_ref().expect("a clock");
                let whole = clock.with_extension("new");
                std::fs::write(&whole, ahead_ms.to_string()).expect("written");
                std::fs::rename(&whole, clock).expect("moved");
                self.tell_faults().await;
            }
        }
        if times == 1 {
            tokio::time::sleep_until(began + how_long).await;
        }
    }

    /// How long each message that was accepted waited for its answer from a business number, in milliseconds.
    pub(super) async fn waits(&self, business: &str) -> Vec<i64> {
        let rows = self.rows().await;
        let sends = self.sends(&rows).await;
        let posted = self.posted.lock().unwrap_or_else(PoisonError::into_inner);
        let of = sends.iter().filter(|send| send.to.starts_with(business));
        of.filter_map(|send| Some(send.at - posted.get(&send.message)?)).collect()
    }

    /// Nobody writes any more: what they said before is accepted.
    pub(super) async fn hush(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let all = async {
            while let Some(person) = self.people.join_next().await {
                person.expect("nobody gives up");
            }
        };
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            self.wrong.push(format!("{} people cannot deliver what they wrote", self.people.len()));
            self.people.shutdown().await;
        }
        self.stop = Arc::default();
    }

    /// Waits until nothing waits: neither a message nor a reply.
    pub(super) async fn settled(&mut self) {
        let sql = "select 'message ' || state || ' ' || count(*) from message where state = 'queued' group by state
            union all select 'reply ' || state || ' ' || count(*) from outbox where state in ('queued', 'sending', 'unknown') group by state";
        let deadline = Instant::now() + PATIENCE;
        let mut shell = Shell::open(&self.stage.url()).await;
        loop {
            let left = shell.texts(sql).await;
            if left.is_empty() {
                return;
            }
            if Instant::now() > deadline {
                self.wrong.push(format!("waiting for ever: {}", left.join(", ")));
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn note(posted: &Posted, id: String, at: i64) {
    posted.lock().unwrap_or_else(PoisonError::into_inner).insert(id, at);
}

/// A person's number.
pub(super) fn phone(person: usize) -> String {
    format!("+2507880{person:05}")
}

fn system_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
