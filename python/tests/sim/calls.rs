//! Calls of programs are the simulated kernel's: what they give, and the frames that were measured on Linux.
//!
//! The programs here make the calls themselves (`_host`, what the modules are written over).

use crate::harness::*;

const TCP_SERVER: &str = "\
import _host
server = _host.socket(2, 1)
_host.bind(server, ('127.0.0.1', 8898))
_host.listen(server, 5)
connection, address = _host.accept(server)
print(_host.recv(connection, 1024))
_host.send(connection, b'hi')
_host.close(connection)
_host.close(server)
";

const TCP_CLIENT: &str = "\
import _host
client = _host.socket(2, 1)
_host.connect(client, ('127.0.0.1', 8898))
_host.send(client, b'hello!')
print(_host.recv(client, 1024))
_host.close(client)
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
import _host
server = _host.socket(2, 2)
_host.bind(server, ('127.0.0.1', 9000))
message, sender = _host.recvfrom(server, 65536)
print(message, sender[0])
_host.sendto(server, b'hi', 0, sender)
";
    let client = "\
import _host
client = _host.socket(2, 2)
_host.sendto(client, b'hello!', 0, ('127.0.0.1', 9000))
print(_host.recvfrom(client, 3))
";
    let run = Run::new(&one_host(&[("server", server), ("client", client)])).until(at(1_000));
    assert_eq!(run.printed("server"), ["b'hello!' 127.0.0.1", "exit 0"]);
    assert_eq!(run.printed("client"), ["(b'hi', ('127.0.0.1', 9000))", "exit 0"]);
    // 14 bytes of Ethernet, 20 of IPv4, 8 of UDP.
    assert_eq!(run.loopback(), [48, 44]);
}

#[test]
fn an_error_of_a_call_is_a_traceback_and_status_1() {
    let client = "import _host\nclient = _host.socket(2, 1)\n_host.connect(client, ('127.0.0.1', 81))\n";
    let run = Run::new(&one_host(&[("client", client)])).until(at(1_000));
    let told = run.printed("client");
    assert_eq!(told.first().map(String::as_str), Some("Traceback (most recent call last):"));
    assert!(told[told.len() - 2].starts_with("ConnectionRefusedError: "), "{told:?}");
    assert_eq!(told[told.len() - 1], "exit 1");
    assert!(run.facts().iter().any(|fact| fact.starts_with("Printed p0 line 3 to stderr Traceback")), "{told:?}");
}

#[test]
fn an_error_can_be_caught() {
    let program = "\
import _host
first, second = _host.socket(2, 1), _host.socket(2, 1)
_host.bind(first, ('127.0.0.1', 8898))
try:
    _host.bind(second, ('127.0.0.1', 8898))
except ConnectionError:
    print('another kind')
except OSError as error:
    print('Address already in use' in str(error))
";
    let run = Run::new(&one_host(&[("p", program)])).until(at(100));
    assert_eq!(run.printed("p"), ["True", "exit 0"]);
}

#[test]
fn both_wait_in_recv() {
    let server = TCP_SERVER.replace("'127.0.0.1'", "'0.0.0.0'");
    let client = "\
import _host
client = _host.socket(2, 1)
_host.connect(client, ('10.0.0.1', 8898))
print(_host.recv(client, 10))
";
    let run = Run::new(&two_hosts(&server, client)).until(at(60_000));
    let told = "server.py waits in recv at line 6 for client.py, which waits in recv at line 4 for server.py";
    assert_eq!(run.standing().deadlock().as_deref(), Some(told));
    assert!(run.network.is_stuck());
}
