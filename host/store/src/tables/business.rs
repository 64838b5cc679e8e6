//! What is the business's own, and what hosts tell each other.

use super::description::{Copy, Life, Owner, Period, Schema, Since, Table, code, id, of_hosts, table, technical};

pub(super) const TABLES: &[&Table] = &[
    &BUSINESS_NUMBER,
    &INSTALLATION,
    &CONFIG_AUDIT,
    &DEAD_AUDIT,
    &AUDIT,
    &REFUSED_DELIVERY,
    &OPERATOR,
    &OPERATOR_SESSION,
    &WRITE_PROBE,
    &APP_CONFIG,
    &AGENT_CONFIGS,
    &COMPONENT_VERSION,
    &COMPONENT_SIGNATURE,
    &ROLLOUT,
    &ROLLOUT_DECISION,
    &CHANGE,
    &DUTY,
    &COMPONENT,
    &HOST_STATUS,
    &BACKUP,
    &META_NOTICE,
    &REPLAY_RUN,
    &REPLAY_DIFFERENCE,
    &REPLAY_ACCEPTED,
    &FIGURE_SLOT,
    &FIGURE_COUNTED,
];

const BUSINESS_NUMBER: Table = Table {
    copy: Copy::Replace,
    ..table(
        "business_number",
        Schema::Own,
        Owner::Business,
        &[
            code("business"),
            technical("name"),
            technical("token_ref"),
            technical("legacy_url"),
            technical("created_at"),
            technical("rests_until"),
            technical("rest_reason"),
            technical("rest_since"),
            technical("status_at"),
            technical("taken_at"),
            technical("languages"),
            technical("agents"),
            technical("hours"),
            technical("notice_template"),
            technical("removed_at"),
        ],
    )
};

/// References at Meta carry it: it moves with the outbox.
const INSTALLATION: Table = Table {
    copy: Copy::Replace,
    ..table("installation", Schema::Own, Owner::Business, &[id("id"), technical("created_at")])
};

/// Why an operator's list of numbers stays.
const LISTED: &str = "flags name whom the business itself put on a list: an operator takes them off; the history of flags is append-only";

/// Of the release before: a trigger moves its rows into `audit`.
const DEAD_AUDIT: Table = Table {
    life: Life::For { period: Period::Longest, since: Since::Millis("at"), key: "audit_id", which: "true" },
    ..table(
        "dead_audit",
        Schema::Own,
        Owner::Business,
        &[id("audit_id"), technical("at"), technical("who"), code("event"), code("kind"), id("letter_id")],
    )
};

/// What operators did stays as long as the reports of its time.
const AUDIT: Table = Table {
    life: Life::For { period: Period::Events, since: Since::Millis("at"), key: "audit_id", which: "true" },
    ..table(
        "audit",
        Schema::Own,
        Owner::Business,
        &[
            id("audit_id"),
            technical("at"),
            technical("who"),
            code("way"),
            code("act"),
            id("subject"),
            technical("before"),
            technical("after"),
        ],
    )
};

/// What strangers may have made up; the latest are kept.
const REFUSED_DELIVERY: Table = Table {
    life: Life::For { period: Period::Deduplication, since: Since::Millis("at"), key: "at", which: "true" },
    ..of_hosts("refused_delivery", &[id("wamid"), technical("at"), technical("host"), technical("times")])
};
/// Who may use the admin API and the console.
const OPERATOR: Table = table(
    "operator",
    Schema::Own,
    Owner::Business,
    &[
        code("name"),
        code("role"),
        technical("token_hash"),
        technical("password_hash"),
        technical("created_at"),
        technical("created_by"),
        technical("revoked_at"),
        technical("used_at"),
    ],
);

/// Who is signed in at the console. Sessions of a file are not copied: everybody signs in again.
const OPERATOR_SESSION: Table = Table {
    life: Life::For { period: Period::Deduplication, since: Since::Millis("ends_at"), key: "ends_at", which: "true" },
    ..of_hosts(
        "operator_session",
        &[
            id("session_hash"),
            code("operator"),
            code("role"),
            technical("created_at"),
            technical("used_at"),
            technical("ends_at"),
        ],
    )
};

/// What a host writes to see whether anything can be stored.
const WRITE_PROBE: Table = of_hosts("write_probe", &[id("node"), technical("at"), technical("filler")]);

const CONFIG_AUDIT: Table = table(
    "config_audit",
    Schema::Own,
    Owner::Business,
    &[
        id("audit_id"),
        code("key"),
        technical("old").kept(LISTED),
        technical("new").kept(LISTED),
        technical("who"),
        technical("at"),
    ],
);

