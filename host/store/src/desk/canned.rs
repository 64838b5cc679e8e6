//! Ready answers: words that staff send by name.

use crate::{
    Store, StoreError,
    db::{Arg, Row},
};
use switchboard_core::act::{Act, Actor};

/// A ready answer.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Canned {
    /// Its name.
    pub name: String,
    /// The language that it is in; empty: for every language that has none of its own.
    pub language: String,
    /// The words; `{name}` stands for the person's name.
    pub words: String,
    /// In milliseconds.
    pub updated_at: i64,
    /// Who wrote it.
    pub updated_by: String,
}

impl Store {
    /// All ready answers, by name.
    pub async fn canned(&self) -> Result<Vec<Canned>, StoreError> {
        let sql = "select name, language, words, updated_at, updated_by from canned order by name, language";
        let rows = self.query(sql).all().await?;
        let canned = |row: &Row| -> Result<Canned, sqlx::Error> {
            Ok(Canned {
                name: row.get(0)?,
                language: row.get(1)?,
                words: row.get(2)?,
                updated_at: row.get(3)?,
                updated_by: row.get(4)?,
            })
        };
        Ok(rows.iter().map(canned).collect::<Result<_, _>>()?)
    }

    /// The words of a ready answer in a language, else those for every language.
    pub async fn canned_words(&self, name: &str, language: &str) -> Result<Option<String>, StoreError> {
        let query = self
            .query("select words from canned where name = $1 and language in ($2, '') order by language = '' limit 1");
        Ok(query.bind(name).bind(language).maybe().await?)
    }

    /// Sets a ready answer.
    pub async fn set_canned(&self, name: &str, language: &str, words: &str, actor: &Actor) -> Result<(), StoreError> {
        let sql = "insert into canned (name, language, words, updated_at, updated_by) values ($1, $2, $3, $4, $5)
            on conflict (name, language) do update set words = excluded.words, updated_at = excluded.updated_at, updated_by = excluded.updated_by";
        let values =
            vec![Arg::from(name), language.into(), words.into(), self.now().into(), actor.name.as_str().into()];
        let act = Act::on("canned.set", name).changes(None, Some(language.to_owned()));
        self.audited(sql, values, actor, act).await.map(drop)
    }

    /// Removes a ready answer, in one language or in all. False if there is none.
    pub async fn remove_canned(&self, name: &str, language: Option<&str>, actor: &Actor) -> Result<bool, StoreError> {
        let sql = "delete from canned where name = $1 and ($2 or language = $3)";
        let values = vec![Arg::from(name), language.is_none().into(), language.unwrap_or_default().into()];
        let act = Act::on("canned.remove", name).changes(language.map(str::to_owned), None);
        Ok(self.audited(sql, values, actor, act).await? > 0)
    }

    /// The name and the language of a person, for what is said to them.
    pub async fn name_and_language(&self, person: uuid::Uuid) -> Result<(Option<String>, Option<String>), StoreError> {
        let row =
            self.query("select name, language from person where person_id = $1::uuid").bind(person).optional().await?;
        Ok(match row {
            Some(row) => (row.get(0)?, row.get(1)?),
            None => (None, None),
        })
    }
}
