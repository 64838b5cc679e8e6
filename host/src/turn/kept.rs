//! Suspended flows: a flow whose agent was switched off is stored with the session and offered again when the person returns to the
//! agent.

use super::{context::TurnContext, host_message::HostMessage, record::title_in};
use switchboard_core::{
    contract::types::{Buttons, Choice, Content, Reply},
    session::Kept,
};
use switchboard_edge::whatsapp::wire;
use switchboard_sandbox::route::{Reason, Route};
use switchboard_store::Settlement;

/// The id of the choice that resumes a kept flow: the agent repeats its open question.
const AGAIN: &str = "flow:again";

impl TurnContext<'_> {
    /// Suspends the open flow if it belongs to this agent, which is off; returns the message for the person.
    pub(super) fn suspend_flow_of(&mut self, agent: &str) -> HostMessage {
        match self.session.flow.take() {
            Some(flow) if self.session.agent == agent => {
                self.session.kept =
                    Some(Kept { agent: agent.to_owned(), flow, version: self.session.version.take(), aside: None });
                HostMessage::AgentOffFlowKept
            }
            _ => HostMessage::AgentOff,
        }
    }

    /// Handles a kept flow when a route leads back to its agent. Returns the content for the agent; `None` if the person must be asked
    /// first whether to resume. Any answer but yes discards the kept flow.
    pub(super) fn resume_kept_flow(&mut self, route: &Route, content: Content) -> Option<Content> {
        let is_kept = self.session.kept.as_ref().is_some_and(|kept| kept.agent == route.agent && kept.aside.is_none());
        let comes_back = is_kept && route.reason != Reason::Notice && self.version(&route.agent).is_some();
        let Some(kept) = self.session.kept.take_if(|_| comes_back) else { return Some(content) };
        let again = wire::id(&kept.agent, &choice(AGAIN, String::new()));
        let is_asked =
            self.session.offered.as_ref().is_some_and(|offered| offered.choices.iter().any(|(id, _)| *id == again));
        match content {
            Content::Tap(tap) if tap.id == AGAIN => {
                self.session.agent = kept.agent;
                self.session.flow = Some(kept.flow);
                self.session.version = kept.version;
                Some(Content::Tap(tap))
            }
            content if is_asked => Some(content),
            _ => {
                self.session.kept = Some(kept);
                None
            }
        }
    }

    /// Asks the person whether to resume a kept flow.
    pub(super) fn offer_kept_flow(self, route: &Route) -> Settlement {
        let text = |message: HostMessage| message.text(&self.language).to_owned();
        let title = self
            .version(&route.agent)
            .and_then(|version| Some(title_in(version.profile(), &self.language)?.title.clone()));
        let title = title.unwrap_or_else(|| route.agent.clone());
        let reply = Reply::Buttons(Buttons {
            body: format!("*{title}*\n{}", text(HostMessage::FlowCanResume)),
            choices: vec![
                choice(AGAIN, text(HostMessage::ResumeFlow)),
                choice(wire::START, text(HostMessage::StartAgain)),
            ],
            numbered: true,
        });
        self.host_replies(route, reply, None)
    }
}

fn choice(id: &str, title: String) -> Choice {
    Choice { id: id.to_owned(), title, description: None, agent: None }
}
