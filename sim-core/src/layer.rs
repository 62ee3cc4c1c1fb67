//! The seven layers of the OSI model and the protocols that put headers on real bytes.
//!
//! Absent on purpose: code for layers 5 and 6. No program here has bytes there, and the page says so.

/// A layer of the OSI reference model (ISO/IEC 7498-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Layer {
    Physical = 1,
    DataLink = 2,
    Network = 3,
    Transport = 4,
    Session = 5,
    Presentation = 6,
    Application = 7,
}

impl Layer {
    /// From layer 7 down to layer 1.
    pub const TOP_DOWN: [Layer; 7] = [
        Layer::Application,
        Layer::Presentation,
        Layer::Session,
        Layer::Transport,
        Layer::Network,
        Layer::DataLink,
        Layer::Physical,
    ];

    /// The layer's number, 1 to 7.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// A protocol with a header of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Ethernet II (IEEE 802.3).
    Ethernet,
    /// Address Resolution Protocol (RFC 826).
    Arp,
    /// Internet Protocol, version 4 (RFC 791).
    Ipv4,
    /// Internet Control Message Protocol (RFC 792).
    Icmp,
    /// User Datagram Protocol (RFC 768).
    Udp,
    /// Transmission Control Protocol (RFC 9293).
    Tcp,
    /// Bytes of a program.
    Data,
}

impl Protocol {
    /// The name as Wireshark writes it in its protocol column.
    pub const fn name(self) -> &'static str {
        match self {
            Protocol::Ethernet => "Ethernet",
            Protocol::Arp => "ARP",
            Protocol::Ipv4 => "IPv4",
            Protocol::Icmp => "ICMP",
            Protocol::Udp => "UDP",
            Protocol::Tcp => "TCP",
            Protocol::Data => "Data",
        }
    }
}
