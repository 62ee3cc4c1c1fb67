# === echo/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, addr = s.accept()
with conn:
    print('from', addr[0])
    while data := conn.recv(1024):
        print(data)
        conn.sendall(data.upper())
print('end')

# === echo/client
import socket
with socket.create_connection(('127.0.0.1', PORT)) as s:
    for m in (b'one', b'two', b'three'):
        s.sendall(m)
        print(s.recv(1024))

# === three-clients-in-turn/server
import socket
s = socket.socket()
s.bind(('127.0.0.1', PORT))
s.listen(5)
for i in range(3):
    conn, addr = s.accept()
    name = conn.recv(100).decode()
    print(i, name)
    conn.send(f'hello {name}, you are {i}'.encode())
    conn.close()
s.close()

# === three-clients-in-turn/a
import socket
s = socket.socket()
s.connect(('127.0.0.1', PORT))
s.send(b'ann')
print(s.recv(100), s.recv(100))

# === three-clients-in-turn/b
# start: ended a
import socket
s = socket.socket()
s.connect(('127.0.0.1', PORT))
s.send(b'bob')
print(s.recv(100), s.recv(100))

# === three-clients-in-turn/c
# start: ended b
import socket
s = socket.socket()
s.connect(('127.0.0.1', PORT))
s.send('çélia'.encode())
print(s.recv(100).decode(), s.recv(100))

# === two-sends-one-recv/server
import socket, time
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
time.sleep(0.3)
print(conn.recv(1024))
conn.send(b'ok')
print(conn.recv(1024))

# === two-sends-one-recv/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
s.send(b'hello')
s.send(b'world')
print(s.recv(10))
s.close()

# === one-send-many-recvs/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
print(conn.recv(4), conn.recv(4), conn.recv(4), conn.recv(4))

# === one-send-many-recvs/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
print(s.send(b'abcdef'))
s.close()

# === half-close/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
parts = []
while True:
    part = conn.recv(5)
    if not part:
        break
    parts.append(part)
body = b''.join(parts)
print(len(body), body)
conn.sendall(b'%d bytes' % len(body))
conn.sendall(body[::-1])
conn.close()

# === half-close/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
s.sendall(b'the request ends when I say so')
s.shutdown(socket.SHUT_WR)
answer = b''
while chunk := s.recv(8):
    answer += chunk
print(answer)
try:
    s.send(b'late')
except BrokenPipeError as e:
    print(e)

# === length-framing/server
import socket, struct
def recv_exactly(s, n):
    data = b''
    while len(data) < n:
        part = s.recv(n - len(data))
        if not part: raise EOFError
        data += part
    return data
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
try:
    while True:
        (n,) = struct.unpack('!I', recv_exactly(conn, 4))
        message = recv_exactly(conn, n).decode()
        print(n, message[:20])
        reply = f'{len(message)} characters'.encode()
        conn.sendall(struct.pack('!I', len(reply)) + reply)
except EOFError:
    print('bye')

# === length-framing/client
import socket, struct
s = socket.create_connection(('127.0.0.1', PORT))
f = s.makefile('rb')
for text in ('hi', '', '你好', 'x' * 5000):
    data = text.encode()
    s.sendall(struct.pack('!I', len(data)) + data)
    (n,) = struct.unpack('!I', f.read(4))
    print(f.read(n))
f.close()
s.close()

# === lines-cut-anywhere/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
buffer = b''
while data := conn.recv(3):
    buffer += data
    while b'\n' in buffer:
        line, buffer = buffer.split(b'\n', 1)
        print(repr(line.decode()))
print('left', buffer)

# === lines-cut-anywhere/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
text = 'first\nsecond line\n\n世界\nno end'.encode()
for i in range(0, len(text), 4):
    s.send(text[i:i + 4])
s.close()

# === sendall-much/server
import hashlib, socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
h = hashlib.sha256()
total = 0
while data := conn.recv(65536):
    h.update(data)
    total += len(data)
print(total, h.hexdigest())
conn.sendall(h.digest())

