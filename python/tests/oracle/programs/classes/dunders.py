# === arithmetic-vector
class V:
    def __init__(self, x, y): self.x, self.y = x, y
    def __repr__(self): return f'V({self.x}, {self.y})'
    def __add__(self, o):
        if not isinstance(o, V): return NotImplemented
        return V(self.x + o.x, self.y + o.y)
    def __sub__(self, o): return V(self.x - o.x, self.y - o.y)
    def __mul__(self, k): return V(self.x * k, self.y * k)
    __rmul__ = __mul__
    def __matmul__(self, o): return self.x * o.x + self.y * o.y
    def __neg__(self): return V(-self.x, -self.y)
    def __pos__(self): return self
    def __abs__(self): return (self.x ** 2 + self.y ** 2) ** 0.5
    def __eq__(self, o): return isinstance(o, V) and (self.x, self.y) == (o.x, o.y)
    def __bool__(self): return bool(self.x or self.y)
    def __invert__(self): return V(self.y, self.x)
    def __iter__(self): return iter((self.x, self.y))
a, b = V(1, 2), V(3, 4)
print(a + b, a - b, a * 3, 3 * a, a @ b, -a, +a, abs(b), a == V(1, 2), a != b, bool(V(0, 0)), ~a, list(a), a == 5)
a += b
print(a)
for f in (lambda: a + 1, lambda: 1 + a, lambda: a / 2, lambda: a < b, lambda: sum([a, b]), lambda: a @ 5, lambda: hash(a), lambda: a ** 2, lambda: a[0], lambda: a(), lambda: len(a), lambda: int(a)):
    try:
        print(f())
    except (TypeError, AttributeError) as e:
        print(e)
print(sum([a, b], V(0, 0)))

# === reflected-and-subclass-priority
class A:
    def __add__(self, o): return 'A.add'
    def __radd__(self, o): return 'A.radd'
class B(A):
    def __radd__(self, o): return 'B.radd'
print(A() + A(), A() + B(), B() + A(), 1 + A(), A() + 1, [] + A() if False else '')
class N:
    def __add__(self, o): return NotImplemented
    def __radd__(self, o): return 'N.radd'
class M:
    def __radd__(self, o): return 'M.radd'
print(N() + M(), 5 + N(), 'x' + M(), None + M())
try:
    N() + N()
except TypeError as e:
    print(e)
try:
    N() + 1
except TypeError as e:
    print(e)

# === inplace
class Acc:
    def __init__(self): self.log = []
    def __iadd__(self, x):
        self.log.append(x)
        return self
    def __ior__(self, x):
        return 'replaced'
    def __isub__(self, x):
        return NotImplemented
a = Acc()
b = a
a += 1
a += 'x'
print(a.log, a is b)
try:
    a -= 1
except TypeError as e:
    print(e)
a |= 0
print(a, b.log)

# === comparisons
class Ver:
    def __init__(self, s): self.t = tuple(map(int, s.split('.')))
    def __lt__(self, o): return self.t < o.t
    def __eq__(self, o): return self.t == o.t
    def __repr__(self): return '.'.join(map(str, self.t))
vs = [Ver('1.10'), Ver('1.9'), Ver('2.0')]
print(sorted(vs), min(vs), max(vs), Ver('1.0') > Ver('0.9'), Ver('1.0') == Ver('1.0'), Ver('1.0') != Ver('1.1'), vs.index(Ver('2.0')), Ver('1.9') in vs)
try:
    Ver('1.0') <= Ver('1.0')
except TypeError as e:
    print(e)
try:
    {Ver('1.0')}
except TypeError as e:
    print(e)
from functools import total_ordering
@total_ordering
class T:
    def __init__(self, n): self.n = n
    def __eq__(self, o): return self.n == o.n
    def __lt__(self, o): return self.n < o.n
print(T(1) <= T(1), T(2) > T(1), T(2) >= T(3))

# === compare-returns-anything
class Odd:
    def __eq__(self, o): return 'equal?'
    def __lt__(self, o): return []
    def __contains__(self, x): return 'yes'
