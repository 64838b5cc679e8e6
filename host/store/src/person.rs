//! All that is held about one person: given out, or ended.
//!
//! *Forget me* ends it in two steps. What the person wrote and was told goes at once, with the turn or the command that asks for it. What
//! they are known by outside (number, user id) stays until the last answer has gone out, or else it could not; then it goes too, with the
//! raw bodies that name it. Anyone who writes again before that stays known: they began anew.

use std::sync::atomic::Ordering;

use serde_json::{Map, Value, json};
use switchboard_core::act::Actor;
use uuid::Uuid;

use super::{
    Role, Store, StoreError,
    dialect::sqlite_only,
    effects::{EffectKind, EffectRow, ForgetRow, Mark},
    op::Op,
    opt_out::Key,
    stored::FORGOTTEN_SQL,
    tables,
    value::{Row, uuid},
};

/// Deliveries looked through in one query.
const PAGE: i64 = 1000;

/// Statuses come this much before their person was forgotten, at the most: clocks differ.
const LATE_MS: i64 = 60_000;

/// A person whose end is under way.
struct Leaving {
    person: Uuid,
    opted_out_at: Option<i64>,
    /// They wrote again.
    is_back: bool,
    /// A reply is yet to go out.
    waits: bool,
}

impl Store {
    /// Every row about a person, by table: what the tables' descriptions say. Of another person's number, which stands in a match, so
    /// much is told as the person was.
    pub async fn export(&self, person: Uuid) -> Result<Map<String, Value>, StoreError> {
        let mut all = Map::new();
        for (table, theirs, without) in tables::export() {
            let row = match self.is_shared() {
                true => "to_jsonb(t)::text".to_owned(),
                false => format!("json_object({})", self.columns(table).await?),
            };
            let rows = self.query(export_of(&row, table, theirs)).bind(person);
            let rows: Vec<String> = rows.values().await?;
            let mut rows: Vec<Value> = rows.iter().filter_map(|row| serde_json::from_str(row).ok()).collect();
            for row in &mut rows {
                if let Some(row) = row.as_object_mut() {
                    row.retain(|column, _| !without.contains(&column.as_str()));
                }
                hide(table, person, row);
            }
            all.insert(table.to_owned(), Value::Array(rows));
        }
        Ok(all)
    }

    /// `'name', name, …` of a table of SQLite.
    async fn columns(&self, table: &str) -> Result<String, StoreError> {
        let names: Vec<String> = self.query(format!("select name from pragma_table_info('{table}')")).values().await?;
        Ok(names.iter().map(|name| format!("'{name}', {name}")).collect::<Vec<_>>().join(", "))
    }

    /// The end of all that is held about a person, as when they ask for it themselves. Beside a host on SQLite the number goes with
    /// that host's next sweep, which remembers who has which number.
    pub async fn forget(&self, person: Uuid, actor: &Actor, now: i64) -> Result<(), StoreError> {
        let act = EffectKind::Act {
            who: actor.name.clone(),
            way: actor.way.as_str(),
            act: "person.forget",
            subject: person.to_string(),
            before: None,
            after: None,
        };
        let act = EffectRow { agent: String::new(), person: None, now, kind: act };
        let marks = vec![Mark::Forget(ForgetRow { person, now }), Mark::Effect(act)];
        // Nothing was queued, so no lane was claimed.
        self.inner
            .writer
            .ask(|answer| Op::Queue { brought: Vec::new(), marks, uses: Vec::new(), now, answer })
            .await??;
        self.inner.forgetting.store(true, Ordering::Relaxed);
        if self.is_shared() || self.inner.options.role == Role::Serve {
            self.finish_forgetting(now).await?;
        }
        Ok(())
    }

    /// Whether somebody was forgotten by this process whose number is still held.
    pub fn is_forgetting(&self) -> bool {
        self.inner.forgetting.load(Ordering::Relaxed)
    }

    /// Ends what stayed of forgotten persons until their last answer was out.
    pub async fn finish_forgetting(&self, now: i64) -> Result<(), StoreError> {
        self.inner.forgetting.store(false, Ordering::Relaxed);
        let waits = self.finish_all(now).await;
        self.inner.forgetting.fetch_or(*waits.as_ref().unwrap_or(&true), Ordering::Relaxed);
        waits.map(drop)
    }

    /// Ends what can be ended; whether somebody still waits for their last answer.
    async fn finish_all(&self, now: i64) -> Result<bool, StoreError> {
        let (mut ended, mut waits) = (false, false);
        for leaving in self.leaving().await? {
            if leaving.is_back {
                let sql = "update person set forgotten_at = null where person_id = $1::uuid";
                self.inner.writer.plain(sql, vec![leaving.person.into()]).await?;
                ended = true;
            } else if leaving.waits {
                waits = true;
            } else {
                self.erase(&leaving, now).await?;
                ended = true;
            }
        }
        if ended {
            self.truncate_log().await?;
        }
        Ok(waits)
    }

    /// Those whose number is still held.
    async fn leaving(&self) -> Result<Vec<Leaving>, StoreError> {
        let rows = self.query(leaving()).all().await?;
        let leaving = |row: &Row| -> Result<Leaving, sqlx::Error> {
            let person = uuid(row.get(0)?);
            Ok(Leaving { person, opted_out_at: row.get(1)?, is_back: row.get(2)?, waits: row.get(3)? })
        };
        Ok(rows.iter().map(leaving).collect::<Result<_, _>>()?)
    }

