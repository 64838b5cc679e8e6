//! What an operator does with dead letters: see [`outbox::dead`](crate::outbox::dead).

use serde_json::{Value, json};

use crate::{
    DeadChange, DeadChoice, DeadEvent, DeadKind, DeadLetter, Store, StoreError,
    db::Row,
    op::Op,
    outbox::dead::{DEAD_MESSAGES, DEAD_SENDS, ONE_MESSAGE, ONE_SEND},
    value::uuid,
};
use switchboard_core::act::Actor;

/// Letters of one page, and of one transaction.
const PAGE: i64 = 500;

impl Store {
    /// Dead letters, the oldest first: at most `limit` after the one with this id.
    pub async fn dead_letters(
        &self,
        choice: &DeadChoice,
        after: i64,
        limit: i64,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let DeadChoice { kind, code, agent, person, from_ms, to_ms } = choice;
        let query = match kind {
            DeadKind::Message => self.query(DEAD_MESSAGES),
            DeadKind::Reply | DeadKind::Forward => self.query(DEAD_SENDS).bind(*kind == DeadKind::Forward),
        };
        let query = query.bind(after).bind(code.as_deref().unwrap_or_default());
        let query = query.bind(agent.as_deref().unwrap_or_default());
        let query = query.bind(person.map(|person| person.to_string()).unwrap_or_default());
        let rows = query.bind(*from_ms).bind(*to_ms).bind(limit).all().await?;
        Ok(rows.iter().map(|row| letter(*kind, row)).collect::<Result<_, _>>()?)
    }

    /// One letter by its id; of the outbox also one that is queued or of unknown outcome.
    pub async fn dead_letter(&self, kind: DeadKind, id: i64) -> Result<Option<DeadLetter>, StoreError> {
        let query = match kind {
            DeadKind::Message => self.query(ONE_MESSAGE),
            DeadKind::Reply | DeadKind::Forward => self.query(ONE_SEND).bind(kind == DeadKind::Forward),
        };
        let row = query.bind(id).optional().await?;
        Ok(row.map(|row| letter(kind, &row)).transpose()?)
    }

    /// What operators did with a letter before, the latest first.
    pub async fn dead_changes(&self, kind: DeadKind, id: i64) -> Result<Vec<DeadChange>, StoreError> {
        let sql =
            "select at, way || ':' || who, case act when 'dead.retry' then 'retried' else 'discarded' end from audit
            where subject = $1 and act in ('dead.retry', 'dead.discard') order by audit_id desc limit 20";
        let rows = self.query(sql).bind(format!("{} {id}", kind.as_str())).all().await?;
        let change = |row: &Row| -> Result<DeadChange, sqlx::Error> {
            Ok(DeadChange { at: row.get(0)?, who: row.get(1)?, event: row.get(2)? })
        };
        Ok(rows.iter().map(change).collect::<Result<_, _>>()?)
    }

    /// Retries or discards these letters, each as it was read; gives how many it was done with. The others have changed since, or the
    /// event does not fit their state.
    pub async fn decide_dead(
        &self,
        letters: &[DeadLetter],
        event: DeadEvent,
        actor: &Actor,
    ) -> Result<u64, StoreError> {
        let row =
            |letter: &DeadLetter| json!([letter.id, letter.version, event.as_str(), actor.name, actor.way.as_str()]);
        let (letters, now): (Vec<Value>, i64) = (letters.iter().map(row).collect(), self.now());
        self.inner.writer.ask(|answer| Op::Letters { letters, now, answer }).await?
    }

    /// Retries or discards all that fit, page by page; gives how many there were, and how many it was done with.
    pub async fn decide_all_dead(
        &self,
        choice: &DeadChoice,
        event: DeadEvent,
        actor: &Actor,
    ) -> Result<(u64, u64), StoreError> {
        let (mut after, mut found, mut done) = (0, 0, 0);
        loop {
            let letters = self.dead_letters(choice, after, PAGE).await?;
            let Some(last) = letters.last() else { return Ok((found, done)) };
            after = last.id;
            found += letters.len() as u64;
            done += self.decide_dead(&letters, event, actor).await?;
        }
    }
}

fn letter(kind: DeadKind, row: &Row) -> Result<DeadLetter, sqlx::Error> {
    Ok(DeadLetter {
        kind,
        id: row.get(0)?,
        version: row.get(1)?,
        state: row.get(2)?,
        what: row.get(3)?,
        agent: row.get(4)?,
        person: row.get::<Option<String>>(5)?.map(uuid),
        business: row.get(6)?,
        message_id: row.get(7)?,
        attempts: row.get(8)?,
        at_ms: row.get(9)?,
        error: row.get(10)?,
        body: row.get(11)?,
    })
}
