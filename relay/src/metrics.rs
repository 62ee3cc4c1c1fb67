//! What the relay counts, and how `/metrics` shows it: OpenMetrics text, which Prometheus reads.
//!
//! Whoever moves bytes or makes a call has the counters as fields, so counting is one relaxed addition and takes no lock.
//! The exceptions are calls and refusals, which are told apart by their outcome: they look it up. What is there now (sessions,
//! sockets, the accept queues) is counted by [`Held`] values, which count down when they are dropped, however that comes.
//!
//! Absent on purpose: labels that a client can choose, such as targets or names (they would let anybody make any number of
//! them), and anything of one session, because a number about one learner is a log.

use crate::door::Door;
use crate::gate::Check;
use prometheus_client::encoding::text;
use prometheus_client::metrics::TypedMetric;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry, Unit};
use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;

/// What the answer of `/metrics` is (OpenMetrics 1.0).
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Seconds: from a connection on loopback to the longest CONNECT that the defaults allow.
const CALL_SECONDS: [f64; 9] = [0.0001, 0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 30.0];

type Labels<const N: usize> = [(&'static str, &'static str); N];

/// What counts as one socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SocketType {
    /// A TCP connection, or what will be one.
    Stream,
    /// A TCP socket that listens.
    Listener,
    /// UDP.
    Datagram,
    /// As `Stream`, in the file system.
    UnixStream,
    /// As `Listener`, in the file system.
    UnixListener,
    /// As `Datagram`, in the file system.
    UnixDatagram,
}

impl SocketType {
    /// In the order of their numbers.
    const ALL: [Self; 6] =
        [Self::Stream, Self::Listener, Self::Datagram, Self::UnixStream, Self::UnixListener, Self::UnixDatagram];

    fn name(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Listener => "listener",
            Self::Datagram => "datagram",
            Self::UnixStream => "unix_stream",
            Self::UnixListener => "unix_listener",
            Self::UnixDatagram => "unix_datagram",
        }
    }
}

/// Something that is there until this is dropped.
pub(crate) struct Held(Gauge);

impl Held {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Something at which connections wait to be accepted.
pub(crate) trait Queue: Send + Sync {
    /// How many wait now.
    fn waiting(&self) -> u32;
}

/// Every number that the relay keeps.
pub(crate) struct Metrics {
    registry: Registry,
    sessions: Family<Labels<1>, Gauge>,
    sessions_started: Family<Labels<1>, Counter>,
    sockets: [Gauge; SocketType::ALL.len()],
    accept_queue: Gauge,
    /// The kernel keeps these numbers, so whoever wants to see them asks it.
    queues: Mutex<Vec<Weak<dyn Queue>>>,
    sent: Counter,
    received: Counter,
    datagrams_sent: Counter,
    datagrams_received: Counter,
    datagrams_refused: Counter,
    stalls: Counter,
    refusals: Family<Labels<1>, Counter>,
    calls: Family<Labels<2>, Counter>,
    durations: Family<Labels<1>, Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("sockscope");
        let registry = &mut registry;
        let directions: Family<Labels<1>, Counter> = Family::default();
        registry.register_with_unit(
            "transferred",
            "Payload that the kernel took from clients (sent) or gave for them (received)",
            Unit::Bytes,
            directions.clone(),
        );
        let datagrams: Family<Labels<1>, Counter> = register(
            registry,
            "datagrams",
            "Datagrams that the kernel took (sent) or gave (received; refused: from where nobody may send)",
        );
        Self {
            sessions: labelled(registry, "sessions", "Sessions that are open", "door", &Door::NAMES),
            sessions_started: labelled(registry, "sessions_started", "Sessions that have begun", "door", &Door::NAMES),
            sockets: by_type(registry),
            accept_queue: register(registry, "accept_queue", "TCP connections that wait to be accepted"),
            queues: Mutex::default(),
            sent: directions.get_or_create_owned(&[("direction", "sent")]),
            received: directions.get_or_create_owned(&[("direction", "received")]),
            datagrams_sent: datagrams.get_or_create_owned(&[("direction", "sent")]),
            datagrams_received: datagrams.get_or_create_owned(&[("direction", "received")]),
            datagrams_refused: datagrams.get_or_create_owned(&[("direction", "refused")]),
            stalls: register(
                registry,
                "credit_stalls",
                "Times that a socket was not read any more because its client had used up the credit it gave",
            ),
            refusals: labelled(
                registry,
                "refusals",
                "Requests that a check refused",
                "check",
                &Check::ALL.map(Check::name),
            ),
            calls: register(registry, "calls", "Calls that take time, by what became of them: ok or the errno"),
            durations: durations(registry),
            registry: std::mem::take(registry),
        }
    }
}

