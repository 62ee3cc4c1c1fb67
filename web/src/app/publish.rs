//! Letting the real network in: the tutorial's servers run in the lab and are published at ports of the real machine.
//!
//! Absent on purpose: servers of other kinds, and addresses of the real machine beyond its loopback (the relay would have to
//! allow them, and then anybody may come).

use std::net::{Ipv4Addr, SocketAddr};

use sim_core::gateway::{FlowId, FlowKind, Publication};
use sim_core::lab;
use sim_core::network::InputError;

use super::link::{Link, Status};
use super::session::{Origin, Other, Published, Session};
use super::update::go_on;
use super::{Model, Notice, default_port};

/// Real clients that may wait in the real kernel, as many as wait in the lab.
const BACKLOG: u32 = 8;

/// Publishes the server that the form names.
pub(super) fn publish(model: &mut Model) {
    match checked(model) {
        Err(notice) => model.notice = Some(notice),
        Ok(port) => {
            if model.session.origin != Origin::Lab(Other::Clients) {
                model.open(Session::new(Other::Clients));
            }
            open(model, model.form.kind, port);
        }
    }
}

/// The port, when everything that publishing needs is in order. Port 0 is any that is free.
fn checked(model: &Model) -> Result<u16, Notice> {
    let text = model.form.port.trim();
    let port = text.parse::<u16>().map_err(|_| Notice::PublishPort(text.to_owned()))?;
    if model.relay != Status::Ready {
        return Err(Notice::RelayNeeded);
    }
    match lacking(&model.link, model.form.kind) {
        Some(notice) => Err(notice),
        None => Ok(port),
    }
}

/// What the relay lacks to publish a server of this kind.
fn lacking(link: &Link, kind: FlowKind) -> Option<Notice> {
    if kind == FlowKind::Datagram && !link.can("datagram") {
        return Some(unavailable(link, "datagram"));
    }
    let listens = kind == FlowKind::Datagram || link.limits().is_some_and(|limits| limits.listeners > 0);
    (!listens).then(|| Notice::Unavailable("listen", String::new()))
}

/// That the relay cannot do something, with its own reason.
pub(super) fn unavailable(link: &Link, capability: &'static str) -> Notice {
    let reason = link.capability(capability).map(|capability| capability.reason.clone());
    Notice::Unavailable(capability, reason.unwrap_or_default())
}

fn open(model: &mut Model, kind: FlowKind, port: u16) {
    let server = match kind {
        FlowKind::Stream => lab::tcp_server(lab::TCP_PORT),
        FlowKind::Datagram => lab::udp_server(lab::UDP_PORT),
    };
    go_on(model);
    // One server of a kind is enough, at however many ports of the real machine.
    if !model.session.runs(&server.name) {
        model.session.spawn(lab::CLIENT_NODE, server);
    }
    let publication = Publication {
        kind,
        at: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        to: SocketAddr::from((lab::CLIENT, default_port(kind))),
        backlog: if kind == FlowKind::Stream { BACKLOG } else { 0 },
    };
    match model.session.publish(lab::OTHER_NODE, publication) {
        Ok(()) => {}
        Err(InputError::Publish(_, sim_core::network::Unpublishable::Twice(_))) => {
            model.notice = Some(Notice::PublishedAlready(port));
        }
        Err(_) => model.notice = Some(Notice::PublishedTooMany),
    }
}

/// Withdraws what is published under this flow. Connections that stand go on.
pub(super) fn unpublish(model: &mut Model, flow: FlowId) {
    let Some(published) = model.session.published().get(&flow) else { return };
    let name = name(published);
    go_on(model);
    model.session.unpublish(lab::OTHER_NODE, flow);
    model.notice = Some(Notice::Withdrawn(name));
}

/// What is published, as real programs name it.
pub fn name(published: &Published) -> String {
    let protocol = match published.publication.kind {
        FlowKind::Stream => "TCP",
        FlowKind::Datagram => "UDP",
    };
    match &published.local {
        Some(local) => format!("{protocol} {local}"),
        None => format!("{protocol} {}", published.publication.at),
    }
}

/// All that is published.
pub(super) fn names(model: &Model) -> Option<String> {
    let names: Vec<String> = model.session.published().values().map(name).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
