//! The acts, and where they stand in a text.

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
    /// Wants another language; which, says [`Said::language`](super::Said::language).
    Language = "language",
    /// Asks for news of something pending: `any news?`, `did he answer?`, `where is my order?`.
    News = "news",
    /// Asks who the other side is: `who is it?`.
    Who = "who",
    /// Asks whether a machine answers: `are you a robot?`, `tu es un humain ?`, `uri robo?`.
    Machine = "machine",
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
    /// The sign that does it, by its place in [`Words::all`](crate::words::Words::all).
    pub sign: Option<usize>,
}
