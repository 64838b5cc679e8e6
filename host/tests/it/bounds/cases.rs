//! Values of the contract's types, as JSON that the caller reads: valid ones, and the same with one text, number or list at its bound or
//! beyond. Made by walking `agents-wit/agent.wit`.

use serde_json::{Map, Value, json};
use switchboard_core::contract::bounds::{Bound, bound, kebab};
use wit_parser::{Interface, Resolve, Type, TypeDefKind, TypeId, TypeOwner};

const WIT: &str = include_str!("../../../../agents-wit/agent.wit");

/// A function that takes something.
#[derive(Clone, Debug)]
pub struct Function {
    /// As `records.put`.
    pub name: String,
    interface: String,
    function: String,
    params: Vec<(String, Type)>,
    /// Whether it can say that an argument is wrong.
    pub answers: bool,
}

/// A value with one part at its bound, or beyond.
#[derive(Clone, Debug)]
pub struct Case {
    /// The part, as an answer names it.
    pub field: String,
    /// The whole value.
    pub value: Value,
    /// Whether it is to be refused.
    pub is_beyond: bool,
}

impl Case {
    /// The same part within something larger.
    fn within(self, name: &str, whole: impl Fn(Value) -> Value) -> Case {
        let dot = if self.field.is_empty() || self.field.starts_with('[') || name.is_empty() { "" } else { "." };
        Case { field: format!("{name}{dot}{}", self.field), value: whole(self.value), ..self }
    }
}

/// What makes the values of a text.
#[derive(Clone, Copy)]
enum Make<'a> {
    /// At the bound, and beyond.
    Bounds,
    /// Each of these.
    Nasty(&'a [String]),
}

/// The contract.
pub struct Cases {
    resolve: Resolve,
    interfaces: Vec<Interface>,
}

impl Cases {
    pub fn read() -> Cases {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("agent.wit", WIT).expect("WIT");
        let interfaces = resolve.packages[package].interfaces.values();
        let interfaces = interfaces.map(|id| resolve.interfaces[*id].clone()).collect();
        Cases { resolve, interfaces }
    }

    /// All functions that take something.
    pub fn functions(&self) -> Vec<Function> {
        let of = |interface: &Interface| {
            let name = interface.name.clone().expect("a name");
            let functions =
                interface.functions.values().filter(|function| !function.params.is_empty()).map(|function| {
                    let is_result = |id: TypeId| matches!(self.resolve.types[id].kind, TypeDefKind::Result(_));
                    Function {
                        name: format!("{name}.{}", function.name),
                        interface: name.clone(),
                        function: function.name.clone(),
                        params: function.params.iter().map(|param| (param.name.clone(), param.ty)).collect(),
                        answers: matches!(function.result, Some(Type::Id(id)) if is_result(id)),
                    }
                });
            functions.collect::<Vec<_>>()
        };
        // What a panic says is no call that an agent makes and goes on.
        let called = self.interfaces.iter().filter(|interface| interface.name.as_deref() != Some("panics"));
        called.flat_map(of).collect()
    }

    /// Arguments with one part at its bound or beyond.
    pub fn of_arguments(&self, function: &Function) -> Vec<Case> {
        self.arguments(function, Make::Bounds)
    }

    /// Arguments with one text each that is one of these.
    pub fn nasty_arguments(&self, function: &Function, nasty: &[String]) -> Vec<Value> {
        self.arguments(function, Make::Nasty(nasty)).into_iter().map(|case| case.value).collect()
    }

    fn arguments(&self, function: &Function, make: Make<'_>) -> Vec<Case> {
        let bound_of = |name: &str| bound(&function.interface, &function.function, name).expect("a bound");
        let base: Vec<Value> = function.params.iter().map(|(name, of)| self.base(of, &bound_of(name))).collect();
        let mut cases = Vec::new();
        for (n, (name, of)) in function.params.iter().enumerate() {
            let bound = bound_of(name);
            let name = if bound == Bound::Inner { "" } else { name };
            let whole = |value| {
                let mut args = base.clone();
                args[n] = value;
                Value::Array(args)
            };
            cases.extend(self.cases(of, &bound, make).into_iter().map(|case| case.within(name, whole)));
        }
        cases
    }

    /// Outcomes, as the caller is told them.
    pub fn of_outcome(&self) -> Vec<Case> {
        self.exported("outcome", Make::Bounds)
    }

    /// Failures, as the caller is told them.
    pub fn of_failure(&self) -> Vec<Case> {
        self.exported("failure", Make::Bounds)
    }

    /// Profiles of an agent.
    pub fn of_profile(&self) -> Vec<Case> {
        self.exported("profile", Make::Bounds)
    }

    /// Outcomes with one text each that is one of these.
    pub fn nasty_outcomes(&self, nasty: &[String]) -> Vec<Value> {
        self.exported("outcome", Make::Nasty(nasty)).into_iter().map(|case| case.value).collect()
    }

