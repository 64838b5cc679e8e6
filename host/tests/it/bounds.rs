//! Each text, number and list that an agent hands to the host, at its bound and beyond, and nasty ones, by a component in the real sandbox and
//! on both databases. The values are made from the contract and its table of bounds, so that a new field is among them.

mod cases;

use std::collections::HashSet;

use serde_json::{Value, json};
use switchboard::conversation::{self, Answered};
use switchboard_core::contract::types::{Content, Form};
use switchboard_kit::{
    agents::{ALL, built, entry, rogue},
    cluster,
};
use switchboard_sandbox::plugins::{Compiler, Plugins, PluginsConfig, Refused};

use cases::{Cases, Function};

/// The marks of a nasty value: what databases, JSON and terminals stumble over.
const NASTY: [&str; 32] = [
    "",
    " ",
    "\0",
    "a\0b\0",
    "\u{1}\u{7f}\u{85}",
    "\u{200b}\u{2060}\u{200e}",
    "\u{202e}txet desrever",
    "a\u{2028}b\u{2029}c",
    "\r\n[ERROR] forged",
    "\u{feff}bom",
    "\u{fffd}\u{ffff}\u{10ffff}",
    "👩‍👩‍👧‍👦",
    "\u{fdfa}\u{fdfa}\u{fdfa}",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}",
    "'; drop table person; --",
    "\\",
    "\\u0000",
    "\\\\u0000",
    "\"\\ud800\"",
    "{\"a\":\"\\u0000\"}",
    "{\"a\\u0000\":\"\\udfff\"}",
    "{\"a\":1e999999}",
    "{\"a\":-1e-999999}",
    "{\"a\":123456789012345678901234567890.5}",
    "{\"bedrooms\":\"2-3\",\"bathrooms\":1.5}",
    "{\"a\":[[[[[[[[[[1]]]]]]]]]]}",
    "{\"a\":1,\"a\":2}",
    "[]",
    "null",
    "{",
    "%s%n${jndi:x}{{7*7}}",
    "host.say",
];

/// 1,200 of so many letters from the first one on, in an order that does not compress: as long a word as is written without spaces.
fn unspaced_text(first: char, letters: u32) -> String {
    let letter =
        |n: u32| char::from_u32(u32::from(first) + n.wrapping_mul(2_654_435_761) / 7 % letters).expect("a letter");
    (1..=1_200).map(letter).collect()
}

/// All that are tried as a text: those above, and long ones.
fn nasty() -> Vec<String> {
    let long = [
        unspaced_text('\u{4e00}', 20_000),
        unspaced_text('\u{e01}', 46),
        "x".repeat(70_000),
        "\0".repeat(300_000),
        "\\u0000".repeat(10_000),
        format!("{{\"a\":{}}}", "9".repeat(50_000)),
        format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)),
        "word ".repeat(400),
    ];
    NASTY.iter().map(|text| (*text).to_owned()).chain(long).collect()
}

/// A folder with these agents, which may do everything, and the plugins in it.
async fn loaded(agents: &[(&str, Vec<u8>)]) -> (tempfile::TempDir, Plugins) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut manifest = String::from("directory = \".\"\n");
    for (name, wasm) in agents {
        std::fs::write(folder.path().join(name).with_extension("wasm"), wasm).expect("written");
        manifest += &entry(name, &ALL);
    }
    let path = folder.path().join("plugins.toml");
    std::fs::write(&path, manifest).expect("written");
    let config = PluginsConfig { manifest: path, data_dir: folder.path().join("data"), compiler: Compiler::InProcess };
    let plugins = Plugins::load_once(config).await.expect("the manifest is read");
    let refusals = plugins.refusals().into_iter().map(|refusal| refusal.reason.to_string());
    assert_eq!(refusals.collect::<Vec<_>>(), [] as [String; 0]);
    (folder, plugins)
}

/// What the caller is to do in one turn.
fn form(asked: &Value) -> Content {
    Content::Form(Form { name: "call".into(), answers: asked.to_string() })
}

fn calls(function: &Function, values: impl IntoIterator<Item = Value>) -> Content {
    form(&json!({ "calls": values.into_iter().map(|args| json!([function.name, args])).collect::<Vec<_>>() }))
}

