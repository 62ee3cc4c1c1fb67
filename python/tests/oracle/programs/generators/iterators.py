# === own-iterator
class Countdown:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n + 1
c = Countdown(3)
print(list(c), list(c), sum(Countdown(4)), max(Countdown(2)), tuple(Countdown(2)), 2 in Countdown(3), [*Countdown(2)], dict(zip(Countdown(2), 'ab')), sorted(Countdown(3)), ','.join(map(str, Countdown(3))))
a, b, c = Countdown(3)
print(a, b, c)

# === getitem-protocol
class Old:
    def __getitem__(self, i):
        if i > 3:
            raise IndexError(i)
        return i * i
print(list(Old()), 4 in Old(), 5 in Old(), [x for x in Old()], max(Old()))
for x in Old():
    print(x, end=' ')
print()

# === not-iterable
class N: pass
class Bad:
    def __iter__(self): return 5
for f in (lambda: list(5), lambda: iter(N()), lambda: [x for x in None], lambda: iter(Bad()), lambda: next(5), lambda: next([1]), lambda: list(len), lambda: sum(5), lambda: 1 in 5, lambda: zip(1), lambda: enumerate(5), lambda: max(5), lambda: set(1.5), lambda: [*None], lambda: dict.fromkeys(1), lambda: map(len, 5), lambda: 'x' in N(), lambda: sorted(N()), lambda: reversed({1}), lambda: reversed(N()), lambda: iter(5, 6), lambda: any(1)):
    try:
        print(f())
    except TypeError as e:
        print(e)

# === iter-sentinel
values = iter([1, 2, 0, 3])
print(list(iter(lambda: next(values), 0)), next(values))
data = b'abcdef'
pos = 0
def read():
    global pos
    chunk = data[pos:pos + 4]
    pos += 4
    return chunk
for chunk in iter(read, b''):
    print(chunk)

# === for-else-and-break
for target in (3, 9):
    for x in range(5):
        if x == target:
            print('found', x)
            break
    else:
        print('none', target)
n = 0
while n < 3:
    n += 1
    if n == 2:
        continue
    print(n)
else:
    print('while else')
for x in []:
    pass
else:
    print('empty else')
try:
    print(x)
except NameError as e:
    print(e)

# === zip-enumerate-map-filter
print(list(zip([1, 2, 3], 'ab')), list(zip()), list(enumerate('ab', start=5)), list(map(str, [1, None])), list(filter(None, [0, 1, '', 'a', None, []])), list(filter(lambda x: x > 1, [1, 2, 3])), list(map(lambda *a: a, [1, 2], [3, 4], [5, 6])), list(zip(*[(1, 2), (3, 4)])), dict(enumerate('xy')), list(reversed([1, 2])), next(zip('a', 'b')))
try:
    list(zip([1], [1, 2], strict=True))
except ValueError as e:
    print(e)
try:
    list(zip([1, 2], [1], strict=True))
except ValueError as e:
    print(e)
it = iter([1, 2, 3, 4, 5])
print(list(zip(it, it)), next(it, 'gone'))

# === stop-iteration-at-top
it = iter([1])
print(next(it))
next(it)

# === iterator-types
print(type(iter([])).__name__, type(iter(())).__name__, type(iter('')).__name__, type(iter({})).__name__, type(iter(set())).__name__, type(iter(range(1))).__name__, type(map(len, [])).__name__, type(zip()).__name__, type(enumerate([])).__name__, type(reversed([])).__name__, type(iter(b'')).__name__, type({}.keys()).__name__, type({}.items()).__name__, type(filter(None, [])).__name__, type(iter(int, 1)).__name__, type(iter({}.values())).__name__)

# === len-hint-and-bool
class Box:
    def __init__(self, n): self.n = n
    def __len__(self): return self.n
class Yes:
    def __bool__(self): return False
print(bool(Box(0)), bool(Box(2)), bool(Yes()), not Box(0), 'y' if Box(1) else 'n', len(Box(7)))
class BadLen:
    def __init__(self, v): self.v = v
    def __len__(self): return self.v
for v in (-1, 'a', 1.5):
    try:
        len(BadLen(v))
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
class BadBool:
    def __bool__(self): return 5
try:
    bool(BadBool())
except TypeError as e:
    print(e)
