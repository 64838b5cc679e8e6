//! The audit as one list: acts, changes of flags and lists, decisions on rollouts, merges. It shows no words of people and no numbers:
//! of the lists only how many stand on them.

use serde::Serialize;
use serde_json::Value;
use switchboard_core::act::Actor;
use switchboard_store::{ActRow, ConfigChange, Store, StoreError};

use crate::flags;

/// How many acts are listed if nobody says otherwise.
pub const LIMIT: usize = 100;

/// The most acts in one answer.
pub const LIMIT_MAX: usize = 1_000;

/// Rows of the first page that is read; each next one is four times as long.
const PAGE: i64 = 1_000;

/// The most rows that are looked through.
const ROWS_MAX: i64 = 64_000;

/// Which acts are meant: those that fit all that is given.
#[derive(Clone, Debug, Default)]
pub struct AuditChoice {
    /// From this time on, in milliseconds.
    pub since: i64,
    /// Before this time, in milliseconds; none: until now.
    pub before: Option<i64>,
    /// The operator's name.
    pub who: Option<String>,
    /// The act, or what it begins with: `dead.retry`, `dead`.
    pub act: Option<String>,
    /// What it was done to.
    pub subject: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// A human act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// When, in ISO 8601.
    pub at: String,
    /// The operator's name, `controller` or `file` for the host itself, or a role of the database.
    pub who: String,
    /// `command`, `api`, `console`, `host` or `sql`.
    pub way: String,
    /// What was done: `flags.change`, `rollout.held`, `person.forget`.
    pub act: String,
    /// What it was done to.
    pub subject: String,
    /// What it was before.
    pub before: Option<String>,
    /// What it is since.
    pub after: Option<String>,
}

