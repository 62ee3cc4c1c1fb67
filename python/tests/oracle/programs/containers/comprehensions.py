# === nested-comprehensions
print([x * y for x in range(1, 4) for y in range(x) if y], [[i * j for j in range(3)] for i in range(3)], [a + b for a in 'xy' for b in 'pq'], {a: [b for b in range(a)] for a in range(3)}, [x for x in range(20) if x % 2 if x % 3])
print([(i, c) for i, c in enumerate('ab')], [x if x > 1 else -x for x in range(4)], [*(i for i in range(3))], sum(i * i for i in range(5)), list(x for x in 'ab'), [y := 5, y * 2])

# === comprehension-scope
x = 10
a = [x for x in range(3)]
print(x, a)
fs = [lambda: i for i in range(3)]
print([f() for f in fs])
fs = [lambda i=i: i for i in range(3)]
print([f() for f in fs])
def outer():
    n = 3
    return [n * k for k in range(n)], {n for _ in 'a'}, list(n + j for j in range(2))
print(outer())
try:
    i
except NameError as e:
    print(e)

# === walrus-leaks
data = [3, 8, 1, 9]
big = [y for x in data if (y := x * 2) > 5]
print(big, y)
print(any((hit := x) > 5 for x in data), hit)
while (n := len(data)) > 2:
    data.pop()
    print(n)
if (m := max(data)) and m > 2:
    print('max', m)
print((z := 5) + z, (lambda: (q := 3) * q)())

# === class-scope-comprehension
class C:
    size = 3
    items = [i * 2 for i in range(size)]
    names = tuple('n%d' % i for i in items)
    try:
        bad = [size for _ in range(2)]
    except NameError as e:
        error = str(e)
print(C.items, C.names, C.error)

# === generator-is-lazy
def noisy():
    for i in range(3):
        print('made', i)
        yield i
g = (x * 10 for x in noisy())
print('before')
print(next(g))
print(list(g), list(g))
print(any(x > 0 for x in noisy()))
print(all(x < 1 for x in noisy()))

# === primes
def sieve(n):
    flags = [True] * (n + 1)
    flags[0:2] = [False, False]
    for i in range(2, int(n ** 0.5) + 1):
        if flags[i]:
            flags[i * i::i] = [False] * len(flags[i * i::i])
    return [i for i, f in enumerate(flags) if f]
print(sieve(60), [n for n in range(2, 40) if all(n % d for d in range(2, n))] == sieve(39))
