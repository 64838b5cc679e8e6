//! One text for each statement, in the words of Postgres; what SQLite says otherwise is put in its words here.
//!
//! | in the store's texts | on SQLite | on Postgres |
//! |---|---|---|
//! | `x::uuid`, `x::bigint`, … | `x` | as it is |
//! | `$1` | `?1` | as it is |
//! | `each(json)`: rows of an array, `key` and `value` | `json_each` | `switchboard.each` |
//! | `texts(json)`: its elements as texts, `value` | `json_each` | `switchboard.texts` |
//! | `x in (select value::bigint from texts(json) as t)`: keys of a list | `in (…)` | `= any (array(…))`, so that each is looked up by an index |
//! | `ms(time)`: milliseconds since 1970 | of an ISO 8601 text | `switchboard.ms` |
//! | `json_list(x)`: many values as an array | `json_group_array` | `json_agg` |
//! | `json_row(a, b, …)`: an array | `json_array` | `json_build_array` |
//! | `json_map(k, v)`: many pairs as an object | `json_group_object` | `json_object_agg` |
//! | `greatest(a, b)` | `max` | as it is |
//! | `instr(bytes, bytes)` | as it is | `switchboard.instr` |
//! | a table's name | as it is | with its schema: no `search_path` is relied on |

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

/// Functions that the two call differently: in the store's texts, on SQLite, on Postgres.
const FUNCTIONS: [(&str, &str, &str); 8] = [
    ("each", "json_each", "switchboard.each"),
    ("texts", "json_each", "switchboard.texts"),
    ("ms", "ms", "switchboard.ms"),
    ("json_list", "json_group_array", "json_agg"),
    ("json_row", "json_array", "json_build_array"),
    ("json_map", "json_group_object", "json_object_agg"),
    ("greatest", "max", "greatest"),
    ("instr", "instr", "switchboard.instr"),
];

/// Which database's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// Tables that the checklist and operators name; all others are the host's own.
const PUBLIC: [&str; 8] = [
    "app_config",
    "ai_agent_configs",
    "user_preferences",
    "unified_sessions",
    "unified_listings",
    "unified_applications",
    "unified_matches",
    "unified_agent_events",
];

/// The host's own tables.
const OWN: [&str; 27] = [
    "change",
    "component",
    "component_version",
    "config_audit",
    "delivery",
    "duty",
    "host_status",
    "identity",
    "journal",
    "lane",
    "listing_report",
    "listing_word",
    "message",
    "model_use",
    "notice",
    "opt_out",
    "outbox",
    "person",
    "person_merge",
    "record",
    "rollout",
    "rollout_decision",
    "saved_search",
    "secret",
    "status",
    "ticket",
    "ticket_word",
];

impl Dialect {
    /// A statement in this database's words. The texts are few and come again and again: each is made once.
    pub(super) fn native(self, text: &str) -> Arc<str> {
        type Known = LazyLock<RwLock<HashMap<String, Arc<str>>>>;
        static SQLITE: Known = LazyLock::new(RwLock::default);
        static POSTGRES: Known = LazyLock::new(RwLock::default);
        let known = match self {
            Dialect::Sqlite => &SQLITE,
            Dialect::Postgres => &POSTGRES,
        };
        if let Some(native) = known.read().unwrap_or_else(PoisonError::into_inner).get(text) {
            return native.clone();
        }
        let native: Arc<str> = self.translate(text).into();
        let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(text.to_owned()).or_insert(native).clone()
    }

    fn translate(self, text: &str) -> String {
        let mut native = String::with_capacity(text.len() + text.len() / 4);
        let (mut rest, mut before) = (text, "");
        while !rest.is_empty() {
            let (token, after) = rest.split_at(token(rest));
            rest = after;
            match self {
                Dialect::Sqlite if token.starts_with("::") => {}
                // There `$1` would be a name, counted as it comes.
                Dialect::Sqlite if token == "$" => native.push('?'),
                Dialect::Sqlite if token == "ms" && after.starts_with('(') => {
                    let (time, after) = after[1..].split_once(')').unwrap_or((&after[1..], ""));
                    native.push_str(&format!("cast(round(unixepoch({time}, 'subsec') * 1000) as integer)"));
                    rest = after;
                }
                _ if after.starts_with('(') => native.push_str(self.function(token)),
                Dialect::Postgres if ["from", "join", "into", "update"].contains(&before) => {
                    native.push_str(schema(token));
                    native.push_str(token);
                }
                _ => native.push_str(token),
            }
            if !token.trim().is_empty() {
                before = token;
            }
        }
        match self {
            Dialect::Sqlite => native,
            Dialect::Postgres => keys(&native),
        }
    }

    fn function(self, name: &str) -> &str {
        let names = FUNCTIONS.iter().find(|(ours, ..)| *ours == name);
        names.map_or(name, |(_, sqlite, postgres)| match self {
            Dialect::Sqlite => sqlite,
            Dialect::Postgres => postgres,
        })
    }
}

/// Lists of keys as arrays: a list in a subselect may be joined the other way round, with the whole table first.
fn keys(text: &str) -> String {
    let mut native = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, list)) = rest.split_once(" in (select value::bigint from switchboard.texts(") {
        let (json, after) = list.split_once(") as t)").unwrap_or((list, ""));
        native.push_str(before);
        native.push_str(&format!(" = any (array(select value::bigint from switchboard.texts({json}) as t))"));
        rest = after;
    }
    native.push_str(rest);
    native
}

/// The length of the first token: a quoted text, a cast, a word, or one character.
fn token(text: &str) -> usize {
    let word = |text: &str| text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    if let Some(quoted) = text.strip_prefix('\'') {
        return quoted.find('\'').map_or(text.len(), |end| end + 2);
    }
    if let Some(cast) = text.strip_prefix("::") {
        let name = word(cast);
        return 2 + name + if cast[name..].starts_with("[]") { 2 } else { 0 };
    }
    word(text).max(text.chars().next().map_or(0, char::len_utf8))
}

fn schema(table: &str) -> &'static str {
    if OWN.contains(&table) {
        "switchboard."
    } else if PUBLIC.contains(&table) {
        "public."
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_said_in_the_words_of_each() {
        let text =
            "update lane set at = greatest(ms(s.at), 'ms(x)::int' , value->>0)::bigint from unified_sessions as s
            join person using (person_id), each($1::jsonb) where lane.id in (select value::bigint from texts($2) as t)";
        assert_eq!(
            Dialect::Sqlite.translate(text),
            "update lane set at = max(cast(round(unixepoch(s.at, 'subsec') * 1000) as integer), 'ms(x)::int' , value->>0) from unified_sessions as s
            join person using (person_id), json_each(?1) where lane.id in (select value from json_each(?2) as t)"
        );
        assert_eq!(
            Dialect::Postgres.translate(text),
            "update switchboard.lane set at = greatest(switchboard.ms(s.at), 'ms(x)::int' , value->>0)::bigint from public.unified_sessions as s
            join switchboard.person using (person_id), switchboard.each($1::jsonb) where lane.id = any (array(select value::bigint from switchboard.texts($2) as t))"
        );
    }
}
