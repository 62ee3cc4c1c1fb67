//! An experiment as text: complete, in one order, and read back as the same one.
//!
//! Absent on purpose: comments and the author's order of lines. What is silent in the author's text (addresses, routes) is said here.

use core::fmt::{self, Write};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use crate::date::Date;
use crate::program::Spec;
use crate::scenario::{
    Experiment, Faults, HostSettings, Interface, Link, Nat, Node, NodeKind, Planned, PortProtocol, Scenario,
};
use crate::time::Instant;
use crate::trace::{LinkId, NodeId};
use crate::wire::ethernet::MacText;

use super::builtin;
use super::node::{TCP_TIMEOUT, UDP_TIMEOUT, default_mac};
use super::program::{Budget, World, write_foreign, write_script};
use super::quote::{Bytes, Name, Path};
use super::settings::Changed;
use super::value::{Rate, Share, Span};

/// Writes to a text; that cannot fail.
macro_rules! add {
    ($text:expr, $($rest:tt)*) => { let _ = write!($text, $($rest)*); };
}

pub(super) fn experiment(experiment: &Experiment) -> String {
    let scenario = &experiment.scenario;
    let names = (0..).zip(&scenario.nodes).map(|(index, node)| (node.name.clone(), NodeId(index))).collect();
    let mut text = String::new();
    if let Some(name) = &experiment.name {
        add!(text, "name {}\n", Name(name));
    }
    if let Some(seed) = experiment.seed {
        add!(text, "seed {seed}\n");
    }
    if let Some(until) = experiment.until {
        add!(text, "until {}\n", Time(until));
    }
    if scenario.clock != Date::default() {
        add!(text, "clock {}\n", scenario.clock);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let budget = Budget::default();
    let world = World { scenario, names: &names, budget: &budget };
    for (index, node) in scenario.nodes.iter().enumerate() {
        let at = text.len();
        write_node(&mut text, index, node, world);
        if let Some((x, y)) = u16::try_from(index).ok().and_then(|index| experiment.places.get(&NodeId(index))) {
            let below = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
            text.insert_str(below, &format!("  place {x} {y}\n"));
        }
    }
    if !scenario.links.is_empty() {
        text.push('\n');
    }
    let mut ports = Ports::default();
    for link in &scenario.links {
        write_link(&mut text, scenario, link, &mut ports);
    }
    if !experiment.inputs.is_empty() {
        text.push('\n');
    }
    for (at, planned) in &experiment.inputs {
        add!(text, "at {} ", Time(*at));
        write_planned(&mut text, scenario, planned);
    }
    text
}

struct Time(Instant);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Span(Duration::from_nanos(self.0.as_nanos())))
    }
}

fn write_node(text: &mut String, index: usize, node: &Node, world: World<'_>) {
    let kind = match node.kind {
        NodeKind::Host => "host",
        NodeKind::Router => "router",
        NodeKind::Switch => "switch",
        NodeKind::Gateway => "gateway",
    };
    add!(text, "{kind} {}", Name(&node.name));
    match node.interfaces.as_slice() {
        [] => text.push('\n'),
        [only] if only.name == "eth0" => write_interface(text, only, default_mac(index, 0)),
        interfaces => {
            text.push('\n');
            for (place, interface) in interfaces.iter().enumerate() {
                add!(text, "  interface {}", Name(&interface.name));
                write_interface(text, interface, default_mac(index, place));
            }
        }
    }
    for interface in &node.interfaces {
        for (ip, mac) in &interface.neighbours {
            add!(text, "  neighbour {} {ip} {}\n", Name(&interface.name), MacText(*mac));
        }
    }
    for route in &node.routes {
        match route.to.prefix {
            0 if route.to.ip.is_unspecified() && route.to.ip.is_ipv4() == route.via.is_ipv4() => {
                add!(text, "  route default via {}\n", route.via);
            }
            prefix => {
                add!(text, "  route {}/{prefix} via {}\n", route.to.ip, route.via);
            }
        }
    }
    if node.settings != HostSettings::LINUX {
        add!(text, "  {}\n", node.settings);
    }
    if let Some(nat) = &node.nat {
        write_nat(text, node, nat);
    }
    for file in &node.files {
        add!(text, "  file {} {}\n", Path(&file.path), Bytes(&file.bytes));
    }
    for program in &node.programs {
        match &program.what {
            Spec::Script(script) => {
                add!(text, "  program {}", Name(&script.name));
            }
            Spec::Foreign(foreign) => {
                add!(text, "  program {} in {}", Name(&foreign.name), Name(&foreign.language));
            }
            Spec::Builtin(builtin) => {
                text.push_str("  run ");
                builtin::write(text, builtin, node);
            }
        }
        if program.at != Instant::ZERO {
            add!(text, " at {}", Time(program.at));
        }
        match &program.what {
            Spec::Script(script) => {
                text.push('\n');
                write_script(text, script, world);
            }
            Spec::Foreign(foreign) => {
                if let Some(input) = &foreign.input {
                    add!(text, " input {}", Bytes(input.as_bytes()));
                }
                text.push('\n');
                write_foreign(text, &foreign.source);
            }
            Spec::Builtin(_) => text.push('\n'),
        }
    }
}

