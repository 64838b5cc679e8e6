//! A turn in parts, as pages show it.

use serde_json::Value;
use switchboard_console::{
    Language, Texts,
    pages::{AgentRun, Call, FlowChange, Happened, ReadingLine, Score, TurnEnd},
};

use crate::trace::{CallShown, Outcome, RouteShown, Run, Timeline};

/// Scores that are shown.
const SCORES: usize = 4;

/// The turn of a message in parts.
pub(super) fn happened(timeline: &Timeline, language: Language) -> Happened {
    let t = language.texts();
    let end = end(timeline.outcome);
    let no_journal = match (&timeline.unreadable, timeline.journal_bytes) {
        (Some(why), _) => Some(why.clone()),
        (None, None) if timeline.route.is_some() => Some(t.happened.journal_gone.to_owned()),
        _ => None,
    };
    Happened {
        message: timeline.message,
        said: timeline.said.clone(),
        end,
        short: short(timeline, language),
        sentence: sentence(&timeline.end),
        readings: timeline
            .readings
            .iter()
            .map(|reading| ReadingLine {
                span: reading.span.clone(),
                meaning: meaning(&reading.meaning, language),
                is_unsure: reading.is_unsure,
            })
            .collect(),
        agent: timeline.route.as_ref().map(|route| route.agent.clone()),
        why: timeline.route.as_ref().map(|route| why(route, language)).unwrap_or_default(),
        keywords: timeline.route.as_ref().map(|route| route.keywords.clone()).unwrap_or_default(),
        scores: timeline.route.as_ref().map(|route| scores(route, language)).unwrap_or_default(),
        runs: timeline.runs.iter().map(|run| agent_run(run, language)).collect(),
        error: timeline.error.clone(),
        committed: committed(timeline, language),
        sent: sent(timeline, language),
        no_journal,
        is_test: timeline.is_test,
    }
}

/// A meaning in a few words, from its JSON; one of a kind that is not known here as it is.
fn meaning(json: &str, language: Language) -> String {
    let value: Value = serde_json::from_str(json).unwrap_or_default();
    let Some((kind, what)) = value.as_object().and_then(|one| one.iter().next()) else { return json.to_owned() };
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let known = match kind.as_str() {
        "Money" => money(what, language),
        "Place" => what["name"].as_str().map(str::to_owned),
        "Thing" => {
            let names = [&what["concept"], &what["category"]].into_iter().filter_map(Value::as_str);
            Some(names.collect::<Vec<_>>().join(", "))
        }
        "Other" => Some(format!("{} {}", word(&what["kind"]), word(&what["value"]).trim_matches('"'))),
        _ => (!what.is_object()).then(|| word(what)),
    };
    match known.filter(|words| !words.is_empty()) {
        // The kind of anything else is said by itself.
        Some(words) if kind == "Other" => words,
        Some(words) => format!("{}: {words}", kind.to_lowercase()),
        None => json.to_owned(),
    }
}

/// An amount, or a span of amounts.
fn money(what: &Value, language: Language) -> Option<String> {
    let units = |name: &str| what[name].as_i64().map(|hundredths| language.count(hundredths / 100));
    let currency = what["currency"].as_str().unwrap_or_default();
    Some(match (units("low"), units("high")) {
        (Some(low), Some(high)) if low == high => format!("{low} {currency}"),
        (Some(low), Some(high)) => format!("{low}–{high} {currency}"),
        (Some(low), None) => format!("≥ {low} {currency}"),
        (None, Some(high)) => format!("≤ {high} {currency}"),
        (None, None) => return None,
    })
}

fn end(outcome: Outcome) -> TurnEnd {
    match outcome {
        Outcome::Answered => TurnEnd::Answered,
        Outcome::Stopped => TurnEnd::Stopped,
        Outcome::Waits => TurnEnd::Waits,
        Outcome::Held => TurnEnd::Held,
        Outcome::Forwarded => TurnEnd::Forwarded,
        Outcome::Dead => TurnEnd::Dead,
        Outcome::Unanswered => TurnEnd::Unanswered,
    }
}

