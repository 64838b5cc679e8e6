//! Texts as values.

use crate::{Map, Number, Value};

/// Lists and objects within each other.
const DEPTH_MAX: usize = 128;

/// Reads a JSON text; none if it is none.
pub fn parse(text: &str) -> Option<Value> {
    let mut text = Text { text, at: 0 };
    let value = text.value(DEPTH_MAX)?;
    (text.sign() == 0 && text.at >= text.text.len()).then_some(value)
}

struct Text<'t> {
    text: &'t str,
    at: usize,
}

impl Text<'_> {
    /// The byte that is next; 0 at the end.
    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// The byte that is next behind blanks.
    fn sign(&mut self) -> u8 {
        while matches!(self.byte(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
        self.byte()
    }

    /// Passes this byte, behind blanks; whether it was there.
    fn has(&mut self, byte: u8) -> bool {
        let has = self.sign() == byte;
        self.at += usize::from(has);
        has
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        let inner = depth.checked_sub(1)?;
        Some(match self.sign() {
            b'"' => Value::String(self.string()?),
            b'[' => {
                self.at += 1;
                let mut values = Vec::new();
                if !self.has(b']') {
                    loop {
                        values.push(self.value(inner)?);
                        if self.has(b']') {
                            break;
                        }
                        self.has(b',').then_some(())?;
                    }
                }
                Value::Array(values)
            }
            b'{' => {
                self.at += 1;
                let mut fields = Map::new();
                if !self.has(b'}') {
                    loop {
                        (self.sign() == b'"').then_some(())?;
                        let name = self.string()?;
                        self.has(b':').then_some(())?;
                        let value = self.value(inner)?;
                        fields.put(&name, value);
                        if self.has(b'}') {
                            break;
                        }
                        self.has(b',').then_some(())?;
                    }
                }
                Value::Object(fields)
            }
            b't' => self.word("true", Value::Bool(true))?,
            b'f' => self.word("false", Value::Bool(false))?,
            b'n' => self.word("null", Value::Null)?,
            _ => Value::Number(self.number()?),
        })
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        self.text.get(self.at..)?.starts_with(word).then_some(())?;
        self.at += word.len();
        Some(value)
    }

    /// Passes digits, and gives each on.
    fn digits(&mut self, mut each: impl FnMut(u64)) -> Option<()> {
        let from = self.at;
        while let digit @ b'0'..=b'9' = self.byte() {
            each(u64::from(digit - b'0'));
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    fn number(&mut self) -> Option<Number> {
        let negative = self.byte() == b'-';
        self.at += usize::from(negative);
        let first = self.at;
        let (mut whole, mut power, mut is_float) = (0_u64, 0_i32, false);
        let add = |whole: &mut u64, digit: u64| match whole.checked_mul(10).and_then(|tens| tens.checked_add(digit)) {
            Some(more) => {
                *whole = more;
                true
            }
            None => false,
        };
        let mut beyond = false;
        self.digits(|digit| {
            if beyond || !add(&mut whole, digit) {
                beyond = true;
                power += 1;
            }
        })?;
        // No zeros before others.
        (self.text.as_bytes().get(first) != Some(&b'0') || self.at == first + 1).then_some(())?;
        is_float |= beyond;
        if self.byte() == b'.' {
            is_float = true;
            self.at += 1;
            self.digits(|digit| {
                if !beyond && add(&mut whole, digit) {
                    power -= 1;
                } else {
                    beyond = true;
                }
            })?;
        }
        if matches!(self.byte(), b'e' | b'E') {
            is_float = true;
            self.at += 1;
            let sinks = self.byte() == b'-';
            self.at += usize::from(matches!(self.byte(), b'-' | b'+'));
            let mut shift = 0_i32;
            self.digits(|digit| shift = (shift * 10 + digit as i32).min(9_999))?;
            power = power.saturating_add(if sinks { -shift } else { shift });
        }
        if !is_float {
            if !negative {
                return Some(Number::Whole(whole));
            }
            if whole > 0
                && let Some(number) = 0_i64.checked_sub_unsigned(whole)
            {
                return Some(Number::Negative(number));
            }
        }
        let mut number = whole as f64;
        // One exact division or multiplication rounds once; powers of ten beyond these are no exact floats.
        while power != 0 && number != 0.0 && number.is_finite() {
            let step = power.abs().min(22);
            let scale = (0..step).fold(1.0, |scale, _| scale * 10.0);
            number = if power < 0 { number / scale } else { number * scale };
            power -= step * power.signum();
        }
        let number = if negative { -number } else { number };
        number.is_finite().then_some(Number::Float(number))
    }

    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let from = self.at;
            while !matches!(self.byte(), b'"' | b'\\' | 0..=0x1f) {
                self.at += 1;
            }
            string.push_str(self.text.get(from..self.at)?);
            let sign = self.byte();
            self.at += 1;
            match sign {
                b'"' => return Some(string),
                b'\\' => string.push(self.escape()?),
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let sign = self.byte();
        self.at += 1;
        Some(match sign {
            b'"' | b'\\' | b'/' => char::from(sign),
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => match self.unit()? {
                // The first half of a pair.
                high @ 0xd800..0xdc00 => {
                    self.word("\\u", Value::Null)?;
                    let low = self.unit().filter(|low| (0xdc00..0xe000).contains(low))?;
                    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?
                }
                unit => char::from_u32(unit)?,
            },
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit * 16 + char::from(self.byte()).to_digit(16)?;
            self.at += 1;
        }
        Some(unit)
    }
}
