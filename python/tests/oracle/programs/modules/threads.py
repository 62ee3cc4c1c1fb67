# === join-and-args
import threading
results = []
def work(n, scale=1):
    results.append(n * scale)
ts = [threading.Thread(target=work, args=(i,), kwargs={'scale': 10}) for i in range(3)]
for t in ts: t.start()
for t in ts: t.join()
print(sorted(results), all(not t.is_alive() for t in ts), threading.active_count(), threading.current_thread().name, threading.main_thread() is threading.current_thread())

# === names-and-idents
import threading
t = threading.Thread(target=lambda: print(threading.current_thread().name), name='worker-a')
print(t.name, t.is_alive(), t.daemon, t.ident)
t.start(); t.join()
print(t.is_alive(), isinstance(t.ident, int))
def named(): print(threading.current_thread().name)
t = threading.Thread(target=named)
t.start(); t.join()
print(t.name)
try:
    t.start()
except RuntimeError as e:
    print(e)
try:
    threading.Thread(target=named).join()
except RuntimeError as e:
    print(e)

# === lock
import threading
lock = threading.Lock()
n = 0
def add():
    global n
    for _ in range(200):
        with lock:
            n += 1
ts = [threading.Thread(target=add) for _ in range(4)]
[t.start() for t in ts]
[t.join() for t in ts]
print(n, lock.locked(), lock.acquire(), lock.locked(), lock.acquire(blocking=False), lock.acquire(timeout=0.01), lock.release(), lock.locked())
try:
    lock.release()
except RuntimeError as e:
    print(e)
r = threading.RLock()
with r:
    with r:
        print('twice')
try:
    r.release()
except RuntimeError as e:
    print(e)

# === event
import threading
go = threading.Event()
log = []
def waiter():
    log.append('waiting')
    log.append(go.wait())
t = threading.Thread(target=waiter)
t.start()
print(go.is_set(), go.wait(0.01))
go.set()
t.join()
print(log, go.is_set(), go.wait(5))
go.clear()
print(go.is_set())

# === queue-producer-consumer
import queue, threading
q = queue.Queue()
def producer():
    for i in range(5): q.put(i)
    q.put(None)
got = []
def consumer():
    while True:
        item = q.get()
        if item is None: break
        got.append(item * item)
        q.task_done()
a, b = threading.Thread(target=producer), threading.Thread(target=consumer)
b.start(); a.start(); a.join(); b.join()
print(got, q.empty(), q.qsize())
for f in (lambda: q.get_nowait(), lambda: q.get(timeout=0.01), lambda: queue.Queue(1).put(1) or 'put', lambda: q.get(block=False)):
    try:
        print(f())
    except queue.Empty as e:
        print('Empty', repr(e))
small = queue.Queue(maxsize=1)
small.put('x')
try:
    small.put_nowait('y')
except queue.Full:
    print('Full', small.full())
l = queue.LifoQueue(); l.put(1); l.put(2)
p = queue.PriorityQueue(); p.put((2, 'b')); p.put((1, 'a'))
print(l.get(), p.get(), p.get())

# === condition
import threading
cond = threading.Condition()
items = []
def consumer():
    with cond:
        while not items:
            cond.wait()
        print('got', items.pop())
t = threading.Thread(target=consumer)
t.start()
with cond:
    items.append('x')
    cond.notify()
t.join()
with cond:
    print(cond.wait(0.01), cond.wait_for(lambda: True))
try:
    cond.notify()
except RuntimeError as e:
    print(e)

# === semaphore-and-barrier
import threading
s = threading.Semaphore(2)
print(s.acquire(), s.acquire(), s.acquire(blocking=False), s.release(), s.acquire(blocking=False))
b = threading.BoundedSemaphore(1)
try:
    b.release()
except ValueError as e:
    print(e)
bar = threading.Barrier(3)
out = []
def w(): out.append(bar.wait() in (0, 1, 2))
ts = [threading.Thread(target=w) for _ in range(3)]
[t.start() for t in ts]; [t.join() for t in ts]
print(out)

# === subclass-and-daemon
import threading, time
class Worker(threading.Thread):
    def __init__(self, n):
        super().__init__(daemon=True)
        self.n = n
        self.result = None
    def run(self):
        self.result = sum(range(self.n))
w = Worker(10)
w.start(); w.join()
print(w.result, w.daemon)
def forever():
    while True: time.sleep(10)
threading.Thread(target=forever, daemon=True).start()
print('main ends')

# === main-waits-for-threads
import threading, time
def late():
    time.sleep(0.05)
    print('thread ends last')
threading.Thread(target=late).start()
print('main is done')

# === timer-and-join-timeout
import threading, time
t = threading.Timer(0.01, print, args=('timer',))
t.start(); t.join()
u = threading.Timer(10, print, args=('never',))
u.start(); u.cancel(); u.join()
w = threading.Thread(target=time.sleep, args=(0.2,))
w.start()
w.join(0.01)
print(w.is_alive())
w.join()
print(w.is_alive())

# === thread-local
import threading
data = threading.local()
data.x = 'main'
seen = []
def f():
    seen.append(hasattr(data, 'x'))
    data.x = 'thread'
    seen.append(data.x)
t = threading.Thread(target=f); t.start(); t.join()
print(data.x, seen)

# === executor
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(max_workers=3) as pool:
    print(list(pool.map(lambda n: n * n, range(5))))
    f = pool.submit(pow, 2, 10)
    print(f.result(), f.done())
    g = pool.submit(lambda: 1 / 0)
    try:
        g.result()
    except ZeroDivisionError as e:
        print(e)

# === thread-error-goes-on
import threading
def bad(): raise ValueError('in thread')
t = threading.Thread(target=bad)
t.start(); t.join()
print('main lives', t.is_alive())
