//! Threads of a process, its standard streams, and the lines that it says it ran. What calls of two threads on one socket do was
//! measured on Linux 6.18.

use std::sync::Arc;

use sim_core::errno::Errno;
use sim_core::network::Input;
use sim_core::program::{
    Call, Events, Family, MessageFlags, Next, Output, PollFd, Program, Shutdown, SocketType, ThreadId, View,
};
use sim_core::trace::{ProcessId, Value, What};

use crate::harness::*;

/// A program whose threads each do the actions of one list.
#[derive(Clone, Debug)]
pub(crate) struct Play(Vec<std::collections::VecDeque<Next>>);

impl Play {
    pub(crate) fn new(threads: impl IntoIterator<Item = Vec<Next>>) -> Box<Play> {
        Box::new(Play(threads.into_iter().map(Into::into).collect()))
    }
}

impl Program for Play {
    fn name(&self) -> Arc<str> {
        "play".into()
    }

    fn resume(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Next {
        let actions = &mut self.0[view.thread.0 as usize];
        // A thread that is parked says what came of it.
        if let (Some(Next::Print { text, .. }), Some(result)) = (actions.front_mut(), &last) {
            *text = text.replace("LAST", &format!("{result:?}")).into();
        }
        actions.pop_front().unwrap_or(Next::Ended { line: 99 })
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

pub(crate) fn call(line: u16, call: Call) -> Next {
    Next::Call { line, call }
}

pub(crate) fn spawn(number: u32) -> Next {
    Next::Spawn { line: 1, thread: ThreadId(number), name: format!("Thread-{number}").into() }
}

pub(crate) fn park(line: u16, limit: Option<u64>) -> Next {
    Next::Park { line, why: "lock".into(), limit: limit.map(ms) }
}

pub(crate) fn unpark(line: u16, number: u32) -> Next {
    Next::Unpark { line, thread: ThreadId(number) }
}

fn say(line: u16, text: &str) -> Next {
    Next::print(line, text.into())
}

pub(crate) fn nap(line: u16, millis: u64) -> Next {
    call(line, Call::Sleep(ms(millis)))
}

pub(crate) fn recv(line: u16, fd: u32) -> Next {
    call(line, Call::Recv(fd, 100, MessageFlags::NONE))
}

fn send(line: u16, fd: u32, text: &str) -> Next {
    call(line, Call::Send(fd, bytes(text), MessageFlags::NONE))
}

fn exit(line: u16) -> Next {
    Next::exit(line, None)
}

/// The facts of processes, without numbers of facts and without causes.
fn told(run: &Run) -> Vec<String> {
    let is_of_process = |what: &What| {
        matches!(
            what,
            What::Started { .. }
                | What::Called { .. }
                | What::Returned { .. }
                | What::Printed { .. }
                | What::Ran { .. }
        ) || matches!(what, What::Exited { .. } | What::Killed { .. } | What::Typed { .. })
    };
    let facts = run.trace.facts().iter().filter(|fact| is_of_process(&fact.what));
    let short = |text: String| match text.split_once(" of #") {
        Some((head, rest)) => format!("{head} {}", rest.split_once(' ').map_or("", |(_, rest)| rest)),
        None => text,
    };
    facts.map(|fact| format!("{} {}", fact.at.as_nanos() / 1000, short(fact.what.to_string()))).collect()
}

fn play(threads: impl IntoIterator<Item = Vec<Next>>) -> Run {
    let mut run = Run::new(&two_hosts(), 1);
    run.input(at(0), Input::Run(A, Play::new(threads))).until(at(10_000));
    run
}

#[test]
fn each_thread_blocks_by_itself_and_the_process_ends_with_the_first() {
    let first = vec![spawn(1), spawn(2), nap(2, 5), say(3, "first"), exit(4)];
    let run = play([first, vec![nap(11, 1), say(12, "one")], vec![nap(21, 60_000)]]);
    same(
        &told(&run),
        &[
            "0 Started p0 play",
            "0 Started t0 play thread of p0 Thread-1",
            "0 Started t1 play thread of p0 Thread-2",
            "0 Called p0 line 2 sleep(5000000ns)",
            "100 Called t0 line 11 sleep(1000000ns)",
            "100 Called t1 line 21 sleep(60000000000ns)",
            "1100 Returned t0 line 11 None",
            "1100 Printed t0 line 12 one",
            "1100 Exited t0 line 99",
            "5000 Returned p0 line 2 None",
            "5000 Printed p0 line 3 first",
            "5000 Exited t1 line 21",
            "5000 Exited p0 line 4",
        ],
    );
}

#[test]
fn a_parked_thread_waits_for_another_or_for_its_time() {
    let first = vec![spawn(1), park(2, Some(50)), say(3, "LAST"), park(4, Some(50)), say(5, "LAST"), exit(6)];
    let run = play([first, vec![nap(11, 10), unpark(12, 0), unpark(13, 0), unpark(14, 7), say(15, "LAST")]]);
    same(
        &told(&run),
        &[
            "0 Started p0 play",
            "0 Started t0 play thread of p0 Thread-1",
            "0 Called p0 line 2 futex(FUTEX_WAIT, lock, 50000000ns)",
            "100 Called t0 line 11 sleep(10000000ns)",
            "10100 Returned t0 line 11 None",
            "10100 Called t0 line 12 futex(FUTEX_WAKE, p0)",
            "10100 Returned t0 line 12 1",
            "10100 Called t0 line 13 futex(FUTEX_WAKE, p0)",
            // It is woken already.
            "10100 Returned t0 line 13 0",
            // A thread that is not there is nobody to wake.
            "10100 Printed t0 line 15 Ok(Number(0))",
            "10100 Exited t0 line 99",
            "10200 Returned p0 line 2 None",
            "10200 Printed p0 line 3 Ok(None)",
            "10200 Called p0 line 4 futex(FUTEX_WAIT, lock, 50000000ns)",
            "60200 Returned p0 line 4 ETIMEDOUT",
            "60200 Printed p0 line 5 Err(ETIMEDOUT)",
            "60200 Exited p0 line 6",
        ],
    );
    let returned = run.trace.facts().iter().find(|fact| fact.what.to_string().starts_with("Returned p0 line 2"));
    let cause = run.trace.get(returned.and_then(|fact| fact.cause).expect("it was woken")).expect("in the trace");
    assert!(cause.what.to_string().starts_with("Called t0 line 12"), "{cause}");
}

#[test]
fn a_thread_that_was_woken_before_it_parks_does_not_wait() {
    let first = vec![spawn(1), nap(2, 10), park(3, None), say(4, "LAST"), park(5, Some(1)), say(6, "LAST"), exit(7)];
    let run = play([first, vec![unpark(11, 0), unpark(12, 0)]]);
    let said: Vec<String> = told(&run).into_iter().filter(|line| line.contains("Printed")).collect();
    same(&said, &["10000 Printed p0 line 4 Ok(None)", "11000 Printed p0 line 6 Err(ETIMEDOUT)"]);
}

#[test]
fn threads_that_wait_for_one_thing_go_on_in_the_order_of_their_waking() {
    let wakes = [3, 1, 2].map(|number| unpark(2, number));
    let mut first = vec![spawn(1), spawn(2), spawn(3), nap(1, 1)];
    first.extend(wakes);
    first.extend([nap(3, 1), exit(4)]);
    let waits = (1..4).map(|number| vec![park(number * 10, None), say(number * 10 + 1, "on")]);
    let run = play(std::iter::once(first).chain(waits));
    let said: Vec<String> = told(&run).into_iter().filter(|line| line.contains("Printed")).collect();
    same(&said, &["1100 Printed t2 line 31 on", "1100 Printed t0 line 11 on", "1100 Printed t1 line 21 on"]);
}

/// A pair of sockets in one process: descriptors 3 and 4.
fn pair() -> Next {
    call(1, Call::SocketPair(SocketType::Stream))
}

#[test]
fn a_thread_hears_what_another_writes_on_the_same_machine() {
    let first = vec![pair(), spawn(1), nap(2, 1), send(3, 4, "hello"), nap(4, 1), exit(5)];
    let run = play([first, vec![recv(11, 3)]]);
    assert!(told(&run).contains(&"1100 Returned t0 line 11 b'hello'".to_owned()), "{:#?}", told(&run));
}

/// The client's first thread connects (descriptor 3), and does the rest while its second waits in `recv`; B sends a byte
/// after half a second.
fn two_on_one(rest: Vec<Next>, second: Vec<Next>) -> Run {
    let mut run = Run::new(&two_hosts(), 1);
    let server = vec![
        call(1, Call::Socket(Family::Inet, SocketType::Stream)),
        call(2, Call::Bind(3, every_address(PORT))),
        call(3, Call::Listen(3, 8)),
        call(4, Call::Accept(3)),
        nap(5, 500),
        send(6, 4, "x"),
        nap(7, 10_000),
    ];
    let mut first = vec![
        call(1, Call::Socket(Family::Inet, SocketType::Stream)),
        call(2, Call::Connect(3, b(PORT))),
        spawn(1),
        nap(3, 100),
    ];
    first.extend(rest);
    first.push(nap(9, 5_000));
    run.input(at(0), Input::Run(B, Play::new([server])));
    run.input(at(0), Input::Run(A, Play::new([first, second]))).until(at(3_000));
    run
}

#[test]
fn a_socket_that_is_closed_during_a_call_lives_until_the_call_returns() {
    let run =
        two_on_one(vec![call(4, Call::Close(3)), call(5, Call::Recv(3, 1, MessageFlags::NONE))], vec![recv(11, 3)]);
    let told = told(&run);
    let returned = told.iter().find(|line| line.contains("Returned t0 line 11")).expect("it returns");
    assert!(returned.ends_with("b'x'"), "{returned}");
    assert!(told.iter().any(|line| line.ends_with("Returned p1 line 4 None")), "close does not wait: {told:#?}");
    assert!(told.iter().any(|line| line.ends_with("Returned p1 line 5 EBADF")), "{told:#?}");
    let data = run.times_of("B AP")[0];
    let fin = run.times_of("A AF")[0];
    assert!(fin > data, "the FIN is sent when `recv` has returned, {fin} after {data}");
    let fin = run.trace.facts().iter().find(|fact| fact.what.to_string().contains("FIN-WAIT-1")).expect("it closes");
    assert!(run.trace.causes(fin.id).any(|cause| cause.what.to_string().starts_with("Returned t0 line 11")));
}

#[test]
fn a_descriptor_that_is_given_anew_is_not_what_a_call_waits_on() {
    let rest = vec![call(4, Call::Close(3)), call(5, Call::Socket(Family::Inet, SocketType::Datagram))];
    let run = two_on_one(rest, vec![recv(11, 3)]);
    let told = told(&run);
    assert!(told.iter().any(|line| line.ends_with("Returned p1 line 5 fd 3")), "{told:#?}");
    assert!(told.iter().any(|line| line.ends_with("Returned t0 line 11 b'x'")), "{told:#?}");
}

#[test]
fn a_poll_tells_of_a_descriptor_that_is_gone_when_its_socket_wakes() {
    let asked = [PollFd { fd: 3, events: Events::IN }];
    let run = two_on_one(vec![call(4, Call::Close(3))], vec![call(11, Call::Poll(asked.into(), None))]);
    let told = told(&run);
    let returned = told.iter().find(|line| line.contains("Returned t0 line 11")).expect("it returns");
    assert!(returned.ends_with("[3: POLLNVAL]"), "{returned}");
}

#[test]
fn a_shutdown_ends_what_another_thread_waits_for() {
    for how in [Shutdown::Both, Shutdown::Read] {
        let run = two_on_one(vec![call(4, Call::Shutdown(3, how))], vec![recv(11, 3)]);
        let told = told(&run);
        let returned = told.iter().find(|line| line.contains("Returned t0 line 11")).expect("it returns");
        assert!(returned.ends_with("b''"), "{how:?}: {returned}");
    }
    let first = vec![
        call(1, Call::Socket(Family::Inet, SocketType::Stream)),
        call(2, Call::Bind(3, every_address(PORT))),
        call(3, Call::Listen(3, 8)),
        spawn(1),
        nap(4, 10),
        call(5, Call::Shutdown(3, Shutdown::Both)),
        nap(6, 10),
        exit(7),
    ];
    let run = play([first, vec![call(11, Call::Accept(3))]]);
    assert!(told(&run).iter().any(|line| line.ends_with("Returned t0 line 11 EINVAL")), "{:#?}", told(&run));
}

#[test]
fn a_signal_to_one_thread_ends_them_all() {
    let mut run = Run::new(&two_hosts(), 1);
    let first = vec![call(1, Call::Socket(Family::Inet, SocketType::Datagram)), spawn(1), recv(2, 3)];
    run.input(at(0), Input::Run(A, Play::new([first, vec![nap(11, 1000)]])));
    run.input(at(10), Input::Kill(A, ProcessId::FIRST_THREAD)).until(at(5_000));
    let told = told(&run);
    assert!(told.ends_with(&["10000 Killed t0".to_owned(), "10000 Killed p0".to_owned()]), "{told:#?}");
    assert_eq!(run.network.socket_count(), 0);
}

#[test]
fn there_are_so_many_threads_and_no_more() {
    let first: Vec<Next> = (1..=1_000).map(spawn).chain([say(1, "LAST"), exit(2)]).collect();
    let run = play(std::iter::once(first).chain((0..1_000).map(|_| vec![nap(1, 1)])));
    let started = told(&run).iter().filter(|line| line.contains("Started")).count();
    assert_eq!(started, 1_000, "with the first");
    assert!(told(&run).contains(&"0 Printed p0 line 1 Err(EAGAIN)".to_owned()));
}

fn typed(text: &str, end: bool) -> Input {
    Input::Typed { node: A, process: ProcessId(0), text: text.into(), end }
}

#[test]
fn what_is_typed_is_read_by_lines_and_ends() {
    let read = |line, max| call(line, Call::Read(0, max));
    let program = vec![read(1, 100), read(2, 2), read(3, 100), read(4, 100), read(5, 100), read(6, 100), exit(7)];
    let mut run = Run::new(&two_hosts(), 1);
    run.input(at(0), Input::Run(A, Play::new([program])));
    run.input(at(10), typed("he", false)).input(at(20), typed("llo\nmore\n", false));
    run.input(at(30), typed("end", true)).input(at(40), typed("lost\n", false)).until(at(100));
    same(
        &told(&run),
        &[
            "0 Started p0 play",
            "0 Called p0 line 1 read(0, 100)",
            "10000 Typed p0 \"he\"",
            "20000 Typed p0 \"llo\\nmore\\n\"",
            "20100 Returned p0 line 1 b'hello\\n'",
            "20100 Called p0 line 2 read(0, 2)",
            "20100 Returned p0 line 2 b'mo'",
            "20100 Called p0 line 3 read(0, 100)",
            "20100 Returned p0 line 3 b're\\n'",
            "20100 Called p0 line 4 read(0, 100)",
            "30000 Typed p0 \"end\" end",
            "30100 Returned p0 line 4 b'end'",
            "30100 Called p0 line 5 read(0, 100)",
            "30100 Returned p0 line 5 b''",
            "30100 Called p0 line 6 read(0, 100)",
            "30100 Returned p0 line 6 b''",
            "30100 Exited p0 line 7",
        ],
    );
    let returned = run.trace.facts().iter().find(|fact| fact.what.to_string().starts_with("Returned p0 line 1"));
    let causes: Vec<_> = run.trace.causes(returned.expect("it returns").id).skip(1).map(ToString::to_string).collect();
    assert_eq!(causes, ["#3 20.000000ms n0 <- Typed p0 \"llo\\nmore\\n\""]);
}

#[test]
fn a_poll_waits_for_what_is_typed_and_for_sockets() {
    let asked = [PollFd { fd: 0, events: Events::IN }, PollFd { fd: 1, events: Events::IN }];
    let program = vec![call(1, Call::Poll(asked.into(), None)), call(2, Call::Read(0, 9)), exit(3)];
    let mut run = Run::new(&two_hosts(), 1);
    run.input(at(0), Input::Run(A, Play::new([program]))).input(at(10), typed("a", false));
    run.input(at(20), typed("b\n", false)).until(at(100));
    let told = told(&run);
    assert!(told.contains(&"20100 Returned p0 line 1 [0: POLLIN]".to_owned()), "{told:#?}");
    assert!(told.contains(&"20100 Returned p0 line 2 b'ab\\n'".to_owned()), "{told:#?}");
}

#[test]
fn output_says_where_it_goes_and_whether_its_line_has_ended() {
    let part = Next::Print { line: 1, text: "wait: ".into(), stream: Output::Out, ended: false };
    let error = Next::Print { line: 2, text: "oh".into(), stream: Output::Err, ended: true };
    let write = |line, fd, text| call(line, Call::Write(fd, bytes(text)));
    let program = vec![part, error, write(3, 1, "a\nb"), write(4, 2, "c\n"), write(5, 0, "d"), say(6, "LAST")];
    let end = Next::Exit { line: 7, error: None, status: 3 };
    let run = play([program.into_iter().chain([end]).collect::<Vec<_>>()]);
    same(
        &told(&run),
        &[
            "0 Started p0 play",
            "0 Printed p0 line 1 without end wait: ",
            "0 Printed p0 line 2 to stderr oh",
            "0 Called p0 line 3 write(1, b'a\\nb')",
            "0 Printed p0 line 3 a",
            "0 Printed p0 line 3 without end b",
            "0 Returned p0 line 3 3",
            "0 Called p0 line 4 write(2, b'c\\n')",
            "0 Printed p0 line 4 to stderr c",
            "0 Returned p0 line 4 2",
            "0 Called p0 line 5 write(0, b'd')",
            "0 Returned p0 line 5 EBADF",
            "0 Printed p0 line 6 Err(EBADF)",
            "0 Exited p0 line 7 status 3",
        ],
    );
}

#[test]
fn lines_that_ran_are_facts_and_causes() {
    let ran = Next::Ran { lines: [1, 2, 2, 3].into(), skipped: 7 };
    let run = play([vec![ran, nap(3, 1), exit(4)]]);
    assert_eq!(told(&run)[1], "0 Ran p0 lines 1 2 2 3 after 7");
    let called = run.trace.facts().iter().find(|fact| matches!(fact.what, What::Called { .. })).expect("a call");
    let causes: Vec<_> = run.trace.causes(called.id).skip(1).map(|fact| fact.id.0).collect();
    assert_eq!(causes, [1, 0]);
}

#[test]
fn a_clone_with_threads_goes_on_alike() {
    let first = vec![spawn(1), park(2, Some(50)), say(3, "first"), nap(4, 100), exit(5)];
    let second = vec![nap(11, 10), unpark(12, 0), nap(13, 20), say(14, "second")];
    let mut run = Run::new(&two_hosts(), 1);
    run.input(at(0), Input::Run(A, Play::new([first, second]))).until(at(5));
    let mut copy = run.clone();
    assert_eq!(copy.until(at(1000)).trace.hash(), run.until(at(1000)).trace.hash());
    assert!(run.results(A).contains(&"14: print second".to_owned()));
}
