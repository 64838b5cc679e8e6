//! People’s data: given out and deleted.

use reqwest::Method;
use serde_json::Value;

use super::{ALICE, BOB, asks, denied, done, stage, token};
use switchboard_kit::{shell::Shell, stage::until, talk::text};

/// What a row is, with bodies as text.
async fn rows_with(shell: &mut Shell, number: &str, postgres: bool) -> Vec<String> {
    let mut found = Vec::new();
    for table in switchboard_store::TABLES.iter() {
        let there = match postgres {
            true if table.name == "delivery" => "select encode(body, 'escape') from delivery".to_owned(),
            true => format!("select t::text from {} as t", table.name),
            false => {
                // Of bytes only raw bodies are texts.
                let column = |name: &str| match (table.name, name) {
                    ("delivery", "body") => "cast(body as text)".to_owned(),
                    (_, name) => {
                        format!("case typeof({name}) when 'blob' then '' else coalesce(cast({name} as text), '') end")
                    }
                };
                // Some columns only Postgres has.
                let there = format!("select name from pragma_table_info('{}')", table.name);
                let columns: Vec<String> = shell.texts(&there).await.iter().map(|one| column(one)).collect();
                format!("select {} from {}", columns.join(" || '|' || "), table.name)
            }
        };
        // Keys are no texts.
        let is_absent = table.name == "secret" || (!postgres && ["change", "duty", "component"].contains(&table.name));
        if !is_absent {
            let rows = shell.texts(&there).await;
            found.extend(
                rows.into_iter().filter(|row| row.contains(number)).map(|row| format!("{}: {row}", table.name)),
            );
        }
    }
    found
}

/// A person is shown, given out and forgotten: by command and by the API. Afterwards their number stands in no row.
async fn a_person_s_data_is_given_out_and_deleted(postgres: bool) {
    let mut stage = stage(postgres).await;
    stage.start().await;
    for phone in [ALICE, BOB] {
        stage.talk(phone).say("hello").await;
        assert_eq!(stage.say(phone, text("talk to a human")).await, 200);
    }
    until("all is answered", async || stage.count("select count(*) from message where state = 'queued'").await == 0)
        .await;
    until("all is sent", async || {
        stage.count("select count(*) from outbox where state in ('queued', 'sending', 'unknown')").await == 0
    })
    .await;
    until("Meta has told of all", async || {
        stage
            .count(
                "select count(*) from outbox as o where not exists (select 1 from status as s where s.wamid = o.wamid)",
            )
            .await
            == 0
    })
    .await;
    let number = format!("+{ALICE}");
    let shown = done(&stage, &["person", "show", &number]);
    assert!(shown.contains("2 messages"), "{shown}");
    let export: Value = serde_json::from_str(&done(&stage, &["person", "export", &number])).expect("JSON");
    assert!(export["message"].as_array().is_some_and(|rows| rows.len() == 2), "{export}");
    let words = done(&stage, &["person", "export", &number, "--format", "text"]);
    assert!(words.contains("message (1 of 2)") && words.contains("hello"), "{words}");

    assert!(denied(&stage, &["person", "forget", &number]).contains("add --yes"));
    assert!(denied(&stage, &["person", "forget", "+250788999999", "--yes"]).contains("nobody is known by"));
    assert!(!rows_with(&mut Shell::open(&stage.url()).await, ALICE, postgres).await.is_empty());
    let forgot = done(&stage, &["person", "forget", &number, "--yes"]);
    assert!(forgot.contains("2 messages"), "it says what goes: {forgot}");
    let admin = token(&done(&stage, &["operators", "add", "zoe", "--role", "admin"]));
    let path = format!("/people/+{BOB}/forget");
    assert_eq!(asks(&stage, &admin, Method::POST, &path, r#"{"yes": false}"#).await.0, 400);
    let (status, forgotten) = asks(&stage, &admin, Method::POST, &path, r#"{"yes": true}"#).await;
    assert_eq!(status, 200, "{forgotten}");
    assert!(forgotten["forgotten"]["held"].to_string().contains(r#"["messages",2]"#), "{forgotten}");
    // What a host does every second, and with its sweep; statuses that came late go with that.
    stage.terminate();
    stage.start().await;
    let mut shell = Shell::open(&stage.url()).await;
    for number in [ALICE, BOB] {
        until("the number is gone", async || rows_with(&mut shell, number, postgres).await.is_empty()).await;
    }
    assert_eq!(asks(&stage, &admin, Method::POST, &path, r#"{"yes": true}"#).await.0, 404);
}

#[tokio::test]
async fn a_person_s_data_is_given_out_and_deleted_on_sqlite() {
    a_person_s_data_is_given_out_and_deleted(false).await;
}

#[tokio::test]
async fn a_person_s_data_is_given_out_and_deleted_on_postgres() {
    a_person_s_data_is_given_out_and_deleted(true).await;
}
