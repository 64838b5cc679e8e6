//! `/agents/{name}/replay/{sha256}`: what a new version does otherwise in recorded turns.

use axum::extract::Path;
use switchboard_console::{
    Level, Notice, Place, Texts,
    pages::{AcceptKind, DifferenceRow, ReplayPage, ReplayedTurn},
};
use switchboard_store::ReplayRun;

use super::{
    agents::short,
    answer::{ConsoleError, PageResult, page},
    bubbles,
    request::PageRequest,
    view::About,
};
use crate::{
    replay::{self, Difference, Kind},
    trace::Timeline,
};

pub(super) async fn show(request: PageRequest, Path((agent, sha256)): Path<(String, String)>) -> PageResult {
    let PageRequest { console, fields, .. } = &request;
    let (t, now) = (request.t(), console.now().await);
    let runs = console.app.store.replays(&agent).await?;
    let run = runs.into_iter().find(|run| !sha256.is_empty() && run.new_sha256.starts_with(&sha256));
    let run = run.ok_or(ConsoleError::NotFound)?;
    let mut about = About::new(Place::Agents, &short(&run.new_sha256));
    about.notice = match fields.get("done") {
        "accept" => Some(t.replay.done_accept),
        "replay" => Some(t.replay.done_replay),
        _ => None,
    }
    .map(|words| Notice { level: Level::Fine, words: words.to_owned() });
    let f = request.frame(&now, about);
    let wanted: Option<i64> = fields.get("turn").parse().ok();
    let wanted = wanted.filter(|message| run.differences.iter().any(|one| one.message == *message));
    let message = wanted.or(run.differences.first().map(|one| one.message));
    let (shown, not_shown) = match message {
        Some(_) if !f.may_support() => (None, Some(t.replay.turns_need_role.to_owned())),
        Some(message) => turn(&request, &run, message).await?,
        None => (None, None),
    };
    page(&ReplayPage {
        old: short(&run.old_sha256),
        new: short(&run.new_sha256),
        verdict: match (run.passes(), run.turns) {
            (true, 0) => (Level::Fine, t.shared.replay_nothing.to_owned()),
            (true, _) => (Level::Fine, t.replay.replay_passes.to_owned()),
            (false, _) => (Level::Warn, t.replay.replay_differs.to_owned()),
        },
        played: (run.at, run.who.clone()),
        turns: run.turns,
        same: run.same,
        unknown: run.unknown,
        differences: run
            .differences
            .iter()
            .map(|one| DifferenceRow {
                kind: kind(&one.kind, t),
                place: one.place.clone(),
                turns: one.turns,
                message: one.message,
                accepted_by: one.accepted_by.clone(),
                is_shown: shown.is_some() && Some(one.message) == message,
            })
            .collect(),
        open: open(&run, t),
        shown,
        not_shown,
        agent,
        f,
    })
}

/// The kinds that nobody has accepted.
fn open(run: &ReplayRun, t: &'static Texts) -> Vec<AcceptKind> {
    let turns = |kind: &str| run.differences.iter().filter(|one| one.kind == kind).map(|one| one.turns).max();
    let accept =
        |name: &str| AcceptKind { name: name.to_owned(), words: kind(name, t), turns: turns(name).unwrap_or_default() };
    run.open_kinds().into_iter().map(accept).collect()
}

/// A recorded turn beside what the new version does in it, played now; or why it cannot be shown.
async fn turn(
    request: &PageRequest,
    run: &ReplayRun,
    message: i64,
) -> Result<(Option<ReplayedTurn>, Option<String>), ConsoleError> {
    let (console, t) = (&request.console, request.t());
    let (store, agents) = (&console.app.store, console.app.plugins.current());
    let versions = (run.old_sha256.as_str(), run.new_sha256.as_str());
    let compared = match replay::compare_turn(store, &console.components, &run.agent, versions, message).await {
        Ok(compared) => compared,
        Err(replay::ReplayError::Store(error)) => return Err(error.into()),
        // A version that is not kept any more, say.
        Err(error) => return Ok((None, Some(error.to_string()))),
    };
    let timeline = Timeline::read(store, &agents, message).await?;
    let (Some((differences, unknown)), Some(timeline)) = (compared, timeline) else {
        return Ok((None, Some(t.replay.turn_not_recorded.to_owned())));
    };
    let mut lines = lines(&differences, t);
    if lines.is_empty() {
        lines.push(("same", t.replay.same_now.to_owned()));
    }
    let was = bubbles::of_turn(&timeline, request.look.language);
    Ok((Some(ReplayedTurn { message, was, lines, unknown }), None))
}

/// What differs, line by line: the place, what was, what is now.
fn lines(differences: &[Difference], t: &'static Texts) -> Vec<(&'static str, String)> {
    let of = |one: &Difference| {
        let place = format!("{}: {}", kind(one.kind.as_str(), t), one.place);
        [("same", place), ("minus", format!("- {}", one.was)), ("plus", format!("+ {}", one.now))]
    };
    differences.iter().flat_map(of).collect()
}

/// What a kind of difference is called.
fn kind(name: &str, t: &'static Texts) -> &'static str {
    match Kind::named(name) {
        Some(Kind::Words) => t.replay.kind_words,
        Some(Kind::Choices) => t.replay.kind_choices,
        Some(Kind::Flow) => t.replay.kind_flow,
        Some(Kind::Writes) => t.replay.kind_writes,
        Some(Kind::Calls) => t.replay.kind_calls,
        Some(Kind::Cost) => t.replay.kind_cost,
        Some(Kind::Limits) => t.replay.kind_limits,
        Some(Kind::Traps) => t.replay.kind_traps,
        None => t.shared.reason_other,
    }
}
