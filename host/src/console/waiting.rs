//! `/waiting`: what did not arrive, and why; queues, hosts and problems.

use std::collections::BTreeMap;

use axum::extract::Path;
use switchboard_console::{
    Level, Look, Notice, Place, Texts,
    pages::{DeadGroup, DeadRow, HostRow, Queue, Reason, WaitingPage},
};
use switchboard_core::failure::Failure;
use switchboard_store::{Counts, DeadChoice, DeadEvent, DeadKind, DeadLetter, HostStatus, host_of_node};

use super::{
    answer::{ConsoleError, PageResult, page, see},
    fields::Fields,
    request::PageRequest,
    view::{About, findings},
};
use crate::rollout::Hosted;

/// The most letters of a kind that are shown.
const SHOWN: i64 = 100;

/// The most letters that one form may name.
const CHOSEN_MAX: usize = 500;

/// What is done with letters: sent or answered again, or given up for good. Each is as it was read just before, or is left as it is.
pub(super) async fn order(
    PageRequest { console, guest, fields, .. }: PageRequest,
    Path(kind): Path<String>,
) -> PageResult {
    let (store, kind) = (&console.app.store, DeadKind::parse(&kind).ok_or(ConsoleError::NotFound)?);
    let event = match fields.get("order") {
        "retry" => DeadEvent::Retried,
        "discard" => DeadEvent::Discarded,
        _ => return Err(ConsoleError::Malformed),
    };
    let (mut letters, mut chosen) = (Vec::new(), 0);
    for id in fields.all("id").take(CHOSEN_MAX) {
        let id = id.parse().map_err(|_| ConsoleError::Malformed)?;
        chosen += 1;
        letters.extend(store.dead_letter(kind, id).await?);
    }
    let done = if letters.is_empty() { 0 } else { store.decide_dead(&letters, event, &guest.actor).await? };
    see(&format!("/waiting?{}={done}&of={chosen}", event.as_str()))
}

/// What came of an order, as a sentence.
fn done(query: &Fields, look: Look) -> Option<Notice> {
    let (t, language) = (look.language.texts(), look.language);
    let number = |name: &str| query.get(name).parse::<i64>().ok();
    let chosen = number("of")?;
    let (words, done) = match (number("retried"), number("discarded")) {
        (Some(n), _) => (language.plural(t.waiting.retried, t.waiting.retried_more, n), n),
        (_, Some(n)) => (language.plural(t.waiting.discarded, t.waiting.discarded_more, n), n),
        _ => return None,
    };
    let left = (chosen - done).max(0);
    let (level, words) = match () {
        () if chosen == 0 => (Level::Warn, t.waiting.nothing_chosen.to_owned()),
        () if left > 0 => {
            (Level::Warn, format!("{words} {}", language.plural(t.waiting.not_all, t.waiting.not_all_more, left)))
        }
        () => (Level::Fine, words),
    };
    Some(Notice { level, words })
}

pub(super) async fn show(request: PageRequest) -> PageResult {
    let PageRequest { console, look, fields, .. } = &request;
    let (now, t, store) = (console.now().await, request.t(), &console.app.store);
    let mut about = About::new(Place::Waiting, t.frame.waiting).topics("waiting");
    about.notice = done(fields, *look);
    let f = request.frame(&now, about);
    let (mut dead, mut cut) = (Vec::new(), None);
    for kind in [DeadKind::Reply, DeadKind::Message, DeadKind::Forward] {
        let letters = store.dead_letters(&DeadChoice::all(kind), 0, SHOWN).await?;
        if letters.len() as i64 == SHOWN {
            cut = Some(SHOWN);
        }
        dead.extend(groups(kind, &letters, t, f.may_support()));
    }
    page(&WaitingPage {
        dead,
        cut,
        queues: queues(&now.snapshot.counts, t),
        hosts: store.hosts().await?.into_iter().map(host).collect(),
        problems: findings(&now),
        f,
    })
}

