//! Plays a conversation through the real parts: store, turn, sandbox. Only HTTP is left out.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use super::{
    model::Prompter,
    script::{Part, Said, Script, place},
};
use crate::{
    app::App,
    config::{Defaults, Template},
    flags::{AgentFlags, Document, Flags, KEY, LiveFlags, Source},
    profiles::LiveProfiles,
    turn,
};
use switchboard_core::{
    bucket,
    clock::Clock,
    contract::types::{Content, Tap},
    inbox::{Delivery, Inbound, Item, Kind, Sender},
    model::NoModel,
    phone::Phone,
    session::Session,
};
use switchboard_edge::whatsapp::render::{Rendered, render};
use switchboard_sandbox::plugins::Plugins;
use switchboard_store::{Claim, Outgoing, Role, Store, StoreOptions};

const BUSINESS: &str = "100000000000001";

/// Monday, 5 January 2026, 09:00 in Kigali: what `@ now` is where a script does not say.
const NOW: i64 = 1_767_596_400_000;

/// Each message is a minute after the one before.
const STEP_MS: i64 = 60_000;

/// Someone with a phone.
struct Phoned {
    sender: Sender,
    /// The latest message that had choices.
    choices: Vec<(String, String)>,
}

/// The stage: one host without ports, and the people of a script.
pub(super) struct Player {
    app: App,
    people: BTreeMap<String, Phoned>,
    current: String,
    /// Holds the stage's database, and takes it away.
    _folder: tempfile::TempDir,
    database: String,
    sent: u32,
    /// The model's side, if the script has one.
    prompter: Option<Prompter>,
}

/// What came of a message.
pub(super) struct Heard {
    /// The lines that a script shows after it.
    pub(super) lines: Vec<String>,
    /// Why the agent's own answer did not come, if so.
    pub(super) error: Option<String>,
    /// The person can go on from it: there is something to choose, to share, to answer or to call.
    pub(super) leads_on: bool,
}

impl Player {
    /// A stage with these agents, all of them on, and nobody on it.
    pub(super) async fn new(plugins: Plugins, server: Option<&str>) -> anyhow::Result<Player> {
        let folder = tempfile::tempdir()?;
        let database = match server {
            Some(server) => Store::new_database(server).await?,
            None => format!("sqlite://{}", folder.path().join("conversation.db").display()),
        };
        let app = open(&database, plugins, NOW, Role::Serve).await?;
        let people = BTreeMap::new();
        let mut player =
            Player { app, people, current: String::new(), _folder: folder, database, sent: 0, prompter: None };
        player.person("");
        Ok(player)
    }

    /// What can be tapped now.
    pub(super) fn taps(&self) -> Vec<Tap> {
        let choices = self.people.get(&self.current).map(|phoned| phoned.choices.as_slice()).unwrap_or_default();
        choices.iter().map(|(id, title)| Tap { id: id.clone(), title: title.clone() }).collect()
    }

    /// Plays a script; gives it back with the answers as they are.
    pub(super) async fn play(&mut self, script: &Script) -> anyhow::Result<Vec<(String, Vec<String>)>> {
        let mut played = Vec::new();
        for part in &script.parts {
            match part {
                Part::Kept(line) => played.push((line.clone(), Vec::new())),
                Part::Said { line, said: Said::Later(wait), .. } => {
                    let heard = self.later(wait).await?.lines;
                    played.push((line.clone(), heard));
                }
                Part::Setting { line, name, value } => {
                    self.set(name, value).await?;
                    played.push((line.clone(), Vec::new()));
                }
                Part::Said { line, said, .. } => {
                    let heard = match self.content(said) {
                        Ok(content) => self.say(content).await?.lines,
                        Err(problem) => vec![format!("< ({problem})")],
                    };
                    played.push((line.clone(), heard));
                }
            }
            if let (Part::Said { line, .. }, Some(prompter)) = (part, &self.prompter) {
                prompter.check(line)?;
            }
        }
        Ok(played)
    }

