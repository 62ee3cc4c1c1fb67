//! Built-in programs on the sockets: names, the web, ping.

use sim_core::network::{Network, Output};
use sim_core::scenario::text::parse;
use sim_core::trace::{NodeId, What};
use sim_core::wire::{dns, ethernet, ipv4, udp};

/// Runs a scenario's text for so many seconds: lines printed as `node: text`, and all DNS messages that were sent.
fn run(text: &str, seconds: u64) -> (Vec<String>, Vec<dns::Message>) {
    let experiment = parse(text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let scenario = &experiment.scenario;
    let mut network = Network::new(scenario, experiment.seed()).expect("it has been checked");
    let (mut lines, mut messages) = (Vec::new(), Vec::new());
    let until = sim_core::time::Instant::from_millis(seconds * 1000);
    let sink = |output| {
        let Output::Fact(fact) = output else { return };
        let NodeId(node) = fact.node;
        let name = &scenario.nodes[usize::from(node)].name;
        match &fact.what {
            What::Printed { text, .. } => lines.push(format!("{name}: {text}")),
            What::Exited { error: Some(error), .. } => lines.push(format!("{name}: ends with {}", error.name())),
            What::Sent { bytes, .. } => messages.extend(message(bytes)),
            _ => {}
        }
    };
    experiment.run(&mut network, until, sink, |_| true);
    (lines, messages)
}

fn message(frame: &[u8]) -> Option<dns::Message> {
    let (header, packet) = ethernet::Repr::parse(frame).ok()?;
    let (ip, _, payload) = ipv4::Repr::parse(packet).ok().filter(|_| header.ethertype == ethernet::TYPE_IPV4)?;
    let is_udp = ip.protocol == ipv4::PROTOCOL_UDP;
    let (repr, bytes) = udp::Repr::parse(payload, ip.source, ip.destination).ok().filter(|_| is_udp)?;
    let is_dns = repr.source == 53 || repr.destination == 53;
    is_dns.then(|| dns::Message::parse(bytes).expect("a DNS message is legal"))
}

const NAMES: &str = "host client 10.0.0.1\n  file /etc/resolv.conf \"nameserver 10.0.0.53\\n\"\n";

#[test]
fn a_name_is_looked_up_over_two_servers_and_kept() {
    let scenario = format!(
        "{NAMES}  run lookup www.example.com\n  run lookup WWW.example.com at 2s\n  run lookup www.example.com at 100s\n\
         host resolver 10.0.0.53\n  run dns-server upstream 10.0.0.99\n\
         host far 10.0.0.99\n  run dns-server name www.example.com 192.0.2.80 name www.example.com 2001:db8::80 ttl 60s\n\
         switch s\nlink client s\nlink resolver s\nlink far s\n"
    );
    let (lines, messages) = run(&scenario, 200);
    let found = |name: &str| format!("client: {name} has address 192.0.2.80");
    assert_eq!(lines, [found("www.example.com"), found("WWW.example.com"), found("www.example.com")]);
    // Cold: client to resolver, resolver to far, and back. Warm: client to resolver and back. After its time: cold again.
    let by_hand = messages.iter().filter(|message| message.header.authoritative).count();
    // Each frame crosses two links, the switch between them.
    assert_eq!(messages.len(), 2 * (4 + 2 + 4));
    assert_eq!(by_hand, 2 * 2, "the far server was asked twice");
    let answers: Vec<u32> =
        messages.iter().filter(|m| !m.header.authoritative).flat_map(|m| &m.answers).map(|record| record.ttl).collect();
    assert_eq!(answers, [60, 60, 59, 59, 60, 60], "what was kept for a whole second has one less to live");
}

#[test]
fn names_that_are_not() {
    let server = "host server 10.0.0.53\n  run dns-server name six 2001:db8::1\nlink client server\n";
    let ask = |name: &str| run(&format!("{NAMES}  run lookup {name}\n{server}"), 60).0;
    assert_eq!(ask("nowhere.example"), ["client: nowhere.example: Name or service not known"]);
    assert_eq!(ask("six"), ["client: six has address 2001:db8::1"]);
    assert_eq!(ask("192.0.2.7"), ["client: 192.0.2.7 has address 192.0.2.7"]);
    // Nobody answers: two questions, five seconds each.
    let silent = format!("{NAMES}  run lookup www\nhost server 10.0.0.53\nlink client server\n  server->client down\n");
    assert_eq!(run(&silent, 60).0, ["client: www: Temporary failure in name resolution"]);
    let hosts = "host client 10.0.0.1\n  file /etc/hosts \"10.0.0.7 pc www # mine\\n\"\n  run lookup WWW\nhost b 10.0.0.2\nlink client b\n";
    assert_eq!(run(hosts, 9).0, ["client: WWW has address 10.0.0.7"]);
}

#[test]
fn a_host_boots_cold() {
    let network = "host client none\n  run dhcp-client\n  run ping www.example.com count 1 at 10s\n\
         host other none\n  run dhcp-client at 1s\n\
         host server 10.0.0.1\n  run dhcp-server from 10.0.0.100 to 10.0.0.101 router 10.0.0.1 dns 10.0.0.1 lease 60s\n\
         \x20 run dns-server name www.example.com 10.0.0.1\n\
         switch s\nlink client s\nlink other s\nlink server s\n";
    let (lines, _) = run(network, 65);
    let of = |name: &str| -> Vec<&str> { lines.iter().filter_map(|line| line.strip_prefix(name)).collect() };
    let client = of("client: ");
    assert_eq!(client[0], "10.0.0.100/24 from 10.0.0.1, router 10.0.0.1, names from 10.0.0.1");
    assert!(client[1].starts_with("64 bytes from 10.0.0.1: icmp_seq=1"), "{client:?}");
    assert_eq!(client[3..], ["10.0.0.100 is leased for 60 s more"; 2], "half of the time is over, twice");
    assert_eq!(of("other: ")[0], "10.0.0.101/24 from 10.0.0.1, router 10.0.0.1, names from 10.0.0.1");
    assert_eq!(
        of("server: ")[..2],
        ["10.0.0.100 is offered to 02:00:00:00:00:01", "10.0.0.100 is leased to 02:00:00:00:00:01"]
    );

    // The server goes; the lease ends; the address with it.
    let (lines, _) = run(&format!("{network}at 5s cut server s\n"), 120);
    assert!(lines.contains(&"client: 10.0.0.100 is given up: the lease is over".to_owned()), "{lines:#?}");
    // No server at all: it asks for ever, and has nothing.
    let (lines, messages) = run("host client none\n  run dhcp-client\nhost b 10.0.0.2\nlink client b\n", 100);
    assert!(lines.is_empty() && messages.is_empty(), "{lines:?}");
}

#[test]
fn an_echo_is_asked_for() {
    let (lines, _) = run(
        "host a\n  run ping b count 2 every 200ms\n  run ping 10.0.0.9 count 1 at 5s\n  file /etc/hosts \"10.0.0.2 b\\n\"\n\
         host b\nlink a b 100Mbit/s 10ms\n",
        30,
    );
    assert!(lines[0].starts_with("a: 64 bytes from 10.0.0.2: icmp_seq=1 time=4"), "with ARP: {lines:?}");
    assert!(lines[1].starts_with("a: 64 bytes from 10.0.0.2: icmp_seq=2 time=20."), "{lines:?}");
    assert_eq!(lines[2], "a: 2 packets transmitted, 2 received, 0% packet loss");
    assert_eq!(
        lines[3..],
        ["a: From 10.0.0.1: Destination Host Unreachable", "a: 1 packets transmitted, 0 received, 100% packet loss"]
    );
}

#[test]
fn a_page_is_fetched_by_name() {
    let (lines, _) = run(
        &format!(
            "{NAMES}  run http-get www.example.com path /hello.txt\n  run http-get 10.0.0.80 port 81 at 5s\n  run http-get 10.0.0.80 path /../secret at 6s\n\
             host server 10.0.0.80\n  file /www/hello.txt \"hello!\\nand more\\n\"\n  file /secret \"no\"\n  run http-server\n\
             host names 10.0.0.53\n  run dns-server name www.example.com 10.0.0.80\nswitch s\nlink client s\nlink server s\nlink names s\n"
        ),
        30,
    );
    assert_eq!(
        lines,
        [
            "server: HTTP/1.1 200 OK ",
            "client: HTTP 200 OK",
            "client: hello!",
            "client: and more",
            "client: ends with ECONNREFUSED",
            "server: HTTP/1.1 404 Not Found /../secret",
            "client: HTTP 404 Not Found",
            "client: 404 Not Found"
        ]
    );
}

/// What a web server answers to bytes that a client sends at once, before it closes.
fn web(request: &str) -> String {
    let scenario = format!(
        "host a 10.0.0.1\n  program p\n    s = socket\n    connect s 10.0.0.2:80\n    send s \"{request}\"\n    shutdown s SHUT_WR\n    recvall s\n    print\n\
         host b 10.0.0.2\n  file /www/index.html \"<p>hi\"\n  run http-server\nlink a b\n"
    );
    run(&scenario, 30).0.into_iter().find_map(|line| Some(line.strip_prefix("a: ")?.to_owned())).unwrap_or_default()
}

#[test]
fn a_web_server_and_bad_clients() {
    let good =
        web("GET / HTTP/1.1\\r\\nHost: b\\r\\n\\r\\nHEAD / HTTP/1.1\\r\\nHost: b\\r\\nConnection: close\\r\\n\\r\\n");
    assert!(good.contains("200 OK") && good.contains("<p>hi") && good.matches("200 OK").count() == 2, "{good}");
    assert!(good.ends_with("Connection: close\\r\\n\\r\\n'"), "HEAD has no body: {good}");
    assert!(web("GET / HTTP/1.1\\r\\n\\r\\n").contains("400 Bad Request"), "no host");
    assert!(web("nonsense\\r\\n\\r\\n").contains("400 Bad Request"));
    assert!(web("GET / HTTP/2.0\\r\\n\\r\\n").contains("505 "));
    assert!(web("POST / HTTP/1.1\\r\\nHost: b\\r\\n\\r\\n").contains("501 "));
    assert!(web("GET /none HTTP/1.0\\r\\n\\r\\n").contains("404 Not Found"));
    assert_eq!(web("GET / HTT"), "b''", "half a request, and the client is gone");
}
