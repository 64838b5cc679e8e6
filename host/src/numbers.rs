//! Which business numbers are ours: those with a row in `business_number`, and test numbers; and what Meta says of them and of the account.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use switchboard_core::{meta_notice::MetaNotice, test_number};
use switchboard_edge::webhook::{KeepNotices, OurNumbers};
use switchboard_store::{Store, StoreError};

/// How long the rows that were read count: a number that is added is answered after that.
const READ_AGAIN: Duration = Duration::from_secs(2);

/// The numbers, and when they were read.
type Known = (Instant, Arc<HashSet<String>>);

/// Asks the database which numbers are ours, at most once in [`READ_AGAIN`].
pub(crate) fn ours(store: Store) -> OurNumbers<StoreError> {
    let known: Arc<Mutex<Option<Known>>> = Arc::default();
    Arc::new(move |asked: Vec<String>| {
        let (store, known) = (store.clone(), known.clone());
        Box::pin(async move {
            let last = known.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let ours = match last {
                Some((at, ours)) if at.elapsed() < READ_AGAIN => ours,
                _ => {
                    let rows = store.numbers().await?;
                    let ours: Arc<HashSet<String>> = Arc::new(rows.into_iter().map(|row| row.business).collect());
                    *known.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), ours.clone()));
                    ours
                }
            };
            // Nobody but this installation can sign for a test number.
            Ok(asked.into_iter().filter(|number| ours.contains(number) || test_number::is_test(number)).collect())
        })
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
