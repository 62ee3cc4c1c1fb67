"""Tries everything that relay/PROTOCOL.md describes against a running relay and real sockets: `relay_check.py URL TOKEN UNIX_DIR [NAME…]`.

Prints `ok NAME` for each check. Absent on purpose: speed, and attacks; the relay's own tests have them.
"""

import asyncio
import hashlib
import os
import random
import socket
import struct
import sys

import websockets

from sockscope_client import (DATAGRAM, INET, INET6, IP_MULTICAST_TTL, IP_TTL, IPV6_V6ONLY, SO_BROADCAST,
                              SO_ERROR, SO_LINGER, SO_REUSEADDR, SO_SNDBUF, SO_TYPE, STREAM, TCP_CONGESTION, TCP_NODELAY, UNIX,
                              WRITE, Lab, RelayError)

LIMIT = 30
HOST = "127.0.0.1"


class Real:
    """A socket of this process, with the calls of asyncio's loop."""

    def __init__(self, plain):
        plain.setblocking(False)
        self.plain, self.loop = plain, asyncio.get_running_loop()

    @classmethod
    def listening(cls, family=socket.AF_INET, at=(HOST, 0)):
        plain = socket.socket(family, socket.SOCK_STREAM)
        plain.bind(at)
        plain.listen(16)
        return cls(plain)

    @classmethod
    async def connected(cls, to, family=socket.AF_INET):
        real = cls(socket.socket(family, socket.SOCK_STREAM))
        await real.loop.sock_connect(real.plain, to)
        return real

    @classmethod
    def datagram(cls, family=socket.AF_INET, at=(HOST, 0)):
        plain = socket.socket(family, socket.SOCK_DGRAM)
        plain.bind(at)
        return cls(plain)

    @property
    def name(self):
        return self.plain.getsockname()

    async def accept(self):
        return Real((await self.loop.sock_accept(self.plain))[0])

    async def send(self, data):
        await self.loop.sock_sendall(self.plain, data)

    async def recv(self, most=65536):
        return await self.loop.sock_recv(self.plain, most)

    async def recv_all(self):
        parts = []
        while part := await self.recv():
            parts.append(part)
        return b"".join(parts)

    async def recv_exactly(self, length):
        data = b""
        while len(data) < length:
            part = await self.recv(length - len(data))
            assert part, f"the end after {len(data)} of {length} bytes"
            data += part
        return data

    async def recvfrom(self):
        while True:
            try:
                return self.plain.recvfrom(65536)
            except BlockingIOError:
                readable = asyncio.Event()
                self.loop.add_reader(self.plain, readable.set)
                await readable.wait()
                self.loop.remove_reader(self.plain)

    def sendto(self, data, to):
        self.plain.sendto(data, to)

    def shutdown(self):
        self.plain.shutdown(socket.SHUT_WR)

    def close(self, rst=False):
        if rst:
            self.plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.plain.close()

    def fill(self):
        """Writes until the kernel takes no more."""
        sent = 0
        try:
            while True:
                sent += self.plain.send(bytes(65536))
        except BlockingIOError:
            return sent


async def pair(lab, **more):
    listener = Real.listening()
    connection = await lab.open(INET, STREAM, **more)
    local, peer = await connection.connect(listener.name)
    real = await listener.accept()
    assert (local, peer) == (real.plain.getpeername(), real.name)
    listener.close()
    return connection, real


async def refusal(errno, awaitable, call=None):
    try:
        await awaitable
    except RelayError as error:
        assert error.errno == errno and call in (None, error.call), error
        assert error.sentence.endswith("."), error
        return error
    raise AssertionError(f"{errno} was expected")


async def welcome(lab, directory):
    limits = lab.limits
    assert limits["version"] == 1 and limits["message_bytes"] > 5 and limits["credit"] > 0, limits
    assert limits["capabilities"]["stream"][0], limits
    for name, (available, reason) in limits["capabilities"].items():
        assert available or reason, f"{name}: a reason is missing"


