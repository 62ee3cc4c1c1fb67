# === min-max-sum
print(min(3, 1, 2), max([1, 5, 2]), min('hello'), max('a', 'b', key=ord), min([], default='none'), max([1, -5], key=abs), min((1, 'b'), (1, 'a')), sum([]), sum([1, 2], 10), sum([[1], [2]], []), max({'a': 1, 'b': 0}), min(2.0, 2), max(1, 1.0), sum((0.1,) * 3), max([3, 1], [3, 0]))
for f in (lambda: min(), lambda: max([]), lambda: min(1), lambda: max(1, 'a'), lambda: sum('ab'), lambda: sum(['a', 'b']), lambda: sum([1], 'x'), lambda: min([], key=len), lambda: max(1, 2, default=3), lambda: sum(), lambda: sum(['a'], ''), lambda: sum([b'a'], b''), lambda: min(None, 1), lambda: max([1], foo=2)):
    try:
        print(f())
    except (ValueError, TypeError) as e:
        print(type(e).__name__ + ':', e)

# === any-all
print(any([]), all([]), any([0, '', None]), all([1, 'a', [0]]), any(x > 2 for x in range(5)), all(map(str.isdigit, ['1', 'a'])), any('a'), all({}), any({0: 1}))

# === abs-divmod-pow
print(abs(-5), abs(-2.5), abs(True), abs(-10**30), divmod(7, -2), divmod(-7.5, 2), divmod(10**30, 7), pow(2, 0.5), pow(2, -2), pow(5, 3, 13))
for f in (lambda: abs('a'), lambda: abs(None), lambda: divmod('a', 1), lambda: pow('a', 2), lambda: pow(2, 2.0, 3), lambda: round('a'), lambda: divmod(1), lambda: pow(1), lambda: round(1, 'a'), lambda: hex(1.5), lambda: bin('a'), lambda: abs(), lambda: len(), lambda: len(1, 2), lambda: len(5), lambda: len(None), lambda: ord(), lambda: chr(1.5), lambda: isinstance(1), lambda: hash([1]), lambda: callable(), lambda: id(), lambda: repr(), lambda: int('1', 2, 3), lambda: float('1', '2'), lambda: bool(1, 2), lambda: str(1, 2, 3, 4), lambda: input(1, 2), lambda: type(), lambda: type(1, 2), lambda: int(x=5), lambda: len(obj=[])):
    try:
        print(f())
    except TypeError as e:
        print(e)

# === sorted-reversed
print(sorted('hello', key=lambda c: (-ord(c), c)), sorted([3, 1, 2], reverse=True), list(reversed('abc')), list(reversed((1, 2))), list(reversed(range(3))), sorted({3: 'a', 1: 'b'}.items()), list(reversed({'a': 1, 'b': 2}.items())), sorted([True, 0, -1.5]), sorted(['b', 'B', 'a'], key=str.lower), sorted([[3, 'x'], [1, 'y']]))

# === dir-vars-id-type
class A:
    x = 1
    def __init__(self): self.y = 2
a = A()
print([n for n in dir(a) if not n.startswith('__')], vars(a), type(a).__name__, id(a) == id(a), isinstance(dir(), list), 'a' in dir(), 'append' in dir([]), 'upper' in dir(''))
print(type(5), type('a'), type(None), type([]), type(print), type(lambda: 0), type(A), type(a.__init__), type(''.join), type(range(1)), type(b''), type(1 == 1), type(NotImplemented), type(...), type({}.keys()), type(KeyError))

# === repr-of-builtins
print(int, str, list, len, print, ValueError, None, True, ..., NotImplemented, range(3), slice(1, 2), object, type, dict, isinstance)
print(repr(range(0, 10, 2)), [int, None], (len,), {str: 1})

# === eval-like-conversions
print(list('ab'), list((1, 2)), list({'k': 1}), list(range(3)), tuple([1]), set([1, 1]), dict([(1, 2)]), str([1]), bool('a'), int('7'), float('1.5'), list(), tuple(), complex if False else '', bytes([1]), int(3.9), int(-3.9), int(True), int('  -5\n'), bool(b''), list(b'ab'), list({1: 2}.items()), float(True), str(True))

# === callable-hasattr
class C:
    def m(self): pass
print(callable(C), callable(C()), callable(C().m), callable(len), callable(5), hasattr(C, 'm'), hasattr(5, 'real'), hasattr('', 'nope'), getattr('abc', 'upper')(), getattr(C, 'zz', None))
try:
    getattr(C, 'zz')
except AttributeError as e:
    print(e)

# === map-filter-laziness
def show(x):
    print('f', x)
    return x
m = map(show, [1, 2, 3])
print('lazy')
print(next(m))
z = zip(m, 'ab')
print(next(z), list(z))
f = filter(show, [0, 1])
print(list(f), list(f))
print(list(map(None.__class__, [])) if False else list(map(int, '123')))
try:
    list(map(5, [1]))
except TypeError as e:
    print(e)
try:
    map(len)
except TypeError as e:
    print(e)

# === hash-equal
print(hash('a') == hash('a'), hash((1, 2)) == hash((1, 2)), hash(None) == hash(None), hash(5), hash(-1) == hash(-2), hash(True), hash(2.0), hash(10**20), hash(0), hash(2**31), hash(-5), hash(frozenset()) == hash(frozenset()))

# === input-eof
try:
    input('prompt> ')
except EOFError as e:
    print('|', e)

# === int-str-roundtrip
for n in (0, -1, 255, 10**18, -10**19, 2**64):
    print(int(str(n)) == n, int(hex(n), 16) == n, int(bin(n), 2) == n, int(oct(n), 8) == n, f'{n:,}', repr(n), str(n).zfill(5))

# === print-nested-reprs
print([1, 'two', 3.0, None, True, b'four', ('five',), {'six': [6]}, {7}, frozenset(), range(8), ...], {'a': {'b': {'c': []}}}, [[], [[]], [[[]]]], ("it's", 'say "x"'), ['\n', '\\', '\t'], {'k\n': b'\n'}, [float('inf'), -0.0, 1e100])

# === enumerate-strings-and-zip-longest
from itertools import zip_longest
print(list(zip_longest('abc', [1], fillvalue='-')), [f'{i}:{c}' for i, c in enumerate('xyz')], dict(zip(('a', 'b'), (1, 2))), list(enumerate([], 1)))

# === isinstance-and-type-names
for v in (1, 1.5, 'a', b'a', None, True, [], (), {}, set(), frozenset(), range(1), len, print, int, ValueError(), (x for x in []), lambda: 0, ..., NotImplemented, bytearray(), slice(1), memoryview(b''), type, object(), iter([]), {}.items(), ''.join, [].append, property(), Exception, zip(), map(len, [])):
    print(type(v).__name__, end=' ')
print()
