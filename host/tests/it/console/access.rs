//! Who gets into the console: roles on every route, passwords and tokens, sessions and their end, forms of strangers, names of hosts.

use std::{io::Write, process::Stdio};

use reqwest::{Method, StatusCode};
use switchboard::console::{OPEN_ROUTES, ROUTES};
use switchboard_core::operator::OperatorRole;
use switchboard_kit::{cluster, shell::Shell, stage::Stage};

use super::visitor::{Visitor, form};

const PASSWORD: &str = "correct horse battery";

/// Runs a command that succeeds; what it printed.
fn done(stage: &Stage, arguments: &[&str]) -> String {
    let output = stage.run(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Makes an operator; their token.
pub fn operator(stage: &Stage, name: &str, role: OperatorRole) -> String {
    let printed = done(stage, &["operators", "add", name, "--role", role.as_str()]);
    printed.lines().find(|line| line.starts_with("swb_")).expect("a token").to_owned()
}

/// Gives an operator a password, as a script does; whether it was taken, and what was said.
pub fn set_password(stage: &Stage, name: &str, password: &str) -> (bool, String) {
    let mut command = stage.command(&["operators", "password", name]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    let mut stdin = child.stdin.take().expect("a standard input");
    writeln!(stdin, "{password}").expect("written");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.success(), said)
}

/// A route's path with parameters that name nothing.
fn path_of(route: &str) -> String {
    let nobody = [
        ("{person}", "01890000-0000-7000-8000-000000000000"),
        ("{kind}", "replies"),
        ("{name}", "nobody"),
        ("{act}", "nothing"),
        ("{sha256}", "0123"),
    ];
    nobody.iter().fold(route.to_owned(), |path, (parameter, value)| path.replace(parameter, value))
}

async fn each_role_has_its_pages(stage: &Stage) {
    let visitors = [OperatorRole::Viewer, OperatorRole::Support, OperatorRole::Operator, OperatorRole::Admin]
        .map(|role| (role, operator(stage, &format!("a-{role}"), role)));
    let stranger = Visitor::new(stage);
    for (role, token) in &visitors {
        let visitor = Visitor::with_token(stage, token).await;
        for route in ROUTES.iter().filter(|route| route.path != "/sign-out") {
            let path = path_of(route.path);
            let (answer, stranger) = match route.method {
                "GET" => (visitor.get(&path).await, stranger.get(&path).await),
                _ => (visitor.post(&path, &[]).await, stranger.post(&path, &[]).await),
            };
            let status = answer.status.as_u16();
            if *role >= route.role {
                assert!(![401, 403, 405, 500].contains(&status), "{role} {route:?}: {status} {}", answer.body);
            } else {
                assert_eq!(status, 403, "{role} {route:?}");
                assert!(answer.body.contains("This is not part of your role"), "{role} {route:?}: {}", answer.body);
            }
            let refused = if route.method == "GET" { StatusCode::SEE_OTHER } else { StatusCode::UNAUTHORIZED };
            assert_eq!(stranger.status, refused, "without a session: {route:?}");
            for answer in [&answer, &stranger] {
                let header = |name: &str| answer.headers.get(name).map_or("", |value| value.to_str().expect("text"));
                assert!(
                    header("content-security-policy").starts_with("default-src 'none'; style-src 'self'"),
                    "{route:?}"
                );
                assert!(!header("content-security-policy").contains("unsafe"), "{route:?}");
                assert_eq!((header("x-content-type-options"), header("referrer-policy")), ("nosniff", "no-referrer"));
                assert!(matches!(header("cache-control"), "no-store" | "no-cache"), "{route:?}");
            }
        }
        let out = visitor.post("/sign-out", &[]).await;
        assert_eq!(out.location(), "/sign-in?signed-out=1");
        assert_eq!(visitor.get("/audit").await.location(), "/sign-in?to=%2Faudit", "the session has ended");
    }
    for role in OperatorRole::ALL {
        assert!(ROUTES.iter().any(|route| route.role == role), "no page asks for {role}");
    }
    for (method, path) in OPEN_ROUTES {
        assert!(!ROUTES.iter().any(|route| (route.method, route.path) == (*method, *path)));
    }
    let nowhere = stranger.get("/nowhere").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert!(nowhere.body.contains("There is no such page"), "{}", nowhere.body);
}

async fn passwords_and_tokens_sign_in(stage: &Stage) {
    operator(stage, "ann", OperatorRole::Viewer);
    let mut ann = Visitor::new(stage);
    let by = |password| [("name", "ann"), ("password", password), ("to", "/waiting")];
    let answer = ann.sign_in(&by(PASSWORD)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "there is no password yet");
    assert!(answer.body.contains("The name or the password is wrong."), "{}", answer.body);
    for (name, password, said) in
        [("ann", "short", "at least 12 characters"), ("nobody", PASSWORD, "no operator `nobody`")]
    {
        let (taken, why) = set_password(stage, name, password);
        assert!(!taken && why.contains(said), "{why}");
    }
    let (taken, said) = set_password(stage, "ann", PASSWORD);
    assert!(taken && said.contains("ann has a new password"), "{said}");
    let answer = ann.sign_in(&by(PASSWORD)).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/waiting"), "{}", answer.body);
    let cookie = answer.headers.get("set-cookie").expect("a cookie").to_str().expect("text");
    assert!(cookie.starts_with("switchboard=") && cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
    assert_eq!(ann.get("/waiting").await.status, StatusCode::OK);

    // A role that changes, another password and a revocation end sessions.
    done(stage, &["operators", "role", "ann", "support"]);
    assert_eq!(ann.get("/waiting").await.status, StatusCode::SEE_OTHER);
    ann.sign_in(&by(PASSWORD)).await;
    assert_eq!(ann.get("/inbox").await.status, StatusCode::OK);
    set_password(stage, "ann", "another horse battery");
    assert_eq!(ann.get("/inbox").await.status, StatusCode::SEE_OTHER);
    ann.sign_in(&by("another horse battery")).await;
    done(stage, &["operators", "revoke", "ann"]);
    assert_eq!(ann.get("/inbox").await.status, StatusCode::SEE_OTHER);

    // Five failed attempts a minute for a name: the sixth is not even looked at. The first was made above.
    let fails = async |name: &'static str| {
        let fields = [("name", name), ("password", "wrong"), ("to", "/")];
        Visitor::new(stage).sign_in(&fields).await.status.as_u16()
    };
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(fails("ann").await);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 429]);
    assert_eq!(fails("bob").await, 401, "another name has attempts of its own, and is nobody's");

    // Anyone who has OPERATOR_TOKEN is an admin.
    assert_eq!(Visitor::with_token(stage, "the-shared-token").await.get("/settings").await.status, StatusCode::OK);
    let wrong = Visitor::new(stage).sign_in(&[("token", "swb_wrong"), ("to", "/")]).await;
    assert!(wrong.status == StatusCode::UNAUTHORIZED && wrong.body.contains("This token is not valid."));
    // A form leads to no other site.
    let token = operator(stage, "eve", OperatorRole::Viewer);
    let away = Visitor::new(stage).sign_in(&[("token", token.as_str()), ("to", "//evil.example/")]).await;
    assert_eq!(away.location(), "/");
}

