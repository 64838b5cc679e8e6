//! Which components are trusted: signatures by keys of `plugins.toml`, and the lock of what runs.

use std::fs;

use sha2::{Digest, Sha256};
use switchboard_kit::{
    agents::{entry, rogue},
    cluster,
    minisign::Signer,
    stage::{Stage, program, until},
};
use switchboard_sandbox::plugins::{LockPolicy, Plugins, locked};

use crate::{
    api::{Operator, TOKEN},
    plugins::{Folder, ROGUE},
    swap::{another_version, replace},
};

/// A manifest that demands signatures by these keys.
fn signed(keys: &[(&str, &Signer)], entry: &str) -> String {
    let lines: String = keys.iter().map(|(name, key)| format!("{name} = {:?}\n", key.public_key())).collect();
    format!("require_signatures = true\n[keys]\n{lines}{entry}")
}

/// What is said of the file `rogue.wasm`; none if it serves.
async fn refusal(folder: &Folder) -> Option<String> {
    let plugins = Plugins::load_once(folder.config()).await.expect("a manifest");
    let refused = plugins.refusals().into_iter().find(|refused| refused.file == "rogue.wasm");
    let serves = plugins.current().get("rogue").is_some();
    assert_eq!(serves, refused.is_none());
    refused.map(|refused| refused.reason)
}

#[tokio::test]
async fn only_what_our_key_signed_serves() {
    let (ours, theirs) = (Signer::new(1, 1), Signer::new(2, 2));
    // Anyone who makes a key chooses its id.
    let forged = Signer::new(1, 2);
    let (wasm, other) = (rogue("rogue"), another_version(&rogue("rogue"), 1));
    let good = ours.sign(&wasm);
    let wrong = "its signature by `release` does not fit: the file was changed after it was signed";
    // What it is, the component, its signature, and the refusal.
    type Case<'a> = (&'a str, &'a [u8], Option<String>, Option<&'a str>);
    let cases: [Case<'_>; 9] = [
        ("signed by our key", &wasm, Some(good.clone()), None),
        (
            "unsigned",
            &wasm,
            None,
            Some("it is not signed, and plugins.toml has require_signatures: sign it with `minisign -Sm rogue.wasm`"),
        ),
        (
            "another key",
            &wasm,
            Some(theirs.sign(&wasm)),
            Some("by a key that may not sign it: plugins.toml lets `release` sign it"),
        ),
        ("another key under our key's id", &wasm, Some(forged.sign(&wasm)), Some(wrong)),
        ("changed after it was signed", &other, Some(good.clone()), Some(wrong)),
        ("the signature of another file", &wasm, Some(ours.sign(&other)), Some(wrong)),
        ("another trusted comment", &wasm, Some(good.replace("file:jobs.wasm", "file:rogue.wasm")), Some(wrong)),
        ("no signature at all", &wasm, Some("rubbish".to_owned()), Some("its signature is none that minisign writes")),
        ("an empty file", &wasm, Some(String::new()), Some("its signature is none that minisign writes")),
    ];
    for (what, bytes, signature, says) in cases {
        let folder = Folder::new(&signed(&[("release", &ours)], ROGUE));
        folder.put("rogue.wasm", bytes);
        if let Some(signature) = &signature {
            folder.put("rogue.wasm.minisig", signature.as_bytes());
        }
        let told = refusal(&folder).await;
        println!("{what:<32} {}", told.as_deref().unwrap_or("serves"));
        match says {
            None => assert_eq!(told, None, "{what}"),
            Some(says) => assert!(told.as_ref().is_some_and(|told| told.contains(says)), "{what}: {told:?}"),
        }
    }
    // An agent may name the keys that sign it, whether others must be signed or not.
    let entry = format!("{ROGUE}signed_by = [\"alice\"]\n");
    let text = signed(&[("release", &ours), ("alice", &theirs)], &entry).replace("require_signatures = true\n", "");
    let folder = Folder::new(&text);
    folder.put("rogue.wasm", &wasm);
    assert!(refusal(&folder).await.expect("refused").contains("it is not signed"));
    folder.put("rogue.wasm.minisig", good.as_bytes());
    assert!(refusal(&folder).await.expect("refused").contains("plugins.toml lets `alice` sign it"));
    folder.put("rogue.wasm.minisig", theirs.sign(&wasm).as_bytes());
    assert_eq!(refusal(&folder).await, None);
}

