//! Typed answers to offered choices: which one a number, an ordinal, a title or a yes stands for. Pure.

use switchboard_core::{session::Offered, text::fold};
use switchboard_understand::{
    Analysis,
    acts::{self, Act},
    words::{Sort, Words},
};

/// A choice: its wire id and title.
pub(super) type Choice = (String, String);

/// Words that may stand beside a number: "no 1", "option 2", "la troisième".
const BESIDE: &[&str] = &[
    "no", "nr", "n", "num", "number", "numero", "nomero", "nimero", "namba", "nambari", "option", "choice", "choix",
    "the", "one", "please", "pls", "le", "la", "l", "svp", "iya", "icya", "uwa", "ya", "wa", "ni", "that", "this",
    "celui", "celle", "ce", "cette", "iyo", "iyi", "icyo", "iki", "uwo", "iriya", "hiyo", "hii", "ile", "hicho",
    "kile", "hilo", "huyo",
];

/// Ordinals in the four languages: the first list is the first, the last one the last of all.
const ORDINALS: [&[&str]; 11] = [
    &["first", "1st", "premier", "premiere", "mbere", "kwanza"],
    &["second", "2nd", "deuxieme", "seconde", "kabiri", "pili"],
    &["third", "3rd", "troisieme", "gatatu", "tatu"],
    &["fourth", "4th", "quatrieme", "kane", "nne"],
    &["fifth", "5th", "cinquieme", "gatanu", "tano"],
    &["sixth", "6th", "sixieme", "gatandatu", "sita"],
    &["seventh", "7th", "septieme", "karindwi", "saba"],
    &["eighth", "8th", "huitieme", "munani", "nane"],
    &["ninth", "9th", "neuvieme", "cyenda", "tisa"],
    &["tenth", "10th", "dixieme", "cumi", "kumi"],
    &["last", "dernier", "derniere", "nyuma", "mwisho"],
];

/// Words that make a Kinyarwanda or Swahili numeral an ordinal.
const MAKES_ORDINAL: &[&str] = &["iya", "icya", "uwa", "ya", "wa", "la", "cha"];

/// The choice that a text stands for, among those offered last. Inside a flow a yes is the agent's, unless a choice says it.
pub(super) fn of(said: &Analysis<'_>, offered: &Offered, in_flow: bool) -> Option<Choice> {
    let Offered { choices, numbered, .. } = offered;
    let (text, words) = (said.text(), &said.words);
    let by_number = || numbered_in(words).filter(|_| *numbered).and_then(|n| choices.get(n.checked_sub(1)?));
    let by_place = || ordinal(words).and_then(|place| place.map_or(choices.last(), |place| choices.get(place)));
    let folded = fold(text);
    let by_title = || choices.iter().find(|(_, title)| !folded.is_empty() && fold(title) == folded);
    let by_word = || by_title_word(&folded, choices);
    let by_act = || {
        let (yes, no) = if in_flow { (saying(choices, Act::Yes), saying(choices, Act::No)) } else { pair(choices) };
        match said.said.whole? {
            Act::Yes => yes,
            Act::No => no,
            _ => None,
        }
    };
    by_number().or_else(by_title).or_else(by_place).or_else(by_act).or_else(by_word).cloned()
}

/// The choice whose title does an act.
fn saying(choices: &[Choice], act: Act) -> Option<&Choice> {
    choices.iter().find(|(_, title)| acts::whole(title) == Some(act))
}

/// The choices that agree and decline: by what their titles say, else the first and the second of two about the same.
pub(super) fn pair(choices: &[Choice]) -> (Option<&Choice>, Option<&Choice>) {
    let (yes, no) = (saying(choices, Act::Yes), saying(choices, Act::No));
    if yes.is_some() || no.is_some() {
        let other = |not: Option<&Choice>| choices.iter().find(|choice| not.is_some_and(|not| not != *choice));
        let is_pair = choices.len() == 2;
        return (yes.or_else(|| other(no).filter(|_| is_pair)), no.or_else(|| other(yes).filter(|_| is_pair)));
    }
    match choices {
        [first, second, ..] if about(first).is_some() && about(first) == about(second) => (Some(first), Some(second)),
        [first, second] if !leads_away(first) && !leads_away(second) => (Some(first), Some(second)),
        _ => (None, None),
    }
}

/// What a choice is about: `share:<id>` and `decline:<id>` are about the same.
fn about((wire, _): &Choice) -> Option<&str> {
    wire.split_once(':').map(|(_, about)| about).filter(|about| !about.is_empty())
}

/// Whether a choice only leads to a menu.
pub(super) fn leads_away((wire, _): &Choice) -> bool {
    matches!(wire.split_once('/'), Some(("support", _) | (_, "menu" | "start" | "mine" | "saved" | "results" | "find")))
}