async fn sessions_end(stage: &Stage) {
    let token = operator(stage, "joe", OperatorRole::Viewer);
    let joe = Visitor::with_token(stage, &token).await;
    assert_eq!(joe.get("/waiting").await.status, StatusCode::OK);
    let mut shell = Shell::open(&stage.url()).await;
    // What a page asks for by itself keeps nobody signed in; what its operator asks for does.
    shell.run("update operator_session set used_at = used_at - 3500000 where operator = 'joe'").await;
    let refresh = [("x-refresh", "1".to_owned())];
    assert_eq!(joe.sends(Method::GET, "/waiting", &refresh, None).await.status, StatusCode::OK);
    shell.run("update operator_session set used_at = used_at - 200000 where operator = 'joe'").await;
    assert_eq!(joe.get("/waiting").await.status, StatusCode::SEE_OTHER, "it rested for an hour");
    let joe = Visitor::with_token(stage, &token).await;
    shell.run("update operator_session set ends_at = created_at where operator = 'joe'").await;
    assert_eq!(joe.get("/waiting").await.status, StatusCode::SEE_OTHER, "it lived for twelve hours");
    let kept = shell.texts("select session_hash || operator from operator_session").await.concat();
    let hashes = shell.texts("select coalesce(password_hash, '') from operator where name = 'ann'").await.concat();
    assert!(!kept.contains(joe.cookie_value()), "the database has no cookie");
    assert_eq!(hashes, "", "a revoked operator has no password");
    let acts = done(stage, &["audit", "--json", "--limit", "500"]);
    assert!(acts.contains("\"console.sign-in\"") && acts.contains("\"operators.password\""), "{acts}");
    // Who was refused, and by what; a name that is no operator's may be a password.
    assert!(acts.contains("\"console.refused\"") && acts.contains("wrong token"), "{acts}");
    assert!(!acts.contains(PASSWORD) && !acts.contains("\"bob\""), "{acts}");
}

