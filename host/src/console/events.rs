//! `/events`: tells a page that something it shows has changed; the page then asks for itself again. And the task that looks for changes.

use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::{StreamExt, stream};
use switchboard_core::plan::SERVICE_ROLLOUT;
use switchboard_store::StoreError;
use tokio::sync::watch;

use super::{agents, guard::Guest, live::Topic, request::PageRequest, state::Console, view};
use crate::{operators::sessions, watcher::Looks};

/// The most topics of a page.
const TOPICS_MAX: usize = 8;

/// How often something is sent on a quiet stream, and the session looked at.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How often changes are looked for while a page is open.
const LOOK: Duration = Duration::from_secs(1);

/// How many of the last entries of a conversation are looked at.
const ENTRIES: usize = 20;

pub(super) async fn stream(PageRequest { console, guest, fields, .. }: PageRequest) -> Response {
    let named = fields.get("on").split(',').filter_map(Topic::parse).take(TOPICS_MAX);
    let topics: Vec<Topic> = named.filter(|topic| guest.visitor.role >= topic.role()).collect();
    let subscription = console.live.subscribe(topics);
    let begun = (console, guest, subscription, tokio::time::interval(HEARTBEAT));
    let changes = stream::unfold(begun, |(console, guest, mut subscription, mut heartbeat)| async move {
        let mut stopped = console.settings.stopped.clone();
        let changed = loop {
            tokio::select! {
                changed = subscription.next() => break changed,
                // The stream ends with the host, or with its session: the page finds out when it connects again.
                () = has_stopped(&mut stopped) => return None,
                _ = heartbeat.tick() => if !is_signed_in(&console, &guest).await { return None },
            }
        };
        let events = changed.into_iter().map(|topic| Event::default().event("change").data(topic.name()));
        let events = events.map(Ok::<Event, Infallible>).collect::<Vec<_>>();
        Some((stream::iter(events), (console, guest, subscription, heartbeat)))
    });
    Sse::new(changes.flatten().boxed()).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response()
}

/// Waits until the host stops.
async fn has_stopped(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn is_signed_in(console: &Console, guest: &Guest) -> bool {
    let token = console.settings.token.get();
    let in_development = console.settings.in_development;
    let found = sessions::find(&console.app.store, token.as_ref().as_ref(), &guest.cookie, in_development).await;
    // A database that does not answer ends no session.
    found.is_err() || matches!(found, Ok(Some(_)))
}

/// Looks for changes of what open pages show, until the task is dropped. Without an open page it asks nothing.
pub(super) async fn follow(console: Arc<Console>, mut looks: Looks) {
    let mut next = Instant::now();
    loop {
        if looks.next().await.is_none() {
            std::future::pending::<()>().await;
        }
        if Instant::now() < next {
            continue;
        }
        let began = Instant::now();
        for topic in console.live.topics() {
            if let Err(error) = look(&console, topic).await {
                tracing::debug!("a topic of the console cannot be read: {error}");
            }
        }
        // A database that takes long is looked at less often.
        next = Instant::now() + LOOK.max(began.elapsed() * 10);
    }
}

/// Tells pages of the phone at once when a screen changes, until the task is dropped.
pub(super) async fn follow_phone(console: Arc<Console>) {
    if let Some(phone) = &console.settings.phone {
        let mut changes = phone.changes();
        while changes.changed().await.is_ok() {
            console.live.tell(Topic::Phone);
        }
    }
    std::future::pending().await
}

async fn look(console: &Console, topic: Topic) -> Result<(), StoreError> {
    let store = &console.app.store;
    match topic {
        Topic::Bar => {
            let now = console.now().await;
            let names: Vec<_> = now.problems.iter().map(|problem| problem.name()).collect();
            console.live.saw(topic, format!("{:?} {names:?}", view::bar(&now)));
        }
        Topic::Waiting => {
            let now = console.now().await;
            let counts = &now.snapshot.counts;
            let shown = [counts.dead, counts.outbox_dead, counts.forwards_dead, counts.queued, counts.held];
            let queues = [counts.outbox_waiting, counts.outbox_unknown, counts.notices];
            let hosts: Vec<_> = now.snapshot.hosts.iter().map(|host| host.node.clone()).collect();
            console.live.saw(topic, (shown, queues, hosts, now.problems.len()));
        }
        Topic::Agents => console.live.saw(topic, agents::seen(console).await?),
        Topic::Rollout => {
            let row = store.rollout(SERVICE_ROLLOUT).await?;
            let percent = console.now().await.snapshot.percent;
            console.live.saw(topic, format!("{:?} {percent}", row.map(|row| (row.version, row.looked_at))));
        }
        Topic::Figures => console.live.saw(topic, store.slots_until().await?),
        Topic::Inbox => console.live.saw(topic, format!("{:?}", store.inbox().await?)),
        // Told at once: see `follow_phone`.
        Topic::Phone => {}
        Topic::Turn => console.live.saw(topic, store.last_turn().await?),
        Topic::Talk(person) => {
            let (talk, taken) = (store.talk(person, i64::MAX, ENTRIES).await?, store.taken(person).await?);
            console.live.saw(topic, format!("{talk:?} {taken:?}"));
        }
    }
    Ok(())
}
