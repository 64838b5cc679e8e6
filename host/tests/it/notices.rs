//! The customer service window and the notices that wait for it, with the real store and the real turn on both databases and a clock that
//! the test moves: chance decides who writes to which business number, how late Meta delivers it, what is to be told to whom and how long
//! everybody is silent; a checker reads the rows.

use std::{collections::BTreeMap, sync::Arc};

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
    contract::{
        listings, matches,
        types::{Content, Notice, Template},
    },
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
use uuid::Uuid;

use crate::sends::seeds;

const NOW: i64 = 1_780_000_000_000;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const BUSINESSES: [&str; 2] = ["1", "2"];

/// Texts in statements, and what stands there instead.
pub(super) type Faults = &'static [(&'static str, &'static str)];

/// A host without ports, and what was asked of it.
pub(super) struct World {
    pub(super) app: App,
    pub(super) url: String,
    pub(super) now: i64,
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
    pub(super) async fn hosting(
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

    pub(super) async fn sqlite(seed: u64) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        World::new(format!("sqlite://{}/notices.db", folder.path().display()), folder, seed, &[]).await
    }

    pub(super) async fn postgres(seed: u64) -> World {
        World::with(seed, &[]).await
    }

    /// On Postgres, with faults in the script's statements.
    async fn with(seed: u64, faults: Faults) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        World::new(cluster::shared().database().await, folder, seed, faults).await
    }

    /// SplitMix64.
    fn below(&mut self, end: u64) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.chance ^ (self.chance >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    pub(super) fn passes(&mut self, ms: i64) {
        self.now += ms;
        self.app.clock.set(self.now);
    }

    /// A person writes; Meta delivers it so much later.
    pub(super) async fn writes(&mut self, person: u64, business: &str, words: &str, late_ms: i64) -> Vec<Claim> {
        let item = self.message(person, business, words, late_ms);
        self.receives(vec![item]).await
    }

    pub(super) fn message(&mut self, person: u64, business: &str, words: &str, late_ms: i64) -> Item {
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
    pub(super) async fn receives(&mut self, items: Vec<Item>) -> Vec<Claim> {
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
    pub(super) async fn answers(&mut self, mut claims: Vec<Claim>, mut with: Vec<Effect>) {
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
    pub(super) async fn looks(&mut self) {
        for _ in 0..3 {
            let mut claims = self.app.store.claim_due(self.now, 50).await.expect("a look");
            claims.extend(self.app.store.bring_due(self.now).await.expect("a look"));
            self.answers(claims, Vec::new()).await;
        }
    }

    /// Word for somebody, that no other is alike.
    fn word(&mut self) -> String {
        self.noted += 1;
        format!("word{:04}.", self.noted)
    }

    /// An operator's words.
    pub(super) async fn says(&mut self, person: Uuid, business: &str) -> String {
        let word = self.word();
        self.app.store.say(person, business, &word, self.now).await.expect("said");
        word
    }

    /// Word for another person, as an agent's turn has it.
    pub(super) fn notifies(&mut self, person: Uuid) -> (String, Effect) {
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

    pub(super) async fn shell(&self) -> Shell {
        Shell::open(&self.url).await
    }

    pub(super) async fn texts(&self, sql: &str) -> Vec<String> {
        self.shell().await.texts(sql).await
    }

    pub(super) async fn count(&self, sql: &'static str) -> i64 {
        self.shell().await.value(sql).await
    }

    fn somebody(&mut self) -> Uuid {
        let among = self.people.len() as u64;
        let nth = self.below(among);
        self.people[nth as usize]
    }

    async fn step(&mut self) {
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
    async fn end(&mut self) {
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
    pub(super) async fn check(&self) -> Vec<String> {
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

/// Chance drives a world; nothing that was to be told is lost.
async fn chance(mut world: World, steps: usize) -> Vec<String> {
    for _ in 0..steps {
        world.step().await;
    }
    world.end().await;
    let mut broken = world.check().await;
    if world.count("select count(*) from notice").await > 0 {
        broken.push("somebody who writes is not told".into());
    }
    broken
}

#[tokio::test]
async fn chance_finds_no_word_twice_and_none_outside_the_window() {
    for seed in 0..seeds(6) {
        let (one, two) = (World::sqlite(seed).await, World::postgres(seed).await);
        let broken = [chance(one, 60).await, chance(two, 60).await];
        assert!(broken.iter().all(Vec::is_empty), "seed {seed}: {broken:#?}");
    }
}

/// A fault is found by some seed.
async fn is_found(what: &str, faults: Faults) {
    for seed in 0..12 {
        if let Some(broken) = chance(World::with(seed, faults).await, 60).await.first() {
            println!("{what}: seed {seed} finds it: {broken}");
            return;
        }
    }
    panic!("{what}: nothing finds it");
}

#[tokio::test]
async fn a_notice_that_is_woken_by_anything_is_found() {
    is_found("no look at when the person wrote", &[("and l.wrote_at > notice.seen_at", "")]).await;
}

#[tokio::test]
async fn a_notice_that_is_never_woken_is_found() {
    is_found("no look at who waits", &[("where waits and person_id = any", "where false and person_id = any")]).await;
}

#[tokio::test]
async fn a_notice_that_stays_is_found() {
    is_found("no end of what was brought", &[("delete from notice where not waits", "delete from notice where false")])
        .await;
}

#[tokio::test]
async fn a_window_that_is_counted_from_when_a_message_came_is_found() {
    is_found(
        "the host's clock",
        &[(
            "wrote_at = greatest(lane.wrote_at, {wrote_at})",
            "wrote_at = greatest(lane.wrote_at, case when {wrote_at} > 0 then {now} else 0 end)",
        )],
    )
    .await;
}

/// The story of a buyer on one number and a seller who wrote to the other only.
async fn the_seller_is_told_once(mut world: World) {
    let claims = world.writes(1, BUSINESSES[1], "I sell", 0).await;
    let seller = claims[0].person.id;
    world.answers(claims, Vec::new()).await;
    world.passes(HOUR_MS);
    let claims = world.writes(2, BUSINESSES[0], "I buy", 0).await;
    let (word, ask) = world.notifies(seller);
    world.answers(claims, vec![ask]).await;
    for _ in 0..20 {
        world.looks().await;
        world.passes(500);
    }
    assert_eq!(world.check().await, [] as [String; 0]);
    let told = world
        .texts("select l.business || o.body from outbox as o join lane as l using (lane_id) order by outbox_id")
        .await;
    assert!(told.len() == 3 && told[2].starts_with(BUSINESSES[1]) && told[2].contains(&word), "{told:?}");
}

/// The replies to a person, oldest first: kind and text.
async fn told(world: &World, phone: u64) -> Vec<String> {
    let sql = format!(
        "select o.kind || ' ' || o.body from outbox as o join lane as l using (lane_id) join person as p using (person_id)
         where p.phone = '25078800000{phone}' order by o.outbox_id"
    );
    world.texts(&sql).await
}

/// Who said what in a person's conversations.
async fn history(world: &World, phone: u64) -> String {
    let sql = format!(
        "select conversation_history::text from unified_sessions as s join person as p on p.person_id = s.user_id
         where p.phone = '25078800000{phone}' and s.status = 'active'"
    );
    let sql = if world.url.starts_with("sqlite") { sql.replace("::text", "") } else { sql };
    world.texts(&sql).await.concat()
}

async fn a_request_is_brought_at_once_where_the_window_is_open(mut world: World) {
    let claims = world.writes(1, BUSINESSES[1], "I sell", 0).await;
    let seller = claims[0].person.id;
    world.answers(claims, Vec::new()).await;
    let claim = world.writes(2, BUSINESSES[0], "I buy", 0).await.remove(0);
    let mut settlement = turn::answer(&world.app, &claim).await.expect("a turn").settlement;
    settlement.effects.push(world.notifies(seller).1);
    let woken = world.app.store.settle(settlement).await.expect("it settles").woken;
    assert_eq!(woken.iter().map(|claim| claim.message.business.as_str()).collect::<Vec<_>>(), [BUSINESSES[1]]);
    world.answers(woken, Vec::new()).await;
    assert_eq!(told(&world, 1).await.len(), 2);
}

async fn a_message_that_comes_a_day_late_is_answered_by_a_template_and_by_what_comes_next(mut world: World) {
    for n in 0..2 {
        world.writes(1, BUSINESSES[0], &format!("long ago {n}"), 30 * HOUR_MS - n).await;
        world.passes(4_000);
        world.looks().await;
    }
    assert_eq!(world.check().await, [] as [String; 0]);
    let replies = told(&world, 1).await;
    assert!(replies.len() == 1 && replies[0].starts_with("template"), "{replies:?}");
    let claims = world.writes(1, BUSINESSES[0], "and now", 0).await;
    let session = claims[0].session.clone().expect("a session");
    assert_eq!(session.history.iter().map(|said| said.text.as_str()).collect::<Vec<_>>(), ["long ago 0", "long ago 1"]);
    world.answers(claims, Vec::new()).await;
    let replies = told(&world, 1).await;
    assert!(replies.len() == 2 && replies[1].starts_with("answer"), "{replies:?}");
}

async fn of_messages_that_came_late_the_newest_is_answered(mut world: World) {
    // In their order and out of it, in one delivery and in three.
    for (person, order, apart) in [(1, [4, 3, 2], 0), (2, [2, 3, 4], 0), (3, [3, 2, 4], 500)] {
        for hours in order {
            world.writes(person, BUSINESSES[0], &format!("{hours} hours ago"), hours * HOUR_MS).await;
            world.passes(apart);
            world.looks().await;
        }
        world.passes(3_000);
        world.looks().await;
        let replies = told(&world, person).await;
        assert!(replies.len() == 1 && replies[0].starts_with("answer"), "{order:?}: {replies:?}");
        let said = history(&world, person).await;
        assert_eq!(said.matches("hours ago").count(), 3, "{said}");
    }
    // One that was answered before is no reason to leave a question without its answer.
    let claims = world.writes(4, BUSINESSES[0], "hello?", 0).await;
    world.answers(claims, Vec::new()).await;
    world.passes(HOUR_MS);
    world.writes(4, BUSINESSES[0], "I sell a bicycle", 2 * HOUR_MS).await;
    world.passes(3_000);
    world.looks().await;
    assert_eq!(told(&world, 4).await.len(), 2);
}

async fn a_late_message_keeps_its_place_in_the_lane(mut world: World) {
    let claims = world.writes(1, BUSINESSES[0], "first", 0).await;
    world.writes(1, BUSINESSES[0], "late", 2 * HOUR_MS).await;
    world.writes(1, BUSINESSES[0], "last", 0).await;
    world.answers(claims, Vec::new()).await;
    assert_eq!(told(&world, 1).await.len(), 1, "what came after it waits with it");
    world.passes(3_000);
    world.looks().await;
    let said = history(&world, 1).await;
    let place = |words: &str| said.find(words).unwrap_or_else(|| panic!("{words}: {said}"));
    assert!(place("first") < place("late") && place("late") < place("last"), "{said}");
}

async fn stop_counts_however_late_it_comes(mut world: World) {
    world.writes(1, BUSINESSES[0], "stop", 30 * HOUR_MS).await;
    world.passes(3_000);
    world.looks().await;
    assert_eq!(world.count("select count(*) from person where opted_out_at is not null").await, 1);
    assert_eq!(told(&world, 1).await, [] as [String; 0], "nobody is asked to write who said stop");
    // But not against what they said after it.
    let claims = world.writes(1, BUSINESSES[0], "start", 0).await;
    world.answers(claims, Vec::new()).await;
    world.writes(1, BUSINESSES[0], "stop", 2 * HOUR_MS).await;
    world.passes(3_000);
    world.looks().await;
    assert_eq!(world.count("select count(*) from person where opted_out_at is not null").await, 0);
}

async fn after_an_absence_come_the_answer_the_newest_and_how_many_more(mut world: World) {
    let claims = world.writes(1, BUSINESSES[0], "hello", 0).await;
    let person = claims[0].person.id;
    world.answers(claims, Vec::new()).await;
    world.passes(2 * WINDOW_MS);
    let mut words = Vec::new();
    for _ in 0..40 {
        words.push(world.says(person, BUSINESSES[0]).await);
        world.looks().await;
        world.passes(MINUTE_MS);
    }
    assert_eq!(told(&world, 1).await[1..].len(), 1, "one template for all of them");
    let claims = world.writes(1, BUSINESSES[0], "I am back", 0).await;
    world.answers(claims, Vec::new()).await;
    world.looks().await;
    let replies = told(&world, 1).await.split_off(2);
    assert!(replies.len() == 5 && replies[0].starts_with("answer"), "{replies:?}");
    assert!(replies[1..4].iter().zip(&words[37..]).all(|(reply, word)| reply.contains(word)), "{replies:?}");
    assert!(replies[4].contains("More messages for you: 37."), "{replies:?}");
    assert_eq!(world.count("select count(*) from notice").await, 0);
}

async fn who_never_wrote_is_not_written_to(mut world: World) {
    let claims = world.writes(1, BUSINESSES[0], "hello", 0).await;
    world.answers(claims, Vec::new()).await;
    let stranger = Uuid::now_v7();
    let sql = format!(
        "insert into person (person_id, bucket, phone, created_at) values ('{stranger}', 1, '250788000009', 1)"
    );
    world.shell().await.run(&sql).await;
    let sql = format!(
        "insert into identity (kind, value, person_id, since) values ('phone', '250788000009', '{stranger}', 1)"
    );
    world.shell().await.run(&sql).await;
    let word = world.says(stranger, BUSINESSES[0]).await;
    world.looks().await;
    assert_eq!(told(&world, 9).await, [] as [String; 0]);
    assert_eq!(world.count("select count(*) from lane").await, 1, "and gets no lane");
    assert_eq!(world.count("select count(*) from notice where waits").await, 1, "no look brings it again");
    if world.url.starts_with("sqlite") {
        // The writer remembers whom it made; whom SQL made it learns at its start.
        return;
    }
    let claims = world.writes(9, BUSINESSES[1], "hello", 0).await;
    assert_eq!(claims[0].person.id, stranger);
    world.answers(claims, Vec::new()).await;
    world.looks().await;
    let replies = told(&world, 9).await;
    assert!(replies.len() == 2 && replies[1].contains(&word), "{replies:?}");
}

/// A seller with a listing who has been silent for two days, and a buyer who asks for contact.
async fn a_seller_who_is_away(world: &mut World) -> (Uuid, String) {
    let claims = world.writes(1, BUSINESSES[0], "I sell", 0).await;
    let seller = claims[0].person.id;
    let listing = Uuid::now_v7();
    let create = Write::ListingCreate { id: listing, draft: draft("Bicycle") };
    world.answers(claims, vec![Effect { agent: "jobs".into(), write: create }]).await;
    world.passes(2 * WINDOW_MS);
    let claims = world.writes(2, BUSINESSES[1], "I buy", 0).await;
    let id = Uuid::now_v7();
    let propose = Write::MatchPropose { id, listing, status: matches::Status::Suggested };
    let word = world.word();
    let data = serde_json::json!({ "text": word }).to_string();
    let ask =
        Write::Notify { person: seller, kind: "host.say".into(), listing: Some(listing), r#match: Some(id), data };
    let effects = [propose, ask].map(|write| Effect { agent: "jobs".into(), write });
    world.answers(claims, effects.into()).await;
    world.looks().await;
    (seller, word)
}

async fn a_template_that_is_refused_is_sent_again_and_whoever_waits_is_told(mut world: World) {
    let (seller, word) = a_seller_who_is_away(&mut world).await;
    let replies = told(&world, 1).await;
    assert!(replies.len() == 2 && replies[1].starts_with("template"), "{replies:?}");
    assert_eq!(world.app.store.templates_lost(world.now - HOUR_MS).await.expect("asked"), 0);
    world.shell().await.run("update outbox set state = 'dead' where kind = 'template'").await;
    assert_eq!(world.app.store.templates_lost(world.now - HOUR_MS).await.expect("asked"), 1);
    for _ in 0..3 {
        world.passes(10_000);
        world.looks().await;
    }
    let heard = told(&world, 2).await;
    assert_eq!(heard.iter().filter(|reply| reply.contains("could not reach")).count(), 1, "once: {heard:?}");
    let allowed =
        async |world: &World| world.app.store.template_allowed(seller, BUSINESSES[0], world.now).await.expect("asked");
    assert!(!allowed(&world).await, "not at once");
    world.passes(HOUR_MS);
    assert!(allowed(&world).await);
    world.says(seller, BUSINESSES[0]).await;
    world.looks().await;
    assert_eq!(told(&world, 1).await.len(), 3, "another template");
    world.passes(HOUR_MS);
    assert!(!allowed(&world).await, "that one went");
    let claims = world.writes(1, BUSINESSES[0], "I am back", 0).await;
    world.answers(claims, Vec::new()).await;
    world.looks().await;
    assert_eq!(told(&world, 1).await.iter().filter(|reply| reply.contains(&word)).count(), 1);
}

async fn a_window_that_is_closed_for_meta_takes_a_notice_back(mut world: World) {
    let claims = world.writes(1, BUSINESSES[0], "hello", 0).await;
    let person = claims[0].person.id;
    world.answers(claims, Vec::new()).await;
    let word = world.says(person, BUSINESSES[0]).await;
    world.looks().await;
    let id = world.texts("select cast(outbox_id as text) from outbox where kind = 'notice'").await.remove(0);
    let id = id.parse().expect("an id");
    world.shell().await.run(&format!("update outbox set state = 'dead' where outbox_id = {id}")).await;
    for _ in 0..2 {
        world.app.store.window_closed(id, |_| Some(r#"{"type":"template"}"#.into()), world.now).await.expect("noted");
    }
    assert_eq!(world.count("select count(*) from outbox where state = 'barred'").await, 1);
    assert_eq!(world.count("select count(*) from outbox where kind = 'template'").await, 1);
    assert_eq!(world.count("select count(*) from notice where waits").await, 1, "once, however often Meta says so");
    for _ in 0..5 {
        world.passes(HOUR_MS);
        world.looks().await;
    }
    assert_eq!(world.count("select count(*) from outbox").await, 3, "it waits, though the host thinks the window open");
    let claims = world.writes(1, BUSINESSES[0], "hello", 0).await;
    world.answers(claims, Vec::new()).await;
    world.looks().await;
    let replies = told(&world, 1).await;
    assert!(replies.len() == 5 && replies[4].contains(&word), "{replies:?}");
}

async fn a_window_that_is_closed_for_meta_answers_by_one_template(mut world: World) {
    for _ in 0..2 {
        let claims = world.writes(1, BUSINESSES[0], "hello", 0).await;
        world.answers(claims, Vec::new()).await;
    }
    let ids = world.texts("select cast(outbox_id as text) from outbox where kind = 'answer' order by outbox_id").await;
    for id in ids {
        world.shell().await.run(&format!("update outbox set state = 'dead' where outbox_id = {id}")).await;
        let id = id.parse().expect("an id");
        world.app.store.window_closed(id, |_| Some(r#"{"type":"template"}"#.into()), world.now).await.expect("noted");
    }
    assert_eq!(world.count("select count(*) from outbox where state = 'barred'").await, 2);
    assert_eq!(world.count("select count(*) from outbox where kind = 'template' and state = 'queued'").await, 1);
    assert_eq!(world.count("select count(*) from notice").await, 0);
}

async fn everybody_with_a_search_that_fits_is_told_once(mut world: World) {
    const WATCHERS: usize = 230;
    let query = listings::Query {
        words: "bicycle".into(),
        kind: None,
        category: None,
        attributes: Vec::new(),
        price_min: None,
        price_max: None,
        near: None,
        radius_km: None,
        limit: 0,
        offset: 0,
    };
    let claims = world.receives((0..WATCHERS).map(watcher).collect()).await;
    assert_eq!(claims.len(), WATCHERS);
    for claim in claims {
        let write = Write::SaveSearch { id: Uuid::now_v7(), query: query.clone() };
        world.answers(vec![claim], vec![Effect { agent: "jobs".into(), write }]).await;
    }
    let claims = world.writes(1, BUSINESSES[0], "I sell", 0).await;
    let create = Write::ListingCreate { id: Uuid::now_v7(), draft: draft("Bicycle") };
    world.answers(claims, vec![Effect { agent: "jobs".into(), write: create }]).await;
    for _ in 0..8 {
        world.looks().await;
        world.passes(500);
    }
    let told = "select count(*) from message where kind = 'notice'";
    assert_eq!(world.count(told).await, WATCHERS as i64);
    assert_eq!(world.count("select count(distinct lane_id) from message where kind = 'notice'").await, WATCHERS as i64);
    assert_eq!(world.count("select count(*) from unified_listings where matched_at is null").await, 0);
}

/// The first message of one of many.
fn watcher(n: usize) -> Item {
    Item::Message(Inbound {
        business: BUSINESSES[0].into(),
        wamid: format!("watcher{n}"),
        kind: Kind::Message,
        sender: Sender { phone: Phone::parse(&format!("2507881{n:05}")).ok(), ..Sender::default() },
        sent_at: NOW,
        content: Content::Text("hello".into()),
        quotes: None,
        extras: Vec::new(),
    })
}

fn draft(title: &str) -> listings::Draft {
    listings::Draft {
        kind: "product".into(),
        title: title.into(),
        description: None,
        category: None,
        price: None,
        price_max: None,
        price_unit: None,
        place: None,
        attributes: "{}".into(),
        images: Vec::new(),
        contact: listings::ContactPolicy::Ask,
    }
}

async fn a_timer_with_a_template_reaches_whoever_is_silent(mut world: World) {
    let template = Template { name: "renewal".into(), language: "fr".into(), parameters: vec!["RAB 123 C".into()] };
    let timer = |at: i64, until: Option<i64>, template: Option<Template>| {
        let notice = Notice { kind: "renewal".into(), listing: None, match_: None, data: "{}".into() };
        let (key, until) = (Some(at.to_string()), until.map(|until| until as u64));
        Effect { agent: "jobs".into(), write: Write::Timer { key, at: at as u64, notice, template, until } }
    };
    let claims = world.writes(1, BUSINESSES[0], "hello", 0).await;
    let (two_days, three_days) = (world.now + 2 * WINDOW_MS, world.now + 3 * WINDOW_MS);
    let effects = vec![
        timer(two_days, None, Some(template.clone())),
        timer(two_days + 1, None, Some(template.clone())),
        timer(two_days + 2, Some(three_days), None),
    ];
    world.answers(claims, effects).await;
    world.passes(2 * WINDOW_MS + HOUR_MS);
    world.looks().await;
    let replies = told(&world, 1).await;
    assert!(replies.len() == 2 && replies[1].starts_with("template") && replies[1].contains("renewal"), "{replies:?}");
    assert!(replies[1].contains("RAB 123 C"), "{replies:?}");
    let waiting = world.texts("select coalesce(template, '-') from notice order by notice_id").await;
    assert!(waiting.len() == 2 && waiting[0].contains("renewal") && waiting[1] == "-", "one a day: {waiting:?}");
    // The one is told what waited for them, the other is pointless by then.
    world.passes(WINDOW_MS);
    let claims = world.writes(1, BUSINESSES[0], "I am back", 0).await;
    world.answers(claims, Vec::new()).await;
    world.looks().await;
    assert_eq!(world.count("select count(*) from notice").await, 0);
    assert_eq!(world.count("select count(*) from message where kind = 'notice'").await, 4, "three at first, one again");
}

/// Nobody could be reached for a while, and then Meta delivers everything at once: several messages of each person, and some that they
/// wrote before it began.
async fn everybody_gets_one_answer_after(absence_ms: i64, mut world: World) {
    const PEOPLE: u64 = 9;
    for person in 0..PEOPLE {
        let claims = world.writes(person, BUSINESSES[0], "before", 0).await;
        world.answers(claims, Vec::new()).await;
    }
    let before = world.count("select count(*) from outbox").await;
    world.passes(absence_ms + HOUR_MS);
    let (mut items, mut bodies) = (Vec::new(), Vec::new());
    for nth in 0..5 {
        for person in 0..PEOPLE {
            // From the beginning of the absence to its end.
            items.push(world.message(person, BUSINESSES[0], "meanwhile", absence_ms - nth * MINUTE_MS));
        }
    }
    // In any order, and some of it twice.
    while !items.is_empty() {
        let many = items.len().min(7);
        let body: Vec<Item> = (0..many).map(|_| items.swap_remove(world.below(items.len() as u64) as usize)).collect();
        bodies.push(body.clone());
        bodies.push(body);
    }
    for body in bodies {
        let claims = world.receives(body).await;
        world.answers(claims, Vec::new()).await;
        world.passes(20);
    }
    world.passes(3_000);
    for _ in 0..5 {
        world.looks().await;
        world.passes(500);
    }
    assert_eq!(world.check().await, [] as [String; 0]);
    assert_eq!(world.count("select count(*) from message where state = 'queued'").await, 0);
    let each = "select count(*) from (select lane_id from outbox group by lane_id having count(*) = 2) as o";
    assert_eq!(world.count(each).await, PEOPLE as i64, "each gets one answer or one template");
    assert_eq!(world.count("select count(*) from outbox").await, before + PEOPLE as i64);
    let templates = world.count("select count(*) from outbox where kind = 'template'").await;
    assert_eq!(templates, if absence_ms < WINDOW_MS { 0 } else { PEOPLE as i64 });
}

async fn after_an_hour_and_a_bit(world: World) {
    everybody_gets_one_answer_after(HOUR_MS + 10 * MINUTE_MS, world).await;
}

async fn after_a_day(world: World) {
    everybody_gets_one_answer_after(WINDOW_MS + 5 * MINUTE_MS, world).await;
}

async fn after_six_days(world: World) {
    everybody_gets_one_answer_after(6 * WINDOW_MS, world).await;
}

macro_rules! on_both {
    ($($test:ident)*) => {$(
        mod $test {
            #[tokio::test]
            async fn sqlite() {
                super::$test(super::World::sqlite(1).await).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::$test(super::World::postgres(1).await).await;
            }
        }
    )*};
}

on_both! {
    the_seller_is_told_once
    a_request_is_brought_at_once_where_the_window_is_open
    a_message_that_comes_a_day_late_is_answered_by_a_template_and_by_what_comes_next
    of_messages_that_came_late_the_newest_is_answered
    a_late_message_keeps_its_place_in_the_lane
    stop_counts_however_late_it_comes
    after_an_absence_come_the_answer_the_newest_and_how_many_more
    who_never_wrote_is_not_written_to
    a_template_that_is_refused_is_sent_again_and_whoever_waits_is_told
    a_window_that_is_closed_for_meta_takes_a_notice_back
    a_window_that_is_closed_for_meta_answers_by_one_template
    everybody_with_a_search_that_fits_is_told_once
    a_timer_with_a_template_reaches_whoever_is_silent
    after_an_hour_and_a_bit
    after_a_day
    after_six_days
}
