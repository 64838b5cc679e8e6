//! The charts of the overview: messages, times and errors of a range of time.

use std::collections::BTreeMap;

use super::{range::Range, state::Charted};
use switchboard_console::{Chart, ChartLimit, Clock, Language, Point, Shape, pages::Figure, round_marks};
use switchboard_core::plan::PlanLimits;
use switchboard_store::Answers;

/// The percentage of errors that is still well: the first steps' of the deployment checklist.
pub(super) const ERRORS_MAX: f64 = 1.0;

/// Words under a chart.
const TIMES: i64 = 4;

/// All answers of a time.
pub(super) fn total(charted: &Charted) -> Answers {
    let mut all = Answers::default();
    charted.series.values().flat_map(BTreeMap::values).for_each(|answers| all.add(answers));
    all
}

/// The steps of a time, each with all agents' answers.
pub(super) fn steps(charted: &Charted, range: Range) -> Vec<(i64, Answers)> {
    let step = |nth: i64| {
        let at = charted.from + nth * range.step_ms();
        let mut all = Answers::default();
        charted.series.values().filter_map(|steps| steps.get(&at)).for_each(|answers| all.add(answers));
        (at, all)
    };
    (0..range.steps()).map(step).collect()
}

/// The charts; none without a message.
pub(super) fn figures(
    charted: &Charted,
    range: Range,
    clock: &Clock,
    language: Language,
    sees_people: bool,
) -> Vec<Figure> {
    let (t, all, steps) = (language.texts(), total(charted), steps(charted, range));
    if all.messages == 0 {
        return Vec::new();
    }
    let turns = |query: &str| sees_people.then(|| format!("/turns?since={}{query}", range.as_str()));
    let drawn = Drawn { charted, range, clock, language };
    let percent = language.percent((all.error_percent() * 100.0).round() / 100.0);
    let errors = format!("{} {}, {percent}", language.count(all.errors), t.shared.errors_short);
    let [p50, p95, p99] = times_of(&all).map(|ms| drawn.period(ms));
    let limit_ms = PlanLimits::default().p95_ms;
    let limit =
        |at: f64, words: String| Some(ChartLimit { at, words: format!("{} {words}", t.shared.limit.to_lowercase()) });
    let in_words = |name: &str, value: &str, detail: &str| format!("{name}: {value}, {detail}");
    let messages = language.count(all.messages);
    let detail = format!("p50 {p50}, p99 {p99}");
    vec![
        Figure {
            name: t.overview.messages_answered,
            value: messages.clone(),
            detail: errors.clone(),
            keys: vec![("k1", t.shared.answered), ("k4", t.shared.errors_short)],
            chart: drawn.chart(
                in_words(t.overview.messages_answered, &messages, &errors),
                Shape::Bars,
                &["f1", "fbad"],
                steps.iter().map(|(at, step)| drawn.answered(*at, step)).collect(),
            ),
            href: turns(""),
        },
        Figure {
            name: t.overview.time_to_answer,
            value: p95.clone(),
            detail: format!("p95, {detail}"),
            keys: vec![("k2", "p50"), ("k1", "p95"), ("k3", "p99")],
            chart: Chart {
                limit: limit(limit_ms as f64, language.period(limit_ms)),
                ..drawn.chart(
                    in_words(t.overview.time_to_answer, &p95, &detail),
                    Shape::Lines,
                    &["l2", "l1", "l3"],
                    steps.iter().map(|(at, step)| drawn.took(*at, step)).collect(),
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
                ..drawn.chart(
                    in_words(t.shared.errors, &percent, &language.count(all.errors)),
                    Shape::Bars,
                    &["fbad"],
                    steps.iter().map(|(at, step)| drawn.failed(*at, step)).collect(),
                )
            },
            href: turns("&outcome=apology"),
        },
    ]
}

fn times_of(answers: &Answers) -> [Option<i64>; 3] {
    [50, 95, 99].map(|n| answers.percentile(n))
}

/// A range of time as charts show it.
struct Drawn<'a> {
    charted: &'a Charted,
    range: Range,
    clock: &'a Clock,
    language: Language,
}

impl Drawn<'_> {
    fn when(&self, at: i64) -> String {
        if self.range == Range::Week { self.clock.when(at, self.language) } else { self.clock.time(at) }
    }

    fn period(&self, ms: Option<i64>) -> String {
        ms.map_or_else(|| self.language.texts().shared.unknown.to_owned(), |ms| self.language.period(ms))
    }

    fn chart(&self, label: String, shape: Shape, classes: &'static [&'static str], points: Vec<Point>) -> Chart {
        let most = points.iter().map(|point| point.values.iter().flatten().sum::<f64>()).fold(0.0, f64::max);
        let marks = match shape {
            Shape::Bars => round_marks(most).into_iter().map(|at| (at, self.language.decimal(at, 1))).collect(),
            Shape::Lines => Vec::new(),
        };
        let time = |nth| self.when(self.charted.from + self.range.period_ms() * nth / TIMES);
        Chart { label, shape, classes, points, marks, times: (0..=TIMES).map(time).collect(), limit: None }
    }

    /// Messages that were answered, and those that failed.
    fn answered(&self, at: i64, step: &Answers) -> Point {
        let t = self.language.texts();
        let (messages, errors) = (self.language.count(step.messages), self.language.count(step.errors));
        Point {
            title: format!(
                "{}: {messages} {}, {errors} {}",
                self.when(at),
                t.shared.messages_short,
                t.shared.errors_short
            ),
            values: vec![Some((step.messages - step.errors) as f64), Some(step.errors as f64)],
        }
    }

    /// How long answers took: the median, the 95th and the 99th of a hundred.
    fn took(&self, at: i64, step: &Answers) -> Point {
        let times = times_of(step);
        let [p50, p95, p99] = times.map(|ms| self.period(ms));
        Point {
            title: format!("{}: p50 {p50}, p95 {p95}, p99 {p99}", self.when(at)),
            values: times.map(|ms| ms.map(|ms| ms as f64)).to_vec(),
        }
    }

    /// The percentage that failed.
    fn failed(&self, at: i64, step: &Answers) -> Point {
        let percent = self.language.percent((step.error_percent() * 100.0).round() / 100.0);
        Point { title: format!("{}: {percent}", self.when(at)), values: vec![Some(step.error_percent())] }
    }
}
