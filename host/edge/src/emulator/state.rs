//! The emulator's state: its settings, and the messages on its phones. In memory.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicUsize},
};

use serde::Serialize;
use serde_json::Value;
use tokio::sync::{Notify, watch};

use super::{faults::Faults, screen::Screen};
use switchboard_core::{live::Live, secret::Secret, test_number, window};

/// Files that a host's own phone keeps. Their ids begin with their time.
const FILES_MAX: usize = 64;

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
    pub(super) secrets: Live<Vec<Secret>>,
    /// Whether everything is kept for tests to look at. A host's own phone keeps what its screens show.
    pub(super) keeps_all: bool,
    pub(super) http: reqwest::Client,
    pub(super) world: Mutex<World>,
    /// Notified when a phone receives a message.
    pub(super) bell: Notify,
    /// Counts the changes of screens.
    pub(super) screens: watch::Sender<u64>,
    /// The number of deliveries so far.
    pub(super) turn: AtomicUsize,
}

/// The mutable state.
#[derive(Default)]
pub(super) struct World {
    pub(super) phones: HashMap<String, Vec<Received>>,
    /// What each phone shows.
    pub(super) screens: BTreeMap<String, Screen>,
    /// What came to phones and was not read yet, by wamid.
    pub(super) unread: HashMap<String, Sent>,
    /// The time of the newest message from each phone to each business number, by the message's own timestamp.
    pub(super) last_word_ms: HashMap<(String, String), i64>,
    /// The messages taken, in order.
    pub(super) sends: Vec<Sent>,
    pub(super) faults: Faults,
    pub(super) log: Log,
    /// The webhook's address, if overridden.
    pub(super) override_url: Option<String>,
    /// The account's templates, in Meta's form. While there are none, every template is taken.
    pub(super) templates: Vec<Value>,
    /// Files that phones have sent, by id: type and bytes.
    pub(super) media: BTreeMap<String, (String, bytes::Bytes)>,
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
        let secrets = Live::new(vec![Secret::from(settings.app_secret.clone())]);
        Emulator::made(settings, secrets, true)
    }

    /// Makes the emulator behind a host's own phone: it signs with the secrets in force, keeps no more than the screens show, and takes
    /// this token only.
    pub fn of_phone(
        webhook: String,
        secrets: Live<Vec<Secret>>,
        business: &str,
        token: &str,
    ) -> Result<Emulator, reqwest::Error> {
        let settings =
            Settings { webhooks: vec![webhook], app_secret: String::new(), phone_number_id: business.to_owned() };
        let emulator = Emulator::made(settings, secrets, false)?;
        emulator.world().faults.only_token = Some(token.to_owned());
        Ok(emulator)
    }

    fn made(settings: Settings, secrets: Live<Vec<Secret>>, keeps_all: bool) -> Result<Emulator, reqwest::Error> {
        crate::http::install_tls();
        let http = reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_secs(10)).build()?;
        let inner = Inner {
            settings,
            secrets,
            keeps_all,
            http,
            world: Mutex::default(),
            bell: Notify::new(),
            screens: watch::Sender::new(0),
            turn: AtomicUsize::new(0),
        };
        Ok(Emulator(Arc::new(inner)))
    }

    /// Adds a file that a phone sends. A host's own phone keeps the newest [`FILES_MAX`].
    pub fn put_file(&self, id: &str, kind: &str, bytes: bytes::Bytes) {
        let mut world = self.world();
        world.media.insert(id.to_owned(), (kind.to_owned(), bytes));
        while !self.0.keeps_all && world.media.len() > FILES_MAX {
            world.media.pop_first();
        }
    }

    /// Adds a file that a phone sends, under an id of its own, which is given.
    pub fn keep_file(&self, kind: &str, bytes: bytes::Bytes) -> String {
        let id = new_media_id(&self.0.settings.phone_number_id);
        self.put_file(&id, kind, bytes);
        id
    }

    /// A file that a phone sent or got: its type and bytes.
    pub fn file(&self, id: &str) -> Option<(String, bytes::Bytes)> {
        self.world().media.get(id).cloned()
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

/// An id for a file: digits like Meta's; one that was sent to a test number says so.
pub(super) fn new_media_id(business: &str) -> String {
    let id = uuid::Uuid::now_v7().as_u128();
    if test_number::is_test(business) { test_number::file_id(id) } else { id.to_string() }
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
