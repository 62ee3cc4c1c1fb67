//! Promise 4: which targets a stream may connect to, in every spelling, by name and by rule.

use crate::harness::{Relay, accept, listener};
use relay::{Limits, Resolver, Resolving};
use relay_proto::{Address, Call, ClientMessage, Family, ServerMessage};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

/// Beyond loopback, as one may write it: with getaddrinfo's decimal, octal, hex and two-part forms of 192.0.2.1.
pub(crate) const FORBIDDEN_HOSTS: [&str; 15] = [
    "192.0.2.1",
    "169.254.169.254",
    "255.255.255.255",
    "224.0.0.1",
    "3221225985",
    "0300.0.2.1",
    "0xC0000201",
    "192.513",
    "::ffff:192.0.2.1",
    "::ffff:c000:201",
    "2001:db8::1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "fe80::1",
    "ff02::1",
];

/// This machine, as one may write it.
pub(crate) const LOOPBACK_HOSTS: [&str; 9] = [
    "127.0.0.1",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "2130706433",
    "0177.0.0.1",
    "127.1",
    "::ffff:127.0.0.1",
    "::ffff:0.0.0.0",
];

/// Knows one name, and counts how often it is asked.
pub(crate) struct OneName(pub(crate) Vec<SocketAddr>, pub(crate) Arc<AtomicUsize>);

impl Resolver for OneName {
    fn resolve(&self, _: &str) -> Resolving {
        self.1.fetch_add(1, Ordering::Relaxed);
        let addresses = self.0.clone();
        Box::pin(async move { Ok(addresses) })
    }
}

/// Answers with an allowed address, then with a forbidden one, and so on.
struct Changes(Arc<AtomicUsize>);

impl Resolver for Changes {
    fn resolve(&self, _: &str) -> Resolving {
        let good = self.0.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
        let address = if good { "127.0.0.1:0" } else { "127.0.0.9:0" };
        Box::pin(async move { Ok(vec![address.parse().unwrap()]) })
    }
}

fn name(host: &str, port: u16) -> Address {
    Address::Name { host: host.to_owned(), port }
}

fn inet6(ip: &str, port: u16, scope: u32) -> Address {
    Address::Inet6 { ip: ip.parse().unwrap(), port, scope }
}

async fn refusal(relay: &Relay, family: Family, to: Address) -> (Call, String, String) {
    let mut lab = relay.lab().await;
    lab.open(1, family, 0).await;
    lab.refused(1, to).await
}

#[tokio::test]
async fn beyond_loopback_is_refused_in_every_spelling() {
    let relay = Relay::start().await;
    let (inet, inet6_family) = (Family::Inet, Family::Inet6);
    for (family, to) in [
        (inet, Address::Inet { ip: Ipv4Addr::new(192, 0, 2, 1), port: 80 }),
        (inet, Address::Inet { ip: Ipv4Addr::new(169, 254, 169, 254), port: 80 }),
        (inet, Address::Inet { ip: Ipv4Addr::BROADCAST, port: 80 }),
        (inet, Address::Inet { ip: Ipv4Addr::new(224, 0, 0, 1), port: 80 }),
        (inet6_family, inet6("::ffff:192.0.2.1", 80, 0)),
        (inet6_family, inet6("fe80::1", 80, 1)),
        (inet6_family, inet6("2001:db8::1", 80, 0)),
        (inet6_family, inet6("::127.0.0.1", 80, 0)),
        (inet6_family, inet6("64:ff9b::7f00:1", 80, 0)),
        // As getaddrinfo reads them: 192.0.2.1 in decimal, octal, hex, and with two parts.
        (inet, name("192.0.2.1", 80)),
        (inet, name("3221225985", 80)),
        (inet, name("0300.0.2.1", 80)),
        (inet, name("0xC0000201", 80)),
        (inet, name("192.513", 80)),
        (inet6_family, name("::ffff:192.0.2.1", 80)),
    ] {
        let (call, errno, sentence) = refusal(&relay, family, to.clone()).await;
        assert_eq!((call, errno.as_str()), (Call::Connect, "EACCES"), "{to}: {sentence}");
        assert!(sentence.contains(&to.to_string()) && sentence.contains("--allow"), "{sentence}");
    }
    relay.stop().await;
}

