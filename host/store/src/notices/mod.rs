//! Notices: word that goes to a person unasked. Contact requests, timers, finds of saved searches, listings that ended and operators'
//! words all become rows of `notice`, and one step brings those whose time has come: each becomes a message in the lane that its person
//! wrote to last, whose window is open if any of theirs is. Nobody is written to on a number that they never wrote to.
//!
//! The turn decides whether the window is open ([`window`](switchboard_core::window)). If it is not, the notice goes back and waits until
//! its person has written after what was known then (`seen_at`); the settlement of such a message wakes it. So between two messages of a
//! person a notice is brought once at the most. A template that asks them to write goes once a day, see `template_sent`.

mod listings;

use std::{cmp::Reverse, collections::HashMap, sync::atomic::Ordering};

use serde_json::json;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    Store, StoreError,
    db::Row,
    effect_rows,
    effects::{EffectKind, EffectRow, Mark},
    op::{Brought, Closed, Op, Template},
    quota::{self, Use},
    stored,
    types::Claim,
    value::uuid,
};
use switchboard_core::{
    contract::types::{Content, Notice},
    quota::{DAY_MS, day_of},
};

/// Persons whose notices one look brings.
const PERSONS_MAX: i64 = 50;

/// Notices that a person is told of those that waited for them: the newest.
const TOLD_MAX: usize = 3;

/// How often templates that Meta refused are looked for.
const REFUSED_LOOK_MS: i64 = 10_000;

/// A notice whose time has come.
#[derive(Clone, Debug)]
struct Due {
    notice: i64,
    person: Uuid,
    /// It waited for its person to write.
    waited: bool,
    /// It is an operator's.
    of_operator: bool,
    /// How many it stands for: more than one if it says how many are not told.
    count: u64,
    /// Its time is over.
    pointless: bool,
    /// It is a timer that has not fired yet: of this agent, which has fired so often for its person today.
    timer: Option<(String, i64)>,
    /// The lane that its person wrote to last; none if they never wrote.
    lane: Option<i64>,
}

impl Store {
    /// Brings all that is due into its lanes, and claims those that are free. One host does it for all.
    pub async fn bring_due(&self, now: i64) -> Result<Vec<Claim>, StoreError> {
        if !self.has_duty("notices", now).await? {
            return Ok(Vec::new());
        }
        self.mute_agents(now).await?;
        let mut marks = Vec::new();
        self.listings_indexed(now, &mut marks).await?;
        self.listings_found(now, &mut marks).await?;
        self.listings_ended(now, &mut marks).await?;
        self.templates_refused(now, &mut marks).await?;
        if !marks.is_empty() {
            let (brought, uses) = (Vec::new(), told(&marks, now));
            self.inner.writer.ask(|answer| Op::Queue { brought, marks, uses, now, answer }).await??;
        }
        self.bring(None, now).await
    }

    /// Brings these persons' new notices at once. Those that waited are left to [`bring_due`](Store::bring_due).
    pub(super) async fn bring_to(&self, persons: &[Uuid], now: i64) -> Result<Vec<Claim>, StoreError> {
        self.bring(Some(json!(persons).to_string()), now).await
    }

    async fn bring(&self, persons: Option<String>, now: i64) -> Result<Vec<Claim>, StoreError> {
        let rows = self
            .query(
                "select n.notice_id, n.person_id::text, n.seen_at is not null, coalesce(n.content::jsonb->'Notice'->>'kind', ''), n.content,
                     n.until_at is not null and n.until_at <= $1,
                     (select l.lane_id from lane as l where l.person_id = n.person_id and l.wrote_at > 0
                      order by l.wrote_at desc, l.lane_id desc limit 1),
                     n.agent, n.key is not null and n.seen_at is null, coalesce((select q.used from quota as q
                         where q.since = $4 and q.what = 'timers' and q.agent = n.agent and q.person = n.person_id::text), 0)
                 from notice as n where not n.waits and n.run_at <= $1
                   and not exists (select 1 from agent_mute as a where a.agent = n.agent and a.until_at > $1)
                   and ($3::jsonb is null or n.seen_at is null and n.person_id in (select value::uuid from texts($3::jsonb) as p))
                   and ($3::jsonb is not null or n.person_id in (select d.person_id from notice as d where not d.waits and d.run_at <= $1
                        and not exists (select 1 from agent_mute as a where a.agent = d.agent and a.until_at > $1)
                        group by d.person_id order by min(d.run_at), d.person_id limit $2))
                 order by n.run_at, n.notice_id",
            )
            .bind(now)
            .bind(PERSONS_MAX)
            .bind(persons)
            .bind(day_of(now))
            .all()
            .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let due = |row: &Row| -> Result<Due, sqlx::Error> {
            let (kind, content): (String, String) = (row.get(3)?, row.get(4)?);
            Ok(Due {
                notice: row.get(0)?,
                person: uuid(row.get(1)?),
                waited: row.get(2)?,
                of_operator: kind == OPERATOR,
                count: if kind == MORE { count_of(&content) } else { 1 },
                pointless: row.get(5)?,
                lane: row.get(6)?,
                timer: row.get::<bool>(8)?.then_some((row.get(7)?, row.get(9)?)),
            })
        };
        let due: Vec<Due> = rows.iter().map(due).collect::<Result<_, _>>()?;
        let most = self.inner.options.quotas.timers;
        let (due, mut brought) = postponed(due, most, day_of(now) + DAY_MS);
        let uses = fired(&due, most, now);
        brought.extend(plan(due));
        let marks = Vec::new();
        let claimed = self.inner.writer.ask(|answer| Op::Queue { brought, marks, uses, now, answer }).await??;
        Ok(self.read_claims(claimed, now).await)
    }

