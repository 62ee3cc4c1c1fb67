# === line-framing
class LineReader:
    def __init__(self): self.buffer = b''
    def feed(self, data):
        self.buffer += data
        *lines, self.buffer = self.buffer.split(b'\n')
        return [l.rstrip(b'\r').decode() for l in lines]
r = LineReader()
for chunk in (b'hel', b'lo\r\nwor', b'ld\n\n', b'x', '中\n'.encode()[:2], '中\n'.encode()[2:]):
    print(r.feed(chunk), r.buffer)

# === length-framing-every-cut
import struct
def encode(messages):
    return b''.join(struct.pack('!H', len(m)) + m for m in messages)
def decoder():
    buffer = b''
    out = []
    while True:
        data = yield out
        buffer += data
        out = []
        while len(buffer) >= 2:
            n, = struct.unpack_from('!H', buffer)
            if len(buffer) < 2 + n: break
            out.append(buffer[2:2 + n])
            buffer = buffer[2 + n:]
messages = [b'', b'a', 'héllo'.encode(), b'x' * 300]
wire = encode(messages)
for size in (1, 2, 3, 7, 100, 1000):
    d = decoder()
    next(d)
    got = []
    for i in range(0, len(wire), size):
        got += d.send(wire[i:i + size])
    print(size, got == messages, len(got))

# === tlv
def encode(fields):
    out = bytearray()
    for tag, value in fields:
        out.append(tag)
        out += len(value).to_bytes(2, 'big')
        out += value
    return bytes(out)
def decode(data):
    i = 0
    while i < len(data):
        tag, n = data[i], int.from_bytes(data[i + 1:i + 3], 'big')
        value = data[i + 3:i + 3 + n]
        if len(value) < n:
            raise ValueError(f'field {tag} is cut: {len(value)} of {n} bytes')
        yield tag, value
        i += 3 + n
wire = encode([(1, b'ann'), (2, b''), (7, '你好'.encode())])
print(wire, list(decode(wire)))
try:
    for f in decode(wire[:-1]): print(f)
except ValueError as e:
    print(e)

# === http-request
def parse(raw):
    head, _, body = raw.partition(b'\r\n\r\n')
    first, *rest = head.decode('latin-1').split('\r\n')
    method, target, version = first.split(' ')
    headers = {}
    for line in rest:
        name, _, value = line.partition(':')
        headers[name.strip().lower()] = value.strip()
    path, _, query = target.partition('?')
    params = dict(p.split('=', 1) for p in query.split('&')) if query else {}
    length = int(headers.get('content-length', 0))
    return method, path, params, version, headers, body[:length], body[length:]
for raw in (b'GET / HTTP/1.1\r\nHost: a\r\n\r\n', b'POST /f?x=1&y=a=b HTTP/1.0\r\nContent-Length: 5\r\nX-Y:  z \r\n\r\nhelloEXTRA'):
    print(parse(raw))
try:
    parse(b'GARBAGE\r\n\r\n')
except ValueError as e:
    print(e)

# === http-response
import json
REASONS = {200: 'OK', 404: 'Not Found', 405: 'Method Not Allowed'}
def respond(status, body, kind='text/plain', **extra):
    if isinstance(body, (dict, list)):
        body, kind = json.dumps(body), 'application/json'
    data = body.encode() if isinstance(body, str) else body
    lines = [f'HTTP/1.1 {status} {REASONS[status]}', f'Content-Type: {kind}', f'Content-Length: {len(data)}']
    lines += [f"{k.replace('_', '-').title()}: {v}" for k, v in extra.items()]
    return '\r\n'.join(lines).encode('ascii') + b'\r\n\r\n' + data
print(respond(200, 'é'), respond(404, b'', x_reason='gone'), respond(200, {'a': [1]}, connection='close'), sep='\n')

# === chunked
def encode(parts):
    for p in parts:
        if p: yield f'{len(p):x}\r\n'.encode() + p + b'\r\n'
    yield b'0\r\n\r\n'
def decode(data):
    out = b''
    while True:
        size, _, data = data.partition(b'\r\n')
        n = int(size, 16)
        if n == 0: return out
        out, data = out + data[:n], data[n + 2:]
wire = b''.join(encode([b'hello ', b'', b'x' * 17]))
print(wire, decode(wire))

# === chat-commands
class Room:
    def __init__(self): self.users, self.log = {}, []
    def handle(self, who, line):
        cmd, _, rest = line.partition(' ')
        if not cmd.startswith('/'):
            return self.say(who, line)
        f = getattr(self, 'do_' + cmd[1:], None)
        return f(who, rest) if f else f'unknown command {cmd!r}'
    def do_nick(self, who, new):
        if not new.isalnum(): return 'bad name'
        if new in self.users.values(): return f'{new} is taken'
        self.users[who] = new
        return f'you are {new}'
    def do_who(self, who, _): return ', '.join(sorted(self.users.values())) or 'nobody'
    def say(self, who, text):
        if who not in self.users: return 'say /nick first'
        self.log.append(f'<{self.users[who]}> {text}')
        return self.log[-1]
