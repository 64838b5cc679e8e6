//! Fair sharing of the threads that run agents: a turn is polled only while it holds a slot, and gives it back at each yield (epoch
//! tick) and whenever it waits. There are as many slots as threads; the turns of one agent hold at most half of them, and agents take
//! turns: of those that wait, the one whose turn it is gets the next free slot, for the turn of its that has waited longest. So it is
//! with sandboxes: the turns of one agent that have begun are half of all that may have, at most.

use std::{
    collections::{HashMap, VecDeque},
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use tokio::sync::Semaphore;

/// The slots of an engine.
pub(super) struct Slots {
    table: Mutex<Table>,
    /// The most turns of one agent that have begun.
    turns_each: usize,
}

/// Who has a slot, and who waits.
struct Table {
    free: usize,
    /// The most slots of one agent.
    each: usize,
    agents: HashMap<Arc<str>, Agent>,
    /// The agents that have waiting turns and fewer slots than they may have, in the order in which they are served.
    ready: VecDeque<Arc<str>>,
}

#[derive(Default)]
struct Agent {
    held: usize,
    waiting: VecDeque<Arc<Ticket>>,
    is_ready: bool,
    turns: Option<Arc<Semaphore>>,
}

/// A turn that wants a slot.
struct Ticket(Mutex<State>);

enum State {
    /// It waits; who is woken.
    Waits(Waker),
    /// It has a slot.
    Has,
    /// It wants none any more.
    Gone,
}

impl Ticket {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    /// Slots for so many threads, and so many turns of one agent.
    pub(super) fn new(threads: usize, turns_each: usize) -> Slots {
        Slots { table: Mutex::new(Table::new(threads)), turns_each }
    }

    /// The permits of an agent to begin a turn.
    pub(super) fn turns(&self, agent: &Arc<str>) -> Arc<Semaphore> {
        let mut table = self.table();
        let turns = &mut table.agents.entry(agent.clone()).or_default().turns;
        turns.get_or_insert_with(|| Arc::new(Semaphore::new(self.turns_each))).clone()
    }

    /// The number of threads that run tasks here: those of the runtime, or of the machine where the runtime has one alone.
    pub(super) fn threads() -> usize {
        use tokio::runtime::{Handle, RuntimeFlavor};
        match Handle::try_current() {
            Ok(runtime) if runtime.runtime_flavor() == RuntimeFlavor::MultiThread => runtime.metrics().num_workers(),
            _ => std::thread::available_parallelism().map_or(1, usize::from),
        }
    }

    /// Runs a turn of an agent: each poll holds a slot.
    pub(super) fn run<F: Future>(self: &Arc<Slots>, agent: &Arc<str>, turn: F) -> Sharing<F> {
        Sharing { slots: self.clone(), agent: agent.clone(), ticket: None, turn: Box::pin(turn) }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn new(threads: usize) -> Table {
        let free = threads.max(1);
        Table { free, each: (free / 2).max(1), agents: HashMap::new(), ready: VecDeque::new() }
    }

    /// Takes a slot if one is free for this agent, and nobody waited before.
    fn take(&mut self, name: &Arc<str>) -> bool {
        if self.free == 0 || !self.ready.is_empty() {
            return false;
        }
        let each = self.each;
        let agent = self.agents.entry(name.clone()).or_default();
        let may = agent.held < each && agent.waiting.is_empty();
        if may {
            agent.held += 1;
            self.free -= 1;
        }
        may
    }

    /// Puts a turn at the end of its agent's queue.
    fn wait(&mut self, name: &Arc<str>, ticket: Arc<Ticket>) {
        self.agents.entry(name.clone()).or_default().waiting.push_back(ticket);
        self.line_up(name);
    }

    /// Puts an agent at the end of the line, if it has turns that wait and may have more slots.
    fn line_up(&mut self, name: &Arc<str>) {
        let each = self.each;
        let Some(agent) = self.agents.get_mut(name) else { return };
        if !agent.is_ready && agent.held < each && !agent.waiting.is_empty() {
            agent.is_ready = true;
            self.ready.push_back(name.clone());
        }
    }

    /// Gives a slot back.
    fn give_back(&mut self, name: &Arc<str>) {
        self.free += 1;
        if let Some(agent) = self.agents.get_mut(name) {
            agent.held -= 1;
        }
        self.line_up(name);
    }

    /// Gives free slots to those that wait; gives whom to wake.
    fn serve(&mut self) -> Vec<Waker> {
        let mut wakers = Vec::new();
        while self.free > 0
            && let Some(name) = self.ready.pop_front()
        {
            let Some(agent) = self.agents.get_mut(&name) else { continue };
            agent.is_ready = false;
            let Some(ticket) = agent.waiting.pop_front() else { continue };
            let mut state = ticket.state();
            if let State::Waits(waker) = std::mem::replace(&mut *state, State::Has) {
                agent.held += 1;
                self.free -= 1;
                wakers.push(waker);
            } else {
                *state = State::Gone;
            }
            drop(state);
            self.line_up(&name);
        }
        wakers
    }
}

/// A turn that shares the threads with others.
pub(super) struct Sharing<F> {
    slots: Arc<Slots>,
    agent: Arc<str>,
    /// While it waits for a slot, or has one and was not polled yet.
    ticket: Option<Arc<Ticket>>,
    turn: Pin<Box<F>>,
}

impl<F> Sharing<F> {
    /// Whether it has a slot now; else it waits for one.
    fn has_slot(&mut self, context: &Context<'_>) -> bool {
        let mut table = self.slots.table();
        if let Some(ticket) = &self.ticket {
            let mut state = ticket.state();
            if let State::Waits(waker) = &mut *state {
                waker.clone_from(context.waker());
                return false;
            }
            drop(state);
            self.ticket = None;
            return true;
        }
        if table.take(&self.agent) {
            return true;
        }
        let ticket = Arc::new(Ticket(Mutex::new(State::Waits(context.waker().clone()))));
        table.wait(&self.agent, ticket.clone());
        self.ticket = Some(ticket.clone());
        let wakers = table.serve();
        drop(table);
        wakers.into_iter().for_each(Waker::wake);
        false
    }
}

/// Gives a slot back, also where the turn panics.
struct Held<'a>(&'a Slots, &'a Arc<str>);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let wakers = {
            let mut table = self.0.table();
            table.give_back(self.1);
            table.serve()
        };
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl<F: Future> Future for Sharing<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        if !this.has_slot(context) {
            return Poll::Pending;
        }
        let _held = Held(&this.slots, &this.agent);
        this.turn.as_mut().poll(context)
    }
}