fn register<M>(registry: &mut Registry, name: &str, help: &str) -> M
where
    M: Metric + Default + Clone,
{
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

/// A family whose values of the label are known. All are there from the start, so that a rate has something to begin from.
fn labelled<M>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    label: &'static str,
    values: &[&'static str],
) -> Family<Labels<1>, M>
where
    M: TypedMetric + Default,
    Family<Labels<1>, M>: Metric + Clone,
{
    let family: Family<Labels<1>, M> = register(registry, name, help);
    for value in values {
        drop(family.get_or_create(&[(label, value)]));
    }
    family
}

fn by_type(registry: &mut Registry) -> [Gauge; SocketType::ALL.len()] {
    let names = SocketType::ALL.map(SocketType::name);
    let sockets: Family<Labels<1>, Gauge> = labelled(registry, "sockets", "Sockets that are open", "type", &names);
    names.map(|name| sockets.get_or_create_owned(&[("type", name)]))
}

fn durations(registry: &mut Registry) -> Family<Labels<1>, Histogram> {
    let durations = Family::new_with_constructor((|| Histogram::new(CALL_SECONDS)) as fn() -> Histogram);
    registry.register_with_unit(
        "call_duration",
        "How long calls took, whatever became of them",
        Unit::Seconds,
        durations.clone(),
    );
    durations
}

impl Metrics {
    /// A session is open until this is dropped.
    pub(crate) fn session(&self, door: &'static str) -> Held {
        self.sessions_started.get_or_create(&[("door", door)]).inc();
        Held::new(&self.sessions.get_or_create(&[("door", door)]))
    }

    /// A socket is open until this is dropped.
    pub(crate) fn socket(&self, kind: SocketType) -> Held {
        Held::new(&self.sockets[kind as usize])
    }

    /// Connections can wait here for as long as it is there.
    pub(crate) fn listens(&self, queue: Weak<dyn Queue>) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.retain(|queue| queue.strong_count() > 0);
        queues.push(queue);
    }

    fn waiting(&self) -> u32 {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.iter().filter_map(Weak::upgrade).map(|queue| queue.waiting()).sum()
    }

    /// The kernel took payload of a client.
    pub(crate) fn sent(&self, bytes: usize) {
        self.sent.inc_by(bytes as u64);
    }

    /// The kernel gave payload for a client.
    pub(crate) fn received(&self, bytes: usize) {
        self.received.inc_by(bytes as u64);
    }

    /// The kernel took a datagram; its payload counts as well.
    pub(crate) fn datagram_sent(&self, bytes: usize) {
        self.datagrams_sent.inc();
        self.sent(bytes);
    }

    /// The kernel gave a datagram; its payload counts as well.
    pub(crate) fn datagram_received(&self, bytes: usize) {
        self.datagrams_received.inc();
        self.received(bytes);
    }

    /// A datagram came to an address that the relay chose, from where no rule allows it, and was not told.
    pub(crate) fn datagram_refused(&self) {
        self.datagrams_refused.inc();
    }

    /// A socket is not read any more until its client gives credit.
    pub(crate) fn stalled(&self) {
        self.stalls.inc();
    }

    /// A request was refused by this check.
    pub(crate) fn refused(&self, check: &'static str) {
        self.refusals.get_or_create(&[("check", check)]).inc();
    }

    /// A call has ended: `ok`, or with this errno.
    pub(crate) fn called(&self, call: &'static str, took: Duration, outcome: Result<(), &'static str>) {
        self.calls.get_or_create(&[("call", call), ("outcome", outcome.err().unwrap_or("ok"))]).inc();
        self.durations.get_or_create(&[("call", call)]).observe(took.as_secs_f64());
    }

    /// Everything, as text.
    pub(crate) fn encode(&self) -> String {
        self.accept_queue.set(self.waiting().into());
        let mut text = String::new();
        text::encode(&mut text, &self.registry).expect("a String takes everything");
        text
    }
}
