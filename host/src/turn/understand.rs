//! Classifies a message before it is routed: a host command, a menu choice, a system notice, an operator's message, or free text. Pure.

use super::host_message::HostMessage;
use switchboard_core::{
    contract::types::{Content, Tap},
    session::Session,
    text::is_blank,
};
use switchboard_edge::whatsapp::wire;
use switchboard_sandbox::route::{
    FALLBACK,
    command::{self, Command},
};
use switchboard_store::{Message, notice_kind};
use switchboard_understand::{Analysis, acts::Act};
use uuid::Uuid;

use super::chosen;

/// The length of a WhatsApp text message.
const TEXT_CHARACTERS_MAX: usize = 4_096;

/// The kind of notice that says how many more waited.
const MORE: &str = "host.more";

/// The kind of notice that says that the person who was asked for something cannot be reached.
const UNREACHED: &str = "host.unreached";

/// What WhatsApp does not pass on and people send all the same; what comes of itself, such as an edit, is never answered.
const NOT_PASSED_ON: [&str; 11] = [
    "poll",
    "poll_creation",
    "event",
    "event_creation",
    "view_once",
    "group_invite",
    "gif",
    "media_placeholder",
    "product",
    "hsm",
    "link_preview",
];

/// A message's classification.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// A command to the host itself.
    Command(Command),
    /// A choice that an agent offered: by tap, by number or by title.
    Choice { agent: String, tap: Tap },
    /// A system notice for an agent.
    Notice { agent: String },
    /// A message that a human of the business sends to the person, with their name.
    OperatorMessage { text: String, by: Option<String> },
    /// The person is to be asked whether they were satisfied.
    AsksRating { rating: Uuid },
    /// A notice of the host itself, with a number for its text.
    HostNotice { message: HostMessage, count: u64 },
    /// Something that WhatsApp does not pass on, such as a poll: the person is told, and an open question stays.
    NotPassedOn,
    /// Nothing that needs an answer.
    Nothing,
    /// Free text, and every other content.
    Talk(Content),
}

/// Classifies a voice note by its transcript.
pub(super) fn meaning_of_voice_note(
    words: &str,
    message: &Message,
    session: &Session,
    is_agent: impl Fn(&str) -> bool,
) -> Meaning {
    meaning(&Message { content: Content::Text(words.to_owned()), ..message.clone() }, None, session, is_agent)
}

impl Meaning {
    /// Whether it is a message to the person that they did not ask for.
    pub(super) fn is_unsolicited(&self) -> bool {
        match self {
            Meaning::Notice { .. }
            | Meaning::OperatorMessage { .. }
            | Meaning::AsksRating { .. }
            | Meaning::HostNotice { .. } => true,
            Meaning::Command(_)
            | Meaning::Choice { .. }
            | Meaning::NotPassedOn
            | Meaning::Nothing
            | Meaning::Talk(_) => false,
        }
    }

    /// Whether it is worth saying now only: that a human joined or left, and whether the person was satisfied.
    pub(super) fn is_of_the_moment(&self) -> bool {
        match self {
            Meaning::HostNotice { message, .. } => matches!(message, HostMessage::HumanJoined | HostMessage::HumanLeft),
            Meaning::AsksRating { .. } => true,
            _ => false,
        }
    }

    /// Whether this agent might answer it, or stands in the menu that is the answer.
    pub(super) fn might_go_to(&self, agent: &str) -> bool {
        match self {
            Meaning::Command(Command::Start | Command::Menu) | Meaning::Talk(_) => true,
            Meaning::Command(Command::Stop | Command::AskStop) => false,
            Meaning::Command(Command::Forget | Command::Data) => agent == FALLBACK,
            // Where it is off or refused, the menu comes.
            Meaning::Choice { agent: named, .. } => agent == named || agent == FALLBACK,
            Meaning::Notice { agent: named } => agent == named,
            Meaning::OperatorMessage { .. }
            | Meaning::AsksRating { .. }
            | Meaning::HostNotice { .. }
            | Meaning::NotPassedOn
            | Meaning::Nothing => false,
        }
    }

