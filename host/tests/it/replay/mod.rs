//! Recorded turns: listed, shown, made into tests, and played again with nothing but their journals.

mod corpus;
mod gates;
mod landings;
mod regressions;
mod same;
mod told;

pub(crate) use regressions::shop;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use futures_util::{StreamExt, stream};
use switchboard::{
    journal::Journal,
    replay::{Components, Verdict, replay},
    turns::{self, TurnChoice},
};
use switchboard_kit::agents::root;
use switchboard_sandbox::plugins::{Compiler, Plugins, PluginsConfig};
use switchboard_store::{Role, Store, StoreOptions};

/// The agents of a manifest; code that was compiled before is taken from the cache of the checkout.
async fn plugins(manifest: &Path) -> Plugins {
    let config =
        PluginsConfig { manifest: manifest.to_owned(), data_dir: root().join("data"), compiler: Compiler::InProcess };
    let plugins = Plugins::load_once(config).await.expect("the agents load");
    assert_eq!(plugins.refusals(), []);
    plugins
}

/// A database beside the program that has it.
async fn beside(url: &str) -> Store {
    let options = StoreOptions { role: Role::Tool, ..StoreOptions::default() };
    Store::open(url, options).await.expect("the database opens")
}

/// What came of playing turns again.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    /// Turns in which an agent ran.
    turns: usize,
    same: usize,
    /// What is not the same, each with how often.
    others: BTreeMap<String, usize>,
    /// The turns of each agent.
    agents: BTreeMap<String, usize>,
}

/// Plays turns again, at most so many, to the components that ran.
async fn play_again(store: &Store, plugins: &Plugins, most: usize) -> Tally {
    let mut journals: Vec<Journal> = Vec::new();
    let everything = TurnChoice::default();
    turns::each(store, &everything, usize::MAX, |_, journal| {
        if !journal.links.is_empty() {
            journals.push(journal);
        }
        journals.len() < most
    })
    .await
    .expect("the journals are read");
    let components = Arc::new(Components::new(store.clone(), plugins.clone()));
    let played = journals.into_iter().map(|journal| {
        let components = components.clone();
        tokio::spawn(async move {
            let replays = replay(&components, &journal, None).await.expect("it is played");
            (journal.message, replays)
        })
    });
    let mut played = stream::iter(played).buffered(2);
    let mut tally = Tally::default();
    while let Some(replays) = played.next().await {
        let (message, replays) = replays.expect("no panic");
        tally.turns += 1;
        match replays.iter().find(|replay| replay.verdict != Verdict::Same) {
            None => tally.same += 1,
            Some(other) => {
                let said = format!("{}: {:?}", other.agent, other.verdict);
                let said = said.chars().take(400).collect::<String>();
                eprintln!("turn-{message} {said}");
                *tally.others.entry(said).or_default() += 1;
            }
        }
        for replay in replays {
            *tally.agents.entry(replay.agent).or_default() += 1;
        }
    }
    tally
}
