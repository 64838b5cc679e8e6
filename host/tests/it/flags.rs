//! The flags' row in anybody's hands: what is refused, what is kept, who did it. By plain SQL and by the program, on both databases.

use switchboard_kit::{
    cluster,
    shell::Shell,
    stage::{Stage, until},
};

async fn changes_are_checked_kept_and_shown(url: Option<String>) {
    let mut stage = Stage::new(&["support"]);
    if let Some(url) = &url {
        stage.set("DATABASE_URL", url);
    }
    assert!(
        stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "10", "--as", "ann", "--yes"]).status.success()
    );
    stage.start().await;
    let here = url.clone().unwrap_or_else(|| format!("sqlite://{}", stage.database().display()));
    let mut shell = Shell::open(&here).await;
    let set = match url {
        Some(_) => {
            "update app_config set value = jsonb_set(value, '{unifiedServiceRolloutPercent}', '50') where key = 'unified_service_flags'"
        }
        None => {
            "update app_config set value = json_set(value, '$.unifiedServiceRolloutPercent', 50) where key = 'unified_service_flags'"
        }
    };
    shell.run(set).await;

    // A slip is refused in the shell itself, with a sentence.
    for (slip, says) in [
        ("update app_config set value = '[]' where key = 'unified_service_flags'".to_owned(), "must be a JSON object"),
        (set.replace("50", "500"), "a number from 0 to 100"),
        (set.replace("'50'", "'\"5\"'").replace(", 50)", ", '5')"), "a number from 0 to 100"),
        (set.replace("unifiedServiceRolloutPercent", "unifiedServiceEnabled"), "true or false"),
        (set.replace("unifiedServiceRolloutPercent", "unifiedServicePercentage"), "unknown key"),
    ] {
        let refused = shell.refused(&slip).await;
        assert!(refused.contains(says), "{slip}: {refused}");
    }

    // The status table says what is in force, and what of the row is not.
    until("50 % are in force", async || shell.value::<f64>("select percent from host_status").await == 50.0).await;
    shell.run("update app_config set value = '{\"unifiedServiceEnabled\": true}'").await;
    until("the status says why not", async || {
        let error: Option<String> = shell.value("select error from host_status").await;
        error.is_some_and(|error| error.contains("missing field `unifiedServiceRolloutPercent`"))
    })
    .await;
    until("the last good flags stay in force, and health says so", async || {
        let (_, health) = stage.health(0).await;
        health["checks"]["flags"] == "last good" && health["rollout"]["percent"] == 50.0
    })
    .await;
    let shown = stage.run(&["flags", "show"]);
    let said = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(!shown.status.success() && said.contains("missing field `unifiedServiceRolloutPercent`"), "{said}");
    assert!(said.contains("unifiedServiceRolloutPercent 10 → 50"), "{said}");

    // Who did it: the audit has every change with both values, and loses none.
    let who: Vec<String> = shell.values("select who from config_audit order by audit_id").await;
    let sql: String = match url {
        Some(_) => shell.value("select session_user::text").await,
        None => "sql".into(),
    };
    assert!(who[0].starts_with("command:ann") && who[1] == sql && who[2] == sql && who.len() == 3, "{who:?}");
    for change in ["update config_audit set who = 'nobody'", "delete from config_audit"] {
        assert!(shell.refused(change).await.contains("append-only"));
    }
    shell.run("delete from app_config").await;
    assert_eq!(shell.value::<i64>("select count(*) from config_audit where new is null").await, 1);
    until("it is told that the row is gone", async || {
        let (_, health) = stage.health(0).await;
        health["status"] == "degraded" && health["problems"].to_string().contains("was there and is gone")
    })
    .await;
    assert_eq!(stage.health(0).await.1["rollout"]["percent"], 50.0, "the last good flags");
}

#[tokio::test]
async fn changes_are_checked_kept_and_shown_on_sqlite() {
    changes_are_checked_kept_and_shown(None).await;
}

#[tokio::test]
async fn changes_are_checked_kept_and_shown_on_postgres() {
    let url = cluster::shared().database().await;
    changes_are_checked_kept_and_shown(Some(url)).await;
}
