//! Humans of the business in a turn: a person who asks for one, what is written while one answers or belongs to a ticket, and what humans say.

use super::{
    aside::{id, own},
    chain::Chain,
    conclude::text_body,
    context::{TurnContext, TurnError},
    host_message::HostMessage,
    journal,
    record::seed,
};
use crate::hours::opens;
use switchboard_core::{
    contract::{
        tickets,
        types::{Buttons, Content, Reply, Speaker},
    },
    effect::{Effect, Write},
};
use switchboard_edge::whatsapp::{reply, wire};
use switchboard_sandbox::route::{CLEAR, FALLBACK, Reason, Route};
use switchboard_store::{Settlement, Unanswered};
use switchboard_understand::{
    Analysis,
    acts::{Act, Found},
};
use uuid::Uuid;

/// In whose name staff's words stand in the outbox, in the place of an agent's.
const STAFF: &str = "staff";

/// For so long what a person writes next belongs to their ticket, in milliseconds: since they asked for a human, or since staff answered.
const NEXT_MS: i64 = 24 * 60 * 60 * 1000;

/// A ticket that is not older than this is still the same wish, in milliseconds.
const SAME_TICKET_MS: u64 = 24 * 60 * 60 * 1000;

/// How many of the person's last utterances a ticket holds.
const UTTERANCES: usize = 6;

/// The longest text that may be a command to an agent, in words, beside an answer to a ticket.
const BRIEF: usize = 4;

