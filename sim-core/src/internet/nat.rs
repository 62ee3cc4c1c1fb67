//! Network address and port translation (RFC 2663 §4.1.2 NAPT) between one interface of a router, its outside, and all others.
//!
//! In the words of RFC 4787: the mapping is endpoint-independent, and the filter depends on address and port. So a host inside
//! has one port outside for each of its own, whomever it talks to, and hears only from those that it has sent
//! something to: what Linux's masquerade comes to while source ports are free, and what makes hole punching work.
//! A port is kept when it is free, as on Linux; else the next one of the same parity is taken (RFC 4787 §4.2.2). A packet from
//! inside to the NAT's own address is turned round (hairpinning, RFC 4787 §6). Fragments are put together first, as Linux does
//! (`nf_defrag_ipv4`), and broken again where the next link asks for it.
//!
//! Differences from Linux, on purpose: what nobody asked for is dropped in silence, as home routers do (Linux alone would
//! answer for itself), but for pings; a mapping of UDP is kept alive from inside only (RFC 4787 §4.3); two hosts inside never share a
//! port outside.
//!
//! Absent on purpose: other protocols than TCP, UDP and echo, application-level gateways (they look into what programs say), port
//! control protocols (UPnP, RFC 6887), IPv6 (RFC 4864 says why), and windows of sequence numbers (`nf_conntrack_tcp_be_liberal`).

use core::net::{Ipv4Addr, SocketAddrV4};
use core::time::Duration;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use litemap::LiteMap;

use crate::context::Context;
use crate::network::TranslationRow;
use crate::queue::{Event, LazyTimer};
use crate::scenario::{self, PortProtocol};
use crate::time::Instant;
use crate::trace::{DropReason, FrameId, NatProtocol, NatState, Side, Translation, What};

use super::Internet;
use super::nat_packet::{Flow, Parsed, Part, rewrite, rewrite_error};

/// Conversations that the table holds (`net.netfilter.nf_conntrack_max` of a machine with little memory).
const MOST: usize = 65_536;
/// A TCP connection that is opening or has ended (RFC 5382 §5: 4 minutes).
const TRANSITORY: Duration = Duration::from_secs(240);
/// A ping waits for its answer (RFC 5508 §3.2: 60 seconds).
const ECHO: Duration = Duration::from_secs(60);

/// One end of a conversation: of an echo its identifier stands for the port.
type Endpoint = (Ipv4Addr, u16);
/// A conversation: protocol, end inside, peer.
type Key = (NatProtocol, Endpoint, Endpoint);

#[derive(Clone, Debug)]
pub(crate) struct Nat {
    /// The interface whose address stands for all inside.
    outside: usize,
    address: Ipv4Addr,
    /// Ports that lead inside for everybody, and back.
    fixed: LiteMap<(NatProtocol, u16), Endpoint>,
    fixed_inside: LiteMap<(NatProtocol, Endpoint), u16>,
    udp_timeout: Duration,
    tcp_timeout: Duration,
    /// By the end inside: its port outside, and how many conversations have it.
    mappings: BTreeMap<(NatProtocol, Endpoint), Mapping>,
    /// By the port outside: the end inside.
    ports: BTreeMap<(NatProtocol, u16), Endpoint>,
    conversations: BTreeMap<Key, Conversation>,
    /// When to look at which; a conversation that has been heard of since is put back for later.
    deadlines: BTreeSet<(Instant, Key)>,
    timer: LazyTimer,
}

#[derive(Clone, Copy, Debug)]
struct Mapping {
    port: u16,
    conversations: usize,
}

#[derive(Clone, Copy, Debug)]
struct Conversation {
    state: NatState,
    /// The peer has sent something.
    answered: bool,
    /// Which side has sent a FIN: inside, outside.
    finished: [bool; 2],
    until: Instant,
    /// Its entry among the deadlines.
    looked_at: Instant,
}

/// What the translator makes of a packet that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrived {
    /// It is not its business.
    AsItWas,
    /// Its destination was changed (and its source, when it is turned round).
    Translated,
}

/// From where to where a packet of others goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passage {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) arrived: Arrived,
}

