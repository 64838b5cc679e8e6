//! The short form of `make talk`: first messages of the labelled corpus go to the agents that they are for, and their writers are known by
//! the language that they write. The whole measure, with forms and customers, is `make talk`.

use std::path::Path;

use serde_json::Value;

use switchboard_kit::{
    stage::{Stage, until},
    talk::text,
};

const AGENTS: [&str; 10] = [
    "support",
    "marketplace",
    "jobs",
    "property",
    "farmer",
    "waiter",
    "insurance",
    "rides",
    "sales",
    "business_broker",
];

/// The least share at the right agent, of all and of each language: somewhat below what was measured, so that a word more or less does not
/// fail, and a rule that is broken does.
const FLOOR: f64 = 0.92;
const FLOOR_OF_LANGUAGE: f64 = 0.88;

/// The least share whose language is known for what it is.
const FLOOR_LANGUAGE: f64 = 0.94;

#[tokio::test]
async fn first_messages_go_to_the_right_agent_in_the_right_language() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/talk/open/sentences.jsonl");
    let lines = std::fs::read_to_string(file).expect("the corpus");
    let said: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(said.len(), 400);
    let mut stage = Stage::new(&AGENTS);
    stage.start().await;
    for (n, said) in said.iter().enumerate() {
        let words = said["text"].as_str().expect("a text");
        assert_eq!(stage.say(&phone(n), text(words)).await, 200);
    }
    until("every message is answered", async || {
        stage.count("select count(*) from message where state = 'answered'").await == said.len() as i64
    })
    .await;
    let known = "select json_group_object(s.user_phone, json_array(s.current_agent, p.language)) from unified_sessions s join person p on p.person_id = s.user_id";
    let known: Value = serde_json::from_str(&stage.text(known).await.expect("sessions")).expect("JSON");
    let (mut right, mut in_language) = ([(0, 0); 4], 0);
    for (n, said) in said.iter().enumerate() {
        let key = ["en", "fr", "rw", "sw"].iter().position(|known| said["language"] == *known).expect("a language");
        let got = &known[phone(n)];
        let also = said["agent_also_right"].as_array().cloned().unwrap_or_default();
        let is_right = |agent: &Value| *agent == got[0] || agent == "none" && got[0] == "support";
        let fits = is_right(&said["agent"]) || also.iter().any(is_right);
        right[key].0 += usize::from(fits);
        right[key].1 += 1;
        in_language += usize::from(got[1] == said["language"] || got[1].is_null() && key == 0);
        if !fits {
            println!("{} -> {}: {}", said["agent"], got[0], said["text"]);
        }
    }
    let share = |(right, all): (usize, usize)| right as f64 / all as f64;
    let all = right.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    println!("right: {all:?}, by language {right:?}; language known: {in_language}");
    assert!(share(all) >= FLOOR, "{all:?}");
    assert!(right.iter().all(|one| share(*one) >= FLOOR_OF_LANGUAGE), "{right:?}");
    assert!(share((in_language, said.len())) >= FLOOR_LANGUAGE, "{in_language}");
}

/// A phone of the corpus.
fn phone(n: usize) -> String {
    format!("+2507300{n:05}")
}
