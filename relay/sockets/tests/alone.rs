//! Calls that need no relay: files, typed lines, threads that wake each other; and what becomes of the rest when there is none.

use std::time::Duration;

use relay_proto::ClientMessage;
use relay_sockets::{Kernel, Output, Task};
use sim_core::errno::Errno;
use sim_core::program::{Address, Call, Events, Family, OpenFlags, PollFd, SocketType};
use sim_core::time::Instant;
use sim_core::trace::{ProcessId, Value};

const MAIN: Task = Task { process: 7, thread: 0 };
const OTHER: Task = Task { process: 7, thread: 1 };
const START: Instant = Instant::from_nanos(0);

/// What has come out: results with their threads.
fn returned(kernel: &mut Kernel) -> Vec<(Task, Result<Value, Errno>)> {
    core::iter::from_fn(|| kernel.poll_output())
        .filter_map(|output| match output {
            Output::Returned(returned) => Some((returned.task, returned.result)),
            Output::Message(_) => None,
        })
        .collect()
}

fn call(kernel: &mut Kernel, task: Task, call: Call) -> Option<Result<Value, Errno>> {
    kernel.handle_call(task, call, START);
    returned(kernel).into_iter().find(|(whose, _)| *whose == task).map(|(_, result)| result)
}

fn read(text: &str) -> Option<Result<Value, Errno>> {
    Some(Ok(Value::Bytes(text.as_bytes().into())))
}

#[test]
fn what_one_program_writes_the_other_reads() {
    let mut kernel = Kernel::new();
    let reader = Task { process: 8, thread: 0 };
    let path = "shared.txt";
    assert_eq!(call(&mut kernel, reader, Call::Open(path.into(), OpenFlags::READ)), Some(Err(Errno::ENOENT)));
    assert_eq!(call(&mut kernel, MAIN, Call::Open(path.into(), OpenFlags::WRITE)), Some(Ok(Value::Descriptor(3))));
    for part in ["hello ", "world"] {
        let written = call(&mut kernel, MAIN, Call::Write(3, part.as_bytes().into()));
        assert_eq!(written, Some(Ok(Value::Number(part.len()))));
    }
    assert_eq!(call(&mut kernel, MAIN, Call::Read(3, 9)), Some(Err(Errno::EBADF)));
    assert_eq!(call(&mut kernel, MAIN, Call::Close(3)), Some(Ok(Value::None)));
    call(&mut kernel, reader, Call::Open(path.into(), OpenFlags::READ));
    assert_eq!(call(&mut kernel, reader, Call::Read(3, 5)), read("hello"));
    assert_eq!(call(&mut kernel, reader, Call::Read(3, 99)), read(" world"));
    assert_eq!(call(&mut kernel, reader, Call::Read(3, 99)), read(""));
    assert_eq!(call(&mut kernel, reader, Call::Listen(3, 1)), Some(Err(Errno::ENOTSOCK)));
    assert_eq!(call(&mut kernel, MAIN, Call::Access(path.into())), Some(Ok(Value::None)));
    assert_eq!(call(&mut kernel, MAIN, Call::Unlink(path.into())), Some(Ok(Value::None)));
    assert_eq!(call(&mut kernel, MAIN, Call::Unlink(path.into())), Some(Err(Errno::ENOENT)));
}

#[test]
fn files_are_appended_to_cut_and_bounded() {
    let mut kernel = Kernel::new();
    let mut write = |flags: OpenFlags, bytes: Vec<u8>| {
        let Some(Ok(Value::Descriptor(fd))) = call(&mut kernel, MAIN, Call::Open("log".into(), flags)) else {
            panic!()
        };
        let written = call(&mut kernel, MAIN, Call::Write(fd, bytes.into()));
        call(&mut kernel, MAIN, Call::Close(fd));
        written
    };
    assert_eq!(write(OpenFlags::WRITE, b"first".into()), Some(Ok(Value::Number(5))));
    assert_eq!(write(OpenFlags::APPEND, b"+second".into()), Some(Ok(Value::Number(7))));
    assert_eq!(write(OpenFlags::APPEND, vec![0; 16 << 20]), Some(Err(Errno::ENOSPC)));
    call(&mut kernel, MAIN, Call::Open("log".into(), OpenFlags::READ));
    assert_eq!(call(&mut kernel, MAIN, Call::Read(3, 99)), read("first+second"));
}

