//! Every recording, and what has become of it: a regression fails here, and so does an improvement until the table says it.
//!
//! Absent on purpose: the comparison's own tests (they stand with it).

use truth::Outcome;

/// Recordings that the simulator repeats frame by frame and call by call.
const EQUAL: [&str; 3] = ["udp_4000_fragments", "udp_hello", "udp_port_unreachable"];

/// The others, with the reason.
const DIFFERENT: [(&str, &str); 21] = [
    ("icmp_ping", "no sockets that ping"),
    ("route_ping", "no sockets that ping"),
    ("route_tcp_pmtud_mtu1000", "no routers, no SACK"),
    ("route_ttl_exceeded", "no sockets that ping"),
    ("tcp_backlog_overflow", "no SACK, no sockets that do not block"),
    ("tcp_bulk40_clean", "no SACK"),
    ("tcp_bulk40_loss_12_15_18", "no SACK"),
    ("tcp_data_lost", "no SACK"),
    ("tcp_half_close", "no SACK"),
    ("tcp_hello", "no SACK"),
    ("tcp_hello_server_closes_first", "no SACK"),
    ("tcp_hello_v6", "no IPv6"),
    ("tcp_nagle_on", "no SACK"),
    ("tcp_nodelay", "no SACK"),
    ("tcp_pingpong_delack", "no SACK"),
    ("tcp_refused", "no SACK"),
    ("tcp_rst_on_unread_close", "no SACK"),
    ("tcp_simultaneous_close", "no SACK"),
    ("tcp_syn_lost", "no SACK"),
    ("tcp_zero_window", "no SACK"),
    ("udp_hello_v6", "no IPv6"),
];

#[test]
fn the_table_of_recordings_is_true() {
    let folders = truth::folders(&truth::own_recordings()).unwrap();
    assert_eq!(folders.len(), EQUAL.len() + DIFFERENT.len(), "every recording stands in the table");
    let mut wrong = Vec::new();
    for outcome in folders.iter().map(|folder| Outcome::of(folder)) {
        let name = outcome.name.as_str();
        let known = EQUAL.contains(&name) || DIFFERENT.iter().any(|(other, _)| *other == name);
        if !known || outcome.is_equal() != EQUAL.contains(&name) {
            wrong.push(format!("{outcome}"));
        }
    }
    assert!(wrong.is_empty(), "the table says otherwise of:\n{}", wrong.join("\n"));
}

#[test]
fn a_run_is_the_same_twice() {
    let folder = truth::own_recordings().join("tcp_zero_window");
    assert_eq!(Outcome::of(&folder), Outcome::of(&folder));
}

#[test]
fn a_folder_without_recordings_is_said() {
    let problem = truth::folders(&truth::own_recordings().join("none")).unwrap_err();
    assert!(problem.to_string().starts_with("exchanges/none: it cannot be read"), "{problem}");
}
