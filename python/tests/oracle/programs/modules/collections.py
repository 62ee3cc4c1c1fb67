# === counter
from collections import Counter
c = Counter('mississippi')
print(c, c['s'], c['z'], c.most_common(2), sorted(c.elements())[:4], c + Counter('sip'), c - Counter('ssss'), dict(c), len(c), sum(c.values()), c.total())
c.update('zz'); c.subtract({'i': 10})
print(c['z'], c['i'], +c, Counter(a=2, b=1) & Counter(a=1, c=5), Counter(a=2) | Counter(b=1), Counter() == {}, Counter([1, 1, 2]).most_common(1))

# === defaultdict
from collections import defaultdict
d = defaultdict(list)
d['a'].append(1); d['b']; d['a'].append(2)
print(d, d['a'], 'c' in d, d.get('c'), len(d), dict(d))
n = defaultdict(int)
for w in 'to be or not to be'.split(): n[w] += 1
print(dict(n), defaultdict(lambda: 'x')['q'], sorted(n.items(), key=lambda kv: (-kv[1], kv[0])))
try:
    defaultdict()['k']
except KeyError as e:
    print('KeyError', e)
try:
    defaultdict(5)
except TypeError as e:
    print(e)
print(defaultdict(int, a=1))

# === deque
from collections import deque
d = deque([1, 2, 3])
d.append(4); d.appendleft(0); d.rotate(2)
print(d, d.pop(), d.popleft(), d, len(d), d[0], d[-1], 2 in d, list(d), d.index(0), d.count(1))
d.extend('ab'); d.extendleft('xy'); d.remove('a'); d.reverse()
print(d, deque('abc', maxlen=2), deque([1, 2], 3))
m = deque(maxlen=3)
for i in range(6): m.append(i)
print(m, m.maxlen, deque() == deque([]), bool(deque()))
for f in (lambda: deque().pop(), lambda: deque().popleft(), lambda: d[99], lambda: d.remove('q'), lambda: d.index('q')):
    try:
        print(f())
    except (IndexError, ValueError) as e:
        print(type(e).__name__, e)
m.clear(); print(m)
q = deque(['a', 'b'])
while q:
    x = q.popleft()
    print(x)
    if len(x) < 2: q.append(x * 2)

# === namedtuple
from collections import namedtuple
Point = namedtuple('Point', ['x', 'y'])
p = Point(1, y=2)
print(p, p.x, p[1], p == (1, 2), p._replace(x=5), p._asdict(), Point._fields, len(p), isinstance(p, tuple), p + (3,), hash(p) == hash((1, 2)))
a, b = p
print(a, b, Point._make([7, 8]), namedtuple('Msg', 'kind size', defaults=[0])('ping'), max(Point(1, 2), Point(0, 9)))
for f in (lambda: Point(1), lambda: Point(1, 2, 3), lambda: setattr(p, 'x', 3), lambda: p.z, lambda: Point(1, z=2)):
    try:
        print(f())
    except (TypeError, AttributeError) as e:
        print(type(e).__name__, e)

# === ordereddict-and-chainmap
from collections import OrderedDict
o = OrderedDict([('a', 1), ('b', 2)])
o['c'] = 3
o.move_to_end('a')
print(o, list(o), o.popitem(last=False), o == {'a': 1, 'c': 3}, isinstance(o, dict))
o.move_to_end('a', last=False)
print(list(o), OrderedDict(a=1) == OrderedDict(a=1))

