# === slice-table
a = list(range(6))
for start in (None, 0, 2, -2, 9, -9):
    for step in (None, 2, -1, -3):
        print(start, step, [a[start:stop:step] for stop in (None, 0, 3, -1, -9, 9)])

# === slice-objects
s = slice(1, 10, 2)
print(s, s.start, s.stop, s.step, s.indices(5), slice(5), slice(None), [0, 1, 2, 3][slice(1, 3)], 'abc'[slice(None, None, -1)], slice(1) == slice(None, 1, None))
class Show:
    def __getitem__(self, key):
        return key
show = Show()
print(show[1:2], show[:], show[::3], show[1:2, 3], show[...], show['a':'b'], show[-1], show[1, 2], show[()])

# === huge-indices
a = [1, 2, 3]
print(a[-10**30:10**30], a[10**30:], 'abc'[:10**30], (1, 2)[-10**30:], b'ab'[0:10**25], a[::10**30], a[::-10**30], range(5)[-10**20:10**20])
try:
    a[10**30]
except IndexError as e:
    print(e)
try:
    'a'[-10**30]
except IndexError as e:
    print(e)

# === range-objects
r = range(10, 0, -3)
print(r, list(r), len(r), r[0], r[-1], r[1:3], r[::-1], 4 in r, 5 in r, 'a' in r, r.index(7), r.count(1), range(3) == range(0, 3, 1), range(0) == range(2, 2), r.start, r.stop, r.step, range(0, 5, 2) == range(0, 6, 2), hash(range(3)) == hash(range(0, 3)), list(reversed(range(4))), bool(range(0)), range(1, 4)[-1], 3.0 in range(5), True in range(2))
for f in (lambda: range(1, 2, 0), lambda: range(1.5), lambda: range(), lambda: range('a'), lambda: r[9], lambda: r.index(5), lambda: range(1, 2, 3, 4), lambda: range(5)['a']):
    try:
        print(f())
    except (TypeError, ValueError, IndexError) as e:
        print(type(e).__name__ + ':', e)
print(len(range(10**12)), range(10**20)[10**19], 10**18 in range(10**20))
