//! What breaks the contract's release, and what does not.

use std::path::Path;

use switchboard_contract_check::{ContractError, Wit, check, check_folder};

const RELEASED: &str = include_str!("../../../agents-wit/released/1.0.0/agent.wit");

/// The release with one text in place of another that stands in it once, as the version 1.1.0.
fn next(old: &str, new: &str) -> String {
    assert_eq!(RELEASED.matches(old).count(), 1, "{old}");
    RELEASED.replace(old, new).replace("agent@1.0.0;", "agent@1.1.0;")
}

fn checked(current: &str) -> Result<(), ContractError> {
    check(Wit { name: "released", text: RELEASED }, Wit { name: "current", text: current })
}

fn breaks(old: &str, new: &str) {
    let outcome = checked(&next(old, new));
    assert!(matches!(outcome, Err(ContractError::Broken { .. })), "{old} → {new}: {outcome:?}");
}

fn grows(old: &str, new: &str) {
    let current = next(old, new);
    checked(&current).unwrap_or_else(|error| panic!("{old} → {new}: {error}"));
    // The same without a new version is refused.
    let outcome = checked(&current.replace("agent@1.1.0;", "agent@1.0.0;"));
    assert!(matches!(outcome, Err(ContractError::Unversioned { .. })), "{old} → {new}: {outcome:?}");
}

/// The last line of the world before its exports.
const LAST_IMPORT: &str = "    import model;\n";

#[test]
fn the_contract_of_today_keeps_its_releases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../agents-wit");
    let (_, kept) = check_folder(&folder).expect("it keeps them");
    assert!(kept.iter().any(|version| version.to_string() == "1.0.0"));
}

#[test]
fn a_changed_shape_breaks_it() {
    breaks("        hundredths: u64,", "        hundredths: u32,");
    breaks(
        "        currency: string,\n    }\n\n    // ---- The turn",
        "        currency: string,\n        exact: bool,\n    }\n\n    // ----",
    );
    breaks("    enum speaker { person, agent }", "    enum speaker { person, agent, host }");
    breaks("    enum speaker { person, agent }", "    enum speaker { agent, person }");
    breaks("        unsupported(string),", "        unsupported(string),\n        poll(string),");
    breaks("    cancel: func(key: string)", "    cancel: func(name: string)");
    breaks(
        "    cancel: func(key: string) -> result<_, problem>;",
        "    cancel: func(key: string) -> result<bool, problem>;",
    );
    breaks("    local: func(at: u64) -> local-time;", "");
    breaks(LAST_IMPORT, "");
    breaks(
        "export handle: func(turn: turn) -> result<outcome, failure>;",
        "export handle: func(turn: turn) -> outcome;",
    );
}

#[test]
fn more_or_fewer_exports_break_it() {
    breaks("    export describe: func() -> profile;\n", "");
    breaks(
        "    export describe: func() -> profile;\n",
        "    export describe: func() -> profile;\n    export stop: func();\n",
    );
}

#[test]
fn a_new_interface_and_a_new_function_are_growth() {
    let payments = "/// More.\ninterface payments {\n    ask: func(hundredths: u64) -> result<string, string>;\n}\n\nworld agent {";
    let text = next("world agent {", payments);
    checked(&text).expect("an interface that the world does not import changes nothing");
    let text = text.replace(LAST_IMPORT, "    import model;\n    import payments;\n");
    checked(&text).expect("an interface more");
    grows("    cancel: func(key: string)", "    all: func() -> list<string>;\n    cancel: func(key: string)");
    // A type that only a new function uses.
    grows(
        "    /// Great-circle distance.",
        "    record box { a: point, b: point }\n    within: func(box: box) -> list<place>;\n    /// Great-circle distance.",
    );
}

#[test]
fn comments_and_a_patch_version_change_nothing() {
    checked(RELEASED).expect("it keeps itself");
    checked(&RELEASED.replace("/// Great-circle distance.", "/// The distance.")).expect("a comment");
    checked(&RELEASED.replace("agent@1.0.0;", "agent@1.0.1;")).expect("a patch version");
}

#[test]
fn a_version_before_the_release_is_refused() {
    let outcome = checked(&RELEASED.replace("agent@1.0.0;", "agent@0.9.0;"));
    assert!(matches!(outcome, Err(ContractError::Older { .. })), "{outcome:?}");
}

/// Each field, case and function of the release in turn gets another name: all of them are held.
#[test]
fn no_line_of_the_release_may_change() {
    let mut renamed = 0;
    for (number, line) in RELEASED.lines().enumerate() {
        let code = line.trim();
        let name_ends = code.find([':', '(', ',']).unwrap_or(0);
        let is_item = line.starts_with("    ") && !code.starts_with("//") && code.ends_with([',', ';']);
        let (name, rest) = code.split_at(name_ends);
        let is_name = !name.is_empty() && name.chars().all(|sign| sign.is_ascii_alphanumeric() || "-%".contains(sign));
        if !is_item || !is_name {
            continue;
        }
        let changed = format!("    {name}-x{rest}");
        let lines: Vec<&str> =
            RELEASED.lines().enumerate().map(|(at, line)| if at == number { changed.as_str() } else { line }).collect();
        let outcome = checked(&lines.join("\n").replace("agent@1.0.0;", "agent@1.1.0;"));
        assert!(matches!(outcome, Err(ContractError::Broken { .. })), "{}: {line}: {outcome:?}", number + 1);
        renamed += 1;
    }
    assert!(renamed > 250, "only {renamed} lines were tried");
}

/// Tool chains read `agents-wit` as one package by way of `docs/examples/wit/deps`: the releases below it are none of it.
#[test]
fn the_releases_do_not_become_a_part_of_the_package() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut resolve = wit_parser::Resolve::default();
    resolve.push_dir(root.join("docs/examples/wit")).expect("the example's world is read");
    let mut resolve = wit_parser::Resolve::default();
    resolve.push_dir(root.join("agents-wit")).expect("the contract is read");
    assert_eq!(resolve.packages.len(), 1);
}
