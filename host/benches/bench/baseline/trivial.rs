//! The capabilities of the bare loop: each answers at once with as good as nothing, but `records.get` waits where it is told to.

use wasmtime::Result;

use super::wasm_loop::{
    State,
    bindings::switchboard::agent::{
        applications, clock, listings, log, matches, outreach, places, preferences, records, roster,
        types::{Host as TypesHost, Place, Point, Problem},
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

impl clock::Host for State {
    async fn local(&mut self, _: u64) -> Result<clock::LocalTime> {
        Ok(clock::LocalTime { year: 2026, month: 1, day: 5, hour: 9, minute: 0, weekday: 1 })
    }
}

impl roster::Host for State {
    async fn agents(&mut self) -> Result<Vec<roster::Card>> {
        Ok(Vec::new())
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

    async fn remove(&mut self, _: records::Owner, _: String, _: String) -> Answer<()> {
        Ok(Ok(()))
    }
}

impl listings::Host for State {
    async fn create(&mut self, _: listings::Draft) -> Answer<String> {
        Ok(Ok(String::new()))
    }

    async fn get(&mut self, _: String) -> Answer<listings::Listing> {
        Ok(Err(Problem::NotFound))
    }

    async fn search(&mut self, _: listings::Query) -> Answer<Vec<listings::Listing>> {
        Ok(Ok(Vec::new()))
    }

    async fn mine(&mut self) -> Answer<Vec<listings::Listing>> {
        Ok(Ok(Vec::new()))
    }

    async fn update(&mut self, _: String, _: listings::Draft) -> Answer<()> {
        Ok(Ok(()))
    }

    async fn set_status(&mut self, _: String, _: listings::Status) -> Answer<()> {
        Ok(Ok(()))
    }
}

impl applications::Host for State {
    async fn apply(&mut self, _: String, _: String, _: String) -> Answer<String> {
        Ok(Ok(String::new()))
    }

    async fn mine(&mut self) -> Answer<Vec<applications::Application>> {
        Ok(Ok(Vec::new()))
    }

    async fn received(&mut self, _: String) -> Answer<Vec<applications::Application>> {
        Ok(Ok(Vec::new()))
    }

    async fn answer(&mut self, _: String, _: applications::Status) -> Answer<()> {
        Ok(Ok(()))
    }
}

impl matches::Host for State {
    async fn propose(&mut self, _: String) -> Answer<matches::Match> {
        Ok(Err(Problem::NotFound))
    }

    async fn get(&mut self, _: String) -> Answer<matches::Match> {
        Ok(Err(Problem::NotFound))
    }

    async fn answer(&mut self, _: String, _: matches::Status) -> Answer<()> {
        Ok(Ok(()))
    }
}

impl outreach::Host for State {
    async fn notify(&mut self, _: outreach::Recipient, _: String, _: String) -> Answer<()> {
        Ok(Ok(()))
    }
}

impl preferences::Host for State {
    async fn get(&mut self, _: String) -> Answer<Option<String>> {
        Ok(Ok(None))
    }

    async fn set(&mut self, _: String, _: String) -> Answer<()> {
        Ok(Ok(()))
    }
}

impl places::Host for State {
    async fn find(&mut self, _: String) -> Result<Vec<Place>> {
        Ok(Vec::new())
    }

    async fn distance_km(&mut self, _: Point, _: Point) -> Result<f64> {
        Ok(0.0)
    }
}
