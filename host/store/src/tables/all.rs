//! All tables.

use std::sync::LazyLock;

use super::{agents, business, description::Table, desk, path, people, unified};

/// All tables, each after those that it refers to.
pub static ALL: LazyLock<Vec<&'static Table>> = LazyLock::new(|| {
    [people::TABLES, path::TABLES, unified::TABLES, agents::TABLES, desk::TABLES, business::TABLES].concat()
});
