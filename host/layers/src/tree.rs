//! The module tree of a crate: its files, its modules and the names that each module defines or imports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Expr, Item, Lit, Meta, UseTree, Visibility};

use crate::cfg::only_for_tests;
use crate::source::Sources;

/// A crate's sources cannot be read as a module tree.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The file of the crate root or of a `mod x;` does not exist; the second part says where it was declared.
    #[error("{0}: no such file (declared in {1})")]
    Missing(PathBuf, PathBuf),
    /// A file is not Rust.
    #[error("{file}:{line}: {error}")]
    Syntax {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What the parser says.
        error: syn::Error,
    },
}

/// A crate: its files and modules; the first of each is the root.
pub struct Tree {
    /// The files, in the order in which they are declared.
    pub files: Vec<File>,
    /// The modules, inline ones too.
    pub modules: Vec<Module>,
}

/// A source file, which is a node of the graph.
#[derive(Debug, Clone)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// Its module path, e.g. `["store", "sqlite"]`; empty for the crate root.
    pub module: Vec<String>,
}

impl File {
    /// The module path as text, e.g. `store::sqlite`; `crate` for the root.
    pub fn name(&self) -> String {
        if self.module.is_empty() { "crate".to_owned() } else { self.module.join("::") }
    }

    /// The top-level module that the file is part of; `crate` for the root.
    pub fn room(&self) -> &str {
        self.module.first().map_or("crate", String::as_str)
    }
}

/// A module, in its own file or inline.
pub struct Module {
    /// Index of its file.
    pub file: usize,
    /// Index of the module that declares it; `None` for the root.
    pub parent: Option<usize>,
    /// What each name may stand for; several, since types, values and macros have separate namespaces.
    pub names: BTreeMap<String, Vec<Def>>,
    /// `use path::*`.
    pub globs: Vec<Glob>,
    /// The variants of each enum, for `use Enum::*`.
    pub variants: BTreeMap<String, BTreeSet<String>>,
    /// All identifiers in item macros, any of which may be the name of an item that the macro makes.
    pub made: BTreeSet<String>,
    /// The items, without those for tests.
    pub items: Vec<Item>,
}

/// What a name in a module stands for.
#[derive(Debug, Clone)]
pub enum Def {
    /// An item that the module defines.
    Item,
    /// A child module, by index.
    Child(usize),
    /// An import or a re-export.
    Import {
        /// The path as written, renames undone.
        path: Vec<String>,
        /// Whether other modules see it.
        public: bool,
    },
}

/// A glob import or re-export.
#[derive(Debug, Clone)]
pub struct Glob {
    /// The path before `::*`.
    pub path: Vec<String>,
    /// Whether other modules see its names.
    pub public: bool,
}

/// One leaf of a `use` tree.
pub struct Leaf {
    /// The path; for a glob, the part before `*`.
    pub path: Vec<String>,
    /// The name it gets here; `None` for a glob and for `as _`.
    pub name: Option<String>,
    /// Whether it is a glob.
    pub glob: bool,
    /// The line, counted from 1.
    pub line: usize,
}

impl Tree {
    /// Reads the crate whose root file is `root`.
    ///
    /// # Errors
    /// If a declared file is missing or is not Rust.
    pub fn read(sources: &dyn Sources, root: &Path) -> Result<Tree, TreeError> {
        let mut tree = Tree { files: Vec::new(), modules: Vec::new() };
        let text = sources.read(root).ok_or_else(|| TreeError::Missing(root.to_owned(), root.to_owned()))?;
        let dir = root.parent().unwrap_or(Path::new("")).to_owned();
        tree.file(sources, root, &text, &dir, Vec::new(), None)?;
        Ok(tree)
    }

    /// The module that stands for a whole file.
    pub fn module_of_file(&self, file: usize) -> usize {
        self.modules.iter().position(|module| module.file == file).expect("each file has a module")
    }

    /// Adds a file and all below it; `dir` is where its child modules are. Returns its module's index, or `None` if the
    /// whole file is for tests.
    fn file(
        &mut self,
        sources: &dyn Sources,
        path: &Path,
        text: &str,
        dir: &Path,
        module: Vec<String>,
        parent: Option<usize>,
    ) -> Result<Option<usize>, TreeError> {
        let parsed = syn::parse_file(text).map_err(|error| TreeError::Syntax {
            file: path.to_owned(),
            line: error.span().start().line,
            error,
        })?;
        if only_for_tests(&parsed.attrs) {
            return Ok(None);
        }
        let file = self.files.len();
        self.files.push(File { path: path.to_owned(), module: module.clone() });
        self.module(sources, file, parsed.items, dir, module, parent).map(Some)
    }

