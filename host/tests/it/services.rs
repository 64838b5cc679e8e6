//! Calls of other services by an agent that tries what it may not, against a server on this machine: what is granted is called with the
//! host's secrets, everything else is refused with the line that would grant it; no answer, however long, slow or wrong, ends the turn.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use switchboard::{
    config::{AgentSecrets, Variables},
    conversation,
    services::NetworkServices,
    turn,
};
use switchboard_kit::{
    agents::{entry, rogue},
    cluster,
    stage::Stage,
};
use switchboard_sandbox::plugins::{Compiler, Plugins, PluginsConfig};
use switchboard_store::SettleError;

use crate::{
    notices::World,
    store::{Database, on_both},
};

const TOKEN: &str = "a-token-of-the-test";
const TOKEN_OF_NUMBER: &str = "a-token-of-one-number";

/// A call as the server got it.
#[derive(Clone, Debug)]
struct Got {
    line: String,
    headers: HeaderMap,
    body: String,
}

/// A service on a port of its own.
#[derive(Clone)]
struct Service {
    origin: String,
    port: u16,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Service {
    async fn start() -> Service {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let service = Service { origin: format!("http://127.0.0.1:{port}"), port, got: Arc::default() };
        let router = Router::new().fallback(answer).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        service
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().expect("the calls").clone()
    }
}

async fn answer(State(service): State<Service>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let echo = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let body = String::from_utf8_lossy(&body).into_owned();
    service.got.lock().expect("the calls").push(Got { line: format!("{method} {uri}"), headers, body: body.clone() });
    match uri.path() {
        "/open/echo" => ([("x-echo", echo.clone())], Body::from(format!("you said {echo} {body}"))).into_response(),
        "/open/inside" => (StatusCode::FOUND, [("location", "http://127.0.0.1:1/secret")]).into_response(),
        "/open/error" => (StatusCode::INTERNAL_SERVER_ERROR, "broken").into_response(),
        "/open/huge" => Body::from(vec![b'x'; 3 << 20]).into_response(),
        "/open/endless" => {
            let chunks =
                futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 4096])));
            Body::from_stream(chunks).into_response()
        }
        "/open/drip" => {
            let drops = futures_util::stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Some((Ok::<_, std::io::Error>(Bytes::from_static(b"x")), ()))
            });
            Body::from_stream(drops).into_response()
        }
        "/open/silent" => std::future::pending().await,
        "/open/binary" => Body::from(vec![0xff, 0xfe, 0]).into_response(),
        _ => Body::from("hello").into_response(),
    }
}

/// A host with the agent, what its entry says, and real calls.
async fn world(db: &Database, lines: &str) -> World {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("plugins")).expect("a folder");
    std::fs::write(folder.path().join("plugins/client.wasm"), rogue("client")).expect("written");
    let url = match db.url.starts_with("postgres") {
        true => cluster::shared().database().await,
        false => format!("sqlite://{}/services.db", folder.path().display()),
    };
    let manifest = format!("{}{lines}", entry("client", &["http", "records"]));
    let mut world = World::hosting(url, folder, (1, &[]), &manifest).await;
    let vars = [("CLIENT_TOKEN", TOKEN), ("CLIENT_TOKEN_TWO", TOKEN_OF_NUMBER)];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    world.app.services = NetworkServices::new(AgentSecrets::of(&Variables::of(vars))).expect("a client");
    world
}

/// The lines of an entry for this service.
fn grant(origin: &str, more: &str) -> String {
    format!(
        "settings = {{ opens = \"nine\", closes = \"five\" }}\n\
         secrets = {{ token = \"env:CLIENT_TOKEN\" }}\n\
         [[agent.http]]\norigin = \"{origin}\"\nmethods = [\"GET\", \"POST\"]\npaths = [\"/open/\"]\n\
         headers = {{ Authorization = \"Bearer {{token}}\" }}\n{more}\n"
    )
}

const PRIVATE: &str = "private = true";

/// What the agent says to this.
async fn says(world: &mut World, business: &str, words: &str) -> String {
    let mut claims = world.writes(1, business, words, 0).await;
    let claim = claims.pop().expect("a lane");
    let settlement = turn::answer(&world.app, &claim).await.expect("a turn").settlement;
    let said = said(&settlement);
    world.app.store.settle(settlement).await.expect("it settles");
    said
}

fn said(settlement: &switchboard_store::Settlement) -> String {
    let texts = settlement.replies.iter().map(|reply| {
        let body: Value = serde_json::from_str(&reply.body).expect("JSON");
        body["text"]["body"].as_str().unwrap_or_default().to_owned()
    });
    texts.collect()
}

