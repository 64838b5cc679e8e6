//! Whether an agent may cause notices: what is left of the day's quotas, and the circuit breaker that mutes an agent.

use uuid::Uuid;

use crate::{Store, StoreError, db::Row, op::Statement, quota::HOUR_MS, time::iso};
use switchboard_core::act::{Act, Actor};
use switchboard_core::quota::{NoticesLeft, day_of};

/// Notices of an agent within two hours that are too few to mute it.
const MUTES_FROM: i64 = 100;

/// How long an agent's notices are muted. After it, the hours that counted are over.
const MUTE_MS: i64 = 2 * HOUR_MS;

/// An agent whose notices are muted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Muted {
    /// The agent.
    pub agent: String,
    /// Until when, in milliseconds.
    pub until: i64,
    /// Its notices in the hours before.
    pub notices: i64,
    /// Its answers in the same time.
    pub answers: i64,
}

impl Store {
    /// What is left today of the quotas that a notice counts against.
    pub async fn notices_left(
        &self,
        agent: &str,
        sender: Uuid,
        recipient: Uuid,
        now: i64,
    ) -> Result<NoticesLeft, StoreError> {
        let row = self
            .query(
                "select coalesce((select used from quota where since = $1 and what = 'notices' and agent = $2 and person = ''), 0),
                     coalesce((select used from quota where since = $1 and what = 'notices' and agent = '' and person = $3), 0),
                     coalesce((select used from quota where since = $1 and what = 'received' and agent = '' and person = $4), 0),
                     exists (select 1 from agent_mute where agent = $2 and until_at > $5)",
            )
            .bind(day_of(now))
            .bind(agent)
            .bind(sender.to_string())
            .bind(recipient.to_string())
            .bind(now)
            .optional()
            .await?
            .ok_or(sqlx::Error::RowNotFound)?;
        let quotas = self.inner.options.quotas;
        let left = |most: i64, used: i64| most.saturating_sub(used).max(0);
        let is_muted: bool = row.get(3)?;
        Ok(NoticesLeft {
            agent: (!is_muted).then_some(left(quotas.agent, row.get(0)?)),
            sender: left(quotas.sender, row.get(1)?),
            recipient: left(quotas.recipient, row.get(2)?),
        })
    }

    /// The agents whose notices are muted.
    pub async fn muted(&self, now: i64) -> Result<Vec<Muted>, StoreError> {
        let sql = "select agent, until_at, notices, answers from agent_mute where until_at > $1 order by agent";
        let rows = self.query(sql).bind(now).all().await?;
        let muted = |row: &Row| -> Result<Muted, sqlx::Error> {
            Ok(Muted { agent: row.get(0)?, until: row.get(1)?, notices: row.get(2)?, answers: row.get(3)? })
        };
        Ok(rows.iter().map(muted).collect::<Result<_, _>>()?)
    }

    /// Ends the muting of an agent's notices; false if they are not muted.
    pub async fn unmute(&self, agent: &str, actor: &Actor, now: i64) -> Result<bool, StoreError> {
        let sql = "delete from agent_mute where agent = $1 and until_at > $2";
        let mute = Statement { sql, values: vec![agent.into(), now.into()] };
        // It starts over: else the same hours would mute it again.
        let sql = "delete from quota where what = 'hourly' and agent = $1";
        let hours = Statement { sql, values: vec![agent.into()] };
        Ok(self.audited_all(vec![mute, hours], actor, Act::on("agents.unmute", agent)).await? > 0)
    }

    /// The circuit breaker of notices: mutes agents that caused more notices than they gave answers, in this hour and the one before.
    pub(super) async fn mute_agents(&self, now: i64) -> Result<(), StoreError> {
        let this = now.div_euclid(HOUR_MS) * HOUR_MS;
        let since = this - HOUR_MS;
        let loud = self
            .query(
                "select q.agent, sum(q.used)::bigint from quota as q where q.since in ($1, $2) and q.what = 'hourly'
                   and not exists (select 1 from agent_mute as m where m.agent = q.agent and m.until_at > $3)
                 group by q.agent having sum(q.used) >= $4",
            )
            .bind(since)
            .bind(this)
            .bind(now)
            .bind(MUTES_FROM)
            .all()
            .await?;
        for row in loud {
            let (agent, notices): (String, i64) = (row.get(0)?, row.get(1)?);
            let counted =
                "select count(*) from unified_agent_events where created_at >= $1::timestamptz and agent_type = $2";
            let answers: i64 = self.query(counted).bind(iso(since)).bind(agent.as_str()).value().await?;
            if notices <= answers {
                continue;
            }
            tracing::error!(
                agent.name = agent,
                notices,
                answers,
                "the notices of agent {agent} are muted for two hours: there were more than answers"
            );
            let sql = "insert into agent_mute (agent, muted_at, until_at, notices, answers) values ($1, $2, $3, $4, $5)
                on conflict (agent) do update set muted_at = excluded.muted_at, until_at = excluded.until_at,
                    notices = excluded.notices, answers = excluded.answers";
            let values =
                vec![agent.as_str().into(), now.into(), (now + MUTE_MS).into(), notices.into(), answers.into()];
            self.inner.writer.plain(sql, values).await?;
        }
        Ok(())
    }
}
