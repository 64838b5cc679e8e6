//! Operators: names, roles and the hashes of their tokens. A change is recorded in the transaction that makes it.

use switchboard_core::{
    act::{Act, Actor},
    operator::OperatorRole,
};

use crate::{Store, StoreError, db::Row, op::Statement, sessions::ended, value::Arg};

/// How often the use of a token is written down, at the most.
const USED_EVERY_MS: i64 = 60_000;

/// An operator, without the hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorRow {
    /// Their name in the audit.
    pub name: String,
    /// What they may do.
    pub role: OperatorRole,
    /// In milliseconds.
    pub created_at: i64,
    /// Who made them.
    pub created_by: String,
    /// Since when they may do nothing any more, in milliseconds.
    pub revoked_at: Option<i64>,
    /// When their token was last used, to the minute, in milliseconds.
    pub used_at: Option<i64>,
}

macro_rules! columns {
    () => {
        "name, role, created_at, created_by, revoked_at, used_at"
    };
}

impl Store {
    /// All operators, also those who were revoked, by name.
    pub async fn operators(&self) -> Result<Vec<OperatorRow>, StoreError> {
        let rows = self.query(concat!("select ", columns!(), " from operator order by name")).all().await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// Whether anybody may act by a token of their own.
    pub async fn has_operators(&self) -> Result<bool, StoreError> {
        Ok(self.query("select exists (select 1 from operator where revoked_at is null)").value().await?)
    }

    /// The operator of a token, by its SHA-256 in hex; none if there is none, or they were revoked.
    pub async fn operator_of(&self, token_hash: &str) -> Result<Option<OperatorRow>, StoreError> {
        let sql = concat!("select ", columns!(), " from operator where token_hash = $1 and revoked_at is null");
        let row = self.query(sql).bind(token_hash).optional().await?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    /// Notes that an operator's token was used, once a minute.
    pub async fn operator_used(&self, operator: &OperatorRow) -> Result<(), StoreError> {
        let now = self.now();
        if operator.used_at.is_some_and(|at| now - at < USED_EVERY_MS) {
            return Ok(());
        }
        let sql = "update operator set used_at = $2 where name = $1";
        self.inner.writer.plain(sql, vec![operator.name.as_str().into(), now.into()]).await.map(drop)
    }

    /// Makes an operator; false if one has that name. The name of one who was revoked is free for the same person.
    pub async fn add_operator(
        &self,
        name: &str,
        role: OperatorRole,
        token_hash: &str,
        actor: &Actor,
    ) -> Result<bool, StoreError> {
        let sql = "insert into operator (name, role, token_hash, created_at, created_by) values ($1, $2, $3, $4, $5)
            on conflict (name) do update set role = excluded.role, token_hash = excluded.token_hash, password_hash = null,
                created_at = excluded.created_at, created_by = excluded.created_by, revoked_at = null, used_at = null
            where operator.revoked_at is not null";
        let values: Vec<Arg> =
            vec![name.into(), role.as_str().into(), token_hash.into(), self.now().into(), actor.to_string().into()];
        let act = Act::on("operators.add", name).changes(None, Some(role.to_string()));
        Ok(self.audited(sql, values, actor, act).await? > 0)
    }

    /// Gives an operator another role; false if there is none of that name, or they had another role than `before` meanwhile.
    pub async fn set_operator_role(
        &self,
        name: &str,
        before: OperatorRole,
        role: OperatorRole,
        actor: &Actor,
    ) -> Result<bool, StoreError> {
        let sql = "update operator set role = $2 where name = $1 and role = $3 and revoked_at is null";
        let values: Vec<Arg> = vec![name.into(), role.as_str().into(), before.as_str().into()];
        let act = Act::on("operators.role", name).changes(Some(before.to_string()), Some(role.to_string()));
        self.audited_with_sessions(name, sql, values, actor, act).await
    }

    /// Gives an operator another token; the one before ends at once. False if there is none of that name.
    pub async fn set_operator_token(&self, name: &str, token_hash: &str, actor: &Actor) -> Result<bool, StoreError> {
        let sql = "update operator set token_hash = $2, used_at = null where name = $1 and revoked_at is null";
        let values: Vec<Arg> = vec![name.into(), token_hash.into()];
        self.audited_with_sessions(name, sql, values, actor, Act::on("operators.token", name)).await
    }

    /// Ends what an operator may do, at once; false if there is none of that name.
    pub async fn revoke_operator(&self, name: &str, actor: &Actor) -> Result<bool, StoreError> {
        let sql = "update operator set revoked_at = $2, password_hash = null where name = $1 and revoked_at is null";
        let values: Vec<Arg> = vec![name.into(), self.now().into()];
        self.audited_with_sessions(name, sql, values, actor, Act::on("operators.revoke", name)).await
    }

    /// Changes an operator and ends their sessions at the console; whether there was one to change.
    async fn audited_with_sessions(
        &self,
        name: &str,
        sql: &'static str,
        values: Vec<Arg>,
        actor: &Actor,
        act: Act,
    ) -> Result<bool, StoreError> {
        let statements = vec![Statement { sql, values }, ended(name)];
        Ok(self.audited_all(statements, actor, act).await? > 0)
    }
}

fn read(row: &Row) -> Result<OperatorRow, sqlx::Error> {
    let role: String = row.get(1)?;
    Ok(OperatorRow {
        name: row.get(0)?,
        role: OperatorRole::parse(&role)
            .ok_or_else(|| sqlx::Error::Protocol(format!("an operator has the role `{role}`")))?,
        created_at: row.get(2)?,
        created_by: row.get(3)?,
        revoked_at: row.get(4)?,
        used_at: row.get(5)?,
    })
}
