//! Programs that can be put on a host with one choice: the built-in ones, and the tutorial's four.
//!
//! Absent on purpose: programs of a learner's own: the text is the place for them.

use sim_core::scenario::NodeKind;
use sim_core::scenario::text::outline;

use super::change::{Splices, below};
use super::plan::{Part, Plan};

/// A program that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Offer {
    TcpServer,
    TcpClient,
    UdpServer,
    UdpClient,
    Ping,
    HttpServer,
    HttpGet,
    DnsServer,
    Lookup,
    DhcpServer,
    DhcpClient,
}

impl Offer {
    /// Every program, in the order of the menu.
    pub const ALL: [Offer; 11] = [
        Offer::TcpServer,
        Offer::TcpClient,
        Offer::UdpServer,
        Offer::UdpClient,
        Offer::Ping,
        Offer::HttpServer,
        Offer::HttpGet,
        Offer::DnsServer,
        Offer::Lookup,
        Offer::DhcpServer,
        Offer::DhcpClient,
    ];

    /// The lines of the program, which talks with the node of this name.
    fn lines(self, other: &str) -> String {
        match self {
            Offer::TcpServer => TCP_SERVER.to_owned(),
            Offer::TcpClient => TCP_CLIENT.replace("OTHER", other),
            Offer::UdpServer => UDP_SERVER.to_owned(),
            Offer::UdpClient => UDP_CLIENT.replace("OTHER", other),
            Offer::Ping => format!("run ping {other}"),
            Offer::HttpServer => "file /www/index.html \"<h1>hello!</h1>\\n\"\nrun http-server".to_owned(),
            Offer::HttpGet => format!("run http-get {other} at 100ms"),
            Offer::DnsServer => "run dns-server name www.lab 10.0.0.80".to_owned(),
            Offer::Lookup => "file /etc/resolv.conf \"nameserver 10.0.0.1\\n\"\nrun lookup www.lab at 100ms".to_owned(),
            Offer::DhcpServer => "run dhcp-server from 10.0.0.100 to 10.0.0.199".to_owned(),
            Offer::DhcpClient => "run dhcp-client".to_owned(),
        }
    }
}

const TCP_SERVER: &str = "program tcp_server
  listener = socket
  bind listener :8898
  listen listener
  loop
    connection = accept listener
    recv connection 1024
    print
    send connection \"hi\"
    close connection";

const TCP_CLIENT: &str = "program tcp_client at 10ms
  client = socket
  connect client OTHER:8898
  send client \"hello!\"
  recv client 1024
  print
  close client";

const UDP_SERVER: &str = "program udp_server
  server = socket dgram
  bind server :9000
  loop
    recvfrom server 1024
    print
    reply server \"hi\"";

const UDP_CLIENT: &str = "program udp_client at 10ms
  client = socket dgram
  sendto client \"hello!\" OTHER:9000
  recvfrom client 1024
  print
  close client";

/// The text with a program added to a node.
pub(super) fn add(text: &str, plan: &Plan, node: usize, offer: Offer) -> Option<String> {
    let line = plan.line(Part::Node(node))?;
    let mut splices = Splices::default();
    below(text, line, &offer.lines(&partner(plan, node)), true, &mut splices);
    Some(splices.apply(text))
}

/// Whom a program talks with: the nearest other host, or whoever is there.
fn partner(plan: &Plan, node: usize) -> String {
    let mut near = vec![node];
    let mut next = 0;
    while let Some(at) = near.get(next).copied() {
        next += 1;
        for link in &plan.links {
            let other = match link.ends {
                [a, b] if a == at => b,
                [a, b] if b == at => a,
                _ => continue,
            };
            if !near.contains(&other) {
                near.push(other);
            }
        }
    }
    let others = near.into_iter().skip(1).chain((0..plan.nodes.len()).filter(|other| *other != node));
    let is_host = |other: &usize| plan.nodes[*other].kind == NodeKind::Host;
    let partner = others.clone().find(is_host).or_else(|| others.clone().next());
    outline::name(partner.map_or("10.0.0.1", |other| &plan.nodes[other].name))
}
