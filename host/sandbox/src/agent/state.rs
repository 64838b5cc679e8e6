//! The data of a turn's wasmtime store, and the counting, timing and journalling of capability calls.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use serde::Serialize;
use uuid::Uuid;

use super::{
    budget::{Budget, OverBudget},
    calls::{self, HostCall},
    draw::{Draws, mix},
    limits::{EPOCH_TICK, Limits, Meter},
    measure,
    recording::Recording,
    wasi::{self, Wasi},
};
use switchboard_core::{
    contract::{
        log, matches,
        quotas::StoredRecords,
        roster,
        types::{Problem, Turn},
    },
    effect::{Effect, Write},
    hash::fnv1a,
    model::Model,
    reads::Reads,
    services::{Access, Services},
};
use switchboard_understand::lexicon::Lexicon;

/// The host's side of a turn, for capabilities.
#[derive(Clone)]
pub struct TurnHost {
    /// The person whose turn it is.
    pub person: Uuid,
    /// The reads of the database.
    pub reads: Arc<dyn Reads>,
    /// A language model, or [`NoModel`](switchboard_core::model::NoModel).
    pub model: Arc<dyn Model>,
    /// Other services, or [`NoServices`](switchboard_core::services::NoServices).
    pub services: Arc<dyn Services>,
    /// The agents that are on for this person, in the menu's order.
    pub roster: Arc<[roster::Card]>,
    /// The feature flags that are on, as the turn lists them.
    pub features: Vec<String>,
    /// The bytes that the host holds for the turn already, of agents that ran in it before.
    pub held: usize,
    /// The depth of what is answered: how many notices and one message are behind it, 0 for a person's message.
    pub depth: u32,
}

/// A capability call that has not returned yet.
pub(super) struct Call {
    name: &'static str,
    at: Instant,
    ticks: u64,
    /// What was written when it began: a call whose writes do not all fit writes nothing.
    before: Written,
}

/// How much a turn has written.
#[derive(Clone, Copy)]
struct Written {
    effects: usize,
    proposed: usize,
    bytes: usize,
}

/// What a write is charged beside its texts: the value itself, and its agent's name.
const EFFECT_BYTES: usize = 512;
const _: () = assert!(size_of::<Effect>() + 64 <= EFFECT_BYTES);

/// Domain separator: keeps WASI's random stream apart from the one for ids.
const WASI: u64 = 0x7761_7369;

/// The data of a turn's wasmtime store.
pub(super) struct State {
    pub(super) agent: Arc<str>,
    /// What texts are read by.
    pub(super) lexicon: Arc<Lexicon>,
    /// What services it may call.
    pub(super) access: Arc<Access>,
    /// None during `describe`, when no capability may be used.
    pub(super) host: Option<TurnHost>,
    /// Set while a recorded turn is played: what calls are answered from.
    pub(super) recording: Option<Box<Recording>>,
    /// The time of the turn, in milliseconds.
    pub(super) now: u64,
    pub(super) time_zone: String,
    pub(super) language: String,
    pub(super) country: String,
    pub(super) currency: String,
    seed: u64,
    ids_made: u64,
    pub(super) effects: Vec<Effect>,
    /// The bytes of the effects.
    written: usize,
    written_max: usize,
    /// The answer to the call that is under way, if one of its writes did not fit.
    unwritten: Option<Problem>,
    /// Matches proposed in this turn, as returned to the agent.
    pub(super) proposed: Vec<matches::Match>,
    /// What is stored of the agent's documents: of the person, of the agent itself. None until they are read.
    pub(super) stored_records: [Option<StoredRecords>; 2],
    /// The documents that the turn has read: by whose, collection and key, the SHA-256 of the value as it was read last; none if there
    /// was no document.
    pub(super) read_records: BTreeMap<(bool, String, String), Option<String>>,
    pub(super) log: Vec<(log::Level, String)>,
    pub(super) log_dropped: u32,
    /// What the guest said of its panic: place and message.
    pub(super) panic: Option<String>,
    pub(super) calls: Vec<HostCall>,
    calls_left: u32,
    pub(super) calls_spent: bool,
    pub(super) meter: Meter,
    pub(super) budget: Budget,
    ticks: Arc<AtomicU64>,
    ticks_left: u64,
    ticked_in_host: bool,
    /// WASI's state, made at its first call, see [`State::wasi`]. `Mutex` only makes `State: Sync`; it is accessed by
    /// `get_mut`.
    wasi: Option<Box<Mutex<Wasi>>>,
}

