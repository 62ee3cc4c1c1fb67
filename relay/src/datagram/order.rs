//! The calls of one datagram socket that wait for their turn, and where the first of them is going to.
//!
//! Absent: doing them.

use super::socket::Target;
use crate::connect::{self, Failure, Network};
use crate::session::{call_of, too_often};
use crate::turn::Env;
use futures_util::FutureExt;
use relay_proto::{Address, Call, ClientMessage, Family, How, OptionValue, SocketOption, datagram_cost};
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// What a waiting call weighs beside its names: its place in the queue, and the answer.
const CALL_WEIGHT: usize = 256;

/// The longest name that can be one: a path's length (`PATH_MAX`), which is more than a host's.
const LONGEST_NAME: usize = 4096;

/// A call that waits.
pub(super) struct Order {
    pub(super) what: What,
    /// The credit that it took.
    pub(super) cost: u32,
    /// What it holds beyond that.
    pub(super) weight: usize,
}

pub(super) enum What {
    Data(Vec<u8>),
    SendTo(Address, Vec<u8>),
    Connect(Address),
    Bind(Address),
    Shutdown(How),
    /// To be set when there is a value.
    Option(SocketOption, Option<OptionValue>),
    /// What cannot be done; the client is told in its turn.
    Refuse(Option<Failure>),
}

impl Order {
    pub(super) fn of(message: ClientMessage<'_>, env: &mut Env<'_, '_>) -> Self {
        let (what, cost) = match message {
            ClientMessage::Data { bytes, .. } => {
                let cost = datagram_cost(bytes.len());
                (What::Data(bytes.into_owned()), cost)
            }
            ClientMessage::SendTo { to, bytes, .. } => {
                let cost = datagram_cost(bytes.len());
                let checked = check(Call::SendTo, &to, matches!(to, Address::Name { .. }), env);
                (checked.map_or_else(refuse, |()| What::SendTo(to, bytes.into_owned())), cost)
            }
            ClientMessage::Connect { to, .. } => {
                let checked = check(Call::Connect, &to, true, env);
                (checked.map_or_else(refuse, |()| What::Connect(to)), 0)
            }
            ClientMessage::Bind { at, .. } => {
                let checked = check(Call::Bind, &at, false, env);
                (checked.map_or_else(refuse, |()| What::Bind(at)), 0)
            }
            ClientMessage::Shutdown { how, .. } => (What::Shutdown(how), 0),
            ClientMessage::GetOption { option, .. } => (What::Option(option, None), 0),
            ClientMessage::SetOption { option, value, .. } => (What::Option(option, Some(value)), 0),
            other => {
                let sentence = "A datagram socket does not do that; open a stream socket for it.";
                (refuse(Failure::new(call_of(&other), "EOPNOTSUPP", sentence)), 0)
            }
        };
        let names = match &what {
            What::SendTo(address, _) | What::Connect(address) | What::Bind(address) => name_of(address).len(),
            What::Option(_, Some(value)) => weight_of(value),
            What::Data(_) | What::Shutdown(_) | What::Option(_, None) | What::Refuse(_) => 0,
        };
        let weight = if cost == 0 { CALL_WEIGHT + names } else { names };
        Self { what, cost, weight }
    }
}

fn weight_of(value: &OptionValue) -> usize {
    match value {
        OptionValue::Number(_) => 0,
        OptionValue::Text(text) => text.len(),
        OptionValue::Addresses(list) => list.iter().map(|address| size_of::<Address>() + name_of(address).len()).sum(),
    }
}

fn refuse(failure: Failure) -> What {
    What::Refuse(Some(failure))
}

/// What an address may not be, and whether there may be one more call that opens or looks up something.
fn check(call: Call, address: &Address, counts: bool, env: &mut Env<'_, '_>) -> Result<(), Failure> {
    let length = name_of(address).len();
    if length > LONGEST_NAME {
        let sentence = format!("A name has at most {LONGEST_NAME} bytes, and this one has {length}.");
        return Err(Failure::new(call, "ENAMETOOLONG", sentence));
    }
    if counts {
        env.opens.take().map_err(|rate| too_often(call, "EAGAIN", rate))?;
    }
    Ok(())
}

fn name_of(address: &Address) -> &str {
    match address {
        Address::Name { host, .. } => host,
        Address::Unix { path } => path,
        Address::Inet { .. } | Address::Inet6 { .. } => "",
    }
}

/// Whether CONNECT to it means that there shall be no peer: the address that AF_UNSPEC stands for.
pub(super) fn is_nobody(to: &Address) -> bool {
    match to {
        Address::Inet { ip, port } => ip.is_unspecified() && *port == 0,
        Address::Inet6 { ip, port, .. } => ip.is_unspecified() && *port == 0,
        Address::Unix { path } => path.is_empty(),
        Address::Name { .. } => false,
    }
}

type Looking = Pin<Box<dyn Future<Output = Result<Vec<SocketAddr>, Failure>> + Send>>;

/// How far the first order is with its address.
pub(super) enum Resolve {
    Begin,
    Looking(Looking),
    /// Judged, and at least one.
    Found(Vec<Target>),
}

impl Resolve {
    /// Ready when the targets are found.
    pub(super) fn poll(
        &mut self,
        call: Call,
        family: Family,
        to: &Address,
        network: &Arc<Network>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Failure>> {
        let found = loop {
            match self {
                Self::Found(_) => return Poll::Ready(Ok(())),
                Self::Looking(looking) => break ready!(looking.as_mut().poll(cx)),
                Self::Begin => match (family, to) {
                    (Family::Unix, Address::Unix { path }) => {
                        let held = network.unix(call).and_then(|directory| directory.connect_path(call, path));
                        return Poll::Ready(held.map(|held| *self = Self::Found(vec![Target::Unix(held)])));
                    }
                    (_, Address::Name { .. }) => {
                        *self = Self::Looking(look_up(Arc::clone(network), family, to.clone()));
                    }
                    // Nothing has to be looked up, so it is ready at once.
                    _ => match connect::targets(network, Some(family), to).now_or_never() {
                        Some(found) => break found,
                        None => unreachable!("only names take time"),
                    },
                },
            }
        };
        Poll::Ready(match found {
            Ok(found) => {
                *self = Self::Found(found.into_iter().map(Target::Inet).collect());
                Ok(())
            }
            Err(failure) if failure.call == Call::GetAddrInfo => Err(failure),
            // As udp_sendmsg says of port 0.
            Err(failure) if call == Call::SendTo && failure.errno == "EADDRNOTAVAIL" => {
                Err(Failure { call, errno: "EINVAL", ..failure })
            }
            Err(failure) => Err(Failure { call, ..failure }),
        })
    }
}

fn look_up(network: Arc<Network>, family: Family, to: Address) -> Looking {
    Box::pin(async move {
        let found = tokio::time::timeout(network.limits.connect_time, connect::targets(&network, Some(family), &to));
        found.await.unwrap_or_else(|_| {
            let sentence = format!("The look-up of {to} took too long; try again.");
            Err(Failure::new(Call::GetAddrInfo, "EAI_AGAIN", sentence))
        })
    })
}
