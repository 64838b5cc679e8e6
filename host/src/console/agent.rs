//! `/agents/{name}`: one agent, its candidate beside the stable version, its versions, and what is done with them.

use axum::{extract::Path, http::StatusCode};
use switchboard_console::{
    Language, Level, Notice, Place,
    pages::{AgentPage, Decision, Does, Replayed, VersionRow},
};
use switchboard_core::plan::{Outcome, agent_rollout};
use switchboard_sandbox::{agent::Limits, plugins::Update};
use switchboard_store::{Decided, Figures, KeptVersion, ReplayRun};

use super::trial::trial;
use super::version_names::Names;
use super::{
    agents::{self, card, flag_done, may, short},
    answer::{ConsoleError, PageResult, page, see},
    range::Range,
    request::PageRequest,
    view::About,
};
use crate::{
    replay::{self, Kind, Over, ReplayError},
    rollout::{self, AgentState, History, ListedAgent, VersionError, VersionOrder, VersionRole},
};

/// The longest reason in characters.
const REASON_MAX: usize = 200;

/// The recorded turns that are played again by hand, as many as the gate's.
const TURNS: usize = 1_000;

pub(super) async fn one(request: PageRequest, Path(name): Path<String>) -> PageResult {
    let notice = done(&request, &name).await?;
    shown(&request, &name, notice).await
}

/// What was done, as a sentence.
async fn done(request: &PageRequest, name: &str) -> Result<Option<Notice>, ConsoleError> {
    let (t, fields) = (request.t(), &request.fields);
    let words = match fields.get("done") {
        "promote" => t.agents.done_promote,
        "rollback" => t.agents.done_rollback,
        "pin" => t.agents.done_pin,
        "unpin" => t.agents.done_unpin,
        "hold" => t.shared.done_hold,
        "resume" => t.shared.done_resume,
        "uploaded" => return uploaded(request, name).await.map(Some),
        _ => return Ok(flag_done(request)),
    };
    Ok(Some(Notice { level: Level::Fine, words: words.to_owned() }))
}

/// What became of an uploaded version.
async fn uploaded(request: &PageRequest, name: &str) -> Result<Notice, ConsoleError> {
    let (t, sha256) = (request.t(), request.fields.get("sha256"));
    let row = request.console.app.store.rollout(&agent_rollout(name)).await?;
    let tried = row.filter(|row| row.state.is_under_way() && row.candidate.as_deref() == Some(sha256));
    let then = match tried {
        None => t.agents.uploaded_serves.to_owned(),
        Some(row) if row.percent > 0.0 => {
            t.agents.uploaded_tried.replace("{percent}", &request.look.language.percent(row.percent))
        }
        Some(row) if rollout::held_by_gate(&row).is_some() => t.agents.uploaded_replay.to_owned(),
        Some(_) => t.agents.uploaded_waits.to_owned(),
    };
    Ok(Notice { level: Level::Fine, words: format!("{} {then}", t.agents.uploaded.replace("{n}", &short(sha256))) })
}

