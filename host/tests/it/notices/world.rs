//! A host without ports on either database, whose clock the test moves, and the checker of its rows.

use std::{collections::BTreeMap, sync::Arc};

use uuid::Uuid;

use switchboard::{
    app::App,
    config::{self, Defaults},
    flags::{Document, Flags, LiveFlags, Source},
    memory::TurnMemory,
    numbers::LiveNumbers,
    prices::Rates,
    profiles::LiveProfiles,
    turn,
    vitals::Vitals,
};
use switchboard_core::{
    clock::Clock,
    contract::types::{Content, Notice},
    effect::{Effect, Write},
    inbox::{Delivery, Inbound, Item, Kind, Sender},
    model::NoModel,
    phone::Phone,
    rate_limit::RateLimiter,
    window::WINDOW_MS,
};
use switchboard_kit::{cluster, shell::Shell};
use switchboard_sandbox::plugins::{Compiler, Plugins, PluginsConfig};
use switchboard_store::{Claim, Role, Store, StoreOptions};

pub(super) const NOW: i64 = 1_780_000_000_000;
pub(super) const MINUTE_MS: i64 = 60_000;
pub(super) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(super) const BUSINESSES: [&str; 2] = ["1", "2"];

/// Texts in statements, and what stands there instead.
pub(crate) type Faults = &'static [(&'static str, &'static str)];

