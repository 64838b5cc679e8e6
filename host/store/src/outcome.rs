//! What came of a batch's operations, and how their callers hear of it.

use std::collections::{HashMap, HashSet};

use crate::{
    SettleError, StoreError,
    claims::{self, Claimed},
    op::Op,
    types::{Ingested, Settled},
    value::Row,
};

/// What an operation wrote, to find its rows by.
pub(crate) enum Outcome {
    Ingest { ingested: Ingested, claimed: Vec<Claimed>, messages: Vec<i64>, lanes: Vec<i64> },
    Settle { settled: Box<Settled>, next: Option<Claimed>, claimed: Vec<Claimed>, lane: i64, woken: Vec<i64> },
    Claim { claimed: Vec<Claimed>, lanes: Vec<i64> },
    Begin(Vec<i64>),
    Done,
}

/// Gives each caller its rows. Claims are read by whoever asked: the writer is one, they are many.
pub(crate) fn distribute(rows: Vec<Row>, outcomes: &mut [Outcome]) -> Result<(), sqlx::Error> {
    let mut claims: HashMap<i64, Claimed> = HashMap::new();
    let (mut new, mut begun) = (HashSet::new(), HashSet::new());
    for row in rows {
        match row.get::<String>(0)?.as_str() {
            "claims" => {
                if let Some(json) = row.get::<Option<String>>(1)? {
                    claims.extend(claims::by_lane(&json)?);
                }
            }
            "new" => {
                let ids: Option<String> = row.get(1)?;
                new.extend(ids.and_then(|ids| serde_json::from_str::<Vec<i64>>(&ids).ok()).unwrap_or_default());
            }
            "begun" => {
                begun.insert(row.get::<i64>(1)?);
            }
            _ => {}
        }
    }
    // A settled turn goes on with its lane before anybody else is given it.
    for outcome in outcomes.iter_mut() {
        if let Outcome::Settle { next, claimed, lane, woken, .. } = outcome {
            *next = claims.remove(lane);
            claimed.extend(woken.iter().filter_map(|lane| claims.remove(lane)));
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
            (Op::Settle { answer, .. }, Outcome::Settle { settled, next, claimed, .. }) => {
                drop(answer.send(Ok((*settled, next, claimed))))
            }
            (Op::Claim { answer, .. } | Op::Queue { answer, .. }, Outcome::Claim { claimed, .. }) => {
                drop(answer.send(Ok(claimed)));
            }
            (Op::SendBegins { answer, .. }, Outcome::Begin(ids)) => drop(answer.send(Ok(ids))),
            (Op::SendEnded { answer, .. }, _) => drop(answer.send(Ok(()))),
            _ => {}
        }
    }
}

/// Tells the callers of a batch of one why it failed.
pub(crate) fn refuse(ops: Vec<Op>, error: sqlx::Error, fenced: bool) {
    let error = StoreError::from(error);
    for op in ops {
        match op {
            Op::Ingest(_, answer) => drop(answer.send(Err(error.clone()))),
            Op::Settle { answer, .. } if fenced => drop(answer.send(Err(SettleError::LostLease))),
            Op::Settle { answer, .. } => drop(answer.send(Err(error.clone().into()))),
            Op::Claim { answer, .. } | Op::Queue { answer, .. } => drop(answer.send(Err(error.clone()))),
            Op::SendBegins { answer, .. } => drop(answer.send(Err(error.clone()))),
            Op::SendEnded { answer, .. } => drop(answer.send(Err(error.clone()))),
            Op::Plain(_, answer) => drop(answer.send(Err(error.clone()))),
        }
    }
}
