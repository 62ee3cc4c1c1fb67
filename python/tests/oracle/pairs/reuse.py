# === neither-sets-it/old
import socket
s = socket.socket()
s.bind(('127.0.0.1', PORT))
s.listen()
conn, _ = s.accept()
conn.close()
s.close()
print('closed first')

# === neither-sets-it/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
print(s.recv(1))
s.close()

# === neither-sets-it/new
# start: ended client
import socket
s = socket.socket()
s.bind(('127.0.0.1', PORT))
print('bound')

# === only-new-sets-it/old
import socket
s = socket.socket()
s.bind(('127.0.0.1', PORT))
s.listen()
conn, _ = s.accept()
conn.close()
s.close()

# === only-new-sets-it/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
print(s.recv(1))
s.close()

# === only-new-sets-it/new
# start: ended client
import errno, socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    s.bind(('127.0.0.1', PORT))
    print('bound')
except OSError as e:
    print(e, e.errno == errno.EADDRINUSE)

# === only-old-sets-it/old
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', PORT))
s.listen()
conn, _ = s.accept()
conn.close()
s.close()

# === only-old-sets-it/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
print(s.recv(1))
s.close()

# === only-old-sets-it/new
# start: ended client
import socket
s = socket.socket()
try:
    s.bind(('127.0.0.1', PORT))
    print('bound')
except OSError as e:
    print(e)

# === both-set-it/old
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', PORT))
s.listen()
conn, _ = s.accept()
conn.close()
s.close()

# === both-set-it/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
print(s.recv(1))
s.close()

# === both-set-it/new
# start: ended client
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    s.bind(('127.0.0.1', PORT))
    s.listen()
    print('bound')
except OSError as e:
    print(e)

# === two-live-listeners/program
import socket
a, b = socket.socket(), socket.socket()
for s in (a, b):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
a.bind(('127.0.0.1', PORT))
a.listen()
try:
    b.bind(('127.0.0.1', PORT))
    b.listen()
    print('both')
except OSError as e:
    print(e)

# === client-closes-first/old
import socket
s = socket.socket()
s.bind(('127.0.0.1', PORT))
s.listen()
conn, _ = s.accept()
print(conn.recv(1))
conn.close()
s.close()

# === client-closes-first/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
s.close()

# === client-closes-first/new
# start: ended old
import socket
s = socket.socket()
s.bind(('127.0.0.1', PORT))
s.listen()
print('no TIME_WAIT on the server side')
