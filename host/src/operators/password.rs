//! Passwords of operators for the console: Argon2id, in PHC form.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use switchboard_core::{act::Actor, secret::Secret};
use switchboard_store::Store;
use tokio::sync::Semaphore;

use super::OperatorError;

/// The fewest characters of a password.
const LEAST: usize = 12;

/// The longest password in bytes.
const LONGEST: usize = 1024;

/// Bytes of the random salt.
const SALT: usize = 16;

/// How many passwords are hashed at a time: each takes 19 MiB.
static HASHING: Semaphore = Semaphore::const_new(2);

/// The hash of nobody's password: checked for names that nobody has, so that they take as long.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hashed(b"nobody has this password").ok());

/// Gives an operator another password; their sessions end.
pub async fn set(store: &Store, name: &str, password: Secret, actor: &Actor) -> Result<(), OperatorError> {
    if password.chars().count() < LEAST || password.len() > LONGEST {
        let said = format!("a password has at least {LEAST} characters, and at most {LONGEST} bytes");
        return Err(OperatorError::Password(said));
    }
    let _turn = HASHING.acquire().await;
    let hash = tokio::task::spawn_blocking(move || hashed(password.as_bytes()));
    let hash = hash.await.map_err(|error| OperatorError::Random(error.to_string()))??;
    match store.set_operator_password(name, &hash, actor).await? {
        true => Ok(()),
        false => Err(OperatorError::None(name.to_owned())),
    }
}

/// Whether this is the password of this hash. Without a hash it takes as long, and is not.
pub async fn is(hash: Option<String>, password: Secret) -> bool {
    if password.len() > LONGEST {
        return false;
    }
    let _turn = HASHING.acquire().await;
    let checked = tokio::task::spawn_blocking(move || {
        let is_somebody = hash.is_some();
        let hash = hash.or_else(|| NOBODY.clone());
        let parsed = hash.as_deref().map(PasswordHash::new);
        let fits = |parsed: &PasswordHash| Argon2::default().verify_password(password.as_bytes(), parsed).is_ok();
        matches!(parsed, Some(Ok(parsed)) if fits(&parsed)) && is_somebody
    });
    checked.await.unwrap_or(false)
}

fn hashed(password: &[u8]) -> Result<String, OperatorError> {
    let mut salt = [0_u8; SALT];
    getrandom::fill(&mut salt).map_err(|error| OperatorError::Random(error.to_string()))?;
    let hash = Argon2::default().hash_password_with_salt(password, &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| OperatorError::Random(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_its_own_and_nobody_s_is_none() {
        let hash = hashed(b"correct horse battery").expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let is = |hash: Option<&str>, password: &str| is(hash.map(str::to_owned), password.to_owned().into());
        assert!(is(Some(&hash), "correct horse battery").await);
        assert!(!is(Some(&hash), "correct horse batterz").await);
        assert!(!is(Some("no hash"), "correct horse battery").await);
        assert!(!is(None, "nobody has this password").await);
    }
}