impl TurnContext<'_> {
    /// The settlement of a message during a takeover: it is for the human, and nothing is answered.
    pub(super) fn silent(mut self) -> Settlement {
        let ticket = self.claim.person.ticket.as_ref().map(|(number, _)| number.clone());
        let heard = self.heard(ticket);
        let route = Route::certain(&self.session.agent, Reason::Taken);
        let session = self.next_session(&route, &self.claim.message.content, &Chain::none(None), String::new());
        Settlement { session, effects: vec![heard], ..self.blank() }.because(Unanswered::TakenOver)
    }

    /// What the person wrote, for staff.
    fn heard(&self, ticket: Option<String>) -> Effect {
        let words = self.claim.message.content.shown();
        Effect { agent: FALLBACK.into(), write: Write::Heard { ticket, words } }
    }

    /// The settlement of what a human or the host says to the person; the session keeps its agent and flow.
    pub(super) fn operator_says(self, text: &str, by: Option<&str>) -> Settlement {
        let name = if by.is_some() { STAFF.to_owned() } else { self.session.agent.clone() };
        self.says_unasked(&name, Reply::Text(text.to_owned()))
    }

    /// The settlement of the question whether the person was satisfied.
    pub(super) fn asks_rating(self, rating: Uuid) -> Settlement {
        let choice = |word: &str, title: &str| own(&format!("{}{word}:{rating}", id::RATE), title);
        let body = HostMessage::Satisfied.text(&self.language).to_owned();
        let choices = vec![choice("up", "👍"), choice("down", "👎")];
        let agent = self.session.agent.clone();
        self.says_unasked(&agent, Reply::Buttons(Buttons { body, choices, numbered: false }))
    }

    /// The settlement of what goes to the person unasked, in this name.
    fn says_unasked(mut self, name: &str, said: Reply) -> Settlement {
        let route = Route::certain(&self.session.agent, Reason::Notice);
        let bodies = reply::bodies(wire::HOST, &said, None);
        let bodies = bodies.unwrap_or_else(|_| vec![text_body(&reply::plain_text(&said))]);
        let replies: Vec<_> = bodies.into_iter().map(|body| self.reply(name, body, self.reply_kind())).collect();
        let chain = Chain::none(None);
        let offered = self.session.offered.clone();
        let mut session = self.next_session(&route, &self.claim.message.content, &chain, reply::plain_text(&said));
        if let Some(session) = &mut session {
            // What was offered stays valid beside it.
            session.offered = reply::offered(&[(wire::HOST, &said)]).or(offered);
        }
        let journal = journal::write(&self, &route, &chain, &replies, session.as_ref());
        Settlement { session, replies, journal: Some(journal), ..self.blank() }
    }

    /// The settlement of the person's answer whether they were satisfied: `up` or `down`, a colon and the question's id.
    pub(super) fn rated(self, answer: &str) -> Settlement {
        let rated = answer.split_once(':').and_then(|(word, id)| Some((word == "up", id.parse().ok()?)));
        let write = rated.map(|(good, rating)| Write::Rated { rating, good });
        let effect = write.map(|write| Effect { agent: FALLBACK.into(), write });
        let text = HostMessage::Rated.text(&self.language).to_owned();
        self.says_with_ways(text, &[], effect.into_iter().collect())
    }

    /// Brings a human: a ticket with what was said, for the business's desk. The open flow waits.
    pub(super) async fn brings_human(self) -> Result<Settlement, TurnError> {
        let (number, write) = match self.next_ticket() {
            Some(number) => (number, None),
            None => self.ticket(HostMessage::HumanSubject, tickets::Priority::High).await?,
        };
        let message = if write.is_some() { HostMessage::HumanTold } else { HostMessage::HumanWaits };
        let effects = match write {
            Some(opened) => vec![opened],
            None => vec![self.heard(Some(number.clone()))],
        };
        let asked = Effect { agent: FALLBACK.into(), write: Write::Asked { number: number.clone() } };
        let text = message.with(&self.language, &[("ticket", &number), ("hours", &self.hours())]);
        Ok(self.says_beside_flow(text, effects.into_iter().chain([asked]).collect()))
    }

    /// The settlement of a message that belongs to a ticket: the person is told so.
    pub(super) fn joins_ticket(self, number: String) -> Settlement {
        let hours = self.hours_closed();
        let text = HostMessage::TicketJoined.with(&self.language, &[("ticket", &number), ("hours", &hours)]);
        let heard = self.heard(Some(number));
        self.says_beside_flow(text, vec![heard])
    }

    /// Says a text, with ways back to the open flow if there is one.
    fn says_beside_flow(self, text: String, effects: Vec<Effect>) -> Settlement {
        let ways: &[HostMessage] = if self.has_open_flow() { &[HostMessage::GoOn, HostMessage::Leave] } else { &[] };
        self.says_with_ways(text, ways, effects)
    }

    /// The ticket whose answer the message quotes.
    pub(super) async fn quoted_ticket(&self) -> Result<Option<String>, TurnError> {
        let is_said = matches!(
            self.claim.message.content,
            Content::Text(_) | Content::Media(_) | Content::Place(_) | Content::Contacts(_)
        );
        match self.quoted.filter(|_| is_said) {
            Some(quoted) => Ok(self.app.store.ticket_said_in(quoted, self.claim.person.id).await?),
            None => Ok(None),
        }
    }

    /// The ticket that what the person writes without a quote belongs to.
    pub(super) fn next_ticket(&self) -> Option<String> {
        let (number, since) = self.claim.person.ticket.as_ref()?;
        (self.now - since < NEXT_MS).then(|| number.clone())
    }

    /// The ticket that a text outside a flow belongs to: none if it clearly is for an agent, as a wish or as a brief command.
    pub(super) fn ticket_of_text(&self, text: &Analysis<'_>) -> Option<String> {
        let number = self.next_ticket().filter(|_| self.session.flow.is_none())?;
        let scored = self.scored(text);
        let is_clear = scored.best.is_some() && scored.confidence >= CLEAR;
        // A complaint to the menu's agent is for the humans who have the ticket.
        let is_another = scored.best.as_deref().is_some_and(|best| best != FALLBACK);
        let is_wish = |it: &Found| matches!(it.act, Act::Offer | Act::Seek | Act::Price) && it.from <= 4;
        let wishes = is_another && text.said.acts.iter().any(is_wish);
        (!is_clear || !(wishes || text.words.len() <= BRIEF)).then_some(number)
    }

    /// The number of the person's open ticket of the last day, else of a new one, with its write. An urgent one is always new.
    pub(super) async fn ticket(
        &self,
        subject: HostMessage,
        priority: tickets::Priority,
    ) -> Result<(String, Option<Effect>), TurnError> {
        let now = u64::try_from(self.now).unwrap_or_default();
        let known = self.app.store.tickets_of(self.claim.person.id).await?;
        let subject = subject.text(&self.app.defaults.language).to_owned();
        let is_open = |ticket: &&tickets::Ticket| {
            ticket.status == tickets::Status::Open
                && now.saturating_sub(ticket.opened_at) < SAME_TICKET_MS
                && (priority != tickets::Priority::Urgent || ticket.subject == subject)
        };
        if let Some(ticket) = known.iter().find(is_open) {
            return Ok((ticket.number.clone(), None));
        }
        let number = tickets::number(seed(&self.claim.message).rotate_left(17));
        let said = self.session.history.iter().filter(|said| said.speaker == Speaker::Person);
        let said: Vec<&str> = said.map(|said| said.text.as_str()).collect();
        let now_said = self.claim.message.content.shown();
        let before = said.len().saturating_sub(UTTERANCES);
        let details = said[before..].iter().copied().chain([now_said.as_str()]).collect::<Vec<_>>().join("\n");
        let details = details.chars().take(1_500).collect();
        let write = Write::Ticket { number: number.clone(), subject, details, priority };
        Ok((number, Some(Effect { agent: FALLBACK.into(), write })))
    }

    /// When people of the business answer: from when on, outside the number's hours; without these, the setting `hours` of the menu's agent.
    fn hours(&self) -> String {
        if self.number.hours.is_some() {
            return self.hours_closed();
        }
        let settings = self
            .version(FALLBACK)
            .map(|version| self.overrides.settings(FALLBACK, version.settings(&self.claim.message.business)));
        let settings: serde_json::Value = settings.and_then(|own| serde_json::from_str(&own).ok()).unwrap_or_default();
        settings["hours"].as_str().map(|hours| format!("({hours})")).unwrap_or_default()
    }

    /// From when on people of the business answer, outside the number's hours.
    fn hours_closed(&self) -> String {
        let time_zone = &self.app.defaults.time_zone;
        let Some(opens) = self.number.hours.as_ref().and_then(|hours| opens(hours, self.now, time_zone)) else {
            return String::new();
        };
        let days = HostMessage::Days.text(&self.language);
        let day = days.split(',').nth(opens.day.into()).unwrap_or_default();
        let time = format!("{:02}:{:02}", opens.minute / 60, opens.minute % 60);
        HostMessage::HoursFrom.with(&self.language, &[("day", day), ("time", &time)])
    }
}
