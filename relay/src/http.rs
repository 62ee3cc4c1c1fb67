//! Routes and headers: what each address answers before, or instead of, a WebSocket.
//!
//! Absent: reading bodies (no request here has one that means anything), and a `/healthz` that says *not any more*: a relay
//! that stops closes its listener first, so whoever asks is refused the connection.

use crate::connect::{self, Network};
use crate::dialect::{Dialect, Raw, Wisp};
use crate::door::{self, Door};
use crate::gate::{self, Check, Gate, Refusal};
use crate::metrics;
use crate::page::{self, Page};
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

pub(crate) type Answer = Response<Full<Bytes>>;

/// On every answer. `'self'` covers the WebSocket: same host and port (CSP 3, 6.7.2.8).
const SECURITY_HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
         worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// What the routes need to know.
pub(crate) struct Routes {
    pub(crate) gate: Gate,
    pub(crate) page: Arc<dyn Page>,
    pub(crate) sessions: Arc<Semaphore>,
    pub(crate) network: Arc<Network>,
    pub(crate) echo: bool,
}

/// The session that begins with the answer.
pub(crate) struct Admitted {
    pub(crate) door: Door,
    pub(crate) dialect: Dialect,
    /// Its place among `--max-sessions`.
    pub(crate) place: OwnedSemaphorePermit,
}

enum Route {
    Door(Door),
    Session,
    Health,
    Metrics,
    File,
}

impl Route {
    fn of(path: &str, echo: bool) -> Self {
        match path {
            "/session" => Self::Session,
            "/healthz" => Self::Health,
            "/metrics" => Self::Metrics,
            _ => Door::at(path, echo).map_or(Self::File, Self::Door),
        }
    }

    /// For the log, which must not repeat a path that could hold a token.
    fn name(&self) -> &'static str {
        match self {
            Self::Door(door) => door.name(),
            Self::Session => "/session",
            Self::Health => "/healthz",
            Self::Metrics => "/metrics",
            Self::File => "page",
        }
    }
}

impl Routes {
    /// The answer, and the session that begins with it.
    pub(crate) async fn answer<B>(&self, request: Request<B>, from: SocketAddr) -> (Answer, Option<Admitted>) {
        // No request here has a body that means anything.
        let request = &request.map(drop);

        let route = Route::of(request.uri().path(), self.echo);
        let answered = match route {
            Route::Door(door) => self.admit(door, request).await.map(|(answer, admitted)| (answer, Some(admitted))),
            Route::Session => self.session(request).map(|answer| (answer, None)),
            Route::Health => self.open_to_all(request).map(|()| (plain(StatusCode::OK, "ok"), None)),
            Route::Metrics => self.metrics(request).map(|answer| (answer, None)),
            Route::File => self.file(request).map(|answer| (answer, None)),
        };
        let (mut answer, admitted) = answered.unwrap_or_else(|refusal| {
            let (status, reason) = (refusal.status.as_u16(), &*refusal.sentence);
            self.network.metrics.refused(refusal.check.name());
            tracing::warn!(%from, route = route.name(), status, reason, "refused");
            (refused(&refusal), None)
        });
        for (name, value) in SECURITY_HEADERS {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        (answer, admitted)
    }

    /// The order is a promise: Host, Origin, token, protocol, room, and the target where the address names one.
    async fn admit(&self, door: Door, request: &Request<()>) -> Result<(Answer, Admitted), Refusal> {
        self.check_caller(request)?;
        let key = gate::check_upgrade(request)?;
        let subprotocol = door
            .subprotocol(gate::listed(request.headers(), header::SEC_WEBSOCKET_PROTOCOL))
            .map_err(|sentence| Refusal::new(Check::Protocol, StatusCode::BAD_REQUEST, sentence))?;
        let place = Arc::clone(&self.sessions).try_acquire_owned().map_err(|_| {
            let sentence = "Too many sessions are open; close one, or start the relay with a greater `--max-sessions`.";
            Refusal::new(Check::Room, StatusCode::SERVICE_UNAVAILABLE, sentence).with(header::RETRY_AFTER, "5")
        })?;
        let dialect = match door {
            Door::Lab => Dialect::Lab,
            Door::Wisp => Dialect::Wisp(Wisp::new(self.network.limits.wisp_packets)),
            Door::Tcp => Dialect::Raw(self.target(request).await?),
            Door::Echo => Dialect::Echo,
        };
        let mut response = Response::builder()
            .status(StatusCode::SWITCHING_PROTOCOLS)
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_ACCEPT, derive_accept_key(key.as_bytes()));
        if let Some(subprotocol) = subprotocol {
            response = response.header(header::SEC_WEBSOCKET_PROTOCOL, subprotocol);
        }
        let answer = response.body(Full::default()).expect("every header of an answer is well formed");
        Ok((answer, Admitted { door, dialect, place }))
    }

