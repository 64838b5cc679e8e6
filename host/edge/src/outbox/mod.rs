//! The outbox dispatcher: sends replies in order per lane, within Meta's rate limits, and at most once unless an
//! attempt is known to have failed.
//!
//! The database is the queue; memory holds only rows that may be sent soon. When a row cannot be sent now, its lane
//! is parked: the database returns its rows, in order, when they are due.

mod bucket;
mod courier;
mod dispatcher;
mod pending;
mod port;
mod queue;

use std::sync::Arc;

use tokio::{sync::mpsc, task::JoinHandle};

pub use courier::Courier;
pub use port::{Carrier, DispatchOptions, Outbox};
pub use queue::Forwards;
use switchboard_store::Outgoing;

/// The running dispatcher task.
pub struct Dispatcher {
    queue: Queue,
    stop: tokio::sync::oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// The handle that takes rows for sending. Cheap to clone.
#[derive(Clone)]
pub struct Queue(mpsc::UnboundedSender<Vec<Outgoing>>);

impl Queue {
    /// Hands over rows that are committed as queued. Never blocks; after a stop, rows stay in the database.
    pub fn push(&self, rows: Vec<Outgoing>) {
        if !rows.is_empty() && self.0.send(rows).is_err() {
            tracing::debug!("the dispatcher has stopped; rows stay in the outbox for the next start");
        }
    }
}

impl Dispatcher {
    /// Starts the dispatcher.
    pub fn start(outbox: impl Outbox, carrier: impl Carrier, options: DispatchOptions) -> Dispatcher {
        let (rows, queued) = mpsc::unbounded_channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(dispatcher::run(Arc::new(outbox), Arc::new(carrier), options, queued, stopped));
        Dispatcher { queue: Queue(rows), stop, task }
    }

    /// The handle that takes rows.
    pub fn queue(&self) -> Queue {
        self.queue.clone()
    }

    /// Stops: begins no more sends, and waits for those under way for a limited time.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        if self.task.await.is_err() {
            tracing::error!(
                "the dispatcher panicked; the outcome of sends under way will be unknown at the next start"
            );
        }
    }
}
