//! Bounds, and the check of a value against one.

use uuid::Uuid;

use super::{
    json,
    wrong::{Wrong, bytes},
};
use crate::{name::is_agent_name, text};

/// What a text, a number or a list of the contract may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// Neither text nor number nor list: what is in it has bounds of its own.
    Inner,
    /// A text with so many characters, white space at its ends not counted towards the least.
    Chars(usize, usize),
    /// As `Chars`, on one line: without control characters, line separators and marks of direction.
    Line(usize, usize),
    /// A text of so many bytes at the most.
    Bytes(usize),
    /// A text; what is beyond so many characters is cut off.
    CutChars(usize),
    /// A text; what is beyond so many bytes is cut off.
    CutBytes(usize),
    /// A name of 1 to so many bytes, without control characters.
    Name(usize),
    /// As `Name`, or empty.
    Label(usize),
    /// The name of an agent.
    Agent,
    /// An id that the host made: a UUID.
    Id,
    /// ISO 4217: three capital letters.
    Currency,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A JSON text of so many bytes at the most.
    Json(usize),
    /// The JSON text of an object, of so many bytes at the most.
    Object(usize),
    /// A whole number from the one to the other.
    Whole(u64, u64),
    /// A whole number; one beyond counts as this.
    AtMost(u64),
    /// A number from the one to the other; not a number is none.
    Real(f64, f64),
    /// A list of so many to so many, with the bound of each.
    List(usize, usize, &'static Bound),
}

/// A value that the table has bounds for.
pub trait Within {
    /// Checks the value, and cuts what is to be cut.
    ///
    /// # Errors
    ///
    /// Which field is beyond its bound.
    fn within(&mut self, bound: &Bound) -> Result<(), Wrong>;
}

/// Checks an outcome, a failure or a profile.
///
/// # Errors
///
/// Which field is beyond its bound.
pub fn check(value: &mut impl Within) -> Result<(), Wrong> {
    value.within(&Bound::Inner)
}

/// Checks an argument; the fields of a record are named without it.
pub(super) fn argument(value: &mut impl Within, bound: &Bound, name: &str) -> Result<(), Wrong> {
    value.within(bound).map_err(|wrong| if *bound == Bound::Inner { wrong } else { wrong.of(name) })
}

/// A bound that is not for a value of this type: an error of the table, which a test finds.
fn misplaced<T>(bound: &Bound) -> Result<T, Wrong> {
    Err(Wrong::new(format!("has no bound of its kind: {bound:?}")))
}

impl Within for String {
    fn within(&mut self, bound: &Bound) -> Result<(), Wrong> {
        if self.contains('\0') {
            self.retain(|c| c != '\0');
        }
        match *bound {
            Bound::Chars(least, most) => chars(self, least, most),
            Bound::Line(least, most) => match self.chars().find(|c| text::breaks_lines(*c)) {
                Some(c) => Err(Wrong::new(format!("has the control character U+{:04X}", u32::from(c)))),
                None => chars(self, least, most),
            },
            Bound::Bytes(most) => bytes(self, most),
            Bound::CutChars(most) => {
                if self.len() > most
                    && let Some((end, _)) = self.char_indices().nth(most)
                {
                    self.truncate(end);
                }
                Ok(())
            }
            Bound::CutBytes(most) => {
                self.truncate(self.floor_char_boundary(most));
                Ok(())
            }
            Bound::Name(_) if self.is_empty() => Err(Wrong::new("is empty")),
            Bound::Name(most) | Bound::Label(most) => {
                bytes(self, most)?;
                match self.chars().any(text::breaks_lines) {
                    true => Err(Wrong::new("has control characters")),
                    false => Ok(()),
                }
            }
            Bound::Agent if is_agent_name(self) => Ok(()),
            Bound::Agent => Err(Wrong::new("is not lower-case letters, digits and `_`, 40 at the most")),
            Bound::Id => match self.len() <= 64 && Uuid::try_parse(self).is_ok() {
                true => Ok(()),
                false => Err(Wrong::new("not an id of this host")),
            },
            Bound::Currency if self.len() == 3 && self.bytes().all(|byte| byte.is_ascii_uppercase()) => Ok(()),
            Bound::Currency => Err(Wrong::new(format!("`{}` is no currency", shown(self)))),
            Bound::OneOf(words) if words.contains(&self.as_str()) => Ok(()),
            Bound::OneOf(words) => Err(Wrong::new(format!("is `{}`; one of {}", shown(self), words.join(", ")))),
            Bound::Json(most) => json::check(self, most, false),
            Bound::Object(most) => json::check(self, most, true),
            Bound::Inner | Bound::Whole(..) | Bound::AtMost(_) | Bound::Real(..) | Bound::List(..) => misplaced(bound),
        }
    }
}

