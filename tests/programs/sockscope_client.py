"""A client of sockscope.v1, written from relay/PROTOCOL.md and from nothing else: it shows that the document is enough.

`Lab` is the session, `Socket` one real socket behind it; the names are those of the socket module, and so are the addresses (a text for Unix).
Absent on purpose: threads, reconnecting, and sending while a connection is being made.
"""

import asyncio
import ipaddress
import struct
from collections import deque

import websockets

INET, INET6, UNIX = 1, 2, 3
STREAM, DATAGRAM = 1, 2
READ, WRITE, BOTH = 1, 2, 3
CALLS = ["", "socket", "connect", "send", "recv", "bind", "listen", "accept", "sendto", "recvfrom", "shutdown", "close",
         "getsockopt", "setsockopt", "getaddrinfo", "capture"]
(OPEN, CONNECT, DATA, SHUTDOWN, CLOSE, RESET, CREDIT, LOOKUP, BIND, LISTEN, ACCEPT, SENDTO, SOCKOPT, WATCH) = range(1, 15)
(WELCOME, OPENED, CONNECTED, DATA_IN, FIN, RESET_IN, CREDIT_IN, ADDRESSES, ERROR, BOUND, LISTENING, ACCEPTED, RECVFROM, INFO,
 FRAME, OPTION) = range(0x80, 0x90)
(SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE, SO_BROADCAST, SO_SNDBUF, SO_RCVBUF, SO_LINGER, SO_ERROR, SO_TYPE, TCP_NODELAY,
 TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT, TCP_MAXSEG, TCP_CONGESTION, IP_TTL, IP_MULTICAST_TTL,
 IP_MULTICAST_LOOP, IP_MULTICAST_IF, IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP, IPV6_V6ONLY) = range(1, 24)
# What a datagram costs beside its bytes.
HEADERS = 28
WINDOW = 1 << 18


class RelayError(Exception):
    """ERROR: `call` and `errno` are names, the text is the relay's sentence."""

    def __init__(self, call, errno, sentence):
        super().__init__(f"{call}: {errno}: {sentence}")
        self.call, self.errno, self.sentence = call, errno, sentence


def text(value):
    data = value.encode()
    return struct.pack("<I", len(data)) + data


def address(value):
    if isinstance(value, str):
        return b"\x04" + text(value)
    host, port = value[:2]
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return struct.pack("<BH", 3, port) + text(host)
    if ip.version == 4:
        return b"\x01" + ip.packed + struct.pack("<H", port)
    scope = value[3] if len(value) > 3 else 0
    return b"\x02" + ip.packed + struct.pack("<HI", port, scope)


class Reader:
    """Takes fields from the front of a message."""

    def __init__(self, data):
        self.data, self.place = data, 0

    def take(self, length):
        assert self.place + length <= len(self.data), "the message ends inside a field"
        self.place += length
        return self.data[self.place - length:self.place]

    def number(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0]

    def rest(self):
        return self.take(len(self.data) - self.place)

    def text(self):
        return self.take(self.number("I")).decode()

    def list(self, item):
        return [item() for _ in range(self.number("I"))]

    def address(self):
        tag = self.number("B")
        if tag == 1:
            return str(ipaddress.IPv4Address(self.take(4))), self.number("H")
        if tag == 2:
            ip, port, scope = ipaddress.IPv6Address(self.take(16)), self.number("H"), self.number("I")
            return str(ip), port, 0, scope
        if tag == 3:
            port = self.number("H")
            return self.text(), port
        assert tag == 4, f"no kind of address has the tag {tag}"
        return self.text()

    def value(self):
        tag = self.number("B")
        assert tag in (1, 2, 3), f"no kind of value has the tag {tag}"
        return self.number("i") if tag == 1 else self.text() if tag == 2 else self.list(self.address)


