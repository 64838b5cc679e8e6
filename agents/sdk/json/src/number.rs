//! Numbers: whole where they can be.

use core::fmt;

/// A JSON number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole number that is not negative.
    Whole(u64),
    /// A negative whole number.
    Negative(i64),
    /// Any other; finite.
    Float(f64),
}

impl Number {
    /// As a whole number that is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        if let Number::Whole(number) = self { Some(*number) } else { None }
    }

    /// As a whole number.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Number::Whole(number) => i64::try_from(*number).ok(),
            Number::Negative(number) => Some(*number),
            Number::Float(_) => None,
        }
    }

    /// As a float, which may round it.
    pub fn as_f64(&self) -> Option<f64> {
        Some(match self {
            Number::Whole(number) => *number as f64,
            Number::Negative(number) => *number as f64,
            Number::Float(number) => *number,
        })
    }

    /// Appends it to a text.
    pub(crate) fn write(&self, to: &mut String) {
        match *self {
            Number::Whole(number) => digits(number, 1, to),
            Number::Negative(number) => {
                to.push('-');
                digits(number.unsigned_abs(), 1, to);
            }
            Number::Float(number) => float(number, to),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

/// Appends a number with at least so many digits.
fn digits(mut number: u64, least: usize, to: &mut String) {
    let mut signs = [b'0'; 20];
    let mut at = signs.len();
    while number > 0 || signs.len() - at < least {
        at -= 1;
        signs[at] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    signs[at..].iter().for_each(|sign| to.push(char::from(*sign)));
}

/// Whole numbers below this are exact as floats.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Appends a float: in the fewest digits if fifteen are enough, or else in so many that it is read as it was.
fn float(number: f64, to: &mut String) {
    if number.is_sign_negative() {
        to.push('-');
    }
    let number = number.abs();
    if number != 0.0 && !(1e-5..EXACT).contains(&number) {
        return scientific(number, to);
    }
    let mut scale = 1.0;
    for places in 0..20 {
        let scaled = (number * scale + 0.5) as u64;
        if scaled as f64 > EXACT {
            break;
        }
        // Both are exact, so this is how the text will be read.
        if scaled as f64 / scale == number {
            return fixed(scaled, scale as u64, places, to);
        }
        scale *= 10.0;
    }
    let whole = number as u64;
    to.push_str(&whole.to_string());
    to.push('.');
    // The rest is a fraction of a power of two below 2^-69: its decimal digits one by one, without rounding.
    let bits = number.to_bits();
    let (shift, mantissa) = (1_075 - (bits >> 52) as u32, u128::from(bits & ((1 << 52) - 1) | 1 << 52));
    let mut rest = mantissa & ((1 << shift) - 1);
    let mut left = 19;
    while rest > 0 && left > 0 {
        rest *= 10;
        let digit = (rest >> shift) as u8;
        rest &= (1 << shift) - 1;
        to.push(char::from(b'0' + digit));
        // Zeros before the first digit that counts do not.
        left -= u8::from(left < 19 || digit > 0 || whole > 0);
    }
}

/// Appends `scaled / scale`, which has so many decimal places; at least one is written.
fn fixed(scaled: u64, scale: u64, places: usize, to: &mut String) {
    digits(scaled / scale, 1, to);
    to.push('.');
    digits(scaled % scale, places.max(1), to);
}

/// Appends a very large or very small number with its power of ten.
fn scientific(mut number: f64, to: &mut String) {
    let mut power = 0_i64;
    while number >= 10.0 {
        number /= 10.0;
        power += 1;
    }
    while number < 1.0 {
        number *= 10.0;
        power -= 1;
    }
    float(number, to);
    to.push('e');
    to.push_str(&power.to_string());
}
