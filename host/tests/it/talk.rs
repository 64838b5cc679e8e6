//! People talk to the built program through the emulator, as through WhatsApp.

use serde_json::json;

use switchboard_kit::{
    stage::{Stage, until},
    talk::text,
};

const ALICE: &str = "+250788000001";

#[tokio::test]
async fn one_message_gets_one_answer() {
    let mut stage = Stage::new(&["support", "marketplace", "jobs"]);
    stage.start().await;
    assert_eq!(stage.say(ALICE, text("hello")).await, 200);
    let heard = stage.heard(ALICE, 0, 1).await;
    assert!(heard[0].body.to_string().contains("What would you like to do?"), "{heard:?}");
    assert_eq!(stage.count("select count(*) from unified_agent_events").await, 1);
    assert_eq!(
        stage
            .count("select count(*) from unified_sessions where user_phone = '+250788000001' and status = 'active'")
            .await,
        1
    );
    assert_eq!(stage.count("select count(*) from unified_agent_events where payload ->> 'error' is not null").await, 0);
    assert_eq!(stage.count("select count(*) from journal").await, 1);
    assert!(stage.terminate(), "a host that is asked to stop ends well");
}

#[tokio::test]
async fn what_comes_twice_is_answered_once_and_in_order() {
    let mut stage = Stage::new(&["support"]);
    stage.start().await;
    stage.faults(json!({"duplicate": true, "seed": 7})).await;
    for number in 0..6 {
        assert_eq!(stage.say(ALICE, text(&format!("is it free? {number}"))).await, 200);
    }
    until("six answers are sent", async || stage.count("select count(*) from outbox where state = 'sent'").await == 6)
        .await;
    assert_eq!(stage.count("select count(*) from unified_agent_events").await, 6);
    assert_eq!(
        stage.count("select count(*) from outbox as a join outbox as b on a.outbox_id < b.outbox_id where a.message_id >= b.message_id").await,
        0
    );
    let log = stage.log().await;
    assert!(log["references"].as_object().expect("a book").values().all(|times| times == 1), "{log}");
}

#[tokio::test]
async fn a_person_without_a_number_is_answered() {
    let mut stage = Stage::new(&["support"]);
    stage.start().await;
    assert_eq!(stage.say("RW.13491208655302741918", text("hello")).await, 200);
    stage.heard("RW.13491208655302741918", 0, 1).await;
    assert_eq!(stage.count("select count(*) from unified_sessions where user_phone is null").await, 1);
    assert_eq!(stage.count("select count(*) from unified_agent_events where user_phone is null").await, 1);
}

#[tokio::test]
async fn flags_by_plain_sql_hold_within_a_second() {
    let mut stage = Stage::new(&["support", "jobs"]);
    stage.start().await;
    assert!(stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "100", "--yes"]).status.success());
    stage.say(ALICE, text("I need a job")).await;
    stage.heard(ALICE, 0, 1).await;
    assert_eq!(stage.text("select current_agent from unified_sessions").await.as_deref(), Some("jobs"));

    stage.sql("update app_config set value = json_set(value, '$.agentFlags.jobs', json('false')) where key = 'unified_service_flags'").await;
    let mut said = 1;
    until("jobs is off", async || {
        said += 1;
        stage.say(ALICE, text("menu")).await;
        stage.heard(ALICE, said - 1, 1).await.iter().all(|heard| !heard.body.to_string().contains("Jobs"))
    })
    .await;

    stage.sql("update app_config set value = json_set(value, '$.unifiedServiceRolloutPercent', 0) where key = 'unified_service_flags'").await;
    until("a message is held", async || {
        stage.say(ALICE, text("menu")).await;
        stage.count("select count(*) from message where state = 'held'").await > 0
    })
    .await;
    let shown = stage.run(&["flags", "show"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("\"unifiedServiceRolloutPercent\": 0"));
}

#[tokio::test]
async fn wrong_flags_leave_the_last_good_ones() {
    let mut stage = Stage::new(&["support"]);
    stage.start().await;
    stage
        .sql(
            "insert into app_config (key, value) values ('unified_service_flags', '{\"unifiedServiceEnabled\": true}')",
        )
        .await;
    until("health says so", async || {
        let health = reqwest::get(format!("http://{}/health", stage.operator_of(0))).await.expect("health");
        health.text().await.expect("a body").contains("missing field `unifiedServiceRolloutPercent`")
    })
    .await;
    stage.say(ALICE, text("hello")).await;
    stage.heard(ALICE, 0, 1).await;
    let refused = stage.run(&["flags", "show"]);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("last good flags"));
}

#[test]
fn a_blank_secret_refuses_to_start() {
    let stage = Stage::new(&[]);
    let refused = stage.command(&["serve"]).env("WHATSAPP_APP_SECRET", " , ").output().expect("it ends");
    let says = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(78), "{says}");
    assert!(says.contains("WHATSAPP_APP_SECRET is not set or blank"), "{says}");
}