# === itertools-finite
import itertools as it
print(list(it.chain('ab', [1])), list(it.chain.from_iterable([[1], [2, 3]])), list(it.accumulate([1, 2, 3])), list(it.accumulate([1, 2, 3], lambda a, b: a * b)), list(it.islice('abcdef', 1, 5, 2)), list(it.islice('abc', 2)), list(it.product('ab', [1, 2])), list(it.product([0, 1], repeat=2)), list(it.permutations('abc', 2)), list(it.combinations('abc', 2)), list(it.combinations_with_replacement('ab', 2)))
print(list(it.takewhile(lambda x: x < 3, [1, 2, 3, 1])), list(it.dropwhile(lambda x: x < 3, [1, 2, 3, 1])), list(it.starmap(pow, [(2, 3), (3, 2)])), list(it.compress('abc', [1, 0, 1])), list(it.filterfalse(lambda x: x % 2, range(5))), list(it.zip_longest('ab', 'c', fillvalue=0)), list(it.pairwise('abc')), list(it.repeat('x', 3)))
print([(k, list(g)) for k, g in it.groupby('aaabba')], [(k, len(list(g))) for k, g in it.groupby(sorted(['aa', 'b', 'cc', 'd'], key=len), key=len)])
a, b = it.tee([1, 2, 3])
print(list(a), list(b), list(it.accumulate([1, 2], initial=10)))

# === itertools-infinite
import itertools
c = itertools.count(10, 5)
print(next(c), next(c), [x for x, _ in zip(itertools.cycle('ab'), range(5))], list(itertools.islice(itertools.count(), 3)), list(zip(itertools.repeat(7), range(2))), next(itertools.count(0.5)))
ids = itertools.count(1)
def new(): return next(ids)
print(new(), new(), new())

# === functools
import functools
print(functools.reduce(lambda a, b: a + b, [1, 2, 3]), functools.reduce(lambda a, b: a * b, [], 1), functools.partial(int, base=2)('101'), list(map(functools.partial(pow, 2), range(4))))
@functools.lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(60), fib.cache_info())
@functools.cache
def sq(n):
    print('computing', n)
    return n * n
print(sq(3), sq(3))
def logged(f):
    @functools.wraps(f)
    def w(*a):
        """wrapper"""
        return f(*a)
    return w
@logged
def add(a, b):
    """Adds."""
    return a + b
print(add.__name__, add.__doc__, add(1, 2), sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)))
try:
    functools.reduce(lambda a, b: a, [])
except TypeError as e:
    print(e)
class A:
    @functools.cached_property
    def slow(self):
        print('slow')
        return 5
a = A()
print(a.slow, a.slow)
p = functools.partial(print, 'hi', sep='-')
p('you')
print(p.args, p.keywords)

# === contextlib
import contextlib
@contextlib.contextmanager
def tag(name):
    print(f'<{name}>')
    try:
        yield name.upper()
    except ValueError as e:
        print('caught', e)
    finally:
        print(f'</{name}>')
with tag('b') as t: print(t)
with tag('i'): raise ValueError('v')
try:
    with tag('u'): raise KeyError('k')
except KeyError as e: print('out', e)
with contextlib.suppress(FileNotFoundError, ZeroDivisionError):
    1 / 0
    print('never')
class R:
    def close(self): print('closed')
with contextlib.closing(R()) as r: print('in')
with contextlib.ExitStack() as stack:
    stack.enter_context(tag('x'))
    stack.callback(print, 'callback')
    print('body')
with contextlib.nullcontext(5) as n: print(n)
import io
with contextlib.redirect_stdout(io.StringIO()) as f:
    print('hidden')
print(repr(f.getvalue()))

# === heapq-bisect
import heapq, bisect
h = []
for x in (5, 1, 4, 1, 3): heapq.heappush(h, x)
print(h, [heapq.heappop(h) for _ in range(5)], heapq.nsmallest(2, [3, 1, 2]), heapq.nlargest(2, [3, 1, 2]))
a = [1, 3, 5]
bisect.insort(a, 4)
print(a, bisect.bisect(a, 3), bisect.bisect_left(a, 3), bisect.bisect_right(a, 9))
h = [(2, 'b'), (1, 'z'), (1, 'a')]
heapq.heapify(h)
print(heapq.heappop(h), heapq.heappushpop(h, (0, 'q')), heapq.heapreplace(h, (9, '')))

# === operator-module
import operator
print(operator.add(1, 2), sorted([(1, 'b'), (2, 'a')], key=operator.itemgetter(1)), operator.attrgetter('real')(5), operator.mul(3, 4), operator.itemgetter(0, 2)('abc'), operator.methodcaller('upper')('x'), operator.contains([1], 1), operator.not_(0))
