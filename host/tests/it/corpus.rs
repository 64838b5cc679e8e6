//! Bodies as Meta sends them: ours in `tests/corpus`, and where it is at hand a larger collection of other people's,
//! in the folder `SWITCHBOARD_CORPUS` or beside the checkout. That one is read in place and is no part of the project.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde_json::{Value, json};
use switchboard_core::{
    contract::types::Content,
    failure::Failure,
    inbox::{Delivery, Item, Kind},
};
use switchboard_edge::{
    webhook::payload::parse,
    whatsapp::signature::{self, HEADER, Secrets},
};

fn ours() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn others() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/whatsapp");
    let folder = std::env::var_os("SWITCHBOARD_CORPUS").map_or_else(beside, PathBuf::from);
    let found = folder.join("manifest.json").is_file();
    if !found {
        eprintln!("no collection of other people's bodies at {}; ours alone are tested", folder.display());
    }
    found.then_some(folder)
}

fn bodies(folder: &Path) -> Vec<(String, Bytes)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if entry.is_dir() {
                folders.push(entry);
            } else if name.ends_with(".json") && name != "manifest.json" && name != "signatures.json" {
                found.push((name, std::fs::read(&entry).expect("a file").into()));
            }
        }
    }
    found.sort();
    found
}

fn all() -> Vec<(String, Bytes)> {
    let mut all = bodies(&ours());
    assert!(all.len() >= 12, "{}", all.len());
    all.extend(others().map(|folder| bodies(&folder)).unwrap_or_default());
    all
}

fn read(body: &Bytes) -> Delivery {
    parse(body.clone(), 1_785_369_600_000, Some("1001"))
}

/// What a delivery holds, in words that compare.
fn items(delivery: &Delivery) -> Vec<String> {
    let mut items: Vec<_> = delivery.items.iter().map(|item| format!("{item:?}")).collect();
    items.sort();
    items
}

/// Messages (system's word on identities too), echoes and statuses.
fn counts(delivery: &Delivery) -> [usize; 3] {
    let mut counts = [0; 3];
    for item in &delivery.items {
        match item {
            Item::Message(message) if message.kind == Kind::Echo => counts[1] += 1,
            // What somebody chose in WhatsApp is no message of theirs.
            Item::Message(message) if message.wants_marketing().is_some() => {}
            Item::Identity(change) if change.wamid.starts_with("sha256:") => {}
            Item::Message(_) | Item::Identity(_) => counts[0] += 1,
            Item::Status(_) => counts[2] += 1,
        }
    }
    counts
}

#[test]
fn every_body_is_read_the_same_twice_and_escaped() {
    for (name, body) in all() {
        let delivery = read(&body);
        assert_eq!(items(&delivery), items(&read(&body)), "{name}");
        for item in &delivery.items {
            if let Item::Message(message) = item {
                let content = serde_json::to_string(&message.content).expect("content is JSON");
                assert!(!content.contains('\0') && !content.contains("\\u0000"), "{name}");
            }
        }
        // As Meta writes it: every character outside ASCII escaped.
        let Ok(value) = serde_json::from_slice::<Value>(&body) else { continue };
        let escaped: String = value.to_string().chars().fold(String::new(), |mut out, c| {
            let mut units = [0; 2];
            match c.is_ascii() {
                true => out.push(c),
                false => c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
            }
            out
        });
        assert_eq!(items(&delivery), items(&read(&escaped.into())), "{name}");
    }
}

#[test]
fn no_body_that_is_json_is_refused() {
    for (name, body) in all() {
        let delivery = read(&body);
        let why = delivery.unreadable.unwrap_or_default();
        assert!(why.is_empty() || why.contains("names nobody"), "{name}: {why}");
    }
}

#[test]
fn the_collection_is_counted_as_its_manifest_says() {
    let Some(folder) = others() else { return };
    let manifest = std::fs::read(folder.join("manifest.json")).expect("a manifest");
    let manifest: Vec<Value> = serde_json::from_slice(&manifest).expect("JSON");
    assert!(manifest.len() > 100);
    for entry in manifest {
        let file = entry["file"].as_str().expect("a name");
        let body = std::fs::read(folder.join(file)).expect("a body").into();
        let expected =
            ["messages", "echoes", "status_updates"].map(|key| entry[key].as_u64().unwrap_or_default() as usize);
        assert_eq!(counts(&read(&body)), expected, "{file}");
    }
}

#[test]
fn published_signatures_fit() {
    let Some(folder) = others() else { return };
    let vectors = std::fs::read(folder.join("signatures.json")).expect("vectors");
    for vector in serde_json::from_slice::<Vec<Value>>(&vectors).expect("JSON") {
        let text = |key: &str| vector[key].as_str().expect("a text");
        let mut headers = axum::http::HeaderMap::new();
        headers.insert(HEADER, text("signature").parse().expect("a header"));
        let fits = signature::from_headers(&headers)
            .and_then(|claim| Secrets::new([text("app_secret")]).check(claim, text("body").as_bytes()));
        assert_eq!(fits.is_ok(), vector["valid"] == true, "{}", text("name"));
    }
}

