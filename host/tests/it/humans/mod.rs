//! Who is who, against a model that is written from ADR 40 in other words: chance drives humans who write, change their numbers and user
//! ids, hide their numbers, share contact cards, get each other's old numbers and are merged by operators, on three hosts with one
//! database or on one with a file. Whatever happens, nobody sees or hears what is another human's, and nobody is forgotten who can be
//! known.
//!
//! And the checker is checked: each rule is taken out once, and it must notice.

mod changes;
mod turns;

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use uuid::Uuid;

use crate::sends::{seeds, text};
use switchboard_core::{
    contract::types::Content,
    inbox::{Delivery, IdentityChange, Inbound, Item, Kind, Sender},
    phone::Phone,
};
use switchboard_kit::{cluster, shell::Shell};
use switchboard_store::{Claim, Role, Store, StoreOptions};

const NOW: i64 = 1_780_000_000_000;
const DAY: i64 = 86_400_000;
const HUMANS: usize = 4;
const NUMBERS: usize = 6;
const STEPS: usize = 140;

type Faults = &'static [(&'static str, &'static str)];
/// A number, by its place in the world's list.
type Number = usize;

/// A human as they are.
#[derive(Clone, Debug)]
struct Human {
    number: Number,
    user_id: String,
    /// Whether their WhatsApp is so new that messages carry a user id.
    has_user_id: bool,
}

/// A WhatsApp account as the host knows it: the model.
#[derive(Clone, Debug)]
struct Account {
    who: usize,
    number: Option<Number>,
    /// Since when it is theirs.
    number_since: i64,
    /// Evidence about the number that is older counts for nothing.
    number_said: i64,
    user_id: Option<String>,
}

/// What the model knows of a person.
#[derive(Clone, Debug)]
struct Known {
    human: usize,
    id: Uuid,
    began: i64,
}

struct World<'h> {
    stores: &'h [Store],
    shell: &'h mut Shell,
    business: String,
    prefix: String,
    humans: Vec<Human>,
    /// Who had a number last, and when they left it.
    left: HashMap<Number, i64>,
    accounts: Vec<Account>,
    /// The model's persons; merged ones are gone.
    persons: BTreeMap<usize, Known>,
    claims: Vec<(usize, Claim)>,
    /// Messages that Meta has yet to deliver: whose, from which number and user id, and when they were sent.
    posted: Vec<(usize, Option<Number>, Option<String>, i64)>,
    /// Notices of changes that Meta has yet to deliver.
    late: Vec<IdentityChange>,
    n: usize,
    now: i64,
    chance: u64,
    /// What happened, for anyone who reads a failure.
    log: Vec<String>,
}

