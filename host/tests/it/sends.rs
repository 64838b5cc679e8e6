//! The outbox against a model that is written from `docs/outbox.md`: chance drives deliveries, turns, sends with every outcome, statuses
//! early, late, doubled and foreign, *stop* and *start*, windows, resting numbers and crashes, on three hosts with one database or on one
//! with a file. A checker holds what Meta got and what the database says against what must always hold.
//!
//! And the checker is checked: each rule is taken out of the statements once, and it must notice.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use switchboard_core::{
    contract::types::Content,
    failure::Failure,
    inbox::{Delivery, Inbound, Item, Kind, Sender, StatusUpdate},
    phone::Phone,
};
use switchboard_store::{
    Claim, Outgoing, PersonChange, Reply, ReplyKind, Role, SendEnd, SendResult, Settlement, Store, StoreOptions, To,
};

use switchboard_kit::{cluster, shell::Shell};

const NOW: i64 = 1_780_000_000_000;
const HOUR_MS: i64 = 3_600_000;
const WINDOW_MS: i64 = 24 * HOUR_MS;
const UNKNOWN_WAIT_MS: i64 = 60_000;
const LEASE_MS: i64 = 30_000;
const PEOPLE: u64 = 3;
const STEPS: usize = 160;

type Faults = &'static [(&'static str, &'static str)];

/// A database, and the hosts that have it.
struct Hosts {
    url: String,
    shell: Shell,
    stores: Vec<Store>,
    _folder: tempfile::TempDir,
}

impl Hosts {
    async fn postgres(n: usize, faults: Faults) -> Hosts {
        let url = cluster::shared().database().await;
        Hosts::open(url, n, faults).await
    }

    async fn sqlite() -> Hosts {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}/model.db", folder.path().display());
        Hosts { _folder: folder, ..Hosts::open(url, 1, &[]).await }
    }

    async fn open(url: String, n: usize, faults: Faults) -> Hosts {
        let mut stores = Vec::new();
        for _ in 0..n {
            let options =
                StoreOptions { role: Role::Serve, faults, unknown_wait_ms: UNKNOWN_WAIT_MS, ..StoreOptions::default() };
            stores.push(Store::open(&url, options).await.expect("it opens"));
        }
        Hosts { shell: Shell::open(&url).await, url, stores, _folder: tempfile::tempdir().expect("a folder") }
    }
}

/// What the model knows of a row.
#[derive(Clone, Debug)]
struct Row {
    lane: i64,
    created_at: i64,
    kind: ReplyKind,
    state: &'static str,
    /// Not to be begun before this.
    due_at: i64,
    /// Meta has it and the database was told so.
    is_known_taken: bool,
    /// Attempts that are its own.
    attempts: i64,
}

/// A send on the wire.
#[derive(Clone, Debug)]
struct Flight {
    node: usize,
    row: Outgoing,
    begun_at: i64,
    /// Meta's id, if it took it.
    wamid: Option<String>,
    result: SendResult,
}

struct World<'h> {
    hosts: &'h mut Hosts,
    business: String,
    prefix: String,
    rows: BTreeMap<i64, Row>,
    claims: Vec<(usize, Claim)>,
    hands: Vec<(usize, Outgoing)>,
    flights: Vec<Flight>,
    /// Statuses that Meta has yet to deliver: the row, its wamid, and what it says.
    statuses: Vec<(i64, StatusUpdate)>,
    told: Vec<(i64, StatusUpdate)>,
    opted_out: HashMap<String, Option<i64>>,
    wrote_at: HashMap<i64, i64>,
    persons: HashMap<i64, String>,
    /// Who has a lane's send lease, until when.
    leases: HashMap<i64, (usize, i64)>,
    rests: bool,
    probe_after: i64,
    n: usize,
    now: i64,
    chance: u64,
}

static WORLDS: AtomicU64 = AtomicU64::new(0);