/// The beginning of a text, for an error.
fn shown(text: &str) -> String {
    text::one_line(&text.chars().take(40).collect::<String>()).into_owned()
}

fn chars(text: &str, least: usize, most: usize) -> Result<(), Wrong> {
    let n = text.chars().count();
    let n = match n <= most {
        true if text::is_blank(text) => 0,
        true => text.trim().chars().count(),
        false => n,
    };
    match (least..=most).contains(&n) {
        true => Ok(()),
        false => Err(Wrong::new(format!("has {n} characters, {least} to {most} are allowed"))),
    }
}

macro_rules! whole {
    ($($type:ty)*) => {$(
        impl Within for $type {
            fn within(&mut self, bound: &Bound) -> Result<(), Wrong> {
                match *bound {
                    Bound::Whole(least, most) if (least..=most).contains(&u64::from(*self)) => Ok(()),
                    Bound::Whole(least, most) => Err(Wrong::new(format!("is {self}; from {least} to {most}"))),
                    Bound::AtMost(most) => {
                        *self = (*self).min(<$type>::try_from(most).unwrap_or(<$type>::MAX));
                        Ok(())
                    }
                    _ => misplaced(bound),
                }
            }
        }
    )*};
}

whole! { u8 u16 u32 u64 }

macro_rules! real {
    ($($type:ty)*) => {$(
        impl Within for $type {
            fn within(&mut self, bound: &Bound) -> Result<(), Wrong> {
                match *bound {
                    Bound::Real(least, most) if (least..=most).contains(&f64::from(*self)) => Ok(()),
                    Bound::Real(least, most) => Err(Wrong::new(format!("is {self}; from {least} to {most}"))),
                    _ => misplaced(bound),
                }
            }
        }
    )*};
}

real! { f32 f64 }

impl Within for bool {
    fn within(&mut self, _: &Bound) -> Result<(), Wrong> {
        Ok(())
    }
}

impl<T: Within> Within for Option<T> {
    fn within(&mut self, bound: &Bound) -> Result<(), Wrong> {
        self.as_mut().map_or(Ok(()), |value| value.within(bound))
    }
}

impl<T: Within> Within for Vec<T> {
    fn within(&mut self, bound: &Bound) -> Result<(), Wrong> {
        let Bound::List(least, most, each) = *bound else { return misplaced(bound) };
        match self.len() {
            n if n > most => return Err(Wrong::new(format!("{n} of them, at most {most}"))),
            0 if least > 0 => return Err(Wrong::new("there are none")),
            n if n < least => return Err(Wrong::new(format!("{n} of them, at least {least}"))),
            _ => {}
        }
        let mut items = self.iter_mut().enumerate();
        items.try_for_each(|(n, item)| item.within(each).map_err(|wrong| wrong.of(&format!("[{n}]"))))
    }
}

/// An item of the table: a record, a variant or a function.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// The interface, as `types`.
    pub interface: &'static str,
    /// The name of the type in Rust, or of the function.
    pub name: &'static str,
    /// The fields, the cases that hold something, or the arguments, with their bounds.
    pub parts: &'static [(&'static str, Bound)],
}
