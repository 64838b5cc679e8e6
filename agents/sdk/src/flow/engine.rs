//! How a flow moves: from a message and what is known to the next question, or to the end. Nothing here touches the host.

use crate::{
    Content, Failure, Flow, FlowState, Language, Next, Outcome, Reply, Result, Turn, reply,
    understand::Said,
    words::{self, is_one_of},
};

use super::{
    Answer, Answers, CONFIRM, EDIT, Kind, REOPEN, Step,
    answer::{Reading, place_of, read},
    ask, correct, extract, hear, shared, texts,
};

/// A flow about to begin.
pub struct Begin<'a> {
    flow: &'static Flow,
    turn: &'a Turn,
    answers: Answers,
    has_heard: bool,
}

impl<'a> Begin<'a> {
    pub(super) fn new(flow: &'static Flow, turn: &'a Turn) -> Begin<'a> {
        let mut answers = Answers::default();
        keep_files(flow, &mut answers, turn);
        Begin { flow, turn, answers, has_heard: false }
    }

    /// With the answer of a step that is already known and need not be asked.
    pub fn known(mut self, step: &str, answer: Answer) -> Begin<'a> {
        self.answers.set(step, answer);
        self.answers.given(step);
        self
    }

    /// With what a sentence answers of all its questions; what is left of it goes to `rest`, which may know more. Without this, the
    /// flow takes what the turn's own text says.
    pub fn hears(mut self, text: &str, rest: impl FnOnce(Begin<'a>, String) -> Begin<'a>) -> Begin<'a> {
        let said = Said::of(self.turn, text);
        let taken = hear::fill(self.flow, &mut self.answers, self.turn, &said);
        self.has_heard = true;
        let left: Vec<&str> = said.pieces(&taken).into_iter().map(|(_, piece)| piece.trim()).collect();
        rest(self, left.join(" "))
    }

    /// Without hearing what the turn's text says: it is about something else.
    pub fn deaf(mut self) -> Begin<'a> {
        self.has_heard = true;
        self
    }

    /// Whether the answer of a step is known.
    pub fn knows(&self, step: &str) -> bool {
        self.answers.get(step).is_some()
    }

    /// With something that the flow needs and never asks for, for instance the listing that it is about.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Begin<'a> {
        self.answers.set_context(name, value.into());
        self
    }

    /// The turn it begins in.
    pub fn turn(&self) -> &'a Turn {
        self.turn
    }

    /// Puts the first question.
    pub fn ask(self) -> Result<Outcome> {
        self.ask_after("")
    }

    /// Puts the first question, with words before it.
    pub fn ask_after(self, before: &str) -> Result<Outcome> {
        let begin = match self.turn.text().filter(|_| !self.has_heard) {
            Some(text) => self.hears(text, |begin, _| begin),
            None => self,
        };
        on(begin.flow, begin.answers, begin.turn, before)
    }
}

/// Whether a message is for the open flow. A choice of another message of this agent, and word from other people, is not.
pub fn concerns(flow: &Flow, turn: &Turn) -> bool {
    match &turn.message.content {
        Content::Notice(_) => false,
        Content::Tap(tap) => match tap.id.split_once(['=', ':']) {
            Some(("flow" | "more" | EDIT, _)) => true,
            Some((step, _)) if tap.id.contains('=') => flow.step(step).is_some(),
            _ => false,
        },
        _ => true,
    }
}

/// What the person wants of the flow itself.
#[derive(Clone, Copy, PartialEq)]
enum Command {
    Back,
    Skip,
    Cancel,
    Confirm,
    Edit,
    /// The agent was off meanwhile.
    Again,
}

