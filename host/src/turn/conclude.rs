//! The conclusion of a turn: builds the settlement (replies, session, effects, event, journal) that is committed in one transaction.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    chain::Chain,
    context::{TurnContext, TurnError},
    host_message::HostMessage,
    journal,
};
use switchboard_core::{
    contract::{
        listings::ContactPolicy,
        matches,
        types::{self, Content, Next, Reply, Speaker, Utterance},
    },
    effect::{Effect, Write},
    inbox::Kind,
    session::{HISTORY_KEPT, Session, UTTERANCE_BYTES_MAX},
};
use switchboard_edge::whatsapp::{
    body,
    reply::{self, Card},
};
use switchboard_sandbox::route::{Reason, Route};
use switchboard_store as store;
use switchboard_store::{PersonChange, ReplyKind, Settlement};

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
        let is_notice = route.reason == Reason::Notice;
        let response = texts.join("\n\n");
        let journal = journal::write(&self, &route, &chain, &bodies);
        let event = (!is_notice).then(|| self.event(&route, &chain, response.clone()));
        let person = self.person_change(content, &effects);
        let session = self.next_session(&route, content, &chain, response);
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

    /// The settlement of a message during a takeover: it is added to the history, and nothing is answered.
    pub(super) fn silent(mut self) -> Settlement {
        let route = Route::certain(&self.session.agent, Reason::Taken);
        let session = self.next_session(&route, &self.claim.message.content, &Chain::none(None), String::new());
        Settlement { session, ..self.blank() }
    }

    /// The settlement of an operator's message to the person; the session keeps its agent and flow.
    pub(super) fn operator_says(mut self, text: &str) -> Settlement {
        let route = Route::certain(&self.session.agent, Reason::Notice);
        let (mut bodies, mut texts) = (Vec::new(), Vec::new());
        self.put_host_text(&route.agent, text, &mut bodies, &mut texts);
        let chain = Chain::none(None);
        let journal = journal::write(&self, &route, &chain, &bodies);
        let session = self.next_session(&route, &self.claim.message.content, &chain, text.to_owned());
        Settlement { session, replies: bodies, journal: Some(journal), ..self.blank() }
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

    /// The settlement of a turn that the host itself answers, possibly with choices.
    pub(super) fn host_replies(mut self, route: &Route, reply: Reply, error: Option<String>) -> Settlement {
        let chain = Chain::none(error);
        let response = reply::plain_text(&reply);
        let words = || vec![text_body(&response)];
        let bodies = reply::bodies(&route.agent, &reply, None).unwrap_or_else(|_| words());
        let replies: Vec<store::Reply> =
            bodies.into_iter().map(|body| self.reply(&route.agent, body, self.reply_kind())).collect();
        let journal = journal::write(&self, route, &chain, &replies);
        let event = Some(self.event(route, &chain, response.clone()));
        let mut session = self.next_session(route, &self.claim.message.content, &chain, response);
        if let (Some(session), true) = (&mut session, chain.counts()) {
            session.offered = reply::offered(&[(&route.agent, &reply)]);
        }
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
    fn reply_kind(&self) -> ReplyKind {
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

    /// Contact cards that may be disclosed: of the other party of each match that is accepted, possibly in this very turn.
    async fn contact_cards(&self, chain: &Chain) -> Result<HashMap<String, Card>, TurnError> {
        let mut cards = HashMap::new();
        for (agent, reply) in chain.replies() {
            let Reply::Contact(contact) = reply else { continue };
            let Ok(id) = contact.match_.parse::<Uuid>() else { continue };
            if let Some(other) = self.consenting_party(chain, agent, id).await?
                && let Some(card) = self.app.store.contact(other).await?
                && let Some(phone) = card.phone
            {
                let name = card.name.unwrap_or_else(|| phone.e164());
                cards.insert(contact.match_.clone(), Card { name, phone });
            }
        }
        Ok(cards)
    }

    /// The other party of an accepted match. The seeker consents by proposing, the owner by accepting or by the listing's policy.
    /// Reads the turn's own effects first, since they are not committed yet.
    async fn consenting_party(&self, chain: &Chain, agent: &str, id: Uuid) -> Result<Option<Uuid>, TurnError> {
        let writes = || chain.links.iter().flat_map(|link| &link.effects).map(|effect| &effect.write);
        let proposed = writes().find_map(|write| match write {
            Write::MatchPropose { id: made, listing, status } if *made == id => Some((*listing, *status)),
            _ => None,
        });
        if let Some((listing, status)) = proposed {
            let owner = self.app.store.listing_owner(agent, listing).await?.map(|(owner, _)| owner);
            return Ok(owner.filter(|_| status == matches::Status::Accepted));
        }
        let Some(parties) = self.app.store.match_parties(agent, id).await? else { return Ok(None) };
        let answered = writes().fold(parties.status, |status, write| match write {
            Write::MatchAnswer { id: of, status } if *of == id => *status,
            _ => status,
        });
        let me = self.claim.person.id;
        let other = match me {
            _ if me == parties.seeker => Some(parties.owner),
            _ if me == parties.owner => Some(parties.seeker),
            _ => None,
        };
        Ok(other.filter(|_| answered == matches::Status::Accepted))
    }

    /// The changes to the person's row.
    fn person_change(&self, content: &Content, effects: &[Effect]) -> PersonChange {
        let recognised = self.claim.person.language.is_none() && self.language != self.app.defaults.language;
        let chosen = effects.iter().rev().find_map(|effect| match &effect.write {
            Write::Preference { name, value } if name == "language" => Some(value.clone()),
            _ => None,
        });
        PersonChange {
            language: chosen.or_else(|| recognised.then(|| self.language.clone())),
            opted_out: self.starts_again.then_some(false),
            place: match content {
                Content::Place(place) if is_on_earth(place) => Some(place.clone()),
                _ => None,
            },
        }
    }

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
            session.history.push(Utterance { speaker: Speaker::Person, text: cut(words_of(content)), at });
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
            // After a failure or a refusal, the earlier choices stay valid.
            if chain.counts() {
                session.offered = reply::offered(&chain.replies());
            }
        }
        let old = session.history.len().saturating_sub(HISTORY_KEPT);
        session.history.drain(..old);
        Some(session)
    }
}

