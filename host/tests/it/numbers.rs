//! Business numbers: what an operator says of each, by the command or the API, is in force there and nowhere else, on both databases.

use reqwest::Method;
use serde_json::{Value, json};
use switchboard_kit::{
    cluster,
    stage::{Stage, until},
};

const FIRST: &str = "100000000000001";
const SECOND: &str = "100000000000002";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_a_number_is_in_force_there_on_sqlite() {
    in_force_there(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_a_number_is_in_force_there_on_postgres() {
    in_force_there(Some(cluster::shared().database().await)).await;
}

async fn in_force_there(database: Option<String>) {
    let mut stage = Stage::new(&["support", "jobs", "rides"]);
    if let Some(url) = &database {
        stage.set("DATABASE_URL", url);
    }
    stage.set("UNKNOWN_NUMBERS", "refuse");
    stage.set("WHATSAPP_PHONE_NUMBER_ID", FIRST);
    stage.start().await;
    let run = |arguments: &[&str]| {
        let out = stage.run(arguments);
        let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        (out.status.success(), said)
    };
    let says = |words: &str, business: &str| json!({ "text": words, "business": business });
    let taxi = "I need a taxi to the airport tomorrow at 8";

    // It is none of ours until it is added.
    assert_eq!(stage.say("250788000001", says("hello", SECOND)).await, 403);
    let (ok, said) = run(&[
        "numbers",
        "set",
        SECOND,
        "--name",
        "Musanze",
        "--languages",
        "fr,rw",
        "--agents",
        "jobs",
        "--as",
        "ann",
    ]);
    assert!(ok && said.contains("Musanze") && said.contains(r#"["jobs"]"#), "{said}");
    until("it is ours", async || stage.say("250788000001", says("hello", SECOND)).await == 200).await;

    // The same words lead to two agents, in two languages.
    let mut there = stage.talk_on("250788000002").await;
    let answer = there.sends(says(taxi, SECOND)).await;
    let count = "select count(*) from unified_agent_events where agent_type = 'rides'";
    assert_eq!(stage.count(count).await, 0, "{answer}");
    let mut here = stage.talk("250788000003");
    here.sends(says(taxi, FIRST)).await;
    assert_eq!(stage.count(count).await, 1);
    let answer = there.sends(says("menu", SECOND)).await;
    assert!(answer.contains("Choisissez") || answer.contains("Que"), "in French: {answer}");
    let answer = there.sends(says("in English please", SECOND)).await;
    assert!(answer.contains("Langues ici : Français, Ikinyarwanda."), "{answer}");

    // By the API: one thing changes, the others stay; null is as the configuration says.
    let (_, token) = run(&["operators", "add", "ann", "--role", "admin"]);
    let token = token.lines().last().expect("a token").to_owned();
    let api = async |method: Method, path: &str, body: Value| {
        let url = format!("http://{}/api/{path}", stage.operator_of(0));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let answer = http.request(method, url).bearer_auth(&token).body(body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
    };
    let path = format!("numbers/{SECOND}");
    let (status, set) = api(Method::PATCH, &path, json!({ "agents": ["rides"], "languages": null })).await;
    assert_eq!(
        (status, &set["name"], &set["agents"], &set["languages"]),
        (200, &json!("Musanze"), &json!(["rides"]), &Value::Null)
    );
    until("rides answers there", async || {
        there.sends(says(taxi, SECOND)).await;
        stage.count(count).await > 1
    })
    .await;
    let (_, all) = api(Method::GET, "numbers", Value::Null).await;
    let names: Vec<_> =
        all["numbers"].as_array().into_iter().flatten().map(|number| number["business"].clone()).collect();
    assert_eq!(names, [json!(FIRST), json!(SECOND)]);

    // What is wrong is refused with what to do.
    for (body, expected) in [
        (json!({}), "say what changes"),
        (json!({ "languages": ["xx"] }), "`xx` is not a language of the host"),
        (json!({ "languages": [] }), "the list is empty"),
        (json!({ "agents": ["jbos"] }), "did you mean `jobs`"),
        (json!({ "hours": "always" }), "no business hours"),
        (json!({ "notice_template": "news" }), "name and language"),
        (json!({ "name": "x".repeat(61) }), "at most 60 characters"),
    ] {
        let (status, answer) = api(Method::PATCH, &path, body).await;
        assert!(status == 422 && answer.to_string().contains(expected), "{status} {answer}");
    }
    let (status, answer) = api(Method::PATCH, "numbers/+250788000001", json!({ "name": "x" })).await;
    assert!(status == 422 && answer.to_string().contains("is not a phone number id"), "{answer}");

    // It ends with the number; the audit has all of it.
    assert_eq!(api(Method::DELETE, &path, Value::Null).await.0, 200);
    assert_eq!(api(Method::DELETE, &path, Value::Null).await.0, 404);
    until("it is none of ours", async || stage.say("250788000001", says("hello", SECOND)).await == 403).await;
    let acts = run(&["audit", "--json"]).1;
    assert!(acts.contains("numbers.set") && acts.contains("numbers.remove") && acts.contains("Musanze"), "{acts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_leaves_the_last_one_in_force() {
    let mut stage = Stage::new(&["support", "jobs"]);
    stage.set("WHATSAPP_PHONE_NUMBER_ID", FIRST);
    stage.start().await;
    let set = stage.run(&["numbers", "set", FIRST, "--languages", "fr"]);
    assert!(set.status.success());
    let mut talk = stage.talk("250788000001");
    until("it answers in French", async || talk.say("menu").await.contains("💼 Emploi")).await;
    stage.sql("update business_number set languages = 'sw'").await;
    stage.sql("update business_number set name = 'later'").await;
    for _ in 0..3 {
        assert!(talk.say("menu").await.contains("💼 Emploi"));
    }
}
