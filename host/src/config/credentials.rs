//! The variables of secrets and tokens: from the environment, or in development mode generated in the data folder.

use std::path::Path;

use switchboard_core::phone::is_number_id;

use super::{development::DevelopmentSecrets, env::Env, mode::Mode, needs::Needed};

/// Fewest characters of `OPERATOR_TOKEN`.
const TOKEN_MIN: usize = 8;

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
    pub(super) fn read(env: &mut Env<'_>, mode: Mode, data_dir: &Path, needed: &[Needed]) -> Credentials {
        let first = |names: &[&str]| env.first(names).unwrap_or_default().to_owned();
        let secrets = first(&["WHATSAPP_APP_SECRET", "WA_APP_SECRET"]);
        let mut read = Credentials {
            app_secrets: secrets.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect(),
            verify_token: first(&["WA_VERIFY_TOKEN"]),
            access_token: first(&["WHATSAPP_ACCESS_TOKEN", "WA_TOKEN"]),
            operator_token: env.maybe("OPERATOR_TOKEN"),
            phone_number_id: first(&["WHATSAPP_PHONE_NUMBER_ID", "WA_PHONE_ID"]),
        };
        if read.operator_token.as_ref().is_some_and(|token| token.len() < TOKEN_MIN) {
            env.wrong.push(format!(
                "OPERATOR_TOKEN has less than {TOKEN_MIN} characters, and could be guessed: make one by `openssl rand -hex 32`, or better an operator by `switchboard operators add`"
            ));
        }
        let id = read.phone_number_id.as_str();
        if !id.is_empty() && !is_number_id(id) {
            env.wrong.push(
                "WHATSAPP_PHONE_NUMBER_ID is not a phone number id: it is the id of digits beside the number in Meta's dashboard, not the number itself".into(),
            );
        }
        match mode {
            Mode::Development => match DevelopmentSecrets::in_folder(data_dir) {
                Ok(secrets) => read.fill(secrets),
                Err(problem) => env.wrong.push(problem),
            },
            Mode::Production => read.check(env, needed),
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

    fn check(&self, env: &mut Env<'_>, needed: &[Needed]) {
        let missing = [
            (Needed::AppSecret, self.app_secrets.is_empty()),
            (Needed::VerifyToken, self.verify_token.is_empty()),
            (Needed::AccessToken, self.access_token.is_empty()),
        ];
        for (name, _) in missing.iter().filter(|(name, missing)| *missing && needed.contains(name)) {
            env.missing(*name);
        }
    }
}
