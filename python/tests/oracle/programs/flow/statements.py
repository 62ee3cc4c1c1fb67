# === match-literals
def m(x):
    match x:
        case 0: return 'zero'
        case 1 | 2: return 'small'
        case -1: return 'minus'
        case 'hello': return 'greeting'
        case b'raw': return 'bytes'
        case True: return 'true?'
        case None: return 'none'
        case 2.5: return 'float'
        case _: return 'other'
print([m(x) for x in (0, 1, 2, -1, 'hello', b'raw', True, None, 2.5, 3, 0.0, False, 'x', [])])

# === match-sequences
def m(x):
    match x:
        case []: return 'empty'
        case [a]: return f'one {a}'
        case ['add', a, b]: return a + b
        case [a, *rest] if a == 'many': return rest
        case (a, (b, c)): return f'nested {a}{b}{c}'
        case [_, _]: return 'pair'
        case [first, *_, last]: return (first, last)
        case str() as s: return 'str ' + s
        case int(n) | float(n): return n * 2
        case {'cmd': c, **rest}: return c, rest
        case {}: return 'some dict'
        case _: return 'default'
for x in ([], [1], ['add', 1, 2], ['many', 1, 2], (1, (2, 3)), [1, 2], [1, 2, 3, 4], 'ab', 5, 2.5, {'cmd': 'go', 'n': 1}, {'z': 1}, None, range(3), b'ab', {1}, (1, 'ab')):
    print(repr(x), '->', m(x))

# === match-classes
class Point:
    __match_args__ = ('x', 'y')
    def __init__(self, x, y): self.x, self.y = x, y
class Codes:
    OK = 200
def m(p):
    match p:
        case Point(0, 0): return 'origin'
        case Point(x=0, y=y): return f'y={y}'
        case Point(x, y) if x == y: return 'diagonal'
        case Point(): return 'point'
        case Codes.OK: return 'ok'
        case [Point(x=a), Point(x=b)]: return a, b
        case bool(): return 'bool'
        case int(): return 'int'
print([m(x) for x in (Point(0, 0), Point(0, 5), Point(2, 2), Point(1, 2), 200, [Point(1, 1), Point(2, 2)], True, 7, 'none')])

# === match-bindings-survive
match [1, 2]:
    case [a, b, c]:
        print('three')
    case [a, 5]:
        print('five')
    case whole:
        print('whole', whole)
print(a if 'a' in globals() else 'no a')
match = 5
case = match + 1
print(match, case)
match (match, case):
    case (5, x): print(x)

# === while-and-breaks
n = 27
steps = 0
while n != 1:
    n = n // 2 if n % 2 == 0 else 3 * n + 1
    steps += 1
print(steps)
i = 0
while True:
    i += 1
    if i % 2: continue
    if i > 6: break
    print(i, end=' ')
print()
for i in range(3):
    for j in range(3):
        if j == i: break
        print(i, j)
    else:
        print('inner ended')

# === conditional-truthiness
values = [0, 1, '', 'a', None, [], [0], {}, {0: 0}, (), set(), 0.0, b'', b'0', range(0), float('nan'), -1, ...]
print([1 if v else 0 for v in values])
print([v or 'dflt' for v in values[:5]], [v and 'yes' for v in values[:4]], not None, 1 and 2 and 3, 0 or '' or [], None is None, (None or 0) is None)
print(1 if 0 else 2 if 0 else 3, [] == False, 0 == False, '' == 0, None == False)

# === identity
a = [1]
b = a
c = [1]
print(a is b, a is c, a is not c, None is None, a == c, True is True, (1 > 0) is True, ... is Ellipsis, type(a) is list, id(a) == id(b))

# === for-targets
class Box: pass
box = Box()
d = {}
for box.v in range(3): pass
for d['k'] in 'ab': pass
for i, *d['rest'] in [(1, 2, 3)]: pass
print(box.v, d)
for _ in range(0): print('never')
for i in range(3):
    i *= 10
    print(i, end=' ')
print(i)
for x in (y for y in 'ab'): print(x, end='')
for k, v in {'a': 1}.items(): print(k, v)
for i, (a, b) in enumerate(zip('xy', [1, 2])): print(i, a, b)

# === del-statement
a = [1, 2, 3, 4]
b = a
del a[1], b[0]
print(b)
del a
try:
    a
except NameError as e:
    print(e)
x = y = 1
del (x, y)
print('x' in globals(), 'b' in globals())
class C: v = 1
del C.v
print(hasattr(C, 'v'))
try:
    del undefined
except NameError as e:
    print(e)

# === one-liners
if True: print('a'); print('b')
for i in range(2): print(i); j = i
while j < 3: j += 1
x = 1; y = 2; print(x + y, j)
def f(): return 1; print('never')
print(f())
class E(Exception): pass
try: raise E
except E: print('E')
with open('f.txt', 'w') as fh: fh.write('x')
if (1,
    2): pass
lam = lambda: (
    1 +
    2)
print(lam(), \
      'continued')

# === global-in-nested
x = 0
def outer():
    x = 1
    def inner():
        global x
        x = 2
    inner()
    return x
print(outer(), x)
def locals_and_globals():
    a, b = 1, 'z'
    return sorted(locals().items()), 'x' in globals()
print(locals_and_globals())

# === unicode-identifiers
变量 = 3
été = 4
naïve_函数 = lambda π: π * 变量
print(变量 + été, naïve_函数(2), '变量' in globals())

# === comments-docstrings-and-strange-layout
"""module doc"""
def f():
    # only a comment
    'doc'
    ...
    pass
    """string statement"""
    return (1,
            # inside
            2,
            )
print(f(), f.__doc__, __name__, __doc__ is None)
if 1:
        print('eight spaces')
if 1:
␉print('tab')
x = [
1,
    2,
 ]
print(x)

# === numbers-as-conditions
def fizz(n):
    return 'Fizz' * (n % 3 == 0) + 'Buzz' * (n % 5 == 0) or n
print(*[fizz(n) for n in range(1, 16)])
print(sum(x > 2 for x in range(5)), 'ab' * True, [1, 2][5 > 3], -(-7 // 2), 7 // 2 * 2 + 7 % 2 == 7, not 1 == 2, not (1 in [2]), 1 < 2 in [2], 5 & 3 == 1, (5 & 3) == 1, 2 + 3 << 1, 1 | 2 ^ 3 & 4, -2 ** 2, not True or True, ~1 + 1)

# === game-of-life
cells = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}
for _ in range(4):
    near = {}
    for x, y in cells:
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                if dx or dy:
                    near[x + dx, y + dy] = near.get((x + dx, y + dy), 0) + 1
    cells = {c for c, n in near.items() if n == 3 or n == 2 and c in cells}
for y in range(5):
    print(''.join('#' if (x, y) in cells else '.' for x in range(5)))

# === typing-and-future
from __future__ import annotations
from typing import Any, Dict, Callable, Union
class A:
    next: A | None = None
    def f(self, x: Undefined) -> Missing: return 1
print(A().f(2), A.next)
