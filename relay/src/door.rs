//! The addresses that become a WebSocket, and what each asks of the upgrade. The checks of the caller are the same for all
//! (`gate`); behind each door a session speaks another dialect (`dialect`).
//!
//! Absent: everything that is answered by plain HTTP (`http`).

use crate::dialect::Dialect;
use hyper::header::HeaderValue;
use relay_proto::SUBPROTOCOL;

/// A WebSocket endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// `sockscope.v1`.
    Lab,
    /// Frames come back as they came. Only with [`crate::Config::echo`].
    Echo,
}

impl Door {
    /// The names of all.
    pub(crate) const NAMES: [&'static str; 2] = [Self::Lab.name(), Self::Echo.name()];

    /// The door at this path.
    pub(crate) fn at(path: &str, echo: bool) -> Option<Self> {
        match path {
            "/lab" => Some(Self::Lab),
            "/echo" if echo => Some(Self::Echo),
            _ => None,
        }
    }

    /// For logs and counts: never the path itself, which could hold a token.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Lab => "/lab",
            Self::Echo => "/echo",
        }
    }

    /// The subprotocol to answer with, or what is wrong with those that were offered (RFC 6455, 4.2.2).
    pub(crate) fn subprotocol<'a>(
        self,
        mut offered: impl Iterator<Item = &'a str>,
    ) -> Result<Option<HeaderValue>, &'static str> {
        match self {
            Self::Lab if offered.any(|name| name.eq_ignore_ascii_case(SUBPROTOCOL)) => {
                Ok(Some(HeaderValue::from_static(SUBPROTOCOL)))
            }
            Self::Lab => Err("The client must offer the subprotocol sockscope.v1."),
            // A browser that offers some wants one of them.
            Self::Echo => Ok(offered.next().and_then(|name| HeaderValue::from_str(name).ok())),
        }
    }

    /// What is spoken behind it.
    pub(crate) fn dialect(self) -> Dialect {
        match self {
            Self::Lab => Dialect::Lab,
            Self::Echo => Dialect::Echo,
        }
    }
}