    /// Whether an agent would answer it.
    pub(super) fn is_asked_of_agents(&self) -> bool {
        match self {
            Meaning::Command(command) => matches!(command, Command::Menu | Command::Forget | Command::Data),
            Meaning::Choice { .. } | Meaning::Talk(_) | Meaning::NotPassedOn => true,
            Meaning::Notice { .. }
            | Meaning::OperatorMessage { .. }
            | Meaning::AsksRating { .. }
            | Meaning::HostNotice { .. }
            | Meaning::Nothing => false,
        }
    }
}

/// Classifies a message within its session; `said` is its analysis, if that is made. A tap of somebody who `is_agent` does not know is no
/// choice of ours.
pub(super) fn meaning(
    message: &Message,
    said: Option<&Analysis<'_>>,
    session: &Session,
    is_agent: impl Fn(&str) -> bool,
) -> Meaning {
    let in_flow = session.flow.is_some();
    match &message.content {
        Content::Notice(notice) if notice.kind == notice_kind::SAY => operator_message(&notice.data),
        Content::Notice(notice) if notice.kind == MORE => {
            let data: serde_json::Value = serde_json::from_str(&notice.data).unwrap_or_default();
            Meaning::HostNotice { message: HostMessage::MoreNotices, count: data["count"].as_u64().unwrap_or(1) }
        }
        Content::Notice(notice) if notice.kind == notice_kind::JOINED => {
            Meaning::HostNotice { message: HostMessage::HumanJoined, count: 1 }
        }
        Content::Notice(notice) if notice.kind == notice_kind::LEFT => {
            Meaning::HostNotice { message: HostMessage::HumanLeft, count: 1 }
        }
        Content::Notice(notice) if notice.kind == notice_kind::RATE => rating(&notice.data),
        Content::Notice(notice) if notice.kind == UNREACHED => {
            Meaning::HostNotice { message: HostMessage::Unreached, count: 1 }
        }
        Content::Notice(_) => match &message.agent {
            Some(agent) => Meaning::Notice { agent: agent.clone() },
            None => Meaning::Nothing,
        },
        Content::Reaction(reaction) => {
            let emoji = reaction.emoji.as_deref().filter(|_| message.is_on_last);
            emoji.and_then(|emoji| chosen(&Analysis::of(emoji), session)).unwrap_or(Meaning::Nothing)
        }
        Content::Unsupported(kind) if NOT_PASSED_ON.contains(&kind.as_str()) => Meaning::NotPassedOn,
        Content::Tap(tap) => match wire::parse(&tap.id) {
            Some((agent, id)) if agent == wire::HOST || is_agent(agent) => choice(agent, id, &tap.title),
            _ => foreign(tap, session),
        },
        Content::Text(text) => analysed(said, text, |said| typed(said, session)),
        // A command is one under a photo too; all else under it goes to the agent with the photo.
        other => {
            match other.words().and_then(|text| analysed(said, text, |said| command::of_analysis(said, in_flow))) {
                Some(command) => Meaning::Command(command),
                None => Meaning::Talk(other.clone()),
            }
        }
    }
}

/// Reads an operator's message: `{"text": …, "by": …}`.
fn operator_message(data: &str) -> Meaning {
    let data: serde_json::Value = serde_json::from_str(data).unwrap_or_default();
    match data["text"].as_str().filter(|text| !is_blank(text)) {
        Some(text) => Meaning::OperatorMessage { text: text.to_owned(), by: data["by"].as_str().map(str::to_owned) },
        None => Meaning::Nothing,
    }
}

/// Reads the question whether somebody was satisfied: `{"rating": …}`.
fn rating(data: &str) -> Meaning {
    let data: serde_json::Value = serde_json::from_str(data).unwrap_or_default();
    let rating = data["rating"].as_str().and_then(|id| id.parse().ok());
    rating.map_or(Meaning::Nothing, |rating| Meaning::AsksRating { rating })
}

