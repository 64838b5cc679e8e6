//! One load at a time of each file: a newer change ends the load of an older one.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

/// A slot for each file that is being loaded.
#[derive(Default)]
pub(super) struct Slots(Mutex<HashMap<String, Arc<Slot>>>);

struct Slot {
    /// Counts the changes of the file.
    newest: watch::Sender<u64>,
    turn: tokio::sync::Mutex<()>,
}

impl Slots {
    /// Does this work for a file when no other is being done for it; ends what is being done for an older change of it.
    /// Returns when the work, or that of a newer change, is done.
    pub(super) async fn run(&self, file: &str, work: impl Future<Output = ()>) {
        let slot = self.slot(file);
        slot.newest.send_modify(|newest| *newest += 1);
        let mut newer = slot.newest.subscribe();
        let one_at_a_time = slot.turn.lock().await;
        tokio::select! {
            () = work => drop(one_at_a_time),
            // The sender is in the slot, which is held here.
            _ = newer.changed() => {
                drop(one_at_a_time);
                // It queues for the slot already.
                drop(slot.turn.lock().await);
            }
        }
        drop(newer);
        self.forget(file, slot);
    }

    fn slot(&self, file: &str) -> Arc<Slot> {
        let new = || Arc::new(Slot { newest: watch::Sender::new(0), turn: tokio::sync::Mutex::new(()) });
        self.slots().entry(file.to_owned()).or_insert_with(new).clone()
    }

    fn forget(&self, file: &str, slot: Arc<Slot>) {
        let mut slots = self.slots();
        drop(slot);
        if slots.get(file).is_some_and(|slot| Arc::strong_count(slot) == 1) {
            slots.remove(file);
        }
    }

    fn slots(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Slot>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
