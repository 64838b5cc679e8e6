//! Every path that a module's code mentions, each with its line.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ItemUse, Meta, PatIdent, Stmt, Type, Visibility};

use crate::cfg::only_for_tests;
use crate::tree::{Module, attrs_of, leaves};

/// How a path is mentioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// A private `use`.
    Import,
    /// A path in code.
    Code,
    /// The name of a macro that is called.
    Macro,
    /// `self.name(..)` in an impl block: the path is the type's, followed by the name.
    Call,
}

/// A path in a module's code.
#[derive(Debug, Clone)]
pub struct Mention {
    /// Its segments, without generics; `Self` is replaced by the path of the impl block's type.
    pub path: Vec<String>,
    /// The line, counted from 1.
    pub line: usize,
    /// How it is mentioned.
    pub how: How,
}

/// What the code of one module mentions.
#[derive(Default)]
pub struct Mentions {
    /// The paths, in order.
    pub paths: Vec<Mention>,
    /// `use` items inside functions.
    pub inner_uses: Vec<ItemUse>,
}

/// Collects what a module mentions; its child modules are apart.
pub fn mentions(module: &Module) -> Mentions {
    let mut walk = Walk { found: Mentions::default(), locals: Vec::new(), own: None, depth: 0 };
    for item in &module.items {
        walk.visit_item(item);
    }
    walk.found
}

struct Walk {
    found: Mentions,
    /// The names bound by patterns in each function around.
    locals: Vec<BTreeSet<String>>,
    /// The type of the impl block around.
    own: Option<Vec<String>>,
    /// How many function bodies are around.
    depth: usize,
}

impl Walk {
    fn note(&mut self, mut path: Vec<String>, line: usize, how: How) {
        if path.first().is_some_and(|first| first == "Self") {
            match &self.own {
                Some(own) if path.len() > 1 => drop(path.splice(0..1, own.iter().cloned())),
                _ => return,
            }
        }
        if path.len() == 1 && how == How::Code && self.locals.iter().any(|locals| locals.contains(&path[0])) {
            return;
        }
        self.found.paths.push(Mention { path, line, how });
    }

