//! The rules beside circles, each kept and broken.

mod common;

use std::path::Path;

use common::{files, graph};
use switchboard_layers::check::{broken, hubs};
use switchboard_layers::house::HOUSE;

/// What a small workspace breaks, with these files in place of its own.
fn found(changed: &[(&str, &str)]) -> Vec<String> {
    let mut workspace = files(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"agents/*\", \"host\", \"host/core\", \"host/store\", \"host/kit\"]\n[workspace.dependencies]\nsqlx = \"0.9\"\npg = { package = \"tokio-postgres\", version = \"0.7\" }",
        ),
        (
            "host/Cargo.toml",
            "[package]\nname = \"switchboard\"\n[dependencies]\nswitchboard-core.workspace = true\n[dev-dependencies]\nsqlx.workspace = true\nswitchboard-kit.workspace = true",
        ),
        ("host/src/lib.rs", "mod config;"),
        ("host/src/config.rs", "fn f() { std::env::var(\"HOME\"); }"),
        ("host/core/Cargo.toml", "[package]\nname = \"switchboard-core\""),
        ("host/core/src/lib.rs", "#[cfg(test)] mod tests { fn f() { std::env::var(\"wa_id\"); } }"),
        ("host/store/Cargo.toml", "[package]\nname = \"switchboard-store\"\n[dependencies]\nsqlx.workspace = true"),
        ("host/store/src/lib.rs", ""),
    ]);
    workspace.extend(files(changed));
    broken(&HOUSE, &workspace, Path::new("")).expect("a workspace that parses")
}

fn manifest(name: &str, dependencies: &str) -> String {
    format!("[package]\nname = \"{name}\"\n{dependencies}")
}

#[test]
fn a_clean_workspace() {
    assert_eq!(found(&[]), Vec::<String>::new());
}

#[test]
fn a_dependency_of_another_crate() {
    let renamed = manifest("switchboard-core", "[target.'cfg(unix)'.dependencies]\npg.workspace = true");
    let only = "host/core/Cargo.toml: only switchboard-store may depend on tokio-postgres";
    assert_eq!(found(&[("host/core/Cargo.toml", &renamed)]), [only]);
    let wasi = manifest("switchboard-store", "[dependencies]\nwasmtime-wasi = \"48\"");
    let only = "host/store/Cargo.toml: only switchboard-sandbox may depend on wasmtime-wasi";
    assert_eq!(found(&[("host/store/Cargo.toml", &wasi)]), [only]);
}

#[test]
fn a_dependency_upwards() {
    let up = manifest("switchboard-core", "[dependencies]\nswitchboard-store = { path = \"../store\" }");
    let not = "host/core/Cargo.toml: switchboard-core must not depend on switchboard-store";
    assert_eq!(found(&[("host/core/Cargo.toml", &up)]), [not]);
    let kit = manifest("switchboard", "[dependencies]\nswitchboard-kit.workspace = true");
    let not = "host/Cargo.toml: switchboard must not depend on switchboard-kit";
    assert_eq!(found(&[("host/Cargo.toml", &kit)]), [not]);
}

#[test]
fn a_crate_without_rules() {
    let members = "[workspace]\nmembers = [\"host/other\"]";
    let add = "host/other/Cargo.toml: this crate has no rules; add it to host/layers/src/house.rs";
    assert_eq!(found(&[("Cargo.toml", members)]), [add]);
}

#[test]
fn the_environment_read_elsewhere() {
    let code = "use std::env;\nfn f() { env::var_os(\"A\"); }\n#[derive(Parser)]\nstruct Args {\n  #[arg(long, env = \"B\")]\n  b: u8,\n}\nfn g() { env::args(); EnvFilter::from_default_env(); }";
    let expected = [
        "host/store/src/lib.rs:2: env::var_os reads the environment",
        "host/store/src/lib.rs:5: clap env reads the environment",
        "host/store/src/lib.rs:8: EnvFilter::from_default_env reads the environment",
    ];
    assert_eq!(found(&[("host/store/src/lib.rs", code)]), expected);
}

