//! Processes whose calls come from outside, and links whose frames are late as written.

use core::time::Duration;

use sim_core::network::Input;
use sim_core::program::{Call, Family, MessageFlags, SocketType};
use sim_core::trace::{LinkId, ProcessId, What};

use crate::harness::*;

fn call(run: &mut Run, millis: u64, process: u32, call: Call) {
    let node = if process == 0 { A } else { B };
    run.input(at(millis), Input::Call(node, ProcessId(process), call));
}

/// An A and a B without programs, connected: A's descriptor 3 to B's descriptor 4.
fn connected() -> Run {
    let mut run = Run::new(&two_hosts(), 1);
    run.input(at(0), Input::Process(A, "a".into())).input(at(0), Input::Process(B, "b".into()));
    call(&mut run, 0, 1, Call::Socket(Family::Inet, SocketType::Stream));
    call(&mut run, 0, 1, Call::Bind(3, every_address(PORT)));
    call(&mut run, 0, 1, Call::Listen(3, 8));
    call(&mut run, 0, 1, Call::Accept(3));
    call(&mut run, 0, 0, Call::Socket(Family::Inet, SocketType::Stream));
    call(&mut run, 0, 0, Call::Connect(3, b(PORT)));
    run
}

#[test]
fn calls_come_from_outside_and_wait_their_turn() {
    let mut run = connected();
    // Both are made while `connect` blocks.
    call(&mut run, 1, 0, Call::Send(3, bytes("x"), MessageFlags::NONE));
    call(&mut run, 1, 0, Call::Recv(3, 10, MessageFlags::NONE));
    call(&mut run, 200, 1, Call::Send(4, bytes("y"), MessageFlags::NONE));
    run.until(at(400));
    same(&run.results(A), &["1: fd 3", "2: None", "3: 1", "4: b'y'"]);
}

#[test]
fn an_error_is_a_result_and_the_process_goes_on() {
    let mut run = connected();
    call(&mut run, 200, 0, Call::Close(9));
    call(&mut run, 201, 0, Call::Send(3, bytes("x"), MessageFlags::NONE));
    run.until(at(400));
    same(&run.results(A), &["1: fd 3", "2: None", "3: EBADF", "4: 1"]);
}

#[test]
fn frames_arrive_when_a_recording_says_so_and_not_before_they_can() {
    let mut scenario = two_hosts();
    // The ARP request on time, though the list has it earlier; the SYN 47 ms after the beginning.
    scenario.links[0].faults[0].arrive = vec![ms(3), ms(47)];
    let mut run = Run::new(&scenario, 1);
    run.spawn(at(0), A, "client", connecting()).until(at(200));
    let arrivals: Vec<u64> = run
        .trace
        .facts()
        .iter()
        .filter_map(|fact| match fact.what {
            What::Sent { link: LinkId(0), arrives_at, .. } if fact.node == A => Some(arrives_at.as_nanos() / 1_000_000),
            _ => None,
        })
        .collect();
    assert_eq!(arrivals[..2], [10, 47]);
}

#[test]
fn frames_are_late_as_written_and_keep_their_order() {
    let mut scenario = two_hosts();
    // The ARP request 7 ms, the SYN not at all, the ACK 5 ms; what follows the ACK at once arrives with it.
    scenario.links[0].faults[0].late = vec![ms(7), Duration::ZERO, ms(5)];
    let mut run = Run::new(&scenario, 1);
    run.spawn(at(0), B, "server", accepting());
    run.spawn(at(0), A, "client", then(connecting(), [sim_core::program::Step::Send(S0, bytes("x"))]));
    run.until(at(1000));
    let flights: Vec<u64> = run
        .trace
        .facts()
        .iter()
        .filter_map(|fact| match fact.what {
            What::Sent { link: LinkId(0), sent_at, arrives_at, .. } if fact.node == A => {
                Some((arrives_at - sent_at).as_millis() as u64)
            }
            _ => None,
        })
        .take(4)
        .collect();
    assert_eq!(flights[..3], [17, 10, 15]);
    assert!(flights[3] >= 14, "the data would overtake the ACK: {flights:?}");
}
