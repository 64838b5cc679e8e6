//! Each kind of hostility against real hosts, in one table: what is done, what must hold, what was seen, and how people beside it fared.
//! `make test` runs the kinds that have no test of their own elsewhere; `make test-hostile` runs all of them.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use futures_util::{FutureExt, future::LocalBoxFuture};

mod agents;
mod bodies;
pub(crate) mod components;
mod elsewhere;
mod ground;
mod port;
mod upstream;
mod witness;

use ground::Ground;
use witness::Witness;

/// One kind of hostility.
struct Kind {
    /// What is hostile: an agent, a component file, a stranger at the port, a signed body, or a service that the host calls.
    by: &'static str,
    /// What is done.
    name: &'static str,
    /// What must hold, beside what holds for all: others are answered once each, memory is bounded, the host lives.
    bound: &'static str,
    run: Run,
}

/// How a kind is tried.
enum Run {
    /// Against the common host, beside people who write to it; returns what was seen.
    Beside(for<'a> fn(&'a mut Ground) -> LocalBoxFuture<'a, String>),
    /// By a test that `make test` runs by itself.
    Test(fn()),
}

/// What came of a kind.
struct Row {
    by: &'static str,
    name: &'static str,
    bound: &'static str,
    /// What was seen, or what went wrong.
    seen: Result<String, String>,
    /// How long the slowest of so many people beside it waited for an answer.
    others: Option<(Duration, usize)>,
    /// By how many bytes the host's resident memory grew at its peak.
    grown: Option<usize>,
    took: Duration,
}

/// The most that a host's resident memory may grow by one kind, in bytes. It reads up to four component files at a time, of at most 32 MiB.
const GROWTH_MAX: usize = 160 << 20;

/// How long somebody beside it may wait for an answer, on a loaded machine.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// All kinds; those with a test of their own come last.
fn kinds() -> Vec<Kind> {
    let rooms = [agents::kinds(), components::kinds(), port::kinds(), bodies::kinds(), upstream::kinds()];
    rooms.into_iter().flatten().chain(elsewhere::kinds()).collect()
}

/// What a panic said.
fn said(panic: Box<dyn std::any::Any + Send>) -> String {
    let said = panic.downcast_ref::<String>().cloned();
    said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned())).unwrap_or_default()
}

async fn beside(ground: &mut Ground, kind: &Kind, run: impl AsyncFnOnce(&mut Ground) -> String) -> Row {
    let began = Instant::now();
    ground.stage.forget_peak(0);
    let (before, _) = ground.stage.resident(0);
    let witness = Witness::begin(&ground.stage, ground.people);
    let seen = AssertUnwindSafe(run(ground)).catch_unwind().await.map_err(said);
    let others = witness.end().await;
    let state = AssertUnwindSafe(async { (ground.stage.health(0).await.0, ground.stage.resident(0).1) });
    let (mut wrong, mut row_others, mut grown) = (Vec::new(), None, None);
    match state.catch_unwind().await {
        Ok((200, peak)) => grown = Some(peak.saturating_sub(before)),
        Ok((code, _)) => wrong.push(format!("the host's health is {code}")),
        Err(_) => wrong.push("the host is gone".to_owned()),
    }
    match others {
        Ok(waits) => {
            ground.people += waits.len();
            row_others = waits.iter().max().map(|longest| (*longest, waits.len()));
        }
        Err(error) => wrong.push(error),
    }
    wrong.extend(grown.filter(|grown| *grown > GROWTH_MAX).map(|grown| format!("{} MiB more memory", grown >> 20)));
    wrong.extend(row_others.filter(|(longest, _)| *longest > WAIT_MAX).map(|_| "others waited too long".to_owned()));
    let seen = seen.and_then(|seen| if wrong.is_empty() { Ok(seen) } else { Err(wrong.join("; ")) });
    let Kind { by, name, bound, .. } = *kind;
    Row { by, name, bound, seen, others: row_others, grown, took: began.elapsed() }
}

