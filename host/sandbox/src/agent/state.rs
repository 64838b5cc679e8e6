//! What the store of one turn holds, and how a capability's call is counted, timed and journalled.

use std::{
    borrow::Cow,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    draw::{Draws, mix},
    limits::{EPOCH_TICK, Limits, Meter},
    wasi::Wasi,
};
use switchboard_core::{
    contract::{
        log, matches, roster,
        types::{Problem, Turn},
    },
    effect::{Effect, Write},
    model::Model,
    reads::Reads,
};

/// One call of a capability, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostCall {
    /// Interface and function, for instance `records.get`.
    pub name: Cow<'static, str>,
    /// Whether it did as asked.
    pub ok: bool,
    /// The arguments, a JSON array; empty if calls are not recorded.
    pub args: String,
    /// The answer, JSON; empty if calls are not recorded.
    pub result: String,
    /// From call to answer, in microseconds.
    pub micros: u64,
}

/// What the host knows and the capabilities need.
#[derive(Clone)]
pub struct TurnHost {
    /// Whose turn it is.
    pub person: Uuid,
    /// The store.
    pub reads: Arc<dyn Reads>,
    /// A language model, or [`NoModel`](switchboard_core::model::NoModel).
    pub model: Arc<dyn Model>,
    /// The agents that are on for this person, in the menu's order.
    pub roster: Arc<[roster::Card]>,
    /// The features of the rollout that are on, as the turn has them.
    pub features: Vec<String>,
}

/// A call under way.
pub(super) struct Call {
    name: &'static str,
    at: Instant,
    ticks: u64,
}

/// What WASI draws is none of the numbers that make ids.
const WASI: u64 = 0x7761_7369;

/// The state of one turn's store.
pub(super) struct State {
    pub(super) agent: Arc<str>,
    /// None while the component describes itself: nothing is granted then.
    pub(super) host: Option<TurnHost>,
    /// The time of the turn, in milliseconds.
    pub(super) now: u64,
    pub(super) time_zone: String,
    pub(super) language: String,
    seed: u64,
    ids_made: u64,
    pub(super) effects: Vec<Effect>,
    /// Matches proposed in this turn, as the agent was told of them.
    pub(super) proposed: Vec<matches::Match>,
    pub(super) log: Vec<(log::Level, String)>,
    pub(super) log_dropped: u32,
    pub(super) calls: Vec<HostCall>,
    calls_left: u32,
    pub(super) calls_spent: bool,
    pub(super) meter: Meter,
    ticks: Arc<AtomicU64>,
    ticks_left: u64,
    ticked_in_host: bool,
    /// From its first call on, see [`State::wasi`]. Never locked: the mutex only says that nobody else looks into it meanwhile.
    wasi: Option<Box<Mutex<Wasi>>>,
}

/// The agent called more capabilities than a turn may.
#[derive(Debug, thiserror::Error)]
#[error("more calls of capabilities than a turn may make")]
struct CallsSpent;

impl State {
    pub(super) fn new(
        agent: Arc<str>,
        turn: Option<&Turn>,
        host: Option<TurnHost>,
        limits: &Limits,
        ticks: Arc<AtomicU64>,
    ) -> State {
        // One more than fits, for the tick already under way.
        let ticks_left = limits.cpu.as_millis() as u64 / EPOCH_TICK.as_millis() as u64 + 1;
        State {
            agent,
            host,
            now: turn.map_or(0, |turn| turn.now),
            time_zone: turn.map_or_else(String::new, |turn| turn.person.time_zone.clone()),
            language: turn.map_or_else(String::new, |turn| turn.person.language.clone()),
            seed: turn.map_or(0, |turn| turn.seed),
            ids_made: 0,
            effects: Vec::new(),
            proposed: Vec::new(),
            log: Vec::new(),
            log_dropped: 0,
            calls: Vec::new(),
            calls_left: limits.host_calls_max,
            calls_spent: false,
            meter: Meter::new(limits.memory_bytes_max),
            ticks,
            ticks_left,
            ticked_in_host: false,
            wasi: None,
        }
    }