async def transfer(lab, directory):
    """Megabytes both ways at once, each end closing its direction when it has sent."""
    connection, real = await pair(lab)
    up, down = (random.Random(seed).randbytes(3_000_000) for seed in (1, 2))

    async def client():
        for start in range(0, len(up), 70_001):
            await connection.send(up[start:start + 70_001])
        await connection.shutdown(WRITE)

    async def server():
        await real.send(down)
        real.shutdown()

    _, _, heard_up, heard_down = await asyncio.gather(client(), server(), real.recv_all(), connection.recv_all())
    digest = lambda data: hashlib.sha256(data).hexdigest()
    assert digest(heard_up) == digest(up) and digest(heard_down) == digest(down)
    await connection.close()


async def half_close(lab, directory):
    connection, real = await pair(lab)
    real.shutdown()
    assert await connection.recv() == b""
    await connection.send(b"still")
    assert await real.recv_exactly(5) == b"still"
    await connection.close()
    assert await real.recv() == b""
    connection, real = await pair(lab)
    await connection.shutdown(WRITE)
    assert await real.recv() == b""
    await connection.send(b"too late")
    await refusal("EPIPE", connection.recv(), "send")
    await real.send(b"answer")
    assert await connection.recv() == b"answer"
    await connection.close()


async def credit_down(lab, directory):
    """The real peer's window closes, and opens by exactly what is granted."""
    connection, real = await pair(lab, window=10)
    connection.automatic = False
    sent = real.fill()
    received = b""
    while len(received) < 10:
        received += await connection.recv()
    assert len(received) == 10
    for count in (1, 7, 100):
        await connection.grant(count)
        received = b""
        while len(received) < count:
            received += await connection.recv()
        assert len(received) == count, "more than was granted"
    await lab.lookup("localhost")
    assert not connection.incoming and sent > 1000
    await connection.close()