#[test]
fn a_manifest_with_wrong_keys_says_so() {
    let folder = Folder::new("");
    for (text, says) in [
        ("require_signatures = true\n".to_owned(), "[keys] names no public key"),
        ("[keys]\nrelease = \"RWQ\"\n".to_owned(), "`release` is no public key of minisign"),
        (format!("{ROGUE}signed_by = [\"bob\"]\n"), "signed_by names `bob`, which is not in [keys]"),
    ] {
        fs::write(folder.path("plugins.toml"), &text).expect("written");
        let told = Plugins::open(folder.config()).map(drop).expect_err(&text).to_string();
        assert!(told.contains(says), "{told}");
    }
}

#[tokio::test]
async fn a_key_that_is_replaced_ends_what_it_signed_and_a_late_signature_is_enough() {
    let (old, new) = (Signer::new(1, 1), Signer::new(1, 3));
    let wasm = rogue("rogue");
    let folder = Folder::new(&signed(&[("release", &old)], ROGUE));
    folder.put("rogue.wasm", &wasm);
    let plugins = Plugins::start(folder.config()).await.expect("it starts");
    assert!(plugins.current().get("rogue").is_none());
    let serves = async |expected: bool| {
        until("it serves, or does not", async || plugins.current().get("rogue").is_some() == expected).await;
    };
    folder.put("rogue.wasm.minisig", old.sign(&wasm).as_bytes());
    serves(true).await;
    assert_eq!(
        plugins.current().get("rogue").expect("it serves").about().signed_by.as_ref().expect("a key").name,
        "release"
    );
    fs::write(folder.path("plugins.toml"), signed(&[("release", &new)], ROGUE)).expect("written");
    serves(false).await;
    folder.put("rogue.wasm.minisig", new.sign(&wasm).as_bytes());
    serves(true).await;
}

