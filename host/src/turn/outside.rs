//! Messages that no agent answers, because their person is outside the rollout or they are not meant for this service. They are
//! forwarded to the legacy service, or held if there is none.

use crate::{app::App, flags::Flags};
use switchboard_edge::legacy::{MessageRef, split};
use switchboard_sandbox::route;
use switchboard_store::{Claim, Done, Reply, ReplyKind, Settlement};

use super::context::{TurnContext, TurnError};

/// The settlement of a message that is forwarded. Without a legacy service, a message that wants an answer is held until
/// `rollout release`.
pub(super) async fn forward_or_hold(
    app: &App,
    claim: &Claim,
    flags: std::sync::Arc<Flags>,
) -> Result<Settlement, TurnError> {
    // Each message is handed on as it came.
    let claim = &claim.alone();
    let blank = |done| Settlement { done, ..Settlement::of(claim, app.clock.now()) };
    let message = &claim.message;
    let legacy = app.legacy.get();
    let Some(wamid) = message.wamid.as_deref().filter(|_| !legacy.is_empty()) else {
        return Ok(blank(if message.is_to_be_answered() { Done::Held } else { Done::Stored }));
    };
    let domain = if legacy.has_domains() { domain(app, claim, flags).await? } else { None };
    let Some(url) = legacy.url(&message.business, domain.as_deref()) else {
        return Ok(blank(if message.is_to_be_answered() { Done::Held } else { Done::Stored }));
    };
    // Of who was forgotten meanwhile it is empty.
    let Some(raw) = app.store.raw_of(message.id).await?.filter(|raw| !raw.is_empty()) else {
        return Ok(blank(match message.is_to_be_answered() {
            true => Done::Dead("it cannot be forwarded: its raw delivery is gone".into()),
            false => Done::Stored,
        }));
    };
    let body = split(&raw, MessageRef { business: &message.business, wamid, kind: message.kind });
    let reply = Reply { agent: domain.unwrap_or_default(), body, url: Some(url.to_owned()), kind: ReplyKind::Answer };
    Ok(Settlement { replies: vec![reply], ..blank(Done::Stored) })
}

/// The domain of a message, for a legacy service with an address for each: by keywords, else that of the lane's last forwarded message.
async fn domain(app: &App, claim: &Claim, flags: std::sync::Arc<Flags>) -> Result<Option<String>, TurnError> {
    let context = TurnContext::new(app, claim, flags);
    if claim.message.is_to_be_answered() {
        let fresh = switchboard_core::session::Session { flow: None, history: Vec::new(), ..context.session.clone() };
        let said = context.said.as_deref();
        let route = route::choose(said, &fresh, context.agents.index(), |_| true, context.now);
        if route.reason == route::Reason::Keywords {
            return Ok(Some(route.agent));
        }
    }
    Ok(app.store.last_forward(claim.lane.id).await?)
}
