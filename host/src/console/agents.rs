//! `/agents`: the agents of this host, and switching them on and off.

use axum::extract::Path;
use serde_json::json;
use switchboard_console::{
    Level, Notice, Place, Spark, Texts,
    pages::{AgentCard, AgentsPage, Capability},
};
use switchboard_core::plan::{Outcome, Rollout, agent_rollout};
use switchboard_sandbox::agent::{Capability as Granted, Version};
use switchboard_store::{Answers, StoreError};

use super::{
    answer::{ConsoleError, PageResult, page, see},
    range::Range,
    request::PageRequest,
    state::{Charted, Console},
    view::About,
};
use crate::{
    flags::{self, EditError, FirstRow},
    rollout::{self, AgentState, ListedAgent},
};

/// The digits of a SHA-256 that tell versions apart.
const SHORT: usize = 8;

pub(super) async fn list(request: PageRequest) -> PageResult {
    let notice = flag_done(&request);
    shown(&request, notice).await
}

/// What came of a switch, as a sentence.
pub(super) fn flag_done(request: &PageRequest) -> Option<Notice> {
    let (t, fields) = (request.t(), &request.fields);
    let words = match fields.get("done") {
        "flag-on" => t.agents.done_flag_on,
        "flag-off" => t.agents.done_flag_off,
        _ => return None,
    };
    Some(Notice { level: Level::Fine, words: words.replace("{who}", fields.get("who")) })
}

/// The page of all agents.
pub(super) async fn shown(request: &PageRequest, notice: Option<Notice>) -> PageResult {
    let (console, t) = (&request.console, request.t());
    let (now, app) = (console.now().await, &request.console.app);
    let (rows, charted) = (app.store.rollouts().await?, console.charted(Range::Day).await?);
    let agents = rollout::listed(&app.plugins, &app.flags.current());
    let mut about = About::new(Place::Agents, t.frame.agents).topics("agents");
    about.notice = notice;
    let f = request.frame(&now, about);
    let row = |name: &str| rows.iter().find(|row| row.name == agent_rollout(name));
    let answers = |one: &&ListedAgent| {
        let rests = one.version.as_ref().is_some_and(|version| version.record().rests(f.clock.now).is_some());
        one.is_on && one.state == AgentState::Serves && !rests
    };
    let is_agents = |file: &str| agents.iter().any(|one| one.file == file);
    let refusals = app.plugins.refusals().into_iter().filter(|refused| !is_agents(&refused.file));
    page(&AgentsPage {
        sentence: t
            .agents
            .agents_sentence
            .replace("{n}", &f.number(agents.iter().filter(answers).count() as i64))
            .replace("{of}", &f.number(agents.len() as i64)),
        refusals: refusals.map(|refused| (refused.file, refused.reason)).collect(),
        agents: agents.iter().map(|one| card(request, one, row(&one.name), &charted, &now.snapshot.muted)).collect(),
        f,
    })
}

/// What the list says of an agent.
pub(super) fn card(
    request: &PageRequest,
    one: &ListedAgent,
    row: Option<&Rollout>,
    charted: &Charted,
    muted: &[switchboard_store::Muted],
) -> AgentCard {
    let (t, language, now) = (request.t(), request.look.language, request.console.app.clock.now());
    let clock = request.console.clock();
    let mut chips = Vec::new();
    match one.state {
        AgentState::Serves => {}
        AgentState::Starting => chips.push(("", t.agents.agent_starting.to_owned())),
        AgentState::Refused => chips.push(("bad", t.agents.agent_refused.to_owned())),
        AgentState::Absent => chips.push(("warn", t.agents.agent_no_file.to_owned())),
    }
    if let Some(candidate) = &one.candidate {
        let version = &candidate.version.profile().version;
        chips.push(match candidate.percent > 0.0 {
            true => {
                let words = t.agents.trial_chip.replace("{n}", version);
                ("violet", words.replace("{percent}", &language.percent(candidate.percent)))
            }
            false => ("warn", t.agents.waits_chip.replace("{n}", version)),
        });
    }
    if row.is_some_and(|row| row.outcome == Outcome::Pinned) {
        chips.push(("warn", t.agents.pinned_chip.to_owned()));
    }
    if let Some(rest) = one.version.as_ref().and_then(|version| version.record().rests(now)) {
        chips.push(("bad", t.shared.rests_chip.replace("{at}", &clock.time(rest.until))));
    }
    if muted.iter().any(|muted| muted.agent == one.name) {
        chips.push(("warn", t.agents.muted_chip.to_owned()));
    }
    if one.state == AgentState::Serves && one.refusal.is_some() {
        chips.push(("bad", t.agents.agent_refused.to_owned()));
    }
    let steps = charted.series.get(&one.name);
    let mut all = Answers::default();
    steps.into_iter().flatten().for_each(|(_, answers)| all.add(answers));
    let spark = |steps: &std::collections::BTreeMap<i64, Answers>| {
        let at = |nth: i64| steps.get(&(charted.from + nth * Range::Day.step_ms()));
        let messages = |nth| at(nth).map_or(0.0, |answers| answers.messages as f64);
        Spark {
            label: t.shared.spark_label.replace("{who}", &one.name),
            values: (0..Range::Day.steps()).map(messages).collect(),
        }
    };
    AgentCard {
        name: one.name.clone(),
        version: one.version.as_ref().map(|version| (version.profile().version.clone(), short(version.sha256()))),
        is_on: one.is_on,
        chips,
        refusal: one.refusal.clone(),
        messages: all.messages,
        error_percent: all.error_percent(),
        p95_ms: all.percentile(95),
        spark: steps.map(spark),
        may: one.version.as_deref().map(|version| may(version, t)).unwrap_or_default(),
    }
}

