//! Programs: scripts with loops and caught errors, machines of the caller's own kind, and processes that are killed.

use std::sync::Arc;

use sim_core::errno::Errno;
use sim_core::network::Input;
use sim_core::program::{Call, Family, MessageFlags, Next, Program, SocketType, Step, View};
use sim_core::trace::{ProcessId, Value};

use crate::harness::*;

fn stream() -> Step {
    Step::Socket(Family::Inet, SocketType::Stream, S0)
}

fn results(steps: Vec<Step>) -> Vec<String> {
    let mut run = Run::new(&two_hosts(), 1);
    run.spawn(at(0), A, "program", steps).until(at(10_000));
    run.results(A)
}

#[test]
fn a_caught_error_goes_on_or_elsewhere() {
    let steps = |to| {
        vec![
            stream(),
            Step::Try(Box::new(Step::Connect(S0, b(81))), to),
            Step::PrintResult,
            Step::Print("the end".into()),
        ]
    };
    // Nobody listens at B; the same step fails again because its socket is free again.
    assert_eq!(
        results(steps(None)),
        ["1: fd 3", "2: ECONNREFUSED", "3: print ECONNREFUSED", "4: print the end", "4: exit"]
    );
    assert_eq!(results(steps(Some(3))), ["1: fd 3", "2: ECONNREFUSED", "4: print the end", "4: exit"]);
}

#[test]
fn loops_count_and_begin_anew() {
    let steps = vec![
        Step::Print("outer".into()),
        Step::Print("inner".into()),
        Step::Repeat(1, 2),
        Step::Repeat(0, 1),
        Step::SleepUntil(at(700)),
        Step::SleepUntil(at(500)),
    ];
    let lines = ["1: print outer", "2: print inner", "2: print inner", "2: print inner"];
    let mut expected = lines.repeat(2);
    expected.extend(["5: None", "6: None", "6: exit"]);
    same(&results(steps.clone()), &expected);
    let mut run = Run::new(&two_hosts(), 1);
    run.spawn(at(0), A, "program", steps).until(at(699));
    assert_eq!(run.results(A).len(), 8, "it sleeps until 700 ms");
    run.until(at(700));
    assert_eq!(run.results(A).len(), 11);
}

#[test]
fn exactly_so_many_bytes_or_to_the_end() {
    let mut run = Run::new(&two_hosts(), 1);
    let more = [Step::RecvExactly(S1, 5), Step::PrintReceived, Step::RecvExactly(S1, 5), Step::PrintReceived];
    run.spawn(at(0), B, "server", then(accepting(), more));
    let pieces = ["ab", "cd", "efg"].map(|piece| [Step::Send(S0, bytes(piece)), Step::Sleep(ms(100))]);
    run.spawn(at(10), A, "client", then(connecting(), pieces.into_iter().flatten())).until(at(1000));
    let printed: Vec<_> = run.results(B).into_iter().filter(|line| line.contains("print")).collect();
    assert_eq!(printed, ["6: print b'abcde'", "8: print b'fg'"]);
}

#[test]
fn a_loop_without_calls_does_not_stop_the_world() {
    let mut run = Run::new(&two_hosts(), 1);
    run.spawn(at(0), A, "endless", vec![Step::Jump(0)]);
    run.spawn(at(0), A, "other", vec![Step::Sleep(ms(5)), Step::Print("on time".into())]).until(at(10));
    assert!(run.results(A).contains(&"2: print on time".to_owned()));
}

#[test]
fn waiting_no_time_does_not_stop_the_world() {
    for wait in [Step::Sleep(ms(0)), Step::Poll(Vec::new(), Some(ms(0)))] {
        let mut run = Run::new(&two_hosts(), 1);
        run.spawn(at(0), A, "other", vec![Step::Sleep(ms(1) / 2), Step::Print("on time".into())]);
        run.spawn(at(0), A, "endless", vec![wait, Step::Jump(0)]).until(at(1));
        assert!(run.results(A).contains(&"2: print on time".to_owned()));
    }
}

/// A client that asks with a random number until the answer has been heard three times.
#[derive(Clone, Debug)]
struct Asker {
    heard: u32,
    fd: u32,
}

impl Program for Asker {
    fn name(&self) -> Arc<str> {
        "asker".into()
    }

    fn resume(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Next {
        let call = match last {
            None => Call::Socket(Family::Inet, SocketType::Stream),
            Some(Err(error)) => return Next::exit(9, Some(error)),
            Some(Ok(Value::Descriptor(fd))) => {
                self.fd = fd;
                Call::Connect(fd, b(PORT))
            }
            Some(Ok(Value::Number(_))) => Call::Recv(self.fd, 100, MessageFlags::NONE),
            Some(Ok(_)) if self.heard == 3 => return Next::exit(8, None),
            Some(Ok(_)) => {
                self.heard += 1;
                Call::Send(self.fd, view.random().to_string().into_bytes().into(), MessageFlags::NONE)
            }
        };
        Next::Call { line: 1, call }
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

#[test]
fn any_machine_is_a_program_and_is_cloned_with_the_network() {
    let mut run = Run::new(&two_hosts(), 7);
    let echo = [Step::Recv(S1, 100), Step::SendReceived(S1), Step::Repeat(4, 2)];
    run.spawn(at(0), B, "server", then(accepting(), echo));
    run.input(at(10), Input::Run(A, Box::new(Asker { heard: 0, fd: 0 })));
    let mut copy = run.until(at(80)).clone();
    let expected = run.until(at(1000)).trace.hash();
    assert_eq!(copy.until(at(1000)).trace.hash(), expected);
    assert_eq!(run.results(A).last().map(String::as_str), Some("8: exit"), "{:?}", run.results(A));
    let answers = run.results(A).into_iter().filter(|line| line.starts_with("1: b'")).count();
    assert_eq!(answers, 3);
}

/// `SIGKILL`: what the kernel closes, it closes as `close` would: with a FIN, or with a RST where data was not read.
#[test]
fn a_killed_process_leaves_its_sockets_to_the_kernel() {
    for (unread, end) in [(false, "B AF"), (true, "B AR")] {
        let mut run = Run::new(&two_hosts(), 1);
        run.spawn(at(0), B, "server", then(accepting(), [Step::Sleep(ms(60_000))]));
        let say = if unread { vec![Step::Send(S0, bytes("hello"))] } else { vec![] };
        let client = then(then(connecting(), say), [Step::Sleep(ms(60_000))]);
        run.spawn(at(10), A, "client", client).until(at(1000));
        let before = run.packets().len();
        run.input(at(1000), Input::Kill(B, ProcessId(0))).until(at(2000));
        assert!(run.packets()[before].starts_with(end), "{:?}", run.packets());
        assert!(run.trace.facts().iter().any(|fact| fact.to_string().ends_with("Killed p0")));
        // A second time there is nobody to kill, and the port is free but for what waits in TIME-WAIT.
        run.input(at(2000), Input::Kill(B, ProcessId(0))).spawn(at(2001), A, "late", connecting()).until(at(3000));
        assert!(run.results(A).contains(&"2: ECONNREFUSED".to_owned()));
        assert_eq!(run.trace.facts().iter().filter(|fact| fact.to_string().contains("Killed")).count(), 1);
    }
}
