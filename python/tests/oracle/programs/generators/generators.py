# === basics
def count(n):
    print('start')
    while n > 0:
        got = yield n
        print('got', got)
        n -= 1
    return 'end'
g = count(2)
print(next(g))
print(g.send('hello'))
try:
    next(g)
except StopIteration as e:
    print('stop', e.value, e.args)
print(list(g), next(g, 'default'))

# === send-before-start
def g():
    yield 1
x = g()
try:
    x.send(5)
except TypeError as e:
    print(e)
print(x.send(None))

# === throw
def g():
    while True:
        try:
            x = yield 'ready'
        except ValueError as e:
            x = yield f'caught {e}'
        finally:
            print('finally')
it = g()
print(next(it))
print(it.throw(ValueError('bad')))
print(next(it))
try:
    it.throw(KeyError('k'))
except KeyError as e:
    print('out', e)
try:
    next(it)
except StopIteration as e:
    print('finished', e.value)
def unstarted():
    print('never')
    yield
u = unstarted()
try:
    u.throw(ValueError('early'))
except ValueError as e:
    print(e)
print(list(u))

# === close
def g():
    try:
        yield 1
        yield 2
    except GeneratorExit:
        print('exit')
        raise
    finally:
        print('cleanup')
it = g()
next(it)
it.close()
it.close()
print(list(it))
def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2
s = stubborn()
next(s)
try:
    s.close()
except RuntimeError as e:
    print(e)

# === yield-from
def inner():
    x = yield 'a'
    print('inner got', x)
    y = yield 'b'
    return (x, y)
def outer():
    result = yield from inner()
    print('result', result)
    yield from 'xy'
    yield from [1]
    r = yield from ()
    print(r)
g = outer()
print(next(g), g.send(1), g.send(2), list(g))

# === yield-from-throw
def inner():
    try:
        yield 1
    except ValueError as e:
        yield 'inner caught ' + str(e)
    return 'ret'
def outer():
    r = yield from inner()
    yield r
g = outer()
print(next(g), g.throw(ValueError('v')), next(g))
g2 = outer()
next(g2)
try:
    g2.throw(KeyError(1))
except KeyError as e:
    print('through', e)

# === stop-iteration-inside
def g():
    yield 1
    raise StopIteration('x')
it = g()
next(it)
try:
    next(it)
except RuntimeError as e:
    print(e, repr(e.__cause__))
def h():
    yield next(iter([]))
try:
    list(h())
except RuntimeError as e:
    print(e)

# === return-value
def g():
    return 5
    yield
it = g()
try:
    next(it)
except StopIteration as e:
    print(e.value, e)
def h():
    v = yield from g()
    print('v', v)
    yield v
print(list(h()))

# === reentrant
def g():
    yield next(it)
it = g()
try:
    next(it)
except ValueError as e:
    print(e)

# === fibonacci-and-take
def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
def take(n, it):
    for _, x in zip(range(n), it):
        yield x
print(list(take(12, fib())), sum(take(50, fib())), [x for x in take(5, fib()) if x % 2])

# === pipeline
def lines(text):
    for line in text.split('\n'):
        yield line.strip()
def nonempty(it):
    return (x for x in it if x)
def numbered(it):
    n = 0
    for x in it:
        n += 1
        yield n, x
for n, line in numbered(nonempty(lines('a\n\n b \n\nc'))):
    print(n, line)

# === generator-error-passes-out
def g():
    yield 1
    1 / 0
    yield 2
it = g()
try:
    for x in it:
        print(x)
except ZeroDivisionError as e:
    print(e)
print(list(it))

# === generator-in-finally-order
def g():
    try:
        for i in range(3):
            try:
                yield i
            finally:
                print('inner', i)
    finally:
        print('outer')
for x in g():
    print('got', x)
    if x == 1:
        break
print('after')

# === types-and-names
def g(): yield
it = g()
print(type(it).__name__, it.__name__, iter(it) is it, hasattr(it, 'send'), type((x for x in [])).__name__, it.gi_running, it.gi_frame is not None)
list(it)
print(it.gi_frame)
try:
    it[0]
except TypeError as e:
    print(e)
try:
    len(it)
except TypeError as e:
    print(e)

# === coroutine-style-averager
def averager():
    total = n = 0
    average = None
    while True:
        value = yield average
        if value is None:
            return total, n
        total += value
        n += 1
        average = total / n
a = averager()
next(a)
print([a.send(v) for v in (10, 20, 60)])
try:
    a.send(None)
except StopIteration as e:
    print(e.value)

# === tree-walk
class Node:
    def __init__(self, v, left=None, right=None):
        self.v, self.left, self.right = v, left, right
    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.v
        if self.right:
            yield from self.right
tree = Node(4, Node(2, Node(1), Node(3)), Node(6, Node(5)))
print(list(tree), sum(tree), max(tree), 5 in tree, 9 in tree, [*tree][::-1])
a, *rest = tree
print(a, rest)

# === yield-in-expressions
def g():
    x = [(yield 1), (yield 2)]
    print(x)
    y = (yield x) or 'none'
    print(y, (yield))
    d = {'k': (yield 'k')}
    return d
it = g()
print(next(it), it.send('a'), it.send('b'), it.send(None), it.send('p'))
try:
    it.send('q')
except StopIteration as e:
    print(e.value)

# === generator-expressions-bind-first-iterable
gen = lambda n: (i for i in range(n))
print(list(gen(3)))
first = (x for x in range(3))
for a in first:
    for b in first:
        print(a, b)
ranges = (range(n) for n in (1, 2))
print([list(r) for r in ranges])
n = 2
late = (n * i for i in range(3))
n = 100
print(list(late))
