//! Facts as JSON Lines, for other programs. `cli/TRACE.md` describes the lines; names there do not change.
//!
//! The format has types of its own, so that facts can change without breaking programs that read it.
//!
//! Absent on purpose: reading it back.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};
use sim_core::gateway::{Direction, LinkType, Publication};
use sim_core::trace::{self, CaptureSource, Fact, Place, TcpVars, TimerChange, What};

/// One fact.
#[derive(Serialize)]
struct Line<'a> {
    id: u32,
    at_ns: u64,
    node: &'a str,
    cause: Option<u32>,
    kind: &'static str,
    fields: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
}

/// Writes a fact and the end of the line.
pub(super) fn write(out: &mut impl Write, fact: &Fact, nodes: &[String]) -> io::Result<()> {
    let (kind, fields, bytes) = described(&fact.what, nodes);
    let Value::Object(fields) = fields else { unreachable!("fields are an object") };
    let line = Line {
        id: fact.id.0,
        at_ns: fact.at.as_nanos(),
        node: name(nodes, fact.node),
        cause: fact.cause.map(|cause| cause.0),
        kind,
        fields,
        bytes: bytes.map(hexadecimal),
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

fn name(nodes: &[String], node: trace::NodeId) -> &str {
    nodes.get(usize::from(node.0)).map_or("", String::as_str)
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

type Described<'a> = (&'static str, Value, Option<&'a [u8]>);

fn described<'a>(what: &'a What, nodes: &[String]) -> Described<'a> {
    match what {
        What::Started { .. }
        | What::Called { .. }
        | What::Returned { .. }
        | What::Printed { .. }
        | What::Exited { .. }
        | What::Killed { .. } => of_process(what),
        What::TcpState { .. } | What::TcpVars { .. } | What::Timer { .. } | What::Neighbour { .. } => of_state(what),
        What::Encapsulated { layer, protocol, header, payload } => {
            let fields = json!({"layer": layer.number(), "protocol": protocol.name(), "payload": payload});
            ("encapsulated", fields, Some(header))
        }
        What::Decapsulated { layer, protocol, frame, header, payload } => {
            let fields =
                json!({"layer": layer.number(), "protocol": protocol.name(), "frame": frame.0, "payload": payload});
            ("decapsulated", fields, Some(header))
        }
        What::Sent { link, to, frame, bytes, arrives_at, .. } => {
            let arrives = arrives_at.as_nanos();
            let fields = json!({"link": link.0, "to": name(nodes, *to), "frame": frame.0, "arrives_at_ns": arrives});
            ("sent", fields, Some(bytes))
        }
        What::Duplicated { link, to, frame, of, bytes, arrives_at, .. } => {
            let (to, arrives) = (name(nodes, *to), arrives_at.as_nanos());
            let fields = json!({"link": link.0, "to": to, "frame": frame.0, "of": of.0, "arrives_at_ns": arrives});
            ("duplicated", fields, Some(bytes))
        }
        What::Captured { source, bytes, length } => ("captured", captured(*source, *length), Some(bytes)),
        What::Dropped { frame, place, why, bytes } => {
            let (place, link, layer) = match place {
                Place::Queue(link) => ("queue", Some(link.0), None),
                Place::Wire(link) => ("wire", Some(link.0), None),
                Place::Layer(layer) => ("layer", None, Some(layer.number())),
            };
            let frame = frame.map(|frame| frame.0);
            let fields =
                json!({"frame": frame, "place": place, "link": link, "layer": layer, "why": format!("{why:?}")});
            ("dropped", fields, Some(bytes))
        }
        What::Delivered { link, from, frame } => {
            ("delivered", json!({"link": link.0, "from": name(nodes, *from), "frame": frame.0}), None)
        }
        What::Published { .. }
        | What::Unpublished { .. }
        | What::PeerMapped { .. }
        | What::PeerForgotten { .. }
        | What::KernelInfo { .. }
        | What::Asked { .. }
        | What::Answered { .. } => of_gateway(what),
        // What needs no fields of its own in the format (yet) is told as the readable line tells it.
        what => ("other", json!({"text": what.to_string()}), None),
    }
}

fn captured(source: CaptureSource, length: u32) -> Value {
    match source {
        CaptureSource::Interface(interface) => json!({"interface": interface, "length": length}),
        CaptureSource::Flow { flow, direction, link_type, lost } => {
            let direction = match direction {
                Direction::Sent => "sent",
                Direction::Received => "received",
            };
            let link_type = match link_type {
                LinkType::Ethernet => "ethernet",
                LinkType::Ip => "ip",
            };
            json!({"flow": flow.0, "direction": direction, "link_type": link_type, "lost": lost, "length": length})
        }
    }
}

fn of_gateway(what: &What) -> Described<'_> {
    match what {
        What::Published { flow, publication } => {
            let Publication { kind, at, to, backlog } = publication;
            let kind = kind.to_string();
            let fields = json!({"flow": flow.0, "carries": kind, "at": at, "to": to, "backlog": backlog});
            ("published", fields, None)
        }
        What::Unpublished { flow } => ("unpublished", json!({"flow": flow.0}), None),
        What::PeerMapped { flow, peer, local } => {
            ("peer_mapped", json!({"flow": flow.0, "peer": peer.to_string(), "local": local}), None)
        }
        What::PeerForgotten { flow, peer, local } => {
            ("peer_forgotten", json!({"flow": flow.0, "peer": peer.to_string(), "local": local}), None)
        }
        What::KernelInfo { flow, info } => {
            let info: Map<String, Value> =
                info.fields.iter().map(|(field, value)| (field.to_string(), json!(value))).collect();
            ("kernel_info", json!({"flow": flow.0, "info": info}), None)
        }
        What::Asked { flow, .. } => ("asked", json!({"flow": flow.0, "text": what.to_string()}), None),
        What::Answered { flow, .. } => ("answered", json!({"flow": flow.0, "text": what.to_string()}), None),
        what => ("other", json!({"text": what.to_string()}), None),
    }
}