/// What some parser somewhere reads as an address. Nothing here may lead anywhere: refused by address, or no name at all.
#[tokio::test]
async fn what_looks_like_an_address_leads_nowhere() {
    let limits = Limits { connect_time: Duration::from_secs(2), ..Limits::default() };
    let relay = Relay::limited(limits, |_| {}).await;
    for (family, host) in [
        (Family::Inet, "192.0.2.1."),
        (Family::Inet, "0xc0.0x0.0x2.0x1"),
        (Family::Inet, "0xC0.0.02.1"),
        (Family::Inet, "030000001001"),
        (Family::Inet, "192.0.513"),
        (Family::Inet, "4294967297"),
        (Family::Inet, "448.0.2.1"),
        (Family::Inet, "192.0.2.1:80"),
        (Family::Inet, "192.0.2.1/32"),
        (Family::Inet, "[192.0.2.1]"),
        (Family::Inet, "127.0.0.1@192.0.2.1"),
        (Family::Inet, "http://192.0.2.1"),
        (Family::Inet, " 192.0.2.1"),
        (Family::Inet, "192.0.2.1\t"),
        (Family::Inet, "192.0.2.1\0.localhost"),
        (Family::Inet, "%31%39%32.0.2.1"),
        (Family::Inet, "192%2e0%2e2%2e1"),
        (Family::Inet, "１９２.０.２.１"),
        (Family::Inet, "192。0。2。1"),
        (Family::Inet, "①⑨②.0.2.1"),
        (Family::Inet, "::ffff:192.0.2.1"),
        (Family::Inet6, "::ffff:c000:201"),
        (Family::Inet6, "[2001:db8::1]"),
        (Family::Inet6, "fe80::1%lo"),
        (Family::Inet6, "fe80::1%1"),
        (Family::Inet6, "fe80::1%25lo"),
        (Family::Inet6, "2002:7f00:1::"),
        (Family::Inet6, "64:ff9b:1::7f00:1"),
        (Family::Inet6, "::7f00:1"),
        (Family::Inet6, "::ffff:0:127.0.0.1"),
    ] {
        let (call, errno, sentence) = refusal(&relay, family, name(host, 80)).await;
        let known = match call {
            Call::Connect => errno == "EACCES",
            Call::GetAddrInfo => errno.starts_with("EAI_"),
            _ => false,
        };
        assert!(known, "{host:?}: {call} {errno}: {sentence}");
    }
    relay.stop().await;
}

/// A name that means another machine at each look-up (DNS rebinding): every look-up is judged anew, and its own addresses are the ones
/// that are connected.
#[tokio::test]
async fn a_name_that_changes_is_judged_each_time() {
    let (good, good_at) = listener().await;
    let bad = TcpListener::bind(("127.0.0.9", good_at.port())).await.unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let resolver = Changes(Arc::clone(&asked));
    let relay = Relay::with(|config| {
        config.resolver = Arc::new(resolver);
        config.deny = vec!["127.0.0.9".parse().unwrap()];
    })
    .await;
    let to = || name("rebinding.example", good_at.port());
    for round in 0..4 {
        let mut lab = relay.lab().await;
        lab.open(1, Family::Inet, 0).await;
        lab.send(ClientMessage::Connect { socket: 1, to: to() }).await;
        match lab.next().await {
            ServerMessage::Connected { peer, .. } if round % 2 == 0 => assert_eq!(peer, good_at.into()),
            ServerMessage::Error { call: Call::Connect, errno, .. } if round % 2 == 1 => assert_eq!(errno, "EACCES"),
            other => panic!("round {round}: {other:?}"),
        }
        assert_eq!(asked.load(Ordering::Relaxed), round + 1, "one look-up for each CONNECT");
    }
    for _ in 0..2 {
        accept(&good).await;
    }
    let waiting = tokio::time::timeout(Duration::ZERO, bad.accept()).await;
    assert!(waiting.is_err(), "nobody has connected");
    relay.stop().await;
}

