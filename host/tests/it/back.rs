//! The way back works whatever else is wrong: a row that does not fit, a row that is gone, a rollout in any state. By SQL, by command and by
//! the API, on both databases.

use serde_json::{Value, json};

use switchboard_kit::{
    cluster,
    shell::Shell,
    stage::{Stage, until},
    talk::text,
};

/// A stage on SQLite or Postgres, with 50 % in its row, and its database's shell.
async fn at_half(url: Option<String>) -> (Stage, Shell) {
    let mut stage = Stage::new(&["support"]);
    if let Some(url) = &url {
        stage.set("DATABASE_URL", url);
    }
    ok(&stage, &["flags", "set", "unifiedServiceRolloutPercent", "50", "--yes"]);
    let shell = Shell::open(&stage.url()).await;
    (stage, shell)
}

fn ran(stage: &Stage, arguments: &[&str]) -> (bool, String) {
    let output = stage.run(arguments);
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.success(), said)
}

fn ok(stage: &Stage, arguments: &[&str]) {
    let (success, said) = ran(stage, arguments);
    assert!(success, "{arguments:?}: {said}");
}

/// Stores a row as it was possible before there was a check.
async fn stored_before(shell: &mut Shell, value: &Value) {
    let update = format!("update app_config set value = '{value}' where key = 'unified_service_flags'");
    match shell {
        Shell::Sqlite(_) => {
            let check = "select sql from sqlite_master where name = 'app_config_update_check'";
            let check = shell.texts(check).await.remove(0);
            for sql in ["drop trigger app_config_update_check", &update, &check] {
                shell.run(sql).await;
            }
        }
        Shell::Postgres(_) => {
            shell.run("alter table app_config disable trigger app_config_checked").await;
            shell.run(&update).await;
            shell.run("alter table app_config enable trigger app_config_checked").await;
        }
    }
}

/// Sets a value of the row in the words of the checklist, or of README on SQLite.
async fn by_sql(shell: &mut Shell, path: &str, value: &str) {
    let set = match shell {
        Shell::Sqlite(_) => format!("json_set(value, '$.{path}', json('{value}'))"),
        Shell::Postgres(_) => format!("jsonb_set(value, '{{{path}}}', '{value}')"),
    };
    shell.run(&format!("update app_config set value = {set} where key = 'unified_service_flags'")).await;
}

async fn is_in_force(stage: &Stage, enabled: bool, percent: f64) {
    until(&format!("{enabled}, {percent} % are in force"), async || {
        let rollout = &stage.health(0).await.1["rollout"];
        rollout["enabled"] == enabled && rollout["percent"] == percent
    })
    .await;
}

/// The rows that nothing was taken from.
fn broken_rows() -> [Value; 5] {
    let with = |change: Value| {
        let mut row = json!({
            "unifiedServiceEnabled": true,
            "unifiedServiceRolloutPercent": 50,
            "agentFlags": { "support": true },
            "features": { "hybridFlows": true },
        });
        for (key, value) in change.as_object().expect("an object") {
            row[key] = value.clone();
        }
        row
    };
    [
        with(json!({ "unifiedSevice": 1 })),
        with(json!({ "features": { "newFeature": true } })),
        with(json!({ "agentFlags": { "support": "off", "Jobs!": true } })),
        with(json!({ "agentFlags": 7 })),
        json!({ "unifiedServiceRolloutPercent": 50 }),
    ]
}