# === sendall-much/client
import hashlib, socket
data = bytes(i * 7 % 251 for i in range(1000)) * 500
s = socket.create_connection(('127.0.0.1', PORT))
s.sendall(data)
s.shutdown(socket.SHUT_WR)
print(s.recv(32) == hashlib.sha256(data).digest(), len(data))

# === refused/client
import errno, socket
s = socket.socket()
try:
    s.connect(('127.0.0.1', PORT))
except ConnectionRefusedError as e:
    print(e, e.errno == errno.ECONNREFUSED)
print(s.connect_ex(('127.0.0.1', PORT)), errno.errorcode[111])
s.close()
try:
    socket.create_connection(('127.0.0.1', PORT), timeout=1)
except OSError as e:
    print(type(e).__name__, e)

# === uncaught-refused/client
import socket
s = socket.socket()
print('connecting')
s.connect(('127.0.0.1', PORT))
print('never')

# === reset-by-linger/server
import socket, struct
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
print(conn.recv(10))
conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
conn.close()
print('gone')

# === reset-by-linger/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
s.send(b'hello')
try:
    print(s.recv(10))
except ConnectionResetError as e:
    print(e, e.errno)

# === reset-by-unread-data/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
print(conn.recv(4))
conn.close()

# === reset-by-unread-data/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
s.send(b'more than four bytes')
try:
    print(s.recv(10))
    print(s.recv(10))
except ConnectionResetError as e:
    print(e)

# === write-after-peer-closed/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
conn.close()
print('closed')

# === write-after-peer-closed/client
import socket, time
s = socket.create_connection(('127.0.0.1', PORT))
print(s.recv(10))
print(s.send(b'first'))
time.sleep(0.2)
try:
    s.send(b'second')
except OSError as e:
    print(type(e).__name__, e)
print(s.recv(10))

# === timeout-of-recv/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
conn.settimeout(0.2)
try:
    conn.recv(10)
except socket.timeout as e:
    print('timeout:', e, e.errno, type(e).__name__)
conn.send(b'speak')
conn.settimeout(5)
print(conn.recv(10))

# === timeout-of-recv/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
print(s.recv(10), s.gettimeout())
s.send(b'sorry')
s.close()

# === timeout-of-accept/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
s.settimeout(0.1)
for i in range(2):
    try:
        s.accept()
    except TimeoutError as e:
        print(i, e)
s.setblocking(False)
try:
    s.accept()
except BlockingIOError as e:
    print(e)

# === nonblocking-recv/server
import socket, time
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
conn.setblocking(False)
try:
    conn.recv(10)
except BlockingIOError as e:
    print(e.errno, e)
conn.setblocking(True)
conn.send(b'go')
print(conn.recv(10))
conn.setblocking(False)
time.sleep(0.2)
print(conn.recv(10))

# === nonblocking-recv/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
print(s.recv(10))
s.send(b'data')
s.close()

# === nonblocking-connect/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
conn.send(b'welcome')
conn.close()

# === nonblocking-connect/client
import errno, select, socket
s = socket.socket()
s.setblocking(False)
try:
    s.connect(('127.0.0.1', PORT))
    print('at once')
except BlockingIOError as e:
    print(e.errno == errno.EINPROGRESS, e)
