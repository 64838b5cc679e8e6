//! The last look at what agents say: no flow sends the same text twice in a row, and a flow that was set aside is offered again.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::say::way;
use crate::turn::{chain::Chain, context::TurnContext, host_message::HostMessage};
use switchboard_core::{
    contract::types::{Buttons, Choice, Content, Next, Reply},
    session::Question,
};
use switchboard_edge::whatsapp::{limits, reply};
use switchboard_sandbox::route::{Reason, Route};

impl TurnContext<'_> {
    /// Looks at the replies of a turn before they are sent.
    pub(in crate::turn) fn look_over(&mut self, route: &Route, content: &Content, chain: &mut Chain) {
        if route.reason == Reason::Notice || !chain.counts() {
            return;
        }
        let Some((agent, next)) =
            chain.last().and_then(|link| Some((link.agent.clone(), link.outcome.as_ref()?.next.clone())))
        else {
            return;
        };
        match next {
            Next::Flow(flow) => {
                let before = self.session.flow.as_ref().filter(|_| self.session.agent == agent);
                let same_step = before.is_some_and(|before| before.flow == flow.flow && before.step == flow.step);
                let same = same_step && before.is_some_and(|before| before.data == flow.data);
                let asked = question(&agent, chain);
                self.refuses(&agent, content, same_step, chain);
                // A refusal is not the question: after it the question stays the one that was asked first.
                if !same || self.session.open.question.is_none() {
                    self.session.open.question = asked;
                }
            }
            _ => {
                self.session.open.question = None;
                self.session.open.refused = None;
                self.offers_flow_set_aside(chain);
            }
        }
    }

    /// Replaces what a flow says again, word for word, by ways out.
    fn refuses(&mut self, agent: &str, content: &Content, same_step: bool, chain: &mut Chain) {
        let said: Vec<String> = chain.replies().into_iter().map(|(_, reply)| reply::plain_text(reply)).collect();
        let mut hasher = DefaultHasher::new();
        said.hash(&mut hasher);
        let hash = hasher.finish();
        let times = match self.session.open.refused {
            Some((before, times)) if before == hash && same_step && matches!(content, Content::Text(_)) => times + 1,
            _ => 0,
        };
        self.session.open.refused = Some((hash, times));
        if times == 0 {
            return;
        }
        let message = if times % 2 == 1 { HostMessage::NotUnderstood } else { HostMessage::OfferHuman };
        let ways = [HostMessage::GoOn, HostMessage::Leave, HostMessage::Human];
        let choices = ways.iter().map(|it| way(*it, &self.language)).collect();
        let body = message.text(&self.language).to_owned();
        let reply = Reply::Buttons(Buttons { body, choices, numbered: false });
        chain.shows(vec![(agent.to_owned(), reply)]);
        self.ways_shown = true;
    }

    /// Adds the button that goes on with a flow that was set aside.
    fn offers_flow_set_aside(&self, chain: &mut Chain) {
        if self.session.kept.as_ref().is_none_or(|kept| kept.aside.is_none()) {
            return;
        }
        let mut shown: Vec<(String, Reply)> =
            chain.replies().into_iter().map(|(agent, reply)| (agent.to_owned(), reply.clone())).collect();
        let Some((_, last)) = shown.last_mut() else { return };
        let go_on: Choice = way(HostMessage::GoOn, &self.language);
        match last {
            Reply::Text(text) if text.chars().count() <= limits::BODY_MAX => {
                let body = std::mem::take(text);
                *last = Reply::Buttons(Buttons { body, choices: vec![go_on], numbered: false });
            }
            Reply::Buttons(buttons) if buttons.choices.len() < limits::BUTTONS_MAX => buttons.choices.push(go_on),
            Reply::Rows(rows) => {
                let count: usize = rows.sections.iter().map(|section| section.choices.len()).sum();
                match rows.sections.last_mut() {
                    Some(section) if count < limits::ROWS_MAX => section.choices.push(go_on),
                    _ => return,
                }
            }
            _ => return,
        }
        chain.shows(shown);
    }
}

/// The question that a turn's last reply is.
fn question(agent: &str, chain: &Chain) -> Option<Question> {
    let replies = chain.replies();
    let (_, last) = replies.last()?;
    let can_be_asked = matches!(last, Reply::Text(_) | Reply::AskPlace(_) | Reply::Buttons(_) | Reply::Rows(_));
    can_be_asked.then(|| Question {
        agent: agent.to_owned(),
        reply: (*last).clone(),
        offered: reply::offered(&[(agent, *last)]),
    })
}