    /// Called when the epoch moved on under the guest; false when its time is up.
    pub(super) fn spend_tick(&mut self) -> bool {
        // A tick that fell into a host call was not the agent's.
        if std::mem::take(&mut self.ticked_in_host) {
            return true;
        }
        self.ticks_left = self.ticks_left.saturating_sub(1);
        self.ticks_left > 0
    }

    /// Begins a call; an error stops the turn.
    pub(super) fn enter(&mut self, name: &'static str) -> wasmtime::Result<Call> {
        match self.calls_left.checked_sub(1) {
            Some(left) => self.calls_left = left,
            None => {
                self.calls_spent = true;
                return Err(wasmtime::Error::new(CallsSpent));
            }
        }
        Ok(Call { name, at: Instant::now(), ticks: self.ticks.load(Ordering::Relaxed) })
    }

    /// Ends a call that may be refused.
    pub(super) fn answer<T: Serialize>(
        &mut self,
        call: Call,
        args: &impl Serialize,
        answer: Result<T, Problem>,
    ) -> wasmtime::Result<Result<T, Problem>> {
        let ok = answer.is_ok();
        self.leave(call, args, ok, &answer);
        Ok(answer)
    }

    /// Ends a call that always has an answer.
    pub(super) fn tell<T: Serialize>(&mut self, call: Call, args: &impl Serialize, answer: T) -> wasmtime::Result<T> {
        self.leave(call, args, true, &answer);
        Ok(answer)
    }

    fn leave(&mut self, call: Call, args: &impl Serialize, ok: bool, answer: &impl Serialize) {
        if self.ticks.load(Ordering::Relaxed) != call.ticks {
            self.ticked_in_host = true;
        }
        let micros = call.at.elapsed().as_micros() as u64;
        // Kept for replay. Types of the contract are plain data; JSON has a form for each.
        let (args, result) = (json(args), json(answer));
        self.calls.push(HostCall { name: Cow::Borrowed(call.name), ok, args, result, micros });
    }

    /// The host's side of the turn; nothing is granted while the component describes itself.
    pub(super) fn granted(&self) -> Result<&TurnHost, Problem> {
        self.host.as_ref().ok_or_else(|| Problem::Denied("nothing is granted while an agent describes itself".into()))
    }

    /// Holds a write until the turn settles.
    pub(super) fn hold(&mut self, write: Write) {
        self.effects.push(Effect { agent: self.agent.as_ref().to_owned(), write });
    }

    /// This turn's writes, newest first.
    pub(super) fn writes(&self) -> impl Iterator<Item = &Write> {
        self.effects.iter().rev().map(|effect| &effect.write)
    }

    /// A number of chance: the same turn draws the same.
    pub(super) fn random(&mut self) -> u64 {
        self.ids_made += 1;
        mix(self.seed ^ mix(self.ids_made))
    }

    /// A new id (UUIDv7): the same turn makes the same ids, another agent or person in the same chain makes others.
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

    /// A number of this turn and agent.
    fn mixed(&self, number: u64) -> u64 {
        let agent = self
            .agent
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        mix(self.seed ^ mix(agent ^ mix(number)))
    }

    /// What the turn has of WASI, made when it is first asked for.
    pub(super) fn wasi(&mut self) -> &mut Wasi {
        let (now, key) = (self.now, self.mixed(WASI));
        let wasi = self.wasi.get_or_insert_with(|| Box::new(Mutex::new(Wasi::new(now, Draws::new(key)))));
        wasi.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, if it was asked for.
    pub(super) fn wasi_in_use(&mut self) -> Option<&mut Wasi> {
        self.wasi.as_mut().map(|wasi| wasi.get_mut().unwrap_or_else(PoisonError::into_inner))
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
