//! What is in force for each business number, reloaded as the table `business_number` changes. A row that cannot be read leaves its last
//! valid version in force.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use arc_swap::ArcSwap;
use tracing::warn;

use crate::{
    config::{Defaults, Template, WrongTemplate},
    watcher::Looks,
};
use switchboard_core::{
    hours::{Hours, WrongHours},
    text::LANGUAGES,
};
use switchboard_edge::{outbox::TemplateOf, whatsapp::body};
use switchboard_sandbox::route::FALLBACK;
use switchboard_store::{NumberRow, Store, StoreError};

/// What is in force for a business number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// The languages that it answers in, the first in doubt.
    pub languages: Vec<String>,
    /// The agents that serve there; none: all.
    pub agents: Option<BTreeSet<String>>,
    /// When people of the business answer; none: nothing is said about it.
    pub hours: Option<Hours>,
    /// The template that asks people to write again.
    pub notice_template: Option<Template>,
}

/// Why what is said of a business number cannot be in force.
#[derive(Debug, thiserror::Error)]
pub enum WrongNumber {
    /// A list is none.
    #[error("{what}: not a JSON list of texts: {error}")]
    List {
        /// Which one.
        what: &'static str,
        /// Why.
        error: serde_json::Error,
    },
    /// A language that the host does not speak.
    #[error("`{language}` is not a language of the host: there are {}", LANGUAGES.join(", "))]
    Language {
        /// Which one.
        language: String,
    },
    /// A list without entries.
    #[error("{0}: the list is empty; leave it away to have all")]
    Empty(&'static str),
    /// The hours.
    #[error(transparent)]
    Hours(#[from] WrongHours),
    /// The template.
    #[error("notice_template is {0}")]
    Template(#[from] WrongTemplate),
}

impl Number {
    /// What the configuration says for all numbers.
    pub(super) fn of(defaults: &Defaults) -> Number {
        let others = LANGUAGES.iter().filter(|language| **language != defaults.language);
        Number {
            languages: std::iter::once(defaults.language.as_str()).chain(others.copied()).map(str::to_owned).collect(),
            agents: None,
            hours: defaults.hours.clone(),
            notice_template: defaults.notice_template.clone(),
        }
    }

    /// What a row says over that.
    pub(super) fn read(row: &NumberRow, everywhere: &Number) -> Result<Number, WrongNumber> {
        let list = |what: &'static str, json: &Option<String>| -> Result<Option<Vec<String>>, WrongNumber> {
            let Some(json) = json else { return Ok(None) };
            let read: Vec<String> = serde_json::from_str(json).map_err(|error| WrongNumber::List { what, error })?;
            if read.is_empty() { Err(WrongNumber::Empty(what)) } else { Ok(Some(read)) }
        };
        let languages = list("languages", &row.languages)?;
        if let Some(unknown) = languages.iter().flatten().find(|language| !LANGUAGES.contains(&language.as_str())) {
            return Err(WrongNumber::Language { language: unknown.clone() });
        }
        let agents = list("agents", &row.agents)?;
        Ok(Number {
            languages: languages.unwrap_or_else(|| everywhere.languages.clone()),
            agents: agents.map(|agents| agents.into_iter().collect()),
            hours: match &row.hours {
                Some(hours) => Some(hours.parse::<Hours>()?),
                None => everywhere.hours.clone(),
            },
            notice_template: match &row.notice_template {
                Some(template) => Some(template.parse::<Template>()?),
                None => everywhere.notice_template.clone(),
            },
        })
    }

    /// The language in doubt.
    pub fn language(&self) -> &str {
        self.languages.first().map_or(LANGUAGES[0], String::as_str)
    }

    /// Whether it answers in a language.
    pub fn speaks(&self, language: &str) -> bool {
        self.languages.iter().any(|known| known == language)
    }

    /// Whether an agent serves there. The menu's always does.
    pub fn serves(&self, agent: &str) -> bool {
        agent == FALLBACK || self.agents.as_ref().is_none_or(|agents| agents.contains(agent))
    }
}

/// All business numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers {
    everywhere: Arc<Number>,
    by_id: HashMap<String, Arc<Number>>,
}

impl Numbers {
    /// What is in force for a number.
    pub fn of(&self, business: &str) -> Arc<Number> {
        self.by_id.get(business).unwrap_or(&self.everywhere).clone()
    }