impl World<'_> {
    fn new(hosts: &mut Hosts, seed: u64) -> World<'_> {
        let world = WORLDS.fetch_add(1, Ordering::Relaxed);
        World {
            hosts,
            business: format!("b{world}"),
            prefix: format!("25{:09}", 100_000 + world),
            rows: BTreeMap::new(),
            claims: Vec::new(),
            hands: Vec::new(),
            flights: Vec::new(),
            statuses: Vec::new(),
            told: Vec::new(),
            opted_out: HashMap::new(),
            wrote_at: HashMap::new(),
            persons: HashMap::new(),
            leases: HashMap::new(),
            rests: false,
            probe_after: 0,
            n: 0,
            // Worlds share a database: what is left of one is not due in the next, and nothing of it is newer.
            now: NOW + i64::try_from(world).unwrap_or_default() * 1000 * HOUR_MS,
            chance: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x51_7c_c1_b7,
        }
    }

    /// SplitMix64.
    fn below(&mut self, end: u64) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.chance ^ (self.chance >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn any(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    fn node(&mut self) -> usize {
        let n = self.hosts.stores.len();
        self.any(n)
    }

    async fn step(&mut self) -> Result<(), String> {
        self.now += 1 + self.below(1_500) as i64;
        match self.below(25) {
            0..=3 => self.receive().await,
            4..=7 => self.settle().await,
            8..=12 => self.begin().await,
            13..=16 => self.end_of_flight().await,
            17..=18 => self.status().await,
            19 => self.foreign().await,
            20 => self.poll().await,
            // A host dies, or hangs for longer than its leases live.
            21 => {
                self.crash();
                self.now += LEASE_MS + 1;
                self.expire().await?;
                self.poll().await
            }
            // A host reads what is first in a lane, whether it is due or not.
            23 => {
                let lanes: Vec<i64> = self.rows.values().map(|row| row.lane).collect();
                if lanes.is_empty() {
                    return Ok(());
                }
                let (node, lane) = (self.node(), lanes[self.any(lanes.len())]);
                self.reclaim(node, vec![lane]).await
            }
            22 => {
                self.now += [500, 4_000, 11_000, UNKNOWN_WAIT_MS, 2 * HOUR_MS, 25 * HOUR_MS][self.any(6)];
                self.expire().await
            }
            _ => self.poll_turns().await,
        }
    }

    /// Somebody writes; sometimes the message is old when it comes.
    async fn receive(&mut self) -> Result<(), String> {
        self.n += 1;
        let person = self.below(PEOPLE);
        let phone = format!("{}{person}", self.prefix);
        let sent_at =
            self.now - if self.below(8) == 0 { 23 * HOUR_MS + self.below(2 * HOUR_MS as u64) as i64 } else { 0 };
        let message = Inbound {
            business: self.business.clone(),
            content: Content::Text(phone.clone()),
            wamid: format!("{}.{}", self.business, self.n),
            kind: Kind::Message,
            sender: Sender { phone: Phone::parse(&phone).ok(), ..Sender::default() },
            sent_at,
            quotes: None,
            extras: Vec::new(),
        };
        let delivery = self.delivery(vec![Item::Message(message)]);
        let node = self.node();
        let ingested = self.hosts.stores[node].ingest(delivery).await.map_err(text)?;
        self.claims.extend(ingested.claimed.into_iter().map(|claim| (node, claim)));
        Ok(())
    }

    fn delivery(&self, items: Vec<Item>) -> Delivery {
        Delivery { body: Bytes::from_static(b"{}"), received_at: self.now, items, unreadable: None, forwards: false }
    }

    async fn poll_turns(&mut self) -> Result<(), String> {
        let node = self.node();
        let claims = self.hosts.stores[node].claim_due(self.now, 9).await.map_err(text)?;
        self.claims.extend(claims.into_iter().map(|claim| (node, claim)));
        Ok(())
    }

    /// A turn ends: with one or two replies, or *stop*, or *start*.
    async fn settle(&mut self) -> Result<(), String> {
        if self.claims.is_empty() {
            return Ok(());
        }
        let at = self.any(self.claims.len());
        let (node, claim) = self.claims.swap_remove(at);
        let Content::Text(phone) = claim.message.content.clone() else { return Err("another content".into()) };
        let opted_out = match self.below(8) {
            0 => Some(true),
            1 => Some(false),
            _ => None,
        };
        let kinds = match self.below(5) {
            0 => vec![ReplyKind::Answer, ReplyKind::Notice],
            1 => vec![ReplyKind::Template],
            2 => vec![ReplyKind::Answer, ReplyKind::Answer],
            _ => vec![ReplyKind::Answer],
        };
        let reply = |kind| Reply { agent: "jobs".into(), body: "{}".into(), url: None, kind };
        let settlement = Settlement {
            replies: kinds.iter().map(|kind| reply(*kind)).collect(),
            person: PersonChange { opted_out, ..PersonChange::default() },
            ..Settlement::of(&claim, self.now)
        };
        match self.hosts.stores[node].settle(settlement).await {
            Ok(settled) => {
                let wrote = claim.message.sent_at.min(claim.message.received_at);
                let known = self.wrote_at.entry(claim.lane.id).or_insert(0);
                *known = (*known).max(wrote);
                self.persons.insert(claim.lane.id, phone.clone());
                if let Some(out) = opted_out {
                    self.opted_out.insert(phone, out.then_some(self.now));
                }
                let mut queued = Vec::new();
                for (row, kind) in settled.queued.into_iter().zip(kinds) {
                    // One template a day is stored; the database drops the others.
                    let sql = format!("select state from outbox where outbox_id = {}", row.id);
                    if kind == ReplyKind::Template && self.hosts.shell.texts(&sql).await.is_empty() {
                        continue;
                    }
                    let (lane, now) = (row.lane_id, self.now);
                    let row_of = Row {
                        lane,
                        created_at: now,
                        kind,
                        state: "queued",
                        due_at: now,
                        is_known_taken: false,
                        attempts: 0,
                    };
                    self.rows.insert(row.id, row_of);
                    queued.push(row);
                }
                let is_free =
                    self.leases.get(&claim.lane.id).is_none_or(|(owner, until)| *owner == node || *until < self.now);
                if is_free {
                    self.leased(node, claim.lane.id, true)?;
                }
                self.hands.extend(queued.into_iter().map(|row| (node, row)));
                self.claims.extend(settled.next.map(|claim| (node, claim)));
                Ok(())
            }
            Err(switchboard_store::SettleError::LostLease) => Ok(()),
            Err(error) => Err(format!("a turn was refused: {error}")),
        }
    }

    /// A host that has nothing in hand looks for what is due.
    async fn poll(&mut self) -> Result<(), String> {
        let node = self.node();
        let rows =
            self.hosts.stores[node].claim_due_sends(To::Person, self.now, 9, self.now + 5_000).await.map_err(text)?;
        for row in rows {
            if row.business == self.business {
                if row.probe && self.now < self.probe_after {
                    return Err("a second probe before its time".into());
                }
                if row.probe {
                    self.probe_after = self.now + 5_000;
                }
                self.leased(node, row.lane_id, true)?;
                self.hands.push((node, row));
            }
        }
        Ok(())
    }

    async fn expire(&mut self) -> Result<(), String> {
        let node = self.node();
        self.hosts.stores[node].expire_sends(self.now).await.map_err(text)?;
        self.read_states().await
    }

    /// What time alone has done to rows is read, and checked against what it may do.
    async fn read_states(&mut self) -> Result<(), String> {
        let sql = format!(
            "select o.outbox_id || ' ' || o.state || ' ' || o.run_at from outbox as o join lane as l using (lane_id) where l.business = '{}'",
            self.business
        );
        for line in self.hosts.shell.texts(&sql).await {
            let parts: Vec<&str> = line.split(' ').collect();
            let id: i64 = parts[0].parse().map_err(text)?;
            let in_flight = self.flights.iter().find(|flight| flight.row.id == id).map(|flight| flight.begun_at);
            let Some(row) = self.rows.get_mut(&id) else { return Err(format!("row {id} came from nowhere")) };
            let due_at: i64 = parts[2].parse().map_err(text)?;
            match (row.state, parts[1]) {
                (before, now) if before == now => {}
                ("sending", "unknown") => {
                    if in_flight.is_some_and(|begun| self.now - begun < LEASE_MS) {
                        return Err(format!("row {id} was taken from a host that has it"));
                    }
                    (row.state, row.due_at) = ("unknown", due_at);
                }
                ("unknown", "dead") => row.state = "dead",
                (before, now) => return Err(format!("row {id} went from {before} to {now} by itself")),
            }
        }
        Ok(())
    }

    fn crash(&mut self) {
        let node = self.node();
        self.hands.retain(|(of, _)| *of != node);
        self.claims.retain(|(of, _)| *of != node);
        if self.below(2) == 0 {
            self.flights.retain(|flight| flight.node != node);
        }
    }

    /// A row is begun, and Meta does something with it.
    async fn begin(&mut self) -> Result<(), String> {
        if self.hands.is_empty() {
            return Ok(());
        }
        let at = self.any(self.hands.len());
        // Now and then a host has an old copy.
        let (node, row) = if self.below(6) == 0 { self.hands[at].clone() } else { self.hands.swap_remove(at) };
        let begun = self.hosts.stores[node]
            .outbox_begin(vec![(row.id, row.version, row.probe)], self.now)
            .await
            .map_err(text)?;
        let is_owner = self.leases.get(&row.lane_id).is_none_or(|(owner, _)| *owner == node);
        let lanes = self.claim(node, row.lane_id).await?;
        let known = self.rows.get(&row.id).cloned().ok_or("a row from nowhere")?;
        if begun.sending.is_empty() && begun.barred.is_empty() {
            return self.reclaim(node, lanes).await;
        }
        if !is_owner {
            return Err(format!("row {} was begun by a host that has not its lane", row.id));
        }
        self.check_begin(&row, &known)?;
        let bar = self.bar(&known);
        if begun.barred.contains(&row.id) {
            if bar.is_none() {
                return Err(format!("row {} was barred without a reason", row.id));
            }
            self.rows.entry(row.id).and_modify(|row| row.state = "barred");
            return self.reclaim(node, lanes).await;
        }
        if let Some(bar) = bar {
            return Err(format!("row {} was sent: {bar}", row.id));
        }
        self.rows.entry(row.id).and_modify(|row| row.state = "sending");
        let flight = self.meta(node, row).await;
        self.flights.push(flight);
        Ok(())
    }

    /// What must hold where a row begins.
    fn check_begin(&self, row: &Outgoing, known: &Row) -> Result<(), String> {
        let id = row.id;
        if known.is_known_taken {
            return Err(format!("row {id} was sent again, though its wamid is known"));
        }
        if !matches!(known.state, "queued" | "unknown") {
            return Err(format!("row {id} was begun while it is {}", known.state));
        }
        if self.now < known.due_at {
            return Err(format!("row {id} was begun before it was due"));
        }
        let waits = |state| matches!(state, "queued" | "sending" | "unknown");
        if let Some((earlier, _)) =
            self.rows.range(..id).find(|(_, earlier)| earlier.lane == known.lane && waits(earlier.state))
        {
            return Err(format!("row {id} was begun before {earlier} of its lane"));
        }
        if self.rests && !row.probe {
            return Err(format!("row {id} was sent while its number rests"));
        }
        if row.attempts != known.attempts {
            return Err(format!("row {id} is charged {} attempts, and {} are its own", row.attempts, known.attempts));
        }
        Ok(())
    }

    fn bar(&self, row: &Row) -> Option<&'static str> {
        let out = self.opted_out.get(&self.persons[&row.lane]).copied().flatten();
        let unasked = row.kind != ReplyKind::Answer;
        if out.is_some_and(|at| unasked || row.created_at < at) {
            return Some("the person has opted out");
        }
        let is_closed = self.now - self.wrote_at[&row.lane] >= WINDOW_MS;
        (is_closed && row.kind != ReplyKind::Template).then_some("the window is closed")
    }

    /// What Meta makes of a send, and what the host hears.
    async fn meta(&mut self, node: usize, row: Outgoing) -> Flight {
        self.n += 1;
        let wamid = format!("out.{}.{}", self.business, self.n);
        let error = || "no".to_owned();
        let now = self.now;
        let lost = |charged| SendResult::Lost { until: now + UNKNOWN_WAIT_MS, error: error(), charged };
        let (taken, result) = match self.below(12) {
            0..=4 => (true, SendResult::Taken { wamid: wamid.clone() }),
            5 => (true, lost(true)),
            6 => (false, lost(true)),
            7 => (false, lost(false)),
            8 => (false, SendResult::Refused { at: now + 3_000, error: error() }),
            9 => (false, SendResult::PutBack { at: now, error: error() }),
            10 => (false, SendResult::Failed { error: error() }),
            _ => (true, SendResult::Taken { wamid: wamid.clone() }),
        };
        if taken {
            let failure = match self.below(8) {
                0 => Some(Failure::Rate),
                1 => Some(Failure::Final),
                _ => None,
            };
            let status = |status: &str, failure: Option<Failure>| StatusUpdate {
                business: self.business.clone(),
                wamid: wamid.clone(),
                status: status.into(),
                recipient: row.to.as_ref().map(|to| to.as_str().to_owned()),
                reference: Some(row.reference.clone()),
                at: now,
                error: failure.map(|_| (1, "no".into())),
                failure,
                billable: None,
                category: None,
            };
            let statuses = match failure {
                Some(_) => vec![status("failed", failure)],
                None => vec![status("sent", None), status("delivered", None)],
            };
            self.statuses.extend(statuses.into_iter().map(|status| (row.id, status)));
        }
        Flight {
            node,
            begun_at: now,
            wamid: taken.then_some(wamid),
            result,
            row: Outgoing { version: row.version + 1, ..row },
        }
    }

    /// The host hears of a send and notes it.
    async fn end_of_flight(&mut self) -> Result<(), String> {
        if self.flights.is_empty() {
            return Ok(());
        }
        let at = self.any(self.flights.len());
        let flight = self.flights.swap_remove(at);
        let store = self.hosts.stores[flight.node].clone();
        let row = &flight.row;
        let put_back = matches!(flight.result, SendResult::PutBack { .. });
        if put_back {
            store.rest_number(&self.business, self.now + 5_000, "no", self.now).await.map_err(text)?;
            (self.rests, self.probe_after) = (true, self.now + 5_000);
        }
        let end = SendEnd {
            id: row.id,
            version: row.version,
            lane_id: row.lane_id,
            pair_at: row.pair_at,
            result: flight.result.clone(),
        };
        let rested = self.rests;
        let noted = store.send_finished(end, self.now).await.map_err(text)?;
        let known = self.rows.get_mut(&row.id).ok_or("a row from nowhere")?;
        let is_void = flight
            .wamid
            .as_ref()
            .is_some_and(|wamid| self.told.iter().any(|(_, told)| told.wamid == *wamid && told.status == "failed"));
        match &flight.result {
            SendResult::Taken { .. } => {
                if matches!(known.state, "sending" | "unknown" | "dead" | "barred") && !is_void {
                    if !noted.fits {
                        return Err(format!(
                            "row {}: that Meta took it was not noted in state {}",
                            row.id, known.state
                        ));
                    }
                    if known.state != "barred" || noted.fits {
                        known.state = "sent";
                        known.is_known_taken = true;
                        known.attempts += 1;
                    }
                } else if noted.fits {
                    return Err(format!("row {}: taken was noted in state {}, void {is_void}", row.id, known.state));
                }
                store.number_took(&self.business, self.now).await.map_err(text)?;
                self.rests = false;
            }
            result if known.state == "sending" && noted.fits => match result {
                SendResult::Lost { until, .. } => (known.state, known.due_at) = ("unknown", *until),
                SendResult::Refused { at, .. } => {
                    (known.state, known.due_at) = ("queued", *at);
                    known.attempts += 1;
                }
                SendResult::PutBack { at, .. } => (known.state, known.due_at) = ("queued", *at),
                _ => known.state = "dead",
            },
            _ if noted.fits => {
                return Err(format!("row {}: a late result changed it in state {}", row.id, known.state));
            }
            _ => {}
        }
        let lane = row.lane_id;
        self.leased(flight.node, lane, noted.goes_on)?;
        if rested {
            return Ok(());
        }
        if noted.goes_on {
            return self.reclaim(flight.node, vec![lane]).await;
        }
        self.nothing_due(lane).await
    }

    /// A lane that was let go has nothing that could go now.
    async fn nothing_due(&mut self, lane: i64) -> Result<(), String> {
        let first =
            self.rows.iter().find(|(_, row)| row.lane == lane && matches!(row.state, "queued" | "sending" | "unknown"));
        let Some((id, first)) = first else { return Ok(()) };
        if first.state == "queued" && first.due_at <= self.now && !self.rests {
            let sql = format!(
                "select coalesce(send_owner, '') from lane where lane_id = {lane} and send_until >= {}",
                self.now
            );
            let owner = self.hosts.shell.texts(&sql).await;
            if owner.first().is_none_or(String::is_empty) {
                let rows = format!(
                    "select outbox_id || ' ' || state || ' ' || run_at || ' ' || attempts || ' ' || coalesce(begun_at, 0) from outbox where lane_id = {lane} order by outbox_id"
                );
                let number = format!(
                    "select coalesce(rest_reason, '-') || ' ' || rests_until from business_number where business = '{}'",
                    self.business
                );
                let is = (self.hosts.shell.texts(&rows).await, self.hosts.shell.texts(&number).await, self.now);
                return Err(format!("lane {lane} was let go, though row {id} is due: {is:?}"));
            }
        }
        Ok(())
    }

    /// Asks for a lane's send lease.
    async fn claim(&mut self, node: usize, lane: i64) -> Result<Vec<i64>, String> {
        let lanes = self.hosts.stores[node].claim_sends(vec![lane], self.now).await.map_err(text)?;
        self.leased(node, lane, !lanes.is_empty())?;
        Ok(lanes)
    }

    /// Notes that a host has a lane, or has not.
    fn leased(&mut self, node: usize, lane: i64, has: bool) -> Result<(), String> {
        let owner = self.leases.get(&lane).copied();
        let is_others = owner.is_some_and(|(owner, until)| owner != node && until >= self.now);
        match has {
            true if is_others => return Err(format!("lane {lane} was taken from the host that has it")),
            true => drop(self.leases.insert(lane, (node, self.now + LEASE_MS))),
            false if is_others => {}
            false => drop(self.leases.remove(&lane)),
        }
        Ok(())
    }

    async fn reclaim(&mut self, node: usize, lanes: Vec<i64>) -> Result<(), String> {
        if lanes.is_empty() {
            return Ok(());
        }
        let rows = self.hosts.stores[node].outbox_heads(To::Person, &lanes).await.map_err(text)?;
        self.hands.extend(rows.into_iter().map(|row| (node, row)));
        Ok(())
    }

    /// A status comes, perhaps for the second time.
    async fn status(&mut self) -> Result<(), String> {
        let again = self.below(4) == 0 && !self.told.is_empty();
        if !again && self.statuses.is_empty() {
            return Ok(());
        }
        let (id, status) = if again {
            let at = self.any(self.told.len());
            self.told[at].clone()
        } else {
            let at = self.any(self.statuses.len());
            self.statuses.swap_remove(at)
        };
        self.tell(id, status, again).await
    }

    async fn tell(&mut self, id: i64, status: StatusUpdate, again: bool) -> Result<(), String> {
        let sql = format!("select coalesce(wamid, '') from outbox where outbox_id = {id}");
        let wamid = self.hosts.shell.texts(&sql).await.pop().unwrap_or_default();
        let delivery = self.delivery(vec![Item::Status(status.clone())]);
        let node = self.node();
        let ingested = self.hosts.stores[node].ingest(delivery).await.map_err(text)?;
        let known = self.rows.get_mut(&id).ok_or("a row from nowhere")?;
        let is_its = wamid.is_empty() || wamid == status.wamid;
        let is_void = self.told.iter().any(|(_, told)| told.wamid == status.wamid && told.status == "failed");
        if !again && is_its && !is_void {
            match status.failure {
                None => {
                    known.state = "sent";
                    known.is_known_taken = true;
                }
                Some(Failure::Rate) if matches!(known.state, "sending" | "unknown" | "sent") => {
                    let backoff = 4_000 * (known.attempts + 1);
                    (known.state, known.due_at, known.is_known_taken) = ("queued", self.now + backoff, false);
                    known.attempts += 1;
                }
                Some(Failure::Rate) => {}
                Some(_) if matches!(known.state, "queued" | "sending" | "unknown" | "sent") => known.state = "dead",
                Some(_) => {}
            }
        }
        if !again {
            self.told.push((id, status));
        }
        self.same_state(id).await?;
        if !ingested.waiting.is_empty() {
            for lane in ingested.waiting {
                let lanes = self.claim(node, lane).await?;
                self.reclaim(node, lanes).await?;
            }
        }
        Ok(())
    }

    /// The database says of a row what the model says.
    async fn same_state(&mut self, id: i64) -> Result<(), String> {
        let sql = format!("select state from outbox where outbox_id = {id}");
        let state = self.hosts.shell.texts(&sql).await.pop().unwrap_or_default();
        let known = &self.rows[&id];
        if state != known.state {
            return Err(format!("row {id} is {state}, and should be {}", known.state));
        }
        Ok(())
    }

    /// A status of somebody else's send, which must change nothing.
    async fn foreign(&mut self) -> Result<(), String> {
        let ids: Vec<i64> = self.rows.keys().copied().collect();
        if ids.is_empty() {
            return Ok(());
        }
        let id = ids[self.any(ids.len())];
        self.n += 1;
        let reference: Option<String> = self.hands.first().map(|(_, row)| row.reference.clone());
        let ours = reference.and_then(|reference| reference.rsplit_once('.').map(|(ours, _)| format!("{ours}.{id}")));
        let phone = self.persons[&self.rows[&id].lane].clone();
        let (business, recipient, reference) = match self.below(4) {
            0 => (self.business.clone(), phone, Some(id.to_string())),
            1 => (self.business.clone(), phone, Some(format!("sb1.ffffffffffff.{id}"))),
            2 => (self.business.clone(), "250999999999".to_owned(), ours),
            _ => ("another".to_owned(), phone, ours),
        };
        let status = StatusUpdate {
            business,
            wamid: format!("foreign.{}.{}", self.business, self.n),
            status: if self.below(2) == 0 { "failed" } else { "delivered" }.into(),
            recipient: Some(recipient),
            reference,
            at: self.now,
            error: None,
            failure: None,
            billable: None,
            category: None,
        };
        let delivery = self.delivery(vec![Item::Status(status)]);
        let node = self.node();
        self.hosts.stores[node].ingest(delivery).await.map_err(text)?;
        self.same_state(id).await.map_err(|found| format!("after a foreign status: {found}"))
    }

    /// Nobody writes any more and Meta is well: everything comes to its end.
    async fn end(&mut self) -> Result<(), String> {
        for round in 0..400 {
            self.now += 11_000;
            if round % 3 == 0 {
                self.now += UNKNOWN_WAIT_MS;
            }
            self.poll_turns().await?;
            while !self.claims.is_empty() {
                self.settle().await?;
            }
            while let Some((id, status)) = self.statuses.pop() {
                self.tell(id, status, false).await?;
            }
            self.expire().await?;
            self.poll().await?;
            for _ in 0..self.hands.len() * 2 {
                self.begin().await?;
            }
            while !self.flights.is_empty() {
                self.end_of_flight().await?;
            }
            let waits = self.rows.values().any(|row| matches!(row.state, "queued" | "sending" | "unknown"));
            let queued = format!("select wamid from message where state = 'queued' and business = '{}'", self.business);
            if !waits && self.claims.is_empty() && self.hosts.shell.texts(&queued).await.is_empty() {
                return self.books();
            }
        }
        let left: Vec<String> = self
            .rows
            .iter()
            .filter(|(_, row)| matches!(row.state, "queued" | "sending" | "unknown"))
            .map(|(id, row)| format!("{id} {row:?}"))
            .collect();
        Err(format!("rows came to no end: {left:?}"))
    }

    fn books(&self) -> Result<(), String> {
        let ends: BTreeSet<&str> = self.rows.values().map(|row| row.state).collect();
        match ends.iter().all(|end| matches!(*end, "sent" | "barred" | "dead" | "discarded")) {
            true => Ok(()),
            false => Err(format!("ends: {ends:?}")),
        }
    }
}

