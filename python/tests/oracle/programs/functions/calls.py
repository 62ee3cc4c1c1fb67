# === defaults-and-keywords
def f(a, b=2, *args, c, d=4, **kw):
    return a, b, args, c, d, kw
print(f(1, c=3), f(1, 5, 6, 7, c=8, e=9), f(a=1, c=2), f(*[1, 2, 3], **{'c': 4, 'z': 5}), f(c=1, a=2, b=3))

# === call-errors
def f(a, b, c=3): pass
def g(): pass
def h(*, key): pass
def k(a, /, b): pass
def m(a, *args, x, y): pass
def one(a): pass
def many(a, b, c, d): pass
class K:
    def method(self, x): pass
    def none(): pass
class I:
    def __init__(self, a, b=1): pass
for call in (lambda: f(), lambda: f(1), lambda: f(1, 2, 3, 4), lambda: f(1, 2, 3, 4, 5), lambda: f(1, 2, d=4), lambda: f(1, a=1), lambda: f(b=1), lambda: g(1), lambda: g(1, 2), lambda: g(x=1), lambda: h(), lambda: h(1), lambda: h(key=1, z=2), lambda: k(a=1, b=2), lambda: k(1), lambda: k(), lambda: m(), lambda: m(1), lambda: m(1, x=1), lambda: one(), lambda: one(1, 2), lambda: many(), lambda: many(1), lambda: K().method(), lambda: K().method(1, 2), lambda: K().none(), lambda: K.method(), lambda: I(), lambda: I(1, 2, 3), lambda: I(c=1), lambda: K(1), lambda: object(1), lambda: h(1, key=2), lambda: f(*[1, 2], **{'a': 5}), lambda: f(**{1: 2}), lambda: f(*5), lambda: f(**5), lambda: (lambda x: x)(), lambda: f(1, 2, **{'c': 1}, **{'c': 2}), lambda: h(1, 2, key=3)):
    try:
        call()
        print('fine')
    except TypeError as e:
        print(e)

# === not-callable
class Empty: pass
for v in (5, 'a', None, [1], {}, Empty(), (1,), 1.5, True, b'x', ...):
    try:
        v()
    except TypeError as e:
        print(e)
try:
    'a'.upper()()
except TypeError as e:
    print(e)

# === mutable-default
def add(item, bag=[]):
    bag.append(item)
    return bag
print(add(1), add(2), add(3, []), add(4))
def count(n=[0]):
    n[0] += 1
    return n[0]
print(count(), count(), count.__defaults__)
x = 1
def late(v=x):
    return v
x = 2
print(late())

# === closures
def counter(start=0):
    n = start
    def up(by=1):
        nonlocal n
        n += by
        return n
    def get():
        return n
    return up, get
up, get = counter(10)
up(); up(5)
print(get(), counter()[1](), up.__closure__ is not None)
def outer():
    x = 'outer'
    def middle():
        def inner():
            nonlocal x
            x += '!'
            return x
        return inner
    i = middle()
    i()
    return i(), x
print(outer())

# === late-binding-loop
callbacks = []
for i in range(3):
    callbacks.append(lambda: i)
print([c() for c in callbacks], i)
def make():
    out = []
    for i in range(3):
        def f(j=i):
            return i, j
        out.append(f)
    return [f() for f in out]
print(make())

# === scopes
x = 'global'
def read():
    return x
def shadow():
    x = 'local'
    return x
def change():
    global x
    x = 'changed'
print(read(), shadow(), x)
change()
print(x, read())
def make_global():
    global fresh
    fresh = 1
make_global()
print(fresh)
def conditional(flag):
    if flag:
        y = 1
    return y
print(conditional(True))
try:
    conditional(False)
except UnboundLocalError as e:
    print(e)
def deleted():
    z = 1
    del z
    return z
try:
    deleted()
except UnboundLocalError as e:
    print(e)
def free():
    def inner():
        return v
    try:
        inner()
    except NameError as e:
        print(type(e).__name__, e)
    v = 1
free()

