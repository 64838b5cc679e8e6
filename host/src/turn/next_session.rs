//! The session after a turn.

use super::{chain::Chain, context::TurnContext, pending};
use switchboard_core::{
    contract::types::{Content, Next, Speaker, Utterance},
    session::{HISTORY_KEPT, Offered, Session, UTTERANCE_BYTES_MAX},
};
use switchboard_edge::whatsapp::reply;
use switchboard_sandbox::route::{Reason, Route};

impl TurnContext<'_> {
    /// The session after this turn. A notice is not a message of the person: it changes neither agent nor flow nor the last message's time.
    pub(super) fn next_session(
        &mut self,
        route: &Route,
        content: &Content,
        chain: &Chain,
        response: String,
    ) -> Option<Session> {
        let mut session = std::mem::take(&mut self.session);
        let now = self.now;
        if route.reason == Reason::Notice {
            self.claim.session.as_ref()?;
        } else {
            session.last_message_at = now;
            let at = u64::try_from(self.claim.message.sent_at).unwrap_or_default();
            session.history.push(Utterance { speaker: Speaker::Person, text: cut(content.shown()), at });
            if let (true, Some(last)) = (chain.counts(), chain.last()) {
                session.agent = last.agent.clone();
                session.version = Some(last.sha256.clone());
                session.flow = last.outcome.as_ref().and_then(|outcome| match &outcome.next {
                    Next::Flow(flow) => Some(flow.clone()),
                    _ => None,
                });
                if session.flow.is_none() {
                    session.version = None;
                }
            }
        }
        if !response.is_empty() {
            let at = u64::try_from(now).unwrap_or_default();
            session.history.push(Utterance { speaker: Speaker::Agent, text: cut(response), at });
            let shown = chain.replies();
            match route.reason {
                Reason::Notice if chain.counts() => {
                    pending::note(&mut session, self.claim.message.id, content, &shown, now);
                    // An open question goes on offering what it offered.
                    if session.flow.is_none() {
                        session.offered = reply::offered(&shown);
                    }
                }
                _ if chain.counts() && self.ways_shown => {
                    let ways = reply::offered(&shown).map(|ways| ways.choices).unwrap_or_default();
                    let asked = session.open.question.as_ref().and_then(|question| question.offered.clone());
                    let agent = session.agent.clone();
                    let mut offered = asked.unwrap_or(Offered { agent, numbered: false, choices: Vec::new() });
                    offered.choices.extend(ways);
                    session.offered = Some(offered);
                }
                // After a failure or a refusal, the earlier choices stay valid.
                _ if chain.counts() => session.offered = reply::offered(&shown),
                _ => {}
            }
        }
        let old = session.history.len().saturating_sub(HISTORY_KEPT);
        session.history.drain(..old);
        Some(session)
    }
}

/// A text as the history holds it.
pub(super) fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(UTTERANCE_BYTES_MAX));
    text.shrink_to_fit();
    text
}
