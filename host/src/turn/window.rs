//! The customer service window in a turn. A notice that comes outside it waits until its person writes; a message that came too late for
//! it is answered by a template, and by what its person writes next. Of messages that came late, a person's newest is answered.

use super::{
    chain::{self, Chain},
    context::{TurnContext, TurnError},
    understand::Meaning,
};
use switchboard_core::{
    contract::types::{self, Content, Speaker, Template, Utterance},
    effect::{Effect, Write},
    inbox::Kind,
    window,
};
use switchboard_edge::whatsapp::{body, reply};
use switchboard_sandbox::route::{
    Reason, Route,
    command::{self, Command},
};
use switchboard_store::{Message, Reply, ReplyKind, Settlement, Unanswered};

impl TurnContext<'_> {
    /// Whether the customer service window is open: outside it only templates may be sent.
    pub(super) fn window_is_open(&self) -> bool {
        window::is_open(self.wrote_at(), self.now)
    }

    /// When the person last wrote on this business number, by Meta's time.
    fn wrote_at(&self) -> i64 {
        let message = &self.claim.message;
        match message.kind {
            Kind::Message | Kind::Placeholder => self.claim.wrote_at.max(message.sent_at.min(message.received_at)),
            _ => self.claim.wrote_at,
        }
    }

    /// Whether the message came late and a newer one that came with it is answered in its place.
    pub(super) fn is_overtaken(&self) -> bool {
        let (message, session) = (&self.claim.message, self.claim.session.as_ref());
        let history = session.map(|session| session.history.as_slice()).unwrap_or_default();
        window::is_late(message.sent_at, message.received_at)
            && (self.claim.newer_waits || newer_was_answered(message, history))
    }

    /// Whether it is *stop* and came late, and the person said *start* after it; or the other way round.
    pub(super) fn is_taken_back(&self, meaning: &Meaning) -> bool {
        let message = &self.claim.message;
        let opposite = match meaning {
            Meaning::Command(Command::Stop) => Command::Start,
            Meaning::Command(Command::Start) => Command::Stop,
            _ => return false,
        };
        let is_newer = |said: &&Utterance| said.speaker == Speaker::Person && time(said) > message.sent_at;
        window::is_late(message.sent_at, message.received_at)
            && self.session.history.iter().filter(is_newer).any(|said| command::of(&said.text, false) == Some(opposite))
    }

    /// Adds a message to the history, where it is answered with what the person writes next; a template asks them to. *Stop* and *start*
    /// count however late they come.
    pub(super) async fn stands_in_history(mut self, meaning: &Meaning) -> Result<Settlement, TurnError> {
        let (claim, is_overtaken) = (self.claim, self.is_overtaken());
        let opted_out = match meaning {
            Meaning::Command(Command::Stop) => Some(true),
            Meaning::Command(Command::Start) => Some(false),
            _ => None,
        };
        let opted_out = opted_out.filter(|_| !self.is_taken_back(meaning));
        if opted_out == Some(true) {
            self.session.flow = None;
        }
        let wants_nothing = opted_out.unwrap_or(claim.person.opted_out) || claim.person.taken_over || is_overtaken;
        let agent = self.session.agent.clone();
        let replies = if wants_nothing { Vec::new() } else { self.template(&agent).await? };
        let route = Route::certain(&agent, Reason::Taken);
        let session = self.next_session(&route, &claim.message.content, &Chain::none(None), String::new());
        let mut settlement = Settlement { session, replies, ..self.blank() }.because(Unanswered::Late);
        settlement.person.opted_out = opted_out;
        Ok(settlement)
    }

    /// Defers a notice outside the window until the person writes. A template asks them to.
    pub(super) async fn defer_until_person_writes(self) -> Result<Settlement, TurnError> {
        let agent = self.claim.message.agent.clone().unwrap_or_default();
        let replies = self.template(&agent).await?;
        Ok(Settlement { replies, ..self.defer() })
    }

    /// Defers a notice until the person writes.
    pub(super) fn defer(&self) -> Settlement {
        let Content::Notice(notice) = &self.claim.message.content else { return self.blank() };
        let agent = self.claim.message.agent.clone().unwrap_or_default();
        let at = u64::try_from(self.now).unwrap_or_default();
        let (template, until) = (self.claim.message.template.clone(), self.claim.message.until);
        let until = until.and_then(|until| u64::try_from(until).ok());
        let write = Write::Timer { key: None, at, notice: notice.clone(), template, until };
        Settlement { effects: vec![Effect { agent, write }], ..self.blank() }.because(Unanswered::Deferred)
    }

    /// Whether a timer's time is over.
    pub(super) fn is_pointless(&self) -> bool {
        self.claim.message.until.is_some_and(|until| until <= self.now)
    }

    /// The template that a timer has for a closed window, if one may go.
    pub(super) async fn template_of_timer(&self) -> Result<Option<Template>, TurnError> {
        let Some(template) = self.claim.message.template.as_ref().filter(|it| self.is_wanted(&it.name)) else {
            return Ok(None);
        };
        let (person, business) = (self.claim.person.id, &self.claim.message.business);
        let allowed = self.app.store.template_allowed(person, business, self.now).await?;
        Ok(allowed.then(|| template.clone()))
    }

    /// The settlement of a timer outside the window: its agent runs and is told so; of its replies the first template goes, without one
    /// the given one. The history stays as it is, since nothing else was said.
    pub(super) async fn says_by_template(mut self, agent: &str, given: Template) -> Result<Settlement, TurnError> {
        self.outside_window = true;
        let marketing = &self.app.defaults.marketing_templates;
        let unwanted: Vec<String> = if self.claim.person.no_marketing { marketing.clone() } else { Vec::new() };
        let given = reply::bodies(agent, &types::Reply::Template(given), None)
            .ok()
            .and_then(|bodies| bodies.into_iter().next());
        let given = given.map(|body| self.reply(agent, body, ReplyKind::Template));
        let settlement = match self.version(agent) {
            Some(first) => {
                let content = self.claim.message.content.clone();
                let chain = chain::run(&self, first, &content).await;
                if chain.host_failed {
                    return Err(TurnError::Sandbox(chain.error.unwrap_or_default()));
                }
                self.conclude(Route::certain(agent, Reason::Notice), &content, None, chain).await?
            }
            None => self.blank(),
        };
        let is_wanted = |reply: &Reply| body::template_name(&reply.body).is_none_or(|name| !unwanted.contains(&name));
        let replies = template_of(&settlement.replies).or(given).into_iter().filter(is_wanted).collect();
        Ok(Settlement { replies, session: None, ..settlement })
    }

    /// Whether a template may go to the person: one of marketing only to those who did not choose in WhatsApp that they want none.
    pub(super) fn is_wanted(&self, template: &str) -> bool {
        !self.claim.person.no_marketing || !self.app.defaults.marketing_templates.iter().any(|name| name == template)
    }

    /// The notice template, if one is configured and none went to the person on this number within a day.
    async fn template(&self, agent: &str) -> Result<Vec<Reply>, TurnError> {
        let notice = self.number.notice_template.as_ref();
        let Some(template) = notice.filter(|it| self.is_wanted(&it.name)) else { return Ok(Vec::new()) };
        let (person, business) = (self.claim.person.id, &self.claim.message.business);
        if !self.app.store.template_allowed(person, business, self.now).await? {
            return Ok(Vec::new());
        }
        let body = body::template(&template.name, &template.language, &[]);
        Ok(vec![self.reply(agent, body.to_string(), ReplyKind::Template)])
    }
}

