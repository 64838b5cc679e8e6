//! What came of a batch's operations, and how their callers hear of it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    answers::Answers,
    claims::{self, Claimed},
    error::{SettleError, StoreError, WriteError},
    op::Op,
    outbox::{Begun, Noted},
    settlement::Settled,
    types::Ingested,
};

/// What an operation wrote, to find its rows by.
pub(crate) enum Outcome {
    Ingest {
        ingested: Ingested,
        claimed: Vec<Claimed>,
        messages: Vec<i64>,
        lanes: Vec<i64>,
        has_statuses: bool,
    },
    Settle {
        settled: Box<Settled>,
        next: Option<Claimed>,
        lane: i64,
    },
    Claim {
        claimed: Vec<Claimed>,
        lanes: Vec<i64>,
    },
    Begin(Vec<i64>),
    SendEnd {
        id: i64,
        lane: i64,
    },
    SendLanes(Vec<i64>),
    Letters(Vec<i64>),
    /// A turn that was left out: a document was not as it had to be.
    Conflict,
    Done,
}

/// Gives each caller its rows. Claims are parsed by the caller, to keep the single writer thread free. The batch is committed: what
/// cannot be read is logged and left out, and fails nobody. Lanes that are left out are claimed again when their leases have run out.
pub(crate) fn distribute(mut answers: Answers, outcomes: &mut [Outcome]) -> Sends {
    let mut claims: HashMap<i64, Claimed> = HashMap::new();
    for json in std::mem::take(&mut answers.claims) {
        claims.extend(read_or_log(claims::by_lane(&json), "claims"));
    }
    let mut new: HashSet<i64> = HashSet::new();
    for json in std::mem::take(&mut answers.new) {
        new.extend(read_or_log(serde_json::from_str::<Vec<i64>>(&json), "ids of new messages"));
    }
    // A settled turn goes on with its lane before anybody else is given it.
    for outcome in outcomes.iter_mut() {
        if let Outcome::Settle { next, lane, .. } = outcome {
            *next = claims.remove(lane);
        }
    }
    for outcome in outcomes.iter_mut() {
        match outcome {
            Outcome::Ingest { ingested, claimed, messages, lanes, has_statuses } => {
                if *has_statuses {
                    // Anyone who hears of a lane first wakes it; hearing of it twice does no harm.
                    ingested.waiting = answers.waiting.clone();
                }
                ingested.new = messages.iter().filter(|id| new.contains(id)).count();
                ingested.known = messages.len() - ingested.new;
                claimed.extend(lanes.iter().filter_map(|lane| claims.remove(lane)));
            }
            Outcome::Claim { claimed, lanes } => claimed.extend(lanes.iter().filter_map(|lane| claims.remove(lane))),
            Outcome::Settle { .. }
            | Outcome::Begin(_)
            | Outcome::SendEnd { .. }
            | Outcome::SendLanes(_)
            | Outcome::Letters(_)
            | Outcome::Conflict
            | Outcome::Done => {}
        }
    }
    Sends {
        sending: answers.begun.into_iter().collect(),
        barred: answers.barred.into_iter().collect(),
        noted: answers.noted.into_iter().collect(),
        lanes: answers.send_lanes.into_iter().collect(),
        letters: answers.letters.into_iter().collect(),
    }
}

fn read_or_log<T: Default>(read: Result<T, serde_json::Error>, what: &str) -> T {
    read.unwrap_or_else(|error| {
        tracing::error!("the {what} of a batch that was committed cannot be read: {error}");
        T::default()
    })
}

/// What a batch did for senders.
pub(crate) struct Sends {
    sending: HashSet<i64>,
    barred: HashSet<i64>,
    noted: HashSet<i64>,
    lanes: HashSet<i64>,
    letters: HashSet<i64>,
}

/// Answers the callers of a batch that was committed. A caller that has gone away is not missed.
pub(crate) fn answer(ops: Vec<Op>, outcomes: Vec<Outcome>, sends: &Sends) {
    let of = |ids: &[i64], set: &HashSet<i64>| ids.iter().copied().filter(|id| set.contains(id)).collect::<Vec<_>>();
    for pair in ops.into_iter().zip(outcomes) {
        match pair {
            (Op::Ingest(_, answer), Outcome::Ingest { ingested, claimed, .. }) => {
                drop(answer.send(Ok((ingested, claimed))))
            }
            (Op::Settle { answer, .. }, Outcome::Settle { settled, next, .. }) => {
                drop(answer.send(Ok((*settled, next))))
            }
            (Op::Settle { answer, .. }, Outcome::Conflict) => drop(answer.send(Err(SettleError::Conflict))),
            (Op::Claim { answer, .. } | Op::Queue { answer, .. }, Outcome::Claim { claimed, .. }) => {
                drop(answer.send(Ok(claimed)));
            }
            (Op::SendBegins { answer, .. }, Outcome::Begin(ids)) => {
                drop(answer.send(Ok(Begun { sending: of(&ids, &sends.sending), barred: of(&ids, &sends.barred) })));
            }
            (Op::SendEnded { answer, .. }, Outcome::SendEnd { id, lane }) => {
                let noted = Noted { fits: sends.noted.contains(&id), goes_on: sends.lanes.contains(&lane) };
                drop(answer.send(Ok(noted)));
            }
            (Op::ClaimSends { answer, .. }, Outcome::SendLanes(lanes)) => {
                drop(answer.send(Ok(of(&lanes, &sends.lanes))));
            }
            (Op::Letters { answer, .. }, Outcome::Letters(ids)) => {
                drop(answer.send(Ok(of(&ids, &sends.letters).len() as u64)));
            }
            (Op::WindowClosed { answer, .. } | Op::Merge { answer, .. } | Op::Tokens { answer, .. }, _) => {
                drop(answer.send(Ok(())))
            }
            _ => {}
        }
    }
}

/// Tells callers why their batch failed. Anyone who settles hears that the lease was lost if that is why.
pub(crate) fn refuse(ops: Vec<Op>, error: WriteError, fenced: bool) {
    let error = Arc::new(error);
    let failed = || StoreError::Write(error.clone());
    for op in ops {
        match op {
            Op::Ingest(_, answer) => drop(answer.send(Err(failed()))),
            Op::Settle { answer, .. } if fenced => drop(answer.send(Err(SettleError::LostLease))),
            Op::Settle { answer, .. } => drop(answer.send(Err(failed().into()))),
            Op::Claim { answer, .. } | Op::Queue { answer, .. } => drop(answer.send(Err(failed()))),
            Op::SendBegins { answer, .. } => drop(answer.send(Err(failed()))),
            Op::SendEnded { answer, .. } => drop(answer.send(Err(failed()))),
            Op::ClaimSends { answer, .. } => drop(answer.send(Err(failed()))),
            Op::Letters { answer, .. } => drop(answer.send(Err(failed()))),
            Op::WindowClosed { answer, .. } | Op::Merge { answer, .. } | Op::Tokens { answer, .. } => {
                drop(answer.send(Err(failed())))
            }
            Op::Plain(_, answer) => drop(answer.send(Err(failed()))),
        }
    }
}
