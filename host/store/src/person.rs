//! All that is held about one person: given out, or ended.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Store, StoreError, op::Op};

/// Where a person stands: a table, and which of its rows are theirs (`$1` is their id).
const THEIRS: [(&str, &str); 18] = [
    ("person", "person_id = $1::uuid"),
    ("identity", "person_id = $1::uuid"),
    ("person_merge", "person_id = $1::uuid"),
    ("message", "lane_id in (select lane_id from lane where person_id = $1::uuid)"),
    ("outbox", "lane_id in (select lane_id from lane where person_id = $1::uuid)"),
    ("unified_sessions", "user_id = $1::uuid"),
    ("unified_agent_events", "user_id = $1::uuid"),
    ("unified_listings", "owner_user_id = $1::uuid"),
    ("unified_applications", "applicant_user_id = $1::uuid"),
    ("unified_matches", "$1::uuid in (seeker_user_id, owner_user_id)"),
    ("user_preferences", "user_id = $1::uuid"),
    ("record", "person_id = $1"),
    ("saved_search", "person_id = $1::uuid"),
    ("notice", "person_id = $1::uuid"),
    ("listing_report", "person_id = $1::uuid"),
    ("ticket", "person_id = $1::uuid"),
    ("ticket_word", "number in (select number from ticket where person_id = $1::uuid)"),
    ("model_use", "person_id = $1::uuid"),
];

impl Store {
    /// Every row about a person, by table. Journals and raw bodies repeat what stands in messages and events, and are left out; of
    /// another person's number, which stands in a match, so much is told as the person was.
    pub async fn export(&self, person: Uuid) -> Result<Map<String, Value>, StoreError> {
        let mut all = Map::new();
        for (table, theirs) in THEIRS {
            let row = match self.is_shared() {
                true => "to_jsonb(t)::text".to_owned(),
                false => format!("json_object({})", self.columns(table).await?),
            };
            let rows = self.query(format!("select {row} from {table} as t where {theirs}")).bind(person);
            let rows: Vec<String> = rows.values().await?;
            let mut rows: Vec<Value> = rows.iter().filter_map(|row| serde_json::from_str(row).ok()).collect();
            for row in &mut rows {
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

    /// The end of all that is held about a person, as when they ask for it themselves.
    pub async fn forget(&self, person: Uuid, now: i64) -> Result<(), StoreError> {
        let marks = vec![json!(["forget", "", person, now])];
        let queued = self.inner.writer.ask(|answer| Op::Queue { notices: Vec::new(), marks, now, answer }).await??;
        debug_assert!(queued.is_empty());
        Ok(())
    }
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