fn command(turn: &Turn, said: Option<&Said<'_>>) -> Option<Command> {
    if let Some(id) = turn.tap() {
        return Some(match id {
            "flow:back" => Command::Back,
            "flow:skip" => Command::Skip,
            "flow:cancel" => Command::Cancel,
            "flow:confirm" => Command::Confirm,
            "flow:edit" => Command::Edit,
            "flow:again" => Command::Again,
            _ => return None,
        });
    }
    let said = said?;
    if said.leaves() {
        return Some(Command::Cancel);
    }
    Some(match said.only() {
        Some("back") => Command::Back,
        Some("skip") => Command::Skip,
        Some("leave") => Command::Cancel,
        Some("change") => Command::Edit,
        _ if is_one_of(said.text, words::CONFIRM) => Command::Confirm,
        _ => return None,
    })
}

/// Answers a message in an open flow; `reader` is the model, if the agent has one.
pub fn advance(
    flow: &'static Flow,
    state: &FlowState,
    turn: &Turn,
    reader: Option<extract::Reader>,
) -> Result<Outcome> {
    // What an older version of the agent wrote may not fit: then the questions begin anew.
    let Some(mut answers) = agent_json::decode::<Answers>(&state.data) else {
        return flow.begin(turn).ask();
    };
    let said = turn.text().map(|text| Said::of(turn, text));
    let said = said.as_ref();
    let command = command(turn, said);
    if command == Some(Command::Cancel) {
        return Ok(cancelled(turn));
    }
    if command == Some(Command::Again) {
        return stay(flow, &state.step, answers, turn, "");
    }
    // A button of an earlier question: the person changes that answer.
    if let Some(step) = turn.tap().and_then(|id| id.split_once('=')).and_then(|(name, _)| flow.step(name))
        && step.name != state.step
        && answers.get(step.name).is_some()
        && let Reading::Answer(answer) = read(step, turn, None, &answers)
    {
        answers.set(step.name, answer);
        return stay(flow, &state.step, answers, turn, "");
    }
    match state.step.as_str() {
        CONFIRM => at_summary(flow, answers, turn, said, command),
        EDIT => at_edit(flow, answers, turn, said, command),
        name => match flow.step(name) {
            Some(step) => At { flow, step, turn, said, reader }.step(answers, command),
            None => on(flow, answers, turn, ""),
        },
    }
}

/// A message at an open question.
struct At<'a> {
    flow: &'static Flow,
    step: &'static Step,
    turn: &'a Turn,
    said: Option<&'a Said<'a>>,
    reader: Option<extract::Reader>,
}

