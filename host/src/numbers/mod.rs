//! Business numbers: which are ours, what an operator says of each (languages, agents, hours, template), and what Meta says of them and of
//! the account.

mod edit;
mod live;

use std::sync::Arc;

use switchboard_core::{meta_notice::MetaNotice, test_number};
use switchboard_edge::webhook::{KeepNotices, OurNumbers};
use switchboard_store::{Store, StoreError};

pub use edit::{NumberError, NumberPatch, json, remove, set};
pub use live::{LiveNumbers, Number};

/// Which of some numbers are ours: those with a row, and test numbers, since nobody but this installation can sign for one.
pub(crate) fn ours(live: LiveNumbers) -> OurNumbers<StoreError> {
    Arc::new(move |asked: Vec<String>| {
        let numbers = live.current();
        let ours = asked.into_iter().filter(|number| numbers.is_known(number) || test_number::is_test(number));
        let ours = ours.collect();
        Box::pin(async move { Ok(ours) })
    })
}

/// Keeps Meta's notices, counts and logs those that are new.
pub(crate) fn notices(store: Store) -> KeepNotices<StoreError> {
    Arc::new(move |notices: Vec<MetaNotice>| {
        let store = store.clone();
        Box::pin(async move {
            for notice in notices {
                if store.keep_meta_notice(&notice).await? {
                    let (field, subject) = (notice.field.as_str(), notice.subject.as_str());
                    metrics::counter!("switchboard_meta_notices_total", "field" => notice.field.clone()).increment(1);
                    tracing::warn!(field, subject, "Meta gives notice: {}", notice.words());
                }
            }
            Ok(())
        })
    })
}
