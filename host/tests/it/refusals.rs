//! The list of all texts that refuse, ask again or find nothing: `tools/talk/refusals.tsv`, by which `make talk` counts failures.
//!
//! A text is one if a pattern of `tools/talk/questions.json` (`failures`) matches it in any language; then one must match it in each, or a
//! failure counts for speakers of one language only. `UPDATE_EXPECT=1` writes the list anew.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
};

use fancy_regex::Regex;
use serde_json::Value;

/// English, French, Kinyarwanda, Swahili.
type Texts = [String; 4];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The sources of agents and SDK, in order.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The texts of a source: each `tr!` with four languages.
fn texts_of(source: &str) -> Vec<Texts> {
    let text = r#""((?:[^"\\]|\\.)*)""#;
    let four = format!(r"tr!\(\s*{text},\s*{text},\s*{text},\s*{text},?\s*\)");
    let four = Regex::new(&four).expect("a pattern");
    let unescaped = |text: &str| text.replace("\\n", " ").replace("\\\"", "\"");
    let found = four.captures_iter(source).map(|found| found.expect("a match"));
    found.map(|found| [1, 2, 3, 4].map(|n| unescaped(found.get(n).map_or("", |it| it.as_str())))).collect()
}

#[test]
fn a_text_that_refuses_is_known_for_one_in_all_languages() {
    let questions: Value = serde_json::from_str(&read(&root().join("tools/talk/questions.json"))).expect("JSON");
    let patterns: Vec<Regex> = questions["failures"]
        .as_object()
        .expect("patterns")
        .values()
        .map(|pattern| Regex::new(&format!("(?is){}", pattern.as_str().expect("a text"))).expect("a pattern"))
        .collect();
    // As the program reads what was sent: its apostrophes are straight.
    let refuses = |text: &str| patterns.iter().any(|it| it.is_match(&text.replace('\u{2019}', "'")).expect("a match"));

    let mut files = Vec::new();
    sources(&root().join("agents"), &mut files);
    let mut all: Vec<Texts> =
        files.iter().filter(|path| !path.ends_with("tests.rs")).flat_map(|path| texts_of(&read(path))).collect();
    for row in read(&root().join("host/src/turn/host_messages.tsv")).lines().filter(|row| !row.starts_with('#')) {
        let texts: Vec<String> = row.split('\t').skip(1).map(|text| text.replace("\\n", " ")).collect();
        all.push(texts.try_into().expect("four languages"));
    }
    assert!(all.len() > 400, "only {} texts were found", all.len());

    let mut listed = BTreeMap::new();
    let mut missed = Vec::new();
    for texts in all {
        if texts.iter().any(|text| refuses(text)) {
            missed.extend(texts.iter().filter(|text| !refuses(text)).cloned());
            listed.insert(texts[0].clone(), texts);
        }
    }
    let mut list = String::from(
        "# Texts that refuse, ask again or find nothing: English, French, Kinyarwanda, Swahili. Made by the test `refusals`.\n",
    );
    for texts in listed.values() {
        writeln!(list, "{}", texts.join("\t")).expect("a text");
    }
    let path = root().join("tools/talk/refusals.tsv");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &list).expect("written");
    }
    assert!(missed.is_empty(), "no pattern of `failures` matches these:\n{}", missed.join("\n"));
    assert!(listed.len() > 20, "only {} texts refuse", listed.len());
    assert_eq!(read(&path), list, "run the test with UPDATE_EXPECT=1");
}
