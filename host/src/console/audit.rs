//! `/audit`: who did what.

use switchboard_console::{
    Place,
    pages::{AuditPage, Change},
};

use super::{
    answer::{PageResult, page},
    request::PageRequest,
    view::About,
};
use crate::operators::audit::{self, AuditChoice, AuditEntry};

/// How many acts a page has.
const ACTS: usize = 50;

pub(super) async fn show(request: PageRequest) -> PageResult {
    let PageRequest { console, fields: query, .. } = &request;
    let text = |name: &str| query.get(name).trim().to_owned();
    let (who, act, before) = (text("who"), text("act"), query.get("before").parse::<i64>().ok());
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let choice = AuditChoice { before, who: some(&who), act: some(&act), limit: ACTS, ..AuditChoice::default() };
    let found = audit::read(&console.app.store, &choice).await?;
    let acts: Vec<Change> = found.into_iter().map(change).collect();
    let last = acts.last().filter(|_| acts.len() == ACTS).map(|last| last.at);
    let older = last.map(|at| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("who", &who).append_pair("act", &act).append_pair("before", &at.to_string());
        format!("/audit?{}", query.finish())
    });
    let (about, now) = (About::new(Place::Audit, request.t().frame.audit), console.now().await);
    page(&AuditPage { f: request.frame(&now, about), who, act, acts, older })
}

/// An act as pages show it.
pub(super) fn change(entry: AuditEntry) -> Change {
    let at = entry.at.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_millisecond);
    let AuditEntry { who, way, act, subject, before, after, .. } = entry;
    Change { at, who, way, act, subject, before, after }
}
