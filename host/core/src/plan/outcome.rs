//! The outcomes of decisions on rollouts, and the words that the database and the API have for them.

use std::fmt;

use serde::{Serialize, Serializer};

/// Declares the outcomes, each with its word, so that [`Outcome::as_str`] and [`Outcome::parse`] know the same ones.
macro_rules! outcomes {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)+) => {
        /// The outcome of a decision on a rollout.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Outcome {
            $($(#[$doc])* $name,)+
            /// A word that this program does not know: a later one wrote the row. Made by [`Outcome::parse`] only.
            Other(String),
        }

        impl Outcome {
            /// The word stored in the database.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Outcome::$name => $word,)+
                    Outcome::Other(word) => word,
                }
            }

            /// Parses the word stored in the database; an unknown one is kept as it is.
            pub fn parse(word: &str) -> Outcome {
                match word {
                    $($word => Outcome::$name,)+
                    _ => Outcome::Other(word.to_owned()),
                }
            }
        }
    };
}

outcomes! {
    /// The rollout began.
    Started = "started",
    /// It went to the next step.
    Advanced = "advanced",
    /// The last step has passed.
    Completed = "completed",
    /// It stays at its step: paused by an operator, or by the controller until a limit is met.
    Held = "held",
    /// It ended: nobody is in.
    Aborted = "aborted",
    /// An operator continued it.
    Resumed = "resumed",
    /// An operator changed the percentage, or switched the service on or off.
    Manual = "manual",
    /// The controller could not read the figures.
    Error = "error",
    /// An agent's file serves everybody, without a candidate.
    Served = "served",
    /// An operator put an agent's candidate into service for everybody.
    Promoted = "promoted",
    /// An operator pinned an agent to one version.
    Pinned = "pinned",
    /// An operator let an agent's files decide again.
    Unpinned = "unpinned",
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_round_trips() {
        for (outcome, word) in [
            (Outcome::Started, "started"),
            (Outcome::Advanced, "advanced"),
            (Outcome::Completed, "completed"),
            (Outcome::Held, "held"),
            (Outcome::Aborted, "aborted"),
            (Outcome::Resumed, "resumed"),
            (Outcome::Manual, "manual"),
            (Outcome::Error, "error"),
            (Outcome::Served, "served"),
            (Outcome::Promoted, "promoted"),
            (Outcome::Pinned, "pinned"),
            (Outcome::Unpinned, "unpinned"),
            (Outcome::Other("paused".into()), "paused"),
            (Outcome::Other("Held".into()), "Held"),
            (Outcome::Other(String::new()), ""),
        ] {
            assert_eq!(Outcome::parse(word), outcome);
            assert_eq!((outcome.as_str(), outcome.to_string().as_str()), (word, word));
            assert_eq!(serde_json::json!(outcome), word);
        }
    }
}