impl World<'_> {
    /// SplitMix64.
    fn below(&mut self, end: u64) -> usize {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.chance ^ (self.chance >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end) as usize
    }

    fn store(&mut self) -> (usize, Store) {
        let node = self.below(self.stores.len() as u64);
        (node, self.stores[node].clone())
    }

    /// How a number is written: some in two forms, as in Brazil.
    fn written(&mut self, number: Number) -> Phone {
        let tail = format!("{}{number}", self.prefix);
        let text = match number {
            0 if self.below(2) == 0 => format!("5531{}{}", 8, &tail[tail.len() - 7..]),
            0 => format!("553198{}", &tail[tail.len() - 7..]),
            _ => format!("2507{}", &tail[tail.len() - 8..]),
        };
        Phone::parse(&text).expect("a number")
    }

    fn sender(&mut self, number: Option<Number>, user_id: Option<&str>) -> Sender {
        let phone = number.map(|number| self.written(number));
        Sender { phone, user_id: user_id.map(str::to_owned), ..Sender::default() }
    }

    async fn lives(&mut self) -> Result<(), String> {
        for _ in 0..STEPS {
            self.step().await?;
            self.same_persons().await?;
        }
        self.end().await
    }

    async fn step(&mut self) -> Result<(), String> {
        self.now += 1_000 + self.below(3_600_000) as i64;
        match self.below(20) {
            0..=6 => self.write().await,
            7..=10 => self.settle().await,
            11 => self.change_number().await,
            12 => self.change_user_id().await,
            13 => self.deliver_late().await,
            14 => self.merge().await,
            15 => self.card().await,
            16 => self.say().await,
            17 => {
                self.now += 3 * DAY;
                Ok(())
            }
            18 => {
                let h = self.below(HUMANS as u64);
                self.humans[h].has_user_id = true;
                Ok(())
            }
            _ => self.poll().await,
        }
    }

    /// Somebody writes: with their number, their user id, or both; sometimes the message is late.
    async fn write(&mut self) -> Result<(), String> {
        let h = self.below(HUMANS as u64);
        let human = self.humans[h].clone();
        let user_id = human.has_user_id.then_some(human.user_id.clone());
        let now = self.now;
        self.posted.retain(|(.., at)| now - at < 7 * DAY);
        if self.below(8) == 0 && !self.posted.is_empty() {
            let at = self.below(self.posted.len() as u64);
            let (h, number, user_id, at) = self.posted.remove(at);
            return self.heard(h, number, user_id, None, at).await;
        }
        let (number, user_id) = match self.below(4) {
            0 if user_id.is_some() => (None, user_id),
            1 => (Some(human.number), None),
            _ => (Some(human.number), user_id),
        };
        if self.below(6) == 0 {
            self.posted.push((h, number, user_id, self.now));
            return Ok(());
        }
        self.heard(h, number, user_id, None, self.now).await
    }

    /// Whether the host can know that this human is not another: nobody could tell a number's new owner from the last without a user id,
    /// or where none was ever seen of the last.
    fn is_decidable(&self, h: usize, number: Option<Number>, user_id: Option<&str>) -> bool {
        let Some(holder) = self.accounts.iter().find(|account| number.is_some() && account.number == number) else {
            return true;
        };
        self.persons[&holder.who].human == h || (user_id.is_some() && holder.user_id.is_some())
    }

    async fn heard(
        &mut self,
        h: usize,
        number: Option<Number>,
        user_id: Option<String>,
        card: Option<Number>,
        at: i64,
    ) -> Result<(), String> {
        if !self.is_decidable(h, number, user_id.as_deref()) {
            return Ok(());
        }
        self.n += 1;
        let card = card.map(|card| self.written(card));
        let sender = Sender { card, ..self.sender(number, user_id.as_deref()) };
        let message = Inbound {
            business: self.business.clone(),
            wamid: format!("{}.{}", self.business, self.n),
            kind: Kind::Message,
            sender,
            sent_at: at,
            content: Content::Text(h.to_string()),
            quotes: None,
            extras: Vec::new(),
        };
        let wamid = message.wamid.clone();
        self.log.push(format!(
            "{}: human {h} writes from {number:?} {user_id:?}, card {card:?}, sent at {at}",
            self.now,
            card = message.sender.card
        ));
        let (node, store) = self.store();
        let ingested = store.ingest(delivery(vec![Item::Message(message)], self.now)).await.map_err(text)?;
        self.claims.extend(ingested.claimed.into_iter().map(|claim| (node, claim)));
        let sql = format!(
            "select cast(l.person_id as text) from message as m join lane as l using (lane_id) where m.wamid = '{wamid}'"
        );
        let id: Uuid = self.shell.texts(&sql).await.pop().ok_or("no lane")?.parse().map_err(text)?;
        self.attribute(h, (number, user_id), at, id)
    }
}

fn delivery(items: Vec<Item>, at: i64) -> Delivery {
    Delivery { body: Bytes::from_static(b"{}"), received_at: at, items, unreadable: None, forwards: false }
}