async fn forms_of_strangers_are_refused(stage: &Stage) {
    let token = operator(stage, "kim", OperatorRole::Admin);
    let kim = Visitor::with_token(stage, &token).await;
    let csrf = kim.form_token().await;
    let host = format!("http://{}", stage.operator_of(0));
    let ours = [("origin", host.clone()), ("sec-fetch-site", "same-origin".to_owned())];
    let body = |token: &str| Some(form(&[("name", "mallory"), ("role", "admin"), ("csrf", token)]));
    let path = "/settings/operators";
    for (why, headers, body) in [
        ("no token", ours.to_vec(), body("")),
        ("a wrong token", ours.to_vec(), body("0123")),
        ("another site", vec![("origin", host.clone()), ("sec-fetch-site", "cross-site".to_owned())], body(&csrf)),
        ("another origin", vec![("origin", "http://evil.example".to_owned())], body(&csrf)),
        ("nothing is said", Vec::new(), body(&csrf)),
    ] {
        let answer = kim.sends(Method::POST, path, &headers, body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{why}");
        assert!(answer.body.contains("did not come from the console"), "{why}: {}", answer.body);
    }
    assert!(!done(stage, &["operators", "list"]).contains("mallory"));
    let made = kim.sends(Method::POST, path, &ours, body(&csrf)).await;
    assert!(
        made.status == StatusCode::OK && made.body.contains("swb_"),
        "the same form of ours is taken: {}",
        made.body
    );

    // Names of hosts: a stranger's page cannot point a name of its own to the console.
    let named = |name: &str| [("host", name.to_owned())];
    let stranger = Visitor::new(stage);
    let answer = stranger.sends(Method::GET, "/sign-in", &named("evil.example"), None).await;
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    let french = [("host", "evil.example".to_owned()), ("accept-language", "fr-RW".to_owned())];
    let answer = stranger.sends(Method::GET, "/sign-in", &french, None).await;
    assert!(answer.body.contains("La console ne répond pas sous ce nom"), "{}", answer.body);
    assert_eq!(stranger.sends(Method::GET, "/sign-in", &named("localhost:1"), None).await.status, StatusCode::OK);

    // Behind a proxy with TLS the cookie is for TLS alone.
    let proxied = [("host", "console.example".to_owned()), ("origin", "https://console.example".to_owned())];
    let fields = Some(form(&[("token", token.as_str()), ("to", "/")]));
    let answer = stranger.sends(Method::POST, "/sign-in", &proxied, fields).await;
    let cookie = answer.headers.get("set-cookie").expect("a cookie").to_str().expect("text");
    assert!(cookie.starts_with("__Host-switchboard=") && cookie.ends_with("; Secure"), "{cookie}");
}

/// A port that other machines may reach is refused while nobody could sign in.
async fn a_wide_port_needs_an_operator(stage: &mut Stage) {
    let output = stage.command(&["serve"]).env("OPERATOR_ADDR", "0.0.0.0:0").env("LISTEN_ADDR", "127.0.0.1:0").output();
    let output = output.expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("make the first with `switchboard operators add"), "{said}");
}

async fn access(postgres: bool) -> Stage {
    let mut stage = Stage::new(&["support"]);
    if postgres {
        let url = cluster::shared().database().await;
        stage.set("DATABASE_URL", &url);
    }
    a_wide_port_needs_an_operator(&mut stage).await;
    stage.set("OPERATOR_TOKEN", "the-shared-token");
    stage.set("CONSOLE_HOSTS", "console.example, other.example");
    stage.start().await;
    each_role_has_its_pages(&stage).await;
    passwords_and_tokens_sign_in(&stage).await;
    sessions_end(&stage).await;
    forms_of_strangers_are_refused(&stage).await;
    stage
}

/// In development anyone who is at the machine is an admin, by that name; their session counts nowhere else.
async fn nobody_signs_in_in_development(stage: &mut Stage) {
    stage.terminate();
    stage.set("SWITCHBOARD_ENV", "development");
    stage.start().await;
    let mut visitor = Visitor::new(stage);
    let first = visitor.get("/settings").await;
    assert_eq!(first.status, StatusCode::OK);
    visitor.keep_cookie(&first);
    assert_eq!(
        visitor.post("/settings/canned", &[("name", "late"), ("words", "Sorry")]).await.status,
        StatusCode::SEE_OTHER
    );
    let acts = done(stage, &["audit", "--who", "development"]);
    assert!(acts.contains("canned") && acts.contains("console"), "{acts}");
    stage.terminate();
    stage.set("SWITCHBOARD_ENV", "production");
    stage.start().await;
    assert_eq!(visitor.get("/settings").await.status, StatusCode::SEE_OTHER, "it counts in development only");
}

#[tokio::test]
async fn only_operators_get_in_on_sqlite() {
    let mut stage = access(false).await;
    nobody_signs_in_in_development(&mut stage).await;
}

#[tokio::test]
async fn only_operators_get_in_on_postgres() {
    access(true).await;
}
