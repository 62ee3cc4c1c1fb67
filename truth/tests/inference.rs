//! What is inferred of programs from their frames, recording by recording: nothing too much, nothing too little.
//!
//! Absent on purpose: replays.

use truth::call::OptionSaid;
use truth::plan::{Act, Handle, LISTENER, Process, plan};
use truth::recording::Recording;
use truth::setup::Setup;

fn processes(name: &str) -> Vec<Process> {
    let recording = Recording::load(&truth::own_recordings().join(name)).unwrap();
    plan(&recording, &Setup::of(&recording).unwrap()).unwrap()
}

/// What a process does that the recording does not list, without making and binding its socket.
fn inferred(name: &str, process: &str) -> Vec<Act> {
    let processes = processes(name);
    let process = processes.iter().find(|other| other.name == process).unwrap();
    let plumbing = |act: &Act| matches!(act, Act::Socket { .. } | Act::Bind(..));
    process
        .steps
        .iter()
        .filter(|step| step.event.is_none())
        .map(|step| step.act.clone())
        .filter(|act| !plumbing(act))
        .collect()
}

#[test]
fn a_full_list_of_calls_needs_no_inference() {
    for name in ["tcp_hello", "tcp_hello_v6", "tcp_half_close", "tcp_data_lost", "udp_hello", "tcp_simultaneous_close"]
    {
        for process in ["C", "S"] {
            assert_eq!(inferred(name, process), [], "{name} {process}");
        }
    }
}

#[test]
fn nagle_was_off_where_small_segments_left_together() {
    assert_eq!(inferred("tcp_nodelay", "C"), [Act::SetOption(Handle(0), OptionSaid::NoDelay(true))]);
    assert_eq!(inferred("tcp_nagle_on", "C"), []);
    assert_eq!(inferred("tcp_pingpong_delack", "C"), []);
}

#[test]
fn a_small_window_was_asked_for() {
    let acts = inferred("tcp_zero_window", "S");
    assert_eq!(acts[0], Act::SetOption(LISTENER, OptionSaid::ReceiveBuffer(8192)));
    // And the window shows when it was read.
    assert!(acts.len() > 20 && acts[1..].iter().all(|act| *act == Act::RecvPart(Handle(0))), "{acts:?}");
    assert_eq!(inferred("tcp_bulk40_clean", "S"), []);
}

#[test]
fn a_server_whose_reads_are_not_listed_reads_what_comes_and_closes_after_the_end() {
    let read = Act::Recv(Handle(0), 65_536);
    // Three segments and a FIN.
    let expected = [read.clone(), read.clone(), read.clone(), read.clone(), Act::Close(Handle(0))];
    assert_eq!(inferred("tcp_nagle_on", "S"), expected);
    // It reset the connection because it had not read.
    assert_eq!(inferred("tcp_rst_on_unread_close", "S"), []);
}

#[test]
fn sockets_that_the_program_let_go_are_closed_when_their_fin_left() {
    let closes = |process: &str| -> Vec<Act> {
        let acts = inferred("tcp_backlog_overflow", process);
        acts.into_iter().filter(|act| matches!(act, Act::Close(_))).collect()
    };
    assert_eq!(closes("C"), (0..5).map(|number| Act::Close(Handle(number))).collect::<Vec<_>>());
    assert_eq!(closes("S").len(), 5);
}

#[test]
fn pings_leave_when_the_recording_has_them() {
    let processes = processes("icmp_ping");
    let sent: Vec<i64> = processes[0]
        .steps
        .iter()
        .filter(|step| matches!(step.act, Act::Echo(..)))
        .map(|step| step.at / 1_000_000)
        .collect();
    // The first waited for its neighbour's address.
    assert_eq!(sent, [10, 210, 411]);
}
