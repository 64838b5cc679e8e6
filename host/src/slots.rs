//! The task that counts answers in slots, for charts: on one host at a time, behind the turns.

use std::{sync::Arc, time::Duration};

use crate::app::App;
use switchboard_store::StoreError;

/// How often is counted.
const EVERY: Duration = Duration::from_secs(20);

/// The same while it is behind, as at the first start on a database with many events.
const BEHIND: Duration = Duration::from_millis(500);

/// Counts until the task is dropped.
pub(crate) async fn follow(app: Arc<App>) {
    loop {
        let wait = match count(&app).await {
            Ok(true) => EVERY,
            Ok(false) => BEHIND,
            Err(error) => {
                tracing::warn!("answers could not be counted for charts: {error}");
                EVERY
            }
        };
        tokio::time::sleep(wait).await;
    }
}

/// Counts once; whether all up to now is counted.
async fn count(app: &App) -> Result<bool, StoreError> {
    let now = app.clock.now();
    if !app.store.has_duty("slots", now).await? {
        return Ok(true);
    }
    Ok(app.store.count_slots(now).await? >= now)
}
