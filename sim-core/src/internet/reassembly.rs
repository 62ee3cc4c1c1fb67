//! Fragments that arrived become the packet that was sent (RFC 791 §3.2, RFC 8200 §4.5), within Linux's bounds of time and memory.
//!
//! Absent on purpose: repair of overlaps. A fragment that overlaps another ends the whole packet (RFC 8200 §4.5 for IPv6;
//! Linux does it for IPv4, too, because nobody honest sends such), and one that came twice is passed over.

use core::net::IpAddr;
use core::time::Duration;
use std::collections::BTreeMap;

use litemap::LiteMap;

use crate::context::Context;
use crate::packet::Packet;
use crate::queue::{Event, LazyTimer};
use crate::time::Instant;
use crate::trace::{DropReason, FactId, What};
use crate::wire::{ipv4, ipv6};

use super::Internet;
use super::icmp::Problem;

/// Bytes that all fragments of a host may take (`net.ipv4.ipfrag_high_thresh`).
const MOST: usize = 4 << 20;
/// What Linux counts for a fragment besides its bytes, about.
const OVERHEAD: usize = 256;
/// From the first fragment to arrive until the others are not waited for any more (`net.ipv4.ipfrag_time`).
const PATIENCE: Duration = Duration::from_secs(30);
/// The same for IPv6 (RFC 8200 §4.5).
const PATIENCE_V6: Duration = Duration::from_secs(60);
/// The longest packet.
const LONGEST: usize = 65_535;

/// Which packet a fragment is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PacketKey {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) protocol: u8,
    pub(crate) id: u32,
}

/// A fragment that arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fragment<'a> {
    pub(crate) key: PacketKey,
    /// Its place in the packet, in bytes.
    pub(crate) offset: usize,
    pub(crate) more: bool,
    /// The IP header that the whole packet has, but for its length.
    pub(crate) header: &'a [u8],
    pub(crate) payload: &'a [u8],
}

/// The packets that are not whole yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reassembly {
    partial: LiteMap<PacketKey, Partial>,
    held: usize,
    timer: LazyTimer,
}

#[derive(Clone, Debug)]
struct Partial {
    pieces: BTreeMap<usize, Vec<u8>>,
    /// The header of the first fragment.
    header: Option<Vec<u8>>,
    /// Length of the payload, when the last fragment has come.
    total: Option<usize>,
    have: usize,
    until: Instant,
    /// The last fragment's arrival.
    cause: Option<FactId>,
}

impl Partial {
    /// Keeps a piece; an error when it contradicts the others.
    fn add(&mut self, fragment: &Fragment<'_>) -> Result<(), DropReason> {
        let end = fragment.offset + fragment.payload.len();
        if self.pieces.get(&fragment.offset).is_some_and(|piece| piece == fragment.payload) {
            return Ok(());
        }
        let before = self.pieces.range(..fragment.offset).next_back();
        let after = self.pieces.range(fragment.offset..).next();
        let overlaps = before.is_some_and(|(at, piece)| at + piece.len() > fragment.offset)
            || after.is_some_and(|(at, _)| *at < end);
        let beyond = self.total.is_some_and(|total| end > total || (!fragment.more && end != total));
        if overlaps || beyond || end + fragment.header.len() > LONGEST {
            return Err(DropReason::FragmentOverlap);
        }
        if !fragment.more {
            self.total = Some(end);
        }
        if fragment.offset == 0 {
            self.header = Some(fragment.header.to_vec());
        }
        self.have += fragment.payload.len();
        self.pieces.insert(fragment.offset, fragment.payload.to_vec());
        Ok(())
    }

    fn cost(&self) -> usize {
        self.have + self.pieces.len() * OVERHEAD
    }
}

/// Writes the length of a packet that was put together into its header; and that it is no fragment.
fn mend(packet: &mut [u8]) {
    let length = packet.len();
    if packet[0] >> 4 == 4 {
        if let Ok((ip, header)) = ipv4::Repr::parse_header(packet) {
            let whole = ipv4::Repr { more_fragments: false, fragment_offset: 0, payload: length - ipv4::HEADER, ..ip };
            debug_assert_eq!(header, ipv4::HEADER, "options of fragments are left out");
            whole.emit(packet);
        }
    } else if let Ok(payload) = u16::try_from(length - ipv6::HEADER) {
        packet[4..6].copy_from_slice(&payload.to_be_bytes());
    }
}

