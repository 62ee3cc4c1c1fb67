# === set-operators
a, b = {1, 2, 3}, {2, 3, 4}
print(a | b, a & b, a - b, a ^ b, a <= b, {2} < a, a >= {1}, a == {3, 2, 1}, a.isdisjoint({9}), a.issubset(range(5)), a.union([9], (8,)), a.intersection('x'), a.difference([1]), a.symmetric_difference([1, 7]))
a |= {10}; print(sorted(a))
a &= {1, 10}; print(sorted(a))
a -= {1}; print(a)
a ^= {10, 11}; print(a)

# === set-methods
s = set()
s.add(1); s.add(1); s.discard(9); s.update([2, 3], 'a')
print(len(s), s.pop() in (1, 2, 3, 'a'), set(), type({}), type(set()), {1}, bool(set()))
t = {5}
print(t.pop(), t)
for f in (lambda: t.pop(), lambda: t.remove(3), lambda: t.remove('x'), lambda: t.add([]), lambda: {1, []}, lambda: t | [1], lambda: t + {1}, lambda: t[0], lambda: hash(t), lambda: set(5), lambda: {{1}}, lambda: t < [1], lambda: set(1, 2)):
    try:
        print(f())
    except (KeyError, TypeError) as e:
        print(type(e).__name__ + ':', e)

# === frozenset
f = frozenset([1, 2])
print(f, frozenset(), f | {3}, type(f | {3}), type({3} | f), f == {1, 2}, hash(f) == hash(frozenset([2, 1])), {f: 'x'}[frozenset([2, 1])], f & {1}, frozenset('a'), {frozenset()})
try:
    f.add(3)
except AttributeError as e:
    print(e)
print({1, 2} in [f], {1} in {frozenset([1])})

# === dedupe-in-order
names = ['b', 'a', 'b', 'c', 'a']
seen = set()
print([n for n in names if not (n in seen or seen.add(n))], list(dict.fromkeys(names)), sorted(set(names)), len({n.upper() for n in names}), {x % 3 for x in range(9)})

# === small-int-set-repr
print({0, 1, 2}, {3, 1, 2}, {10, 5}, {7}, set([2, 1]), {True, 0}, {1, 1.0, True}, {x * x for x in range(4)})

# === set-equality-with-floats
print({1, 2.0} == {1.0, 2}, {1} < {1, 2} < {1, 2, 3}, {1} < {2}, {2} > {1}, not ({1} <= {2}), set('ab') == set('ba'), {1, 2} != {1})
