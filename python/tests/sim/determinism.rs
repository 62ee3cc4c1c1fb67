//! Same scenario, seed and inputs: the same trace, native and wasm, and from a snapshot.

use crate::harness::*;

/// The hash of [`golden`]'s trace. It changes when behaviour changes; then this line changes, knowingly.
const GOLDEN: u64 = 0x9e3e_c341_c26a_59c1;

/// Threads, sockets, time, chance, files and big numbers, on a link that loses frames.
fn golden() -> String {
    let server = "\
import _host
def serve(connection):
    while line := _host.recv(connection, 100):
        _host.send(connection, b'%d' % (int(line) ** 20 % 1000003))
    _host.close(connection)
listener = _host.socket(2, 1)
_host.bind(listener, ('0.0.0.0', 8898))
_host.listen(listener, 8)
for _ in range(2):
    _host.spawn(serve, (_host.accept(listener)[0],))
_host.sleep(60)
";
    let client = "\
import _host
left = 2
main = _host.ident()
def ask(name):
    global left
    s = _host.socket(2, 1)
    _host.connect(s, ('10.0.0.1', 8898))
    for _ in range(5):
        _host.send(s, b'%d' % (_host.entropy() % 10 ** 6))
        print(name, _host.recv(s, 100), round(_host.now(), 3))
        _host.sleep(_host.entropy() % 1000 / 1000)
    _host.close(s)
    left -= 1
    _host.unpark(main)
for name in 'xy':
    _host.spawn(ask, (name,), name)
while left:
    _host.park(None, 'threads')
f = _host.open('/tmp/done', 0o1101)
_host.write(f, repr({'a': 1.5, 'b': [2 ** 70]}).encode())
_host.close(f)
print(_host.read(_host.open('/tmp/done', 0), 100))
";
    two_hosts(server, client).replace("link a b\n", "link a b loss 3%\n")
}

#[test]
fn the_same_run_comes_again() {
    let run = Run::new(&golden()).until(at(120_000));
    assert!(run.told().contains(&"client.py: exit 0".to_owned()), "{:#?}", run.told());
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

#[cfg(target_arch = "wasm32")]
mod browser {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn golden_hash_in_wasm() {
        assert_eq!(super::Run::new(&super::golden()).until(super::at(120_000)).trace.hash(), super::GOLDEN);
    }
}
