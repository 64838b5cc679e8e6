//! The layer above every form: what a person says beside the open question, or before any. Emergencies, a wish for a human, thanks, a
//! question about the question, another language, opting out, news of what is pending, and another wish are heard here, whatever language
//! an agent is written in and whatever contract it was built for. The open question survives.

mod refusal;
mod say;

pub(super) use say::own;

use super::{
    context::{TurnContext, TurnError},
    host_message::HostMessage,
    pending::{self, Answer},
    understand::Meaning,
};
use switchboard_core::{
    contract::{
        tickets,
        types::{Content, Extra, Tap},
    },
    session::Asked,
    text::{LANGUAGE_NAMES, LANGUAGES},
};
use switchboard_edge::whatsapp::wire;
use switchboard_sandbox::route::{
    CLEAR, FALLBACK, Reason, Route,
    command::{self, Command},
};
use switchboard_store::Settlement;
use switchboard_understand::{
    Analysis,
    acts::{Act, Found},
    emergency::{self, What},
};

/// Ids of the host's own choices.
pub(super) mod id {
    /// Repeats the open question.
    pub(in crate::turn) const AGAIN: &str = "again";
    /// Ends the open flow.
    pub(in crate::turn) const LEAVE: &str = "leave";
    /// Brings a person.
    pub(in crate::turn) const HUMAN: &str = "human";
    /// Stops all notices.
    pub(in crate::turn) const STOP: &str = "stop";
    /// Keeps them.
    pub(in crate::turn) const KEEP: &str = "keep";
    /// Switches them on again.
    pub(in crate::turn) const ON: &str = "on";
    /// Before `up` or `down`, a colon and the id of the question whether the person was satisfied.
    pub(in crate::turn) const RATE: &str = "rate=";
    /// Before the wire id of a pending choice.
    pub(in crate::turn) const PICK: &str = "pick=";
}

/// The longest text that is read as a wish for a human or for another language among other words.
const SHORT: usize = 12;

/// The most that the open flow's agent may score of what another one does, for a text to be that one's.
const OTHER_SHARE: f32 = 0.2;

/// What the layer made of a message.
pub(super) enum Layer<'a> {
    /// The host answered.
    Settled(Box<Settlement>),
    /// The message goes on its way, perhaps as something else.
    Goes(Box<TurnContext<'a>>, Meaning),
    /// It goes to this agent.
    Routed(Box<TurnContext<'a>>, Route, Content),
}

fn settled<'a>(settlement: Settlement) -> Result<Layer<'a>, TurnError> {
    Ok(Layer::Settled(Box::new(settlement)))
}

fn goes(context: TurnContext<'_>, meaning: Meaning) -> Result<Layer<'_>, TurnError> {
    Ok(Layer::Goes(Box::new(context), meaning))
}

fn routed<'a>(context: TurnContext<'a>, agent: &str, reason: Reason, content: Content) -> Result<Layer<'a>, TurnError> {
    Ok(Layer::Routed(Box::new(context), Route::certain(agent, reason), content))
}

fn tap(id: &str) -> Content {
    Content::Tap(Tap { id: id.to_owned(), title: id.to_owned() })
}