o = Odd()
print(o == 1, o != 1, o < 1, 5 in o, 5 not in o, o == o, [o] == [1])

# === container-protocol
class Grid:
    def __init__(self): self.cells = {}
    def __getitem__(self, key):
        print('get', key)
        return self.cells.get(key, '.')
    def __setitem__(self, key, v):
        print('set', key, v)
        self.cells[key] = v
    def __delitem__(self, key): del self.cells[key]
    def __len__(self): return len(self.cells)
    def __contains__(self, key): return key in self.cells
    def __iter__(self): return iter(sorted(self.cells))
    def __reversed__(self): return 'rev'
g = Grid()
g[1, 2] = 'x'
g[1, 2] += 'y'
g[0, 0] = 1
print(g[5, 5], len(g), (1, 2) in g, (9, 9) in g, list(g), reversed(g), bool(g))
del g[1, 2]
print(len(g), [*g])
try:
    del g[7]
except KeyError as e:
    print('KeyError', e)

# === hash-and-eq
class Key:
    def __init__(self, v): self.v = v
    def __hash__(self): return hash(self.v) % 3
    def __eq__(self, o): return isinstance(o, Key) and self.v == o.v
    def __repr__(self): return f'K{self.v}'
d = {Key(i): i for i in range(10)}
print(d[Key(4)], Key(11) in d, len({Key(1), Key(1), Key(2)}), d, d.pop(Key(3)), d.get(Key(3)))
class NoHash:
    __hash__ = None
try:
    hash(NoHash())
except TypeError as e:
    print(e)
class BadHash:
    def __hash__(self): return 'x'
try:
    {BadHash(): 1}
except TypeError as e:
    print(e)
class Plain: pass
p = Plain()
print(p == p, p == Plain(), len({p, p, Plain()}), hash(p) == hash(p))

# === call-and-index
class Adder:
    def __init__(self, n): self.n = n
    def __call__(self, x, *, times=1): return self.n * times + x
    def __index__(self): return self.n
    def __int__(self): return self.n * 10
    def __float__(self): return self.n / 4
    def __complex__(self): return 0
a = Adder(3)
print(a(1), a(1, times=2), list(map(a, [1, 2])), [10, 20, 30, 40][a], 'abcdef'[:a], hex(a), int(a), float(a), range(a), bin(a), 'x' * a, callable(a), chr(Adder(65)))
try:
    a()
except TypeError as e:
    print(e)

# === context-manager
class CM:
    def __init__(self, name, swallow=False): self.name, self.swallow = name, swallow
    def __enter__(self):
        print('enter', self.name)
        return self.name.upper()
    def __exit__(self, kind, value, tb):
        print('exit', self.name, kind.__name__ if kind else None, value, tb is not None)
        return self.swallow
with CM('a') as a, CM('b') as b:
    print(a, b)
with CM('s', True):
    raise ValueError('swallowed')
try:
    with CM('o') as o, CM('i'):
        1 / 0
except ZeroDivisionError as e:
    print('after', e)
def f():
    with CM('r'):
        return 'value'
print(f())
for i in range(3):
    with CM(str(i)):
        if i == 0: continue
        break
with (CM('p') as x,
      CM('q')):
    print(x)

# === not-a-context-manager
class Half:
    def __enter__(self): pass
for v in (5, None, Half(), 'a'):
    try:
        with v:
            pass
    except (TypeError, AttributeError) as e:
        print(type(e).__name__, e)

# === missing-in-dict-subclass
class Counter0(dict):
    def __missing__(self, key):
        return 0
c = Counter0()
c['a'] += 1
c['a'] += 1
print(c, c['zz'], 'zz' in c, c.get('zz'), len(c), isinstance(c, dict), type(c).__name__, c == {'a': 2})
class D2(dict):
    def __missing__(self, key):
        self[key] = v = [key]
        return v
d = D2(x=1)
d['y'].append(5)
print(d, d | {'q': 1})

# === subclass-builtins
class L(list):
    def second(self): return self[1]
    def __len__(self): return 99
class S(str):
    def shout(self): return self.upper() + '!'
    def __add__(self, o): return S('added')
