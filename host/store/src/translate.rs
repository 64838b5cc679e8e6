//! The store's statements in SQLite's syntax: parsed as Postgres reads them, rewritten as a tree and printed again.
//!
//! | in the store's statements | for SQLite |
//! |---|---|
//! | `x::type`, any type | `x`: it tells Postgres how to read a value. What both are to convert is written `cast(x as type)` |
//! | `$1` | `?1` |
//! | `each(json)`, `texts(json)`: the elements of an array as rows | `json_each(json)` |
//! | `ms(time)`: milliseconds since 1970 | of an ISO 8601 text |
//! | `json_agg`, `json_object_agg`, `json_build_array`, `json_build_object` | `json_group_array`, `json_group_object`, `json_array`, `json_object` |
//! | `greatest(a, b)`, `least(a, b)` | `max(a, b)`, `min(a, b)`: null if one of them is, unlike on Postgres |
//! | `x = any (array(select …))`: keys that Postgres looks up by an index, one by one | `x in (select …)` |
//! | `from {rows}`: the rows of a part of the [script](super::script) | no table: one row at a time |
//! | `{name}`: a column of the row, or a value that a batch shares | as it is |
//!
//! Nothing else is touched: a column, an alias or a CTE may be named like a table or like one of these functions.

use std::ops::ControlFlow;

use sqlparser::{
    ast::{
        BinaryOperator, CastKind, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, InTarget,
        ObjectName, ObjectNamePart, SetExpr, Statement, TableFactor, TableWithJoins, UpdateTableFromKind, Value,
        ValueWithSpan, VisitMut, VisitorMut,
    },
    dialect::{PostgreSqlDialect, SQLiteDialect},
    parser::{Parser, ParserError},
    tokenizer::{Token, Tokenizer, Word},
};

/// Where the rows of a part come from.
const ROWS: &str = "{rows}";

/// Functions of one value or several, and what SQLite calls them.
const FUNCTIONS: [(&str, &str); 6] = [
    ("greatest", "max"),
    ("json_agg", "json_group_array"),
    ("json_build_array", "json_array"),
    ("json_build_object", "json_object"),
    ("json_object_agg", "json_group_object"),
    ("least", "min"),
];

/// Functions that give rows, and what SQLite calls them.
const TABLE_FUNCTIONS: [(&str, &str); 2] = [("each", "json_each"), ("texts", "json_each")];

/// The statements of a text, each in SQLite's syntax.
///
/// # Errors
/// Where the text is no SQL that the parser knows.
pub(super) fn sqlite(text: &str) -> Result<Vec<String>, ParserError> {
    parse(text)?.into_iter().map(rewritten).collect()
}

/// The statements of a text as trees.
pub(super) fn parse(text: &str) -> Result<Vec<Statement>, ParserError> {
    let dialect = PostgreSqlDialect {};
    let tokens = Tokenizer::new(&dialect, text).tokenize()?;
    Parser::new(&dialect).with_tokens(named(tokens)).parse_statements()
}

/// Takes the names in braces for one token each: `{rows}` for a table, others for bound values.
fn named(tokens: Vec<Token>) -> Vec<Token> {
    let mut whole = Vec::with_capacity(tokens.len());
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match (&token, tokens.peek()) {
            (Token::LBrace, Some(Token::Word(word))) => {
                let name = format!("{{{}}}", word.value);
                whole.push(if name == ROWS { table(name) } else { Token::Placeholder(name) });
                tokens.next();
                tokens.next_if_eq(&Token::RBrace);
            }
            _ => whole.push(token),
        }
    }
    whole
}

fn table(name: String) -> Token {
    Token::Word(Word { value: name, quote_style: None, keyword: sqlparser::keywords::Keyword::NoKeyword })
}

fn rewritten(mut statement: Statement) -> Result<String, ParserError> {
    take_rows(&mut statement);
    match statement.visit(&mut Rewriting) {
        ControlFlow::Continue(()) => Ok(statement.to_string()),
        ControlFlow::Break(error) => Err(error),
    }
}

/// Takes `from {rows}` away.
fn take_rows(statement: &mut Statement) {
    let is_rows = |from: &[TableWithJoins]| {
        let [TableWithJoins { relation: TableFactor::Table { name, .. }, .. }] = from else { return false };
        name.to_string() == ROWS
    };
    match statement {
        Statement::Update(update) => {
            if matches!(&update.from, Some(UpdateTableFromKind::AfterSet(from)) if is_rows(from)) {
                update.from = None;
            }
        }
        Statement::Insert(insert) => {
            if let Some(SetExpr::Select(select)) = insert.source.as_mut().map(|query| query.body.as_mut())
                && is_rows(&select.from)
            {
                select.from.clear();
            }
        }
        _ => {}
    }
}

/// The tree's changes, from the leaves up.
struct Rewriting;

impl VisitorMut for Rewriting {
    type Break = ParserError;

