//! The parser of Meta's notices about the account, its numbers and its templates.

use serde_json::{Map, Value, json};

use crate::whatsapp::json::{list, text};
use switchboard_core::{
    meta_notice::{FIELDS, MetaNotice},
    phone::mask_numbers,
};

/// What is kept of a notice beside its event, wherever in it that stands.
const KEPT: [&str; 22] = [
    "waba_ban_state",
    "waba_ban_date",
    "restriction_type",
    "expiration",
    "violation_type",
    "remediation",
    "current_limit",
    "old_limit",
    "max_daily_conversations_per_business",
    "reason",
    "recommendation",
    "title",
    "description",
    "disable_date",
    "previous_quality_score",
    "new_quality_score",
    "previous_category",
    "new_category",
    "correct_category",
    "alert_severity",
    "alert_status",
    "alert_description",
];

/// Those of them that are texts, in which numbers are masked.
const TEXTS: [&str; 6] = ["remediation", "reason", "recommendation", "title", "description", "alert_description"];

/// The most characters that are kept of a text.
const TEXT_MAX: usize = 300;

/// The most characters of an event or a subject.
const NAME_MAX: usize = 120;

/// Reads a change of a field; none if the field brings no notice. `account` is the id of the account that it came for.
pub(super) fn read(field: &str, value: &Value, account: &str, at: i64) -> Option<MetaNotice> {
    FIELDS.iter().find(|known| known.name == field)?;
    let mut kept = Map::new();
    keep(value, &mut kept);
    let said = |key: &str| text(&value[key]);
    let event = match field {
        "message_template_quality_update" => said("new_quality_score"),
        "template_category_update" => said("new_category").or_else(|| said("correct_category")),
        "account_alerts" => said("alert_type").or_else(|| text(&value["alert_info"]["alert_type"])),
        _ => said("event"),
    };
    let event = event.unwrap_or_else(|| "unknown".to_owned());
    Some(MetaNotice {
        field: field.to_owned(),
        event: short(&event, NAME_MAX),
        subject: short(&subject(value).unwrap_or_else(|| account.to_owned()), NAME_MAX),
        at,
        body: Value::Object(kept).to_string(),
    })
}

/// What a notice is about; none if it is the account. Of a business number the end alone.
fn subject(value: &Value) -> Option<String> {
    if let Some(name) = text(&value["message_template_name"]).or_else(|| text(&value["message_template_id"])) {
        let language = text(&value["message_template_language"]).map(|language| format!(":{language}"));
        return Some(format!("{name}{}", language.unwrap_or_default()));
    }
    let number = ["display_phone_number", "phone_number"].iter().find_map(|key| text(&value[*key]))?;
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let end: String = digits[digits.len().saturating_sub(4)..].iter().collect();
    Some(format!("…{end}"))
}

/// Collects what is kept, from all objects and lists within.
fn keep(value: &Value, kept: &mut Map<String, Value>) {
    let Some(object) = value.as_object() else {
        return list(value).iter().for_each(|part| keep(part, kept));
    };
    for (key, part) in object {
        match part {
            Value::Object(_) | Value::Array(_) => keep(part, kept),
            Value::Null => {}
            _ if KEPT.contains(&key.as_str()) => {
                let said = text(part).unwrap_or_else(|| part.to_string());
                let said = short(&said, TEXT_MAX);
                let said = if TEXTS.contains(&key.as_str()) { mask_numbers(&said) } else { said };
                kept.entry(key.clone()).or_insert_with(|| json!(said));
            }
            _ => {}
        }
    }
}

fn short(text: &str, max: usize) -> String {
    text.replace('\0', "").chars().take(max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_gives_its_event_subject_and_reasons() {
        let template = |rest: Value| {
            let mut value = json!({ "message_template_id": 12_345_678, "message_template_name": "hello", "message_template_language": "he" });
            if let (Some(value), Some(rest)) = (value.as_object_mut(), rest.as_object()) {
                value.extend(rest.clone());
            }
            value
        };
        for (field, value, event, subject, body) in [
            (
                "account_update",
                json!({ "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": "SCHEDULE_FOR_DISABLE", "waba_ban_date": "January 31, 2021" } }),
                "DISABLED_UPDATE",
                "waba",
                json!({ "waba_ban_state": "SCHEDULE_FOR_DISABLE", "waba_ban_date": "January 31, 2021" }),
            ),
            (
                "account_update",
                json!({ "phone_number": "16505552771", "event": "ACCOUNT_RESTRICTION", "restriction_info": [{ "restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1_641_848_057 }] }),
                "ACCOUNT_RESTRICTION",
                "…2771",
                json!({ "restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": "1641848057" }),
            ),
            (
                "phone_number_quality_update",
                json!({ "display_phone_number": "124545784358810", "event": "FLAGGED", "current_limit": "TIER_10K" }),
                "FLAGGED",
                "…8810",
                json!({ "current_limit": "TIER_10K" }),
            ),
            (
                "message_template_status_update",
                template(
                    json!({ "event": "LOCKED", "other_info": { "title": "RATE_LIMITING_PAUSE", "description": "call +250 788 000 001" } }),
                ),
                "LOCKED",
                "hello:he",
                json!({ "title": "RATE_LIMITING_PAUSE", "description": "call [number]" }),
            ),
            (
                "message_template_quality_update",
                template(json!({ "previous_quality_score": "GREEN", "new_quality_score": "YELLOW" })),
                "YELLOW",
                "hello:he",
                json!({ "previous_quality_score": "GREEN", "new_quality_score": "YELLOW" }),
            ),
            (
                "template_category_update",
                template(json!({ "new_category": "MARKETING" })),
                "MARKETING",
                "hello:he",
                json!({ "new_category": "MARKETING" }),
            ),
            (
                "account_alerts",
                json!({ "entity_id": 123_456, "alert_info": { "alert_severity": "CRITICAL", "alert_type": "INCREASED_CAPABILITIES", "alert_description": "x" } }),
                "INCREASED_CAPABILITIES",
                "waba",
                json!({ "alert_severity": "CRITICAL", "alert_description": "x" }),
            ),
        ] {
            let notice = read(field, &value, "waba", 7).expect(field);
            assert_eq!((notice.event.as_str(), notice.subject.as_str(), notice.at), (event, subject, 7), "{field}");
            assert_eq!(serde_json::from_str::<Value>(&notice.body).expect("JSON"), body, "{field}");
        }
        assert_eq!(read("messages", &json!({ "event": "x" }), "waba", 7), None);
    }
}