room = Room()
for who, line in ((1, 'hi'), (1, '/nick ann'), (2, '/nick ann'), (2, '/nick b b'), (2, '/nick bob'), (1, 'hello all'), (3, '/who'), (2, '/dance now'), (1, '')):
    print(who, repr(line), '->', room.handle(who, line))

# === internet-checksum-incremental
def ones(data):
    data = bytes(data) + b'\0' * (len(data) % 2)
    s = sum(int.from_bytes(data[i:i + 2], 'big') for i in range(0, len(data), 2))
    while s > 0xffff: s = (s & 0xffff) + (s >> 16)
    return s
pseudo = bytes([127, 0, 0, 1, 127, 0, 0, 1, 0, 17]) + (13).to_bytes(2, 'big')
udp = (9000).to_bytes(2, 'big') * 2 + (13).to_bytes(2, 'big') + b'\0\0' + b'hello'
c = ~ones(pseudo + udp) & 0xffff
print(hex(c), ones(pseudo + udp[:6] + c.to_bytes(2, 'big') + udp[8:]) == 0xffff)
def fletcher(data):
    a = b = 0
    for x in data: a = (a + x) % 255; b = (b + a) % 255
    return b << 8 | a
print(fletcher(b'abcde'), fletcher(b'abcdef'))

# === tcp-state-machine
T = {
    ('CLOSED', 'listen'): 'LISTEN', ('CLOSED', 'connect'): 'SYN-SENT', ('LISTEN', 'SYN'): 'SYN-RECEIVED',
    ('SYN-SENT', 'SYN+ACK'): 'ESTABLISHED', ('SYN-RECEIVED', 'ACK'): 'ESTABLISHED', ('ESTABLISHED', 'close'): 'FIN-WAIT-1',
    ('ESTABLISHED', 'FIN'): 'CLOSE-WAIT', ('CLOSE-WAIT', 'close'): 'LAST-ACK', ('LAST-ACK', 'ACK'): 'CLOSED',
    ('FIN-WAIT-1', 'ACK'): 'FIN-WAIT-2', ('FIN-WAIT-2', 'FIN'): 'TIME-WAIT', ('TIME-WAIT', 'timeout'): 'CLOSED',
}
class Machine:
    def __init__(self): self.state = 'CLOSED'
    def on(self, event):
        try:
            self.state = T[self.state, event]
        except KeyError:
            raise ValueError(f'{event} in {self.state}') from None
        return self
client = Machine()
print([client.on(e).state for e in ('connect', 'SYN+ACK', 'close', 'ACK', 'FIN', 'timeout')])
try:
    Machine().on('listen').on('FIN')
except ValueError as e:
    print(e, e.__cause__)

# === dns-query
import struct
def query(name, qtype=1, ident=0x1234):
    q = b''.join(bytes([len(p)]) + p.encode() for p in name.split('.')) + b'\0'
    return struct.pack('!6H', ident, 0x0100, 1, 0, 0, 0) + q + struct.pack('!2H', qtype, 1)
def name_at(data, i):
    parts = []
    while data[i]:
        if data[i] & 0xc0 == 0xc0:
            rest, _ = name_at(data, int.from_bytes(data[i:i + 2], 'big') & 0x3fff)
            return '.'.join(parts + [rest]), i + 2
        n = data[i]
        parts.append(data[i + 1:i + 1 + n].decode())
        i += 1 + n
    return '.'.join(parts), i + 1
q = query('www.example.com')
print(q.hex(), name_at(q, 12))
answer = q + b'\x03ftp\xc0\x10'
print(name_at(answer, len(q)))

# === ip-text
def to_int(ip):
    parts = ip.split('.')
    if len(parts) != 4 or not all(p.isdigit() and int(p) < 256 for p in parts):
        raise ValueError(f'not an IPv4 address: {ip!r}')
    n = 0
    for p in parts: n = n << 8 | int(p)
    return n
def to_text(n): return '.'.join(str(n >> s & 255) for s in (24, 16, 8, 0))
n = to_int('100.4.5.6')
print(n, f'{n:032b}', to_text(n), '.'.join(f'{int(p):08b}' for p in '100.4.5.6'.split('.')))
mask = ~((1 << (32 - 20)) - 1) & 0xffffffff
print(to_text(mask), to_text(n & mask), to_text(n & mask | ~mask & 0xffffffff), hex(mask))
for bad in ('1.2.3', '256.1.1.1', 'a.b.c.d', '1.2.3.-4'):
    try: to_int(bad)
    except ValueError as e: print(e)

