//! The capability `records`: the agent's own documents, of a person or of the agent.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::interface;
use crate::agent::{measure, state::State};
use switchboard_core::{
    contract::{
        quotas::{self, RECORD_BYTES, RECORDS, StoredRecords},
        records::{Document, Expected, Owner},
        types::Problem,
    },
    effect::Write,
};

/// A write of a document: where it is, and its value from then on, none if it is removed.
struct Written<'a> {
    owner: Owner,
    collection: &'a str,
    key: &'a str,
    value: Option<&'a str>,
}

impl Written<'_> {
    /// The write of a document that a write is, if it is one.
    fn of(write: &Write) -> Option<Written<'_>> {
        match write {
            Write::RecordPut { owner, collection, key, value, .. } => {
                Some(Written { owner: *owner, collection, key, value: Some(value) })
            }
            Write::RecordRemove { owner, collection, key } => {
                Some(Written { owner: *owner, collection, key, value: None })
            }
            _ => None,
        }
    }
}

/// A document as a turn knows it.
enum Known {
    /// It wrote this itself.
    Written(Option<String>),
    /// It read a value of this SHA-256.
    Read(Option<String>),
    /// This is stored.
    Stored(Option<String>),
}

impl Known {
    fn is(&self, expected: &Expected) -> bool {
        match (self, expected) {
            (Known::Written(value) | Known::Stored(value), _) => expected.is(value.as_deref()),
            (Known::Read(sum), Expected::Nothing) => sum.is_none(),
            (Known::Read(sum), Expected::Value(value)) => sum.as_ref() == Some(&measure::sha256(value)),
        }
    }
}

/// Where a document is among those that a turn has read.
fn place(owner: Owner, collection: &str, key: &str) -> (bool, String, String) {
    (owner == Owner::Agent, collection.to_owned(), key.to_owned())
}

impl interface::records::Host for State {
    async fn get(
        &mut self,
        owner: Owner,
        collection: String,
        key: String,
    ) -> wasmtime::Result<Result<Option<Document>, Problem>> {
        let call = self.enter("records.get")?;
        let answer = self.document(owner, &collection, &key).await;
        if let Ok(found) = &answer {
            let read = found.as_ref().map(|document| measure::sha256(&document.value));
            self.read_records.insert(place(owner, &collection, &key), read);
        }
        self.answer(call, &(owner, collection, key), answer)
    }

    async fn newest(
        &mut self,
        owner: Owner,
        collection: String,
        limit: u32,
    ) -> wasmtime::Result<Result<Vec<Document>, Problem>> {
        let call = self.enter("records.newest")?;
        let answer = self.newest_documents(owner, &collection, limit).await;
        self.answer(call, &(owner, collection, limit), answer)
    }

    async fn put(
        &mut self,
        owner: Owner,
        collection: String,
        key: String,
        value: String,
    ) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("records.put")?;
        let answer = self.put_document(owner, &collection, &key, &value, None).await;
        self.answer(call, &(owner, collection, key, value), answer)
    }

    async fn put_new(
        &mut self,
        owner: Owner,
        collection: String,
        key: String,
        value: String,
    ) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("records.put-new")?;
        let answer = self.put_document(owner, &collection, &key, &value, Some(Expected::Nothing)).await;
        self.answer(call, &(owner, collection, key, value), answer)
    }

    async fn put_if(
        &mut self,
        owner: Owner,
        collection: String,
        key: String,
        read: String,
        value: String,
    ) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("records.put-if")?;
        let answer = self.put_document(owner, &collection, &key, &value, Some(Expected::Value(read.clone()))).await;
        self.answer(call, &(owner, collection, key, read, value), answer)
    }

    async fn with_prefix(
        &mut self,
        owner: Owner,
        collection: String,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Result<Vec<Document>, Problem>> {
        let call = self.enter("records.with-prefix")?;
        let answer = self.documents_with_prefix(owner, &collection, &prefix, after.as_deref(), limit).await;
        self.answer(call, &(owner, collection, prefix, after, limit), answer)
    }

    async fn remove(&mut self, owner: Owner, collection: String, key: String) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("records.remove")?;
        let answer = self.granted().map(drop);
        if answer.is_ok() {
            self.hold(Write::RecordRemove { owner, collection: collection.clone(), key: key.clone() });
        }
        self.answer(call, &(owner, collection, key), answer)
    }
}

impl State {
    async fn document(&self, owner: Owner, collection: &str, key: &str) -> Result<Option<Document>, Problem> {
        if let Some(written) = self.written_here(owner, collection, key) {
            let document = |value: &str| Document { key: key.into(), value: value.into(), updated_at: self.now };
            return Ok(written.value.map(document));
        }
        let host = self.granted()?;
        Ok(host.reads.record(&self.agent, self.whose(owner), collection, key).await?)
    }