impl Internet {
    /// A fragment arrived: gives the packet when it is whole now.
    pub(crate) fn reassemble(
        &mut self,
        fragment: &Fragment<'_>,
        ctx: &mut Context<'_>,
    ) -> Result<Option<Packet>, DropReason> {
        let odd = fragment.more && !fragment.payload.len().is_multiple_of(8);
        if odd || fragment.payload.is_empty() {
            return Err(DropReason::Malformed);
        }
        if self.reassembly.held + fragment.payload.len() + OVERHEAD > MOST {
            return Err(DropReason::BufferFull);
        }
        let patience = if fragment.key.source.is_ipv4() { PATIENCE } else { PATIENCE_V6 };
        let until = ctx.now + patience;
        let fresh = || Partial { pieces: BTreeMap::new(), header: None, total: None, have: 0, until, cause: None };
        let partial = self.reassembly.partial.entry(fragment.key).or_insert_with(fresh);
        partial.cause = ctx.cause;
        self.reassembly.held -= partial.cost();
        let added = partial.add(fragment);
        if added.is_err() {
            self.reassembly.partial.remove(&fragment.key);
            return added.map(|()| None);
        }
        if partial.total != Some(partial.have) {
            self.reassembly.held += partial.cost();
            self.reassembly.schedule(ctx);
            return Ok(None);
        }
        let Some(whole) = self.reassembly.partial.remove(&fragment.key) else { return Ok(None) };
        Ok(Some(assemble(&whole, ctx)))
    }

    /// The table's event came: packets that have waited too long are given up, and their senders told when the first fragment
    /// has come (RFC 792, RFC 4443 §3.3).
    pub(crate) fn reassembly_timeout(&mut self, ctx: &mut Context<'_>) {
        if !self.reassembly.timer.reached(ctx.now, ctx.queue, Event::Reassembly(ctx.node)) {
            return;
        }
        let now = ctx.now;
        let due: Vec<PacketKey> =
            self.reassembly.partial.iter().filter(|(_, partial)| partial.until <= now).map(|(key, _)| *key).collect();
        for key in due {
            let Some(partial) = self.reassembly.partial.remove(&key) else { continue };
            self.reassembly.held -= partial.cost();
            self.give_up_on(&partial, ctx);
        }
        self.reassembly.schedule(ctx);
    }

    fn give_up_on(&mut self, partial: &Partial, ctx: &mut Context<'_>) {
        ctx.cause = partial.cause;
        let mut start = partial.header.clone().unwrap_or_default();
        let known = start.len();
        start.extend(partial.pieces.get(&0).into_iter().flatten());
        ctx.follow(|| What::Dropped {
            frame: None,
            place: crate::trace::Place::Layer(crate::layer::Layer::Network),
            why: DropReason::ReassemblyTime,
            bytes: start.as_slice().into(),
        });
        if known > 0 {
            self.report(Problem::ReassemblyTime, &start, ctx);
        }
    }
}

impl Reassembly {
    fn schedule(&mut self, ctx: &mut Context<'_>) {
        // Few packets are in pieces at a time: to look at all is no cost.
        let next = self.partial.values().map(|partial| partial.until).min();
        self.timer.set(next, ctx.queue, Event::Reassembly(ctx.node));
    }
}

fn assemble(whole: &Partial, ctx: &mut Context<'_>) -> Packet {
    let header = whole.header.as_deref().unwrap_or_default();
    let mut packet = ctx.pool.take_for(header.len() + whole.have);
    packet.append(header.len()).copy_from_slice(header);
    for piece in whole.pieces.values() {
        packet.append(piece.len()).copy_from_slice(piece);
    }
    mend(packet.bytes_mut());
    let (fragments, length) = (whole.pieces.len(), packet.len());
    ctx.follow(|| What::Reassembled { fragments, length });
    packet
}
