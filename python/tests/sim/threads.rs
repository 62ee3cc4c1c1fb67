//! Threads of a program are threads of its process.

use crate::harness::*;

#[test]
fn a_server_with_a_thread_for_each_client() {
    let server = "\
import socket, threading
lock = threading.Lock()
served = []
def serve(connection, number):
    with connection:
        data = connection.recv(100)
        connection.sendall(b'%d ' % number + data)
    with lock:
        served.append(number)
listener = socket.create_server(('', 8898))
threads = []
for number in range(2):
    connection, peer = listener.accept()
    thread = threading.Thread(target=serve, args=(connection, number))
    thread.start()
    threads.append(thread)
for thread in threads:
    thread.join()
print(served, threading.active_count())
";
    // The first client is slow: the second is served meanwhile.
    let client = |pause: &str, word: &str| {
        format!(
            "import socket, time\ns = socket.create_connection(('127.0.0.1', 8898))\ntime.sleep({pause})\ns.sendall(b'{word}')\n\
             print(s.recv(100))\n"
        )
    };
    let run =
        Run::new(&one_host(&[("server", server), ("slow", &client("1", "slow")), ("quick", &client("0.1", "quick"))]));
    let run = run.until(at(10_000));
    assert_eq!(run.printed("server"), ["[1, 0] 1", "exit 0"]);
    assert_eq!(run.printed("slow"), ["b'0 slow'", "exit 0"]);
    assert_eq!(run.printed("quick"), ["b'1 quick'", "exit 0"]);
    let threads = run.facts().iter().filter(|fact| fact.contains("server.py thread of p0 Thread-")).count();
    assert_eq!(threads, 2);
}

#[test]
fn threads_wait_for_events_and_queues() {
    let program = "\
import queue, threading, time
q = queue.Queue()
ready = threading.Event()
def produce():
    for n in range(3):
        time.sleep(0.5)
        q.put(n)
    ready.set()
threading.Thread(target=produce).start()
print([q.get() for _ in range(3)], ready.wait(1), time.monotonic() < 2)
try:
    q.get(timeout=0.5)
except queue.Empty:
    print('empty')
";
    let run = Run::new(&one_host(&[("p", program)])).until(at(10_000));
    assert_eq!(run.printed("p"), ["[0, 1, 2] True True", "empty", "exit 0"]);
}

#[test]
fn a_lock_that_is_taken_twice_is_a_deadlock() {
    let program = "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()\n";
    let run = Run::new(&one_host(&[("p", program)])).until(at(10_000));
    let told = run.standing().deadlock().expect("nobody gives it back");
    assert!(told.starts_with("p.py waits in ") && told.ends_with(" at line 4"), "{told}");
}

#[test]
fn a_daemon_does_not_keep_a_program() {
    let program = "\
import threading, time
def forever():
    while True:
        time.sleep(1)
threading.Thread(target=forever, daemon=True).start()
threading.Thread(target=lambda: time.sleep(3)).start()
print('main ends')
";
    let run = Run::new(&one_host(&[("p", program)])).until(at(10_000));
    assert_eq!(run.printed("p"), ["main ends", "exit 0"]);
    let end = run.trace.facts().last().map(|fact| fact.at.as_nanos() / 1_000_000_000);
    assert_eq!(end, Some(3), "it waits for the thread that is none");
}