async fn run(stores: &[Store], shell: &mut Shell, seed: u64) -> Result<(), String> {
    let prefix = format!("{:07}", 1_000_000 + seed);
    let human = |n: usize| Human { number: n, user_id: format!("RW.{prefix}x{n}"), has_user_id: n > 0 };
    let mut world = World {
        stores,
        shell,
        business: format!("h{seed}"),
        humans: (0..HUMANS).map(human).collect(),
        prefix: prefix.clone(),
        left: HashMap::new(),
        accounts: Vec::new(),
        persons: BTreeMap::new(),
        claims: Vec::new(),
        posted: Vec::new(),
        late: Vec::new(),
        n: 0,
        // Worlds share a database: what is left of one is not due in the next.
        now: NOW + i64::try_from(seed).unwrap_or_default() * 1000 * DAY,
        chance: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1de7,
        log: Vec::new(),
    };
    let found = world.lives().await;
    found.map_err(|found| format!("{found}\n{}", world.log.join("\n")))
}

async fn open(url: &str, hosts: usize, faults: Faults) -> Vec<Store> {
    let mut stores = Vec::new();
    for _ in 0..hosts {
        let options = StoreOptions { role: Role::Serve, faults, ..StoreOptions::default() };
        stores.push(Store::open(url, options).await.expect("it opens"));
    }
    stores
}

#[tokio::test]
async fn chance_takes_nobody_for_another_on_three_hosts() {
    let url = cluster::shared().database().await;
    let (stores, mut shell) = (open(&url, 3, &[]).await, Shell::open(&url).await);
    for seed in 0..seeds(10) {
        run(&stores, &mut shell, seed).await.unwrap_or_else(|found| panic!("seed {seed} on {url}: {found}"));
    }
}

#[tokio::test]
async fn chance_takes_nobody_for_another_on_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}/model.db", folder.path().display());
    let (stores, mut shell) = (open(&url, 1, &[]).await, Shell::open(&url).await);
    for seed in 0..seeds(10) {
        run(&stores, &mut shell, seed).await.unwrap_or_else(|found| panic!("seed {seed}: {found}"));
    }
}

/// A rule that is taken out must be missed by some seed; says after how many.
async fn is_found(what: &str, faults: Faults) {
    let url = cluster::shared().database().await;
    let (stores, mut shell) = (open(&url, 3, faults).await, Shell::open(&url).await);
    for seed in 0..seeds(60) {
        if let Err(found) = run(&stores, &mut shell, seed).await {
            assert!(!found.contains("it failed"), "{what}: a statement broke, so nothing was checked: {found}");
            println!("{what}: found by seed {seed}: {found}");
            return;
        }
    }
    panic!("{what}: nobody notices");
}

macro_rules! rules {
    ($($name:ident: $what:literal, [$(($from:expr, $to:expr)),+ $(,)?];)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                is_found($what, &[$(($from, $to)),+]).await;
            }
        )*
    };
}

rules! {
    a_number_that_decides: "the number decides, not the user id", [("the user id decides", "")];
    a_user_id_that_says_nothing: "another user id from a number is the same person", [("another user id is another person", "")];
    a_number_that_stays: "a number stays with its former owner", [("a number moves", "")];
    an_account_with_two_numbers: "an account keeps its former number", [("an account has one number", "")];
    an_old_message_that_counts: "a message moves a number that somebody has got since", [("what is older ends nothing", "")];
    a_change_that_ends_nothing: "a notice leaves the former identities", [("a notice ends what was", "")];
    a_history_that_is_swallowed: "a notice merges the person who has the number, whatever they wrote before", [("only who is new is the same", "")];
    an_address_that_nobody_ends: "queued replies go to an address that has ended", [
        ("update outbox set recipient = null", "update outbox set recipient = recipient"),
        ("i.value = coalesce(outbox.recipient", "i.value <> coalesce(outbox.recipient"),
    ];
    a_row_that_is_left: "replies queued for an ended address are not barred", [("update outbox set recipient = null", "update outbox set recipient = recipient")];
    a_turn_that_goes_on: "a turn under an ended address is settled", [("where lease_owner is not null and person_id in", "where lease_owner = '-' and person_id in")];
    messages_that_stay: "a merge leaves queued messages in the former lane", [("update message set lane_id = l.moved_to", "update message set lane_id = message.lane_id")];
}
