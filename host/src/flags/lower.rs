//! What a row says that does not fit as a whole: `unifiedServiceEnabled` and `unifiedServiceRolloutPercent`, each read on its own. Only
//! less is taken from such a row: off, or a lower percentage.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use super::document::Document;

/// The two switches of a row, as far as they can be read. Of a key that stands twice the lesser value counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Switches {
    /// The row says that the service is off.
    pub(super) off: bool,
    /// The percentage, at least 0.
    pub(super) percent: Option<f64>,
}

impl Switches {
    /// Reads a row's value; nothing of what is not a JSON object.
    pub(super) fn read(json: &str) -> Switches {
        serde_json::from_str(json).unwrap_or_default()
    }

    /// Lowers a document to what the row says.
    pub(super) fn lower(self, document: &mut Document) {
        document.unified_service_enabled &= !self.off;
        if let Some(percent) = self.percent {
            let before = document.unified_service_rollout_percent;
            document.unified_service_rollout_percent = before.min(percent);
        }
    }
}

impl<'de> Deserialize<'de> for Switches {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Switches, D::Error> {
        from.deserialize_map(Keys)
    }
}

struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = Switches;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Switches, A::Error> {
        let mut read = Switches::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "unifiedServiceEnabled" => {
                    let Scalar(enabled) = map.next_value()?;
                    read.off |= enabled == Some(0.0);
                }
                "unifiedServiceRolloutPercent" => {
                    let Scalar(percent) = map.next_value()?;
                    let lower = percent.map(|percent| percent.max(0.0));
                    read.percent = match (read.percent, lower) {
                        (Some(one), Some(other)) => Some(one.min(other)),
                        (one, other) => one.or(other),
                    };
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(read)
    }
}

/// A value as a number: `false` is 0, `true` is 1, a text is what it says. `None` for everything else.
struct Scalar(Option<f64>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Scalar, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_bool<E>(self, on: bool) -> Result<Scalar, E> {
                Ok(Scalar(Some(f64::from(u8::from(on)))))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar(Some(number as f64)))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
                Ok(Scalar(Some(number as f64)))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
                Ok(Scalar(Some(number)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
                let text = text.trim();
                Ok(Scalar(match text.to_ascii_lowercase().as_str() {
                    "false" | "off" | "no" => Some(0.0),
                    number => number.parse().ok().filter(|number: &f64| number.is_finite()),
                }))
            }

            fn visit_unit<E>(self) -> Result<Scalar, E> {
                Ok(Scalar(None))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut from: A) -> Result<Scalar, A::Error> {
                while from.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Scalar, A::Error> {
                while from.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar(None))
            }
        }
        from.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switches_are_read_whatever_else_is_wrong() {
        for (json, off, percent) in [
            (r#"{"unifiedServiceEnabled": false, "bogus": [{"a": [1, {}]}]}"#, true, None),
            (r#"{"unifiedServiceRolloutPercent": 0, "agentFlags": {"jobs": "off"}}"#, false, Some(0.0)),
            (r#"{"unifiedServiceRolloutPercent": "2.5", "unifiedServiceEnabled": "false"}"#, true, Some(2.5)),
            (r#"{"unifiedServiceRolloutPercent": -3, "unifiedServiceEnabled": 0}"#, true, Some(0.0)),
            (r#"{"unifiedServiceRolloutPercent": 50, "unifiedServiceRolloutPercent": 0}"#, false, Some(0.0)),
            (r#"{"unifiedServiceEnabled": true, "unifiedServiceEnabled": false}"#, true, None),
            (r#"{"unifiedServiceRolloutPercent": {"a": 1}, "unifiedServiceEnabled": [false]}"#, false, None),
            (r#"{"unifiedServiceRolloutPercent": null, "unifiedServiceEnabled": null}"#, false, None),
            (r#"{"unifiedServiceRolloutPercent": "inf"}"#, false, None),
            (r#"[{"unifiedServiceEnabled": false}]"#, false, None),
            ("7", false, None),
        ] {
            assert_eq!(Switches::read(json), Switches { off, percent }, "{json}");
        }
        let deep = format!(r#"{{"deep": {}{}, "unifiedServiceEnabled": false}}"#, "[".repeat(500), "]".repeat(500));
        assert!(Switches::read(&deep).off);
    }

    #[test]
    fn only_less_is_taken() {
        let mut document = Document { unified_service_rollout_percent: 50.0, ..Document::everything_on() };
        Switches { off: false, percent: Some(80.0) }.lower(&mut document);
        assert_eq!(document.served_percent(), 50.0);
        Switches { off: false, percent: Some(10.0) }.lower(&mut document);
        assert_eq!(document.served_percent(), 10.0);
        Switches { off: true, percent: None }.lower(&mut document);
        assert_eq!(document.served_percent(), 0.0);
    }
}
