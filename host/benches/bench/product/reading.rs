//! (h) What a message says: its analysis, the decision on its language, its route and its readings.

use std::{hint::black_box, time::Instant};

use anyhow::{Context, ensure};
use switchboard_core::session::Session;
use switchboard_sandbox::{plugins::AgentSet, route};
use switchboard_understand::{Analysis, Setting, language, lexicon::Lexicon};

use super::agents;
use crate::{
    Size, guest,
    measure::{Percentiles, Spread, nanos},
    report::{Goal, Report},
};

/// The goals, in microseconds.
const MEDIAN: f64 = 30.0;
const P99: f64 = 150.0;

/// The sentences, as they are first written to the service.
const SENTENCES: &str = "tools/talk/open/sentences.jsonl";

/// The steps, and all together.
const STEPS: [&str; 5] = ["words, acts and deeds", "the language", "the route", "the readings", "all of it"];

/// Where and when the sentences are said.
const SETTING: Setting<'static> =
    Setting { now: 1_790_000_000_000, zone: "Africa/Kigali", country: "RW", currency: "RWF", language: "en" };

/// Measures and reports.
pub fn run(report: &mut Report, size: Size) -> anyhow::Result<()> {
    let rounds = size.pick(3, 15);
    report.section(
        "(h) What a message says",
        "The sentences of `tools/talk/open`, one thread: each is cut into words and analysed once; the language, the route among the agents \
         of `plugins.toml` and the readings are taken from that. Times in µs.",
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let agents = runtime.block_on(agents::loaded("reading"))?;
    let file = std::fs::read_to_string(guest::root().join(SENTENCES)).context(SENTENCES)?;
    let texts = file.lines().map(|line| {
        let sentence: serde_json::Value = serde_json::from_str(line)?;
        Ok(sentence["text"].as_str().context("a sentence without text")?.to_owned())
    });
    let texts: Vec<String> = texts.collect::<anyhow::Result<_>>()?;
    ensure!(!texts.is_empty(), "{SENTENCES} has no sentence");
    let session = Session { agent: route::FALLBACK.to_owned(), ..Session::default() };
    let mut figures = STEPS.map(|_| (Vec::new(), Vec::new()));
    // The first round makes the tables.
    for round in 0..=rounds {
        let mut samples = STEPS.map(|_| Vec::with_capacity(texts.len()));
        for text in &texts {
            let took = steps(text, &agents, &session);
            took.into_iter().zip(&mut samples).for_each(|(took, samples)| samples.push(took));
        }
        for (samples, (medians, p99s)) in samples.into_iter().zip(&mut figures).filter(|_| round > 0) {
            let of = Percentiles::of(samples);
            medians.push(of.p50);
            p99s.push(of.p99);
        }
    }
    for (step, (medians, p99s)) in STEPS.iter().zip(figures) {
        let (median, p99) = (Spread::of(medians), Spread::of(p99s));
        if *step == STEPS[4] {
            report.goal(&format!("{step}, p50"), median, Goal::at_most(median.median, MEDIAN, " µs"));
            report.goal(&format!("{step}, p99"), p99, Goal::at_most(p99.median, P99, " µs"));
        } else {
            report.line(step, format!("p50 {median}, p99 {p99}"));
        }
    }
    Ok(())
}

/// What the steps take for one text, in nanoseconds, as a turn takes them.
fn steps(text: &str, agents: &AgentSet, session: &Session) -> [u64; 5] {
    let began = Instant::now();
    let said = Analysis::of(black_box(text));
    let analysed = nanos(began);
    let keywords = agents.index().by_language(&said.words);
    let known = language::Known { language: None, asked: None, before: &[], keywords, country: "RW", default: "en" };
    black_box(language::decide(&said, &known));
    let decided = nanos(began);
    black_box(route::choose(Some(&said), session, agents.index(), |_| true, 0));
    let routed = nanos(began);
    black_box(said.read(&SETTING, Lexicon::builtin()));
    let all = nanos(began);
    [analysed, decided - analysed, routed - decided, all - routed, all]
}
