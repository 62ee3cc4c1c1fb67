"""Sockets, over the system calls of `_host`. Time-outs are CPython's: the descriptor does not block, and `poll` waits.

Absent: `sendmsg`, `recvmsg`, `sendfile`, raw and packet sockets, what needs other processes (`fromfd`, `share`).
"""
import _host
from _addresses import (gaierror, getaddrinfo, gethostbyaddr, gethostbyname, gethostbyname_ex, getfqdn, gethostname, getnameinfo,
                        getservbyname, getservbyport, herror, htonl, htons, inet_aton, inet_ntoa, inet_ntop, inet_pton, ntohl, ntohs)
from _addresses import _resolved
from _socket_constants import *

error = OSError
timeout = TimeoutError
has_ipv6 = True
SocketType = None

# By level and name: what `_host` calls the option.
_OPTIONS = {
    (1, 2): 'SO_REUSEADDR', (1, 3): 'SO_TYPE', (1, 4): 'SO_ERROR', (1, 6): 'SO_BROADCAST', (1, 7): 'SO_SNDBUF', (1, 8): 'SO_RCVBUF',
    (1, 9): 'SO_KEEPALIVE', (1, 13): 'SO_LINGER', (1, 15): 'SO_REUSEPORT', (1, 20): 'SO_RCVTIMEO', (1, 21): 'SO_SNDTIMEO',
    (1, 30): 'SO_ACCEPTCONN', (1, 39): 'SO_DOMAIN',
    (6, 1): 'TCP_NODELAY', (6, 3): 'TCP_CORK', (6, 4): 'TCP_KEEPIDLE', (6, 5): 'TCP_KEEPINTVL', (6, 6): 'TCP_KEEPCNT',
    (6, 11): 'TCP_INFO', (6, 13): 'TCP_CONGESTION', (6, 18): 'TCP_USER_TIMEOUT',
    (0, 2): 'IP_TTL', (0, 10): 'IP_MTU_DISCOVER', (0, 11): 'IP_RECVERR', (0, 32): 'IP_MULTICAST_IF', (0, 33): 'IP_MULTICAST_TTL',
    (0, 34): 'IP_MULTICAST_LOOP', (0, 35): 'IP_ADD_MEMBERSHIP', (0, 36): 'IP_DROP_MEMBERSHIP',
    (41, 16): 'IPV6_UNICAST_HOPS', (41, 17): 'IP_MULTICAST_IF', (41, 18): 'IP_MULTICAST_TTL', (41, 19): 'IP_MULTICAST_LOOP',
    (41, 20): 'IP_ADD_MEMBERSHIP', (41, 21): 'IP_DROP_MEMBERSHIP', (41, 23): 'IP_MTU_DISCOVER', (41, 25): 'IP_RECVERR',
    (41, 26): 'IPV6_V6ONLY',
}

_POLLIN, _POLLOUT, _POLLERR = 1, 4, 8
_default = [None]


def getdefaulttimeout():
    return _default[0]


def setdefaulttimeout(timeout, /):
    _default[0] = _seconds(timeout)


def _seconds(timeout):
    if timeout is None:
        return None
    if not isinstance(timeout, (int, float)):
        raise TypeError(f"'{type(timeout).__name__}' object cannot be interpreted as an integer")
    if timeout < 0:
        raise ValueError('Timeout value out of range')
    return float(timeout)


def _one(name, args):
    if len(args) != 1:
        raise TypeError(f'socket.{name}() takes exactly one argument ({len(args)} given)')
    return args[0]


def _data(data):
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"a bytes-like object is required, not '{type(data).__name__}'")
    return bytes(data)


def _shown(address):
    """An abstract name of AF_UNIX is bytes in Python."""
    return address.encode() if isinstance(address, str) and address.startswith('\0') else address


