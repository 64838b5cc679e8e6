//! A probe of the writer where its last attempt failed: whether anything can be stored now.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::{
    Store, StoreError, WriteFailure,
    op::{Op, Statement},
};

/// A probe that takes longer has failed.
const PROBE_WAIT: Duration = Duration::from_secs(2);

/// What a probe writes, in bytes: about as much as a delivery takes. An update in place would pass on a full disk.
const FILLER: usize = 16 * 1024;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Store {
    /// Why deliveries cannot be stored; none while they can. Where the last attempt failed, another is made, at most once a second.
    pub async fn write_failure(&self) -> Option<WriteFailure> {
        for way in self.inner.writer.ways() {
            if way.state.begins_probe() {
                match tokio::time::timeout(PROBE_WAIT, self.probe_write(way.ops)).await {
                    Ok(Ok(())) => way.state.stored(),
                    Ok(Err(error)) => way.state.note(error.to_string()),
                    Err(_) => way.state.note("the database does not answer a write".into()),
                }
            }
        }
        self.inner.writer.ways().into_iter().find_map(|way| way.state.failure())
    }

    /// Writes about as much as a delivery takes, and takes it away again.
    async fn probe_write(&self, ops: &mpsc::Sender<Op>) -> Result<(), StoreError> {
        let fill = "insert into write_probe (node, at, filler) values ($1, $2, $3)
            on conflict (node) do update set at = excluded.at, filler = excluded.filler";
        let clear = "delete from write_probe where node = $1 or at < $2";
        let (node, now) = (self.node(), self.now());
        let filled = vec![node.into(), now.into(), "x".repeat(FILLER).into()];
        for (sql, values) in [(fill, filled), (clear, vec![node.into(), (now - DAY_MS).into()])] {
            let (answer, answered) = oneshot::channel();
            let op = Op::Plain(vec![Statement { sql, values }], answer);
            ops.send(op).await.map_err(|_| StoreError::Closed)?;
            answered.await.map_err(|_| StoreError::Closed)??;
        }
        Ok(())
    }
}