#[tokio::test]
async fn what_asks_for_more_waits_until_it_is_allowed() {
    let folder = Folder::new(ROGUE);
    let begin = async |policy| {
        let plugins = Plugins::open(folder.config()).expect("a manifest");
        plugins.keep_lock(policy).expect("a lock");
        plugins.begin();
        plugins
    };
    // It logs nothing.
    let first = rogue("worse");
    folder.put("rogue.wasm", &first);
    let plugins = begin(LockPolicy::Ask).await;
    let version = async |plugins: &Plugins, wasm: &[u8]| {
        use sha2::Digest;
        let sha256 = hex::encode(sha2::Sha256::digest(wasm));
        until("the version serves", async || {
            plugins.current().get("rogue").is_some_and(|version| version.sha256() == sha256)
        })
        .await;
        sha256
    };
    version(&plugins, &first).await;
    let lock = locked(&folder.path("data")).expect("a lock");
    assert!(!lock["rogue"].capabilities.contains(&"log".to_owned()), "{lock:?}");
    assert_eq!(lock["rogue"].who, "file");
    // The same grants, other bytes: nothing is asked.
    let same = another_version(&first, 1);
    folder.put("rogue.wasm", &same);
    version(&plugins, &same).await;
    // It writes into its log, which it is granted and never used before.
    let second = rogue("rogue");
    folder.put("rogue.wasm", &second);
    let waits = || plugins.refusals().into_iter().find(|refused| refused.file == "rogue.wasm");
    until("it waits", async || waits().is_some()).await;
    let told = waits().expect("refused").reason;
    assert!(told.starts_with("it waits, for it newly asks for ") && told.contains("`log`"), "{told}");
    assert!(told.contains(": `switchboard agents allow rogue "), "{told}");
    version(&plugins, &same).await;
    // A restart does not let it in.
    drop(plugins);
    let plugins = begin(LockPolicy::Ask).await;
    let waits = || plugins.refusals().into_iter().any(|refused| refused.reason.contains("newly asks for"));
    until("it still waits", async || waits()).await;
    let allow = |arguments: &[&str]| {
        let mut command = program();
        command
            .current_dir(folder.path("."))
            .env("DATABASE_URL", "sqlite://data/x.db")
            .env("SWITCHBOARD_ENV", "development");
        let output =
            command.args(["agents", "allow", "rogue", "--as", "ada"]).args(arguments).output().expect("it runs");
        (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8"))
    };
    let (passed, told) = allow(&["0123456789ab"]);
    assert!(!passed && told.contains("another version: look at it again"), "{told}");
    let (passed, told) = allow(&[]);
    assert!(passed, "{told}");
    let sha256 = version(&plugins, &second).await;
    let lock = locked(&folder.path("data")).expect("a lock");
    assert_eq!((lock["rogue"].sha256.as_str(), lock["rogue"].who.contains("ada")), (sha256.as_str(), true), "{lock:?}");
    let mut shows = program();
    shows.current_dir(folder.path(".")).env("DATABASE_URL", "sqlite://data/x.db").env("SWITCHBOARD_ENV", "development");
    let shown = shows.args(["agents", "lock"]).output().expect("it runs");
    let shown = String::from_utf8(shown.stdout).expect("UTF-8");
    let line = format!("rogue              {}  not signed, let in by command:ada at ", &sha256[..12]);
    assert!(shown.starts_with(&line) && shown.ends_with("\n  log, records\n"), "{shown}");
    // In development nothing waits; what is not kept asks for nothing.
    folder.put("rogue.wasm", &first);
    version(&plugins, &first).await;
    drop(plugins);
    let plugins = begin(LockPolicy::Accept).await;
    folder.put("rogue.wasm", &another_version(&second, 2));
    version(&plugins, &another_version(&second, 2)).await;
}

/// Signatures go from host to host with components, and each host checks them by its own keys; an upload brings its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signatures_reach_every_host_and_come_with_uploads() {
    let (ours, theirs) = (Signer::new(1, 1), Signer::new(2, 2));
    let (first, second, third) =
        (rogue("rogue"), another_version(&rogue("rogue"), 1), another_version(&rogue("rogue"), 2));
    let mut stage = Stage::of_nodes(&[], 2);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    stage.set("OPERATOR_TOKEN", TOKEN);
    let manifest = signed(&[("release", &ours)], &entry("rogue", &["log", "records"]));
    fs::write(stage.folder().join("plugins.toml"), &manifest).expect("written");
    let here = stage.plugins();
    let there = stage.part_node(1);
    // The second host trusts another key beside ours.
    let both = signed(&[("release", &ours), ("partner", &theirs)], &entry("rogue", &["log", "records"]));
    fs::write(there.parent().expect("a folder").join("plugins.toml"), both).expect("written");
    fs::write(here.join("rogue.wasm.minisig"), ours.sign(&first)).expect("written");
    replace(&here.join("rogue.wasm"), &first);
    stage.start_node(0).await;
    stage.start_node(1).await;
    let sha256 = |wasm: &[u8]| hex::encode(Sha256::digest(wasm));
    let serves = async |node: usize, wasm: &[u8]| {
        let (operator, sha256) = (Operator::at(&stage, node), sha256(wasm));
        until("it serves", async || operator.get("/api/agents/rogue").await.1["sha256"] == sha256).await;
    };
    serves(0, &first).await;
    serves(1, &first).await;
    assert_eq!(fs::read_to_string(there.join("rogue.wasm.minisig")).expect("it came along"), ours.sign(&first));

    // What only the second host trusts serves there and is refused at the first.
    fs::write(there.join("rogue.wasm.minisig"), theirs.sign(&second)).expect("written");
    replace(&there.join("rogue.wasm"), &second);
    serves(1, &second).await;
    until("it is refused", async || {
        let problems = stage.health(0).await.1["problems"].to_string();
        problems.contains("rogue.wasm is refused: its signature is by a key that may not sign it")
    })
    .await;
    serves(0, &first).await;

    // An upload without a signature, with a wrong one, and with its own.
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let upload = async |signature: Option<String>| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(signature.map(|signature| ("signature", signature)));
        let url = format!("http://{}/api/agents/rogue?{}", stage.operator_of(0), query.finish());
        let sent = http.put(url).bearer_auth(TOKEN).body(third.clone()).send().await.expect("it answers");
        (sent.status().as_u16(), sent.text().await.expect("text"))
    };
    let (status, told) = upload(None).await;
    assert!(status == 422 && told.contains("it is not signed"), "{status} {told}");
    let (status, told) = upload(Some(ours.sign(&second))).await;
    assert!(status == 422 && told.contains("does not fit"), "{status} {told}");
    let (status, told) = upload(Some("x".repeat(5_000))).await;
    assert!(status == 400 && told.contains("at most 4096 bytes"), "{status} {told}");
    let (status, told) = upload(Some(ours.sign(&third))).await;
    assert_eq!(status, 200, "{told}");
    serves(0, &third).await;
    serves(1, &third).await;
}
