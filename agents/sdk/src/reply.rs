//! Short ways to say what an agent answers, within WhatsApp's limits: too long is cut, too many is paged.

use crate::{
    Buttons, Choice, Handoff, Language, Next, Outcome, Reply, Rows, Section, Turn, tr,
    words::{self, cut},
};

/// Characters of a button's title.
pub(crate) const BUTTON_CHARS_MAX: usize = 20;
/// Characters of a row's title, and of a section's.
const ROW_CHARS_MAX: usize = 24;
/// Characters of a row's small print.
const LINE_CHARS_MAX: usize = 72;
/// Characters of a question with buttons, or for a place.
const BODY_CHARS_MAX: usize = 1_024;
/// Characters of a question with a list.
const LIST_BODY_CHARS_MAX: usize = 4_096;
/// Buttons in a message.
const BUTTONS_MAX: usize = 3;
/// Rows in a message.
pub const ROWS_MAX: usize = 10;
/// Rows of a page that has another behind it.
pub const PAGE_ROWS: usize = ROWS_MAX - 1;

/// Plain words.
pub fn text(body: impl Into<String>) -> Reply {
    Reply::Text(body.into())
}

/// An option with an id and what the person sees.
pub fn choice(id: impl Into<String>, title: &str) -> Choice {
    Choice { id: id.into(), title: title.to_owned(), description: None, agent: None }
}

/// An option that leads to the start of another agent.
pub fn choice_of(agent: &str, title: &str) -> Choice {
    Choice { id: "start".into(), title: title.to_owned(), description: None, agent: Some(agent.to_owned()) }
}

/// The way back to the menu of all agents.
pub fn menu_choice(language: Language) -> Choice {
    choice_of("support", tr!("Menu", "Menu", "Menu", "Menyu").get(language))
}

impl Choice {
    /// With small print; shown in a row only.
    pub fn line(mut self, line: &str) -> Choice {
        self.description = Some(cut(line, LINE_CHARS_MAX)).filter(|line| !line.is_empty());
        self
    }
}