impl Nat {
    pub(crate) fn new(node: &scenario::Node) -> Option<Box<Nat>> {
        let nat = node.nat.as_ref()?;
        let outside = usize::from(nat.outside);
        let address = node.interfaces.get(outside)?.addresses.iter().find_map(|address| match address.ip {
            core::net::IpAddr::V4(ip) => Some(ip),
            core::net::IpAddr::V6(_) => None,
        })?;
        let protocol = |protocol| match protocol {
            PortProtocol::Tcp => NatProtocol::Tcp,
            PortProtocol::Udp => NatProtocol::Udp,
        };
        let mut fixed = LiteMap::new();
        let mut fixed_inside = LiteMap::new();
        for map in &nat.ports {
            if let core::net::SocketAddr::V4(to) = map.to {
                let (protocol, to) = (protocol(map.protocol), (*to.ip(), to.port()));
                fixed.insert((protocol, map.port), to);
                // What a host sends from a port that two lead to comes from the first.
                fixed_inside.entry((protocol, to)).or_insert(map.port);
            }
        }
        Some(Box::new(Nat {
            outside,
            address,
            fixed,
            fixed_inside,
            udp_timeout: nat.udp_timeout,
            tcp_timeout: nat.tcp_timeout,
            mappings: BTreeMap::new(),
            ports: BTreeMap::new(),
            conversations: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            timer: LazyTimer::default(),
        }))
    }

    /// A packet arrived at an interface: one for the NAT's own address may be for a host inside. `own` says whether this
    /// router itself has a use for it.
    pub(crate) fn arrive(
        &mut self,
        interface: usize,
        (frame, packet): (FrameId, &mut [u8]),
        own: impl FnOnce(&Flow) -> bool,
        ctx: &mut Context<'_>,
    ) -> Result<Arrived, DropReason> {
        let Some(parsed) = Parsed::parse(packet) else { return Ok(Arrived::AsItWas) };
        if parsed.destination != self.address {
            return Ok(Arrived::AsItWas);
        }
        match parsed.part {
            Part::Flow(flow) if interface == self.outside => self.arrive_outside(&flow, (frame, packet), own, ctx),
            Part::Flow(flow) => self.turn_round(&flow, (frame, packet), ctx),
            Part::Error(quoted) => Ok(self.arrive_error(&quoted, (frame, packet), ctx)),
            Part::Other => Ok(Arrived::AsItWas),
        }
    }

    fn arrive_outside(
        &mut self,
        flow: &Flow,
        (frame, packet): (FrameId, &mut [u8]),
        own: impl FnOnce(&Flow) -> bool,
        ctx: &mut Context<'_>,
    ) -> Result<Arrived, DropReason> {
        match self.inside_of(flow) {
            Some(inside) => {
                self.hear(flow, inside, ctx);
                self.rewrite(Side::Destination, flow, inside, (frame, packet), ctx);
                Ok(Arrived::Translated)
            }
            None if own(flow) => Ok(Arrived::AsItWas),
            None => Err(DropReason::NotTranslated),
        }
    }

    /// A packet from inside to the address outside.
    fn turn_round(
        &mut self,
        flow: &Flow,
        (frame, packet): (FrameId, &mut [u8]),
        ctx: &mut Context<'_>,
    ) -> Result<Arrived, DropReason> {
        let there = (flow.protocol, flow.destination.1);
        if !self.fixed.contains_key(&there) && !self.ports.contains_key(&there) {
            return Ok(Arrived::AsItWas);
        }
        let port = self.speak(flow, ctx)?;
        let source = (self.address, port);
        self.rewrite(Side::Source, flow, source, (frame, packet), ctx);
        let flow = flow.coming_from(source);
        let inside = self.inside_of(&flow).ok_or(DropReason::NotTranslated)?;
        self.hear(&flow, inside, ctx);
        self.rewrite(Side::Destination, &flow, inside, (frame, packet), ctx);
        Ok(Arrived::Translated)
    }

    /// An ICMP error about a packet that went out under the NAT's address.
    fn arrive_error(&mut self, quoted: &Flow, (frame, packet): (FrameId, &mut [u8]), ctx: &mut Context<'_>) -> Arrived {
        let Some(inside) = self.inside_of(&quoted.back()) else { return Arrived::AsItWas };
        rewrite_error(packet, Side::Destination, inside);
        translated(Side::Destination, (quoted.source, inside), frame, None, ctx);
        Arrived::Translated
    }

