# === echo-by-socketpair
import socket
a, b = socket.socketpair()
a.sendall(b'hello')
print(b.recv(1024))
b.send(b'wor'); b.send(b'ld')
print(a.recv(2), a.recv(1024))
a.close()
print(b.recv(10), b.recv(10))
b.close()

# === socketpair-attributes
import socket
a, b = socket.socketpair()
print(a.family.name, a.type.name, a.proto, a.fileno() >= 0, a.fileno() != b.fileno(), a.getsockname(), a.gettimeout(), a.getblocking())
a.close(); b.close()
print(a.fileno())
try:
    a.recv(1)
except OSError as e:
    print(type(e).__name__, e)
a.close()

# === half-close
import socket
a, b = socket.socketpair()
a.sendall(b'request')
a.shutdown(socket.SHUT_WR)
data = b''
while chunk := b.recv(3):
    data += chunk
b.sendall(data.upper())
b.close()
print(a.recv(100), a.recv(100))
try:
    a.send(b'late')
except BrokenPipeError as e:
    print(e, e.errno)

# === recv-exactly
import socket
def recv_exactly(s, n):
    chunks = []
    while n:
        chunk = s.recv(n)
        if not chunk:
            raise EOFError(f'peer closed with {n} bytes to come')
        chunks.append(chunk)
        n -= len(chunk)
    return b''.join(chunks)
a, b = socket.socketpair()
for part in (b'ab', b'cdef', b'g'): a.send(part)
print(recv_exactly(b, 5), recv_exactly(b, 2), recv_exactly(b, 0))
a.send(b'xy'); a.close()
try:
    recv_exactly(b, 3)
except EOFError as e:
    print(e)

# === timeouts
import socket
a, b = socket.socketpair()
a.settimeout(0.02)
try:
    a.recv(1)
except TimeoutError as e:
    print(repr(e), e.errno, isinstance(e, OSError), isinstance(e, socket.timeout))
print(a.gettimeout(), a.getblocking())
a.setblocking(False)
try:
    a.recv(1)
except BlockingIOError as e:
    print(repr(e))
print(a.gettimeout())
a.settimeout(None)
b.send(b'!')
print(a.recv(1), a.gettimeout())
for bad in (-1, 'x'):
    try: a.settimeout(bad)
    except (ValueError, TypeError) as e: print(type(e).__name__, e)

# === fill-the-buffer
import socket
a, b = socket.socketpair()
a.setblocking(False)
total = 0
try:
    while True:
        total += a.send(b'x' * 1000)
except BlockingIOError:
    print('full', total >= 1000)
b.setblocking(False)
got = 0
try:
    while True:
        got += len(b.recv(4096))
except BlockingIOError:
    print('empty', got == total)
print(a.send(b'again'))

# === datagram-pair
import socket
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
a.send(b'one'); a.send(b''); a.send(b'three is cut')
print(b.recv(100), b.recv(100), b.recv(5))
b.setblocking(False)
try: b.recv(1)
except BlockingIOError: print('nothing left')

# === makefile
import socket
a, b = socket.socketpair()
w = a.makefile('w', encoding='utf-8', newline='\n')
r = b.makefile('r', encoding='utf-8')
w.write('GET /\n'); print('Hôst: x', file=w); w.write('\n'); w.flush()
print(repr(r.readline()), r.readline().strip(), repr(r.readline()))
with b.makefile('rb') as rb, a.makefile('wb') as wb:
    wb.write(b'\x00\x01\n2'); wb.flush()
    print(rb.readline(), rb.read(1))
w.close(); a.close()
print(repr(r.read()), list(r))

# === peek-and-recv-into
import socket
a, b = socket.socketpair()
a.send(b'abcdef')
print(b.recv(3, socket.MSG_PEEK), b.recv(2), b.recv_into(bytearray(2)))
buf = bytearray(10)
n = b.recv_into(buf)
print(n, buf)
a.send(b'12345')
view = memoryview(buf)
print(b.recv_into(view[2:], 3), buf, b.recv(9))
try:
    b.recv(-1)
except ValueError as e:
    print(e)
try:
    a.send('text')
except TypeError as e:
    print(e)
try:
    a.send()
except TypeError as e:
    print(e)
print(a.send(bytearray(b'x')), a.send(memoryview(b'yz')), b.recv(5), a.send(b''))

# === select-on-pairs
import select, socket
a, b = socket.socketpair()
c, d = socket.socketpair()
print([len(l) for l in select.select([a, c], [a], [], 0)], select.select([a], [], [], 0.01))
b.send(b'x')
r, w, x = select.select([a, c], [], [], 1)
print(r == [a], a.recv(1))
d.close()
r, w, x = select.select([a, c], [], [])
print(r == [c], c.recv(1))
a.close()
try:
    select.select([a], [], [], 0)