impl At<'_> {
    fn language(&self) -> Language {
        Language::of(self.turn)
    }

    /// The same question, with words before it.
    fn again(&self, answers: &Answers, before: &str, page: usize) -> Result<Outcome> {
        let reply = ask::question(self.flow, self.step, answers, self.turn, before, page);
        open(self.flow, self.step.name, answers, reply)
    }

    /// The same question after a message that was no answer: other words each time, and ways out.
    fn missed(&self, mut answers: Answers, why: &str) -> Result<Outcome> {
        answers.misses = answers.misses.saturating_add(1);
        let before = ask::missed(self.step, why, answers.misses, self.language());
        self.again(&answers, &before, 0)
    }

    fn answered(&self, mut answers: Answers, answer: Answer) -> Result<Outcome> {
        answers.set(self.step.name, answer);
        answers.misses = 0;
        answers.editing = false;
        on(self.flow, answers, self.turn, "")
    }

    fn step(&self, mut answers: Answers, command: Option<Command>) -> Result<Outcome> {
        let (flow, step, turn, language) = (self.flow, self.step, self.turn, self.language());
        match command {
            Some(Command::Back) if answers.editing => {
                answers.editing = false;
                return on(flow, answers, turn, "");
            }
            Some(Command::Back) => {
                let at = flow.steps.iter().position(|known| known.name == step.name).unwrap_or(0);
                // What was left out on the way is left out on the way back.
                let asked = |step: &&Step| answers.get(step.name).is_some() && !answers.is_given(step.name);
                return match flow.steps[..at].iter().rev().find(asked) {
                    Some(before) => {
                        answers.misses = 0;
                        open(flow, before.name, &answers, ask::question(flow, before, &answers, turn, "", 0))
                    }
                    None if answers.is_empty() => self.again(&answers, texts::FIRST_QUESTION.get(language), 0),
                    // All before it was said in one sentence: which of it is to be changed?
                    None => open(flow, EDIT, &answers, ask::what_to_change(flow, &answers, turn, 0)),
                };
            }
            Some(Command::Skip) if step.optional => return self.answered(answers, Answer::Skipped),
            Some(Command::Skip) if matches!(step.kind, Kind::Number { min: 0, .. }) && turn.text().is_some() => {
                return self.answered(answers, Answer::Number(0));
            }
            Some(Command::Skip) => return self.missed(answers, texts::NOT_OPTIONAL.get(language)),
            Some(Command::Edit) if self.said.is_some_and(|said| correct::labelled(flow, said).is_some()) => {}
            Some(Command::Edit) if flow.steps.iter().any(|step| answers.get(step.name).is_some()) => {
                return open(flow, EDIT, &answers, ask::what_to_change(flow, &answers, turn, 0));
            }
            _ => {}
        }
        if let Some(page) = page(turn) {
            return self.again(&answers, "", page);
        }
        // A photo is kept, whatever is asked; what stands under it is what the person says.
        if !matches!(step.kind, Kind::Files { .. })
            && let Some(count) = keep_files(flow, &mut answers, turn)
            && self.said.is_none()
        {
            let kept = texts::PHOTO_KEPT.with(language, &[("count", &count.to_string())]);
            return self.again(&answers, &kept, 0);
        }
        // A place is one, whatever is asked.
        if let Some(place) = place_of(turn)
            && !matches!(step.kind, Kind::Place(_))
            && let Some(other) = flow.steps.iter().find(|step| matches!(step.kind, Kind::Place(_)))
        {
            answers.set(other.name, Answer::Place(place));
            answers.given(other.name);
            return self.again(&answers, &ask::noted(other, &answers, language), 0);
        }
        answers.believe(step.name);
        match self.said {
            Some(said) => self.words(answers, said),
            None => match read(step, turn, None, &answers) {
                Reading::Answer(answer) => self.answered(answers, answer),
                Reading::Part(answer) => self.part(answers, answer),
                Reading::Doubt(likely) => self.doubted(answers, likely),
                Reading::Unfit(why) => self.missed(answers, &why),
            },
        }
    }

    fn part(&self, mut answers: Answers, answer: Answer) -> Result<Outcome> {
        answers.set(self.step.name, answer);
        answers.misses = 0;
        let reply = ask::photo_received(answers.photos(self.step.name).len(), self.language());
        open(self.flow, self.step.name, &answers, reply)
    }

    fn doubted(&self, mut answers: Answers, likely: Vec<Answer>) -> Result<Outcome> {
        answers.doubt(self.step.name, likely);
        self.again(&answers, "", 0)
    }

    fn words(&self, mut answers: Answers, said: &Said<'_>) -> Result<Outcome> {
        let (flow, step, turn, language) = (self.flow, self.step, self.turn, self.language());
        let is_words = matches!(step.kind, Kind::Words { .. });
        if matches!(step.kind, Kind::Number { min: 0, .. }) && is_none(said) {
            return self.answered(answers, Answer::Number(0));
        }
        let is_typed = is_words && (step.check.is_some() || said.text.contains('\n'));
        // `it is free` may be asked or said: with an amount and no question mark it is said.
        let says = said.amounts().next().is_some() && !said.text.contains('?');
        if said.only() == Some("explain") && !says || !is_words && is_question(said) {
            // Who does not understand the explanation either gets other words.
            return self.missed(answers, &ask::explained(step, language));
        }
        if !is_typed {
            match correct::apply(flow, Some(step), &mut answers, turn, said) {
                Some(correct::Did::Set(changed)) if changed.name == step.name => {
                    answers.misses = 0;
                    answers.editing = false;
                    return on(flow, answers, turn, "");
                }
                Some(correct::Did::Set(changed)) => {
                    answers.misses = 0;
                    return self.again(&answers, &ask::noted(changed, &answers, language), 0);
                }
                Some(correct::Did::Asks(asked)) => {
                    answers.misses = 0;
                    return open(flow, asked.name, &answers, ask::question(flow, asked, &answers, turn, "", 0));
                }
                None => {}
            }
        }
        // Free words may answer more than they were asked for.
        if is_words && !is_typed && !answers.editing {
            hear::fill(flow, &mut answers, turn, said);
            answers.forget(step.name);
        }
        match read(step, turn, Some(said), &answers) {
            Reading::Answer(answer) => {
                if !is_words && !answers.editing {
                    hear::fill(flow, &mut answers, turn, said);
                }
                self.answered(answers, answer)
            }
            Reading::Part(answer) => self.part(answers, answer),
            Reading::Doubt(likely) => self.doubted(answers, likely),
            Reading::Unfit(why) => {
                // A sentence may hold the answer among others, or answer another question.
                let before = answers.clone();
                hear::fill(flow, &mut answers, turn, said);
                if let (None, Some(reader)) = (answers.get(step.name), self.reader) {
                    extract::fill(flow, &mut answers, turn, said.text, reader);
                }
                match answers.get(step.name) {
                    Some(Answer::Photos(_)) | None if answers == before && said.does("later") => {
                        self.again(&answers, texts::TAKE_YOUR_TIME.get(language), 0)
                    }
                    Some(Answer::Photos(_)) | None if answers == before => self.missed(answers, &why),
                    Some(Answer::Photos(_)) | None => {
                        let new = flow.steps.iter().find(|step| answers.get(step.name) != before.get(step.name));
                        let noted = new.map(|step| ask::noted(step, &answers, language)).unwrap_or_default();
                        answers.misses = 0;
                        self.again(&answers, &noted, 0)
                    }
                    Some(_) => {
                        answers.misses = 0;
                        answers.editing = false;
                        on(flow, answers, turn, "")
                    }
                }
            }
        }
    }
}

