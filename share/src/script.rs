//! Programs as bytes: the lab's clients by what the learner wrote, those in other languages by their text, every other one as the scenario
//! language writes it.
//!
//! Absent on purpose: a third way. What the language cannot write is not shared, and said so.

use std::net::SocketAddr;

use sim_core::lab::{self, Naming, Reading};
use sim_core::program::{Address, Foreign, Script, Spec, Step};
use sim_core::scenario::{Experiment, Node, NodeKind, Program, Scenario, text};
use sim_core::time::Instant;

use crate::bytes::{Reader, Writer};
use crate::{ReadError, WriteError};

const TCP_CLIENT: u8 = 0;
const UDP_CLIENT: u8 = 1;
const UNIX_CLIENT: u8 = 2;
const TEXT: u8 = 3;
const FOREIGN: u8 = 4;

/// A client of the lab: what it was made from.
enum Client<'a> {
    Tcp(SocketAddr, &'a [u8], Reading),
    Udp(SocketAddr, &'a [u8], Naming),
    Unix(&'a str, &'a [u8], Reading),
}

impl<'a> Client<'a> {
    /// What a script was made from, when it is one of the lab's clients.
    fn of(script: &'a Script) -> Option<Client<'a>> {
        let address = script.steps.iter().find_map(|(_, step)| match step {
            Step::Connect(_, to) | Step::SendTo(_, _, to) => Some(to),
            _ => None,
        })?;
        let message = script.steps.iter().find_map(|(_, step)| match step {
            Step::Send(_, bytes) | Step::SendTo(_, bytes, _) => Some(&**bytes),
            _ => None,
        })?;
        let to_end = script.steps.iter().any(|(_, step)| matches!(step, Step::RecvToEnd(..)));
        let reading = if to_end { Reading::ToEnd } else { Reading::Once };
        let each_time = script.steps.iter().any(|(_, step)| matches!(step, Step::SendTo(..)));
        let client = match (&*script.name, address) {
            ("tcp_client.py", Address::Inet(to)) => Client::Tcp(*to, message, reading),
            ("udp_client.py", Address::Inet(to)) => {
                Client::Udp(*to, message, if each_time { Naming::EachTime } else { Naming::Once })
            }
            ("unix_client.py", Address::Unix(path)) => Client::Unix(path.strip_prefix("/host/")?, message, reading),
            _ => return None,
        };
        // A script that only looks like one is written as what it is.
        (client.script() == *script).then_some(client)
    }

    fn script(&self) -> Script {
        match *self {
            Client::Tcp(to, message, reading) => lab::tcp_client(to, message, reading),
            Client::Udp(to, message, naming) => lab::udp_client(to, message, naming),
            Client::Unix(path, message, reading) => lab::unix_client(path, message, reading),
        }
    }
}

pub(crate) fn write(out: &mut Writer, spec: &Spec) -> Result<(), WriteError> {
    if let Spec::Foreign(Foreign { language, name, source, input }) = spec {
        out.byte(FOREIGN);
        for text in [language, name, source] {
            out.text(text);
        }
        out.byte(input.is_some().into());
        out.text(input.as_deref().unwrap_or_default());
        return Ok(());
    }
    match spec.script().and_then(Client::of) {
        Some(Client::Tcp(to, message, reading)) => {
            out.byte(TCP_CLIENT);
            out.socket_address(to);
            out.byte((reading == Reading::ToEnd).into());
            out.bytes(message);
        }
        Some(Client::Udp(to, message, naming)) => {
            out.byte(UDP_CLIENT);
            out.socket_address(to);
            out.byte((naming == Naming::Once).into());
            out.bytes(message);
        }
        Some(Client::Unix(path, message, reading)) => {
            out.byte(UNIX_CLIENT);
            out.text(path);
            out.byte((reading == Reading::ToEnd).into());
            out.bytes(message);
        }
        None => {
            let text = alone(spec);
            if parsed(&text).as_ref() != Some(spec) {
                return Err(WriteError::Program);
            }
            out.byte(TEXT);
            out.text(&text);
        }
    }
    Ok(())
}

pub(crate) fn read(input: &mut Reader<'_>) -> Result<Spec, ReadError> {
    let reading = |to_end| if to_end { Reading::ToEnd } else { Reading::Once };
    Ok(match input.byte()? {
        TCP_CLIENT => {
            let (to, to_end) = (input.socket_address()?, input.flag()?);
            lab::tcp_client(to, input.bytes()?, reading(to_end)).into()
        }
        UDP_CLIENT => {
            let (to, once) = (input.socket_address()?, input.flag()?);
            lab::udp_client(to, input.bytes()?, if once { Naming::Once } else { Naming::EachTime }).into()
        }
        UNIX_CLIENT => {
            let (path, to_end) = (input.text()?, input.flag()?);
            lab::unix_client(path, input.bytes()?, reading(to_end)).into()
        }
        FOREIGN => {
            let [language, name, source] = [input.text()?, input.text()?, input.text()?].map(Into::into);
            let (has_input, text) = (input.flag()?, input.text()?);
            Foreign { language, name, source, input: has_input.then(|| text.into()) }.into()
        }
        TEXT => parsed(input.text()?).ok_or(ReadError::Broken)?,
        _ => return Err(ReadError::Broken),
    })
}

/// A scenario that is nothing but the program.
fn alone(spec: &Spec) -> String {
    let mut node = Node::with_interface("a", NodeKind::Host, [2, 0, 0, 0, 0, 1], [10, 0, 0, 1], 24);
    node.programs = vec![Program { at: Instant::ZERO, what: spec.clone() }];
    let scenario = Scenario { nodes: vec![node], links: Vec::new(), ..Scenario::default() };
    text::print(&Experiment { scenario, ..Experiment::default() })
}

fn parsed(text: &str) -> Option<Spec> {
    let experiment = text::parse(text).ok()?;
    let [node] = <[Node; 1]>::try_from(experiment.scenario.nodes).ok()?;
    let [program] = <[Program; 1]>::try_from(node.programs).ok()?;
    Some(program.what)
}
