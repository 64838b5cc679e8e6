//! The format of log lines in production: JSON, an object a line, with the fields of its spans and the host's name beside its own.

use std::fmt;

use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields, format::Writer},
    registry::LookupSpan,
};

/// Writes lines as JSON.
pub(crate) struct JsonLines {
    /// The name of this host, which every line has.
    pub(crate) host: String,
}

impl<S, F> FormatEvent<S, F> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    F: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, F>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Map::new();
        // From the outermost span to the innermost, so that what is nearer counts.
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<F>>();
            if let Some(Ok(Value::Object(fields))) = fields.map(|fields| serde_json::from_str(&fields.fields)) {
                line.extend(fields);
            }
        }
        event.record(&mut Fields(&mut line));
        let about = event.metadata();
        line.insert("timestamp".into(), jiff::Timestamp::now().to_string().into());
        line.insert("level".into(), about.level().as_str().into());
        line.insert("target".into(), about.target().into());
        line.insert("host".into(), self.host.as_str().into());
        writeln!(writer, "{}", Value::Object(line))
    }
}

/// Puts fields of an event into an object.
struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::{MakeWriter, format::JsonFields};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("kept").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Kept {
        type Writer = Kept;

        fn make_writer(&'a self) -> Kept {
            self.clone()
        }
    }

    #[test]
    fn a_line_has_the_fields_of_its_spans_and_the_host() {
        let kept = Kept::default();
        let lines = JsonLines { host: "wa-1".into() };
        let subscriber = tracing_subscriber::fmt()
            .fmt_fields(JsonFields::new())
            .event_format(lines)
            .with_writer(kept.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let turn = tracing::info_span!("turn", message.id = 7, agent = tracing::field::Empty);
            let _turn = turn.enter();
            turn.record("agent", "jobs");
            let agent = tracing::info_span!("agent", agent.version = "0.5.0");
            let _agent = agent.enter();
            tracing::warn!(micros = 5, "it \"took\" long");
        });
        let text = String::from_utf8(kept.0.lock().expect("kept").clone()).expect("text");
        let line: Value = serde_json::from_str(&text).expect("JSON");
        let expected = [
            ("message.id", Value::from(7)),
            ("agent", "jobs".into()),
            ("agent.version", "0.5.0".into()),
            ("micros", 5.into()),
            ("message", "it \"took\" long".into()),
            ("level", "WARN".into()),
            ("host", "wa-1".into()),
        ];
        for (name, value) in expected {
            assert_eq!(line[name], value, "{name} in {text}");
        }
    }
}
