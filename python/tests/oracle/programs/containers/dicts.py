# === dict-methods
d = {'a': 1, 'b': 2}
print(d.get('a'), d.get('x'), d.get('x', 0), d.setdefault('c', 3), d.setdefault('a', 9), d.pop('b'), d.pop('zz', None), d, len(d), 'a' in d, list(d), list(d.values()), list(d.items()))
d.update({'z': 26}, y=25)
d.update([('k', 'v'), 'xy'])
print(d, d.popitem(), d, d.copy() == d, dict.fromkeys('ab', 0), dict.fromkeys([1, 2]))
d.clear()
print(d, bool(d), {} == dict())

# === dict-views
d = {'a': 1, 'b': 2}
k, v, i = d.keys(), d.values(), d.items()
print(k, v, i)
d['c'] = 3
print(k, len(v), ('c', 3) in i, 'c' in k, 3 in v, k & {'a', 'x'}, sorted(k | {'q'}), k - {'a', 'b'}, k == {'a', 'b', 'c'}, list(reversed(d)), i - {('a', 1)} == {('b', 2), ('c', 3)}, v == d.values(), sorted(k ^ {'a', 'z'}))

# === dict-order
d = {}
for c in 'hello':
    d[c] = d.get(c, 0) + 1
print(d)
del d['h']
d['h'] = 1
d['e'] = 100
print(d, list(d.items())[0], next(iter(d)))
print({1: 'a', True: 'b', 1.0: 'c'}, {**d, 'l': 0}, d | {'new': 1}, {'x': 1, **{'x': 2}}, {'a': 1, 'a': 2})
print({'a': 1, 'b': 2} == {'b': 2, 'a': 1})

# === dict-errors
d = {'a': 1}
for f in (lambda: d['x'], lambda: d[1], lambda: d[None], lambda: d[(1, 'y')], lambda: d.pop('x'), lambda: {}.popitem(), lambda: d[[]], lambda: dict([1]), lambda: dict(['abc']), lambda: dict(5), lambda: d + d, lambda: d < d, lambda: {}.fromkeys(5), lambda: d.update(5), lambda: {**5}, lambda: d['it\'s'], lambda: d[1.5], lambda: d[b'k'], lambda: d.a, lambda: dict([(1, 2, 3)]), lambda: d.get(), lambda: d.get([]), lambda: hash(d), lambda: {{}: 1}, lambda: {[1]: 2}, lambda: d.keys()[0]):
    try:
        print(f())
    except (KeyError, TypeError, ValueError, AttributeError) as e:
        print(type(e).__name__ + ':', e)

# === dict-changed-while-iterating
d = {'a': 1, 'b': 2}
try:
    for k in d:
        d[k + k] = 1
except RuntimeError as e:
    print(e)
try:
    for k in d:
        del d[k]
except RuntimeError as e:
    print(e)
print(len(d))
for k in list(d):
    if d[k] == 1:
        del d[k]
print(d)
for k in d:
    d[k] = 'changed'
print(d)
s = {1, 2}
try:
    for x in s:
        s.add(x + 10)
except RuntimeError as e:
    print(e)

# === dict-constructor
print(dict(a=1, b=2), dict([('x', 1), ['y', 2]]), dict(zip('ab', range(2))), dict({'k': 'v'}, z=1), dict(), {k: v for k, v in [('a', 1)]}, dict((c, ord(c)) for c in 'ab'))

# === nested-dicts
users = {}
users.setdefault('ann', {}).setdefault('rooms', []).append('lobby')
users.setdefault('ann', {}).setdefault('rooms', []).append('dev')
users['bob'] = {'rooms': []}
print(users, users['ann']['rooms'][-1], [u for u in users if not users[u]['rooms']])
for name, info in sorted(users.items(), reverse=True):
    print(name, len(info['rooms']), sep=': ')

# === merge-operators
a = {'x': 1, 'y': 2}
b = {'y': 3, 'z': 4}
print(a | b, b | a, {**a, **b})
a |= b
print(a)
a |= [('w', 0)]
print(a)
try:
    a | [('v', 1)]
except TypeError as e:
    print(e)

# === keys-of-many-types
d = {1: 'int', '1': 'str', (1,): 'tuple', None: 'none', 2.5: 'float', b'1': 'bytes', frozenset([1]): 'fs', int: 'type', len: 'builtin', True: 'bool'}
print(len(d), d[1], d[1.0], d['1'], d[(1,)], d[None], d[b'1'], d[frozenset({1})], d[int], d[len])

# === inverted-and-grouped
words = ['apple', 'bob', 'cat', 'alice', 'bed', 'ax']
groups = {}
for w in words:
    groups.setdefault(w[0], []).append(w)
print(groups, {len(v): k for k, v in groups.items()}, max(groups, key=lambda k: len(groups[k])), sorted(groups.items(), key=lambda kv: -len(kv[1])))

# === dict-comprehension-scopes
x = 'outer'
print({x: x * 2 for x in range(3)}, x, {k: v for v, k in enumerate('ab')}, {(i, j): i * j for i in range(2) for j in range(2) if i != j})

# === memo
memo = {}
def fib(n):
    if n in memo:
        return memo[n]
    memo[n] = n if n < 2 else fib(n - 1) + fib(n - 2)
    return memo[n]
print(fib(90), len(memo))

# === many-keys-and-deletes
d = {}
for i in range(1000):
    d[i * 7 % 1009] = i
for i in range(0, 1009, 2):
    d.pop(i, None)
print(len(d), list(d)[:5], list(d)[-3:], sum(d), sum(d.values()))
while len(d) > 3:
    d.popitem()
print(d)
