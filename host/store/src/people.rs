//! Who sent a message, and in which lane it waits: identities made into persons.
//!
//! On SQLite only the writer makes persons, so it may remember them. What it does not remember is looked up, for all of a batch
//! at once; on Postgres, where other nodes make persons too, nothing is remembered from one batch to the next.

use std::collections::HashMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    answers::KnownIdentity,
    ids::Ids,
    opt_out::Key,
    script::{IdentityRow, LaneRow, PersonRow},
};
use switchboard_core::inbox::{IdentityChange, Sender};

/// Identities remembered, at the most; about 50 MB.
const REMEMBERED_MAX: usize = 100_000;

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
    /// Nobody is missing in `identities`: whoever is not there is new.
    holds_all_identities: bool,
    made: Made,
    /// Something was made that is not committed yet.
    uncommitted: bool,
}

/// What a batch makes and learns of people.
#[derive(Default)]
pub(super) struct Made {
    pub(super) persons: Vec<PersonRow>,
    pub(super) identities: Vec<IdentityRow>,
    pub(super) lanes: Vec<LaneRow>,
    /// What is newly known of persons: see [`KNOWN`](crate::script::KNOWN).
    pub(super) known: Vec<Value>,
    /// Who turned out to be one: see [`MERGES`](crate::script::MERGES).
    pub(super) merges: Vec<Value>,
}

impl Made {
    fn is_empty(&self) -> bool {
        let Made { persons, identities, lanes, known, merges } = self;
        persons.is_empty() && identities.is_empty() && lanes.is_empty() && known.is_empty() && merges.is_empty()
    }

    fn identity(&mut self, (kind, value): &(&'static str, String), person: Uuid) {
        self.identities.push(IdentityRow { kind, value: value.clone(), person_id: person });
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
            holds_all_identities: false,
            made: Made::default(),
            uncommitted: false,
        }
    }

    /// Whether so many identities are few enough to be remembered.
    pub(super) fn fit(identities: i64) -> bool {
        usize::try_from(identities).is_ok_and(|all| all <= REMEMBERED_MAX)
    }

    /// Remembers everybody: these are the rows of all.
    pub(super) fn remember_all(&mut self, identities: Vec<KnownIdentity>) {
        self.remember(identities);
        self.holds_all_identities = true;
    }

    /// What this batch makes and learns.
    pub(super) fn take_made(&mut self) -> Made {
        let made = std::mem::take(&mut self.made);
        self.uncommitted |= !made.is_empty();
        made
    }

    /// The batch was committed.
    pub(super) fn committed(&mut self) {
        self.uncommitted = false;
    }

    /// The batch failed: what it made does not exist.
    pub(super) fn rolled_back(&mut self) {
        let _ = self.take_made();
        if std::mem::take(&mut self.uncommitted) {
            self.forget();
        }
    }

    /// Remembers nobody any more.
    pub(super) fn forget(&mut self) {
        self.identities.clear();
        self.lanes.clear();
        self.holds_all_identities = false;
    }

    /// The identities of these senders that are to be looked up: they are not remembered, and may exist.
    pub(super) fn unknown(&mut self, senders: &[&Sender]) -> Vec<(&'static str, String)> {
        if self.identities.len() > REMEMBERED_MAX {
            self.forget();
        }
        if self.holds_all_identities {
            return Vec::new();
        }
        let all = senders.iter().flat_map(|sender| identities(sender));
        all.filter(|identity| !self.identities.contains_key(identity)).collect()
    }

    /// Remembers identities that were looked up.
    pub(super) fn remember(&mut self, identities: Vec<KnownIdentity>) {
        for identity in identities {
            let KnownIdentity { kind, value, person, name, has_phone, has_user_id, has_bucket, lane } = identity;
            let Some(kind) = KINDS.into_iter().find(|known| *known == kind) else { continue };
            self.identities.insert((kind, value), Known { person, name, has_phone, has_user_id, has_bucket });
            self.lanes.extend(lane.map(|lane| ((person, lane.business), lane.id)));
        }
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
        self.made.lanes.push(LaneRow { lane_id: lane, person_id: person, business: business.to_owned() });
        self.lanes.insert(key, lane);
        lane
    }

    fn make(&mut self, sender: &Sender, identity: &str, now: i64) -> Known {
        let person = Uuid::now_v7();
        let phone = sender.phone.as_ref().map(|phone| phone.digits());
        let [by_phone, by_user_id] = self.hashes(sender);
        self.made.persons.push(PersonRow {
            person_id: person,
            bucket: i64::from((self.bucket)(identity)),
            phone: phone.map(str::to_owned),
            user_id: sender.user_id.clone(),
            name: sender.name.clone(),
            created_at: now,
            by_phone,
            by_user_id,
        });
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