/// Has the caller do all of this, one turn after the other.
async fn answers(asked: Vec<Content>, server: Option<&str>) -> Vec<Answered> {
    let (_folder, plugins) = loaded(&[("caller", rogue("caller"))]).await;
    let mut contents = vec![Content::Text("caller".into())];
    contents.extend(asked);
    let mut answered = conversation::answers(&plugins, contents, server).await.expect("every turn is settled");
    answered.remove(0);
    answered
}

/// What came of the calls of a turn, a line each.
fn came(answered: &Answered) -> Vec<String> {
    assert_eq!(answered.error, None, "{answered:?}");
    let said = answered.lines.iter().filter(|line| !line.starts_with("= "));
    said.map(|line| line.chars().skip(2).collect::<String>().trim_end().to_owned()).collect()
}

/// Each argument at its bound and beyond.
async fn arguments(server: Option<&str>) {
    let cases = Cases::read();
    let (mut asked, mut expected) = (Vec::new(), Vec::new());
    for function in cases.functions() {
        for case in cases.of_arguments(&function) {
            asked.push(calls(&function, [case.value.clone()]));
            expected.push((function.clone(), case));
        }
    }
    assert!(asked.len() > 200, "{}", asked.len());
    let mut wrong = Vec::new();
    for (answered, (function, case)) in answers(asked, server).await.iter().zip(&expected) {
        let came = came(answered).join(" ");
        // A timer's time is bounded by the turn's too.
        let is_of_turn = came.contains("more than a year ahead") || came.contains("not after the timer's time");
        // A method is one of a few words, whatever its length.
        let is_no_word = came.contains("is none of GET, HEAD");
        let is_refused = came.starts_with(&format!("invalid {}: ", case.field)) && !is_of_turn && !is_no_word;
        // A function without a word for it takes what was cut.
        let refuses = case.is_beyond && function.answers;
        if is_refused != refuses || came.starts_with("unknown") || came.starts_with("unavailable the host") {
            wrong.push(format!("{} {} beyond {}: {came}", function.name, case.field, case.is_beyond));
        }
    }
    assert_eq!(wrong, [] as [String; 0]);
}

#[tokio::test]
async fn an_argument_at_its_bound_is_taken_and_one_beyond_is_refused_on_sqlite() {
    arguments(None).await;
}

#[tokio::test]
async fn an_argument_at_its_bound_is_taken_and_one_beyond_is_refused_on_postgres() {
    arguments(Some(&cluster::shared().database().await)).await;
}

/// Each field of an outcome or failure at its bound and beyond.
async fn outcomes(server: Option<&str>) {
    let cases = Cases::read();
    let expected: Vec<_> = cases.of_outcome().into_iter().chain(cases.of_failure()).collect();
    assert!(expected.len() > 100, "{}", expected.len());
    let asked = expected.iter().map(|case| form(&case.value)).collect();
    let mut wrong = Vec::new();
    for (answered, case) in answers(asked, server).await.iter().zip(&expected) {
        let error = answered.error.clone().unwrap_or_default();
        let is_refused = error.contains(&format!("breaks the contract: {}: ", case.field));
        if is_refused != case.is_beyond || error.contains("breaks the contract") != case.is_beyond {
            wrong.push(format!("{} beyond {}: {error}", case.field, case.is_beyond));
        }
        assert!(!answered.lines.is_empty(), "{case:?}");
    }
    assert_eq!(wrong, [] as [String; 0]);
}

#[tokio::test]
async fn an_outcome_at_its_bound_is_taken_and_one_beyond_is_refused_on_sqlite() {
    outcomes(None).await;
}

#[tokio::test]
async fn an_outcome_at_its_bound_is_taken_and_one_beyond_is_refused_on_postgres() {
    outcomes(Some(&cluster::shared().database().await)).await;
}

