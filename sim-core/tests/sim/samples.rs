//! One frame or more of every protocol that has a codec here, made by our own emitters: what dissection, the other parsers and the
//! fuzzer are tried on. The fuzzer includes this file, so it uses nothing but the simulator's public interface.
//!
//! Absent on purpose: TCP and ARP, which runs of the simulator give.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sim_core::wire::dhcp::{self, MessageType};
use sim_core::wire::dns::{self, Class, Data, Kind, Message, Record, ResponseCode, Soa};
use sim_core::wire::icmp::{TimeExceeded, Unreachable};
use sim_core::wire::ipv6_extension::Fragment;
use sim_core::wire::membership::{Querier, Record as Membership, RecordKind};
use sim_core::wire::ndp::{Prefix, RouterAdvertisement};
use sim_core::wire::{
    ethernet, icmp, icmpv6, igmp, ipv4, ipv4_option, ipv6, ipv6_extension, mld, ndp, tcp, tcp_option, udp,
};

pub(crate) const MAC: ethernet::Mac = [2, 0, 0, 0, 0, 1];
pub(crate) const PEER_MAC: ethernet::Mac = [2, 0, 0, 0, 0, 2];
pub(crate) const V4: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
pub(crate) const PEER_V4: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
pub(crate) const V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
pub(crate) const PEER_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);
pub(crate) const LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);

fn ethernet(destination: ethernet::Mac, ethertype: u16, packet: &[u8]) -> Vec<u8> {
    let mut frame = vec![0; ethernet::HEADER];
    ethernet::Repr { destination, source: MAC, ethertype }.emit(&mut frame);
    frame.extend(packet);
    frame
}

pub(crate) fn ipv4_header(protocol: u8, destination: Ipv4Addr, payload: usize) -> ipv4::Repr {
    ipv4::Repr {
        traffic_class: 0,
        id: 0x1234,
        dont_fragment: false,
        more_fragments: false,
        fragment_offset: 0,
        ttl: 64,
        protocol,
        source: V4,
        destination,
        payload,
    }
}

/// A frame with an IPv4 packet.
pub(crate) fn in_ipv4(header: ipv4::Repr, options: &ipv4_option::Options, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0; ipv4::HEADER + options.len()];
    header.emit_with(options, &mut packet);
    packet.extend(payload);
    let group = header.destination.is_multicast();
    let mac = if group { ethernet::multicast_v4(header.destination) } else { PEER_MAC };
    ethernet(mac, ethernet::TYPE_IPV4, &packet)
}

/// A frame with an IPv6 packet; `extensions` stand before the payload and count as part of it.
pub(crate) fn in_ipv6(next_header: u8, destination: Ipv6Addr, extensions: &[u8], payload: &[u8]) -> Vec<u8> {
    let local = destination.is_multicast();
    let header = ipv6::Repr {
        traffic_class: 0,
        flow_label: 0xabcde,
        next_header,
        hop_limit: if local { 255 } else { 64 },
        source: if local { LINK_LOCAL } else { V6 },
        destination,
        payload: extensions.len() + payload.len(),
    };
    let mut packet = vec![0; ipv6::HEADER];
    header.emit(&mut packet);
    packet.extend(extensions);
    packet.extend(payload);
    let mac = if local { ethernet::multicast_v6(destination) } else { PEER_MAC };
    ethernet(mac, ethernet::TYPE_IPV6, &packet)
}

/// A frame with a UDP datagram between addresses of one family.
pub(crate) fn in_udp(v6: bool, (source, destination): (u16, u16), payload: &[u8]) -> Vec<u8> {
    let mut datagram = vec![0; udp::HEADER];
    datagram.extend(payload);
    let repr = udp::Repr { source, destination, payload: payload.len() };
    if v6 {
        repr.emit(&mut datagram, V6, PEER_V6);
        in_ipv6(ipv4::PROTOCOL_UDP, PEER_V6, &[], &datagram)
    } else {
        repr.emit(&mut datagram, V4, PEER_V4);
        in_ipv4(ipv4_header(ipv4::PROTOCOL_UDP, PEER_V4, datagram.len()), &ipv4_option::Options::default(), &datagram)
    }
}

