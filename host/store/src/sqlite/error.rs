//! Errors of rusqlite as those of sqlx.

/// An error of the writer's connection as one of sqlx's: the store has one kind.
pub(super) fn error(error: rusqlite::Error) -> sqlx::Error {
    sqlx::Error::Database(Box::new(Failed { message: error.to_string(), error }))
}

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Failed {
    message: String,
    error: rusqlite::Error,
}

impl sqlx::error::DatabaseError for Failed {
    fn message(&self) -> &str {
        &self.message
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        &self.error
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        &mut self.error
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        Box::new(self.error)
    }

    fn kind(&self) -> sqlx::error::ErrorKind {
        sqlx::error::ErrorKind::Other
    }
}