const APP_CONFIG: Table = table(
    "app_config",
    Schema::Public,
    Owner::Business,
    &[code("key"), technical("value").kept(LISTED), code("updated_at"), technical("updated_by")],
);

const AGENT_CONFIGS: Table = table(
    "ai_agent_configs",
    Schema::Public,
    Owner::Business,
    &[
        code("agent_type"),
        technical("name"),
        technical("description"),
        technical("system_prompt"),
        technical("keywords"),
        technical("tools"),
        technical("enabled"),
        technical("priority"),
        technical("config"),
        code("created_at"),
        code("updated_at"),
    ],
);

const COMPONENT_VERSION: Table = table(
    "component_version",
    Schema::Own,
    Owner::Business,
    &[
        id("sha256"),
        code("agent"),
        technical("body"),
        technical("seen_at"),
        technical("served_at"),
        technical("dropped_at"),
        technical("dropped_why"),
    ],
);

const COMPONENT_SIGNATURE: Table = table(
    "component_signature",
    Schema::Own,
    Owner::Business,
    &[id("sha256"), technical("signature"), technical("at")],
);

const ROLLOUT: Table = table(
    "rollout",
    Schema::Own,
    Owner::Business,
    &[
        code("name"),
        technical("plan"),
        code("state"),
        technical("step"),
        technical("step_since"),
        technical("percent"),
        id("candidate"),
        id("stable"),
        code("outcome"),
        technical("reason"),
        technical("who"),
        technical("figures"),
        technical("version"),
        technical("updated_at"),
        technical("looked_at"),
    ],
);

const ROLLOUT_DECISION: Table = table(
    "rollout_decision",
    Schema::Own,
    Owner::Business,
    &[
        id("decision_id"),
        code("name"),
        technical("at"),
        technical("who"),
        code("outcome"),
        technical("from_percent"),
        technical("to_percent"),
        technical("reason"),
        technical("figures"),
    ],
);

/// Postgres only.
const CHANGE: Table = of_hosts("change", &[code("topic"), technical("version")]);

/// Postgres only.
const DUTY: Table = of_hosts("duty", &[code("name"), technical("owner"), technical("until")]);

/// Postgres only.
const COMPONENT: Table =
    of_hosts("component", &[technical("file"), id("sha256"), technical("body"), technical("published_at")]);

const HOST_STATUS: Table = of_hosts(
    "host_status",
    &[
        technical("node"),
        technical("seen_at"),
        technical("clock_ahead_ms"),
        technical("percent"),
        technical("enabled"),
        technical("error"),
        technical("agents"),
        technical("files"),
    ],
);

/// A copy is another database, of which there is no backup.
const BACKUP: Table = of_hosts("backup", &[technical("name"), technical("at"), technical("file"), technical("bytes")]);

/// What Meta says of the account stays as long as the reports of its time.
const META_NOTICE: Table = Table {
    life: Life::For { period: Period::Events, since: Since::Millis("at"), key: "notice_id", which: "true" },
    ..table(
        "meta_notice",
        Schema::Own,
        Owner::Business,
        &[id("notice_id"), code("field"), code("event"), code("subject"), technical("at"), technical("body")],
    )
};

/// What replays said of versions stays as long as the reports of its time.
const REPLAY_RUN: Table = Table {
    life: Life::For { period: Period::Events, since: Since::Millis("at"), key: "run_id", which: "true" },
    ..table(
        "replay_run",
        Schema::Own,
        Owner::Business,
        &[
            id("run_id"),
            code("agent"),
            id("old_sha256"),
            id("new_sha256"),
            technical("at"),
            technical("who"),
            technical("turns"),
            technical("same"),
            technical("unknown"),
        ],
    )
};

/// It goes with its run.
const REPLAY_DIFFERENCE: Table = table(
    "replay_difference",
    Schema::Own,
    Owner::Business,
    &[id("run_id"), code("kind"), code("place"), technical("turns"), id("message_id")],
);

const REPLAY_ACCEPTED: Table = table(
    "replay_accepted",
    Schema::Own,
    Owner::Business,
    &[code("agent"), id("sha256"), code("kind"), technical("at"), technical("who")],
);

/// Kept as long as the events that they are counted from.
const FIGURE_SLOT: Table = Table {
    life: Life::For { period: Period::Events, since: Since::Millis("slot_at"), key: "slot_at", which: "true" },
    ..table(
        "figure_slot",
        Schema::Own,
        Owner::Business,
        &[technical("slot_at"), code("agent"), technical("within_ms"), technical("messages"), technical("errors")],
    )
};

const FIGURE_COUNTED: Table =
    table("figure_counted", Schema::Own, Owner::Business, &[code("name"), technical("until_ms")]);
