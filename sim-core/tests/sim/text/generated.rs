//! Experiments of any shape, made by chance: what is written of them is read as the same one.
//!
//! Absent on purpose: experiments that cannot be (they are refused when they are read, and the mistakes have tests of their own).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use sim_core::app::Builtin;
use sim_core::program::{
    Address as SocketAddress, CongestionControl, Events, Family, Foreign, Membership, MessageFlags, MtuDiscovery,
    MulticastInterface, OpenFlags, OptionName, Script, Shutdown, Slot, SocketOption, SocketType, Spec, Step,
};
use sim_core::scenario::{
    Address, End, Experiment, Faults, File, HostSettings, Interface, Link, Nat, Node, NodeKind, Planned, PortMap,
    PortProtocol, Program, Scenario, text,
};
use sim_core::time::Instant;
use sim_core::trace::{FrameId, LinkId, NodeId};

fn span() -> impl Strategy<Value = Duration> {
    let units = prop::sample::select(vec![1_u64, 1000, 1_000_000, 1_000_000_000, 60_000_000_000]);
    (0_u64..5000, units).prop_map(|(number, unit)| Duration::from_nanos(number * unit))
}

fn instant() -> impl Strategy<Value = Instant> {
    span().prop_map(|span| Instant::ZERO + span)
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z][a-z0-9-]{0,8}", "[伺服器客戶端é -~]{1,6}", "\\PC{1,6}"]
}

fn places() -> impl Strategy<Value = Vec<u64>> {
    vec(1_u64..40, 0..6)
}

fn share() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), 0_u32..=1_000_000]
}

fn faults() -> impl Strategy<Value = Faults> {
    let shares = (share(), share(), share(), share());
    let lists = (places(), places(), places(), places());
    (any::<bool>(), shares, lists, 0_u32..5, span(), vec(span(), 0..4), vec(span(), 0..4)).prop_map(
        |(down, shares, lists, burst, reorder_by, late, arrive)| Faults {
            down,
            loss_ppm: shares.0,
            burst: if shares.0 > 500_000 { 0 } else { burst },
            lose: lists.0,
            duplicate_ppm: shares.1,
            duplicate: lists.1,
            corrupt_ppm: shares.2,
            corrupt: lists.2,
            reorder_ppm: shares.3,
            reorder: lists.3,
            reorder_by,
            late,
            arrive,
        },
    )
}

fn ip() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|ip| IpAddr::V4(Ipv4Addr::from_bits(ip))),
        any::<u128>().prop_map(|ip| IpAddr::V6(Ipv6Addr::from_bits(ip))),
    ]
}

fn inet() -> impl Strategy<Value = SocketAddr> {
    (ip(), any::<u16>()).prop_map(SocketAddr::from)
}

fn socket_address() -> impl Strategy<Value = SocketAddress> {
    prop_oneof![
        4 => inet().prop_map(SocketAddress::Inet),
        1 => "/[a-z/.]{0,8}".prop_map(|path| SocketAddress::unix(&path)),
        1 => "\\PC{0,5}".prop_map(|path| SocketAddress::unix(&path)),
        1 => "[a-z]{0,5}".prop_map(|name| SocketAddress::unix(&format!("\0{name}"))),
        1 => Just(SocketAddress::Unnamed),
    ]
}

fn data() -> impl Strategy<Value = Arc<[u8]>> {
    prop_oneof![
        vec(any::<u8>(), 0..20).prop_map(Arc::from),
        "\\PC{0,8}".prop_map(|text| Arc::from(text.as_bytes())),
        (20_usize..200).prop_map(|length| (b'a'..=b'z').cycle().take(length).collect()),
    ]
}

fn flags() -> impl Strategy<Value = MessageFlags> {
    prop::sample::select(vec![
        MessageFlags::PEEK,
        MessageFlags::MORE,
        MessageFlags::DONTWAIT | MessageFlags::TRUNC,
        MessageFlags::OOB,
    ])
}

fn events() -> impl Strategy<Value = Events> {
    prop::sample::select(vec![Events::NONE, Events::IN, Events::IN | Events::OUT, Events::RDHUP | Events::HUP])
}

fn kind() -> impl Strategy<Value = SocketType> {
    prop::sample::select(vec![SocketType::Stream, SocketType::Datagram, SocketType::Icmp])
}

fn family() -> impl Strategy<Value = Family> {
    prop::sample::select(vec![Family::Inet, Family::Inet6, Family::Unix])
}

