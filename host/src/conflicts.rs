//! Turns that lost a document to another turn and run again. The first time they do so at once; from then on those of one agent wait for
//! each other at this host, so that each of them gets on.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OwnedMutexGuard;

/// How often a turn runs again at once. Its message is then put back, as after a failure of the host.
const AGAIN_MAX: u32 = 30;

/// The queues of agents whose turns run again.
#[derive(Clone, Default)]
pub(crate) struct Conflicts(Arc<Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>>);

/// One message's conflicts.
#[derive(Default)]
pub(crate) struct Contender {
    times: u32,
    alone: Option<OwnedMutexGuard<()>>,
}

impl Conflicts {
    /// Counts a conflict of a message's turn with another turn of the agent, and waits until it is this one's time to run again. False
    /// if it has done so too often.
    pub(crate) async fn run_again(&self, contender: &mut Contender, agent: &str) -> bool {
        contender.times += 1;
        metrics::counter!("switchboard_turn_conflicts_total", "agent" => agent.to_owned()).increment(1);
        if contender.times > 1 && contender.alone.is_none() {
            let queue = {
                let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                queues.entry(agent.to_owned()).or_default().clone()
            };
            contender.alone = Some(queue.lock_owned().await);
        }
        contender.times <= AGAIN_MAX
    }
}