class socket:
    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        self._fd = -1
        self._io_refs = 0
        self._closed = False
        if fileno is None:
            family = 2 if family == -1 else family
            type = 1 if type == -1 else type
            proto = 0 if proto == -1 else proto
        flags, type = type & ~15, type & 15
        self._timeout = _default[0]
        if fileno is not None:
            if fileno < 0:
                raise ValueError('negative file descriptor')
            self._fd = fileno
            if family == -1:
                family = _host.getsockopt(fileno, 'SO_DOMAIN')
            if type == 15:
                type = _host.getsockopt(fileno, 'SO_TYPE')
            proto = 0 if proto == -1 else proto
        else:
            _check_protocol(family, type, proto)
            pings = type == 2 and proto in (1, 58)
            self._fd = _host.socket(int(family), 258 if pings else int(type))
        self._family = AddressFamily.of(family)
        self._type = SocketKind.of(type)
        self._proto = proto
        if flags & SOCK_NONBLOCK:
            self._timeout = 0.0
        if self._timeout is not None:
            _host.setblocking(self._fd, True)

    @property
    def family(self):
        return self._family

    @property
    def type(self):
        return self._type

    @property
    def proto(self):
        return self._proto

    @property
    def timeout(self):
        return self._timeout

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if not self._closed:
            self.close()

    def __repr__(self):
        kind = self.__class__
        closed = ' [closed]' if self._closed else ''
        text = f'<{kind.__module__}.{kind.__qualname__}{closed} fd={self._fd}, family={self._family!s}, type={self._type!s}, proto={self._proto}'
        if not self._closed:
            for name, ask in (('laddr', self.getsockname), ('raddr', self.getpeername)):
                try:
                    address = ask()
                    if address:
                        text += f', {name}={address}'
                except OSError:
                    pass
        return text + '>'

    def fileno(self):
        return self._fd

    def _open(self):
        if self._fd < 0:
            raise OSError(9, 'Bad file descriptor')
        return self._fd

    # Waiting.

    def _poll(self, events, end):
        """Waits until the socket is ready, at most until `end`."""
        left = end - _host.now()
        if left < 0 or not _host.poll([(self._fd, events)], left):
            raise TimeoutError('timed out')

    def _when(self, events, call, *args):
        self._open()
        if not self._timeout:
            return call(*args)
        end = _host.now() + self._timeout
        while True:
            self._poll(events, end)
            try:
                return call(*args)
            except BlockingIOError:
                pass

    def setblocking(self, flag, /):
        self.settimeout(None if flag else 0.0)

    def getblocking(self):
        return self._timeout != 0

    def settimeout(self, timeout, /):
        timeout = _seconds(timeout)
        _host.setblocking(self._open(), timeout is not None)
        self._timeout = timeout

    def gettimeout(self):
        return self._timeout

    # Addresses and connections.

    def _address(self, address, name):
        return _resolved(address, int(self._family), name)

    def bind(self, *args):
        address = self._address(_one('bind', args), 'bind')
        _host.bind(self._open(), address)

    def listen(self, backlog=128, /):
        _host.listen(self._open(), max(0, _integer(backlog)))

    def accept(self):
        fd, address = self._when(_POLLIN, _host.accept, self._open())
        made = socket(self._family, self._type, self._proto, fileno=fd)
        if _default[0] is None and self._timeout:
            made.setblocking(True)
        return made, _shown(address)

    def connect(self, *args):
        address = self._address(_one('connect', args), 'connect')
        if not self._timeout:
            _host.connect(self._open(), address)
            return
        end = _host.now() + self._timeout
        try:
            _host.connect(self._open(), address)
        except BlockingIOError:
            self._poll(_POLLOUT | _POLLERR, end)
            number = _host.getsockopt(self._fd, 'SO_ERROR')
            if number:
                from os import strerror
                raise OSError(number, strerror(number))

    def connect_ex(self, *args):
        address = _one('connect_ex', args)
        try:
            self.connect(address)
        except TimeoutError as e:
            return e.errno or 11
        except gaierror:
            raise
        except OSError as e:
            return e.errno
        return 0

    def getsockname(self):
        return _shown(_host.getsockname(self._open()))

    def getpeername(self):
        return _shown(_host.getpeername(self._open()))

    def shutdown(self, *args):
        _host.shutdown(self._open(), _integer(_one('shutdown', args)))

    # Data.

    def send(self, data, flags=0, /):
        return self._when(_POLLOUT, _host.send, self._fd, _data(data), flags)

    def sendall(self, data, flags=0, /):
        data = _data(data)
        fd = self._open()
        if self._timeout is None:
            sent = _host.send(fd, data, flags)
            while sent < len(data):
                sent += _host.send(fd, data[sent:], flags)
            return
        end = _host.now() + self._timeout
        while True:
            if self._timeout:
                self._poll(_POLLOUT, end)
            try:
                data = data[_host.send(fd, data, flags):]
            except BlockingIOError:
                if not self._timeout:
                    raise
            if not data:
                return

    def sendto(self, data, *args):
        if len(args) not in (1, 2):
            raise TypeError(f'sendto() takes 2 or 3 arguments ({len(args) + 1} given)')
        data = _data(data)
        flags = args[0] if len(args) == 2 else 0
        address = self._address(args[-1], 'sendto')
        return self._when(_POLLOUT, _host.sendto, self._fd, data, flags, address)

    def recv(self, bufsize, flags=0, /):
        bufsize = _integer(bufsize)
        if bufsize < 0:
            raise ValueError('negative buffersize in recv')
        return self._when(_POLLIN, _host.recv, self._fd, bufsize, flags)

    def recvfrom(self, bufsize, flags=0, /):
        bufsize = _integer(bufsize)
        if bufsize < 0:
            raise ValueError('negative buffersize in recvfrom')
        if self._type == 1 and self._family != 1:
            # A stream has no sender to tell.
            return self._when(_POLLIN, _host.recv, self._fd, bufsize, flags), None
        data, address = self._when(_POLLIN, _host.recvfrom, self._fd, bufsize, flags)
        return data, _shown(address)

    def recv_into(self, buffer, nbytes=0, flags=0):
        data = self.recv(_room(buffer, nbytes, 'recv_into'), flags)
        buffer[:len(data)] = data
        return len(data)

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        data, address = self.recvfrom(_room(buffer, nbytes, 'recvfrom_into'), flags)
        buffer[:len(data)] = data
        return len(data), address

    # Options.

    def setsockopt(self, *args):
        if len(args) not in (3, 4):
            raise TypeError(f'setsockopt() takes exactly 3 arguments ({len(args)} given)')
        level, name, value = args[:3]
        if not isinstance(value, (int, bytes, bytearray)) and value is not None:
            raise TypeError(f"a bytes-like object is required, not '{_kind(value)}'")
        from _socket_options import read
        _host.setsockopt(self._open(), _option(level, name), read(_option(level, name), value))

    def getsockopt(self, level, optname, buflen=0, /):
        from _socket_options import write
        option = _option(level, optname)
        return write(option, _host.getsockopt(self._open(), option), buflen)

    # The end, and files.

    def close(self):
        self._closed = True
        if self._io_refs <= 0:
            self._real_close()

    def _real_close(self):
        fd, self._fd = self._fd, -1
        if fd >= 0:
            _host.close(fd)

    def _decref_socketios(self):
        if self._io_refs > 0:
            self._io_refs -= 1
        if self._closed:
            self.close()

    def detach(self):
        self._closed = True
        fd, self._fd = self._fd, -1
        return fd

    def makefile(self, mode='r', buffering=None, *, encoding=None, errors=None, newline=None):
        if not set(mode) <= {'r', 'w', 'b'}:
            raise ValueError(f"invalid mode {mode!r} (only r, w, b allowed)")
        from _stream import _over
        self._io_refs += 1
        return _over(SocketIO(self, mode), mode, buffering, encoding, errors, newline)


