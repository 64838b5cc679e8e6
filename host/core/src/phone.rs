//! Phone numbers: the normal form, and the masking of numbers in logs and errors.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A phone number in international form, digits only, without `+`: 7 to 15 of them (E.164).
///
/// `Display` and `Debug` are masked, so a number cannot slip into a log; [`Phone::e164`] is for columns and for Meta.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

/// Calling codes of countries whose national numbers keep their leading zero behind the code: Italy, Ivory Coast, the Congo (ITU-T E.164
/// national numbering plans). Elsewhere a zero before a national number is dialled within the country only.
const KEEPS_ZERO: [&str; 3] = ["39", "225", "242"];

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

    /// Parses a number as people write it: with its country code, or in the national form of a country, `0788 123 456`. `country` is
    /// that country's calling code; without it a national form is none.
    pub fn parse_in(text: &str, country: Option<&str>) -> Result<Phone, NotAPhone> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let is_national = digits.starts_with('0') && !digits.starts_with("00") && !text.trim().starts_with('+');
        match country {
            Some(country) if is_national => {
                let trunk = if KEEPS_ZERO.contains(&country) { "" } else { "0" };
                let written = text.trim_start().trim_start_matches('(').trim_start();
                Phone::parse(&format!("{country}{}", written.strip_prefix(trunk).unwrap_or(written)))
            }
            _ => Phone::parse(text),
        }
    }

    /// The number by which it is looked up: of a number that Meta and people write in several ways, the one that is dialled from abroad.
    /// Equal keys are one number. Not for sending: Meta knows some people by another form.
    ///
    /// | country | forms of one number | source |
    /// |---|---|---|
    /// | Brazil (55) | a mobile number with and without the `9` before its eight digits | Anatel, Resolução 553/2010: all mobile numbers have had it since 2016; WhatsApp keeps the old form for older accounts |
    /// | Mexico (52) | with and without a `1` after the code | IFT: no `1` since 3 August 2019; WhatsApp keeps it |
    /// | Argentina (54) | with and without a `9` after the code | ENACOM, Plan Fundamental de Numeración Nacional: `9` for mobile numbers called from abroad |
    ///
    /// `switchboard.identity_key` on Postgres and the column `identity.key` on SQLite say the same.
    pub fn key(&self) -> String {
        let digits = self.0.as_str();
        let begins = |at: usize, with: std::ops::RangeInclusive<u8>| {
            digits.as_bytes().get(at).is_some_and(|digit| with.contains(digit))
        };
        if digits.len() == 12 && digits.starts_with("55") && begins(2, b'1'..=b'9') && begins(4, b'6'..=b'9') {
            return format!("{}9{}", &digits[..4], &digits[4..]);
        }
        if digits.len() == 13 && digits.starts_with("521") {
            return format!("52{}", &digits[3..]);
        }
        if digits.len() == 12 && digits.starts_with("54") && begins(2, b'1'..=b'3') {
            return format!("549{}", &digits[2..]);
        }
        digits.to_owned()
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

/// Where a message goes: a number, or the user id of somebody who has none that we know. A number is masked in logs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// A phone number, as Meta wrote it last.
    Phone(Phone),
    /// A business-scoped user id.
    UserId(String),
}

impl Address {
    /// Reads a stored address. A user id has letters; what is digits is a number.
    pub fn parse(text: &str) -> Address {
        Phone::parse(text).map_or_else(|_| Address::UserId(text.to_owned()), Address::Phone)
    }

    /// As it is stored: digits, or the user id.
    pub fn as_str(&self) -> &str {
        match self {
            Address::Phone(phone) => phone.digits(),
            Address::UserId(id) => id,
        }
    }

    /// The number, if it is one.
    pub fn phone(&self) -> Option<&Phone> {
        match self {
            Address::Phone(phone) => Some(phone),
            Address::UserId(_) => None,
        }
    }

    /// The user id, if it is one.
    pub fn user_id(&self) -> Option<&str> {
        match self {
            Address::Phone(_) => None,
            Address::UserId(id) => Some(id),
        }
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

/// Whether a text can be Meta's id of a business number (`phone_number_id`): digits, unlike the number itself without a leading 0 or +.
pub fn is_number_id(text: &str) -> bool {
    (1..=NUMBER_ID_MAX).contains(&text.len())
        && !text.starts_with('0')
        && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The most digits of Meta's id of a business number.
const NUMBER_ID_MAX: usize = 20;

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
    fn forms_of_one_number_have_one_key() {
        for (key, forms) in [
            ("5531987654321", &["553187654321", "5531987654321", "+55 31 98765-4321", "0055 31 8765 4321"][..]),
            // A fixed line, and a mobile number that never had eight digits.
            ("553132654321", &["553132654321"]),
            ("5511912345678", &["5511912345678"]),
            ("525512345678", &["5215512345678", "525512345678", "+52 1 55 1234 5678"]),
            ("5491123456789", &["5491123456789", "541123456789", "+54 (11) 2345-6789"]),
            ("250788123456", &["250788123456", "+250 788 123 456", "00250788123456"]),
            ("15551234567", &["15551234567"]),
        ] {
            for form in forms {
                assert_eq!(Phone::parse(form).expect(form).key(), key, "{form}");
            }
            assert_eq!(Phone::parse(key).expect(key).key(), key, "a key is its own key");
        }
    }

    #[test]
    fn a_national_form_is_read_where_the_country_is_known() {
        let read = |text, country| Phone::parse_in(text, country).map(String::from).ok();
        for text in ["0788 123 456", "(0788) 123-456", "+250788123456", "00250788123456", "250788123456"] {
            assert_eq!(read(text, Some("250")).as_deref(), Some("250788123456"), "{text}");
        }
        assert_eq!(read("0788123456", None), None);
        assert_eq!(read("06 1234 5678", Some("39")).as_deref(), Some("390612345678"));
        assert_eq!(read("+0788123456", Some("250")), None);
    }

    #[test]
    fn an_address_is_a_number_or_a_user_id() {
        assert_eq!(Address::parse("250788123456").phone().map(Phone::digits), Some("250788123456"));
        assert_eq!(Address::parse("RW.1349").user_id(), Some("RW.1349"));
        assert_eq!(format!("{:?}", Address::parse("250788123456")), "Phone(+250****56)");
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
