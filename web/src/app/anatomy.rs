//! Where the layers of a frame begin: what it takes to draw thousands of frames, and to leave out those that have nothing of a layer.
//!
//! Absent on purpose: values and names of fields (see `sim_core::dissect`), and frames that are broken: they have the layers
//! that can be found.

use core::ops::Range;

use sim_core::layer::{Layer, Protocol};

use super::index::Frame;
use sim_core::gateway::LinkType;

/// The layers of a frame. Each part ends where the frame does, without padding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anatomy {
    /// Where the network layer's header begins, and whose it is.
    pub network: Option<(usize, Protocol)>,
    /// Where the transport layer's header begins, and whose it is.
    pub transport: Option<(usize, Protocol)>,
    /// Where a program's bytes begin, when there are any.
    pub payload: Option<usize>,
    /// Where all of them end.
    pub end: usize,
}

const ETHERNET: usize = 14;

impl Anatomy {
    /// The layers of a frame.
    pub fn of(frame: &Frame) -> Anatomy {
        let bytes = &frame.bytes[..];
        match frame.real {
            Some(real) if real.link_type == LinkType::Ip => Anatomy::default().packet(bytes, 0),
            _ => Anatomy::of_bytes(bytes),
        }
    }

    /// The layers of an Ethernet frame.
    pub fn of_bytes(bytes: &[u8]) -> Anatomy {
        let anatomy = Anatomy { end: bytes.len(), ..Anatomy::default() };
        match bytes.get(12..ETHERNET) {
            Some([0x08, 0x06]) => Anatomy { network: Some((ETHERNET, Protocol::Arp)), ..anatomy },
            Some([0x08, 0x00] | [0x86, 0xdd]) => anatomy.packet(bytes, ETHERNET),
            _ => anatomy,
        }
    }

    fn packet(mut self, bytes: &[u8], start: usize) -> Anatomy {
        self.end = bytes.len();
        let packet = bytes.get(start..).unwrap_or_default();
        let word =
            |at: usize| packet.get(at..at + 2).map_or(0, |pair| usize::from(pair[0]) << 8 | usize::from(pair[1]));
        let (protocol, header, length, number) = match packet.first().map(|first| (first >> 4, first & 15)) {
            Some((4, words)) => {
                // RFC 791 §3.1: a later fragment has no header of the transport layer.
                let number = if word(6) & 0x1fff == 0 { packet.get(9) } else { None };
                (Protocol::Ipv4, usize::from(words) * 4, word(2), number)
            }
            Some((6, _)) => (Protocol::Ipv6, 40, word(4) + 40, packet.get(6)),
            _ => return self,
        };
        self.network = Some((start, protocol));
        if (header..=packet.len()).contains(&length) {
            self.end = start + length;
        }
        let transport = start + header;
        let (protocol, header) = match number {
            Some(6) => {
                let words = bytes.get(transport + 12).map_or(0, |byte| usize::from(byte >> 4));
                (Protocol::Tcp, words * 4)
            }
            Some(17) => (Protocol::Udp, 8),
            // The messages about the network are the network layer's own.
            Some(1) => return Anatomy { network: Some((start, Protocol::Icmp)), ..self },
            Some(58) => return Anatomy { network: Some((start, Protocol::Icmpv6)), ..self },
            Some(2) => return Anatomy { network: Some((start, Protocol::Igmp)), ..self },
            _ => return self,
        };
        self.transport = Some((transport, protocol));
        self.payload = Some(transport + header).filter(|payload| *payload < self.end);
        self
    }

    /// The highest protocol that has a header in it.
    pub fn protocol(&self) -> Protocol {
        self.transport.or(self.network).map_or(Protocol::Ethernet, |(_, protocol)| protocol)
    }

    /// What a layer carries: its header and all that follows; `None` where the frame has nothing of this layer.
    pub fn part(&self, layer: Layer) -> Option<Range<usize>> {
        let start = match layer {
            Layer::Physical | Layer::DataLink => Some(0),
            Layer::Network => self.network.map(|(start, _)| start),
            Layer::Transport => self.transport.map(|(start, _)| start),
            // Nobody here has bytes of these two.
            Layer::Session | Layer::Presentation => None,
            Layer::Application => self.payload,
        };
        start.map(|start| start..self.end.max(start))
    }
}

/// For a TCP segment that has a number to be acknowledged: the number after its last one, and whether it is a SYN.
pub(super) fn numbered(bytes: &[u8]) -> Option<(u32, bool)> {
    let anatomy = Anatomy::of_bytes(bytes);
    let (start, Protocol::Tcp) = anatomy.transport? else { return None };
    let seq = u32::from_be_bytes(*bytes.get(start + 4..)?.first_chunk()?);
    let flags = *bytes.get(start + 13)?;
    let data = anatomy.payload.map_or(0, |payload| anatomy.end - payload) as u32;
    let (fin, syn) = (u32::from(flags & 1), u32::from(flags >> 1 & 1));
    let length = data + syn + fin;
    (length > 0).then(|| (seq.wrapping_add(length), syn == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ethernet, IPv4 of 20 bytes, TCP of 20, two bytes of data, four of padding.
    fn segment() -> Vec<u8> {
        let mut bytes = vec![0; 60];
        bytes[12] = 8;
        bytes[14] = 0x45;
        bytes[17] = 42;
        bytes[23] = 6;
        bytes[38..42].copy_from_slice(&u32::MAX.to_be_bytes());
        bytes[46] = 0x50;
        bytes
    }

    #[test]
    fn each_layer_begins_where_the_one_above_ends() {
        let anatomy = Anatomy::of_bytes(&segment());
        let part = |layer| anatomy.part(layer);
        assert_eq!(part(Layer::DataLink), Some(0..56));
        assert_eq!(part(Layer::Network), Some(14..56));
        assert_eq!(part(Layer::Transport), Some(34..56));
        assert_eq!(part(Layer::Session), None);
        assert_eq!(part(Layer::Application), Some(54..56));
        assert_eq!(anatomy.protocol(), Protocol::Tcp);
        assert_eq!(numbered(&segment()), Some((1, false)), "numbers begin again after the last");
    }

    #[test]
    fn any_bytes_have_layers_within_them() {
        let whole = segment();
        for length in 0..whole.len() {
            for value in [0, 0x45, 0x4f, 0x60, 0xff] {
                let mut bytes = whole[..length].to_vec();
                if let Some(first) = bytes.get_mut(14) {
                    *first = value;
                }
                let anatomy = Anatomy::of_bytes(&bytes);
                assert!(anatomy.end <= length.max(anatomy.network.map_or(0, |(start, _)| start)));
                numbered(&bytes);
            }
        }
    }
}