/// Hears what is said beside the open question.
pub(super) async fn hear<'a>(mut context: TurnContext<'a>, meaning: Meaning) -> Result<Layer<'a>, TurnError> {
    if meaning.is_unsolicited() {
        return goes(context, meaning);
    }
    context.read_quote().await?;
    pending::expire(&mut context.session.open.pending, context.now);
    let said = context.said(&meaning);
    let belongs = if matches!(meaning, Meaning::Command(_)) { None } else { context.quoted_ticket().await? };
    if let Some(said) = &said {
        let said = context.analysed(said);
        let needed = emergency::needed(&said);
        if !needed.is_empty() || said.said.does(Act::Emergency) || said.said.does(Act::Distress) {
            return settled(context.says_emergency(&said, &needed).await?);
        }
        if let Some(number) = belongs {
            return settled(context.joins_ticket(number));
        }
        let typed =
            matches!(context.claim.message.content, Content::Text(_) | Content::Media(_) | Content::Reaction(_));
        let is_open = matches!(meaning, Meaning::Talk(_) | Meaning::Nothing | Meaning::Choice { .. });
        if typed && is_open {
            match pending::answer(&said, context.quoted, &context.session) {
                Answer::None => {}
                Answer::Choice(Meaning::Choice { agent, tap }) => {
                    context.take_pending(&agent, &tap);
                    return goes(context, Meaning::Choice { agent, tap });
                }
                Answer::Choice(meaning) => return goes(context, meaning),
                Answer::Later => return settled(context.says_beside(HostMessage::PendingLater)),
                Answer::Dismissed => return settled(context.says_beside(HostMessage::QuestionOpen)),
                Answer::Which(rows) => return settled(context.asks_which(rows)),
            }
        }
    }
    if let Some(number) = belongs {
        return settled(context.joins_ticket(number));
    }
    match meaning {
        Meaning::Choice { agent, tap } if agent == wire::HOST => context.host_choice(tap).await,
        Meaning::Choice { agent, tap } if agent == FALLBACK && tap.id == id::HUMAN => {
            settled(context.brings_human().await?)
        }
        Meaning::Choice { agent, tap } => {
            context.take_pending(&agent, &tap);
            goes(context, Meaning::Choice { agent, tap })
        }
        Meaning::Command(Command::AskStop) => settled(context.asks_to_stop()),
        Meaning::Command(Command::Data) => {
            context.set_flow_aside();
            routed(context, FALLBACK, Reason::Exit, tap("data"))
        }
        // Inside a flow the menu is not shown: the person goes on, with notices.
        Meaning::Command(Command::Start) if context.session.flow.is_some() => settled(context.notices_on()),
        Meaning::Talk(Content::Text(text)) => context.hear_talk(text).await,
        Meaning::Talk(Content::Media(_) | Content::Place(_) | Content::Contacts(_))
            if context.session.flow.is_none() && context.next_ticket().is_some() =>
        {
            let number = context.next_ticket().unwrap_or_default();
            settled(context.joins_ticket(number))
        }
        meaning => goes(context, meaning),
    }
}

/// Whether a greeting asks whether somebody is still there: `hello??`, `allô ?`.
fn calls(said: &Analysis<'_>) -> bool {
    said.said.does(Act::Question) && said.words.len() <= 2
}

/// Whether a text among others asks for a human: of the service, and none to hire, as in `I need somebody to help me in the house`, nor to
/// be called by passengers.
fn asks_for_human(said: &Analysis<'_>) -> bool {
    let hires = said.said.deeds.contains(&"hire");
    !said.said.deeds.contains(&"drive")
        && said.said.acts.iter().any(|it| it.act == Act::Human && (!hires || it.to == said.words.len()))
}

impl<'a> TurnContext<'a> {
    /// The words of a message, if it has any; a reaction's emoji is one.
    fn said(&self, meaning: &Meaning) -> Option<String> {
        match (meaning, &self.claim.message.content) {
            (Meaning::Talk(Content::Text(text)), _) | (_, Content::Text(text)) => Some(text.clone()),
            (Meaning::Talk(Content::Media(media)), _) => media.caption.clone(),
            (Meaning::Nothing, Content::Reaction(reaction)) => reaction.emoji.clone(),
            _ => None,
        }
    }

