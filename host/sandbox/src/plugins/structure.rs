//! The check of a component's structure before anything of it is compiled: a small file can ask for endless work.

use wasmparser::{
    BinaryReaderError, ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, Encoding, FunctionBody, Instance, Parser, Payload,
};

use super::refusal::Refusal;
use crate::agent::{CORE_INSTANCES_MAX, MEMORIES_MAX, TABLES_MAX};

/// A bound on a component's structure: what is counted, and the most of it. It is refused with the sentence of [`Bound::hold`].
pub(super) struct Bound {
    what: &'static str,
    most: u64,
}

/// What is instantiated is counted as often as it is instantiated. The pool has no room for more.
const CORE_INSTANCES: Bound =
    Bound { what: "core instances, nested ones counted as often as they are made", most: CORE_INSTANCES_MAX as u64 };
const MEMORIES: Bound =
    Bound { what: "memories, nested ones counted as often as they are made", most: MEMORIES_MAX as u64 };
const TABLES: Bound = Bound { what: "tables, nested ones counted as often as they are made", most: TABLES_MAX as u64 };
/// A component of ours has some hundreds.
const DEFINITIONS: Bound = Bound {
    what: "instances, aliases, imports, exports and adapted functions, nested ones counted as often as they are made",
    most: 20_000,
};
/// Ours have two.
const LEVELS: Bound = Bound { what: "levels of nested components", most: 16 };
/// Ours have three.
const MODULES: Bound = Bound { what: "core modules", most: 100 };
/// Ours have a few thousand; those that bring an interpreter with them, some ten thousand.
const FUNCTIONS: Bound = Bound { what: "functions", most: 100_000 };
/// Ours have up to 30 KB; an interpreter's main loop some hundred.
const FUNCTION_BYTES: Bound = Bound { what: "bytes in one function", most: 1 << 20 };
const LOCALS: Bound = Bound { what: "locals in one function", most: 10_000 };
const TYPES: Bound = Bound { what: "types", most: 20_000 };

/// All bounds, for the documents.
#[cfg(test)]
const BOUNDS: [&Bound; 10] = [
    &CORE_INSTANCES,
    &MEMORIES,
    &TABLES,
    &DEFINITIONS,
    &LEVELS,
    &MODULES,
    &FUNCTIONS,
    &FUNCTION_BYTES,
    &LOCALS,
    &TYPES,
];

impl Bound {
    fn hold(&self, found: u64) -> Result<(), Refusal> {
        match found > self.most {
            true => Err(Refusal::Structure(format!("it has {found} {}; at most {}", self.what, self.most))),
            false => Ok(()),
        }
    }
}

/// What an instance brings with it, all that is nested in it included.
#[derive(Clone, Copy, Default)]
struct Weight {
    core_instances: u64,
    memories: u64,
    tables: u64,
    definitions: u64,
}

impl Weight {
    fn add(&mut self, other: Weight) -> Result<(), Refusal> {
        self.core_instances = self.core_instances.saturating_add(other.core_instances);
        self.memories = self.memories.saturating_add(other.memories);
        self.tables = self.tables.saturating_add(other.tables);
        self.definitions = self.definitions.saturating_add(other.definitions);
        CORE_INSTANCES.hold(self.core_instances)?;
        MEMORIES.hold(self.memories)?;
        TABLES.hold(self.tables)?;
        DEFINITIONS.hold(self.definitions)
    }

    fn define(&mut self, definitions: usize) -> Result<(), Refusal> {
        self.add(Weight { definitions: definitions as u64, ..Weight::default() })
    }
}

/// A module or component that is being read.
struct Scope {
    is_module: bool,
    /// The weight of one instance of it.
    own: Weight,
    /// The weight of one instance of each module and of each component that has an index in it.
    modules: Vec<Weight>,
    components: Vec<Weight>,
}

#[derive(Default)]
struct Check {
    scopes: Vec<Scope>,
    imports: Vec<String>,
    modules: u64,
    functions: u64,
    types: u64,
}

/// Checks a component's structure, as is done before anything of it is compiled; returns what it imports.
pub fn check(wasm: &[u8]) -> Result<Vec<String>, Refusal> {
    let mut check = Check::default();
    for payload in Parser::new(0).parse_all(wasm) {
        check.payload(payload.map_err(broken)?)?;
    }
    Ok(check.imports)
}

