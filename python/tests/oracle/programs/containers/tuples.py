# === tuple-literals
print((), (1,), (1, 2), 1, (1), ((1,),), (1,) * 3, () + (1,), tuple('ab'), tuple([1]), tuple(), len(()), (1, (2, 3)), tuple({1: 2}))
x = 1,
y = 1, 2
print(x, y, type(x), (1, 2)[0], (1, 2, 3)[::-1], (1, 2)[5:], (1, 2).index(2), (1, 1).count(1))

# === tuple-errors
t = (1, [2])
def put():
    t[0] = 5
def cut():
    del t[0]
def grow():
    t[1] += [3]
for f in (put, cut, grow, lambda: t[5], lambda: t.index(9), lambda: t + [1], lambda: hash(t), lambda: t.append, lambda: tuple(5), lambda: t['a'], lambda: t * t):
    try:
        print(f())
    except (TypeError, IndexError, ValueError, AttributeError) as e:
        print(type(e).__name__ + ':', e)
print(t)

# === tuple-compare-hash
print((1, 2) < (1, 3), (1,) < (1, 0), (1, 'a') == (1, 'a'), hash((1, 2)) == hash((1.0, 2)), {(1, 2): 'p'}[1, 2], (1, 2) in {(1, 2)}, max((1, 9), (2, 0)), sorted([(2, 'b'), (1, 'z')]), hash(()) == hash(tuple()))

# === swap-and-rotate
a, b, c = 1, 2, 3
a, b, c = c, a, b
print(a, b, c)
i, lst = 0, [1, 2]
i, lst[i] = 1, 'x'
print(i, lst)
lst[0], lst[1] = lst[1], lst[0]
print(lst)

# === returning-many
def stats(values):
    return min(values), max(values), sum(values) / len(values)
low, high, mean = stats([3, 1, 2])
print(low, high, mean, stats([5]))