_, w, _ = select.select([], [s], [], 5)
print(w == [s], s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
select.select([s], [], [], 5)
print(s.recv(100))

# === names-of-both-ends/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
print(s.getsockname()[0], s.getsockname()[1] == PORT)
conn, addr = s.accept()
print(conn.getsockname() == s.getsockname(), conn.getpeername() == addr, len(addr), addr[1] != PORT)
conn.sendall(repr(addr).encode())

# === names-of-both-ends/client
import socket
s = socket.socket()
print(s.getsockname())
s.connect(('127.0.0.1', PORT))
print(s.getpeername() == ('127.0.0.1', PORT), s.recv(100).decode() == repr(s.getsockname()))

# === client-binds-its-port/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, addr = s.accept()
print(addr == ('127.0.0.1', PORT2))

# === client-binds-its-port/client
import socket
s = socket.socket()
s.bind(('127.0.0.1', PORT2))
s.connect(('127.0.0.1', PORT))
print(s.getsockname() == ('127.0.0.1', PORT2), s.recv(1))

# === options/server
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', PORT))
s.listen()
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN), s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR))
conn, _ = s.accept()
print(conn.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN), conn.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR))
print(conn.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
conn.recv(1)

# === options/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
print(s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE), s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
s.close()

# === shutdown-variants/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
conn.shutdown(socket.SHUT_RD)
print(conn.recv(10))
conn.sendall(b'I do not listen')
conn.shutdown(socket.SHUT_RDWR)
conn.close()

# === shutdown-variants/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
print(s.recv(100), s.recv(100))
s.shutdown(socket.SHUT_WR)
s.close()
try:
    s.shutdown(socket.SHUT_RD)
except OSError as e:
    print(e)

# === peek/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
print(conn.recv(4, socket.MSG_PEEK), conn.recv(2), conn.recv(10))
conn.send(b'x')
print(conn.recv(5, socket.MSG_WAITALL), conn.recv(1))

# === peek/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
s.send(b'abcdef')
print(s.recv(1))
for b in b'12345':
    s.send(bytes([b]))
s.close()

# === backlog-waits/server
import socket, time
s = socket.socket()
s.bind(('127.0.0.1', PORT))
s.listen(5)
time.sleep(0.3)
conn, _ = s.accept()
print(conn.recv(100), conn.recv(100))

# === backlog-waits/client
import socket
s = socket.socket()
s.connect(('127.0.0.1', PORT))
print('connected before accept', s.send(b'early'))
s.close()

# === ipv6/server
import socket
s = socket.socket(socket.AF_INET6)
s.bind(('::1', PORT))
s.listen()
conn, addr = s.accept()
print(addr[0], len(addr), addr[2:], conn.recv(10))
conn.close()

# === ipv6/client
import socket
s = socket.socket(socket.AF_INET6)
s.connect(('::1', PORT))
print(s.getpeername()[0], s.send(b'six'))
s.close()

# === makefile-protocol/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
with conn, conn.makefile('rw', encoding='utf-8', newline='\n') as f:
    f.write('220 ready\n'); f.flush()
    for line in f:
        verb, *args = line.split()
        print(verb, args)
        if verb == 'QUIT':
            f.write('221 bye\n'); f.flush()
            break
        f.write('250 ok\n' if verb in ('HELO', 'DATA') else f'500 what is {verb}?\n')
        f.flush()
print('served')

# === makefile-protocol/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
f = s.makefile('rw', encoding='utf-8')
print(f.readline().rstrip())
for line in ('HELO me', 'Dance é', 'QUIT'):
    print(line, file=f, flush=True)
    print(f.readline().rstrip())
print(repr(f.readline()))

# === http-like/server
import socket
PAGES = {'/': 'home', '/about': 'Sockscope, 套接字'}
s = socket.create_server(('127.0.0.1', PORT))
for _ in range(3):
    conn, _ = s.accept()
    with conn:
        request = b''
        while b'\r\n\r\n' not in request:
            request += conn.recv(10)
        method, path, version = request.split(b'\r\n')[0].decode().split()
        page = PAGES.get(path)
        status = '200 OK' if page else '404 Not Found'
        body = (page or 'no such page').encode()
        print(method, path, status)
        conn.sendall(f'HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n'.encode() + body)

# === http-like/client
import socket
def get(path):
    with socket.create_connection(('127.0.0.1', PORT)) as s:
        s.sendall(f'GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n'.encode())
        raw = b''
        while chunk := s.recv(16): raw += chunk
    head, _, body = raw.partition(b'\r\n\r\n')
    return head.split(b'\r\n')[0].decode(), int(head.decode().lower().split('content-length: ')[1].split('\r\n')[0]) == len(body), body.decode()
for path in ('/', '/about', '/nope'):
    print(get(path))

# === http-keep-alive/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
f = conn.makefile('rb')
n = 0
while request := f.readline():
    headers = {}
    while (line := f.readline().strip()):
        k, _, v = line.partition(b':')
        headers[k.lower()] = v.strip()
    body = f.read(int(headers.get(b'content-length', 0)))
    n += 1
    print(n, request.strip(), body)
    answer = b'answer %d' % n
    conn.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % len(answer) + answer)
