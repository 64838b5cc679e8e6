//! Sessions of operators at the console. A cookie has 256 random bits; the database has its hash.

use switchboard_core::{
    act::{Act, Actor},
    operator::OperatorRole,
    secret::Secret,
};
use switchboard_store::{SessionRow, Store, StoreError};

use super::{OperatorError, SharedToken, by_token, hash, password};

/// How long a session lives, in milliseconds.
pub const LIFE_MS: i64 = 12 * 3_600_000;

/// How long a session may rest, in milliseconds.
pub const IDLE_MS: i64 = 3_600_000;

/// The name of one who has `OPERATOR_TOKEN`.
pub const SHARED: &str = "operator";

/// The name of the person at the console in development, where nobody signs in.
pub const DEVELOPMENT: &str = "development";

/// What somebody signs in by.
pub enum Credential {
    /// Their name and password.
    Password(String, Secret),
    /// A token: an operator's, or `OPERATOR_TOKEN`.
    Token(Secret),
}

/// A session that has begun.
pub struct Begun {
    /// The cookie's value, which is shown to nobody else.
    pub cookie: Secret,
    /// The operator's name.
    pub operator: String,
    /// What they may do.
    pub role: OperatorRole,
}

/// Signs somebody in; none if what they gave is wrong. `shared` is `OPERATOR_TOKEN`.
pub async fn sign_in(
    store: &Store,
    shared: Option<&Secret>,
    given: Credential,
) -> Result<Option<Begun>, OperatorError> {
    match given {
        Credential::Password(name, password) => {
            let row = store.operator_password(&name).await?;
            let (role, hash) = row.map_or((None, None), |row| (Some(row.role), row.hash));
            match (password::is(hash, password).await, role) {
                (true, Some(role)) => begin(store, &name, role, None).await.map(Some),
                (_, role) => refused(store, role.map(|_| name.as_str()), "password").await,
            }
        }
        Credential::Token(token) => {
            if let Some(shared) = shared
                && SharedToken::new(shared).is(token.as_bytes())
            {
                return begin(store, SHARED, OperatorRole::Admin, Some(shared)).await.map(Some);
            }
            match by_token(store, token.as_bytes()).await? {
                Some(operator) => begin(store, &operator.name, operator.role, None).await.map(Some),
                None => refused(store, None, "token").await,
            }
        }
    }
}

/// Records that somebody was refused, and by what: under the name of an operator, or as unknown. Another name is not kept: it may be a
/// password in the wrong field.
async fn refused(store: &Store, operator: Option<&str>, by: &str) -> Result<Option<Begun>, OperatorError> {
    let act = Act::on("console.refused", operator.unwrap_or("unknown")).changes(None, Some(format!("wrong {by}")));
    store.record_act(&Actor::at_console("unknown"), act).await?;
    Ok(None)
}

/// Begins a session in development, where anyone who is at the machine is an admin.
pub async fn in_development(store: &Store) -> Result<Begun, OperatorError> {
    begin(store, DEVELOPMENT, OperatorRole::Admin, None).await
}

async fn begin(
    store: &Store,
    operator: &str,
    role: OperatorRole,
    shared: Option<&Secret>,
) -> Result<Begun, OperatorError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| OperatorError::Random(error.to_string()))?;
    let cookie = Secret::from(hex::encode(bytes));
    let hash = match shared {
        Some(shared) => shared_hash(&cookie, shared),
        None => hash(cookie.as_bytes()),
    };
    let now = store.now();
    let session = SessionRow { hash, operator: operator.to_owned(), role, used_at: now, ends_at: now + LIFE_MS };
    store.begin_session(&session, &Actor::at_console(operator)).await?;
    Ok(Begun { cookie, operator: session.operator, role })
}

/// The session of a cookie; none if it has ended. One by `OPERATOR_TOKEN` ends when that changes; one of development
/// counts there only.
pub async fn find(
    store: &Store,
    shared: Option<&Secret>,
    cookie: &str,
    in_development: bool,
) -> Result<Option<SessionRow>, StoreError> {
    let by_shared = shared.map(|shared| shared_hash(cookie, shared)).unwrap_or_default();
    let hashes = [hash(cookie.as_bytes()), by_shared];
    let Some(session) = store.session([&hashes[0], &hashes[1]], store.now() - IDLE_MS).await? else { return Ok(None) };
    let counts = match session.operator.as_str() {
        SHARED => session.hash == hashes[1],
        DEVELOPMENT => in_development,
        _ => true,
    };
    Ok(Some(session).filter(|_| counts))
}

/// Notes that a session was used by its operator: one that rests for [`IDLE_MS`] ends.
pub async fn used(store: &Store, session: &SessionRow) {
    if let Err(error) = store.session_used(session).await {
        tracing::warn!(operator = session.operator, "the use of a session could not be noted: {error}");
    }
}

/// Ends the session of a cookie.
pub async fn end(store: &Store, shared: Option<&Secret>, cookie: &str) -> Result<(), StoreError> {
    store.end_session(&hash(cookie.as_bytes())).await?;
    match shared {
        Some(shared) => store.end_session(&shared_hash(cookie, shared)).await,
        None => Ok(()),
    }
}

/// What the forms of a session carry, so that no other site can send them.
pub fn form_token(cookie: &str) -> String {
    hash(format!("form:{cookie}").as_bytes())
}

/// The hash of a session by `OPERATOR_TOKEN`: without that token it is found by nothing.
fn shared_hash(cookie: &str, shared: &Secret) -> String {
    hash(format!("{}:{cookie}", &**shared).as_bytes())
}
