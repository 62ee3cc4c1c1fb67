//! SO_REUSEADDR and SO_REUSEPORT: the whole table, as Linux 6.18 gave it.

use sim_core::program::{Address, Call, Family, SocketOption, SocketType};
use sim_core::trace::ProcessId;

use crate::harness::*;

use super::{Shell, two};

/// No option, SO_REUSEADDR, SO_REUSEPORT, both.
const OPTIONS: [(bool, bool); 4] = [(false, false), (true, false), (false, true), (true, true)];

fn address(text: &str, port: u16) -> (Family, Address) {
    let ip: std::net::IpAddr = text.parse().expect("an address");
    let family = if ip.is_ipv4() { Family::Inet } else { Family::Inet6 };
    (family, Address::Inet((ip, port).into()))
}

struct Trial {
    kind: SocketType,
    addresses: (&'static str, &'static str),
    listens: (bool, bool),
    v6_only: (bool, bool),
}

/// `b`: the second `bind` fails, `l`: its `listen` does, `.`: all is well.
fn trial(shell: &mut Shell, process: ProcessId, trial: &Trial, options: [(bool, bool); 2], port: u16) -> char {
    let sides = [
        (trial.addresses.0, trial.listens.0, trial.v6_only.0, options[0]),
        (trial.addresses.1, trial.listens.1, trial.v6_only.1, options[1]),
    ];
    let mut fds = Vec::new();
    let mut outcome = '.';
    for (text, listens, v6_only, (reuse_address, reuse_port)) in sides {
        let (family, address) = address(text, port);
        let fd = shell.socket(process, family, trial.kind);
        fds.push(fd);
        shell.set(process, fd, SocketOption::ReuseAddress(reuse_address));
        shell.set(process, fd, SocketOption::ReusePort(reuse_port));
        if v6_only {
            assert_eq!(shell.set(process, fd, SocketOption::V6Only(true)), "None");
        }
        if shell.bind(process, fd, address) != "None" {
            outcome = 'b';
        } else if listens && shell.call(process, Call::Listen(fd, 1)) != "None" {
            outcome = 'l';
        }
    }
    for fd in fds {
        shell.call(process, Call::Close(fd));
    }
    outcome
}

/// The table of a pair of addresses: four groups for the first socket's options, in each the second's.
fn table(kind: SocketType, addresses: (&'static str, &'static str), listens: (bool, bool)) -> String {
    let (mut shell, process, _) = two();
    let it = Trial { kind, addresses, listens, v6_only: (false, false) };
    let mut port = 20_000;
    let mut row = |first| {
        let cell = |second| {
            port += 1;
            trial(&mut shell, process, &it, [first, second], port)
        };
        OPTIONS.map(cell).iter().collect::<String>()
    };
    OPTIONS.map(&mut row).join(" ")
}

const OVERLAPPING: [(&str, &str); 8] = [
    ("10.0.0.1", "10.0.0.1"),
    ("0.0.0.0", "10.0.0.1"),
    ("10.0.0.1", "0.0.0.0"),
    ("::", "0.0.0.0"),
    ("0.0.0.0", "::"),
    ("::", "10.0.0.1"),
    ("::1", "::"),
    ("::ffff:10.0.0.1", "::"),
];

#[test]
fn pairs_of_addresses_that_overlap() {
    for addresses in OVERLAPPING {
        for listens in [(false, false), (false, true)] {
            let got = table(SocketType::Stream, addresses, listens);
            assert_eq!(got, "bbbb b.b. bb.. b...", "TCP {addresses:?} listening {listens:?}");
        }
        assert_eq!(table(SocketType::Datagram, addresses, (false, false)), "bbbb b.b. bb.. b...", "UDP {addresses:?}");
        for listens in [(true, false), (true, true)] {
            let got = table(SocketType::Stream, addresses, listens);
            assert_eq!(got, "bbbb bbbb bb.. bb..", "TCP {addresses:?} listening {listens:?}");
        }
    }
}

#[test]
fn pairs_of_addresses_that_do_not_overlap() {
    for addresses in [("10.0.0.1", "127.0.0.1"), ("::1", "0.0.0.0")] {
        assert_eq!(table(SocketType::Stream, addresses, (true, true)), ".... .... .... ....", "{addresses:?}");
    }
}

#[test]
fn ipv6_alone_leaves_ipv4_to_others() {
    let expected = [
        (("::", "0.0.0.0"), (true, false), '.'),
        (("0.0.0.0", "::"), (false, true), '.'),
        (("::", "10.0.0.1"), (true, false), '.'),
        (("::", "::"), (true, true), 'b'),
        (("::", "::"), (true, false), 'b'),
    ];
    let (mut shell, process, _) = two();
    for (port, (addresses, v6_only, outcome)) in (20_000..).zip(expected) {
        let it = Trial { kind: SocketType::Stream, addresses, listens: (false, false), v6_only };
        assert_eq!(trial(&mut shell, process, &it, [OPTIONS[0]; 2], port), outcome, "{addresses:?} {v6_only:?}");
    }
}

/// Sockets with SO_REUSEPORT share connections by a hash of their addresses: each gets some, and one address always the same.
#[test]
fn a_group_spreads_connections_and_datagrams() {
    let (mut shell, a, b) = two();
    for kind in [SocketType::Stream, SocketType::Datagram] {
        let group: Vec<u32> = (0..3)
            .map(|_| {
                let fd = shell.socket(b, Family::Inet, kind);
                shell.set(b, fd, SocketOption::ReusePort(true));
                assert_eq!(shell.bind(b, fd, every_address(PORT)), "None");
                shell.call(b, Call::Listen(fd, 100));
                shell.non_blocking(b, fd);
                fd
            })
            .collect();
        for client in 0..30 {
            let fd = shell.socket(a, Family::Inet, kind);
            assert_eq!(shell.bind(a, fd, ([0, 0, 0, 0], 40_000 + client)), "None");
            assert_eq!(shell.connect(a, fd, crate::harness::b(PORT)), "None");
            shell.send(a, fd, "x");
        }
        let shares = group.iter().map(|fd| {
            let take = |shell: &mut Shell| match kind {
                SocketType::Stream => shell.call(b, Call::Accept(*fd)),
                _ => shell.recv(b, *fd, 1),
            };
            (0..31).take_while(|_| take(&mut shell) != "EAGAIN").count()
        });
        let shares: Vec<usize> = shares.collect();
        assert_eq!(shares.iter().sum::<usize>(), 30, "{shares:?}");
        assert!(shares.iter().all(|share| *share >= 3), "{shares:?}");
    }
}
