//! The statements in the store’s sources, as a parser of Rust finds them.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{
    Attribute, Expr, Item, Lit, LitStr, Token,
    parse::Parser as _,
    punctuated::Punctuated,
    visit::{self, Visit},
};

/// Which databases a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum On {
    Both,
    Sqlite,
    Postgres,
}

/// A text that the sources hold.
pub(super) struct Found {
    pub(super) place: String,
    pub(super) text: String,
    pub(super) on: On,
    /// It is the first argument of `format!`.
    pub(super) is_composed: bool,
}

/// Looks through one file.
struct Search {
    path: PathBuf,
    /// Macros without arguments, and the texts that they stand for.
    texts: HashMap<String, String>,
    on: On,
    found: Vec<Found>,
}

impl Search {
    fn keep(&mut self, text: String, line: usize, is_composed: bool) {
        if is_sql(&text) {
            let place = format!("{}:{line}", self.path.display());
            self.found.push(Found { place, text, on: self.on, is_composed });
        }
    }

    /// Looks on with this database in mind.
    fn on(&mut self, on: On, look: impl FnOnce(&mut Search)) {
        let before = std::mem::replace(&mut self.on, on);
        look(self);
        self.on = before;
    }

    /// The text that an expression stands for, if it is known here.
    fn text_of(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            Expr::Macro(call) if call.mac.path.is_ident("concat") => self.joined(&call.mac.tokens),
            Expr::Macro(call) => self.texts.get(&call.mac.path.get_ident()?.to_string()).cloned(),
            _ => None,
        }
    }

    /// The text that the arguments of `concat!` make.
    fn joined(&self, arguments: &TokenStream) -> Option<String> {
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(arguments.clone()).ok()?;
        arguments.iter().map(|argument| self.text_of(argument)).collect()
    }

    /// Looks through the tokens of a macro that is not known here.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        let mut name = None;
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(ident) if matches!(tokens.peek(), Some(TokenTree::Punct(mark)) if mark.as_char() == '!') =>
                {
                    tokens.next();
                    name = Some(ident.to_string());
                    continue;
                }
                TokenTree::Group(group) => self.call(name.take().as_deref(), group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse2::<LitStr>(TokenTree::Literal(literal).into()) {
                        self.keep(text.value(), text.span().start().line, false);
                    }
                }
                _ => {}
            }
            name = None;
        }
    }

    /// Texts that macros with arguments put together: the whole must be given in `statements::composed`.
    fn composed(&mut self, tokens: TokenStream) {
        let mut texts = Vec::new();
        literals(tokens, &mut texts);
        texts.into_iter().for_each(|(line, text)| self.keep(text, line, true));
    }

    /// A macro's call.
    fn call(&mut self, name: Option<&str>, arguments: TokenStream) {
        let line = arguments.clone().into_iter().next().map_or(0, |token| token.span().start().line);
        match name {
            Some("concat") => match self.joined(&arguments) {
                Some(text) => self.keep(text, line, false),
                None => self.composed(arguments),
            },
            Some("format") => {
                let mut arguments = arguments.into_iter();
                let first = arguments.next().map(TokenStream::from);
                if let Some(text) = first.and_then(|first| syn::parse2::<LitStr>(first).ok()) {
                    self.keep(text.value(), line, true);
                }
                self.tokens(arguments.collect());
            }
            Some(name) if arguments.is_empty() && self.texts.contains_key(name) => {
                self.keep(self.texts[name].clone(), line, false);
            }
            _ => self.tokens(arguments),
        }
    }

    /// The text of a macro without arguments.
    fn define(&mut self, name: &str, rules: &TokenStream) {
        let rules: Vec<TokenTree> = rules.clone().into_iter().collect();
        if let [TokenTree::Group(pattern), TokenTree::Punct(_), TokenTree::Punct(_), TokenTree::Group(body), ..] =
            rules.as_slice()
            && pattern.stream().is_empty()
            && body.delimiter() == Delimiter::Brace
            && let Ok(body) = syn::parse2::<Expr>(body.stream())
            && let Some(text) = self.text_of(&body)
        {
            self.texts.insert(name.to_owned(), text);
        }
    }
}

