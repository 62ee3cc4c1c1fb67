# === attributes
class Dog:
    kind = 'canine'
    tricks = []
    def __init__(self, name):
        self.name = name
    def speak(self):
        return self.name + ' says woof'
a, b = Dog('Rex'), Dog('Fido')
a.tricks.append('sit')
print(b.tricks, a.kind, Dog.kind, a.speak(), Dog.speak(b), a.__class__.__name__, a.__dict__, vars(b))
a.kind = 'wolf'
print(a.kind, b.kind)
Dog.kind = 'pet'
print(a.kind, b.kind)
del a.kind
print(a.kind, hasattr(a, 'age'), getattr(a, 'age', 3))
setattr(a, 'age', 4)
print(a.age, a.__dict__, 'name' in a.__dict__)
delattr(a, 'age')
try:
    del a.age
except AttributeError as e:
    print(e)
m = a.speak
a.name = 'Max'
print(m(), m.__self__ is a, m.__func__ is Dog.speak)

# === attribute-errors
class A:
    pass
a = A()
for f in (lambda: a.x, lambda: A.x, lambda: None.foo, lambda: (5).foo, lambda: 'a'.foo, lambda: [].foo, lambda: A.__init__.x, lambda: len.x, lambda: (lambda: 0).x, lambda: setattr(5, 'x', 1), lambda: setattr([], 'x', 1), lambda: delattr(a, 'q'), lambda: getattr(a, 5), lambda: int.foo, lambda: (1,).append, lambda: object().x, lambda: type.x, lambda: setattr(object(), 'y', 1), lambda: setattr(int, 'y', 1)):
    try:
        print(f())
    except (AttributeError, TypeError) as e:
        print(type(e).__name__ + ':', e)

# === inheritance-and-super
class A:
    def __init__(self):
        print('A init')
        super().__init__()
    def who(self): return 'A'
    def call(self): return self.who()
class B(A):
    def __init__(self):
        print('B init')
        super().__init__()
    def who(self): return 'B>' + super().who()
class C(A):
    def __init__(self):
        print('C init')
        super().__init__()
    def who(self): return 'C>' + super().who()
class D(B, C):
    def who(self): return 'D>' + super().who()
d = D()
print(d.who(), d.call(), [k.__name__ for k in D.__mro__], isinstance(d, C), issubclass(D, A), issubclass(A, D), D.__bases__[1].__name__, isinstance(d, (int, A)), type(d) is A, super(B, d).who())

# === mro-conflict
class A: pass
class B(A): pass
try:
    class C(A, B): pass
except TypeError as e:
    print(str(e).split('\n')[0])
try:
    class D(A, A): pass
except TypeError as e:
    print(e)
try:
    class E(5): pass
except TypeError as e:
    print(e)
try:
    class F(bool): pass
except TypeError as e:
    print(e)
try:
    issubclass(5, int)
except TypeError as e:
    print(e)
try:
    isinstance(5, 'int')
except TypeError as e:
    print(e)

# === repr-and-str
class P:
    def __init__(self, x): self.x = x
    def __repr__(self): return f'P({self.x!r})'
class Q(P):
    def __str__(self): return 'Q!'
print(P(1), [P('a')], {P(1): Q(2)} if False else '', str(Q(2)), repr(Q(2)), [Q(3)], (Q(4),), {'k': Q(5)}, f'{Q(6)} {Q(7)!r}', '%s %r' % (Q(8), Q(9)))
class Bad:
    def __repr__(self): return 5
    def __str__(self): return None
for f in (repr, str, lambda b: f'{b}', print, lambda b: [b].__repr__()):
    try:
        f(Bad())
    except TypeError as e:
        print(e)
class S:
    def __str__(self): return 'only str'
print(str(S()), repr(S()).startswith('<__main__.S object at 0x'), repr(S), S, type(S()), [S])

# === class-and-static-methods
class Temp:
    count = 0
    def __init__(self, c):
        self.c = c
        Temp.count += 1
    @classmethod
    def from_f(cls, f): return cls((f - 32) * 5 / 9)
    @staticmethod
    def freezing(c): return c <= 0
    @classmethod
    def made(cls): return cls.__name__, cls.count
class Sub(Temp): pass
print(Temp.from_f(212).c, Sub.from_f(32).c, type(Sub.from_f(32)).__name__, Temp.freezing(-1), Temp(1).freezing(1), Sub.made(), Temp.made())

# === properties
class Account:
    def __init__(self): self._b = 0
    @property
    def balance(self):
        """The money."""
        return self._b
    @balance.setter
    def balance(self, v):
        if v < 0:
            raise ValueError('negative')
        self._b = v
    @balance.deleter
    def balance(self):
        print('deleted')
        self._b = 0
    @property
    def fixed(self): return 42
    double = property(lambda self: self._b * 2)
