//! Which signed items are answered: not those of a business number that is not ours, and none that is older than Meta's retries.

use std::{collections::HashSet, sync::Arc};

use futures_util::future::BoxFuture;

use switchboard_core::inbox::{Delivery, Item};

/// How long Meta retries a delivery, in milliseconds: seven days. What is older was recorded and sent again by somebody else; its id
/// may already be forgotten.
pub const RETRIED_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// What becomes of a delivery for a business number that has no row in `business_number`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownNumber {
    /// Its messages are answered, and the number gets its row.
    Answer,
    /// Its messages are stored and not answered.
    Store,
    /// It is refused with 403 and not stored, unless it holds something for a known number too.
    Refuse,
}

/// Asks which of some business numbers are ours.
pub type OurNumbers<E> = Arc<dyn Fn(Vec<String>) -> BoxFuture<'static, Result<HashSet<String>, E>> + Send + Sync>;

/// The business numbers of a delivery.
pub(super) fn numbers(delivery: &Delivery) -> Vec<String> {
    let numbers: HashSet<&str> = delivery.items.iter().map(business).filter(|number| !number.is_empty()).collect();
    numbers.into_iter().map(str::to_owned).collect()
}

/// Items that are not handled, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Unanswered {
    pub(super) unknown_number: u64,
    pub(super) too_old: u64,
}

/// Marks what is not to be answered as silent. A change of an identity that is too old is left out: it would be played a second time.
pub(super) fn silence(delivery: &mut Delivery, is_ours: impl Fn(&str) -> bool) -> Unanswered {
    let mut unanswered = Unanswered::default();
    let oldest = delivery.received_at - RETRIED_MS;
    delivery.items.retain_mut(|item| {
        let (at, asks) = match item {
            Item::Message(message) => (message.sent_at, message.kind.is_to_be_answered()),
            Item::Identity(change) => (change.at, true),
            Item::Status(_) => return true,
        };
        let reason = match () {
            () if !asks => return true,
            () if at < oldest => &mut unanswered.too_old,
            () if !is_ours(business(item)) => &mut unanswered.unknown_number,
            () => return true,
        };
        *reason += 1;
        match item {
            Item::Message(message) => {
                message.kind = switchboard_core::inbox::Kind::Silent;
                true
            }
            Item::Identity(_) | Item::Status(_) => false,
        }
    });
    unanswered
}

fn business(item: &Item) -> &str {
    match item {
        Item::Message(message) => &message.business,
        Item::Status(status) => &status.business,
        Item::Identity(change) => &change.business,
    }
}
