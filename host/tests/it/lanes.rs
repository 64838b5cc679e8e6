//! Lanes against a model: chance decides who receives, claims, settles, dies, sleeps or puts back, on several hosts with one database;
//! a checker holds it against what was accepted. And the checker is checked: with a fault put into the statements, it must notice.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use switchboard_core::{
    contract::types::{Content, Tap},
    inbox::{Delivery, Inbound, Item, Kind, Sender},
    phone::Phone,
    session::Session,
};
use switchboard_store::{Burst, Claim, Reply, Role, SettleError, Settlement, Store, StoreOptions};
use uuid::Uuid;

use switchboard_kit::{cluster, shell::Shell};

const NOW: i64 = 1_780_000_000_000;
const LEASE_MS: i64 = 15_000;
const PEOPLE: u64 = 4;
const STEPS: usize = 150;
/// As in production.
const WAIT_MS: i64 = 1_500;
const LONGEST_MS: i64 = 6_000;

type Faults = &'static [(&'static str, &'static str)];

/// What a run is held against, and what is under way.
struct World {
    url: String,
    nodes: Vec<Store>,
    /// Messages accepted, in order, by person.
    accepted: BTreeMap<u64, Vec<String>>,
    /// Messages settled, in order, by person.
    settled: BTreeMap<u64, Vec<String>>,
    /// Claims in hands, some of which have lost their lease.
    hands: Vec<(usize, Claim)>,
    sent: usize,
    now: i64,
    chance: u64,
}

impl World {
    async fn new(nodes: usize, seed: u64, faults: Faults) -> World {
        let url = cluster::shared().database().await;
        let mut stores = Vec::new();
        for _ in 0..nodes {
            let burst = Burst { wait_ms: WAIT_MS, longest_ms: LONGEST_MS, ..Burst::default() };
            let options = StoreOptions { role: Role::Serve, faults, burst, ..StoreOptions::default() };
            stores.push(Store::open(&url, options).await.expect("it opens"));
        }
        let (accepted, settled) = (BTreeMap::new(), BTreeMap::new());
        World { url, nodes: stores, accepted, settled, hands: Vec::new(), sent: 0, now: NOW, chance: seed }
    }

