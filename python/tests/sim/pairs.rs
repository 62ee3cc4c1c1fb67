//! The tutorial's pairs: what they print, and the frames that were measured on Linux.

use crate::harness::*;

const TCP_SERVER: &str = "\
import socket
server = socket.socket()
server.bind(('127.0.0.1', 8898))
server.listen(5)
connection, address = server.accept()
print(connection.recv(1024))
connection.send(b'hi')
connection.close()
server.close()
";

const TCP_CLIENT: &str = "\
import socket
client = socket.socket()
client.connect(('127.0.0.1', 8898))
client.send(b'hello!')
print(client.recv(1024))
client.close()
";

#[test]
fn the_tutorials_tcp_pair_is_ten_frames() {
    let run = Run::new(&one_host(&[("server", TCP_SERVER), ("client", TCP_CLIENT)])).until(at(1_000));
    assert_eq!(run.printed("server"), ["b'hello!'", "exit 0"]);
    assert_eq!(run.printed("client"), ["b'hi'", "exit 0"]);
    assert_eq!(run.loopback(), [74, 74, 66, 72, 66, 68, 66, 66, 66, 66]);
}

#[test]
fn the_tutorials_udp_pair_is_two_frames() {
    let server = "\
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(('127.0.0.1', 9000))
message, sender = server.recvfrom(65536)
print(message, sender[0])
server.sendto(b'hi', sender)
server.close()
";
    let client = "\
import socket
client = socket.socket(type=socket.SOCK_DGRAM)
client.sendto(b'hello!', ('127.0.0.1', 9000))
print(client.recvfrom(3))
client.close()
";
    let run = Run::new(&one_host(&[("server", server), ("client", client)])).until(at(1_000));
    assert_eq!(run.printed("server"), ["b'hello!' 127.0.0.1", "exit 0"]);
    assert_eq!(run.printed("client"), ["(b'hi', ('127.0.0.1', 9000))", "exit 0"]);
    // 14 bytes of Ethernet, 20 of IPv4, 8 of UDP.
    assert_eq!(run.loopback(), [48, 44]);
}

#[test]
fn two_hosts_find_each_other_by_name() {
    let server = "\
import socket
with socket.create_server(('', 8898)) as server:
    connection, (host, port) = server.accept()
    with connection:
        while data := connection.recv(3):
            connection.sendall(data.upper())
print(socket.gethostname(), host)
";
    let client = "\
import socket
with socket.create_connection(('b', 8898)) as client:
    client.sendall(b'hello')
    client.shutdown(socket.SHUT_WR)
    print(b''.join(iter(lambda: client.recv(100), b'')))
";
    let run = Run::new(&two_hosts(server, client)).until(at(5_000));
    assert_eq!(run.printed("client"), ["b'HELLO'", "exit 0"]);
    assert_eq!(run.printed("server"), ["b 10.0.0.2", "exit 0"]);
}

#[test]
fn an_error_of_a_call_is_a_traceback_and_status_1() {
    let client = "import socket\nclient = socket.socket()\nclient.connect(('127.0.0.1', 81))\n";
    let run = Run::new(&one_host(&[("client", client)])).until(at(1_000));
    let told = run.printed("client");
    let expected = [
        "Traceback (most recent call last):",
        "  File \"client.py\", line 3, in <module>",
        "    client.connect(('127.0.0.1', 81))",
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "exit 1",
    ];
    assert_eq!(told, expected);
    assert!(run.facts().iter().any(|fact| fact.starts_with("Printed p0 line 3 to stderr Traceback")), "{told:?}");
}

#[test]
fn a_port_in_use_and_the_option_for_it() {
    let program = "\
import socket
first = socket.create_server(('127.0.0.1', 8898))
second = socket.socket()
try:
    second.bind(('127.0.0.1', 8898))
except OSError as error:
    print(error, error.errno)
";
    let run = Run::new(&one_host(&[("p", program)])).until(at(100));
    assert_eq!(run.printed("p"), ["[Errno 98] Address already in use 98", "exit 0"]);
}

#[test]
fn both_wait_in_recv() {
    let server = "\
import socket
server = socket.create_server(('', 8898))
connection, peer = server.accept()
print(connection.recv(10))
";
    let client = "\
import socket
client = socket.create_connection(('b', 8898))
print(client.recv(10))
";
    let run = Run::new(&two_hosts(server, client)).until(at(60_000));
    let told = "server.py waits in recv at line 4 for client.py, which waits in recv at line 3 for server.py";
    assert_eq!(run.standing().deadlock().as_deref(), Some(told));
    assert!(run.network.is_stuck());
}
