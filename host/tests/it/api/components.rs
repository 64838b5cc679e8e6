//! Components that are handed in by the API.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ALICE, Operator, TOKEN, answers, before_the_body, sha256};
use crate::swap::another_version;
use switchboard_kit::{
    agents::{built, rogue},
    cluster,
    stage::{Stage, until},
};

#[tokio::test]
async fn a_component_is_handed_in_or_refused_while_the_old_one_answers() {
    let mut stage = Stage::new(&["support"]);
    stage.set("OPERATOR_TOKEN", TOKEN);
    let one = rogue("rogue");
    let (two, three) = (another_version(&one, 2), another_version(&one, 3));
    stage.add("rogue", &one, &["log", "records"], "");
    let most = built("support").len().max(one.len()) + 100;
    stage.more_of_entry(&format!("[limits]\ncomponent_bytes_max = {most}"));
    stage.start().await;
    let operator = Operator::at(&stage, 0);
    let file = stage.plugins().join("rogue.wasm");
    assert_eq!(answers(&stage, ALICE).await, sha256(&one));

    // Refused, with the loader's reason: nothing is written, and the old one answers.
    let only_core = b"\0asm\x01\0\0\0".to_vec();
    for (status, name, wasm, says) in [
        (422, "rogue", b"rubbish".to_vec(), "no WebAssembly, or not whole"),
        (422, "rogue", Vec::new(), "no WebAssembly, or not whole"),
        (422, "rogue", only_core, "link it with wasm-component-ld"),
        (422, "rogue", built("support"), "which is not granted: if it may have that, write `capabilities = ["),
        (422, "rogue", rogue("second"), "it calls itself `second`"),
        (404, "Rogue", one.clone(), "lower-case letters"),
        (404, "..%2Frogue", one.clone(), "lower-case letters"),
    ] {
        let error = operator.refused(status, Method::PUT, &format!("/api/agents/{name}"), wasm).await;
        assert!(error.contains(says), "{error}");
    }
    assert_eq!(before_the_body(&stage, most + 1, TOKEN), 413);
    let (_, agents) = operator.get("/api/agents").await;
    assert_eq!(agents["refusals"], json!([]), "{agents}");
    assert_eq!(agents["agents"][1]["sha256"], sha256(&one), "{agents}");
    assert_eq!((&agents["agents"][1]["state"], &agents["agents"][1]["flag"]), (&json!("in service"), &json!(true)));
    assert!(std::fs::read(&file).is_ok_and(|bytes| bytes == one));
    let files = std::fs::read_dir(stage.plugins()).expect("a folder").count();
    assert_eq!(files, 2, "nothing is left beside them");
    assert_eq!(answers(&stage, ALICE).await, sha256(&one));

    let (status, taken) = operator.asks(Method::PUT, "/api/agents/rogue", two.clone()).await;
    assert_eq!(
        (status, &taken["sha256"], &taken["file"]),
        (200, &json!(sha256(&two)), &json!("rogue.wasm")),
        "{taken}"
    );
    assert_eq!(taken["rollout"]["outcome"], "served");
    assert!(std::fs::read(&file).is_ok_and(|bytes| bytes == two));
    until("it answers", async || answers(&stage, ALICE).await == sha256(&two)).await;
    assert_eq!(operator.get("/api/agents/rogue").await.1["sha256"], sha256(&two));

    // Back, pinned, and on again.
    let order = async |order: &str, body: Value| operator.post(&format!("/api/agents/rogue/{order}"), body).await;
    assert_eq!(order("rollback", Value::Null).await.0, 200);
    until("it is back", async || answers(&stage, ALICE).await == sha256(&one)).await;
    let dropped = operator.refused(409, Method::PUT, "/api/agents/rogue", two.clone()).await;
    assert!(dropped.contains("its rollout was aborted"), "{dropped}");
    assert_eq!(order("pin", json!({ "sha256": &sha256(&one)[..12] })).await.0, 200);
    let pinned = operator.refused(409, Method::PUT, "/api/agents/rogue", three.clone()).await;
    assert!(pinned.contains("agents unpin rogue"), "{pinned}");
    assert_eq!(order("unpin", json!({})).await.0, 200);
    assert_eq!(operator.asks(Method::PUT, "/api/agents/rogue", three.clone()).await.0, 200);
    until("the third answers", async || answers(&stage, ALICE).await == sha256(&three)).await;

    for (status, path, body, says) in [
        (409, "/api/agents/rogue/unpin", "", "is not pinned"),
        (409, "/api/agents/rogue/promote", "", "agent `rogue` has no candidate version"),
        (422, "/api/agents/rogue/pin", r#"{"sha256": "00000000"}"#, "0 stored versions"),
        (422, "/api/agents/rogue/pin", r#"{"sha256": ""}"#, "0 stored versions"),
        (400, "/api/agents/rogue/pin", "{}", "missing field `sha256`"),
        (404, "/api/agents/rogue/destroy", "", "promote, rollback, hold, resume, pin, unpin and accept"),
        (404, "/api/agents/nobody/rollback", "", "no version of agent `nobody` is stored"),
    ] {
        let error = operator.refused(status, Method::POST, path, body).await;
        assert!(error.contains(says), "{error}");
    }
    assert!(operator.refused(404, Method::GET, "/api/agents/nobody/history", "").await.contains("no agent `nobody`"));
    let (_, history) = operator.get("/api/agents/rogue/history").await;
    assert_eq!(history["versions"][0]["sha256"], sha256(&three), "{history}");
    assert_eq!((&history["versions"][0]["serves"], &history["versions"][1]["serves"]), (&json!(true), &json!(false)));
    let decisions = history["decisions"].as_array().expect("decisions");
    assert_eq!(decisions.len(), 5, "{history}");
    assert!(decisions.iter().all(|decision| decision["who"] == "api:operator/ann"), "{history}");

    // After a restart the file is what it was.
    assert!(stage.terminate());
    stage.start().await;
    assert_eq!(answers(&stage, ALICE).await, sha256(&three));
}

#[tokio::test]
async fn what_is_handed_in_waits_where_an_agent_is_updated_by_hand() {
    let mut stage = Stage::new(&["support"]);
    stage.set("OPERATOR_TOKEN", TOKEN);
    let one = rogue("rogue");
    let two = another_version(&one, 2);
    stage.add("rogue", &one, &["log", "records"], "");
    stage.more_of_entry("update = \"manual\"");
    stage.start().await;
    let operator = Operator::at(&stage, 0);
    let (status, taken) = operator.asks(Method::PUT, "/api/agents/rogue", two.clone()).await;
    assert_eq!(
        (status, &taken["rollout"]["state"], &taken["rollout"]["percent"]),
        (200, &json!("held"), &json!(0.0)),
        "{taken}"
    );
    until("it waits", async || operator.get("/api/agents/rogue").await.1["candidate"]["sha256"] == sha256(&two)).await;
    assert_eq!(answers(&stage, ALICE).await, sha256(&one));
    assert_eq!(operator.post("/api/agents/rogue/promote", Value::Null).await.0, 200);
    until("it answers", async || answers(&stage, ALICE).await == sha256(&two)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_handed_in_at_one_host_is_served_by_all() {
    let mut stage = Stage::of_nodes(&["support"], 3);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    stage.set("OPERATOR_TOKEN", TOKEN);
    let one = rogue("rogue");
    let two = another_version(&one, 2);
    stage.add("rogue", &one, &["log", "records"], "");
    let folders: Vec<_> = (0..3).map(|node| stage.part_node(node)).collect();
    for node in 0..3 {
        stage.start_node(node).await;
    }
    // There, and back again to bytes that every host has had before, handed in at another host.
    for (node, wasm) in [(1, &two), (2, &one)] {
        let operator = Operator::at(&stage, node);
        let (status, taken) = operator.asks(Method::PUT, "/api/agents/rogue", wasm.clone()).await;
        assert_eq!(status, 200, "{taken}");
        for (node, folder) in folders.iter().enumerate() {
            let at = Operator::at(&stage, node);
            until("every host serves it", async || at.get("/api/agents/rogue").await.1["sha256"] == sha256(wasm)).await;
            until("and has the file", async || {
                std::fs::read(folder.join("rogue.wasm")).is_ok_and(|bytes| bytes == *wasm)
            })
            .await;
        }
        until("nothing is refused anywhere", async || {
            let mut refusals = Vec::new();
            for node in 0..3 {
                refusals.push(Operator::at(&stage, node).get("/api/agents").await.1["refusals"].clone());
            }
            refusals.iter().all(|refusals| *refusals == json!([]))
        })
        .await;
        for n in 0..6 {
            assert_eq!(answers(&stage, &format!("2507880001{n:02}")).await, sha256(wasm));
        }
    }
    let who = stage.text("select string_agg(distinct who, ' ') from rollout_decision where name = 'agent:rogue'").await;
    assert_eq!(who.as_deref(), Some("api:operator/ann"));

    // Rubbish goes nowhere.
    let refused = Operator::at(&stage, 0).refused(422, Method::PUT, "/api/agents/rogue", "rubbish").await;
    assert!(refused.contains("no WebAssembly"), "{refused}");
    assert_eq!(answers(&stage, ALICE).await, sha256(&one));
    assert_eq!(stage.text("select sha256 from component where file = 'rogue.wasm'").await, Some(sha256(&one)));
}
