//! Every statement of the store is prepared on both databases: a table, a column or a function that one of them lacks fails here, not
//! at a host.
//!
//! The statements are found in the store's sources: string literals, also those that `concat!` joins, that begin as SQL does. Which
//! database each is for is seen at its place (`postgres/`, `sqlite/`) or at a mark (`postgres_only`, `sqlite_only`, `Pair`). What
//! `format!` puts together the store gives whole, see `composed`, or stands in [`SAMPLES`].

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use sqlx::{Connection as _, postgres::PgConnection};
use switchboard_kit::cluster;
use switchboard_store::{Role, Store, StoreOptions, statements};
use syn::{
    Attribute, Expr, Item, Lit, LitStr, Token,
    parse::Parser as _,
    punctuated::Punctuated,
    visit::{self, Visit},
};

/// Which databases a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    Both,
    Sqlite,
    Postgres,
}

/// Statements that are put together from what stands in a database's catalogue or is a number: one of each kind.
const SAMPLES: [(On, &str); 7] = [
    (On::Postgres, "delete from switchboard.secret"),
    (On::Both, "select count(*) from lane"),
    (
        On::Postgres,
        "insert into switchboard.lane (lane_id) select (value->>0)::bigint from switchboard.each($1::jsonb)",
    ),
    (On::Sqlite, "select json_array(lane_id) from lane"),
    (On::Sqlite, "select name from pragma_table_info('lane')"),
    (On::Postgres, "select nextval('switchboard.ids') from generate_series(1, 2);\n"),
    (On::Sqlite, "begin immediate;\n"),
];

/// A text that the sources hold.
struct Found {
    place: String,
    text: String,
    on: On,
    /// It is the first argument of `format!`.
    is_composed: bool,
}

#[tokio::test]
async fn every_statement_prepares() {
    let all = whole();
    assert!(all.len() > 150, "only {} statements were found: their marks have changed", all.len());

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("statements.db");
    let options = || StoreOptions { role: Role::Tool, ..StoreOptions::default() };
    drop(Store::open(&format!("sqlite://{}", file.display()), options()).await.expect("a file"));
    let sqlite = rusqlite::Connection::open(&file).expect("the file opens");
    let url = cluster::shared().database().await;
    drop(Store::open(&url, options()).await.expect("a database"));
    let mut postgres = PgConnection::connect(&url).await.expect("the server answers");
    sqlx::raw_sql(statements::SEARCH_PATH).execute(&mut postgres).await.expect("set");

    let mut refused = Vec::new();
    for (place, text, on) in all {
        if on != On::Postgres
            && let Err(error) = on_sqlite(&sqlite, &text)
        {
            refused.push(format!("{place}, SQLite: {error}\n{text}"));
        }
        if on != On::Sqlite
            && let Err(error) = on_postgres(&mut postgres, &text).await
        {
            refused.push(format!("{place}, Postgres: {error}\n{text}"));
        }
    }
    assert!(refused.is_empty(), "{} refused:\n{}", refused.len(), refused.join("\n\n"));
}

/// What a tokenizer without SQL once got wrong on Postgres; the tables that the names could be mistaken for are there.
#[tokio::test]
async fn names_are_those_that_sql_says() {
    let url = cluster::shared().database().await;
    drop(Store::open(&url, StoreOptions::default()).await.expect("a database"));
    let mut postgres = PgConnection::connect(&url).await.expect("the server answers");
    sqlx::raw_sql(statements::SEARCH_PATH).execute(&mut postgres).await.expect("set");
    for text in [
        "select 1 from outbox as status where status.state is distinct from status.body",
        "with status as (select 1 as only_here) select only_here from status",
        "select l.lane_id, m.message_id from lane as l, message as m",
        "delete from message using lane where message.lane_id = lane.lane_id",
        "select lane_id from lane where lane_id = any (array(select value::bigint from texts($1) as k))",
        "select cast($1 as double precision), $2::numeric(10,2), ms(coalesce($3::timestamptz, now()))",
    ] {
        on_postgres(&mut postgres, text).await.expect(text);
    }
    on_postgres(&mut postgres, "select total from invoice").await.expect_err("there is no such table");
}

#[test]
fn every_text_that_looks_like_a_statement_is_reached() {
    let found = found();
    let whole = statements::composed();
    let wholes = || whole.iter().map(String::as_str).chain(SAMPLES.iter().map(|(_, text)| *text));
    for found in found.iter().filter(|found| found.is_composed) {
        assert!(
            wholes().any(|whole| is_made_of(whole, &found.text)),
            "{}: what `format!` makes of this is nowhere whole, so nothing prepares it: give it in `statements::composed` or as a sample\n{}",
            found.place,
            found.text
        );
    }
    let found: Vec<&str> = found.iter().map(|found| found.text.as_str()).collect();
    for (path, file) in sources() {
        let mut texts = Vec::new();
        let items = file.items.iter().filter(|item| !is_test(attributes(item)));
        items.for_each(|item| literals(quote(item), &mut texts));
        for (line, text) in texts.into_iter().filter(|(_, text)| is_sql(text)) {
            assert!(
                found.iter().any(|found| found.contains(&text)),
                "{}:{line}: this looks like a statement, and nothing prepares it\n{text}",
                path.display()
            );
        }
    }
}

/// All statements as they are asked, with their places.
fn whole() -> Vec<(String, String, On)> {
    let whole = found().into_iter().filter(|found| !found.is_composed);
    let whole = whole.map(|found| (found.place, found.text, found.on));
    let composed = statements::composed().into_iter().map(|text| ("composed".to_owned(), text, On::Both));
    let samples = SAMPLES.map(|(on, text)| ("a sample".to_owned(), text.to_owned(), on));
    whole.chain(composed).chain(samples).collect()
}

/// The statements that SQLite is asked, with their places.
pub(crate) fn for_sqlite() -> impl Iterator<Item = (String, String)> {
    whole().into_iter().filter(|(.., on)| *on != On::Postgres).map(|(place, text, _)| (place, text))
}

fn on_sqlite(connection: &rusqlite::Connection, text: &str) -> Result<(), String> {
    if text.starts_with("begin") {
        return connection.prepare(text).map(drop).map_err(|error| error.to_string());
    }
    for sql in statements::on_sqlite(text)? {
        connection.prepare(&sql).map_err(|error| format!("{error}: {sql}"))?;
    }
    Ok(())
}

async fn on_postgres(connection: &mut PgConnection, text: &str) -> Result<(), sqlx::Error> {
    for (sql, types) in statements::on_postgres(text) {
        let types = if types.is_empty() { String::new() } else { format!("({})", types.join(", ")) };
        let prepare = format!("prepare one {types} as {sql}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(prepare)).execute(&mut *connection).await?;
        sqlx::raw_sql("deallocate one").execute(&mut *connection).await?;
    }
    Ok(())
}

/// Whether a text begins as a statement does.
fn is_sql(text: &str) -> bool {
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
fn is_made_of(text: &str, format: &str) -> bool {
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
fn sources() -> Vec<(PathBuf, syn::File)> {
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

fn found() -> Vec<Found> {
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

fn attributes(item: &Item) -> &[Attribute] {
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
fn is_test(attributes: &[Attribute]) -> bool {
    let is_test = |attribute: &Attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    };
    attributes.iter().any(is_test)
}

fn quote(item: &Item) -> TokenStream {
    use quote::ToTokens as _;
    item.to_token_stream()
}

/// All texts among tokens, but those of attributes, with their lines.
fn literals(tokens: TokenStream, texts: &mut Vec<(usize, String)>) {
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