impl<'ast> Visit<'ast> for Search {
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            _ if is_test(attributes(item)) => {}
            Item::Macro(item) if item.mac.path.is_ident("macro_rules") => {
                let name = item.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                self.define(&name, &item.mac.tokens);
                if !self.texts.contains_key(&name) {
                    self.composed(item.mac.tokens.clone());
                }
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_lit_str(&mut self, text: &'ast LitStr) {
        self.keep(text.value(), text.span().start().line, false);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name = call.path.segments.last().map(|name| name.ident.to_string());
        self.call(name.as_deref(), call.tokens.clone());
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let name = match call.func.as_ref() {
            Expr::Path(path) => path.path.segments.last().map(|name| name.ident.to_string()),
            _ => None,
        };
        match name.as_deref() {
            Some("postgres_only") => self.on(On::Postgres, |search| visit::visit_expr_call(search, call)),
            Some("sqlite_only") => self.on(On::Sqlite, |search| visit::visit_expr_call(search, call)),
            _ => visit::visit_expr_call(self, call),
        }
    }

    fn visit_expr_struct(&mut self, made: &'ast syn::ExprStruct) {
        if made.path.segments.last().is_none_or(|name| name.ident != "Pair") {
            return visit::visit_expr_struct(self, made);
        }
        for field in &made.fields {
            let on = match &field.member {
                syn::Member::Named(name) if name == "postgres" => On::Postgres,
                _ => On::Sqlite,
            };
            self.on(on, |search| search.visit_expr(&field.expr));
        }
    }
}

/// Whether a text begins as a statement does.
pub(super) fn is_sql(text: &str) -> bool {
    let text = text.trim_start();
    let has = |word: &str| text.contains(word);
    match text.split_whitespace().next() {
        Some("select") => true,
        Some("insert") => has("into "),
        Some("update") => has(" set "),
        Some("delete") => has("from "),
        Some("with") => has(" as ("),
        _ => false,
    }
}

/// Whether a text may come from a format: its pieces are in it, in their order.
pub(super) fn is_made_of(text: &str, format: &str) -> bool {
    let format = format.replace("{{", "{").replace("}}", "}");
    let mut pieces = format.split('{').map(|piece| piece.split_once('}').map_or(piece, |(_, piece)| piece));
    let mut rest = text;
    pieces.all(|piece| match rest.split_once(piece) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

/// The store's sources without those of its tests.
pub(super) fn sources() -> Vec<(PathBuf, syn::File)> {
    fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                gather(&path, files);
            } else if path.extension().is_some_and(|end| end == "rs")
                && path.file_name().is_some_and(|name| name != "tests.rs")
            {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("store/src"), &mut files);
    files.sort();
    let parsed = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a source");
        let file = syn::parse_file(&text).expect("Rust");
        (path, file)
    };
    files.into_iter().map(parsed).collect()
}

pub(super) fn found() -> Vec<Found> {
    let mut found = Vec::new();
    for (path, file) in sources() {
        let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        let on = match folder {
            Some("postgres") => On::Postgres,
            Some("sqlite") => On::Sqlite,
            _ => On::Both,
        };
        let mut search = Search { path, texts: HashMap::new(), on, found: Vec::new() };
        // A macro stands before its use.
        search.visit_file(&file);
        found.extend(search.found);
    }
    found
}

pub(super) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Fn(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether something is there in tests only.
pub(super) fn is_test(attributes: &[Attribute]) -> bool {
    let is_test = |attribute: &Attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    };
    attributes.iter().any(is_test)
}

pub(super) fn quote(item: &Item) -> TokenStream {
    use quote::ToTokens as _;
    item.to_token_stream()
}

/// All texts among tokens, but those of attributes, with their lines.
pub(super) fn literals(tokens: TokenStream, texts: &mut Vec<(usize, String)>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                tokens.next_if(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == '!'));
                tokens.next_if(
                    |token| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket),
                );
            }
            TokenTree::Group(group) => literals(group.stream(), texts),
            TokenTree::Literal(literal) => {
                let line = literal.span().start().line;
                if let Ok(text) = syn::parse2::<LitStr>(TokenTree::Literal(literal).into()) {
                    texts.push((line, text.value()));
                }
            }
            _ => {}
        }
    }
}
