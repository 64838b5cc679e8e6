//! The bytes of bodies whose signature is not known yet. Strangers may send them, so they are bounded in all: beyond the bound the body
//! that is on its way for the longest is given up, since Meta's come whole within milliseconds.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// The bound of the bytes of all bodies, and the bodies.
#[derive(Debug)]
pub(super) struct Intake {
    bytes_max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    bytes: usize,
    /// The number of the next body.
    next: u64,
    /// The bodies by number, the oldest first.
    bodies: BTreeMap<u64, Held>,
}

#[derive(Debug)]
struct Held {
    bytes: usize,
    given_up: Arc<Notify>,
}

/// A body that is being read, or is whole and not yet verified. Its bytes are free again when it is dropped.
#[derive(Debug)]
pub(super) struct Body<'a> {
    intake: &'a Intake,
    number: u64,
    /// Told when this body is given up.
    pub(super) given_up: Arc<Notify>,
}

impl Intake {
    pub(super) fn new(bytes_max: usize) -> Intake {
        Intake { bytes_max, state: Mutex::default() }
    }

    /// Begins a body.
    pub(super) fn begin(&self) -> Body<'_> {
        let mut state = self.state();
        let (number, given_up) = (state.next, Arc::new(Notify::new()));
        state.next += 1;
        state.bodies.insert(number, Held { bytes: 0, given_up: given_up.clone() });
        Body { intake: self, number, given_up }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body<'_> {
    /// Takes room for more bytes of this body; gives up older ones for it. False if this one is given up.
    pub(super) fn grow(&self, bytes: usize) -> bool {
        let mut state = self.intake.state();
        while state.bytes + bytes > self.intake.bytes_max {
            let Some(oldest) = state.bodies.first_entry() else { return false };
            let is_this = *oldest.key() == self.number;
            let held = oldest.remove();
            state.bytes -= held.bytes;
            held.given_up.notify_one();
            if is_this {
                return false;
            }
        }
        let Some(held) = state.bodies.get_mut(&self.number) else { return false };
        held.bytes += bytes;
        state.bytes += bytes;
        true
    }
}

impl Drop for Body<'_> {
    fn drop(&mut self) {
        let mut state = self.intake.state();
        if let Some(held) = state.bodies.remove(&self.number) {
            state.bytes -= held.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_body_makes_room_and_all_bytes_come_back() {
        let intake = Intake::new(100);
        let bodies: Vec<Body<'_>> = (0..4).map(|_| intake.begin()).collect();
        assert!(bodies.iter().take(3).all(|body| body.grow(30)));
        assert!(bodies[3].grow(30), "the newest is taken");
        assert!(!bodies[0].grow(1), "the oldest was given up");
        assert!(bodies[1].grow(10) && bodies[2].grow(0));
        assert_eq!(intake.state().bytes, 100);
        assert!(!bodies[1].grow(90), "the oldest gives itself up before a newer one");
        assert_eq!(intake.state().bytes, 60);
        drop(bodies);
        let state = intake.state();
        assert_eq!((state.bytes, state.bodies.len()), (0, 0));
    }

    #[test]
    fn a_body_beyond_the_bound_alone_is_given_up() {
        let intake = Intake::new(100);
        let body = intake.begin();
        assert!(body.grow(100) && !body.grow(1) && !body.grow(1));
    }
}
