//! The token budget of the language model: reserved before a question is asked, settled after it. A reservation whose host is gone ends
//! by itself.

use uuid::Uuid;

use crate::{
    Store, StoreError,
    db::Row,
    op::Op,
    token_rows::{Reservation, Tokens, TokensChange},
    value::uuid,
};
use switchboard_core::quota::day_of;

/// Reservations that one look ends.
const ENDED_MAX: i64 = 500;

impl Store {
    /// The tokens that are used or reserved today.
    pub async fn tokens_used(&self, agent: &str, person: Uuid, now: i64) -> Result<Tokens, StoreError> {
        let row = self
            .query(
                "select coalesce((select used from quota where since = $1 and what = 'tokens' and agent = '' and person = ''), 0),
                     coalesce((select used from quota where since = $1 and what = 'tokens' and agent = $2 and person = ''), 0),
                     coalesce((select used from quota where since = $1 and what = 'tokens' and agent = '' and person = $3), 0)",
            )
            .bind(day_of(now))
            .bind(agent)
            .bind(person.to_string())
            .optional()
            .await?
            .ok_or(sqlx::Error::RowNotFound)?;
        Ok(Tokens { all: row.get(0)?, agent: row.get(1)?, person: row.get(2)? })
    }

    /// Reserves tokens for a question, `prompt` of them for its own words, within these caps of the day.
    ///
    /// # Errors
    /// [`StoreError::is_overrun`] if they do not fit into a cap.
    pub async fn reserve_tokens(
        &self,
        (agent, person): (&str, Uuid),
        (tokens, prompt): (i64, i64),
        caps: Tokens,
        now: i64,
    ) -> Result<Reservation, StoreError> {
        let (id, agent) = (Uuid::now_v7(), agent.to_owned());
        let reservation = Reservation { id, since: day_of(now), agent, person, tokens, prompt };
        let change = TokensChange { reserved: Some((reservation.clone(), caps)), ..TokensChange::default() };
        self.change_tokens(change, now).await?;
        Ok(reservation)
    }

    /// Ends a reservation: so many tokens were used; if nobody can say, those of the question count.
    pub async fn settle_tokens(&self, reserved: Reservation, used: Option<i64>, now: i64) -> Result<(), StoreError> {
        self.change_tokens(TokensChange { settled: vec![(reserved, used)], ..TokensChange::default() }, now).await
    }

    /// Ends the reservations of hosts that are gone.
    pub(super) async fn end_reservations(&self, now: i64) -> Result<(), StoreError> {
        if !self.has_duty("tokens", now).await? {
            return Ok(());
        }
        let rows = self
            .query(
                "select reservation_id::text, since, agent, person_id::text, tokens, prompt from token_reservation
                 where until_at < $1 order by until_at limit $2",
            )
            .bind(now)
            .bind(ENDED_MAX)
            .all()
            .await?;
        let ended = |row: &Row| -> Result<_, sqlx::Error> {
            let (id, person) = (uuid(row.get(0)?), uuid(row.get(3)?));
            let (since, agent, tokens, prompt) = (row.get(1)?, row.get(2)?, row.get(4)?, row.get(5)?);
            Ok((Reservation { id, since, agent, person, tokens, prompt }, None))
        };
        let settled: Vec<_> = rows.iter().map(ended).collect::<Result<_, _>>()?;
        match settled.is_empty() {
            true => Ok(()),
            false => self.change_tokens(TokensChange { settled, ..TokensChange::default() }, now).await,
        }
    }

    async fn change_tokens(&self, change: TokensChange, now: i64) -> Result<(), StoreError> {
        self.inner.writer.ask(|answer| Op::Tokens { change: Box::new(change), now, answer }).await?
    }
}