    async fn hear_talk(mut self, text: String) -> Result<Layer<'a>, TurnError> {
        let said = self.analysed(&text);
        let whole = said.said.whole;
        let in_flow = self.session.flow.is_some();
        let is_short = said.words.len() <= SHORT;
        let talk = |text: String| Meaning::Talk(Content::Text(text));
        if self.claim.person.opted_out && command::is_start(&text) {
            return settled(self.notices_on());
        }
        if is_short && said.said.does(Act::OptOut) {
            return settled(self.asks_to_stop());
        }
        if whole == Some(Act::Human) || (is_short && asks_for_human(&said)) {
            return settled(self.brings_human().await?);
        }
        if let Some(wanted) = said.said.language.filter(|_| is_short && (!in_flow || whole == Some(Act::Language))) {
            return self.speaks(wanted);
        }
        if let (Some(act @ (Act::News | Act::Who)), Some(newest)) = (whole, self.newest_pending()) {
            let (agent, shown) = (newest.agent.clone(), pending::shown(newest).to_string());
            if self.version(&agent).is_some() {
                self.set_flow_aside();
                self.message_extras.push(Extra { name: "pending".into(), value: shown });
                self.message_extras.push(Extra { name: "act".into(), value: act.name().into() });
                return routed(self, &agent, Reason::Recent, Content::Text(text));
            }
        }
        match whole {
            Some(Act::Thanks) => return settled(self.says_beside(HostMessage::Thanks)),
            Some(Act::Goodbye) => return settled(self.says_beside(HostMessage::Goodbye)),
            Some(Act::Greeting) if in_flow => return settled(self.says_beside(HostMessage::Greeting)),
            // `hello??` asks the agent that was asked last.
            Some(Act::Greeting) if self.session.agent != FALLBACK && !calls(&said) => {
                return routed(self, FALLBACK, Reason::Keywords, Content::Text(text));
            }
            Some(Act::Explain) if in_flow && !self.reads() => return settled(self.says_beside(HostMessage::Explain)),
            Some(Act::Leave) if in_flow && !self.reads() => return settled(self.leaves()),
            Some(Act::MaybeOptOut) if in_flow => return settled(self.leaves()),
            _ => {}
        }
        if let Some(number) = self.ticket_of_text(&said) {
            return settled(self.joins_ticket(number));
        }
        match self.other_wish(&said) {
            Some(route) => {
                self.set_flow_aside();
                Ok(Layer::Routed(Box::new(self), route, Content::Text(text)))
            }
            None => goes(self, talk(text)),
        }
    }

    /// Whether the open flow's agent reads texts as the host does: a component that imports the readings of 1.1.
    fn reads(&self) -> bool {
        self.version(&self.session.agent).is_some_and(|version| version.grants("readings"))
    }

    /// The route of a text in an open flow that clearly wishes something of another agent, and is no answer to the open question.
    fn other_wish(&self, text: &Analysis<'_>) -> Option<Route> {
        self.session.flow.as_ref()?;
        // A description may say what somebody wants; a wish begins with it.
        let waits =
            |at: usize| text.said.acts.iter().any(|it| matches!(it.act, Act::Later | Act::Leave) && it.from < at);
        let begins = |at: usize| at <= 4 || waits(at) && at <= SHORT;
        let wishes = |it: &Found| matches!(it.act, Act::Offer | Act::Seek | Act::Price) && begins(it.from);
        if !text.said.acts.iter().any(wishes) || text.words.len() > 2 * SHORT {
            return None;
        }
        let scored = self.scored(text);
        let best = scored.best.as_ref().filter(|best| **best != self.session.agent && *best != FALLBACK)?;
        let is_clear = scored.of(&self.session.agent) <= OTHER_SHARE * scored.of(best);
        (scored.confidence >= CLEAR && is_clear).then(|| Route {
            agent: best.clone(),
            reason: Reason::Keywords,
            confidence: scored.confidence,
            keywords: scored.keywords.clone(),
        })
    }

    /// A choice of the host itself.
    async fn host_choice(mut self, tap: Tap) -> Result<Layer<'a>, TurnError> {
        match tap.id.as_str() {
            id::AGAIN if self.take_up_flow() => settled(self.asks_again()),
            id::LEAVE => settled(self.leaves()),
            id::HUMAN => settled(self.brings_human().await?),
            id::STOP => settled(self.opt_out()),
            id::KEEP => settled(self.says_beside(HostMessage::NoticesKept)),
            id::ON => settled(self.notices_on()),
            other if other.starts_with(id::RATE) => settled(self.rated(&other[id::RATE.len()..])),
            other => match other.strip_prefix(id::PICK).and_then(wire::parse) {
                Some((agent, id)) => {
                    let tap = Tap { id: id.to_owned(), title: tap.title };
                    self.take_pending(agent, &tap);
                    let meaning = Meaning::Choice { agent: agent.to_owned(), tap };
                    goes(self, meaning)
                }
                None => {
                    let (route, content) = self.menu(Reason::Exit);
                    Ok(Layer::Routed(Box::new(self), route, content))
                }
            },
        }
    }

    /// Speaks another language: outside a flow the menu's agent says so; inside one the open question is asked again in it. One that the
    /// business number does not answer in is answered with those that it does.
    fn speaks(mut self, wanted: &'static str) -> Result<Layer<'a>, TurnError> {
        if !self.number.speaks(wanted) {
            let names = LANGUAGES.iter().zip(LANGUAGE_NAMES).filter(|(language, _)| self.number.speaks(language));
            let names = names.map(|(_, name)| name).collect::<Vec<_>>().join(", ");
            let text = HostMessage::LanguagesHere.with(&self.language, &[("languages", &names)]);
            return settled(self.says_text_beside(text));
        }
        self.session.open.language = Some(wanted.to_owned());
        if self.session.flow.is_none() && self.version(FALLBACK).is_some() {
            self.language = wanted.to_owned();
            self.language_chosen = true;
            return routed(self, FALLBACK, Reason::Keywords, tap(&format!("lang:{wanted}")));
        }
        self.language = wanted.to_owned();
        self.language_chosen = true;
        if self.reads() {
            let agent = self.session.agent.clone();
            self.session.open.question = None;
            return routed(self, &agent, Reason::Flow, tap("flow:again"));
        }
        settled(self.says_beside(HostMessage::LanguageSet))
    }

    /// Emergency numbers, and an urgent ticket for the people at the desk. The open flow stays as it is, and its question is not asked.
    async fn says_emergency(self, text: &Analysis<'_>, needed: &[What]) -> Result<Settlement, TurnError> {
        let distress = text.said.does(Act::Distress) && !text.said.does(Act::Emergency);
        let needed = if needed.is_empty() && distress { &[What::MentalHealth][..] } else { needed };
        let country = self.person().country;
        let line = |row: emergency::Row| format!("📞 *{}*: {}", row.number, number_of(row.what).text(&self.language));
        let numbers: Vec<String> = emergency::numbers(&country, needed).into_iter().map(line).collect();
        let message = if distress { HostMessage::Distress } else { HostMessage::Emergency };
        let text = message.with(&self.language, &[("numbers", &numbers.join("\n"))]);
        let ticket = self.ticket(HostMessage::EmergencySubject, tickets::Priority::Urgent).await?;
        Ok(self.says_with_ways(text, &[HostMessage::Human], ticket.1.into_iter().collect()))
    }

    /// Asks whether all notices are to stop.
    fn asks_to_stop(mut self) -> Settlement {
        self.session.open.asked = Some(Asked::StopNotices);
        let text = HostMessage::StopAll.text(&self.language).to_owned();
        self.says_choices(text, &[(HostMessage::Yes, id::STOP), (HostMessage::No, id::KEEP)])
    }

    /// Notices are on again.
    fn notices_on(self) -> Settlement {
        let mut settlement = self.says_beside(HostMessage::NoticesOn);
        settlement.person.opted_out = Some(false);
        settlement
    }
}

/// What a number is for.
fn number_of(what: What) -> HostMessage {
    match what {
        What::General => HostMessage::NumberGeneral,
        What::Police => HostMessage::NumberPolice,
        What::Ambulance => HostMessage::NumberAmbulance,
        What::Fire => HostMessage::NumberFire,
        What::MentalHealth => HostMessage::NumberMentalHealth,
        What::Violence => HostMessage::NumberViolence,
        What::Child => HostMessage::NumberChild,
    }
}
