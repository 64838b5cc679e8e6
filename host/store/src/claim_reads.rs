//! Claims that were committed, read. One that cannot be read costs the others nothing.

use crate::{
    SettleError, Store,
    claims::{self, Claimed, Damaged},
    settlement::{Done, Settlement},
    types::Claim,
};

impl Store {
    /// Reads claims that were committed. One that cannot be read costs the others nothing: its message is dead, with the reason, and
    /// its lane goes on with the next.
    pub(super) async fn read_claims(&self, claimed: Vec<Claimed>, now: i64) -> Vec<Claim> {
        let mut claims = Vec::with_capacity(claimed.len());
        for claimed in claimed {
            claims.extend(self.read_claim(claimed, now).await);
        }
        claims
    }

    /// Reads a claim, or the lane's next one that can be read; none if the lane has no such.
    pub(super) async fn read_claim(&self, mut claimed: Claimed, now: i64) -> Option<Claim> {
        loop {
            let unreadable = match claims::read(&claimed, self.inner.options.bucket) {
                Ok(claim) => return Some(claim),
                Err(unreadable) => unreadable,
            };
            let Some(damaged) = Damaged::of(&claimed) else {
                // Its lease runs out, and the poll finds it again.
                tracing::error!("a claim cannot be read: {unreadable}");
                return None;
            };
            let message = damaged.message_id;
            tracing::error!(
                message.id = message,
                "a message is given up, since its claim cannot be read: {unreadable}"
            );
            let reason = format!("its row cannot be read: {unreadable}");
            claimed = match self.give_up_damaged(damaged, reason, now).await {
                Ok(next) => next?,
                Err(SettleError::LostLease | SettleError::Conflict) => return None,
                Err(SettleError::Store(failed)) => {
                    tracing::error!(
                        message.id = message,
                        "it could not be marked as dead, and is claimed again: {failed}"
                    );
                    return None;
                }
            };
        }
    }

    /// Marks the message of a claim as dead; gives the claim of the lane's next one.
    async fn give_up_damaged(
        &self,
        damaged: Damaged,
        reason: String,
        now: i64,
    ) -> Result<Option<Claimed>, SettleError> {
        let Damaged { lane, message_id, business } = damaged;
        let settlement = Settlement::only(lane, message_id, business, Done::Dead(reason), now);
        let (_, next) = self.commit(settlement.into()).await?;
        Ok(next)
    }
}
