//! Acts: what a text does, such as to agree, to thank, to ask for a human.

mod choose;
mod phrases;

use switchboard_core::contract::{
    readings::{Meaning, Reading},
    types::Other,
};

use crate::words::Words;

/// Declares the acts: a case, and its name in the contract.
macro_rules! acts {
    ($($(#[$doc:meta])* $act:ident = $name:literal,)*) => {
        /// What a text does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Act { $($(#[$doc])* $act,)* }

        impl Act {
            /// All of them.
            pub const ALL: &[Act] = &[$(Act::$act,)*];

            /// Its name in the contract (`readings.meaning.act`).
            pub const fn name(self) -> &'static str {
                match self { $(Act::$act => $name,)* }
            }
        }
    };
}

acts! {
    /// Agrees: `yes`, `ok share it`, `d'accord`, `yego`, `sawa`, 👍.
    Yes = "yes",
    /// Declines: `no`, `no thanks`, `non`, `oya`, `hapana`, 👎.
    No = "no",
    /// Puts off: `later`, `not now`, `tout à l'heure`, `nyuma`, `baadaye`.
    Later = "later",
    /// Greets: `hello`, `bonjour`, `muraho`, `habari`.
    Greeting = "greeting",
    /// Thanks.
    Thanks = "thanks",
    /// Says good-bye.
    Goodbye = "goodbye",
    /// Asks what the open question means, or why it is asked: `what do you mean?`, `why do you need that?`.
    Explain = "explain",
    /// Asks something: a question word, or a question mark.
    Question = "question",
    /// Puts right what was said: `no, I meant …`, `sorry, it is …`.
    Correction = "correction",
    /// Wants to change something said before: `change the price`.
    Change = "change",
    /// Wants to talk to a person.
    Human = "human",
    /// Complains, is angry, was cheated.
    Complaint = "complaint",
    /// In danger: fire, accident, thieves in the house, violence, heavy bleeding.
    Emergency = "emergency",
    /// Wants to die, or to hurt themselves.
    Distress = "distress",
    /// Ends what is going on: `cancel`, `forget it`, `laisse tomber`.
    Leave = "leave",
    /// One step back.
    Back = "back",
    /// Has no answer, or does not want to give one: `skip`, `I don't know`.
    Skip = "skip",
    /// Ready: `done`, `that's all`.
    Done = "done",
    /// Wants no more messages, without a doubt: `stop`, `unsubscribe`.
    OptOut = "opt-out",
    /// Perhaps wants no more messages: asks to be left alone, in words that also mean less.
    MaybeOptOut = "maybe-opt-out",
    /// Wants messages again.
    OptIn = "opt-in",
    /// Wants another language; which, says [`crate::language::asked_for`].
    Language = "language",
    /// Asks for news of something pending: `any news?`, `did he answer?`, `where is my order?`.
    News = "news",
    /// Asks who the other side is: `who is it?`.
    Who = "who",
    /// Wants to see the menu, or what can be done here.
    Menu = "menu",
    /// Asks what is held about them.
    MyData = "my-data",
    /// Wants to be forgotten.
    ForgetMe = "forget-me",
    /// Says that a thing is gone: `sold`, `vendu`, `yaragurishijwe`, `imeuzwa`.
    Sold = "sold",
    /// Only looks around: `just looking`, `surprise me`.
    Undecided = "undecided",
    /// Has something for others: sells, lets, hires, drives with free seats.
    Offer = "offer",
    /// Wants something: buys, rents, looks for work, eats, books, rides.
    Seek = "seek",
    /// Asks what something costs.
    Price = "price",
    /// Talks to the other side of a match or order: `what time can I visit?`, `ready in 20 minutes`, `last price?`.
    ToOther = "to-other",
}

/// An act, and the words that do it: places as of [`Words::get`], `to` exclusive. A sign or an emoji does one without a word: both places
/// are then those of the word after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The act.
    pub act: Act,
    /// The first word.
    pub from: usize,
    /// The place after the last word.
    pub to: usize,
}

/// The acts of a text, in its order. No two share a word.
pub fn find(words: &Words<'_>) -> Vec<Found> {
    let mut found: Vec<Found> = choose::all(words).heard.into_iter().map(|it| it.found).collect();
    found.sort_by_key(|it| (it.from, it.to));
    found
}

/// The act of a text that does nothing else: courtesies, names of nobody and fillers do not count.
pub fn whole(words: &Words<'_>) -> Option<Act> {
    choose::whole(words)
}

/// What a text does, and what somebody is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The acts, as of [`find`].
    pub acts: Vec<Found>,
    /// What somebody is about, finer than [`Act::Offer`] and [`Act::Seek`]: `sell`, `hire`, `reserve` and so on, each once. The names are
    /// the first cells of `data/acts/deeds.tsv`.
    pub deeds: Vec<&'static str>,
    /// Words that name a deed and say that it is not meant: `not hiring`, `je ne vends pas`. Places as of [`Words::get`], the second
    /// exclusive.
    pub denied: Vec<(usize, usize)>,
}

/// The acts and deeds of a text.
pub fn said(words: &Words<'_>) -> Said {
    let all = choose::all(words);
    let mut acts: Vec<Found> = all.heard.into_iter().map(|it| it.found).collect();
    acts.sort_by_key(|it| (it.from, it.to));
    Said { acts, deeds: all.deeds, denied: all.denied }
}

/// Whether a text does an act, among others.
pub fn does(words: &Words<'_>, act: Act) -> bool {
    choose::all(words).heard.iter().any(|it| it.found.act == act)
}

/// The language that a text asks for, if it names one.
pub(crate) fn language(words: &Words<'_>) -> Option<&'static str> {
    choose::all(words).heard.iter().find_map(|it| it.language)
}

/// Reads the acts, and the deeds as readings of no words (kind `deed`).
pub fn read(words: &Words<'_>, found: &mut Vec<Reading>) {
    let said = said(words);
    let acts = said.acts.into_iter();
    found.extend(acts.map(|it| words.reading(it.from, it.to, Meaning::Act(it.act.name().to_owned()), false)));
    let deed = |value: &str| Meaning::Other(Other { kind: "deed".to_owned(), value: value.to_owned() });
    let deeds = said.deeds.into_iter();
    found.extend(deeds.map(|name| Reading { start: 0, end: 0, meaning: deed(name), unsure: false }));
}

#[cfg(test)]
mod tests;
