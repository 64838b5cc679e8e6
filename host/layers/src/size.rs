//! How long files and functions are, in lines.

use std::path::Path;

use syn::visit::{self, Visit};

use crate::cfg::only_for_tests;
use crate::house::Sizes;
use crate::source::Sources;
use crate::tree::Tree;

/// The files that are longer than they may be, tests included.
pub fn long_files(sizes: &Sizes, sources: &dyn Sources, workspace: &Path) -> Vec<String> {
    let folders = sizes.folders.iter().map(|folder| workspace.join(folder));
    let files = folders.flat_map(|folder| sources.below(&folder));
    let found = files.filter_map(|path| {
        let (lines, max) = (sources.read(&path)?.lines().count(), sizes.file_lines);
        let what_to_do = "find its second subject and give that a file";
        (lines > max).then(|| format!("{}: {lines} lines, of at most {max}: {what_to_do}", path.display()))
    });
    found.collect()
}

/// The functions of a crate that are longer than they may be, from the signature to the closing brace; those for tests may
/// be longer.
pub fn long_functions(sizes: &Sizes, tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for module in &tree.modules {
        let mut functions = Functions(Vec::new());
        module.items.iter().for_each(|item| functions.visit_item(item));
        let (path, max) = (tree.files[module.file].path.display(), sizes.function_lines);
        let long = functions.0.into_iter().filter(|function| function.lines > max);
        found.extend(long.map(|Function { name, line, lines }| {
            format!("{path}:{line}: the function {name} has {lines} lines, of at most {max}: split it")
        }));
    }
    found
}

/// A function with a body.
struct Function {
    name: String,
    /// Where its signature begins, counted from 1.
    line: usize,
    lines: usize,
}

/// All functions of some items, those inside others too.
struct Functions(Vec<Function>);

impl Functions {
    fn note(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let line = signature.fn_token.span.start().line;
        let lines = body.brace_token.span.close().end().line + 1 - line;
        self.0.push(Function { name: signature.ident.to_string(), line, lines });
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !only_for_tests(&item.attrs) {
            self.note(&item.sig, &item.block);
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !only_for_tests(&item.attrs) {
            self.note(&item.sig, &item.block);
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.note(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}
