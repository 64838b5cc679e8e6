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
    pub(super) last_word_ms: HashMap<String, i64>,
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

/// Counters for tests.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Log {
    /// Send requests.
    pub requests: u64,
    /// Messages accepted.
    pub accepted: u64,
    /// Requests refused, by Graph error code.
    pub refused: BTreeMap<i64, u64>,
    /// Messages accepted, by our reference: more than one is a duplicate.
    pub references: BTreeMap<String, u64>,
    /// Posts to the webhook, by HTTP status; 0 without an answer.
    pub webhook: BTreeMap<u16, u64>,
}

impl Emulator {
    /// Makes an emulator. It does nothing until its routes are served.
    pub fn new(settings: Settings) -> Result<Emulator, reqwest::Error> {
        crate::whatsapp::client::install_tls();
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

pub(super) fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