#[test]
fn metas_json_elsewhere() {
    let code = "/// messaging_product\nfn f() { json!({ \"messaging_product\": 1 }); g(\"$.wa_id\"); g(\"wa_ids\") }\n#[derive(Deserialize)]\nstruct S { wa_id: String }\nstruct T { wa_id: String }";
    let expected = [
        "host/store/src/lib.rs:2: \"messaging_product\" is Meta's JSON",
        "host/store/src/lib.rs:2: \"wa_id\" is Meta's JSON",
        "host/store/src/lib.rs:4: \"wa_id\" is Meta's JSON",
    ];
    assert_eq!(found(&[("host/store/src/lib.rs", code)]), expected);
}

#[test]
fn a_circle_in_a_crate() {
    let found = found(&[
        ("host/store/src/lib.rs", "mod a;\npub struct Store(a::A);"),
        ("host/store/src/a.rs", "pub struct A;\nfn f(_: crate::Store) {}"),
    ]);
    let starts: Vec<&str> = found.iter().filter_map(|finding| finding.lines().next()).collect();
    let expected = [
        "switchboard-store: circle of 2 top-level modules: a, crate",
        "switchboard-store: circle of 2 modules: crate, a",
    ];
    assert_eq!(starts, expected);
}

#[test]
fn a_module_that_most_import() {
    let most = graph(&[
        ("lib.rs", "mod a;\nmod b;\nmod c;\nmod types;\nmod error;"),
        ("types.rs", "pub struct T;"),
        ("error.rs", "pub struct E;"),
        ("a.rs", "use crate::{types::T, error::E};"),
        ("b.rs", "use crate::{types::T, error::E};"),
        ("c.rs", "use crate::{types::T, error::E};"),
    ]);
    assert_eq!(hubs(&most, &["error"]), ["types is imported by 3 of the 5 other modules (types.rs)"]);
    let half = graph(&[
        ("lib.rs", "mod a;\nmod b;\nmod c;\nmod types;"),
        ("types.rs", "pub struct T;"),
        ("a.rs", "use crate::types::T;"),
        ("b.rs", "use crate::types::T;"),
        ("c.rs", ""),
    ]);
    assert_eq!(hubs(&half, &[]), Vec::<String>::new());
}

/// Code of so many lines: a function with one statement a line, and the lines of its signature and its brace.
fn function(lines: usize) -> String {
    format!("fn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2))
}

#[test]
fn a_file_that_is_too_long() {
    let (most, more) = ("\n".repeat(400), "\n".repeat(401));
    let long = |path: &str| format!("{path}: 401 lines, of at most 400: find its second subject and give that a file");
    for path in ["host/store/src/lib.rs", "host/tests/it/a.rs", "agents/jobs/src/a.rs"] {
        assert_eq!(found(&[(path, &more)]), [long(path)]);
        assert_eq!(found(&[(path, &most)]), Vec::<String>::new());
    }
    let others = ["host/store/a.md", "host/target/a.rs", "tools/a.rs"];
    assert_eq!(found(&others.map(|path| (path, more.as_str()))), Vec::<String>::new());
}

#[test]
fn a_function_that_is_too_long() {
    let long =
        |line: usize| format!("host/store/src/lib.rs:{line}: the function f has 81 lines, of at most 80: split it");
    assert_eq!(found(&[("host/store/src/lib.rs", &function(81))]), [long(1)]);
    assert_eq!(found(&[("host/store/src/lib.rs", &function(80))]), Vec::<String>::new());
    for (before, after, line) in [
        ("struct S;\nimpl S {\n", "}", 3),
        ("trait T {\n", "}", 2),
        ("mod inner {\n", "}", 2),
        ("/// What it does.\n#[inline]\npub async ", "", 3),
        ("fn outer() {", "}", 1),
    ] {
        let code = format!("{before}{}{after}", function(81));
        let first = found(&[("host/store/src/lib.rs", &code)]).pop();
        assert_eq!(first, Some(long(line)), "{before}");
    }
    let test = format!("#[cfg(test)]\nmod tests {{\n{}}}\n#[test]\n{}", function(81), function(81));
    assert_eq!(
        found(&[("host/store/src/lib.rs", &test), ("host/kit/src/lib.rs", &function(81))]),
        Vec::<String>::new()
    );
}
