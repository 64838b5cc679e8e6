//! A seeded day: what pages show when much has happened.

use switchboard_kit::{shell::Shell, stage::Stage};

/// The business number of the emulator.
const BUSINESS: &str = "106540352242922";

/// Puts a day up to now into the stage's database, whose host does not run: ids of its rows are given here.
pub async fn seed(stage: &Stage) {
    let now = jiff::Timestamp::now().as_millisecond().to_string();
    let sql = include_str!("day.sql").replace("$now", &now).replace("$business", BUSINESS);
    Shell::open(&stage.url()).await.run(&sql).await;
}
