//! The capabilities of the bare loop: each answers at once with as good as nothing, but `records.get` waits where it is told to.

use wasmtime::Result;

use super::wasm_loop::{
    State,
    bindings::switchboard::agent::{
        log, records,
        types::{Host as TypesHost, Problem},
    },
};

/// What a capability answers that may be refused.
type Answer<T> = Result<Result<T, Problem>>;

impl TypesHost for State {}

impl log::Host for State {
    async fn write(&mut self, _: log::Level, _: String) -> Result<()> {
        Ok(())
    }
}

impl records::Host for State {
    async fn get(&mut self, _: records::Owner, _: String, _: String) -> Answer<Option<records::Document>> {
        if let Some(gate) = &self.gate {
            gate.wait().await;
        }
        Ok(Ok(None))
    }

    async fn newest(&mut self, _: records::Owner, _: String, _: u32) -> Answer<Vec<records::Document>> {
        Ok(Ok(Vec::new()))
    }

    async fn put(&mut self, _: records::Owner, _: String, _: String, _: String) -> Answer<()> {
        Ok(Ok(()))
    }

    async fn put_new(&mut self, _: records::Owner, _: String, _: String, _: String) -> Answer<()> {
        Ok(Ok(()))
    }

    async fn put_if(&mut self, _: records::Owner, _: String, _: String, _: String, _: String) -> Answer<()> {
        Ok(Ok(()))
    }

    async fn with_prefix(
        &mut self,
        _: records::Owner,
        _: String,
        _: String,
        _: Option<String>,
        _: u32,
    ) -> Answer<Vec<records::Document>> {
        Ok(Ok(Vec::new()))
    }

    async fn remove(&mut self, _: records::Owner, _: String, _: String) -> Answer<()> {
        Ok(Ok(()))
    }
}
