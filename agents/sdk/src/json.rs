//! JSON into types. An agent only asks whether it fits, so nothing here says why it does not.

pub use agent_json::{Json, fields, json, of, read};

use agent_json::{Map, Value, field};

use crate::{Money, Place, Point};

fields!(Point: latitude, longitude);
fields!(Place: point, name, address);
fields!(Money: hundredths, currency);

/// The case of an enum, as its name or an object with the name and what it holds.
pub(crate) fn case(name: &str, value: Option<Value>) -> Value {
    let Some(value) = value else { return Value::String(name.to_owned()) };
    let mut object = Map::new();
    object.put(name, value);
    Value::Object(object)
}

/// The name of a case, and what it holds.
pub(crate) fn case_of(value: &Value) -> Option<(&str, &Value)> {
    match value {
        Value::String(name) => Some((name, &Value::Null)),
        Value::Object(fields) => match fields.iter().as_slice() {
            [(name, value)] => Some((name, value)),
            _ => None,
        },
        _ => None,
    }
}

/// A field of an object that may be absent; none if it does not fit.
pub(crate) fn field_or_default<T: Json + Default>(object: &Map<String, Value>, name: &str) -> Option<T> {
    if object.get(name).is_none() { Some(T::default()) } else { field(object, name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, money::Amount};

    #[test]
    fn what_was_written_is_read_again() {
        let point = Some(Point { latitude: -1.95, longitude: 30.0 });
        let money = |hundredths| Money { hundredths, currency: "RWF".into() };
        for (answer, text) in [
            (Answer::Words("é".into()), r#"{"words":"é"}"#),
            (Answer::Choice("a".into()), r#"{"choice":"a"}"#),
            (Answer::Listed("a".into(), "b".into()), r#"{"listed":["a","b"]}"#),
            (Answer::Number(-3), r#"{"number":-3}"#),
            (Answer::Skipped, r#""skipped""#),
            (Answer::Amount(Amount::Negotiable), r#"{"amount":"Negotiable"}"#),
            (Answer::Amount(Amount::Exactly(money(1))), r#"{"amount":{"Exactly":{"currency":"RWF","hundredths":1}}}"#),
            (
                Answer::Amount(Amount::Between(money(1), money(2))),
                r#"{"amount":{"Between":[{"currency":"RWF","hundredths":1},{"currency":"RWF","hundredths":2}]}}"#,
            ),
            (Answer::Photos(vec!["x".into()]), r#"{"photos":["x"]}"#),
            (Answer::Time(7), r#"{"time":7}"#),
            (Answer::Yes(true), r#"{"yes":true}"#),
            (
                Answer::Place(Place { point, name: None, address: Some("x".into()) }),
                r#"{"place":{"address":"x","name":null,"point":{"latitude":-1.95,"longitude":30.0}}}"#,
            ),
        ] {
            assert_eq!(agent_json::encode(&answer), text);
            assert_eq!(agent_json::decode(text), Some(answer));
        }
    }

    #[test]
    fn what_does_not_fit_is_nothing() {
        assert_eq!(read::<u64>("\"7\""), None);
        assert_eq!(read::<u64>("-7"), None);
        assert_eq!(read::<Vec<String>>("{"), None);
        assert_eq!(agent_json::decode::<Answer>("{\"nothing\": 1}"), None);
        assert_eq!(agent_json::decode::<Place>("{\"name\": 7}"), None);
    }
}
