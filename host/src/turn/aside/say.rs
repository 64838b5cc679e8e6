//! How the host answers beside an open question: the question stands in the same message, so that it is one, and its choices stay valid.

use super::id;
use crate::turn::{context::TurnContext, host_message::HostMessage};
use switchboard_core::{
    contract::types::{Buttons, Choice, Reply, Rows, Section},
    effect::Effect,
    session::{Kept, Offered, Question},
};
use switchboard_edge::whatsapp::{limits, wire};
use switchboard_sandbox::route::{FALLBACK, Reason, Route};
use switchboard_store::Settlement;

/// The longest reply that words are put before: what is longer goes as a message of its own.
const BODY_MAX: usize = limits::BODY_MAX;

/// A choice of the host.
pub(in crate::turn) fn own(id: &str, title: &str) -> Choice {
    Choice { id: id.to_owned(), title: title.to_owned(), description: None, agent: Some(wire::HOST.to_owned()) }
}

/// The choice that a way out is.
pub(in crate::turn) fn way(message: HostMessage, language: &str) -> Choice {
    let id = match message {
        HostMessage::Leave => id::LEAVE,
        HostMessage::Human => id::HUMAN,
        _ => id::AGAIN,
    };
    own(id, message.text(language))
}

/// Words and a question as one message, if it holds both.
fn joined(before: &str, question: Reply) -> Vec<Reply> {
    let both = |body: &str| format!("{before}\n\n{body}");
    let fits = |body: &str| both(body).chars().count() <= BODY_MAX;
    match question {
        Reply::Text(text) if fits(&text) => vec![Reply::Text(both(&text))],
        Reply::AskPlace(text) if fits(&text) => vec![Reply::AskPlace(both(&text))],
        Reply::Buttons(it) if fits(&it.body) => vec![Reply::Buttons(Buttons { body: both(&it.body), ..it })],
        Reply::Rows(it) if fits(&it.body) => vec![Reply::Rows(Rows { body: both(&it.body), ..it })],
        question => vec![Reply::Text(before.to_owned()), question],
    }
}

