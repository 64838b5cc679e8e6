//! Each way in which a circle can be written is found, and what is no circle is not.

mod common;

use std::path::Path;

use common::{files, graph};
use switchboard_layers::check::circles;
use switchboard_layers::graph::{Graph, SelfCalls};
use switchboard_layers::report;

/// The arrows between files as `from -> to: name@line`.
fn arrows(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for (&(from, to), uses) in &graph.arrows {
        let (from, to) = (graph.files[from].name(), graph.files[to].name());
        found.extend(uses.iter().map(|one| format!("{from} -> {to}: {}@{}", one.name, one.line)));
    }
    found.sort();
    found
}

/// The one circle of files, as text.
fn circle(sources: &[(&str, &str)]) -> String {
    let graph = graph(sources);
    let found = report::file_circles(&graph);
    assert_eq!(found.len(), 1, "{:?}", arrows(&graph));
    found[0].clone()
}

/// Fails if there is a circle.
fn clean(sources: &[(&str, &str)]) -> Vec<String> {
    let graph = graph(sources);
    assert_eq!(circles(&graph), Vec::<String>::new());
    arrows(&graph)
}

#[test]
fn a_path_without_use() {
    let found = circle(&[
        ("lib.rs", "mod a;\nmod b;"),
        ("a.rs", "pub struct A;\npub fn go() -> u8 { crate::b::go(A) }"),
        ("b.rs", "pub fn go(_: crate::a::A) -> u8 { 1 }"),
    ]);
    assert!(found.contains("a -> b\n    go  a.rs:2"), "{found}");
    assert!(found.contains("b -> a\n    A  b.rs:1"), "{found}");
}

#[test]
fn super_between_parent_and_child() {
    let found = circle(&[
        ("lib.rs", "mod room;"),
        ("room/mod.rs", "mod part;\npub struct Whole;\npub fn run() { part::run(&Whole) }"),
        ("room/part.rs", "pub fn run(_: &super::Whole) {}"),
    ]);
    assert!(found.contains("room -> room::part\n    run  room/mod.rs:3"), "{found}");
    assert!(found.contains("room::part -> room\n    Whole  room/part.rs:1"), "{found}");
}

#[test]
fn siblings_by_super_and_nested_use_trees_with_renames() {
    let found = circle(&[
        ("lib.rs", "mod room;"),
        ("room/mod.rs", "mod a;\nmod b;"),
        ("room/a.rs", "use super::{b::{self, B as Other}};\npub struct A(Other);\nfn f() { b::g() }"),
        ("room/b.rs", "pub struct B;\npub fn g() { let _ = self::super::a::f; }\n"),
    ]);
    assert!(found.contains("B  room/a.rs:1,2") && found.contains("g  room/a.rs:3"), "{found}");
    assert!(found.contains("room::b -> room::a\n    f  room/b.rs:2"), "{found}");
}

#[test]
fn through_a_re_export() {
    let sources = [
        ("lib.rs", "mod room;\nmod user;"),
        ("room/mod.rs", "mod a;\npub use a::{A, make as built};"),
        ("room/a.rs", "pub struct A;\npub fn make() -> A { crate::user::touch(); A }"),
        ("user.rs", "pub fn touch() {}\npub fn use_it() -> crate::room::A { crate::room::built() }"),
    ];
    let found = circle(&sources);
    assert!(found.starts_with("circle of 2 modules: room::a, user\n"), "{found}");
    assert!(found.contains("user -> room::a\n    A  user.rs:2\n    make  user.rs:2"), "{found}");
    // Also between the top-level modules.
    assert_eq!(report::room_circles(&graph(&sources)).len(), 1);
}

#[test]
fn through_a_glob_re_export() {
    let found = circle(&[
        ("lib.rs", "mod room;\nmod user;"),
        ("room/mod.rs", "mod a;\npub use self::a::*;"),
        ("room/a.rs", "pub struct A;\nfn go() { crate::user::touch() }"),
        ("user.rs", "use crate::room::*;\npub fn touch() {}\npub fn take(_: A) {}"),
    ]);
    assert!(found.starts_with("circle of 2 modules: room::a, user\n"), "{found}");
    assert!(found.contains("user -> room::a\n    A  user.rs:3"), "{found}");
}

#[test]
fn impl_blocks_over_several_files() {
    let found = circle(&[
        ("lib.rs", "mod thing;\nmod more;"),
        ("thing.rs", "pub struct Thing;\nimpl Thing { pub fn new() -> Self { Self::late() } }"),
        ("more.rs", "use crate::thing::Thing;\nimpl Thing { pub fn late() -> Self { Thing } }"),
    ]);
    assert!(found.contains("thing -> more\n    Thing::late  thing.rs:2"), "{found}");
    assert!(found.contains("more -> thing\n    Thing  more.rs:1,2"), "{found}");
}

#[test]
fn an_impl_block_points_to_its_type_and_trait() {
    let found = clean(&[
        ("lib.rs", "mod a;\nmod b;\nmod t;"),
        ("a.rs", "pub struct A;"),
        ("t.rs", "pub trait T {}"),
        ("b.rs", "impl crate::t::T for crate::a::A {}"),
    ]);
    assert_eq!(found, ["b -> a: A@1", "b -> t: T@1"]);
}

