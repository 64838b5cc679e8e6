//! What the database itself holds about flags and versions: its checks against the program's, and what it remembers of a version.

use serde_json::{Value, json};
use switchboard_core::act::Actor;

use switchboard::{
    flags::{Document, KEY},
    rollout::{VersionOrder, history, order_versions},
};
use switchboard_core::plan::{Plan, Rollout, State, agent_rollout};
use switchboard_kit::shell::Shell;

use crate::store::{Database, on_both};

on_both! {
    sql_refuses_what_the_program_refuses,
    what_a_drop_said_stays_with_the_version,
}

fn good() -> Value {
    json!({
        "unifiedServiceEnabled": true,
        "unifiedServiceRolloutPercent": 50,
        "agentFlags": { "support": true, "jobs": false },
        "features": { "hybridFlows": true },
    })
}

/// Each change of a row that fits: the database takes it, or the program refuses it too.
async fn sql_refuses_what_the_program_refuses(db: Database) {
    db.store.set_config(KEY, &good().to_string(), &Actor::at_terminal("ann")).await.expect("it fits");
    let mut shell = Shell::open(&db.url).await;
    let mut taken = 0;
    for (path, value) in [
        ("/unifiedServiceRolloutPercent", json!(0)),
        ("/unifiedServiceRolloutPercent", json!(0.01)),
        ("/unifiedServiceRolloutPercent", json!(100)),
        ("/unifiedServiceEnabled", json!(false)),
        ("/agentFlags/jobs", json!(true)),
        ("/agentFlags/0_new", json!(true)),
        ("/agentFlags/a234567890123456789012345678901234567890", json!(true)),
        ("/features/unifiedSearch", json!(false)),
        ("/unifiedServiceRolloutPercent", json!(100.01)),
        ("/unifiedServiceRolloutPercent", json!(-1)),
        ("/unifiedServiceRolloutPercent", json!("5")),
        ("/unifiedServiceRolloutPercent", json!(null)),
        ("/unifiedServiceEnabled", json!(1)),
        ("/unifiedServiceEnabled", json!("true")),
        ("/enabled", json!(true)),
        ("/", json!(true)),
        ("/agentFlags", json!([])),
        ("/agentFlags/jobs", json!("off")),
        ("/agentFlags/jobs", json!(0)),
        ("/agentFlags/jobs", json!({ "on": true })),
        ("/agentFlags/Jobs", json!(true)),
        ("/agentFlags/_jobs", json!(true)),
        ("/agentFlags/", json!(true)),
        ("/agentFlags/a-b", json!(true)),
        ("/agentFlags/a2345678901234567890123456789012345678901", json!(true)),
        ("/features", json!(true)),
        ("/features/hybridFlow", json!(true)),
        ("/features/hybridFlows", json!("yes")),
    ] {
        let mut row = good();
        match path[1..].split_once('/') {
            Some((object, key)) => row[object][key] = value,
            None => row[&path[1..]] = value,
        }
        let fits = Document::parse(&row.to_string()).is_ok();
        let update = format!("update app_config set value = '{row}'");
        if fits {
            shell.run(&update).await;
        } else {
            let refused = shell.refused(&update).await;
            assert!(refused.contains("unified_service_flags: "), "{update}: {refused}");
        }
        taken += usize::from(fits);
        shell.run(&format!("update app_config set value = '{}'", good())).await;
    }
    assert_eq!(taken, 8);
}

/// The record of a dropped version outlives its bytes, and what served and was not dropped keeps them.
async fn what_a_drop_said_stays_with_the_version(db: Database) {
    let keep = async |sha256: &str, now: i64| {
        let body = sha256.as_bytes().to_vec();
        db.store.keep_version("jobs", sha256, body, now).await.expect("it is kept")
    };
    let name = agent_rollout("jobs");
    let row = |stable: &str, candidate: Option<&str>, state: State, version: i64| Rollout {
        stable: Some(stable.into()),
        candidate: candidate.map(Into::into),
        state,
        version,
        ..Rollout::begin(&name, Plan::canary(), 100 + version, "file")
    };
    assert!(keep("good", 1).await);
    keep("trips", 2).await;
    assert!(db.store.rollout_begin(&row("good", None, State::Completed, 0)).await.expect("begun"));
    assert!(db.store.rollout_move(&row("good", Some("trips"), State::Running, 1)).await.expect("moved"));
    let dropped = row("good", Some("trips"), State::Running, 2).aborted("it was stopped", "tripwire", 103);
    assert!(db.store.rollout_move(&dropped).await.expect("moved"));
    // Many come and go, and another one serves.
    for n in 0..12 {
        keep(&format!("next{n:02}"), 10 + n).await;
    }
    assert!(db.store.rollout_move(&row("next11", None, State::Completed, 3)).await.expect("moved"));
    keep("last", 50).await;

    let versions = history(&db.store, "jobs").await.expect("read").versions;
    let of = |sha256: &str| versions.iter().find(|(version, _)| version.sha256 == sha256).map(|(version, _)| version);
    assert!(of("next00").is_none(), "it never served");
    let trips = of("trips").expect("its record stays");
    assert_eq!((trips.size, trips.served_at), (0, None));
    assert_eq!(trips.dropped, Some((103, "it was stopped (tripwire)".into())));
    assert_eq!(db.store.version_bytes("trips").await.expect("read"), None);
    assert!(of("good").is_some_and(|good| good.size > 0 && good.served_at == Some(100) && good.dropped.is_none()));

    let back = order_versions(&db.store, "jobs", &VersionOrder::Rollback(None), &Actor::at_terminal("ann"), 200)
        .await
        .expect("back");
    assert_eq!(back.stable.as_deref(), Some("good"));
    // The same bytes again: kept, still known for what they did, and no new deployment.
    assert!(!keep("trips", 60).await);
    assert!(db.store.version_bytes("trips").await.expect("read").is_some());
    let again = order_versions(
        &db.store,
        "jobs",
        &VersionOrder::Rollback(Some("trips".into())),
        &Actor::at_terminal("ann"),
        300,
    )
    .await;
    assert!(again.is_err_and(|error| error.to_string().contains("it was stopped (tripwire)")));
}
