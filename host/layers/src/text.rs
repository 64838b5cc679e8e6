//! Rules for what sources contain: reads of the environment, and Meta's JSON. Code for tests is free.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ItemStruct, LitStr, Meta};

use crate::cfg::only_for_tests;
use crate::mention::mentions;
use crate::tree::{Module, Tree, attrs_of};

/// A place in a crate's sources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Index of the file.
    pub file: usize,
    /// The line, counted from 1.
    pub line: usize,
    /// What stands there.
    pub what: String,
}

/// Functions of `std::env` that read variables.
const READS: [&str; 4] = ["var", "var_os", "vars", "vars_os"];

/// Functions of `tracing_subscriber::EnvFilter` that do.
const FILTER_READS: [&str; 4] = ["from_default_env", "try_from_default_env", "from_env", "try_from_env"];

/// Where a crate reads environment variables: by `std::env`, by clap's `env`, by `EnvFilter`.
pub fn environment(tree: &Tree) -> Vec<Place> {
    let mut found = Vec::new();
    for module in &tree.modules {
        for mention in mentions(module).paths {
            let path: Vec<&str> = mention.path.iter().map(String::as_str).collect();
            let reads = match path.as_slice() {
                [.., "env", name] => READS.contains(name),
                [.., "EnvFilter", name] => FILTER_READS.contains(name),
                _ => false,
            };
            if reads {
                found.push(Place { file: module.file, line: mention.line, what: mention.path.join("::") });
            }
        }
        literals(module, |walk| {
            let lines = std::mem::take(&mut walk.clap);
            found.extend(lines.into_iter().map(|line| Place { file: module.file, line, what: "clap env".to_owned() }));
        });
    }
    found.sort();
    found.dedup();
    found
}

/// Where a crate has one of these words in a string, or as a field of a struct that serde reads or writes.
pub fn words(tree: &Tree, words: &[&str]) -> Vec<Place> {
    let mut found = Vec::new();
    for module in &tree.modules {
        literals(module, |walk| {
            for (line, text) in std::mem::take(&mut walk.texts) {
                let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                for word in parts.filter(|part| words.contains(part)) {
                    found.push(Place { file: module.file, line, what: format!("\"{word}\"") });
                }
            }
        });
    }
    found.sort();
    found.dedup();
    found
}

fn literals(module: &Module, take: impl FnOnce(&mut Literals)) {
    let mut walk = Literals::default();
    for item in &module.items {
        walk.visit_item(item);
    }
    take(&mut walk);
}

/// All strings of a module, and clap's `env`.
#[derive(Default)]
struct Literals {
    texts: Vec<(usize, String)>,
    clap: Vec<usize>,
}

impl Literals {
    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse_str::<LitStr>(&literal.to_string()) {
                        self.texts.push((literal.span().start().line, text.value()));
                    }
                }
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Literals {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !only_for_tests(attrs_of(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}

    fn visit_lit_str(&mut self, text: &'ast LitStr) {
        self.texts.push((text.span().start().line, text.value()));
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.tokens(mac.tokens.clone());
    }

    fn visit_attribute(&mut self, attr: &'ast Attribute) {
        let Meta::List(list) = &attr.meta else { return };
        if list.path.is_ident("arg") || list.path.is_ident("clap") {
            let tokens: Vec<TokenTree> = list.tokens.clone().into_iter().collect();
            for (at, token) in tokens.iter().enumerate() {
                let TokenTree::Ident(name) = token else { continue };
                let starts = at == 0 || matches!(&tokens[at - 1], TokenTree::Punct(punct) if punct.as_char() == ',');
                if starts && name == "env" {
                    self.clap.push(name.span().start().line);
                }
            }
        }
        if list.path.is_ident("serde") {
            self.tokens(list.tokens.clone());
        }
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        let by_serde = item.attrs.iter().any(|attr| match &attr.meta {
            Meta::List(list) if list.path.is_ident("derive") => {
                let derived = list.tokens.to_string();
                derived.contains("Serialize") || derived.contains("Deserialize")
            }
            _ => false,
        });
        for name in item.fields.iter().filter_map(|field| field.ident.as_ref()).filter(|_| by_serde) {
            self.texts.push((name.span().start().line, name.to_string()));
        }
        visit::visit_item_struct(self, item);
    }
}