#[test]
fn calls_on_self_only_if_asked() {
    let sources = [
        ("lib.rs", "mod thing;\nmod more;"),
        ("thing.rs", "pub struct Thing;\nimpl Thing { pub fn go(&self) { self.late() } }"),
        ("more.rs", "impl crate::thing::Thing { pub fn late(&self) {} }"),
    ];
    assert_eq!(clean(&sources), ["more -> thing: Thing@1"]);
    let counted = Graph::read(&files(&sources), Path::new("lib.rs"), SelfCalls::Counted).unwrap();
    assert_eq!(arrows(&counted), ["more -> thing: Thing@1", "thing -> more: Thing::late@2"]);
}

#[test]
fn in_macros_and_attributes() {
    let found = clean(&[
        ("lib.rs", "mod a;\nmod b;\nmod c;\nmod m;"),
        ("a.rs", "pub const N: u8 = 1;\npub fn f() {}"),
        ("c.rs", "pub mod text { pub fn write() {} }"),
        ("m.rs", "macro_rules! both { () => { $crate::a::f() } }\npub(crate) use both;"),
        (
            "b.rs",
            "use crate::m::both;\nfn go() { println!(\"{}\", crate::a::N); both!(); }\n#[derive(Serialize)]\nstruct S { #[serde(with = \"crate::c::text\", serialize_with = \"crate::c::text::write\")] n: u8 }",
        ),
    ]);
    assert_eq!(found, ["b -> a: N@2", "b -> c: write@4", "b -> m: both@1", "b -> m: both@2", "m -> a: f@1"]);
}

#[test]
fn names_that_a_macro_makes() {
    let found = clean(&[
        ("lib.rs", "mod ids;\nmod room;\nmod user;\npub use ids::*;"),
        ("ids.rs", "macro_rules! id { ($name:ident) => { pub struct $name; } }\nid!(PersonId);"),
        ("room.rs", "generate!({ path: \"x.wit\" });"),
        ("user.rs", "fn f(_: crate::PersonId, _: crate::room::types::Point) {}"),
    ]);
    assert_eq!(found, ["user -> ids: PersonId@1", "user -> room: types::Point@1"]);
}

#[test]
fn tests_are_not_counted() {
    let found = clean(&[
        ("lib.rs", "mod a;\nmod b;\n#[cfg(test)]\nmod kit;"),
        (
            "a.rs",
            "pub struct A;\nimpl A { #[cfg(test)] fn t() { crate::b::go() } }\nfn f() { #[cfg(test)] crate::b::go(); }\n#[cfg(all(test, unix))]\nmod tests { use crate::b; #[test] fn t() { b::go() } }",
        ),
        ("b.rs", "pub fn go() { let _ = crate::a::A; }\n#[cfg(any(test, unix))] fn also() -> crate::a::A { todo!() }"),
    ]);
    assert_eq!(found, ["b -> a: A@1", "b -> a: A@2"]);
}

#[test]
fn a_facade_is_no_circle() {
    let found = clean(&[
        ("lib.rs", "pub mod room;\npub use room::A;"),
        ("room/mod.rs", "mod a;\nmod b;\npub use a::A;\npub use b::*;"),
        ("room/a.rs", "pub struct A;"),
        ("room/b.rs", "use super::A;\nuse crate::room;\npub struct B(room::A, crate::A);"),
    ]);
    assert_eq!(found, ["room::b -> room::a: A@1", "room::b -> room::a: A@3"]);
}

#[test]
fn locals_other_crates_and_inline_modules_are_no_arrows() {
    let found = clean(&[
        ("lib.rs", "mod room;\nmod b;\npub struct Root;"),
        ("room/mod.rs", "mod a;\npub use a::find;\nfn f() { let find = 1; drop(find); std::fs::read(\"x\"); }"),
        (
            "room/a.rs",
            "pub fn find() { inner::go(super::super::b::B::One) }\nmod inner { pub fn go(_: crate::b::B) {} }",
        ),
        ("b.rs", "pub enum B { One }\nfn f(b: B) { use B::*; match b { One => {} } }"),
    ]);
    assert_eq!(found, ["room::a -> b: B@1", "room::a -> b: B@2"]);
}

#[test]
fn files_at_other_paths() {
    let found = clean(&[
        ("lib.rs", "mod a { pub mod deep; }\n#[path = \"odd.rs\"]\nmod b;"),
        ("a/deep.rs", "pub fn f() { crate::b::g() }"),
        ("odd.rs", "pub fn g() {}"),
    ]);
    assert_eq!(found, ["a::deep -> b: g@1"]);
    let missing = Graph::read(&files(&[("lib.rs", "mod a;")]), Path::new("lib.rs"), SelfCalls::Ignored);
    assert_eq!(missing.unwrap_err().to_string(), "a.rs: no such file (declared in lib.rs)");
}

#[test]
fn floors_count_from_below() {
    let graph = graph(&[
        ("lib.rs", "mod a;\nmod b;\nmod c;"),
        ("a.rs", "use crate::{b, c::C};\nfn f(_: C) { b::g() }"),
        ("b.rs", "pub fn g() { crate::c::C; }"),
        ("c.rs", "pub struct C;"),
    ]);
    assert_eq!(report::room_floors(&graph), "   3  a\n   2  b\n   1  c  crate\n");
}