impl Check {
    fn payload(&mut self, payload: Payload<'_>) -> Result<(), Refusal> {
        match payload {
            Payload::Version { encoding, .. } => self.begin(encoding == Encoding::Module)?,
            Payload::End(_) => self.end(),
            Payload::TypeSection(section) => self.types(section.count())?,
            Payload::CoreTypeSection(section) => self.types(section.count())?,
            Payload::ComponentTypeSection(section) => self.types(section.count())?,
            Payload::FunctionSection(section) => {
                self.functions = self.functions.saturating_add(u64::from(section.count()));
                FUNCTIONS.hold(self.functions)?;
            }
            Payload::CodeSectionEntry(body) => function(&body)?,
            Payload::MemorySection(section) => {
                self.own()?.add(Weight { memories: section.count().into(), ..Weight::default() })?;
            }
            Payload::TableSection(section) => {
                self.own()?.add(Weight { tables: section.count().into(), ..Weight::default() })?;
            }
            Payload::InstanceSection(section) => {
                for instance in section {
                    self.core_instance(instance.map_err(broken)?)?;
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section {
                    self.instance(instance.map_err(broken)?)?;
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    self.alias(&alias.map_err(broken)?)?;
                }
            }
            Payload::ComponentCanonicalSection(section) => self.own()?.define(section.count() as usize)?,
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let import = import.map_err(broken)?;
                    if matches!(import.ty, ComponentTypeRef::Module(_) | ComponentTypeRef::Component(_)) {
                        return Err(handed_over());
                    }
                    self.own()?.define(1)?;
                    // A type is a name for what an import of an interface brings.
                    let is_needed = !matches!(import.ty, ComponentTypeRef::Type(_));
                    if is_needed && self.scopes.len() == 1 {
                        self.imports.push(import.name.name.to_owned());
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let export = export.map_err(broken)?;
                    self.own()?.define(1)?;
                    // What is exported gets one more index.
                    self.same_again(export.kind, 0, export.index)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, is_module: bool) -> Result<(), Refusal> {
        let mut own = Weight::default();
        if is_module {
            own.core_instances = 1;
            self.modules += 1;
            MODULES.hold(self.modules)?;
        }
        self.scopes.push(Scope { is_module, own, modules: Vec::new(), components: Vec::new() });
        LEVELS.hold(self.scopes.len() as u64)
    }

    fn end(&mut self) {
        let Some(ended) = self.scopes.pop() else { return };
        let Some(outer) = self.scopes.last_mut() else { return };
        if ended.is_module { outer.modules.push(ended.own) } else { outer.components.push(ended.own) }
    }

    fn types(&mut self, count: u32) -> Result<(), Refusal> {
        self.types = self.types.saturating_add(count.into());
        TYPES.hold(self.types)
    }

    fn own(&mut self) -> Result<&mut Weight, Refusal> {
        self.scopes.last_mut().map(|scope| &mut scope.own).ok_or_else(out_of_bounds)
    }

    fn core_instance(&mut self, instance: Instance<'_>) -> Result<(), Refusal> {
        let made = match &instance {
            Instance::Instantiate { module_index, args } => {
                self.own()?.define(1 + args.len())?;
                self.scope(0)?.modules.get(*module_index as usize).copied().ok_or_else(out_of_bounds)?
            }
            Instance::FromExports(exports) => return self.own()?.define(1 + exports.len()),
        };
        self.own()?.add(made)
    }

    fn instance(&mut self, instance: ComponentInstance<'_>) -> Result<(), Refusal> {
        let made = match &instance {
            ComponentInstance::Instantiate { component_index, args } => {
                self.own()?.define(1 + args.len())?;
                self.scope(0)?.components.get(*component_index as usize).copied().ok_or_else(out_of_bounds)?
            }
            ComponentInstance::FromExports(exports) => return self.own()?.define(1 + exports.len()),
        };
        self.own()?.add(made)
    }

    fn alias(&mut self, alias: &ComponentAlias<'_>) -> Result<(), Refusal> {
        self.own()?.define(1)?;
        match *alias {
            ComponentAlias::InstanceExport {
                kind: ComponentExternalKind::Component | ComponentExternalKind::Module,
                ..
            } => Err(handed_over()),
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::CoreModule, count, index } => {
                self.same_again(ComponentExternalKind::Module, count, index)
            }
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
                self.same_again(ComponentExternalKind::Component, count, index)
            }
            _ => Ok(()),
        }
    }

    /// Gives a module or component of an outer scope one more index, in this one.
    fn same_again(&mut self, kind: ComponentExternalKind, outwards: u32, index: u32) -> Result<(), Refusal> {
        let found = match kind {
            ComponentExternalKind::Module => self.scope(outwards)?.modules.get(index as usize),
            ComponentExternalKind::Component => self.scope(outwards)?.components.get(index as usize),
            _ => return Ok(()),
        };
        let found = *found.ok_or_else(out_of_bounds)?;
        let scope = self.scopes.last_mut().ok_or_else(out_of_bounds)?;
        if kind == ComponentExternalKind::Module {
            scope.modules.push(found)
        } else {
            scope.components.push(found)
        }
        Ok(())
    }

    fn scope(&self, outwards: u32) -> Result<&Scope, Refusal> {
        let at = self.scopes.len().checked_sub(1 + outwards as usize).ok_or_else(out_of_bounds)?;
        self.scopes.get(at).ok_or_else(out_of_bounds)
    }
}

/// Checks a function's size and locals.
fn function(body: &FunctionBody<'_>) -> Result<(), Refusal> {
    FUNCTION_BYTES.hold(body.range().len() as u64)?;
    let mut locals = 0_u64;
    for group in body.get_locals_reader().map_err(broken)? {
        locals = locals.saturating_add(group.map_err(broken)?.0.into());
        LOCALS.hold(locals)?;
    }
    Ok(())
}

fn broken(error: BinaryReaderError) -> Refusal {
    Refusal::NoComponent(error.to_string())
}

fn out_of_bounds() -> Refusal {
    Refusal::NoComponent("it names a module or component that it does not have".into())
}

/// What it does would be worth an unknown number of instances, and no tool chain makes it.
fn handed_over() -> Refusal {
    Refusal::Structure("it hands a module or a component from one of its components to another".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(wat: &str) -> Result<Vec<String>, String> {
        check(&wat::parse_str(wat).expect("WAT")).map_err(|refusal| refusal.to_string())
    }

    /// A component that instantiates another ten times, which does so, and so on: `levels` deep.
    fn nested(levels: usize, innermost: &str, of: &str) -> String {
        let ten = |of: &str| format!("({of} (instantiate $c))").repeat(10);
        (0..levels).fold(format!("(component $c {innermost})"), |inner, level| {
            let of = if level == 0 { of } else { "instance" };
            format!("(component $c {inner} {})", ten(of))
        })
    }

    #[test]
    fn nested_instances_are_counted_as_often_as_they_are_made() {
        let bomb = nested(9, "(core module $m) (core instance (instantiate $m))", "instance");
        assert!(wat::parse_str(&bomb).expect("WAT").len() < 1_024);
        assert!(checked(&bomb).expect_err("a bomb").contains("core instances"));
        let empty = nested(9, "", "instance");
        assert!(checked(&empty).expect_err("a bomb").contains("instances, aliases"));
        let aliased = "(component (component $a (component $b (component $c) (instance (instantiate $c)))
            (export \"x\" (component $b)) (alias outer 0 $b (component $d)) (instance (instantiate $d))))";
        assert_eq!(checked(aliased).expect("few"), [] as [&str; 0]);
        let handed = "(component (component $a (import \"c\" (component))) (component $b) (instance (instantiate $a (with \"c\" (component $b)))))";
        assert!(checked(handed).expect_err("handed on").contains("hands a module or a component"));
    }

    #[test]
    fn each_bound_is_held() {
        let module = |inside: &str| format!("(component (core module $m {inside}))");
        let many = |what: &str, count: u64| what.repeat(usize::try_from(count).expect("few"));
        let locals = format!("(func (local {}))", many("i32 ", LOCALS.most + 1));
        let deep = (0..17).fold(String::new(), |inner, _| format!("(component {inner})"));
        let cases: [(String, &Bound); 8] = [
            (module(&locals), &LOCALS),
            (module(&format!("(func {})", many("nop ", FUNCTION_BYTES.most))), &FUNCTION_BYTES),
            (module(&many("(func)", FUNCTIONS.most + 1)), &FUNCTIONS),
            (module(&many("(type (func))", TYPES.most + 1)), &TYPES),
            (module(&many("(table 1 funcref)", TABLES.most + 1)), &TABLES),
            (module("(memory 1) (memory 1)"), &MEMORIES),
            (format!("(component {})", many("(core module)", MODULES.most + 1)), &MODULES),
            (deep, &LEVELS),
        ];
        for (wat, bound) in cases {
            let refused = checked(&wat).expect_err(bound.what);
            let says = format!("{}; at most {}", bound.what, bound.most);
            assert!(refused.ends_with(&says), "{refused}");
        }
    }

    #[test]
    fn all_bounds_are_documented() {
        let document = include_str!("../../../../docs/configuration.md");
        for bound in BOUNDS {
            let row = format!("| {} | {} |", bound.what, bound.most);
            assert!(document.contains(&row), "docs/configuration.md lacks: {row}");
        }
    }
}
