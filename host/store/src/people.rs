//! Who sent a message, and in which lane it waits: identities made into persons.
//!
//! On SQLite only the writer makes persons, so it may remember them. What it does not remember is looked up, for all of a batch
//! at once; on Postgres, where other nodes make persons too, nothing is remembered from one batch to the next.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    ids::Ids,
    opt_out::Key,
    script::Part,
    value::{Arg, Row, uuid},
};
use switchboard_core::inbox::{IdentityChange, Sender};

/// Identities remembered, at the most; about 50 MB.
const REMEMBERED_MAX: usize = 100_000;

/// What is remembered, a row for each lane of an identity.
macro_rules! remembered {
    () => {
        "
select i.kind, i.value, p.person_id::text, p.name, p.phone is not null, p.user_id is not null, p.bucket is not null, l.lane_id, l.business
from identity as i join person as p using (person_id) left join lane as l using (person_id)"
    };
}

/// The same of a batch's senders.
pub(super) const LOOK_UP: Part = Part::Once(concat!(
    remembered!(),
    " where (i.kind, i.value) in (select value->>0, value->>1 from each({senders}) as e);\n"
));

/// The lanes of persons.
pub(super) const LANES: &str = "
select person_id::text, business, lane_id from lane where person_id in (select value::uuid from texts($1::jsonb) as t)";

/// What is remembered of a person.
#[derive(Clone)]
struct Known {
    person: Uuid,
    name: Option<String>,
    has_phone: bool,
    has_user_id: bool,
    /// Nobody who came through SQL has one before they write.
    has_bucket: bool,
}

/// The writer's memory of persons and lanes.
pub(super) struct People {
    bucket: fn(&str) -> u16,
    key: Key,
    identities: HashMap<(&'static str, String), Known>,
    lanes: HashMap<(Uuid, String), i64>,
    /// Persons whose lanes are all in `lanes`.
    laned: HashSet<Uuid>,
    /// Nobody is missing in `identities`: whoever is not there is new.
    complete: bool,
    made: Made,
    /// Something was made that is not committed yet.
    at_stake: bool,
}

/// What a batch makes and learns of people.
#[derive(Default)]
pub(super) struct Made {
    /// Rows of [`Kind::Person`].
    pub(super) persons: Vec<Arg>,
    /// Rows of [`Kind::Identity`].
    pub(super) identities: Vec<Arg>,
    /// Rows of [`Kind::Lane`].
    pub(super) lanes: Vec<Arg>,
    /// Values of [`Once::Known`].
    pub(super) known: Vec<Value>,
    /// Values of [`Once::Merges`].
    pub(super) merges: Vec<Value>,
}

impl Made {
    fn is_empty(&self) -> bool {
        let Made { persons, identities, lanes, known, merges } = self;
        persons.is_empty() && identities.is_empty() && lanes.is_empty() && known.is_empty() && merges.is_empty()
    }

    fn identity(&mut self, (kind, value): &(&'static str, String), person: Uuid) {
        self.identities.extend([(*kind).into(), value.as_str().into(), person.into()]);
    }
}

impl People {
    /// Remembers nobody.
    pub(super) fn new(bucket: fn(&str) -> u16, key: Key) -> People {
        People {
            bucket,
            key,
            identities: HashMap::new(),
            lanes: HashMap::new(),
            laned: HashSet::new(),
            complete: false,
            made: Made::default(),
            at_stake: false,
        }
    }

    /// How many identities there are, and a row for each lane of each.
    pub(super) const ALL: [&str; 2] = ["select count(*) from identity", remembered!()];

    /// Whether so many identities are few enough to be remembered.
    pub(super) fn fit(identities: i64) -> bool {
        usize::try_from(identities).is_ok_and(|all| all <= REMEMBERED_MAX)
    }

    /// Remembers everybody: these are the rows of all.
    pub(super) fn remember_all(&mut self, rows: Vec<Row>) -> Result<(), sqlx::Error> {
        self.remember(rows)?;
        self.complete = true;
        Ok(())
    }

    /// What this batch makes and learns.
    pub(super) fn take_made(&mut self) -> Made {
        let made = std::mem::take(&mut self.made);
        self.at_stake |= !made.is_empty();
        made
    }

    /// The batch was committed.
    pub(super) fn committed(&mut self) {
        self.at_stake = false;
    }

    /// The batch failed: what it made does not exist.
    pub(super) fn rolled_back(&mut self) {
        let _ = self.take_made();
        if std::mem::take(&mut self.at_stake) {
            self.forget();
        }
    }

    /// Remembers nobody any more.
    pub(super) fn forget(&mut self) {
        self.identities.clear();
        self.lanes.clear();
        self.laned.clear();
        self.complete = false;
    }

    /// The identities of these senders that are to be looked up: they are not remembered, and may exist.
    pub(super) fn unknown(&mut self, senders: &[&Sender]) -> Vec<(&'static str, String)> {
        if self.identities.len() > REMEMBERED_MAX {
            self.forget();
        }
        if self.complete {
            return Vec::new();
        }
        let all = senders.iter().flat_map(|sender| identities(sender));
        all.filter(|identity| !self.identities.contains_key(identity)).collect()
    }