/// Whether a turn gives the person's contact to others: now, or once somebody asks.
fn gives_contact(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| match &effect.write {
        Write::MatchPropose { .. } => true,
        Write::MatchAnswer { status, .. } => *status == matches::Status::Accepted,
        Write::ListingCreate { draft, .. } => draft.contact != ContactPolicy::Never,
        _ => false,
    })
}

/// A text message's body for the Graph API.
fn text_body(words: &str) -> String {
    body::text(words).to_string()
}

/// Whether a place can be stored: its point, if any, has valid coordinates.
fn is_on_earth(place: &types::Place) -> bool {
    place.point.is_none_or(|p| (-90.0..=90.0).contains(&p.latitude) && (-180.0..=180.0).contains(&p.longitude))
}

/// A text as the history holds it.
fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(UTTERANCE_BYTES_MAX));
    text.shrink_to_fit();
    text
}

/// A message's text in the history that agents read.
fn words_of(content: &Content) -> String {
    match content {
        Content::Text(text) => text.clone(),
        Content::Tap(tap) => tap.title.clone(),
        Content::Place(place) => format!("[place {}]", place.name.as_deref().unwrap_or("")),
        Content::Media(media) => media.transcript.clone().or(media.caption.clone()).unwrap_or_else(|| "[media]".into()),
        Content::Contacts(_) => "[contacts]".into(),
        Content::Order(_) => "[order]".into(),
        Content::Reaction(_) => "[reaction]".into(),
        Content::Form(form) => format!("[form {}]", form.name),
        Content::Notice(notice) => format!("[notice {}]", notice.kind),
        Content::Unsupported(_) | Content::Other(types::Other { .. }) => "[unsupported]".into(),
    }
}
