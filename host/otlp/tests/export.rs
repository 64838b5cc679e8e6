//! Spans arrive at a collector: what a turn and its agent did, in one trace, with the events in them.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};
use prost::Message;
use switchboard_otlp::{Options, start};
use tracing_subscriber::layer::SubscriberExt;

type Got = Arc<Mutex<Vec<ExportTraceServiceRequest>>>;

/// A collector of OpenTelemetry, as far as traces go: its address, and what it gets.
async fn collector() -> (String, Got) {
    let got = Got::default();
    let take = async |State(got): State<Got>, body: Bytes| {
        let request = ExportTraceServiceRequest::decode(body).expect("protobuf");
        got.lock().expect("the requests").push(request);
        StatusCode::OK
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let router = Router::new().route("/v1/traces", post(take)).with_state(got.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, got)
}

/// The client of the exporter takes the process's provider of TLS, as the host's does.
fn install_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn text(attributes: &[KeyValue], key: &str) -> String {
    let value = attributes.iter().find(|attribute| attribute.key == key).and_then(|found| found.value.clone());
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("{key}: {other:?}"),
    }
}

/// Two turns as a host has them, the first with an agent and a call.
fn turns() {
    let turn = tracing::info_span!(target: "switchboard", "turn", message.id = 7, turn = "turn-7");
    turn.in_scope(|| {
        let agent = tracing::info_span!(target: "switchboard", "agent", agent.name = "jobs");
        agent.in_scope(
            || tracing::debug!(target: "switchboard", { call.name = "records.get", call.micros = 42 }, "called"),
        );
    });
    tracing::info_span!(target: "switchboard", "turn", message.id = 8, turn = "turn-8").in_scope(|| {});
    // Of others: no part of a trace.
    tracing::info_span!(target: "hyper", "connection").in_scope(|| {});
}

async fn exported(ratio: f64) -> (Vec<KeyValue>, Vec<Span>) {
    install_tls();
    let (endpoint, got) = collector().await;
    let options = Options { endpoint, host: "one".into(), version: "1.2.3", ratio };
    let exported = tokio::task::spawn_blocking(move || {
        let (layer, traces) = start(&options).expect("an exporter");
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), turns);
        drop(traces);
    });
    exported.await.expect("it ends");
    let resources: Vec<_> =
        got.lock().expect("the requests").iter().flat_map(|request| request.resource_spans.clone()).collect();
    let of_host = resources.first().and_then(|of| of.resource.clone()).map(|resource| resource.attributes);
    let spans = resources.into_iter().flat_map(|of| of.scope_spans).flat_map(|scope| scope.spans).collect();
    (of_host.unwrap_or_default(), spans)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_and_its_agent_are_one_trace() {
    let (of_host, spans) = exported(1.0).await;
    assert_eq!(text(&of_host, "service.name"), "switchboard");
    assert_eq!(text(&of_host, "service.instance.id"), "one");
    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let (turns, agents) = (named("turn"), named("agent"));
    assert_eq!((spans.len(), turns.len(), agents.len()), (3, 2, 1), "{spans:?}");
    let agent = agents[0];
    let turn = turns.iter().find(|turn| turn.span_id == agent.parent_span_id).expect("its turn");
    assert_eq!((turn.trace_id.clone(), text(&turn.attributes, "turn")), (agent.trace_id.clone(), "turn-7".to_owned()));
    assert_eq!(text(&agent.attributes, "agent.name"), "jobs");
    let [call] = &agent.events[..] else { panic!("{:?}", agent.events) };
    assert_eq!(
        (text(&call.attributes, "call.name"), text(&call.attributes, "call.micros")),
        ("records.get".into(), "42".into())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_of_the_turns_may_be_exported() {
    assert_eq!(exported(0.0).await.1, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_away_holds_nothing_up() {
    install_tls();
    let options = Options { endpoint: "http://127.0.0.1:9".into(), host: "one".into(), version: "1", ratio: 1.0 };
    let ended = tokio::task::spawn_blocking(move || {
        let (layer, traces) = start(&options).expect("an exporter");
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), turns);
        drop(traces);
    });
    ended.await.expect("it ends without a panic");
    let options = Options { endpoint: "no address".into(), host: "one".into(), version: "1", ratio: 1.0 };
    let refused = start::<tracing_subscriber::Registry>(&options).map(drop).expect_err("no address");
    assert!(refused.to_string().contains("no address/v1/traces"), "{refused}");
}