/// The limit on capability calls was reached.
#[derive(Debug, thiserror::Error)]
#[error("more calls of capabilities than a turn may make")]
struct CallsSpent;

impl State {
    pub(super) fn new(
        agent: Arc<str>,
        lexicon: Arc<Lexicon>,
        turn: Option<&Turn>,
        host: Option<TurnHost>,
        limits: &Limits,
        ticks: Arc<AtomicU64>,
    ) -> State {
        // One extra, for the tick already under way.
        let ticks_left = limits.cpu.as_millis() as u64 / EPOCH_TICK.as_millis() as u64 + 1;
        State {
            agent,
            lexicon,
            access: Arc::default(),
            host,
            recording: None,
            now: turn.map_or(0, |turn| turn.now),
            time_zone: turn.map_or_else(String::new, |turn| turn.person.time_zone.clone()),
            language: turn.map_or_else(String::new, |turn| turn.person.language.clone()),
            country: turn.map_or_else(String::new, |turn| turn.person.country.clone()),
            currency: turn.map_or_else(String::new, |turn| turn.person.currency.clone()),
            seed: turn.map_or(0, |turn| turn.seed),
            ids_made: 0,
            effects: Vec::new(),
            written: 0,
            written_max: limits.written_bytes_max,
            unwritten: None,
            proposed: Vec::new(),
            stored_records: [None; 2],
            read_records: BTreeMap::new(),
            log: Vec::new(),
            log_dropped: 0,
            panic: None,
            calls: Vec::new(),
            calls_left: limits.host_calls_max,
            calls_spent: false,
            meter: Meter::new(limits.memory_bytes_max),
            budget: Budget::new(0, limits.held_bytes_max),
            ticks,
            ticks_left,
            ticked_in_host: false,
            wasi: None,
        }
    }

    /// Begins a turn: with a recording that answers its calls, if it is played again, and with the bytes of its record.
    pub(super) fn begin(
        &mut self,
        recording: Option<Box<Recording>>,
        held: usize,
        turn_bytes: usize,
    ) -> Result<(), OverBudget> {
        self.recording = recording;
        self.budget = Budget::new(held, self.budget.max());
        self.budget.charge(turn_bytes)
    }

    /// Counts one epoch tick of CPU time; false when none is left.
    pub(super) fn spend_tick(&mut self) -> bool {
        // A tick during a host call does not count as the agent's CPU time.
        if std::mem::take(&mut self.ticked_in_host) {
            return true;
        }
        self.ticks_left = self.ticks_left.saturating_sub(1);
        self.ticks_left > 0
    }

    /// Begins a capability call. An error stops the turn.
    pub(super) fn enter(&mut self, name: &'static str) -> wasmtime::Result<Call> {
        match self.calls_left.checked_sub(1) {
            Some(left) => self.calls_left = left,
            None => {
                self.calls_spent = true;
                return Err(wasmtime::Error::new(CallsSpent));
            }
        }
        let before = Written { effects: self.effects.len(), proposed: self.proposed.len(), bytes: self.written };
        Ok(Call { name, at: Instant::now(), ticks: self.ticks.load(Ordering::Relaxed), before })
    }

    /// Ends a call whose result is a `Result`, and journals it. If a write of it did not fit, the result is that problem. An error stops
    /// the turn: it needs more bytes than it may.
    pub(super) fn answer<T: Serialize>(
        &mut self,
        call: Call,
        args: &impl Serialize,
        answer: Result<T, Problem>,
    ) -> wasmtime::Result<Result<T, Problem>> {
        let answer = match self.unwritten.take() {
            Some(problem) => {
                self.effects.truncate(call.before.effects);
                self.proposed.truncate(call.before.proposed);
                self.written = call.before.bytes;
                Err(problem)
            }
            None => answer,
        };
        self.leave(call, args, answer.is_ok(), &answer)?;
        Ok(answer)
    }