/// The page of an agent.
pub(super) async fn shown(request: &PageRequest, name: &str, notice: Option<Notice>) -> PageResult {
    let (console, t, language) = (&request.console, request.t(), request.look.language);
    let (app, now) = (&console.app, console.now().await);
    let history = rollout::history(&app.store, name).await?;
    let listed = rollout::listed(&app.plugins, &app.flags.current());
    let known = listed.into_iter().find(|one| one.name == name);
    let agent = match known {
        Some(agent) => agent,
        None if history.versions.is_empty() => return Err(ConsoleError::NotFound),
        // It served once.
        None => ListedAgent {
            name: name.to_owned(),
            file: String::new(),
            state: AgentState::Absent,
            is_on: app.flags.current().agent_is_on(name),
            version: None,
            candidate: None,
            refusal: None,
        },
    };
    let row = app.store.rollout(&agent_rollout(name)).await?;
    let charted = console.charted(Range::Day).await?;
    let card = card(request, &agent, row.as_ref(), &charted, &now.snapshot.muted);
    let mut about = About::new(Place::Agents, name).topics("agents");
    about.notice = notice;
    let f = request.frame(&now, about);
    let names = Names::of(request, &agent);
    let trial = match row.as_ref().filter(|row| row.state.is_under_way() && row.candidate.is_some()) {
        Some(row) => Some(trial(request, row, &names, &f.clock).await?),
        None => None,
    };
    let version = agent.version.as_deref();
    let since = version.and_then(|version| {
        let kept = history.versions.iter().find(|(kept, _)| kept.sha256 == version.sha256());
        kept.and_then(|(kept, _)| kept.served_at)
    });
    let called = version.map(|version| format!("{} ({})", version.profile().version, short(version.sha256())));
    let sentence = match (&called, since) {
        _ if !agent.is_on => t.agents.is_off_sentence.to_owned(),
        (Some(called), Some(at)) => t.agents.serves_as.replace("{n}", called).replace("{at}", &f.when(at)),
        (Some(called), None) => t.agents.serves_as_short.replace("{n}", called),
        (None, _) => t.agents.not_in_service.to_owned(),
    };
    let rests = version.and_then(|version| version.record().rests(f.clock.now)).map(|rest| {
        let words = t.agents.agent_rests_why.replace("{n}", &f.number(rest.stops as i64));
        words.replace("{of}", &f.number(rest.turns as i64)).replace("{at}", &f.clock.time(rest.until))
    });
    let pinned = row.as_ref().filter(|row| row.outcome == Outcome::Pinned).and_then(|row| row.stable.as_deref());
    // What the row says: this host may follow it a moment later.
    let by_row = history.versions.iter().find(|(_, role)| *role == Some(VersionRole::Serves));
    let by_row = by_row.map(|(version, _)| version.sha256.clone());
    let serves = by_row.or_else(|| version.map(|version| version.sha256().to_owned()));
    let returns = before(&history, serves.as_deref());
    page(&AgentPage {
        about: version.map(|version| version.profile().about.clone()).unwrap_or_default(),
        sentence,
        rests,
        pinned: pinned.map(short),
        before: returns.filter(|_| trial.is_none()).map(|version| short(&version.sha256)),
        trial,
        policy: policy(request, name),
        may: version.map(|version| may(version, t)).unwrap_or_default(),
        limits: version.map(|version| limits(&version.about().limits, language)).unwrap_or_default(),
        versions: history.versions.iter().map(|one| version_row(one, &history, &names, pinned, language)).collect(),
        decisions: history.decisions.iter().map(|one| decision(one, language)).collect(),
        component_bytes_max: i64::try_from(app.plugins.component_bytes_max()).unwrap_or(i64::MAX),
        card,
        f,
    })
}

/// The version that a roll back leads to.
fn before<'a>(history: &'a History, serves: Option<&str>) -> Option<&'a KeptVersion> {
    let good = |version: &&KeptVersion| {
        let is_other = serves.is_some_and(|serves| version.sha256 != serves);
        is_other && version.served_at.is_some() && version.dropped.is_none() && version.size > 0
    };
    history.versions.iter().map(|(version, _)| version).filter(good).max_by_key(|version| version.served_at)
}

/// How a new file goes into service.
fn policy(request: &PageRequest, name: &str) -> String {
    let (t, plugins) = (request.t(), &request.console.app.plugins);
    let how = match plugins.update(name) {
        Update::Instant => t.agents.policy_instant,
        Update::Canary(_) => t.agents.policy_canary,
        Update::Manual => t.agents.policy_manual,
    };
    if plugins.is_gated(name) { format!("{how} {}", t.agents.policy_gate) } else { how.to_owned() }
}

