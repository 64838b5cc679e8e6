use std::{collections::BTreeSet, fmt::Write, path::Path};

use wit_parser::{Resolve, Type, TypeDefKind, TypeOwner, WorldItem};

use super::*;

const WIT: &str = include_str!("../../../../../agents-wit/agent.wit");

/// A place in the contract: interface, item, part.
type Place = (String, String, String);

/// A walk over all that an agent hands to the host.
struct Walk {
    resolve: Resolve,
    seen: BTreeSet<Place>,
    wrong: Vec<String>,
}

impl Walk {
    fn over(wit: &str) -> Walk {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("agent.wit", wit).expect("WIT");
        let mut walk = Walk { resolve, seen: BTreeSet::new(), wrong: Vec::new() };
        let interfaces: Vec<_> = walk.resolve.packages[package].interfaces.values().copied().collect();
        for interface in interfaces {
            let interface = walk.resolve.interfaces[interface].clone();
            for function in interface.functions.values() {
                for param in &function.params {
                    walk.part(interface.name.as_deref().expect("a name"), &function.name, &param.name, &param.ty);
                }
            }
        }
        let world = walk.resolve.packages[package].worlds["agent"];
        let exports: Vec<WorldItem> = walk.resolve.worlds[world].exports.values().cloned().collect();
        assert_eq!(exports.len(), 2);
        for export in exports {
            let WorldItem::Function(function) = export else { panic!("{export:?}") };
            walk.value(&function.result.expect("a result"), Some(Bound::Inner), &function.name);
        }
        walk
    }

    fn part(&mut self, interface: &str, item: &str, part: &str, of: &Type) {
        if self.seen.insert((interface.into(), item.into(), part.into())) {
            let known = bound(interface, item, part);
            self.value(of, known, &format!("{interface}.{item}.{part}"));
        }
    }

    fn value(&mut self, of: &Type, bound: Option<Bound>, at: &str) {
        let fits = match (of, bound) {
            (Type::String, Some(bound)) => {
                !matches!(bound, Bound::Inner | Bound::Whole(..) | Bound::AtMost(_) | Bound::Real(..) | Bound::List(..))
            }
            (Type::U8 | Type::U16 | Type::U32 | Type::U64, Some(bound)) => {
                matches!(bound, Bound::Whole(..) | Bound::AtMost(_))
            }
            (Type::F32 | Type::F64, Some(bound)) => matches!(bound, Bound::Real(..)),
            (Type::Bool, Some(bound)) => bound == Bound::Inner,
            (Type::Id(id), bound) => return self.defined(*id, bound, at),
            _ => false,
        };
        if !fits {
            self.wrong.push(format!("{at}: {of:?} has the bound {bound:?}"));
        }
    }

    fn defined(&mut self, id: wit_parser::TypeId, bound: Option<Bound>, at: &str) {
        let known = self.resolve.types[id].clone();
        let interface = match known.owner {
            TypeOwner::Interface(id) => self.resolve.interfaces[id].name.clone().unwrap_or_default(),
            _ => String::new(),
        };
        let name = known.name.clone().unwrap_or_default();
        match known.kind {
            TypeDefKind::Type(of) | TypeDefKind::Option(of) => return self.value(&of, bound, at),
            TypeDefKind::List(of) => match bound {
                Some(Bound::List(_, _, each)) => return self.value(&of, Some(*each), at),
                _ => return self.wrong.push(format!("{at}: a list has the bound {bound:?}")),
            },
            TypeDefKind::Record(record) => {
                record.fields.iter().for_each(|field| self.part(&interface, &name, &field.name, &field.ty));
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter().filter_map(|case| Some((&case.name, case.ty?)));
                cases.for_each(|(case, of)| self.part(&interface, &name, case, &of));
            }
            TypeDefKind::Result(result) => {
                for of in [result.ok, result.err].into_iter().flatten() {
                    self.value(&of, bound, at);
                }
            }
            TypeDefKind::Enum(_) => {}
            other => self.wrong.push(format!("{at}: {other:?}")),
        }
        if bound != Some(Bound::Inner) {
            self.wrong.push(format!("{at}: {name} has the bound {bound:?}"));
        }
    }
}