/// The describer with a profile in its bytes.
fn described(wasm: &[u8], profile: &Value) -> Vec<u8> {
    const MARK: &[u8] = b"the profile of the describer";
    let (mut wasm, profile) = (wasm.to_vec(), profile.to_string());
    let at = wasm.windows(MARK.len()).position(|window| window == MARK).expect("the mark");
    wasm[at..at + MARK.len()].fill(b' ');
    wasm[at..at + profile.len()].copy_from_slice(profile.as_bytes());
    wasm
}

/// A component with a profile beyond a bound is not loaded. Of each field one case beyond is tried, and one at the bound: each is compiled.
#[tokio::test]
async fn a_profile_at_its_bound_is_loaded_and_one_beyond_is_refused() {
    let describer = rogue("describer");
    let folder = tempfile::tempdir().expect("a folder");
    let mut manifest = String::from("directory = \".\"\n");
    let (mut expected, mut tried) = (Vec::new(), HashSet::new());
    for (n, case) in Cases::read().of_profile().into_iter().enumerate() {
        // The name is that of the file.
        if !tried.insert((case.field.clone(), case.is_beyond)) || (case.field == "name" && !case.is_beyond) {
            continue;
        }
        let (mut profile, name) = (case.value["profile"].clone(), format!("describer{n}"));
        if case.field != "name" {
            profile["name"] = json!(name);
        }
        std::fs::write(folder.path().join(&name).with_extension("wasm"), described(&describer, &profile))
            .expect("written");
        manifest += &entry(&name, &ALL);
        expected.push((name, case));
    }
    assert!(expected.len() > 40, "{}", expected.len());
    let path = folder.path().join("plugins.toml");
    std::fs::write(&path, manifest).expect("written");
    let config = PluginsConfig { manifest: path, data_dir: folder.path().join("data"), compiler: Compiler::InProcess };
    let refusals = Plugins::load_once(config).await.expect("the manifest is read").refusals();
    let mut wrong = Vec::new();
    for (name, case) in expected {
        let refusal = refusals.iter().find(|refusal| refusal.file.contains(&format!("{name}.wasm")));
        let names_it =
            |refusal: &&Refused| refusal.reason.contains(&format!("profile is not usable: {}: ", case.field));
        // Wants have more to keep to than a length.
        if refusal.filter(names_it).is_some() != case.is_beyond {
            wrong.push(format!("{} beyond {}: {refusal:?}", case.field, case.is_beyond));
        }
    }
    assert_eq!(wrong, [] as [String; 0]);
}

/// Calls of one turn: fewer than its quotas.
const CALLS: usize = 15;

/// One of so many turns is tried on Postgres, and on SQLite, which takes any text: the two are without a common factor with how many values
/// there are, so that each value meets each part of a turn somewhere.
const ONE_OF: (usize, usize) = (3, 7);

/// Every function with every nasty value in every text, and every field of an outcome: each turn is settled, and the person is answered.
async fn nastiness(server: Option<&str>) {
    let cases = Cases::read();
    let mut asked = Vec::new();
    for function in cases.functions() {
        let all = cases.nasty_arguments(&function, &nasty());
        asked.extend(all.chunks(CALLS).map(|some| calls(&function, some.iter().cloned())));
    }
    let n_calls = asked.len();
    asked.extend(cases.nasty_outcomes(&nasty()).iter().map(form));
    assert!(n_calls > 100 && asked.len() > n_calls + 500, "{n_calls} {}", asked.len());
    let one_of = if server.is_some() { ONE_OF.0 } else { ONE_OF.1 };
    let asked: Vec<(usize, Content)> = asked.into_iter().enumerate().step_by(one_of).collect();
    let (numbers, asked): (Vec<usize>, Vec<Content>) = asked.into_iter().unzip();
    for (n, answered) in numbers.into_iter().zip(&answers(asked, server).await) {
        assert!(answered.lines.iter().any(|line| line.starts_with('<')), "{n}: {answered:?}");
        if n < n_calls {
            let came = came(answered);
            assert!(came.iter().all(|line| !line.starts_with("unavailable the host")), "{n}: {came:?}");
        }
    }
}

#[tokio::test]
pub(crate) async fn a_turn_with_nasty_values_is_settled_on_sqlite() {
    nastiness(None).await;
}