fn write_interface(text: &mut String, interface: &Interface, default_mac: [u8; 6]) {
    for address in &interface.addresses {
        add!(text, " {}/{}", address.ip, address.prefix);
    }
    if interface.addresses.is_empty() && !interface.autoconf {
        text.push_str(" none");
    }
    if interface.autoconf {
        text.push_str(" autoconf");
    }
    if interface.advertise {
        text.push_str(" advertise");
    }
    if interface.mac != default_mac {
        add!(text, " mac {}", MacText(interface.mac));
    }
    if interface.mtu != crate::packet::MTU as u16 {
        add!(text, " mtu {}", interface.mtu);
    }
    text.push('\n');
}

fn write_nat(text: &mut String, node: &Node, nat: &Nat) {
    let outside = node.interfaces.get(usize::from(nat.outside)).map_or("", |interface| interface.name.as_str());
    add!(text, "  nat {}", Name(outside));
    if nat.udp_timeout != UDP_TIMEOUT {
        add!(text, " udp-timeout {}", Span(nat.udp_timeout));
    }
    if nat.tcp_timeout != TCP_TIMEOUT {
        add!(text, " tcp-timeout {}", Span(nat.tcp_timeout));
    }
    text.push('\n');
    for map in &nat.ports {
        let protocol = match map.protocol {
            PortProtocol::Tcp => "tcp",
            PortProtocol::Udp => "udp",
        };
        add!(text, "  map {protocol} {} to {}\n", map.port, map.to);
    }
}

/// Ports of switches that links were written for.
#[derive(Default)]
struct Ports(BTreeMap<NodeId, BTreeSet<u16>>);

impl Ports {
    /// Whether a link that names no port would get this one.
    fn is_next(&mut self, node: NodeId, port: u16) -> bool {
        let taken = self.0.entry(node).or_default();
        let lowest = (0..=u16::MAX).zip(taken.iter()).find(|(place, port)| place != *port).map(|(place, _)| place);
        let lowest = lowest.unwrap_or(taken.len().min(usize::from(u16::MAX)) as u16);
        taken.insert(port);
        lowest == port
    }
}

fn write_link(text: &mut String, scenario: &Scenario, link: &Link, ports: &mut Ports) {
    text.push_str("link");
    for end in link.ends {
        text.push(' ');
        let Some(node) = scenario.nodes.get(usize::from(end.node.0)) else { continue };
        add!(text, "{}", Name(&node.name));
        if node.kind == NodeKind::Switch {
            if !ports.is_next(end.node, end.interface) {
                add!(text, ":{}", end.interface);
            }
        } else if node.interfaces.len() > 1 {
            let name = node.interfaces.get(usize::from(end.interface)).map_or("", |interface| interface.name.as_str());
            add!(text, ":{}", Name(name));
        }
    }
    write_properties(text, link.rate, link.delay, link.jitter, link.queue);
    text.push('\n');
    let [there, back] = &link.faults;
    if there == back {
        if *there != Faults::default() {
            add!(text, " {}\n", FaultsText(there));
        }
        return;
    }
    let names = link.nodes().map(|node| scenario.nodes.get(usize::from(node.0)).map_or("", |node| node.name.as_str()));
    for (faults, (from, to)) in [(there, (names[0], names[1])), (back, (names[1], names[0]))] {
        if *faults != Faults::default() {
            add!(text, "  {}->{}{}\n", Name(from), Name(to), FaultsText(faults));
        }
    }
}