    /// Ends what a person is known by, and the raw bodies that name it.
    async fn erase(&self, leaving: &Leaving, now: i64) -> Result<(), StoreError> {
        let known_by: Vec<String> = self.query(known_by()).bind(leaving.person).values().await?;
        for name in &known_by {
            self.blank_bodies_with(name, 0).await?;
        }
        let key = if self.is_shared() { Key::POSTGRES } else { Key::SQLITE };
        let key = Key::read(&self.query(key).value::<String>().await?);
        let hashes = known_by.iter().map(|name| key.hash(name)).collect();
        let kind = EffectKind::Erase { hashes, opted_out_at: leaving.opted_out_at };
        let erase = EffectRow { agent: String::new(), person: Some(leaving.person), now, kind };
        let marks = vec![Mark::Effect(erase), Mark::Forget(ForgetRow { person: leaving.person, now })];
        self.inner
            .writer
            .ask(|answer| Op::Queue { brought: Vec::new(), marks, uses: Vec::new(), now, answer })
            .await??;
        Ok(())
    }

    /// Blanks the raw bodies, received since then, that hold a text.
    async fn blank_bodies_with(&self, text: &str, since: i64) -> Result<(), StoreError> {
        let mut from = 0;
        loop {
            let page = self.query(
                "select max(delivery_id) from (select delivery_id from delivery where delivery_id > $1 order by delivery_id limit $2) as page",
            );
            let Some(to) = page.bind(from).bind(PAGE).value::<Option<i64>>().await? else { return Ok(()) };
            let found = self.query(
                "select delivery_id from delivery
                 where delivery_id > $1 and delivery_id <= $2 and received_at >= $3 and instr(body, $4) > 0",
            );
            let found = found.bind(from).bind(to).bind(since).bind(text.as_bytes().to_vec());
            let found: Vec<i64> = found.values().await?;
            if !found.is_empty() {
                let blank = "update delivery set body = coalesce(substr(body, 1, 0), body) where delivery_id in (select value::bigint from texts($1::jsonb) as t)";
                self.inner.writer.plain(blank, vec![json!(found).to_string().into()]).await?;
            }
            from = to;
        }
    }

    /// Ends what came of sends after their person was forgotten: statuses name a number too, and those of the last answer come after it.
    pub(super) async fn forget_late_statuses(&self, since: i64) -> Result<(), StoreError> {
        let rows = self
            .query(
                "select s.wamid, p.forgotten_at from person as p join lane as l using (person_id) join outbox as o using (lane_id)
                 join status as s on s.wamid = o.wamid where p.forgotten_at >= $1 and p.phone is null and p.user_id is null",
            )
            .bind(since)
            .all()
            .await?;
        for row in rows {
            let wamid: String = row.get(0)?;
            self.blank_bodies_with(&wamid, row.get::<i64>(1)? - LATE_MS).await?;
            self.inner.writer.plain("delete from status where wamid = $1", vec![wamid.into()]).await?;
        }
        Ok(())
    }

    /// Cuts the write-ahead log of SQLite, in which the pages before stand.
    async fn truncate_log(&self) -> Result<(), StoreError> {
        if self.is_shared() {
            return Ok(());
        }
        let file: String =
            self.query(sqlite_only("select file from pragma_database_list where name = 'main'")).value().await?;
        let cut = tokio::task::spawn_blocking(move || super::sqlite::truncate_log(&file)).await;
        if !matches!(cut, Ok(Ok(true))) {
            tracing::warn!(
                "what was forgotten stands in the write-ahead log until that is written over: a reader is in the way"
            );
        }
        Ok(())
    }
}

/// Rows of a table for an export.
fn export_of(row: &str, table: &str, theirs: &str) -> String {
    format!("select {row} from {table} as t where {theirs}")
}

/// Whose number is still held though they were forgotten.
fn leaving() -> String {
    format!(
        "select person_id::text, opted_out_at,
            exists (select 1 from message as m join lane as l using (lane_id) where l.person_id = p.person_id
                    and m.kind <> 'notice' and m.content <> {FORGOTTEN_SQL}),
            exists (select 1 from outbox as o join lane as l using (lane_id) where l.person_id = p.person_id
                    and o.state in ('queued', 'sending', 'unknown'))
         from person as p where forgotten_at is not null and (phone is not null or user_id is not null
             or exists (select 1 from identity as i where i.person_id = p.person_id))"
    )
}

/// What the person `$1` is known by.
fn known_by() -> String {
    let (now, before) = (tables::of_person("identity"), tables::of_person("former_identity"));
    format!("select value from identity where {now} union select value from former_identity where {before}")
}

/// The statements that are put together here.
#[cfg(feature = "test-hooks")]
pub(super) fn statements() -> Vec<String> {
    let exports = tables::export().map(|(table, theirs, _)| export_of("1", table, theirs));
    exports.chain([leaving(), known_by()]).collect()
}

/// The number of the other side of a match is theirs.
fn hide(table: &str, person: Uuid, row: &mut Value) {
    if table == "unified_matches" {
        for (id, phone) in [("seeker_user_id", "seeker_phone"), ("owner_user_id", "owner_phone")] {
            if row[id] != person.to_string() {
                row[phone] = Value::Null;
            }
        }
    }
}