a = Account()
a.balance = 10
a.balance += 5
print(a.balance, a.double, a.fixed, Account.balance.__doc__)
for f in (lambda: setattr(a, 'balance', -1), lambda: setattr(a, 'fixed', 1), lambda: delattr(a, 'fixed'), lambda: setattr(a, 'double', 1)):
    try:
        f()
    except (ValueError, AttributeError) as e:
        print(type(e).__name__, e)
del a.balance
print(a.balance, 'balance' in a.__dict__)

# === property-raising-attribute-error
class A:
    @property
    def x(self):
        return self.missing
try:
    A().x
except AttributeError as e:
    print(e)
print(hasattr(A(), 'x'), getattr(A(), 'x', 'dflt'))

# === private-names
class A:
    def __init__(self):
        self.__secret = 1
        self._soft = 2
        self.__dunder__ = 3
    def get(self): return self.__secret
class B(A):
    def __init__(self):
        super().__init__()
        self.__secret = 'b'
    def both(self): return self.__secret, self.get()
b = B()
print(b.get(), b.both(), sorted(b.__dict__), b._A__secret)
try:
    b.__secret
except AttributeError as e:
    print(e)

# === getattr-hooks
class Lazy:
    present = 1
    def __getattr__(self, name):
        if name.startswith('no'):
            raise AttributeError('refused ' + name)
        return name.upper()
    def __setattr__(self, name, value):
        print('set', name)
        object.__setattr__(self, name, value)
    def __delattr__(self, name):
        print('del', name)
        super().__delattr__(name)
z = Lazy()
z.a = 5
print(z.present, z.a, z.other, hasattr(z, 'nope'), getattr(z, 'nothing', 'd'))
del z.a
print(z.a)

# === slots-like
class P:
    __slots__ = ('x', 'y')
    def __init__(self): self.x = 1
p = P()
print(p.x)
try:
    p.z = 1
except AttributeError as e:
    print(e)
try:
    p.y
except AttributeError as e:
    print(e)

# === class-body-runs
print('before')
class A:
    print('in body')
    x = 1
    y = x + 1
    for i in range(2):
        z = i
    def f(self): return x
    if y > 1:
        w = 'yes'
x = 'module'
print(A.y, A.z, A.i, A.w, A().f())
class Outer:
    class Inner:
        v = 5
    def make(self): return self.Inner()
print(Outer().make().v, Outer.Inner.v)

# === methods-added-later
class A: pass
def hello(self, n=1): return f'hello {n}'
A.hello = hello
a = A()
print(a.hello(), A.hello(a, 2))
a.shout = lambda: 'instance'
print(a.shout())
a.hello = 'shadow'
print(a.hello, A().hello())

# === init-returns
class A:
    def __init__(self): return 5
try:
    A()
except TypeError as e:
    print(e)
class B:
    def __init__(): pass
try:
    B()
except TypeError as e:
    print(e)
class C:
    def __new__(cls, v):
        print('new', v)
        o = super().__new__(cls)
        o.made = True
        return o
    def __init__(self, v):
        print('init', v, self.made)
C(7)
class One:
    inst = None
    def __new__(cls):
        if cls.inst is None:
            cls.inst = super().__new__(cls)
        return cls.inst
print(One() is One())

# === dataclass
from dataclasses import dataclass, field
@dataclass
class Point:
    x: int
    y: int = 0
    tags: list = field(default_factory=list)
    def norm(self): return self.x ** 2 + self.y ** 2
p = Point(3, 4)
q = Point(3)
print(p, q, p == Point(3, 4), p != q, p.norm(), q.tags is Point(1).tags)
q.y = 9
print(q)
try:
    Point()
except TypeError as e:
    print(e)
@dataclass(frozen=True, order=True)
class V:
    major: int
    minor: int
print(V(1, 2) < V(1, 3), sorted([V(2, 0), V(1, 5)]), {V(1, 1): 'x'}[V(1, 1)])
try:
    V(1, 1).major = 5
except Exception as e:
    print(type(e).__name__, e)

# === isinstance-of-types
print(isinstance(True, int), isinstance(1, float), isinstance('a', (int, str)), isinstance(None, type(None)), type(1) == int, type(int), type(type), type(None).__name__, isinstance(int, type), issubclass(bool, int), isinstance(KeyError(), LookupError), type(3.0)(5), isinstance([], object), isinstance(5, int | str))

# === enum
from enum import Enum, IntEnum
class Color(Enum):
    RED = 1
    GREEN = 2
    ALIAS = 1
print(Color.RED, repr(Color.RED), Color.RED.name, Color.RED.value, Color(2), Color['GREEN'], list(Color), Color.ALIAS is Color.RED, Color.RED == 1, len(Color), isinstance(Color.RED, Color), {Color.RED: 'r'}[Color(1)])
try:
    Color(9)
except ValueError as e:
    print(e)
class Op(IntEnum):
    GET = 1
    PUT = 2
print(Op.PUT > 1, Op.GET + 1, Op(1).name, [o.name for o in Op])
