//! What people are sent in a conversation, as the lines of a script.

use std::collections::BTreeMap;

use super::play::{Player, Response};
use switchboard_core::{phone::Address, session::Session};
use switchboard_edge::whatsapp::render::{Rendered, render};
use switchboard_store::Outgoing;

impl Player {
    /// Renders what was sent: to the current person first, then to others by name.
    pub(super) fn hear(
        &mut self,
        outgoing: Vec<Outgoing>,
        state: Option<Session>,
        heard: &mut Response,
    ) -> anyhow::Result<()> {
        let mut others: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in outgoing {
            let rendered = render(&serde_json::from_str(&row.body)?);
            let phone = row.to.as_ref().and_then(Address::phone);
            let Some(name) =
                self.people.iter().find(|(_, p)| p.sender.phone.as_ref() == phone).map(|(name, _)| name.clone())
            else {
                continue;
            };
            if name == self.current {
                heard.leads_on = !rendered.choices.is_empty()
                    || rendered.lines.iter().any(|line| line == "(share a place)" || line.starts_with("(contact"));
            }
            let lines = if name == self.current { &mut heard.lines } else { others.entry(name.clone()).or_default() };
            lines.extend(show(&rendered));
            let cut = rendered.choices.iter().filter(|shown| shown.title.ends_with('…'));
            self.cut.extend(cut.map(|shown| shown.title.clone()));
            if let Some(participant) = self.people.get_mut(&name)
                && !rendered.choices.is_empty()
            {
                participant.choices = rendered.choices.into_iter().map(|shown| (shown.id, shown.title)).collect();
            }
        }
        if let Some(error) = &heard.error {
            heard.lines.push(format!("! {error}"));
        }
        if let Some(session) = state {
            heard.leads_on |= session.flow.is_some();
            if let Some(flow) = &session.flow {
                self.reached.insert((session.agent.clone(), flow.flow.clone(), flow.step.clone()));
            }
            heard.lines.push(match &session.flow {
                Some(flow) => format!("= {} {}/{}", session.agent, flow.flow, flow.step),
                None => format!("= {} idle", session.agent),
            });
        }
        for (name, lines) in others {
            heard.lines.push(format!("~ {}", if name.is_empty() { "Alice" } else { &name }));
            heard.lines.extend(lines);
        }
        Ok(())
    }
}

/// Renders a message as the lines of a script.
fn show(rendered: &Rendered) -> Vec<String> {
    let mut lines = rendered.lines.clone();
    if rendered.is_list {
        let row = |shown: &switchboard_edge::whatsapp::render::Shown| match &shown.description {
            Some(description) => format!("[{}] {description}", shown.title),
            None => format!("[{}]", shown.title),
        };
        lines.extend(rendered.choices.iter().map(row));
    } else if !rendered.choices.is_empty() {
        let buttons: Vec<String> = rendered.choices.iter().map(|shown| format!("[{}]", shown.title)).collect();
        lines.push(buttons.join(" "));
    }
    let marked = lines
        .iter()
        .enumerate()
        .map(|(index, line)| if index == 0 { format!("< {line}") } else { format!("  {line}") });
    marked.map(|line| line.trim_end().to_owned()).collect()
}
