//! The HTTP server of one port. It bounds what strangers may take of it: the time to send a request's head, the time that a connection
//! may be quiet, and the number of connections. Beyond that number the connection that has been quiet the longest is closed, so that a
//! new one is always taken.

use std::{
    collections::HashMap,
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use axum::Router;
use bytes::Bytes;
use hyper::{
    Request,
    body::{Body, Frame, Incoming, SizeHint},
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use metrics::{counter, gauge};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    time::sleep,
};
use tokio_util::task::TaskTracker;

use switchboard_core::seldom::Seldom;

/// Bytes of a connection's read buffer: the most that a request's head may have. Meta's have about one KB.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// The pause after a connection could not be accepted, as when file descriptors are used up.
const ACCEPT_AGAIN: Duration = Duration::from_millis(20);

/// How long a request that has not come whole is waited for once the port stops.
const STOP: Duration = Duration::from_secs(1);

/// What a port allows.
#[derive(Clone, Copy, Debug)]
pub struct PortLimits {
    /// The port's name in metrics and logs.
    pub name: &'static str,
    /// The most connections at a time.
    pub connections: usize,
    /// The time to send a request's head, from its first byte, or from the connection's start.
    pub head: Duration,
    /// The time that a connection may be quiet between two requests.
    pub idle: Duration,
}

impl PortLimits {
    /// The limits of a port with so many connections: 10 s for a head, 60 s between requests.
    pub fn new(name: &'static str, connections: usize) -> PortLimits {
        PortLimits { name, connections, head: Duration::from_secs(10), idle: Duration::from_secs(60) }
    }
}

/// Serves a router on a bound port until `stopped` is set; then lets requests that have begun end.
pub async fn serve(port: TcpListener, router: Router, limits: PortLimits, mut stopped: watch::Receiver<bool>) {
    let open = Arc::new(Connections::new(limits));
    let tasks = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => break,
            accepted = port.accept() => accepted,
        };
        match accepted {
            Ok((socket, _)) => {
                if let Some(entry) = Connections::enter(&open) {
                    // Responses are small: disable Nagle's algorithm.
                    let _ = socket.set_nodelay(true);
                    tasks.spawn(connection(socket, router.clone(), entry, stopped.clone()));
                }
            }
            Err(failed) => {
                if let Some(times) = open.failed.hit(Instant::now()) {
                    tracing::warn!(port = limits.name, times, "connections cannot be accepted: {failed}");
                }
                open.shed();
                sleep(ACCEPT_AGAIN).await;
            }
        }
    }
    drop(port);
    tasks.close();
    tasks.wait().await;
}

/// Serves one connection to its end.
async fn connection(socket: TcpStream, router: Router, entry: Entry, mut stopped: watch::Receiver<bool>) {
    let (this, limits) = (entry.connection.clone(), entry.open.limits);
    let router = TowerToHyperService::new(router);
    let service = service_fn(|request: Request<Incoming>| {
        let this = this.clone();
        this.enter(if request.body().is_end_stream() { Phase::Answer } else { Phase::Body });
        let body = |body| WatchedBody { body, connection: this.clone() };
        let answer = router.call(request.map(body));
        async move {
            let answer = answer.await;
            this.enter(Phase::Idle);
            answer as Result<_, Infallible>
        }
    });
    let io = TokioIo::new(WatchedSocket { socket, connection: this.clone() });
    let mut http = http1::Builder::new();
    // The time to send a head is measured here, since it differs from the time between requests.
    http.timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(HEAD_BYTES_MAX);
    let mut served = std::pin::pin!(http.serve_connection(io, service));
    let mut until = std::pin::pin!(sleep(limits.head.min(limits.idle)));
    let mut stopping = false;
    loop {
        let ended = tokio::select! {
            biased;
            () = this.changed.notified() => this.is_over(&limits),
            _ = stopped.wait_for(|stopped| *stopped), if !stopping => {
                stopping = true;
                served.as_mut().graceful_shutdown();
                Ok(STOP)
            }
            _ = served.as_mut() => return,
            () = until.as_mut() => if stopping && this.is_at() != Phase::Answer { Err("stop") } else { this.is_over(&limits) },
        };
        match ended {
            Ok(left) => until.as_mut().reset(tokio::time::Instant::now() + left),
            Err(why) => {
                counter!("switchboard_connections_closed_total", "port" => limits.name, "reason" => why).increment(1);
                return;
            }
        }
    }
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing, between two requests.
    Idle,
    /// It sends a request's head.
    Head,
    /// It sends a request's body.
    Body,
    /// It waits for an answer.
    Answer,
    /// It is closed to make room.
    Cut,
}

