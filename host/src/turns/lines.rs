//! A reply as people see it.

use switchboard_edge::whatsapp::render::render;

/// What people see of a reply, line by line.
pub(super) fn lines(body: &str) -> Vec<String> {
    let Ok(body) = serde_json::from_str(body) else { return Vec::new() };
    let rendered = render(&body);
    let choices: Vec<String> = rendered.choices.iter().map(|choice| format!("[{}]", choice.title)).collect();
    rendered.lines.into_iter().chain((!choices.is_empty()).then(|| choices.join(" "))).collect()
}