except ValueError as e:
    print(e)
try:
    select.select([5.5], [], [])
except TypeError as e:
    print(e)

# === selectors-echo
import selectors, socket
sel = selectors.DefaultSelector()
a, b = socket.socketpair()
c, d = socket.socketpair()
sel.register(b, selectors.EVENT_READ, data='B')
sel.register(d, selectors.EVENT_READ | selectors.EVENT_WRITE, data='D')
print(sel.select(0)[0][0].data, len(sel.get_map()), sel.get_key(b).data, sel.get_key(b).events)
sel.modify(d, selectors.EVENT_READ, data='D2')
a.send(b'ping'); c.send(b'pong')
for key, mask in sorted(sel.select(1), key=lambda km: km[0].data):
    print(key.data, mask, key.fileobj.recv(10), key.fd == key.fileobj.fileno())
sel.unregister(b)
try: sel.unregister(b)
except KeyError as e: print('KeyError')
try: sel.register(d, selectors.EVENT_READ)
except KeyError as e: print('again KeyError')
try: sel.register(b, 0)
except ValueError as e: print(e)
print(sel.select(0.01))
sel.close()

# === poll-object
import select, socket
a, b = socket.socketpair()
p = select.poll()
p.register(a, select.POLLIN)
p.register(b.fileno(), select.POLLIN | select.POLLOUT)
print([(fd == b.fileno(), ev) for fd, ev in p.poll(0)])
b.send(b'!')
p.modify(b, select.POLLIN)
print([(fd == a.fileno(), ev == select.POLLIN) for fd, ev in p.poll(100)])
p.unregister(a)
print(p.poll(10))
b.close()
try: p.unregister(a)
except KeyError: print('KeyError')

# === thread-echo-server
import socket, threading
def serve(s):
    with s:
        while data := s.recv(64):
            s.sendall(data[::-1])
a, b = socket.socketpair()
t = threading.Thread(target=serve, args=(b,))
t.start()
for m in (b'abc', b'', b'hello world'):
    if m:
        a.sendall(m)
        print(a.recv(64))
a.close()
t.join()
print(b.fileno())

# === threads-and-queue-chat
import queue, socket, threading
inbox = queue.Queue()
pairs = [socket.socketpair() for _ in range(3)]
def reader(i, s):
    f = s.makefile('r')
    for line in f:
        inbox.put((i, line.strip()))
    inbox.put((i, None))
ts = [threading.Thread(target=reader, args=(i, p[1])) for i, p in enumerate(pairs)]
for t in ts: t.start()
for i, (mine, _) in enumerate(pairs):
    mine.sendall(f'hi from {i}\nbye {i}\n'.encode())
    mine.close()
got = [inbox.get() for _ in range(9)]
for t in ts: t.join()
for i in range(3):
    print([text for n, text in got if n == i])

# === sendall-much
import socket, threading
a, b = socket.socketpair()
payload = bytes(range(256)) * 4000
def send():
    a.sendall(payload)
    a.close()
t = threading.Thread(target=send)
t.start()
got = bytearray()
while chunk := b.recv(65536):
    got += chunk
t.join()
print(len(got), got == payload)

