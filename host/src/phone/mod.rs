//! The console's phone: a few made-up people who write to this host through its real webhook, signed as Meta signs. An emulator stands in
//! for Meta: it belongs to this host's [test number](switchboard_core::test_number) and reaches nothing else.

mod error;
mod personas;
mod saying;

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use anyhow::Context;
use bytes::Bytes;
use tokio::sync::watch;
use uuid::Uuid;

pub use error::PhoneError;
pub use personas::{PERSONAS, PLACES, Persona, PhonePlace, TRIES};
pub use saying::{SaidFile, Saying};
use switchboard_core::{clock::Clock, live::Live, secret::Secret, test_number};
use switchboard_edge::{
    emulator::{self, Emulator, Running, Shown, Told},
    whatsapp::client::{ClientError, GraphClient},
};
use switchboard_store::{Store, StoreError};

/// The phone of a host. It is there while the host runs.
pub struct Phone {
    running: Running,
    business: String,
    token: Secret,
    store: Store,
    clock: Clock,
}

impl Phone {
    /// Starts the phone of a host, whose webhook listens at an address and checks these secrets.
    pub async fn start(
        host_name: &str,
        webhook: SocketAddr,
        secrets: Live<Vec<Secret>>,
        store: Store,
        clock: Clock,
    ) -> anyhow::Result<Arc<Phone>> {
        let business = test_number::of_host(host_name);
        let token = token()?;
        let webhook = format!("http://{}/webhook", reachable(webhook));
        let emulator = Emulator::of_phone(webhook, secrets, &business, &token)?;
        let running = emulator::start_phone(emulator).await.context("the console's phone cannot be started")?;
        Ok(Arc::new(Phone { running, business, token, store, clock }))
    }

    /// A client that sends what is of the phone's number to the phone.
    pub fn reached_by(&self, graph: GraphClient) -> Result<GraphClient, ClientError> {
        graph.with_phone(&self.business, &format!("http://{}", self.running.address), self.token.clone())
    }

    /// The number that the phone writes to.
    pub fn business(&self) -> &str {
        &self.business
    }

    /// What a persona's screen shows.
    pub fn screen(&self, persona: &Persona) -> Shown {
        self.running.emulator.screen(persona.handle)
    }

    /// The persona looks at the screen: what has come counts as read.
    pub fn look(&self, persona: &Persona) {
        self.running.emulator.look(persona.handle);
    }

    /// Says when a screen changes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.running.emulator.screens()
    }

    /// A file that was sent or received: its type and bytes.
    pub fn file(&self, id: &str) -> Option<(String, Bytes)> {
        self.running.emulator.file(id)
    }

    /// Sends what a persona says; several messages at once are a burst. Returns when the webhook has taken all.
    pub async fn say(&self, persona: &Persona, saying: Saying, quotes: Option<&str>) -> Result<(), PhoneError> {
        let emulator = &self.running.emulator;
        let all = saying::messages(emulator, persona, saying, quotes)?;
        // A burst comes within moments, but in its order.
        for message in all {
            let told = emulator.say(persona.handle, &message).await.map_err(|_| PhoneError::Nothing)?;
            if let Told { webhook, .. } = told
                && webhook != 200
            {
                return Err(PhoneError::Refused(webhook));
            }
        }
        Ok(())
    }

    /// Begins anew: empties the screen, and ends the persona's conversation. What agents have stored of the persona stays.
    pub async fn clear(&self, persona: &Persona) -> Result<(), PhoneError> {
        self.running.emulator.clear_screen(persona.handle);
        if let Some(person) = self.person(persona).await? {
            self.store.end_test_session(person, &self.business, self.clock.now()).await?;
        }
        Ok(())
    }

    /// The persona's id in the database; none before they wrote.
    pub async fn person(&self, persona: &Persona) -> Result<Option<Uuid>, StoreError> {
        self.store.person_of(persona.handle).await
    }

    /// The persona's messages to the phone's number, the latest first.
    pub async fn messages(&self, persona: &Persona, limit: i64) -> Result<Vec<i64>, StoreError> {
        match self.person(persona).await? {
            Some(person) => self.store.messages_of_person(person, limit).await,
            None => Ok(Vec::new()),
        }
    }
}

/// A token that nobody else knows.
fn token() -> anyhow::Result<Secret> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    Ok(Secret::from(hex::encode(bytes)))
}

/// Where this machine reaches what listens at an address: one for all interfaces is reached by the loopback.
fn reachable(listens: SocketAddr) -> SocketAddr {
    let ip = match listens.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listens.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_on_all_interfaces_is_reached_by_the_loopback() {
        let at = |text: &str| reachable(text.parse().expect("an address")).to_string();
        assert_eq!(at("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(at("[::]:8080"), "[::1]:8080");
        assert_eq!(at("10.0.0.7:80"), "10.0.0.7:80");
    }
}