/// Tries these kinds one after the other on one host, and prints a row for each.
async fn rows(kinds: &[Kind]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut ground = None;
    for kind in kinds {
        let row = match kind.run {
            Run::Beside(run) => {
                if ground.is_none() {
                    ground = Some(Ground::new().await);
                }
                let ground = ground.as_mut().expect("it is there");
                beside(ground, kind, async |ground| run(ground).await).await
            }
            Run::Test(test) => {
                let began = Instant::now();
                let ended = tokio::task::spawn_blocking(move || std::panic::catch_unwind(test)).await.expect("it ends");
                let seen = ended.map(|()| "its test holds".to_owned()).map_err(said);
                let Kind { by, name, bound, .. } = *kind;
                Row { by, name, bound, seen, others: None, grown: None, took: began.elapsed() }
            }
        };
        println!("{}", line(&row));
        rows.push(row);
    }
    if let Some(ground) = &ground {
        let doubled = witness::doubled(&ground.stage, ground.people).await;
        println!("{} people beside them: each was answered, {doubled} of them more than once", ground.people);
        assert_eq!(doubled, 0, "nobody is answered twice");
    }
    rows
}

fn line(row: &Row) -> String {
    let others = row.others.map_or(String::new(), |(longest, n)| format!("{} ms of {n}", longest.as_millis()));
    let grown = row.grown.map_or(String::new(), |bytes| format!("+{} MiB", bytes >> 20));
    let (verdict, seen) = match &row.seen {
        Ok(seen) => ("holds", seen.clone()),
        Err(wrong) => ("WRONG", wrong.clone()),
    };
    let seen: String = switchboard_core::text::one_line(&seen).chars().take(150).collect();
    format!(
        "{:<10} {:<52} {verdict:<6} {others:>14} {grown:>9} {:>5.1} s  must: {}; seen: {seen}",
        row.by,
        row.name,
        row.took.as_secs_f64(),
        row.bound
    )
}

/// Prints the head of the table, tries the kinds, and fails if one of them does not hold.
async fn told(kinds: Vec<Kind>) {
    let began = Instant::now();
    println!("{:<10} {:<52} {:<6} {:>14} {:>9} {:>7}", "by", "kind", "", "others waited", "memory", "took");
    let rows = rows(&kinds).await;
    let wrong: Vec<&str> = rows.iter().filter(|row| row.seen.is_err()).map(|row| row.name).collect();
    println!(
        "{} kinds of hostility, {} hold, in {:.0} s",
        rows.len(),
        rows.len() - wrong.len(),
        began.elapsed().as_secs_f64()
    );
    assert!(wrong.is_empty(), "not as it should be: {}", wrong.join(", "));
}

/// The kinds by these, but those that have a test of their own.
fn short(by: &[&str]) -> Vec<Kind> {
    kinds().into_iter().filter(|kind| by.contains(&kind.by) && matches!(kind.run, Run::Beside(_))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_agents_files_strangers_and_bodies() {
    told(short(&["agent", "file", "stranger", "body"])).await;
}

/// These mostly wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_services_and_machines() {
    told(short(&["service", "machine"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: `make test-hostile`"]
async fn every_kind() {
    // Part of the name of the kinds that are wanted.
    #[allow(clippy::disallowed_methods)]
    let wanted = std::env::var("HOSTILE").unwrap_or_default();
    told(kinds().into_iter().filter(|kind| kind.name.contains(&wanted)).collect()).await;
}

#[test]
fn there_are_many_and_each_has_a_name_of_its_own() {
    let kinds = kinds();
    let names: std::collections::HashSet<&str> = kinds.iter().map(|kind| kind.name).collect();
    assert_eq!(names.len(), kinds.len());
    assert!(kinds.iter().filter(|kind| matches!(kind.run, Run::Beside(_))).count() >= 45, "{}", kinds.len());
}
