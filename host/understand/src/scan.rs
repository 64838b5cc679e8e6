//! A text as tokens for values: words with what they do, and numerals with their separators put together.

use crate::{
    Setting,
    vocabulary::{Languages, Role, phrases},
    words::{Sort, Word, Words},
};

/// A numeral: digits, with their separators.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numeral {
    /// Its value.
    pub value: f64,
    /// How many digits it has.
    pub digits: usize,
    /// What stands behind the decimal sign, and how many digits that are.
    pub decimals: Option<(u32, usize)>,
    /// Whether it has a sign or blank between thousands.
    pub is_grouped: bool,
    /// Whether it only names something: a telephone number, a part of a plate or a model.
    pub is_code: bool,
}

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
                    let is_here = phrase.rest.iter().enumerate().all(|(n, word)| {
                        self.tokens.get(at + 1 + n).is_some_and(|token| token.folded == *word)
                    });
                    if is_here {
                        let to = at + 1 + phrase.rest.len();
                        self.matches.push(Match { role: phrase.role, languages: phrase.languages, to });
                    }
                }
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
            let is_series = series(before, "r", "abcdefghi") || series(before, "k", "abcdef") || series(before, "u", "ab");
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
        (1..=4).filter_map(|back| at.checked_sub(back)).find(|from| {
            self.matches(*from).iter().any(|found| found.to == at && found.role == role)
        })
    }
}

/// The numeral that begins at a word of digits, and the place after it.
fn numeral(all: &[Word], at: usize) -> (Numeral, usize) {
    let first = &all[at];
    let digits_at = |at: usize| all.get(at).filter(|word| word.sort == Sort::Digits);
    let adjacent = |at: usize| all.get(at).is_some_and(|word| !word.after_space);
    let sign_at = |at: usize| {
        all.get(at).filter(|word| word.sort == Sort::Sign && !word.after_space).and_then(|word| word.folded.chars().next())
    };
    let is_glued = at > 0 && !first.after_space && all[at - 1].sort == Sort::Letters;
    let plus = at > 0 && all[at - 1].folded == "+" && !first.after_space;
    // A telephone number: groups of digits that begin with 0, + or a country's 25x.
    let mut to = at + 1;
    let mut run = first.folded.len();
    while let Some(next) = digits_at(to).or_else(|| {
        (matches!(sign_at(to), Some('-' | '.'))).then(|| digits_at(to + 1)).flatten()
    }) {
        if run >= 12 || next.folded.len() > 4 {
            break;
        }
        to += if all[to].sort == Sort::Sign { 2 } else { 1 };
        run += next.folded.len();
    }
    let begins = first.folded.as_str();
    let is_phone = run >= 9
        && (plus && run >= 10
            || begins.starts_with('0') && begins.len() >= 2 && begins != "00" && (begins.len() >= 3 || run >= 9)
            || begins.starts_with("25") && run >= 12 && begins.len() != 2
            || run == 9 && begins.starts_with('7') && !all[to - 1].folded.ends_with("000"));
    let code = |digits: usize| Numeral { value: 0.0, digits, decimals: None, is_grouped: false, is_code: true };
    if is_phone {
        return (code(run), to);
    }
    if first.folded.len() > 13 {
        return (code(first.folded.len()), at + 1);
    }
    // Groups of thousands, then decimals.
    let mut digits = first.folded.clone();
    let mut to = at + 1;
    let mut separator: Option<char> = None;
    let zero_first = first.folded.starts_with('0');
    if first.folded.len() <= 3 && !zero_first {
        loop {
            let sign = match sign_at(to) {
                Some(sign @ (',' | '.' | '\'' | '’')) if adjacent(to + 1) => Some(sign),
                _ => None,
            };
            let next = if sign.is_some() { to + 1 } else { to };
            let Some(group) = digits_at(next) else { break };
            let group_of_three = group.folded.len() == 3;
            let blank = sign.is_none() && group.after_space;
            let separates = sign.unwrap_or(' ');
            let glued_unit = blank
                && all.get(next + 1).is_some_and(|word| {
                    !word.after_space
                        && word.sort == Sort::Letters
                        && !matches!(word.folded.as_str(), "k" | "m" | "f" | "frw" | "rwf" | "fr" | "kg" | "kgs" | "l" | "t")
                });
            if !group_of_three || sign.is_none() && !blank || separator.is_some_and(|it| it != separates) || glued_unit {
                break;
            }
            // `1,250M` is a decimal number.
            let scaled = separator.is_none()
                && matches!(sign, Some(',' | '.'))
                && all.get(next + 1).is_some_and(|word| {
                    !word.after_space && matches!(word.folded.as_str(), "m" | "mio") || word.folded.starts_with("milli")
                });
            if scaled || digits.len() + 3 > 15 {
                break;
            }
            separator = Some(separates);
            digits.push_str(&group.folded);
            to = next + 1;
        }
    }
    let mut decimals = None;
    if let Some(sign) = sign_at(to).filter(|sign| matches!(sign, ',' | '.'))
        && separator != Some(sign)
        && adjacent(to + 1)
        && let Some(group) = digits_at(to + 1)
        && group.folded.len() <= 6
        // `15.12.2026` and `1,2,3` are no numbers.
        && !(sign_at(to + 2) == Some(sign) && adjacent(to + 3) && digits_at(to + 3).is_some())
        && let Ok(value) = group.folded.parse::<u32>()
        && !(at >= 2 && matches!(all[at - 1].folded.as_str(), "." | ",") && !first.after_space && digits_at(at - 2).is_some())
    {
        decimals = Some((value, group.folded.len()));
        to += 2;
    }
    let whole: f64 = digits.parse().unwrap_or(0.0);
    let value = decimals.map_or(whole, |(value, count)| {
        let power = i32::try_from(count).unwrap_or(0);
        whole + f64::from(value) / 10f64.powi(power)
    });
    let known = at > 0
        && phrases(&all[at - 1].folded).iter().any(|phrase| {
            phrase.rest.is_empty()
                && matches!(phrase.role, Role::Currency(_) | Role::Own | Role::Pick | Role::Saa | Role::At | Role::OClock)
        });
    // `20h30`, `1h30`: the digits behind the h are minutes.
    let is_minutes = at > 1 && all[at - 1].folded == "h" && all[at - 2].sort == Sort::Digits;
    let is_code = is_glued && !known && !is_minutes && !matches!(all[at - 1].folded.as_str(), "x");
    (Numeral { value, digits: digits.len(), decimals, is_grouped: separator.is_some(), is_code }, to)
}
