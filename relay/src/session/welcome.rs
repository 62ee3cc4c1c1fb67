//! The first message: the bounds, and what this relay can do or why not.

use crate::clock::Clock;
use crate::connect::Network;
use crate::info;
use crate::unix;
use relay_proto::{Capability, Limits, ServerMessage, VERSION};
use std::net::TcpListener;
use std::sync::LazyLock;

/// Tried once, and not for every session: it takes five calls.
static INET6: LazyLock<bool> = LazyLock::new(|| TcpListener::bind(("::1", 0)).is_ok());

pub(super) fn welcome(network: &Network, clock: Clock) -> ServerMessage<'static> {
    let limits = &network.limits;
    ServerMessage::Welcome {
        version: VERSION,
        at: clock.now(),
        limits: Limits {
            sockets: limits.sockets,
            message_bytes: limits.message_bytes,
            credit: limits.credit,
            opens_per_second: limits.opens_per_second,
            listeners: limits.listeners,
            backlog: limits.backlog,
        },
        capabilities: capabilities(network),
    }
}

fn capabilities(network: &Network) -> Vec<Capability> {
    let capability = |name: &str, reason: Option<&str>| Capability {
        name: name.to_owned(),
        available: reason.is_none(),
        reason: reason.unwrap_or_default().to_owned(),
    };
    let unix = network.unix.as_deref();
    let inet6 = *INET6;
    let beyond = !network.policy.allow.is_empty();
    let bind_beyond = !network.policy.bind.is_empty();
    vec![
        capability("stream", None),
        capability("datagram", None),
        capability("inet", None),
        capability("tcp-info", info::UNAVAILABLE),
        capability("inet6", (!inet6).then_some("This machine has no IPv6.")),
        Capability {
            name: "unix".to_owned(),
            available: unix.is_some(),
            reason: unix.map_or_else(|| unix::WITHOUT.to_owned(), |directory| directory.path().display().to_string()),
        },
        capability("capture", network.capture.as_ref().err().map(String::as_str)),
        capability(
            "beyond-loopback",
            (!beyond).then_some("Only this machine's own addresses are allowed; start the relay with `--allow`."),
        ),
        capability(
            "bind-beyond-loopback",
            (!bind_beyond)
                .then_some("Sockets are bound to loopback only; start the relay with `--allow-bind` for others."),
        ),
    ]
}