/// A frame with a TCP segment between addresses of one family.
pub(crate) fn in_tcp(v6: bool, (source, destination): (u16, u16), payload: &[u8]) -> Vec<u8> {
    let options = tcp_option::Options { timestamps: Some((1, 2)), ..tcp_option::Options::default() };
    let flags = tcp::Flags::PSH | tcp::Flags::ACK;
    let repr = tcp::Repr { source, destination, seq: 1, ack: 2, flags, window: 502, urgent: 0, options };
    let mut segment = vec![0; repr.header_len()];
    segment.extend(payload);
    if v6 {
        repr.emit(&mut segment, V6, PEER_V6);
        in_ipv6(ipv4::PROTOCOL_TCP, PEER_V6, &[], &segment)
    } else {
        repr.emit(&mut segment, V4, PEER_V4);
        in_ipv4(ipv4_header(ipv4::PROTOCOL_TCP, PEER_V4, segment.len()), &ipv4_option::Options::default(), &segment)
    }
}

/// What an error quotes: the start of a UDP packet.
fn quoted(v6: bool) -> Vec<u8> {
    in_udp(v6, (40_000, 9), &[7; 12])[ethernet::HEADER..].to_vec()
}

/// Messages of ICMP, each with its data.
pub(crate) fn icmp_messages() -> Vec<(icmp::Repr, Vec<u8>)> {
    let mut messages = vec![
        (icmp::Repr::EchoRequest { identifier: 1, sequence: 2 }, vec![0x61; 8]),
        (icmp::Repr::EchoReply { identifier: 1, sequence: 2 }, vec![0x61; 8]),
        (icmp::Repr::Redirect { code: 1, gateway: PEER_V4 }, quoted(false)),
        (icmp::Repr::TimeExceeded(TimeExceeded::InTransit), quoted(false)),
        (icmp::Repr::TimeExceeded(TimeExceeded::Reassembly), quoted(false)),
        (icmp::Repr::ParameterProblem { code: 0, pointer: 20 }, quoted(false)),
        (icmp::Repr::Other { kind: 42, code: 0, rest: [0, 1, 0, 2] }, vec![0; 12]),
    ];
    messages.extend((0..17).map(|code| (icmp::Repr::Unreachable(Unreachable::from_code(code, 1400)), quoted(false))));
    messages
}

/// Messages of IGMP, and the groups they are sent to.
pub(crate) fn igmp_messages() -> Vec<(igmp::Repr, Ipv4Addr)> {
    let group = Ipv4Addr::new(239, 1, 2, 3);
    let every = Ipv4Addr::UNSPECIFIED;
    let querier = Querier { suppress: true, robustness: 2, interval: 125, sources: vec![V4, PEER_V4] };
    let records = RecordKind::ALL.map(|kind| Membership { kind, group, sources: vec![V4; kind as usize % 3] });
    vec![
        (igmp::Repr::Query { max_response: 100, group: every, querier: None }, igmp::ALL_SYSTEMS),
        (igmp::Repr::Query { max_response: 10, group, querier: Some(querier) }, group),
        (igmp::Repr::ReportV1(group), group),
        (igmp::Repr::ReportV2(group), group),
        (igmp::Repr::Leave(group), igmp::ALL_ROUTERS),
        (igmp::Repr::ReportV3(records.to_vec()), igmp::ALL_V3_ROUTERS),
    ]
}

