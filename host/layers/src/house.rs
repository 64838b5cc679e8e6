//! The crates of this workspace, and the rules that they keep, as data.

/// A crate below `host/`.
#[derive(Debug, Clone, Copy)]
pub struct Crate {
    /// Its name in Cargo.toml.
    pub name: &'static str,
    /// Its folder, from the workspace's root.
    pub folder: &'static str,
    /// The crates of this workspace that it may depend on.
    pub below: &'static [&'static str],
    /// Modules that may be imported by more than half of the others, by the last segment of their path.
    pub hubs: &'static [&'static str],
}

/// Dependencies that only one crate may have.
#[derive(Debug, Clone, Copy)]
pub struct Only {
    /// The beginnings of the dependencies' names.
    pub dependencies: &'static [&'static str],
    /// The crate.
    pub owner: &'static str,
}

/// How long files and functions may be.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// The folders whose Rust files keep it, from the workspace's root.
    pub folders: &'static [&'static str],
    /// The most lines of a file.
    pub file_lines: usize,
    /// The most lines of a function in a crate with rules.
    pub function_lines: usize,
}

/// A workspace's rules.
#[derive(Debug, Clone, Copy)]
pub struct House {
    /// The crates, the lowest first.
    pub crates: &'static [Crate],
    /// Folders below `host/` that keep no rule: the test kit, benchmarks, agents for tests, this tool.
    pub exempt: &'static [&'static str],
    /// Which crate alone may have which dependencies.
    pub only: &'static [Only],
    /// The file that reads the environment, or the folder of such files, from the workspace's root.
    pub environment: &'static [&'static str],
    /// Names of fields in Meta's JSON that nothing else has.
    pub meta_keys: &'static [&'static str],
    /// The crate that knows Meta's JSON.
    pub meta_owner: &'static str,
    /// How long files and functions may be.
    pub sizes: Sizes,
}

/// Errors, ids and time.
const HUBS: &[&str] = &["error", "errors", "id", "ids", "clock", "time"];

/// Words with their places, their scan and what they do in values: what all that reads a text begins with.
const UNDERSTAND_HUBS: &[&str] = &["words", "scan", "role"];

/// The frame and its languages: what every page stands in.
const CONSOLE_HUBS: &[&str] = &["frame", "language", "texts", "icons"];

/// Switchboard.
pub const HOUSE: House = House {
    crates: &[
        Crate { name: "switchboard-core", folder: "host/core", below: &[], hubs: HUBS },
        Crate {
            name: "switchboard-understand",
            folder: "host/understand",
            below: &["switchboard-core"],
            hubs: UNDERSTAND_HUBS,
        },
        Crate {
            name: "switchboard-sandbox",
            folder: "host/sandbox",
            below: &["switchboard-core", "switchboard-understand"],
            hubs: HUBS,
        },
        Crate {
            name: "switchboard-store",
            folder: "host/store",
            below: &["switchboard-core", "switchboard-understand"],
            hubs: HUBS,
        },
        Crate {
            name: "switchboard-edge",
            folder: "host/edge",
            below: &["switchboard-core", "switchboard-store"],
            hubs: HUBS,
        },
        Crate { name: "switchboard-otlp", folder: "host/otlp", below: &[], hubs: HUBS },
        Crate { name: "switchboard-console", folder: "host/console", below: &["switchboard-core"], hubs: CONSOLE_HUBS },
        Crate {
            name: "switchboard",
            folder: "host",
            below: &[
                "switchboard-console",
                "switchboard-core",
                "switchboard-understand",
                "switchboard-sandbox",
                "switchboard-store",
                "switchboard-edge",
                "switchboard-otlp",
            ],
            hubs: HUBS,
        },
    ],
    exempt: &["host/contract-check", "host/kit", "host/layers", "host/benches", "host/tests"],
    only: &[
        Only { dependencies: &["opentelemetry", "tracing-opentelemetry"], owner: "switchboard-otlp" },
        Only { dependencies: &["wasmtime"], owner: "switchboard-sandbox" },
        Only {
            dependencies: &[
                "sqlx",
                "rusqlite",
                "libsqlite3-sys",
                "tokio-postgres",
                "postgres-types",
                "postgres-protocol",
                "deadpool-postgres",
            ],
            owner: "switchboard-store",
        },
    ],
    environment: &["host/src/config.rs", "host/src/config/"],
    meta_keys: &[
        "biz_opaque_callback_data",
        "button_reply",
        "display_phone_number",
        "list_reply",
        "messaging_product",
        "nfm_reply",
        "phone_number_id",
        "recipient_type",
        "wa_id",
        "whatsapp_business_account",
    ],
    meta_owner: "switchboard-edge",
    sizes: Sizes { folders: &["host", "agents"], file_lines: 400, function_lines: 80 },
};