fn short(timeline: &Timeline, language: Language) -> String {
    let t = language.texts();
    let words = match (timeline.outcome, timeline.took_ms) {
        (Outcome::Answered, Some(ms)) => return t.happened.answered_in.replace("{n}", &language.period(ms)),
        (Outcome::Answered, None) => t.shared.answered,
        (Outcome::Stopped, _) => t.shared.stopped,
        (Outcome::Waits, _) => t.happened.still_waits,
        (Outcome::Held, _) => t.happened.held,
        (Outcome::Forwarded, _) => t.happened.forwarded,
        (Outcome::Dead, _) => t.shared.dead,
        (Outcome::Unanswered, _) => t.happened.unanswered,
    };
    words.to_owned()
}

/// With a capital at its beginning and a stop at its end.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str().trim_end_matches('.')),
        None => String::new(),
    }
}

/// Why an agent was chosen, in a sentence.
fn why(route: &RouteShown, language: Language) -> String {
    let t = language.texts();
    let confidence = route.confidence.map(|confidence| language.decimal(confidence.into(), 2)).unwrap_or_default();
    reason(&route.reason, t).map_or_else(|| route.reason.clone(), |words| words.replace("{n}", &confidence))
}

/// A reason in a sentence; none if it is not known here.
pub(super) fn reason(reason: &str, t: &'static Texts) -> Option<&'static str> {
    Some(match reason {
        "exit" => t.happened.why_exit,
        "choice" => t.happened.why_choice,
        "notice" => t.happened.why_notice,
        "flow" => t.happened.why_flow,
        "recent" => t.happened.why_recent,
        "keywords" => t.happened.why_keywords,
        "fallback" => t.happened.why_fallback,
        "model" => t.happened.why_model,
        "voice" => t.happened.why_voice,
        "flood" => t.happened.why_flood,
        "taken" => t.happened.by_human,
        "aside" => t.happened.why_aside,
        _ => return None,
    })
}

fn scores(route: &RouteShown, language: Language) -> Vec<Score> {
    let best = route.scores.first().map_or(0.0, |(_, score)| *score);
    let score = |(agent, score): &(String, f32)| Score {
        agent: agent.clone(),
        score: language.decimal((*score).into(), 2),
        percent: if best > 0.0 { (score / best * 100.0) as u8 } else { 0 },
    };
    route.scores.iter().take(SCORES).map(score).collect()
}

fn agent_run(run: &Run, language: Language) -> AgentRun {
    let t = language.texts();
    let all: u64 = run.calls.iter().map(|call| call.micros).sum();
    let mut before = 0;
    let call = |call: &CallShown| {
        let from = before;
        before += call.micros;
        Call {
            name: call.name.clone(),
            asked: call.asked.clone(),
            got: call.got.clone(),
            ok: call.ok,
            writes: call.writes,
            took: micros(call.micros, language),
            from: share(from, all),
            width: share(call.micros.max(all / 100), all),
        }
    };
    let calls = run.calls.iter().map(call).collect();
    let place = |flow: &Option<String>| flow.clone().unwrap_or_else(|| t.happened.flow_none.to_owned());
    let (old, new) = &run.flow;
    AgentRun {
        agent: run.agent.clone(),
        version: run.version.clone(),
        sha256: run.sha256.chars().take(8).collect(),
        fuel: language.count(i64::try_from(run.fuel).unwrap_or(i64::MAX)),
        calls,
        flow: (old.is_some() || new.is_some()).then(|| match old == new {
            true => place(new),
            false => format!("{} → {}", place(old), place(new)),
        }),
        changes: run
            .changes
            .iter()
            .map(|change| FlowChange { is_new: change.is_new, name: change.name.clone(), value: change.value.clone() })
            .collect(),
        handoff: run.handoff.clone(),
        stopped: run.stopped.clone(),
        log: run.log.clone(),
    }
}

/// A time in microseconds.
pub(super) fn micros(micros: u64, language: Language) -> String {
    match micros {
        micros @ ..1_000 => format!("{micros}\u{202f}µs"),
        micros if micros < 100_000 => format!("{}\u{202f}ms", language.decimal(micros as f64 / 1000.0, 1)),
        micros => language.period(i64::try_from(micros / 1000).unwrap_or(i64::MAX)),
    }
}

/// A part of a whole in percent, for the geometry of a chart.
pub(super) fn share(part: u64, whole: u64) -> String {
    if whole == 0 { "0".to_owned() } else { format!("{:.2}", part as f64 * 100.0 / whole as f64) }
}

fn committed(timeline: &Timeline, language: Language) -> Vec<String> {
    let t = language.texts();
    let Some(bytes) = timeline.journal_bytes else { return Vec::new() };
    let mut all = vec![t.happened.committed_session.to_owned()];
    let calls = timeline.runs.iter().filter(|run| run.stopped.is_none()).flat_map(|run| &run.calls);
    all.extend(calls.filter(|call| call.writes && call.ok).map(|call| call.name.clone()));
    let replies = i64::try_from(timeline.replies.len()).unwrap_or_default();
    if replies > 0 {
        all.push(language.plural(t.happened.committed_reply, t.happened.committed_replies, replies));
    }
    all.push(format!("turn-{}", timeline.message));
    all.push(format!("{} {}\u{202f}B", t.happened.committed_journal, language.count(bytes as i64)));
    all
}

/// How far the replies came, in a sentence each.
fn sent(timeline: &Timeline, language: Language) -> String {
    let t = language.texts();
    let one = |reply: &crate::trace::ReplyShown| {
        let mut parts = Vec::new();
        if let Some(error) = &reply.error {
            parts.push(format!("{}: {error}", reply.state));
        } else if let Some(begun) = reply.begun_at {
            parts.push(format!("{} +{}", t.shared.tick_sent, language.period(begun - reply.queued_at)));
            // Meta's times are whole seconds.
            parts.extend(reply.delivered_at.map(|_| t.shared.tick_delivered.to_owned()));
            parts.extend(reply.read_at.map(|_| t.shared.tick_read.to_owned()));
        } else {
            parts.push(t.shared.still_waiting.to_owned());
        }
        parts.join(", ")
    };
    timeline.replies.iter().map(one).collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_shares_are_as_people_and_charts_read_them() {
        let en = Language::En;
        assert_eq!(micros(38, en), "38\u{202f}µs");
        assert_eq!(micros(1_430, en), "1.4\u{202f}ms");
        assert_eq!(micros(1_430, Language::Fr), "1,4\u{202f}ms");
        assert_eq!(micros(1_200_000, en), "1.2\u{202f}s");
        assert_eq!((share(1, 4).as_str(), share(1, 0).as_str()), ("25.00", "0"));
        assert_eq!(sentence("it is held: nobody"), "It is held: nobody.");
    }

    #[test]
    fn meanings_are_told_in_words() {
        for (json, words) in [
            (r#"{"Act":"offer"}"#, "act: offer"),
            (r#"{"Thing":{"concept":"fridge","kind":"goods","category":"household"}}"#, "thing: fridge, household"),
            (r#"{"Money":{"low":8000000,"high":8000000,"currency":"RWF","per":null}}"#, "money: 80\u{202f}000 RWF"),
            (r#"{"Place":{"point":null,"name":"Kimironko","address":null}}"#, "place: Kimironko"),
            (r#"{"Other":{"kind":"deed","value":"\"sell\""}}"#, "deed sell"),
            (r#"{"Number":3.0}"#, "number: 3.0"),
            (r#"{"Time":{"at":1}}"#, r#"{"Time":{"at":1}}"#),
        ] {
            assert_eq!(meaning(json, Language::En), words, "{json}");
        }
    }

    #[test]
    fn every_reason_of_a_route_has_words() {
        use switchboard_sandbox::route::Reason::*;
        for one in [Exit, Choice, Notice, Flow, Recent, Keywords, Fallback, Model, Voice, Flood, Taken, Aside] {
            assert!(reason(&one.to_string(), Language::En.texts()).is_some(), "{one}");
        }
    }
}