fn slot() -> impl Strategy<Value = Slot> {
    prop_oneof![(0_u8..4).prop_map(Slot), any::<u8>().prop_map(Slot)]
}

fn socket_option() -> impl Strategy<Value = SocketOption> {
    let interface = prop_oneof![
        Just(MulticastInterface::Any),
        any::<u32>().prop_map(|ip| MulticastInterface::Address(Ipv4Addr::from_bits(ip))),
        any::<u32>().prop_map(MulticastInterface::Index),
    ];
    let membership = (any::<u32>(), interface.clone())
        .prop_map(|(group, interface)| Membership { group: Ipv4Addr::from_bits(group).into(), interface });
    prop_oneof![
        any::<bool>().prop_map(SocketOption::ReuseAddress),
        any::<bool>().prop_map(SocketOption::V6Only),
        option::of(span()).prop_map(SocketOption::Linger),
        any::<u32>().prop_map(SocketOption::ReceiveBuffer),
        option::of(span()).prop_map(SocketOption::ReceiveTimeout),
        span().prop_map(SocketOption::KeepIdle),
        any::<u32>().prop_map(SocketOption::KeepCount),
        prop::sample::select(vec![CongestionControl::Reno, CongestionControl::Cubic, CongestionControl::Bbr])
            .prop_map(SocketOption::Congestion),
        any::<u8>().prop_map(SocketOption::TimeToLive),
        prop::sample::select(vec![MtuDiscovery::Dont, MtuDiscovery::Want, MtuDiscovery::Do, MtuDiscovery::Probe])
            .prop_map(SocketOption::MtuDiscover),
        membership.clone().prop_map(SocketOption::AddMembership),
        membership.prop_map(SocketOption::DropMembership),
        interface.prop_map(SocketOption::MulticastInterface),
    ]
}

fn open_flags() -> impl Strategy<Value = OpenFlags> {
    prop_oneof![
        Just(OpenFlags::READ),
        Just(OpenFlags::WRITE),
        Just(OpenFlags::APPEND),
        any::<[bool; 6]>().prop_map(|[read, write, create, exclusive, truncate, append]| OpenFlags {
            read,
            write,
            create,
            exclusive,
            truncate,
            append,
        }),
    ]
}

fn path() -> impl Strategy<Value = Arc<str>> {
    prop_oneof!["/[a-z]{1,5}(/[a-z. ]{1,5})?", "\\PC{1,5}"].prop_map(Arc::from)
}

fn call() -> impl Strategy<Value = Step> {
    let making = prop_oneof![
        (family(), kind(), slot()).prop_map(|(family, kind, slot)| Step::Socket(family, kind, slot)),
        (kind(), slot(), slot()).prop_map(|(kind, one, other)| Step::SocketPair(kind, one, other)),
        (slot(), slot()).prop_map(|(listener, slot)| Step::Accept(listener, slot)),
        (path(), open_flags(), slot()).prop_map(|(path, flags, slot)| Step::Open(path, flags, slot)),
        (slot(), socket_option()).prop_map(|(slot, option)| Step::SetOption(slot, option)),
        (slot(), prop::sample::select(OptionName::ALL)).prop_map(|(slot, name)| Step::GetOption(slot, name)),
        (slot(), any::<bool>()).prop_map(|(slot, on)| Step::SetNonBlocking(slot, on)),
        (slot(), socket_address()).prop_map(|(slot, address)| Step::Bind(slot, address)),
        (slot(), socket_address()).prop_map(|(slot, address)| Step::Connect(slot, address)),
        (slot(), any::<u32>()).prop_map(|(slot, backlog)| Step::Listen(slot, backlog)),
    ];
    let moving = prop_oneof![
        (slot(), data()).prop_map(|(slot, data)| Step::Send(slot, data)),
        (slot(), data(), flags()).prop_map(|(slot, data, flags)| Step::SendFlags(slot, data, flags)),
        (slot(), data(), socket_address()).prop_map(|(slot, data, to)| Step::SendTo(slot, data, to)),
        (slot(), data()).prop_map(|(slot, data)| Step::Reply(slot, data)),
        (slot(), data()).prop_map(|(slot, data)| Step::Write(slot, data)),
        (slot(), 0_usize..70_000).prop_map(|(slot, max)| Step::Recv(slot, max)),
        (slot(), 0_usize..70_000, flags()).prop_map(|(slot, max, flags)| Step::RecvFlags(slot, max, flags)),
        (slot(), 0_usize..70_000).prop_map(|(slot, max)| Step::RecvToEnd(slot, max)),
        (slot(), 0_usize..70_000).prop_map(|(slot, max)| Step::RecvExactly(slot, max)),
        (slot(), 0_usize..70_000).prop_map(|(slot, max)| Step::RecvFrom(slot, max)),
        (slot(), 0_usize..70_000, flags()).prop_map(|(slot, max, flags)| Step::RecvFromFlags(slot, max, flags)),
        (slot(), 0_usize..70_000).prop_map(|(slot, max)| Step::Read(slot, max)),
    ];
    let rest = prop_oneof![
        slot().prop_map(Step::SendReceived),
        slot().prop_map(Step::ReplyReceived),
        slot().prop_map(Step::GetSockName),
        slot().prop_map(Step::GetPeerName),
        slot().prop_map(Step::InQueue),
        slot().prop_map(Step::OutQueue),
        slot().prop_map(Step::Close),
        (slot(), prop::sample::select(vec![Shutdown::Read, Shutdown::Write, Shutdown::Both]))
            .prop_map(|(slot, how)| Step::Shutdown(slot, how)),
        (vec((slot(), events()), 0..3), option::of(span())).prop_map(|(slots, timeout)| Step::Poll(slots, timeout)),
        path().prop_map(Step::Unlink),
        path().prop_map(Step::Access),
        span().prop_map(Step::Sleep),
        instant().prop_map(Step::SleepUntil),
        Just(Step::PrintReceived),
        Just(Step::PrintDatagram),
        Just(Step::PrintLength),
        Just(Step::PrintResult),
        "\\PC{0,5}".prop_map(|text| Step::Print(text.into())),
    ];
    prop_oneof![making, moving, rest]
}

