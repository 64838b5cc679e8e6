//! Turns as text, for the terminal.

use super::{
    TurnLine,
    shown::{Ran, ShownTurn},
};
use crate::{
    journal::{Journal, Stand},
    trace::{call_line, cut},
};
use switchboard_core::{
    contract::types::{Content, Next},
    text::one_line,
};

/// A turn of a list as a line.
pub fn line(turn: &TurnLine) -> String {
    let ran = match turn.ran.split_first() {
        None => "the host".to_owned(),
        Some((first, rest)) => rest.iter().fold(first.clone(), |all, next| format!("{all} → {next}")),
    };
    let took = if turn.micros > 0 { format!("{:.1} ms", turn.micros as f64 / 1000.0) } else { String::new() };
    let said = turn.said.as_deref().map(|said| format!("  > {}", one_line(&cut(said)))).unwrap_or_default();
    let error = turn.error.as_deref().map(|error| format!("  ! {}", one_line(error))).unwrap_or_default();
    format!(
        "{}  turn-{:<8} {ran:<18} {:<9} {:>3} calls {took:>9}{said}{error}",
        turn.at, turn.message, turn.reason, turn.calls
    )
}

/// A turn in full as text.
pub fn text(turn: &ShownTurn, journal: &Journal) -> String {
    let written = match (&turn.host, turn.engine) {
        (Some(host), Some(engine)) => format!("journal of format {} by {host}, sandbox settings {engine}", turn.format),
        _ => format!("journal of format {}: which program wrote it, limits, times and log are unknown", turn.format),
    };
    let mut lines = vec![
        format!("turn-{}  {}", turn.message, turn.at),
        format!("  person   {}", turn.person),
        format!("  record   {written}"),
    ];
    if turn.attempts > 0 {
        lines.push(format!("  tried    {} times before", turn.attempts));
    }
    if let Some(content) = &turn.content {
        let kind = match content {
            Content::Text(_) => "text",
            Content::Tap(_) => "tap",
            Content::Notice(_) => "notice",
            Content::Media(_) => "file",
            Content::Place(_) => "place",
            _ => "message",
        };
        lines.push(format!("  {kind:<8} > {}", content.shown().replace('\n', "\n             ")));
    }
    lines.extend(turn.readings.iter().map(|reading| format!("           {reading}")));
    let keywords = if turn.keywords.is_empty() { String::new() } else { format!(", by {}", turn.keywords.join(", ")) };
    lines.push(format!("  route    {} ({}, {:.2}{keywords})", turn.agent, turn.reason, turn.confidence));
    if let (Some(before), Some(after)) = (&turn.before, &turn.after) {
        lines.push(format!("  session  {} → {}", stand(before), stand(after)));
    }
    for (ran, link) in turn.ran.iter().zip(&journal.links) {
        agent(&mut lines, ran);
        for (nth, call) in link.calls.iter().enumerate() {
            lines.push(format!("    {:>3}  {}", nth + 1, call_line(call, &link.calls)));
        }
        ends(&mut lines, ran);
    }
    for reply in &turn.replies {
        lines.extend(
            reply.iter().enumerate().map(|(nth, line)| format!("  {} {line}", if nth == 0 { "<" } else { " " })),
        );
    }
    lines.extend(turn.error.iter().map(|error| format!("  error    {error}")));
    lines.join("\n") + "\n"
}

fn agent(lines: &mut Vec<String>, ran: &Ran) {
    let sha256 = ran.sha256.get(..12).unwrap_or(&ran.sha256);
    let micros = ran.micros.map(|micros| format!(" in {micros} µs")).unwrap_or_default();
    let of = ran.limits.map(|limits| format!(" of {}", limits.fuel)).unwrap_or_default();
    lines.push(format!(
        "  {} ({sha256}) ran{micros}, fuel {}{of}, calls {}{}",
        ran.agent,
        ran.fuel,
        ran.calls.len(),
        match ran.limits {
            Some(limits) => format!(" of {}", limits.calls),
            None => String::new(),
        }
    ));
    if let Some(flow) = &ran.flow {
        lines.push(format!("    was at {}/{} with {}", flow.flow, flow.step, cut(&flow.data)));
    }
}

fn ends(lines: &mut Vec<String>, ran: &Ran) {
    lines.extend(ran.log.iter().map(|(level, line)| format!("    log  {level}: {line}")));
    if let Some(outcome) = &ran.outcome {
        lines.push(match &outcome.next {
            Next::Idle => "    ends with no flow".to_owned(),
            Next::Flow(flow) => format!("    asks {}/{} with {}", flow.flow, flow.step, cut(&flow.data)),
            Next::Completed => "    completed its flow".to_owned(),
            Next::Cancelled => "    left its flow".to_owned(),
        });
        let handoff = outcome.handoff.iter();
        lines.extend(handoff.map(|handoff| format!("    hands over to {}: {}", handoff.agent, handoff.reason)));
        lines.extend(outcome.tags.iter().map(|tag| format!("    tag  {} = {}", tag.name, tag.value)));
    }
    lines.extend(ran.refused.iter().map(|words| format!("    refuses: {words}")));
    lines.extend(ran.stopped.iter().map(|why| format!("    was stopped: {why}")));
}

fn stand(stand: &Stand) -> String {
    match (&stand.flow, &stand.step) {
        (Some(flow), Some(step)) => format!("{} at {flow}/{step}", stand.agent),
        _ if stand.agent.is_empty() => "none".to_owned(),
        _ => stand.agent.clone(),
    }
}
