//! The player of conversations: a host without HTTP, with the real store, turn and sandbox.

use crate::journal::Journal;
use crate::journal::Link;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value;

use super::{
    host::open,
    model::ScriptedModel,
    script::{Action, Script, ScriptItem},
    services::ScriptedServices,
};
use crate::{
    app::App,
    flags::{AgentFlags, Document},
    services::NoOutbound,
    turn,
};
use switchboard_core::{
    contract::types::{Content, Tap},
    inbox::{Delivery, Inbound, Item, Kind, Sender},
    model::NoModel,
};
use switchboard_sandbox::plugins::Plugins;
use switchboard_store::{Claim, Role, Store};

const BUSINESS: &str = "100000000000001";

/// The default time of a script: Monday, 5 January 2026, 09:00 in Kigali.
const NOW: i64 = 1_767_596_400_000;

/// The digits of the first person's phone number, after `2507`.
pub(super) const FIRST_NUMBER: usize = 88_000_000;

/// The most people of a script that is recorded.
const PEOPLE_MAX: usize = 20;

/// The time between two messages.
const STEP_MS: i64 = 60_000;

/// A person of the script, with their phone's state.
pub(super) struct Participant {
    pub(super) sender: Sender,
    /// The choices of the last message that had any: id and title.
    pub(super) choices: Vec<(String, String)>,
}

/// A host without ports, and the people of a script.
pub(super) struct Player {
    pub(super) app: App,
    pub(super) people: BTreeMap<String, Participant>,
    pub(super) current: String,
    /// The number of the first person of the script.
    pub(super) first: usize,
    /// The folder of the database, deleted on drop; none if the database is somebody else's.
    _folder: Option<tempfile::TempDir>,
    pub(super) database: String,
    sent: u32,
    /// The scripted model, if the script uses one.
    pub(super) scripted_model: Option<ScriptedModel>,
    /// The scripted services, if the script calls some.
    pub(super) scripted_services: Option<Arc<ScriptedServices>>,
    /// The agents, flows and steps that sessions were in.
    pub(super) reached: BTreeSet<(String, String, String)>,
    /// Titles of choices that end in an ellipsis.
    pub(super) cut: BTreeSet<String>,
    /// What agents logged in the last message and in those that it caused, a line each.
    pub(super) log: Vec<String>,
}

/// The response to a message.
#[derive(Default)]
pub(super) struct Response {
    /// The lines that the script expects after the message.
    pub(super) lines: Vec<String>,
    /// Why there was no answer of an agent, if there was none.
    pub(super) error: Option<String>,
    /// Whether the person has a way on: something to choose, share, answer or call.
    pub(super) leads_on: bool,
}

/// What came of an item of a script.
pub(super) struct PlayedItem {
    /// The item's line.
    pub(super) line: String,
    /// What was answered; why the item could not be played, if it could not.
    pub(super) answer: Result<Vec<String>, String>,
    /// What agents logged.
    pub(super) log: Vec<String>,
}

impl Player {
    /// A host with these agents, all of them on, and no people.
    pub(super) async fn new(plugins: Plugins, server: Option<&str>) -> anyhow::Result<Player> {
        let folder = tempfile::tempdir()?;
        let database = match server {
            Some(server) => Store::new_database(server).await?,
            None => format!("sqlite://{}", folder.path().join("conversation.db").display()),
        };
        let player = Player::on(database, plugins).await?;
        Ok(Player { _folder: Some(folder), ..player })
    }

    /// The same on this database, which stays.
    pub(super) async fn on(database: String, plugins: Plugins) -> anyhow::Result<Player> {
        let app = open(&database, plugins, NOW, Role::Serve).await?;
        let mut player = Player {
            app,
            people: BTreeMap::new(),
            current: String::new(),
            first: 0,
            _folder: None,
            database,
            sent: 0,
            scripted_model: None,
            scripted_services: None,
            reached: BTreeSet::new(),
            cut: BTreeSet::new(),
            log: Vec::new(),
        };
        player.person("");
        Ok(player)
    }

    /// Plays the people's half of a script with people of its own; what does not go is left out. Returns how much was said.
    pub(super) async fn record(&mut self, script: &Script) -> anyhow::Result<usize> {
        self.people.clear();
        self.first += PEOPLE_MAX;
        self.person("");
        self.app.clock.set(self.app.clock.now() + STEP_MS);
        let agents = self.app.plugins.current();
        let named = agents.iter().map(|version| (version.name().to_owned(), true)).collect();
        self.set_flags(&Document { agent_flags: AgentFlags::Named(named), ..Document::everything_on() }).await?;
        let mut said = 0;
        for part in &script.parts {
            match part {
                ScriptItem::Directive { name, value, .. } if name != "count" => drop(self.set(name, value).await),
                ScriptItem::Step { action: Action::Later(wait), .. } => drop(self.later(wait).await?),
                ScriptItem::Step { action, .. } => {
                    if let Ok(content) = self.content(action) {
                        self.say(content).await?;
                        said += 1;
                    }
                }
                ScriptItem::Comment(_) | ScriptItem::Directive { .. } => {}
            }
        }
        if let Some(scripted_model) = self.scripted_model.take() {
            // The next script has a model only if it says so.
            drop(scripted_model);
            self.app.model = Arc::new(NoModel);
        }
        if self.scripted_services.take().is_some() {
            self.app.services = Arc::new(NoOutbound);
        }
        Ok(said)
    }

    /// The choices that can be tapped now.
    pub(super) fn taps(&self) -> Vec<Tap> {
        let choices =
            self.people.get(&self.current).map(|participant| participant.choices.as_slice()).unwrap_or_default();
        choices.iter().map(|(id, title)| Tap { id: id.clone(), title: title.clone() }).collect()
    }

