//! Export of traces to a collector of OpenTelemetry, in a program that was built with the feature `otlp`.

/// Where traces go, and which.
#[derive(Clone, Debug, PartialEq)]
pub struct TracesOptions {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: the collector's address.
    pub endpoint: String,
    /// `OTEL_TRACES_SAMPLER_ARG`: which part of the turns is exported, from 0 to 1.
    pub ratio: f64,
}

#[cfg(feature = "otlp")]
mod with {
    use tracing_subscriber::{Layer, Registry};

    use super::TracesOptions;

    /// The layer whose spans are exported.
    pub(crate) type TracesLayer = Box<dyn Layer<Registry> + Send + Sync>;

    /// What sends them.
    pub(crate) type Exporter = switchboard_otlp::Traces;

    /// Starts the export. An error is a sentence.
    pub(crate) fn start(options: &TracesOptions, host: &str) -> Result<(TracesLayer, Exporter), String> {
        let TracesOptions { endpoint, ratio } = options.clone();
        let version = env!("CARGO_PKG_VERSION");
        let options = switchboard_otlp::Options { endpoint, host: host.to_owned(), version, ratio };
        let (layer, exporter) = switchboard_otlp::start(&options).map_err(|error| error.to_string())?;
        Ok((Box::new(layer), exporter))
    }
}

#[cfg(not(feature = "otlp"))]
mod with {
    use tracing_subscriber::layer::Identity;

    use super::TracesOptions;

    const NOT_BUILT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT is set, and this program was built without the export of traces: build it with \
        `cargo build --release --features otlp`, or unset it";

    /// The layer whose spans are exported.
    pub(crate) type TracesLayer = Identity;

    /// What sends them.
    pub(crate) type Exporter = std::convert::Infallible;

    /// Says that this program has none.
    pub(crate) fn start(_: &TracesOptions, _: &str) -> Result<(TracesLayer, Exporter), String> {
        Err(NOT_BUILT.into())
    }
}

pub(crate) use with::{Exporter, start};
