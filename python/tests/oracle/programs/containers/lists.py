# === list-methods
a = [3, 1, 2]
a.append(5); a.extend('xy'); a.insert(1, 'i'); a.insert(-1, 'j'); a.insert(100, 'end'); a.insert(-100, 'start')
print(a, a.index(5), a.count(1), a.pop(), a.pop(0), a.pop(-2), a)
a.remove('i'); a.reverse()
print(a, a.copy() == a, a.copy() is a, len(a))
a.clear()
print(a, a.append(1), a)

# === list-errors
a = [1, 2]
for f in (lambda: a[2], lambda: a[-3], lambda: a.pop(5), lambda: [].pop(), lambda: a.remove(9), lambda: a.index(9), lambda: a['x'], lambda: a + (1,), lambda: a + 5, lambda: a * 'x', lambda: a.index(1, 1), lambda: a.insert('x', 1), lambda: a[1.0], lambda: a < 5, lambda: hash(a), lambda: {a: 1}, lambda: {a}, lambda: list(5), lambda: a.extend(5), lambda: a.sort(reverse='x'), lambda: a.append(), lambda: a.append(1, 2), lambda: list(1, 2), lambda: -a, lambda: 2 ** a, lambda: a.nope, lambda: a()):
    try:
        print(f())
    except (IndexError, ValueError, TypeError, AttributeError) as e:
        print(type(e).__name__ + ':', e)

# === assign-out-of-range
a = [1, 2]
try:
    a[2] = 3
except IndexError as e:
    print(e)
try:
    del a[2]
except IndexError as e:
    print(e)
a[-1] = 'last'
del a[0]
print(a)

# === sort-stable-and-key
rows = [('b', 2), ('a', 2), ('c', 1), ('d', 1)]
rows.sort(key=lambda r: r[1])
print(rows)
rows.sort(key=lambda r: r[1], reverse=True)
print(rows, sorted(rows, reverse=True), sorted('bca', reverse=True), [].sort())
print(sorted([3, 1.5, True, 2]), sorted([(1, 'b'), (1, 'a'), (0, 'z')]), sorted([[2], [1, 5], []]), sorted({'b': 1, 'a': 2}), sorted([-3, 2, -1], key=abs))
for bad in ([1, 'a'], [None, None], [1, None], [{}, {}], [(1, 'a'), (1, 2)], ['a', b'a'], [[1], ['a']]):
    try:
        print(sorted(bad))
    except TypeError as e:
        print(e)
try:
    sorted([1], key=5)
except TypeError as e:
    print(e)
try:
    sorted([1], lambda x: x)
except TypeError as e:
    print(e)

# === aliases-and-multiplication
grid = [[0] * 3] * 2
grid[0][1] = 9
print(grid)
grid = [[0] * 3 for _ in range(2)]
grid[0][1] = 9
print(grid)
a = b = [1]
a += [2]
print(b, a is b)
a = a + [3]
print(b, a is b)
c = [1, 2, 3]
d = c[:]
d[0] = 'x'
print(c, d, [1] * 0, [1] * -1, 2 * [1, 2])

# === slice-assignment
a = list(range(10))
a[2:5] = ['x']
print(a)
a[1:1] = [7, 8, 9]
print(a)
a[::2] = [0] * len(a[::2])
print(a)
a[-3:] = []
print(a)
a[100:] = 'yz'
print(a)
a[5:2] = ['odd']
print(a)
del a[::3]
print(a)
del a[1:4]
print(a)
a[:] = a[::-1]
print(a)
a[1:3] = (c for c in 'gen')
print(a)
for f in ('a[::2] = [1]', 'a[0:2] = 5', 'a[::0] = []', 'a["x":] = []'):
    try:
        exec(f) if False else None
    except Exception as e:
        print(e)
try:
    a[::2] = [1]
except ValueError as e:
    print(e)
try:
    a[0:2] = 5
except TypeError as e:
    print(e)
try:
    a[::0]
except ValueError as e:
    print(e)

# === list-equality-and-order
print([1, 2] == [1, 2.0], [1, [2, 3]] == [1, [2, 3]], [1, 2] < [1, 3], [1] < [1, 0], [] < [0], [2] > [1, 9], [1, 'a'] != [1, 'b'], [1] == (1,), [[]] == [[]], [1, 2] <= [1, 2])
try:
    [1, 'a'] < [1, 2]
except TypeError as e:
    print(e)
print([1, 'a'] < [2, 2], [0, 'a'] == [0, 2], 3 in [1, 2, 3.0], [1] in [[1], 2], None in [0, False], 'x' not in ['y'])

# === self-containing
a = [1]
a.append(a)
print(a, a[1] is a, len(a))
d = {}
d['me'] = d
print(d)
t = ([],)
t[0].append(t)
print(t)

# === modify-while-iterating
a = [1, 2, 3, 4]
for x in a:
    if x % 2 == 0:
        a.remove(x)
    if x == 1:
        a.append(6)
    if len(a) > 10:
        break
print(a)
a = [1, 2, 3]
for i, x in enumerate(a):
    if i < 3:
        a.append(x * 10)
print(a)

# === nested-and-unpacked
a = [*range(3), *'ab', *[], *{'k': 1}]
print(a, [*a, *a][2:7], [[y for y in range(x)] for x in range(4)])
matrix = [[1, 2, 3], [4, 5, 6]]
print([list(r) for r in zip(*matrix)], sum(matrix, []), [x for row in matrix for x in row if x % 2])
for row in matrix:
    print(' '.join(f'{x:2}' for x in row))

# === in-place-sort-during-error
a = [3, 'x', 1]
try:
    a.sort()
except TypeError as e:
    print(e)
print(len(a), sorted(map(str, a)))

# === stack-and-queue
stack = []
for token in '3 4 + 2 * 7 -'.split():
    if token.isdigit():
        stack.append(int(token))
    else:
        b, a = stack.pop(), stack.pop()
        stack.append({'+': a + b, '-': a - b, '*': a * b}[token])
    print(token, stack)

# === sorting-by-hand
def quick(a):
    if len(a) < 2:
        return a
    pivot, *rest = a
    return quick([x for x in rest if x < pivot]) + [pivot] + quick([x for x in rest if x >= pivot])
def bubble(a):
    for i in range(len(a)):
        for j in range(len(a) - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
    return a
data = [(i * 7919) % 101 for i in range(40)]
print(quick(data) == sorted(data) == bubble(data[:]), quick(data)[:5], bubble(data)[-3:])