#[test]
fn standard_input_gives_a_line_at_a_time_and_then_its_end() {
    let mut kernel = Kernel::new();
    assert_eq!(call(&mut kernel, MAIN, Call::Read(0, 100)), None);
    kernel.handle_typed(MAIN.process, Some("one\ntwo"), START);
    assert_eq!(returned(&mut kernel), [(MAIN, read("one\n").unwrap())]);
    assert_eq!(call(&mut kernel, MAIN, Call::Read(0, 100)), read("two"));
    let readable = Call::Poll([PollFd { fd: 0, events: Events::IN }].into(), None);
    assert_eq!(call(&mut kernel, MAIN, readable), None);
    kernel.handle_typed(MAIN.process, None, START);
    let [(MAIN, Ok(Value::Ready(ready)))] = &returned(&mut kernel)[..] else { panic!("the end can be read") };
    assert_eq!(ready[..], [PollFd { fd: 0, events: Events::IN }]);
    assert_eq!(call(&mut kernel, MAIN, Call::Read(0, 100)), read(""));
}

#[test]
fn a_thread_is_woken_by_another_or_by_the_time_and_a_waking_is_kept() {
    let mut kernel = Kernel::new();
    let park = |limit| Call::Park("a lock".into(), limit);
    let unpark = Call::Unpark(ProcessId(OTHER.thread));
    assert_eq!(call(&mut kernel, OTHER, park(None)), None);
    kernel.handle_call(MAIN, unpark.clone(), START);
    assert_eq!(returned(&mut kernel), [(MAIN, Ok(Value::Number(1))), (OTHER, Ok(Value::None))]);
    assert_eq!(call(&mut kernel, MAIN, unpark), Some(Ok(Value::Number(0))));
    assert_eq!(call(&mut kernel, OTHER, park(None)), Some(Ok(Value::None)));
    assert_eq!(call(&mut kernel, OTHER, park(Some(Duration::from_millis(3)))), None);
    assert_eq!(kernel.poll_timeout(), Some(Instant::from_millis(3)));
    kernel.handle_timeout(Instant::from_millis(3));
    assert_eq!(returned(&mut kernel), [(OTHER, Err(Errno::ETIMEDOUT))]);
    assert_eq!(kernel.poll_timeout(), None);
}

#[test]
fn without_a_relay_the_network_is_down_and_files_are_not() {
    let mut kernel = Kernel::new();
    assert_eq!(call(&mut kernel, MAIN, Call::Socket(Family::Inet, SocketType::Stream)), None);
    kernel.handle_loss(START);
    assert_eq!(returned(&mut kernel), [(MAIN, Err(Errno::ENETDOWN))]);
    assert_eq!(call(&mut kernel, MAIN, Call::Socket(Family::Inet, SocketType::Stream)), Some(Err(Errno::ENETDOWN)));
    assert_eq!(call(&mut kernel, MAIN, Call::Open("a".into(), OpenFlags::WRITE)), Some(Ok(Value::Descriptor(3))));
}

#[test]
fn what_no_message_can_say_is_refused_here() {
    let mut kernel = Kernel::new();
    assert_eq!(call(&mut kernel, MAIN, Call::SocketPair(SocketType::Stream)), Some(Err(Errno::EOPNOTSUPP)));
    let ping = Call::Socket(Family::Inet, SocketType::Icmp);
    assert_eq!(call(&mut kernel, MAIN, ping), Some(Err(Errno::EPROTONOSUPPORT)));
    for fd in [0, 3, u32::MAX] {
        let bind = Call::Bind(fd, Address::from(([127, 0, 0, 1], 1)));
        assert_eq!(call(&mut kernel, MAIN, bind), Some(Err(Errno::EBADF)));
    }
}

#[test]
fn what_is_no_message_changes_nothing() {
    let mut kernel = Kernel::new();
    kernel.handle_call(MAIN, Call::Socket(Family::Inet, SocketType::Stream), START);
    let Some(Output::Message(open)) = kernel.poll_output() else { panic!("OPEN comes first") };
    assert!(matches!(ClientMessage::decode(&open), Ok(ClientMessage::Open { .. })));
    for message in [&b""[..], b"\x81", b"\xff\0\0\0\0", &open] {
        assert!(kernel.handle_message(message, START).is_err());
    }
    // Nobody has asked: ACCEPTED is given back, and the rest passed over.
    let opened = relay_proto::ServerMessage::Opened { socket: 99, at: 0, credit: 5 }.encode();
    kernel.handle_message(&opened, START).unwrap();
    assert_eq!(kernel.poll_output(), None);
    assert_eq!(kernel.waiting().count(), 1);
}