    /// A packet of others is about to leave: one that goes outside takes the NAT's address.
    pub(crate) fn leave(
        &mut self,
        passage: Passage,
        (frame, packet): (FrameId, &mut [u8]),
        ctx: &mut Context<'_>,
    ) -> Result<(), DropReason> {
        if passage.from == self.outside {
            let let_in = passage.to == self.outside || passage.arrived == Arrived::Translated;
            return if let_in { Ok(()) } else { Err(DropReason::NotTranslated) };
        }
        if passage.to != self.outside {
            return Ok(());
        }
        match Parsed::parse(packet).map(|parsed| parsed.part) {
            // Nobody outside can ask a host inside for an answer.
            Some(Part::Flow(flow)) if flow.is_pong() => Err(DropReason::NotTranslated),
            Some(Part::Flow(flow)) => {
                let port = self.speak(&flow, ctx)?;
                self.rewrite(Side::Source, &flow, (self.address, port), (frame, packet), ctx);
                Ok(())
            }
            Some(Part::Error(quoted)) => {
                let port = self.port_of(quoted.protocol, quoted.destination).ok_or(DropReason::NotTranslated)?;
                rewrite_error(packet, Side::Source, (self.address, port));
                translated(Side::Source, (quoted.destination, (self.address, port)), frame, None, ctx);
                Ok(())
            }
            _ => Err(DropReason::NotTranslated),
        }
    }

    /// The packet as it was before it was translated, for an error that the router itself tells about it: its start will do.
    pub(crate) fn original(&self, packet: &[u8]) -> Option<Vec<u8>> {
        let Part::Flow(flow) = Parsed::parse(packet)?.part else { return None };
        let mut packet = packet.to_vec();
        if flow.source.0 == self.address {
            let inside = self.inside_of(&flow.back())?;
            rewrite(&mut packet, Side::Source, &flow, inside);
        } else {
            let port = self.port_of(flow.protocol, flow.destination)?;
            let known = self.conversations.contains_key(&(flow.protocol, flow.destination, flow.source));
            if !known && !self.fixed.contains_key(&(flow.protocol, port)) {
                return None;
            }
            rewrite(&mut packet, Side::Destination, &flow, (self.address, port));
        }
        Some(packet)
    }

    fn rewrite(
        &self,
        side: Side,
        flow: &Flow,
        to: Endpoint,
        (frame, packet): (FrameId, &mut [u8]),
        ctx: &mut Context<'_>,
    ) {
        rewrite(packet, side, flow, to);
        let (from, inside, peer) = match side {
            Side::Source => (flow.source, flow.source, flow.destination),
            Side::Destination => (flow.destination, to, flow.source),
        };
        let conversation = self.conversations.get(&(flow.protocol, inside, peer));
        translated(side, (from, to), frame, conversation.map(|conversation| (peer, conversation.until)), ctx);
    }

    /// The port outside that an end inside has.
    fn port_of(&self, protocol: NatProtocol, inside: Endpoint) -> Option<u16> {
        let fixed = self.fixed_inside.get(&(protocol, inside)).copied();
        fixed.or_else(|| self.mappings.get(&(protocol, inside)).map(|mapping| mapping.port))
    }

    /// The end inside that a packet from outside is let in to.
    fn inside_of(&self, flow: &Flow) -> Option<Endpoint> {
        if flow.is_ping() {
            return None;
        }
        let there = (flow.protocol, flow.destination.1);
        let open = self.ports.get(&there).copied().filter(|inside| {
            // RFC 4787 §5: address- and port-dependent filtering.
            self.conversations.contains_key(&(flow.protocol, *inside, flow.source))
        });
        open.or_else(|| self.fixed.get(&there).copied())
    }

    /// A packet from inside goes to a peer: gives the port outside that it comes from.
    fn speak(&mut self, flow: &Flow, ctx: &mut Context<'_>) -> Result<u16, DropReason> {
        let key = (flow.protocol, flow.source, flow.destination);
        if !self.conversations.contains_key(&key) {
            self.open(key, ctx)?;
        }
        let port = self.port_of(flow.protocol, flow.source).ok_or(DropReason::NatFull)?;
        self.note(key, flow, 0, ctx);
        Ok(port)
    }

    /// A packet from a peer goes inside.
    fn hear(&mut self, flow: &Flow, inside: Endpoint, ctx: &mut Context<'_>) {
        let key = (flow.protocol, inside, flow.source);
        // Through a fixed port anybody may begin.
        if self.conversations.contains_key(&key) || self.open(key, ctx).is_ok() {
            self.note(key, flow, 1, ctx);
        }
    }

