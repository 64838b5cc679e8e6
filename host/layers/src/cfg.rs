//! Which items are compiled only for tests.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Meta};

/// Whether these attributes leave an item out of a build that is not for tests: `#[test]`, `#[cfg(test)]`,
/// `#[cfg(all(test, ..))]`.
pub fn only_for_tests(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| match &attr.meta {
        Meta::Path(path) => path.segments.last().is_some_and(|last| last.ident == "test"),
        Meta::List(list) if list.path.segments.last().is_some_and(|last| last.ident == "test") => true,
        Meta::List(list) if list.path.is_ident("cfg") => needs_test(list.tokens.clone()),
        _ => false,
    })
}

/// Whether a `cfg` predicate holds only if `test` does.
fn needs_test(predicate: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = predicate.into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(name)] => name == "test",
        [TokenTree::Ident(name), TokenTree::Group(group), ..] if name == "all" => {
            parts(group.stream()).into_iter().any(needs_test)
        }
        [TokenTree::Ident(name), TokenTree::Group(group), ..] if name == "any" => {
            let parts = parts(group.stream());
            !parts.is_empty() && parts.into_iter().all(needs_test)
        }
        _ => false,
    }
}

/// A list of tokens, split at its commas.
fn parts(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    for token in tokens {
        match &token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => parts.push(TokenStream::new()),
            _ => parts.last_mut().expect("never empty").extend([token]),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}