    /// SplitMix64.
    fn below(&mut self, end: u64) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.chance ^ (self.chance >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn node(&mut self) -> usize {
        let nodes = self.nodes.len() as u64;
        self.below(nodes) as usize
    }

    async fn step(&mut self) -> Result<(), String> {
        self.now += 1 + self.below(2_000) as i64;
        match self.below(12) {
            0..=3 => self.receive(false).await,
            4 => self.receive(true).await,
            5..=8 => self.settle().await,
            // The host dies with the turn.
            9 if !self.hands.is_empty() => {
                let index = self.below(self.hands.len() as u64) as usize;
                self.hands.swap_remove(index);
                Ok(())
            }
            // A turn that takes longer than its lease.
            10 => {
                self.now += LEASE_MS + 1;
                self.poll().await
            }
            11 => self.put_back().await,
            _ => self.poll().await,
        }
    }

    /// Somebody writes, or Meta delivers something again.
    async fn receive(&mut self, again: bool) -> Result<(), String> {
        let person = self.below(PEOPLE);
        let known = self.accepted.entry(person).or_default();
        let wamid = match known.last() {
            Some(last) if again => last.clone(),
            _ => {
                self.sent += 1;
                let wamid = format!("w{:06}", self.sent);
                known.push(wamid.clone());
                wamid
            }
        };
        let sender = Sender { phone: Phone::parse(&format!("25078800000{person}")).ok(), ..Sender::default() };
        let message = Inbound {
            business: "1".into(),
            // A tap never waits, and ends the wait of what came before it.
            content: match never_waits(&wamid) {
                true => Content::Tap(Tap { id: person.to_string(), title: String::new() }),
                false => Content::Text(person.to_string()),
            },
            wamid,
            kind: Kind::Message,
            sender,
            sent_at: self.now,
            quotes: None,
            extras: Vec::new(),
        };
        let delivery = Delivery {
            body: Bytes::from_static(b"{}"),
            received_at: self.now,
            items: vec![Item::Message(message)],
            unreadable: None,
            forwards: false,
        };
        let node = self.node();
        let ingested =
            self.nodes[node].ingest(delivery).await.map_err(|error| format!("a delivery was refused: {error}"))?;
        self.take(node, ingested.claimed)
    }

    /// Claims come into hands: none whose messages still wait for more.
    fn take(&mut self, node: usize, claims: Vec<Claim>) -> Result<(), String> {
        for claim in claims {
            let received: Vec<i64> = match claim.burst.is_empty() {
                true => vec![claim.message.received_at],
                false => claim.burst.iter().map(|bubble| bubble.received_at).collect(),
            };
            let is_due = self.now >= due_of(&received);
            let is_first_try = claim.message.attempts() == 0;
            if is_first_try && claim.message.waited_ms.is_some() && !is_due && !self.is_ended(&claim) {
                return Err(format!("message {} was claimed while it waited for more", claim.message.id));
            }
            self.hands.push((node, claim));
        }
        Ok(())
    }

    /// Whether something that never waits came after a burst, or a turn of the same lane left some of it behind.
    fn is_ended(&self, claim: &Claim) -> bool {
        let person = person_of(&claim.message.content).unwrap_or_default();
        let last = claim.burst.last().map_or(claim.message.wamid.as_deref(), |bubble| bubble.wamid.as_deref());
        let after = |wamid: &&String| Some(wamid.as_str()) > last;
        self.accepted.get(&person).into_iter().flatten().any(|wamid| after(&wamid) && never_waits(wamid))
    }

    async fn settle(&mut self) -> Result<(), String> {
        if self.hands.is_empty() {
            return Ok(());
        }
        let index = self.below(self.hands.len() as u64) as usize;
        let (node, claim) = self.hands.swap_remove(index);
        let session = claim.session.as_ref().map_or_else(Uuid::now_v7, |session| session.id);
        let session = Session {
            id: session,
            agent: "jobs".into(),
            created_at: self.now,
            last_message_at: self.now,
            ..Session::default()
        };
        let settlement = Settlement {
            session: Some(session),
            replies: vec![Reply { agent: "jobs".into(), body: "{}".into(), url: None, kind: Default::default() }],
            ..Settlement::of(&claim, self.now)
        };
        match self.nodes[node].settle(settlement).await {
            Ok(settled) => {
                let person = person_of(&claim.message.content).ok_or("another content")?;
                let own = claim.burst.is_empty().then(|| claim.message.wamid.clone());
                let wamids = own.into_iter().chain(claim.burst.iter().map(|bubble| bubble.wamid.clone()));
                self.settled.entry(person).or_default().extend(wamids.flatten());
                let goes_on = settled.next.is_some();
                self.take(node, settled.next.into_iter().collect())?;
                if !goes_on && self.waits(claim.lane.id).await {
                    return Err(format!("lane {} was let go with a message that is due", claim.lane.id));
                }
                Ok(())
            }
            Err(SettleError::LostLease) => Ok(()),
            Err(error) => Err(format!("a turn was refused: {error}")),
        }
    }

    /// Whether a lane that nobody has holds a message that is due.
    async fn waits(&self, lane: i64) -> bool {
        let sql = "select lane_id from message join lane using (lane_id)
            where state = 'queued' and ready_at <= $NOW and lease_owner is null and not exists (select 1 from message as e
                where e.lane_id = message.lane_id and e.state = 'queued' and (e.attempts > 0 or e.ready_at > $NOW and e.message_id < message.message_id))";
        let sql = sql.replace("$NOW", &self.now.to_string());
        Shell::open(&self.url).await.values::<i64>(sql.leak()).await.contains(&lane)
    }

    async fn put_back(&mut self) -> Result<(), String> {
        let Some((node, claim)) = self.hands.pop() else { return Ok(()) };
        let at = self.now + self.below(5_000) as i64;
        self.nodes[node].postpone(claim.lane, claim.message.id, at, "chance").await.map_err(|error| error.to_string())
    }

    async fn poll(&mut self) -> Result<(), String> {
        let node = self.node();
        let claims = self.nodes[node].claim_due(self.now, 9).await.map_err(|error| error.to_string())?;
        self.take(node, claims)
    }

    /// Nobody writes any more: everything comes to its end, and the books are compared.
    async fn end(&mut self) -> Result<(), String> {
        for _ in 0..1_000 {
            self.now += LEASE_MS + 1;
            self.poll().await?;
            while !self.hands.is_empty() {
                self.settle().await?;
            }
            let mut shell = Shell::open(&self.url).await;
            if shell.value::<i64>("select count(*) from message where state = 'queued'").await == 0 {
                break;
            }
        }
        if self.settled != self.accepted {
            let accepted: HashMap<_, _> = self.accepted.iter().map(|(person, all)| (person, all.len())).collect();
            return Err(format!(
                "what was settled is not what was accepted, each once and in order: {accepted:?}\n{:?}",
                self.settled
            ));
        }
        let mut shell = Shell::open(&self.url).await;
        let doubled = "select count(*) from (select message_id from outbox group by 1 having count(*) > 1) as d";
        match shell.value::<i64>(doubled).await {
            0 => Ok(()),
            n => Err(format!("{n} messages have two replies")),
        }
    }
}

/// Who wrote something; a burst says it line by line.
fn person_of(content: &Content) -> Option<u64> {
    match content {
        Content::Text(lines) => lines.lines().next()?.parse().ok(),
        Content::Tap(tap) => tap.id.parse().ok(),
        _ => None,
    }
}

/// When a burst is due: a wait after its last message and the longest wait after its first; what comes when it is due changes nothing.
fn due_of(received: &[i64]) -> i64 {
    let first = received[0];
    let after = |last: i64| (last + WAIT_MS).min(first + LONGEST_MS);
    received[1..].iter().fold(after(first), |due, at| if *at < due { after(*at) } else { due })
}

/// Whether a message of the model is a tap.
fn never_waits(wamid: &str) -> bool {
    wamid.trim_start_matches('w').parse::<usize>().is_ok_and(|sent| sent % 5 == 0)
}

async fn run(seed: u64, faults: Faults, without: Option<&'static str>) -> Result<(), String> {
    let mut world = World::new(3, seed, faults).await;
    if let Some(sql) = without {
        Shell::open(&world.url).await.run(sql).await;
    }
    for _ in 0..STEPS {
        world.step().await?;
    }
    world.end().await
}

#[tokio::test]
async fn chance_finds_nothing() {
    for seed in 0..6 {
        run(seed, &[], None).await.unwrap_or_else(|found| panic!("seed {seed}: {found}"));
    }
}

/// A fault must be found by some seed.
async fn is_found(what: &str, faults: Faults, without: Option<&'static str>) {
    for seed in 0..6 {
        if let Err(found) = run(seed, faults, without).await {
            assert!(!found.contains("refused"), "{what}: a statement broke, so nothing was checked: {found}");
            println!("{what}: seed {seed} finds it: {}", found.lines().next().unwrap_or_default());
            return;
        }
    }
    panic!("{what}: nobody notices");
}

#[tokio::test]
async fn a_fence_that_is_gone_is_found() {
    is_found("no epoch check", &[("case when lane.epoch = {epoch} then lane.epoch + 1 end", "lane.epoch + 1")], None)
        .await;
}

#[tokio::test]
async fn a_look_back_that_is_gone_is_found() {
    is_found(
        "no look at the lane when it is let go",
        &[(
            "exists (select 1 from message as m where m.lane_id = {lane_id}",
            "exists (select 1 from message as m where false and m.lane_id = {lane_id}",
        )],
        None,
    )
    .await;
}

#[tokio::test]
async fn a_memory_that_is_gone_is_found() {
    let forget = "alter table message drop constraint message_business_wamid_space_key";
    is_found(
        "no deduplication",
        &[(
            "on conflict (business, wamid, space) do update
set kind = excluded.kind, content = excluded.content, state = excluded.state, ready_at = excluded.ready_at, joins = excluded.joins, extras = excluded.extras,
    delivery_id = excluded.delivery_id
where message.kind = 'placeholder' and excluded.kind = 'message'",
            "",
        )],
        Some(forget),
    )
    .await;
}

#[tokio::test]
async fn a_wait_that_is_gone_is_found() {
    is_found("a burst is due at once", &[("case when b.ends = 1 then {now} else b.due end", "{now}")], None).await;
}
