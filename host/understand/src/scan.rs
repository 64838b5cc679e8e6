//! A text as tokens for values: words with what they do, and numerals with their separators put together.

use crate::{
    numeral::{Numeral, numeral},
    setting::Setting,
    vocabulary::{Groups, Languages, NUMBERS, Role, like, phrases},
    words::{Sort, Words},
};

/// A word, a numeral or a sign.
#[derive(Clone, Debug)]
pub struct Token<'w> {
    /// As [`Word::folded`]; of a numeral, its first digits.
    pub folded: &'w str,
    /// Its sort.
    pub sort: Sort,
    /// The place of its first byte in the text.
    pub start: usize,
    /// The place after its last byte.
    pub end: usize,
    /// Whether it follows the token before it without a blank.
    pub is_glued: bool,
    /// Its number, if it is a numeral.
    pub numeral: Option<Numeral>,
    /// The groups of what its phrases do.
    groups: Groups,
    /// Its place among the matches.
    matches: (usize, usize),
}

/// A phrase found in the text.
#[derive(Clone, Copy, Debug)]
pub struct Match {
    /// What it does.
    pub role: Role,
    /// The languages in which it does.
    pub languages: Languages,
    /// The token after it.
    pub to: usize,
}

/// The tokens of a text.
#[derive(Debug)]
pub struct Scan<'w> {
    /// The tokens.
    pub tokens: Vec<Token<'w>>,
    /// Where and when the text was said.
    pub setting: &'w Setting<'w>,
    matches: Vec<Match>,
}

