//! The conclusion of a turn: builds the settlement (replies, session, effects, event, journal) that is committed in one transaction.

use std::collections::HashMap;

use super::contacts::gives_contact;
use super::next_session::cut;
use super::{
    aside::{id, own},
    chain::Chain,
    context::{TurnContext, TurnError},
    host_message::HostMessage,
    journal,
};
use switchboard_core::{
    contract::types::{self, Content, Reply, Speaker, Utterance},
    effect::{Effect, Write},
    inbox::Kind,
    session::{HISTORY_KEPT, Offered},
};
use switchboard_edge::whatsapp::{
    body,
    reply::{self, Card},
};
use switchboard_sandbox::route::{Reason, Route};
use switchboard_store as store;
use switchboard_store::{PersonChange, ReplyKind, Settlement, Unanswered};

impl TurnContext<'_> {
    /// The settlement of a turn in which agents ran.
    pub(super) async fn conclude(
        mut self,
        route: Route,
        content: &Content,
        note: Option<HostMessage>,
        mut chain: Chain,
    ) -> Result<Settlement, TurnError> {
        let mut bodies = Vec::new();
        let mut texts = Vec::new();
        self.look_over(&route, content, &mut chain);
        if let Some(note) = note {
            self.put_host_text(&route.agent, note.text(&self.language), &mut bodies, &mut texts);
        }
        if chain.error.is_none() {
            let cards = self.contact_cards(&chain).await?;
            chain.error = self.put_replies(&chain, &cards, &mut bodies, &mut texts).err();
        }
        if chain.error.is_none() {
            chain.error = self.may_send_files(&chain).await?;
        }
        if chain.error.is_none() && texts.is_empty() && route.reason != Reason::Notice {
            chain.error = Some("the agent answered with nothing".into());
        }
        if chain.error.is_some() {
            bodies.clear();
            texts.clear();
            if route.reason != Reason::Notice {
                self.put_host_text(&route.agent, HostMessage::Apology.text(&self.language), &mut bodies, &mut texts);
            }
        }
        let effects: Vec<Effect> = if chain.counts() {
            chain.links.iter_mut().flat_map(|link| std::mem::take(&mut link.effects)).collect()
        } else {
            Vec::new()
        };
        if gives_contact(&effects) && self.claim.person.phone.is_none() {
            let question = body::contact_request(HostMessage::AskNumber.text(&self.language)).to_string();
            bodies.push(self.reply(&route.agent, question, self.reply_kind()));
        }
        if self.claim.person.opted_out && !self.starts_again && waits_for_word(&effects) {
            let body = HostMessage::SwitchOn.text(&self.language).to_owned();
            let choices = vec![own(id::ON, HostMessage::Yes.text(&self.language))];
            let question = Reply::Buttons(types::Buttons { body, choices, numbered: false });
            let graph = reply::bodies(&route.agent, &question, None).unwrap_or_default();
            bodies.extend(graph.into_iter().map(|body| self.reply(&route.agent, body, self.reply_kind())));
        }
        let is_notice = route.reason == Reason::Notice;
        let response = texts.join("\n\n");
        let event = (!is_notice).then(|| self.event(&route, &chain, response.clone()));
        let person = self.person_change(content, &effects);
        let chosen = chosen_language(&effects).or_else(|| self.language_chosen.then(|| self.language.clone()));
        if chosen.is_some() {
            self.session.open.language = chosen;
        }
        let session = self.next_session(&route, content, &chain, response);
        let journal = journal::write(&self, &route, &chain, &bodies, session.as_ref());
        Ok(Settlement { session, person, effects, replies: bodies, event, journal: Some(journal), ..self.blank() })
    }

    /// The settlement of an opt-out (*stop*).
    pub(super) fn opt_out(mut self) -> Settlement {
        self.session.flow = None;
        let route = Route {
            agent: self.session.agent.clone(),
            reason: Reason::Exit,
            confidence: 1.0,
            keywords: vec!["stop".into()],
        };
        let mut settlement = self.host_says(&route, HostMessage::OptedOut, None);
        settlement.person.opted_out = Some(true);
        settlement
    }

    /// The settlement of what the business wrote from its own app: it stands in the history of the person's conversation, if there is one.
    pub(super) fn business_said(mut self) -> Settlement {
        let settlement = Settlement { done: store::Done::Stored, ..self.blank() }.because(Unanswered::Echo);
        let words = self.claim.message.content.shown();
        if self.claim.session.is_none() || words.is_empty() {
            return settlement;
        }
        let mut session = std::mem::take(&mut self.session);
        let at = u64::try_from(self.claim.message.sent_at).unwrap_or_default();
        session.history.push(Utterance { speaker: Speaker::Agent, text: cut(words), at });
        let old = session.history.len().saturating_sub(HISTORY_KEPT);
        session.history.drain(..old);
        Settlement { session: Some(session), ..settlement }
    }

    /// The settlement of a turn whose agent is off or not loaded.
    pub(super) fn no_agent(self, route: &Route) -> Settlement {
        if route.reason == Reason::Notice {
            // One that is out of service for a while is told it when its person writes again.
            return if self.rests(&route.agent) { self.defer() } else { self.blank() };
        }
        let error = format!("no agent `{}` is on and in service", route.agent);
        let opted_out = self.starts_again.then_some(false);
        let mut settlement = self.host_says(route, HostMessage::NoAgent, Some(error));
        settlement.person.opted_out = opted_out;
        settlement
    }

    /// The settlement of a turn that the host itself answers with a text.
    pub(super) fn host_says(self, route: &Route, message: HostMessage, error: Option<String>) -> Settlement {
        let reply = Reply::Text(message.text(&self.language).to_owned());
        self.host_replies(route, reply, error)
    }

    /// The settlement of a message that WhatsApp does not pass on: the person is told once, and what was asked and offered stays.
    pub(super) fn tells_that_it_is_not_passed_on(self) -> Settlement {
        let text = HostMessage::NotPassedOn.text(&self.language);
        let last = self.session.history.iter().rev().find(|said| said.speaker == Speaker::Agent);
        if last.is_some_and(|said| said.text == text) {
            return self.blank();
        }
        let offered = self.session.offered.clone();
        let route = Route::certain(&self.session.agent, Reason::Fallback);
        let mut settlement = self.host_says(&route, HostMessage::NotPassedOn, None);
        if let Some(session) = &mut settlement.session {
            session.offered = offered;
        }
        settlement
    }

    /// The settlement of a turn that the host itself answers, possibly with choices.
    pub(super) fn host_replies(self, route: &Route, reply: Reply, error: Option<String>) -> Settlement {
        let offered = reply::offered(&[(&route.agent, &reply)]);
        self.host_answers(route, vec![reply], offered, error)
    }

    /// The settlement of a turn that the host itself answers; `offered` is what may be chosen then.
    pub(super) fn host_says_all(
        self,
        route: &Route,
        replies: Vec<Reply>,
        offered: Option<Offered>,
        effects: Vec<Effect>,
    ) -> Settlement {
        let language = self.language_learnt();
        let mut settlement = self.host_answers(route, replies, offered, None);
        settlement.effects.extend(effects);
        settlement.person.language = language.or(settlement.person.language);
        settlement
    }

    fn host_answers(
        mut self,
        route: &Route,
        said: Vec<Reply>,
        offered: Option<Offered>,
        error: Option<String>,
    ) -> Settlement {
        let chain = Chain::none(error);
        let response = said.iter().map(reply::plain_text).collect::<Vec<_>>().join("\n\n");
        let body = |reply: &Reply| {
            reply::bodies(&route.agent, reply, None).unwrap_or_else(|_| vec![text_body(&reply::plain_text(reply))])
        };
        let bodies: Vec<String> = said.iter().flat_map(body).collect();
        let replies: Vec<store::Reply> =
            bodies.into_iter().map(|body| self.reply(&route.agent, body, self.reply_kind())).collect();
        let event = Some(self.event(route, &chain, response.clone()));
        let mut session = self.next_session(route, &self.claim.message.content, &chain, response);
        if let (Some(session), true) = (&mut session, chain.counts()) {
            session.offered = offered;
        }
        let journal = journal::write(&self, route, &chain, &replies, session.as_ref());
        Settlement { session, replies, event, journal: Some(journal), ..self.blank() }
    }

    /// The host's apology, as a reply.
    pub(super) fn apology(&self) -> store::Reply {
        let text = HostMessage::Apology.text(&self.language);
        store::Reply {
            agent: self.session.agent.clone(),
            body: text_body(text),
            url: None,
            kind: store::ReplyKind::Answer,
        }
    }

    /// A settlement that only marks the message as answered.
    pub(super) fn blank(&self) -> Settlement {
        let currency = self.app.defaults.currency.clone();
        Settlement { currency, ..Settlement::of(self.claim, self.app.clock.now()) }
    }

    /// What the turn's replies are to the person.
    pub(super) fn reply_kind(&self) -> ReplyKind {
        if self.claim.message.kind == Kind::Notice { ReplyKind::Notice } else { ReplyKind::Answer }
    }

    /// A reply by the Graph API.
    pub(super) fn reply(&self, agent: &str, body: String, kind: ReplyKind) -> store::Reply {
        store::Reply { agent: agent.to_owned(), body, url: None, kind }
    }

    fn put_host_text(&self, agent: &str, text: &str, bodies: &mut Vec<store::Reply>, texts: &mut Vec<String>) {
        bodies.push(self.reply(agent, text_body(text), self.reply_kind()));
        texts.push(text.to_owned());
    }

    /// Renders the replies as bodies for the Graph API; fails at the first one that breaks WhatsApp's limits.
    fn put_replies(
        &self,
        chain: &Chain,
        cards: &HashMap<String, Card>,
        bodies: &mut Vec<store::Reply>,
        texts: &mut Vec<String>,
    ) -> Result<(), String> {
        for (agent, reply) in chain.replies() {
            let card = match reply {
                Reply::Contact(contact) => match cards.get(&contact.match_) {
                    Some(card) => Some(card),
                    None => {
                        self.put_host_text(agent, HostMessage::ContactWithdrawn.text(&self.language), bodies, texts);
                        continue;
                    }
                },
                _ => None,
            };
            let graph = reply::bodies(agent, reply, card)
                .map_err(|wrong| format!("a reply of `{agent}` cannot be sent: {wrong}"))?;
            bodies.extend(graph.into_iter().map(|body| self.reply(agent, body, self.reply_kind())));
            texts.push(reply::plain_text(reply));
        }
        Ok(())
    }

    /// The changes to the person's row.
    fn person_change(&self, content: &Content, effects: &[Effect]) -> PersonChange {
        PersonChange {
            language: chosen_language(effects).or_else(|| self.language_learnt()),
            opted_out: self.starts_again.then_some(false),
            place: match content {
                Content::Place(place) if is_on_earth(place) => Some(place.clone()),
                _ => None,
            },
        }
    }

    /// The person's language, if this turn was told it or is sure of another than is known.
    fn language_learnt(&self) -> Option<String> {
        let recognised = self.language_is_sure && self.claim.person.language.as_deref() != Some(self.language.as_str());
        (recognised || self.language_chosen).then(|| self.language.clone())
    }
}

/// The language that the person chose in this turn, as an agent wrote it.
fn chosen_language(effects: &[Effect]) -> Option<String> {
    effects.iter().rev().find_map(|effect| match &effect.write {
        Write::Preference { name, value } if name == "language" => Some(value.clone()),
        _ => None,
    })
}

/// Whether a person waits for word after a turn: on a listing, a search, an application.
fn waits_for_word(effects: &[Effect]) -> bool {
    let waits = |effect: &Effect| {
        matches!(
            effect.write,
            Write::ListingCreate { .. } | Write::SaveSearch { .. } | Write::Apply { .. } | Write::MatchPropose { .. }
        )
    };
    effects.iter().any(waits)
}

/// A text message's body for the Graph API.
pub(super) fn text_body(words: &str) -> String {
    body::text(words).to_string()
}

/// Whether a place can be stored: its point, if any, has valid coordinates.
fn is_on_earth(place: &types::Place) -> bool {
    place.point.is_none_or(|p| (-90.0..=90.0).contains(&p.latitude) && (-180.0..=180.0).contains(&p.longitude))
}