    fn post_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<ParserError> {
        if let Value::Placeholder(name) = &mut value.value
            && let Some(number) = name.strip_prefix('$')
        {
            *name = format!("?{number}");
        }
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<ParserError> {
        if let TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } = table {
            rename(name, &TABLE_FUNCTIONS);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<ParserError> {
        let changed = match expr {
            Expr::Cast { kind: CastKind::DoubleColon, expr, .. } => Some(take(expr)),
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => match right.as_mut() {
                Expr::Function(array) => keys(left, array),
                _ => None,
            },
            Expr::Function(function) if is_named(&function.name, "ms") => match milliseconds(function) {
                Ok(changed) => Some(changed),
                Err(error) => return ControlFlow::Break(error),
            },
            Expr::Function(function) => {
                if let Err(error) = renamed(function) {
                    return ControlFlow::Break(error);
                }
                None
            }
            _ => None,
        };
        if let Some(changed) = changed {
            *expr = changed;
        }
        ControlFlow::Continue(())
    }
}

/// `left in (select …)` of `left = any (array(select …))`.
fn keys(left: &mut Box<Expr>, array: &mut Function) -> Option<Expr> {
    if !is_named(&array.name, "array") {
        return None;
    }
    match std::mem::replace(&mut array.args, FunctionArguments::None) {
        FunctionArguments::Subquery(subquery) => {
            let target = InTarget::Subquery(subquery);
            Some(Expr::In { expr: Box::new(take(left)), target, negated: false, global: false })
        }
        other => {
            array.args = other;
            None
        }
    }
}

/// `ms(time)`: SQLite has no such function, and times are texts there.
fn milliseconds(function: &Function) -> Result<Expr, ParserError> {
    let FunctionArguments::List(list) = &function.args else {
        return Err(ParserError::ParserError("ms wants a time".into()));
    };
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(time))] = list.args.as_slice() else {
        return Err(ParserError::ParserError("ms wants one time".into()));
    };
    Parser::new(&SQLiteDialect {})
        .try_with_sql(&format!("cast(round(unixepoch({time}, 'subsec') * 1000) as integer)"))?
        .parse_expr()
}

/// Calls a function by its name on SQLite.
fn renamed(function: &mut Function) -> Result<(), ParserError> {
    let several = matches!(&function.args, FunctionArguments::List(list) if list.args.len() > 1);
    if !several && ["greatest", "least"].iter().any(|name| is_named(&function.name, name)) {
        // `max` and `min` of one value are of all rows.
        return Err(ParserError::ParserError(format!("{} wants two values", function.name)));
    }
    rename(&mut function.name, &FUNCTIONS);
    Ok(())
}

fn is_named(name: &ObjectName, wanted: &str) -> bool {
    matches!(name.0.as_slice(), [ObjectNamePart::Identifier(name)] if name.value.eq_ignore_ascii_case(wanted))
}

fn rename(name: &mut ObjectName, names: &[(&str, &str)]) {
    if let Some((_, sqlite)) = names.iter().find(|(ours, _)| is_named(name, ours)) {
        *name = ObjectName::from(vec![Ident::new(*sqlite)]);
    }
}

fn take(expr: &mut Box<Expr>) -> Expr {
    std::mem::replace(expr, Expr::Value(Value::Null.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> String {
        let mut statements = sqlite(text).expect(text);
        assert_eq!(statements.len(), 1, "{text}");
        statements.remove(0)
    }

    /// Each with what a tokenizer once made of it.
    #[test]
    fn what_a_tokenizer_gets_wrong_is_right() {
        let right = [
            // `from switchboard.status`, on Postgres.
            ("select state is distinct from status from message", "SELECT state IS DISTINCT FROM status FROM message"),
            // The table in place of the CTE, on Postgres.
            ("with status as (select 1) select * from status", "WITH status AS (SELECT 1) SELECT * FROM status"),
            // `message` without its schema, on Postgres.
            ("select 1 from lane as l, message as m", "SELECT 1 FROM lane AS l, message AS m"),
            // `unixepoch(coalesce(a, b, 'subsec') * 1000)`.
            (
                "select ms(coalesce(a, greatest(b, $1)))",
                "SELECT CAST(round(unixepoch(coalesce(a, max(b, ?1)), 'subsec') * 1000) AS INTEGER)",
            ),
            // A stray `as t))`, on Postgres: any other alias than `t`.
            (
                "select 1 from lane where lane_id = any (array(select value::bigint from texts($1) as k))",
                "SELECT 1 FROM lane WHERE lane_id IN (SELECT value FROM json_each(?1) AS k)",
            ),
            // `x(10,2)` and `x precision`.
            ("select x::numeric(10,2), y::double precision, z::text[]", "SELECT x, y, z"),
            // A new table had no schema until somebody listed it.
            ("select total from invoice", "SELECT total FROM invoice"),
            // The column `each` and the alias `texts` are no functions.
            ("select each, texts.ms from ms as texts", "SELECT each, texts.ms FROM ms AS texts"),
            // In a text nothing is syntax.
            ("select 'ms(x)::int; $1 {now} it''s'", "SELECT 'ms(x)::int; $1 {now} it''s'"),
            ("select x /* ::int */ -- $1\n, y", "SELECT x, y"),
        ];
        for (text, sqlite) in right {
            assert_eq!(one(text), sqlite);
        }
    }

    #[test]
    fn what_both_are_to_convert_stays() {
        assert_eq!(one("select cast(x as double precision)"), "SELECT CAST(x AS DOUBLE PRECISION)");
    }

    #[test]
    fn rows_are_bound_one_at_a_time() {
        assert_eq!(
            one("insert into lane (a, b) select {a}::uuid, {b}, {now} from {rows} where true"),
            "INSERT INTO lane (a, b) SELECT {a}, {b}, {now} WHERE true"
        );
        assert_eq!(
            one("update lane set a = {a}, b = {b} from {rows} where id = {id}"),
            "UPDATE lane SET a = {a}, b = {b} WHERE id = {id}"
        );
    }

    #[test]
    fn a_call_that_has_no_sense_is_refused() {
        assert!(sqlite("select ms()").is_err());
        assert!(sqlite("select ms(a, b)").is_err());
        assert!(sqlite("select greatest(a)").is_err(), "`max` of one value is of all rows");
        assert!(sqlite("begin nonsense").is_err());
    }

    #[test]
    fn a_text_may_have_several_statements() {
        let texts = sqlite("delete from a where x = ';\n';\ndelete from b;\n").expect("both");
        assert_eq!(texts, ["DELETE FROM a WHERE x = ';\n'", "DELETE FROM b"]);
    }
}