#[test]
fn every_text_number_and_list_that_an_agent_hands_over_has_a_bound() {
    let walk = Walk::over(WIT);
    assert_eq!(walk.wrong, [] as [String; 0]);
    let listed = TABLE
        .iter()
        .flat_map(|item| item.parts.iter().map(|(part, _)| (kebab(item.interface), kebab(item.name), kebab(part))));
    let listed: BTreeSet<Place> = listed.collect();
    assert_eq!(listed.difference(&walk.seen).collect::<Vec<_>>(), [] as [&Place; 0], "these are not in the contract");
}

#[test]
fn a_field_or_a_function_that_is_new_is_missed() {
    for (before, after) in [
        ("record money {", "record money { note: string,"),
        ("record place {", "record place { floors: list<u8>,"),
        ("get: func(name: string)", "all: func(prefix: string); get: func(name: string)"),
    ] {
        let walk = Walk::over(&WIT.replace(before, after));
        assert_eq!(walk.wrong.len(), 1, "{after}: {:?}", walk.wrong);
    }
}

/// What an agent's author reads of a bound.
fn said(bound: &Bound) -> String {
    let from =
        |least: usize, most: usize| if least == 0 { format!("up to {most}") } else { format!("{least} to {most}") };
    match bound {
        Bound::Inner => String::new(),
        Bound::Chars(least, most) => format!("{} characters", from(*least, *most)),
        Bound::Line(least, most) => format!("{} characters on one line, no control characters", from(*least, *most)),
        Bound::Bytes(most) => format!("up to {most} bytes"),
        Bound::CutChars(most) => format!("{most} characters; the rest is cut off"),
        Bound::CutBytes(most) => format!("{most} bytes; the rest is cut off"),
        Bound::Name(most) => format!("1 to {most} bytes, no control characters"),
        Bound::Label(most) => format!("up to {most} bytes, no control characters"),
        Bound::Agent => "1 to 40 lower-case letters, digits and `_`".into(),
        Bound::Id => "an id that the host made".into(),
        Bound::Currency => "three capital letters".into(),
        Bound::OneOf(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Bound::Json(most) => format!("JSON, up to {most} bytes"),
        Bound::Object(most) => format!("a JSON object, up to {most} bytes"),
        Bound::Whole(least, most) => format!("{least} to {most}"),
        Bound::AtMost(most) => format!("more than {most} counts as {most}"),
        Bound::Real(least, most) => format!("{least} to {most}"),
        Bound::List(least, most, each) => {
            let each = said(each);
            let each = if each.is_empty() { each } else { format!(", each {each}") };
            format!("{} of them{each}", from(*least, *most))
        }
    }
}

/// The page for authors of agents.
fn page() -> String {
    let mut page = String::from(
        "# Bounds of the contract\n\n\
         Each text, number and list that an agent hands to the host has a bound. An argument beyond its bound is answered with `invalid`,\n\
         which names the field; an outcome is then dropped, and the person gets an apology; a profile is refused when the component is\n\
         loaded. A text that may not be empty may not be blank either: white space and characters that are shown as nothing do not count.\n\
         NULs are cut out of every text. JSON has no half surrogate pair, no number beyond a double and 127 levels at the most.\n\
         `limit` is the answer beyond a [quota](#quotas).\n\n\
         This page is made from `host/core/src/contract/bounds/table.rs`: `UPDATE_EXPECT=1 cargo test -p switchboard-core bounds::`.\n\n\
         | of | field | bound |\n| --- | --- | --- |\n",
    );
    for item in TABLE {
        for (part, bound) in item.parts.iter().filter(|(_, bound)| *bound != Bound::Inner) {
            let (of, part) = (format!("{}.{}", kebab(item.interface), kebab(item.name)), kebab(part));
            let _ = writeln!(page, "| `{of}` | `{part}` | {} |", said(bound));
        }
    }
    let _ = writeln!(
        page,
        "\nThe entries of one `model.generate` have {MODEL_ENTRIES_BYTES_MAX} bytes together at the most, and a timer's time is at most a year \
         ahead.\n\n## Quotas\n\n| what | quota |\n| --- | --- |"
    );
    for (what, quota) in crate::contract::quotas::ALL {
        let _ = writeln!(page, "| {what} | {quota} |");
    }
    page
}

#[test]
fn the_page_for_authors_is_made_from_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../agents-wit/bounds.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, page()).expect("written");
    }
    assert_eq!(std::fs::read_to_string(&path).expect("the page"), page());
}