impl AuditChoice {
    fn fits(&self, entry: &AuditEntry) -> bool {
        let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        let act = self.act.as_deref().is_none_or(|wanted| {
            let rest = entry.act.strip_prefix(wanted.trim_end_matches('.'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        same(&self.who, &entry.who) && same(&self.subject, &entry.subject) && act
    }
}

/// The acts that are meant, the latest first.
pub async fn read(store: &Store, choice: &AuditChoice) -> Result<Vec<AuditEntry>, StoreError> {
    let mut rows_max = PAGE;
    loop {
        let rows = store.acts(choice.since, choice.before.unwrap_or(i64::MAX), rows_max).await?;
        let is_all = (rows.len() as i64) < rows_max || rows_max >= ROWS_MAX;
        let mut entries: Vec<AuditEntry> = rows.into_iter().map(entry).filter(|entry| choice.fits(entry)).collect();
        if is_all || entries.len() >= choice.limit {
            entries.truncate(choice.limit);
            return Ok(entries);
        }
        rows_max *= 4;
    }
}

/// A row as it is shown.
fn entry(row: ActRow) -> AuditEntry {
    let ActRow { at, who, way, act, subject, before, after } = row;
    let (who, way) = if way.is_empty() {
        let Actor { name, way } = Actor::parse(&who);
        (name, way.as_str().to_owned())
    } else {
        (who, way)
    };
    let at = jiff::Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| at.to_string());
    let (act, subject, before, after) = match act.as_str() {
        "flags.change" if subject == flags::people::KEY => {
            ("flags.lists".to_owned(), subject, before.as_deref().map(listed), after.as_deref().map(listed))
        }
        "flags.change" => {
            let (before, after) = changed(before, after);
            (act, subject, before, after)
        }
        // An agent's rollout is named `agent:jobs`.
        _ => match (act.strip_prefix("rollout."), subject.strip_prefix("agent:")) {
            (Some(outcome), Some(agent)) => {
                (format!("agents.{outcome}"), agent.to_owned(), before.map(percent), after.map(percent))
            }
            (Some(_), None) => (act, subject, before.map(percent), after.map(percent)),
            (None, _) => (act, subject, before, after),
        },
    };
    AuditEntry { at, who, way, act, subject, before, after }
}

/// `1.0` and `1` as `1 %`.
fn percent(text: String) -> String {
    text.parse::<f64>().map_or(text, |percent| format!("{percent} %"))
}

/// How many stand on each list.
fn listed(json: &str) -> String {
    let lists: Value = serde_json::from_str(json).unwrap_or_default();
    let count = |name: &str| lists[name].as_array().map_or(0, Vec::len);
    format!("allow {}, deny {}", count("allow"), count("deny"))
}

/// What a change of the flags' row changed: each path with the value before, and after.
fn changed(old: Option<String>, new: Option<String>) -> (Option<String>, Option<String>) {
    let (had, has) = (old.is_some(), new.is_some());
    if !had || !has {
        let row = |there: bool| there.then(|| "a row".to_owned());
        return (row(had), row(has));
    }
    let change = ConfigChange { at: 0, who: String::new(), old, new };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for difference in flags::difference(&change) {
        let Some((old, new)) = difference.split_once(" → ") else { continue };
        let path = old.split_once(' ').map_or("", |(path, _)| path);
        // The databases write whole numbers differently.
        let plain = |value: &str| value.parse::<f64>().map_or_else(|_| value.to_owned(), |number| number.to_string());
        let old = old.strip_prefix(path).unwrap_or(old).trim_start();
        after.push(format!("{path} {}", plain(new)).trim_start().to_owned());
        before.push(format!("{path} {}", plain(old)).trim_start().to_owned());
    }
    (Some(before.join(", ")), Some(after.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(who: &str, act: &str, subject: &str, before: Option<&str>, after: Option<&str>) -> ActRow {
        ActRow {
            at: 0,
            who: who.to_owned(),
            way: String::new(),
            act: act.to_owned(),
            subject: subject.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        }
    }

    #[test]
    fn each_source_is_shown_as_an_act_without_numbers() {
        let flags = (r#"{"agentFlags": {"jobs": true}, "x": 1}"#, r#"{"agentFlags": {"jobs": false}, "x": 1}"#);
        let lists = (r#"{"allow": []}"#, r#"{"allow": ["250788000001"], "deny": []}"#);
        for (row, act, subject, who, before, after) in [
            (
                row("command:ann as owner", "flags.change", "unified_service_flags", Some(flags.0), Some(flags.1)),
                "flags.change",
                "unified_service_flags",
                "command:ann",
                Some("agentFlags.jobs true"),
                Some("agentFlags.jobs false"),
            ),
            (
                row("sql", "flags.change", "unified_service_people", Some(lists.0), Some(lists.1)),
                "flags.lists",
                "unified_service_people",
                "sql:sql",
                Some("allow 0, deny 0"),
                Some("allow 1, deny 0"),
            ),
            (
                row("api", "flags.change", "unified_service_flags", None, Some(flags.0)),
                "flags.change",
                "unified_service_flags",
                "api:operator",
                None,
                Some("a row"),
            ),
            (
                row("controller", "rollout.advanced", "service", Some("1.0"), Some("10")),
                "rollout.advanced",
                "service",
                "host:controller",
                Some("1 %"),
                Some("10 %"),
            ),
            (
                row("cli:bob", "rollout.pinned", "agent:jobs", None, Some("100")),
                "agents.pinned",
                "jobs",
                "command:bob",
                None,
                Some("100 %"),
            ),
        ] {
            let entry = entry(row);
            let shown = (entry.act.as_str(), entry.subject.as_str(), format!("{}:{}", entry.way, entry.who));
            assert_eq!(shown, (act, subject, who.to_owned()));
            assert_eq!((entry.before.as_deref(), entry.after.as_deref()), (before, after), "{act}");
        }
    }

    #[test]
    fn an_act_is_chosen_by_its_part_or_whole() {
        let entry = entry(row("api:ann", "dead.retry", "reply 1", None, None));
        for (act, fits) in [("dead", true), ("dead.", true), ("dead.retry", true), ("dea", false), ("desk", false)] {
            let choice = AuditChoice { act: Some(act.to_owned()), ..AuditChoice::default() };
            assert_eq!(choice.fits(&entry), fits, "{act}");
        }
        for (who, fits) in [("ann", true), ("bob", false)] {
            assert_eq!(AuditChoice { who: Some(who.to_owned()), ..AuditChoice::default() }.fits(&entry), fits);
        }
    }
}
