use super::*;

/// Texts that are JSON.
const TEXTS: &[&str] = &[
    "null",
    " [ ] ",
    "{}",
    r#"{"b": 1, "a": [true, false, null, -3, 0.5, 1e3, 1E-2], "": {"é": "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}}"#,
    r#"{"a": 1, "a": 2}"#,
    "18446744073709551615",
    "-9223372036854775808",
    "\"\u{1}💼\"",
];

#[test]
fn texts_are_read_and_written_as_serde_json_does() {
    for text in TEXTS.iter().filter(|text| !text.contains('\u{1}')) {
        let expected: serde_json::Value = serde_json::from_str(text).expect(text);
        let value = parse(text).expect(text);
        assert_eq!(value.to_string(), expected.to_string());
        assert_eq!(parse(&value.to_string()), Some(value));
    }
    let strange: String = ('\0'..'\u{a0}').collect();
    assert_eq!(Value::String(strange.clone()).to_string(), serde_json::Value::String(strange).to_string());
}

#[test]
fn what_is_no_json_is_nothing() {
    let deep = "[".repeat(200_000);
    for text in [
        "",
        " ",
        "nul",
        "tru",
        "[",
        "[1",
        "[1,]",
        "[1 2]",
        "{",
        "{\"a\"",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "\"",
        "\"\\",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\n\"",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "+1",
        "1e999",
        "-01",
        "1 1",
        "\u{0}",
        "\"\u{1}💼\"",
        "{}\u{0}",
        deep.as_str(),
    ] {
        assert_eq!(parse(text), None, "{text:?}");
        assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text:?}");
    }
}

#[test]
fn floats_are_what_they_were() {
    let mut state = 7_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 11
    };
    for _ in 0..20_000 {
        // Coordinates with some decimal places, as maps give them, and with all of their bits.
        let places = 10_u64.pow((random() % 12) as u32);
        let short = (random() % (180 * places)) as f64 / places as f64 - 90.0;
        let long = random() as f64 / (1_u64 << 53) as f64 * 180.0 - 90.0;
        let (short_text, long_text) = (encode(&short), encode(&long));
        for (text, number) in [(short_text, short), (long_text, long)] {
            assert_eq!(text.parse::<f64>().ok(), Some(number), "{text}");
            // As in serde_json, more than fifteen digits may be read as the number next to it.
            let off = (decode::<f64>(&text).expect("a number") - number).abs();
            let is_short = text.bytes().filter(u8::is_ascii_digit).count() <= 15;
            assert!(off <= if is_short { 0.0 } else { number.abs() * f64::EPSILON }, "{text}");
        }
    }
    for number in [0.0, -0.0, 1.0, 0.1, 1.5, 123456.789, 4e15, 30.061912, -1.9441, 1e-4, 2.5e-7, 1e20, 1.7e308, 5e-324]
    {
        let text = encode(&number);
        let again: f64 = text.parse().expect(&text);
        assert!((again - number).abs() <= number.abs() * 1e-13, "{number:e} is written {text}");
        assert_eq!(again.is_sign_negative(), number.is_sign_negative());
    }
    for (number, text) in [(30.0, "30.0"), (-1.95, "-1.95"), (0.05, "0.05"), (f64::NAN, "null")] {
        assert_eq!(encode(&number), text);
    }
}

#[test]
fn the_macro_makes_what_serde_json_makes() {
    let (words, none): (&str, Option<String>) = ("x", None);
    let made = json!({
        "words": words, "none": none, "null": null, "list": [1, "a", { "b": -2 }, [true]], "empty": [], "object": {}, "inner": { "c": 1.5 },
        "sum": 1 + 2, "texts": vec!["p", "q"],
    });
    let expected = serde_json::json!({
        "words": words, "none": null, "null": null, "list": [1, "a", { "b": -2 }, [true]], "empty": [], "object": {}, "inner": { "c": 1.5 },
        "sum": 1 + 2, "texts": ["p", "q"],
    });
    assert_eq!(made.to_string(), expected.to_string());
    assert_eq!((made["inner"]["c"].as_f64(), made["list"][2]["b"].as_i64()), (Some(1.5), Some(-2)));
    assert!(made["nothing"]["more"].is_null());
    let mut value = Value::Null;
    value["a"] = json!(1);
    value["a"]["b"] = json!("c");
    assert_eq!(value.to_string(), r#"{"a":{"b":"c"}}"#);
}

#[derive(Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
struct Own {
    name: String,
    count: u64,
    note: Option<String>,
    pairs: Vec<(String, String)>,
    kind: Kind,
}

#[derive(Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
enum Kind {
    #[default]
    Plain,
    Of(u8),
    Both(i64, bool),
    Named {
        inner: f64,
    },
}

#[test]
fn types_are_read_and_written_as_serde_json_does() {
    for kind in [Kind::Plain, Kind::Of(7), Kind::Both(-1, true), Kind::Named { inner: 0.5 }] {
        let own = Own { name: "é".into(), count: 3, pairs: vec![("a".into(), "b".into())], kind, ..Own::default() };
        let text = to_string(&own).expect("JSON");
        assert_eq!(serde_json::from_str::<Own>(&text).expect("JSON"), own);
        assert_eq!(from_str::<Own>(&serde_json::to_string(&own).expect("JSON")), Ok(own));
    }
    assert_eq!(read::<Own>("{\"name\": 7}"), None);
}

#[derive(Debug, Default, PartialEq)]
struct Light {
    name: String,
    count: u32,
    note: Option<u64>,
}

fields!(Light: name, count, note);

#[test]
fn fields_without_serde() {
    let light = Light { name: "x".into(), count: 2, note: None };
    assert_eq!(encode(&light), r#"{"count":2,"name":"x","note":null}"#);
    assert_eq!(decode(&encode(&light)), Some(light));
    assert_eq!(decode(r#"{"count":2,"name":"x"}"#), Some(Light { name: "x".into(), count: 2, note: None }));
    assert_eq!((decode::<Light>(r#"{"count":2}"#), decode::<Light>("[]")), (None, None));
}