class Lab:
    """One session."""

    @classmethod
    async def connect(cls, url, token):
        lab = cls()
        headers = {"Authorization": f"Bearer {token}"}
        lab.ws = await websockets.connect(url, subprotocols=["sockscope.v1"], additional_headers=headers,
                                          compression=None, max_size=None)
        lab.sockets, lab.next_number, lab.welcome = {}, 1, asyncio.get_running_loop().create_future()
        lab.reading = asyncio.create_task(lab.read())
        await lab.welcome
        return lab

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.ws.close()
        await self.reading

    async def read(self):
        try:
            async for message in self.ws:
                self.handle(Reader(message))
        except websockets.ConnectionClosed:
            pass
        finally:
            for socket in list(self.sockets.values()):
                socket.fail(ConnectionError("the session has ended"))

    def handle(self, reader):
        kind, number, at = reader.number("B"), reader.number("I"), reader.number("Q")
        if kind == WELCOME:
            fields = ("version", "sockets", "message_bytes", "credit", "opens_per_second", "listeners", "backlog")
            limits = dict(zip(fields, (reader.number(form) for form in "HIIIIII")))
            capability = lambda: (reader.text(), bool(reader.number("B")), reader.text())
            limits["capabilities"] = {name: (available, reason) for name, available, reason in reader.list(capability)}
            self.limits = limits
            self.welcome.set_result(limits)
        elif number in self.sockets:
            self.sockets[number].handle(kind, at, reader)
        elif kind not in (DATA_IN, RECVFROM, CREDIT_IN, FIN, RESET_IN, INFO, FRAME, ACCEPTED, ERROR):
            raise AssertionError(f"a message of type {kind:#x} for socket {number}, which there is not")
        # Else it has crossed the socket's CLOSE.

    async def send(self, kind, number, body=b""):
        await self.ws.send(struct.pack("<BI", kind, number) + body)

    def fresh(self, **more):
        number, self.next_number = self.next_number, self.next_number + 1
        socket = self.sockets[number] = Socket(self, number, **more)
        return socket

    async def open(self, family=INET, kind=STREAM, window=WINDOW):
        socket = self.fresh(kind=kind)
        try:
            body = struct.pack("<BBI", family, kind, window)
            socket.may_send = (await socket.call(OPEN, body, OPENED, "socket")).number("I")
        except RelayError:
            del self.sockets[socket.number]
            raise
        return socket

    async def lookup(self, name):
        socket = self.fresh()
        try:
            answer = await socket.call(LOOKUP, text(name), ADDRESSES, "getaddrinfo")
            return answer.list(answer.address)
        finally:
            del self.sockets[socket.number]