    /// Wakes notices whose person wrote while they began to wait, should that ever have been missed.
    pub(super) async fn wake_missed(&self, now: i64) -> Result<(), StoreError> {
        let sql = "update notice set waits = false, run_at = $1
            where waits and exists (select 1 from lane as l where l.person_id = notice.person_id and l.wrote_at > notice.seen_at)";
        self.inner.writer.plain(sql, vec![now.into()]).await.map(drop)
    }

    /// Whether a template may ask this person on this number to write: none did within a day. One that could not be sent counts for an
    /// hour.
    pub async fn template_allowed(&self, person: Uuid, business: &str, now: i64) -> Result<bool, StoreError> {
        let query = self.query(
            "select not exists (select 1 from template_sent as t left join outbox as o on o.outbox_id = t.outbox_id
                 where t.person_id = $1::uuid and t.business = $2 and (t.sent_at > $3::bigint - 3600000
                     or coalesce(o.state, 'sent') not in ('barred', 'dead', 'discarded')
                        and greatest(t.sent_at, coalesce(o.begun_at, 0)) > $3::bigint - 86400000))",
        );
        Ok(query.bind(person).bind(business).bind(now).value().await?)
    }

    /// Templates since then that Meta refused, or that could not be sent.
    pub async fn templates_lost(&self, since: i64) -> Result<i64, StoreError> {
        let query = self.query(
            "select count(*) from outbox as o where o.state in ('dead', 'barred') and o.state = 'dead'
             and exists (select 1 from template_sent as t where t.outbox_id = o.outbox_id and t.sent_at > $1)",
        );
        Ok(query.bind(since).value().await?)
    }

    /// The customer service window is closed for a row of the outbox: it was not begun for that, or Meta says so (131047), in the answer
    /// to the send or in a status. The row is barred, and what a notice said waits until its person writes again. The template of the business number, a Graph API
    /// body from `type` on, asks them to, unless one did within a day.
    pub async fn window_closed(
        &self,
        outbox_id: i64,
        template_of: impl Fn(&str) -> Option<String>,
        now: i64,
    ) -> Result<(), StoreError> {
        let row = self
            .query(
                "select l.person_id::text, l.business, l.lane_id, o.message_id, o.agent
                 from outbox as o join lane as l on l.lane_id = o.lane_id join person as p on p.person_id = l.person_id
                 where o.outbox_id = $1 and (o.state = 'dead' or (o.state = 'barred' and o.error = 'window')) and o.kind in ('answer', 'notice')
                     and p.opted_out_at is null",
            )
            .bind(outbox_id)
            .optional()
            .await?;
        let template = match row {
            Some(row) => {
                let business: String = row.get(1)?;
                let (person, lane, message, agent) = (uuid(row.get(0)?), row.get(2)?, row.get(3)?, row.get(4)?);
                template_of(&business).map(|body| Template { person, business, lane, message, agent, body })
            }
            None => None,
        };
        let closed = Closed { outbox_id, template };
        self.inner.writer.ask(|answer: oneshot::Sender<_>| Op::WindowClosed { closed, now, answer }).await?
    }

    /// Those who wait for an answer of somebody whom a template did not reach are told so, once.
    async fn templates_refused(&self, now: i64, marks: &mut Vec<Mark>) -> Result<(), StoreError> {
        let looked = self.inner.refused_looked_at.swap(now, Ordering::Relaxed);
        if now - looked < REFUSED_LOOK_MS && now >= looked {
            self.inner.refused_looked_at.store(looked, Ordering::Relaxed);
            return Ok(());
        }
        let rows = self
            .query(
                "select n.notice_id, n.content, n.person_id::text, n.agent from outbox as o join template_sent as t on t.outbox_id = o.outbox_id
                 join notice as n on n.person_id = t.person_id
                 where o.state in ('dead', 'barred') and o.state = 'dead' and n.waits and n.told_at is null order by n.notice_id limit $1",
            )
            .bind(PERSONS_MAX)
            .all()
            .await?;
        let mut mark = |agent: &str, kind: EffectKind| {
            marks.push(Mark::Effect(EffectRow { agent: agent.to_owned(), person: None, now, kind }));
        };
        for row in rows {
            mark("", EffectKind::Told { notice: row.get(0)? });
            let content: String = row.get(1)?;
            let Ok(Content::Notice(Notice { listing, match_: Some(id), .. })) = stored::read(&content) else {
                continue;
            };
            let Ok(id) = id.parse() else { continue };
            // Of the two sides of a match the seeker waits for the owner.
            if let Some(parties) = self.match_parties(&row.get::<String>(3)?, id).await?
                && parties.owner == uuid(row.get(2)?)
            {
                let notice = Notice { kind: UNREACHED.into(), listing, match_: None, data: "{}".into() };
                mark("", EffectKind::Notify { to: parties.seeker, content: effect_rows::content(notice), depth: 1 });
            }
        }
        Ok(())
    }
}

