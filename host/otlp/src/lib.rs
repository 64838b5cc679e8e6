//! Export of traces by OTLP over HTTP: a layer of `tracing` that sends the spans of turns and agents, with the events in them, to a collector
//! of OpenTelemetry. The host depends on this crate with its feature `otlp` only.

use std::time::Duration;

use opentelemetry::{KeyValue, trace::TracerProvider};
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracerProvider},
};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

/// The path of traces at a collector, as OTLP/HTTP has it.
const PATH: &str = "/v1/traces";

/// How long one request to the collector may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where traces go, and which.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The collector's address, such as `http://localhost:4318`; traces are posted to `/v1/traces` below it.
    pub endpoint: String,
    /// The name of this host: `service.instance.id`.
    pub host: String,
    /// The version of the program: `service.version`.
    pub version: &'static str,
    /// Which part of the turns is exported, from 0 to 1.
    pub ratio: f64,
}

/// The exporter could not be made.
#[derive(Debug, thiserror::Error)]
#[error("traces cannot be exported to {endpoint}: {source}")]
pub struct Unusable {
    endpoint: String,
    source: ExporterBuildError,
}

/// The exporter. It sends spans in batches from a thread of its own; dropping it sends those that are left.
#[must_use = "spans are not exported any more once it is dropped"]
pub struct Traces(SdkTracerProvider);

impl Drop for Traces {
    fn drop(&mut self) {
        // What the collector does not take is lost; a host that ends does not wait for it.
        let _ = self.0.shutdown();
    }
}

/// Starts the exporter; gives the layer whose spans it sends. A collector that is away costs nothing but its spans.
///
/// # Errors
/// If the address is none.
pub fn start<S>(options: &Options) -> Result<(impl Layer<S> + Send + Sync + use<S>, Traces), Unusable>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let endpoint = format!("{}{PATH}", options.endpoint.trim_end_matches('/'));
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(TIMEOUT)
        .with_endpoint(&endpoint)
        .build()
        .map_err(|source| Unusable { endpoint, source })?;
    let attributes =
        [KeyValue::new("service.instance.id", options.host.clone()), KeyValue::new("service.version", options.version)];
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::TraceIdRatioBased(options.ratio))
        .with_resource(Resource::builder().with_service_name("switchboard").with_attributes(attributes).build())
        .build();
    // The exporter's own requests are no part of a trace.
    let ours = Targets::new().with_target("switchboard", LevelFilter::DEBUG);
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("switchboard"))
        .with_location(false)
        .with_threads(false)
        .with_filter(ours);
    Ok((layer, Traces(provider)))
}
