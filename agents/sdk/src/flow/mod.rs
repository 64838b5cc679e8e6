//! Flows: questions asked in order, declared once. The SDK asks, understands, re-asks, goes back, skips, cancels, sums up and
//! lets the person change an answer; the agent says what the questions are and what happens at the end.

mod answer;
mod answers;
mod ask;
mod engine;
mod extract;
mod hear;
mod shared;
mod texts;

#[cfg(test)]
mod tests;

pub use answers::{Answer, Answers};
pub use engine::{Begin, advance, concerns};
pub(crate) use extract::Reader;

use crate::{
    FlowAbout, Outcome, Place, Result, Text, Turn,
    bindings::switchboard::agent::{places, preferences},
    when, words,
};

/// The step at which a flow sums up and waits for a yes.
pub const CONFIRM: &str = "confirm";

/// The step at which the person chooses what to change.
pub const EDIT: &str = "edit";

/// A flow.
pub struct Flow {
    /// Its name, for instance `job_posting`.
    pub name: &'static str,
    /// Its questions.
    pub steps: &'static [Step],
    /// What goes above the summary. With it, nothing happens before the person confirms; without, the flow ends at its
    /// last answer, as a search does.
    pub confirm: Option<Text>,
    /// What happens at the end. [`Failure::Invalid`](crate::Failure::Invalid) keeps the flow open for another try.
    pub done: fn(&Turn, &Answers) -> Result<Outcome>,
}

/// One question. Made by [`Step::words`] and its siblings.
#[derive(Clone, Copy)]
pub struct Step {
    /// Its name, which is also the name of its answer.
    pub name: &'static str,
    /// The question.
    pub question: Text,
    /// What the answer is called in the summary.
    pub label: Text,
    kind: Kind,
    optional: bool,
    check: Option<Check>,
    shared: Option<shared::Shared>,
}

/// Which words pass, and what is said of those that do not.
#[derive(Clone, Copy)]
struct Check {
    passes: fn(&str) -> bool,
    hint: Text,
}

/// What an answer can be.
#[derive(Clone, Copy)]
enum Kind {
    Words { min: usize, max: usize },
    Choice(&'static [Opt]),
    Number { min: i64, max: i64 },
    Money { ranges: bool, negotiable: bool },
    Place(fn(&str) -> Vec<Place>),
    When { parse: fn(&str, u64) -> Option<u64>, show: fn(u64) -> String },
    YesNo,
    Files { max: usize, documents: bool },
}

/// An option of a choice.
#[derive(Clone, Copy, Debug)]
pub struct Opt {
    /// Its id, which is the answer.
    pub id: &'static str,
    /// What the person sees.
    pub title: Text,
}

/// An option of a choice.
pub const fn opt(id: &'static str, title: Text) -> Opt {
    Opt { id, title }
}

impl Step {
    const fn new(name: &'static str, label: Text, question: Text, kind: Kind) -> Step {
        Step { name, question, label, kind, optional: false, check: None, shared: None }
    }

    /// Words, so many characters of them.
    pub const fn words(name: &'static str, label: Text, question: Text, min: usize, max: usize) -> Step {
        Step::new(name, label, question, Kind::Words { min, max })
    }

    /// One of these.
    pub const fn choice(name: &'static str, label: Text, question: Text, options: &'static [Opt]) -> Step {
        Step::new(name, label, question, Kind::Choice(options))
    }

    /// A whole number between two others.
    pub const fn number(name: &'static str, label: Text, question: Text, min: i64, max: i64) -> Step {
        Step::new(name, label, question, Kind::Number { min, max })
    }

    /// An amount of money.
    pub const fn money(name: &'static str, label: Text, question: Text) -> Step {
        Step::new(name, label, question, Kind::Money { ranges: false, negotiable: false })
    }

    /// An amount of money, or `negotiable`.
    pub const fn price(name: &'static str, label: Text, question: Text) -> Step {
        Step::new(name, label, question, Kind::Money { ranges: false, negotiable: true })
    }

    /// An amount of money or a range, or `negotiable`.
    pub const fn price_range(name: &'static str, label: Text, question: Text) -> Step {
        Step::new(name, label, question, Kind::Money { ranges: true, negotiable: true })
    }

    /// A shared or named place. Makes the component import `places`.
    pub const fn place(name: &'static str, label: Text, question: Text) -> Step {
        Step::new(name, label, question, Kind::Place(find_places))
    }

    /// A time from now on. Makes the component import `clock`.
    pub const fn when(name: &'static str, label: Text, question: Text) -> Step {
        Step::new(name, label, question, Kind::When { parse: when::parse, show: when::show })
    }

    /// Yes or no.
    pub const fn yes_no(name: &'static str, label: Text, question: Text) -> Step {
        Step::new(name, label, question, Kind::YesNo)
    }

    /// Photos, up to so many.
    pub const fn photos(name: &'static str, label: Text, question: Text, max: usize) -> Step {
        Step::new(name, label, question, Kind::Files { max, documents: false })
    }

    /// Photos or documents, up to so many.
    pub const fn files(name: &'static str, label: Text, question: Text, max: usize) -> Step {
        Step::new(name, label, question, Kind::Files { max, documents: true })
    }

    /// May be skipped.
    pub const fn or_skip(mut self) -> Step {
        self.optional = true;
        self
    }

    /// The answer is shared under this name, and the one given last is proposed: an amount as a button, a choice as the first. Makes
    /// the component import `preferences`.
    pub const fn shared(mut self, name: &'static str) -> Step {
        self.shared = Some(shared::Shared::named(name));
        self
    }

    /// Takes only words that pass; the hint is shown with the question when they do not.
    pub const fn checked(mut self, passes: fn(&str) -> bool, hint: Text) -> Step {
        self.check = Some(Check { passes, hint });
        self
    }
}

impl Flow {
    /// Opens the flow; [`Begin::ask`] puts its first question.
    pub fn begin<'a>(&'static self, turn: &'a Turn) -> Begin<'a> {
        Begin::new(self, turn)
    }

    /// For the profile. The summary is a step too.
    pub(crate) fn about(&self) -> FlowAbout {
        let mut steps: Vec<String> = self.steps.iter().map(|step| step.name.to_owned()).collect();
        if self.confirm.is_some() {
            steps.push(CONFIRM.to_owned());
            steps.push(EDIT.to_owned());
        }
        FlowAbout { name: self.name.to_owned(), steps, timeout_minutes: 60 }
    }

    fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }
}

/// Home and work, if the person has saved them for all agents; else what the map knows.
fn find_places(text: &str) -> Vec<Place> {
    const HOME: &[&str] = &["home", "my home", "maison", "chez moi", "a la maison", "mu rugo", "iwanjye", "nyumbani"];
    const WORK: &[&str] = &["work", "my work", "office", "travail", "au travail", "bureau", "ku kazi", "kazini"];
    let saved = |name: &str| {
        let saved = preferences::get(name).ok().flatten()?;
        crate::json::read::<Place>(&saved)
    };
    let saved = match text {
        _ if words::is_one_of(text, HOME) => saved("home"),
        _ if words::is_one_of(text, WORK) => saved("work"),
        _ => None,
    };
    saved.map_or_else(|| places::find(text), |place| vec![place])
}