/// Truncates a text to WhatsApp's limit for agents; the whole of it is stored with the message.
fn bounded(text: &str) -> String {
    let end = text.char_indices().nth(TEXT_CHARACTERS_MAX).map_or(text.len(), |(end, _)| end);
    text[..end].to_owned()
}

/// A choice of an agent.
fn choice(agent: &str, id: &str, title: &str) -> Meaning {
    Meaning::Choice { agent: agent.to_owned(), tap: Tap { id: id.to_owned(), title: title.to_owned() } }
}

/// What a text's analysis gives; it is analysed now if it is another text than the one that was.
fn analysed<T>(said: Option<&Analysis<'_>>, text: &str, give: impl FnOnce(&Analysis<'_>) -> T) -> T {
    match said.filter(|said| said.text() == text) {
        Some(said) => give(said),
        None => give(&Analysis::of(text)),
    }
}

/// Classifies what was typed.
fn typed(said: &Analysis<'_>, session: &Session) -> Meaning {
    if let Some(command) = command::of_analysis(said, session.flow.is_some()) {
        return Meaning::Command(command);
    }
    chosen(said, session).unwrap_or_else(|| Meaning::Talk(Content::Text(bounded(said.text()))))
}

/// The choice that a text or an emoji stands for, among those offered last.
fn chosen(said: &Analysis<'_>, session: &Session) -> Option<Meaning> {
    let (wire, title) = chosen::of(said, session.offered.as_ref()?, session.flow.is_some())?;
    let (agent, id) = wire::parse(&wire)?;
    Some(choice(agent, id, &title))
}

