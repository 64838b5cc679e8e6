//! What replays of recorded turns said of versions, and which kinds of differences a person accepted. No words of people.

use crate::{
    Store, StoreError,
    db::{Arg, Row},
    op::Statement,
};
use switchboard_core::act::{Act, Actor};

/// One replay of recorded turns with a new version of an agent.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ReplayRun {
    /// Its id: later ones have greater ones.
    pub id: i64,
    /// The agent.
    pub agent: String,
    /// The SHA-256 of the version that it was compared with.
    pub old_sha256: String,
    /// The SHA-256 of the new version.
    pub new_sha256: String,
    /// When, in milliseconds.
    pub at: i64,
    /// Who let it run: an operator, or `gate`.
    pub who: String,
    /// The recorded turns that were played.
    pub turns: i64,
    /// Those in which both versions gave and asked the same.
    pub same: i64,
    /// Those of which the record does not say enough.
    pub unknown: i64,
    /// What differs.
    pub differences: Vec<ReplayDifference>,
}

/// Differences of one kind at one place.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ReplayDifference {
    /// The kind, such as `words`.
    pub kind: String,
    /// Where: the flow and step, and the function for a call.
    pub place: String,
    /// In how many turns.
    pub turns: i64,
    /// A message whose turn shows it.
    pub message: i64,
    /// Who accepted this kind for the new version.
    pub accepted_by: Option<String>,
}

impl ReplayRun {
    /// The kinds of differences that nobody has accepted, each once.
    pub fn open_kinds(&self) -> Vec<&str> {
        let open = self.differences.iter().filter(|difference| difference.accepted_by.is_none());
        let mut kinds: Vec<&str> = open.map(|difference| difference.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// Whether the new version may serve: nothing differs, or a person has accepted every kind of difference.
    pub fn passes(&self) -> bool {
        self.differences.iter().all(|difference| difference.accepted_by.is_some())
    }
}

impl Store {
    /// Keeps what a replay said; `accepted_by` of its differences is not read.
    pub async fn keep_replay(&self, run: &ReplayRun) -> Result<(), StoreError> {
        let mut statements = vec![Statement {
            sql: "insert into replay_run (agent, old_sha256, new_sha256, at, who, turns, same, unknown) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            values: vec![
                Arg::from(run.agent.as_str()),
                run.old_sha256.as_str().into(),
                run.new_sha256.as_str().into(),
                run.at.into(),
                run.who.as_str().into(),
                run.turns.into(),
                run.same.into(),
                run.unknown.into(),
            ],
        }];
        for difference in &run.differences {
            statements.push(Statement {
                sql: "insert into replay_difference (run_id, kind, place, turns, message_id)
                    select max(run_id), $2, $3, $4, $5 from replay_run where new_sha256 = $1",
                values: vec![
                    Arg::from(run.new_sha256.as_str()),
                    difference.kind.as_str().into(),
                    difference.place.as_str().into(),
                    difference.turns.into(),
                    difference.message.into(),
                ],
            });
        }
        self.inner.writer.plain_all(statements).await.map(drop)
    }

    /// The latest replay with each version of an agent, the latest first.
    pub async fn replays(&self, agent: &str) -> Result<Vec<ReplayRun>, StoreError> {
        let sql = "select run_id, agent, old_sha256, new_sha256, at, who, turns, same, unknown from replay_run as r
            where agent = $1 and run_id = (select max(l.run_id) from replay_run as l where l.new_sha256 = r.new_sha256 and l.agent = r.agent)
            order by run_id desc";
        let rows = self.query(sql).bind(agent).all().await?;
        self.with_differences(rows.iter().map(run).collect::<Result<_, _>>()?).await
    }

    /// The latest replay of two versions of an agent that this one let run.
    pub async fn replay_by(
        &self,
        agent: &str,
        (old, new): (&str, &str),
        who: &str,
    ) -> Result<Option<ReplayRun>, StoreError> {
        let sql = "select run_id, agent, old_sha256, new_sha256, at, who, turns, same, unknown from replay_run
            where agent = $1 and old_sha256 = $2 and new_sha256 = $3 and who = $4 order by run_id desc limit 1";
        let row = self.query(sql).bind(agent).bind(old).bind(new).bind(who).optional().await?;
        let runs = self.with_differences(row.iter().map(run).collect::<Result<_, _>>()?).await?;
        Ok(runs.into_iter().next())
    }

    /// The same runs with what differs.
    async fn with_differences(&self, mut runs: Vec<ReplayRun>) -> Result<Vec<ReplayRun>, StoreError> {
        for run in &mut runs {
            let sql = "select d.kind, d.place, d.turns, d.message_id, a.who from replay_difference as d
                left join replay_accepted as a on a.agent = $2 and a.sha256 = $3 and a.kind = d.kind
                where d.run_id = $1 order by d.turns desc, d.kind, d.place";
            let query = self.query(sql).bind(run.id).bind(run.agent.as_str()).bind(run.new_sha256.as_str());
            run.differences = query.all().await?.iter().map(difference).collect::<Result<_, _>>()?;
        }
        Ok(runs)
    }

    /// Accepts a kind of differences for a version of an agent; false if it was accepted before.
    pub async fn accept_replay(
        &self,
        agent: &str,
        sha256: &str,
        kind: &str,
        actor: &Actor,
    ) -> Result<bool, StoreError> {
        let sql = "insert into replay_accepted (agent, sha256, kind, at, who) values ($1, $2, $3, $4, $5) on conflict do nothing";
        let who = actor.to_string();
        let values = vec![Arg::from(agent), sha256.into(), kind.into(), self.now().into(), who.as_str().into()];
        let act = Act::on("replay.accept", agent).changes(None, Some(format!("{kind} of {sha256}")));
        Ok(self.audited(sql, values, actor, act).await? > 0)
    }
}

fn run(row: &Row) -> Result<ReplayRun, sqlx::Error> {
    Ok(ReplayRun {
        id: row.get(0)?,
        agent: row.get(1)?,
        old_sha256: row.get(2)?,
        new_sha256: row.get(3)?,
        at: row.get(4)?,
        who: row.get(5)?,
        turns: row.get(6)?,
        same: row.get(7)?,
        unknown: row.get(8)?,
        differences: Vec::new(),
    })
}

fn difference(row: &Row) -> Result<ReplayDifference, sqlx::Error> {
    Ok(ReplayDifference {
        kind: row.get(0)?,
        place: row.get(1)?,
        turns: row.get(2)?,
        message: row.get(3)?,
        accepted_by: row.get(4)?,
    })
}