class I(int):
    def __repr__(self): return f'I({int(self)})'
class T(tuple): pass
x = L([1, 2, 3])
print(x, x.second(), len(x), x[0], sorted(x), type(x + [4]).__name__, x == [1, 2, 3], isinstance(x, list))
s = S('abc')
print(s, s.shout(), s + 'x', len(s), s == 'abc', type(s.upper()).__name__, {s: 1}['abc'], s[0])
i = I(5)
print(i, i + 1, type(i + 1).__name__, i == 5, [i], f'{i}', '%d' % i, range(i), i * 2)
print(T((1, 2)), T() == (), isinstance(T(), tuple))

# === descriptors
class Typed:
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, obj, owner=None):
        if obj is None: return self
        return obj.__dict__.get(self.name, 'unset')
    def __set__(self, obj, value):
        if not isinstance(value, int): raise TypeError(f'{self.name} must be int')
        obj.__dict__[self.name] = value
class P:
    x = Typed()
    y = Typed()
p = P()
p.x = 5
print(p.x, p.y, P.x.name)
try:
    p.y = 'a'
except TypeError as e:
    print(e)

# === format-dunder-and-bytes
class X:
    def __format__(self, spec): return f'X<{spec}>'
    def __bytes__(self): return b'bytes of X'
    def __len__(self): return 3
    def __round__(self, n=None): return ('rounded', n)
    def __divmod__(self, o): return ('divmod', o)
    def __getitem__(self, i): return i
    def __rshift__(self, o): return 'shifted'
    def __rand__(self, o): return 'rand'
x = X()
print(f'{x:abc}', '{:>5}'.format(x), bytes(x), round(x), round(x, 2), divmod(x, 3), x[1:2], x >> 1, 5 & x)

# === linked-list
class Node:
    def __init__(self, v, nxt=None): self.v, self.next = v, nxt
class Linked:
    def __init__(self, items=()):
        self.head, self.n = None, 0
        for i in items: self.push(i)
    def push(self, v):
        self.head, self.n = Node(v, self.head), self.n + 1
    def __iter__(self):
        node = self.head
        while node:
            yield node.v
            node = node.next
    def __len__(self): return self.n
    def __repr__(self): return 'Linked(' + ' -> '.join(map(repr, self)) + ')'
    def reverse(self):
        prev, node = None, self.head
        while node:
            node.next, prev, node = prev, node, node.next
        self.head = prev
l = Linked('abc')
print(l, len(l), 'b' in l)
l.reverse()
print(l, list(l), Linked())

# === polymorphism
class Shape:
    def area(self): raise NotImplementedError
    def __lt__(self, o): return self.area() < o.area()
    def describe(self): return f'{type(self).__name__}: {self.area():.2f}'
class Square(Shape):
    def __init__(self, s): self.s = s
    def area(self): return self.s ** 2
class Circle(Shape):
    def __init__(self, r): self.r = r
    def area(self): return 3.14159 * self.r ** 2
for s in sorted([Square(2), Circle(1), Square(1.5)]):
    print(s.describe())
try:
    Shape().describe()
except NotImplementedError as e:
    print('not implemented', repr(e))

# === abstract
from abc import ABC, abstractmethod
class Base(ABC):
    @abstractmethod
    def run(self): ...
    def hi(self): return 'hi ' + self.run()
class Impl(Base):
    def run(self): return 'run'
print(Impl().hi())
try:
    Base()
except TypeError as e:
    print(e)

# === metaclass-ish
T = type('T', (), {'x': 5, 'hi': lambda self: self.x})
print(T().hi(), T.__name__, T.x, type(T))
class Plugin:
    found = []
    def __init_subclass__(cls, **kw):
        super().__init_subclass__(**kw)
        Plugin.found.append(cls.__name__)
class A(Plugin): pass
class B(A): pass
print(Plugin.found)

# === dunder-lookup-on-type
class A:
    def __len__(self): return 1
a = A()
a.__len__ = lambda: 99
print(len(a), a.__len__())
class B: pass
b = B()
b.__call__ = lambda: 5
try:
    b()
except TypeError as e:
    print(e)
