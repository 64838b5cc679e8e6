//! What happened in a turn: a part of the phone's page and of the page of one turn.

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnEnd {
    /// It was answered.
    Answered,
    /// The agent was stopped.
    Stopped,
    /// It waits.
    Waits,
    /// It is held.
    Held,
    /// It went to the legacy service.
    Forwarded,
    /// It was given up.
    Dead,
    /// It has no answer.
    Unanswered,
}

impl TurnEnd {
    /// Its class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            TurnEnd::Answered => "ok",
            TurnEnd::Waits | TurnEnd::Held | TurnEnd::Forwarded | TurnEnd::Unanswered => "",
            TurnEnd::Stopped => "warn",
            TurnEnd::Dead => "bad",
        }
    }

    /// The name of its icon.
    pub fn icon(self) -> &'static str {
        match self {
            TurnEnd::Answered => "circle-check",
            TurnEnd::Waits => "hourglass",
            TurnEnd::Held => "clock",
            TurnEnd::Forwarded => "send",
            TurnEnd::Stopped => "triangle-alert",
            TurnEnd::Dead => "circle-x",
            TurnEnd::Unanswered => "info",
        }
    }
}

/// What a part of the words says.
#[derive(Clone, Debug)]
pub struct ReadingLine {
    /// The part.
    pub span: String,
    /// Its meaning, as JSON.
    pub meaning: String,
    /// Whether another meaning is about as likely.
    pub is_unsure: bool,
}

/// The score of an agent.
#[derive(Clone, Debug)]
pub struct Score {
    /// The agent.
    pub agent: String,
    /// From 0; by keywords.
    pub score: String,
    /// The share of the best, in percent, for a bar.
    pub percent: u8,
}

/// A call of the host.
#[derive(Clone, Debug)]
pub struct Call {
    /// Interface and function.
    pub name: String,
    /// What was asked.
    pub asked: String,
    /// What came back.
    pub got: String,
    /// Whether it worked.
    pub ok: bool,
    /// Whether it writes.
    pub writes: bool,
    /// How long it took, as people read it.
    pub took: String,
    /// Where its bar begins, in percent of the agent's calls.
    pub from: String,
    /// How long its bar is, in percent.
    pub width: String,
}

/// A change of the flow.
#[derive(Clone, Debug)]
pub struct FlowChange {
    /// Whether it is there after the turn.
    pub is_new: bool,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// One agent's run.
#[derive(Clone, Debug)]
pub struct AgentRun {
    /// The agent.
    pub agent: String,
    /// Its version, if it is known.
    pub version: Option<String>,
    /// The first digits of the SHA-256 of its component.
    pub sha256: String,
    /// The fuel, as people read it.
    pub fuel: String,
    /// What it asked the host.
    pub calls: Vec<Call>,
    /// How the flow changed, in a line: `none → selling/price`.
    pub flow: Option<String>,
    /// The same by name.
    pub changes: Vec<FlowChange>,
    /// Whom it handed over to, and why.
    pub handoff: Option<(String, String)>,
    /// Why it was stopped.
    pub stopped: Option<String>,
    /// What it logged, a line each.
    pub log: Vec<String>,
}

/// A turn in parts.
#[derive(Clone, Debug)]
pub struct Happened {
    /// The message's id.
    pub message: i64,
    /// What it says.
    pub said: String,
    /// What became of it.
    pub end: TurnEnd,
    /// In a few words: answered in 5 ms.
    pub short: String,
    /// In a sentence.
    pub sentence: String,
    /// What its words say.
    pub readings: Vec<ReadingLine>,
    /// The agent that it went to; none without a turn.
    pub agent: Option<String>,
    /// Why it went there, in a sentence.
    pub why: String,
    /// The keywords that matched.
    pub keywords: Vec<String>,
    /// The scores of agents.
    pub scores: Vec<Score>,
    /// The agents that ran.
    pub runs: Vec<AgentRun>,
    /// Why there was no agent's own answer.
    pub error: Option<String>,
    /// What was committed, a few words each.
    pub committed: Vec<String>,
    /// How far the replies came, in a sentence; empty without replies.
    pub sent: String,
    /// Why there is no more to see: its journal is gone, or cannot be read.
    pub no_journal: Option<String>,
    /// Whether the turn is of a test number.
    pub is_test: bool,
}

impl AgentRun {
    /// How many calls it made.
    pub fn count(&self) -> i64 {
        i64::try_from(self.calls.len()).unwrap_or(i64::MAX)
    }
}
