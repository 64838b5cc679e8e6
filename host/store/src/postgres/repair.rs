//! The rights of roles, made again.

use sqlx::Connection;

use super::{schema, server::Server};
use crate::StoreError;

/// All statements that give rights.
const RIGHTS: &str = include_str!("rights.sql");

/// Gives all roles their rights again, in one transaction.
pub(crate) async fn repair(server: &Server) -> Result<(), StoreError> {
    let (has, wanted) = schema::version(server).await?;
    if has != wanted {
        return Err(StoreError::Server(format!(
            "the schema of {} is at {has} and this program's at {wanted}: run `switchboard db migrate` first",
            server.name
        )));
    }
    let mut connection = server.connect().await.map_err(|error| server.refused(error))?;
    let failed = |error: sqlx::Error| {
        StoreError::Server(format!("the rights of {} were not repaired, and are as they were: {error}", server.name))
    };
    let mut transaction = connection.begin().await.map_err(failed)?;
    sqlx::raw_sql(RIGHTS).execute(&mut *transaction).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)
}
