//! The types of `privacy`: counts of the data stored about a person.

use serde::{Deserialize, Serialize};

/// A count of stored items under a name, for instance `listings`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Holding {
    /// The name of what is counted.
    pub what: String,
    /// The count.
    pub count: u32,
}