/// One connection, as its task, its socket and the list of all see it.
struct Connection {
    /// What it does, and since when.
    phase: Mutex<(Phase, Instant)>,
    /// Its deadline came nearer, or it is to be closed.
    changed: Notify,
}

impl Connection {
    fn phase(&self) -> MutexGuard<'_, (Phase, Instant)> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_at(&self) -> Phase {
        self.phase().0
    }

    fn enter(&self, next: Phase) {
        let mut phase = self.phase();
        if phase.0 != Phase::Cut {
            *phase = (next, Instant::now());
        }
    }

    /// Bytes came.
    fn heard(&self) {
        if self.is_at() == Phase::Idle {
            self.enter(Phase::Head);
            self.changed.notify_one();
        }
    }

    /// How long it may go on before it is looked at again, or why it is to be closed.
    fn is_over(&self, limits: &PortLimits) -> Result<Duration, &'static str> {
        let (phase, since) = *self.phase();
        let (limit, why) = match phase {
            Phase::Cut => return Err("shed"),
            Phase::Body | Phase::Answer => return Ok(limits.idle),
            Phase::Idle => (limits.idle, "idle"),
            Phase::Head => (limits.head, "slow_head"),
        };
        let left = limit.checked_sub(since.elapsed()).filter(|left| !left.is_zero()).ok_or(why)?;
        // It may go over to a phase with another limit meanwhile.
        Ok(left.min(limits.idle))
    }
}

/// The open connections of a port.
struct Connections {
    limits: PortLimits,
    open: Mutex<HashMap<u64, Arc<Connection>>>,
    next: AtomicU64,
    shed: Seldom,
    failed: Seldom,
}

impl Connections {
    fn new(limits: PortLimits) -> Connections {
        let (shed, failed) = (Seldom::each_minute(), Seldom::each_minute());
        Connections { limits, open: Mutex::default(), next: AtomicU64::new(0), shed, failed }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a new connection in, if there is room or room can be made.
    fn enter(this: &Arc<Connections>) -> Option<Entry> {
        if this.open().len() >= this.limits.connections && !this.shed() {
            let labels = [("port", this.limits.name), ("reason", "full")];
            counter!("switchboard_connections_closed_total", &labels).increment(1);
            return None;
        }
        let connection =
            Arc::new(Connection { phase: Mutex::new((Phase::Head, Instant::now())), changed: Notify::new() });
        let id = this.next.fetch_add(1, Ordering::Relaxed);
        this.open().insert(id, connection.clone());
        gauge!("switchboard_connections", "port" => this.limits.name).increment(1.0);
        Some(Entry { id, connection, open: this.clone() })
    }

    /// Closes the connection that has sent nothing whole for the longest. A request that has come whole is never given up. Gives whether
    /// there was one to close.
    fn shed(&self) -> bool {
        let mut open = self.open();
        let quiet = |(id, connection): (&u64, &Arc<Connection>)| {
            let (phase, since) = *connection.phase();
            (phase != Phase::Answer).then_some((since, *id))
        };
        let Some((_, id)) = open.iter().filter_map(quiet).min() else { return false };
        if let Some(connection) = open.remove(&id) {
            connection.enter(Phase::Cut);
            connection.changed.notify_one();
        }
        drop(open);
        if let Some(times) = self.shed.hit(Instant::now()) {
            let (port, connections) = (self.limits.name, self.limits.connections);
            tracing::warn!(port, connections, times, "the port is full: quiet connections are closed to make room");
        }
        true
    }
}

/// A connection's place among the open ones; given up when dropped.
struct Entry {
    id: u64,
    connection: Arc<Connection>,
    open: Arc<Connections>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.open.open().remove(&self.id);
        gauge!("switchboard_connections", "port" => self.open.limits.name).decrement(1.0);
    }
}

/// A socket that tells when bytes come.
struct WatchedSocket {
    socket: TcpStream,
    connection: Arc<Connection>,
}

impl AsyncRead for WatchedSocket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let before = into.filled().len();
        let read = ready!(Pin::new(&mut self.socket).poll_read(cx, into));
        if into.filled().len() > before {
            self.connection.heard();
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for WatchedSocket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}

/// A request's body that tells when it has come whole.
struct WatchedBody {
    body: Incoming,
    connection: Arc<Connection>,
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.connection.enter(Phase::Answer);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