    /// The target of `/tcp/HOST:PORT`, resolved once and judged.
    async fn target(&self, request: &Request<()>) -> Result<Raw, Refusal> {
        let to = door::target(request.uri().path()).ok_or_else(|| {
            let sentence = "A target is HOST:PORT, such as /tcp/127.0.0.1:80, /tcp/[::1]:80 or /tcp/localhost:80.";
            Refusal::new(Check::Target, StatusCode::BAD_REQUEST, sentence)
        })?;
        let judged = connect::judge(&self.network, to).await;
        match judged {
            Err(failure) if failure.errno == "EACCES" => {
                Err(Refusal::new(Check::Target, StatusCode::FORBIDDEN, failure.sentence))
            }
            judged => Ok(Raw::new(judged, self.network.limits.credit)),
        }
    }

    fn session<B>(&self, request: &Request<B>) -> Result<Answer, Refusal> {
        self.check_caller(request)?;
        if *request.method() != Method::POST {
            return Err(method_not_allowed("POST"));
        }
        let response = Response::builder()
            .status(StatusCode::NO_CONTENT)
            .header(header::SET_COOKIE, self.gate.cookie()?)
            .header(header::CACHE_CONTROL, "no-store");
        Ok(response.body(Full::default()).expect("every header of an answer is well formed"))
    }

    /// Behind the token: how much a class does is nobody else's business. A scraper brings it in a header.
    fn metrics<B>(&self, request: &Request<B>) -> Result<Answer, Refusal> {
        self.check_place(request)?;
        self.gate.check_metrics_token(request.headers())?;
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(method_not_allowed("GET, HEAD"));
        }
        let mut answer = plain(StatusCode::OK, "");
        *answer.body_mut() = Full::from(self.network.metrics.encode());
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE));
        Ok(answer)
    }

    fn file<B>(&self, request: &Request<B>) -> Result<Answer, Refusal> {
        self.open_to_all(request)?;
        page::serve(&*self.page, request.uri().path(), request.headers())
    }

    fn check_caller<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        self.check_place(request)?;
        self.gate.check_token(request.headers())
    }

    fn check_place<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        self.gate.check_host(request)?;
        self.gate.check_origin(request.headers())?;
        self.gate.check_address(request.uri())
    }

    /// What holds no secret needs no token, but still the right host.
    fn open_to_all<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        self.gate.check_host(request)?;
        self.gate.check_address(request.uri())?;
        match *request.method() {
            Method::GET | Method::HEAD => Ok(()),
            _ => Err(method_not_allowed("GET, HEAD")),
        }
    }
}

fn method_not_allowed(allowed: &'static str) -> Refusal {
    let sentence = format!("This address answers {allowed} only.");
    Refusal::new(Check::Path, StatusCode::METHOD_NOT_ALLOWED, sentence).with(header::ALLOW, allowed)
}

fn refused(refusal: &Refusal) -> Answer {
    let mut answer = plain(refusal.status, &refusal.sentence);
    if let Some((name, value)) = &refusal.header {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

fn plain(status: StatusCode, sentence: &str) -> Answer {
    let mut answer = Response::new(Full::from(format!("{sentence}\n")));
    *answer.status_mut() = status;
    let headers: &mut HeaderMap = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