#[test]
fn split_and_batched_anew_nothing_changes() {
    let (mut whole, mut entries) = (Vec::new(), Vec::new());
    for (name, body) in all() {
        let delivery = read(&body);
        whole.extend(items(&delivery));
        // Half an emoji is no JSON to the test's own parser; what it is mended to, is.
        let text = String::from_utf8_lossy(&body).replace("half \\ud83d emoji", "half \\ufffd emoji");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let mut split = Vec::new();
        for entry in value["entry"].as_array().cloned().unwrap_or_default() {
            for change in entry["changes"].as_array().cloned().unwrap_or_default() {
                for alone in alone(&change) {
                    let body = json!({"object": value["object"], "entry": [{"id": entry["id"], "changes": [alone]}]});
                    split.extend(items(&read(&body.to_string().into())));
                }
            }
            entries.push(entry);
        }
        split.sort();
        let expected = if value["entry"].is_array() { items(&delivery) } else { Vec::new() };
        assert_eq!(split, expected, "{name}");
        if !value["entry"].is_array() {
            entries.push(json!({ "changes": [value] }));
        }
    }
    let batch = json!({"object": "whatsapp_business_account", "entry": entries}).to_string();
    whole.sort();
    assert_eq!(items(&read(&batch.into())), whole);
}

/// A change with one item of each list, for every item.
fn alone(change: &Value) -> Vec<Value> {
    let lists = ["messages", "statuses", "message_echoes"];
    let mut parts = Vec::new();
    for list in lists {
        for item in change["value"][list].as_array().into_iter().flatten() {
            let mut part = change.clone();
            for other in lists {
                part["value"].as_object_mut().expect("an object").remove(other);
            }
            part["value"][list] = json!([item]);
            parts.push(part);
        }
    }
    if parts.is_empty() { vec![change.clone()] } else { parts }
}

#[test]
fn our_bodies_mean_what_they_say() {
    let item = |name: &str| {
        let body = std::fs::read(ours().join(name)).expect("a body").into();
        read(&body).items
    };
    let message = |name: &str| match item(name).into_iter().next() {
        Some(Item::Message(message)) => message,
        other => panic!("{name}: {other:?}"),
    };
    let text = message("text.json");
    assert_eq!(text.content, Content::Text("Muraho! Ndashaka inzu ☕".into()));
    assert_eq!((text.business.as_str(), text.sent_at), ("100000000000001", 1_785_369_600_000));
    assert_eq!(text.sender.phone.map(|phone| phone.digits().to_owned()).as_deref(), Some("250788000001"));
    let nameless = message("text_user_id_only.json");
    assert_eq!((nameless.sender.phone, nameless.sender.user_id.as_deref()), (None, Some("RW.1349abc")));
    assert_eq!(nameless.sender.username.as_deref(), Some("alice.k"));
    let Content::Tap(tap) = message("button_reply.json").content else { panic!("a tap") };
    assert_eq!((tap.id.as_str(), tap.title.as_str()), ("jobs/yes", "Yes"));
    assert_eq!(message("button_reply.json").quotes.as_deref(), Some("wamid.OURS1"));
    assert_eq!(message("placeholder.json").kind, Kind::Placeholder);
    assert_eq!(message("placeholder.json").wamid, message("placeholder_filled.json").wamid);
    assert_eq!(message("echo.json").kind, Kind::Echo);
    assert_eq!(message("standby.json").kind, Kind::Standby);
    assert_eq!(message("history.json").kind, Kind::History);
    assert_eq!(message("group.json").kind, Kind::Silent);
    let sample = message("dashboard_sample.json");
    assert_eq!((sample.kind, sample.sender.phone, sample.sender.user_id), (Kind::Silent, None, None));
    let Some(Item::Identity(change)) = item("number_changed.json").into_iter().next() else { panic!("a change") };
    assert_eq!(change.after.phone.map(|phone| phone.digits().to_owned()).as_deref(), Some("250788000002"));
    assert_eq!(change.after.user_id.as_deref(), Some("RW.new"));
    let Some(Item::Status(failed)) = item("status_failed.json").into_iter().next() else { panic!("a status") };
    assert_eq!((failed.reference.as_deref(), failed.error.map(|error| error.0)), (Some("42"), Some(131_047)));
    assert_eq!(failed.failure, Some(Failure::Window));
    let Some(Item::Status(delivered)) = item("status_delivered.json").into_iter().next() else { panic!("a status") };
    assert_eq!(delivered.failure, None);
    assert_eq!(message("lone_surrogate.json").content, Content::Text("half \u{fffd} emoji".into()));
    assert_eq!(item("batch.json").len(), 5);
}