/// A title that a row has room for, cut between words; and the full one if it was cut.
pub fn row_title(title: &str) -> (String, Option<&str>) {
    if title.chars().count() <= ROW_CHARS_MAX {
        return (title.to_owned(), None);
    }
    let mut short = String::new();
    for word in title.split_whitespace() {
        if short.chars().count() + word.chars().count() + 1 >= ROW_CHARS_MAX {
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    if short.is_empty() {
        return (cut(title, ROW_CHARS_MAX), Some(title));
    }
    short.truncate(short.trim_end_matches([',', '.', '-', '–', '→', ' ']).len());
    short.push('…');
    (short, Some(title))
}

/// A question with options: buttons for up to three, a list for more, at most ten. A typed number chooses too.
pub fn choices(language: Language, body: impl Into<String>, choices: Vec<Choice>) -> Reply {
    offer(language, body.into(), choices, true)
}

/// As [`choices`], for questions that themselves want a number.
pub fn choices_unnumbered(language: Language, body: impl Into<String>, choices: Vec<Choice>) -> Reply {
    offer(language, body.into(), choices, false)
}

fn offer(language: Language, body: String, mut choices: Vec<Choice>, numbered: bool) -> Reply {
    if choices.is_empty() {
        return text(body);
    }
    if choices.len() > BUTTONS_MAX || choices.iter().any(|choice| choice.title.chars().count() > ROW_CHARS_MAX) {
        return sections(language, body, vec![(String::new(), choices)], numbered);
    }
    for choice in &mut choices {
        choice.title = cut(&choice.title, BUTTON_CHARS_MAX);
        choice.description = None;
    }
    Reply::Buttons(Buttons { body: cut(&body, BODY_CHARS_MAX), choices, numbered })
}

/// A question with a list, whatever the number of its options.
pub fn list(language: Language, body: impl Into<String>, choices: Vec<Choice>) -> Reply {
    sections(language, body.into(), vec![(String::new(), choices)], true)
}

/// A question with a list under headings. Rows beyond the tenth and headings without rows are left out.
pub fn sections(language: Language, body: String, sections: Vec<(String, Vec<Choice>)>, numbered: bool) -> Reply {
    let mut room = ROWS_MAX;
    let mut kept = Vec::new();
    for (title, mut choices) in sections {
        choices.truncate(room);
        room -= choices.len();
        for choice in &mut choices {
            choice.title = cut(&choice.title, ROW_CHARS_MAX);
        }
        if !choices.is_empty() {
            kept.push(Section { title: Some(cut(&title, ROW_CHARS_MAX)).filter(|title| !title.is_empty()), choices });
        }
    }
    if kept.is_empty() {
        return text(body);
    }
    let label = tr!("Choose", "Choisir", "Hitamo", "Chagua").get(language).to_owned();
    Reply::Rows(Rows { body: cut(&body, LIST_BODY_CHARS_MAX), label, sections: kept, numbered })
}

/// One page of many options. If there are more behind it, the last row is *More* with the id `more:<page + 1>`.
pub fn page(language: Language, body: impl Into<String>, choices: Vec<Choice>, page: usize) -> Reply {
    if page == 0 && choices.len() <= ROWS_MAX {
        return list(language, body, choices);
    }
    let rest: Vec<Choice> = choices.into_iter().skip(page.saturating_mul(PAGE_ROWS)).collect();
    let is_last = rest.len() <= ROWS_MAX;
    let mut shown = rest;
    if !is_last {
        shown.truncate(PAGE_ROWS);
        shown.push(more(language, page + 1));
    }
    list(language, body, shown)
}

/// The row that leads to another page.
pub fn more(language: Language, page: usize) -> Choice {
    choice(format!("more:{page}"), tr!("More ➡️", "Suite ➡️", "Ibindi ➡️", "Zaidi ➡️").get(language))
}

/// A question answered by a place.
pub fn ask_place(body: &str) -> Reply {
    Reply::AskPlace(cut(body, BODY_CHARS_MAX))
}

/// The other side's contact card, if that match is accepted.
pub fn contact(match_id: &str, body: String) -> Reply {
    Reply::Contact(crate::Contact { match_: match_id.to_owned(), body: Some(body) })
}

impl Outcome {
    /// One reply; no flow is open afterwards.
    pub fn say(reply: Reply) -> Outcome {
        Outcome::say_all(vec![reply])
    }

    /// Several replies, or none.
    pub fn say_all(replies: Vec<Reply>) -> Outcome {
        Outcome { replies, next: Next::Idle, handoff: None, tags: Vec::new(), extras: Vec::new() }
    }

    /// Gives the turn to another agent, with what it should know.
    pub fn hand_to(agent: &str, reason: &str, context: agent_json::Value) -> Outcome {
        let handoff =
            Handoff { agent: agent.to_owned(), reason: words::cut(reason, 200), context: context.to_string() };
        Outcome { handoff: Some(handoff), ..Outcome::say_all(Vec::new()) }
    }

    /// The flow that was open stays open at its step: this answer was beside it.
    pub fn beside_flow(mut self, turn: &Turn) -> Outcome {
        if let Some(state) = &turn.session.flow {
            self.next = Next::Flow(state.clone());
        }
        self
    }

    /// With a name and value for reports.
    pub fn tag(mut self, name: &str, value: impl Into<String>) -> Outcome {
        self.tags.push(crate::Extra { name: name.to_owned(), value: value.into() });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(n_choices: usize) -> Vec<Choice> {
        (0..n_choices).map(|n| choice(n.to_string(), &format!("Title of the option {n}"))).collect()
    }

    #[test]
    fn three_are_buttons_and_more_a_list() {
        let Reply::Buttons(buttons) = choices(Language::En, "?", some(3)) else { panic!("buttons") };
        assert!(buttons.choices.iter().all(|choice| choice.title.chars().count() <= 20));
        assert!(matches!(choices(Language::En, "?", some(4)), Reply::Rows(_)));
        assert!(matches!(choices(Language::En, "?", some(0)), Reply::Text(_)));
    }

    #[test]
    fn a_row_title_is_cut_between_words() {
        assert_eq!(row_title("Fridge"), ("Fridge".into(), None));
        let long = "Samsung double door fridge, almost new";
        assert_eq!(row_title(long), ("Samsung double door…".into(), Some(long)));
        let word = "é".repeat(30);
        assert_eq!(row_title(&word).0.chars().count(), 24);
    }

    #[test]
    fn pages_lead_on_and_end() {
        let rows = |n, number| match page(Language::En, "?", some(n), number) {
            Reply::Rows(rows) => rows.sections[0].choices.iter().map(|choice| choice.id.clone()).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(rows(10, 0).len(), 10);
        assert_eq!(rows(11, 0).len(), 10);
        assert_eq!(rows(11, 0)[9], "more:1");
        assert_eq!(rows(11, 1), ["9", "10"]);
        assert_eq!(rows(20, 1).last().map(String::as_str), Some("more:2"));
        assert!(matches!(page(Language::En, "?", some(11), usize::MAX), Reply::Text(_)));
    }
}
