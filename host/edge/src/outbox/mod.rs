//! What is to be said goes out: in order within a lane, at Meta's pace, and each row at most once without a reason.
//!
//! The database is the queue; this room holds only what may go soon. A row that cannot go now leaves its lane to the
//! database, which gives the lane back, in order, when it is due.

mod bucket;
mod courier;
mod lanes;
mod port;
mod queue;
mod sender;

use std::sync::Arc;

use tokio::{sync::mpsc, task::JoinHandle};

pub use courier::Courier;
pub use port::{Carrier, Options, Outbox};
pub use queue::Forwards;
use switchboard_store::Outgoing;

/// The running sender.
pub struct Sender {
    queue: Queue,
    stop: tokio::sync::oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Takes rows for sending. Cheap to clone.
#[derive(Clone)]
pub struct Queue(mpsc::UnboundedSender<Vec<Outgoing>>);

impl Queue {
    /// Hands over rows that are committed as queued. Never waits; rows that come too late stay in the database.
    pub fn push(&self, rows: Vec<Outgoing>) {
        if !rows.is_empty() && self.0.send(rows).is_err() {
            tracing::debug!("the sender has stopped; rows stay in the outbox for the next start");
        }
    }
}

impl Sender {
    /// Starts sending.
    pub fn start(outbox: impl Outbox, carrier: impl Carrier, options: Options) -> Sender {
        let (rows, queued) = mpsc::unbounded_channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(sender::run(Arc::new(outbox), Arc::new(carrier), options, queued, stopped));
        Sender { queue: Queue(rows), stop, task }
    }

    /// Where rows are handed over.
    pub fn queue(&self) -> Queue {
        self.queue.clone()
    }

    /// Begins no more sends and waits for those under way, a limited time.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        if self.task.await.is_err() {
            tracing::error!("the sender ended by a panic; rows under way will be unknown at the next start");
        }
    }
}