async fn a_row_that_does_not_fit_is_lowered(url: Option<String>) {
    let (mut stage, mut shell) = at_half(url).await;
    stage.set("OPERATOR_TOKEN", "a-token-of-the-operators");
    stage.start().await;
    is_in_force(&stage, true, 50.0).await;
    let good = stage.text("select cast(value as text) from app_config").await.expect("a row");
    for row in broken_rows() {
        stored_before(&mut shell, &row).await;
        until("it is refused", async || stage.health(0).await.1["checks"]["flags"] == "last good").await;
        is_in_force(&stage, true, 50.0).await;

        // By SQL, as the runbook says it; more is not taken.
        by_sql(&mut shell, "unifiedServiceRolloutPercent", "20").await;
        is_in_force(&stage, true, 20.0).await;
        by_sql(&mut shell, "unifiedServiceRolloutPercent", "90").await;
        // By command, with what it says about it; and by the API.
        let (_, said) = ran(&stage, &["flags", "set", "unifiedServiceRolloutPercent", "10"]);
        assert!(said.contains("from 20 % to 10 %"), "{said}");
        ok(&stage, &["flags", "set", "unifiedServiceRolloutPercent", "10", "--yes"]);
        is_in_force(&stage, true, 10.0).await;
        let (raised, said) = ran(&stage, &["flags", "set", "unifiedServiceRolloutPercent", "60", "--yes"]);
        assert!(!raised && said.contains("it is refused"), "{said}");
        let patched = reqwest::Client::new()
            .patch(format!("http://{}/api/flags", stage.operator_of(0)))
            .bearer_auth("a-token-of-the-operators")
            .body(json!({ "unifiedServiceRolloutPercent": 5 }).to_string());
        assert_eq!(patched.send().await.expect("the host answers").status(), 200);
        is_in_force(&stage, true, 5.0).await;
        // All the way: off by SQL, and the rollout aborted.
        ok(&stage, &["rollout", "abort", "it does not fit"]);
        is_in_force(&stage, true, 0.0).await;
        by_sql(&mut shell, "unifiedServiceEnabled", "false").await;
        is_in_force(&stage, false, 0.0).await;
        let (_, health) = stage.health(0).await;
        assert_eq!(health["status"], "degraded", "{health}");

        // Another host, or the same after a restart, sees the same.
        stage.terminate();
        stage.start().await;
        is_in_force(&stage, false, 0.0).await;
        let value: Value = serde_json::from_str(&good).expect("JSON");
        shell.run(&format!("update app_config set value = '{value}'")).await;
        is_in_force(&stage, true, 50.0).await;
    }
}

#[tokio::test]
async fn a_row_that_does_not_fit_is_lowered_on_sqlite() {
    a_row_that_does_not_fit_is_lowered(None).await;
}

#[tokio::test]
async fn a_row_that_does_not_fit_is_lowered_on_postgres() {
    a_row_that_does_not_fit_is_lowered(Some(cluster::shared().database().await)).await;
}

async fn an_abort_ends_with_nobody(url: Option<String>) {
    let (mut stage, mut shell) = at_half(url).await;
    stage.start().await;
    let served = async |stage: &Stage, percent: f64| is_in_force(stage, true, percent).await;
    // There is no rollout.
    served(&stage, 50.0).await;
    ok(&stage, &["rollout", "abort", "none"]);
    served(&stage, 0.0).await;
    // Running, held, aborted, completed.
    ok(&stage, &["rollout", "start", "--yes"]);
    ok(&stage, &["rollout", "abort", "running"]);
    served(&stage, 0.0).await;
    ok(&stage, &["rollout", "resume", "--yes"]);
    ok(&stage, &["rollout", "hold"]);
    ok(&stage, &["rollout", "abort", "held"]);
    served(&stage, 0.0).await;
    ok(&stage, &["flags", "set", "unifiedServiceRolloutPercent", "30", "--yes"]);
    served(&stage, 30.0).await;
    ok(&stage, &["rollout", "abort", "aborted"]);
    served(&stage, 0.0).await;
    ok(&stage, &["rollout", "start", "--yes"]);
    for _ in 0..4 {
        ok(&stage, &["rollout", "advance", "--yes"]);
    }
    served(&stage, 100.0).await;
    ok(&stage, &["rollout", "abort", "completed"]);
    served(&stage, 0.0).await;
    // The row has no percentage that could be compared.
    ok(&stage, &["flags", "set", "unifiedServiceRolloutPercent", "40", "--yes"]);
    served(&stage, 40.0).await;
    stored_before(&mut shell, &json!({ "unifiedServiceRolloutPercent": "ten", "agentFlags": [] })).await;
    ok(&stage, &["rollout", "abort", "no number"]);
    served(&stage, 0.0).await;
    // The row is gone.
    ok(&stage, &["rollout", "abort"]);
    stored_before(
        &mut shell,
        &json!({ "unifiedServiceEnabled": true, "unifiedServiceRolloutPercent": 70, "agentFlags": {} }),
    )
    .await;
    served(&stage, 70.0).await;
    shell.run("delete from app_config").await;
    ok(&stage, &["rollout", "abort", "no row"]);
    served(&stage, 0.0).await;
    let reasons: Vec<String> =
        shell.values("select reason from rollout_decision where outcome = 'aborted' order by decision_id").await;
    assert_eq!(reasons, ["none", "running", "held", "aborted", "completed", "no number", "by hand", "no row"]);
}

#[tokio::test]
async fn an_abort_ends_with_nobody_on_sqlite() {
    an_abort_ends_with_nobody(None).await;
}

#[tokio::test]
async fn an_abort_ends_with_nobody_on_postgres() {
    an_abort_ends_with_nobody(Some(cluster::shared().database().await)).await;
}

