//! `/turns` and `/turns/{id}`: the list of answered messages, and one turn in parts.

use axum::extract::Path;
use switchboard_console::{
    Language, Place, Texts,
    pages::{Fall, Filter, Milestone, TurnPage, TurnRow, TurnsPage},
};
use switchboard_store::{TurnChoice, TurnLine, TurnOutcome};

use super::{
    answer::{ConsoleError, PageResult, page, see},
    bubbles,
    fields::Fields,
    happened::{happened, micros, reason, share},
    request::PageRequest,
    view::About,
};
use crate::trace::Timeline;

const HOUR_MS: i64 = 3_600_000;

/// A period to choose from: name in addresses, milliseconds, name on the page.
type Period = (&'static str, i64, fn(&Texts) -> &'static str);

/// The periods to choose from.
const PERIODS: [Period; 4] = [
    ("1h", HOUR_MS, |t| t.turns.last_hour),
    ("24h", 24 * HOUR_MS, |t| t.turns.last_day),
    ("7d", 7 * 24 * HOUR_MS, |t| t.turns.last_week),
    ("30d", 30 * 24 * HOUR_MS, |t| t.turns.last_month),
];

/// The period without a choice.
const PERIOD: usize = 1;

/// What the address asks for.
struct Asked {
    query: String,
    period: usize,
    agent: Option<String>,
    outcome: Option<TurnOutcome>,
    tests: bool,
    before: Option<i64>,
}

impl Asked {
    fn of(fields: &Fields) -> Asked {
        let given = |name: &str| Some(fields.get(name).trim().to_owned()).filter(|value| !value.is_empty());
        Asked {
            query: given("q").unwrap_or_default(),
            period: PERIODS.iter().position(|(name, ..)| *name == fields.get("since")).unwrap_or(PERIOD),
            agent: given("agent"),
            outcome: TurnOutcome::parse(fields.get("outcome")),
            tests: fields.get("outcome") == TESTS,
            before: fields.get("before").parse().ok(),
        }
    }

    /// The address of this list with another outcome, before a place.
    fn href(&self, outcome: Option<&str>, before: Option<i64>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.query.is_empty() {
            query.append_pair("q", &self.query);
        }
        if self.period != PERIOD {
            query.append_pair("since", PERIODS[self.period].0);
        }
        if let Some(agent) = &self.agent {
            query.append_pair("agent", agent);
        }
        if let Some(outcome) = outcome {
            query.append_pair("outcome", outcome);
        }
        if let Some(before) = before {
            query.append_pair("before", &before.to_string());
        }
        match query.finish() {
            query if query.is_empty() => "/turns".to_owned(),
            query => format!("/turns?{query}"),
        }
    }

    fn outcome_name(&self) -> Option<&'static str> {
        if self.tests { Some(TESTS) } else { self.outcome.map(TurnOutcome::as_str) }
    }
}

/// The outcome that lists turns of test numbers.
const TESTS: &str = "tests";

pub(super) async fn list(request: PageRequest) -> PageResult {
    let PageRequest { console, fields, .. } = &request;
    let asked = Asked::of(fields);
    let (now, t, store) = (console.now().await, request.t(), &console.app.store);
    let person = match asked.query.as_str() {
        "" => None,
        meant => {
            // What names one message leads there.
            let named = meant.strip_prefix("turn-").and_then(|id| id.parse::<i64>().ok());
            let of_wamid = store.messages_of_wamid(meant).await?;
            if let Some(message) = named.or(of_wamid.first().copied()) {
                return see(&format!("/turns/{message}"));
            }
            store.person_of(meant).await?
        }
    };
    let choice = TurnChoice {
        before: asked.before,
        since: console.app.clock.now() - PERIODS[asked.period].1,
        agent: asked.agent.clone(),
        outcome: asked.outcome,
        person,
        words: Some(asked.query.clone()).filter(|words| !words.is_empty() && person.is_none()),
        tests: asked.tests,
    };
    let found = store.turn_list(&choice).await?;
    let mut agents = store.agents_lately().await?;
    agents.extend(asked.agent.clone().filter(|agent| !agents.contains(agent)));
    let f = request.frame(&now, About::new(Place::Turns, t.frame.conversations).topics("turn"));
    let is_filtered = !asked.query.is_empty() || asked.agent.is_some() || asked.outcome_name().is_some();
    page(&TurnsPage {
        query: asked.query.clone(),
        periods: PERIODS
            .iter()
            .enumerate()
            .map(|(nth, (value, _, name))| (*value, name(t), nth == asked.period))
            .collect(),
        agents: agents.into_iter().map(|name| (name.clone(), asked.agent.as_ref() == Some(&name))).collect(),
        kept: asked.outcome_name().map(|outcome| ("outcome", outcome.to_owned())).into_iter().collect(),
        outcomes: outcomes(&asked, t),
        turns: found.turns.iter().map(|line| row(line, t)).collect(),
        older: found.next.map(|next| asked.href(asked.outcome_name(), Some(next))),
        newest: asked.before.map(|_| asked.href(asked.outcome_name(), None)),
        without_filters: is_filtered.then(|| "/turns?since=30d".to_owned()),
        f,
    })
}