/// Whether a text says that there is none of what is asked for.
fn is_none(said: &Said<'_>) -> bool {
    let is_short = said.text.split_whitespace().nth(5).is_none();
    is_short && said.numbers().next().is_none() && (said.does("no") || said.does("skip"))
}

/// Whether a text asks something and says nothing else that a question wants.
fn is_question(said: &Said<'_>) -> bool {
    let says = said.amounts().next().is_some() || said.numbers().next().is_some() || said.times().next().is_some();
    (said.does("explain") || said.does("question")) && !says && said.places().next().is_none()
}

fn at_summary(
    flow: &'static Flow,
    mut answers: Answers,
    turn: &Turn,
    said: Option<&Said<'_>>,
    command: Option<Command>,
) -> Result<Outcome> {
    let language = Language::of(turn);
    let again =
        |answers: &Answers, before: &str| open(flow, CONFIRM, answers, ask::summary(flow, answers, turn, before));
    match command {
        Some(Command::Confirm) => return finish(flow, answers, turn),
        // `change the price` says what.
        Some(Command::Edit) if said.is_none_or(|said| correct::labelled(flow, said).is_none()) => {
            return open(flow, EDIT, &answers, ask::what_to_change(flow, &answers, turn, 0));
        }
        Some(Command::Back) => {
            let asked = |step: &&Step| answers.get(step.name).is_some() && !answers.is_given(step.name);
            return match flow.steps.iter().rev().find(asked).or(flow.steps.last()) {
                Some(last) => open(flow, last.name, &answers, ask::question(flow, last, &answers, turn, "", 0)),
                None => finish(flow, answers, turn),
            };
        }
        _ => {}
    }
    if keep_files(flow, &mut answers, turn).is_some() && said.is_none() {
        return again(&answers, "");
    }
    if let Some(place) = place_of(turn)
        && let Some(step) = flow.steps.iter().find(|step| matches!(step.kind, Kind::Place(_)))
    {
        answers.set(step.name, Answer::Place(place));
        return again(&answers, "");
    }
    if let Some(said) = said {
        match correct::apply(flow, None, &mut answers, turn, said) {
            Some(correct::Did::Set(_)) => {
                answers.misses = 0;
                return again(&answers, "");
            }
            Some(correct::Did::Asks(step)) => {
                answers.editing = true;
                return open(flow, step.name, &answers, ask::question(flow, step, &answers, turn, "", 0));
            }
            None => {}
        }
        let confirms = said.only() == Some("yes") || is_word_of(flow, said.text);
        match said.only() {
            _ if confirms => return finish(flow, answers, turn),
            Some("no") => return open(flow, EDIT, &answers, ask::what_to_change(flow, &answers, turn, 0)),
            _ => {}
        }
        let aside = match () {
            () if is_question(said) => Some(texts::AFTER_CONFIRM),
            () if said.does("later") => Some(texts::TAKE_YOUR_TIME),
            () => None,
        };
        if let Some(aside) = aside.filter(|_| answers.misses == 0) {
            answers.misses = 1;
            return again(&answers, aside.get(language));
        }
        if let Some((step, answer)) = description(flow, &answers, turn, said) {
            answers.set(step.name, answer);
            answers.misses = 0;
            return again(&answers, "");
        }
    }
    answers.misses = answers.misses.saturating_add(1);
    let hint = if answers.misses % 2 == 1 { texts::TAP_ONE } else { texts::TAP_OR_SAY };
    again(&answers, hint.get(language))
}

