//! Every recording, and what has become of it: a regression fails here, and so does an improvement until the table says it.
//!
//! Absent on purpose: the comparison's own tests (they stand with it).

use truth::Outcome;

/// Recordings that the simulator repeats frame by frame and call by call.
const EQUAL: [&str; 22] = [
    "icmp_ping",
    "route_ping",
    "route_ttl_exceeded",
    "tcp_backlog_overflow",
    "tcp_bulk40_clean",
    "tcp_bulk40_loss_12_15_18",
    "tcp_data_lost",
    "tcp_half_close",
    "tcp_hello",
    "tcp_hello_server_closes_first",
    "tcp_hello_v6",
    "tcp_nagle_on",
    "tcp_nodelay",
    "tcp_pingpong_delack",
    "tcp_refused",
    "tcp_rst_on_unread_close",
    "tcp_simultaneous_close",
    "tcp_syn_lost",
    "udp_4000_fragments",
    "udp_hello",
    "udp_hello_v6",
    "udp_port_unreachable",
];

/// The others, with the reason.
const DIFFERENT: [(&str, &str); 2] = [
    ("route_tcp_pmtud_mtu1000", "what was sent as two segments is not cut anew by itself"),
    ("tcp_zero_window", "a lone segment has PSH, and the writer is woken a round trip late"),
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
