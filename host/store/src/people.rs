//! Who sent a message, and in which lane it waits: identities made into persons.
//!
//! The rules are those of ADR 40. An identity (number, user id, parent id) is one person's at a time. A user id decides; a number goes
//! with it. Evidence counts from the time that Meta gives it: what is older than an identity's beginning does not end it.
//!
//! On SQLite only the writer makes persons, so it may remember them. What it does not remember is looked up, for all of a batch
//! at once; on Postgres, where other nodes make persons too, nothing is remembered from one batch to the next.

mod made;
mod rules;

use std::collections::HashMap;

use serde_json::json;
use uuid::Uuid;

pub(crate) use self::made::Made;
use self::made::{Held, Name};
use super::{
    answers::KnownIdentity,
    ids::Ids,
    opt_out::Key,
    script::{LaneRow, PersonRow},
};
use switchboard_core::{inbox::Sender, phone::Phone};

/// Identities remembered, at the most; about 50 MB.
const REMEMBERED_MAX: usize = 100_000;

pub(crate) const PHONE: &str = "phone";
pub(crate) const USER_ID: &str = "user_id";
const PARENT: &str = "parent_user_id";

/// What is remembered of a person.
struct Person {
    name: Option<String>,
    /// Nobody who came through SQL has one before they write.
    has_bucket: bool,
    created_at: i64,
}

/// Whose message it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Author {
    pub(crate) person: Uuid,
    /// The address that wrote, if it is the person's still: digits, or a user id.
    pub(crate) address: Option<String>,
}

/// The writer's memory of persons and lanes.
pub(super) struct People {
    bucket: fn(&str) -> u16,
    key: Key,
    identities: HashMap<Name, Held>,
    persons: HashMap<Uuid, Person>,
    lanes: HashMap<(Uuid, String), i64>,
    /// Nobody is missing in `identities`: anyone who is not there is new.
    holds_all_identities: bool,
    made: Made,
    /// Something was made that is not committed yet.
    uncommitted: bool,
    /// Rules that a test has taken out: see [`StoreOptions::faults`](crate::StoreOptions::faults).
    faults: &'static [(&'static str, &'static str)],
}

impl People {
    /// Remembers nobody.
    pub(super) fn new(bucket: fn(&str) -> u16, key: Key, faults: &'static [(&'static str, &'static str)]) -> People {
        People {
            bucket,
            key,
            identities: HashMap::new(),
            persons: HashMap::new(),
            lanes: HashMap::new(),
            holds_all_identities: false,
            made: Made::default(),
            uncommitted: false,
            faults,
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
        self.persons.clear();
        self.lanes.clear();
        self.holds_all_identities = false;
    }

    /// The identities of these senders that are to be looked up: they are not remembered, and may exist.
    pub(super) fn unknown(&mut self, senders: &[&Sender]) -> Vec<Name> {
        if self.identities.len() > REMEMBERED_MAX {
            self.forget();
        }
        if self.holds_all_identities {
            return Vec::new();
        }
        let all = senders.iter().flat_map(|sender| names(sender));
        all.filter(|name| !self.identities.contains_key(name)).collect()
    }

    /// Remembers identities that were looked up.
    pub(super) fn remember(&mut self, identities: Vec<KnownIdentity>) {
        for identity in identities {
            let KnownIdentity { kind, key, value, pair, paired_at, since, person, lane, .. } = identity;
            let Some(kind) = KINDS.into_iter().find(|known| *known == kind) else { continue };
            self.identities.insert((kind, key), Held { person, value, pair, paired_at, since, row: person });
            let (name, has_bucket, created_at) = (identity.name, identity.has_bucket, identity.created_at);
            self.persons.insert(person, Person { name, has_bucket, created_at });
            self.lanes.extend(lane.map(|lane| ((person, lane.business), lane.id)));
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

    fn make(&mut self, sender: &Sender, first: &str, now: i64) -> Uuid {
        let person = Uuid::now_v7();
        let [by_phone, by_user_id] = self.hashes(sender);
        self.made.persons.push(PersonRow {
            person_id: person,
            bucket: i64::from((self.bucket)(first)),
            phone: None,
            user_id: sender.user_id.clone(),
            name: sender.name.clone(),
            created_at: now,
            by_phone,
            by_user_id,
        });
        self.persons.insert(person, Person { name: sender.name.clone(), has_bucket: true, created_at: now });
        person
    }

    /// What a message says of its sender beside their identities.
    fn learn(&mut self, id: Uuid, sender: &Sender, first: &str) {
        let Some(person) = self.persons.get(&id) else { return };
        let name = sender.name.clone().filter(|name| person.name.as_ref() != Some(name));
        let bucket = (!person.has_bucket).then(|| (self.bucket)(first));
        if name.is_none() && bucket.is_none() {
            return;
        }
        // Who was made by SQL meets the host now: they may have said stop before they were forgotten.
        let [by_phone, by_user_id] = if person.has_bucket { [None, None] } else { self.hashes(sender) };
        self.made.known.push(json!([id, name, bucket, by_phone, by_user_id]));
        if let Some(person) = self.persons.get_mut(&id) {
            person.has_bucket = true;
            person.name = name.or(person.name.take());
        }
    }

    /// What the table `opt_out` may know somebody by.
    fn hashes(&self, sender: &Sender) -> [Option<String>; 2] {
        let phone = sender.phone.as_ref().map(|phone| self.key.hash(phone.digits()));
        [phone, sender.user_id.as_ref().map(|user_id| self.key.hash(user_id))]
    }

    /// The id of the file that a message brings: nobody guesses it, and the message has the same when it comes again.
    pub(super) fn file_id(&self, business: &str, wamid: &str) -> String {
        let hash = self.key.hash(&format!("file {business} {wamid}"));
        format!("f{}", hash.get(..32).unwrap_or_default())
    }

    /// Whether a rule holds: one that a test has taken out does not.
    pub(crate) fn holds(&self, rule: &str) -> bool {
        !cfg!(feature = "test-hooks") || self.faults.iter().all(|(out, _)| *out != rule)
    }
}

const KINDS: [&str; 3] = [PHONE, USER_ID, PARENT];

/// What a sender is known by.
fn names(sender: &Sender) -> Vec<Name> {
    let phone = sender.phone.as_ref().map(Phone::key);
    let keys = [phone, sender.user_id.clone(), sender.parent_user_id.clone()];
    KINDS.into_iter().zip(keys).filter_map(|(kind, key)| Some((kind, key?))).collect()
}