on_both! {
    a_granted_call_carries_what_the_host_adds_and_the_secret_is_never_seen,
    what_a_business_number_has_of_its_own_goes_before,
    a_turn_that_runs_again_calls_nothing_twice,
}

async fn a_granted_call_carries_what_the_host_adds_and_the_secret_is_never_seen(db: Database) {
    let service = Service::start().await;
    let mut world = world(&db, &grant(&service.origin, PRIVATE)).await;
    let said = says(&mut world, "1", &format!("client POST {}/open/echo?day=1 words", service.origin)).await;
    assert_eq!(said, "200 x-echo=Bearer [secret] you said Bearer [secret] words");
    let got = service.got();
    assert_eq!(got[0].line, "POST /open/echo?day=1");
    assert_eq!(got[0].headers["authorization"], format!("Bearer {TOKEN}"));
    assert_eq!(got[0].body, "words");
    let key = got[0].headers["idempotency-key"].to_str().expect("a key").to_owned();
    assert!(key.ends_with("-1"), "{key}");
    says(&mut world, "1", &format!("client many 2 {}/open/echo", service.origin)).await;
    let keys: Vec<String> =
        service.got().iter().map(|got| got.headers["idempotency-key"].to_str().expect("a key").to_owned()).collect();
    assert!(keys[1].ends_with("-1") && keys[2].ends_with("-2") && keys[0] != keys[1], "{keys:?}");
    // An error of the service is an answer, and a redirect is not followed.
    assert_eq!(says(&mut world, "1", &format!("client GET {}/open/error", service.origin)).await, "500  broken");
    assert_eq!(says(&mut world, "1", &format!("client GET {}/open/inside", service.origin)).await.trim(), "302");
    assert_eq!(service.got().len(), 5);

    // Not in the record of the turn either.
    let words = format!("client GET {}/open/echo", service.origin);
    let claim = world.writes(1, "1", &words, 0).await.remove(0);
    let journal = turn::answer(&world.app, &claim).await.expect("a turn").settlement.journal.expect("a journal");
    let journal = zstd::decode_all(journal.as_slice()).map_or(journal.clone(), |json| json);
    let journal = String::from_utf8(journal).expect("JSON");
    assert!(journal.contains("http.send") && journal.contains("[secret]") && !journal.contains(TOKEN), "{journal}");
}

async fn what_a_business_number_has_of_its_own_goes_before(db: Database) {
    let service = Service::start().await;
    let lines = format!(
        "{}[agent.numbers.2]\nsettings = {{ opens = \"ten\" }}\nsecrets = {{ token = \"env:CLIENT_TOKEN_TWO\" }}\n",
        grant(&service.origin, PRIVATE)
    );
    let mut world = world(&db, &lines).await;
    for (business, opens, token) in [("1", "nine", TOKEN), ("2", "ten", TOKEN_OF_NUMBER)] {
        assert_eq!(says(&mut world, business, "client setting opens").await, format!("opens is {opens}"));
        assert_eq!(says(&mut world, business, "client setting closes").await, "closes is five");
        says(&mut world, business, &format!("client GET {}/open/x", service.origin)).await;
        let got = service.got().pop().expect("a call");
        assert_eq!(got.headers["authorization"], format!("Bearer {token}"));
    }
}

async fn a_turn_that_runs_again_calls_nothing_twice(db: Database) {
    let service = Service::start().await;
    let mut world = world(&db, &grant(&service.origin, PRIVATE)).await;
    let words = format!("client order {}/open/echo", service.origin);
    let (mut first, mut second) = (world.writes(1, "1", &words, 0).await, world.writes(2, "1", &words, 0).await);
    let (first, second) = (first.remove(0), second.remove(0));
    let answers = Arc::default();
    let lost = turn::answer_keeping(&world.app, &first, &answers).await.expect("a turn").settlement;
    let won = turn::answer(&world.app, &second).await.expect("a turn").settlement;
    assert!(said(&won).starts_with("first true, 200"), "{}", said(&won));
    world.app.store.settle(won).await.expect("it settles");
    let refused = world.app.store.settle(lost).await.expect_err("it lost");
    assert!(matches!(refused, SettleError::Conflict), "{refused}");
    assert_eq!(service.got().len(), 2);
    answers.begin_again();
    let again = turn::answer_keeping(&world.app, &first, &answers).await.expect("a turn").settlement;
    assert!(said(&again).starts_with("first false, 200"), "{}", said(&again));
    world.app.store.settle(again).await.expect("it settles");
    assert_eq!(service.got().len(), 2, "the order was not sent again");
}