/// Steps in any order, with jumps to any of them or behind the last.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    (1_usize..9).prop_flat_map(|count| {
        let step = prop_oneof![
            6 => call(),
            1 => (call(), option::of(0..=count)).prop_map(|(call, to)| Step::Try(Box::new(call), to)),
            1 => (0..=count).prop_map(Step::Jump),
            1 => (0..=count, any::<u32>()).prop_map(|(to, more)| Step::Repeat(to, more)),
            1 => (slot(), events(), 0..=count).prop_map(|(slot, events, to)| Step::Unless(slot, events, to)),
        ];
        vec(step, count)
    })
}

fn script() -> impl Strategy<Value = Script> {
    let source = prop_oneof![Just(Vec::new()), vec("[ -~]{0,12}|\\PC{0,6}", 1..6)];
    (name(), source, steps(), vec(0_u16..12, 9)).prop_map(|(name, source, steps, lines)| Script {
        name: name.into(),
        source: source.into_iter().map(Arc::from).collect(),
        steps: lines.into_iter().zip(steps).collect(),
    })
}

/// A built-in program; one that leases addresses follows from its node and is not drawn.
fn builtin() -> impl Strategy<Value = Builtin> {
    let text = || name().prop_map(Arc::<str>::from);
    let domain = || "[a-z0-9-]{1,9}(\\.[a-z0-9-]{1,9}){0,2}".prop_map(|name| name.parse().expect("a domain name"));
    let seconds = any::<u32>();
    prop_oneof![
        (text(), any::<u16>(), span(), any::<u16>(), option::of(any::<u8>()))
            .prop_map(|(host, count, interval, size, ttl)| Builtin::Ping { host, count, interval, size, ttl }),
        text().prop_map(|name| Builtin::Lookup { name }),
        (text(), any::<u16>(), text()).prop_map(|(host, port, path)| Builtin::HttpClient { host, port, path }),
        (any::<u16>(), text()).prop_map(|(port, root)| Builtin::HttpServer { port, root }),
        (vec((domain(), ip()), 0..3), seconds, option::of(ip()))
            .prop_map(|(names, ttl, upstream)| Builtin::DnsServer { names, ttl, upstream }),
        Just(Builtin::DhcpClient { interface: 0 }),
    ]
}

fn spec() -> impl Strategy<Value = Spec> {
    let lines = vec("[ -~]{0,12}|\\PC{0,6}", 0..5).prop_map(|lines| lines.join("\n"));
    let foreign = (name(), name(), lines, option::of("[ -~\n]{0,9}")).prop_map(|(language, name, source, input)| {
        Foreign { language: language.into(), name: name.into(), source: source.into(), input: input.map(Arc::from) }
    });
    prop_oneof![script().prop_map(Spec::Script), builtin().prop_map(Spec::Builtin), foreign.prop_map(Spec::Foreign)]
}

