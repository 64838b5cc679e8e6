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
    types::{Ingested, Settled},
};

/// What an operation wrote, to find its rows by.
pub(crate) enum Outcome {
    Ingest { ingested: Ingested, claimed: Vec<Claimed>, messages: Vec<i64>, lanes: Vec<i64> },
    Settle { settled: Box<Settled>, next: Option<Claimed>, lane: i64 },
    Claim { claimed: Vec<Claimed>, lanes: Vec<i64> },
    Begin(Vec<i64>),
    Done,
}

/// Gives each caller its rows. Claims are parsed by the caller, to keep the single writer thread free.
pub(crate) fn distribute(answers: Answers, outcomes: &mut [Outcome]) -> Result<(), WriteError> {
    let unreadable = |error: serde_json::Error| WriteError::Row(error.to_string());
    let mut claims: HashMap<i64, Claimed> = HashMap::new();
    for json in answers.claims {
        claims.extend(claims::by_lane(&json).map_err(unreadable)?);
    }
    let mut new: HashSet<i64> = HashSet::new();
    for json in answers.new {
        new.extend(serde_json::from_str::<Vec<i64>>(&json).map_err(unreadable)?);
    }
    let begun: HashSet<i64> = answers.begun.into_iter().collect();
    // A settled turn goes on with its lane before anybody else is given it.
    for outcome in outcomes.iter_mut() {
        if let Outcome::Settle { next, lane, .. } = outcome {
            *next = claims.remove(lane);
        }
    }
    for outcome in outcomes.iter_mut() {
        match outcome {
            Outcome::Ingest { ingested, claimed, messages, lanes } => {
                ingested.new = messages.iter().filter(|id| new.contains(id)).count();
                ingested.known = messages.len() - ingested.new;
                claimed.extend(lanes.iter().filter_map(|lane| claims.remove(lane)));
            }
            Outcome::Claim { claimed, lanes } => claimed.extend(lanes.iter().filter_map(|lane| claims.remove(lane))),
            Outcome::Begin(ids) => ids.retain(|id| begun.contains(id)),
            Outcome::Settle { .. } | Outcome::Done => {}
        }
    }
    Ok(())
}

/// Answers the callers of a batch that was committed. A caller that has gone away is not missed.
pub(crate) fn answer(ops: Vec<Op>, outcomes: Vec<Outcome>) {
    for pair in ops.into_iter().zip(outcomes) {
        match pair {
            (Op::Ingest(_, answer), Outcome::Ingest { ingested, claimed, .. }) => {
                drop(answer.send(Ok((ingested, claimed))))
            }
            (Op::Settle { answer, .. }, Outcome::Settle { settled, next, .. }) => {
                drop(answer.send(Ok((*settled, next))))
            }
            (Op::Claim { answer, .. } | Op::Queue { answer, .. }, Outcome::Claim { claimed, .. }) => {
                drop(answer.send(Ok(claimed)));
            }
            (Op::SendBegins { answer, .. }, Outcome::Begin(ids)) => drop(answer.send(Ok(ids))),
            (Op::SendEnded { answer, .. } | Op::WindowClosed { answer, .. }, _) => drop(answer.send(Ok(()))),
            _ => {}
        }
    }
}

/// Tells callers why their batch failed. Whoever settles hears that the lease was lost if that is why.
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
            Op::SendEnded { answer, .. } | Op::WindowClosed { answer, .. } => drop(answer.send(Err(failed()))),
            Op::Plain(_, answer) => drop(answer.send(Err(failed()))),
        }
    }
}