/// An error of the host, which is no finding.
pub fn text(error: impl std::fmt::Display) -> String {
    format!("it failed: {error}")
}

async fn run(hosts: &mut Hosts, seed: u64) -> Result<(), String> {
    let mut world = World::new(hosts, seed);
    for _ in 0..STEPS {
        world.step().await?;
    }
    world.end().await
}

/// How many seeds are tried: more by hand, see CONTRIBUTING.md.
pub fn seeds(default: u64) -> u64 {
    switchboard::config::variable("SEEDS").and_then(|seeds| seeds.parse().ok()).unwrap_or(default)
}

#[tokio::test]
async fn chance_finds_nothing_on_three_hosts() {
    let mut hosts = Hosts::postgres(3, &[]).await;
    for seed in 0..seeds(12) {
        run(&mut hosts, seed).await.unwrap_or_else(|found| panic!("seed {seed} on {}: {found}", hosts.url));
    }
}

#[tokio::test]
async fn chance_finds_nothing_on_a_file() {
    let mut hosts = Hosts::sqlite().await;
    for seed in 0..seeds(12) {
        run(&mut hosts, seed).await.unwrap_or_else(|found| panic!("seed {seed}: {found}"));
    }
}

/// A rule that is taken out of the statements must be missed by some seed; says after how many.
async fn is_found(what: &str, faults: Faults) {
    let mut hosts = Hosts::postgres(3, faults).await;
    for seed in 0..seeds(40) {
        if let Err(found) = run(&mut hosts, seed).await {
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

const FIRST: &str = "not exists (select 1 from outbox as e where e.lane_id = outbox.lane_id and e.outbox_id < outbox.outbox_id and (e.url is null) = (outbox.url is null) and e.state in ('queued', 'sending', 'unknown') limit 1 offset 0)";

rules! {
    a_version_that_nobody_asks_for: "a row begins as it was not read", [("outbox.version = j.version and outbox.state in ('queued', 'unknown')", "outbox.state in ('queued', 'unknown')")];
    a_time_that_nobody_waits_for: "a row begins before it is due", [("and outbox.run_at <= {now}", "")];
    an_order_that_nobody_keeps: "a row begins before an earlier one", [(FIRST, "true")];
    a_lease_that_nobody_needs: "a row begins without the lane's lease", [("and l.send_owner = {node} and (outbox.kind", "and (outbox.kind")];
    a_lease_that_everybody_takes: "a lane is taken from the host that has it", [("(lane.send_owner is null or lane.send_owner = {node} or lane.send_until < {now})", "true")];
    a_lane_that_is_let_go_too_soon: "a lane with something due is let go", [(" then {node} end,\n    send_until = {now} + 30000,\n    pair_at", " and false then {node} end,\n    send_until = {now} + 30000,\n    pair_at")];
    a_stop_that_nobody_hears: "who said stop is written to", [("when p.opted_out_at is not null and", "when false and")];
    a_notice_after_stop: "a notice goes to who said stop", [("(outbox.kind in ('notice', 'template') or outbox.created_at < p.opted_out_at)", "outbox.created_at < p.opted_out_at")];
    a_window_that_nobody_closes: "a free text goes outside the window", [("when outbox.kind <> 'template' and", "when false and")];
    a_window_by_another_clock: "the window opens when a message comes, not when it was written", [("wrote_at = greatest(lane.wrote_at, {wrote_at})", "wrote_at = greatest(lane.wrote_at, case when {wrote_at} > 0 then {now} else 0 end)")];
    a_rest_that_nobody_keeps: "a row goes while its number rests", [("b.rest_reason is null and", "true and")];
    a_wamid_that_is_forgotten: "that Meta took a row is not noted once it is unknown", [("when 'taken' then outbox.state in ('sending', 'unknown', 'dead', 'barred')", "when 'taken' then outbox.state in ('sending')")];
    a_late_result_that_counts: "a late result changes a row", [("else outbox.version = j.version and outbox.state in ('sending') end", "else true end")];
    a_status_for_another: "a status counts for another recipient", [("and (j.recipient = '' or j.recipient = outbox.recipient or exists (select 1 from identity as i
                where i.person_id = l.person_id and i.key = coalesce(j.number, j.recipient) limit 1 offset 0))", "")];
    a_status_of_another_number: "a status counts for another business number", [("and l.business = j.business\n", "\n")];
    a_status_that_counts_twice: "a status that was known counts again", [("and k.recipient = s.value->>3 limit 1 offset 0)", "and k.recipient = s.value->>3 and false limit 1 offset 0)")];
    a_status_that_is_not_believed: "a status does not settle what is unknown", [("when j.progress = 20 then 'dead' else 'sent' end", "when j.progress = 20 then 'dead' else outbox.state end")];
    a_charge_for_what_befell_all: "what is put back is charged", [("attempts = outbox.attempts + j.charged", "attempts = outbox.attempts + 1")];
    a_bounce_that_ends: "a bounced row is dead", [("when j.again and outbox.attempts < 20 then 'queued'", "when j.again and false then 'queued'")];
}