def _kind(value):
    return type(value).__name__


def _integer(value):
    if not isinstance(value, int):
        raise TypeError(f"'{type(value).__name__}' object cannot be interpreted as an integer")
    return int(value)


def _room(buffer, nbytes, name):
    if nbytes < 0:
        raise ValueError(f'negative buffersize in {name}')
    if nbytes > len(buffer):
        raise ValueError('buffer too small for requested bytes')
    return nbytes or len(buffer)


def _option(level, name):
    option = _OPTIONS.get((int(level), int(name)))
    if option is None:
        raise OSError(92, 'Protocol not available')
    return option


def _check_protocol(family, type, proto):
    if family not in (1, 2, 10):
        raise OSError(97, 'Address family not supported by protocol')
    if type not in (1, 2):
        raise OSError(94, 'Socket type not supported')
    if family != 1 and proto not in ((0, 6) if type == 1 else (0, 1, 17, 58)):
        raise OSError(93, 'Protocol not supported')


SocketType = socket


class SocketIO:
    """What files over a socket read and write."""

    def __init__(self, sock, mode):
        self._sock = sock
        self.name = sock.fileno()
        self.mode = mode

    def read(self, size):
        return self._sock.recv(size)

    def write(self, data):
        return self._sock.send(data)

    def fileno(self):
        return self._sock.fileno()

    def close(self):
        if self._sock is not None:
            sock, self._sock = self._sock, None
            sock._decref_socketios()



def socketpair(family=None, type=1, proto=0):
    a, b = _host.socketpair(int(type))
    return socket(1, type, proto, fileno=a), socket(1, type, proto, fileno=b)


_GLOBAL_DEFAULT_TIMEOUT = object()


def create_connection(address, timeout=_GLOBAL_DEFAULT_TIMEOUT, source_address=None, *, all_errors=False):
    host, port = address
    errors = []
    for family, kind, proto, _, target in getaddrinfo(host, port, 0, SOCK_STREAM):
        sock = None
        try:
            sock = socket(family, kind, proto)
            if timeout is not _GLOBAL_DEFAULT_TIMEOUT:
                sock.settimeout(timeout)
            if source_address:
                sock.bind(source_address)
            sock.connect(target)
            return sock
        except OSError as e:
            errors.append(e)
            if sock is not None:
                sock.close()
    if not errors:
        raise OSError('getaddrinfo returns an empty list')
    raise errors[0 if all_errors else -1]


def has_dualstack_ipv6():
    return True


def create_server(address, *, family=2, backlog=None, reuse_port=False, dualstack_ipv6=False):
    sock = socket(family, SOCK_STREAM)
    try:
        sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        if reuse_port:
            sock.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
        if family == 10:
            sock.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0 if dualstack_ipv6 else 1)
        try:
            sock.bind(address)
        except OSError as e:
            raise OSError(e.errno, f'{e.strerror} (while attempting to bind on address {address!r})') from None
        if backlog is None:
            sock.listen()
        else:
            sock.listen(backlog)
        return sock
    except OSError:
        sock.close()
        raise


def close(fd, /):
    _host.close(fd)
