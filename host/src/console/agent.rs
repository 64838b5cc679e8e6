//! `/agents/{name}`: one agent, its candidate beside the stable version, its versions, and what is done with them.

use axum::{extract::Path, http::StatusCode};
use switchboard_console::{
    Clock, Language, Level, Notice, Place,
    pages::{AgentPage, Decision, Does, Replayed, Trial, TrialRow, VersionRow},
};
use switchboard_core::plan::{Outcome, Rollout, State, agent_rollout};
use switchboard_sandbox::{agent::Limits, plugins::Update};
use switchboard_store::{Decided, Figures, KeptVersion, ReplayRun};

use super::{
    agents::{self, card, flag_done, may, short},
    answer::{ConsoleError, PageResult, page, see},
    range::Range,
    request::PageRequest,
    state::Measured,
    view::About,
};
use crate::{
    replay::{self, Kind, Over, ReplayError},
    rollout::{self, AgentState, History, ListedAgent, VersionError, VersionOrder, VersionRole},
};

const HOUR_MS: f64 = 3_600_000.0;

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
        "promote" => t.done_promote,
        "rollback" => t.done_rollback,
        "pin" => t.done_pin,
        "unpin" => t.done_unpin,
        "hold" => t.done_hold,
        "resume" => t.done_resume,
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
        None => t.uploaded_serves.to_owned(),
        Some(row) if row.percent > 0.0 => {
            t.uploaded_tried.replace("{percent}", &request.look.language.percent(row.percent))
        }
        Some(row) if rollout::held_by_gate(&row).is_some() => t.uploaded_replay.to_owned(),
        Some(_) => t.uploaded_waits.to_owned(),
    };
    Ok(Notice { level: Level::Fine, words: format!("{} {then}", t.uploaded.replace("{n}", &short(sha256))) })
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
        _ if !agent.is_on => t.is_off_sentence.to_owned(),
        (Some(called), Some(at)) => t.serves_as.replace("{n}", called).replace("{at}", &f.when(at)),
        (Some(called), None) => t.serves_as_short.replace("{n}", called),
        (None, _) => t.not_in_service.to_owned(),
    };
    let rests = version.and_then(|version| version.record().rests(f.clock.now)).map(|rest| {
        let words = t.agent_rests_why.replace("{n}", &f.number(rest.stops as i64));
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

/// What versions call themselves, as far as they are loaded here.
struct Names(Vec<(String, String)>);

impl Names {
    fn of(request: &PageRequest, agent: &ListedAgent) -> Names {
        let file = request.console.app.plugins.files().remove(&agent.name);
        let loaded = [agent.version.clone(), agent.candidate.as_ref().map(|tried| tried.version.clone()), file];
        let named = |version: &switchboard_sandbox::agent::Version| {
            (version.sha256().to_owned(), version.profile().version.clone())
        };
        Names(loaded.iter().flatten().map(|version| named(version)).collect())
    }

    fn get(&self, sha256: &str) -> Option<&str> {
        self.0.iter().find(|(of, _)| of == sha256).map(|(_, name)| name.as_str())
    }
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
        Update::Instant => t.policy_instant,
        Update::Canary(_) => t.policy_canary,
        Update::Manual => t.policy_manual,
    };
    if plugins.is_gated(name) { format!("{how} {}", t.policy_gate) } else { how.to_owned() }
}

async fn trial(request: &PageRequest, row: &Rollout, names: &Names, clock: &Clock) -> Result<Trial, ConsoleError> {
    let (t, language) = (request.t(), request.look.language);
    let sha256 = row.candidate.as_deref().unwrap_or_default();
    let gated = rollout::held_by_gate(row);
    let state = match (row.state, gated) {
        (_, Some(reason)) if reason.contains("differs") => ("warn", t.state_differs),
        (_, Some(_)) => ("", t.state_gate),
        (State::Held, None) if row.percent > 0.0 => ("warn", t.state_held),
        (State::Held, None) => ("warn", t.state_waits),
        _ => ("violet", t.state_trial),
    };
    let mut sentences = Vec::new();
    if row.state == State::Held || row.outcome == Outcome::Held {
        sentences.push(row.reason.clone());
    }
    if row.state == State::Running {
        sentences.extend(next(row, clock, language));
    }
    let figures = match row.percent > 0.0 {
        true => compared(&request.console.measured(row).await?, language),
        false => Vec::new(),
    };
    Ok(Trial {
        version: (names.get(sha256).unwrap_or_default().to_owned(), short(sha256)),
        percent: row.percent,
        state,
        sentences,
        figures,
        can_hold: row.state == State::Running,
        can_resume: row.state == State::Held && row.percent > 0.0,
        can_promote: gated.is_none(),
    })
}

/// What comes after the present step.
fn next(row: &Rollout, clock: &Clock, language: Language) -> Option<String> {
    let (t, step) = (language.texts(), row.plan.steps.get(row.step)?);
    let after = row.plan.steps.get(row.step + 1);
    let words = if after.is_some() { t.trial_next } else { t.trial_last };
    let at = row.step_since + (step.hours * HOUR_MS) as i64;
    let words = words.replace("{percent}", &language.percent(after.map_or(100.0, |next| next.percent)));
    let words = words.replace("{at}", &clock.when(at, language)).replace("{n}", &language.count(step.min_messages));
    Some(words.replace("{limit}", &language.percent(step.max_error_percent)))
}

/// The candidate's figures beside those of the control group.
fn compared(measured: &Measured, language: Language) -> Vec<TrialRow> {
    let t = language.texts();
    let (tried, stable) = (&measured.step.step, measured.control.clone().unwrap_or_default());
    let none = || ("", String::new());
    let with_interval = |figures: &Figures| match figures.error_interval() {
        Some((low, high)) => {
            let percent = language.percent(figures.error_percent());
            format!("{percent} ({}–{})", language.decimal(low, 1), language.decimal(high, 1))
        }
        None => "–".to_owned(),
    };
    let period = |ms: Option<i64>| ms.map_or_else(|| "–".to_owned(), |ms| language.period(ms));
    let share = |percent: Option<f64>| percent.map_or_else(|| "–".to_owned(), |share| language.percent(share.round()));
    vec![
        TrialRow {
            name: t.messages,
            tried: language.count(tried.messages),
            stable: language.count(stable.messages),
            differs: none(),
        },
        TrialRow {
            name: t.errors_interval,
            tried: with_interval(tried),
            stable: with_interval(&stable),
            differs: errors_differ(tried, &stable, language).unwrap_or_else(none),
        },
        TrialRow {
            name: t.limit_answer,
            tried: period(tried.p95_ms),
            stable: period(stable.p95_ms),
            differs: tried.p95_ms.zip(stable.p95_ms).map_or_else(none, |(tried, stable)| {
                let sign = if tried >= stable { "+" } else { "−" };
                (
                    if tried > stable { "warn" } else { "ok" },
                    format!("{sign}{}", language.period((tried - stable).abs())),
                )
            }),
        },
        TrialRow {
            name: t.flows_done,
            tried: share(tried.completed_percent()),
            stable: share(stable.completed_percent()),
            differs: none(),
        },
    ]
}

/// How the errors differ; as long as their intervals overlap that is unsure.
fn errors_differ(tried: &Figures, stable: &Figures, language: Language) -> Option<(&'static str, String)> {
    let ((low, high), (stable_low, stable_high)) = (tried.error_interval()?, stable.error_interval()?);
    let by = tried.error_percent() - stable.error_percent();
    let sign = if by < 0.0 { "−" } else { "+" };
    let words = format!("{sign}{}", language.percent((by.abs() * 10.0).round() / 10.0));
    Some(match () {
        () if low > stable_high => ("bad", words),
        () if high < stable_low => ("ok", words),
        () if by > 0.0 => ("warn", language.texts().unsure_more.replace("{n}", &words)),
        () => ("dim", language.texts().unsure_more.replace("{n}", &words)),
    })
}

fn limits(limits: &Limits, language: Language) -> Vec<Does> {
    let t = language.texts();
    let bytes = |bytes: usize| language.bytes(i64::try_from(bytes).unwrap_or(i64::MAX));
    let ms = |time: std::time::Duration| language.period(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
    let does = |name, value| Does { name, value };
    vec![
        does(t.limit_memory, bytes(limits.memory_bytes_max)),
        does(t.limit_fuel, language.count(i64::try_from(limits.fuel).unwrap_or(i64::MAX))),
        does(t.limit_cpu, ms(limits.cpu)),
        does(t.limit_wall, ms(limits.wall)),
        does(t.limit_calls, language.count(limits.host_calls_max.into())),
        does(t.limit_returned, bytes(limits.returned_bytes_max)),
        does(t.limit_written, bytes(limits.written_bytes_max)),
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
        Some(VersionRole::Serves) => ("ok", t.state_serves.to_owned()),
        Some(VersionRole::Candidate(percent)) if *percent > 0.0 => {
            ("violet", format!("{}, {}", t.state_trial, language.percent(*percent)))
        }
        Some(VersionRole::Candidate(_)) => ("warn", t.state_waits.to_owned()),
        None if version.dropped.is_some() => ("bad", t.state_dropped.to_owned()),
        None if version.size == 0 => ("", t.state_gone.to_owned()),
        None if version.served_at.is_some() => ("", t.state_before.to_owned()),
        None => ("", t.state_new.to_owned()),
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
    let words = t.replay_short.replace("{n}", &language.count(run.same)).replace("{of}", &language.count(run.turns));
    Replayed {
        level: if run.passes() { Level::Fine } else { Level::Warn },
        words: if run.turns == 0 { t.replay_nothing.to_owned() } else { words },
        short: short(&run.new_sha256),
    }
}

/// A decision on a rollout, as pages show it.
pub(super) fn decision(decided: &Decided, language: Language) -> Decision {
    let t = language.texts();
    let figures = decided.figures.as_deref().and_then(|figures| serde_json::from_str::<Figures>(figures).ok());
    let figures = figures.filter(|figures| figures.messages > 0).map(|figures| {
        let messages = format!("{} {}", language.count(figures.messages), t.messages_short);
        let errors = format!("{} {}", language.percent(figures.error_percent()), t.errors_short);
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