fn outcomes(asked: &Asked, t: &'static Texts) -> Vec<Filter> {
    let filter = |outcome: Option<&'static str>, name: &str| Filter {
        href: asked.href(outcome, None),
        name: name.to_owned(),
        is_on: asked.outcome_name() == outcome,
    };
    let mut all = vec![filter(None, t.turns.all_outcomes)];
    all.extend(TurnOutcome::ALL.map(|outcome| filter(Some(outcome.as_str()), outcome_words(outcome, t))));
    all.push(filter(Some(TESTS), t.turns.outcome_tests));
    all
}

fn outcome_words(outcome: TurnOutcome, t: &'static Texts) -> &'static str {
    match outcome {
        TurnOutcome::Answered => t.shared.answered,
        TurnOutcome::Apology => t.turns.outcome_apology,
        TurnOutcome::Stopped => t.shared.stopped,
        TurnOutcome::HandedOver => t.turns.outcome_handed,
        TurnOutcome::Model => t.turns.outcome_model,
    }
}

fn row(line: &TurnLine, t: &'static Texts) -> TurnRow {
    let (class, words) = match (line.outcome, line.progress) {
        (TurnOutcome::Apology, _) => ("bad", t.turns.outcome_apology),
        (TurnOutcome::Stopped, _) => ("warn", t.shared.stopped),
        (_, Some(40..)) => ("ok", t.shared.tick_read),
        (_, Some(30..)) => ("ok", t.shared.tick_delivered),
        (_, Some(20)) => ("bad", t.shared.dead),
        (_, Some(10..)) => ("", t.shared.tick_sent),
        (_, Some(_)) => ("", t.shared.still_waiting),
        (_, None) => ("", t.shared.answered),
    };
    TurnRow {
        message: line.message,
        at: line.at,
        name: line.name.clone().unwrap_or_else(|| "–".to_owned()),
        // It prints masked.
        phone: line.phone.as_ref().map(ToString::to_string).unwrap_or_default(),
        said: line.said.clone().unwrap_or_else(|| format!("turn-{}", line.message)),
        agent: line.agent.clone(),
        why: reason(&line.reason, t).map_or_else(
            || line.reason.clone(),
            |words| words.replace(", confidence {n}:", "").replace(", confiance {n} :", ""),
        ),
        took_ms: line.took_ms,
        came_to: (class, words.to_owned()),
    }
}

pub(super) async fn show(request: PageRequest, Path(id): Path<String>) -> PageResult {
    let console = &request.console;
    let id: i64 = id.strip_prefix("turn-").unwrap_or(&id).parse().map_err(|_| ConsoleError::NotFound)?;
    let agents = console.app.plugins.current();
    let timeline = Timeline::read(&console.app.store, &agents, id).await?.ok_or(ConsoleError::NotFound)?;
    let (now, t, language) = (console.now().await, request.t(), request.look.language);
    let mut about = About::new(Place::Turns, &format!("turn-{id}"));
    about.topics = "turn".to_owned();
    let f = request.frame(&now, about);
    let (falls, scale) = falls(&timeline, language);
    page(&TurnPage {
        person: who(&timeline, t),
        at: timeline.answered_at.unwrap_or(timeline.received_at),
        talk: timeline.person.map(|person| format!("/inbox/{person}")),
        miles: miles(&timeline, &f.clock, language),
        falls,
        scale,
        bubbles: bubbles::of_turn(&timeline, language),
        happened: happened(&timeline, language),
        facts: facts(&timeline, language),
        f,
    })
}

fn who(timeline: &Timeline, t: &'static Texts) -> String {
    let name = timeline.name.clone().unwrap_or_else(|| t.shared.unknown.to_owned());
    match &timeline.phone {
        Some(phone) => format!("{name} {phone}"),
        None => name,
    }
}

/// The stations on the way, each with the time since the one before.
fn miles(timeline: &Timeline, clock: &switchboard_console::Clock, language: Language) -> Vec<Milestone> {
    let t = language.texts();
    let after = |ms: i64| format!("+{}", language.period(ms));
    let mut all = vec![Milestone {
        icon: "smartphone",
        name: t.turns.written,
        when: clock.time(timeline.sent_at),
        detail: t.turns.by_phone_clock.to_owned(),
    }];
    all.push(Milestone {
        icon: "inbox",
        name: t.turns.received,
        when: after(timeline.received_at - timeline.sent_at),
        detail: timeline.host.clone().unwrap_or_default(),
    });
    if let Some(at) = timeline.answered_at {
        let waited = timeline.waited_ms.map(|ms| t.turns.waited_for_more.replace("{n}", &language.period(ms)));
        all.push(Milestone {
            icon: "circle-check",
            name: t.shared.answered,
            when: after(at - timeline.received_at),
            detail: waited.unwrap_or_default(),
        });
    }
    let reply = timeline.replies.iter().find(|reply| reply.begun_at.is_some());
    if let Some((reply, begun)) = reply.and_then(|reply| Some((reply, reply.begun_at?))) {
        all.push(Milestone {
            icon: "send",
            name: t.turns.sent_to_meta,
            when: after(begun - reply.queued_at),
            detail: String::new(),
        });
        for (icon, name, at, detail) in [
            ("check-check", t.turns.delivered, reply.delivered_at, t.turns.on_the_phone),
            ("eye", t.turns.read, reply.read_at, t.turns.by_the_person),
        ] {
            if let Some(at) = at {
                all.push(Milestone { icon, name, when: clock.time(at), detail: detail.to_owned() });
            }
        }
    }
    all
}

/// A part of the chart: its name, where it begins and how long it is, in microseconds.
struct Part {
    icon: &'static str,
    name: String,
    is_inner: bool,
    class: &'static str,
    from: i64,
    long: i64,
}

/// Where the time went, from when the message was due until its reply was sent; and the chart's scale. What agents asked stands one after
/// the other within their turn: a journal has how long each took.
fn falls(timeline: &Timeline, language: Language) -> (Vec<Fall>, Vec<(String, String)>) {
    let t = language.texts();
    let Some(took) = timeline.took_ms else { return (Vec::new(), Vec::new()) };
    let waited = timeline.waited_ms.unwrap_or_default() * 1000;
    let turn = (took * 1000).max(i64::try_from(timeline.calls_micros()).unwrap_or_default());
    let mut parts = Vec::new();
    let mut part = |icon, name: String, is_inner, class, from, long| {
        parts.push(Part { icon, name, is_inner, class, from, long });
    };
    if waited > 0 {
        part("hourglass", t.turns.waited_for_more.replace("{n}", "").replace("  ", " "), false, "f4", 0, waited);
    }
    part("bot", t.turns.the_turn.to_owned(), false, "f1", waited, turn);
    let mut at = waited;
    for call in timeline.runs.iter().flat_map(|run| &run.calls) {
        let long = i64::try_from(call.micros).unwrap_or_default();
        part("plug-zap", call.name.clone(), true, "fsoft", at, long);
        at += long;
    }
    let end = waited + turn;
    if let Some(reply) = timeline.replies.iter().find(|reply| reply.begun_at.is_some()) {
        let begun = reply.begun_at.unwrap_or(reply.queued_at);
        part("send", t.turns.waiting_to_send.to_owned(), false, "f3", end, (begun - reply.queued_at).max(0) * 1000);
    }
    let whole = parts.iter().map(|part| part.from + part.long).max().unwrap_or_default().max(1);
    let of = |part: i64| share(part.unsigned_abs(), whole.unsigned_abs());
    let fall = |part: &Part| Fall {
        icon: part.icon,
        name: part.name.clone(),
        is_inner: part.is_inner,
        from: of(part.from.min(whole * 99 / 100)),
        width: of(part.long.max(whole / 100)),
        class: part.class,
        took: micros(part.long.unsigned_abs(), language),
    };
    let scale = [0, 25, 50, 75, 100]
        .map(|percent| (percent.to_string(), micros((whole * percent / 100).unsigned_abs(), language)));
    (parts.iter().map(fall).collect(), scale.into())
}

fn facts(timeline: &Timeline, language: Language) -> Vec<(&'static str, String)> {
    let t = language.texts();
    let mut all = Vec::new();
    all.extend(timeline.host.clone().map(|host| (t.shared.host, host)));
    all.push((t.turns.number, timeline.business.clone()));
    all.extend(timeline.language.clone().map(|language| (t.shared.language, language)));
    for run in &timeline.runs {
        let version = run.version.as_deref().unwrap_or_default();
        let sha256: String = run.sha256.chars().take(12).collect();
        all.push((t.shared.version, format!("{} {version} {sha256}", run.agent)));
        all.push((t.turns.instructions, language.count(i64::try_from(run.fuel).unwrap_or(i64::MAX))));
    }
    all.push((t.turns.attempts_failed, language.count(timeline.attempts)));
    let billed = timeline.replies.iter().filter(|reply| reply.billable == Some(true)).count();
    let is_known = timeline.replies.iter().any(|reply| reply.billable.is_some());
    all.push((
        t.turns.billed,
        match (timeline.is_test, is_known, billed) {
            (true, ..) => t.shared.test_turn.to_owned(),
            (_, false, _) => t.shared.unknown.to_owned(),
            (_, _, 0) => t.turns.not_billed.to_owned(),
            (_, _, n) => t.turns.billed_n.replace("{n}", &language.count(n as i64)),
        },
    ));
    all.extend(timeline.journal_bytes.map(|bytes| (t.turns.journal, format!("{} B", language.count(bytes as i64)))));
    all
}
