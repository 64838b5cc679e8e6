//! What Meta tells of the business account, and operators who try the receivers.

use serde_json::{Value, json};

use super::deliver;
use super::told::{Told, Watch, lines};
use switchboard_kit::stage::{SECRET, Stage};

/// Bodies as Meta sends them; each gives the problem and the alert of its meaning.
#[tokio::test]
async fn what_meta_tells_of_the_account() {
    let mut watch = Watch::new(Stage::new(&["support"])).await;
    watch.stage.start().await;
    let template = |field: &str, value: Value| {
        let mut value = value;
        value["message_template_id"] = json!(1_689_556_908_129_832_i64);
        value["message_template_name"] = json!("hello");
        value["message_template_language"] = json!("en");
        (field.to_owned(), value)
    };
    let cases = [
        (
            (
                "account_update".to_owned(),
                json!({ "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": "SCHEDULE_FOR_DISABLE", "waba_ban_date": "January 31, 2027" } }),
            ),
            "account_restricted",
            "SwitchboardAccountRestricted/102290129340398",
            "SCHEDULE_FOR_DISABLE",
        ),
        (
            (
                "account_alerts".to_owned(),
                json!({ "entity_id": 1, "alert_severity": "CRITICAL", "alert_status": "ACTIVE", "alert_type": "OBA_REVIEW", "alert_description": "look" }),
            ),
            "account_alert",
            "SwitchboardAccountAlert/102290129340398",
            "OBA_REVIEW",
        ),
        (
            (
                "phone_number_quality_update".to_owned(),
                json!({ "display_phone_number": "124545784358810", "event": "FLAGGED", "current_limit": "TIER_10K" }),
            ),
            "number_quality",
            "SwitchboardNumberQuality/…8810",
            "TIER_10K",
        ),
        (
            template("message_template_status_update", json!({ "event": "PAUSED", "reason": "low quality" })),
            "template_stopped",
            "SwitchboardTemplateStopped/hello:en",
            "low quality",
        ),
        (
            template(
                "template_category_update",
                json!({ "previous_category": "UTILITY", "new_category": "MARKETING" }),
            ),
            "template_category",
            "SwitchboardTemplateCategory/hello:en",
            "MARKETING",
        ),
    ];
    let body = |(field, value): &(String, Value), time: i64| json!({ "object": "whatsapp_business_account", "entry": [{ "id": "102290129340398", "time": time, "changes": [{ "field": field, "value": value }] }] });
    let now = jiff::Timestamp::now().as_second();
    for (change, name, alert, words) in &cases {
        // Meta delivers twice: it is one notice.
        for _ in 0..2 {
            assert_eq!(deliver(&watch.stage, SECRET, &body(change, now)).await, 200);
        }
        watch.all_say(name, alert, words).await;
        assert_eq!(lines(&watch.log, &format!("field=\"{}\"", change.0)), 1, "one line");
    }
    let metrics = watch.stage.metrics(0).await;
    for (change, ..) in &cases {
        let series = format!("switchboard_meta_notices_total{{field=\"{}\"}} 1", change.0);
        assert!(metrics.contains(&series), "{series}: {metrics:?}");
    }
    let yellow = template(
        "message_template_quality_update",
        json!({ "previous_quality_score": "GREEN", "new_quality_score": "YELLOW" }),
    );
    assert_eq!(deliver(&watch.stage, SECRET, &body(&yellow, now)).await, 200);
    assert_eq!(watch.stage.count("select count(*) from meta_notice").await, 6);
    assert_eq!(
        watch
            .stage
            .count("select count(*) from meta_notice where body like '%124545784358810%' or subject like '%12454%'")
            .await,
        0
    );
    // Meta takes it back.
    let back = (
        "account_update".to_owned(),
        json!({ "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": "REINSTATE" } }),
    );
    assert_eq!(deliver(&watch.stage, SECRET, &body(&back, now + 1)).await, 200);
    watch.is_over("SwitchboardAccountRestricted/102290129340398").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_tries_the_receivers() {
    let mut stage = Stage::new(&["support"]);
    let none = stage.run(&["alerts", "test"]);
    assert!(!none.status.success() && String::from_utf8_lossy(&none.stderr).contains("set ALERT_WEBHOOK_URL"));
    let told = Told::start(&mut stage).await;
    let tried = stage.run(&["alerts", "test"]);
    let said = String::from_utf8_lossy(&tried.stdout).into_owned();
    assert!(tried.status.success() && said.contains("webhook: accepted (HTTP 200)"), "{said}");
    let word = told.find("SwitchboardTest", "test").expect("a test");
    assert_eq!((&word["host"], &word["environment"]), (&json!("host-a"), &json!("production")));
    // Another key: the webhook refuses it, and the command says so.
    stage.set("ALERT_WEBHOOK_SECRET", "another");
    let tried = stage.run(&["alerts", "test"]);
    let said = String::from_utf8_lossy(&tried.stdout).into_owned();
    assert!(!tried.status.success() && said.contains("webhook: refused: ") && said.contains("401"), "{said}");
}
