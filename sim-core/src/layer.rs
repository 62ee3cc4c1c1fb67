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
    /// Internet Protocol, version 6 (RFC 8200), with its extension headers.
    Ipv6,
    /// Internet Control Message Protocol (RFC 792).
    Icmp,
    /// Internet Control Message Protocol for IPv6 (RFC 4443), with Neighbor Discovery and Multicast Listener Discovery.
    Icmpv6,
    /// Internet Group Management Protocol (RFC 3376).
    Igmp,
    /// User Datagram Protocol (RFC 768).
    Udp,
    /// Transmission Control Protocol (RFC 9293).
    Tcp,
    /// Dynamic Host Configuration Protocol (RFC 2131).
    Dhcp,
    /// Domain Name System (RFC 1035), multicast DNS too.
    Dns,
    /// Hypertext Transfer Protocol (RFC 9112).
    Http,
    /// Bytes of a program.
    Data,
}

impl Protocol {
    /// The layer that it is of. ARP and the messages about the network are taken with the network layer, which uses them.
    pub const fn layer(self) -> Layer {
        match self {
            Protocol::Ethernet => Layer::DataLink,
            Protocol::Arp | Protocol::Ipv4 | Protocol::Ipv6 | Protocol::Icmp | Protocol::Icmpv6 | Protocol::Igmp => {
                Layer::Network
            }
            Protocol::Udp | Protocol::Tcp => Layer::Transport,
            Protocol::Dhcp | Protocol::Dns | Protocol::Http | Protocol::Data => Layer::Application,
        }
    }

    /// The name as Wireshark writes it in its protocol column.
    pub const fn name(self) -> &'static str {
        match self {
            Protocol::Ethernet => "Ethernet",
            Protocol::Arp => "ARP",
            Protocol::Ipv4 => "IPv4",
            Protocol::Ipv6 => "IPv6",
            Protocol::Icmp => "ICMP",
            Protocol::Icmpv6 => "ICMPv6",
            Protocol::Igmp => "IGMP",
            Protocol::Udp => "UDP",
            Protocol::Tcp => "TCP",
            Protocol::Dhcp => "DHCP",
            Protocol::Dns => "DNS",
            Protocol::Http => "HTTP",
            Protocol::Data => "Data",
        }
    }
}
