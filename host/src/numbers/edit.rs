//! What operators do to business numbers: list, set, remove. The commands, the admin API and the console call this.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::live::{Number, WrongNumber};
use crate::{
    config::Defaults,
    flags::{NameError, check_name},
};
use switchboard_core::{act::Actor, phone::is_number_id, text::is_blank};
use switchboard_store::{BusinessNumber, NumberRow, Store, StoreError};

/// The longest name of a number, in characters.
const NAME_MAX: usize = 60;

/// Why an act on a business number was refused.
#[derive(Debug, thiserror::Error)]
pub enum NumberError {
    /// The id is none.
    #[error(
        "`{0}` is not a phone number id: it is the id of digits beside the number in Meta's dashboard, not the number itself"
    )]
    Id(String),
    /// There is no such number.
    #[error("there is no business number {0}: `switchboard numbers list` shows those that there are")]
    Unknown(String),
    /// The name.
    #[error("a name has at most {NAME_MAX} characters")]
    Name,
    /// Nothing would change.
    #[error("say what changes: name, languages, agents, hours or notice_template")]
    Nothing,
    /// An agent that looks like a slip.
    #[error("there is no agent `{}`: did you mean `{}`?", .0.name, .0.nearest)]
    Agent(NameError),
    /// What is said of it.
    #[error(transparent)]
    Wrong(#[from] WrongNumber),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What changes of a business number: what is absent stays, what is `null` is as the configuration says for all numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NumberPatch {
    /// What it is called here.
    #[serde(deserialize_with = "given")]
    pub name: Option<Option<String>>,
    /// The languages that it answers in, the first in doubt.
    #[serde(deserialize_with = "given")]
    pub languages: Option<Option<Vec<String>>>,
    /// The agents that serve there, beside the menu's.
    #[serde(deserialize_with = "given")]
    pub agents: Option<Option<Vec<String>>>,
    /// When people of the business answer there, such as `Mon-Fri 08:00-18:00`.
    #[serde(deserialize_with = "given")]
    pub hours: Option<Option<String>>,
    /// The template that asks people to write again, `name:language`.
    #[serde(deserialize_with = "given")]
    pub notice_template: Option<Option<String>>,
}

/// A field that is there, also as `null`.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(field: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(field).map(Some)
}

impl NumberPatch {
    /// Writes the change into a row.
    fn apply(self, row: &mut NumberRow) {
        let text = |list: Option<Vec<String>>| list.map(|list| json!(list).to_string());
        if let Some(name) = self.name {
            row.name = name.map(|name| name.trim().to_owned()).filter(|name| !is_blank(name));
        }
        if let Some(languages) = self.languages {
            row.languages = text(languages);
        }
        if let Some(agents) = self.agents {
            row.agents = text(agents);
        }
        if let Some(hours) = self.hours {
            row.hours = hours;
        }
        if let Some(template) = self.notice_template {
            row.notice_template = template;
        }
    }
}

/// A business number as JSON.
pub fn json(number: &BusinessNumber) -> Value {
    let rests = number
        .rest_reason
        .as_ref()
        .map(|reason| json!({ "reason": reason, "since": number.rest_since, "until": number.rests_until }));
    let mut value = json!({ "business": number.business, "rests": rests });
    if let Value::Object(fields) = &mut value {
        fields.extend(said(&number.settings));
    }
    value
}

/// What is said of a number: the fields that a patch has.
fn said(row: &NumberRow) -> Map<String, Value> {
    let list = |json: &Option<String>| -> Value {
        json.as_deref().map_or(Value::Null, |json| serde_json::from_str(json).unwrap_or_else(|_| json.into()))
    };
    let fields = [
        ("name", json!(row.name)),
        ("languages", list(&row.languages)),
        ("agents", list(&row.agents)),
        ("hours", json!(row.hours)),
        ("notice_template", json!(row.notice_template)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Sets what is said of a business number, and makes its row, if there is none; agents that look like slips of `known` ones are refused.
/// Gives the number as it is then; it is in force on the running hosts within a second.
pub async fn set(
    store: &Store,
    (defaults, known): (&Defaults, &[String]),
    business: &str,
    patch: NumberPatch,
    actor: &Actor,
) -> Result<BusinessNumber, NumberError> {
    if !is_number_id(business) {
        return Err(NumberError::Id(business.to_owned()));
    }
    if patch.name.iter().flatten().any(|name| name.chars().count() > NAME_MAX) {
        return Err(NumberError::Name);
    }
    for agent in patch.agents.iter().flatten().flatten() {
        check_name(agent, known.iter().map(String::as_str)).map_err(NumberError::Agent)?;
    }
    let stored = number(store, business).await?;
    if stored.is_some() && patch == NumberPatch::default() {
        return Err(NumberError::Nothing);
    }
    let before = stored.map(|number| number.settings);
    let mut row = before.clone().unwrap_or_default();
    patch.apply(&mut row);
    Number::read(&row, &Number::of(defaults))?;
    let text = |row: &NumberRow| Value::Object(said(row)).to_string();
    store.set_number(business, &row, (before.as_ref().map(text), Some(text(&row))), actor).await?;
    number(store, business).await?.ok_or_else(|| NumberError::Unknown(business.to_owned()))
}

async fn number(store: &Store, business: &str) -> Result<Option<BusinessNumber>, StoreError> {
    Ok(store.numbers().await?.into_iter().find(|number| number.business == business))
}

/// Removes a business number: where `UNKNOWN_NUMBERS` says so, its deliveries are not answered any more. What was said there stays.
pub async fn remove(store: &Store, business: &str, actor: &Actor) -> Result<(), NumberError> {
    match store.remove_number(business, actor).await? {
        true => Ok(()),
        false => Err(NumberError::Unknown(business.to_owned())),
    }
}