fn settings() -> impl Strategy<Value = HostSettings> {
    let control = prop::sample::select(vec![CongestionControl::Cubic, CongestionControl::Reno]);
    let millis = |most: u64| (1..=most).prop_map(Duration::from_millis);
    let buffers = [4608_u32..1 << 30, 4608..1 << 30, 2304..1 << 30, 2304..1 << 30];
    let numbers = (1_u8.., 1_u32..10_000, 1_u8..127, option::of(88_u16..65_495));
    (buffers, numbers, option::of(millis(200)), millis(3_600_000), control, any::<[bool; 4]>()).prop_map(
        |(
            [send, send_max, receive, receive_max],
            (ttl, initial_window, syn_retries, max_segment),
            ack,
            wait,
            control,
            on,
        )| {
            HostSettings {
                ttl,
                send_buffer: send,
                send_buffer_max: send_max,
                receive_buffer: receive,
                receive_buffer_max: receive_max,
                max_segment,
                nagle: on[0],
                delayed_ack: ack,
                congestion: control,
                initial_window,
                syn_retries,
                time_wait: wait,
                timestamps: on[1],
                sack: on[2],
                window_scaling: on[3],
            }
        },
    )
}

/// What is drawn of a node; places, names and addresses follow from its index.
type Drawn = (String, NodeKind, Vec<(String, u8, Option<[u8; 4]>)>, Vec<(Instant, Spec)>, bool, Option<HostSettings>);

fn drawn() -> impl Strategy<Value = Drawn> {
    let kind = prop::sample::select(vec![NodeKind::Host, NodeKind::Router, NodeKind::Switch, NodeKind::Gateway]);
    let interface = (name(), 0_u8..32, option::of(any::<[u8; 4]>()));
    (name(), kind, vec(interface, 1..4), vec((instant(), spec()), 0..2), any::<bool>(), option::of(settings()))
}

fn node(index: usize, (name, kind, interfaces, programs, nat, settings): Drawn) -> Node {
    // Twice the same name cannot be.
    let mut node =
        Node { kind, ..Node::with_interface(&format!("{name}{index}"), kind, [0; 6], Ipv4Addr::LOCALHOST, 24) };
    node.interfaces.clear();
    if kind == NodeKind::Switch {
        return node;
    }
    for (place, (name, bits, mac)) in interfaces.into_iter().enumerate() {
        let mac = mac.map_or([2, 0, place as u8, 0, 0, index as u8 + 1], |mac| {
            [6, mac[0], mac[1], mac[2], place as u8, index as u8]
        });
        let ip = Ipv4Addr::new(10, index as u8, place as u8, 1);
        let mut interface = Interface::new(&format!("{name}{place}"), mac, ip, 24);
        if bits & 1 != 0 {
            let ip = Ipv6Addr::new(0x2001, 0xdb8, index as u16, place as u16, 0, 0, 0, 1);
            interface.addresses.push(Address { ip: ip.into(), prefix: 64 });
        }
        interface.autoconf = bits & 2 != 0;
        interface.advertise = bits & 4 != 0;
        if bits & 16 != 0 {
            interface.neighbours.push(([10, index as u8, place as u8, 7].into(), [2, 0, 0, 0, 0, 0xfe]));
        }
        interface.mtu = if bits & 8 != 0 { 1280 } else { 1500 };
        if place > 0 && bits == 7 {
            interface.addresses.clear();
        }
        node.interfaces.push(interface);
    }
    if matches!(kind, NodeKind::Router | NodeKind::Host) {
        node.settings = settings.unwrap_or_default();
    }
    if kind == NodeKind::Router && nat {
        let ports = vec![PortMap { protocol: PortProtocol::Udp, port: 53, to: ([10, 0, 0, 9], 53).into() }];
        let (udp_timeout, tcp_timeout) = (Duration::from_secs(120), Duration::from_secs(9));
        node.nat = Some(Nat { outside: 0, ports, udp_timeout, tcp_timeout });
    }
    if nat {
        node = node.route_all(IpAddr::from([10, index as u8, 0, 9]));
    }
    // Without one, a program in another language brings one.
    if nat || programs.iter().any(|(_, what)| matches!(what, Spec::Foreign(_))) {
        node.files.push(File { path: "/etc/hosts".into(), bytes: b"\x00\xff hi".as_slice().into() });
    }
    if kind != NodeKind::Gateway {
        node.programs = programs.into_iter().map(|(at, what)| Program { at, what }).collect();
    }
    node
}