/// Messages of ICMPv6, each with its data.
pub(crate) fn icmpv6_messages() -> Vec<(icmpv6::Repr, Vec<u8>)> {
    use icmpv6::Repr;
    let mut messages = vec![
        (Repr::PacketTooBig { mtu: 1280 }, quoted(true)),
        (Repr::TimeExceeded(icmpv6::TimeExceeded::InTransit), quoted(true)),
        (Repr::TimeExceeded(icmpv6::TimeExceeded::Reassembly), quoted(true)),
        (Repr::ParameterProblem { code: 1, pointer: 6 }, quoted(true)),
        (Repr::EchoRequest { identifier: 1, sequence: 2 }, vec![0x61; 8]),
        (Repr::EchoReply { identifier: 1, sequence: 2 }, vec![0x61; 8]),
        (Repr::Other { kind: 200, code: 1, rest: [1, 2, 3, 4] }, vec![5; 3]),
    ];
    let unreachable = |code| (Repr::Unreachable(icmpv6::Unreachable::from_code(code)), quoted(true));
    messages.extend((0..8).map(unreachable));
    messages.extend(neighbor_messages().into_iter().map(|neighbor| (Repr::Neighbor(neighbor), Vec::new())));
    messages.extend(listener_messages().into_iter().map(|listener| (Repr::Listener(listener), Vec::new())));
    messages
}

fn neighbor_messages() -> Vec<ndp::Repr> {
    let prefix = Prefix {
        length: 64,
        on_link: true,
        autonomous: true,
        valid: 86_400,
        preferred: 14_400,
        prefix: Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0),
    };
    let advertisement = RouterAdvertisement {
        hop_limit: 64,
        managed: false,
        other: true,
        lifetime: 1800,
        reachable_time: 30_000,
        retransmission_timer: 1000,
        source_link: Some(MAC),
        mtu: Some(1500),
        prefixes: vec![prefix],
    };
    vec![
        ndp::Repr::RouterSolicitation { source_link: Some(MAC) },
        ndp::Repr::RouterAdvertisement(advertisement),
        ndp::Repr::RouterAdvertisement(RouterAdvertisement::default()),
        ndp::Repr::NeighborSolicitation { target: PEER_V6, source_link: Some(MAC) },
        ndp::Repr::NeighborSolicitation { target: V6, source_link: None },
        ndp::Repr::NeighborAdvertisement {
            router: false,
            solicited: true,
            overrides: true,
            target: PEER_V6,
            target_link: Some(PEER_MAC),
        },
        ndp::Repr::Redirect { target: LINK_LOCAL, destination: PEER_V6, target_link: Some(PEER_MAC) },
    ]
}

fn listener_messages() -> Vec<mld::Repr> {
    let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb);
    let querier = Querier { suppress: false, robustness: 2, interval: 125, sources: vec![V6] };
    let records = RecordKind::ALL.map(|kind| Membership { kind, group, sources: vec![PEER_V6; kind as usize % 3] });
    vec![
        mld::Repr::Query { max_response: 10_000, group: Ipv6Addr::UNSPECIFIED, querier: None },
        mld::Repr::Query { max_response: 1000, group, querier: Some(querier) },
        mld::Repr::Report(group),
        mld::Repr::Done(group),
        mld::Repr::ReportV2(records.to_vec()),
    ]
}

