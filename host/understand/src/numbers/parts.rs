//! Parts of numbers, and what is the same in all languages.

use crate::{
    scan::Scan,
    vocabulary::{EN, FR, Languages, RW, Role, SW},
};

/// The words that stand before what they multiply are Kinyarwanda and Swahili.
pub const FACTOR_FIRST: Languages = RW | SW;

/// Those that stand behind it are English and French.
pub const FACTOR_LAST: Languages = EN | FR;

/// A number of the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// Its value.
    pub value: f64,
    /// The token after it.
    pub to: usize,
    /// The last factor of it, a thousand or more; 1 if it has none.
    pub factor: f64,
    /// Whether it is said in words only.
    pub is_spoken: bool,
    /// Whether it is an article as much as a number: `a dozen` is not, `un` and `one` are.
    pub is_one: bool,
    /// Whether it takes a noun with it: `a dozen`.
    pub is_dozen: bool,
    /// The languages of its words.
    pub languages: Languages,
}

impl Number {
    /// Whether it is a factor without a number: the `mille` of a name as much as a thousand.
    pub fn is_bare_factor(&self, scan: &Scan<'_>, at: usize) -> bool {
        self.to == at + 1
            && scan.matches(at).iter().any(|it| matches!(it.role, Role::Factor(_) | Role::Hundred))
            && !scan.folded(at).ends_with("gihumbi")
    }
}

/// A number in words.
pub fn words(value: f64, to: usize, factor: f64, languages: Languages) -> Number {
    Number { value, to, factor, is_spoken: true, is_one: false, is_dozen: false, languages }
}

/// Whether an article of these languages stands here.
pub fn is_article(scan: &Scan<'_>, at: usize, languages: Languages) -> bool {
    match scan.folded(at) {
        "a" | "an" => languages & EN != 0,
        "un" | "une" => languages & FR != 0,
        _ => false,
    }
}

/// The fraction that a word is.
pub fn fraction_of(role: Role) -> Option<f64> {
    if let Role::Fraction(value) = role { Some(value) } else { None }
}

/// The factor that a word is.
pub fn factor_of(role: Role) -> Option<f64> {
    if let Role::Factor(value) = role { Some(value) } else { None }
}

/// A small number in words, and the token after it.
pub fn small(scan: &Scan<'_>, at: usize, languages: Languages) -> Option<(f64, usize, Languages)> {
    let (found, to) = scan.find(at, |it| match it.role {
        Role::Small(value) if it.languages & languages != 0 => Some((value, it.languages)),
        _ => None,
    })?;
    // A matatu is a minibus, unless it counts something of its class.
    let is_minibus =
        scan.folded(at) == "matatu" && !at.checked_sub(1).is_some_and(|before| scan.folded(before).starts_with("ma"));
    (!is_minibus).then_some((found.0, to, found.1))
}

/// `and`, `et`, `na`, `n'`: the token after it, or the same one.
pub fn and(scan: &Scan<'_>, at: usize, languages: Languages) -> Option<usize> {
    scan.matches(at).iter().find(|it| it.role == Role::And && it.languages & languages != 0).map(|it| it.to)
}

/// The value of a fraction that is one character.
pub fn vulgar(sign: &str) -> Option<f64> {
    Some(match sign {
        "½" => 0.5,
        "¼" => 0.25,
        "¾" => 0.75,
        "⅓" => 1.0 / 3.0,
        "⅔" => 2.0 / 3.0,
        _ => return None,
    })
}

/// `1/2`, `1/4`, `3/4`: three tokens.
pub fn slashed(scan: &Scan<'_>, at: usize) -> Option<f64> {
    if !scan.is_sign(at + 1, &["/", "⁄"]) || !scan.is_glued(at + 1) || !scan.is_glued(at + 2) {
        return None;
    }
    match (scan.folded(at), scan.folded(at + 2)) {
        ("1", "2") => Some(0.5),
        ("1", "4") => Some(0.25),
        ("3", "4") => Some(0.75),
        _ => None,
    }
}

/// The unit behind a number.
pub fn unit_behind(scan: &Scan<'_>, at: usize) -> Option<usize> {
    scan.find(at, |it| matches!(it.role, Role::Unit(..)).then_some(())).map(|((), to)| to)
}

/// Without what is left of binary fractions: 1.1 million is 1,100,000.
pub fn tidy(value: f64) -> f64 {
    if value.fract() == 0.0 { value } else { (value * 1e6).round() / 1e6 }
}
