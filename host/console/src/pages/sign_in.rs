//! The page on which operators sign in.

use askama::Template;

use crate::{Icon, Look, Texts, asset_path, icon};

/// Why somebody is not signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInProblem {
    /// The name or the password is wrong.
    Password,
    /// The token is not valid.
    Token,
    /// There were too many failed attempts.
    TooMany,
}

/// The page on which operators sign in.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// How it is seen.
    pub look: Look,
    /// The texts.
    pub t: &'static Texts,
    /// The name that was given.
    pub name: String,
    /// Where one goes then, an address of the console.
    pub to: String,
    /// Why somebody is not signed in.
    pub problem: Option<SignInProblem>,
    /// Whether they signed out just now.
    pub signed_out: bool,
}

impl SignInPage {
    fn asset(&self, name: &str) -> String {
        asset_path(name)
    }

    fn icon(&self, name: &str) -> Icon {
        icon(name)
    }

    fn says(&self, problem: &SignInProblem) -> &'static str {
        match problem {
            SignInProblem::Password => self.t.sign_in.wrong_password,
            SignInProblem::Token => self.t.sign_in.wrong_token,
            SignInProblem::TooMany => self.t.sign_in.too_many_tries,
        }
    }

    fn is_token(&self) -> bool {
        self.problem == Some(SignInProblem::Token)
    }
}
