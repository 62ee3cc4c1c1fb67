//! Same scenario, seed and inputs: the same trace, also from a snapshot. Absent: the same in wasm.

use crate::harness::*;

/// The hash of [`golden`]'s trace. It changes when behaviour changes; then this line changes, knowingly.
const GOLDEN: u64 = 0xe31c184573185346;

/// Threads, sockets, time, chance, files and big numbers, on a link that loses frames.
fn golden() -> String {
    let server = "\
import socket, threading
def serve(connection):
    with connection, connection.makefile('rb') as lines:
        for line in lines:
            connection.sendall(b'%d\\n' % (int(line) ** 20 % 1000003))
with socket.create_server(('', 8898)) as listener:
    for _ in range(2):
        threading.Thread(target=serve, args=(listener.accept()[0],)).start()
";
    let client = "\
import random, socket, threading, time
def ask(name):
    with socket.create_connection(('b', 8898)) as s:
        for _ in range(5):
            s.sendall(b'%d\\n' % random.randrange(10 ** 6))
            print(name, s.recv(100), round(time.monotonic(), 3))
            time.sleep(random.random())
threads = [threading.Thread(target=ask, args=(name,)) for name in 'xy']
for t in threads: t.start()
for t in threads: t.join()
with open('/tmp/done', 'w') as f:
    print({'a': 1.5, 'b': [2 ** 70]}, file=f)
print(open('/tmp/done').read(), end='')
";
    two_hosts(server, client).replace("link a b\n", "link a b loss 3%\n")
}

#[test]
fn the_same_run_comes_again() {
    let run = Run::new(&golden()).until(at(120_000));
    let ends = ["client.py: exit 0", "server.py: exit 0"];
    assert!(run.told().ends_with(&ends.map(String::from)), "{:#?}", run.told());
    let hash = run.trace.hash();
    assert_eq!(hash, GOLDEN, "GOLDEN is {hash:#018x}");
}

#[test]
fn a_snapshot_in_the_middle_goes_on_alike() {
    for middle in [15, 100, 1_234] {
        let run = Run::new(&golden()).until(at(middle));
        let copy = run.clone();
        let hash = run.until(at(120_000)).trace.hash();
        assert_eq!(copy.until(at(120_000)).trace.hash(), hash, "from {middle} ms");
    }
}
