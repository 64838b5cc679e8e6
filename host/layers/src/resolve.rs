//! Where a path leads: to the module that defines the item, through every re-export.

use std::collections::{BTreeMap, BTreeSet};

use syn::{ImplItem, Item, Type};

use crate::mention::{How, Mention, segments};
use crate::tree::{Def, Tree};

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A module itself.
    Module(usize),
    /// An item, by the module that defines it and its name.
    Item(usize, String),
    /// A function or constant of an item's inherent impl block, by the module of the block.
    Assoc(usize, String),
}

/// Resolves paths within one crate.
pub struct Resolver<'a> {
    tree: &'a Tree,
    /// Of each type (module and name): its associated names, with the modules of their impl blocks.
    assoc: BTreeMap<(usize, String), BTreeMap<String, BTreeSet<usize>>>,
    /// The modules that define a macro by `macro_rules!`.
    macros: BTreeMap<String, BTreeSet<usize>>,
}

/// The lookups under way, so that re-exports in a circle end.
type Seen = BTreeSet<(usize, String)>;

impl<'a> Resolver<'a> {
    /// A resolver for a crate.
    pub fn new(tree: &'a Tree) -> Resolver<'a> {
        let mut resolver = Resolver { tree, assoc: BTreeMap::new(), macros: BTreeMap::new() };
        for (index, module) in tree.modules.iter().enumerate() {
            for item in &module.items {
                match item {
                    Item::Macro(item) => {
                        if let Some(name) = &item.ident {
                            resolver.macros.entry(name.to_string()).or_default().insert(index);
                        }
                    }
                    Item::Impl(block) if block.trait_.is_none() => resolver.note_impl(index, block),
                    _ => {}
                }
            }
        }
        resolver
    }

    /// Notes the names of an inherent impl block.
    fn note_impl(&mut self, module: usize, block: &syn::ItemImpl) {
        let Type::Path(own) = &*block.self_ty else { return };
        for target in self.path(module, &segments(&own.path)) {
            let Target::Item(definer, name) = target else { continue };
            let names = self.assoc.entry((definer, name)).or_default();
            for item in &block.items {
                let name = match item {
                    ImplItem::Const(item) => item.ident.to_string(),
                    ImplItem::Fn(item) => item.sig.ident.to_string(),
                    _ => continue,
                };
                names.entry(name).or_default().insert(module);
            }
        }
    }

    /// All that a mention leads to in this crate; empty if it leads out of it.
    pub fn mention(&self, module: usize, mention: &Mention) -> BTreeSet<Target> {
        let mut found = self.path(module, &mention.path);
        if mention.how == How::Macro && found.is_empty() && mention.path.len() == 1 {
            let definers = self.macros.get(&mention.path[0]).into_iter().flatten();
            return definers.map(|&definer| Target::Item(definer, mention.path[0].clone())).collect();
        }
        if mention.how == How::Call {
            found.retain(|target| matches!(target, Target::Assoc(..)));
        }
        found
    }

    /// All that a path leads to, seen from a module.
    pub fn path(&self, module: usize, path: &[String]) -> BTreeSet<Target> {
        self.walk(module, path, &mut Seen::new())
    }

    fn walk(&self, from: usize, path: &[String], seen: &mut Seen) -> BTreeSet<Target> {
        let Some(first) = path.first() else { return BTreeSet::new() };
        let (mut at, mut rest) = match first.as_str() {
            "crate" | "$crate" => (0, &path[1..]),
            "self" => (from, &path[1..]),
            "super" => match self.tree.modules[from].parent {
                Some(parent) => (parent, &path[1..]),
                None => return BTreeSet::new(),
            },
            _ => return self.named(from, from, path, seen),
        };
        while let Some((next, after)) = rest.split_first()
            && next == "super"
        {
            let Some(parent) = self.tree.modules[at].parent else { return BTreeSet::new() };
            (at, rest) = (parent, after);
        }
        self.within(at, from, rest, seen)
    }

    /// Resolves a path inside a module; a name that the module does not show is taken for one that a macro makes there.
    fn within(&self, module: usize, from: usize, path: &[String], seen: &mut Seen) -> BTreeSet<Target> {
        if path.is_empty() {
            return BTreeSet::from([Target::Module(module)]);
        }
        let found = self.named(module, from, path, seen);
        if !found.is_empty() || self.names_outside(module, &path[0]) {
            return found;
        }
        BTreeSet::from([Target::Item(module, up_to_type(&path[0], &path[1..]))])
    }

    /// Whether a module imports this name from another crate.
    fn names_outside(&self, module: usize, name: &str) -> bool {
        self.tree.modules[module].names.contains_key(name)
    }

    /// Resolves a path whose first segment is a name in a module's scope.
    fn named(&self, module: usize, from: usize, path: &[String], seen: &mut Seen) -> BTreeSet<Target> {
        let mut found = BTreeSet::new();
        for target in self.name(module, from, &path[0], seen) {
            match target {
                Target::Module(next) if path.len() > 1 => found.extend(self.within(next, from, &path[1..], seen)),
                Target::Item(definer, name) if path.len() > 1 => {
                    let impls = self.assoc.get(&(definer, name.clone())).and_then(|names| names.get(&path[1]));
                    let of = format!("{name}::{}", path[1]);
                    found.extend(impls.into_iter().flatten().map(|&module| Target::Assoc(module, of.clone())));
                    // Of what a macro makes, the whole path says more.
                    let known = self.tree.modules[definer].names.contains_key(&name);
                    let name = if known { name } else { up_to_type(&name, &path[1..]) };
                    found.insert(Target::Item(definer, name));
                }
                other => drop(found.insert(other)),
            }
        }
        found
    }

    /// All that one name stands for in a module.
    fn name(&self, module: usize, from: usize, name: &str, seen: &mut Seen) -> BTreeSet<Target> {
        if !seen.insert((module, name.to_owned())) {
            return BTreeSet::new();
        }
        let here = &self.tree.modules[module];
        let inside = self.is_inside(from, module);
        let mut found = BTreeSet::new();
        let defs = here.names.get(name).map_or(&[][..], Vec::as_slice);
        for def in defs {
            match def {
                Def::Item => drop(found.insert(Target::Item(module, name.to_owned()))),
                Def::Child(child) => drop(found.insert(Target::Module(*child))),
                Def::Import { path, public } if *public || inside => {
                    // `use name;` or `use name::x` of another crate does not lead back to itself.
                    found.extend(self.walk(module, path, seen));
                }
                Def::Import { .. } => {}
            }
        }
        if found.is_empty() && defs.is_empty() {
            for glob in here.globs.iter().filter(|glob| glob.public || inside) {
                for target in self.walk(module, &glob.path, &mut seen.clone()) {
                    match target {
                        Target::Module(next) => found.extend(self.name(next, module, name, seen)),
                        Target::Item(definer, of) => {
                            let variants = self.tree.modules[definer].variants.get(&of);
                            if variants.is_some_and(|variants| variants.contains(name)) {
                                found.insert(Target::Item(definer, of));
                            }
                        }
                        Target::Assoc(..) => {}
                    }
                }
            }
        }
        if found.is_empty() && defs.is_empty() && here.made.contains(name) {
            found.insert(Target::Item(module, name.to_owned()));
        }
        seen.remove(&(module, name.to_owned()));
        found
    }

    /// Whether a module is another one or below it.
    fn is_inside(&self, module: usize, of: usize) -> bool {
        let mut at = Some(module);
        while let Some(here) = at {
            if here == of {
                return true;
            }
            at = self.tree.modules[here].parent;
        }
        false
    }
}

/// A path up to its first segment that is written as a type.
fn up_to_type(first: &str, rest: &[String]) -> String {
    let mut name = first.to_owned();
    for segment in rest {
        if name.rsplit("::").next().is_some_and(|last| last.starts_with(char::is_uppercase)) {
            break;
        }
        name = format!("{name}::{segment}");
    }
    name
}
