//! Messages that no agent answers: their person is outside the rollout, or they are no word to us. They go on to the service before,
//! or are held.

use crate::{app::App, flags::Flags};
use switchboard_edge::legacy::{MessageRef, split};
use switchboard_sandbox::route;
use switchboard_store::{Claim, Done, Reply, Settlement};

use super::context::{Setting, TurnError};

/// The end of a message that is not ours to answer. With no service before, what was asked is held until it is released.
pub(super) async fn pass_on(app: &App, claim: &Claim, flags: std::sync::Arc<Flags>) -> Result<Settlement, TurnError> {
    let blank = |done| Settlement { done, ..Settlement::of(claim, app.clock.now()) };
    let message = &claim.message;
    let Some(wamid) = message.wamid.as_deref().filter(|_| !app.legacy.is_empty()) else {
        return Ok(blank(if message.is_to_be_answered() { Done::Held } else { Done::Stored }));
    };
    let domain = if app.legacy.has_domains() { domain(app, claim, flags).await? } else { None };
    let Some(url) = app.legacy.url(&message.business, domain.as_deref()) else {
        return Ok(blank(if message.is_to_be_answered() { Done::Held } else { Done::Stored }));
    };
    let raw = app.store.raw_of(message.id).await?;
    let part = raw.and_then(|raw| split(&raw, MessageRef { business: &message.business, wamid }));
    let Some(body) = part else {
        return Ok(blank(match message.is_to_be_answered() {
            true => Done::Dead("it cannot be forwarded: its raw delivery is gone, or of a shape of its own".into()),
            false => Done::Stored,
        }));
    };
    let reply = Reply { agent: domain.unwrap_or_default(), body, url: Some(url.to_owned()) };
    Ok(Settlement { replies: vec![reply], ..blank(Done::Stored) })
}

/// What a message is about: what its words say, else what the last one forwarded from this lane was about.
async fn domain(app: &App, claim: &Claim, flags: std::sync::Arc<Flags>) -> Result<Option<String>, TurnError> {
    let setting = Setting::new(app, claim, flags);
    if claim.message.is_to_be_answered() {
        let fresh = switchboard_core::session::Session { flow: None, history: Vec::new(), ..setting.session.clone() };
        let route = route::choose(&claim.message.content, &fresh, setting.agents.index(), |_| true, setting.now);
        if route.reason == route::Reason::Keywords {
            return Ok(Some(route.agent));
        }
    }
    Ok(app.store.last_forward(claim.lane.id).await?)
}