    fn exported(&self, name: &str, make: Make<'_>) -> Vec<Case> {
        let types = self.interfaces.iter().find(|interface| interface.name.as_deref() == Some("types"));
        let of = Type::Id(types.expect("types").types[name]);
        self.cases(&of, &Bound::Inner, make)
            .into_iter()
            .map(|case| case.within("", |value| json!({ name: value })))
            .collect()
    }

    fn name_of(&self, id: TypeId) -> (String, String) {
        let known = &self.resolve.types[id];
        let interface = match known.owner {
            TypeOwner::Interface(id) => self.resolve.interfaces[id].name.clone(),
            _ => None,
        };
        (interface.unwrap_or_default(), known.name.clone().unwrap_or_default())
    }

    fn bound_in(&self, id: TypeId, part: &str) -> Bound {
        let (interface, item) = self.name_of(id);
        bound(&interface, &item, part).unwrap_or_else(|| panic!("{interface}.{item}.{part}"))
    }

    /// A value within its bounds, as small as can be.
    fn base(&self, of: &Type, bound: &Bound) -> Value {
        let Type::Id(id) = of else { return if *of == Type::Bool { json!(false) } else { least(bound) } };
        match &self.resolve.types[*id].kind {
            TypeDefKind::Type(of) => self.base(of, bound),
            TypeDefKind::Option(_) => Value::Null,
            TypeDefKind::List(of) => match bound {
                Bound::List(least, _, each) => Value::Array(vec![self.base(of, each); *least]),
                _ => panic!("a list with the bound {bound:?}"),
            },
            TypeDefKind::Record(record) => {
                let field = |field: &wit_parser::Field| {
                    (in_rust(&field.name), self.base(&field.ty, &self.bound_in(*id, &field.name)))
                };
                Value::Object(record.fields.iter().map(field).collect())
            }
            TypeDefKind::Variant(variant) => {
                let case = &variant.cases[0];
                case.ty.map_or_else(
                    || json!(camel(&case.name)),
                    |of| json!({ camel(&case.name): self.base(&of, &self.bound_in(*id, &case.name)) }),
                )
            }
            TypeDefKind::Enum(kinds) => json!(camel(&kinds.cases[0].name)),
            other => panic!("{other:?}"),
        }
    }

    /// Values with one part each at its bound or beyond.
    fn cases(&self, of: &Type, bound: &Bound, make: Make<'_>) -> Vec<Case> {
        let Type::Id(id) = of else { return if *of == Type::Bool { Vec::new() } else { leaves(bound, make) } };
        match &self.resolve.types[*id].kind {
            TypeDefKind::Type(of) | TypeDefKind::Option(of) => self.cases(of, bound, make),
            TypeDefKind::List(of) => self.lists(of, bound, make),
            TypeDefKind::Record(record) => {
                let base: Map<String, Value> = match self.base(&Type::Id(*id), bound) {
                    Value::Object(base) => base,
                    other => panic!("{other}"),
                };
                let mut cases = Vec::new();
                for field in &record.fields {
                    let whole = |value| {
                        let mut record = base.clone();
                        record.insert(in_rust(&field.name), value);
                        Value::Object(record)
                    };
                    let of_field = self.cases(&field.ty, &self.bound_in(*id, &field.name), make);
                    cases.extend(of_field.into_iter().map(|case| case.within(&field.name, whole)));
                }
                cases
            }
            TypeDefKind::Variant(variant) => {
                let of_case = |case: &wit_parser::Case| {
                    let Some(of) = case.ty else { return Vec::new() };
                    let cases = self.cases(&of, &self.bound_in(*id, &case.name), make).into_iter();
                    // The side that is asked for names itself by what its id is of.
                    let name = match case.name.as_str() {
                        "listing-owner" => "listing",
                        "match-other" => "match",
                        "application-other" => "application",
                        name => name,
                    };
                    cases.map(|found| found.within(name, |value| json!({ camel(&case.name): value }))).collect()
                };
                variant.cases.iter().flat_map(of_case).collect()
            }
            TypeDefKind::Enum(_) => Vec::new(),
            other => panic!("{other:?}"),
        }
    }

    fn lists(&self, of: &Type, bound: &Bound, make: Make<'_>) -> Vec<Case> {
        let Bound::List(least, most, each) = *bound else { panic!("a list with the bound {bound:?}") };
        let base = self.base(of, each);
        let many = |n: usize| Value::Array((0..n).map(|nth| distinct(base.clone(), nth)).collect());
        let mut cases: Vec<Case> =
            self.cases(of, each, make).into_iter().map(|case| case.within("[0]", |value| json!([value]))).collect();
        if let Make::Bounds = make {
            cases.push(case(many(most), false));
            cases.push(case(many(most + 1), true));
            if least > 0 {
                cases.push(case(many(least - 1), true));
            }
        }
        cases
    }
}

fn case(value: Value, is_beyond: bool) -> Case {
    Case { field: String::new(), value, is_beyond }
}

