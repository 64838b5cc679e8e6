//! The page that says why there is none.

use askama::Template;

use crate::{Icon, Look, Texts, asset_path, icon};

/// The page that says why there is none: without navigation, since nobody may be signed in.
#[derive(Template)]
#[template(path = "problem.html")]
pub struct ProblemPage {
    /// How it is seen.
    pub look: Look,
    /// The texts.
    pub t: &'static Texts,
    /// What is wrong.
    pub title: String,
    /// Why, or what to do.
    pub words: String,
    /// Where to go: an address and its name.
    pub way_out: (String, String),
}

impl ProblemPage {
    fn asset(&self, name: &str) -> String {
        asset_path(name)
    }

    fn icon(&self, name: &str) -> Icon {
        icon(name)
    }
}
