# === truncation/server
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', PORT))
data, addr = s.recvfrom(3)
print(data)
data, addr = s.recvfrom(100)
print(data)
s.sendto(b'done', addr)

# === truncation/client
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(s.sendto(b'hello', ('127.0.0.1', PORT)), s.sendto(b'second', ('127.0.0.1', PORT)))
print(s.recvfrom(10) == (b'done', ('127.0.0.1', PORT)))

# === empty-datagram/server
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', PORT))
for _ in range(3):
    data, addr = s.recvfrom(100)
    print(len(data), data)
    s.sendto(data, addr)

# === empty-datagram/client
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for m in (b'', b'a', b'a' * 50):
    s.sendto(m, ('127.0.0.1', PORT))
    print(s.recv(100) == m)

# === connected-refused/client
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(('127.0.0.1', PORT))
print(s.send(b'is anybody there?'))
s.settimeout(2)
try:
    s.recv(10)
except ConnectionRefusedError as e:
    print(e)

# === unconnected-silent/client
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(s.sendto(b'into the void', ('127.0.0.1', PORT)))
s.settimeout(0.2)
try:
    s.recvfrom(10)
except TimeoutError as e:
    print(e)

# === connected-filters/server
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', PORT))
data, addr = s.recvfrom(100)
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
other.sendto(b'from a stranger', addr)
s.sendto(b'from the server', addr)
print(data)

# === connected-filters/client
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(('127.0.0.1', PORT))
s.send(b'hi')
print(s.recv(100), s.getpeername() == ('127.0.0.1', PORT))
s.settimeout(0.1)
try:
    print(s.recv(100))
except TimeoutError:
    print('nothing else')

# === two-clients-one-socket/server
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', PORT))
members = {}
for _ in range(2):
    name, addr = s.recvfrom(100)
    members[addr] = name.decode()
    print('joined', members[addr])
for addr, name in members.items():
    others = ','.join(n for n in members.values() if n != name)
    s.sendto(others.encode(), addr)

# === two-clients-one-socket/ann
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(b'ann', ('127.0.0.1', PORT))
print(s.recvfrom(100)[0])

# === two-clients-one-socket/bob
# start: printed server joined ann
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(b'bob', ('127.0.0.1', PORT))
print(s.recvfrom(100)[0])

# === too-long/client
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
r = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
r.bind(('127.0.0.1', PORT))
print(s.sendto(b'x' * 65507, ('127.0.0.1', PORT)), len(r.recv(70000)))
try:
    s.sendto(b'x' * 65508, ('127.0.0.1', PORT))
except OSError as e:
    print(e, e.errno)

# === stop-and-wait/server
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', PORT))
expected, dropped, got = 0, set(), []
while len(got) < 4:
    data, addr = s.recvfrom(100)
    seq, payload = data[0], data[1:]
    if seq in (1, 2) and seq not in dropped:
        dropped.add(seq)
        print('drop', seq)
        continue
    if seq == expected:
        got.append(payload)
        expected += 1
    s.sendto(bytes([seq]), addr)
print(b''.join(got))

# === stop-and-wait/client
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(0.2)
tries = 0
for seq, part in enumerate((b'stop', b' and', b' wai', b't')):
    while True:
        tries += 1
        s.sendto(bytes([seq]) + part, ('127.0.0.1', PORT))
        try:
            ack = s.recv(10)
        except TimeoutError:
            print('again', seq)
            continue
        if ack == bytes([seq]): break
print(tries)

# === addresses/client
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(s.getsockname())
s.bind(('127.0.0.1', PORT))
print(s.getsockname() == ('127.0.0.1', PORT))
t = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try:
    t.bind(('127.0.0.1', PORT))
except OSError as e:
    print(e)
try:
    t.getpeername()
except OSError as e:
    print(e)
try:
    t.send(b'x')
except OSError as e:
    print(e)
try:
    t.listen()
except OSError as e:
    print(e)
t.sendto(b'x', ('127.0.0.1', PORT))
print(t.getsockname()[0], t.getsockname()[1] != 0, s.recvfrom(5)[1][1] == t.getsockname()[1])

# === select-of-two-sockets/server
import select, socket
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
b.bind(('127.0.0.1', PORT2))
a.bind(('127.0.0.1', PORT))
names = {a: 'a', b: 'b'}
got = []
while len(got) < 4:
    ready, _, _ = select.select([a, b], [], [], 5)
    for s in ready:
        data, addr = s.recvfrom(100)
        got.append((names[s], data))
        s.sendto(b'ack', addr)
print(sorted(got))

# === select-of-two-sockets/client
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i, port in enumerate((PORT, PORT2, PORT2, PORT)):
    s.sendto(b'm%d' % i, ('127.0.0.1', port))
    data, addr = s.recvfrom(10)
    print(data, addr[1] == port)

# === time-protocol-binary/server
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', PORT))
for _ in range(2):
    data, addr = s.recvfrom(512)
    try:
        kind, number, name = struct.unpack('!BH8s', data)
        s.sendto(struct.pack('!BI', kind + 1, number * 1000), addr)
        print(kind, number, name.rstrip(b'\0'))
    except struct.error as e:
        print(e)
        s.sendto(b'\xff', addr)

# === time-protocol-binary/client
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(('127.0.0.1', PORT))
s.send(struct.pack('!BH8s', 1, 500, b'clock'))
print(struct.unpack('!BI', s.recv(100)))
s.send(b'short')
print(s.recv(100))
