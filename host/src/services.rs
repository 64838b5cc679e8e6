//! Calls of other services by agents: the host's secrets are put in here, and each call gets its key.

use std::sync::Arc;

use crate::config::AgentSecrets;
use switchboard_core::{
    contract::types::Problem,
    secret::Secret,
    services::{Call, ServiceFuture, names_in},
};
use switchboard_edge::services::{Added, ServiceClient};

/// What makes the calls of a host's agents.
pub trait Outbound: Send + Sync {
    /// Makes a call in a turn of this business number. `key` is the call's own: where it is made again, it has the same.
    fn send<'a>(&'a self, call: Call<'a>, business: &'a str, key: &'a str) -> ServiceFuture<'a>;
}

/// The services of a host that makes no calls.
pub struct NoOutbound;

impl Outbound for NoOutbound {
    fn send<'a>(&'a self, _: Call<'a>, _: &'a str, _: &'a str) -> ServiceFuture<'a> {
        Box::pin(async { Err(Problem::Unavailable("no service can be called here".into())) })
    }
}

/// Calls over the network.
pub struct NetworkServices {
    client: ServiceClient,
    secrets: AgentSecrets,
}

impl NetworkServices {
    /// With these secrets.
    ///
    /// # Errors
    ///
    /// Where there can be no client.
    pub fn new(secrets: AgentSecrets) -> anyhow::Result<Arc<NetworkServices>> {
        Ok(Arc::new(NetworkServices { client: ServiceClient::new()?, secrets }))
    }

    /// The headers that the host puts in, and the secrets in them.
    fn added<'a>(&self, call: Call<'_>, business: &str, key: &'a str) -> Result<Added<'a>, Problem> {
        let (mut headers, mut secrets) = (Vec::new(), Vec::new());
        for (header, template) in &call.grant.headers {
            let mut value = template.clone();
            for name in names_in(template) {
                let secret = self.secret(call, name, business)?;
                value = value.replace(&format!("{{{name}}}"), &secret);
                secrets.push(secret);
            }
            headers.push((header.clone(), Secret::from(value)));
        }
        Ok(Added { headers, secrets, key })
    }

    fn secret(&self, call: Call<'_>, name: &str, business: &str) -> Result<Secret, Problem> {
        let unavailable = |why: String| {
            tracing::error!(agent.name = call.agent, "a call of {} was not made: {why}", call.grant.origin);
            Problem::Unavailable(format!("the host lacks the secret `{name}`"))
        };
        let Some(source) = call.access.secret(name, business) else {
            return Err(unavailable(format!("there is no secret `{name}`")));
        };
        self.secrets.read(source).map_err(|error| unavailable(error.to_string()))
    }
}

impl Outbound for NetworkServices {
    fn send<'a>(&'a self, call: Call<'a>, business: &'a str, key: &'a str) -> ServiceFuture<'a> {
        Box::pin(async move { self.client.call(call, self.added(call, business, key)?).await })
    }
}
