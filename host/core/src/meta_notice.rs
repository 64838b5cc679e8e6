//! Notices of Meta's about the account, its numbers and its templates, and which of them an operator must act on. Pure.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A notice, as a field of the webhook other than `messages` brings it. It holds nothing of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaNotice {
    /// The webhook's field, such as `account_update`.
    pub field: String,
    /// Meta's word for what happened, such as `DISABLED_UPDATE`.
    pub event: String,
    /// What it is about: the account's id, the end of a business number, a template and its language.
    pub subject: String,
    /// When, by Meta's clock, in milliseconds.
    pub at: i64,
    /// What else Meta says of it, as a JSON object: reasons, categories, dates.
    pub body: String,
}

/// What a notice means for the business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Warning {
    /// The account is restricted, banned, or not connected any more.
    Account,
    /// The quality of a number was lowered, and with it perhaps its limit.
    Number,
    /// A template is not sent any more, or soon not.
    Template,
    /// A template was put into another category, which has another price.
    Category,
    /// Another alert of Meta's about the account.
    Alert,
}

/// A field that is read: its name, what its warnings are, and for how long one stands that nothing takes back, in milliseconds.
pub struct Field {
    /// The webhook's field.
    pub name: &'static str,
    /// What its notices warn of.
    pub warns: Warning,
    /// Events that warn; `*` for all but those that take back.
    bad: &'static [&'static str],
    /// Events that take a warning back.
    good: &'static [&'static str],
    stands_ms: i64,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The fields that are read.
pub static FIELDS: [Field; 6] = [
    Field {
        name: "account_update",
        warns: Warning::Account,
        bad: &["DISABLED_UPDATE", "ACCOUNT_VIOLATION", "ACCOUNT_RESTRICTION", "ACCOUNT_DELETED", "PARTNER_REMOVED"],
        good: &["REINSTATE", "ACCOUNT_RECONNECTED", "PARTNER_ADDED"],
        stands_ms: 30 * DAY_MS,
    },
    Field {
        name: "account_alerts",
        warns: Warning::Alert,
        bad: &["*"],
        good: &["INFORMATIONAL", "NONE", "RESOLVED"],
        stands_ms: DAY_MS,
    },
    Field {
        name: "phone_number_quality_update",
        warns: Warning::Number,
        bad: &["FLAGGED", "DOWNGRADE"],
        good: &["UNFLAGGED", "UPGRADE", "ONBOARDING"],
        stands_ms: 7 * DAY_MS,
    },
    Field {
        name: "message_template_status_update",
        warns: Warning::Template,
        bad: &["REJECTED", "PAUSED", "DISABLED", "LOCKED", "FLAGGED", "PENDING_DELETION", "DELETED", "LIMIT_EXCEEDED"],
        good: &["APPROVED", "REINSTATED", "UNPAUSED", "UNLOCKED"],
        stands_ms: 7 * DAY_MS,
    },
    Field {
        name: "message_template_quality_update",
        warns: Warning::Template,
        bad: &["RED", "YELLOW"],
        good: &["GREEN", "UNKNOWN"],
        stands_ms: 7 * DAY_MS,
    },
    Field { name: "template_category_update", warns: Warning::Category, bad: &["*"], good: &[], stands_ms: DAY_MS },
];

/// The longest that a warning stands, in milliseconds.
pub const STANDS_MS_MAX: i64 = 30 * DAY_MS;

impl MetaNotice {
    /// The field that it came in, if it is one that is read.
    pub fn read_field(&self) -> Option<&'static Field> {
        FIELDS.iter().find(|field| field.name == self.field)
    }

    /// The word that decides: of a ban, its state, and of an alert, its severity, since they also take back.
    fn word(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let said = |key: &str| body[key].as_str().map(str::to_owned);
        let status = said("alert_status").filter(|status| status == "RESOLVED" || status == "NONE");
        let word = match self.field.as_str() {
            "account_update" if self.event == "DISABLED_UPDATE" => {
                said("waba_ban_state").filter(|state| state == "REINSTATE")
            }
            "account_alerts" => status.or_else(|| said("alert_severity")),
            _ => None,
        };
        word.unwrap_or_else(|| self.event.clone())
    }

    fn is_bad(&self, field: &Field) -> Option<bool> {
        let word = self.word();
        match () {
            () if field.good.contains(&word.as_str()) => Some(false),
            () if field.bad.iter().any(|bad| *bad == word || *bad == "*") => Some(true),
            () => None,
        }
    }

    /// Meta's words, for an operator: the event, and what else it says.
    pub fn words(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let parts = body.as_object().into_iter().flatten().map(|(key, value)| match value {
            Value::String(text) => format!("{key} {text}"),
            other => format!("{key} {other}"),
        });
        let parts: Vec<String> = parts.collect();
        match parts.is_empty() {
            true => self.event.clone(),
            false => format!("{} ({})", self.event, parts.join(", ")),
        }
    }
}

