# === stream/server
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
s.bind('talk.sock')
s.listen(1)
conn, addr = s.accept()
print(repr(addr), conn.recv(100))
conn.sendall(b'no packets at all')
conn.close()
s.close()
os.unlink('talk.sock')

# === stream/client
import socket
s = socket.socket(socket.AF_UNIX)
s.connect('talk.sock')
s.sendall(b'hello')
print(s.recv(100), s.recv(1), s.getpeername())

# === left-over-path/first
import socket
s = socket.socket(socket.AF_UNIX)
s.bind('left.sock')
s.listen()
s.close()
print('closed, not unlinked')

# === left-over-path/second
# start: ended first
import errno, os, socket
s = socket.socket(socket.AF_UNIX)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    s.bind('left.sock')
except OSError as e:
    print(e, e.errno == errno.EADDRINUSE)
try:
    s.connect('left.sock')
except ConnectionRefusedError as e:
    print(e)
print(os.path.exists('left.sock'))
os.unlink('left.sock')
s = socket.socket(socket.AF_UNIX)
s.bind('left.sock')
print('bound')

# === datagram/server
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('dgram.sock')
for _ in range(2):
    data, addr = s.recvfrom(100)
    print(data, addr)
    if addr: s.sendto(b'got ' + data, addr)

# === datagram/client
import socket
anonymous = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
anonymous.sendto(b'anonymous', 'dgram.sock')
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('me.sock')
s.connect('dgram.sock')
s.send(b'named')
print(s.recv(100), s.getsockname(), s.getpeername())

# === missing-path/client
import socket
s = socket.socket(socket.AF_UNIX)
try:
    s.connect('nothing.sock')
except FileNotFoundError as e:
    print(e)
d = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
d.sendto(b'x', 'nothing.sock')

# === file-between-programs/a
with open('shared.txt', 'w') as f:
    f.write('line 1\nline 2\n')
print('written')

# === file-between-programs/b
# start: ended a
with open('shared.txt') as f:
    for n, line in enumerate(f, 1):
        print(n, line.strip())
