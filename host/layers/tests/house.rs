//! The rules over the real workspace.

use std::path::Path;

use switchboard_layers::check::{broken, roots};
use switchboard_layers::house::HOUSE;
use switchboard_layers::source::Disk;

#[test]
fn every_rule_is_kept() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    assert!(!roots(&HOUSE, &Disk, &workspace).is_empty(), "no crate found below {}", workspace.display());
    let found = broken(&HOUSE, &Disk, &workspace).unwrap();
    assert!(found.is_empty(), "{} rules broken:\n{}", found.len(), found.join("\n"));
}