#[tokio::test]
pub(crate) async fn a_turn_with_nasty_values_is_settled_on_postgres() {
    nastiness(Some(&cluster::shared().database().await)).await;
}

/// A description without a space, as a person writes it in a language that has none.
async fn unspaced(server: Option<&str>) {
    let (_folder, plugins) = loaded(&[("marketplace", built("marketplace")), ("support", built("support"))]).await;
    for description in [unspaced_text('\u{4e00}', 20_000), unspaced_text('\u{e01}', 46)] {
        let text = |text: &str| Content::Text(text.into());
        let said = [
            "I want to sell my fridge for 80k in Kimironko",
            "change the description",
            &description,
            "post it",
            "help",
        ];
        let contents = said.iter().map(|said| text(said)).collect();
        let answered = conversation::answers(&plugins, contents, server).await.expect("every turn is settled");
        let listed = format!("{answered:?}");
        assert!(listed.contains("marketplace selling/confirm"), "{listed}");
        for answered in &answered {
            assert!(answered.error.is_none() && answered.lines.len() > 1, "{answered:?}");
        }
    }
}

#[tokio::test]
async fn a_description_without_spaces_is_listed_on_sqlite() {
    unspaced(None).await;
}

#[tokio::test]
async fn a_description_without_spaces_is_listed_on_postgres() {
    unspaced(Some(&cluster::shared().database().await)).await;
}

/// A quota is met with `limit`, over turns and within one; what takes the place of another still goes.
async fn quotas(server: Option<&str>) {
    let put = |key: String, bytes: usize| {
        let value = format!("\"{}\"", "x".repeat(bytes - 2));
        json!(["records.put", ["Person", "notes", key, value]])
    };
    let draft = json!({
        "kind": "product", "title": "A lamp", "description": null, "category": null, "price": null, "price_max": null, "price_unit": null,
        "place": null, "attributes": "{}", "images": [], "contact": "Ask",
    });
    let create = json!(["listings.create", [draft]]);
    let query = json!({
        "words": "lamp", "kind": null, "category": null, "attributes": [], "price_min": null, "price_max": null, "near": null,
        "radius_km": null, "limit": 1, "offset": 0,
    });
    let save = json!(["listings.save-search", [query]]);
    let turn = |calls: Vec<Value>| form(&json!({ "calls": calls }));
    // 128 documents of 64 KiB are 8 MiB; what would be a byte more is too much, unless another is made smaller before.
    let full = (0..128).map(|n| put(format!("k{n}"), if n == 127 { 65_535 } else { 65_536 })).collect::<Vec<_>>();
    let mut asked: Vec<Content> = full.chunks(4).map(|some| turn(some.to_vec())).collect();
    let n_full = asked.len();
    asked.extend([
        turn(vec![put("more".into(), 3), put("k127".into(), 65_536), put("k127".into(), 65_535), put("k1".into(), 2)]),
        turn(vec![put("more".into(), 3)]),
        turn(vec![create.clone(); 21]),
        turn(vec![save.clone(); 12]),
        turn(vec![save; 9]),
    ]);
    let mut lines: Vec<Vec<String>> = answers(asked, server).await.iter().map(came).collect();
    let filled: Vec<Vec<String>> = lines.drain(..n_full).collect();
    assert!(filled.iter().flatten().all(|line| line == "ok"), "{filled:?}");
    let bytes = "limit 8388608 bytes of documents a person";
    assert_eq!(lines[0], [bytes, "ok", "ok", "ok"]);
    assert_eq!(lines[1], ["ok"]);
    assert_eq!(lines[2][..20], vec!["ok"; 20]);
    assert_eq!(lines[2][20], "limit 20 new listings a turn");
    assert_eq!(lines[3], vec!["ok"; 12]);
    assert_eq!(lines[4][..8], vec!["ok"; 8]);
    assert_eq!(lines[4][8], "limit 20 saved searches a person");
}

#[tokio::test]
pub(crate) async fn a_quota_is_a_limit_on_sqlite() {
    quotas(None).await;
}

#[tokio::test]
async fn a_quota_is_a_limit_on_postgres() {
    quotas(Some(&cluster::shared().database().await)).await;
}