fn limits(limits: &Limits, language: Language) -> Vec<Does> {
    let t = language.texts();
    let bytes = |bytes: usize| language.bytes(i64::try_from(bytes).unwrap_or(i64::MAX));
    let ms = |time: std::time::Duration| language.period(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
    let does = |name, value| Does { name, value };
    vec![
        does(t.agents.limit_memory, bytes(limits.memory_bytes_max)),
        does(t.agents.limit_fuel, language.count(i64::try_from(limits.fuel).unwrap_or(i64::MAX))),
        does(t.agents.limit_cpu, ms(limits.cpu)),
        does(t.agents.limit_wall, ms(limits.wall)),
        does(t.agents.limit_calls, language.count(limits.host_calls_max.into())),
        does(t.agents.limit_returned, bytes(limits.returned_bytes_max)),
        does(t.agents.limit_written, bytes(limits.written_bytes_max)),
    ]
}

fn version_row(
    (version, role): &(KeptVersion, Option<VersionRole>),
    history: &History,
    names: &Names,
    pinned: Option<&str>,
    language: Language,
) -> VersionRow {
    let t = language.texts();
    let serves = *role == Some(VersionRole::Serves);
    let state = match role {
        Some(VersionRole::Serves) => ("ok", t.agents.state_serves.to_owned()),
        Some(VersionRole::Candidate(percent)) if *percent > 0.0 => {
            ("violet", format!("{}, {}", t.agents.state_trial, language.percent(*percent)))
        }
        Some(VersionRole::Candidate(_)) => ("warn", t.agents.state_waits.to_owned()),
        None if version.dropped.is_some() => ("bad", t.agents.state_dropped.to_owned()),
        None if version.size == 0 => ("", t.agents.state_gone.to_owned()),
        None if version.served_at.is_some() => ("", t.agents.state_before.to_owned()),
        None => ("", t.agents.state_new.to_owned()),
    };
    let is_kept = version.size > 0;
    VersionRow {
        name: names.get(&version.sha256).map(str::to_owned),
        state,
        seen_at: version.seen_at,
        served_at: version.served_at,
        dropped: version.dropped.as_ref().map(|(_, why)| why.clone()),
        replay: history.replays.iter().find(|run| run.new_sha256 == version.sha256).map(|run| replayed(run, language)),
        can_return: is_kept && !serves && role.is_none() && version.dropped.is_none() && version.served_at.is_some(),
        can_pin: is_kept && pinned != Some(version.sha256.as_str()),
        sha256: version.sha256.clone(),
    }
}

/// What a replay said, in a few words.
fn replayed(run: &ReplayRun, language: Language) -> Replayed {
    let t = language.texts();
    let words =
        t.agents.replay_short.replace("{n}", &language.count(run.same)).replace("{of}", &language.count(run.turns));
    Replayed {
        level: if run.passes() { Level::Fine } else { Level::Warn },
        words: if run.turns == 0 { t.shared.replay_nothing.to_owned() } else { words },
        short: short(&run.new_sha256),
    }
}

/// A decision on a rollout, as pages show it.
pub(super) fn decision(decided: &Decided, language: Language) -> Decision {
    let t = language.texts();
    let figures = decided.figures.as_deref().and_then(|figures| serde_json::from_str::<Figures>(figures).ok());
    let figures = figures.filter(|figures| figures.messages > 0).map(|figures| {
        let messages = format!("{} {}", language.count(figures.messages), t.shared.messages_short);
        let errors = format!("{} {}", language.percent(figures.error_percent()), t.shared.errors_short);
        let p95 = figures.p95_ms.map_or_else(String::new, |ms| format!(", p95 {}", language.period(ms)));
        format!("{messages}, {errors}{p95}")
    });
    let (from, to) = decided.percent;
    let class = match decided.outcome {
        Outcome::Started | Outcome::Advanced | Outcome::Completed | Outcome::Served | Outcome::Promoted => "ok",
        Outcome::Aborted => "bad",
        Outcome::Held | Outcome::Error | Outcome::Pinned => "warn",
        Outcome::Resumed | Outcome::Manual | Outcome::Unpinned | Outcome::Other(_) => "",
    };
    Decision {
        at: decided.at,
        who: decided.who.clone(),
        outcome: (class, decided.outcome.to_string()),
        percent: from.zip(to).filter(|(from, to)| from != to),
        reason: decided.reason.clone(),
        figures,
    }
}

/// An act on an agent's versions. What was refused is said on its page.
pub(super) async fn act(request: PageRequest, Path((name, act)): Path<(String, String)>) -> PageResult {
    let PageRequest { console, guest, fields, .. } = &request;
    let app = &console.app;
    let sha256 = Some(fields.get("sha256").to_owned()).filter(|sha256| !sha256.is_empty());
    let order = match act.as_str() {
        "flag" => return agents::switch(request, Path(name)).await,
        "accept" => return accept(&request, &name).await,
        "replay" => return play_again(&request, &name).await,
        "promote" => VersionOrder::Promote,
        "rollback" => VersionOrder::Rollback(sha256),
        "pin" => VersionOrder::Pin(sha256.ok_or(ConsoleError::Malformed)?),
        "unpin" => VersionOrder::Unpin,
        "hold" => VersionOrder::Hold(reason(&request)),
        "resume" => VersionOrder::Resume,
        _ => return Err(ConsoleError::NotFound),
    };
    match rollout::order_versions(&app.store, &name, &order, &guest.actor, app.clock.now()).await {
        Ok(_) => see(&format!("/agents/{name}?done={act}")),
        Err(VersionError::Store(error)) => Err(error.into()),
        Err(error) => {
            let notice = Some(Notice { level: Level::Bad, words: error.to_string() });
            let mut response = shown(&request, &name, notice).await?;
            *response.status_mut() = StatusCode::CONFLICT;
            Ok(response)
        }
    }
}

/// The reason that a form gives, else that it was done by hand.
pub(super) fn reason(request: &PageRequest) -> String {
    let reason: String = request.fields.get("reason").trim().chars().take(REASON_MAX).collect();
    if reason.is_empty() { "by hand".to_owned() } else { reason }
}

/// Accepts a kind of differences of a version.
async fn accept(request: &PageRequest, name: &str) -> PageResult {
    let fields = &request.fields;
    let kind = Kind::named(fields.get("kind")).ok_or(ConsoleError::Malformed)?;
    let sha256 = fields.get("sha256");
    replay::accept(&request.console.app.store, name, sha256, kind, &request.guest.actor).await?;
    see(&format!("/agents/{name}/replay/{sha256}?done=accept"))
}

/// Plays recorded turns to a version again, beside the one that it was compared with.
async fn play_again(request: &PageRequest, name: &str) -> PageResult {
    let PageRequest { console, guest, fields, .. } = request;
    let (store, components) = (console.app.store.clone(), console.components.clone());
    let (agent, who) = (name.to_owned(), guest.actor.to_string());
    let find = async |meant: &str| components.find(meant, Some(name)).await.map(|(_, sha256)| sha256);
    let (old, new) = (find(fields.get("old")).await?, find(fields.get("new")).await?);
    let to = format!("/agents/{name}/replay/{}?done=replay", short(&new));
    let over = Over { turns: TURNS, since: 0, workers: 1 };
    // It goes on when the visitor leaves.
    let components = components.clone();
    let played = tokio::spawn(async move {
        replay::compare_versions(&store, &components, &agent, (&old, &new), over, &who).await.map(drop)
    });
    played.await.map_err(|error| ConsoleError::Internal(error.to_string()))??;
    see(&to)
}

impl From<ReplayError> for ConsoleError {
    fn from(error: ReplayError) -> ConsoleError {
        match error {
            ReplayError::Store(error) => error.into(),
            ReplayError::Task(_) => ConsoleError::Internal(error.to_string()),
            _ => ConsoleError::NotFound,
        }
    }
}