/// Anyone who adds no `private` reaches nothing on this machine, however it is named.
#[tokio::test]
async fn private_addresses_are_not_reached() {
    let service = Service::start().await;
    let db = Database::sqlite().await;
    let port = service.port;
    // A name that stands for this machine, as one would whose owner points it there after it was looked at.
    let lines = format!(
        "[[agent.http]]\norigin = \"https://localhost:{port}\"\n[[agent.http]]\norigin = \"https://127.0.0.1:{port}\"\n\
         [[agent.http]]\norigin = \"https://[::1]:{port}\"\n[[agent.http]]\norigin = \"https://[::ffff:7f00:1]:{port}\"\n\
         [[agent.http]]\norigin = \"https://169.254.169.254\"\n"
    );
    let mut world = world(&db, &lines).await;
    for origin in [
        format!("https://localhost:{port}"),
        format!("https://LOCALHOST:{port}"),
        format!("https://127.0.0.1:{port}"),
        format!("https://0x7f.1:{port}"),
        format!("https://[::1]:{port}"),
        format!("https://[::ffff:127.0.0.1]:{port}"),
        "https://169.254.169.254".to_owned(),
    ] {
        let said = says(&mut world, "1", &format!("client GET {origin}/")).await;
        assert!(said.starts_with("Problem::Denied(") && said.contains("write `private = true`"), "{origin}: {said}");
    }
    assert_eq!(service.got().len(), 0);
}

#[tokio::test]
async fn what_is_not_granted_is_refused_with_the_line_to_add() {
    let service = Service::start().await;
    let db = Database::sqlite().await;
    let mut world = world(&db, &grant(&service.origin, PRIVATE)).await;
    let origin = &service.origin;
    for (words, told) in [
        (format!("client GET {origin}/closed"), "write `paths = [\\\"/open/\\\", \\\"/closed\\\"]`".to_owned()),
        (
            format!("client DELETE {origin}/open/x"),
            "write `methods = [\\\"GET\\\", \\\"POST\\\", \\\"DELETE\\\"]`".to_owned(),
        ),
        (
            format!("client GET http://127.0.0.1:{}/open/x", service.port + 1),
            "add `[[agent.http]]` with `origin".to_owned(),
        ),
        (format!("client GET {origin}/open/../closed"), "the path /closed".to_owned()),
        (format!("client inject {origin}/open/echo"), "not of printable ASCII".to_owned()),
        (format!("client header authorization {origin}/open/echo"), "put in by the host".to_owned()),
        (format!("client header host {origin}/open/echo"), "host is the host's".to_owned()),
        (format!("client CONNECT {origin}/open/echo"), "method: is none of".to_owned()),
    ] {
        let said = says(&mut world, "1", &words).await;
        assert!(said.contains(&told), "{words}: {said}");
    }
    assert_eq!(service.got().len(), 0, "nothing was sent");
    let said = says(&mut world, "1", &format!("client many 9 {origin}/open/x")).await;
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[..8].iter().all(|line| line.starts_with("200")), "{said}");
    assert!(lines[8].contains("Limit(\"8 calls of other services a turn\")"), "{said}");
}