fn of_process(what: &What) -> Described<'_> {
    match what {
        What::Started { process, program } => ("started", json!({"process": process.0, "program": &**program}), None),
        What::Called { process, line, call } => {
            let call = call.to_string();
            let name = call.split('(').next().unwrap_or_default();
            ("called", json!({"process": process.0, "line": line, "name": name, "call": call}), None)
        }
        What::Returned { process, line, called, result } => {
            let (value, error) = match result {
                Ok(value) => (Some(value.to_string()), None),
                Err(error) => (None, Some(error.name())),
            };
            let bytes = match result {
                Ok(trace::Value::Bytes(bytes) | trace::Value::Datagram(bytes, _)) => Some(&**bytes),
                _ => None,
            };
            let fields =
                json!({"process": process.0, "line": line, "called": called.0, "value": value, "error": error});
            ("returned", fields, bytes)
        }
        What::Printed { process, line, text } => {
            ("printed", json!({"process": process.0, "line": line, "text": &**text}), None)
        }
        What::Exited { process, line, error } => {
            let error = error.map(|error| error.name());
            ("exited", json!({"process": process.0, "line": line, "error": error}), None)
        }
        What::Killed { process } => ("killed", json!({"process": process.0}), None),
        what => ("other", json!({"text": what.to_string()}), None),
    }
}

fn of_state(what: &What) -> Described<'_> {
    match what {
        What::TcpState { socket, local, peer, from, to, why } => {
            let (from, to, why) = (from.name(), to.name(), format!("{why:?}"));
            let fields = json!({"socket": socket.0, "local": local, "peer": peer, "from": from, "to": to, "why": why});
            ("tcp_state", fields, None)
        }
        What::TcpVars { socket, vars } => ("tcp_vars", variables(socket.0, vars), None),
        What::Timer { socket, timer, change } => {
            let (change, due) = match change {
                TimerChange::Armed(due) => ("armed", Some(due.as_nanos())),
                TimerChange::Fired => ("fired", None),
                TimerChange::Cancelled => ("cancelled", None),
            };
            let socket = socket.map(|socket| socket.0);
            let fields = json!({"socket": socket, "timer": format!("{timer:?}"), "change": change, "due_ns": due});
            ("timer", fields, None)
        }
        What::Neighbour { address, state } => {
            ("neighbour", json!({"address": address, "state": state.to_string()}), None)
        }
        what => ("other", json!({"text": what.to_string()}), None),
    }
}

fn variables(socket: u32, vars: &TcpVars) -> Value {
    json!({
        "socket": socket,
        "iss": vars.iss,
        "irs": vars.irs,
        "snd_una": vars.snd_una,
        "snd_nxt": vars.snd_nxt,
        "snd_wnd": vars.snd_wnd,
        "rcv_nxt": vars.rcv_nxt,
        "rcv_wnd": vars.rcv_wnd,
        "cwnd": vars.cwnd,
        "ssthresh": vars.ssthresh,
        "srtt_ns": nanos(vars.srtt),
        "rttvar_ns": nanos(vars.rttvar),
        "rto_ns": nanos(vars.rto),
        "send_queue": vars.send_queue,
        "receive_queue": vars.receive_queue,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::gateway::{FlowId, FlowKind, InfoField, KernelInfo};
    use sim_core::time::Instant;
    use sim_core::trace::{FactId, NodeId};

    fn line(what: What) -> String {
        let fact = Fact { id: FactId(3), at: Instant::from_millis(1), node: NodeId(0), cause: Some(FactId(2)), what };
        let mut out = Vec::new();
        write(&mut out, &fact, &["gateway".to_owned()]).expect("a vector takes everything");
        String::from_utf8(out).expect("JSON is text").trim_end().replace("\"at_ns\":1000000,\"node\":\"gateway\",", "")
    }

    #[test]
    fn what_a_gateway_tells() {
        let flow = FlowId(7);
        let (real, lab) = (([127, 0, 0, 1], 8080).into(), ([10, 0, 2, 15], 80).into());
        let publication = Publication { kind: FlowKind::Stream, at: real, to: lab, backlog: 5 };
        assert_eq!(
            line(What::Published { flow, publication }),
            r#"{"id":3,"cause":2,"kind":"published","fields":{"at":"127.0.0.1:8080","backlog":5,"carries":"stream","flow":7,"to":"10.0.2.15:80"}}"#
        );
        assert_eq!(
            line(What::PeerMapped { flow, peer: real.into(), local: lab }),
            r#"{"id":3,"cause":2,"kind":"peer_mapped","fields":{"flow":7,"local":"10.0.2.15:80","peer":"127.0.0.1:8080"}}"#
        );
        let info = KernelInfo { fields: [(InfoField(12), 345), (InfoField(200), 1)].into() };
        assert_eq!(
            line(What::KernelInfo { flow, info }),
            r#"{"id":3,"cause":2,"kind":"kernel_info","fields":{"flow":7,"info":{"field200":1,"rtt":345}}}"#
        );
        let source = CaptureSource::Flow { flow, direction: Direction::Received, link_type: LinkType::Ip, lost: 2 };
        assert_eq!(
            line(What::Captured { source, bytes: [0x45, 0].into(), length: 1500 }),
            r#"{"id":3,"cause":2,"kind":"captured","fields":{"direction":"received","flow":7,"length":1500,"link_type":"ip","lost":2},"bytes":"4500"}"#
        );
    }
}
