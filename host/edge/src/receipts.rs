//! Read receipts with a typing indicator: the person sees that their message was read, and that an answer is being written.
//!
//! They go out beside the turn and never hold it up: what there is no room for is left out, and one that fails is tried once more at most.
//! While Meta limits the rate, or refuses the number, none is sent, so that they take nothing from answers.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Semaphore, mpsc},
    time::Instant,
};

use crate::whatsapp::client::{GraphClient, SendOutcome};
use switchboard_core::failure::Failure;

/// Receipts that wait; more are left out.
const WAITING_MAX: usize = 256;

/// Receipts under way at a time.
const UNDER_WAY_MAX: usize = 16;

/// The interval between two of them: 40 a second, half of what WhatsApp allows a number.
const EVERY: Duration = Duration::from_millis(25);

/// How old a receipt may be: the answer comes first then.
const OLD: Duration = Duration::from_secs(3);

/// How long none is sent after Meta has limited the rate, or refused the number.
const REST: Duration = Duration::from_secs(60);

/// A message that was read.
struct Read {
    business: String,
    wamid: String,
    since: Instant,
}

/// Sends read receipts, if they are switched on.
#[derive(Clone, Default)]
pub struct Receipts(Option<mpsc::Sender<Read>>);

impl Receipts {
    /// Sends none.
    pub fn off() -> Receipts {
        Receipts(None)
    }

    /// Sends them until all copies of this are dropped.
    pub fn start(client: GraphClient) -> Receipts {
        let (sender, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(send_all(client, waiting));
        Receipts(Some(sender))
    }

    /// Tells the person that a message was read and is about to be answered. Returns at once.
    pub fn read(&self, business: &str, wamid: &str) {
        let Some(sender) = &self.0 else { return };
        let read = Read { business: business.to_owned(), wamid: wamid.to_owned(), since: Instant::now() };
        if sender.try_send(read).is_err() {
            count("left_out");
        }
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("switchboard_read_receipts_total", "outcome" => outcome).increment(1);
}

async fn send_all(client: GraphClient, mut waiting: mpsc::Receiver<Read>) {
    let room = Arc::new(Semaphore::new(UNDER_WAY_MAX));
    let (rests, mut resting) = mpsc::channel::<()>(UNDER_WAY_MAX);
    let mut rests_until = Instant::now();
    let mut next = Instant::now();
    while let Some(read) = waiting.recv().await {
        while resting.try_recv().is_ok() {
            rests_until = Instant::now() + REST;
        }
        tokio::time::sleep_until(next).await;
        let now = Instant::now();
        if now < rests_until || now.duration_since(read.since) > OLD {
            count("left_out");
            continue;
        }
        next = now + EVERY;
        let Ok(permit) = room.clone().acquire_owned().await else { return };
        let (client, rests) = (client.clone(), rests.clone());
        tokio::spawn(async move {
            if send(&client, &read).await {
                let _ = rests.try_send(());
            }
            drop(permit);
        });
    }
}

/// Sends one; gives whether none is to be sent for a while.
async fn send(client: &GraphClient, read: &Read) -> bool {
    for is_last in [false, true] {
        match client.mark_read(&read.business, &read.wamid).await {
            SendOutcome::Sent { .. } => {
                count("sent");
                return false;
            }
            SendOutcome::Refused { why: Failure::Rate | Failure::Number | Failure::Pair, .. } => {
                count("failed");
                return true;
            }
            SendOutcome::Refused { why: Failure::Final, .. } => break,
            SendOutcome::Refused { .. } | SendOutcome::Unknown { .. } if is_last => break,
            SendOutcome::Refused { .. } | SendOutcome::Unknown { .. } => {}
        }
    }
    count("failed");
    false
}