/// A path of nodes, each linked to the next over interfaces that are free.
fn links(nodes: &[Node], drawn: Vec<(u64, Duration, Duration, usize, [Faults; 2])>) -> Vec<Link> {
    let mut next = vec![0_u16; nodes.len()];
    let mut links = Vec::new();
    for (index, (rate, delay, jitter, queue, faults)) in drawn.into_iter().enumerate() {
        let (a, b) = (index % nodes.len(), (index + 1 + index / nodes.len()) % nodes.len());
        let is_free = |node: usize| {
            nodes[node].kind == NodeKind::Switch || usize::from(next[node]) < nodes[node].interfaces.len()
        };
        if a == b || !is_free(a) || !is_free(b) {
            continue;
        }
        let ends = [a, b].map(|node| {
            next[node] += 1;
            // A switch's ports need not be numbered without holes.
            let hole = if nodes[node].kind == NodeKind::Switch && index % 3 == 0 { 100 } else { 0 };
            End { node: NodeId(node as u16), interface: next[node] - 1 + hole }
        });
        links.push(Link { ends, rate, delay, jitter, queue, faults });
    }
    links
}

fn experiment() -> impl Strategy<Value = Experiment> {
    let link = (prop_oneof![Just(0), 1_u64..u64::MAX], span(), span(), 0_usize..1000, [faults(), faults()]);
    let frame = (instant(), vec(any::<u8>(), 14..80));
    (
        vec(drawn(), 1..6),
        vec(link, 0..9),
        vec(frame, 0..3),
        option::of(name()),
        option::of(any::<u64>()),
        option::of(instant()),
        vec((0_u16..=1000, 0_u16..=1000), 0..4),
    )
        .prop_map(|(nodes, drawn, frames, name, seed, until, places)| {
            let nodes: Vec<Node> = nodes.into_iter().enumerate().map(|(index, drawn)| node(index, drawn)).collect();
            let links = links(&nodes, drawn);
            let frames = frames.into_iter().map(|(at, frame)| (at, Planned::Frame(NodeId(0), frame.into())));
            let kills = nodes.iter().zip(0..).flat_map(|(node, index)| {
                node.programs.iter().map(move |program| (program.at, Planned::Kill(NodeId(index), program.what.name())))
            });
            let links_planned = links.iter().zip(0..).flat_map(|(link, id)| {
                let Link { rate, delay, jitter, queue, faults, .. } = link.clone();
                let id = LinkId(id);
                let end = id.0 as u8 & 1;
                let changed = Planned::Link { link: id, rate, delay: delay / 2, jitter, queue: queue / 2 };
                let at = Instant::ZERO + delay;
                [(at, changed), (at, Planned::Faults(id, end, faults[1].clone())), (at, Planned::Drop(FrameId(rate)))]
            });
            let settable = |node: &&Node| matches!(node.kind, NodeKind::Router | NodeKind::Host);
            let settings = nodes.iter().find(settable).map_or(HostSettings::LINUX, |node| node.settings);
            let hosts_planned = (0..)
                .zip(&nodes)
                .filter(|(_, node)| settable(node))
                .map(|(index, _)| (Instant::from_millis(u64::from(index)), Planned::Host(NodeId(index), settings)));
            let mut inputs: Vec<_> = frames.chain(kills).chain(links_planned).chain(hosts_planned).collect();
            inputs.sort_by_key(|(at, _)| *at);
            let places =
                places.into_iter().take(nodes.len()).zip(0..).map(|(place, node)| (NodeId(node), place)).collect();
            let clock =
                format!("{}-02-03T04:05:06", 1970 + seed.unwrap_or_default() % 8_000).parse().unwrap_or_default();
            Experiment { name, scenario: Scenario { nodes, links, clock }, seed, until, inputs, places }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_as_the_same(experiment in experiment()) {
        prop_assume!(experiment.scenario.check().is_ok());
        let written = text::print(&experiment);
        let again = text::parse(&written);
        prop_assert_eq!(again.as_ref(), Ok(&experiment), "{}", written);
        prop_assert_eq!(text::print(&experiment), written);
    }
}