# === options-of-a-socket
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR), s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1), s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
print(s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0, s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_STREAM, s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
try: s.setsockopt(socket.SOL_SOCKET, 9999, 1)
except OSError as e: print(e)
try: s.getpeername()
except OSError as e: print(e)
print(s.getsockname())
s.close()

# === calls-without-connection
import socket
s = socket.socket()
for f in (lambda: s.send(b'x'), lambda: s.recv(1), lambda: s.accept(), lambda: s.getpeername(), lambda: s.shutdown(socket.SHUT_RDWR), lambda: s.bind(('127.0.0.1', 99999)), lambda: s.bind('x'), lambda: s.connect(('127.0.0.1',)), lambda: s.bind(('127.0.0.1', 'http')), lambda: s.bind((5, 80)), lambda: s.connect(None), lambda: s.sendto(b'x'), lambda: s.listen('a'), lambda: socket.socket(99, 1), lambda: s.setsockopt(1, 2), lambda: s.nope, lambda: s.bind(('1.2.3.4.5.6', -1))):
    try: print(f())
    except (OSError, TypeError, OverflowError, AttributeError) as e: print(type(e).__name__, e)

# === with-closes
import socket
with socket.socket() as s:
    print(s.fileno() > 0)
print(s.fileno(), s._closed if False else 'closed')
a, b = socket.socketpair()
with a, b:
    a.send(b'x')
    print(b.recv(1))
print(a.fileno(), b.fileno())
d = socket.socket(type=socket.SOCK_DGRAM)
print(d.type.name, d.family.name)
fd = d.detach()
print(fd >= 0, d.fileno())

# === repr-of-sockets
import socket, re
s = socket.socket()
print(re.sub(r'fd=\d+', 'fd=N', repr(s)))
s.close()
print(s)

# === loopback-in-one-process
import socket
listener = socket.socket()
listener.bind(('127.0.0.1', 0))
listener.listen(1)
host, port = listener.getsockname()
client = socket.socket()
client.connect((host, port))
conn, addr = listener.accept()
print(host, port > 0, addr == client.getsockname(), conn.getpeername() == addr, client.getpeername() == listener.getsockname(), addr[0])
client.sendall(b'GET\n')
print(conn.recv(10))
conn.close()
print(client.recv(10))
client.close(); listener.close()
try:
    socket.create_connection((host, port))
except ConnectionRefusedError as e:
    print(e)

# === udp-in-one-process
import socket
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
a.bind(('127.0.0.1', 0))
print(b.sendto(b'hello', a.getsockname()))
data, addr = a.recvfrom(3)
print(data, addr == ('127.0.0.1', b.getsockname()[1]))
a.sendto(b'', addr)
print(b.recvfrom(10)[0])
b.connect(a.getsockname())
b.send(b'connected')
print(a.recv(100), b.getpeername() == a.getsockname())
a.close()
b.send(b'x')
try:
    b.recv(1)
except ConnectionRefusedError as e:
    print(e)

# === unix-socket-path
import os, socket
s = socket.socket(socket.AF_UNIX)
s.bind('chat.sock')
s.listen()
print(os.path.exists('chat.sock'), s.getsockname(), repr(s.getpeername()) if False else '')
c = socket.socket(socket.AF_UNIX)
c.connect('chat.sock')
conn, addr = s.accept()
print(repr(addr), conn.getsockname(), repr(c.getsockname()), c.getpeername())
c.send(b'hi'); print(conn.recv(5))
for x in (c, conn, s): x.close()
t = socket.socket(socket.AF_UNIX)
try: t.bind('chat.sock')
except OSError as e: print(e, e.errno)
try: t.connect('chat.sock')
except OSError as e: print(e)
os.unlink('chat.sock')
t.bind('chat.sock'); print('bound again')
os.unlink('chat.sock')

# === getaddrinfo-numeric
import socket
print(socket.getaddrinfo('127.0.0.1', 80, type=socket.SOCK_STREAM)[0][4], socket.gethostbyname('127.0.0.1'), socket.gethostbyname('localhost'), isinstance(socket.gethostname(), str))
for info in socket.getaddrinfo('::1', 80, proto=socket.IPPROTO_TCP): print(info[0].name, info[4])

# === socketserver-and-asyncio-are-elsewhere
import socket
s = socket.create_server(('127.0.0.1', 0))
c = socket.create_connection(s.getsockname(), timeout=2)
conn, _ = s.accept()
print(c.gettimeout(), conn.gettimeout(), s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR))
c.sendall(b'x' * 5); c.shutdown(socket.SHUT_WR)
print(conn.recv(100), conn.recv(100))
conn.sendall(b'answer'); conn.close()
print(c.recv(2), c.recv(100), c.recv(1))
try:
    s.settimeout(0.01); s.accept()
except TimeoutError as e:
    print(e)

# === select-server-in-process
import select, socket
server = socket.create_server(('127.0.0.1', 0))
server.setblocking(False)
clients = [socket.create_connection(server.getsockname()) for _ in range(3)]
socks, names, done = [server], {}, 0
for i, c in enumerate(clients): c.sendall(f'msg {i}'.encode()); c.shutdown(socket.SHUT_WR)
out = []
while done < 3:
    r, _, _ = select.select(socks, [], [], 5)
    for s in r:
        if s is server:
            conn, addr = s.accept()
            conn.setblocking(False)
            socks.append(conn)
        elif data := s.recv(100):
            out.append(data.decode())
            s.sendall(data.upper())
        else:
            socks.remove(s); s.close(); done += 1
print(sorted(out), [c.recv(100) for c in clients], [c.recv(100) for c in clients])
try: server.accept()
except BlockingIOError as e: print(e)

# === http-client-by-hand
import socket, threading
server = socket.create_server(('127.0.0.1', 0))
def serve():
    conn, _ = server.accept()
    with conn, conn.makefile('rb') as f:
        first = f.readline().decode().split()
        headers = {}
        while (line := f.readline().strip()):
            k, v = line.decode().split(': ', 1)
            headers[k.lower()] = v
        body = f.read(int(headers.get('content-length', 0)))
        answer = f'{first[0]} {first[1]} {headers["host"]} {body!r}'.encode()
        conn.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' % (len(answer), answer))
t = threading.Thread(target=serve); t.start()
with socket.create_connection(server.getsockname()) as s:
    s.sendall(b'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody')
    raw = b''
    while chunk := s.recv(7): raw += chunk
t.join()
print(raw.decode())
