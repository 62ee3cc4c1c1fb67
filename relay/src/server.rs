//! The listener: accepts, serves HTTP, and lets a connection become a session. The caller brings
//! the bound listener and the future that ends everything, so tests use port 0 and no signals.
//!
//! One connection is one task on one thread from its accept to its end, session included.
//!
//! Absent: TLS, HTTP/2 (browsers use neither for a WebSocket to loopback) and signals.

use crate::config::{Config, Limits};
use crate::connect::Network;
use crate::gate::Gate;
use crate::http::{Admitted, Routes};
use crate::metrics::Metrics;
use crate::outbox::Outbox;
use crate::policy::Policy;
use crate::session::Session;
use crate::tap::{self, TapMode};
use crate::worker::Workers;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// The head of a request; browsers send less than a tenth.
const HEAD_BYTES: usize = 16 << 10;

/// How long to wait when the system has no descriptor for one more connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

struct Relay {
    routes: Routes,
    network: Arc<Network>,
    session: AtomicU64,
}

/// Serves until `shutdown` is ready, and then until every session has ended: they stop reading,
/// deliver what is queued within the grace time, and close with 1001.
///
/// # Errors
/// When the listener has no address, the system starts no threads, or capture is required and not possible.
pub async fn serve(listener: TcpListener, config: Config, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let address = listener.local_addr()?;
    let connections = Arc::new(Semaphore::new(config.limits.connections));
    let workers = Workers::start(config.threads)?;
    let relay = Arc::new(Relay::new(address, config)?);
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(ended) = tasks.join_next() => report(ended),
            (stream, from, place) = accept(&listener, &connections) => {
                let (relay, stopped) = (Arc::clone(&relay), stopped.clone());
                match workers.share() {
                    None => tasks.spawn(async move { relay.connection(stream, from, place, stopped).await }),
                    Some(share) => {
                        let stream = stream.into_std();
                        let handle = share.handle.clone();
                        let connection = async move {
                            match stream.and_then(TcpStream::from_std) {
                                Ok(stream) => relay.connection(stream, from, place, stopped).await,
                                Err(error) => tracing::warn!(%from, %error, "cannot take a connection to its thread"),
                            }
                            drop(share);
                        };
                        tasks.spawn_on(connection, &handle)
                    }
                };
            }
        }
    }
    drop(listener);
    tracing::info!(connections = tasks.len(), "shutting down");
    stop.send_replace(true);
    while let Some(ended) = tasks.join_next().await {
        report(ended);
    }
    Ok(())
}

/// A bug in one connection ends that connection, and is told.
fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection's task failed; please report this");
    }
}

/// The next connection that there is room for.
async fn accept(listener: &TcpListener, connections: &Arc<Semaphore>) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        let Ok(place) = Arc::clone(connections).acquire_owned().await else {
            // The semaphore is never closed.
            return std::future::pending().await;
        };
        match listener.accept().await {
            Ok((stream, from)) => return (stream, from, place),
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection; trying again");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

impl Relay {
    fn new(address: SocketAddr, config: Config) -> io::Result<Self> {
        let Config {
            token, metrics_token, origins, allow, deny, bind, unix, tap, limits, resolver, page, echo, ..
        } = config;
        let capture = tap::try_out(tap);
        if let (TapMode::Require, Err(why)) = (tap, &capture) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why.as_str()));
        }
        let sessions = Arc::new(Semaphore::new(limits.sessions));
        let policy = Policy { allow, deny, bind, own_port: address.port() };
        let network = Arc::new(Network { policy, resolver, unix, capture, limits, metrics: Metrics::default() });
        Ok(Self {
            routes: Routes {
                gate: Gate::new(address, &origins, token, metrics_token),
                page,
                sessions,
                network: Arc::clone(&network),
                echo,
            },
            network,
            session: AtomicU64::new(1),
        })
    }

    /// Plain HTTP first. When a request was answered with 101, its session follows.
    async fn connection(
        &self,
        stream: TcpStream,
        from: SocketAddr,
        place: OwnedSemaphorePermit,
        stopped: watch::Receiver<bool>,
    ) {
        let limits = &self.network.limits;
        // It fails only on a connection that is gone already.
        let _ = stream.set_nodelay(true);
        let http = timeout(limits.idle_time, self.http(stream, from, stopped.clone()));
        let Ok(Some((stream, already_read, admitted))) = http.await else {
            return;
        };
        // A session has its own limit, so that sessions cannot keep the page away.
        drop(place);
        self.session(stream, from, already_read, admitted, stopped).await;
    }

    /// Answers requests. Gives the connection back when it has become a WebSocket.
    async fn http(
        &self,
        stream: TcpStream,
        from: SocketAddr,
        stopped: watch::Receiver<bool>,
    ) -> Option<(TcpStream, Vec<u8>, Admitted)> {
        let Limits { handshake_time, grace_time, .. } = self.network.limits;
        let upgraded = Mutex::new(None);
        let upgrading = &upgraded;
        let service = service_fn(|request| {
            Box::pin(async move {
                let (answer, admitted) = self.routes.answer(request, from).await;
                if admitted.is_some() {
                    *upgrading.lock().unwrap_or_else(PoisonError::into_inner) = admitted;
                }
                Ok::<_, Infallible>(answer)
            })
        });
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(handshake_time)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let served = {
            let mut stop = std::pin::pin!(wait(stopped));
            let mut grace = None;
            poll_fn(|cx| {
                if grace.is_none() && stop.as_mut().poll(cx).is_ready() {
                    grace = Some(Box::pin(sleep(grace_time)));
                    std::pin::Pin::new(&mut connection).graceful_shutdown();
                }
                if grace.as_mut().is_some_and(|grace| grace.as_mut().poll(cx).is_ready()) {
                    return Poll::Ready(None);
                }
                connection.poll_without_shutdown(cx).map(Some)
            })
            .await?
        };
        if let Err(error) = served {
            tracing::debug!(%from, %error, "an HTTP connection broke");
            return None;
        }
        let parts = connection.into_parts();
        let admitted = upgraded.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some((parts.io.into_inner(), parts.read_buf.to_vec(), admitted))
    }

    async fn session(
        &self,
        stream: TcpStream,
        from: SocketAddr,
        already_read: Vec<u8>,
        Admitted { door, dialect, place: _place }: Admitted,
        stopped: watch::Receiver<bool>,
    ) {
        let session = self.session.fetch_add(1, Ordering::Relaxed);
        let _held = self.network.metrics.session(door.name());
        tracing::info!(session, %from, door = door.name(), "session started");
        let limits = &self.network.limits;
        let (message_bytes, queue) = (limits.message_bytes as usize, limits.queue_bytes as usize);
        let out = Outbox::new(stream, already_read, dialect, message_bytes, queue);
        let end = Session::new(Arc::clone(&self.network), out).run(wait(stopped)).await;
        tracing::info!(session, %from, %end, "session ended");
    }
}

/// Ready when the relay is shutting down.
async fn wait(mut stopped: watch::Receiver<bool>) {
    // An error means that `serve` is gone, and then everything stops as well.
    let _ = stopped.wait_for(|&stopped| stopped).await;
}