    /// Notes every path in the tokens of a macro or an attribute; only those with `::` if `long`.
    fn tokens(&mut self, tokens: TokenStream, long: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: usize, c: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == c);
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.tokens(group.stream(), long),
                TokenTree::Literal(literal) if long => self.quoted(literal),
                TokenTree::Ident(first) => {
                    let after_dot = at > 0 && is(at - 1, '.') && !(at > 1 && is(at - 2, '.'));
                    let after_colons = at > 1 && is(at - 1, ':') && is(at - 2, ':');
                    let line = first.span().start().line;
                    let mut path = vec![first.to_string()];
                    while is(at + 1, ':') && is(at + 2, ':') {
                        let Some(TokenTree::Ident(next)) = tokens.get(at + 3) else { break };
                        path.push(next.to_string());
                        at += 3;
                    }
                    let is_macro = is(at + 1, '!') && !is(at + 2, '=');
                    let is_field = path.len() == 1 && is(at + 1, ':') && !is(at + 2, ':');
                    if !after_dot && !after_colons && !is_field && (path.len() > 1 || !long) {
                        self.note(path, line, if is_macro { How::Macro } else { How::Code });
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Notes a path in a string of an attribute, as in `#[serde(with = "crate::time")]`.
    fn quoted(&mut self, literal: &proc_macro2::Literal) {
        let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) else { return };
        if let Ok(path) = text.parse::<syn::Path>()
            && path.segments.len() > 1
        {
            let line = literal.span().start().line;
            self.note(segments(&path), line, How::Code);
        }
    }

    fn in_function(&mut self, bound: BTreeSet<String>, walk: impl FnOnce(&mut Self)) {
        self.locals.push(bound);
        self.depth += 1;
        walk(self);
        self.depth -= 1;
        self.locals.pop();
    }
}

impl<'ast> Visit<'ast> for Walk {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !only_for_tests(attrs_of(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let mut bound = Bound::default();
        bound.visit_item_fn(item);
        self.in_function(bound.0, |walk| visit::visit_item_fn(walk, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let mut bound = Bound::default();
        bound.visit_impl_item_fn(item);
        self.in_function(bound.0, |walk| visit::visit_impl_item_fn(walk, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        let mut bound = Bound::default();
        bound.visit_trait_item_fn(item);
        self.in_function(bound.0, |walk| visit::visit_trait_item_fn(walk, item));
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let own = match &*item.self_ty {
            Type::Path(path) if path.qself.is_none() => Some(segments(&path.path)),
            _ => None,
        };
        let around = std::mem::replace(&mut self.own, own);
        visit::visit_item_impl(self, item);
        self.own = around;
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        let around = self.own.take();
        visit::visit_item_trait(self, item);
        self.own = around;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if self.depth > 0 {
            self.found.inner_uses.push(item.clone());
        }
        // A re-export is no use of its own: a user of the name is sent on to where it is defined.
        if item.leading_colon.is_some() || !matches!(item.vis, Visibility::Inherited) {
            return;
        }
        for leaf in leaves(&item.tree) {
            self.note(leaf.path, leaf.line, How::Import);
        }
    }

    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        self.visit_macro(&item.mac);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.note(segments(&mac.path), mac.path.span().start().line, How::Macro);
        self.tokens(mac.tokens.clone(), false);
    }

    fn visit_attribute(&mut self, attr: &'ast Attribute) {
        match &attr.meta {
            Meta::List(list) if !list.path.is_ident("cfg") => self.tokens(list.tokens.clone(), true),
            Meta::List(_) => {}
            Meta::NameValue(_) | Meta::Path(_) => {}
        }
    }

    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.note(segments(path), path.span().start().line, How::Code);
        }
        visit::visit_path(self, path);
    }

    fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
        // A constant in a pattern looks like a binding.
        let name = pat.ident.to_string();
        if pat.subpat.is_none() && name.starts_with(char::is_uppercase) {
            self.note(vec![name], pat.ident.span().start().line, How::Code);
        }
        visit::visit_pat_ident(self, pat);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident("self")) {
            let path = vec!["Self".to_owned(), call.method.to_string()];
            self.note(path, call.method.span().start().line, How::Call);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attrs = match item {
            syn::ImplItem::Const(item) => &item.attrs,
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Type(item) => &item.attrs,
            syn::ImplItem::Macro(item) => &item.attrs,
            _ => return,
        };
        if !only_for_tests(attrs) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !only_for_tests(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        if !only_for_tests(&variant.attrs) {
            visit::visit_variant(self, variant);
        }
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        if !only_for_tests(&field.attrs) {
            visit::visit_field_value(self, field);
        }
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if !only_for_tests(&arm.attrs) {
            visit::visit_arm(self, arm);
        }
    }

    fn visit_stmt(&mut self, stmt: &'ast Stmt) {
        let attrs: &[Attribute] = match stmt {
            Stmt::Local(local) => &local.attrs,
            Stmt::Macro(mac) => &mac.attrs,
            Stmt::Expr(Expr::Block(block), _) => &block.attrs,
            Stmt::Expr(Expr::If(branch), _) => &branch.attrs,
            Stmt::Expr(Expr::Call(call), _) => &call.attrs,
            Stmt::Expr(Expr::MethodCall(call), _) => &call.attrs,
            _ => &[],
        };
        if !only_for_tests(attrs) {
            visit::visit_stmt(self, stmt);
        }
    }
}

/// The names bound by patterns that are not constants.
#[derive(Default)]
struct Bound(BTreeSet<String>);

impl<'ast> Visit<'ast> for Bound {
    fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
        let name = pat.ident.to_string();
        if !name.starts_with(char::is_uppercase) {
            self.0.insert(name);
        }
        visit::visit_pat_ident(self, pat);
    }
}

/// The segments of a path as text, without generics.
pub fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}