impl<'w> Scan<'w> {
    /// Scans a text.
    pub fn of(words: &'w Words<'_>, setting: &'w Setting<'w>) -> Scan<'w> {
        let all = words.all();
        let mut tokens: Vec<Token<'w>> = Vec::with_capacity(all.len());
        let mut at = 0;
        while at < all.len() {
            let word = &all[at];
            let glued = !word.after_space && at > 0;
            let is_between_letters = word.sort == Sort::Sign
                && glued
                && all[at - 1].sort == Sort::Letters
                && matches!(word.folded.as_str(), "'" | "’" | "‘" | "`" | "´" | "ʼ" | "-" | "‐" | "‑")
                && all.get(at + 1).is_some_and(|next| {
                    next.sort == Sort::Letters && !next.after_space
                        || !word.folded.starts_with(['-', '‐', '‑']) && next.sort != Sort::Sign
                });
            if is_between_letters {
                at += 1;
                continue;
            }
            let mut token = Token {
                folded: &word.folded,
                sort: word.sort,
                start: word.start,
                end: word.end,
                is_glued: glued,
                numeral: None,
                groups: 0,
                matches: (0, 0),
            };
            let mut next = at + 1;
            if word.sort == Sort::Digits {
                let (numeral, to) = numeral(all, at);
                token.numeral = Some(numeral);
                token.end = all[to - 1].end;
                next = to;
            }
            tokens.push(token);
            at = next;
        }
        let mut scan = Scan { tokens, setting, matches: Vec::new() };
        scan.find_phrases();
        scan.mark_plates();
        scan
    }

    fn find_phrases(&mut self) {
        for at in 0..self.tokens.len() {
            let from = self.matches.len();
            if self.tokens[at].sort != Sort::Digits {
                for phrase in phrases(self.tokens[at].folded) {
                    let is_here = phrase
                        .rest
                        .iter()
                        .enumerate()
                        .all(|(n, word)| self.tokens.get(at + 1 + n).is_some_and(|token| token.folded == *word));
                    if is_here {
                        let to = at + 1 + phrase.rest.len();
                        self.tokens[at].groups |= phrase.role.groups();
                        self.matches.push(Match { role: phrase.role, languages: phrase.languages, to });
                    }
                }
            }
            if self.matches.len() == from
                && self.tokens[at].sort == Sort::Letters
                && let Some(phrase) = like(self.tokens[at].folded)
            {
                self.tokens[at].groups |= phrase.role.groups();
                self.matches.push(Match { role: phrase.role, languages: phrase.languages, to: at + 1 });
            }
            self.tokens[at].matches = (from, self.matches.len());
        }
    }

    /// `RAC 789 D`, `KDA 123B`, `T 123 ABC`: the digits are no number.
    fn mark_plates(&mut self) {
        for at in 1..self.tokens.len() {
            let Some(numeral) = self.tokens[at].numeral else { continue };
            let (before, after) = (self.tokens[at - 1].folded, self.tokens.get(at + 1).map_or("", |next| next.folded));
            let series = |word: &str, firsts: &str, seconds: &str| {
                let mut letters = word.chars();
                word.len() == 3
                    && letters.next().is_some_and(|c| firsts.contains(c))
                    && letters.next().is_some_and(|c| seconds.contains(c))
            };
            let is_letter = after.len() == 1 && after.chars().all(char::is_alphabetic) || after.is_empty();
            let is_series =
                series(before, "r", "abcdefghi") || series(before, "k", "abcdef") || series(before, "u", "ab");
            let is_tanzanian = before == "t" && after.len() == 3 && after.chars().all(char::is_alphabetic);
            if numeral.digits == 3 && (is_series && is_letter || is_tanzanian) && !numeral.is_grouped {
                self.tokens[at].numeral = Some(Numeral { is_code: true, ..numeral });
            }
        }
    }

    /// How many tokens there are.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The folded text of a token; empty beyond the end.
    pub fn folded(&self, at: usize) -> &'w str {
        self.tokens.get(at).map_or("", |token| token.folded)
    }

    /// Whether a token is this sign.
    pub fn is_sign(&self, at: usize, signs: &[&str]) -> bool {
        self.tokens.get(at).is_some_and(|token| token.sort == Sort::Sign && signs.contains(&token.folded))
    }

    /// Whether a token follows the one before it without a blank.
    pub fn is_glued(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is_glued)
    }

    /// The numeral at a place, if it is a number.
    pub fn numeral(&self, at: usize) -> Option<Numeral> {
        self.tokens.get(at)?.numeral.filter(|numeral| !numeral.is_code)
    }

    /// Whether a phrase at a place is of one of these groups.
    pub fn is_any(&self, at: usize, groups: Groups) -> bool {
        self.tokens.get(at).is_some_and(|token| token.groups & groups != 0)
    }

    /// Whether a number may begin at a place.
    pub fn may_be_number(&self, at: usize) -> bool {
        self.numeral(at).is_some()
            || self.is_any(at, NUMBERS)
            || self.is_any(at + 1, NUMBERS) && matches!(self.folded(at), "a" | "an" | "un" | "une")
            || self.is_sign(at, &["½", "¼", "¾", "⅓", "⅔"])
    }

    /// The phrases at a place, the longest first.
    pub fn matches(&self, at: usize) -> &[Match] {
        self.tokens.get(at).map_or(&[], |token| &self.matches[token.matches.0..token.matches.1])
    }

    /// What the longest phrase at a place that is asked for gives, and the token after it.
    pub fn find<T>(&self, at: usize, wanted: impl Fn(&Match) -> Option<T>) -> Option<(T, usize)> {
        self.matches(at).iter().find_map(|found| wanted(found).map(|it| (it, found.to)))
    }

    /// The token after a phrase that does this.
    pub fn after(&self, at: usize, role: Role) -> Option<usize> {
        self.matches(at).iter().find(|found| found.role == role).map(|found| found.to)
    }

    /// Whether a phrase that does this ends before a place; the token it begins with.
    pub fn before(&self, at: usize, role: Role) -> Option<usize> {
        (1..=4)
            .filter_map(|back| at.checked_sub(back))
            .find(|from| self.matches(*from).iter().any(|found| found.to == at && found.role == role))
    }

    /// The token after `st`, `nd`, `er`, `eme` behind digits.
    pub fn ordinal_suffix(&self, at: usize) -> Option<usize> {
        let is_suffix = self.is_glued(at)
            && matches!(self.folded(at), "st" | "nd" | "rd" | "th" | "er" | "ere" | "re" | "e" | "eme" | "ieme" | "ᵉ");
        is_suffix.then_some(at + 1)
    }
}