impl<F> Drop for Sharing<F> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket.take() else { return };
        let had = std::mem::replace(&mut *ticket.state(), State::Gone);
        if matches!(had, State::Has) {
            drop(Held(&self.slots, &self.agent));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        task::Wake,
    };

    /// A task that is polled by hand.
    struct Task {
        turn: Pin<Box<Sharing<Bursts>>>,
        wakes: Arc<Wakes>,
    }

    /// Counts how often it was woken.
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Wakes>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Yields at each poll, for ever, as a turn that computes does at each tick.
    struct Bursts(Arc<AtomicUsize>);

    impl Future for Bursts {
        type Output = ();

        fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            self.0.fetch_add(1, Ordering::Relaxed);
            context.waker().wake_by_ref();
            Poll::Pending
        }
    }

    impl Task {
        fn new(slots: &Arc<Slots>, agent: &str, polls: &Arc<AtomicUsize>) -> Task {
            let turn = Box::pin(slots.run(&agent.into(), Bursts(polls.clone())));
            Task { turn, wakes: Arc::new(Wakes(AtomicUsize::new(1))) }
        }

        /// Polls it if it was woken, as a runtime would; whether it was.
        fn poll(&mut self) -> bool {
            let woken = self.wakes.0.swap(0, Ordering::Relaxed) > 0;
            if woken {
                let waker = Waker::from(self.wakes.clone());
                assert!(self.turn.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            }
            woken
        }
    }

    fn ticket() -> Arc<Ticket> {
        Arc::new(Ticket(Mutex::new(State::Waits(Waker::noop().clone()))))
    }

    #[test]
    fn an_agent_has_half_of_the_slots_and_others_get_the_rest() {
        let (loud, calm): (Arc<str>, Arc<str>) = ("loud".into(), "calm".into());
        for threads in 1..9 {
            let mut table = Table::new(threads);
            let half = (threads / 2).max(1);
            let taken = (0..50).filter(|_| table.take(&loud)).count();
            assert_eq!(taken, half, "{threads} threads");
            for _ in 0..50 {
                table.wait(&loud, ticket());
            }
            assert!(table.serve().is_empty(), "those that wait have their half");
            assert_eq!(table.take(&calm), threads > half, "{threads} threads: somebody else");
        }
    }

    #[test]
    fn agents_take_turns_and_each_serves_who_waited_longest() {
        let mut table = Table::new(2);
        let names: [Arc<str>; 3] = ["a".into(), "b".into(), "c".into()];
        assert!(table.take(&names[0]) && table.take(&names[1]), "both threads are busy");
        // Fifty turns of `a` before one of `b` and one of `c`.
        let of_a: Vec<_> = (0..50).map(|_| ticket()).collect();
        of_a.iter().for_each(|ticket| table.wait(&names[0], ticket.clone()));
        let (of_b, of_c) = (ticket(), ticket());
        table.wait(&names[2], of_c.clone());
        table.wait(&names[1], of_b.clone());
        let has = |ticket: &Arc<Ticket>| matches!(*ticket.state(), State::Has);
        table.give_back(&names[0]);
        table.serve();
        assert!(has(&of_c) && !has(&of_a[0]), "`c` lined up before `a` might have another");
        table.give_back(&names[1]);
        table.serve();
        assert!(has(&of_a[0]) && !has(&of_a[1]) && !has(&of_b));
        table.give_back(&names[2]);
        table.serve();
        assert!(has(&of_b));
    }

    #[test]
    fn turns_that_compute_share_polls_by_agent() {
        let slots = Arc::new(Slots::new(2, 1));
        let polls: [Arc<AtomicUsize>; 2] = Default::default();
        let mut tasks: Vec<Task> = (0..50).map(|_| Task::new(&slots, "loud", &polls[0])).collect();
        tasks.push(Task::new(&slots, "calm", &polls[1]));
        for _ in 0..1_000 {
            for task in &mut tasks {
                task.poll();
            }
        }
        let [loud, calm] = polls.map(|polls| polls.load(Ordering::Relaxed));
        assert_eq!(calm, 1_000, "the calm one computes whenever it wants to");
        assert!(loud >= 1_000, "{loud}");
        assert_eq!(slots.table().free, 2);
    }

    #[test]
    fn a_turn_that_is_dropped_gives_its_slot_to_the_next() {
        let slots = Arc::new(Slots::new(1, 1));
        let polls = Arc::default();
        assert!(slots.table().take(&"a".into()));
        let mut tasks: Vec<Task> = (0..3).map(|_| Task::new(&slots, "a", &polls)).collect();
        for task in &mut tasks {
            task.poll();
        }
        drop(tasks.remove(1));
        drop(Held(&slots, &"a".into()));
        // The first has the slot and was not polled yet.
        drop(tasks.remove(0));
        assert!(tasks[0].poll(), "the third was woken");
        assert_eq!(polls.load(Ordering::Relaxed), 1);
        drop(tasks);
        assert_eq!(slots.table().free, 1);
    }
}