/// Between deploy and the checklist's step 5 nobody is served in production, and that is healthy.
async fn without_a_row_nobody_is_served(url: Option<String>) {
    let mut stage = Stage::new(&["support"]);
    for name in ["UNIFIED_SERVICE_ENABLED", "UNIFIED_SERVICE_ROLLOUT_PERCENT"] {
        stage.set(name, "");
    }
    if let Some(url) = &url {
        stage.set("DATABASE_URL", url);
    }
    stage.start().await;
    until("it is well", async || stage.health(0).await.1["status"] == "healthy").await;
    let (_, health) = stage.health(0).await;
    assert_eq!(health["checks"]["flags"], "none yet", "{health}");
    assert_eq!(health["rollout"]["percent"], 0.0);
    assert_eq!(stage.say("250788000001", text("hello")).await, 200);
    until("it is held", async || stage.count("select count(*) from message where state = 'held'").await == 1).await;
    let shown = stage.command(&["flags", "show"]).env("SWITCHBOARD_ENV", "development").output().expect("it runs");
    assert!(String::from_utf8_lossy(&shown.stdout).contains("100 % of people are served"), "development stays");

    // A first row is what was in force.
    ok(&stage, &["flags", "set", "agentFlags.jobs", "false"]);
    let row = stage.text("select cast(value as text) from app_config").await.unwrap_or_default();
    let row: Value = serde_json::from_str(&row).expect("JSON");
    assert_eq!((&row["unifiedServiceRolloutPercent"], &row["agentFlags"]["jobs"]), (&json!(0), &json!(false)), "{row}");
    let (asked, said) = ran(&stage, &["flags", "set", "unifiedServiceRolloutPercent", "70"]);
    assert!(!asked && said.contains("from 0 % to 70 %: nothing was changed; add --yes"), "{said}");
    ok(&stage, &["flags", "set", "unifiedServiceRolloutPercent", "70", "--yes"]);
    is_in_force(&stage, true, 70.0).await;

    // A row that is gone is no row that never was: here, and at a host that starts later.
    stage.sql("delete from app_config").await;
    until("it is told", async || stage.health(0).await.1["status"] == "degraded").await;
    is_in_force(&stage, true, 70.0).await;
    stage.terminate();
    stage.start().await;
    let (_, health) = stage.health(0).await;
    assert_eq!((&health["rollout"]["percent"], &health["status"]), (&json!(70.0), &json!("degraded")), "{health}");
    ok(&stage, &["flags", "set", "agentFlags.rides", "false"]);
    until("it is well", async || stage.health(0).await.1["status"] == "healthy").await;
    is_in_force(&stage, true, 70.0).await;
}

#[tokio::test]
async fn without_a_row_nobody_is_served_on_sqlite() {
    without_a_row_nobody_is_served(None).await;
}

#[tokio::test]
async fn without_a_row_nobody_is_served_on_postgres() {
    without_a_row_nobody_is_served(Some(cluster::shared().database().await)).await;
}

#[test]
fn wrong_flags_of_the_environment_refuse_to_start() {
    let stage = Stage::new(&[]);
    for (name, value) in [
        ("UNIFIED_SERVICE_ENABLED", "yes"),
        ("UNIFIED_SERVICE_ENABLED", "TRUE"),
        ("UNIFIED_SERVICE_ROLLOUT_PERCENT", "150"),
        ("UNIFIED_SERVICE_ROLLOUT_PERCENT", "ten"),
        ("UNIFIED_SERVICE_ROLLOUT_PERCENT", "nan"),
    ] {
        let refused = stage.command(&["serve"]).env(name, value).output().expect("it ends");
        let says = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(78), "{name}={value}: {says}");
        assert!(says.contains(&format!("{name} is `{value}`; it must be")), "{says}");
    }
}

#[test]
fn a_name_that_looks_like_a_slip_is_asked_about() {
    let stage = Stage::new(&["support"]);
    let (done, said) = ran(&stage, &["flags", "set", "agentFlags.makretplace", "true"]);
    assert!(!done && said.contains("did you mean `marketplace`?"), "{said}");
    ok(&stage, &["flags", "set", "agentFlags.makretplace", "true", "--new"]);
    ok(&stage, &["flags", "set", "agentFlags.makretplace", "false"]);
    let (done, said) = ran(&stage, &["flags", "set", "agentFlags.pharmacy", "true"]);
    assert!(done && said.contains("no agent `pharmacy` is here yet"), "{said}");
    let (done, said) = ran(&stage, &["flags", "set", "agentFlags.jobs", "\"off\""]);
    assert!(!done && said.contains("agentFlags.jobs is \"off\"; it is true or false"), "{said}");
}
