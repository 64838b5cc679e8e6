//! The capability `records`: the agent's own documents, of a person or of the agent.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::interface;
use crate::agent::state::State;
use switchboard_core::{
    contract::{
        quotas::{self, RECORD_BYTES, RECORDS, StoredRecords},
        records::{Document, Owner},
        types::Problem,
    },
    effect::Write,
};

impl interface::records::Host for State {
    async fn get(
        &mut self,
        owner: Owner,
        collection: String,
        key: String,
    ) -> wasmtime::Result<Result<Option<Document>, Problem>> {
        let call = self.enter("records.get")?;
        let answer = self.document(owner, &collection, &key).await;
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
        let answer = self.may_put(owner, &collection, &key, &value).await;
        if answer.is_ok() {
            let (collection, key, value) = (collection.clone(), key.clone(), value.clone());
            self.hold(Write::RecordPut { owner, collection, key, value });
        }
        self.answer(call, &(owner, collection, key, value), answer)
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
        for write in self.writes() {
            match write {
                Write::RecordPut { owner: o, collection: c, key: k, value }
                    if *o == owner && c == collection && k == key =>
                {
                    let (key, value) = (key.to_owned(), value.clone());
                    return Ok(Some(Document { key, value, updated_at: self.now }));
                }
                Write::RecordRemove { owner: o, collection: c, key: k }
                    if *o == owner && c == collection && k == key =>
                {
                    return Ok(None);
                }
                _ => {}
            }
        }
        let host = self.granted()?;
        Ok(host.reads.record(&self.agent, self.whose(owner), collection, key).await?)
    }

    async fn newest_documents(&self, owner: Owner, collection: &str, limit: u32) -> Result<Vec<Document>, Problem> {
        let host = self.granted()?;
        Ok(host.reads.records_newest(&self.agent, self.whose(owner), collection, limit).await?)
    }

    /// Checks that there is room for a document.
    async fn may_put(&mut self, owner: Owner, collection: &str, key: &str, value: &str) -> Result<(), Problem> {
        let stored = self.stored_records(owner).await?;
        // What this turn writes and removes, by collection and key, with the length of what is there then.
        let mut written: BTreeMap<(&str, &str), Option<u64>> = BTreeMap::new();
        for effect in &self.effects {
            match &effect.write {
                Write::RecordPut { owner: of, collection, key, value } if *of == owner => {
                    written.insert((collection, key), Some(value.len() as u64));
                }
                Write::RecordRemove { owner: of, collection, key } if *of == owner => {
                    written.insert((collection, key), None);
                }
                _ => {}
            }
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
