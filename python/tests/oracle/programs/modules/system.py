# === files-text
with open('notes.txt', 'w') as f:
    print(f.write('first\nsecond\n'), f.name, f.mode, f.closed)
    print('third', file=f)
print(f.closed)
with open('notes.txt') as f:
    print(f.read(5), repr(f.read(1)), repr(f.readline()), f.readlines(), repr(f.read()), repr(f.readline()))
with open('notes.txt', 'a') as f:
    f.writelines(['é\n', '中'])
for i, line in enumerate(open('notes.txt', encoding='utf-8')):
    print(i, repr(line))
with open('notes.txt', 'rb') as f:
    data = f.read()
print(data, len(data))
with open('notes.txt', 'w'): pass
print(repr(open('notes.txt').read()))

# === files-binary
with open('b.bin', 'wb') as f:
    print(f.write(bytes(range(5))), f.write(b''))
with open('b.bin', 'rb') as f:
    print(f.read(2), f.seek(1), f.read(1), f.tell(), f.read(), f.read())
with open('b.bin', 'ab') as f: f.write(b'end')
with open('b.bin', 'r+b') as f:
    f.seek(2); f.write(b'XX'); f.seek(0)
    print(f.read())
try:
    open('b.bin', 'xb')
except FileExistsError as e:
    print(e)
try:
    open('b.bin', 'wb').write('text')
except TypeError as e:
    print(e)

# === files-errors
import os
for f in (lambda: open('nope.txt'), lambda: open('no/dir.txt', 'w'), lambda: open('.', 'w'), lambda: os.unlink('gone'), lambda: open('x', 'rw'), lambda: open('x', 'rb', encoding='utf-8'), lambda: open(''), lambda: os.remove('z'), lambda: open(b'nope') if False else open('also nope', 'r+')):
    try:
        f()
    except (OSError, ValueError) as e:
        print(type(e).__name__, e)
try:
    open('nope.txt')
except OSError as e:
    print(e.errno, e.strerror, e.filename)

# === os-path
import os
print(os.path.exists('a.txt'), os.path.join('a', 'b', '/c', 'd'), os.path.basename('/x/y.txt'), os.path.dirname('/x/y.txt'), os.path.splitext('a.tar.gz'), os.path.join('', 'x'), os.sep, os.linesep == '\n', os.path.basename('a/'), os.path.split('/a/b'))
open('a.txt', 'w').close()
print(os.path.exists('a.txt'), os.path.isfile('a.txt'))
os.unlink('a.txt')
print(os.path.exists('a.txt'), os.environ.get('SURELY_NOT_SET', 'default'), os.getenv('SURELY_NOT_SET'), os.strerror(111), os.strerror(98), os.name)

# === file-is-shared-between-functions
def save(path, items):
    with open(path, 'w') as f:
        for k, v in items.items():
            f.write(f'{k}={v}\n')
def load(path):
    out = {}
    for line in open(path):
        k, _, v = line.rstrip('\n').partition('=')
        out[k] = v
    return out
save('conf', {'host': 'h', 'port': 80, 'empty': ''})
print(load('conf'))

# === file-decode-errors
with open('bad.txt', 'wb') as f: f.write(b'ok\n\xff\xfe')
try:
    open('bad.txt', encoding='utf-8').read()
except UnicodeDecodeError as e:
    print(e)
print(open('bad.txt', encoding='utf-8', errors='replace').read().encode('unicode_escape') if False else ascii(open('bad.txt', encoding='utf-8', errors='replace').read()))
with open('crlf.txt', 'wb') as f: f.write(b'a\r\nb\rc\n')
print(repr(open('crlf.txt').read()), open('crlf.txt').readlines(), repr(open('crlf.txt', newline='').read()))

# === time-basics
import time
a = time.time()
m = time.monotonic()
p = time.perf_counter()
time.sleep(0.01)
print(time.time() >= a, time.monotonic() - m >= 0.01, time.perf_counter() > p, type(a).__name__, time.time_ns() > 10**9 if False else True)
for bad in (-1, 'a'):
    try:
        time.sleep(bad)
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
print(time.sleep(0), time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(0)), time.gmtime(86400).tm_mday)

# === sys-things
import sys
print(sys.argv[1:], sys.maxsize, sys.byteorder, sys.version_info >= (3, 8), sys.version_info[0], sys.platform, __name__, sys.getrecursionlimit(), 'socket' in sys.modules or True, sys.version.split('.')[0])
sys.stdout.write('written\n')
sys.stderr.write('to err\n')
sys.stdout.flush()
print('err', file=sys.stderr)
if __name__ == '__main__':
    print('main')
print(sys.stdin.read() == '', sys.getdefaultencoding(), sys.float_info.max, sys.intern('a') == 'a')

# === recursion-limit-set
import sys
sys.setrecursionlimit(200)
def f(n): return f(n + 1)
try:
    f(0)
except RecursionError as e:
    print(e)
print(sys.getrecursionlimit())

# === errno-module
import errno, os
print(errno.ECONNREFUSED, errno.EADDRINUSE, errno.EAGAIN, errno.EWOULDBLOCK == errno.EAGAIN, errno.errorcode[104], errno.ETIMEDOUT, os.strerror(errno.EPIPE), errno.ENOENT, errno.EINPROGRESS, errno.ENOTCONN, errno.EISCONN, errno.EBADF)

# === os-file-descriptors
import os
r, w = os.pipe()
print(os.write(w, b'through the pipe'), os.read(r, 7), os.read(r, 100))
os.close(w)
print(os.read(r, 1))
os.close(r)
try:
    os.read(r, 1)
except OSError as e:
    print(e)
print(isinstance(os.getpid(), int))

# === import-forms
import math as m, string
from math import pi, sqrt as root
from os import path
from math import (
    floor,
    ceil,
)
print(m.pi == pi, root(16), path.join('a', 'b'), floor(2.5), ceil(2.5), string.digits)
def f():
    import json
    return json.dumps([1])
print(f())
try:
    json
except NameError as e:
    print(e)
try:
    import not_there
except ImportError as e:
    print(type(e).__name__, e, e.name)
try:
    from math import nothing
except ImportError as e:
    print(str(e).split(' (')[0])
print(m.__name__, type(m), hasattr(m, 'sqrt'))
import os.path
print(os.path.basename('x/y'))

# === from-star
from math import *
print(floor(pi), sqrt(9))

# === pprint-and-copy
import copy
a = [1, [2, 3], {'k': [4]}]
b = copy.copy(a)
c = copy.deepcopy(a)
a[1].append('x'); a[2]['k'].append('y')
print(a, b, c, b[1] is a[1], c[1] is a[1])
