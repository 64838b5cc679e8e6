//! What is fuzzed: a reader each, and what holds of whatever it reads.

use axum::http::{HeaderMap, HeaderValue};
use bytes::Bytes;
use switchboard::{
    conversation::check_script,
    flags::{Document, Lists},
};
use switchboard_core::{
    phone::{Address, Phone, mask_numbers},
    text,
};
use switchboard_edge::{
    model::read_answer,
    webhook::payload,
    whatsapp::{
        client::outcome,
        files::kept_as,
        signature::{self, Secrets},
    },
};
use switchboard_sandbox::{
    agent::HostCall,
    plugins::{check_manifest, check_structure},
    route::command,
};
use switchboard_understand::{Analysis, Setting, acts, emergency, language, lexicon, words::Words};

use super::seeds;

/// A reader of foreign bytes.
pub(super) struct Target {
    pub(super) name: &'static str,
    /// The most bytes of an input.
    pub(super) bytes_max: usize,
    /// Inputs to begin with.
    pub(super) seeds: fn() -> Vec<Vec<u8>>,
    /// Reads an input; an error says what does not hold.
    pub(super) read: fn(&[u8]) -> Result<(), String>,
}

/// A text is as long as Meta lets people write one.
const TEXT: usize = 4 << 10;

const FILE: usize = 64 << 10;

/// All of them.
pub(super) const TARGETS: &[Target] = &[
    Target { name: "body", bytes_max: FILE, seeds: seeds::bodies, read: body },
    Target { name: "signature", bytes_max: FILE, seeds: seeds::signatures, read: signature },
    Target { name: "structure", bytes_max: FILE, seeds: seeds::components, read: structure },
    Target { name: "manifest", bytes_max: FILE, seeds: seeds::manifests, read: manifest },
    Target { name: "flags", bytes_max: FILE, seeds: seeds::flags, read: flags },
    Target { name: "script", bytes_max: FILE, seeds: seeds::scripts, read: script },
    Target { name: "journal", bytes_max: FILE, seeds: seeds::journals, read: journal },
    Target { name: "readings", bytes_max: TEXT, seeds: seeds::texts, read: readings },
    Target { name: "acts", bytes_max: TEXT, seeds: seeds::texts, read: said },
    Target { name: "terms", bytes_max: TEXT, seeds: seeds::texts, read: terms },
    Target { name: "clean text", bytes_max: TEXT, seeds: seeds::texts, read: clean },
    Target { name: "phone", bytes_max: TEXT, seeds: seeds::phones, read: phone },
    Target { name: "file type", bytes_max: FILE, seeds: seeds::heads, read: file_type },
    Target { name: "model answer", bytes_max: FILE, seeds: seeds::answers, read: model_answer },
    Target { name: "graph answer", bytes_max: FILE, seeds: seeds::answers, read: graph_answer },
];

/// The most readings, rows and terms of a text, however long it is.
const FEW: usize = 2_000;

fn holds(is_so: bool, what: &str) -> Result<(), String> {
    if is_so { Ok(()) } else { Err(what.to_owned()) }
}

fn lossy(input: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(input)
}

fn body(input: &[u8]) -> Result<(), String> {
    let read = || payload::parse(Bytes::copy_from_slice(input), 1_785_369_600_000, Some("1001"));
    let delivery = read();
    holds(delivery.body == input, "the raw body is kept")?;
    holds(format!("{:?}", delivery.items) == format!("{:?}", read().items), "the same body is read the same")?;
    holds(
        !delivery.items.is_empty() || delivery.unreadable.is_some() || input.len() < 4 << 10 || is_empty(input),
        "nothing is lost without a word",
    )
}

/// Whether a body is JSON in which there is nothing to read.
fn is_empty(input: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(input).is_ok()
}

fn signature(input: &[u8]) -> Result<(), String> {
    let Ok(value) = HeaderValue::from_bytes(input) else { return Ok(()) };
    let mut headers = HeaderMap::new();
    headers.insert(signature::HEADER, value);
    let Ok(claimed) = signature::from_headers(&headers) else { return Ok(()) };
    holds(input.len() == 71, "a signature has 64 digits")?;
    holds(Secrets::new(["s3cret"]).check(claimed, b"a body").is_err(), "no signature is guessed")?;
    holds(Secrets::new([""]).check(claimed, b"").is_err(), "without a secret nothing fits")
}

fn structure(input: &[u8]) -> Result<(), String> {
    let refused = check_structure(input).err().map(|refusal| refusal.to_string());
    holds(refused.is_none_or(|why| !why.trim().is_empty() && why.len() < 2_000), "a refusal says why, in short")
}

fn manifest(input: &[u8]) -> Result<(), String> {
    let refused = check_manifest(&lossy(input)).err().map(|error| error.to_string());
    holds(refused.is_none_or(|why| !why.trim().is_empty()), "a refusal says why")
}

fn flags(input: &[u8]) -> Result<(), String> {
    let text = lossy(input);
    if let Ok(document) = Document::parse(&text) {
        let percent = document.served_percent();
        holds((0.0..=100.0).contains(&percent), "a percentage is one")?;
    }
    let _ = Lists::parse(&text);
    Ok(())
}

