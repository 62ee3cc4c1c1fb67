//! Parsers that others wrote agree with every frame that the simulator sends.

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use smoltcp::wire::{
    ArpPacket, EthernetFrame, EthernetProtocol, Icmpv4Packet, IpProtocol, Ipv4Packet, TcpPacket, UdpPacket,
};

use crate::dissection::all_kinds;

#[test]
fn etherparse_agrees() {
    for frame in all_kinds() {
        let sliced = SlicedPacket::from_ethernet(&frame).expect("etherparse reads it");
        let Some(NetSlice::Ipv4(ip)) = &sliced.net else {
            assert_eq!(frame.len(), 42, "all else is ARP");
            continue;
        };
        let header = ip.header().to_header();
        assert_eq!(header.header_checksum, header.calc_header_checksum());
        assert_eq!(usize::from(header.total_len), frame.len() - 14);
        match sliced.transport.expect("every packet has a transport header") {
            TransportSlice::Tcp(tcp) => {
                let right = tcp.calc_checksum_ipv4(header.source, header.destination).expect("short enough");
                assert_eq!(tcp.checksum(), right);
                assert!(tcp.options_iterator().all(|option| option.is_ok()), "legal options");
            }
            TransportSlice::Udp(udp) => {
                let right = udp.to_header().calc_checksum_ipv4_raw(header.source, header.destination, udp.payload());
                assert_eq!(udp.checksum(), right.expect("short enough"));
            }
            TransportSlice::Icmpv4(icmp) => {
                let right = icmp.icmp_type().calc_checksum(icmp.payload());
                assert_eq!(icmp.checksum(), right);
            }
            other => panic!("nothing here sends {other:?}"),
        }
    }
}

#[test]
fn smoltcp_agrees() {
    for frame in all_kinds() {
        let frame = EthernetFrame::new_checked(&frame).expect("Ethernet");
        if frame.ethertype() == EthernetProtocol::Arp {
            ArpPacket::new_checked(frame.payload()).expect("ARP");
            continue;
        }
        let ip = Ipv4Packet::new_checked(frame.payload()).expect("IPv4");
        assert!(ip.verify_checksum());
        let (source, destination) = (ip.src_addr().into(), ip.dst_addr().into());
        match ip.next_header() {
            IpProtocol::Tcp => {
                let tcp = TcpPacket::new_checked(ip.payload()).expect("TCP");
                assert!(tcp.verify_checksum(&source, &destination));
                let ours =
                    sim_core::wire::tcp::Repr::parse(ip.payload(), ip.src_addr(), ip.dst_addr()).expect("ours").0;
                assert_eq!((tcp.src_port(), tcp.dst_port()), (ours.source, ours.destination));
                assert_eq!((tcp.seq_number().0 as u32, tcp.window_len()), (ours.seq, ours.window));
                assert_eq!((tcp.syn(), tcp.fin(), tcp.rst(), tcp.psh()), flags(ours.flags));
            }
            IpProtocol::Udp => {
                let udp = UdpPacket::new_checked(ip.payload()).expect("UDP");
                assert!(udp.verify_checksum(&source, &destination));
            }
            IpProtocol::Icmp => {
                assert!(Icmpv4Packet::new_checked(ip.payload()).expect("ICMP").verify_checksum());
            }
            other => panic!("nothing here sends {other}"),
        }
    }
}

fn flags(flags: sim_core::wire::tcp::Flags) -> (bool, bool, bool, bool) {
    use sim_core::wire::tcp::Flags;
    (flags.has(Flags::SYN), flags.has(Flags::FIN), flags.has(Flags::RST), flags.has(Flags::PSH))
}