async def credit_up(lab, directory):
    """A peer that does not read stops the client; nothing is lost when it reads again."""
    connection, real = await pair(lab)
    block, sent = random.Random(3).randbytes(1 << 20), 0

    async def flood():
        nonlocal sent
        while True:
            await connection.send(block)
            sent += len(block)

    task, before = asyncio.create_task(flood()), -1
    while before != sent or connection.may_send:
        before = sent
        await asyncio.wait([task], timeout=0.3)
    task.cancel()
    assert connection.may_send == 0
    heard = hashlib.sha256()
    await connection.shutdown(WRITE)
    data = await real.recv_all()
    heard.update(data)
    expected = hashlib.sha256((block * (len(data) // len(block) + 1))[:len(data)])
    assert len(data) >= sent and heard.digest() == expected.digest()
    await connection.close()


async def resets(lab, directory):
    connection, real = await pair(lab)
    real.close(rst=True)
    try:
        await connection.recv()
        raise AssertionError("RESET was expected")
    except ConnectionResetError:
        await connection.close()
    connection, real = await pair(lab)
    await connection.reset()
    try:
        await real.recv()
        raise AssertionError("a RST was expected")
    except ConnectionResetError:
        pass
    connection, real = await pair(lab)
    await real.send(b"nobody reads this")
    await lab.lookup("localhost")
    await connection.close()


async def refusals(lab, directory):
    dead = Real.listening()
    name = dead.name
    dead.close()
    connection = await lab.open()
    error = await refusal("ECONNREFUSED", connection.connect(name), "connect")
    assert str(name[1]) in error.sentence, error
    error = await refusal("EACCES", connection.connect(("192.0.2.1", 80)), "connect")
    assert "--allow" in error.sentence, error
    await refusal("EACCES", connection.connect(("3221225985", 80)), "connect")
    await refusal("EAI_NONAME", connection.connect(("no such name", 80)), "getaddrinfo")
    await refusal("EAFNOSUPPORT", connection.connect(("::1", 80)))
    listener = Real.listening()
    await connection.connect(("localhost", listener.name[1]))
    await refusal("EISCONN", connection.connect(listener.name), "connect")
    lab.next_number = connection.number
    kept = lab.sockets[connection.number]
    await refusal("EEXIST", lab.open(), "socket")
    lab.sockets[kept.number] = kept
    await connection.close()
    assert (HOST, 0) in await lab.lookup("localhost")


async def ends(lab, directory):
    """Each kind of broken message ends its session with its code; the session of the other checks goes on."""
    broken = (("text", 1003), (b"\x01", 4000), (b"\xee" + bytes(4), 4000), (bytes(lab.limits["message_bytes"] + 1), 1009),
              (b"\x05\x01\0\0\0more", 4000))
    for message, code in broken:
        other = await Lab.connect(lab.url, lab.token)
        connection, real = await pair(other)
        await other.ws.send(message)
        await other.ws.wait_closed()
        assert other.ws.close_code == code and other.ws.close_reason, (other.ws.close_code, code)
        assert await real.recv() == b""
        await other.reading
    for token in ("", "wrong" * 5):
        try:
            await Lab.connect(lab.url, token)
            raise AssertionError("a wrong token was accepted")
        except websockets.InvalidStatus as refused:
            assert refused.response.status_code == 401


async def server(lab, directory):
    """Real clients come to a socket behind the relay, as many as are allowed."""
    listener = await lab.open()
    assert await listener.setsockopt(SO_REUSEADDR, 1) == 1
    name = await listener.bind((HOST, 0))
    assert await listener.listen(5) == (name, 5) and name[1] > 0
    clients = [await Real.connected(name) for _ in range(3)]
    await listener.allow(2)
    first, second = await listener.accept(), await listener.accept()
    assert [first.peer, second.peer] == [client.name for client in clients[:2]] and first.local == name
    assert first.number >= 0x80000000 != second.number
    await lab.lookup("localhost")
    assert not listener.accepted, "more than were allowed"
    await listener.allow(1, window=3)
    third = await listener.accept()
    third.automatic = False
    await clients[2].send(b"0123456789")
    assert await third.recv() == b"012"
    for connection, client in ((first, clients[0]), (second, clients[1])):
        question, answer = os.urandom(300_000), os.urandom(300_000)
        sent = asyncio.gather(client.send(question), connection.send(answer))
        got_answer = asyncio.create_task(client.recv_exactly(len(answer)))
        heard = b""
        while len(heard) < len(question):
            heard += await connection.recv()
        assert heard == question and await got_answer == answer
        await sent
        client.shutdown()
        assert await connection.recv() == b""
        await connection.close()
        assert await client.recv() == b""
    await listener.close()
    await third.reset()
    try:
        await clients[2].recv()
        raise AssertionError("a RST was expected")
    except ConnectionResetError:
        pass
    try:
        await Real.connected(name)
        raise AssertionError("the port still listens")
    except ConnectionRefusedError:
        pass


async def server_refusals(lab, directory):
    taken = Real.listening()
    listener = await lab.open()
    await refusal("EADDRINUSE", listener.bind(taken.name), "bind")
    error = await refusal("EACCES", listener.bind((HOST, 80)), "bind")
    assert "1024" in error.sentence or "--allow-bind" in error.sentence, error
    await refusal("EACCES", listener.bind(("0.0.0.0", 0)), "bind")
    await refusal("EACCES", listener.bind(("192.0.2.1", 0)), "bind")
    relay_port = int(lab.url.split(":")[2].split("/")[0])
    await refusal("EACCES", listener.bind((HOST, relay_port)), "bind")
    name, backlog = await listener.listen(1_000_000)
    assert name[0] == HOST and name[1] > 0 and backlog == lab.limits["backlog"]
    await listener.close()


async def udp(lab, directory):
    """Boundaries and sources are kept, from the empty datagram to the largest."""
    sock = await lab.open(INET, DATAGRAM)
    name = await sock.bind((HOST, 0))
    real = Real.datagram()
    for size in (0, 1, 1472, 9000, 65507):
        payload = random.Random(size).randbytes(size)
        real.sendto(payload, name)
        assert await sock.recvfrom() == (real.name, payload)
        await sock.sendto(payload, real.name)
        assert await real.recvfrom() == (payload, name)
    before = sock.may_send
    await sock.sendto(bytes(65508), real.name)
    await refusal("EMSGSIZE", sock.recvfrom(), "sendto")
    while sock.may_send < before:
        sock.news.clear()
        await sock.news.wait()
    await sock.sendto(b"x", ("192.0.2.1", 9))
    await refusal("EACCES", sock.recvfrom(), "sendto")
    await sock.close()


async def udp_unbound(lab, directory):
    """The first SENDTO gives an address, which BOUND tells; without credit nothing comes, and nothing by halves."""
    sock = await lab.open(INET, DATAGRAM, window=28 + 28 + 4)
    sock.automatic = False
    real = Real.datagram()
    await sock.sendto(b"where am I?", real.name)
    data, source = await real.recvfrom()
    await lab.lookup("localhost")
    assert data == b"where am I?" and sock.local == source
    for payload in (b"", b"four", b"later"):
        real.sendto(payload, source)
    assert [(await sock.recvfrom())[1] for _ in range(2)] == [b"", b"four"]
    await sock.grant(32)
    await lab.lookup("localhost")
    assert not sock.incoming, "32 is one less than it costs"
    await sock.grant(1)
    assert (await sock.recvfrom())[1] == b"later"
    await sock.close()


async def udp_connected(lab, directory):
    real = Real.datagram()
    sock = await lab.open(INET, DATAGRAM)
    local, peer = await sock.connect(real.name)
    assert peer == real.name
    for payload in (b"", b"one", b"two" * 1000):
        await sock.send(payload)
        assert await real.recvfrom() == (payload, local)
        real.sendto(payload, local)
        assert await sock.recv() == payload
    real.close()
    await sock.send(b"anybody?")
    error = await refusal("ECONNREFUSED", sock.recv())
    assert error.call in ("send", "recv"), error
    again = Real.datagram(at=peer)
    await sock.send(b"now?")
    assert await again.recvfrom() == (b"now?", local)
    await sock.close()


async def unix_stream(lab, directory):
    listener = Real.listening(socket.AF_UNIX, os.path.join(directory, "real"))
    client = await lab.open(UNIX, STREAM)
    assert (await client.connect("real"))[1] == "real"
    real = await listener.accept()
    await client.send(b"hello")
    await client.shutdown(WRITE)
    assert await real.recv_all() == b"hello"
    await real.send(b"hi")
    real.close()
    assert await client.recv_all() == b"hi"
    await client.close()
    server = await lab.open(UNIX, STREAM)
    assert await server.bind("ours") == "ours"
    await server.listen()
    await server.allow(1)
    real = await Real.connected(os.path.join(directory, "ours"), socket.AF_UNIX)
    connection = await server.accept()
    assert connection.peer == "" and connection.local == "ours"
    await real.send(b"question")
    assert await connection.recv() == b"question"
    await connection.send(b"answer")
    await connection.close()
    assert await real.recv_all() == b"answer"
    await refusal("EADDRINUSE", (await lab.open(UNIX, STREAM)).bind("ours"), "bind")
    await server.close()
    await lab.lookup("localhost")
    assert "ours" not in os.listdir(directory)
    for path in ("../up", "/etc/passwd", "none"):
        other = await lab.open(UNIX, STREAM)
        try:
            await other.connect(path)
            raise AssertionError(f"{path} was reached")
        except RelayError as error:
            assert error.errno in ("EACCES", "ENOENT", "EINVAL"), error
        await other.close()


async def unix_datagram(lab, directory):
    real = Real.datagram(socket.AF_UNIX, os.path.join(directory, "box"))
    sock = await lab.open(UNIX, DATAGRAM)
    assert await sock.bind("room") == "room"
    for payload in (b"", b"hello", bytes(60_000)):
        await sock.sendto(payload, "box")
        assert await real.recvfrom() == (payload, os.path.join(directory, "room"))
        real.sendto(payload, os.path.join(directory, "room"))
        assert await sock.recvfrom() == ("box", payload)
    await sock.close()
    await lab.lookup("localhost")
    assert "room" not in os.listdir(directory)


async def inet6(lab, directory):
    available, reason = lab.limits["capabilities"].get("inet6", (False, "not listed"))
    if not available:
        await refusal("EAFNOSUPPORT", lab.open(INET6), "socket")
        return
    listener = await lab.open(INET6)
    name = await listener.bind(("::1", 0))
    await listener.listen()
    await listener.allow(1)
    client = await lab.open(INET6)
    assert (await client.connect(name))[1] == name
    connection = await listener.accept()
    await client.send(b"within")
    assert await connection.recv() == b"within"
    assert connection.peer == client.local


async def options(lab, directory):
    sock = await lab.open()
    assert await sock.getsockopt(SO_TYPE) == 1
    assert await sock.getsockopt(SO_ERROR) == ""
    assert await sock.getsockopt(TCP_NODELAY) == 1
    assert await sock.setsockopt(TCP_NODELAY, 0) == 0
    assert await sock.setsockopt(SO_LINGER, 7) == 7 and await sock.setsockopt(SO_LINGER, -1) == -1
    assert await sock.setsockopt(IP_TTL, 7) == 7
    assert await sock.setsockopt(SO_SNDBUF, 50_000) >= 50_000
    assert isinstance(await sock.getsockopt(TCP_CONGESTION), str)
    await refusal("ENOPROTOOPT", sock.setsockopt(SO_TYPE, 1), "setsockopt")
    await refusal("ENOPROTOOPT", sock.getsockopt(IPV6_V6ONLY), "getsockopt")
    datagram = await lab.open(INET, DATAGRAM)
    assert await datagram.setsockopt(SO_BROADCAST, 1) == 1
    assert await datagram.setsockopt(IP_MULTICAST_TTL, 0) == 0
    await refusal("ENOPROTOOPT", datagram.getsockopt(TCP_NODELAY), "getsockopt")


async def info(lab, directory):
    """Field 1 is the state, 22 and 23 the bytes acknowledged and received."""
    connection, real = await pair(lab)
    await connection.watch(10)
    assert (await connection.info())[1] == 1
    await connection.send(b"seven b")
    await real.recv_exactly(7)
    await real.send(b"four")
    assert await connection.recv() == b"four"
    while (latest := await connection.info())[23] < 4:
        pass
    assert latest[22] >= 7, latest
    real.close(rst=True)
    while latest[1] != 7:
        latest = await connection.info()


async def capture(lab, directory):
    connection, real = await pair(lab)
    available, reason = lab.limits["capabilities"].get("capture", (False, ""))
    await connection.watch(0, capture=True)
    if not available:
        error = await refusal("EPERM", connection.recv(), "capture")
        assert reason and len(error.sentence) > 20
        return
    await connection.send(b"to be seen")
    await real.recv_exactly(10)
    while not any(b"to be seen" in frame[4] for frame in connection.frames):
        connection.news.clear()
        await connection.news.wait()
    assert {1, 2} >= {frame[0] for frame in connection.frames}


CHECKS = [welcome, transfer, half_close, credit_down, credit_up, resets, refusals, ends, server, server_refusals, udp, udp_unbound,
          udp_connected, unix_stream, unix_datagram, inet6, options, info, capture]


async def alone(check, url, token, directory):
    """A check in a session of its own."""
    async with await Lab.connect(url, token) as lab:
        lab.url, lab.token = url, token
        await check(lab, directory)


async def main(url, token, directory, names):
    unknown = set(names) - {check.__name__ for check in CHECKS}
    assert not unknown, f"there is no check {unknown}"
    for check in CHECKS:
        if not names or check.__name__ in names:
            await asyncio.wait_for(alone(check, url, token, directory), LIMIT)
            print("ok", check.__name__, flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4], sys.argv[4:]))