/// The first digits of a SHA-256.
pub(super) fn short(sha256: &str) -> String {
    sha256.chars().take(SHORT).collect()
}

/// What a version is granted, in words.
pub(super) fn may(version: &Version, t: &'static Texts) -> Vec<Capability> {
    let capability = |granted: Granted| Capability {
        name: granted.name(),
        words: match granted {
            Granted::Log => t.agents.can_log,
            Granted::Clock => t.agents.can_clock,
            Granted::Roster => t.agents.can_roster,
            Granted::Records => t.agents.can_records,
            Granted::Listings => t.agents.can_listings,
            Granted::Applications => t.agents.can_applications,
            Granted::Matches => t.agents.can_matches,
            Granted::Outreach => t.agents.can_outreach,
            Granted::Preferences => t.agents.can_preferences,
            Granted::Places => t.agents.can_places,
            Granted::Search => t.agents.can_search,
            Granted::Schedule => t.agents.can_schedule,
            Granted::Tickets => t.agents.can_tickets,
            Granted::Privacy => t.agents.can_privacy,
            Granted::Media => t.agents.can_media,
            Granted::Model => t.agents.can_model,
            Granted::Http => t.agents.can_http,
            Granted::Readings => t.agents.can_readings,
            Granted::Wasi => t.agents.can_wasi,
        },
        is_strong: matches!(granted, Granted::Search | Granted::Privacy | Granted::Media | Granted::Http),
    };
    version.about().grants.iter().map(capability).collect()
}

/// Switches an agent on or off.
pub(super) async fn switch(request: PageRequest, Path(name): Path<String>) -> PageResult {
    let PageRequest { console, guest, fields, .. } = &request;
    let app = &console.app;
    let is_on = match fields.get("on") {
        "yes" => true,
        "no" => false,
        _ => return Err(ConsoleError::Malformed),
    };
    if !rollout::listed(&app.plugins, &app.flags.current()).iter().any(|one| one.name == name) {
        return Err(ConsoleError::NotFound);
    }
    let agents = console.agents();
    let first = FirstRow { agents: &agents, without_row: app.flags.without_row() };
    match flags::set(&app.store, first, &format!("agentFlags.{name}"), &json!(is_on), &guest.actor).await {
        Ok(_) => {}
        Err(EditError::Store(error)) => return Err(error.into()),
        Err(error) => {
            let notice = Some(Notice { level: Level::Bad, words: error.to_string() });
            return shown(&request, notice).await;
        }
    }
    // In force here at once, at other hosts within a second.
    app.flags.reread().await?;
    let to = if fields.get("to").starts_with("/agents/") { format!("/agents/{name}") } else { "/agents".to_owned() };
    see(&format!("{to}?done=flag-{}&who={name}", if is_on { "on" } else { "off" }))
}

/// What the list shows, so that a change of it is seen.
pub(super) async fn seen(console: &Console) -> Result<String, StoreError> {
    let app = &console.app;
    let listed = rollout::listed(&app.plugins, &app.flags.current());
    let about = |one: &ListedAgent| {
        let candidate = one.candidate.as_ref().map(|tried| (tried.version.sha256().to_owned(), tried.percent));
        let version = one.version.as_ref().map(|version| version.sha256().to_owned());
        format!("{} {:?} {} {version:?} {candidate:?} {:?}", one.name, one.state, one.is_on, one.refusal)
    };
    let rows = app.store.rollouts().await?;
    let rows: Vec<_> = rows.iter().map(|row| (&row.name, row.version)).collect();
    Ok(format!("{:?} {rows:?}", listed.iter().map(about).collect::<Vec<_>>()))
}
