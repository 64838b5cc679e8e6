//! Logs: their set-up. Each line is understandable by itself and has dotted field names. Never logged: phone numbers, texts of messages,
//! secrets. Traces ([`traces`]) are made of the same spans.

mod format;
pub mod traces;

use std::{
    borrow::Cow,
    io::{self, BufWriter, Stderr, Write},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    fmt::{self, MakeWriter, format::JsonFields},
    layer::SubscriberExt,
    registry::LookupSpan,
    reload,
    util::SubscriberInitExt,
};

use format::JsonLines;
use switchboard_core::{name::is_unseen, text::breaks_lines};
use traces::TracesOptions;

/// The longest time that a line below `WARN` is buffered: lines are written in batches to save a system call in every turn.
const LINES_WAIT: Duration = Duration::from_millis(50);

/// Replaces the filter of the subscriber that was started.
type ReplaceFilter = Box<dyn Fn(EnvFilter) -> Result<(), reload::Error> + Send + Sync>;

static FILTER: OnceLock<ReplaceFilter> = OnceLock::new();

/// Replaces the `RUST_LOG`-style filter from now on. An error is a sentence.
pub fn set_filter(filter: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| error.to_string())?;
    let replace = FILTER.get().ok_or("no log was started")?;
    replace(filter).map_err(|error| error.to_string())
}

/// How logs are started.
#[derive(Clone, Debug, Default)]
pub struct LogOptions<'a> {
    /// The name of this host.
    pub host: &'a str,
    /// Whether lines are JSON; else they are text.
    pub json: bool,
    /// A filter in the style of `RUST_LOG`.
    pub filter: &'a str,
    /// Where traces go, if they are exported.
    pub traces: Option<TracesOptions>,
}

/// Starts logging to standard error, and the export of traces. Dropping the returned guard flushes what is buffered.
///
/// # Errors
/// If traces cannot be exported: a sentence.
#[must_use = "buffered lines are lost if the guard is not kept until the program ends"]
pub fn start(options: &LogOptions<'_>) -> Result<Logs, String> {
    let lines = Arc::new(Mutex::new(BufWriter::new(io::stderr())));
    let filter = EnvFilter::try_new(options.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let (traces, exporter) =
        options.traces.as_ref().map(|traces| traces::start(traces, options.host)).transpose()?.unzip();
    // A second start within one process (tests) keeps the first subscriber.
    let started = match traces {
        // A filter for all layers costs less than one of its own.
        None => {
            let (filter, replace) = replaceable(filter);
            Registry::default().with(filter).with(layer(options, &lines)).try_init().map(|()| replace)
        }
        Some(traces) => {
            let (filter, replace) = replaceable(filter);
            let lines = layer(options, &lines).with_filter(filter);
            Registry::default().with(traces).with(lines).try_init().map(|()| replace)
        }
    };
    if let Ok(replace) = started {
        let _ = FILTER.set(replace);
        let waiting = lines.clone();
        let write = move || {
            loop {
                std::thread::sleep(LINES_WAIT);
                let _ = lock(&waiting).flush();
            }
        };
        let _ = std::thread::Builder::new().name("logs".into()).spawn(write);
    }
    Ok(Logs { lines, _exporter: exporter })
}

/// A filter that can be replaced, and what replaces it.
fn replaceable<S: 'static>(filter: EnvFilter) -> (reload::Layer<EnvFilter, S>, ReplaceFilter) {
    let (filter, handle) = reload::Layer::new(filter);
    (filter, Box::new(move |filter| handle.reload(filter)))
}

/// The layer that writes lines.
fn layer<S>(options: &LogOptions<'_>, lines: &Buffer) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let layer = fmt::layer().with_writer(Writer(lines.clone()));
    // It would say on standard error that it cannot write there, as on a full disk, and panic over that.
    let layer = layer.log_internal_errors(false);
    if !options.json {
        return layer.with_target(false).with_ansi(false).boxed();
    }
    let lines = JsonLines { host: options.host.to_owned() };
    layer.fmt_fields(JsonFields::new()).event_format(lines).boxed()
}

/// A guard: what is buffered is written, and spans that wait are exported, when it is dropped.
pub struct Logs {
    lines: Buffer,
    _exporter: Option<traces::Exporter>,
}

impl Drop for Logs {
    fn drop(&mut self) {
        let _ = lock(&self.lines).flush();
    }
}

/// Lines on their way to standard error.
type Buffer = Arc<Mutex<BufWriter<Stderr>>>;

/// Writes lines into the buffer.
struct Writer(Buffer);

fn lock(lines: &Mutex<BufWriter<Stderr>>) -> MutexGuard<'_, BufWriter<Stderr>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> MakeWriter<'a> for Writer {
    type Writer = Lines<'a>;

    fn make_writer(&'a self) -> Lines<'a> {
        Lines { lines: lock(&self.0), flush_now: true }
    }

    fn make_writer_for(&'a self, about: &Metadata<'_>) -> Lines<'a> {
        Lines { lines: lock(&self.0), flush_now: *about.level() <= Level::WARN }
    }
}

/// The writer of one log line.
struct Lines<'a> {
    lines: MutexGuard<'a, BufWriter<Stderr>>,
    flush_now: bool,
}

impl Write for Lines<'_> {
    /// Writes one line: it comes whole.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lines.write_all(&one_line(bytes))?;
        if self.flush_now {
            self.lines.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lines.flush()
    }
}

/// A line as it is written: what is in it may be a stranger's. Control characters, and characters that turn a line or are not seen, are
/// escaped as in JSON, so that nobody writes a line of their own in any format.
fn one_line(bytes: &[u8]) -> Cow<'_, [u8]> {
    let (line, end) = bytes.strip_suffix(b"\n").map_or((bytes, ""), |line| (line, "\n"));
    if line.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return Cow::Borrowed(bytes);
    }
    let mut clean = String::with_capacity(bytes.len() + 16);
    for c in String::from_utf8_lossy(line).chars() {
        match c {
            '\n' => clean.push_str("\\n"),
            '\r' => clean.push_str("\\r"),
            '\t' => clean.push_str("\\t"),
            c if breaks_lines(c) || is_unseen(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = std::fmt::Write::write_fmt(&mut clean, format_args!("\\u{unit:04x}"));
                }
            }
            c => clean.push(c),
        }
    }
    Cow::Owned((clean + end).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_log_begins_no_other() {
        let line = |event: &str| String::from_utf8(one_line(event.as_bytes()).into_owned()).expect("UTF-8");
        assert_eq!(
            line("a file x\n2026 ERROR y.wasm\u{2028}\u{202e}z\u{1b}[31m\r\n"),
            "a file x\\n2026 ERROR y.wasm\\u2028\\u202ez\\u001b[31m\\r\n"
        );
        assert_eq!(line("{\"message\":\"a\u{2029}b\"}\n"), "{\"message\":\"a\\u2029b\"}\n");
        assert_eq!(line("é 日本\n"), "é 日本\n");
    }
}
