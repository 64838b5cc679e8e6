//! Who is told when something goes wrong.

use std::time::Duration;

use super::{defaults::Template, env::Env};
use switchboard_core::phone::Phone;

/// Who is told of alerts, and how often they are looked for. Printing it shows neither address nor number.
#[derive(Clone)]
pub struct Alerts {
    /// `ALERT_WEBHOOK_URL`.
    pub webhook: Option<String>,
    /// `ALERT_WHATSAPP_NUMBER`.
    pub whatsapp: Option<Phone>,
    /// `ALERT_TEMPLATE`: what goes to that number where free words may not, `name:language` as approved by Meta.
    pub template: Option<Template>,
    /// `ALERT_EVERY_SECONDS`.
    pub every: Duration,
}

impl Alerts {
    /// Reads the variables; none where nobody is to be told.
    pub(super) fn read(env: &mut Env<'_>, phone_number_id: &str) -> Option<Alerts> {
        let webhook = env.http_address("ALERT_WEBHOOK_URL");
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
                "{number} wants WHATSAPP_PHONE_NUMBER_ID too: the business number that alerts come from"
            ));
        }
        let template = Template::read("ALERT_TEMPLATE", env);
        let every = "ALERT_EVERY_SECONDS";
        let seconds: u32 = env.parsed(every, "60", "a whole number of seconds").unwrap_or(60);
        if seconds == 0 {
            env.wrong.push(format!("{every} is 0; it is 1 at the least"));
        }
        let every = Duration::from_secs(seconds.into());
        (webhook.is_some() || whatsapp.is_some()).then_some(Alerts { webhook, whatsapp, template, every })
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
    fn nobody_is_told_unless_somebody_is_named() {
        assert!(read(&[("ALERT_EVERY_SECONDS", "5")], "1").0.is_none());
        let (alerts, wrong) =
            read(&[("ALERT_WHATSAPP_NUMBER", "+250 788 000 001"), ("ALERT_TEMPLATE", "alert:en")], "1");
        let alerts = alerts.expect("a number");
        assert_eq!((wrong.len(), alerts.every.as_secs(), alerts.template.is_some()), (0, 60, true));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
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