fn json(text: &str) -> Result<String, String> {
    let mut text = text.to_owned();
    text.within(&Bound::Json(1_000)).map(|()| text).map_err(|wrong| wrong.to_string())
}

#[test]
fn json_is_what_both_databases_take() {
    for kept in
        ["1", "-0.5e10", r#"{"a":"1e999999","b":[1,2e300,-3E-300]}"#, "\"\\ud83d\\ude00\"", "  null ", r#""\\u0000""#]
    {
        assert_eq!(json(kept).as_deref(), Ok(kept));
    }
    assert_eq!(json(r#"{"a\u0000":"\u0000x\u0000"}"#).as_deref(), Ok(r#"{"a":"x"}"#));
    assert_eq!(json("[1,\0 2]").as_deref(), Ok("[1, 2]"));
    for refused in [
        "",
        "{",
        "1e999999",
        "1e-999999",
        "[0.00001e-9999999999999]",
        "NaN",
        "Infinity",
        r#""\ud800""#,
        r#""\udc00x""#,
        r#""\u00\u000000""#,
        "\"a\nb\"",
        "[1] 2",
        "'a'",
    ] {
        assert!(json(refused).is_err_and(|says| says.starts_with(": not JSON: ")), "{refused}");
    }
    assert!(json(&"1".repeat(401)).is_err());
    assert!(json(&format!("0.{}", "0".repeat(399))).is_err());
    assert!(json(&format!("{}{}", "[".repeat(200), "]".repeat(200))).is_err());
    assert_eq!(json(&" ".repeat(1_001)).unwrap_err(), ": has 1001 bytes, at most 1000");
}

#[test]
fn what_is_cut_is_cut_between_characters() {
    let cut = |text: &str, bound: Bound| {
        let mut text = text.to_owned();
        text.within(&bound).map(|()| text)
    };
    assert_eq!(cut("éé", Bound::CutBytes(3)).as_deref(), Ok("é"));
    assert_eq!(cut("ééé", Bound::CutChars(2)).as_deref(), Ok("éé"));
    assert_eq!(cut("a\0b", Bound::Bytes(2)).as_deref(), Ok("ab"));
    let mut limit = 51_u32;
    assert_eq!(limit.within(&Bound::AtMost(50)).map(|()| limit), Ok(50));
}

#[test]
fn a_field_is_named_as_the_contract_names_it() {
    use crate::contract::types::{Buttons, Choice, Next, Outcome, Reply};
    let choice = Choice { id: "x".repeat(181), title: "t".into(), description: None, agent: None };
    let buttons = Buttons { body: "b".into(), choices: vec![choice], numbered: true };
    let replies = vec![Reply::Text("t".into()), Reply::Buttons(buttons)];
    let mut outcome = Outcome { replies, next: Next::Idle, handoff: None, tags: Vec::new(), extras: Vec::new() };
    let wrong = check(&mut outcome).unwrap_err().to_string();
    assert_eq!(wrong, "replies[1].buttons.choices[0].id: has 181 bytes, at most 180");
    let mut to = crate::contract::outreach::Recipient::MatchOther("x".into());
    let wrong = functions::outreach::notify(&mut to, &mut "k".into(), &mut "{}".into()).unwrap_err().to_string();
    assert_eq!(wrong, "match: not an id of this host");
}