/// Free words at the summary, which correct nothing and do nothing else, as the description that is still open.
fn description(flow: &Flow, answers: &Answers, turn: &Turn, said: &Said<'_>) -> Option<(&'static Step, Answer)> {
    let is_open = |step: &&Step| matches!(answers.get(step.name), None | Some(Answer::Skipped));
    let is_long =
        |step: &&Step| step.check.is_none() && matches!(step.kind, Kind::Words { .. }) && step.is_verbatim("");
    let step = flow.steps.iter().filter(is_open).find(|step| step.optional && is_long(step))?;
    let is_free = said.acts().next().is_none() && said.text.split_whitespace().nth(1).is_some();
    match read(step, turn, Some(said), answers) {
        Reading::Answer(answer) if is_free => Some((step, answer)),
        _ => None,
    }
}

/// Whether a text is, or begins with, the word of the button that confirms: `post`, `post it`.
fn is_word_of(flow: &Flow, text: &str) -> bool {
    let text = words::plain(text);
    flow.word.all().any(|(_, word)| {
        let word = words::plain(word);
        text.strip_prefix(word.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(' ') && rest.split(' ').count() <= 3)
    })
}

fn at_edit(
    flow: &'static Flow,
    mut answers: Answers,
    turn: &Turn,
    said: Option<&Said<'_>>,
    command: Option<Command>,
) -> Result<Outcome> {
    if command == Some(Command::Back) {
        return on(flow, answers, turn, "");
    }
    let labelled = |text: &str| {
        let text = words::plain(text);
        flow.steps.iter().find(|step| step.label.all().any(|(_, label)| words::plain(label) == text))
    };
    let chosen = match (turn.tap(), said) {
        (Some(id), _) => id.strip_prefix("edit=").and_then(|name| flow.step(name)),
        (None, Some(said)) => match labelled(said.text) {
            Some(step) => Some(step),
            None => match correct::apply(flow, None, &mut answers, turn, said) {
                Some(correct::Did::Set(_)) => return on(flow, answers, turn, ""),
                Some(correct::Did::Asks(step)) => Some(step),
                None => None,
            },
        },
        _ => None,
    };
    match chosen {
        Some(step) => {
            answers.editing = true;
            open(flow, step.name, &answers, ask::question(flow, step, &answers, turn, "", 0))
        }
        None => open(flow, EDIT, &answers, ask::what_to_change(flow, &answers, turn, page(turn).unwrap_or(0))),
    }
}