/// No answer ends the turn, or is waited for beyond the time.
#[tokio::test]
async fn wrong_answers_are_unavailable_in_time() {
    let service = Service::start().await;
    let db = Database::sqlite().await;
    let mut world =
        world(&db, &grant(&service.origin, "private = true\ntimeout_ms = 700\nresponse_bytes_max = 100000")).await;
    for (path, told) in [
        ("huge", "more than 100000 bytes"),
        ("endless", "more than 100000 bytes"),
        ("drip", "did not answer in time"),
        ("silent", "did not answer in time"),
        ("binary", "no UTF-8 text"),
    ] {
        let began = Instant::now();
        let said = says(&mut world, "1", &format!("client GET {}/open/{path}", service.origin)).await;
        assert!(said.starts_with("Problem::Unavailable(") && said.contains(told), "{path}: {said}");
        assert!(began.elapsed() < Duration::from_secs(4), "{path}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn calls_keep_to_the_rate() {
    let service = Service::start().await;
    let db = Database::sqlite().await;
    let mut world = world(&db, &grant(&service.origin, "private = true\nper_minute = 3")).await;
    let said = says(&mut world, "1", &format!("client many 5 {}/open/x", service.origin)).await;
    assert_eq!(said.matches("200").count(), 3, "{said}");
    assert_eq!(said.matches("Limit(\"3 calls of").count(), 2, "{said}");
    assert_eq!(service.got().len(), 3);
}

/// A secret that is not there, or is the host's own, is no call.
#[tokio::test]
async fn a_call_without_its_secret_is_not_made() {
    let service = Service::start().await;
    let db = Database::sqlite().await;
    for source in ["env:NOT_SET", "env:WHATSAPP_ACCESS_TOKEN", "file:/nowhere/token"] {
        let lines = grant(&service.origin, PRIVATE).replace("env:CLIENT_TOKEN", source);
        let mut world = world(&db, &lines).await;
        let said = says(&mut world, "1", &format!("client GET {}/open/x", service.origin)).await;
        assert!(said.contains("Unavailable(\"the host lacks the secret `token`\")"), "{source}: {said}");
    }
    assert_eq!(service.got().len(), 0);
}

/// A real host: what the environment says of proxies is not for agents' calls, and no line of the log has the secret.
#[tokio::test]
async fn a_host_calls_without_a_proxy_and_logs_no_secret() {
    let service = Service::start().await;
    let mut stage = Stage::new(&["support"]);
    stage.add("client", &rogue("client"), &["http", "records"], "");
    stage.more_of_entry(&grant(&service.origin, PRIVATE));
    stage.set("CLIENT_TOKEN", TOKEN);
    for proxy in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        stage.set(proxy, "http://127.0.0.1:9");
    }
    stage.set("RUST_LOG", "debug");
    let log = stage.log_to_file();
    stage.start().await;
    let mut person = stage.talk("+250788000021");
    let said = person.say(&format!("client GET {}/open/echo", service.origin)).await;
    assert!(said.contains("Bearer [secret]"), "{said}");
    let said = person.say(&format!("client GET {}/closed", service.origin)).await;
    assert!(said.contains("write `paths ="), "{said}");
    let metrics = stage.metrics(0).await;
    for (line, is) in [
        ("switchboard_service_calls_total{agent=\"client\",outcome=\"2xx\"} 1", true),
        ("switchboard_service_calls_refused_total{agent=\"client\"} 1", true),
    ] {
        assert_eq!(metrics.iter().any(|metric| metric == line), is, "{line}: {metrics:?}");
    }
    let refused = stage.health(0).await.1["checks"]["refused_calls"].clone();
    assert_eq!(refused, serde_json::json!({ "client": 1 }));
    let log = std::fs::read_to_string(log).expect("the log");
    assert!(!log.contains(TOKEN), "the secret is in the log");
    assert!(log.contains("a call of another service was refused: the path /closed"), "{log}");
}

/// What a conversation says of a service is its answer; a call that no line answers, and a line that nobody calls, fail the test.
#[tokio::test]
async fn a_conversation_scripts_what_services_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let conversations = folder.path().join("conversations");
    std::fs::create_dir_all(&conversations).expect("a folder");
    std::fs::create_dir_all(folder.path().join("plugins")).expect("a folder");
    std::fs::write(folder.path().join("plugins/client.wasm"), rogue("client")).expect("written");
    let manifest = folder.path().join("plugins.toml");
    let lines = grant("https://api.example.rw", "");
    std::fs::write(&manifest, format!("{}{lines}", entry("client", &["http", "records"]))).expect("written");
    let data_dir = folder.path().join("data");
    let config = PluginsConfig { manifest, data_dir, compiler: Compiler::InProcess };
    let plugins = Plugins::load_once(config).await.expect("the manifest is read");
    let call = "> client GET https://api.example.rw/open/slots\n";
    let answer = "@ http GET https://api.example.rw/open/slots → 200 {\"free\":[9]}\n";
    let told = "< 200  {\"free\":[9]}\n= client idle\n";
    for (text, fails) in [
        (format!("{answer}{call}{told}"), None),
        (
            format!("@ http GET https://api.example.rw/open/slots → fails\n{call}< Unavailable(\"x\")\n"),
            Some("does not answer"),
        ),
        (
            format!("{answer}{call}{told}{call}{told}"),
            Some("no line `@ http …` before it answers GET https://api.example.rw/open/slots"),
        ),
        (format!("{answer}{answer}{call}{told}"), Some("nobody called GET https://api.example.rw/open/slots")),
        (format!("@ http slots\n{call}{told}"), Some("it is a method and an address")),
        // What is granted is checked here too.
        (
            "@ http GET https://api.example.rw/closed → 200 x\n> client GET https://api.example.rw/closed\n< x\n"
                .to_owned(),
            Some("nobody called GET https://api.example.rw/closed"),
        ),
    ] {
        std::fs::write(conversations.join("one.txt"), &text).expect("written");
        let played =
            conversation::play_folder(&plugins, "client", &conversations, "", false, None).await.expect("played");
        let failures = format!("{:?}", played.failures);
        match fails {
            None => assert_eq!(failures, "[]"),
            Some(says) => assert!(failures.contains(says), "{text}: {failures}"),
        }
    }
}