/// An exchange of DHCP, and one message with nothing in it.
pub(crate) fn dhcp_messages() -> Vec<dhcp::Repr> {
    let empty = dhcp::Repr {
        message: MessageType::Inform,
        hops: 0,
        transaction: 0x3903_f326,
        seconds: 1,
        broadcast: true,
        client: Ipv4Addr::UNSPECIFIED,
        yours: Ipv4Addr::UNSPECIFIED,
        next_server: Ipv4Addr::UNSPECIFIED,
        relay: Ipv4Addr::UNSPECIFIED,
        client_mac: MAC,
        options: dhcp::Options::default(),
    };
    let wishes = dhcp::Options {
        host_name: b"client".to_vec(),
        requested: Some(V4),
        parameters: vec![1, 3, 6, 15],
        longest: Some(1500),
        client_id: vec![1, 2, 0, 0, 0, 0, 1],
        ..dhcp::Options::default()
    };
    let given = dhcp::Options {
        subnet_mask: Some(Ipv4Addr::new(255, 255, 255, 0)),
        routers: vec![PEER_V4],
        dns_servers: vec![PEER_V4, Ipv4Addr::new(10, 0, 0, 53)],
        lease: Some(3600),
        server: Some(PEER_V4),
        renewal: Some(1800),
        rebinding: Some(3150),
        ..dhcp::Options::default()
    };
    let of = |message, options: &dhcp::Options| dhcp::Repr { message, options: options.clone(), ..empty.clone() };
    let offer = dhcp::Repr { yours: V4, relay: PEER_V4, hops: 1, ..of(MessageType::Offer, &given) };
    vec![of(MessageType::Discover, &wishes), offer.clone(), dhcp::Repr { message: MessageType::Ack, ..offer }, empty]
}

/// Questions and answers of DNS.
pub(crate) fn dns_messages() -> Vec<Message> {
    let name = |text: &str| text.parse().expect("a name");
    let record = |text: &str, data| Record { name: name(text), class: Class::IN, ttl: 300, data };
    let question = Message::question(0x1234, name("www.example.com"), Kind::A);
    let mut answer = question.answer(ResponseCode::NoError);
    answer.answers = vec![
        record("www.example.com", Data::Cname(name("web.example.com"))),
        record("web.example.com", Data::A(V4)),
        record("web.example.com", Data::Aaaa(V6)),
    ];
    answer.authorities = vec![record("example.com", Data::Ns(name("ns.example.com")))];
    answer.additionals = vec![record("", Data::Other(Kind::OPT, vec![0, 3, 0, 0]))];
    let mut negative = question.answer(ResponseCode::NameError);
    negative.authorities = vec![record(
        "example.com",
        Data::Soa(Soa {
            server: name("ns.example.com"),
            mailbox: name("admin.example.com"),
            serial: 2026,
            refresh: 7200,
            retry: 3600,
            expire: 1_209_600,
            minimum: 60,
        }),
    )];
    let mut pointer = Message::question(7, dns::Name::reverse(IpAddr::V4(V4)), Kind::PTR).answer(ResponseCode::NoError);
    pointer.answers = vec![Record {
        name: dns::Name::reverse(IpAddr::V4(V4)),
        class: Class::IN,
        ttl: 60,
        data: Data::Ptr(name("client.example")),
    }];
    let mut cut = question.answer(ResponseCode::Refused);
    cut.header.truncated = true;
    cut.header.authoritative = true;
    vec![question, answer, negative, pointer, cut]
}

/// Every frame, with a name for messages.
pub(crate) fn samples() -> Vec<(String, Vec<u8>)> {
    let mut frames = Vec::new();
    let none = ipv4_option::Options::default();
    for (repr, data) in icmp_messages() {
        let mut message = vec![0; icmp::HEADER];
        message.extend(data);
        repr.emit(&mut message);
        let header = ipv4_header(ipv4::PROTOCOL_ICMP, PEER_V4, message.len());
        frames.push((repr.to_string(), in_ipv4(header, &none, &message)));
    }
    let alert = ipv4_option::Options { router_alert: Some(0) };
    for (repr, group) in igmp_messages() {
        let mut message = vec![0; repr.len()];
        repr.emit(&mut message);
        let header = ipv4::Repr { ttl: 1, ..ipv4_header(ipv4::PROTOCOL_IGMP, group, message.len()) };
        frames.push((repr.to_string(), in_ipv4(header, &alert, &message)));
    }
    for (repr, data) in icmpv6_messages() {
        frames.push((repr.to_string(), icmpv6_frame(&repr, &data)));
    }
    for repr in dhcp_messages() {
        let ports = (dhcp::CLIENT_PORT, dhcp::SERVER_PORT);
        frames.push((repr.to_string(), in_udp(false, ports, &repr.emit())));
    }
    for (index, message) in dns_messages().into_iter().enumerate() {
        let port = if index % 2 == 0 { dns::PORT } else { dns::MULTICAST_PORT };
        frames.push((message.to_string(), in_udp(index % 2 == 0, (40_000, port), &message.emit(index % 3 > 0))));
    }
    let request = b"GET / HTTP/1.1\r\nHost: 10.0.0.2\r\nUser-Agent: curl/8.5.0\r\n\r\n";
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    frames.push(("HTTP request".into(), in_tcp(false, (40_000, 80), request)));
    frames.push(("HTTP response".into(), in_tcp(true, (8080, 40_000), answer)));
    frames.extend(extension_frames());
    frames
}

