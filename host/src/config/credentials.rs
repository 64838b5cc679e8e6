//! The variables of secrets and tokens: from the environment, or in development mode generated in the data folder.

use std::path::Path;

use super::{development::DevelopmentSecrets, env::Env, mode::Mode};

/// The secrets and tokens of webhook, Graph API and admin API.
pub(super) struct Credentials {
    pub(super) app_secrets: Vec<String>,
    pub(super) verify_token: String,
    pub(super) access_token: String,
    pub(super) operator_token: Option<String>,
    pub(super) phone_number_id: String,
}

impl Credentials {
    /// Reads the variables. A missing one is an error in production, and generated in development.
    pub(super) fn read(env: &mut Env<'_>, mode: Mode, data_dir: &Path) -> Credentials {
        let first = |names: &[&str]| env.first(names).unwrap_or_default().to_owned();
        let secrets = first(&["WHATSAPP_APP_SECRET", "WA_APP_SECRET"]);
        let mut read = Credentials {
            app_secrets: secrets.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect(),
            verify_token: first(&["WA_VERIFY_TOKEN"]),
            access_token: first(&["WHATSAPP_ACCESS_TOKEN", "WA_TOKEN"]),
            operator_token: env.maybe("OPERATOR_TOKEN"),
            phone_number_id: first(&["WHATSAPP_PHONE_NUMBER_ID", "WA_PHONE_ID"]),
        };
        match mode {
            Mode::Development => match DevelopmentSecrets::in_folder(data_dir) {
                Ok(secrets) => read.fill(secrets),
                Err(problem) => env.wrong.push(problem),
            },
            Mode::Production => read.check(env),
        }
        read
    }

    fn fill(&mut self, secrets: DevelopmentSecrets) {
        if self.app_secrets.is_empty() {
            self.app_secrets.push(secrets.app_secret);
        }
        let fill = |value: &mut String, made: String| {
            if value.is_empty() {
                *value = made;
            }
        };
        fill(&mut self.verify_token, secrets.verify_token);
        fill(&mut self.access_token, secrets.access_token);
        self.operator_token.get_or_insert(secrets.operator_token);
        fill(&mut self.phone_number_id, "100000000000001".to_owned());
    }

    fn check(&self, env: &mut Env<'_>) {
        let missing = [
            (
                "WHATSAPP_APP_SECRET",
                self.app_secrets.is_empty(),
                "the app secret of your Meta app; without it anybody could send webhooks",
            ),
            (
                "WA_VERIFY_TOKEN",
                self.verify_token.is_empty(),
                "the token you enter at Meta beside the webhook's address",
            ),
            ("WHATSAPP_ACCESS_TOKEN", self.access_token.is_empty(), "the token that sends replies"),
        ];
        for (name, _, what) in missing.iter().filter(|(_, missing, _)| *missing) {
            env.wrong.push(format!(
                "{name} is not set or blank: set it to {what} (or SWITCHBOARD_ENV=development to try without an account)"
            ));
        }
    }
}
