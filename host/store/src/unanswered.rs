//! Why a message has no answer though nothing failed.

/// Why a message has no answer. Stored with the message, so that a trace can say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// The business wrote it itself, from its own app.
    Echo,
    /// A notice that says nothing any more.
    Pointless,
    /// Above the rate limit.
    Flood,
    /// A human answers its person.
    TakenOver,
    /// It asks for nothing, such as a reaction.
    Nothing,
    /// A notice for somebody who opted out.
    OptedOut,
    /// A notice outside the customer service window.
    Deferred,
    /// It came late: a newer message was answered, or the customer service window was closed.
    Late,
}

impl Unanswered {
    const ALL: [Unanswered; 8] = [
        Unanswered::Echo,
        Unanswered::Pointless,
        Unanswered::Flood,
        Unanswered::TakenOver,
        Unanswered::Nothing,
        Unanswered::OptedOut,
        Unanswered::Deferred,
        Unanswered::Late,
    ];

    /// Its name in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Unanswered::Echo => "echo",
            Unanswered::Pointless => "pointless",
            Unanswered::Flood => "flood",
            Unanswered::TakenOver => "taken_over",
            Unanswered::Nothing => "nothing",
            Unanswered::OptedOut => "opted_out",
            Unanswered::Deferred => "deferred",
            Unanswered::Late => "late",
        }
    }

    /// The reason of this name.
    pub fn parse(name: &str) -> Option<Unanswered> {
        Unanswered::ALL.into_iter().find(|why| why.as_str() == name)
    }

    /// What an operator reads.
    pub fn sentence(self) -> &'static str {
        match self {
            Unanswered::Echo => "the business wrote it itself, from its own app",
            Unanswered::Pointless => "the notice came when it said nothing any more",
            Unanswered::Flood => "it was dropped by the rate limit of its person (FLOOD_PER_MINUTE)",
            Unanswered::TakenOver => "a human answers its person, agents are silent",
            Unanswered::Nothing => "it asks for nothing",
            Unanswered::OptedOut => "its person opted out, and it is a notice",
            Unanswered::Deferred => "the notice waits until its person writes: the customer service window is closed",
            Unanswered::Late => {
                "it came late: it stands in the history, and is answered with what its person writes next"
            }
        }
    }
}
