//! JSON for components: the part of `serde_json` that agents use, under the same names. Errors do not say why a text is no JSON, and
//! numbers are read and written without tables, so all of it weighs a few kilobytes in a component.
//!
//! Types are read and written by serde ([`from_str`], [`to_string`]) or, without what its derive makes of each type, by [`Json`]
//! and [`fields!`].

mod de;
mod fields;
mod number;
mod parse;
mod ser;
mod value;
mod write;

pub use de::{from_str, from_value, of, read};
pub use fields::{Json, decode, encode, field};
pub use number::Number;
pub use parse::parse;
pub use ser::{to_string, to_value, value_of};
pub use value::{Map, Value};

/// A text that is no JSON, or a value that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error;

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("no JSON that fits")
    }
}

impl core::error::Error for Error {}

/// An empty list, for [`json!`].
#[doc(hidden)]
pub fn list() -> Vec<Value> {
    Vec::new()
}

/// A [`Value`], written as JSON: `json!({ "words": text, "places": [1, 2], "more": null })`.
#[macro_export]
macro_rules! json {
    (null) => { $crate::Value::Null };
    ([]) => { $crate::Value::Array(Vec::new()) };
    ([ $($inner:tt)+ ]) => {{
        let mut values = $crate::list();
        $crate::json!(@array values $($inner)+);
        $crate::Value::Array(values)
    }};
    ({}) => { $crate::Value::Object($crate::Map::new()) };
    ({ $($inner:tt)+ }) => {{
        let mut fields = $crate::Map::new();
        $crate::json!(@object fields $($inner)+);
        $crate::Value::Object(fields)
    }};
    (@array $values:ident) => {};
    (@array $values:ident { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $values.push($crate::json!({ $($inner)* }));
        $crate::json!(@array $values $($($rest)*)?);
    };
    (@array $values:ident [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $values.push($crate::json!([ $($inner)* ]));
        $crate::json!(@array $values $($($rest)*)?);
    };
    (@array $values:ident $value:expr $(, $($rest:tt)*)?) => {
        $values.push($crate::value_of(&$value));
        $crate::json!(@array $values $($($rest)*)?);
    };
    (@object $fields:ident) => {};
    (@object $fields:ident $name:literal : null $(, $($rest:tt)*)?) => {
        $fields.put($name, $crate::Value::Null);
        $crate::json!(@object $fields $($($rest)*)?);
    };
    (@object $fields:ident $name:literal : { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $fields.put($name, $crate::json!({ $($inner)* }));
        $crate::json!(@object $fields $($($rest)*)?);
    };
    (@object $fields:ident $name:literal : [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $fields.put($name, $crate::json!([ $($inner)* ]));
        $crate::json!(@object $fields $($($rest)*)?);
    };
    (@object $fields:ident $name:literal : $value:expr $(, $($rest:tt)*)?) => {
        $fields.put($name, $crate::value_of(&$value));
        $crate::json!(@object $fields $($($rest)*)?);
    };
    ($value:expr) => { $crate::value_of(&$value) };
}

#[cfg(test)]
mod tests;