/// A frame with an ICMPv6 message. Listeners' messages have their router alert.
pub(crate) fn icmpv6_frame(repr: &icmpv6::Repr, data: &[u8]) -> Vec<u8> {
    let (destination, alert) = match repr {
        icmpv6::Repr::Listener(_) => (mld::ALL_V2_ROUTERS, true),
        icmpv6::Repr::Neighbor(_) => (ipv6::solicited_node(PEER_V6), false),
        _ => (PEER_V6, false),
    };
    let source = if destination.is_multicast() { LINK_LOCAL } else { V6 };
    let mut message = vec![0; repr.header_len()];
    message.extend(data);
    repr.emit(&mut message, source, destination);
    if !alert {
        return in_ipv6(ipv6::PROTOCOL_ICMPV6, destination, &[], &message);
    }
    let mut extension = [0; ipv6_extension::ROUTER_ALERT_HEADER];
    ipv6_extension::emit_router_alert(ipv6::PROTOCOL_ICMPV6, 0, &mut extension);
    in_ipv6(ipv6::HOP_BY_HOP, destination, &extension, &message)
}

/// Fragments of both families, and a packet with every extension header.
fn extension_frames() -> Vec<(String, Vec<u8>)> {
    let none = ipv4_option::Options::default();
    let first = ipv4::Repr { more_fragments: true, ..ipv4_header(ipv4::PROTOCOL_UDP, PEER_V4, 16) };
    let last = ipv4::Repr { fragment_offset: 2, ..ipv4_header(ipv4::PROTOCOL_UDP, PEER_V4, 8) };
    let whole = &in_udp(false, (40_000, 9), &[7; 16])[ethernet::HEADER + ipv4::HEADER..];
    let datagram = &in_udp(true, (40_000, 9), &[7; 16])[ethernet::HEADER + ipv6::HEADER..];
    let fragment = |offset, more| {
        let mut header = [0; ipv6_extension::FRAGMENT_HEADER];
        Fragment { id: 0xdead_beef, offset, more }.emit(ipv4::PROTOCOL_UDP, &mut header);
        header
    };
    // Hop-by-hop with an unknown option to be skipped, destination options, a routing header with nothing left.
    let mut chain = vec![60, 0, 0x1e, 2, 0xaa, 0xbb, 1, 0];
    chain.extend([43, 0, 0, 0, 1, 2, 0, 0]);
    chain.extend([44, 0, 253, 0, 0, 0, 0, 0]);
    chain.extend(fragment(0, false));
    vec![
        ("first IPv4 fragment".into(), in_ipv4(first, &none, &whole[..16])),
        ("last IPv4 fragment".into(), in_ipv4(last, &none, &whole[16..])),
        ("first IPv6 fragment".into(), in_ipv6(ipv6::FRAGMENT, PEER_V6, &fragment(0, true), &datagram[..16])),
        ("last IPv6 fragment".into(), in_ipv6(ipv6::FRAGMENT, PEER_V6, &fragment(2, false), &datagram[16..])),
        ("every extension header".into(), in_ipv6(ipv6::HOP_BY_HOP, PEER_V6, &chain, datagram)),
    ]
}
