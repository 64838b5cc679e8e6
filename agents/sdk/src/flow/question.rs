//! A message at an open question.

use super::command::Command;
use super::next::{keep_files, on, open, page};
use super::{
    Answer, Answers, EDIT, Kind, Step,
    answer::{Reading, place_of, read},
    ask, correct, extract, hear, texts,
};
use crate::{Flow, Language, Outcome, Result, Turn, understand::Said};

/// A message at an open question.
pub(super) struct At<'a> {
    pub(super) flow: &'static Flow,
    pub(super) step: &'static Step,
    pub(super) turn: &'a Turn,
    pub(super) said: Option<&'a Said<'a>>,
    pub(super) reader: Option<extract::Reader>,
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

    pub(super) fn step(&self, mut answers: Answers, command: Option<Command>) -> Result<Outcome> {
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
pub(super) fn is_none(said: &Said<'_>) -> bool {
    let is_short = said.text.split_whitespace().nth(5).is_none();
    is_short && said.numbers().next().is_none() && (said.does("no") || said.does("skip"))
}

/// Whether a text asks something and says nothing else that a question wants.
pub(super) fn is_question(said: &Said<'_>) -> bool {
    let says = said.amounts().next().is_some() || said.numbers().next().is_some() || said.times().next().is_some();
    (said.does("explain") || said.does("question")) && !says && said.places().next().is_none()
}