/// A host without ports, and what was asked of it.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) url: String,
    pub(crate) now: i64,
    chance: u64,
    sent: u64,
    noted: u64,
    people: Vec<Uuid>,
    /// What was settled, in order: a person's message and when, or a notice by its word and when it was queued.
    settled: Vec<(Uuid, Option<String>, i64)>,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new(url: String, folder: tempfile::TempDir, seed: u64, faults: Faults) -> World {
        World::hosting(url, folder, (seed, faults), "").await
    }

    /// With agents: the lines of their manifest; their components lie in `plugins` in the folder.
    pub(crate) async fn hosting(
        url: String,
        folder: tempfile::TempDir,
        (seed, faults): (u64, Faults),
        agents: &str,
    ) -> World {
        let store = Store::open(&url, StoreOptions { role: Role::Serve, faults, ..StoreOptions::default() }).await;
        let store = store.expect("it opens");
        let manifest = folder.path().join("plugins.toml");
        std::fs::create_dir_all(folder.path().join("plugins")).expect("a folder");
        std::fs::write(&manifest, agents).expect("a manifest");
        let config = PluginsConfig { manifest, data_dir: folder.path().to_owned(), compiler: Compiler::InProcess };
        let template = config::Template { name: "news".into(), language: "en_US".into() };
        let everything = Flags::of(Document::everything_on(), Source::Default);
        let defaults = Defaults { notice_template: Some(template), ..Defaults::rwanda() };
        let app = App {
            reads: Arc::new(store.clone()),
            model: Arc::new(NoModel),
            services: Arc::new(switchboard::services::NoOutbound),
            files: None,
            flags: LiveFlags::start(store.clone(), everything).await.expect("flags"),
            profiles: LiveProfiles::start(store.clone()).await.expect("profiles"),
            rates: Rates::default(),
            numbers: LiveNumbers::start(store.clone(), &defaults).await.expect("numbers"),
            store,
            plugins: Plugins::load_once(config).await.expect("no agents"),
            memory: TurnMemory::new(usize::MAX),
            legacy: Default::default(),
            receipts: switchboard_edge::receipts::Receipts::off(),
            rate_limiter: RateLimiter::new(u32::MAX - 1),
            defaults,
            clock: Clock::at(NOW),
            vitals: Vitals::default(),
        };
        World {
            app,
            url,
            now: NOW,
            chance: seed,
            sent: 0,
            noted: 0,
            people: Vec::new(),
            settled: Vec::new(),
            _folder: folder,
        }
    }

    pub(crate) async fn sqlite(seed: u64) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        World::new(format!("sqlite://{}/notices.db", folder.path().display()), folder, seed, &[]).await
    }

    pub(crate) async fn postgres(seed: u64) -> World {
        World::with(seed, &[]).await
    }

    /// On Postgres, with faults in the script's statements.
    pub(super) async fn with(seed: u64, faults: Faults) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        World::new(cluster::shared().database().await, folder, seed, faults).await
    }

    /// SplitMix64.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.chance ^ (self.chance >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    pub(crate) fn passes(&mut self, ms: i64) {
        self.now += ms;
        self.app.clock.set(self.now);
    }

    /// A person writes; Meta delivers it so much later.
    pub(crate) async fn writes(&mut self, person: u64, business: &str, words: &str, late_ms: i64) -> Vec<Claim> {
        let item = self.message(person, business, words, late_ms);
        self.receives(vec![item]).await
    }

    pub(crate) fn message(&mut self, person: u64, business: &str, words: &str, late_ms: i64) -> Item {
        self.sent += 1;
        let phone = Phone::parse(&format!("25078800000{person}")).ok();
        Item::Message(Inbound {
            business: business.into(),
            wamid: format!("w{:06}", self.sent),
            kind: Kind::Message,
            sender: Sender { phone, ..Sender::default() },
            sent_at: self.now - late_ms,
            content: Content::Text(words.into()),
            quotes: None,
            extras: Vec::new(),
        })
    }

    /// A delivery of Meta's; gives the lanes that were free and may run now.
    pub(crate) async fn receives(&mut self, items: Vec<Item>) -> Vec<Claim> {
        let body = bytes::Bytes::from_static(b"{}");
        let delivery = Delivery { body, received_at: self.now, items, unreadable: None, forwards: false };
        let claims = self.app.store.ingest(delivery).await.expect("it is stored").claimed;
        for claim in &claims {
            if !self.people.contains(&claim.person.id) {
                self.people.push(claim.person.id);
            }
        }
        claims
    }

    /// Answers these and all that comes of it; `with` is written by the first turn.
    pub(crate) async fn answers(&mut self, mut claims: Vec<Claim>, mut with: Vec<Effect>) {
        while let Some(claim) = claims.pop() {
            let mut settlement = turn::answer(&self.app, &claim).await.expect("a turn").settlement;
            settlement.effects.append(&mut with);
            let settled = self.app.store.settle(settlement).await.expect("it settles");
            let word = match &claim.message.content {
                Content::Notice(notice) => Some(word_of(&notice.data).unwrap_or_default().to_owned()),
                _ => None,
            };
            let at = if word.is_some() { claim.message.received_at } else { self.now };
            self.settled.push((claim.person.id, word, at));
            claims.extend(settled.next.into_iter().chain(settled.woken));
        }
    }

    /// A host's look for what is due.
    pub(crate) async fn looks(&mut self) {
        for _ in 0..3 {
            let mut claims = self.app.store.claim_due(self.now, 50).await.expect("a look");
            claims.extend(self.app.store.bring_due(self.now).await.expect("a look"));
            self.answers(claims, Vec::new()).await;
        }
    }

    /// Word for somebody, that no other is alike.
    pub(super) fn word(&mut self) -> String {
        self.noted += 1;
        format!("word{:04}.", self.noted)
    }

    /// An operator's words.
    pub(crate) async fn says(&mut self, person: Uuid, business: &str) -> String {
        let word = self.word();
        self.app.store.say(person, business, &word, self.now).await.expect("said");
        word
    }

    /// Word for another person, as an agent's turn has it.
    pub(crate) fn notifies(&mut self, person: Uuid) -> (String, Effect) {
        let word = self.word();
        let data = serde_json::json!({ "text": word }).to_string();
        let write = Write::Notify { person, kind: "host.say".into(), listing: None, r#match: None, data };
        (word, Effect { agent: "jobs".into(), write })
    }

    /// A timer that goes off within an hour.
    fn timer(&mut self) -> Effect {
        let data = serde_json::json!({ "text": self.word() }).to_string();
        let notice = Notice { kind: "host.say".into(), listing: None, match_: None, data };
        let (key, at) = (Some(format!("timer-{}", self.noted)), self.now + HOUR_MS);
        Effect { agent: "jobs".into(), write: Write::Timer { key, at: at as u64, notice, template: None, until: None } }
    }

    pub(crate) async fn shell(&self) -> Shell {
        Shell::open(&self.url).await
    }

    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        self.shell().await.texts(sql).await
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        self.shell().await.value(sql).await
    }

    fn somebody(&mut self) -> Uuid {
        let among = self.people.len() as u64;
        let nth = self.below(among);
        self.people[nth as usize]
    }

    pub(super) async fn step(&mut self) {
        let pass = [1, 500, MINUTE_MS, HOUR_MS, 13 * HOUR_MS, 30 * HOUR_MS][self.below(6) as usize];
        self.passes(pass);
        let (person, business) = (self.below(4), BUSINESSES[self.below(2) as usize]);
        match self.below(8) {
            0..=2 => {
                let late = [0, 0, 2 * HOUR_MS, 30 * HOUR_MS][self.below(4) as usize];
                let claims = self.writes(person, business, "hello", late).await;
                let mut with = Vec::new();
                if !claims.is_empty() && self.below(2) == 0 {
                    let to = self.somebody();
                    with.push(self.notifies(to).1);
                }
                self.answers(claims, with).await;
            }
            3 if !self.people.is_empty() => {
                let to = self.somebody();
                self.says(to, business).await;
            }
            4 => {
                let claims = self.writes(person, business, "remind me", 0).await;
                let timer = (!claims.is_empty()).then(|| self.timer());
                self.answers(claims, timer.into_iter().collect()).await;
            }
            _ => self.looks().await,
        }
    }

    /// Everybody writes once more, twice to each number, and hears what is left.
    pub(super) async fn end(&mut self) {
        // The last timer goes off within an hour.
        for _ in 0..40 {
            self.passes(5 * MINUTE_MS);
            for person in 0..4 {
                let claims = self.writes(person, BUSINESSES[0], "hello", 0).await;
                self.answers(claims, Vec::new()).await;
            }
            self.looks().await;
            if self.count("select count(*) from notice").await == 0 {
                break;
            }
        }
    }

    /// Holds the rows against the rules; gives what is broken.
    pub(crate) async fn check(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let rows = self.texts(
            "select message_id || '|' || lane_id || '|' || case when sent_at < received_at then sent_at else received_at end
             from message where kind = 'message' order by message_id",
        );
        let mut wrote_on = BTreeMap::new();
        for row in &rows.await {
            let [id, lane, sent] = columns(row).map(|column| column.parse::<i64>().expect("a number"));
            wrote_on.entry(lane.to_string()).or_insert_with(Vec::new).push((id, sent));
        }
        let (mut brought, mut wrote) = (BTreeMap::new(), BTreeMap::new());
        for (person, word, at) in &self.settled {
            match word.as_deref() {
                None => drop(wrote.insert(person, *at)),
                Some("") => {}
                Some(word) => {
                    if let Some(before) = brought.insert(word.to_owned(), *at)
                        && wrote.get(person).is_none_or(|wrote| *wrote < before)
                    {
                        broken.push(format!("{word} is brought twice though {person} wrote nothing between"));
                    }
                }
            }
        }
        let rows = self.texts(
            "select outbox_id || '|' || kind || '|' || lane_id || '|' || message_id || '|' || created_at || '|' || body || '|' from outbox order by outbox_id",
        );
        let (mut templates, mut told) = (BTreeMap::new(), BTreeMap::<String, i64>::new());
        for row in &rows.await {
            let [_, kind, lane, message, at, body, _] = columns(row);
            let (message, at): (i64, i64) = (message.parse().expect("an id"), at.parse().expect("a time"));
            let written = wrote_on.get(lane).map(Vec::as_slice).unwrap_or_default();
            let last = written.iter().filter(|(id, _)| *id <= message).map(|(_, sent)| *sent).max();
            match (kind, last) {
                (_, None) => broken.push(format!("{body} goes to a number that nobody wrote to")),
                ("template", _) => {
                    if let Some(before) = templates.insert(lane.to_owned(), at)
                        && at - before < WINDOW_MS
                    {
                        broken.push(format!("two templates in lane {lane} within {} ms", at - before));
                    }
                }
                (_, Some(last)) if at - last >= WINDOW_MS => {
                    broken.push(format!("{body} goes {} h after the person wrote", (at - last) / HOUR_MS));
                }
                _ => {}
            }
            if let Some(word) = word_of(body)
                && let Some(before) = told.insert(word.to_owned(), at)
            {
                broken.push(format!("{word} is told twice, at {before} and {at}"));
            }
        }
        // Each was told, or counted among those that were not.
        let more =
            self.texts("select body from outbox where kind = 'notice' and body like '%More messages for you: %'").await;
        let count = |body: &String| body.split("for you: ").nth(1)?.split('.').next()?.parse::<u64>().ok();
        let counted: u64 = more.iter().filter_map(count).sum();
        let waiting = self.count("select (select count(*) from notice) + (select count(*) from message where kind = 'notice' and state = 'queued')");
        if told.len() as u64 + counted + waiting.await as u64 != self.noted {
            broken.push(format!("{} of {} are told, {counted} are counted", told.len(), self.noted));
        }
        broken
    }
}

fn columns<const N: usize>(row: &str) -> [&str; N] {
    let mut parts = row.splitn(N, '|');
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// The word in a text.
fn word_of(text: &str) -> Option<&str> {
    let at = text.find("word0")?;
    text.get(at..at + 8)
}
