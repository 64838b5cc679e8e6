//! The emulator's state: its settings, and the messages on its phones. In memory.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicUsize},
};

use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;

use super::faults::Faults;
use crate::whatsapp::signature::Secrets;
use switchboard_core::window;

/// The business number as people see it.
pub(super) const DISPLAY: &str = "250788999000";

/// The settings of an emulator.
#[derive(Clone)]
pub struct Settings {
    /// The webhook URLs, for instance `http://127.0.0.1:8080/webhook`. Several are used in turn, as by a load
    /// balancer; one that does not answer is skipped.
    pub webhooks: Vec<String>,
    /// The app secret that signs deliveries.
    pub app_secret: String,
    /// `phone_number_id` of the business number that phones write to.
    pub phone_number_id: String,
}

/// The emulator, shared by its routes.
#[derive(Clone)]
pub struct Emulator(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) settings: Settings,
    pub(super) secrets: Secrets,
    pub(super) http: reqwest::Client,
    pub(super) world: Mutex<World>,
    /// Notified when a phone receives a message.
    pub(super) bell: Notify,
    /// The number of deliveries so far.
    pub(super) turn: AtomicUsize,
}

/// The mutable state.
#[derive(Default)]
pub(super) struct World {
    pub(super) phones: HashMap<String, Vec<Received>>,
    /// The time of the newest message from each phone to each business number, by the message's own timestamp.
    pub(super) last_word_ms: HashMap<(String, String), i64>,
    /// The messages taken, in order.
    pub(super) sends: Vec<Sent>,
    pub(super) faults: Faults,
    pub(super) log: Log,
    /// The webhook's address, if overridden.
    pub(super) override_url: Option<String>,
    /// Files that phones have sent, by id: type and bytes.
    pub(super) media: HashMap<String, (String, bytes::Bytes)>,
}

/// A message that a phone received.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Received {
    /// Its position on this phone, from 1.
    pub(super) n: usize,
    /// Its wamid.
    pub(super) id: String,
    /// Milliseconds since 1970.
    pub(super) at: i64,
    /// The business number it came from.
    pub(super) business: String,
    /// The body as it was posted.
    pub(super) body: Value,
}

/// A message that the emulator took.
#[derive(Clone, Debug, Serialize)]
pub struct Sent {
    /// Its position among all, from 1.
    pub n: usize,
    /// Milliseconds since 1970.
    pub at: i64,
    /// The business number it came from.
    pub business: String,
    /// The phone's number or user id.
    pub recipient: String,
    /// Our reference, `biz_opaque_callback_data`.
    pub reference: Option<String>,
    /// Its wamid.
    pub wamid: String,
    /// The body as it was posted.
    pub body: Value,
    /// Whether the sender got the wamid.
    pub is_answered: bool,
    /// Whether the 24-hour customer service window was open.
    pub is_window_open: bool,
    /// The code of its status `failed`, with which it did not reach its phone.
    pub failed: Option<i64>,
}

/// Counters for tests.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Log {
    /// Send requests.
    pub requests: u64,
    /// Messages accepted.
    pub accepted: u64,
    /// Requests refused, by Graph error code.
    pub refused: BTreeMap<i64, u64>,
    /// Requests that failed on demand, by HTTP status; 0 without an answer.
    pub failed: BTreeMap<u16, u64>,
    /// Messages other than templates, taken or refused, outside the 24-hour customer service window.
    pub outside_window: u64,
    /// Messages delivered to phones, by our reference: more than one is a duplicate.
    pub references: BTreeMap<String, u64>,
    /// Posts to the webhook, by HTTP status; 0 without an answer.
    pub webhook: BTreeMap<u16, u64>,
    /// Messages that were marked as read, by wamid, in order.
    pub reads: Vec<String>,
    /// How many of them showed that an answer is being written.
    pub typing: u64,
}

impl Emulator {
    /// Makes an emulator. It does nothing until its routes are served.
    pub fn new(settings: Settings) -> Result<Emulator, reqwest::Error> {
        crate::http::install_tls();
        let http = reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_secs(10)).build()?;
        let secrets = Secrets::new([&settings.app_secret]);
        let inner =
            Inner { settings, secrets, http, world: Mutex::default(), bell: Notify::new(), turn: AtomicUsize::new(0) };
        Ok(Emulator(Arc::new(inner)))
    }

    /// Adds a file that a phone sends.
    pub fn put_file(&self, id: &str, kind: &str, bytes: bytes::Bytes) {
        self.world().media.insert(id.to_owned(), (kind.to_owned(), bytes));
    }

    /// The counters so far.
    pub fn log(&self) -> Log {
        self.world().log.clone()
    }

    /// Sets the faults to inject from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.world().faults = faults;
    }

    /// The messages taken after the Nth.
    pub fn sends(&self, after: usize) -> Vec<Sent> {
        self.world().sends.get(after..).unwrap_or_default().to_vec()
    }

    /// Whether a person has written to this business number within 24 hours.
    pub(super) fn is_window_open(&self, business: &str, to: &str) -> bool {
        let last = self.world().last_word_ms.get(&(business.to_owned(), to.to_owned())).copied();
        last.is_some_and(|last| window::is_open(last, self.now_ms()))
    }

    /// The time, in milliseconds since 1970.
    pub(super) fn now_ms(&self) -> i64 {
        now_ms() + self.world().faults.ahead_ms
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key of a phone: the normalised number, or the user id as it is.
pub(super) fn handle(number: &str) -> String {
    switchboard_core::phone::Phone::parse(number)
        .map_or_else(|_| number.trim().to_owned(), |phone| phone.digits().to_owned())
}

pub(super) fn new_wamid() -> String {
    format!("wamid.{}", uuid::Uuid::now_v7().simple().to_string().to_uppercase())
}

pub(super) fn new_media_id() -> String {
    uuid::Uuid::now_v7().as_u128().to_string()
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
