"""Runs a program in CPython with the prelude's modules over the real network: `_host` is made of CPython's own modules.

    python3 host_shim.py PROGRAM

Absent: modules of the machine's own (`_struct`, `_json` …): CPython's stay.
"""
import importlib.machinery
import os
import pathlib
import select
import socket
import struct
import sys
import threading
import time
import traceback
import types

PRELUDE = pathlib.Path(__file__).resolve().parents[2] / 'src' / 'prelude'
MODULES = ['socket', '_socket_constants', '_socket_options', '_addresses', '_dns', 'select', 'selectors', 'threading', 'queue', 'time',
           'errno', 'os_path', 'os', 'http', 'io', '_stream']
STRUCTURES = {'SO_LINGER': (1, 13), 'SO_RCVTIMEO': (1, 20), 'SO_SNDTIMEO': (1, 21)}
host = types.ModuleType('_host')
sockets = {}
parked = {}
guard = threading.Lock()


def of(fd):
    if fd not in sockets:
        raise OSError(9, 'Bad file descriptor')
    return sockets[fd]


def keep(made):
    sockets[made.fileno()] = made
    return made.fileno()


def accept(fd):
    made, address = of(fd)._accept()
    kept = socket.socket(fileno=made)
    kept.settimeout(None)
    return keep(kept), address


def close(fd):
    if fd in sockets:
        sockets.pop(fd).close()
    else:
        os.close(fd)


def poll(pairs, seconds=None):
    poller = select.poll()
    for fd, events in pairs:
        poller.register(fd, events)
    return poller.poll(None if seconds is None else seconds * 1000)


def number(option):
    level = {'SO': socket.SOL_SOCKET, 'TCP': socket.IPPROTO_TCP, 'IP': 0, 'IPV6': 41}[option.split('_')[0]]
    return level, getattr(socket, option)


def setsockopt(fd, option, value):
    if option == 'SO_LINGER':
        value = struct.pack('ii', value is not None, int(value or 0))
    elif option in STRUCTURES:
        value = struct.pack('ll', int(value or 0), round((value or 0) % 1 * 1000000))
    of(fd).setsockopt(*number(option), value)


def getsockopt(fd, option):
    if option == 'SO_LINGER':
        on, seconds = struct.unpack('ii', of(fd).getsockopt(1, 13, 8))
        return seconds if on else None
    if option in STRUCTURES:
        seconds, micros = struct.unpack('ll', of(fd).getsockopt(*STRUCTURES[option], 16))
        return seconds + micros / 1000000 or None
    return of(fd).getsockopt(*number(option))


def event():
    with guard:
        return parked.setdefault(threading.get_ident(), threading.Event())


def park(seconds=None, why=''):
    mine = event()
    woken = mine.wait(seconds)
    mine.clear()
    return woken


def unpark(ident):
    with guard:
        parked.setdefault(ident, threading.Event()).set()


def spawn(function, args, name=''):
    thread = threading.Thread(target=function, args=args, daemon=True)
    thread.start()
    return thread.ident


def access(path):
    os.stat(path)


for function in (accept, close, poll, setsockopt, getsockopt, park, unpark, spawn, access):
    setattr(host, function.__name__, function)
for name in ('bind', 'listen', 'connect', 'send', 'recv', 'recvfrom', 'sendto', 'shutdown', 'getsockname', 'getpeername'):
    setattr(host, name, lambda fd, *args, _name=name: getattr(of(fd), _name)(*args))
host.socket = lambda family, type: keep(socket.socket(family, type))
host.socketpair = lambda type: tuple(keep(made) for made in socket.socketpair(type=type))
host.setblocking = lambda fd, nonblocking: of(fd).setblocking(not nonblocking)
host.open, host.read, host.write, host.unlink = os.open, os.read, os.write, os.unlink
host.sleep, host.now, host.now_ns, host.clock_ns = time.sleep, time.monotonic, time.monotonic_ns, time.time_ns
host.ident, host.pid, host.hostname = threading.get_ident, os.getpid, socket.gethostname
host.entropy = lambda: int.from_bytes(os.urandom(8), 'big')
host.traceback = lambda exception: ''.join(traceback.format_exception(exception))

if __name__ == '__main__':
    program = pathlib.Path(sys.argv[1])
    text = program.read_text()
    texts = {name: (PRELUDE / f'{name}.py').read_text() for name in MODULES}
    sys.modules['_host'] = host
    for name in MODULES:
        sys.modules.pop(name, None)
    import heapq

    class Finder:
        @staticmethod
        def find_spec(name, path=None, target=None):
            return importlib.machinery.ModuleSpec(name, Finder) if name in texts else None

        create_module = staticmethod(lambda spec: None)

        @staticmethod
        def exec_module(module):
            exec(compile(texts[module.__name__], module.__name__, 'exec'), module.__dict__)

    sys.meta_path.insert(0, Finder)
    exec(compile(text, str(program), 'exec'), {'__name__': '__main__', 'open': __import__('io').open})
    __import__('threading')._shutdown()
    sys.stdout.flush()