    /// Ends a call that cannot fail, and journals it. An error stops the turn, as that of [`answer`](State::answer).
    pub(super) fn tell<T: Serialize>(&mut self, call: Call, args: &impl Serialize, answer: T) -> wasmtime::Result<T> {
        self.leave(call, args, true, &answer)?;
        Ok(answer)
    }

    /// Ends a call and journals it. An error stops the turn, as that of [`answer`](State::answer).
    pub(super) fn leave(
        &mut self,
        call: Call,
        args: &impl Serialize,
        ok: bool,
        answer: &impl Serialize,
    ) -> wasmtime::Result<()> {
        if self.ticks.load(Ordering::Relaxed) != call.ticks {
            self.ticked_in_host = true;
        }
        let micros = call.at.elapsed().as_micros() as u64;
        let entry = calls::entry(&self.calls, &mut self.budget, call.name, ok, args, answer);
        tracing::debug!(call.name, call.micros = micros, call.ok = ok, "host call");
        self.calls.push(HostCall { micros, ..entry });
        match self.budget.over() {
            Some(over) => Err(wasmtime::Error::new(over)),
            None => Ok(()),
        }
    }

    /// The host's side of the turn; an error during `describe`, when nothing is granted.
    pub(super) fn granted(&self) -> Result<&TurnHost, Problem> {
        self.host.as_ref().ok_or_else(|| Problem::Denied("nothing is granted while an agent describes itself".into()))
    }

    /// Buffers a write until the turn is committed. One that passes the limit of writes is dropped, and so is all that the call under way
    /// has written: see [`answer`](State::answer).
    pub(super) fn hold(&mut self, write: Write) {
        let bytes = EFFECT_BYTES + measure::size(&write);
        let written = self.written + bytes;
        if written > self.written_max {
            let said = format!("writes of {written} bytes in the turn; written_bytes_max = {}", self.written_max);
            self.unwritten = Some(Problem::Limit(said));
        } else if self.budget.charge(bytes).is_ok() {
            self.written = written;
            self.effects.push(Effect { agent: self.agent.as_ref().to_owned(), write });
        }
    }

    /// This turn's buffered writes, newest first.
    pub(super) fn writes(&self) -> impl Iterator<Item = &Write> {
        self.effects.iter().rev().map(|effect| &effect.write)
    }

    /// A pseudo-random number, the same whenever the turn is replayed.
    pub(super) fn random(&mut self) -> u64 {
        self.ids_made += 1;
        mix(self.seed ^ mix(self.ids_made))
    }

    /// A new id (UUIDv7), deterministic: replaying the turn gives the same ids, and another agent or person in the
    /// same chain gets others.
    pub(super) fn new_id(&mut self) -> Uuid {
        self.ids_made += 1;
        let person = self.host.as_ref().map_or(0, |host| host.person.as_u128() as u64);
        let first = self.mixed(person ^ mix(self.ids_made));
        let second = mix(first);
        let mut random = [0; 10];
        random[..8].copy_from_slice(&first.to_be_bytes());
        random[8..].copy_from_slice(&second.to_be_bytes()[..2]);
        uuid::Builder::from_unix_timestamp_millis(self.now, &random).into_uuid()
    }

    /// A hash of the turn's seed, the agent and a number.
    fn mixed(&self, number: u64) -> u64 {
        mix(self.seed ^ mix(fnv1a(self.agent.bytes()) ^ mix(number)))
    }

    /// WASI's state, made at the first call.
    pub(super) fn wasi(&mut self) -> &mut Wasi {
        if self.wasi.is_none() {
            // What it holds has a bound of its own. If that does not fit, the turn has no outcome.
            let _ = self.budget.charge(wasi::HELD_BYTES_MAX);
        }
        let (now, key) = (self.now, self.mixed(WASI));
        let wasi = self.wasi.get_or_insert_with(|| Box::new(Mutex::new(Wasi::new(now, Draws::new(key)))));
        wasi.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// WASI's state, if the guest has called WASI.
    pub(super) fn wasi_in_use(&mut self) -> Option<&mut Wasi> {
        self.wasi.as_mut().map(|wasi| wasi.get_mut().unwrap_or_else(PoisonError::into_inner))
    }
}