    /// Adds a module with these items.
    fn module(
        &mut self,
        sources: &dyn Sources,
        file: usize,
        items: Vec<Item>,
        dir: &Path,
        path: Vec<String>,
        parent: Option<usize>,
    ) -> Result<usize, TreeError> {
        let index = self.modules.len();
        self.modules.push(Module {
            file,
            parent,
            names: BTreeMap::new(),
            globs: Vec::new(),
            variants: BTreeMap::new(),
            made: BTreeSet::new(),
            items: Vec::new(),
        });
        let mut kept = Vec::new();
        for item in items {
            if only_for_tests(attrs_of(&item)) {
                continue;
            }
            if let Item::Mod(child) = item {
                let name = child.ident.to_string().trim_start_matches("r#").to_owned();
                let mut below = path.clone();
                below.push(name.clone());
                let made = match child.content {
                    Some((_, items)) => {
                        Some(self.module(sources, file, items, &dir.join(&name), below, Some(index))?)
                    }
                    None => self.declared(sources, file, dir, &name, path_attr(&child.attrs), below, index)?,
                };
                if let Some(made) = made {
                    self.modules[index].names.entry(child.ident.to_string()).or_default().push(Def::Child(made));
                }
                continue;
            }
            self.modules[index].define(&item);
            kept.push(item);
        }
        self.modules[index].items = kept;
        Ok(index)
    }

    /// Adds the file of `mod name;`.
    #[expect(clippy::too_many_arguments, reason = "the state of one recursion")]
    fn declared(
        &mut self,
        sources: &dyn Sources,
        file: usize,
        dir: &Path,
        name: &str,
        at: Option<String>,
        module: Vec<String>,
        parent: usize,
    ) -> Result<Option<usize>, TreeError> {
        let here = self.files[file].path.clone();
        if let Some(at) = at {
            let path = here.parent().unwrap_or(Path::new("")).join(at);
            let text = sources.read(&path).ok_or_else(|| TreeError::Missing(path.clone(), here))?;
            let dir = path.parent().unwrap_or(Path::new("")).to_owned();
            return self.file(sources, &path, &text, &dir, module, Some(parent));
        }
        let below = dir.join(name);
        for path in [dir.join(format!("{name}.rs")), below.join("mod.rs")] {
            if let Some(text) = sources.read(&path) {
                return self.file(sources, &path, &text, &below, module, Some(parent));
            }
        }
        Err(TreeError::Missing(dir.join(format!("{name}.rs")), here))
    }
}

impl Module {
    /// Notes the names that an item brings into the module.
    fn define(&mut self, item: &Item) {
        let name = match item {
            Item::Const(item) => &item.ident,
            Item::Enum(item) => {
                let variants = item.variants.iter().map(|variant| variant.ident.to_string()).collect();
                self.variants.insert(item.ident.to_string(), variants);
                &item.ident
            }
            Item::Fn(item) => &item.sig.ident,
            Item::Static(item) => &item.ident,
            Item::Struct(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::TraitAlias(item) => &item.ident,
            Item::Type(item) => &item.ident,
            Item::Union(item) => &item.ident,
            Item::Macro(item) => match &item.ident {
                Some(ident) => ident,
                None => return idents(item.mac.tokens.clone(), &mut self.made),
            },
            Item::Use(item) => return self.import(item),
            _ => return,
        };
        self.names.entry(name.to_string()).or_default().push(Def::Item);
    }

    /// Notes the names of a `use`.
    pub(crate) fn import(&mut self, item: &syn::ItemUse) {
        if item.leading_colon.is_some() {
            return;
        }
        let public = !matches!(item.vis, Visibility::Inherited);
        for leaf in leaves(&item.tree) {
            if leaf.glob {
                self.globs.push(Glob { path: leaf.path, public });
            } else if let Some(name) = leaf.name {
                self.names.entry(name).or_default().push(Def::Import { path: leaf.path, public });
            }
        }
    }
}

/// The leaves of a `use` tree.
pub fn leaves(tree: &UseTree) -> Vec<Leaf> {
    fn walk(tree: &UseTree, before: &[String], found: &mut Vec<Leaf>) {
        let with = |ident: &proc_macro2::Ident| {
            let mut path = before.to_vec();
            if ident != "self" || path.is_empty() {
                path.push(ident.to_string());
            }
            path
        };
        match tree {
            UseTree::Path(path) => walk(&path.tree, &with(&path.ident), found),
            UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, before, found)),
            UseTree::Name(name) => {
                let path = with(&name.ident);
                let line = name.ident.span().start().line;
                found.push(Leaf { name: path.last().cloned(), path, glob: false, line });
            }
            UseTree::Rename(rename) => {
                let name = Some(rename.rename.to_string()).filter(|name| name != "_");
                let line = rename.ident.span().start().line;
                found.push(Leaf { path: with(&rename.ident), name, glob: false, line });
            }
            UseTree::Glob(glob) => {
                let line = glob.star_token.spans[0].start().line;
                found.push(Leaf { path: before.to_vec(), name: None, glob: true, line });
            }
        }
    }
    let mut found = Vec::new();
    walk(tree, &[], &mut found);
    found
}

/// All identifiers of some tokens, groups opened.
fn idents(tokens: TokenStream, into: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => drop(into.insert(ident.to_string())),
            TokenTree::Group(group) => idents(group.stream(), into),
            _ => {}
        }
    }
}

/// The value of `#[path = ".."]`.
fn path_attr(attrs: &[Attribute]) -> Option<String> {
    attrs.iter().find_map(|attr| match &attr.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

/// The attributes of an item.
pub fn attrs_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