/// Keeps a photo for the step that wants some; how many there are.
fn keep_files(flow: &Flow, answers: &mut Answers, turn: &Turn) -> Option<usize> {
    flow.steps.iter().find_map(|step| match step.kind {
        Kind::Files { max, documents } => {
            let sent = turn.files(documents);
            (!sent.is_empty() && !turn.file_is_refused()).then(|| answers.add_files(step.name, sent, max))
        }
        _ => None,
    })
}

/// The first question that must be asked; when there is none, the summary or the end. What may be left out is not asked, unless nothing
/// is known at all.
fn on(flow: &'static Flow, mut answers: Answers, turn: &Turn, before: &str) -> Result<Outcome> {
    let is_open = |step: &&Step| answers.get(step.name).is_none();
    let must = |step: &&Step| !step.optional && step.assumed.is_none() || !answers.doubts(step.name).is_empty();
    let first = flow.steps.iter().filter(is_open).find(must);
    let first = first.or_else(|| flow.steps.first().filter(|_| answers.is_empty()));
    if let Some(step) = first {
        return open(flow, step.name, &answers, ask::question(flow, step, &answers, turn, before, 0));
    }
    for step in flow.steps {
        if let (None, Some(answer)) = (answers.get(step.name), step.default_answer()) {
            answers.set(step.name, answer);
            answers.given(step.name);
        }
    }
    match flow.confirm {
        Some(_) => open(flow, CONFIRM, &answers, ask::summary(flow, &answers, turn, before)),
        None => finish(flow, answers, turn),
    }
}

/// The question of the step that is open, once more.
fn stay(flow: &'static Flow, step: &str, answers: Answers, turn: &Turn, before: &str) -> Result<Outcome> {
    match flow.step(step) {
        Some(step) => open(flow, step.name, &answers, ask::question(flow, step, &answers, turn, before, 0)),
        None => on(flow, answers, turn, before),
    }
}

fn finish(flow: &'static Flow, mut answers: Answers, turn: &Turn) -> Result<Outcome> {
    let mut outcome = match (flow.done)(turn, &answers) {
        Err(Failure::Other(other)) if other.kind == REOPEN => {
            let (name, why) = other.value.split_once('\n').unwrap_or((&other.value, ""));
            let Some(step) = flow.step(name) else { return Err(Failure::Invalid(why.to_owned())) };
            answers.forget(name);
            return open(flow, name, &answers, ask::question(flow, step, &answers, turn, why, 0));
        }
        done => done?,
    };
    shared::keep(flow, &answers, turn);
    if outcome.next == Next::Idle {
        outcome.next = Next::Completed;
    }
    Ok(outcome)
}

fn cancelled(turn: &Turn) -> Outcome {
    let language = Language::of(turn);
    let body = texts::CANCELLED.get(language);
    let reply = reply::choices(language, body, vec![reply::menu_choice(language)]);
    Outcome { next: Next::Cancelled, ..Outcome::say(reply) }
}

fn open(flow: &'static Flow, step: &str, answers: &Answers, reply: Reply) -> Result<Outcome> {
    let data = agent_json::encode(answers);
    let state = FlowState { flow: flow.name.to_owned(), step: step.to_owned(), data };
    Ok(Outcome { next: Next::Flow(state), ..Outcome::say(reply) })
}

fn page(turn: &Turn) -> Option<usize> {
    turn.tap()?.strip_prefix("more:")?.parse().ok()
}
