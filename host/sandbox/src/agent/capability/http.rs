//! The capability `http`: calls of other services, as far as the agent's entry in `plugins.toml` grants them.

use super::interface;
use crate::agent::state::State;
use switchboard_core::{
    contract::{
        http::{Request, Response},
        quotas::{self, SERVICE_CALLS_A_TURN},
        types::Problem,
    },
    phone::mask_numbers,
    services::{Call, Refused},
    text::one_line,
};

impl interface::http::Host for State {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, Problem>> {
        let call = self.enter("http.send")?;
        let answer = self.sent(&request).await;
        self.answer(call, &[request], answer)
    }
}

impl State {
    async fn sent(&self, request: &Request) -> Result<Response, Problem> {
        let host = self.granted()?;
        let made = self.calls.iter().filter(|call| call.name == "http.send").count() as u64;
        quotas::one_more(made, SERVICE_CALLS_A_TURN, "calls of other services a turn")?;
        let (grant, url) = self.access.grant(&self.agent, request).inspect_err(|refused| self.refuses(refused))?;
        let (agent, access, url) = (&*self.agent, &*self.access, &url);
        host.services.call(Call { agent, access, grant, url, request }).await
    }

    /// Counts and logs a call that is not granted.
    fn refuses(&self, refused: &Refused) {
        let Refused::NotGranted(why) = refused else { return };
        let agent = self.agent.to_string();
        metrics::counter!("switchboard_service_calls_refused_total", "agent" => agent).increment(1);
        let why = mask_numbers(why);
        tracing::warn!(agent.name = &*self.agent, "a call of another service was refused: {}", one_line(&why));
    }
}