/// The warnings that stand at a time: of each field and subject the last word, unless it was taken back or is too old.
pub fn standing(notices: &[MetaNotice], now: i64) -> Vec<(Warning, &MetaNotice)> {
    let mut last: Vec<(&Field, &MetaNotice, bool)> = Vec::new();
    let mut sorted: Vec<&MetaNotice> = notices.iter().collect();
    sorted.sort_by_key(|notice| notice.at);
    for notice in sorted {
        let Some(field) = notice.read_field() else { continue };
        let Some(is_bad) = notice.is_bad(field) else { continue };
        last.retain(|(of, other, _)| of.name != field.name || other.subject != notice.subject);
        last.push((field, notice, is_bad));
    }
    let stands = |(field, notice, is_bad): &(&Field, &MetaNotice, bool)| *is_bad && now - notice.at < field.stands_ms;
    last.into_iter().filter(stands).map(|(field, notice, _)| (field.warns, notice)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(field: &str, event: &str, body: &str, at: i64) -> MetaNotice {
        MetaNotice { field: field.into(), event: event.into(), subject: "s".into(), at, body: body.into() }
    }

    #[test]
    fn the_last_word_of_a_subject_stands_until_it_is_old() {
        let words = |notices: &[MetaNotice], now: i64| {
            standing(notices, now)
                .into_iter()
                .map(|(warning, notice)| (warning, notice.event.clone()))
                .collect::<Vec<_>>()
        };
        let banned = notice("account_update", "DISABLED_UPDATE", r#"{"waba_ban_state":"SCHEDULE_FOR_DISABLE"}"#, 1);
        let back = notice("account_update", "DISABLED_UPDATE", r#"{"waba_ban_state":"REINSTATE"}"#, 2);
        let verified = notice("account_update", "VERIFIED_ACCOUNT", "{}", 3);
        assert_eq!(words(std::slice::from_ref(&banned), 9), [(Warning::Account, "DISABLED_UPDATE".to_owned())]);
        assert_eq!(words(&[banned.clone(), verified], 9).len(), 1, "another word takes nothing back");
        assert!(words(&[back, banned.clone()], 9).is_empty(), "in the order of their times");
        assert!(words(&[banned], 1 + 30 * DAY_MS).is_empty());
        for (field, event, body, warns) in [
            ("account_update", "ACCOUNT_VIOLATION", "{}", Some(Warning::Account)),
            ("account_update", "MM_LITE_TERMS_SIGNED", "{}", None),
            ("account_alerts", "OBA", r#"{"alert_severity":"CRITICAL"}"#, Some(Warning::Alert)),
            ("account_alerts", "OBA", r#"{"alert_severity":"INFORMATIONAL"}"#, None),
            ("account_alerts", "OBA", r#"{"alert_severity":"CRITICAL","alert_status":"RESOLVED"}"#, None),
            ("phone_number_quality_update", "FLAGGED", "{}", Some(Warning::Number)),
            ("phone_number_quality_update", "UPGRADE", "{}", None),
            ("message_template_status_update", "PAUSED", "{}", Some(Warning::Template)),
            ("message_template_status_update", "APPROVED", "{}", None),
            ("message_template_quality_update", "YELLOW", "{}", Some(Warning::Template)),
            ("template_category_update", "MARKETING", "{}", Some(Warning::Category)),
            ("flows", "FLOW_STATUS_CHANGE", "{}", None),
        ] {
            let found = words(&[notice(field, event, body, 0)], 1).first().map(|(warning, _)| *warning);
            assert_eq!(found, warns, "{field} {event} {body}");
        }
    }
}