fn write_properties(text: &mut String, rate: u64, delay: Duration, jitter: Duration, queue: usize) {
    add!(text, " {} {} queue {queue}", Rate(rate), Span(delay));
    if !jitter.is_zero() {
        add!(text, " jitter {}", Span(jitter));
    }
}

struct FaultsText<'a>(&'a Faults);

impl fmt::Display for FaultsText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = self.0;
        if faults.down {
            f.write_str(" down")?;
        }
        let kinds = [
            ("loss", "lose", faults.loss_ppm, &faults.lose),
            ("duplicate", "duplicate", faults.duplicate_ppm, &faults.duplicate),
            ("corrupt", "corrupt", faults.corrupt_ppm, &faults.corrupt),
            ("reorder", "reorder", faults.reorder_ppm, &faults.reorder),
        ];
        for (share_word, list_word, share, list) in kinds {
            if share != 0 {
                write!(f, " {share_word} {}", Share(share))?;
            }
            if !list.is_empty() {
                write!(f, " {list_word} {}", List(list))?;
            }
        }
        if faults.burst != 0 {
            write!(f, " burst {}", faults.burst)?;
        }
        if !faults.reorder_by.is_zero() {
            write!(f, " by {}", Span(faults.reorder_by))?;
        }
        for (word, spans) in [(" late ", &faults.late), (" arrive ", &faults.arrive)] {
            for (index, span) in spans.iter().enumerate() {
                write!(f, "{}{}", if index == 0 { word } else { "," }, Span(*span))?;
            }
        }
        Ok(())
    }
}

/// `3,5-9`.
struct List<'a>(&'a [u64]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        let runs = self.0.chunk_by(|first, second| first.checked_add(1) == Some(*second));
        for run in runs {
            match run {
                [first, .., last] if run.len() > 2 => write!(f, "{between}{first}-{last}")?,
                run => {
                    for place in run {
                        write!(f, "{between}{place}")?;
                        between = ",";
                    }
                }
            }
            between = ",";
        }
        Ok(())
    }
}

/// `set a:eth0->b:eth1`: the ends of a link, with their interfaces where the nodes have several.
fn write_ends(text: &mut String, scenario: &Scenario, link: LinkId, from: usize, between: &str) {
    text.push_str("set ");
    let Some(link) = scenario.links.get(usize::from(link.0)) else { return };
    for (place, end) in [link.ends[from & 1], link.ends[1 - (from & 1)]].into_iter().enumerate() {
        let Some(node) = scenario.nodes.get(usize::from(end.node.0)) else { continue };
        text.push_str(if place == 0 { "" } else { between });
        add!(text, "{}", Name(&node.name));
        match node.interfaces.get(usize::from(end.interface)) {
            _ if node.kind == NodeKind::Switch => {
                add!(text, ":{}", end.interface);
            }
            Some(interface) if node.interfaces.len() > 1 => {
                add!(text, ":{}", Name(&interface.name));
            }
            _ => {}
        }
    }
}

fn write_planned(text: &mut String, scenario: &Scenario, planned: &Planned) {
    let name = |node: NodeId| scenario.nodes.get(usize::from(node.0)).map_or("", |node| node.name.as_str());
    match planned {
        Planned::Faults(link, end, faults) => {
            write_ends(text, scenario, *link, usize::from(*end), "->");
            if *faults == Faults::default() {
                text.push_str(" none\n");
            } else {
                add!(text, "{}\n", FaultsText(faults));
            }
        }
        Planned::Link { link, rate, delay, jitter, queue } => {
            write_ends(text, scenario, *link, 0, " ");
            write_properties(text, *rate, *delay, *jitter, *queue);
            text.push('\n');
        }
        Planned::Host(node, settings) => {
            let usual = scenario.nodes.get(usize::from(node.0)).map_or(HostSettings::LINUX, |node| node.settings);
            let changed = Changed { settings, from: &usual }.to_string();
            // As on the host's own lines.
            let changed = if changed.is_empty() { " tcp" } else { &changed };
            add!(text, "set {}{changed}\n", Name(name(*node)));
        }
        Planned::Drop(frame) => {
            add!(text, "drop frame {}\n", frame.0);
        }
        Planned::Kill(node, program) => {
            add!(text, "kill {} {}\n", Name(name(*node)), Name(program));
        }
        Planned::Frame(node, bytes) => {
            add!(text, "inject {} ", Name(name(*node)));
            bytes.iter().for_each(|byte| {
                add!(text, "{byte:02x}");
            });
            text.push('\n');
        }
    }
}
