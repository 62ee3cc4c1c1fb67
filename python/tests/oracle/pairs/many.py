# === thread-for-each/server
import socket, threading
s = socket.create_server(('127.0.0.1', PORT))
lock = threading.Lock()
total = 0
def serve(conn):
    global total
    with conn:
        while data := conn.recv(100):
            with lock:
                total += len(data)
            conn.sendall(data[::-1])
threads = []
for _ in range(3):
    conn, _ = s.accept()
    t = threading.Thread(target=serve, args=(conn,))
    t.start()
    threads.append(t)
for t in threads: t.join()
print('total', total)

# === thread-for-each/slow
import socket, time
s = socket.create_connection(('127.0.0.1', PORT))
s.sendall(b'slow')
print(s.recv(10))
time.sleep(0.3)
s.sendall(b'still here')
print(s.recv(100))

# === thread-for-each/quick
import socket
s = socket.create_connection(('127.0.0.1', PORT))
s.sendall(b'quick')
print(s.recv(10))

# === thread-for-each/other
import socket
s = socket.create_connection(('127.0.0.1', PORT))
for i in range(3):
    s.sendall(b'n%d' % i)
    print(s.recv(10))

# === select-echo/server
import select, socket
server = socket.create_server(('127.0.0.1', PORT))
inputs = [server]
closed = 0
while closed < 2:
    readable, _, _ = select.select(inputs, [], [])
    for s in readable:
        if s is server:
            conn, _ = s.accept()
            inputs.append(conn)
        else:
            data = s.recv(1024)
            if data:
                s.sendall(data.swapcase())
            else:
                inputs.remove(s)
                s.close()
                closed += 1
print('served', closed, len(inputs))

# === select-echo/a
import socket
s = socket.create_connection(('127.0.0.1', PORT))
s.sendall(b'Hello'); print(s.recv(10))
s.sendall(b'World'); print(s.recv(10))

# === select-echo/b
import socket
s = socket.create_connection(('127.0.0.1', PORT))
s.sendall(b'bBb'); print(s.recv(10))

# === selectors-callbacks/server
import selectors, socket
sel = selectors.DefaultSelector()
state = {'left': 2, 'bytes': 0}
def accept(s):
    conn, _ = s.accept()
    conn.setblocking(False)
    sel.register(conn, selectors.EVENT_READ, read)
def read(conn):
    data = conn.recv(1000)
    if data:
        state['bytes'] += len(data)
        conn.send(b'%d' % len(data))
    else:
        sel.unregister(conn)
        conn.close()
        state['left'] -= 1
server = socket.create_server(('127.0.0.1', PORT))
server.setblocking(False)
sel.register(server, selectors.EVENT_READ, accept)
while state['left']:
    for key, mask in sel.select():
        key.data(key.fileobj)
print(state)

# === selectors-callbacks/a
import socket
s = socket.create_connection(('127.0.0.1', PORT))
for n in (1, 10, 100):
    s.sendall(b'x' * n)
    print(s.recv(10))

# === selectors-callbacks/b
import socket
s = socket.create_connection(('127.0.0.1', PORT))
s.sendall(b'hello')
print(s.recv(10))

# === chat-room/server
import socket, threading
s = socket.create_server(('127.0.0.1', PORT))
clients, lock = {}, threading.Lock()
def serve(conn):
    f = conn.makefile('r', encoding='utf-8')
    name = f.readline().strip()
    with lock:
        clients[conn] = name
    conn.sendall(b'welcome\n')
    print(name, 'joined')
    for line in f:
        with lock:
            for other in clients:
                if other is not conn:
                    other.sendall(f'{name}: {line}'.encode())
    with lock:
        del clients[conn]
    conn.close()
ts = []
for _ in range(2):
    conn, _ = s.accept()
    t = threading.Thread(target=serve, args=(conn,))
    t.start()
    ts.append(t)
for t in ts: t.join()
print('empty', clients)

# === chat-room/ann
import socket
s = socket.create_connection(('127.0.0.1', PORT))
f = s.makefile('r', encoding='utf-8')
s.sendall(b'ann\n')
print(f.readline().strip())
print(f.readline().strip())
s.sendall('hi bob, 你好\n'.encode())
s.shutdown(socket.SHUT_WR)
print(repr(f.readline()))

# === chat-room/bob
# start: printed server ann joined
import socket
s = socket.create_connection(('127.0.0.1', PORT))
f = s.makefile('r', encoding='utf-8')
s.sendall(b'bob\n')
print(f.readline().strip())
s.sendall(b'anybody here?\n')
print(f.readline().strip())

# === reader-thread-client/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
for i in range(3):
    conn.sendall(b'tick %d\n' % i)
print(conn.recv(100))
conn.close()

# === reader-thread-client/client
import queue, socket, threading
s = socket.create_connection(('127.0.0.1', PORT))
inbox = queue.Queue()
def reader():
    for line in s.makefile('r'):
        inbox.put(line.strip())
    inbox.put(None)
t = threading.Thread(target=reader, daemon=True)
t.start()
print(inbox.get(), inbox.get(timeout=5), inbox.get())
s.sendall(b'thanks')
print(inbox.get())
t.join()

# === proxy/server
import socket
s = socket.create_server(('127.0.0.1', PORT))
conn, _ = s.accept()
data = b''
while part := conn.recv(100): data += part
print('server got', data)
conn.sendall(data * 2)
conn.close()

# === proxy/middle
import socket, threading
listener = socket.create_server(('127.0.0.1', PORT2))
print('ready')
a, _ = listener.accept()
b = socket.create_connection(('127.0.0.1', PORT))
def copy(src, dst, name):
    n = 0
    while data := src.recv(10):
        dst.sendall(data)
        n += len(data)
    dst.shutdown(socket.SHUT_WR)
    counts[name] = n
counts = {}
ts = [threading.Thread(target=copy, args=x) for x in ((a, b, 'up'), (b, a, 'down'))]
for t in ts: t.start()
for t in ts: t.join()
print(sorted(counts.items()))

# === proxy/client
# start: printed middle ready
import socket
s = socket.create_connection(('127.0.0.1', PORT2))
s.sendall(b'through a proxy')
s.shutdown(socket.SHUT_WR)
out = b''
while data := s.recv(100): out += data
print(out)

# === poll-timeouts-and-writable/server
import select, socket
server = socket.create_server(('127.0.0.1', PORT))
print(select.select([server], [], [], 0), select.select([], [server], [], 0.05))
conn, _ = server.accept()
r, w, _ = select.select([conn], [conn], [], 1)
print(r == [], w == [conn])
conn.sendall(b'go')
r, w, _ = select.select([conn], [], [], 5)
print(r == [conn], conn.recv(10))
r, _, _ = select.select([conn], [], [], 5)
print(conn.recv(10))

# === poll-timeouts-and-writable/client
import socket
s = socket.create_connection(('127.0.0.1', PORT))
print(s.recv(10))
s.sendall(b'went')
s.close()
