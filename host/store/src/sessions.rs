//! Passwords of operators, and their sessions at the console. A session is found by the hash of its cookie's value, which the database does
//! not have.

use switchboard_core::{
    act::{Act, Actor},
    operator::OperatorRole,
};

use crate::{
    Store, StoreError,
    db::{Arg, Row},
    op::Statement,
};

/// How often the use of a session is written down, at the most.
const USED_EVERY_MS: i64 = 60_000;

/// An operator who may sign in by a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordRow {
    /// What they may do.
    pub role: OperatorRole,
    /// Argon2id of the password, in PHC form; none if they have none.
    pub hash: Option<String>,
}

/// A session at the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// The SHA-256 by which it was found, in hex.
    pub hash: String,
    /// The operator's name.
    pub operator: String,
    /// What they may do.
    pub role: OperatorRole,
    /// When it was last used, to the minute, in milliseconds.
    pub used_at: i64,
    /// When it ends, in milliseconds.
    pub ends_at: i64,
}

impl Store {
    /// The role and the password of an operator who may act; none if there is none of that name.
    pub async fn operator_password(&self, name: &str) -> Result<Option<PasswordRow>, StoreError> {
        let sql = "select role, password_hash from operator where name = $1 and revoked_at is null";
        let row = self.query(sql).bind(name).optional().await?;
        let read = |row: Row| -> Result<PasswordRow, sqlx::Error> {
            Ok(PasswordRow { role: role(&row.get::<String>(0)?)?, hash: row.get(1)? })
        };
        Ok(row.map(read).transpose()?)
    }

    /// Gives an operator another password, as Argon2id in PHC form, and ends their sessions. False if there is none of that name.
    pub async fn set_operator_password(&self, name: &str, hash: &str, actor: &Actor) -> Result<bool, StoreError> {
        let sql = "update operator set password_hash = $2 where name = $1 and revoked_at is null";
        let set = Statement { sql, values: vec![name.into(), hash.into()] };
        let act = Act::on("operators.password", name);
        Ok(self.audited_all(vec![set, ended(name)], actor, act).await? > 0)
    }

    /// Begins a session, and records that somebody signed in.
    pub async fn begin_session(&self, session: &SessionRow, actor: &Actor) -> Result<(), StoreError> {
        let sql = "insert into operator_session (session_hash, operator, role, created_at, used_at, ends_at) values ($1, $2, $3, $4, $4, $5)";
        let values: Vec<Arg> = vec![
            session.hash.as_str().into(),
            session.operator.as_str().into(),
            session.role.as_str().into(),
            session.used_at.into(),
            session.ends_at.into(),
        ];
        let act = Act::on("console.sign-in", session.operator.as_str());
        self.audited(sql, values, actor, act).await.map(drop)
    }

    /// The session of one of these hashes that has not ended and was used since `used_since`; none if its operator was revoked or has another
    /// role. `operator` and `development` are nobody's names: whether such a session counts is the caller's to judge.
    pub async fn session(&self, hashes: [&str; 2], used_since: i64) -> Result<Option<SessionRow>, StoreError> {
        let sql = "select s.session_hash, s.operator, s.role, s.used_at, s.ends_at from operator_session as s
            left join operator as o on o.name = s.operator
            where s.session_hash in ($1, $2) and s.ends_at > $3 and s.used_at >= $4
                and (s.operator in ('operator', 'development') or (o.revoked_at is null and o.role = s.role))";
        let query = self.query(sql).bind(hashes[0]).bind(hashes[1]).bind(self.now()).bind(used_since);
        let read = |row: Row| -> Result<SessionRow, sqlx::Error> {
            Ok(SessionRow {
                hash: row.get(0)?,
                operator: row.get(1)?,
                role: role(&row.get::<String>(2)?)?,
                used_at: row.get(3)?,
                ends_at: row.get(4)?,
            })
        };
        Ok(query.optional().await?.map(read).transpose()?)
    }

    /// Notes that a session was used, once a minute.
    pub async fn session_used(&self, session: &SessionRow) -> Result<(), StoreError> {
        let now = self.now();
        if now - session.used_at < USED_EVERY_MS {
            return Ok(());
        }
        let sql = "update operator_session set used_at = $2 where session_hash = $1";
        self.inner.writer.plain(sql, vec![session.hash.as_str().into(), now.into()]).await.map(drop)
    }

    /// Ends a session.
    pub async fn end_session(&self, hash: &str) -> Result<(), StoreError> {
        let sql = "delete from operator_session where session_hash = $1";
        self.inner.writer.plain(sql, vec![hash.into()]).await.map(drop)
    }
}

/// The end of all sessions of an operator.
pub(crate) fn ended(name: &str) -> Statement {
    Statement { sql: "delete from operator_session where operator = $1", values: vec![name.into()] }
}

fn role(name: &str) -> Result<OperatorRole, sqlx::Error> {
    OperatorRole::parse(name).ok_or_else(|| sqlx::Error::Protocol(format!("an operator has the role `{name}`")))
}
