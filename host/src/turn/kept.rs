//! A flow whose agent went off amid it. It is kept with the session, and offered again when the person comes back to the agent.

use super::{
    context::{Setting, title_in},
    say::Say,
};
use switchboard_core::{
    contract::types::{Buttons, Choice, Content, Reply},
    session::Kept,
};
use switchboard_edge::whatsapp::wire;
use switchboard_sandbox::route::{Reason, Route};
use switchboard_store::Settlement;

/// The tap that goes on with a kept flow: an agent that gets it puts its open question again.
const AGAIN: &str = "flow:again";

impl Setting<'_> {
    /// Keeps the open flow, if it is of this agent, which is off. What the person is told.
    pub(super) fn keep_flow_of(&mut self, agent: &str) -> Say {
        match self.session.flow.take() {
            Some(flow) if self.session.agent == agent => {
                self.session.kept = Some(Kept { agent: agent.to_owned(), flow, version: self.session.version.take() });
                Say::AgentOffKept
            }
            _ => Say::AgentOff,
        }
    }

    /// The person comes to an agent. What the agent is told; none if they are asked first whether the flow that was kept
    /// goes on. Whoever is asked and says anything but yes begins anew.
    pub(super) fn come_back(&mut self, route: &Route, content: Content) -> Option<Content> {
        let is_kept = self.session.kept.as_ref().is_some_and(|kept| kept.agent == route.agent);
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

    /// Asks whether a kept flow goes on.
    pub(super) fn offers_kept_flow(self, route: &Route) -> Settlement {
        let say = |say: Say| say.text(&self.language).to_owned();
        let title = self
            .version(&route.agent)
            .and_then(|version| Some(title_in(version.profile(), &self.language)?.title.clone()));
        let title = title.unwrap_or_else(|| route.agent.clone());
        let reply = Reply::Buttons(Buttons {
            body: format!("*{title}*\n{}", say(Say::FlowKept)),
            choices: vec![choice(AGAIN, say(Say::GoOn)), choice(wire::START, say(Say::Anew))],
            numbered: true,
        });
        self.host_replies(route, reply, None)
    }
}

fn choice(id: &str, title: String) -> Choice {
    Choice { id: id.to_owned(), title, description: None, agent: None }
}
