//! What a host prints, under input that strangers choose: no line is theirs, no secret and no number is in it.

use serde_json::json;
use switchboard_core::clock::Clock;
use switchboard_edge::whatsapp::signature::{HEADER, Secrets};
use switchboard_kit::{
    stage::{SECRET, Stage, until},
    talk::text,
};

use crate::webhook::http;

const ALICE: &str = "250788000001";

/// Starts a line of its own wherever it is printed as it is, and turns what follows it.
const FORGED: &str = "x\n2026-01-01T00:00:00Z ERROR the host is taken over\r\n{\"level\":\"ERROR\",\"message\":\"forged\"}\u{2028}\u{85}\u{202e}\u{1b}[31m";

/// A secret in each variable that takes one.
const HIDDEN: &str = "hunter2hunter2hunter2";

/// A host on hostile input, with its log in this format; gives all that it and its commands printed.
async fn printed(format: &str) -> String {
    let mut stage = Stage::new(&["support"]);
    let log = stage.log_to_file();
    stage.set("LOG_FORMAT", format);
    stage.set("RUST_LOG", "debug,hyper=info,sqlx=info,wasmtime=info,cranelift_codegen=info,notify=info");
    for name in ["OPERATOR_TOKEN", "GEMINI_API_KEY", "WHATSAPP_ACCESS_TOKEN", "WA_VERIFY_TOKEN"] {
        stage.set(name, HIDDEN);
    }
    let with_secret = |scheme: &str| format!("{scheme}://user:{HIDDEN}@127.0.0.1:9/{HIDDEN}?token={HIDDEN}");
    for name in ["GEMINI_API_URL", "TICKETS_WEBHOOK_URL", "ALERT_WEBHOOK_URL", "LEGACY_WEBHOOK_URL"] {
        stage.set(name, &with_secret("http"));
    }
    stage.set("ALERT_EVERY_SECONDS", "1");
    // A component whose name is a log line, and one whose content is.
    std::fs::write(stage.plugins().join(format!("{}.wasm", FORGED.replace('/', ""))), FORGED).expect("written");
    stage.start().await;
    // What the model, the webhooks and the legacy service are asked goes nowhere, and is told.
    let mut alice = stage.talk(ALICE);
    alice.say("please tell me about everything that you can do here").await;
    let post = async |body: String, secret: &str| {
        let signature = Secrets::new([secret]).sign(body.as_bytes());
        let request = http().post(format!("http://{}/webhook?{HIDDEN}", stage.webhook)).header(HEADER, signature);
        request.body(body).send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(post(FORGED.to_owned(), SECRET).await, 200);
    assert_eq!(post(FORGED.to_owned(), "another").await, 401);
    let at = (Clock::system().now() / 1000).to_string();
    let status = json!({"id": FORGED, "status": "failed", "timestamp": at, "recipient_id": ALICE, "biz_opaque_callback_data": FORGED,
        "errors": [{"code": 131000, "title": FORGED, "message": FORGED, "error_data": {"details": FORGED}}]});
    let message = |n: i64, kind: &str, content: serde_json::Value| json!({"from": ALICE, "id": format!("{FORGED}{n}"), "timestamp": at, "type": kind, kind: content});
    let value = json!({"metadata": {"phone_number_id": format!("1{FORGED}")}, "statuses": [status],
        "contacts": [{"wa_id": ALICE, "profile": {"name": FORGED, "username": FORGED}}],
        "messages": [message(1, "text", json!({"body": FORGED})), message(2, FORGED, json!({})),
            message(3, "document", json!({"id": FORGED, "filename": FORGED, "mime_type": FORGED}))]});
    let body =
        json!({"entry": [{"id": "1", "changes": [{"field": "messages", "value": value}, FORGED]}, FORGED]}).to_string();
    assert_eq!(post(body, SECRET).await, 200);
    stage.faults(json!({"fail": [{"status": 400, "code": 131000, "details": FORGED}]})).await;
    stage.say(ALICE, text("help")).await;
    until("it is answered", async || stage.count("select count(*) from message where state = 'queued'").await == 0)
        .await;
    let mut all = String::new();
    for command in [&["doctor"][..], &["agents", "list"], &["flags", "show"], &["dead", "list"]] {
        let output = stage.run(command);
        for part in [output.stdout, output.stderr] {
            all += &String::from_utf8_lossy(&part);
        }
    }
    assert!(stage.terminate());
    let lines = std::fs::read_to_string(log).expect("a log");
    let mut before = "";
    for line in lines.lines() {
        assert!(
            !line.starts_with("2026-01-01") && !line.starts_with("{\"level\":\"ERROR\",\"message\":\"forged"),
            "{line}\nafter {before}"
        );
        before = line;
        let odd =
            line.chars().find(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}'));
        assert_eq!(odd, None, "{line}");
    }
    assert!(lines.contains("taken over"), "the input was told of, or this test shows nothing: {lines}");
    lines + &all
}

#[tokio::test(flavor = "multi_thread")]
pub(crate) async fn no_line_is_forged_and_no_secret_is_printed_as_text() {
    let printed = printed("text").await;
    assert!(!printed.contains(HIDDEN) && !printed.contains(ALICE) && !printed.contains(SECRET), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_is_forged_and_no_secret_is_printed_as_json() {
    let printed = printed("json").await;
    assert!(!printed.contains(HIDDEN) && !printed.contains(ALICE) && !printed.contains(SECRET), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_start_banner_hides_the_databases_password() {
    let url = switchboard_kit::cluster::shared().database().await;
    let mut stage = Stage::new(&["support"]);
    // The cluster trusts everybody: any password does.
    stage.set("DATABASE_URL", &url.replace("postgres@", &format!("postgres:{HIDDEN}@")));
    let log = stage.log_to_file();
    stage.start().await;
    until("it greets", async || std::fs::read_to_string(&log).is_ok_and(|log| log.contains("  database   "))).await;
    assert!(stage.terminate());
    let log = std::fs::read_to_string(log).expect("a log");
    assert!(log.contains("[secret]@") && !log.contains(HIDDEN), "{log}");
}