#[tokio::test]
async fn loopback_is_reached_in_every_spelling() {
    let relay = Relay::start().await;
    let (listener, address) = listener().await;
    let port = address.port();
    for (family, to) in [
        (Family::Inet, Address::Inet { ip: Ipv4Addr::LOCALHOST, port }),
        (Family::Inet, Address::Inet { ip: Ipv4Addr::UNSPECIFIED, port }),
        (Family::Inet, name("localhost", port)),
        (Family::Inet, name("2130706433", port)),
        (Family::Inet, name("0177.0.0.1", port)),
        (Family::Inet, name("127.1", port)),
        (Family::Inet6, inet6("::ffff:127.0.0.1", port, 0)),
        (Family::Inet6, inet6("::ffff:0.0.0.0", port, 0)),
    ] {
        let mut lab = relay.lab().await;
        lab.open(1, family, 0).await;
        lab.send(ClientMessage::Connect { socket: 1, to: to.clone() }).await;
        let connected = lab.next().await;
        let ServerMessage::Connected { peer, local, .. } = connected else {
            panic!("{to}: {connected:?}");
        };
        let real = accept(&listener).await;
        assert_eq!(peer.to_socket_addr().unwrap().port(), port);
        assert_eq!(local.to_socket_addr().unwrap().port(), real.peer_addr().unwrap().port());
    }
    relay.stop().await;
}

#[tokio::test]
async fn the_relays_own_port_is_never_a_target() {
    let relay = Relay::with(|config| {
        config.allow = vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap(), "localhost".parse().unwrap()];
    })
    .await;
    let port = relay.port();
    for (family, to) in [
        (Family::Inet, Address::Inet { ip: Ipv4Addr::LOCALHOST, port }),
        (Family::Inet, Address::Inet { ip: Ipv4Addr::new(127, 3, 2, 1), port }),
        (Family::Inet, Address::Inet { ip: Ipv4Addr::UNSPECIFIED, port }),
        (Family::Inet, name("localhost", port)),
        (Family::Inet6, inet6("::ffff:127.0.0.1", port, 0)),
        (Family::Inet6, inet6("::", port, 0)),
    ] {
        let (_, errno, sentence) = refusal(&relay, family, to.clone()).await;
        assert_eq!(errno, "EACCES", "{to}: {sentence}");
        assert!(sentence.contains("own port"), "{sentence}");
    }
    relay.stop().await;
}

/// Both addresses lead to real listeners; neither may see a connection when one is forbidden.
#[tokio::test]
async fn a_name_with_one_forbidden_address_is_refused() {
    let (asked, good, bad) = (Arc::default(), listener().await, listener().await);
    let addresses = vec!["127.0.0.1:0".parse().unwrap(), "127.0.0.9:0".parse().unwrap()];
    for order in [addresses.clone(), addresses.into_iter().rev().collect()] {
        let resolver = OneName(order, Arc::clone(&asked));
        let relay = Relay::with(|config| {
            config.resolver = Arc::new(resolver);
            config.deny = vec!["127.0.0.9".parse().unwrap()];
        })
        .await;
        for port in [good.1.port(), bad.1.port()] {
            let (_, errno, sentence) = refusal(&relay, Family::Inet, name("mixed.example", port)).await;
            assert_eq!(errno, "EACCES");
            assert!(sentence.contains("mixed.example") && sentence.contains("--deny"), "{sentence}");
        }
        relay.stop().await;
    }
    for (listener, _) in [good, bad] {
        let waiting = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
        assert!(waiting.is_err(), "nobody has connected");
    }
}

