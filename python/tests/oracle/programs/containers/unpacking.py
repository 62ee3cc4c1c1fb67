# === star-targets
a, *b, c = range(6)
print(a, b, c)
*a, b = 'xyz'
print(a, b)
a, *b = [1]
print(a, b)
(a, b), c = (1, 2), 3
print(a, b, c)
[a, [b, *c]] = 1, (2, 3, 4)
print(a, b, c)
for i, (x, *y) in enumerate([(1, 2, 3), 'ab', [9]]):
    print(i, x, y)
a = b = c = 0
(a), = [5]
print(a, b)
x = [0, 0]
x[0], *x[1:] = 7, 8, 9
print(x)

# === unpack-errors
def two(v):
    a, b = v
def star(v):
    a, b, *c = v
for f, v in ((two, [1]), (two, [1, 2, 3]), (two, 5), (two, None), (two, 'abc'), (two, {}), (star, [1]), (star, ()), (two, iter([1, 2, 3])), (two, 1.5), (two, range(5)), (two, {1, 2, 3}), (two, len)):
    try:
        f(v)
        print('fine')
    except (ValueError, TypeError) as e:
        print(type(e).__name__ + ':', e)

# === unpack-dict-and-generator
a, b = {'x': 1, 'y': 2}
print(a, b)
k, v = {'x': 1}.popitem()
print(k, v)
a, b, c = (i * i for i in range(3))
print(a, b, c)
first, *_, last = open.__name__
print(first, last)
[x, y] = 'ab'
print(x, y, *'cd', *[1], sep='.')

# === star-in-calls-and-literals
def f(*args, **kw):
    return args, kw
print(f(*[1, 2], 3, *'ab', x=1, **{'y': 2}, **{'z': 3}), f(*[], **{}), f(*(i for i in range(2))), (*[1], 2), {*[1, 1]}, {**{'a': 1}, 'b': 2})
x = *[1, 2], 3
print(x)
def g():
    r = [1, 2]
    return 0, *r
print(g())
for t in *[1], *'a':
    print(t)

# === augmented-index-once
calls = []
def idx():
    calls.append('idx')
    return 0
a = [1]
a[idx()] += 5
print(a, calls)
d = {'n': [1]}
d['n'] += [2]
d['k'] = d.get('k', 0) + 1
print(d)

# === order-of-evaluation
def t(name, value):
    print(name, end=' ')
    return value
d = {}
d[t('key', 'k')] = t('value', 1)
print(d)
a = [0, 0]
a[t('i', 0)], a[t('j', 1)] = t('x', 5), t('y', 6)
print(a)
print({t('k1', 1): t('v1', 2)}, t('a', 1) + t('b', 2) * t('c', 3), t('f', max)(t('x', 1), t('y', 2)))
print(t('yes', 1) if t('cond', True) else t('no', 0), t('l', 0) and t('r', 1), t('l', 0) or t('r', 1))
