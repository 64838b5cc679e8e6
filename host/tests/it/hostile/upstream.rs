//! Services that the host calls, gone hostile: the model, the Graph API, the legacy service. They never answer, never end, or answer what
//! nobody asked.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use switchboard_kit::{
    agents::rogue,
    stage::{Stage, until},
    talk::text,
};

use super::{Kind, Run, ground::Ground};

/// How a service answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Mode {
    /// Never.
    Silent,
    /// With 200, and a body without end.
    Endless,
    /// With an error, and a body without end.
    EndlessError,
    /// A byte of JSON a tenth of a second.
    Drip,
    /// 10 GB are announced.
    Announced,
    /// JSON 100,000 levels deep.
    Deep,
    /// To go elsewhere.
    Redirect,
    /// As it should.
    Well,
}

const MODES: [Mode; 8] = [
    Mode::Silent,
    Mode::Endless,
    Mode::EndlessError,
    Mode::Drip,
    Mode::Announced,
    Mode::Deep,
    Mode::Redirect,
    Mode::Well,
];

/// A service in one of these modes.
#[derive(Clone)]
pub(super) struct Upstream {
    pub(super) url: String,
    mode: Arc<AtomicU8>,
    asked: Arc<AtomicUsize>,
    sent: Arc<AtomicUsize>,
}

impl Upstream {
    pub(super) async fn start(mode: Mode) -> Upstream {
        let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", port.local_addr().expect("an address"));
        let upstream = Upstream { url, mode: Arc::default(), asked: Arc::default(), sent: Arc::default() };
        upstream.is_now(mode);
        let router = Router::new().fallback(answer).with_state(upstream.clone());
        tokio::spawn(async move { axum::serve(port, router).await });
        upstream
    }

    pub(super) fn is_now(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::Relaxed);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// How many bytes of endless bodies were taken.
    fn taken(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    fn without_end(&self, status: StatusCode, chunk: &'static [u8], pause: Duration) -> Response {
        let sent = self.sent.clone();
        let chunks = futures_util::stream::unfold((), move |()| {
            let sent = sent.clone();
            async move {
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
                sent.fetch_add(chunk.len(), Ordering::Relaxed);
                Some((Ok::<_, Infallible>(Bytes::from_static(chunk)), ()))
            }
        });
        (status, [(header::CONTENT_TYPE, "application/json")], Body::from_stream(chunks)).into_response()
    }
}

static SPACES: [u8; 64 << 10] = [b' '; 64 << 10];

async fn answer(State(upstream): State<Upstream>, uri: Uri, _: Bytes) -> Response {
    let n = upstream.asked.fetch_add(1, Ordering::Relaxed);
    match MODES[usize::from(upstream.mode.load(Ordering::Relaxed))] {
        Mode::Silent => std::future::pending().await,
        Mode::Endless => upstream.without_end(StatusCode::OK, &SPACES, Duration::ZERO),
        Mode::EndlessError => upstream.without_end(StatusCode::SERVICE_UNAVAILABLE, &SPACES, Duration::ZERO),
        Mode::Drip => upstream.without_end(StatusCode::OK, b" ", Duration::from_millis(100)),
        Mode::Announced => {
            let head = [(header::CONTENT_LENGTH, "10000000000")];
            (head, upstream.without_end(StatusCode::OK, &SPACES, Duration::ZERO).into_body()).into_response()
        }
        Mode::Deep => format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).into_response(),
        Mode::Redirect => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "http://169.254.169.254/")]).into_response()
        }
        Mode::Well if uri.path().ends_with("/messages") => {
            Json(json!({ "messages": [{ "id": format!("wamid.upstream.{n}") }], "success": true })).into_response()
        }
        Mode::Well => Json(json!({})).into_response(),
    }
}

macro_rules! services {
    ($($name:literal, $bound:literal: $run:ident($($mode:ident),*);)*) => {
        vec![$(Kind { by: "service", name: $name, bound: $bound, run: Run::Beside(|ground| Box::pin($run(ground, &[$(Mode::$mode),*]))) }),*]
    };
}