#[tokio::test]
async fn the_operators_commands_speak_plainly() {
    let mut stage = Stage::new(&["support"]);
    std::fs::write(stage.plugins().join("broken.wasm"), b"no component").expect("written");
    stage.start().await;
    until("it lists what serves and what is refused", async || {
        let listed = String::from_utf8_lossy(&stage.run(&["agents", "list"]).stdout).into_owned();
        listed.contains("support") && listed.contains("broken.wasm") && listed.contains("refused")
    })
    .await;
    let doctor = stage.run(&["doctor"]);
    let says = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(
        !doctor.status.success() && says.contains("BAD") && says.contains("there is no row `unified_service_flags`"),
        "{says}"
    );
    let second =
        stage.command(&["serve"]).env("LISTEN_ADDR", "127.0.0.1:0").env("OPERATOR_ADDR", "127.0.0.1:0").output();
    let says = String::from_utf8_lossy(&second.expect("it ends").stderr).into_owned();
    assert!(says.contains("in use by another host process"), "{says}");
}

#[tokio::test]
async fn what_the_table_says_of_an_agent_goes_before_its_own_words() {
    let mut stage = Stage::new(&["support", "jobs", "marketplace"]);
    stage.start().await;
    let with_jobs = "select count(*) from unified_sessions where current_agent = 'jobs'";
    stage.talk("250788000001").say("is there a gig for me?").await;
    assert_eq!(stage.count(with_jobs).await, 0);
    stage.sql(r#"insert into ai_agent_configs (agent_type, keywords) values ('jobs', '["gig 4"]')"#).await;
    until("the words are known", async || {
        stage.talk_on("250788000002").await.say("is there a gig for me?").await;
        stage.count(with_jobs).await == 1
    })
    .await;
    // A wrong row changes nothing; off is off.
    stage.sql("update ai_agent_configs set keywords = 'gig'").await;
    stage.talk("250788000003").say("is there a gig for me?").await;
    assert_eq!(stage.count(with_jobs).await, 2);
    stage.sql("update ai_agent_configs set keywords = '[]', enabled = 0").await;
    until("jobs is off", async || !stage.talk_on("250788000004").await.say("menu").await.contains("Jobs")).await;
}

#[tokio::test]
async fn a_feature_that_is_off_is_off() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.start().await;
    let sentence = "I want to sell a bicycle for 60k in Remera";
    let mut alice = stage.talk("250788000001");
    // Several answers in one sentence: the price is known.
    assert!(alice.say(sentence).await.contains("60 000 RWF"));
    let off = |feature: &str| format!("features.{feature}");
    for feature in ["hybridFlows", "unifiedSearch", "sharedPreferences"] {
        assert!(stage.run(&["flags", "set", &off(feature), "false"]).status.success());
    }
    until("the features are off", async || {
        let mut bob = stage.talk_on("250788000002").await;
        bob.say("cancel").await;
        !bob.say(sentence).await.contains("60 000 RWF")
    })
    .await;
    let mut carol = stage.talk("250788000003");
    carol.say("my home is Kimironko").await;
    carol.say("1").await;
    assert!(carol.say("Kimironko").await.contains("cannot remember places"));
    assert!(carol.say("zqzq").await.contains("What would you like to do?"));
}

#[tokio::test]
pub(crate) async fn a_flood_is_answered_once() {
    let mut stage = Stage::new(&["support"]);
    stage.set("FLOOD_PER_MINUTE", "2");
    stage.start().await;
    let mut alice = stage.talk("250788000001");
    for _ in 0..2 {
        assert!(alice.say("hello").await.contains("What would you like to do?"));
    }
    assert!(alice.say("hello").await.contains("wait a minute"));
    assert_eq!(stage.say("250788000001", text("hello")).await, 200);
    until("it is kept", async || stage.count("select count(*) from message where state = 'answered'").await == 4).await;
    assert_eq!(stage.count("select count(*) from outbox").await, 3);
}

#[tokio::test]
async fn a_newcomer_finds_the_demonstration_set() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    let seeded = stage.command(&["db", "seed"]).env("SWITCHBOARD_ENV", "development").output().expect("it runs");
    assert!(seeded.status.success(), "{}", String::from_utf8_lossy(&seeded.stderr));
    assert!(!stage.run(&["db", "seed"]).status.success(), "never in production");
    stage.start().await;
    assert!(stage.talk("250788000001").say("I want to buy a fridge").await.contains("Samsung fridge"));
}

#[tokio::test]
async fn the_words_of_the_agents_lead_people_to_them() {
    let stage = Stage::new(&[]);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let route = |file: &str, least: &str| {
        let mut command = stage.command(&["route", "--least", least, file]);
        let output = command.current_dir(root).output().expect("the program runs");
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    };
    route("host/tests/router/vectors.tsv", "1");
    route("host/tests/router/held.tsv", "0.9");
    route("host/tests/router/people.tsv", "0.9");
}