fn script(input: &[u8]) -> Result<(), String> {
    let refused = check_script(&lossy(input)).err().map(|error| error.to_string());
    holds(refused.is_none_or(|why| why.starts_with("-:")), "a refusal names the line")
}

fn journal(input: &[u8]) -> Result<(), String> {
    let Ok(calls) = serde_json::from_slice::<Vec<HostCall>>(input) else { return Ok(()) };
    let _ = calls.iter().filter_map(|call| call.result(&calls)).count();
    let again = serde_json::to_vec(&calls).map_err(|error| error.to_string())?;
    holds(
        serde_json::from_slice::<Vec<HostCall>>(&again).is_ok_and(|read| read == calls),
        "what is read is written alike",
    )
}

const SETTINGS: [Setting<'static>; 3] = [
    Setting { now: 1_785_369_600_000, zone: "Africa/Kigali", country: "RW", currency: "RWF", language: "rw" },
    Setting { now: 0, zone: "No/Where", country: "", currency: "", language: "" },
    Setting { now: u64::MAX, zone: "Pacific/Kiritimati", country: "KE", currency: "KES", language: "sw" },
];

fn readings(input: &[u8]) -> Result<(), String> {
    let text = lossy(input);
    let all = SETTINGS.map(|setting| switchboard_understand::read(&text, &setting));
    holds(all[0] == switchboard_understand::read(&text, &SETTINGS[0]), "the same text is read the same")?;
    holds(all.iter().all(|read| read.len() <= FEW), "a text has few readings")
}

fn said(input: &[u8]) -> Result<(), String> {
    let text = lossy(input);
    let analysis = Analysis::of(&text);
    let _ =
        (emergency::needed(&analysis), command::of(&text, false), command::of(&text, true), command::is_start(&text));
    let _ = (acts::whole(&text), lexicon::concepts_of(&text));
    let words = Words::of(&text);
    let _ = (acts::said(&words), language::evidence(&words));
    holds(analysis.text() == text, "what is analysed is the text")
}

fn terms(input: &[u8]) -> Result<(), String> {
    let (searched, listed) = switchboard_store::count_terms(&lossy(input));
    holds(searched <= FEW && listed <= FEW, &format!("a text has few terms: {searched} {listed}"))
}

fn clean(input: &[u8]) -> Result<(), String> {
    let said = lossy(input);
    let line = text::one_line(&said);
    holds(!line.chars().any(text::breaks_lines), "a line is one line")?;
    let stored = text::without_nul(&said);
    holds(!stored.as_deref().unwrap_or(&said).contains('\0'), "no NUL is stored")?;
    let json = serde_json::to_string(&*said).map_err(|error| error.to_string())?;
    let escaped = text::without_escaped_nul(&json).unwrap_or(json);
    let read: Result<String, _> = serde_json::from_str(&escaped);
    holds(read.is_ok_and(|read| !read.contains('\0')), "JSON without NULs is JSON")?;
    holds(text::stems(&said).len() <= FEW.max(said.len()), "stems are bounded")?;
    let _ = (text::fold(&said), text::is_blank(&said));
    Ok(())
}

fn phone(input: &[u8]) -> Result<(), String> {
    let said = lossy(input);
    for country in [None, Some("RW"), Some("BR"), Some("??")] {
        let Ok(phone) = Phone::parse_in(&said, country) else { continue };
        holds(phone.digits().bytes().all(|digit| digit.is_ascii_digit()), "a number has digits only")?;
        holds((7..=15).contains(&phone.digits().len()), "a number has as many digits as E.164 allows")?;
        holds(Phone::parse(&phone.e164()).is_ok_and(|again| again == phone), "a number's form is read as that number")?;
        holds(!format!("{phone} {phone:?}").contains(phone.digits()), "a number is masked when it is shown")?;
    }
    let _ = Address::parse(&said);
    let masked = mask_numbers(&said);
    let longest = masked.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    holds(longest < 7, "no number is left in a masked text")?;
    holds(mask_numbers(&masked) == masked, "what is masked stays as it is")
}

fn file_type(input: &[u8]) -> Result<(), String> {
    let at = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (mime, head) = (lossy(&input[..at]), &input[(at + 1).min(input.len())..]);
    let kept = kept_as(&mime, head);
    let is_program = head.starts_with(b"MZ") || head.starts_with(b"\x7fELF") || head.starts_with(b"#!/");
    // Words may begin like a program of DOS.
    holds(!is_program || kept.is_none_or(|kept| kept.starts_with("text/")), "no program is kept as a picture")?;
    holds(kept.is_none() || !head.is_empty(), "nothing is no file")
}

fn model_answer(input: &[u8]) -> Result<(), String> {
    let _ = read_answer(input);
    Ok(())
}

fn graph_answer(input: &[u8]) -> Result<(), String> {
    for status in [200, 400, 429, 500] {
        let shown = format!("{:?}", outcome(status, input));
        let is_json = serde_json::from_slice::<serde_json::Value>(input).is_ok();
        holds(is_json || !shown.starts_with("Sent"), "what is no JSON says of no message that it was sent")?;
        holds(shown.len() < 4_000, "an error is short")?;
    }
    Ok(())
}