/// The number that a text is, with the words that may stand beside it.
fn numbered_in(words: &Words<'_>) -> Option<usize> {
    let spoken: Vec<_> = (0..words.len()).filter_map(|at| words.get(at)).collect();
    let mut digits = spoken.iter().filter(|word| word.sort == Sort::Digits);
    let number = digits.next().filter(|word| word.folded.len() <= 2)?;
    let others = spoken.iter().filter(|word| word.sort != Sort::Digits);
    let is_alone = digits.next().is_none()
        && others.clone().count() <= 2
        && others.clone().all(|word| BESIDE.contains(&word.folded.as_str()));
    let is_bare =
        words.all().iter().filter(|word| word.sort == Sort::Sign).all(|word| "().#°:-*\n".contains(&word.folded));
    number.folded.parse().ok().filter(|_| is_alone && is_bare)
}

/// The place that an ordinal names: `Some(None)` is the last.
fn ordinal(words: &Words<'_>) -> Option<Option<usize>> {
    if words.is_empty() || words.len() > 4 {
        return None;
    }
    let all: Vec<&str> = (0..words.len()).map(|at| words.folded(at)).collect();
    // "1st" is cut into a number and letters.
    let joined: Vec<String> = all.windows(2).map(|two| two.concat()).collect();
    let place = |word: &str| ORDINALS.iter().position(|names| names.contains(&word));
    let (place, used) = joined
        .iter()
        .find_map(|word| place(word).filter(|_| word.starts_with(|c: char| c.is_ascii_digit())).map(|place| (place, 2)))
        .or_else(|| {
            all.iter().enumerate().find_map(|(at, word)| {
                let is_native = ORDINALS.iter().any(|names| names[names.len().saturating_sub(2)..].contains(word));
                let latin = ORDINALS.iter().any(|names| names[..names.len() - 2].contains(word));
                let made = at.checked_sub(1).is_some_and(|before| MAKES_ORDINAL.contains(&all[before]));
                place(word).filter(|_| latin || (is_native && made)).map(|place| (place, 1))
            })
        })?;
    let beside = all.iter().filter(|word| BESIDE.contains(word) || MAKES_ORDINAL.contains(word)).count();
    (beside + used >= all.len()).then_some((place + 1 < ORDINALS.len()).then_some(place))
}

/// The only choice whose title has all the words said, at least half of it.
fn by_title_word<'c>(said: &[String], choices: &'c [Choice]) -> Option<&'c Choice> {
    if said.is_empty() || said.len() > 4 || !said.iter().any(|word| word.chars().count() >= 4) {
        return None;
    }
    let has_all = |title: &str| {
        let title = fold(title);
        said.iter().all(|word| title.contains(word)) && said.len() * 2 >= title.len()
    };
    let mut found = choices.iter().filter(|(_, title)| has_all(title));
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(choices: &[(&str, &str)]) -> Offered {
        let choices = choices.iter().map(|(id, title)| ((*id).to_owned(), (*title).to_owned())).collect();
        Offered { agent: "a".into(), numbered: true, choices }
    }

    fn picked(text: &str, offered: &Offered, in_flow: bool) -> Option<String> {
        of(&Analysis::of(text), offered, in_flow).map(|(wire, _)| wire)
    }

    #[test]
    fn a_number_in_any_script_and_an_ordinal_choose() {
        let rows = offered(&[("a/x:1", "Red lamp"), ("a/x:2", "Blue sofa bed"), ("a/x:3", "Green table")]);
        for text in [
            "2",
            "٢",
            "２",
            "②",
            "2️⃣",
            "(2)",
            "2.",
            "No 2",
            "number 2",
            "#2",
            "the second one",
            "that second one",
            "hiyo ya pili",
            "iyo ya kabiri",
            "la deuxième",
            "iya kabiri",
            "ya pili",
            "2nd",
            "blue sofa",
        ] {
            assert_eq!(picked(text, &rows, false).as_deref(), Some("a/x:2"), "{text}");
        }
        for text in ["the last one", "le dernier", "iya nyuma", "3"] {
            assert_eq!(picked(text, &rows, false).as_deref(), Some("a/x:3"), "{text}");
        }
        for text in ["4", "2 bags", "80k", "2-3", "tatu", "second hand phone", "a table for two in Kigali", "", "yes"] {
            assert_eq!(picked(text, &rows, false), None, "{text}");
        }
    }

    #[test]
    fn a_yes_chooses_of_a_pair() {
        let consent = offered(&[("a/share:7", "Give number"), ("a/decline:7", "Rather not")]);
        assert_eq!(picked("yes", &consent, false).as_deref(), Some("a/share:7"));
        assert_eq!(picked("hapana", &consent, false).as_deref(), Some("a/decline:7"));
        assert_eq!(picked("yes", &consent, true), None, "an open flow's agent reads it");
        let says = offered(&[("a/q=no", "No"), ("a/q=yes", "Yes")]);
        assert_eq!(picked("oui", &says, true).as_deref(), Some("a/q=yes"));
        let leads = offered(&[("a/item:1", "See"), ("a/menu", "Menu")]);
        assert_eq!(picked("no", &leads, false), None);
    }
}
