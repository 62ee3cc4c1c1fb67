//! Dissection: the bytes of a frame as named fields with their places, after Wireshark's names.
//!
//! Absent on purpose: words for people. A field has a name that the catalogue of the page translates, and a value
//! in the field's own notation.

mod frame;
mod ip;
mod reader;
mod summary;
mod transport;

use core::ops::Range;

use crate::layer::Protocol;

pub use summary::summary;

/// The sections of a frame, in the order of their bytes. Every bit belongs to exactly one field. Bytes that are no legal header are
/// [`FieldName::Malformed`]; nothing here fails.
pub fn dissect(frame: &[u8]) -> Vec<Section> {
    frame::ethernet(frame)
}

/// A run of bytes that one protocol owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Whose bytes.
    pub protocol: Protocol,
    /// Where, in bytes from the start of the frame.
    pub bytes: Range<usize>,
    /// Its fields, in order of their places.
    pub fields: Vec<Field>,
}

/// One field of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Which field.
    pub name: FieldName,
    /// Where, in bits from the start of the frame.
    pub bits: Range<usize>,
    /// Its value, as Wireshark would write it, such as `0x0800` or `10.0.2.2`.
    pub value: String,
}

macro_rules! field_names {
    ($($name:ident $filter:literal $source:literal,)*) => {
        /// Every field that dissection can name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)]
        pub enum FieldName { $($name,)* }

        impl FieldName {
            /// Every field name there is.
            pub const ALL: &'static [FieldName] = &[$(FieldName::$name,)*];

            /// The name in Wireshark's display filters, such as `ip.ttl`.
            pub const fn filter(self) -> &'static str {
                match self { $(FieldName::$name => $filter,)* }
            }

            /// Where the field is defined, such as `RFC 791 §3.1`.
            pub const fn source(self) -> &'static str {
                match self { $(FieldName::$name => $source,)* }
            }
        }
    };
}

field_names! {
    EthDestination "eth.dst" "IEEE 802.3 §3.2.4",
    EthSource "eth.src" "IEEE 802.3 §3.2.5",
    EthType "eth.type" "IEEE 802.3 §3.2.6",
    ArpHardwareType "arp.hw.type" "RFC 826",
    ArpProtocolType "arp.proto.type" "RFC 826",
    ArpHardwareSize "arp.hw.size" "RFC 826",
    ArpProtocolSize "arp.proto.size" "RFC 826",
    ArpOpcode "arp.opcode" "RFC 826",
    ArpSenderMac "arp.src.hw_mac" "RFC 826",
    ArpSenderIp "arp.src.proto_ipv4" "RFC 826",
    ArpTargetMac "arp.dst.hw_mac" "RFC 826",
    ArpTargetIp "arp.dst.proto_ipv4" "RFC 826",
    IpVersion "ip.version" "RFC 791 §3.1",
    IpHeaderLength "ip.hdr_len" "RFC 791 §3.1",
    IpDscp "ip.dsfield.dscp" "RFC 2474 §3",
    IpEcn "ip.dsfield.ecn" "RFC 3168 §5",
    IpLength "ip.len" "RFC 791 §3.1",
    IpId "ip.id" "RFC 791 §3.1",
    IpReserved "ip.flags.rb" "RFC 791 §3.1",
    IpDontFragment "ip.flags.df" "RFC 791 §3.1",
    IpMoreFragments "ip.flags.mf" "RFC 791 §3.1",
    IpFragmentOffset "ip.frag_offset" "RFC 791 §3.1",
    IpTtl "ip.ttl" "RFC 791 §3.1",
    IpProtocol "ip.proto" "RFC 791 §3.1",
    IpChecksum "ip.checksum" "RFC 791 §3.1",
    IpSource "ip.src" "RFC 791 §3.1",
    IpDestination "ip.dst" "RFC 791 §3.1",
    IpOptions "ip.options" "RFC 791 §3.1",
    IcmpType "icmp.type" "RFC 792",
    IcmpCode "icmp.code" "RFC 792",
    IcmpChecksum "icmp.checksum" "RFC 792",
    IcmpIdentifier "icmp.ident" "RFC 792",
    IcmpSequence "icmp.seq" "RFC 792",
    IcmpUnused "icmp.unused" "RFC 792",
    IcmpData "data.data" "RFC 792",
    UdpSourcePort "udp.srcport" "RFC 768",
    UdpDestinationPort "udp.dstport" "RFC 768",
    UdpLength "udp.length" "RFC 768",
    UdpChecksum "udp.checksum" "RFC 768",
    TcpSourcePort "tcp.srcport" "RFC 9293 §3.1",
    TcpDestinationPort "tcp.dstport" "RFC 9293 §3.1",
    TcpSequence "tcp.seq_raw" "RFC 9293 §3.1",
    TcpAcknowledgment "tcp.ack_raw" "RFC 9293 §3.1",
    TcpHeaderLength "tcp.hdr_len" "RFC 9293 §3.1",
    TcpReserved "tcp.flags.res" "RFC 9293 §3.1",
    TcpCwr "tcp.flags.cwr" "RFC 3168 §6.1",
    TcpEce "tcp.flags.ece" "RFC 3168 §6.1",
    TcpUrg "tcp.flags.urg" "RFC 9293 §3.1",
    TcpAck "tcp.flags.ack" "RFC 9293 §3.1",
    TcpPsh "tcp.flags.push" "RFC 9293 §3.1",
    TcpRst "tcp.flags.reset" "RFC 9293 §3.1",
    TcpSyn "tcp.flags.syn" "RFC 9293 §3.1",
    TcpFin "tcp.flags.fin" "RFC 9293 §3.1",
    TcpWindow "tcp.window_size_value" "RFC 9293 §3.1",
    TcpChecksum "tcp.checksum" "RFC 9293 §3.1",
    TcpUrgentPointer "tcp.urgent_pointer" "RFC 9293 §3.1",
    TcpOptionEnd "tcp.options.eol" "RFC 9293 §3.2",
    TcpOptionNop "tcp.options.nop" "RFC 9293 §3.2",
    TcpOptionMss "tcp.options.mss_val" "RFC 9293 §3.7.1",
    TcpOptionWindowScale "tcp.options.wscale.shift" "RFC 7323 §2.2",
    TcpOptionSackPermitted "tcp.options.sack_perm" "RFC 2018 §2",
    TcpOptionSack "tcp.options.sack" "RFC 2018 §3",
    TcpOptionTimestamps "tcp.options.timestamp" "RFC 7323 §3.2",
    TcpOptionUnknown "tcp.options.unknown" "RFC 9293 §3.1",
    DataBytes "data.data" "RFC 9293 §3.1",
    Malformed "_ws.malformed" "RFC 9293 §3.1",
}