/// The first template among replies.
fn template_of(replies: &[Reply]) -> Option<Reply> {
    let is_template = |reply: &&Reply| body::is_template(&reply.body);
    replies.iter().find(is_template).map(|reply| Reply { kind: ReplyKind::Template, ..reply.clone() })
}

/// Whether a newer message of the person was answered after this one came. What was answered before that could not take this one's place.
fn newer_was_answered(message: &Message, history: &[Utterance]) -> bool {
    let theirs = history.iter().enumerate().filter(|(_, utterance)| utterance.speaker == Speaker::Person);
    let newest = theirs.max_by_key(|(index, utterance)| (time(utterance), *index));
    let Some((index, _)) = newest.filter(|(_, utterance)| time(utterance) > message.sent_at) else { return false };
    history.get(index + 1).is_some_and(|next| next.speaker == Speaker::Agent && time(next) >= message.received_at)
}

/// When something was said, in milliseconds.
fn time(utterance: &Utterance) -> i64 {
    i64::try_from(utterance.at).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(speaker: Speaker, at: u64) -> Utterance {
        Utterance { speaker, text: String::new(), at }
    }

    #[test]
    fn of_an_agent_s_replies_only_a_template_goes() {
        let reply = |body: &str| Reply { agent: "a".into(), body: body.into(), url: None, kind: ReplyKind::Notice };
        let (text, template) = (reply(r#"{"type":"text"}"#), reply(r#"{"type":"template"}"#));
        assert_eq!(template_of(std::slice::from_ref(&text)), None);
        let found = template_of(&[text, template.clone(), reply(r#"{"type":"template","other":1}"#)]);
        assert_eq!(found, Some(Reply { kind: ReplyKind::Template, ..template }));
    }

    #[test]
    fn only_an_answer_that_was_given_since_takes_the_place_of_another() {
        let message = Message {
            id: 1,
            business: "1".into(),
            wamid: None,
            kind: Kind::Message,
            content: Content::Text("hello".into()),
            agent: None,
            sent_at: 1_000,
            received_at: 9_000,
            waited_ms: None,
            extras: Vec::new(),
            is_on_last: false,
            failures: 0,
            crashes: 0,
            template: None,
            until: None,
            depth: 0,
            quotes: None,
        };
        let overtaken = |history: &[Utterance]| newer_was_answered(&message, history);
        assert!(!overtaken(&[]));
        assert!(overtaken(&[said(Speaker::Person, 2_000), said(Speaker::Agent, 9_000)]));
        assert!(!overtaken(&[said(Speaker::Person, 2_000), said(Speaker::Agent, 8_999)]), "answered before it came");
        assert!(!overtaken(&[said(Speaker::Person, 2_000)]), "not answered");
        assert!(!overtaken(&[said(Speaker::Person, 900), said(Speaker::Agent, 9_000)]), "older");
        let (newest, older) = (said(Speaker::Person, 3_000), said(Speaker::Person, 2_000));
        assert!(overtaken(&[older, newest, said(Speaker::Agent, 9_500)]));
    }
}