    async fn set(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        match name {
            "person" => self.person(value),
            "name" => {
                let current = self.current.clone();
                self.people.entry(current).and_modify(|phoned| phoned.sender.name = Some(value.to_owned()));
            }
            "restart" => {
                let now = self.app.clock.now();
                let model = self.app.model.clone();
                self.app = open(&self.database, self.app.plugins.clone(), now, Role::Tool).await?;
                self.app.model = model;
            }
            "count" => {
                let (expected, sql) = value.split_once(' ').unwrap_or((value, ""));
                let counted = self.app.store.count(sql).await?;
                anyhow::ensure!(expected == counted.to_string(), "`@ count {value}`: there are {counted}");
            }
            "model" => {
                if self.prompter.is_none() {
                    let (prompter, model) = Prompter::start(self.app.clock.clone()).await?;
                    (self.prompter, self.app.model) = (Some(prompter), Arc::new(model));
                }
                // A line without an answer brings the model; it is asked nothing yet.
                if let Some(prompter) = self.prompter.as_ref().filter(|_| !value.is_empty()) {
                    prompter.tell(value)?;
                }
            }
            "now" => self.app.clock.set(value.parse::<jiff::Timestamp>()?.as_millisecond()),
            "language" => {
                let content = Content::Text(match value {
                    "fr" => "bonjour".into(),
                    "rw" => "muraho".into(),
                    "sw" => "habari".into(),
                    _ => "hello".into(),
                });
                self.say(content).await?;
            }
            "place" => {
                let place = place(value).map_err(anyhow::Error::msg)?;
                self.say(Content::Place(place)).await?;
            }
            "off" | "on" => self.switch(value, name == "on").await?,
            _ => {
                anyhow::bail!("`@ {name}`: it is person, name, restart, count, model, now, language, place, on or off")
            }
        }
        Ok(())
    }

    fn person(&mut self, name: &str) {
        self.current = name.to_owned();
        let number = self.people.len();
        self.people.entry(name.to_owned()).or_insert_with(|| {
            let phone = Phone::parse(&format!("2507880000{number:02}")).ok();
            let name = if name.is_empty() { "Alice" } else { name };
            Phoned { sender: Sender { phone, name: Some(name.to_owned()), ..Sender::default() }, choices: Vec::new() }
        });
    }

    /// Turns an agent, or `features.<name>`, off or on.
    async fn switch(&self, what: &str, on: bool) -> anyhow::Result<()> {
        let agents = self.app.plugins.current();
        let mut named: BTreeMap<String, bool> =
            agents.iter().map(|version| (version.name().to_owned(), true)).collect();
        if let AgentFlags::Named(before) = &self.app.flags.current().document.agent_flags {
            named.extend(before.clone());
        }
        let mut features = serde_json::to_value(self.app.flags.current().document.features)?;
        match what.strip_prefix("features.") {
            Some(feature) => features[feature] = on.into(),
            None => drop(named.insert(what.to_owned(), on)),
        }
        let document = Document {
            agent_flags: AgentFlags::Named(named),
            features: serde_json::from_value(features)?,
            ..Document::everything_on()
        };
        self.app.store.set_config(KEY, &serde_json::to_string(&document)?, "conversation").await?;
        Ok(self.app.flags.reread().await?)
    }

    fn content(&self, said: &Said) -> Result<Content, String> {
        match said {
            Said::Content(content) => Ok(content.clone()),
            Said::Later(_) => Err("time is nothing to say".into()),
            Said::Tap(title) => {
                let choices = &self.people[&self.current].choices;
                let fits = |shown: &&(String, String)| {
                    shown.1 == *title || shown.1.trim_start_matches(|c: char| !c.is_alphanumeric()) == title
                };
                match choices.iter().find(fits) {
                    Some((id, title)) => Ok(Content::Tap(Tap { id: id.clone(), title: title.clone() })),
                    None => Err(format!("there is no [{title}] to tap")),
                }
            }
        }
    }

