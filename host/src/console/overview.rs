//! `/`: how the service is.

use std::collections::BTreeMap;

use switchboard_console::{
    Language, Level, Place, Spark,
    pages::{AgentFigures, Light, OverviewPage, Waits},
};
use switchboard_core::{operator::OperatorRole, plan::PlanLimits};
use switchboard_store::{Answers, Waiting};

use super::figures::{ERRORS_MAX, figures, total};
use super::{
    answer::{PageResult, page, see},
    audit::change,
    range::Range,
    request::PageRequest,
    state::{Charted, Now},
    talk::name_of,
    view::{About, findings},
};
use crate::operators::audit::{self, AuditChoice};

/// How many changes are shown, of so many acts.
const CHANGES: usize = 8;
const READ: usize = 100;

pub(super) async fn show(request: PageRequest) -> PageResult {
    let PageRequest { console, guest, look, fields } = &request;
    // Who works at the desk begins there.
    if guest.visitor.role == OperatorRole::Support && guest.path == "/" {
        return see("/inbox");
    }
    let (now, t, language) = (console.now().await, request.t(), look.language);
    let problems = findings(&now);
    let snapshot = &now.snapshot;
    let cannot_store = snapshot.database_away.is_some() || snapshot.unstored.is_some();
    let worst = problems.iter().map(|problem| problem.level).max().unwrap_or_default();
    let plural = |one, more, n| language.plural(one, more, n);
    let sentence = match () {
        () if cannot_store => t.overview.cannot_store.to_owned(),
        () if !snapshot.starting.is_empty() => t.overview.starting.to_owned(),
        () if problems.is_empty() => t.overview.all_is_well.to_owned(),
        () => plural(t.overview.needs_you, t.overview.needs_you_more, problems.len() as i64),
    };
    let served = plural(t.overview.served_by, t.overview.served_by_more, snapshot.hosts.len() as i64);
    let served = served.replace("{percent}", &language.percent(snapshot.percent));
    let range = Range::parse(fields.get("since"));
    let (day, charted) = match cannot_store {
        true => (None, None),
        false => (Some(console.charted(Range::Day).await?), Some(console.charted(range).await?)),
    };
    let choice = AuditChoice { limit: READ, ..AuditChoice::default() };
    let mut acts = if cannot_store { Vec::new() } else { audit::read(&console.app.store, &choice).await? };
    // Who signed in changed nothing.
    acts.retain(|act| !act.act.starts_with("console."));
    acts.truncate(CHANGES);
    let f = request.frame(&now, About::new(Place::Overview, t.frame.overview).topics("figures"));
    let sees_people = f.may_support();
    page(&OverviewPage {
        sentence,
        level: if cannot_store { Level::Bad } else { worst },
        served,
        problems,
        lights: lights(&request, &now, day.as_deref().map(total), sees_people),
        ranges: Range::ALL.map(|one| (one.as_str(), one.name(t), one == range)).to_vec(),
        figures: charted
            .as_deref()
            .map(|charted| figures(charted, range, &f.clock, language, sees_people))
            .unwrap_or_default(),
        counted: charted
            .as_deref()
            .and_then(|charted| charted.until)
            .map(|until| t.overview.counted_until.replace("{at}", &f.clock.time(until)).replace("{n}", &f.ago(until))),
        agents: charted.as_deref().map(|charted| by_agent(charted, range, language)).unwrap_or_default(),
        waiting: sees_people.then(|| now.waiting.iter().map(|one| waits(one, &request)).collect()),
        changes: acts.into_iter().map(change).collect(),
        f,
    })
}

fn waits(one: &Waiting, request: &PageRequest) -> Waits {
    let subject = one.tickets.first().map(|ticket| ticket.subject.clone());
    Waits {
        person: one.person.to_string(),
        name: name_of(one.name.clone(), one.person, request.t()),
        since: one.since().unwrap_or(one.wrote_at),
        about: subject.or_else(|| one.agent.clone()).unwrap_or_default(),
    }
}

