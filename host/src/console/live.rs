//! Topics that pages show, and who is told when one changes. What a topic shows is reduced to a fingerprint: another fingerprint is a change.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use switchboard_core::operator::OperatorRole;
use tokio::sync::broadcast;
use uuid::Uuid;

/// Changes that a slow page may be behind; one that is further behind asks for all again.
const BEHIND: usize = 64;

/// Something that pages show and that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Topic {
    /// What the bar counts, and problems.
    Bar,
    /// Queues, hosts, what was given up.
    Waiting,
    /// The agents, their versions and flags.
    Agents,
    /// The service's rollout.
    Rollout,
    /// What charts are drawn from.
    Figures,
    /// Who waits for a human.
    Inbox,
    /// The screens of the phone.
    Phone,
    /// The list of turns.
    Turn,
    /// A person's conversation.
    Talk(Uuid),
}

impl Topic {
    /// The topic of a name: `bar`, `talk-0189…`.
    pub(super) fn parse(name: &str) -> Option<Topic> {
        match name {
            "bar" => Some(Topic::Bar),
            "waiting" => Some(Topic::Waiting),
            "agents" => Some(Topic::Agents),
            "rollout" => Some(Topic::Rollout),
            "figures" => Some(Topic::Figures),
            "inbox" => Some(Topic::Inbox),
            "phone" => Some(Topic::Phone),
            "turn" => Some(Topic::Turn),
            _ => name.strip_prefix("talk-")?.parse().ok().map(Topic::Talk),
        }
    }

    /// Its name.
    pub(super) fn name(self) -> String {
        match self {
            Topic::Bar => "bar".to_owned(),
            Topic::Waiting => "waiting".to_owned(),
            Topic::Agents => "agents".to_owned(),
            Topic::Rollout => "rollout".to_owned(),
            Topic::Figures => "figures".to_owned(),
            Topic::Inbox => "inbox".to_owned(),
            Topic::Phone => "phone".to_owned(),
            Topic::Turn => "turn".to_owned(),
            Topic::Talk(person) => format!("talk-{person}"),
        }
    }

    /// The least role that may know of it.
    pub(super) fn role(self) -> OperatorRole {
        match self {
            Topic::Bar | Topic::Waiting | Topic::Agents | Topic::Rollout | Topic::Figures => OperatorRole::Viewer,
            Topic::Inbox | Topic::Phone | Topic::Turn | Topic::Talk(_) => OperatorRole::Support,
        }
    }
}

/// What is known of a topic that pages show.
#[derive(Clone, Copy, Debug, Default)]
struct Watched {
    pages: usize,
    seen: Option<u64>,
}

/// The topics that pages show at the moment.
pub(super) struct Live {
    watched: Mutex<HashMap<Topic, Watched>>,
    changed: broadcast::Sender<Topic>,
}

impl Default for Live {
    fn default() -> Live {
        Live { watched: Mutex::default(), changed: broadcast::Sender::new(BEHIND) }
    }
}

/// A page that is told of its topics until this is dropped.
pub(super) struct Subscription {
    live: Arc<Live>,
    topics: Vec<Topic>,
    changed: broadcast::Receiver<Topic>,
}

impl Live {
    fn watched(&self) -> MutexGuard<'_, HashMap<Topic, Watched>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of these topics from now on.
    pub(super) fn subscribe(self: &Arc<Live>, topics: Vec<Topic>) -> Subscription {
        let mut watched = self.watched();
        for topic in &topics {
            watched.entry(*topic).or_default().pages += 1;
        }
        Subscription { live: self.clone(), topics, changed: self.changed.subscribe() }
    }

    /// The topics that some page shows.
    pub(super) fn topics(&self) -> Vec<Topic> {
        self.watched().keys().copied().collect()
    }

    /// Tells who shows a topic that it has changed.
    pub(super) fn tell(&self, topic: Topic) {
        // Nobody may listen at the moment.
        let _ = self.changed.send(topic);
    }

    /// Takes what a topic shows now; who shows it is told if that is something else than before.
    pub(super) fn saw(&self, topic: Topic, what: impl Hash) {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        let print = hasher.finish();
        let mut watched = self.watched();
        let Some(entry) = watched.get_mut(&topic) else { return };
        if entry.seen.replace(print).is_some_and(|seen| seen != print) {
            drop(watched);
            self.tell(topic);
        }
    }
}

impl Subscription {
    /// Waits until one of the topics changes; gives all of them if it was too far behind to know which.
    pub(super) async fn next(&mut self) -> Vec<Topic> {
        loop {
            match self.changed.recv().await {
                Ok(topic) if self.topics.contains(&topic) => return vec![topic],
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => return self.topics.clone(),
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut watched = self.live.watched();
        for topic in &self.topics {
            if let Some(entry) = watched.get_mut(topic) {
                entry.pages = entry.pages.saturating_sub(1);
            }
        }
        watched.retain(|_, entry| entry.pages > 0);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_page_is_told_of_its_topics_when_they_change() {
        let live = Arc::new(Live::default());
        live.saw(Topic::Bar, 1);
        let mut page = live.subscribe(vec![Topic::Bar, Topic::Inbox]);
        for (topic, print, told) in [
            (Topic::Bar, 1, false),
            (Topic::Bar, 1, false),
            (Topic::Waiting, 1, false),
            (Topic::Inbox, 5, false),
            (Topic::Bar, 2, true),
            (Topic::Inbox, 6, true),
        ] {
            live.saw(topic, print);
            assert_eq!(page.next().now_or_never(), told.then(|| vec![topic]), "{topic:?} {print}");
        }
        drop(page);
        assert!(live.topics().is_empty(), "nobody shows anything any more");
    }

    #[test]
    fn a_topic_has_a_name() {
        let talk = Topic::Talk(Uuid::from_u128(7));
        let all = [Topic::Bar, Topic::Waiting, Topic::Agents, Topic::Rollout, Topic::Figures, Topic::Inbox];
        for topic in all.into_iter().chain([Topic::Phone, Topic::Turn, talk]) {
            assert_eq!(Topic::parse(&topic.name()), Some(topic));
        }
        assert_eq!(Topic::parse("talk-me"), None);
    }
}