/// How many a notice of [`MORE`] says.
fn count_of(content: &str) -> u64 {
    let Ok(Content::Notice(notice)) = stored::read(content) else { return 1 };
    let data: serde_json::Value = serde_json::from_str(&notice.data).unwrap_or_default();
    data["count"].as_u64().unwrap_or(1)
}

/// The kind of an operator's words.
const OPERATOR: &str = "host.say";

/// The kind of the notice that says how many more there were.
const MORE: &str = "host.more";

/// The kind of the notice that says that somebody cannot be reached.
const UNREACHED: &str = "host.unreached";

/// The notices that are due but for timers that have fired for their person as often as they may in a day: these wait for the next.
fn postponed(due: Vec<Due>, most: i64, next_day: i64) -> (Vec<Due>, Vec<Brought>) {
    let (mut fired, mut later): (HashMap<(Uuid, String), i64>, Vec<Brought>) = (HashMap::new(), Vec::new());
    let is_told = |row: &Due| {
        let Some((agent, before)) = &row.timer else { return true };
        let fired = fired.entry((row.person, agent.clone())).or_insert(*before);
        let may = *fired < most;
        match may {
            true => *fired += 1,
            false => later.push(Brought::Later { notice: row.notice, at: next_day }),
        }
        may
    };
    (due.into_iter().filter(is_told).collect(), later)
}

/// The timers that fire: they count against the day's quota.
fn fired(due: &[Due], most: i64, now: i64) -> Vec<Use> {
    let is_told = |row: &&Due| row.lane.is_some() && !row.pointless;
    let of = |row: &Due| row.timer.as_ref().map(|(agent, _)| quota::fired(agent, row.person, now, most));
    due.iter().filter(is_told).filter_map(of).collect()
}

/// What the host's own notices use of the quotas of those who get them.
fn told(marks: &[Mark], now: i64) -> Vec<Use> {
    let of = |mark: &Mark| match mark {
        Mark::Effect(EffectRow { kind: EffectKind::Notify { to, .. }, .. }) => {
            Some(quota::received(*to, now, i64::MAX))
        }
        _ => None,
    };
    marks.iter().filter_map(of).collect()
}

/// What becomes of notices that are due: those that waited for a person in numbers are told by the newest, operators' words before all
/// else, and by how many more there were.
fn plan(due: Vec<Due>) -> Vec<Brought> {
    let mut persons: Vec<(Uuid, Vec<Due>)> = Vec::new();
    for row in due {
        match persons.iter_mut().find(|(person, _)| *person == row.person) {
            Some((_, rows)) => rows.push(row),
            None => persons.push((row.person, vec![row])),
        }
    }
    persons.into_iter().flat_map(|(_, rows)| of_person(rows)).collect()
}

fn of_person(rows: Vec<Due>) -> Vec<Brought> {
    let (pointless, rows): (Vec<Due>, Vec<Due>) = rows.into_iter().partition(|row| row.pointless);
    let pointless = pointless.into_iter().map(|row| Brought::Pointless { notice: row.notice });
    pointless.chain(of_those_that_count(&rows)).collect()
}