/// The figures of the last 24 hours and of now, each with the page that has what is behind it.
fn lights(request: &PageRequest, now: &Now, day: Option<Answers>, sees_people: bool) -> Vec<Light> {
    let (t, language, app) = (request.t(), request.look.language, &request.console.app);
    let (snapshot, limits) = (&now.snapshot, PlanLimits::default());
    let turns = |query: &str| sees_people.then(|| format!("/turns?since=24h{query}"));
    let fine = (Level::Fine, "");
    let judged =
        |holds: bool| if holds { (Level::Fine, t.shared.holds) } else { (Level::Warn, t.shared.does_not_hold) };
    let unknown = || t.shared.unknown.to_owned();
    let light = |name, value, of, level, href| Light { name, value, of, near: None, level, href };
    let p95 = day.as_ref().and_then(|day| day.percentile(95));
    let errors = day.as_ref().filter(|day| day.messages > 0).map(Answers::error_percent);
    let period = |ms: f64| language.period(ms as i64);
    // A figure that is to be below its limit.
    let measured = |name, now: Option<f64>, limit: f64, words: &dyn Fn(f64) -> String, href| Light {
        near: now.map(|now| (now / limit * 100.0).clamp(0.0, 100.0).round()),
        ..light(
            name,
            now.map_or_else(unknown, words),
            t.shared.below.replace("{n}", &words(limit)),
            now.map_or(fine, |now| judged(now < limit)),
            href,
        )
    };
    let listed = crate::rollout::listed(&app.plugins, &app.flags.current());
    let on = snapshot.agents.len() as i64 - snapshot.resting_agents.len() as i64;
    let dead = snapshot.counts.dead + snapshot.counts.outbox_dead + snapshot.counts.forwards_dead;
    let attention = |n: i64| if n > 0 { (Level::Warn, t.overview.look_at) } else { fine };
    let rollout = match snapshot.rollouts.iter().find(|one| one.agent.is_none()) {
        Some(one) if one.is_held => (Level::Warn, t.shared.state_held),
        Some(one) if one.is_aborted => (Level::Warn, t.overview.look_at),
        Some(one) if one.is_under_way => (Level::Fine, t.shared.step_now),
        _ => fine,
    };
    vec![
        measured(t.shared.answer_time, p95.map(|ms| ms as f64), limits.p95_ms as f64, &period, turns("")),
        measured(t.shared.errors, errors, ERRORS_MAX, &|percent| language.percent(percent), turns("&outcome=apology")),
        light(
            t.overview.messages_answered,
            day.map_or_else(unknown, |day| language.count(day.messages)),
            String::new(),
            fine,
            turns(""),
        ),
        light(
            t.overview.agents_that_answer,
            language.count(on.max(0)),
            t.overview.of_n.replace("{n}", &language.count(listed.len() as i64)),
            attention(snapshot.resting_agents.len() as i64 + snapshot.refused.len() as i64),
            Some("/agents".to_owned()),
        ),
        light(
            t.overview.wait_for_a_human,
            now.waits.map_or_else(unknown, |waits| language.count(waits)),
            String::new(),
            attention(now.waits.unwrap_or_default()),
            sees_people.then(|| "/inbox".to_owned()),
        ),
        light(
            t.overview.were_given_up,
            language.count(dead),
            String::new(),
            attention(dead),
            Some("/waiting".to_owned()),
        ),
        light(
            t.frame.rollout,
            language.percent(snapshot.percent),
            t.overview.of_people.to_owned(),
            rollout,
            Some("/rollout".to_owned()),
        ),
        light(
            t.overview.numbers_resting,
            language.count(snapshot.resting.len() as i64),
            String::new(),
            attention(snapshot.resting.len() as i64),
            Some("/waiting#problems".to_owned()),
        ),
    ]
}

/// The agents' figures, those with the most messages first.
fn by_agent(charted: &Charted, range: Range, language: Language) -> Vec<AgentFigures> {
    let t = language.texts();
    let agent = |(name, steps): (&String, &BTreeMap<i64, Answers>)| {
        let mut all = Answers::default();
        steps.values().for_each(|answers| all.add(answers));
        let at = |nth: i64| steps.get(&(charted.from + nth * range.step_ms()));
        AgentFigures {
            name: name.clone(),
            messages: all.messages,
            error_percent: all.error_percent(),
            p95_ms: all.percentile(95),
            spark: Spark {
                label: t.shared.spark_label.replace("{who}", name),
                values: (0..range.steps()).map(|nth| at(nth).map_or(0.0, |answers| answers.messages as f64)).collect(),
            },
        }
    };
    let mut agents: Vec<AgentFigures> = charted.series.iter().map(agent).collect();
    agents.sort_by_key(|agent| std::cmp::Reverse(agent.messages));
    agents
}
