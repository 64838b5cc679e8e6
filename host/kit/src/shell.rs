//! A database connection as an operator's shell has it, to SQLite or PostgreSQL.

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Decode, Postgres, Sqlite, Type,
    postgres::PgConnection,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};

/// A connection to either database.
pub enum Shell {
    /// SQLite.
    Sqlite(SqliteConnection),
    /// PostgreSQL.
    Postgres(PgConnection),
}

impl Shell {
    /// Connects to a database URL.
    pub async fn open(url: &str) -> Shell {
        if let Some(file) = url.strip_prefix("sqlite://") {
            let options = SqliteConnectOptions::new().filename(file).busy_timeout(std::time::Duration::from_secs(10));
            return Shell::Sqlite(options.connect().await.expect("the database opens"));
        }
        let mut connection = PgConnection::connect(url).await.expect("the database answers");
        sqlx::raw_sql("set search_path = switchboard, public").execute(&mut connection).await.expect("set");
        Shell::Postgres(connection)
    }

    /// Runs statements.
    pub async fn run(&mut self, sql: &str) {
        if let Err(error) = self.tried(sql).await {
            panic!("{sql}: {error}");
        }
    }

    /// Runs a statement that must fail; returns the error.
    pub async fn refused(&mut self, sql: &str) -> String {
        self.tried(sql).await.expect_err(sql).to_string()
    }

    async fn tried(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Shell::Sqlite(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop),
            Shell::Postgres(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop),
        }
    }

    /// The first column of all rows.
    pub async fn values<T>(&mut self, sql: &'static str) -> Vec<T>
    where
        T: Send + Unpin + Type<Sqlite> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + for<'r> Decode<'r, Postgres>,
    {
        match self {
            Shell::Sqlite(connection) => sqlx::query_scalar(sql).fetch_all(connection).await.expect(sql),
            Shell::Postgres(connection) => sqlx::query_scalar(sql).fetch_all(connection).await.expect(sql),
        }
    }

    /// The first column of all rows, as texts; those that are null are left out.
    pub async fn texts(&mut self, sql: &str) -> Vec<String> {
        let all = AssertSqlSafe(sql.to_owned());
        let texts: Result<Vec<Option<String>>, _> = match self {
            Shell::Sqlite(connection) => sqlx::query_scalar(all).fetch_all(connection).await,
            Shell::Postgres(connection) => sqlx::query_scalar(all).fetch_all(connection).await,
        };
        texts.expect(sql).into_iter().flatten().collect()
    }

    /// The first column of the first row.
    pub async fn value<T>(&mut self, sql: &'static str) -> T
    where
        T: Send + Unpin + Type<Sqlite> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + for<'r> Decode<'r, Postgres>,
    {
        self.values(sql).await.into_iter().next().expect(sql)
    }
}