fn of_those_that_count(rows: &[Due]) -> Vec<Brought> {
    let Some(lane) = rows.first().and_then(|row| row.lane) else {
        return rows.iter().map(|row| Brought::Park { notice: row.notice }).collect();
    };
    let queue = |row: &Due, instead| Brought::Queue { notice: row.notice, lane, instead };
    let (waited, new): (Vec<&Due>, Vec<&Due>) = rows.iter().partition(|row| row.waited);
    let mut newest = waited.clone();
    newest.sort_by_key(|row| (!row.of_operator, row.count > 1, Reverse(row.notice)));
    let rest = newest.split_off(newest.len().min(TOLD_MAX));
    let is_told = |row: &&&Due| newest.iter().any(|told| told.notice == row.notice);
    let mut brought: Vec<Brought> = waited.iter().filter(is_told).map(|row| queue(row, None)).collect();
    if let Some(first) = rest.first() {
        let data = json!({ "count": rest.iter().map(|row| row.count).sum::<u64>() }).to_string();
        let more = Notice { kind: MORE.into(), listing: None, match_: None, data };
        brought.push(queue(first, Some(effect_rows::content(more))));
        brought.extend(rest.iter().skip(1).map(|row| Brought::Drop { notice: row.notice }));
    }
    brought.extend(new.into_iter().map(|row| queue(row, None)));
    brought
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(notice: i64, waited: bool) -> Due {
        let person = Uuid::nil();
        Due { notice, person, waited, of_operator: false, count: 1, pointless: false, lane: Some(7), timer: None }
    }

    fn told(brought: &[Brought]) -> Vec<String> {
        let words = |row: &Brought| match row {
            Brought::Queue { notice, instead: None, .. } => format!("{notice}"),
            Brought::Queue { instead: Some(more), .. } => more.split('\\').nth(3).unwrap_or_default().to_owned(),
            Brought::Drop { notice } => format!("-{notice}"),
            Brought::Pointless { notice } => format!("!{notice}"),
            Brought::Park { notice } => format!("?{notice}"),
            Brought::Later { notice, .. } => format!(">{notice}"),
        };
        brought.iter().map(words).collect()
    }

    #[test]
    fn what_waited_is_told_by_the_newest_and_how_many_more() {
        let waited = |n: i64| (1..=n).map(|notice| due(notice, true)).collect::<Vec<_>>();
        assert_eq!(told(&plan(waited(3))), ["1", "2", "3"]);
        let brought = plan(waited(6));
        assert_eq!(brought.len(), 6, "each row has its end");
        assert!(
            matches!(&brought[3], Brought::Queue { notice: 3, instead: Some(more), .. } if more.contains(r#"\"count\":3"#))
        );
        assert_eq!([&told(&brought)[..3], &told(&brought)[4..]].concat(), ["4", "5", "6", "-2", "-1"]);
        let mut first = waited(6);
        first[0].of_operator = true;
        assert_eq!(told(&plan(first))[..3], ["1", "5", "6"], "an operator's words are told before all else");
    }

    #[test]
    fn timers_beyond_the_quota_wait_for_the_next_day() {
        let timer = |notice, agent: &str, before| Due { timer: Some((agent.into(), before)), ..due(notice, false) };
        let rows =
            vec![timer(1, "jobs", 22), due(2, false), timer(3, "jobs", 22), timer(4, "jobs", 22), timer(5, "rides", 0)];
        let (due, later) = postponed(rows, 24, 99);
        assert_eq!(due.iter().map(|row| row.notice).collect::<Vec<_>>(), [1, 2, 3, 5]);
        assert_eq!(later, [Brought::Later { notice: 4, at: 99 }]);
        assert_eq!(fired(&due, 24, 0).len(), 3);
    }

    #[test]
    fn what_was_counted_before_is_counted_again() {
        let mut waited: Vec<Due> = (1..=5).map(|notice| due(notice, true)).collect();
        waited[4].count = 37;
        let brought = plan(waited);
        assert_eq!(told(&brought[..3]), ["2", "3", "4"]);
        assert!(matches!(&brought[3], Brought::Queue { instead: Some(more), .. } if more.contains(r#"\"count\":38"#)));
    }

    #[test]
    fn what_is_new_is_told_and_who_never_wrote_is_not_written_to() {
        assert_eq!(told(&plan((1..=5).map(|notice| due(notice, false)).collect())), ["1", "2", "3", "4", "5"]);
        assert_eq!(told(&plan(vec![Due { lane: None, ..due(1, false) }])), ["?1"]);
        let over = Due { pointless: true, ..due(1, true) };
        assert_eq!(told(&plan(vec![over, due(2, true), due(3, true), due(4, true)])), ["!1", "2", "3", "4"]);
    }
}
