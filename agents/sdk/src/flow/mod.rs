//! Flows: questions asked in order, declared once. The SDK asks, understands, re-asks, goes back, skips, cancels, sums up and
//! lets the person change an answer; the agent says what the questions are and what happens at the end.

mod answer;
mod answers;
mod ask;
mod correct;
mod engine;
mod extract;
mod hear;
mod summary;
mod question;
mod command;
mod next;
mod shared;
mod texts;

#[cfg(test)]
mod tests;

pub use answers::{Answer, Answers};
pub use engine::{Begin, advance, concerns};
pub(crate) use extract::Reader;

use crate::{
    Choice, Failure, FlowAbout, Language, Outcome, Place, Result, Text, Turn,
    bindings::switchboard::agent::types::Other, preferences, understand::Said, when, words,
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
    /// What the button says that confirms it: [`Flow::CONFIRM`], or a word of its own.
    pub word: Text,
    /// What happens at the end. [`Failure::Invalid`](crate::Failure::Invalid) keeps the flow open for another try, and [`reopen`] asks
    /// a step again.
    pub done: fn(&Turn, &Answers) -> Result<Outcome>,
}

/// What is wrong with an answer, given those before it; none if nothing is.
type Fits = fn(&Turn, &Answers, &Answer) -> Option<String>;

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
    /// Which answers pass, given the others; why not, for the person.
    fits: Option<Fits>,
    shared: Option<shared::Shared>,
    /// The units of its numbers, or what its amounts are the price of.
    units: &'static [&'static str],
    /// Of a range of amounts, the upper end.
    is_limit: bool,
    /// Its words name a thing.
    is_thing: bool,
    leads: Option<Leads>,
    infers: Option<fn(&Said<'_>) -> Option<&'static str>>,
    assumed: Option<&'static str>,
    explained: Option<Text>,
}

/// Where the place of a step leads.
#[derive(Clone, Copy, PartialEq)]
enum Leads {
    From,
    To,
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
    Listed(fn(&Turn, &Answers) -> Vec<Choice>),
    Number { min: i64, max: i64 },
    Money { ranges: bool, negotiable: bool },
    Place(fn(&str) -> Option<Place>),
    When { say: fn(u64, Language) -> String },
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
        Step {
            name,
            question,
            label,
            kind,
            optional: false,
            check: None,
            fits: None,
            shared: None,
            units: &[],
            is_limit: false,
            is_thing: false,
            leads: None,
            infers: None,
            assumed: None,
            explained: None,
        }
    }

    /// Words, so many characters of them.
    pub const fn words(name: &'static str, label: Text, question: Text, min: usize, max: usize) -> Step {
        Step::new(name, label, question, Kind::Words { min, max })
    }

    /// One of these.
    pub const fn choice(name: &'static str, label: Text, question: Text, options: &'static [Opt]) -> Step {
        Step::new(name, label, question, Kind::Choice(options))
    }

    /// One of the choices that a function gives, which knows the answers so far. The id of a choice is the answer.
    pub const fn listed(
        name: &'static str,
        label: Text,
        question: Text,
        choices: fn(&Turn, &Answers) -> Vec<Choice>,
    ) -> Step {
        Step::new(name, label, question, Kind::Listed(choices))
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

    /// A shared or named place.
    pub const fn place(name: &'static str, label: Text, question: Text) -> Step {
        Step::new(name, label, question, Kind::Place(saved_place))
    }

    /// A time from now on. Makes the component import `clock`.
    pub const fn when(name: &'static str, label: Text, question: Text) -> Step {
        Step::new(name, label, question, Kind::When { say: when::say })
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

    /// May be left out: it is never asked on the way, but offered at the summary.
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

    /// Takes only answers that fit the others; the function says why one does not.
    pub const fn fits(mut self, fits: Fits) -> Step {
        self.fits = Some(fits);
        self
    }

    /// Numbers of these units, or prices of one of them: `2 rooms` answers `.of(&["room"])`.
    pub const fn of(mut self, units: &'static [&'static str]) -> Step {
        self.units = units;
        self
    }

    /// An amount that is a limit: of a range, the upper end.
    pub const fn limit(mut self) -> Step {
        self.is_limit = true;
        self
    }

    /// Words that name a thing: a sentence about it gives them, as a clean title.
    pub const fn thing(mut self) -> Step {
        self.is_thing = true;
        self
    }

    /// The place that somebody comes from.
    pub const fn origin(mut self) -> Step {
        self.leads = Some(Leads::From);
        self
    }

    /// The place that somebody goes to.
    pub const fn destination(mut self) -> Step {
        self.leads = Some(Leads::To);
        self
    }

    /// The option that a sentence implies without naming it.
    pub const fn infers(mut self, infers: fn(&Said<'_>) -> Option<&'static str>) -> Step {
        self.infers = Some(infers);
        self
    }

    /// The option that is taken where none was said. It is not asked; the summary shows it, and it can be changed there.
    pub const fn assumed(mut self, id: &'static str) -> Step {
        self.assumed = Some(id);
        self
    }

    /// What is said to somebody who does not understand the question, with an example.
    pub const fn explained(mut self, text: Text) -> Step {
        self.explained = Some(text);
        self
    }

    /// Whether the answer is what was typed, to the byte: nothing is cut out of it.
    fn is_verbatim(&self, text: &str) -> bool {
        const TITLE_CHARS_MAX: usize = 200;
        let is_long = matches!(self.kind, Kind::Words { max, .. } if max > TITLE_CHARS_MAX);
        self.check.is_some() || is_long || text.contains('\n')
    }

    /// Whether a word is one of the step's label.
    fn is_labelled(&self, word: &str) -> bool {
        let word = words::plain(word);
        let stem = words::stem(&word);
        let is = |label: &str| words::plain(label).split(' ').any(|known| words::stem(known) == stem);
        word.chars().count() > 2 && self.label.all().any(|(_, label)| is(label))
    }

    /// What it takes for itself where nothing was said.
    fn default_answer(&self) -> Option<Answer> {
        self.assumed.map(|id| Answer::Choice(id.to_owned()))
    }
}

/// The failure of a flow's end that asks a step again, and why.
pub fn reopen(step: &str, why: &str) -> Failure {
    Failure::Other(Other { kind: REOPEN.to_owned(), value: format!("{step}\n{why}") })
}

const REOPEN: &str = "reopen";

impl Flow {
    /// `Confirm`.
    pub const CONFIRM: Text = texts::CONFIRM;
    /// `Post`, for what others will see.
    pub const POST: Text = texts::POST;
    /// `Send`, for what somebody will get.
    pub const SEND: Text = texts::SEND;
    /// `Book`.
    pub const BOOK: Text = texts::BOOK;
    /// `Order`.
    pub const ORDER: Text = texts::ORDER;

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

    fn step(&self, name: &str) -> Option<&'static Step> {
        self.steps.iter().find(|step| step.name == name)
    }
}

/// Home and work, if the person has saved them for all agents.
fn saved_place(text: &str) -> Option<Place> {
    const HOME: &[&str] = &["home", "my home", "maison", "chez moi", "a la maison", "mu rugo", "iwanjye", "nyumbani"];
    const WORK: &[&str] = &["work", "my work", "office", "travail", "au travail", "bureau", "ku kazi", "kazini"];
    let name = match text {
        _ if words::is_one_of(text, HOME) => "home",
        _ if words::is_one_of(text, WORK) => "work",
        _ => return None,
    };
    agent_json::decode::<Place>(&preferences::get(name).ok().flatten()?)
}