    /// Remembers the rows of [`LOOK_UP`].
    pub(super) fn remember(&mut self, rows: Vec<Row>) -> Result<(), sqlx::Error> {
        for row in rows {
            let kind: String = row.get(0)?;
            let Some(kind) = KINDS.into_iter().find(|known| *known == kind) else { continue };
            let person = uuid(row.get(2)?);
            let known = Known {
                person,
                name: row.get(3)?,
                has_phone: row.get(4)?,
                has_user_id: row.get(5)?,
                has_bucket: row.get(6)?,
            };
            self.identities.insert((kind, row.get(1)?), known);
            self.laned.insert(person);
            if let Some(lane) = row.get::<Option<i64>>(7)? {
                self.lanes.insert((person, row.get(8)?), lane);
            }
        }
        Ok(())
    }

    /// The person who sent something, made if need be; none if there is nothing to know them by.
    pub(super) fn person(&mut self, sender: &Sender, now: i64) -> Option<Uuid> {
        let identities = identities(sender);
        let first = identities.first()?;
        let known = identities.iter().find_map(|identity| self.identities.get(identity)).cloned();
        let mut known = known.unwrap_or_else(|| self.make(sender, &first.1, now));
        let phone = sender.phone.as_ref().filter(|_| !known.has_phone).map(|phone| phone.digits().to_owned());
        let user_id = sender.user_id.clone().filter(|_| !known.has_user_id);
        let name = sender.name.clone().filter(|name| known.name.as_ref() != Some(name));
        let bucket = (!known.has_bucket).then(|| (self.bucket)(&first.1));
        if phone.is_some() || user_id.is_some() || name.is_some() || bucket.is_some() {
            // Who was made by SQL meets the host now: they may have said stop before they were forgotten.
            let [by_phone, by_user_id] = if known.has_bucket { [None, None] } else { self.hashes(sender) };
            self.made.known.push(json!([known.person, name, phone, user_id, bucket, by_phone, by_user_id]));
            known.has_bucket = true;
            known.has_phone |= phone.is_some();
            known.has_user_id |= user_id.is_some();
            known.name = name.or(known.name);
        }
        for identity in identities {
            match self.identities.get(&identity).map(|other| other.person) {
                Some(other) if other == known.person => {}
                Some(other) => self.merge(known.person, other),
                None => self.made.identity(&identity, known.person),
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
        self.made.known.push(json!([known.person, null, phone, change.after.user_id, null, null, null]));
        for identity in identities(&change.after) {
            match self.identities.get(&identity).map(|other| other.person) {
                Some(other) if other != known.person => self.merge(known.person, other),
                _ => self.made.identity(&identity, known.person),
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
        let lane = ids.next();
        self.made.lanes.extend([lane.into(), person.into(), business.into()]);
        self.lanes.insert(key, lane);
        lane
    }

    /// Those of these persons whose lanes are to be looked up, as JSON; none if all are remembered.
    pub(super) fn without_lanes(&self, persons: &[Uuid]) -> Option<String> {
        let unknown = persons.iter().filter(|person| !self.complete && !self.laned.contains(person));
        let unknown: Vec<&Uuid> = unknown.collect();
        (!unknown.is_empty()).then(|| json!(unknown).to_string())
    }

    /// Remembers the rows of [`LANES`], of these persons.
    pub(super) fn remember_lanes(&mut self, rows: Vec<Row>, persons: &[Uuid]) -> Result<(), sqlx::Error> {
        for row in rows {
            let person = uuid(row.get(0)?);
            self.lanes.insert((person, row.get(1)?), row.get(2)?);
        }
        self.laned.extend(persons);
        Ok(())
    }

    fn make(&mut self, sender: &Sender, identity: &str, now: i64) -> Known {
        let person = Uuid::now_v7();
        let phone = sender.phone.as_ref().map(|phone| phone.digits());
        self.made.persons.extend([
            person.into(),
            i64::from((self.bucket)(identity)).into(),
            phone.into(),
            sender.user_id.as_deref().into(),
            sender.name.as_deref().into(),
            now.into(),
        ]);
        self.made.persons.extend(self.hashes(sender).map(Arg::from));
        self.laned.insert(person);
        Known {
            person,
            name: sender.name.clone(),
            has_phone: phone.is_some(),
            has_user_id: sender.user_id.is_some(),
            has_bucket: true,
        }
    }

    /// What the table `opt_out` may know somebody by.
    fn hashes(&self, sender: &Sender) -> [Option<String>; 2] {
        let phone = sender.phone.as_ref().map(|phone| self.key.hash(phone.digits()));
        [phone, sender.user_id.as_ref().map(|user_id| self.key.hash(user_id))]
    }

    /// The first found stays: its identities come first in [`KINDS`], and a number is the surest of them.
    fn merge(&mut self, stays: Uuid, goes: Uuid) {
        self.made.merges.push(json!([stays, goes]));
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