# === sliding-window
def send(data, window, lost):
    base = nxt = 0
    log = []
    lost = set(lost)
    while base < len(data):
        while nxt < min(base + window, len(data)):
            log.append(f'send {nxt}{" LOST" if nxt in lost else ""}')
            nxt += 1
        for i in range(base, nxt):
            if i in lost:
                lost.discard(i)
                nxt = i
                log.append(f'timeout {i}')
                break
            base = i + 1
            log.append(f'ack {base}')
    return log
print('\n'.join(send('abcdef', 3, [2, 4])))

# === run-length-and-varint
def rle(b):
    out = bytearray()
    for x in b:
        if out and out[-1] == x and out[-2] < 255: out[-2] += 1
        else: out += bytes([1, x])
    return bytes(out)
def varint(n):
    out = b''
    while n > 127: out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])
print(rle(b'aaabccccd'), rle(b'z' * 300), [varint(n).hex() for n in (0, 127, 128, 300, 2**40)])

# === resp-parser
def parse(data, i=0):
    end = data.index(b'\r\n', i)
    kind, text, i = data[i:i + 1], data[i + 1:end], end + 2
    if kind == b'+': return text.decode(), i
    if kind == b'-': return Exception(text.decode()), i
    if kind == b':': return int(text), i
    if kind == b'$':
        n = int(text)
        return (None, i) if n < 0 else (data[i:i + n], i + n + 2)
    if kind == b'*':
        items = []
        for _ in range(int(text)):
            v, i = parse(data, i)
            items.append(v)
        return items, i
    raise ValueError(f'bad type {kind}')
for d in (b'+OK\r\n', b':42\r\n', b'$5\r\nhello\r\n', b'$-1\r\n', b'*2\r\n*1\r\n:1\r\n$0\r\n\r\n', b'-ERR no\r\n'):
    v, n = parse(d)
    print(repr(v), n == len(d))
try: parse(b'?x\r\n')
except ValueError as e: print(e)
try: parse(b'+unfinished')
except ValueError as e: print(e)

# === inet-functions
import socket
print(socket.inet_aton('127.0.0.1'), socket.inet_ntoa(b'\x0a\x00\x00\x01'), socket.inet_pton(socket.AF_INET6, '::1'), socket.inet_ntop(socket.AF_INET6, b'\x20\x01' + b'\0' * 13 + b'\x05'), socket.htons(80), socket.ntohl(1), socket.htonl(0x01020304), socket.ntohs(0x1234), socket.inet_pton(socket.AF_INET, '1.2.3.4'))
for f in (lambda: socket.inet_aton('300.1.1.1'), lambda: socket.inet_ntoa(b'abc'), lambda: socket.inet_pton(socket.AF_INET, '1.2.3'), lambda: socket.inet_pton(socket.AF_INET6, 'zz')):
    try: print(f())
    except (OSError, ValueError) as e: print(type(e).__name__, e)

# === socket-constants
import socket
print(socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.SOCK_STREAM, socket.SOCK_DGRAM, repr(socket.SOL_SOCKET), int(socket.SO_REUSEADDR), socket.SHUT_WR, socket.IPPROTO_TCP, int(socket.TCP_NODELAY), socket.error is OSError, socket.timeout is TimeoutError, issubclass(socket.gaierror, OSError), socket.INADDR_ANY, socket.SOMAXCONN, int(socket.MSG_PEEK), socket.has_ipv6)
print(socket.AF_INET == 2, f'{socket.SOCK_STREAM!r}', socket.AddressFamily(2), socket.getdefaulttimeout())

# === retry-with-backoff
class Flaky:
    def __init__(self, fails): self.fails = fails
    def connect(self):
        if self.fails:
            self.fails -= 1
            raise ConnectionRefusedError(111, 'Connection refused')
        return 'connected'
def retry(conn, tries):
    delay = 0.1
    for n in range(1, tries + 1):
        try:
            return f'{conn.connect()} at try {n}'
        except OSError as e:
            print(f'try {n}: {e}; wait {delay:.1f} s')
            delay *= 2
    raise TimeoutError(f'gave up after {tries} tries')
print(retry(Flaky(2), 5))
retry(Flaky(9), 2)

# === router-table
import functools
routes = {}
def route(path, *methods):
    def deco(f):
        for m in methods or ('GET',): routes[m, path] = f
        @functools.wraps(f)
        def w(*a): return f(*a)
        return w
    return deco
@route('/')
def index(req): return 200, 'home'
@route('/echo', 'POST', 'PUT')
def echo(req): return 200, req['body'][::-1]
def dispatch(method, path, body=''):
    try:
        return routes[method, path]({'body': body})
    except KeyError:
        allowed = sorted(m for m, p in routes if p == path)
        return (405, ','.join(allowed)) if allowed else (404, path)
for args in (('GET', '/'), ('POST', '/echo', 'abc'), ('GET', '/echo'), ('GET', '/nope')):
    print(dispatch(*args))