pub(super) fn kinds() -> Vec<Kind> {
    let mut kinds = services! {
        "model that never answers", "the turn goes on without it in 15 s": model(Silent);
        "model that answers without end, and in drips", "at most a MiB is read, the turn goes on": model(Endless, Drip);
        "model that announces 10 GB, and nests", "nothing is read, the turn goes on": model(Announced, Deep);
        "Graph API that answers without end", "64 KiB are read; what was not taken for sure is sent once it is well": graph(Endless);
        "Graph API whose errors have no end", "64 KiB are read; what was not taken for sure is sent once it is well": graph(EndlessError);
        "Graph API that sends elsewhere", "not followed; all is sent once it is well": graph(Redirect);
        "legacy service that answers without end", "its body is not read, each message is taken": legacy(Endless);
    };
    kinds.push(Kind {
        by: "machine",
        name: "full disk",
        bound: "503, and what Meta repeats is answered once",
        run: Run::Beside(|ground| Box::pin(full_disk(ground))),
    });
    kinds.push(Kind {
        by: "machine",
        name: "clock that jumps by hours",
        bound: "each message is answered",
        run: Run::Beside(|ground| Box::pin(wrong_clock(ground))),
    });
    kinds
}

/// An agent asks a model of its own that behaves like this, one mode after the other.
async fn model(_: &mut Ground, modes: &[Mode]) -> String {
    let upstream = Upstream::start(modes[0]).await;
    let mut stage = Stage::new(&["support"]);
    stage.add("hoarder", &rogue("hoarder"), &["records", "log", "model"], "");
    stage.set("GEMINI_API_KEY", "a-key-of-the-test");
    stage.set("GEMINI_API_URL", &upstream.url);
    stage.start().await;
    let mut bob = stage.talk("+250788000002");
    assert!(bob.say("hoarder store").await.contains("stored"));
    stage.forget_peak(0);
    let (before, _) = stage.resident(0);
    let mut seen = Vec::new();
    for mode in modes {
        upstream.is_now(*mode);
        let (asked, began) = (upstream.asked(), std::time::Instant::now());
        let said = bob.say("hoarder wait").await;
        assert!(said.contains("false"), "{mode:?}: {said}");
        assert!(began.elapsed() < Duration::from_secs(30), "{mode:?}: {:?}", began.elapsed());
        seen.push(format!(
            "{mode:?}: asked {} times, answered after {:.1} s",
            upstream.asked() - asked,
            began.elapsed().as_secs_f64()
        ));
    }
    let grown = stage.resident(0).1.saturating_sub(before) >> 20;
    // The agent itself has 9 MiB, and what it reads.
    assert!(grown < 100, "{grown} MiB more");
    format!("{}; {} KiB of bodies taken; +{grown} MiB", seen.join(", "), upstream.taken() >> 10)
}

/// Replies go to a Graph API that behaves like this, and then well.
async fn graph(_: &mut Ground, modes: &[Mode]) -> String {
    let upstream = Upstream::start(modes[0]).await;
    let mut stage = Stage::new(&["support"]);
    stage.set("GRAPH_API_URL", &upstream.url);
    stage.start().await;
    stage.forget_peak(0);
    let (before, _) = stage.resident(0);
    for n in 0..10 {
        assert_eq!(stage.say(&format!("25078800001{n}"), text("hello")).await, 200);
    }
    until("it was tried", async || upstream.asked() > 0).await;
    until("all are answered", async || {
        stage.count("select count(*) from message where state = 'answered'").await == 10
    })
    .await;
    // No longer than what it announces or drips: each request ends by itself.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (asked, taken, peak) = (upstream.asked(), upstream.taken(), stage.resident(0).1);
    upstream.is_now(Mode::Well);
    // Those of unknown outcome wait for a status, which nobody posts here.
    let waits = "select count(*) from outbox where state in ('queued', 'sending')";
    let sent = until("all are sent", async || stage.count(waits).await == 0);
    assert!(tokio::time::timeout(Duration::from_secs(50), sent).await.is_ok(), "{}", left(&stage).await);
    let grown = peak.saturating_sub(before) >> 20;
    assert!(grown < 64, "{grown} MiB more");
    let sent = stage.count("select count(*) from outbox where state in ('sent', 'delivered', 'read')").await;
    let unknown = stage.count("select count(*) from outbox where state = 'unknown'").await;
    assert!(sent + unknown == 10 && sent > 0, "{sent} {unknown}");
    format!("{asked} requests took {} KiB; then {sent} sent, {unknown} wait for a status; +{grown} MiB", taken >> 10)
}

