//! Operators with names and roles, as the command line and the admin API share it. A token is shown once, to the one who makes it; the
//! database has its SHA-256. A password is kept as Argon2id ([`password`]); who signed in at the console has a session ([`sessions`]).

pub mod audit;
pub mod password;
pub mod sessions;
mod shared;

pub use shared::SharedToken;

use sha2::{Digest, Sha256};
use switchboard_core::{
    act::Actor,
    operator::{OperatorRole, check_operator_name},
    secret::Secret,
};
use switchboard_store::{OperatorRow, Store, StoreError};

/// What a token begins with, so that scanners of code and logs find one.
const PREFIX: &str = "swb_";

/// Why an operator was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// The name is refused; a sentence.
    #[error("{0}")]
    Name(String),
    /// An operator has this name.
    #[error("there is an operator `{0}` already: `operators role` gives another role, `operators token` another token")]
    Exists(String),
    /// No operator has this name.
    #[error("there is no operator `{0}` who may act: `operators list` shows all")]
    None(String),
    /// The role was changed meanwhile.
    #[error("the role of `{0}` was changed meanwhile: look again")]
    Changed(String),
    /// The system gives no random bytes.
    #[error("no token can be made: {0}")]
    Random(String),
    /// The password is too short or too long; a sentence.
    #[error("{0}")]
    Password(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes an operator; gives their token, which is shown once.
pub async fn add(store: &Store, name: &str, role: OperatorRole, actor: &Actor) -> Result<Secret, OperatorError> {
    check_operator_name(name).map_err(OperatorError::Name)?;
    let token = new_token()?;
    match store.add_operator(name, role, &hash(token.as_bytes()), actor).await? {
        true => Ok(token),
        false => Err(OperatorError::Exists(name.to_owned())),
    }
}

/// Gives an operator another role; gives the one before.
pub async fn set_role(
    store: &Store,
    name: &str,
    role: OperatorRole,
    actor: &Actor,
) -> Result<OperatorRole, OperatorError> {
    let operator = one(store, name).await?;
    if operator.role != role && !store.set_operator_role(name, operator.role, role, actor).await? {
        return Err(OperatorError::Changed(name.to_owned()));
    }
    Ok(operator.role)
}

/// Gives an operator another token, which is shown once; the one before ends at once.
pub async fn renew_token(store: &Store, name: &str, actor: &Actor) -> Result<Secret, OperatorError> {
    let token = new_token()?;
    match store.set_operator_token(name, &hash(token.as_bytes()), actor).await? {
        true => Ok(token),
        false => Err(OperatorError::None(name.to_owned())),
    }
}

/// Ends what an operator may do, at once.
pub async fn revoke(store: &Store, name: &str, actor: &Actor) -> Result<(), OperatorError> {
    match store.revoke_operator(name, actor).await? {
        true => Ok(()),
        false => Err(OperatorError::None(name.to_owned())),
    }
}

/// The operator of a token, whose use is noted; none if there is none who may act.
pub async fn by_token(store: &Store, token: &[u8]) -> Result<Option<OperatorRow>, StoreError> {
    let Some(operator) = store.operator_of(&hash(token)).await? else { return Ok(None) };
    if let Err(error) = store.operator_used(&operator).await {
        tracing::warn!(operator = operator.name, "the use of a token could not be noted: {error}");
    }
    Ok(Some(operator))
}

async fn one(store: &Store, name: &str) -> Result<OperatorRow, OperatorError> {
    let mut all = store.operators().await?.into_iter();
    let found = all.find(|operator| operator.name == name && operator.revoked_at.is_none());
    found.ok_or_else(|| OperatorError::None(name.to_owned()))
}

/// A token of 256 random bits.
fn new_token() -> Result<Secret, OperatorError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| OperatorError::Random(error.to_string()))?;
    Ok(format!("{PREFIX}{}", hex::encode(bytes)).into())
}

/// SHA-256 in hex. A token is random, so nothing slower is needed; the look-up by the hash tells nothing of the token by its time.
fn hash(token: &[u8]) -> String {
    hex::encode(Sha256::digest(token))
}
