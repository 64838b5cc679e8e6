//! The variables of business-wide defaults, and of message templates.

use std::str::FromStr;

use super::env::Env;
use switchboard_core::{
    hours::Hours,
    text::{LANGUAGES, is_blank},
};

/// Business-wide defaults: language, time zone, currency, country.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// `DEFAULT_LANGUAGE`, a BCP 47 tag.
    pub language: String,
    /// `DEFAULT_TIME_ZONE`, an IANA name.
    pub time_zone: String,
    /// `DEFAULT_CURRENCY`, an ISO 4217 code.
    pub currency: String,
    /// `DEFAULT_COUNTRY`, a calling code.
    pub calling_code: String,
    /// `NOTICE_TEMPLATE`: the template that asks people to write after 24 hours of silence, `name:language` as approved by Meta.
    pub notice_template: Option<Template>,
    /// `MARKETING_TEMPLATES`: names of the templates that Meta lists under marketing.
    pub marketing_templates: Vec<String>,
    /// `BUSINESS_HOURS`: when people of the business answer; none: nothing is said about it.
    pub hours: Option<Hours>,
}

/// A message template approved by Meta.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Its language code, for instance `en_US`.
    pub language: String,
}

impl Defaults {
    /// The defaults of the first business, in Rwanda.
    pub fn rwanda() -> Defaults {
        let [language, time_zone, currency, calling_code] = ["en", "Africa/Kigali", "RWF", "250"].map(str::to_owned);
        Defaults {
            language,
            time_zone,
            currency,
            calling_code,
            notice_template: None,
            marketing_templates: Vec::new(),
            hours: None,
        }
    }

    fn check(&self, wrong: &mut Vec<String>) {
        if !LANGUAGES.contains(&self.language.as_str()) {
            wrong.push(format!("DEFAULT_LANGUAGE is `{}`; it must be one of {}", self.language, LANGUAGES.join(", ")));
        }
        if jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            wrong.push(format!(
                "DEFAULT_TIME_ZONE is `{}`; it must be an IANA name such as Africa/Kigali",
                self.time_zone
            ));
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            wrong.push(format!(
                "DEFAULT_CURRENCY is `{}`; it must be a code of three capitals such as RWF",
                self.currency
            ));
        }
        if !(1..=3).contains(&self.calling_code.len()) || !self.calling_code.bytes().all(|b| b.is_ascii_digit()) {
            wrong.push(format!("DEFAULT_COUNTRY is `{}`; it must be a calling code such as 250", self.calling_code));
        }
    }

    /// Reads the variables.
    pub(super) fn read(env: &mut Env<'_>) -> Defaults {
        let first = Defaults::rwanda();
        let defaults = Defaults {
            language: env.text("DEFAULT_LANGUAGE", &first.language),
            time_zone: env.text("DEFAULT_TIME_ZONE", &first.time_zone),
            currency: env.text("DEFAULT_CURRENCY", &first.currency),
            calling_code: env.text("DEFAULT_COUNTRY", &first.calling_code),
            notice_template: Template::read("NOTICE_TEMPLATE", env),
            marketing_templates: names(&env.text("MARKETING_TEMPLATES", "")),
            hours: hours(env),
        };
        defaults.check(&mut env.wrong);
        defaults
    }
}

/// Business hours, if they are set.
fn hours(env: &mut Env<'_>) -> Option<Hours> {
    let read = env.get("BUSINESS_HOURS")?.parse::<Hours>();
    read.map_err(|error| env.wrong.push(format!("BUSINESS_HOURS: {error}"))).ok()
}

/// Names, separated by commas.
fn names(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Why a template cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`{0}`; it must be a template's name and language such as news:en_US")]
pub struct WrongTemplate(String);

impl FromStr for Template {
    type Err = WrongTemplate;

    fn from_str(text: &str) -> Result<Template, WrongTemplate> {
        let parts = text.split_once(':').filter(|(name, language)| !is_blank(name) && !is_blank(language));
        let (name, language) = parts.ok_or_else(|| WrongTemplate(text.to_owned()))?;
        Ok(Template { name: name.trim().to_owned(), language: language.trim().to_owned() })
    }
}

impl Template {
    /// Reads `name:language`, if it is set.
    pub(super) fn read(variable: &str, env: &mut Env<'_>) -> Option<Template> {
        let read = env.get(variable)?.parse::<Template>();
        read.map_err(|error| env.wrong.push(format!("{variable} is {error}"))).ok()
    }
}
