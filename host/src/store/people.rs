//! Who sent a message, and in which lane it waits: identities made into persons.
//!
//! Only the writer makes persons, so it may remember them. What it does not remember is looked up, for all of a batch at once.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use sqlx::{Row, sqlite::SqliteConnection};
use uuid::Uuid;

use super::{batch::Ids, claims::uuid};
use crate::inbox::{IdentityChange, Sender};

/// Persons remembered, at the most; about 50 MB.
const REMEMBERED_MAX: usize = 100_000;

/// What is remembered of a person.
#[derive(Clone)]
struct Known {
    person: Uuid,
    name: Option<String>,
    has_phone: bool,
    has_user_id: bool,
}

/// The writer's memory of persons and lanes.
pub(super) struct People {
    bucket: fn(&str) -> u16,
    identities: HashMap<(&'static str, String), Known>,
    lanes: HashMap<(Uuid, String), i64>,
    /// Persons whose lanes are all in `lanes`.
    laned: HashSet<Uuid>,
    /// Rows for the batch's script, see `PEOPLE` there.
    pub(super) rows: Vec<Value>,
}

impl People {
    pub(super) fn new(bucket: fn(&str) -> u16) -> People {
        People { bucket, identities: HashMap::new(), lanes: HashMap::new(), laned: HashSet::new(), rows: Vec::new() }
    }

    /// Forgets everything: what a failed batch made does not exist.
    pub(super) fn forget(&mut self) {
        self.identities.clear();
        self.lanes.clear();
        self.laned.clear();
        self.rows.clear();
    }

    /// Looks up those of the senders that are not remembered.
    pub(super) async fn look_up(
        &mut self,
        connection: &mut SqliteConnection,
        senders: &[&Sender],
    ) -> Result<(), sqlx::Error> {
        if self.identities.len() > REMEMBERED_MAX {
            self.forget();
        }
        let unknown: Vec<(&str, String)> = senders
            .iter()
            .flat_map(|sender| identities(sender))
            .filter(|identity| !self.identities.contains_key(identity))
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let rows = sqlx::query(
            "select i.kind, i.value, p.person_id, p.name, p.phone is not null, p.user_id is not null, l.lane_id, l.business
             from identity as i join person as p using (person_id) left join lane as l using (person_id)
             where (i.kind, i.value) in (select value->>0, value->>1 from json_each($1))",
        )
        .bind(json!(unknown).to_string())
        .fetch_all(connection)
        .await?;
        for row in rows {
            let kind: String = row.try_get(0)?;
            let Some(kind) = KINDS.into_iter().find(|known| *known == kind) else { continue };
            let person = uuid(row.try_get(2)?);
            let known =
                Known { person, name: row.try_get(3)?, has_phone: row.try_get(4)?, has_user_id: row.try_get(5)? };
            self.identities.insert((kind, row.try_get(1)?), known);
            self.laned.insert(person);
            if let Some(lane) = row.try_get::<Option<i64>, _>(6)? {
                self.lanes.insert((person, row.try_get(7)?), lane);
            }
        }
        Ok(())
    }

    /// The person who sent something, made if need be; none if there is nothing to know them by.
    pub(super) fn person(&mut self, sender: &Sender) -> Option<Uuid> {
        let identities = identities(sender);
        let first = identities.first()?;
        let known = identities.iter().find_map(|identity| self.identities.get(identity)).cloned();
        let mut known = known.unwrap_or_else(|| self.make(sender, &first.1));
        let phone = sender.phone.as_ref().filter(|_| !known.has_phone).map(|phone| phone.digits().to_owned());
        let user_id = sender.user_id.clone().filter(|_| !known.has_user_id);
        let name = sender.name.clone().filter(|name| known.name.as_ref() != Some(name));
        if phone.is_some() || user_id.is_some() || name.is_some() {
            self.rows.push(json!(["known", known.person, name, phone, user_id]));
            known.has_phone |= phone.is_some();
            known.has_user_id |= user_id.is_some();
            known.name = name.or(known.name);
        }
        for identity in identities {
            match self.identities.get(&identity).map(|other| other.person) {
                Some(other) if other == known.person => {}
                Some(other) => self.merge(known.person, other),
                None => self.rows.push(json!(["identity", identity.0, identity.1, known.person])),
            }
            self.identities.insert(identity, known.clone());
        }
        Some(known.person)
    }

    /// A person's number or user id became another.
    pub(super) fn change(&mut self, change: &IdentityChange) {
        let before = identities(&change.before);
        let Some(known) = before.iter().find_map(|identity| self.identities.get(identity)).cloned() else { return };
        let phone = change.after.phone.as_ref().map(|phone| phone.digits().to_owned());
        self.rows.push(json!(["known", known.person, null, phone, change.after.user_id]));
        for identity in identities(&change.after) {
            match self.identities.get(&identity).map(|other| other.person) {
                Some(other) if other != known.person => self.merge(known.person, other),
                _ => self.rows.push(json!(["identity", identity.0, identity.1, known.person])),
            }
            self.identities.insert(identity, known.clone());
        }
    }

    /// The lane of a person on a business number, made if need be.
    pub(super) fn lane(&mut self, person: Uuid, business: &str, ids: &mut Ids) -> i64 {
        let key = (person, business.to_owned());
        if let Some(lane) = self.lanes.get(&key) {
            return *lane;
        }
        let lane = ids.lane();
        self.rows.push(json!(["lane", lane, person, business]));
        self.lanes.insert(key, lane);
        lane
    }

    /// Looks up the lanes of persons that are written to unasked.
    pub(super) async fn look_up_lanes(
        &mut self,
        connection: &mut SqliteConnection,
        persons: &[Uuid],
    ) -> Result<(), sqlx::Error> {
        let unknown: Vec<&Uuid> = persons.iter().filter(|person| !self.laned.contains(person)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let rows = sqlx::query(
            "select person_id, business, lane_id from lane where person_id in (select value from json_each($1))",
        )
        .bind(json!(unknown).to_string())
        .fetch_all(connection)
        .await?;
        for row in rows {
            let person = uuid(row.try_get(0)?);
            self.lanes.insert((person, row.try_get(1)?), row.try_get(2)?);
        }
        self.laned.extend(persons);
        Ok(())
    }

    fn make(&mut self, sender: &Sender, identity: &str) -> Known {
        let person = Uuid::now_v7();
        let phone = sender.phone.as_ref().map(|phone| phone.digits());
        self.rows.push(json!(["person", person, (self.bucket)(identity), phone, sender.user_id, sender.name]));
        self.laned.insert(person);
        Known { person, name: sender.name.clone(), has_phone: phone.is_some(), has_user_id: sender.user_id.is_some() }
    }

    /// The first found stays: its identities come first in [`KINDS`], and a number is the surest of them.
    fn merge(&mut self, stays: Uuid, goes: Uuid) {
        self.rows.push(json!(["merge", stays, goes]));
        for known in self.identities.values_mut().filter(|known| known.person == goes) {
            known.person = stays;
        }
    }
}

const KINDS: [&str; 3] = ["phone", "user_id", "parent_user_id"];

fn identities(sender: &Sender) -> Vec<(&'static str, String)> {
    let phone = sender.phone.as_ref().map(|phone| phone.digits().to_owned());
    let values = [phone, sender.user_id.clone(), sender.parent_user_id.clone()];
    KINDS.into_iter().zip(values).filter_map(|(kind, value)| Some((kind, value?))).collect()
}