    /// Says something and answers every message that it causes.
    pub(super) async fn say(&mut self, content: Content) -> anyhow::Result<Heard> {
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

    /// Time goes by, and what is due then is said.
    async fn later(&mut self, wait: &str) -> anyhow::Result<Heard> {
        let (number, unit) = wait.split_at(wait.len().saturating_sub(1));
        let unit_ms = match unit {
            "m" => 60_000,
            "h" => 60 * 60_000,
            "d" => 24 * 60 * 60_000,
            _ => anyhow::bail!("`@ later {wait}`: it is a number and m, h or d, such as 90m"),
        };
        let now = self.app.clock.now() + number.parse::<i64>()? * unit_ms;
        self.app.clock.set(now);
        let waiting = self.app.store.bring_due(now).await?;
        self.answer(waiting).await
    }

    /// Answers messages, and those that the answers cause.
    async fn answer(&mut self, mut waiting: Vec<Claim>) -> anyhow::Result<Heard> {
        let mut outgoing = Vec::new();
        let mut heard = Heard { lines: Vec::new(), error: None, leads_on: false };
        let mut state = None;
        while let Some(claim) = waiting.pop() {
            let settlement = turn::answer(&self.app, &claim).await?;
            if let Some(event) = &settlement.event {
                let payload: Value = serde_json::from_str(&event.payload)?;
                heard.error = payload["error"].as_str().map(str::to_owned);
                state = settlement.session.clone();
            }
            let settled = self.app.store.settle(settlement).await.map_err(anyhow::Error::from)?;
            outgoing.extend(settled.queued);
            waiting.extend(settled.next);
            waiting.extend(settled.woken);
        }
        self.hear(outgoing, state, &mut heard)?;
        Ok(heard)
    }

    /// The lines of what was sent: to the one who spoke first, then to others by name.
    fn hear(&mut self, outgoing: Vec<Outgoing>, state: Option<Session>, heard: &mut Heard) -> anyhow::Result<()> {
        let mut others: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in outgoing {
            let rendered = render(&serde_json::from_str(&row.body)?);
            let Some(name) =
                self.people.iter().find(|(_, p)| p.sender.phone == row.phone).map(|(name, _)| name.clone())
            else {
                continue;
            };
            if name == self.current {
                heard.leads_on = !rendered.choices.is_empty()
                    || rendered.lines.iter().any(|line| line == "(share a place)" || line.starts_with("(contact"));
            }
            let lines = if name == self.current { &mut heard.lines } else { others.entry(name.clone()).or_default() };
            lines.extend(show(&rendered));
            if let Some(phoned) = self.people.get_mut(&name)
                && !rendered.choices.is_empty()
            {
                phoned.choices = rendered.choices.into_iter().map(|shown| (shown.id, shown.title)).collect();
            }
        }
        if let Some(error) = &heard.error {
            heard.lines.push(format!("! {error}"));
        }
        if let Some(session) = state {
            heard.leads_on |= session.flow.is_some();
            heard.lines.push(match &session.flow {
                Some(flow) => format!("= {} {}/{}", session.agent, flow.flow, flow.step),
                None => format!("= {} idle", session.agent),
            });
        }
        for (name, lines) in others {
            heard.lines.push(format!("~ {}", if name.is_empty() { "Alice" } else { &name }));
            heard.lines.extend(lines);
        }
        Ok(())
    }
}

/// A host without ports on a database. The second on the same one, as after a restart, takes no lock: the first is
/// idle, and gone when the second takes its place.
async fn open(database: &str, plugins: Plugins, now: i64, role: Role) -> anyhow::Result<App> {
    let store = Store::open(database, StoreOptions { role, bucket: bucket::of, ..StoreOptions::default() }).await?;
    let template = Template { name: "news".into(), language: "en_US".into() };
    let everything = Flags::of(Document::everything_on(), Source::Default);
    Ok(App {
        reads: Arc::new(store.clone()),
        model: Arc::new(NoModel),
        files: None,
        flags: LiveFlags::start(store.clone(), everything).await?,
        profiles: LiveProfiles::start(store.clone()).await?,
        store,
        plugins,
        legacy: switchboard_edge::legacy::Targets::default(),
        rate_limiter: switchboard_core::rate_limit::RateLimiter::new(u32::MAX - 1),
        // So that scripts show when silent people are asked to write.
        defaults: Defaults { notice_template: Some(template), ..Defaults::rwanda() },
        clock: Clock::at(now),
    })
}

/// A message as a script shows it.
fn show(rendered: &Rendered) -> Vec<String> {
    let mut lines = rendered.lines.clone();
    if rendered.is_list {
        let row = |shown: &switchboard_edge::whatsapp::render::Shown| match &shown.description {
            Some(description) => format!("[{}] {description}", shown.title),
            None => format!("[{}]", shown.title),
        };
        lines.extend(rendered.choices.iter().map(row));
    } else if !rendered.choices.is_empty() {
        let buttons: Vec<String> = rendered.choices.iter().map(|shown| format!("[{}]", shown.title)).collect();
        lines.push(buttons.join(" "));
    }
    let marked = lines
        .iter()
        .enumerate()
        .map(|(index, line)| if index == 0 { format!("< {line}") } else { format!("  {line}") });
    marked.map(|line| line.trim_end().to_owned()).collect()
}
