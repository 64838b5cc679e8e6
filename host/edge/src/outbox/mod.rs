//! The outbox dispatcher: sends what waits, in order per lane, within Meta's rate limits, and at most once unless an attempt is known to
//! have failed.
//!
//! The database is the queue and decides what may begin; memory holds only rows of lanes whose send lease this host has and where something
//! is due. When the first row of a lane cannot be sent now, the lane is let go, and the database gives it back when it is due.

mod breaker;
mod courier;
mod dispatcher;
mod pace;
mod pending;
mod port;
mod queue;
mod verdict;

use std::sync::Arc;

use tokio::{sync::mpsc, task::JoinHandle};

pub use courier::Courier;
use dispatcher::Work;
pub use pace::Pace;
pub use port::{Carrier, DispatchOptions, Outbox};
pub use queue::{Rows, TemplateOf};
use switchboard_store::Outgoing;

/// The running dispatcher task.
pub struct Dispatcher {
    queue: Queue,
    stop: tokio::sync::oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// The handle that takes rows for sending. Cheap to clone.
#[derive(Clone)]
pub struct Queue(mpsc::UnboundedSender<Work>);

impl Queue {
    /// Hands over rows that are committed as queued. Never blocks; after a stop, rows stay in the database.
    pub fn push(&self, rows: Vec<Outgoing>) {
        if !rows.is_empty() {
            self.send(Work::Rows(rows));
        }
    }

    /// Has lanes looked at, where a status may have let the next row go. Never blocks.
    pub fn wake(&self, lanes: Vec<i64>) {
        if !lanes.is_empty() {
            self.send(Work::Lanes(lanes));
        }
    }

    /// Has the outbox asked for what is due. Never blocks.
    pub fn look(&self) {
        self.send(Work::Due);
    }

    fn send(&self, work: Work) {
        if self.0.send(work).is_err() {
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