/// Everybody is the legacy service's, which behaves like this.
async fn legacy(_: &mut Ground, modes: &[Mode]) -> String {
    let upstream = Upstream::start(modes[0]).await;
    let mut stage = Stage::new(&["support"]);
    stage.set("LEGACY_WEBHOOK_URL", &format!("{}/all", upstream.url));
    assert!(stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "0", "--yes"]).status.success());
    stage.start().await;
    stage.forget_peak(0);
    let (before, _) = stage.resident(0);
    for n in 0..10 {
        assert_eq!(stage.say(&format!("25078800001{n}"), text("hello")).await, 200);
    }
    until("it took all", async || upstream.asked() >= 10).await;
    until("all are settled", async || {
        stage.count("select count(*) from outbox where state in ('queued', 'sending', 'unknown')").await == 0
    })
    .await;
    let grown = stage.resident(0).1.saturating_sub(before) >> 20;
    assert!(grown < 64, "{grown} MiB more");
    format!("{} requests, {} KiB of bodies taken, +{grown} MiB", upstream.asked(), upstream.taken() >> 10)
}

/// The host may write no more; what is refused meanwhile is repeated, as by Meta.
async fn full_disk(ground: &mut Ground) -> String {
    ground.stage.limit_files(0, Some(1_000));
    let phone = ground.phone();
    let what = json!({ "text": "hello", "id": "wamid.full" });
    let refused = ground.stage.say(&phone, what.clone()).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    ground.stage.limit_files(0, None);
    assert_ne!(refused, 200);
    ground.says(&phone, what, 1).await;
    format!("{refused} while full, then answered")
}

/// What is left to do, in words, for a test that waits in vain.
async fn left(stage: &Stage) -> String {
    let sql = "select (select group_concat(state || ' ' || coalesce(error, '')) from message) || '; '
        || (select group_concat(state || ' of ' || kind || ' after ' || attempts || ' attempts and ' || losses || ' losses, run_at ' || run_at || ' '
            || coalesce(error, ''), '; ') from outbox) || '; '
        || (select group_concat('lease ' || lease_until || ' send ' || send_until || ' pair ' || pair_at || ' wrote ' || wrote_at) from lane)
        || '; ' || (select group_concat(coalesce(rest_reason, 'no rest')) from business_number)";
    stage.text(sql).await.unwrap_or_default()
}

async fn wrong_clock(_: &mut Ground) -> String {
    let mut stage = Stage::new(&["support"]);
    stage.set("SWITCHBOARD_CLOCK_FILE", "clock");
    stage.set("SWITCHBOARD_CLOCK_AHEAD_MS", "0");
    std::fs::write(stage.folder().join("clock"), "0").expect("written");
    stage.start().await;
    let mut heard = 0;
    for offset_ms in ["21600000", "-21600000", "0"] {
        std::fs::write(stage.folder().join("clock"), offset_ms).expect("written");
        let offset: i64 = offset_ms.parse().expect("a number");
        // The host reads the file now and then; somebody else's message shows its time.
        until("the clock has jumped", async || {
            assert_eq!(stage.say("250788000002", text("hello")).await, 200);
            let at = stage.count("select received_at from message order by message_id desc limit 1").await;
            (at - switchboard_core::clock::Clock::system().now() - offset).abs() < 3_600_000
        })
        .await;
        assert_eq!(stage.say("250788000001", text("hello")).await, 200);
        let hears = tokio::time::timeout(Duration::from_secs(30), stage.heard("250788000001", heard, 1)).await;
        heard += match hears {
            Ok(more) => more.len(),
            Err(_) => panic!("at {offset_ms} ms: {}", left(&stage).await),
        };
    }
    format!("{heard} answers: six hours ahead, six behind, right again")
}