/// A second answer could be another one, so there is no second question; and of two allowed
/// addresses the second one is tried when the first does not answer.
#[tokio::test]
async fn the_checked_address_is_the_one_connected() {
    let asked = Arc::new(AtomicUsize::new(0));
    let listener = TcpListener::bind("127.0.0.7:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let dead = "127.0.0.8:0".parse().unwrap();
    let resolver = OneName(vec![dead, "127.0.0.7:0".parse().unwrap()], Arc::clone(&asked));
    let relay = Relay::with(|config| config.resolver = Arc::new(resolver)).await;
    let mut lab = relay.lab().await;
    lab.open(1, Family::Inet, 0).await;
    lab.send(ClientMessage::Connect { socket: 1, to: name("two.example", address.port()) }).await;
    let connected = lab.next().await;
    assert!(matches!(connected, ServerMessage::Connected { ref peer, .. } if *peer == address.into()), "{connected:?}");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    relay.stop().await;
}

#[tokio::test]
async fn allow_opens_and_deny_wins() {
    let (_listener, address) = listener().await;
    let port = address.port();
    let deny = format!("localhost:{port}");
    let relay = Relay::with(|config| {
        config.allow = vec!["127.0.0.0/8".parse().unwrap(), "192.0.2.0/24:1-99".parse().unwrap()];
        config.deny = vec![deny.parse().unwrap(), "127.0.0.2".parse().unwrap()];
        // What is allowed but leads nowhere must not be waited for.
        config.limits.connect_time = Duration::from_millis(50);
    })
    .await;
    for to in [name("LOCALHOST", port), Address::Inet { ip: Ipv4Addr::new(127, 0, 0, 2), port }] {
        let (_, errno, sentence) = refusal(&relay, Family::Inet, to).await;
        assert_eq!(errno, "EACCES");
        assert!(sentence.contains("--deny"), "{sentence}");
    }
    let mut lab = relay.lab().await;
    lab.connect(1, address, 0).await;
    let test_net = |port| Address::Inet { ip: Ipv4Addr::new(192, 0, 2, 1), port };
    assert_eq!(refusal(&relay, Family::Inet, test_net(100)).await.1, "EACCES");
    assert_ne!(refusal(&relay, Family::Inet, test_net(99)).await.1, "EACCES");
    relay.stop().await;
}

#[tokio::test]
async fn bad_names_and_ports_say_so() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let long = "a".repeat(254);
    for bad in ["", "no spaces", "new\nline", "nul\0", &long] {
        lab.send(ClientMessage::Lookup { socket: 9, name: bad.to_owned() }).await;
        let (call, errno, _) = lab.error(9).await;
        assert_eq!((call, errno.as_str()), (Call::GetAddrInfo, "EAI_NONAME"), "{bad:?}");
    }
    lab.open(1, Family::Inet, 0).await;
    let (call, errno, _) = lab.refused(1, name("bad name", 80)).await;
    assert_eq!((call, errno.as_str()), (Call::GetAddrInfo, "EAI_NONAME"));
    let zero = Address::Inet { ip: Ipv4Addr::LOCALHOST, port: 0 };
    let (call, errno, _) = lab.refused(1, zero).await;
    assert_eq!((call, errno.as_str()), (Call::Connect, "EADDRNOTAVAIL"));
    let other = Address::Inet6 { ip: Ipv6Addr::LOCALHOST, port: 80, scope: 0 };
    assert_eq!(lab.refused(1, other).await.1, "EAFNOSUPPORT");
    relay.stop().await;
}

#[tokio::test]
async fn a_lookup_answers_what_getaddrinfo_says() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    for (asked, expected) in [("localhost", "127.0.0.1:0"), ("2130706433", "127.0.0.1:0"), ("192.0.2.7", "192.0.2.7:0")]
    {
        lab.send(ClientMessage::Lookup { socket: 5, name: asked.to_owned() }).await;
        let answer = lab.next().await;
        let ServerMessage::Addresses { socket: 5, addresses, .. } = answer else {
            panic!("{asked}: {answer:?}");
        };
        assert!(addresses.iter().any(|address| address.to_string() == expected), "{addresses:?}");
    }
    // The number is free again.
    lab.open(5, Family::Inet, 0).await;
    relay.stop().await;
}
