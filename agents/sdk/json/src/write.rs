//! Values as texts.

use crate::Value;

/// A value as compact JSON.
pub(crate) fn text(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, to: &mut String) {
    match value {
        Value::Null => to.push_str("null"),
        Value::Bool(true) => to.push_str("true"),
        Value::Bool(false) => to.push_str("false"),
        Value::Number(number) => number.write(to),
        Value::String(text) => quoted(text, to),
        Value::Array(values) => {
            let mut before = '[';
            for value in values {
                to.push(before);
                write(value, to);
                before = ',';
            }
            to.push_str(if values.is_empty() { "[]" } else { "]" });
        }
        Value::Object(fields) => {
            let mut before = '{';
            for (name, value) in fields.iter() {
                to.push(before);
                quoted(name, to);
                to.push(':');
                write(value, to);
                before = ',';
            }
            to.push_str(if fields.is_empty() { "{}" } else { "}" });
        }
    }
}

fn quoted(text: &str, to: &mut String) {
    to.push('"');
    for sign in text.chars() {
        let short = match sign {
            '"' | '\\' => sign,
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            '\0'..='\u{1f}' => {
                to.push_str("\\u00");
                to.push(if sign < '\u{10}' { '0' } else { '1' });
                to.push(char::from(b"0123456789abcdef"[sign as usize % 16]));
                continue;
            }
            _ => {
                to.push(sign);
                continue;
            }
        };
        to.push('\\');
        to.push(short);
    }
    to.push('"');
}