    fn open(&mut self, key: Key, ctx: &mut Context<'_>) -> Result<(), DropReason> {
        let (protocol, inside, _) = key;
        if self.conversations.len() >= MOST {
            return Err(DropReason::NatFull);
        }
        let fixed = self.fixed_inside.get(&(protocol, inside)).copied();
        let known = self.mappings.get(&(protocol, inside)).map(|mapping| mapping.port);
        let port = fixed.or(known).or_else(|| self.free_port(protocol, inside.1)).ok_or(DropReason::NatFull)?;
        let mapping = self.mappings.entry((protocol, inside)).or_insert(Mapping { port, conversations: 0 });
        mapping.conversations += 1;
        if fixed.is_none() {
            self.ports.insert((protocol, port), inside);
        }
        let (state, patience) = match protocol {
            NatProtocol::Tcp => (NatState::Opening, TRANSITORY),
            NatProtocol::Udp => (NatState::Open, self.udp_timeout),
            NatProtocol::Echo => (NatState::Open, ECHO),
        };
        let until = ctx.now + patience;
        let conversation = Conversation { state, answered: false, finished: [false; 2], until, looked_at: until };
        self.conversations.insert(key, conversation);
        self.deadlines.insert((until, key));
        self.schedule(ctx);
        let row = self.row(&key);
        ctx.follow(|| What::TranslationOpened(row));
        Ok(())
    }

    /// The port itself when nobody has it, else the next of its parity and range that is free.
    fn free_port(&self, protocol: NatProtocol, wanted: u16) -> Option<u16> {
        let is_free =
            |port: &u16| !self.ports.contains_key(&(protocol, *port)) && !self.fixed.contains_key(&(protocol, *port));
        // RFC 4787 §4.2.2: well-known ports stay among themselves.
        let (low, high) = if wanted < 1024 { (1, 1023) } else { (1024, u16::MAX) };
        let above = (wanted..=high).step_by(2);
        let below = (low..wanted).filter(|port| port % 2 == wanted % 2);
        above.chain(below).find(is_free)
    }

    /// A packet of a conversation was seen, from inside (0) or outside (1): its state, and until when it is kept.
    fn note(&mut self, key: Key, flow: &Flow, side: usize, ctx: &mut Context<'_>) {
        let Some(conversation) = self.conversations.get_mut(&key) else { return };
        let patience = match flow.protocol {
            // RFC 4787 §4.3 REQ-6: what comes from outside alone keeps nothing open.
            NatProtocol::Udp if side == 1 => return,
            NatProtocol::Udp => self.udp_timeout,
            NatProtocol::Echo => ECHO,
            NatProtocol::Tcp => {
                conversation.follow_tcp(flow, side);
                if conversation.state == NatState::Established { self.tcp_timeout } else { TRANSITORY }
            }
        };
        conversation.until = ctx.now + patience;
        if conversation.until < conversation.looked_at {
            let (before, after) = (conversation.looked_at, conversation.until);
            conversation.looked_at = after;
            self.deadlines.remove(&(before, key));
            self.deadlines.insert((after, key));
            self.schedule(ctx);
        }
    }

    fn schedule(&mut self, ctx: &mut Context<'_>) {
        let next = self.deadlines.first().map(|(at, _)| *at);
        self.timer.set(next, ctx.queue, Event::Translations(ctx.node));
    }

    /// The table's event came: conversations that nobody has heard of for too long are forgotten.
    pub(crate) fn timeout(&mut self, ctx: &mut Context<'_>) {
        if !self.timer.reached(ctx.now, ctx.queue, Event::Translations(ctx.node)) {
            return;
        }
        while let Some(&(at, key)) = self.deadlines.first()
            && at <= ctx.now
        {
            self.deadlines.remove(&(at, key));
            let Some(conversation) = self.conversations.get_mut(&key) else { continue };
            if conversation.until > ctx.now {
                conversation.looked_at = conversation.until;
                self.deadlines.insert((conversation.until, key));
            } else {
                self.close(&key, ctx);
            }
        }
        self.schedule(ctx);
    }