    /// Plays a script; what cannot be played of it is told in its place, and the rest is played all the same.
    pub(super) async fn play(&mut self, script: &Script) -> Vec<PlayedItem> {
        let mut played = Vec::new();
        for item in &script.parts {
            self.log.clear();
            let (line, mut answer) = match item {
                ScriptItem::Comment(line) => (line, Ok(Vec::new())),
                ScriptItem::Directive { line, name, value, .. } => {
                    (line, self.set(name, value).await.map(|()| Vec::new()))
                }
                ScriptItem::Step { line, action, .. } => (line, self.act(action).await),
            };
            if let (ScriptItem::Step { line, .. }, Some(scripted_model), Ok(_)) = (item, &self.scripted_model, &answer)
                && let Err(error) = scripted_model.check(line)
            {
                answer = Err(error);
            }
            if let (ScriptItem::Step { line, .. }, Some(services), Ok(_)) = (item, &self.scripted_services, &answer)
                && let Err(error) = services.check(line)
            {
                answer = Err(error);
            }
            let answer = answer.map_err(|error| format!("{error:#}"));
            played.push(PlayedItem { line: line.clone(), answer, log: self.log.clone() });
        }
        played
    }

    /// Plays a person's action; returns the lines after it.
    async fn act(&mut self, action: &Action) -> anyhow::Result<Vec<String>> {
        let response = match action {
            Action::Later(wait) => self.later(wait).await?,
            _ => {
                let content = self.content(action).map_err(anyhow::Error::msg)?;
                self.say(content).await?
            }
        };
        Ok(response.lines)
    }

    fn content(&self, action: &Action) -> Result<Content, String> {
        match action {
            Action::Content(content) => Ok(content.clone()),
            Action::Later(_) => Err("a wait is not a message".into()),
            Action::Tap(title) => {
                let choices = &self.people[&self.current].choices;
                let fits = |shown: &&(String, String)| {
                    shown.1 == *title || shown.1.trim_start_matches(|c: char| !c.is_alphanumeric()) == title
                };
                match choices.iter().find(fits) {
                    Some((id, title)) => Ok(Content::Tap(Tap { id: id.clone(), title: title.clone() })),
                    None => {
                        let offered: Vec<String> = choices.iter().map(|(_, title)| format!("[{title}]")).collect();
                        let offered = if offered.is_empty() { "nothing".to_owned() } else { offered.join(" ") };
                        Err(format!("there is no [{title}] to tap; what can be tapped is {offered}"))
                    }
                }
            }
        }
    }

    /// Sends a message of the current person, and answers it and every message that it causes.
    pub(super) async fn say(&mut self, content: Content) -> anyhow::Result<Response> {
        let now = self.app.clock.now() + STEP_MS;
        self.app.clock.set(now);
        self.sent += 1;
        let message = Inbound {
            business: BUSINESS.into(),
            wamid: format!("wamid.{}", self.sent),
            kind: Kind::Message,
            sender: self.people[&self.current].sender.clone(),
            sent_at: now,
            content,
            quotes: None,
            extras: Vec::new(),
        };
        let delivery = Delivery {
            body: bytes::Bytes::from_static(b"{}"),
            received_at: now,
            items: vec![Item::Message(message)],
            unreadable: None,
            forwards: false,
        };
        let waiting = self.app.store.ingest(delivery).await?.claimed;
        self.answer(waiting).await
    }

    /// Advances the clock, and answers the notices that are due then.
    async fn later(&mut self, wait: &str) -> anyhow::Result<Response> {
        let (number, unit) = wait.split_at(wait.floor_char_boundary(wait.len().saturating_sub(1)));
        let unit_ms = match unit {
            "m" => 60_000,
            "h" => 60 * 60_000,
            "d" => 24 * 60 * 60_000,
            _ => anyhow::bail!("`(later {wait})`: it is a number and m, h or d, such as 90m"),
        };
        let number: i64 = number
            .parse()
            .map_err(|_| anyhow::anyhow!("`(later {wait})`: it is a number and m, h or d, such as 90m"))?;
        let now = self.app.clock.now() + number.saturating_mul(unit_ms);
        self.app.clock.set(now);
        let waiting = self.app.store.bring_due(now).await?;
        self.answer(waiting).await
    }

    /// Answers messages, and those that their settlements cause.
    async fn answer(&mut self, mut waiting: Vec<Claim>) -> anyhow::Result<Response> {
        let mut outgoing = Vec::new();
        let mut heard = Response::default();
        self.log.clear();
        let mut state = None;
        while let Some(claim) = waiting.pop() {
            let turn::Answered { settlement, .. } = turn::answer(&self.app, &claim).await?;
            if let Some(event) = &settlement.event {
                let payload: Value = serde_json::from_str(&event.payload)?;
                heard.error = payload["error"].as_str().map(str::to_owned);
                state = settlement.session.clone();
            }
            self.log.extend(settlement.journal.as_deref().map(logged).unwrap_or_default());
            let settled = self.app.store.settle(settlement).await.map_err(anyhow::Error::from)?;
            outgoing.extend(settled.queued);
            waiting.extend(settled.next);
            waiting.extend(settled.woken);
        }
        self.hear(outgoing, state, &mut heard)?;
        Ok(heard)
    }
}

/// The log lines of a turn, from its journal.
fn logged(journal: &[u8]) -> Vec<String> {
    let Ok(journal) = Journal::read(journal) else { return Vec::new() };
    let of = |link: Link| link.log.into_iter().map(move |(level, line)| format!("{} {level:?}: {line}", link.agent));
    journal.links.into_iter().flat_map(of).collect()
}
