//! The memory that turns take together: each reserves, before an agent runs, all that it may come to need, and waits while there is not
//! so much. A turn reserves once, so those that hold memory never wait for more of it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::telemetry;
use switchboard_sandbox::plugins::AgentSet;

/// The unit that memory is reserved in, in bytes.
const UNIT: usize = 64 << 10;

/// The memory of all turns of the process.
pub struct TurnMemory {
    all: Arc<Semaphore>,
    units: u32,
    /// What one agent's turns may take of it, so that one that waits long, as for a model, leaves room for the others.
    shares: Mutex<HashMap<String, Arc<Semaphore>>>,
    turns: Arc<AtomicUsize>,
    waiting: Arc<AtomicUsize>,
}

/// Memory that is reserved for a turn; given back when dropped.
pub struct Reservation {
    _share: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedSemaphorePermit>,
    _turn: Counted,
}

/// The figures of `/health` and `/metrics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryInUse {
    /// What turns may take together, in bytes.
    pub max: usize,
    /// What is reserved, in bytes.
    pub reserved: usize,
    /// The turns that have reserved memory.
    pub turns: usize,
    /// The turns that wait for memory.
    pub waiting: usize,
}

impl TurnMemory {
    /// So many bytes for all turns together.
    pub fn new(bytes: usize) -> TurnMemory {
        let units = units(bytes);
        TurnMemory {
            all: Arc::new(Semaphore::new(units as usize)),
            units,
            shares: Mutex::default(),
            turns: Arc::default(),
            waiting: Arc::default(),
        }
    }

    /// Waits, in the order of the calls, until so many bytes are free for a turn that begins with this agent. A turn that wants more than
    /// there is gets all of it.
    pub async fn reserve(&self, agent: &str, bytes: usize) -> Reservation {
        let waiting = Counted::new(&self.waiting);
        let since = Instant::now();
        let share = self.share(agent);
        // An agent's turns wait for its share first: so no more of them than the share stand in the queue of all. The semaphores are
        // never closed.
        let share = share.acquire_many_owned(units(bytes).min(self.share_units())).await.ok();
        let all = self.all.clone().acquire_many_owned(units(bytes).min(self.units)).await.ok();
        drop(waiting);
        telemetry::memory_reserved(since.elapsed());
        Reservation { _share: share, _all: all, _turn: Counted::new(&self.turns) }
    }

    /// What is in use now.
    pub fn in_use(&self) -> MemoryInUse {
        let free = self.all.available_permits();
        MemoryInUse {
            max: self.units as usize * UNIT,
            reserved: (self.units as usize).saturating_sub(free) * UNIT,
            turns: self.turns.load(Ordering::Relaxed),
            waiting: self.waiting.load(Ordering::Relaxed),
        }
    }

    /// Three quarters of the whole.
    fn share_units(&self) -> u32 {
        (self.units / 4 * 3).max(1)
    }

    fn share(&self, agent: &str) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(agent) {
            return share.clone();
        }
        let share = Arc::new(Semaphore::new(self.share_units() as usize));
        shares.insert(agent.to_owned(), share.clone());
        share
    }
}

/// What is wrong with the memory for turns, a sentence: one of them wants more than there is.
pub fn too_little(memory: &TurnMemory, agents: &AgentSet) -> Option<String> {
    let (wanted, max) = (agents.turn_memory_bytes(), memory.in_use().max);
    (wanted > max).then(|| {
        format!(
            "a turn may take {} MiB of memory, more than MEMORY_MAX_MIB = {}: turns run one after the other; raise it, or lower \
             memory_bytes_max or held_bytes_max in plugins.toml",
            wanted.div_ceil(1 << 20),
            max >> 20
        )
    })
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).max(1)
}

/// Counts while it lives.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Counted {
        count.fetch_add(1, Ordering::Relaxed);
        Counted(count.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::Future, pin::pin, task::Context};

    use futures_util::task::noop_waker_ref;

    use super::*;

    /// Looks once whether it is there.
    fn at_once(reserve: impl Future<Output = Reservation>) -> Option<Reservation> {
        match pin!(reserve).poll(&mut Context::from_waker(noop_waker_ref())) {
            std::task::Poll::Ready(reservation) => Some(reservation),
            std::task::Poll::Pending => None,
        }
    }

    #[test]
    fn turns_wait_for_memory_in_their_order() {
        let memory = TurnMemory::new(8 * UNIT);
        let first = at_once(memory.reserve("a", 4 * UNIT)).expect("room");
        let second = at_once(memory.reserve("b", 3 * UNIT)).expect("room");
        assert_eq!(memory.in_use(), MemoryInUse { max: 8 * UNIT, reserved: 7 * UNIT, turns: 2, waiting: 0 });
        // A large one waits, and a small one that would fit does not go before it.
        let mut large = pin!(memory.reserve("c", 5 * UNIT));
        let mut context = Context::from_waker(noop_waker_ref());
        assert!(large.as_mut().poll(&mut context).is_pending());
        assert!(at_once(memory.reserve("d", UNIT)).is_none());
        assert_eq!(memory.in_use().waiting, 1, "one that is given up waits no more");
        drop(first);
        assert!(large.as_mut().poll(&mut context).is_ready());
        drop(second);
        assert_eq!(memory.in_use(), MemoryInUse { max: 8 * UNIT, reserved: 0, turns: 0, waiting: 0 });
    }

    #[test]
    fn one_agent_leaves_room_for_the_others() {
        let memory = TurnMemory::new(8 * UNIT);
        let held: Vec<_> = (0..6).map(|_| at_once(memory.reserve("slow", UNIT)).expect("its share")).collect();
        let mut waits = pin!(memory.reserve("slow", UNIT));
        assert!(waits.as_mut().poll(&mut Context::from_waker(noop_waker_ref())).is_pending());
        let other = at_once(memory.reserve("quick", 2 * UNIT)).expect("it does not wait behind the slow one");
        assert!(at_once(memory.reserve("quick", 1)).is_none());
        drop((other, held));
    }

    #[test]
    fn a_turn_that_wants_more_than_there_is_runs_alone() {
        let memory = TurnMemory::new(4 * UNIT);
        let all = at_once(memory.reserve("huge", 100 * UNIT)).expect("all of it");
        assert_eq!(memory.in_use().reserved, 4 * UNIT);
        assert!(at_once(memory.reserve("small", 1)).is_none());
        drop(all);
        assert!(at_once(memory.reserve("small", 1)).is_some());
    }
}
