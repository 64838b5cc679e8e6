//! Inputs to begin with: what readers read in earnest.

use std::path::{Path, PathBuf};

use serde_json::json;
use switchboard_kit::agents::{built, root};

fn files(folder: &Path, ending: &str) -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|found| found == ending));
    files.sort();
    files.into_iter().map(|file| std::fs::read(file).expect("a file")).collect()
}

fn owned(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Bodies as Meta sends them, statuses among them.
pub(super) fn bodies() -> Vec<Vec<u8>> {
    files(&root().join("host/tests/corpus"), "json")
}

pub(super) fn signatures() -> Vec<Vec<u8>> {
    let digits = "0123456789abcdef".repeat(4);
    owned(&[&format!("sha256={digits}"), &format!("SHA256={digits}"), "sha1=00", "", "sha256="])
}

/// Components: small ones, and the beginning of a real one.
pub(super) fn components() -> Vec<Vec<u8>> {
    let texts = [
        "(component)",
        "(component (core module (func (local i32 i64)) (memory 1) (table 1 funcref)))",
        "(component (core module $m (memory 1)) (core instance (instantiate $m)))",
        "(component (component $c (core module $m)) (instance $i (instantiate $c)) (alias export $i \"x\" (instance)))",
        "(component (import \"a:b/c@1.0.0\" (instance (export \"f\" (func (param \"x\" string) (result (list u8)))))))",
        "(component (component $c (core module $m) (core instance (instantiate $m)) (core instance (instantiate $m))) \
         (instance (instantiate $c)) (instance (instantiate $c)))",
        "(module (func) (start 0))",
    ];
    // One of them is not valid: the rest are.
    let mut components: Vec<Vec<u8>> = texts.iter().filter_map(|text| wat::parse_str(text).ok()).collect();
    components.push(built("support")[..32 << 10].to_vec());
    components
}

pub(super) fn manifests() -> Vec<Vec<u8>> {
    let mut manifests = vec![std::fs::read(root().join("plugins.toml")).expect("a manifest")];
    manifests.push(
        b"directory = \".\"\n[limits]\nfuel = 1\n[unlisted]\nenabled = true\n[[agent]]\nname = \"a\"\nupdate = \"canary\"\n\
          canary = [{ percent = 5, hours = 2, max_error_percent = 1 }]\nsettings = { a = \"b\" }\n"
            .to_vec(),
    );
    manifests
}

/// Flag documents and lists of people.
pub(super) fn flags() -> Vec<Vec<u8>> {
    owned(&[
        r#"{"unifiedServiceEnabled":true,"unifiedServiceRolloutPercent":12.5,"agentFlags":{"jobs":true},"features":{"x":false}}"#,
        r#"{"include":["+250788000001","RW.1"],"exclude":[]}"#,
        "{}",
    ])
}

pub(super) fn scripts() -> Vec<Vec<u8>> {
    let agents = std::fs::read_dir(root().join("agents")).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = agents.map(|agent| agent.path().join("conversations")).collect();
    folders.sort();
    folders.iter().flat_map(|folder| files(folder, "txt")).collect()
}

/// What people write.
pub(super) fn texts() -> Vec<Vec<u8>> {
    // What is built once counts for no input.
    switchboard_understand::prepare();
    let mut texts: Vec<Vec<u8>> = Vec::new();
    for file in files(&root().join("host/tests/router"), "tsv") {
        let text = String::from_utf8(file).expect("text");
        let said = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split('\t').next_back());
        texts.extend(said.map(|said| said.as_bytes().to_vec()));
    }
    texts.extend(owned(&[
        "tomorrow at 8:30, 2 brochettes for 50 000-100k RWF near Kimironko",
        "demain 14h, une chambre à 1,5M par mois",
        "ejo saa mbili, ibiro 20 by'ibirayi ku 500 frw",
        "kesho asubuhi, kilo 3 za nyama shilingi elfu tano",
        "call me on +250 788 000 001 or 0788-000-002",
        "help my house is on fire, ambulance",
        "stop",
    ]));
    texts
}

pub(super) fn phones() -> Vec<Vec<u8>> {
    owned(&[
        "+250788123456",
        "00250 788 123 456",
        "0788 123 456",
        "+55 31 98765-4321",
        "RW.1349abc",
        "+1 (555) 000-1111 and 0788123456",
    ])
}

/// A MIME type, a line break, and the first bytes of a file.
pub(super) fn heads() -> Vec<Vec<u8>> {
    let heads: [(&str, &[u8]); 8] = [
        ("image/jpeg", b"\xff\xd8\xff\xe0"),
        ("image/png", b"\x89PNG\r\n\x1a\n"),
        ("audio/ogg; codecs=opus", b"OggS"),
        ("video/mp4", b"\0\0\0\x18ftypmp42"),
        ("application/pdf", b"%PDF-1.7"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04"),
        ("text/plain", b"Muraho"),
        ("image/webp", b"RIFF\0\0\0\0WEBP"),
    ];
    heads.iter().map(|(mime, head)| [mime.as_bytes(), b"\n", head].concat()).collect()
}

/// Calls of a journal, in both formats.
pub(super) fn journals() -> Vec<Vec<u8>> {
    let calls = json!([
        { "name": "records.get", "ok": true, "args": "[\"a\"]", "result": "null", "micros": 3 },
        { "name": "records.put", "ok": false, "args": { "sha256": "00", "length": 70_000 }, "result": { "same_as": 0 }, "micros": 3 },
        { "name": "clock.now", "ok": true, "args": "[]", "result": { "same_as": 1 }, "micros": 0 },
    ]);
    vec![calls.to_string().into_bytes(), b"[]".to_vec()]
}

/// Answers of the model, of the Graph API and errors of both.
pub(super) fn answers() -> Vec<Vec<u8>> {
    let answers = [
        json!({ "candidates": [{ "content": { "role": "model", "parts": [{ "text": "Yes." },
            { "functionCall": { "name": "search", "args": { "words": "x" } }, "thoughtSignature": "aGk=" }] }, "finishReason": "STOP" }],
            "usageMetadata": { "promptTokenCount": 20, "candidatesTokenCount": 10, "totalTokenCount": 30 } }),
        json!({ "promptFeedback": { "blockReason": "SAFETY" } }),
        json!({ "candidates": [{ "finishReason": "MAX_TOKENS" }] }),
        json!({ "messages": [{ "id": "wamid.x", "message_status": "accepted" }], "contacts": [{ "input": "1", "wa_id": "1" }] }),
        json!({ "error": { "message": "(#131056) pair rate", "type": "OAuthException", "code": 131_056, "error_subcode": 1,
            "error_data": { "details": "Message to +250788000001 failed" }, "fbtrace_id": "x" } }),
    ];
    answers.iter().map(|answer| answer.to_string().into_bytes()).collect()
}
