//! (g) What a message costs while the database grows: the same load on databases that already hold a thousand to a million people, each
//! with a session, a message that was answered, its event and its reply.

use switchboard_store::{Role, Store, StoreOptions};

use super::serve::{CONNECTIONS, warm};
use crate::{
    Size, load,
    measure::now_us,
    report::{Goal, Report},
};
use switchboard_kit::cluster::Cluster;

/// People who are there before, and do not write.
const PEOPLE: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Measures and reports.
pub fn run(report: &mut Report, size: Size) -> anyhow::Result<()> {
    report.section(
        "(g) Growth: messages a second beside more and more people",
        "As the closed loop of (c) and (f), one host, on databases that hold so many people more, each with a session, an answered \
         message, its event and its reply. The 10 000 who write have written before.",
    );
    let cluster = Cluster::start(true);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let n = size.pick(2_000, 30_000);
    for which in ["SQLite", "Postgres"] {
        let mut first = None;
        for people in PEOPLE.into_iter().take(size.pick(2, PEOPLE.len())) {
            let address = (which == "Postgres").then(|| runtime.block_on(cluster.database()));
            let rate = rate(people, address.as_deref(), n)?;
            let to_first = rate / *first.get_or_insert(rate);
            let what = format!("{which}, {people} people more, messages/s");
            match people == PEOPLE[PEOPLE.len() - 1] {
                true => {
                    report.line(&what, format!("{rate:.0}"));
                    let goal = Goal::at_least(to_first, 0.8, "×");
                    report.goal(&format!("{which}, a million to a thousand"), format!("{to_first:.2}×"), goal);
                }
                false => report.line(&what, format!("{rate:.0}")),
            }
        }
    }
    Ok(())
}

fn rate(people: usize, address: Option<&str>, n: usize) -> anyhow::Result<f64> {
    let people = people.to_string();
    let mut asked = vec!["serve", "grown", &people];
    asked.extend(address);
    let mut server = warm(&asked, load::PHONES)?;
    let requests = load::requests(n);
    let load = load::closed(server.port, &requests, CONNECTIONS)?;
    let stats = server.drained(n as u64)?;
    Ok(n as f64 * 1e6 / (stats.last_us - load.first_us).max(1) as f64)
}

/// Fills a new database with so many people, and so many answered messages of each, the last of them now.
pub async fn fill(url: &str, people: usize, each: usize) -> anyhow::Result<()> {
    let is_postgres = url.starts_with("postgres");
    // Its schema.
    drop(Store::open(url, StoreOptions { role: Role::Tool, ..StoreOptions::default() }).await?);
    let sql = if is_postgres { include_str!("growth-postgres.sql") } else { include_str!("growth-sqlite.sql") };
    let sql = sql.replace("{people}", &people.to_string()).replace("{each}", &each.to_string());
    run_sql(url, sql.replace("{now}", &(now_us() / 1000).to_string())).await
}

/// Runs statements on a database.
pub async fn run_sql(url: &str, sql: String) -> anyhow::Result<()> {
    use sqlx::Connection;
    if url.starts_with("postgres") {
        let mut connection = sqlx::PgConnection::connect(url).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await?;
    } else {
        let mut connection = sqlx::SqliteConnection::connect(url).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await?;
    }
    Ok(())
}
