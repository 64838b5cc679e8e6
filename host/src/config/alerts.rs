//! The variables of alerts: receivers and interval.

use std::time::Duration;

use super::{defaults::Template, env::Env};
use switchboard_core::{
    phone::Phone,
    secret::{Secret, SecretUrl},
};

/// The receivers of alerts, and how often the rules are evaluated. Not `Debug`, since addresses and numbers must not be logged.
#[derive(Clone)]
pub struct Alerts {
    /// `ALERT_WEBHOOK_URL`: a webhook that accepts JSON.
    pub webhook: Option<SecretUrl>,
    /// `ALERT_WEBHOOK_SECRET`: the key by which the webhook sees that an alert is this host's.
    pub secret: Option<Secret>,
    /// `ALERT_WHATSAPP_NUMBER`: a number that gets alerts on WhatsApp.
    pub whatsapp: Option<Phone>,
    /// `ALERT_TEMPLATE`: the template for that number outside the 24-hour window, `name:language` as approved by Meta.
    pub template: Option<Template>,
    /// `ALERT_EVERY_SECONDS`: the interval between evaluations.
    pub every: Duration,
}

impl Alerts {
    /// Reads the variables; `None` if no receiver is configured.
    pub(super) fn read(env: &mut Env<'_>, phone_number_id: &str) -> Option<Alerts> {
        let webhook = env.http_address("ALERT_WEBHOOK_URL").map(SecretUrl::from);
        let secret = env.maybe("ALERT_WEBHOOK_SECRET").map(Secret::from);
        let number = "ALERT_WHATSAPP_NUMBER";
        let whatsapp: Option<Phone> = env.get(number).and_then(|text| match Phone::parse(text) {
            Ok(phone) => Some(phone),
            Err(error) => {
                env.wrong.push(format!("{number}: {error}"));
                None
            }
        });
        if whatsapp.is_some() && phone_number_id.is_empty() {
            env.wrong.push(format!(
                "{number} needs WHATSAPP_PHONE_NUMBER_ID too: the business number that alerts come from"
            ));
        }
        let template = Template::read("ALERT_TEMPLATE", env);
        let every = "ALERT_EVERY_SECONDS";
        let seconds: u32 = env.parsed(every, "60", "a whole number of seconds").unwrap_or(60);
        if seconds == 0 {
            env.wrong.push(format!("{every} is 0; it must be at least 1"));
        }
        let every = Duration::from_secs(seconds.into());
        (webhook.is_some() || whatsapp.is_some()).then_some(Alerts { webhook, secret, whatsapp, template, every })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)], business: &str) -> (Option<Alerts>, Vec<String>) {
        let vars = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut env = Env::new(&vars);
        let alerts = Alerts::read(&mut env, business);
        (alerts, env.wrong)
    }

    #[test]
    fn without_a_receiver_there_are_no_alerts() {
        assert!(read(&[("ALERT_EVERY_SECONDS", "5")], "1").0.is_none());
        let (alerts, wrong) =
            read(&[("ALERT_WHATSAPP_NUMBER", "+250 788 000 001"), ("ALERT_TEMPLATE", "alert:en")], "1");
        let alerts = alerts.expect("a number");
        assert_eq!((wrong.len(), alerts.every.as_secs(), alerts.template.is_some()), (0, 60, true));
    }

    #[test]
    fn every_invalid_value_is_named() {
        let pairs = &[
            ("ALERT_WEBHOOK_URL", "chat.example"),
            ("ALERT_WHATSAPP_NUMBER", "me"),
            ("ALERT_TEMPLATE", "alert"),
            ("ALERT_EVERY_SECONDS", "0"),
        ];
        let (_, wrong) = read(pairs, "1");
        assert!(
            wrong.len() == 4 && pairs.iter().all(|(name, _)| wrong.iter().any(|said| said.contains(name))),
            "{wrong:?}"
        );
        let (_, wrong) = read(&[("ALERT_WHATSAPP_NUMBER", "250788000001")], "");
        assert!(wrong[0].contains("WHATSAPP_PHONE_NUMBER_ID"));
    }
}