/// Letters of a kind by reason, the most frequent reason first.
fn groups(kind: DeadKind, letters: &[DeadLetter], t: &'static Texts, sees_people: bool) -> Vec<DeadGroup> {
    let mut by_reason: BTreeMap<(Reason, String), Vec<DeadRow>> = BTreeMap::new();
    for letter in letters {
        let (reason, code) = reason(kind, letter.error.as_deref().unwrap_or_default());
        by_reason.entry((reason, code)).or_default().push(row(letter, sees_people));
    }
    let heading = match kind {
        DeadKind::Reply => t.waiting.dead_replies,
        DeadKind::Message => t.waiting.dead_messages,
        DeadKind::Forward => t.waiting.dead_forwards,
    };
    let group = |((reason, code), rows)| DeadGroup {
        kind: kind.as_str(),
        heading,
        can_retry: reason != Reason::Final && (kind != DeadKind::Reply || reason != Reason::Window),
        reason,
        code,
        rows,
    };
    let mut groups: Vec<DeadGroup> = by_reason.into_iter().map(group).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.rows.len()));
    groups
}

fn row(letter: &DeadLetter, sees_people: bool) -> DeadRow {
    DeadRow {
        id: letter.id,
        what: letter.what.clone(),
        agent: letter.agent.clone(),
        person: letter.person.filter(|_| sees_people).map(|person| person.to_string()),
        attempts: letter.attempts,
        at: letter.at_ms,
        error: letter.error.clone().unwrap_or_default(),
    }
}

/// Why something was given up: by Meta's code at the head of the error, if there is one.
fn reason(kind: DeadKind, error: &str) -> (Reason, String) {
    let head = error.split_once(':').map_or("", |(head, _)| head);
    let (code, subcode) = head.split_once('/').map_or((head, ""), |(code, subcode)| (code, subcode));
    let Ok(number) = code.parse::<i64>() else {
        return (if kind == DeadKind::Message { Reason::Turn } else { Reason::Other }, String::new());
    };
    let reason = match Failure::of_code(number, subcode.parse().ok()) {
        Some(Failure::Number) => Reason::Number,
        Some(Failure::Window) => Reason::Window,
        Some(Failure::Final) => Reason::Final,
        Some(Failure::Rate | Failure::Pair) => Reason::Rate,
        Some(Failure::Meta) => Reason::Meta,
        Some(Failure::Row) => Reason::Row,
        Some(Failure::Unlisted) | None => Reason::Other,
    };
    (reason, head.to_owned())
}

fn queues(counts: &Counts, t: &'static Texts) -> Vec<Queue> {
    let queue = |name, count, oldest_ms: i64| Queue { name, count, oldest_ms: (oldest_ms > 0).then_some(oldest_ms) };
    vec![
        queue(t.waiting.queue_messages, counts.queued, counts.oldest_queued_ms),
        queue(t.waiting.queue_held, counts.held, 0),
        queue(t.waiting.queue_replies, counts.outbox_waiting, counts.oldest_reply_ms),
        queue(t.waiting.queue_unknown, counts.outbox_unknown, 0),
        queue(t.waiting.queue_notices, counts.notices, counts.oldest_notice_ms),
    ]
}

fn host(status: HostStatus) -> HostRow {
    let hosted: Option<Vec<Hosted>> = status.agents.as_deref().and_then(|agents| serde_json::from_str(agents).ok());
    HostRow {
        name: host_of_node(&status.node).to_owned(),
        seen_at: status.seen_at,
        clock_ahead_ms: status.clock_ahead_ms,
        percent: status.percent.filter(|_| status.enabled.unwrap_or(false)),
        agents: hosted.map(|hosted| hosted.len() as i64),
        error: status.error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_told_by_meta_s_code() {
        for (kind, error, expected, code) in [
            (DeadKind::Reply, "131047: more than 24 hours", Reason::Window, "131047"),
            (DeadKind::Reply, "100/33: no such number", Reason::Number, "100/33"),
            (DeadKind::Reply, "131026: undeliverable", Reason::Final, "131026"),
            (DeadKind::Reply, "the host that sent it is gone", Reason::Other, ""),
            (DeadKind::Message, "it failed", Reason::Turn, ""),
            (DeadKind::Forward, "HTTP 400", Reason::Other, ""),
        ] {
            assert_eq!(reason(kind, error), (expected, code.to_owned()), "{error}");
        }
    }
}