    /// Whether the number has a row.
    pub fn is_known(&self, business: &str) -> bool {
        self.by_id.contains_key(business)
    }
}

/// The business numbers as they are in force, shared by all tasks. A turn reads them once.
#[derive(Clone)]
pub struct LiveNumbers {
    state: Arc<ArcSwap<Numbers>>,
    store: Store,
}

impl LiveNumbers {
    /// Reads the table, and fails if it cannot be read.
    pub async fn start(store: Store, defaults: &Defaults) -> Result<LiveNumbers, StoreError> {
        let none = Numbers { everywhere: Arc::new(Number::of(defaults)), by_id: HashMap::new() };
        let live = LiveNumbers { state: Arc::new(ArcSwap::from_pointee(none)), store };
        live.reread().await?;
        Ok(live)
    }

    /// What is in force.
    pub fn current(&self) -> Arc<Numbers> {
        self.state.load_full()
    }

    /// The template of each number that asks a person to write, as a body of the Graph API.
    pub fn template_of(&self) -> TemplateOf {
        let live = self.clone();
        Arc::new(move |business| {
            let number = live.state.load().of(business);
            let template = number.notice_template.as_ref()?;
            Some(body::template(&template.name, &template.language, &[]).to_string())
        })
    }

    /// Reloads the table on every change until the task is dropped.
    pub async fn follow(self, mut looks: Looks) {
        let mut seen = None;
        while let Some(version) = looks.other_version(seen).await {
            match self.reread().await {
                Ok(()) => seen = Some(version),
                Err(error) => warn!("business_number could not be read; what was read last stays in force: {error}"),
            }
        }
    }

    async fn reread(&self) -> Result<(), StoreError> {
        let before = self.state.load_full();
        let mut by_id = HashMap::new();
        for row in self.store.numbers().await? {
            let number = Number::read(&row.settings, &before.everywhere).unwrap_or_else(|error| {
                warn!("the row of business number {} in business_number is refused: {error}", row.business);
                (*before.of(&row.business)).clone()
            });
            by_id.insert(row.business, Arc::new(number));
        }
        let now = Numbers { everywhere: before.everywhere.clone(), by_id };
        if now != *before {
            self.state.store(Arc::new(now));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_goes_over_the_configuration_or_is_refused() {
        let hours = "Mon-Fri 08:00-18:00".parse().expect("hours");
        let everywhere = Number::of(&Defaults { hours: Some(hours), ..Defaults::rwanda() });
        assert_eq!(Number::read(&NumberRow::default(), &everywhere).expect("nothing said"), everywhere);
        let row = NumberRow {
            languages: Some(r#"["fr","en"]"#.into()),
            agents: Some(r#"["jobs"]"#.into()),
            notice_template: Some("news:fr".into()),
            ..NumberRow::default()
        };
        let read = Number::read(&row, &everywhere).expect("a row");
        assert_eq!((read.language(), read.speaks("rw")), ("fr", false));
        assert_eq!(["jobs", "rides", FALLBACK].map(|agent| read.serves(agent)), [true, false, true]);
        assert_eq!(read.hours, everywhere.hours);
        for (row, expected) in [
            (NumberRow { languages: Some("fr".into()), ..NumberRow::default() }, "languages: not a JSON list"),
            (NumberRow { languages: Some(r#"["xx"]"#.into()), ..NumberRow::default() }, "`xx` is not a language"),
            (NumberRow { agents: Some("[]".into()), ..NumberRow::default() }, "agents: the list is empty"),
            (NumberRow { hours: Some("always".into()), ..NumberRow::default() }, "no business hours"),
            (NumberRow { notice_template: Some("news".into()), ..NumberRow::default() }, "name and language"),
        ] {
            let error = Number::read(&row, &everywhere).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
