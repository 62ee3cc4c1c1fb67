import selectors, select, socket, threading, queue, io, os, time, errno

server = socket.create_server(('127.0.0.1', 0))
port = server.getsockname()[1]
print(repr(server).replace(str(port), 'PORT').split('fd=')[0], server.type, server.getblocking())

def serve():
    connection, peer = server.accept()
    with connection, connection.makefile('rw', encoding='utf-8', newline='\n') as file:
        for line in file:
            file.write(line.upper())
            file.flush()

thread = threading.Thread(target=serve, name='server')
thread.start()
with socket.create_connection(('localhost', port), timeout=5) as client:
    client.sendall('grüße\nzwei\n'.encode())
    file = client.makefile('rb')
    print(file.readline().decode(), file.readline())
    client.shutdown(socket.SHUT_WR)
    print(file.read())
    file.close()
thread.join()
print(thread, thread.is_alive()) if False else print(thread.is_alive(), thread.name)

udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(('127.0.0.1', 0))
udp.settimeout(0.05)
try:
    udp.recvfrom(10)
except socket.timeout as e:
    print(type(e), e, e.args)
print(udp.gettimeout(), udp.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR), udp.sendto(b'me', udp.getsockname()), udp.recvfrom(9)[0])
udp.setblocking(False)
try:
    udp.recv(1)
except BlockingIOError as e:
    print(e, e.errno == errno.EAGAIN)
udp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\5\0\0\0')
print(udp.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))
print(select.select([udp], [udp], [], 0)[1] == [udp], select.select([udp], [], [], 0.01))
closed = socket.socket()
closed.bind(('127.0.0.1', 0))
target = closed.getsockname()
closed.close()
for timeout in (None, 1):
    with socket.socket() as s:
        s.settimeout(timeout)
        try:
            s.connect(target)
        except ConnectionRefusedError as e:
            print(e)
        with socket.socket() as t:
            print(t.connect_ex(target))
selector = selectors.DefaultSelector()
a, b = socket.socketpair()
selector.register(b, selectors.EVENT_READ, 'b')
print(selector.select(0))
a.send(b'x')
print([(key.data, events) for key, events in selector.select()])

items = queue.Queue(2)
def produce():
    for n in range(5):
        items.put(n)
    items.put(None)
threading.Thread(target=produce).start()
print(list(iter(items.get, None)))
try:
    items.get(timeout=0.01)
except queue.Empty as e:
    print(type(e).__name__)
lock = threading.RLock()
with lock, lock:
    print('twice')
total = [0]
mutex = threading.Lock()
def add():
    for _ in range(500):
        with mutex:
            total[0] += 1
threads = [threading.Thread(target=add) for _ in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
print(total, threading.active_count(), threading.current_thread().name)
barrier = threading.Barrier(2)
other = threading.Thread(target=barrier.wait)
other.start()
barrier.wait()
other.join()
ready = threading.Event()
threading.Timer(0.01, ready.set).start()
print(ready.wait(5), ready.is_set())
mine = threading.local()
mine.x = 1
print(mine.x, hasattr(mine, 'y'))

path = '/tmp/prelude-%d.txt' % os.getpid()
with open(path, 'w') as f:
    print(f.write('eins\nzwei\r\ndrei'), file=io.StringIO())
with open(path) as f:
    print(f.readlines())
with open(path, newline='') as f:
    print(list(f))
with open(path, 'rb') as f:
    print(f.read(3), f.readline(), f.read())
with open(path, 'a') as f:
    f.write('!')
print(open(path).read().endswith('!'), os.path.exists(path))
os.remove(path)
try:
    open('/nonexistent/x')
except FileNotFoundError as e:
    print(e)
for bad in ('z', 'rw', 'bt'):
    try:
        open(path, bad)
    except ValueError as e:
        print(e)
print(os.path.splitext('/a.b/c.tar.gz'), os.path.splitext('.rc'), os.path.split('/a/b/'), os.path.join('a', '/b', 'c'), os.path.normpath('/a/../b//c/.'))
t = time.gmtime(1700000000)
print(t, t.tm_yday, time.strftime('%Y-%m-%d %H:%M:%S %a %b %j %p %U %W %%', t), time.asctime(t), time.gmtime(951782400))
print(socket.inet_aton('127.1'), socket.inet_pton(10, '2001:db8::1'), socket.inet_ntop(10, bytes(10) + b'\xff\xff\1\2\3\4'), socket.inet_ntop(10, bytes(16)), socket.htons(80), socket.htonl(1))
