//! The host's own messages to people, in the four languages. The texts stand in `host_messages.tsv`.

use std::{collections::HashMap, sync::LazyLock};

/// The texts; the file's head says what a row is.
const TEXTS: &str = include_str!("host_messages.tsv");

/// By name, in the order of the file's columns.
static BY_NAME: LazyLock<HashMap<&'static str, Vec<String>>> = LazyLock::new(|| {
    let rows = TEXTS.lines().filter(|row| !row.starts_with('#')).filter_map(|row| row.split_once('\t'));
    rows.map(|(name, texts)| (name, texts.split('\t').map(|text| text.replace("\\n", "\n")).collect())).collect()
});

/// Declares the messages: a case, and its name in the file.
macro_rules! messages {
    ($($(#[$doc:meta])* $message:ident = $name:literal,)*) => {
        /// A message of the host itself.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum HostMessage { $($(#[$doc])* $message,)* }

        impl HostMessage {
            /// All of them.
            #[cfg(test)]
            const ALL: &[HostMessage] = &[$(HostMessage::$message,)*];

            /// Its name in the file.
            const fn name(self) -> &'static str {
                match self { $(HostMessage::$message => $name,)* }
            }
        }
    };
}

messages! {
    /// An agent failed; nothing was changed.
    Apology = "apology",
    /// The person opted out.
    OptedOut = "opted_out",
    /// The agent that the person was talking to, or chose, is off.
    AgentOff = "agent_off",
    /// The agent is off, and the open flow was kept.
    AgentOffFlowKept = "agent_off_flow_kept",
    /// The agent is on again: asks whether to resume the kept flow.
    FlowCanResume = "flow_can_resume",
    /// The button that resumes a kept flow.
    ResumeFlow = "resume_flow",
    /// The button that discards it.
    StartAgain = "start_again",
    /// No agent can answer.
    NoAgent = "no_agent",
    /// A voice note that could not be transcribed.
    VoiceNotUnderstood = "voice_not_understood",
    /// A poll, an event, a photo to be seen once, an invitation to a group: WhatsApp does not pass them on.
    NotPassedOn = "not_passed_on",
    /// Too many messages within a minute.
    RateLimited = "rate_limited",
    /// Of the notices that waited for the person, so many are not told one by one.
    MoreNotices = "more_notices",
    /// The person who was asked for something has not written for a day, and cannot be asked to.
    Unreached = "unreached",
    /// The person gives their contact to others, and has no number that the host knows.
    AskNumber = "ask_number",
    /// A contact that is no longer disclosed.
    ContactWithdrawn = "contact_withdrawn",
    /// The button that repeats the open question.
    GoOn = "go_on",
    /// The button that ends the open flow.
    Leave = "leave",
    /// The button that brings a person.
    Human = "human",
    /// The button that agrees.
    Yes = "yes",
    /// The button that declines.
    No = "no",
    /// Emergency numbers.
    Emergency = "emergency",
    /// Numbers for anyone who wants to die.
    Distress = "distress",
    /// What the general number is for.
    NumberGeneral = "number_general",
    /// The police.
    NumberPolice = "number_police",
    /// An ambulance.
    NumberAmbulance = "number_ambulance",
    /// The fire brigade.
    NumberFire = "number_fire",
    /// Help in distress.
    NumberMentalHealth = "number_mental_health",
    /// Help against violence.
    NumberViolence = "number_violence",
    /// Help for children.
    NumberChild = "number_child",
    /// A ticket was opened for a person of the business.
    HumanTold = "human_told",
    /// Such a ticket is open already.
    HumanWaits = "human_waits",
    /// A human of the business has joined the conversation.
    HumanJoined = "human_joined",
    /// The human has left it.
    HumanLeft = "human_left",
    /// What the person wrote was added to a ticket.
    TicketJoined = "ticket_joined",
    /// From when humans answer.
    HoursFrom = "hours_from",
    /// The days, from Monday, separated by commas.
    Days = "days",
    /// Asks whether the person was satisfied.
    Satisfied = "satisfied",
    /// Answers their answer.
    Rated = "rated",
    /// The ticket's subject.
    HumanSubject = "human_subject",
    /// The subject of a ticket for an emergency.
    EmergencySubject = "emergency_subject",
    /// Answers thanks.
    Thanks = "thanks",
    /// Answers a greeting inside a flow.
    Greeting = "greeting",
    /// Answers a good-bye.
    Goodbye = "goodbye",
    /// Explains a question of an agent that cannot.
    Explain = "explain",
    /// The language was changed.
    LanguageSet = "language_set",
    /// Which languages the business number answers in.
    LanguagesHere = "languages_here",
    /// The open flow was ended.
    Left = "left",
    /// Asks whether all notices are to stop.
    StopAll = "stop_all",
    /// They are not.
    NoticesKept = "notices_kept",
    /// Notices are on again.
    NoticesOn = "notices_on",
    /// Somebody who gets no notices waits for an answer.
    SwitchOn = "switch_on",
    /// Several things wait for a yes or no.
    Which = "which",
    /// The label of their list.
    Choose = "choose",
    /// What waits is put off.
    PendingLater = "pending_later",
    /// The flow did not understand, again.
    NotUnderstood = "not_understood",
    /// And again.
    OfferHuman = "offer_human",
    /// What waits goes on waiting.
    QuestionOpen = "question_open",
    /// The button that shows the menu.
    Menu = "menu",
    /// Before a question that is asked again.
    GoneOn = "gone_on",
}

impl HostMessage {
    /// The text in a language; English if there is no translation.
    pub(super) fn text(self, language: &str) -> &'static str {
        let texts = BY_NAME.get(self.name()).map(Vec::as_slice).unwrap_or_default();
        let column = match language {
            "fr" => 1,
            "rw" => 2,
            "sw" => 3,
            _ => 0,
        };
        texts.get(column).or(texts.first()).map_or("", String::as_str)
    }

    /// The text with values in the place of `{name}`.
    pub(super) fn with(self, language: &str, values: &[(&str, &str)]) -> String {
        let filled = |text: String, (name, value): &(&str, &str)| text.replace(&format!("{{{name}}}"), value);
        values.iter().fold(self.text(language).to_owned(), filled).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is filled into a text.
    fn blanks(text: &str) -> Vec<&str> {
        let mut blanks: Vec<&str> = text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        blanks.sort_unstable();
        blanks
    }

    #[test]
    fn no_text_is_missing_in_any_language() {
        let rows = TEXTS.lines().filter(|row| !row.starts_with('#')).count();
        assert_eq!((rows, BY_NAME.len()), (HostMessage::ALL.len(), HostMessage::ALL.len()));
        for message in HostMessage::ALL {
            let texts = &BY_NAME[message.name()];
            assert_eq!(texts.len(), 4, "{}", message.name());
            for text in texts {
                assert!(!text.trim().is_empty(), "{}", message.name());
                assert_eq!(blanks(text), blanks(&texts[0]), "{}: {text}", message.name());
            }
        }
    }
}
