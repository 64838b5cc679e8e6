//! `/`: how the service is.

use std::sync::Arc;

use axum::{Extension, extract::State};
use switchboard_console::{
    Level, Look, Place,
    pages::{Figures, OverviewPage},
};
use switchboard_core::operator::OperatorRole;

use super::{
    answer::{PageResult, page, see},
    audit::change,
    guard::Guest,
    state::Console,
    view::{About, findings, frame},
};
use crate::operators::audit::{self, AuditChoice};

/// How many changes are shown, of so many acts.
const CHANGES: usize = 8;
const READ: usize = 100;

pub(super) async fn show(
    State(console): State<Arc<Console>>,
    Extension(guest): Extension<Guest>,
    Extension(look): Extension<Look>,
) -> PageResult {
    // Who works at the desk begins there.
    if guest.visitor.role == OperatorRole::Support && guest.path == "/" {
        return see("/inbox");
    }
    let (now, t) = (console.now().await, look.language.texts());
    let problems = findings(&now);
    let snapshot = &now.snapshot;
    let cannot_store = snapshot.database_away.is_some() || snapshot.unstored.is_some();
    let worst = problems.iter().map(|problem| problem.level).max().unwrap_or_default();
    let plural = |one, more, n| look.language.plural(one, more, n);
    let sentence = match () {
        () if cannot_store => t.cannot_store.to_owned(),
        () if !snapshot.starting.is_empty() => t.starting.to_owned(),
        () if problems.is_empty() => t.all_is_well.to_owned(),
        () => plural(t.needs_you, t.needs_you_more, problems.len() as i64),
    };
    let served = plural(t.served_by, t.served_by_more, snapshot.hosts.len() as i64);
    let served = served.replace("{percent}", &look.language.percent(snapshot.percent));
    let figures = match cannot_store {
        true => None,
        false => Some(console.figures().await?).filter(|figures| figures.messages > 0),
    };
    let figures = figures.map(|figures| Figures {
        messages: figures.messages,
        error_percent: figures.error_percent(),
        p95_ms: figures.p95_ms,
        people: figures.people,
    });
    let choice = AuditChoice { limit: READ, ..AuditChoice::default() };
    let mut acts = if cannot_store { Vec::new() } else { audit::read(&console.app.store, &choice).await? };
    // Who signed in changed nothing.
    acts.retain(|act| !act.act.starts_with("console."));
    acts.truncate(CHANGES);
    let about = About::new(Place::Overview, t.overview);
    page(&OverviewPage {
        f: frame(&console, &now, &guest, look, about),
        sentence,
        level: if cannot_store { Level::Bad } else { worst },
        served,
        problems,
        figures,
        waits: now.waits,
        dead: snapshot.counts.dead + snapshot.counts.outbox_dead + snapshot.counts.forwards_dead,
        changes: acts.into_iter().map(change).collect(),
    })
}
