//! The JSON tree against its own printer, another library and hostile input.

#![allow(clippy::expect_used, reason = "helpers of tests")]

use fhir::json::{self, JsonError, MAX_DEPTH};
use fhir::{Decimal, Json, Object};
use proptest::prelude::*;

fn number() -> impl Strategy<Value = Json> {
    "-?(0|[1-9][0-9]{0,18})(\\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?"
        .prop_map(|text| Json::Number(Decimal::read(&text).expect("JSON's own grammar")))
}

fn tree() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        number(),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 60, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::Array),
            prop::collection::btree_map(any::<String>(), inner, 0..25).prop_map(|parts| {
                let mut object = Object::new();
                for (key, value) in parts {
                    object.append(key.into(), value);
                }
                Json::Object(object)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_what_was_there(tree in tree()) {
        let bytes = tree.to_bytes();
        prop_assert_eq!(json::parse(&bytes), Ok(tree));
        let other: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        prop_assert_eq!(json::parse(other.to_string().as_bytes()).is_ok(), true);
    }

    #[test]
    fn whatever_comes_is_answered_as_another_library_would(text in "[\\[\\]{}\",:0-9eE.+\\-\\\\utrfalsn \\x00-\\x20é]{0,24}") {
        let ours = json::parse(text.as_bytes());
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match (&ours, &theirs) {
            (Err(JsonError::DuplicateKey { .. }), Ok(_)) => {}
            (Ok(_), Err(error)) => prop_assert!(error.to_string().contains("out of range"), "{text}: {error}"),
            _ => prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{}", text),
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let _ = json::parse(&bytes);
    }
}

#[test]
fn what_is_refused_says_where() {
    let deep = "[".repeat(MAX_DEPTH + 1);
    let many = format!("{{{}\"k7\":1}}", (0..2_000).map(|i| format!("\"k{i}\":0,")).collect::<String>());
    for (text, words) in [
        (r#"{"a":1,"a":2}"#, "property \"a\" stands twice in the object that ends at byte 13"),
        (r#"{"a":1,"\u0061":2}"#, "\"a\" stands twice"),
        (many.as_str(), "\"k7\" stands twice"),
        (r#""\ud800""#, "byte 1: \\u escape is half"),
        (r#""\udc00""#, "half of a surrogate pair"),
        (r#""\ud800\u0041""#, "half of a surrogate pair"),
        (r#""\ud800x""#, "half of a surrogate pair"),
        (deep.as_str(), "deeper than 100"),
        ("", "byte 0: expected a value"),
        ("01", "expected the end"),
        ("1.", "expected a number"),
        ("[1,]", "byte 3: expected a value"),
        ("{\"a\" 1}", "expected \":\""),
        ("\"a\nb\"", "control character"),
        ("\"\\x\"", "an escape of JSON"),
        ("\"\\u12é\"", "four hexadecimal digits"),
        ("\"a", "a closing quote"),
        ("\"\\", "an escape of JSON"),
        ("\u{feff}{}", "expected a value"),
    ] {
        let error = json::parse(text.as_bytes()).expect_err(text).to_string();
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(json::parse(b"\"a\xff\""), Err(JsonError::NotUtf8 { at: 2 }));
}

#[test]
fn surrogate_pairs_are_one_character() {
    assert_eq!(json::parse(br#""\ud83d\ude00\n\u00e9\/""#), Ok(Json::from("😀\né/")));
}
