//! The hosts, the model of what they should do, and the steps that chance takes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;

use super::text;
use switchboard_core::{
    contract::types::Content,
    inbox::{Delivery, Inbound, Item, Kind, Sender, StatusUpdate},
    phone::Phone,
};
use switchboard_kit::{cluster, shell::Shell};
use switchboard_store::{
    Claim, Outgoing, PersonChange, Reply, ReplyKind, Role, SendResult, Settlement, Store, StoreOptions, To,
};

pub(super) const NOW: i64 = 1_780_000_000_000;
pub(super) const HOUR_MS: i64 = 3_600_000;
pub(super) const WINDOW_MS: i64 = 24 * HOUR_MS;
pub(super) const UNKNOWN_WAIT_MS: i64 = 60_000;
pub(super) const LEASE_MS: i64 = 30_000;
pub(super) const PEOPLE: u64 = 3;

pub(super) type Faults = &'static [(&'static str, &'static str)];

/// A database, and the hosts that have it.
pub(super) struct Hosts {
    pub(super) url: String,
    pub(super) shell: Shell,
    pub(super) stores: Vec<Store>,
    pub(super) _folder: tempfile::TempDir,
}

impl Hosts {
    pub(super) async fn postgres(n: usize, faults: Faults) -> Hosts {
        let url = cluster::shared().database().await;
        Hosts::open(url, n, faults).await
    }

    pub(super) async fn sqlite() -> Hosts {
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
pub(super) struct Row {
    pub(super) lane: i64,
    pub(super) created_at: i64,
    pub(super) kind: ReplyKind,
    pub(super) state: &'static str,
    /// Not to be begun before this.
    pub(super) due_at: i64,
    /// Meta has it and the database was told so.
    pub(super) is_known_taken: bool,
    /// Attempts that are its own.
    pub(super) attempts: i64,
}

/// A send on the wire.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) node: usize,
    pub(super) row: Outgoing,
    pub(super) begun_at: i64,
    /// Meta's id, if it took it.
    pub(super) wamid: Option<String>,
    pub(super) result: SendResult,
}

pub(super) struct World<'h> {
    pub(super) hosts: &'h mut Hosts,
    pub(super) business: String,
    pub(super) prefix: String,
    pub(super) rows: BTreeMap<i64, Row>,
    pub(super) claims: Vec<(usize, Claim)>,
    pub(super) hands: Vec<(usize, Outgoing)>,
    pub(super) flights: Vec<Flight>,
    /// Statuses that Meta has yet to deliver: the row, its wamid, and what it says.
    pub(super) statuses: Vec<(i64, StatusUpdate)>,
    pub(super) told: Vec<(i64, StatusUpdate)>,
    pub(super) opted_out: HashMap<String, Option<i64>>,
    pub(super) wrote_at: HashMap<i64, i64>,
    pub(super) persons: HashMap<i64, String>,
    /// Who has a lane's send lease, until when.
    pub(super) leases: HashMap<i64, (usize, i64)>,
    pub(super) rests: bool,
    pub(super) probe_after: i64,
    pub(super) n: usize,
    pub(super) now: i64,
    pub(super) chance: u64,
}

pub(super) static WORLDS: AtomicU64 = AtomicU64::new(0);

impl World<'_> {
    pub(super) fn new(hosts: &mut Hosts, seed: u64) -> World<'_> {
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
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.chance ^ (self.chance >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    pub(super) fn any(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    pub(super) fn node(&mut self) -> usize {
        let n = self.hosts.stores.len();
        self.any(n)
    }

    pub(super) async fn step(&mut self) -> Result<(), String> {
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

    pub(super) fn delivery(&self, items: Vec<Item>) -> Delivery {
        Delivery { body: Bytes::from_static(b"{}"), received_at: self.now, items, unreadable: None, forwards: false }
    }

    pub(super) async fn poll_turns(&mut self) -> Result<(), String> {
        let node = self.node();
        let claims = self.hosts.stores[node].claim_due(self.now, 9).await.map_err(text)?;
        self.claims.extend(claims.into_iter().map(|claim| (node, claim)));
        Ok(())
    }

    /// A turn ends: with one or two replies, or *stop*, or *start*.
    pub(super) async fn settle(&mut self) -> Result<(), String> {
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
    pub(super) async fn poll(&mut self) -> Result<(), String> {
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

    pub(super) async fn expire(&mut self) -> Result<(), String> {
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
}
