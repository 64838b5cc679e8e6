//! JSON into types. An agent only asks whether it fits, so nothing here says why it does not: the words for that, and what prints
//! numbers into them, would make every component a tenth larger.

use core::fmt;

use serde::de::{
    self, DeserializeOwned, Deserializer, EnumAccess, Expected, IntoDeserializer, Unexpected, VariantAccess, Visitor,
    value::{MapDeserializer, SeqDeserializer, StrDeserializer},
};
use serde_json::Value;

/// A value of a JSON text; none if it is not JSON, or does not fit.
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    of(&serde_json::from_str(text).ok()?)
}

/// A value of JSON that is read already; none if it does not fit.
pub fn of<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(Json(value)).ok()
}

#[derive(Clone, Copy)]
struct Json<'a>(&'a Value);

#[derive(Debug)]
struct Unfit;

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it does not fit")
    }
}

impl core::error::Error for Unfit {}

impl de::Error for Unfit {
    fn custom<T: fmt::Display>(_: T) -> Unfit {
        Unfit
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Unfit {
        Unfit
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Unfit {
        Unfit
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Unfit {
        Unfit
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Unfit {
        Unfit
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Unfit {
        Unfit
    }

    fn missing_field(_: &'static str) -> Unfit {
        Unfit
    }

    fn duplicate_field(_: &'static str) -> Unfit {
        Unfit
    }
}

impl<'de> IntoDeserializer<'de, Unfit> for Json<'de> {
    type Deserializer = Json<'de>;

    fn into_deserializer(self) -> Json<'de> {
        self
    }
}

impl<'de> Deserializer<'de> for Json<'de> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (None, Some(number), _) => visitor.visit_i64(number),
                (None, None, Some(number)) => visitor.visit_f64(number),
                (None, None, None) => Err(Unfit),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(values) => visitor.visit_seq(SeqDeserializer::new(values.iter().map(Json))),
            Value::Object(fields) => {
                visitor.visit_map(MapDeserializer::new(fields.iter().map(|(name, value)| (name.as_str(), Json(value)))))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(Case { name, value: None }),
            Value::Object(fields) => match (fields.iter().next(), fields.len()) {
                (Some((name, value)), 1) => visitor.visit_enum(Case { name, value: Some(Json(value)) }),
                _ => Err(Unfit),
            },
            _ => Err(Unfit),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// A case of an enum: its name, and what it holds.
struct Case<'a> {
    name: &'a str,
    value: Option<Json<'a>>,
}

impl<'de> EnumAccess<'de> for Case<'de> {
    type Error = Unfit;
    type Variant = Case<'de>;

    fn variant_seed<V: de::DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Case<'de>), Unfit> {
        let name: StrDeserializer<'de, Unfit> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Case<'de> {
    type Error = Unfit;

    fn unit_variant(self) -> Result<(), Unfit> {
        self.value.map_or(Ok(()), |_| Err(Unfit))
    }

    fn newtype_variant_seed<T: de::DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unfit> {
        seed.deserialize(self.value.ok_or(Unfit)?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unfit> {
        self.value.ok_or(Unfit)?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Unfit> {
        self.value.ok_or(Unfit)?.deserialize_any(visitor)
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::{Answer, Place, Point, money::Amount};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct All {
        answers: std::collections::BTreeMap<String, Answer>,
        place: Option<Place>,
        none: Option<u64>,
        small: i64,
        #[serde(default)]
        absent: Vec<String>,
    }

    #[test]
    fn what_was_written_is_read_again() {
        let point = Some(Point { latitude: -1.95, longitude: 30.0 });
        let all = All {
            answers: [
                ("a", Answer::Words("é".into())),
                ("b", Answer::Skipped),
                ("c", Answer::Amount(Amount::Negotiable)),
                ("d", Answer::Photos(vec!["x".into()])),
                ("e", Answer::Yes(true)),
            ]
            .map(|(name, answer)| (name.to_owned(), answer))
            .into(),
            place: Some(Place { point, name: None, address: Some("x".into()) }),
            none: None,
            small: -3,
            absent: Vec::new(),
        };
        let text = serde_json::to_string(&all).expect("JSON");
        assert_eq!(read::<All>(&text), Some(all));
    }

    #[test]
    fn what_does_not_fit_is_nothing() {
        assert_eq!(read::<u64>("\"7\""), None);
        assert_eq!(read::<u64>("-7"), None);
        assert_eq!(read::<Vec<String>>("{"), None);
        assert_eq!(read::<Answer>("{\"nothing\": 1}"), None);
        assert_eq!(read::<Place>("{\"name\": 7}"), None);
    }
}
