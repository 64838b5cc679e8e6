//! The token budget: daily caps in total, per agent and per person, over all hosts. Tokens are reserved before the model is asked and
//! settled when it has answered, whatever becomes of the caller.

use switchboard_core::{
    contract::model::{Part, Request},
    model::Asker,
};
use switchboard_store::{Reservation, Store, StoreError, Tokens};
use tokio::runtime::Handle;

use crate::whatsapp::files::File;

/// Bytes of a question that are at least a token, so that the estimate is rather too high: of English a token has four, of the other
/// languages fewer.
const BYTES_PER_TOKEN: usize = 3;

/// Bytes of a file that are about a token: a voice note of 16 kbit/s has 32 tokens a second.
const FILE_BYTES_PER_TOKEN: usize = 64;

/// The most tokens that are estimated for a file. A picture's tokens do not grow with its bytes.
const FILE_TOKENS_MAX: usize = 4_000;

/// Daily caps on tokens, input and output together. Days are in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// `MODEL_TOKENS_PER_DAY`: in total.
    pub all: u64,
    /// `MODEL_TOKENS_PER_AGENT`: per agent.
    pub agent: u64,
    /// `MODEL_TOKENS_PER_PERSON`: per person.
    pub person: u64,
}

/// The cap that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cap {
    /// The total.
    #[error("the day's tokens are spent")]
    All,
    /// The agent's.
    #[error("the agent's tokens of the day are spent")]
    Agent,
    /// The person's.
    #[error("the person's tokens of the day are spent")]
    Person,
}

/// Why a question is not asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotAdmitted {
    #[error(transparent)]
    Cap(Cap),
    #[error("its tokens could not be reserved: {0}")]
    Store(#[from] StoreError),
}

/// The tokens that a question may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Estimate {
    /// The question's, with the host's own rules and a file.
    prompt: u64,
    /// The answer's, at most.
    answer: u64,
}

impl Estimate {
    /// Of a question, which these rules of the host go before.
    pub(super) fn of(rules: &str, request: &Request, file: Option<&File>) -> Estimate {
        let part = |part: &Part| match part {
            Part::Said(text) => text.len(),
            Part::Called(call) => call.name.len() + call.arguments.len(),
            Part::Answered(answered) => answered.name.len() + answered.result.len(),
        };
        let entries: usize = request.entries.iter().map(|entry| part(&entry.part)).sum();
        let tools: usize =
            request.tools.iter().map(|tool| tool.name.len() + tool.about.len() + tool.parameters.len()).sum();
        let schema = request.answer_schema.as_deref().map_or(0, str::len);
        let words = (rules.len() + request.system.len() + entries + tools + schema).div_ceil(BYTES_PER_TOKEN);
        let file = file.map_or(0, |file| (file.bytes.len() / FILE_BYTES_PER_TOKEN).min(FILE_TOKENS_MAX));
        Estimate { prompt: (words + file) as u64, answer: request.tokens_max.into() }
    }

    fn tokens(self) -> i64 {
        capped(self.prompt.saturating_add(self.answer))
    }
}

/// Counts used tokens and enforces the caps.
pub struct Budget {
    caps: Caps,
    store: Store,
}

impl Budget {
    /// A budget of these caps, kept in a database.
    pub fn new(caps: Caps, store: Store) -> Budget {
        Budget { caps, store }
    }

    /// Whether a question fits into the caps by what is known now; that it does is for [`reserve`](Budget::reserve).
    pub(super) async fn admit(&self, asker: Asker<'_>, estimate: Estimate, now: i64) -> Result<(), NotAdmitted> {
        let used = self.store.tokens_used(asker.agent, asker.person, now).await?;
        let fits = |used: i64, cap: u64| used.saturating_add(estimate.tokens()) <= capped(cap);
        match () {
            () if !fits(used.all, self.caps.all) => Err(NotAdmitted::Cap(Cap::All)),
            () if !fits(used.agent, self.caps.agent) => Err(NotAdmitted::Cap(Cap::Agent)),
            () if !fits(used.person, self.caps.person) => Err(NotAdmitted::Cap(Cap::Person)),
            () => Ok(()),
        }
    }

    /// Reserves a question's tokens.
    pub(super) async fn reserve(
        &self,
        asker: Asker<'_>,
        estimate: Estimate,
        now: i64,
    ) -> Result<Reserved, NotAdmitted> {
        let Caps { all, agent, person } = self.caps;
        let caps = Tokens { all: capped(all), agent: capped(agent), person: capped(person) };
        let tokens = (estimate.tokens(), capped(estimate.prompt));
        match self.store.reserve_tokens((asker.agent, asker.person), tokens, caps, now).await {
            Ok(reservation) => Ok(Reserved { store: self.store.clone(), reservation: Some(reservation), now }),
            // Others were faster: which cap it is, they have told the table.
            Err(error) if error.is_overrun() => {
                self.admit(asker, estimate, now).await?;
                Err(NotAdmitted::Cap(Cap::All))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The tokens of a question that is being asked. Dropped, as a turn is that has run out of time, it is settled as if nobody knew what
/// was used.
pub(super) struct Reserved {
    store: Store,
    reservation: Option<Reservation>,
    now: i64,
}

impl Reserved {
    /// Settles it: so many tokens were used; if nobody can say, those of the question count.
    pub(super) async fn settle(mut self, used: Option<u64>) {
        // A task of its own: it is settled once and wholly, whatever becomes of the caller.
        if let Some(settled) = self.begin(used) {
            let _ = settled.await;
        }
    }

    fn begin(&mut self, used: Option<u64>) -> Option<tokio::task::JoinHandle<()>> {
        let (store, reservation, now) = (self.store.clone(), self.reservation.take()?, self.now);
        // Without a runtime the process is at its end, and the reservation ends by itself.
        let runtime = Handle::try_current().ok()?;
        Some(runtime.spawn(async move {
            if let Err(error) = store.settle_tokens(reservation, used.map(capped), now).await {
                tracing::warn!("the tokens of a question were not settled, and end by themselves: {error}");
            }
        }))
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        drop(self.begin(None));
    }
}

fn capped(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap_or(i64::MAX)
}
