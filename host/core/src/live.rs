//! A value that may be replaced while the process runs, such as a token that was rotated.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use crate::secret::Secret;

/// A value that all its clones share, and that may be replaced: it is read anew for each use.
pub struct Live<T>(Arc<RwLock<Arc<T>>>);

impl<T> Live<T> {
    /// A value, until it is replaced.
    pub fn new(value: T) -> Live<T> {
        Live(Arc::new(RwLock::new(Arc::new(value))))
    }

    /// The value in force.
    pub fn get(&self) -> Arc<T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the value: anyone who reads from now on has the new one.
    pub fn set(&self, value: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Live<T> {
        Live(self.0.clone())
    }
}

impl<T: Default> Default for Live<T> {
    fn default() -> Live<T> {
        Live::new(T::default())
    }
}

impl<T> From<T> for Live<T> {
    fn from(value: T) -> Live<T> {
        Live::new(value)
    }
}

impl From<&Secret> for Live<Secret> {
    fn from(secret: &Secret) -> Live<Secret> {
        Live::new(secret.clone())
    }
}

impl From<&str> for Live<Secret> {
    fn from(secret: &str) -> Live<Secret> {
        Live::new(secret.to_owned().into())
    }
}

impl<T: fmt::Debug> fmt::Debug for Live<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_has_what_was_set_since() {
        let one = Live::new(1);
        let other = one.clone();
        let before = one.get();
        other.set(2);
        assert_eq!((*before, *one.get(), *other.get()), (1, 2, 2));
    }
}
