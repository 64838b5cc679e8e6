//! The capability `records`: the agent's own documents, of a person or of the agent.

use uuid::Uuid;

use super::{check, interface};
use crate::agent::state::State;
use switchboard_core::{
    contract::{
        records::{Document, Owner},
        types::Problem,
    },
    effect::Write,
};

/// The most documents that one call returns.
const NEWEST_MAX: u32 = 100;

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
        let answer = self.check_document(&collection, &key).and_then(|()| check::json("value", &value));
        if answer.is_ok() {
            let (collection, key, value) = (collection.clone(), key.clone(), value.clone());
            self.hold(Write::RecordPut { owner, collection, key, value });
        }
        self.answer(call, &(owner, collection, key, value), answer)
    }

    async fn remove(&mut self, owner: Owner, collection: String, key: String) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("records.remove")?;
        let answer = self.check_document(&collection, &key);
        if answer.is_ok() {
            self.hold(Write::RecordRemove { owner, collection: collection.clone(), key: key.clone() });
        }
        self.answer(call, &(owner, collection, key), answer)
    }
}

impl State {
    async fn document(&self, owner: Owner, collection: &str, key: &str) -> Result<Option<Document>, Problem> {
        self.check_document(collection, key)?;
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
        check::name("collection", collection)?;
        let host = self.granted()?;
        let limit = limit.min(NEWEST_MAX);
        Ok(host.reads.records_newest(&self.agent, self.whose(owner), collection, limit).await?)
    }

    fn check_document(&self, collection: &str, key: &str) -> Result<(), Problem> {
        self.granted()?;
        check::name("collection", collection)?;
        check::name("key", key)
    }

    fn whose(&self, owner: Owner) -> Option<Uuid> {
        match owner {
            Owner::Person => self.host.as_ref().map(|host| host.person),
            Owner::Agent => None,
        }
    }
}
