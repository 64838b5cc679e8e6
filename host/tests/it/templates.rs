//! The account's templates: listed, checked, and sent as Meta wants them.

use serde_json::{Value, json};
use switchboard_kit::stage::{Stage, until};

/// Templates as Meta has them: an approved one with every part, one that is paused, one that was rejected.
fn templates() -> Value {
    let body = json!({ "type": "BODY", "text": "Your visit is on {{day}} at {{hour}}." });
    let header = json!({ "type": "HEADER", "format": "TEXT", "text": "Hello {{1}}" });
    let url = json!({ "type": "URL", "text": "Open", "url": "https://example.rw/{{1}}" });
    let buttons = json!({ "type": "BUTTONS", "buttons": [{ "type": "QUICK_REPLY", "text": "I come" }, url] });
    json!([
        { "name": "visit", "language": "en", "status": "APPROVED", "category": "UTILITY",
          "quality_score": { "score": "GREEN" }, "rejected_reason": "NONE", "components": [header, body, buttons] },
        { "name": "news", "language": "en", "status": "PAUSED", "category": "MARKETING",
          "components": [{ "type": "BODY", "text": "News" }] },
        { "name": "offer", "language": "fr", "status": "REJECTED", "category": "MARKETING",
          "rejected_reason": "ABUSIVE_CONTENT", "components": [] },
    ])
}

async fn stage() -> Stage {
    let mut stage = Stage::new(&["support"]);
    stage.set("WHATSAPP_BUSINESS_ACCOUNT_ID", "102290129340398");
    let emulator = format!("http://{}", stage.emulator);
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    until("the emulator listens", async || http.get(&emulator).send().await.is_ok()).await;
    let set = http.put(format!("{emulator}/emulator/templates")).json(&templates()).send().await;
    assert!(set.is_ok_and(|answer| answer.status().is_success()));
    stage
}

fn said(stage: &Stage, arguments: &[&str]) -> String {
    let output = stage.run(arguments);
    String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8")
}

#[tokio::test]
async fn templates_are_listed_and_shown() {
    let stage = stage().await;
    let listed = said(&stage, &["templates", "list"]);
    let lines: Vec<&str> = listed.lines().collect();
    let expected = [
        "news:en  PAUSED, MARKETING",
        "offer:fr  REJECTED, because ABUSIVE_CONTENT, MARKETING",
        "visit:en  APPROVED, UTILITY, quality GREEN",
    ];
    assert_eq!(lines, expected, "over pages, by name");
    let shown = said(&stage, &["templates", "show", "visit"]);
    assert!(shown.contains("body: Your visit is on {{day}} at {{hour}}."), "{shown}");
    let needs = "needs: header {{1}}, body {{day}}, body {{hour}}, button 0 (quick_reply), button 1 (url) {{1}}";
    assert!(shown.contains(needs), "{shown}");
    let json: Value = serde_json::from_str(&said(&stage, &["templates", "list", "--json"])).expect("JSON");
    assert_eq!((&json[2]["name"], &json[2]["status"]), (&json!("visit"), &json!("APPROVED")));
    assert!(said(&stage, &["templates", "show", "nothing"]).contains("the account has no template `nothing`"));
}

#[tokio::test]
async fn doctor_says_which_templates_are_not_usable() {
    let mut stage = stage().await;
    stage.set("NOTICE_TEMPLATE", "news:en");
    let told = said(&stage, &["doctor", "--production"]);
    assert!(told.contains("NOTICE_TEMPLATE names news:en, which is PAUSED"), "{told}");
    stage.set("NOTICE_TEMPLATE", "visit:fr");
    let told = said(&stage, &["doctor", "--production"]);
    assert!(told.contains("NOTICE_TEMPLATE names visit:fr, and the account has no such template"), "{told}");
    stage.set("NOTICE_TEMPLATE", "visit:en");
    assert!(said(&stage, &["doctor", "--production"]).contains("visit:en is approved"));
}
