//! A phone number: one normal form, and no way to print it by accident.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A phone number in international form, digits only, without `+`: 7 to 15 of them (E.164).
///
/// `Display` and `Debug` are masked, so a number cannot slip into a log; [`Phone::e164`] is for columns and for Meta.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

/// The text is not a phone number.
#[derive(Debug, thiserror::Error)]
#[error("a phone number has 7 to 15 digits, with the country code first, like +250788123456")]
pub struct NotAPhone;

impl Phone {
    /// Reads a number that already carries its country code: `+250 788 123 456`, `250788123456`, `00250…`.
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
}