/// The same with an id and a title of its own.
fn distinct(mut value: Value, nth: usize) -> Value {
    for name in ["id", "title"] {
        if value.get(name).is_some_and(Value::is_string) {
            value[name] = json!(format!("{name} {nth}"));
        }
    }
    value
}

fn in_rust(name: &str) -> String {
    if name == "match" { "match_".to_owned() } else { name.replace('-', "_") }
}

fn camel(name: &str) -> String {
    let part = |part: &str| part[..1].to_uppercase() + &part[1..];
    let camel: String = name.split('-').map(part).collect();
    assert_eq!(kebab(&camel), name);
    camel
}

const ID: &str = "0190a000-0000-7000-8000-000000000000";

/// The least that is within a bound.
fn least(bound: &Bound) -> Value {
    match bound {
        Bound::Chars(least, _) | Bound::Line(least, _) => json!("x".repeat(*least)),
        Bound::Name(_) | Bound::Agent => json!("x"),
        Bound::Bytes(_) | Bound::Label(_) | Bound::CutChars(_) | Bound::CutBytes(_) => json!(""),
        Bound::Id => json!(ID),
        Bound::Currency => json!("RWF"),
        Bound::OneOf(words) => json!(words[0]),
        Bound::Json(_) | Bound::Object(_) => json!("{}"),
        Bound::Whole(least, _) => json!(least),
        Bound::AtMost(_) => json!(0),
        Bound::Real(least, _) => json!(least),
        Bound::Inner | Bound::List(..) => panic!("{bound:?} is no text or number"),
    }
}

fn leaves(bound: &Bound, make: Make<'_>) -> Vec<Case> {
    let is_number = matches!(bound, Bound::Whole(..) | Bound::AtMost(_) | Bound::Real(..));
    match make {
        Make::Nasty(_) if is_number => Vec::new(),
        Make::Nasty(texts) => texts.iter().map(|text| case(json!(text), false)).collect(),
        Make::Bounds => {
            let (taken, refused) = at_and_beyond(bound);
            let taken = taken.into_iter().map(|value| case(value, false));
            taken.chain(refused.into_iter().map(|value| case(value, true))).collect()
        }
    }
}

/// Values that are taken, and values that are refused.
fn at_and_beyond(bound: &Bound) -> (Vec<Value>, Vec<Value>) {
    let x = |n: usize| json!("x".repeat(n));
    // A character of several bytes counts once.
    let wide = |n: usize| json!("é".repeat(n));
    let object = |n: usize| json!(format!("{{\"a\":\"{}\"}}", "x".repeat(n - 8)));
    match *bound {
        Bound::Chars(0, most) => (vec![wide(most), x(0)], vec![x(most + 1), json!(" ".repeat(most + 1))]),
        Bound::Chars(least, most) => {
            (vec![wide(most), x(least)], vec![x(most + 1), x(least - 1), json!("\u{200b}".repeat(least))])
        }
        Bound::Line(_, most) => (vec![x(most)], vec![x(most + 1), json!("a\u{202e}b"), json!("a\nb")]),
        Bound::Bytes(most) => (vec![x(most)], vec![x(most + 1), wide(most / 2 + 1)]),
        Bound::CutChars(most) => (vec![wide(most), wide(most + 1)], vec![]),
        Bound::CutBytes(most) => (vec![x(most), wide(most)], vec![]),
        Bound::Name(most) => (vec![x(most)], vec![x(most + 1), x(0), json!("a\nb"), json!("a\u{2028}b")]),
        Bound::Label(most) => (vec![x(most), x(0)], vec![x(most + 1), json!("a\u{1}b")]),
        Bound::Agent => (vec![x(40)], vec![x(41), x(0), json!("A b")]),
        Bound::Id => (vec![json!(ID)], vec![x(1), x(0), json!(format!("{ID}{ID}"))]),
        Bound::Currency => (vec![json!("RWF")], vec![json!("rwf"), json!("RWFX"), json!("")]),
        Bound::OneOf(words) => (words.iter().map(|word| json!(word)).collect(), vec![x(3), x(0)]),
        Bound::Json(most) => {
            (vec![object(most), json!("null")], vec![object(most + 1), json!("{"), json!("1e999999"), x(0)])
        }
        Bound::Object(most) => (
            vec![object(most)],
            vec![object(most + 1), json!("[]"), json!("{\"a\":1e999999}"), json!("{\"a\":\"\\ud800\"}")],
        ),
        Bound::Whole(least, most) => {
            let below = least.checked_sub(1).map(|below| json!(below));
            (vec![json!(least), json!(most)], below.into_iter().chain([json!(most + 1)]).collect())
        }
        Bound::AtMost(most) => (vec![json!(most), json!(most + 1)], vec![]),
        Bound::Real(least, most) => (vec![json!(least), json!(most)], vec![json!(least - 1.0), json!(most + 1.0)]),
        Bound::Inner | Bound::List(..) => panic!("{bound:?} is no text or number"),
    }
}
