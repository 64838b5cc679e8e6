//! Phone numbers: the normal form, and the masking of numbers in logs and errors.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A phone number in international form, digits only, without `+`: 7 to 15 of them (E.164).
///
/// `Display` and `Debug` are masked, so a number cannot slip into a log; [`Phone::e164`] is for columns and for Meta.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

/// The error for a text that is not a phone number.
#[derive(Debug, thiserror::Error)]
#[error("a phone number has 7 to 15 digits, with the country code first, like +250788123456")]
pub struct NotAPhone;

impl Phone {
    /// Parses a number with its country code: `+250 788 123 456`, `250788123456`, `00250…`.
    pub fn parse(text: &str) -> Result<Phone, NotAPhone> {
        let trimmed = text.trim();
        if trimmed.chars().any(|c| !c.is_ascii_digit() && !matches!(c, '+' | ' ' | '-' | '(' | ')' | '.')) {
            return Err(NotAPhone);
        }
        let digits: String = trimmed.chars().filter(char::is_ascii_digit).collect();
        let digits = digits.strip_prefix("00").unwrap_or(&digits);
        let fits = (7..=15).contains(&digits.len()) && !digits.starts_with('0');
        if fits { Ok(Phone(digits.to_owned())) } else { Err(NotAPhone) }
    }

    /// Digits only, as Meta's API takes it.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// With a leading `+`, as the checklist's SQL compares it.
    pub fn e164(&self) -> String {
        format!("+{}", self.0)
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}****{}", &self.0[..3], &self.0[self.0.len() - 2..])
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Phone {
    type Error = NotAPhone;

    fn try_from(text: String) -> Result<Phone, NotAPhone> {
        Phone::parse(&text)
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> String {
        phone.0
    }
}

/// A text with every phone number in it replaced by `[number]`: each run of 7 digits or more, with the marks that people put between
/// them (`+`, spaces, `-`, `.`, brackets). For log lines and errors; a single number that stays recognisable is [`Phone`]'s `Display`.
pub fn mask_numbers(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '+' || c.is_ascii_digit()) {
        masked.push_str(&rest[..at]);
        rest = &rest[at..];
        let run = number_run(rest);
        masked.push_str(if is_phone_like(&rest[..run]) { "[number]" } else { &rest[..run] });
        rest = &rest[run..];
    }
    masked.push_str(rest);
    masked
}

/// The length of the run of digits and marks that a text starts with; it ends with a digit.
fn number_run(text: &str) -> usize {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, '+' | ' ' | '-' | '.' | '(' | ')'))
        .unwrap_or(text.len());
    text[..end].rfind(|c: char| c.is_ascii_digit()).map_or(1, |last| last + 1)
}

/// Whether a run has as many digits as a phone number. E.164 allows 15 at the most, but several numbers may stand in a row.
fn is_phone_like(run: &str) -> bool {
    run.bytes().filter(u8::is_ascii_digit).count() >= 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_form() {
        for text in ["+250788123456", "250788123456", "00250 788 123 456", "+250 (788) 123-456"] {
            assert_eq!(Phone::parse(text).expect(text).e164(), "+250788123456");
        }
        for text in ["", "0788123456", "12345", "+2507881234567890", "RW.1349abc"] {
            assert!(Phone::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn printing_hides_the_number() {
        let phone = Phone::parse("+250788123456").expect("a number");
        assert_eq!(format!("{phone} {phone:?}"), "+250****56 +250****56");
    }

    #[test]
    fn numbers_in_a_text_are_masked() {
        for (text, masked) in [
            ("call +250 788 123 456 now", "call [number] now"),
            ("0788123456", "[number]"),
            ("0788123456 0788123457 or 0788123458", "[number] or [number]"),
            ("5 rows, 12000 RWF", "5 rows, 12000 RWF"),
            ("to 250788000001 no", "to [number] no"),
            ("(#131047) Re-engagement message", "(#131047) Re-engagement message"),
            ("", ""),
            ("a+", "a+"),
        ] {
            assert_eq!(mask_numbers(text), masked);
        }
    }
}
