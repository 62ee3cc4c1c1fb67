//! The relay: real sockets behind one WebSocket, and the server of the page that uses them.
//!
//! [`serve`] is the whole: it is given a bound listener, a [`Config`] and a future that ends it.
//! The protocol is in `relay/PROTOCOL.md`, its codec in `relay-proto`.
//!
//! Read in this order: `server` (listener), `http` (routes), `gate` (who may), `door` (the WebSocket
//! endpoints), `session` (one WebSocket), `dialect` (what it speaks), `turn` (what its sockets have in
//! common), `fresh` (a stream socket before it connects or listens), `stream` (a connection), `listener`,
//! `datagram` (a UDP or Unix datagram socket), `transport` (TCP or Unix), `options`, `info`, `outbox` (what waits
//! for the client), `policy`, `connect`, `bind` and `unix` (which targets, which addresses, which paths),
//! `tap` (captured packets), `metrics` (what is counted).
//!
//! **One session is one task.** It owns its WebSocket and all of its real sockets and polls them
//! itself (`wake` tells it which). So a byte crosses no channel and no other thread, messages have
//! one order, there is no lock to hold, and dropping the task closes everything. Sessions are spread
//! over threads (`worker`), and none moves to another one.
//!
//! **State.** The state is in the memory of one process: the sessions, their sockets, the bytes in
//! flight. Nothing is written anywhere, and the token is the only thing that outlives a session. A real
//! socket cannot move to another machine, so a session cannot either: several relays behind one
//! name need routing by session (the cookie is enough for that), and lose the sessions of a machine
//! that dies. Should anything ever be shared between relays (a class that watches one session, say),
//! an existing engine such as NATS would carry it; nothing here would.
//!
//! Absent on purpose: layers and simulated time (the relay knows no layers; captured packets pass through it as bytes), and
//! TLS (a proxy before it does that; see `--origin`).

mod bind;
mod clock;
mod config;
mod connect;
mod datagram;
mod dialect;
mod door;
mod errno;
mod fresh;
mod gate;
mod http;
mod info;
mod lent;
mod listener;
mod metrics;
mod options;
mod outbox;
mod page;
mod policy;
mod rate;
mod reactor;
mod resolve;
mod server;
mod session;
mod stream;
mod tap;
mod token;
mod transport;
mod turn;
mod unix;
mod urgent;
mod wake;
mod worker;

pub use bind::{BindRule, BindRuleError};
pub use config::{Config, Limits};
pub use gate::{Origin, OriginError};
pub use page::{Asset, Embedded, Page};
pub use policy::{Rule, RuleError};
pub use resolve::{Resolver, Resolving, SystemResolver};
pub use server::serve;
pub use tap::TapMode;
pub use token::{Token, TokenError};
pub use unix::Directory as UnixDirectory;
