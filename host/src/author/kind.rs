//! The kinds of agents that are scaffolded, each with its files.

/// The kind of a new agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Rust: one function that answers a message.
    Rust,
    /// Rust: questions asked in order.
    Flow,
    /// Rust: people offer things and others find them.
    Board,
    /// JavaScript.
    Js,
    /// Python.
    Python,
    /// C.
    C,
}

/// A file of a scaffold: its path below the agent's folder, and its text with places such as `@name@`.
pub(super) type Template = (&'static str, &'static str);

const CARGO: Template = ("Cargo.toml", include_str!("templates/Cargo.toml.in"));

impl Kind {
    /// In words.
    pub fn about(self) -> &'static str {
        match self {
            Kind::Rust => "an agent in Rust",
            Kind::Flow => "an agent with a flow, in Rust",
            Kind::Board => "a board, in Rust",
            Kind::Js => "an agent in JavaScript",
            Kind::Python => "an agent in Python",
            Kind::C => "an agent in C",
        }
    }

    /// Whether it is built by cargo, with the SDK.
    pub(super) fn is_rust(self) -> bool {
        matches!(self, Kind::Rust | Kind::Flow | Kind::Board)
    }

    /// The capabilities that it is granted: those that its component imports.
    pub(super) fn capabilities(self) -> &'static [&'static str] {
        match self {
            Kind::Rust => &["log", "records"],
            Kind::Flow => &["log", "readings", "records"],
            Kind::Board => BOARD,
            Kind::Js | Kind::Python => &["log", "wasi"],
            Kind::C => &["log"],
        }
    }

    /// Its files.
    pub(super) fn templates(self) -> &'static [Template] {
        match self {
            Kind::Rust => &[
                CARGO,
                ("src/lib.rs", include_str!("templates/rust.rs.in")),
                ("conversations/first.txt", include_str!("templates/rust.txt.in")),
            ],
            Kind::Flow => &[
                CARGO,
                ("src/lib.rs", include_str!("templates/flow.rs.in")),
                ("conversations/first.txt", include_str!("templates/flow.txt.in")),
            ],
            Kind::Board => &[
                CARGO,
                ("src/lib.rs", include_str!("templates/board.rs.in")),
                ("conversations/first.txt", include_str!("templates/board.txt.in")),
            ],
            Kind::Js => &[
                ("agent.js", include_str!("templates/agent.js.in")),
                ("build.sh", include_str!("templates/js.sh.in")),
                ("wit/world.wit", include_str!("templates/world.wit.in")),
                ("conversations/first.txt", include_str!("templates/other.txt.in")),
            ],
            Kind::Python => &[
                ("agent.py", include_str!("templates/agent.py.in")),
                ("build.sh", include_str!("templates/python.sh.in")),
                ("wit/world.wit", include_str!("templates/world.wit.in")),
                ("conversations/first.txt", include_str!("templates/other.txt.in")),
            ],
            Kind::C => &[
                ("agent.c", include_str!("templates/agent.c.in")),
                ("build.sh", include_str!("templates/c.sh.in")),
                ("libc/libc.c", include_str!("templates/libc.c.in")),
                ("libc/stdlib.h", include_str!("templates/stdlib.h.in")),
                ("libc/string.h", include_str!("templates/string.h.in")),
                ("wit/world.wit", include_str!("templates/world.wit.in")),
                ("conversations/first.txt", include_str!("templates/other.txt.in")),
            ],
        }
    }
}

const BOARD: &[&str] = &["readings", "records", "listings", "applications", "matches", "outreach", "preferences"];