# === unbound-increment
total = 0
def add(n):
    total += n
try:
    add(1)
except UnboundLocalError as e:
    print(type(e).__name__, e)
print(total)

# === lambdas
add = lambda a, b=1, *c, **d: (a, b, c, d)
print(add(1), add(1, 2, 3, k=4), (lambda: None)(), (lambda *a: a)(1, 2), add.__name__, sorted([3, 1], key=lambda v: -v), (lambda x: lambda y: x + y)(1)(2), list(map(lambda x, y: x * y, [1, 2], [3, 4])), [f(3) for f in (lambda v: v + 1, lambda v: v * v)])

# === function-attributes
def greet(name: str, loud: bool = False) -> str:
    """Greets."""
    return name
greet.calls = 5
print(greet.__name__, greet.__doc__, greet.calls, greet.__defaults__, greet.__qualname__, greet.__module__, greet.__annotations__, callable(greet), type(greet).__name__)
try:
    greet.nope
except AttributeError as e:
    print(e)
class A:
    def m(self): pass
print(A.m.__qualname__, A().m.__name__, A.m.__name__)

# === decorators
def twice(f):
    def wrapper(*args, **kw):
        return f(*args, **kw), f(*args, **kw)
    return wrapper
def tag(name):
    def deco(f):
        def wrapper(*a):
            return f'<{name}>{f(*a)}</{name}>'
        return wrapper
    return deco
@twice
@tag('b')
@tag('i')
def hello(who='x'):
    return 'hi ' + who
print(hello(), hello('you'))
registry = {}
def command(f):
    registry[f.__name__] = f
    return f
@command
def quit(): return 'bye'
@command
def join(room='lobby'): return 'joined ' + room
print(registry['quit'](), registry['join']('dev'), sorted(registry))

# === recursion
def hanoi(n, a='A', b='B', c='C'):
    if n == 0:
        return 0
    return hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a)
def flatten(x):
    return [z for y in x for z in flatten(y)] if isinstance(x, list) else [x]
def ack(m, n):
    return n + 1 if m == 0 else ack(m - 1, 1) if n == 0 else ack(m - 1, ack(m, n - 1))
print(hanoi(8), flatten([1, [2, [3, []], 4]]), ack(2, 3), (lambda f: f(f, 10))(lambda f, n: 1 if n == 0 else n * f(f, n - 1)))
def even(n): return n == 0 or odd(n - 1)
def odd(n): return n != 0 and even(n - 1)
print(even(100), odd(101))

# === recursion-limit-caught
def down(n):
    return down(n + 1)
try:
    down(0)
except RecursionError as e:
    print(type(e).__name__, e, isinstance(e, RuntimeError))
depth = 0
def deep():
    global depth
    depth += 1
    deep()
try:
    deep()
except RecursionError:
    print(900 < depth <= 1000)
def fine(n):
    return 0 if n == 0 else 1 + fine(n - 1)
print(fine(900))

# === return-nothing
def a(): pass
def b(): return
def c():
    if False:
        return 1
print(a(), b(), c(), print('x'), [].append(1))

# === keyword-order-and-evaluation
def show(**kw):
    return list(kw.items())
print(show(b=1, a=2, **{'z': 3}, c=4), show(**dict(zip('xy', 'ab'))))
def f(a, b): return a - b
print(f(b=1, a=5), f(5, b=2))
def out(n):
    print('arg', n)
    return n
f(b=out(1), a=out(2))

# === annotations-ignored
from typing import List, Optional
def f(a: int, *rest: str, b: 'List[int]' = None, **kw: dict) -> Optional[str]:
    x: int = 5
    y: str
    return a, x
print(f('not an int'))
z: int
w: float = 2.5
print(w)
try:
    z
except NameError as e:
    print(e)

# === nested-function-names
def outer():
    def inner():
        pass
    return inner.__name__, inner.__qualname__
class Z:
    class Y:
        def m(self): pass
print(outer(), Z.Y.__qualname__, Z.Y.m.__qualname__, Z.Y.__name__, (lambda: 0).__qualname__)
