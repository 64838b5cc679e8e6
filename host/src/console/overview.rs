//! `/`: how the service is.

use std::collections::BTreeMap;

use switchboard_console::{
    Chart, ChartLimit, Clock, Language, Level, Place, Point, Shape, Spark,
    pages::{AgentFigures, Figure, Light, OverviewPage, Waits},
    round_marks,
};
use switchboard_core::{operator::OperatorRole, plan::PlanLimits};
use switchboard_store::{Answers, Waiting};

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

/// The percentage of errors that is still well: the first steps' of the deployment checklist.
const ERRORS_MAX: f64 = 1.0;

/// Words under a chart.
const TIMES: i64 = 4;

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

/// All answers of a time.
fn total(charted: &Charted) -> Answers {
    let mut all = Answers::default();
    charted.series.values().flat_map(BTreeMap::values).for_each(|answers| all.add(answers));
    all
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
    let below = |limit: String| t.shared.below.replace("{n}", &limit);
    let p95 = day.as_ref().and_then(|day| day.percentile(95));
    let errors = day.as_ref().filter(|day| day.messages > 0).map(Answers::error_percent);
    let near = |now: f64, limit: f64| Some((now / limit * 100.0).clamp(0.0, 100.0).round());
    let listed = crate::rollout::listed(&app.plugins, &app.flags.current());
    let on = snapshot.agents.len() as i64 - snapshot.resting_agents.len() as i64;
    let dead = snapshot.counts.dead + snapshot.counts.outbox_dead + snapshot.counts.forwards_dead;
    let attention = |n: i64| if n > 0 { (Level::Warn, t.overview.look_at) } else { fine };
    let rollout = snapshot.rollouts.iter().find(|one| one.agent.is_none());
    let rollout = match rollout {
        Some(one) if one.is_held => (Level::Warn, t.shared.state_held),
        Some(one) if one.is_aborted => (Level::Warn, t.overview.look_at),
        Some(one) if one.is_under_way => (Level::Fine, t.shared.step_now),
        _ => fine,
    };
    vec![
        Light {
            near: p95.and_then(|ms| near(ms as f64, limits.p95_ms as f64)),
            ..light(
                t.shared.answer_time,
                p95.map_or_else(unknown, |ms| language.period(ms)),
                below(language.period(limits.p95_ms)),
                p95.map_or(fine, |ms| judged(ms < limits.p95_ms)),
                turns(""),
            )
        },
        Light {
            near: errors.and_then(|percent| near(percent, ERRORS_MAX)),
            ..light(
                t.shared.errors,
                errors.map_or_else(unknown, |percent| language.percent(percent)),
                below(language.percent(ERRORS_MAX)),
                errors.map_or(fine, |percent| judged(percent < ERRORS_MAX)),
                turns("&outcome=apology"),
            )
        },
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

/// The steps of a time, each with all agents' answers.
fn steps(charted: &Charted, range: Range) -> Vec<(i64, Answers)> {
    let step = |nth: i64| {
        let at = charted.from + nth * range.step_ms();
        let mut all = Answers::default();
        charted.series.values().filter_map(|steps| steps.get(&at)).for_each(|answers| all.add(answers));
        (at, all)
    };
    (0..range.steps()).map(step).collect()
}

/// The charts; none without a message.
fn figures(charted: &Charted, range: Range, clock: &Clock, language: Language, sees_people: bool) -> Vec<Figure> {
    let (t, all, steps) = (language.texts(), total(charted), steps(charted, range));
    if all.messages == 0 {
        return Vec::new();
    }
    let turns = |query: &str| sees_people.then(|| format!("/turns?since={}{query}", range.as_str()));
    let when = |at: i64| if range == Range::Week { clock.when(at, language) } else { clock.time(at) };
    let times: Vec<String> = (0..=TIMES).map(|nth| when(charted.from + range.period_ms() * nth / TIMES)).collect();
    let chart = |label: String, shape, classes, points: Vec<Point>| {
        let most = points.iter().map(|point| point.values.iter().flatten().sum::<f64>()).fold(0.0, f64::max);
        let marks = match shape {
            Shape::Bars => round_marks(most).into_iter().map(|at| (at, language.decimal(at, 1))).collect(),
            Shape::Lines => Vec::new(),
        };
        Chart { label, shape, classes, points, marks, times: times.clone(), limit: None }
    };
    let period = |ms: Option<i64>| ms.map_or_else(|| t.shared.unknown.to_owned(), |ms| language.period(ms));
    let percent = language.percent((all.error_percent() * 100.0).round() / 100.0);
    let errors = format!("{} {}, {percent}", language.count(all.errors), t.shared.errors_short);
    let answered = |(at, step): &(i64, Answers)| Point {
        title: format!(
            "{}: {} {}, {} {}",
            when(*at),
            language.count(step.messages),
            t.shared.messages_short,
            language.count(step.errors),
            t.shared.errors_short
        ),
        values: vec![Some((step.messages - step.errors) as f64), Some(step.errors as f64)],
    };
    let times_of = |step: &Answers| [50, 95, 99].map(|n| step.percentile(n));
    let took = |(at, step): &(i64, Answers)| {
        let [p50, p95, p99] = times_of(step);
        Point {
            title: format!("{}: p50 {}, p95 {}, p99 {}", when(*at), period(p50), period(p95), period(p99)),
            values: [p50, p95, p99].map(|ms| ms.map(|ms| ms as f64)).to_vec(),
        }
    };
    let failed = |(at, step): &(i64, Answers)| Point {
        title: format!("{}: {}", when(*at), language.percent((step.error_percent() * 100.0).round() / 100.0)),
        values: vec![Some(step.error_percent())],
    };
    let [p50, p95, p99] = times_of(&all);
    let limit_ms = PlanLimits::default().p95_ms;
    let limit =
        |at: f64, words: String| Some(ChartLimit { at, words: format!("{} {words}", t.shared.limit.to_lowercase()) });
    let in_words = |name: &str, value: &str, detail: &str| format!("{name}: {value}, {detail}");
    let messages = language.count(all.messages);
    let detail = format!("p50 {}, p99 {}", period(p50), period(p99));
    vec![
        Figure {
            name: t.overview.messages_answered,
            value: messages.clone(),
            detail: errors.clone(),
            keys: vec![("k1", t.shared.answered), ("k4", t.shared.errors_short)],
            chart: chart(
                in_words(t.overview.messages_answered, &messages, &errors),
                Shape::Bars,
                &["f1", "fbad"],
                steps.iter().map(answered).collect(),
            ),
            href: turns(""),
        },
        Figure {
            name: t.overview.time_to_answer,
            value: period(p95),
            detail: format!("p95, {detail}"),
            keys: vec![("k2", "p50"), ("k1", "p95"), ("k3", "p99")],
            chart: Chart {
                limit: limit(limit_ms as f64, language.period(limit_ms)),
                ..chart(
                    in_words(t.overview.time_to_answer, &period(p95), &detail),
                    Shape::Lines,
                    &["l2", "l1", "l3"],
                    steps.iter().map(took).collect(),
                )
            },
            href: turns(""),
        },
        Figure {
            name: t.shared.errors,
            value: percent.clone(),
            detail: format!("{} {}", language.count(all.errors), t.shared.errors_short),
            keys: vec![("k4", t.overview.percent_of_messages)],
            chart: Chart {
                limit: limit(ERRORS_MAX, language.percent(ERRORS_MAX)),
                ..chart(
                    in_words(t.shared.errors, &percent, &language.count(all.errors)),
                    Shape::Bars,
                    &["fbad"],
                    steps.iter().map(failed).collect(),
                )
            },
            href: turns("&outcome=apology"),
        },
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