    fn close(&mut self, key: &Key, ctx: &mut Context<'_>) {
        let row = self.row(key);
        ctx.fact(|| What::TranslationClosed(row));
        self.conversations.remove(key);
        let (protocol, inside, _) = *key;
        let Some(mapping) = self.mappings.get_mut(&(protocol, inside)) else { return };
        mapping.conversations -= 1;
        if mapping.conversations == 0 {
            let port = mapping.port;
            self.mappings.remove(&(protocol, inside));
            if self.ports.get(&(protocol, port)) == Some(&inside) {
                self.ports.remove(&(protocol, port));
            }
        }
    }

    fn row(&self, key: &Key) -> Translation {
        let (protocol, inside, peer) = *key;
        let address = |(ip, port): Endpoint| SocketAddrV4::new(ip, port);
        let outside = address((self.address, self.port_of(protocol, inside).unwrap_or(0)));
        Translation { protocol, inside: address(inside), outside, peer: address(peer) }
    }

    /// Its table: each conversation, its state, and until when it is kept when nothing more is heard.
    fn rows(&self) -> impl Iterator<Item = TranslationRow> {
        let row = |(key, Conversation { state, until, .. }): (&Key, &Conversation)| TranslationRow {
            entry: self.row(key),
            state: *state,
            until: *until,
        };
        self.conversations.iter().map(row)
    }
}

impl Conversation {
    /// RFC 5382 §5 knows two kinds of connections: established ones, and those that open or have ended.
    fn follow_tcp(&mut self, flow: &Flow, side: usize) {
        let closed = self.state == NatState::Closing;
        if flow.opens() && (closed || self.state == NatState::Opening) {
            *self = Conversation { state: NatState::Opening, answered: side == 1, finished: [false; 2], ..*self };
            return;
        }
        self.finished[side] |= flow.finishes();
        self.answered |= side == 1;
        if flow.resets() || self.finished == [true; 2] {
            self.state = NatState::Closing;
        } else if self.state == NatState::Opening && self.answered && side == 0 {
            self.state = NatState::Established;
        }
    }
}

fn translated(
    side: Side,
    (from, to): (Endpoint, Endpoint),
    frame: FrameId,
    kept: Option<(Endpoint, Instant)>,
    ctx: &mut Context<'_>,
) {
    let address = |(ip, port): Endpoint| SocketAddrV4::new(ip, port);
    let kept = kept.map(|(peer, until)| (address(peer), until));
    ctx.follow(|| What::Translated { frame, side, from: address(from), to: address(to), kept });
}

impl Internet {
    /// Packets of others pass through a translator here.
    pub(crate) fn translates(&self) -> bool {
        self.nat.is_some()
    }

    /// Whether a packet to this address may be translated: it must be whole first.
    pub(crate) fn may_translate(&self, interface: usize, destination: Ipv4Addr) -> bool {
        let to_us = self.is_for_us(interface, destination.into());
        self.nat.as_ref().is_some_and(|nat| destination == nat.address || (interface != nat.outside && !to_us))
    }

    /// See [`Nat::arrive`].
    pub(crate) fn translate_arrival(
        &mut self,
        interface: usize,
        packet: (FrameId, &mut [u8]),
        own: impl FnOnce(&Flow) -> bool,
        ctx: &mut Context<'_>,
    ) -> Result<Arrived, DropReason> {
        match &mut self.nat {
            Some(nat) => nat.arrive(interface, packet, own, ctx),
            None => Ok(Arrived::AsItWas),
        }
    }

    /// See [`Nat::leave`].
    pub(crate) fn translate_departure(
        &mut self,
        passage: Passage,
        packet: (FrameId, &mut [u8]),
        ctx: &mut Context<'_>,
    ) -> Result<(), DropReason> {
        match &mut self.nat {
            Some(nat) => nat.leave(passage, packet, ctx),
            None => Ok(()),
        }
    }

    /// A packet as it was before it was translated, when it was: what an error about it has to quote.
    pub(crate) fn before_translation<'a>(&self, packet: &'a [u8]) -> Cow<'a, [u8]> {
        let original = self.nat.as_ref().and_then(|nat| nat.original(packet));
        original.map_or(Cow::Borrowed(packet), Cow::Owned)
    }

    pub(crate) fn translations_timeout(&mut self, ctx: &mut Context<'_>) {
        if let Some(nat) = &mut self.nat {
            nat.timeout(ctx);
        }
    }

    /// The table of the translator.
    pub(crate) fn translations(&self) -> Vec<TranslationRow> {
        self.nat.iter().flat_map(|nat| nat.rows()).collect()
    }
}
