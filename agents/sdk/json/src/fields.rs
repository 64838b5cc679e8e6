//! Types as values without serde: what its derive makes of each type is several times larger.

use crate::{Map, Number, Value, parse, write};

/// A type that is JSON; [`fields!`](crate::fields) makes a struct one.
pub trait Json: Sized {
    /// As a value.
    fn to_json(&self) -> Value;

    /// From a value; none if it does not fit.
    fn of_json(value: &Value) -> Option<Self>;

    /// Where its field is absent.
    fn absent() -> Option<Self> {
        None
    }
}

/// A type as a JSON text.
pub fn encode<T: Json>(value: &T) -> String {
    write::text(&value.to_json())
}

/// A type from a JSON text; none if it is no JSON, or does not fit.
pub fn decode<T: Json>(text: &str) -> Option<T> {
    T::of_json(&parse(text)?)
}

/// A field of an object; none if it does not fit, or is absent and must be there.
pub fn field<T: Json>(object: &Map<String, Value>, name: &str) -> Option<T> {
    match object.get(name) {
        Some(value) => T::of_json(value),
        None => T::absent(),
    }
}

impl Json for String {
    fn to_json(&self) -> Value {
        Value::String(self.clone())
    }

    fn of_json(value: &Value) -> Option<String> {
        value.as_str().map(str::to_owned)
    }
}

impl Json for bool {
    fn to_json(&self) -> Value {
        Value::Bool(*self)
    }

    fn of_json(value: &Value) -> Option<bool> {
        value.as_bool()
    }
}

impl Json for u64 {
    fn to_json(&self) -> Value {
        Value::Number(Number::Whole(*self))
    }

    fn of_json(value: &Value) -> Option<u64> {
        value.as_u64()
    }
}

impl Json for u32 {
    fn to_json(&self) -> Value {
        u64::from(*self).to_json()
    }

    fn of_json(value: &Value) -> Option<u32> {
        value.as_u64()?.try_into().ok()
    }
}

impl Json for u8 {
    fn to_json(&self) -> Value {
        u64::from(*self).to_json()
    }

    fn of_json(value: &Value) -> Option<u8> {
        value.as_u64()?.try_into().ok()
    }
}

impl Json for i64 {
    fn to_json(&self) -> Value {
        Value::Number(u64::try_from(*self).map_or(Number::Negative(*self), Number::Whole))
    }

    fn of_json(value: &Value) -> Option<i64> {
        value.as_i64()
    }
}

impl Json for f64 {
    fn to_json(&self) -> Value {
        if self.is_finite() { Value::Number(Number::Float(*self)) } else { Value::Null }
    }

    fn of_json(value: &Value) -> Option<f64> {
        value.as_f64()
    }
}

impl<T: Json> Json for Option<T> {
    fn to_json(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_json)
    }

    fn of_json(value: &Value) -> Option<Option<T>> {
        if value.is_null() { Some(None) } else { T::of_json(value).map(Some) }
    }

    fn absent() -> Option<Option<T>> {
        Some(None)
    }
}

impl<T: Json> Json for Vec<T> {
    fn to_json(&self) -> Value {
        Value::Array(self.iter().map(T::to_json).collect())
    }

    fn of_json(value: &Value) -> Option<Vec<T>> {
        value.as_array()?.iter().map(T::of_json).collect()
    }
}

impl<A: Json, B: Json> Json for (A, B) {
    fn to_json(&self) -> Value {
        Value::Array(vec![self.0.to_json(), self.1.to_json()])
    }

    fn of_json(value: &Value) -> Option<(A, B)> {
        let [first, second] = value.as_array()?.as_slice() else { return None };
        Some((A::of_json(first)?, B::of_json(second)?))
    }
}

/// Makes structs [`Json`]: objects with a field for each of theirs. `fields!(Point: latitude, longitude)` needs all that are no
/// options; `fields!(default Search: words, place)` takes those of the default where they are absent.
#[macro_export]
macro_rules! fields {
    (default $kind:ty: $($name:ident),+ $(,)?) => {
        impl $crate::Json for $kind {
            fn to_json(&self) -> $crate::Value {
                let mut object = $crate::Map::new();
                $(object.put(stringify!($name), $crate::Json::to_json(&self.$name));)+
                $crate::Value::Object(object)
            }

            fn of_json(value: &$crate::Value) -> Option<$kind> {
                let object = value.as_object()?;
                let mut read = Self::default();
                $(if let Some(value) = object.get(stringify!($name)) {
                    read.$name = $crate::Json::of_json(value)?;
                })+
                Some(read)
            }
        }
    };
    ($kind:ty: $($name:ident),+ $(,)?) => {
        impl $crate::Json for $kind {
            fn to_json(&self) -> $crate::Value {
                let mut object = $crate::Map::new();
                $(object.put(stringify!($name), $crate::Json::to_json(&self.$name));)+
                $crate::Value::Object(object)
            }

            fn of_json(value: &$crate::Value) -> Option<$kind> {
                let object = value.as_object()?;
                Some(Self { $($name: $crate::field(object, stringify!($name))?,)+ })
            }
        }
    };
}