    /// What this turn has written of a document last.
    fn written_here(&self, owner: Owner, collection: &str, key: &str) -> Option<Written<'_>> {
        let is_it =
            |written: &Written<'_>| (written.owner, written.collection, written.key) == (owner, collection, key);
        self.writes().filter_map(Written::of).find(is_it)
    }

    async fn newest_documents(&self, owner: Owner, collection: &str, limit: u32) -> Result<Vec<Document>, Problem> {
        let host = self.granted()?;
        Ok(host.reads.records_newest(&self.agent, self.whose(owner), collection, limit).await?)
    }

    async fn documents_with_prefix(
        &self,
        owner: Owner,
        collection: &str,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Document>, Problem> {
        let host = self.granted()?;
        let whose = self.whose(owner);
        Ok(host.reads.records_with_prefix(&self.agent, whose, collection, prefix, after, limit).await?)
    }

    /// What the turn knows of a document: what it wrote, else what it has read, else what is stored now. So between a read and a condition
    /// on it nothing changes for the turn; whether it has changed for others the commit decides.
    async fn known(&self, owner: Owner, collection: &str, key: &str) -> Result<Known, Problem> {
        if let Some(written) = self.written_here(owner, collection, key) {
            return Ok(Known::Written(written.value.map(str::to_owned)));
        }
        if let Some(read) = self.read_records.get(&place(owner, collection, key)) {
            return Ok(Known::Read(read.clone()));
        }
        Ok(Known::Stored(self.document(owner, collection, key).await?.map(|document| document.value)))
    }

    /// Writes a document, if what is expected is there and there is room.
    async fn put_document(
        &mut self,
        owner: Owner,
        collection: &str,
        key: &str,
        value: &str,
        mut expected: Option<Expected>,
    ) -> Result<(), Problem> {
        if let Some(wanted) = &expected {
            let known = self.known(owner, collection, key).await?;
            if !known.is(wanted) {
                return Err(Problem::Conflict(match wanted {
                    Expected::Nothing => format!("there is a document {key} in {collection}"),
                    Expected::Value(_) if known.is(&Expected::Nothing) => {
                        format!("there is no document {key} in {collection}")
                    }
                    Expected::Value(_) => format!("the document {key} in {collection} has another value"),
                }));
            }
            // What this turn has written itself no other turn can change.
            if matches!(known, Known::Written(_)) {
                expected = None;
            }
        }
        self.may_put(owner, collection, key, value).await?;
        let (collection, key, value) = (collection.into(), key.into(), value.into());
        self.hold(Write::RecordPut { owner, collection, key, value, expected });
        Ok(())
    }

    /// Checks that there is room for a document.
    async fn may_put(&mut self, owner: Owner, collection: &str, key: &str, value: &str) -> Result<(), Problem> {
        let stored = self.stored_records(owner).await?;
        // What this turn writes and removes, by collection and key, with the length of what is there then.
        let mut written: BTreeMap<(&str, &str), Option<u64>> = BTreeMap::new();
        for of in self.effects.iter().filter_map(|effect| Written::of(&effect.write)).filter(|of| of.owner == owner) {
            written.insert((of.collection, of.key), of.value.map(|value| value.len() as u64));
        }
        written.insert((collection, key), Some(value.len() as u64));
        let rows = stored.rows + written.values().flatten().count() as u64;
        let bytes = stored.bytes + written.values().flatten().sum::<u64>();
        if rows <= RECORDS && bytes <= RECORD_BYTES {
            return Ok(());
        }
        // Close to a quota it counts what of them takes the place of another.
        let (host, mut replaced) = (self.granted()?, StoredRecords::default());
        for (collection, key) in written.keys() {
            if let Some(known) = host.reads.record(&self.agent, self.whose(owner), collection, key).await? {
                replaced.rows += 1;
                replaced.bytes += known.value.len() as u64;
            }
        }
        quotas::within(rows.saturating_sub(replaced.rows), RECORDS, &owned(owner, "documents"))?;
        quotas::within(bytes.saturating_sub(replaced.bytes), RECORD_BYTES, &owned(owner, "bytes of documents"))
    }

    /// What is stored of the agent's documents, read once in a turn.
    async fn stored_records(&mut self, owner: Owner) -> Result<StoredRecords, Problem> {
        let known = usize::from(owner == Owner::Agent);
        if let Some(stored) = self.stored_records[known] {
            return Ok(stored);
        }
        let host = self.granted()?;
        let stored = host.reads.records_stored(&self.agent, self.whose(owner)).await?;
        self.stored_records[known] = Some(stored);
        Ok(stored)
    }

    fn whose(&self, owner: Owner) -> Option<Uuid> {
        match owner {
            Owner::Person => self.host.as_ref().map(|host| host.person),
            Owner::Agent => None,
        }
    }
}

/// Whose the documents of a quota are, in its sentence.
fn owned(owner: Owner, what: &str) -> String {
    match owner {
        Owner::Person => format!("{what} a person"),
        Owner::Agent => format!("{what} of the agent itself"),
    }
}