print('closed after', n)

# === http-keep-alive/client
import http.client
c = http.client.HTTPConnection('127.0.0.1', PORT)
for method, path, body in (('GET', '/a', None), ('POST', '/b', b'data'), ('GET', '/c', None)):
    c.request(method, path, body)
    r = c.getresponse()
    print(r.status, r.reason, r.read())
c.close()

# === file-transfer/server
import socket, struct
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
f = conn.makefile('rb')
(n,) = struct.unpack('!H', f.read(2))
name = f.read(n).decode()
(size,) = struct.unpack('!Q', f.read(8))
with open('received-' + name, 'wb') as out:
    left = size
    while left:
        part = f.read(min(1000, left))
        out.write(part)
        left -= len(part)
data = open('received-' + name, 'rb').read()
print(name, size, len(data), sum(data))
conn.sendall(b'stored')

# === file-transfer/client
import socket, struct
name = 'données.bin'
with open(name, 'wb') as f: f.write(bytes(range(256)) * 50)
data = open(name, 'rb').read()
s = socket.create_connection(('127.0.0.1', PORT))
s.sendall(struct.pack('!H', len(name.encode())) + name.encode() + struct.pack('!Q', len(data)))
s.sendall(data)
print(s.recv(10))

# === json-rpc/server
import json, socket
def add(a, b): return a + b
def div(a, b): return a / b
METHODS = {'add': add, 'div': div}
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
with conn, conn.makefile('rw') as f:
    for line in f:
        try:
            q = json.loads(line)
            reply = {'id': q['id'], 'result': METHODS[q['method']](*q['params'])}
        except Exception as e:
            reply = {'error': f'{type(e).__name__}: {e}'}
        print(reply)
        f.write(json.dumps(reply) + '\n')
        f.flush()

# === json-rpc/client
import json, socket
s = socket.create_connection(('127.0.0.1', PORT))
f = s.makefile('rw')
for m, p in (('add', [1, 2]), ('div', [1, 0]), ('nope', []), ('add', ['a', 'b']), ('add', [1])):
    f.write(json.dumps({'id': 7, 'method': m, 'params': p}) + '\n')
    f.flush()
    print(json.loads(f.readline()))
f.write('not json\n'); f.flush()
print(f.readline().strip())

# === full-duplex-ping-pong/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
n = 0
while n < 9:
    n = int(conn.recv(10)) + 1
    conn.send(b'%d' % n)
print(n)

# === full-duplex-ping-pong/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
n = 0
while n < 9:
    s.send(str(n + 1).encode())
    n = int(s.recv(10))
print(n)

# === both-sides-wait-with-timeouts/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
conn.settimeout(0.2)
try:
    print(conn.recv(1))
except TimeoutError:
    print('server waited in vain')

# === both-sides-wait-with-timeouts/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
s.settimeout(0.1)
try:
    print(s.recv(1))
except TimeoutError:
    print('client waited in vain')

# === dup-close-and-gc/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
def handle():
    conn, _ = s.accept()
    conn.send(b'dropped without close')
handle()
conn, _ = s.accept()
conn = None
print('both dropped')

# === dup-close-and-gc/client
import socket
a = socket.create_connection(('127.0.0.1', PORT))
print(a.recv(100), a.recv(100))
b = socket.create_connection(('127.0.0.1', PORT))
print(b.recv(100))

# === sum-service-uncaught-error/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
numbers = [int(x) for x in conn.recv(100).decode().split()]
conn.send(str(sum(numbers)).encode())

# === sum-service-uncaught-error/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
s.send(b'1 2 three')
print(s.recv(10))
