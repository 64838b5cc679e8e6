//! Operators: roles on every route, tokens, the audit of all that they do, people's data; through real processes, on both databases.

mod people;

use std::process::{Output, Stdio};

use clap::CommandFactory;
use reqwest::Method;
use serde_json::Value;

use switchboard::{
    api::ROUTES,
    cli::Cli,
    config::{NEEDS, Needed, needs},
};
use switchboard_core::operator::OperatorRole;
use switchboard_kit::{
    cluster,
    shell::Shell,
    stage::{Stage, program},
};

const ALICE: &str = "250788000001";
const BOB: &str = "250788000002";

/// A stage on SQLite, or on a database of PostgreSQL.
async fn stage(postgres: bool) -> Stage {
    let mut stage = Stage::new(&["support"]);
    if postgres {
        let url = cluster::shared().database().await;
        stage.set("DATABASE_URL", &url);
    }
    stage
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs a command that succeeds; what it printed.
fn done(stage: &Stage, arguments: &[&str]) -> String {
    let output = stage.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Runs a command that is refused; why.
fn denied(stage: &Stage, arguments: &[&str]) -> String {
    let output = stage.run(arguments);
    assert!(!output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stderr).expect("UTF-8")
}

/// The token that a command printed, on a line of its own.
fn token(printed: &str) -> String {
    let line = printed.lines().find(|line| line.starts_with("swb_")).expect("a token");
    assert_eq!(line.len(), 68, "256 bits in hex");
    line.to_owned()
}

/// Asks the admin API.
async fn asks(stage: &Stage, token: &str, method: Method, path: &str, body: &str) -> (u16, Value) {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = http.request(method, format!("http://{}/api{path}", stage.operator_of(0))).body(body.to_owned());
    let answer = request.bearer_auth(token).header("x-operator", "mallory").send().await.expect("the host answers");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

/// A route's path with parameters that name nothing.
fn path_of(route: &str) -> String {
    [
        ("{person}", "01890000-0000-7000-8000-000000000000"),
        ("{order}", "nothing"),
        ("{name}", "nobody"),
        ("{kind}", "replies"),
        ("{id}", "1"),
    ]
    .iter()
    .fold(route.to_owned(), |path, (parameter, value)| path.replace(parameter, value))
}

/// Each role on each route: what is not its own is refused by a sentence that names the role that is needed. Prints the matrix.
async fn each_role_has_its_routes(postgres: bool) {
    let mut stage = stage(postgres).await;
    stage.start().await;
    let (status, off) = asks(&stage, "swb_x", Method::GET, "/flags", "").await;
    assert_eq!(status, 403, "{off}");
    assert!(off["error"].as_str().is_some_and(|said| said.contains("operators add")), "{off}");
    let tokens = OperatorRole::ALL.map(|role| {
        let name = format!("an-{role}");
        (role, token(&done(&stage, &["operators", "add", &name, "--role", role.as_str()])))
    });
    let (status, wrong) = asks(&stage, "swb_x", Method::GET, "/flags", "").await;
    assert_eq!(status, 401, "{wrong}");
    println!("{:8}{:34}{}", "", "", OperatorRole::ALL.map(|role| format!("{:10}", role.as_str())).concat());
    for route in ROUTES {
        let mut marks = String::new();
        for (role, token) in &tokens {
            let method: Method = route.method.parse().expect("a method");
            let (status, body) = asks(&stage, token, method, &path_of(route.path), "").await;
            let may = *role >= route.role;
            if may {
                assert!(![401, 403, 405].contains(&status), "{role} {route:?}: {status} {body}");
            } else {
                let error = body["error"].as_str().unwrap_or_default();
                assert_eq!(status, 403, "{role} {route:?}: {body}");
                assert!(error.contains(&format!("needs the role {}", route.role)), "{role} {route:?}: {error}");
            }
            marks.push_str(&format!("{:10}", if may { "yes" } else { "-" }));
        }
        println!("{:8}{:34}{marks}", route.method, route.path);
    }
    for role in OperatorRole::ALL {
        assert!(ROUTES.iter().any(|route| route.role == role), "no route asks for {role}");
    }
}

#[tokio::test]
async fn each_role_has_its_routes_on_sqlite() {
    each_role_has_its_routes(false).await;
}

#[tokio::test]
async fn each_role_has_its_routes_on_postgres() {
    each_role_has_its_routes(true).await;
}

/// An operator from the first token to the last: nothing keeps a token but the one who got it.
async fn an_operator_comes_and_goes(postgres: bool) {
    let mut stage = stage(postgres).await;
    let log = stage.log_to_file();
    stage.start().await;
    let first = token(&done(&stage, &["operators", "add", "ann", "--role", "viewer", "--as", "root"]));
    for (arguments, says) in [
        (["operators", "add", "ann", "--role", "admin"], "there is an operator `ann` already"),
        (["operators", "add", "Ann", "--role", "admin"], "lower-case"),
        (["operators", "add", "operator", "--role", "admin"], "means something else"),
        (["operators", "add", "bob", "--role", "root"], "viewer, support, operator, admin"),
    ] {
        assert!(denied(&stage, &arguments).contains(says), "{says}");
    }
    let patch = r#"{"unifiedServiceRolloutPercent": 100}"#;
    assert_eq!(asks(&stage, &first, Method::PATCH, "/flags", patch).await.0, 403);
    assert!(done(&stage, &["operators", "role", "ann", "operator"]).contains("viewer → operator"));
    let (status, changed) = asks(&stage, &first, Method::PATCH, "/flags", patch).await;
    let who = changed["changes"][0]["who"].as_str().unwrap_or_default();
    assert_eq!(status, 200, "{changed}");
    assert!(who == "api:ann" || who.starts_with("api:ann as "), "the header names nobody who has a name: {who}");

    let second = token(&done(&stage, &["operators", "token", "ann"]));
    assert_eq!(asks(&stage, &first, Method::GET, "/flags", "").await.0, 401, "the token before has ended");
    assert_eq!(asks(&stage, &second, Method::GET, "/flags", "").await.0, 200);
    let listed = done(&stage, &["operators", "list"]);
    assert!(listed.contains("ann  operator") && listed.contains("by command:root  last used"), "{listed}");

    let admin = token(&done(&stage, &["operators", "add", "zoe", "--role", "admin"]));
    let (status, made) =
        asks(&stage, &admin, Method::POST, "/operators", r#"{"name": "eve", "role": "support"}"#).await;
    let third = made["token"].as_str().expect("a token").to_owned();
    assert_eq!((status, asks(&stage, &third, Method::GET, "/dead", "").await.0), (200, 200));
    assert_eq!(asks(&stage, &admin, Method::POST, "/operators/eve/revoke", "").await.0, 200);
    assert_eq!(asks(&stage, &third, Method::GET, "/dead", "").await.0, 401);
    done(&stage, &["operators", "revoke", "ann"]);
    assert_eq!(asks(&stage, &second, Method::GET, "/flags", "").await.0, 401);
    assert!(denied(&stage, &["operators", "revoke", "ann"]).contains("no operator `ann` who may act"));
    token(&done(&stage, &["operators", "add", "ann", "--role", "viewer"]));

    let (_, told) = asks(&stage, &admin, Method::GET, "/audit?act=operators", "").await;
    let acts = told["acts"].as_array().expect("acts").iter().rev();
    let acts: Vec<String> = acts
        .map(|act| format!("{} {} {}", act["act"].as_str().unwrap_or_default(), act["subject"], act["after"]))
        .collect();
    assert_eq!(
        acts,
        [
            r#"operators.add "ann" "viewer""#,
            r#"operators.role "ann" "operator""#,
            r#"operators.token "ann" null"#,
            r#"operators.add "zoe" "admin""#,
            r#"operators.add "eve" "support""#,
            r#"operators.revoke "eve" null"#,
            r#"operators.revoke "ann" null"#,
            r#"operators.add "ann" "viewer""#,
        ]
    );
    let (_, of_zoe) = asks(&stage, &admin, Method::GET, "/audit?who=zoe&since=1h", "").await;
    assert_eq!(of_zoe["acts"].as_array().map(Vec::len), Some(2), "{of_zoe}");
    assert_eq!(of_zoe["acts"][0]["way"], "api");

    stage.terminate();
    let log = std::fs::read_to_string(log).expect("a log");
    let mut shell = Shell::open(&stage.url()).await;
    let rows = shell.texts("select token_hash || name || created_by from operator").await.concat();
    for token in [&first, &second, &third, &admin] {
        assert!(!log.contains(token.as_str()) && !rows.contains(token.as_str()));
    }
}

#[tokio::test]
async fn an_operator_comes_and_goes_on_sqlite() {
    an_operator_comes_and_goes(false).await;
}

#[tokio::test]
async fn an_operator_comes_and_goes_on_postgres() {
    an_operator_comes_and_goes(true).await;
}

/// What stands in the audit, the oldest first: who, act, subject, before and after.
fn audit(stage: &Stage) -> Vec<String> {
    let printed = done(stage, &["audit", "--json", "--limit", "1000"]);
    let told: Value = serde_json::from_str(&printed).expect("JSON");
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let acts = told["acts"].as_array().expect("acts").iter().rev();
    acts.map(|act| {
        let [way, who, name, subject] = ["way", "who", "act", "subject"].map(|key| text(&act[key]));
        format!("{way}:{who} {name} {subject} {}/{}", text(&act["before"]), text(&act["after"]))
    })
    .collect()
}

/// Every act by hand is in one list, with who, by which way and what it was before; by SQL too. No number stands in it.
async fn every_act_is_in_the_audit(postgres: bool) {
    let mut stage = stage(postgres).await;
    stage.start().await;
    stage.talk(ALICE).say("hello").await;
    stage.talk(BOB).say("hello").await;
    let mut shell = Shell::open(&stage.url()).await;
    let person = |number: &str| format!("select cast(person_id as text) from person where phone = '{number}'");
    let (alice, bob) = (shell.texts(&person(ALICE)).await.remove(0), shell.texts(&person(BOB)).await.remove(0));
    let number = format!("+{ALICE}");
    for arguments in [
        &["flags", "set", "unifiedServiceRolloutPercent", "50", "--yes", "--as", "ann"][..],
        &["flags", "list", "allow", &number, "--as", "ann"],
        &["rollout", "start", "--yes", "--as", "bob"],
        &["rollout", "hold", "it smells", "--as", "bob"],
        &["person", "export", &number, "--as", "carol"],
        &["person", "export", &number, "--format", "text", "--as", "carol"],
        &["person", "opt-out", "add", &number, "--as", "carol"],
        &["person", "opt-out", "add", "+250788000009", "--as", "carol"],
        &["person", "opt-out", "remove", &number, "--as", "carol"],
        &["person", "merge", &number, &format!("+{BOB}"), "--yes", "--as", "carol"],
        &["person", "forget", &number, "--yes", "--as", "carol"],
    ] {
        done(&stage, arguments);
    }
    let stays = "update app_config set value = '{\"allow\": [], \"deny\": []}' where key = 'unified_service_people'";
    shell.run(stays).await;
    stage.sql("update message set state = 'held' where message_id = (select min(message_id) from message)").await;
    done(&stage, &["rollout", "release", "--as", "bob"]);

    let acts = audit(&stage);
    let role = acts.iter().find_map(|act| act.strip_prefix("sql:")).and_then(|act| act.split(' ').next());
    let role = role.expect("a change by SQL").to_owned();
    let expected = [
        "command:ann flags.change unified_service_flags -/a row".to_owned(),
        "command:ann flags.lists unified_service_people -/allow 1, deny 0".to_owned(),
        "command:bob rollout.started service 50 %/1 %".to_owned(),
        "host:rollout flags.change unified_service_flags unifiedServiceRolloutPercent 50/unifiedServiceRolloutPercent 1".to_owned(),
        "command:bob rollout.held service 1 %/1 %".to_owned(),
        format!("command:carol person.export {alice} -/-"),
        format!("command:carol opt_out.add {alice} -/-"),
        "command:carol opt_out.add a number that has not written -/-".to_owned(),
        format!("command:carol opt_out.remove {alice} -/-"),
        format!("command:carol person.merge {bob} {bob}/{alice}"),
        format!("command:carol person.forget {alice} -/-"),
        format!("sql:{role} flags.lists unified_service_people allow 1, deny 0/allow 0, deny 0"),
        "command:bob messages.release held -/-".to_owned(),
    ];
    for act in &expected {
        assert!(acts.contains(act), "{act} is not in {acts:#?}");
    }
    let all = acts.join("\n");
    for number in [ALICE, BOB, "250788000009"] {
        assert!(!all.contains(number), "{all}");
    }
    let chosen = done(&stage, &["audit", "--who", "carol", "--act", "opt_out"]);
    assert_eq!(chosen.lines().count(), 3, "{chosen}");
    assert!(done(&stage, &["audit", "--subject", "nothing"]).contains("Nothing was done."));
}

#[tokio::test]
async fn every_act_is_in_the_audit_on_sqlite() {
    every_act_is_in_the_audit(false).await;
}

#[tokio::test]
async fn every_act_is_in_the_audit_on_postgres() {
    every_act_is_in_the_audit(true).await;
}

/// The words of every command that does something, without its arguments.
fn commands(command: &clap::Command, words: &[String]) -> Vec<Vec<String>> {
    let subcommands: Vec<&clap::Command> = command.get_subcommands().filter(|sub| sub.get_name() != "help").collect();
    if subcommands.is_empty() {
        return vec![words.to_vec()];
    }
    let each = subcommands.iter().map(|sub| commands(sub, &[words, &[sub.get_name().to_owned()]].concat()));
    each.flatten().collect()
}

/// In production each command demands what it uses and nothing else: run with an address of a database alone, it names what is missing.
#[tokio::test]
async fn each_command_demands_what_it_uses() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}/s.db", folder.path().display());
    let known = commands(&Cli::command(), &[]);
    let is_known = |name: &str| known.iter().any(|words| words.join(" ").starts_with(name));
    assert!(NEEDS.iter().all(|(name, _)| is_known(name)), "{known:?}");
    let of = |words: &[&str]| {
        let mut command = program();
        command.args(words).env_clear().current_dir(folder.path()).env("DATABASE_URL", &url).stdin(Stdio::null());
        let output = command.output().expect("the program runs");
        let printed = said(&output);
        let missing = |needed: &Needed| printed.contains(&format!("{} is not set", needed.variable()));
        Needed::ALL.into_iter().filter(missing).collect::<Vec<Needed>>()
    };
    println!("{:24} demands beside the database", "command");
    for (words, name) in [
        (&["db", "migrate"][..], "db migrate"),
        (&["db", "status"], "db status"),
        (&["flags", "show"], "flags show"),
        (&["rollout", "status"], "rollout status"),
        (&["dead", "list"], "dead list"),
        (&["report"], "report"),
        (&["tickets", "list"], "tickets list"),
        (&["takeover"], "takeover"),
        (&["reports", "list"], "reports list"),
        (&["agents", "history", "jobs"], "agents history"),
        (&["operators", "list"], "operators list"),
        (&["audit"], "audit"),
        (&["person", "opt-out", "list"], "person opt-out"),
        (&["webhook", "show"], "webhook show"),
        (&["webhook", "point", "https://x.example"], "webhook point"),
        (&["webhook", "reset"], "webhook reset"),
        (&["serve"], "serve"),
    ] {
        let demanded = of(words);
        assert_eq!(demanded, needs(name), "{name}");
        println!("{name:24} {}", demanded.iter().map(|needed| needed.variable()).collect::<Vec<_>>().join(", "));
    }
}

/// A reader that goes away ends a command without a panic.
#[tokio::test]
async fn a_closed_pipe_ends_a_command_quietly() {
    let stage = stage(false).await;
    done(&stage, &["db", "migrate"]);
    let mut command = stage.command(&["flags", "schema"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(141), "as a shell says of a program that a closed pipe ends");
}

/// The migration to `audit` takes what stood in `dead_audit`, and what a host of the release before still writes there.
#[tokio::test]
async fn older_hosts_write_into_the_audit() {
    for postgres in [false, true] {
        let stage = stage(postgres).await;
        done(&stage, &["db", "migrate"]);
        let mut shell = Shell::open(&stage.url()).await;
        shell
            .run("insert into dead_audit (at, who, event, kind, letter_id) values (5, 'api:ann', 'retried', 'reply', 7), (6, 'cli:bob', 'discarded', 'message', 8)")
            .await;
        let acts = audit(&stage);
        for act in ["api:ann dead.retry reply 7 -/-", "command:bob dead.discard message 8 -/-"] {
            assert!(acts.iter().any(|is| is == act), "{acts:?}");
        }
    }
}

/// An act is written with what it records: where that changes nothing, nothing is written.
#[tokio::test]
async fn what_changes_nothing_is_not_recorded() {
    let stage = stage(false).await;
    done(&stage, &["db", "migrate"]);
    let before = audit(&stage).len();
    assert!(done(&stage, &["rollout", "release"]).contains("No message is held."));
    assert!(done(&stage, &["rollout", "retry"]).contains("no dead forwards"));
    assert!(denied(&stage, &["agents", "unmute", "jobs"]).contains("are not muted"));
    assert!(denied(&stage, &["operators", "role", "nobody", "admin"]).contains("no operator"));
    assert_eq!(audit(&stage).len(), before);
}