/// Classifies a tap on a button that is none of ours: of a template, a campaign, the replaced service. It is read by its title, as if that
/// were typed; a button that says *stop* in its title or payload stops.
fn foreign(tap: &Tap, session: &Session) -> Meaning {
    let payload = tap.id.replace(|c: char| !c.is_alphanumeric(), " ");
    let stops = |text: &str| Analysis::of(text).said.does(Act::OptOut);
    if stops(&tap.title) || stops(&payload) {
        return Meaning::Command(Command::Stop);
    }
    match typed(&Analysis::of(&tap.title), session) {
        Meaning::Talk(content) => command::of(payload.trim(), false).map_or(Meaning::Talk(content), Meaning::Command),
        known => known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchboard_core::{
        contract::types::{Media, MediaKind, Reaction},
        session::Offered,
    };

    fn meaning(message: &Message, session: &Session, is_agent: impl Fn(&str) -> bool) -> Meaning {
        super::meaning(message, None, session, is_agent)
    }

    fn session(numbered: bool) -> Session {
        let choices = [("jobs/start", "💼 Jobs"), ("support/faq:2", "Questions")];
        let choices = choices.map(|(id, title)| (id.to_owned(), title.to_owned())).to_vec();
        Session {
            agent: "support".into(),
            offered: Some(Offered { agent: "support".into(), numbered, choices }),
            ..Session::default()
        }
    }

    fn message(content: Content) -> Message {
        Message {
            id: 1,
            business: "1".into(),
            wamid: None,
            kind: switchboard_core::inbox::Kind::Message,
            content,
            agent: None,
            sent_at: 0,
            received_at: 0,
            waited_ms: None,
            extras: Vec::new(),
            is_on_last: false,
            failures: 0,
            crashes: 0,
            template: None,
            until: None,
            depth: 0,
            quotes: None,
        }
    }

    #[test]
    fn a_choice_is_known_by_tap_number_and_title() {
        let jobs = |title: &str| choice("jobs", "start", title);
        let text = |text: &str| meaning(&message(Content::Text(text.into())), &session(true), |_| true);
        let tap = Tap { id: "jobs/start".into(), title: "Emplois".into() };
        assert_eq!(meaning(&message(Content::Tap(tap)), &session(true), |_| true), jobs("Emplois"));
        assert_eq!(text("1"), jobs("💼 Jobs"));
        assert_eq!(text(" 1. "), jobs("💼 Jobs"));
        assert_eq!(text("jobs"), jobs("💼 Jobs"));
        assert_eq!(text("QUESTIONS"), choice("support", "faq:2", "Questions"));
        assert_eq!(text("3"), Meaning::Talk(Content::Text("3".into())));
        assert_eq!(text("0"), Meaning::Talk(Content::Text("0".into())));
        assert_eq!(text("menu"), Meaning::Command(Command::Menu));
    }

    #[test]
    fn a_number_is_a_number_where_the_question_wants_one() {
        let content = Content::Text("1".into());
        assert_eq!(meaning(&message(content.clone()), &session(false), |_| true), Meaning::Talk(content));
    }

    #[test]
    fn a_foreign_button_is_read_by_what_it_says() {
        let said = |id: &str, title: &str| {
            let tap = Tap { id: id.into(), title: title.into() };
            meaning(&message(Content::Tap(tap)), &session(true), |agent| agent == "jobs")
        };
        assert_eq!(said("https://example.org/x", "Questions"), choice("support", "faq:2", "Questions"));
        assert_eq!(said("campaign/7", "Tell me more"), Meaning::Talk(Content::Text("Tell me more".into())));
        assert_eq!(said("old/1", "Stop promotions"), Meaning::Command(Command::Stop));
        assert_eq!(said("UNSUBSCRIBE", "No more of this"), Meaning::Command(Command::Stop));
    }

    #[test]
    fn words_under_a_photo_are_what_the_person_says() {
        let photo = |caption: Option<&str>| {
            Content::Media(Media {
                kind: MediaKind::Image,
                handle: "image:1".into(),
                mime_type: "image/jpeg".into(),
                caption: caption.map(str::to_owned),
                transcript: None,
                file_name: None,
                extras: Vec::new(),
            })
        };
        let of = |caption| meaning(&message(photo(caption)), &session(true), |_| true);
        assert_eq!(of(Some("STOP")), Meaning::Command(Command::Stop));
        assert_eq!(of(Some("menu")), Meaning::Command(Command::Menu));
        for kept in [None, Some(" "), Some("I sell this fridge")] {
            assert_eq!(of(kept), Meaning::Talk(photo(kept)));
        }
    }

    #[test]
    fn a_thumb_on_the_last_question_is_yes_or_no() {
        let session = Session {
            offered: Some(Offered {
                choices: [("jobs/agree=yes", "✅ Yes"), ("jobs/agree=no", "Non merci")]
                    .map(|(id, title)| (id.to_owned(), title.to_owned()))
                    .to_vec(),
                agent: "jobs".into(),
                numbered: true,
            }),
            ..Session::default()
        };
        let of = |emoji: Option<&str>, is_on_last| {
            let reaction = Reaction { message: None, emoji: emoji.map(str::to_owned) };
            meaning(&Message { is_on_last, ..message(Content::Reaction(reaction)) }, &session, |_| true)
        };
        assert_eq!(of(Some("👍🏾"), true), choice("jobs", "agree=yes", "✅ Yes"));
        assert_eq!(of(Some("👎"), true), choice("jobs", "agree=no", "Non merci"));
        for (emoji, is_on_last) in [(Some("👍"), false), (Some("😂"), true), (None, true)] {
            assert_eq!(of(emoji, is_on_last), Meaning::Nothing);
        }
        let menu = Content::Reaction(Reaction { message: None, emoji: Some("👍".into()) });
        let on_menu = Message { is_on_last: true, ..message(menu) };
        assert_eq!(
            meaning(&on_menu, &super::tests::session(true), |_| true),
            Meaning::Nothing,
            "the menu asks for neither"
        );
        assert_eq!(
            meaning(&message(Content::Unsupported("poll_creation".into())), &session, |_| true),
            Meaning::NotPassedOn
        );
    }

    #[test]
    fn a_tap_without_an_agent_is_talk() {
        let tap = Tap { id: "YES".into(), title: "Yes please".into() };
        assert_eq!(
            meaning(&message(Content::Tap(tap)), &session(true), |_| true),
            Meaning::Talk(Content::Text("Yes please".into()))
        );
    }
}
