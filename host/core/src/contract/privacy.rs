//! All that the business holds about the person.

use serde::{Deserialize, Serialize};

/// A count of what is held under a name, for instance `listings`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Holding {
    pub what: String,
    pub count: u32,
}
