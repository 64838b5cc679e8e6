//! Which secrets each command demands in production. A command that is not here demands nothing but the database.

/// A variable without a default that a command may demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// `WHATSAPP_APP_SECRET`.
    AppSecret,
    /// `WA_VERIFY_TOKEN`.
    VerifyToken,
    /// `WHATSAPP_ACCESS_TOKEN`.
    AccessToken,
    /// `WHATSAPP_BUSINESS_ACCOUNT_ID`.
    Account,
}

use Needed::{AccessToken, Account, AppSecret, VerifyToken};

impl Needed {
    /// All of them.
    pub const ALL: [Needed; 4] = [AppSecret, VerifyToken, AccessToken, Account];

    /// The variable's name.
    pub fn variable(self) -> &'static str {
        match self {
            AppSecret => "WHATSAPP_APP_SECRET",
            VerifyToken => "WA_VERIFY_TOKEN",
            AccessToken => "WHATSAPP_ACCESS_TOKEN",
            Account => "WHATSAPP_BUSINESS_ACCOUNT_ID",
        }
    }

    /// What it is, for the sentence that says that it is missing.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            AppSecret => "the app secret of your Meta app; without it anybody could send webhooks",
            VerifyToken => "the token you enter at Meta beside the webhook's address",
            AccessToken => "the token that sends replies",
            Account => "the account that webhooks are subscribed to; Meta's dashboard shows it",
        }
    }
}

/// What `serve` demands.
pub(super) const SERVE: &[Needed] = &[AppSecret, VerifyToken, AccessToken];

/// Commands and what they demand, by the words after `switchboard`. Their subcommands demand the same.
pub const NEEDS: &[(&str, &[Needed])] = &[
    ("serve", SERVE),
    ("doctor", SERVE),
    ("webhook show", &[AccessToken, Account]),
    ("webhook point", &[AccessToken, Account]),
    ("webhook reset", &[AccessToken, Account]),
    ("templates list", &[AccessToken, Account]),
    ("templates show", &[AccessToken, Account]),
];

/// What a command demands.
pub fn needs(command: &str) -> &'static [Needed] {
    NEEDS.iter().find(|(name, _)| *name == command).map_or(&[], |(_, needs)| needs)
}