impl TurnContext<'_> {
    /// Whether a flow is open, or waits for the person to go on.
    pub(in crate::turn) fn has_open_flow(&self) -> bool {
        self.session.flow.is_some() || self.session.kept.as_ref().is_some_and(|kept| kept.aside.is_some())
    }

    /// The choice that shows the menu.
    fn menu_choice(&self) -> Choice {
        let title = HostMessage::Menu.text(&self.language).to_owned();
        Choice { id: "menu".into(), title, description: None, agent: Some(FALLBACK.into()) }
    }

    /// The question of the open flow.
    fn question(&self) -> Option<Question> {
        self.session.flow.as_ref()?;
        self.session.open.question.clone().filter(|question| question.agent == self.session.agent)
    }

    fn aside_route(&self) -> Route {
        Route::certain(&self.session.agent, Reason::Aside)
    }

    /// Says a text, and the open question again.
    pub(super) fn says_beside(self, message: HostMessage) -> Settlement {
        let text = message.text(&self.language).to_owned();
        self.says_text_beside(text)
    }

    /// The same of a text.
    pub(super) fn says_text_beside(self, text: String) -> Settlement {
        let route = self.aside_route();
        let (replies, offered) = match self.question() {
            Some(question) => (joined(&text, question.reply), question.offered),
            None => {
                let choices = vec![self.menu_choice()];
                let reply = Reply::Buttons(Buttons { body: text, choices, numbered: false });
                (vec![reply], self.session.offered.clone())
            }
        };
        let last_said = self.session.history.last().map(|said| said.text.clone());
        let again = replies.first().map(switchboard_edge::whatsapp::reply::plain_text);
        // Never the same text twice in a row.
        if self.session.flow.is_some() && last_said.is_some() && again == last_said {
            let text = HostMessage::GoneOn.text(&self.language).to_owned();
            return self.says_with_ways(text, &[HostMessage::GoOn, HostMessage::Leave], Vec::new());
        }
        self.host_says_all(&route, replies, offered, Vec::new())
    }

    /// Asks the open question again.
    pub(super) fn asks_again(self) -> Settlement {
        let route = self.aside_route();
        match self.question() {
            Some(question) => self.host_says_all(&route, vec![question.reply], question.offered, Vec::new()),
            None => self.says_beside(HostMessage::GoneOn),
        }
    }

    /// Says a text with ways out; what the open question offers stays valid.
    pub(in crate::turn) fn says_with_ways(
        self,
        text: String,
        ways: &[HostMessage],
        effects: Vec<Effect>,
    ) -> Settlement {
        let ways: Vec<Choice> = ways.iter().map(|message| way(*message, &self.language)).collect();
        let route = self.aside_route();
        let mut offered = self.session.offered.clone();
        if !ways.is_empty() {
            let agent = self.session.agent.clone();
            let offered = offered.get_or_insert_with(|| Offered { agent, numbered: false, choices: Vec::new() });
            let more = ways.iter().map(|choice| (wire::id(wire::HOST, choice), choice.title.clone()));
            offered.choices.retain(|(id, _)| !id.starts_with(&format!("{}/", wire::HOST)));
            offered.choices.extend(more);
        }
        let choices = if ways.is_empty() { vec![self.menu_choice()] } else { ways };
        let reply = Reply::Buttons(Buttons { body: text, choices, numbered: false });
        self.host_says_all(&route, vec![reply], offered, effects)
    }

    /// Asks something of the host's own.
    pub(super) fn says_choices(self, body: String, choices: &[(HostMessage, &str)]) -> Settlement {
        let route = self.aside_route();
        let choices: Vec<Choice> = choices.iter().map(|(message, id)| own(id, message.text(&self.language))).collect();
        let reply = Reply::Buttons(Buttons { body, choices, numbered: true });
        let offered = switchboard_edge::whatsapp::reply::offered(&[(wire::HOST, &reply)]);
        self.host_says_all(&route, vec![reply], offered, Vec::new())
    }

    /// Asks which of several things a yes or no is about.
    pub(super) fn asks_which(self, rows: Vec<(String, String, String)>) -> Settlement {
        let route = self.aside_route();
        let row = |(id, about, title): (String, String, String)| Choice {
            description: Some(title.chars().take(limits::ROW_DESCRIPTION_MAX).collect()),
            ..own(&format!("{}{id}", id::PICK), &first_line(&about))
        };
        let choices: Vec<Choice> = rows.into_iter().take(limits::ROWS_MAX).map(row).collect();
        let reply = Reply::Rows(Rows {
            body: HostMessage::Which.text(&self.language).to_owned(),
            label: HostMessage::Choose.text(&self.language).to_owned(),
            sections: vec![Section { title: None, choices }],
            numbered: true,
        });
        let offered = switchboard_edge::whatsapp::reply::offered(&[(wire::HOST, &reply)]);
        self.host_says_all(&route, vec![reply], offered, Vec::new())
    }

    /// Ends the open flow, or the one that waits.
    pub(super) fn leaves(mut self) -> Settlement {
        let route = self.aside_route();
        // What was set aside for the open flow still waits.
        if self.session.flow.is_none() {
            self.session.kept.take_if(|kept| kept.aside.is_some());
        }
        self.session.flow = None;
        self.session.version = None;
        self.session.open.question = None;
        let waits = self.session.kept.as_ref().is_some_and(|kept| kept.aside.is_some());
        let go_on = waits.then(|| way(HostMessage::GoOn, &self.language));
        let choices = go_on.into_iter().chain([self.menu_choice()]).collect();
        let body = HostMessage::Left.text(&self.language).to_owned();
        let reply = Reply::Buttons(Buttons { body, choices, numbered: false });
        self.host_replies(&route, reply, None)
    }

    /// Sets the open flow aside: it is offered again once what comes between is answered.
    pub(in crate::turn) fn set_flow_aside(&mut self) {
        let question = self.question();
        let Some(flow) = self.session.flow.take() else { return };
        let version = self.session.version.take();
        self.session.open.question = None;
        let Some(question) = question else { return };
        self.session.kept = Some(Kept { agent: self.session.agent.clone(), flow, version, aside: Some(question) });
    }

    /// Takes up the flow that was set aside, if its agent is on. Whether a flow is open then.
    pub(super) fn take_up_flow(&mut self) -> bool {
        if self.session.flow.is_some() {
            return true;
        }
        let agents = self.session.kept.as_ref().filter(|kept| kept.aside.is_some()).map(|kept| kept.agent.clone());
        let Some(kept) = self
            .session
            .kept
            .take_if(|_| agents.as_ref().is_some_and(|agent| self.app.plugins.current().get(agent).is_some()))
        else {
            return false;
        };
        self.session.agent = kept.agent;
        self.session.flow = Some(kept.flow);
        self.session.version = kept.version;
        self.session.open.question = kept.aside;
        true
    }
}

/// The first line of a text, as a row's title.
fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("…");
    limits::title(line, limits::ROW_TITLE_MAX)
}