class Socket:
    """One real socket."""

    def __init__(self, lab, number, kind=STREAM, may_send=0):
        self.lab, self.number, self.kind, self.may_send = lab, number, kind, may_send
        self.waiting, self.news, self.end, self.last_at, self.frame_at = [], asyncio.Event(), None, 0, 0
        self.incoming, self.accepted, self.errors, self.infos, self.frames = deque(), deque(), deque(), deque(), deque()
        # `taken` counts what the kernel took; without `automatic`, who receives also grants.
        self.peer, self.local, self.taken, self.automatic = None, None, 0, True

    def handle(self, kind, at, reader):
        # Frames are in order among themselves.
        last = "frame_at" if kind == FRAME else "last_at"
        assert at >= getattr(self, last), "time falls"
        setattr(self, last, at)
        if kind == ERROR:
            call, errno, sentence = CALLS[reader.number("B")], reader.text(), reader.text()
            self.answer(lambda wanted, calls: call in calls, RelayError(call, errno, sentence))
        elif kind == DATA_IN:
            self.incoming.append((self.peer, reader.rest()))
        elif kind == RECVFROM:
            self.incoming.append((reader.address(), reader.rest()))
        elif kind == CREDIT_IN:
            count = reader.number("I")
            self.may_send, self.taken = self.may_send + count, self.taken + count
        elif kind in (FIN, RESET_IN):
            self.end = kind
        elif kind == INFO:
            self.infos.append(dict(reader.list(lambda: (reader.number("B"), reader.number("Q")))))
        elif kind == FRAME:
            head = [reader.number(form) for form in "BHII"]
            self.frames.append((*head, reader.rest()))
        elif kind == ACCEPTED:
            number, credit = reader.number("I"), reader.number("I")
            connection = self.lab.sockets[number] = Socket(self.lab, number, may_send=credit)
            connection.local, connection.peer = reader.address(), reader.address()
            self.accepted.append(connection)
        elif not self.answer(lambda wanted, calls: kind == wanted, reader):
            assert kind == BOUND, f"nobody asked for the answer {kind:#x}"
            self.local = reader.address()
        self.news.set()

    def answer(self, fits, outcome):
        """Answers come in the order of the calls, so the oldest that fits is meant."""
        for index, (wanted, calls, future) in enumerate(self.waiting):
            if fits(wanted, calls):
                del self.waiting[index]
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)
                return True
        if isinstance(outcome, Exception):
            self.errors.append(outcome)
        return False

    def fail(self, error):
        self.end = error
        for _, _, future in self.waiting:
            future.set_exception(error)
        self.waiting.clear()
        self.news.set()

    async def call(self, kind, body, wanted, *calls):
        future = asyncio.get_running_loop().create_future()
        self.waiting.append((wanted, calls, future))
        await self.lab.send(kind, self.number, body)
        return await future

    async def until(self, condition, fin_ends=False):
        """Waits for it, or for an error or an end that makes it impossible. False after FIN, if that is an end."""
        while not condition():
            if self.errors:
                raise self.errors.popleft()
            if isinstance(self.end, Exception):
                raise self.end
            if self.end == RESET_IN:
                raise ConnectionResetError("RESET")
            if self.end == FIN and fin_ends:
                return False
            self.news.clear()
            await self.news.wait()
        return True

    async def connect(self, to):
        answer = await self.call(CONNECT, address(to), CONNECTED, "connect", "getaddrinfo")
        answer.number("Q")
        self.local, self.peer = answer.address(), answer.address()
        return self.local, self.peer

    async def bind(self, to):
        self.local = (await self.call(BIND, address(to), BOUND, "bind")).address()
        return self.local

    async def listen(self, backlog=5):
        answer = await self.call(LISTEN, struct.pack("<I", backlog), LISTENING, "listen")
        self.local = answer.address()
        return self.local, answer.number("I")

    async def allow(self, connections, window=WINDOW):
        await self.lab.send(ACCEPT, self.number, struct.pack("<II", connections, window))

    async def accept(self):
        await self.until(lambda: self.accepted)
        return self.accepted.popleft()

    async def spend(self, cost):
        await self.until(lambda: self.may_send >= cost)
        self.may_send -= cost

    async def send(self, data):
        if self.kind == DATAGRAM:
            await self.spend(len(data) + HEADERS)
            await self.lab.send(DATA, self.number, data)
            return
        start, most = 0, self.lab.limits["message_bytes"] - 5
        while start < len(data):
            await self.until(lambda: self.may_send > 0)
            part = data[start:start + min(self.may_send, most)]
            start += len(part)
            self.may_send -= len(part)
            await self.lab.send(DATA, self.number, part)

    async def sendto(self, data, to):
        await self.spend(len(data) + HEADERS)
        await self.lab.send(SENDTO, self.number, address(to) + data)

    async def grant(self, count):
        await self.lab.send(CREDIT, self.number, struct.pack("<I", count))

    async def recvfrom(self):
        """One datagram, or what one DATA brought; None after FIN."""
        if not await self.until(lambda: self.incoming, fin_ends=True):
            return None
        source, data = self.incoming.popleft()
        if self.automatic:
            await self.grant(len(data) + (HEADERS if self.kind == DATAGRAM else 0))
        return source, data

    async def recv(self):
        received = await self.recvfrom()
        return b"" if received is None else received[1]

    async def recv_all(self):
        parts = []
        while part := await self.recv():
            parts.append(part)
        return b"".join(parts)

    async def getsockopt(self, option):
        answer = await self.call(SOCKOPT, struct.pack("<BB", 1, option), OPTION, "getsockopt")
        assert answer.number("B") == option
        return answer.value()

    async def setsockopt(self, option, value):
        body = struct.pack("<BB", 2, option)
        if isinstance(value, int):
            body += struct.pack("<Bi", 1, value)
        elif isinstance(value, str):
            body += b"\x02" + text(value)
        else:
            body += struct.pack("<BI", 3, len(value)) + b"".join(map(address, value))
        answer = await self.call(SOCKOPT, body, OPTION, "setsockopt")
        assert answer.number("B") == option
        return answer.value()

    async def watch(self, every, capture=False):
        await self.lab.send(WATCH, self.number, struct.pack("<IB", every, capture))

    async def info(self):
        await self.until(lambda: self.infos)
        return self.infos.popleft()

    async def shutdown(self, how):
        await self.lab.send(SHUTDOWN, self.number, bytes([how]))

    async def close(self, kind=CLOSE):
        # The number is ours until now; what still carries it has crossed this.
        self.lab.sockets.pop(self.number, None)
        await self.lab.send(kind, self.number)

    async def reset(self):
        await self.close(RESET)
