# === mutate
b = bytearray(b'hello')
b[0] = 72
b[-1] = ord('O')
b.append(33)
b.extend(b' wor')
b += b'ld'
b.insert(0, 42)
print(b, len(b), b.pop(), b.pop(0), b)
b.remove(ord('l'))
b.reverse()
print(b, bytes(b), b == b'x', b[1:4], type(b[1:4]))
del b[0]
del b[:2]
print(b)
b[1:3] = b'1234'
print(b)
b.clear()
print(b, bool(b))

# === slice-assign
b = bytearray(range(10))
b[::2] = b'\xff' * 5
print(b)
b[2:4] = []
print(b, len(b))
b[5:5] = [1, 2, 3]
print(b)
del b[::3]
print(b)
try:
    b[::2] = b'1'
except ValueError as e:
    print(e)
b[:] = b'all'
print(b)

# === errors
b = bytearray(b'abc')
def bad(f):
    try:
        f()
    except (TypeError, ValueError, IndexError) as e:
        print(type(e).__name__, e)
def setit(i, v):
    b[i] = v
bad(lambda: setit(0, 256))
bad(lambda: setit(0, -1))
bad(lambda: setit(0, 'a'))
bad(lambda: setit(5, 1))
bad(lambda: b.append('x'))
bad(lambda: b.append(300))
bad(lambda: b.remove(1))
bad(lambda: b.extend('abc'))
bad(lambda: b.pop(9))
bad(lambda: bytearray().pop())
bad(lambda: bytearray('abc'))
bad(lambda: hash(b))
bad(lambda: b + 'x')
bad(lambda: {b: 1})
print(b)

# === alias-and-copy
a = bytearray(b'abc')
c = a
d = a.copy()
e = bytes(a)
c += b'!'
print(a, c is a, d, e)
a *= 2
print(a, c, a + b'x', b'x' + a, type(b'x' + a), type(a + b'x'))

# === buffer-for-framing
buffer = bytearray()
for chunk in (b'he', b'llo\nwo', b'rld\n\n', b'partial'):
    buffer += chunk
    while True:
        i = buffer.find(b'\n')
        if i < 0:
            break
        line = bytes(buffer[:i])
        del buffer[:i + 1]
        print('line', line)
print('rest', buffer)

# === methods-return-bytearray
b = bytearray(b'a,b c')
print(b.split(b','), b.upper(), b.replace(b'a', b'z'), b.partition(b','), b.strip(), b.hex(), b.decode(), b.find(b'b'), b.count(b','), bytearray(b',').join([b'1', b'2']), b.startswith(b'a'), b.title())

# === repr-and-iter
print(bytearray(), [bytearray(b"it's")], bytearray(b'\x00'), list(bytearray(b'ab')), 97 in bytearray(b'a'), bytearray(3), bytearray([1, 2]), bytearray('é', 'utf8'), f'{bytearray(b"x")}', str(bytearray(b'q')))

# === memoryview-basics
m = memoryview(b'hello world')
print(len(m), m[0], bytes(m[6:]), m[:5].tobytes(), m == b'hello world', list(m[:3]), m.nbytes)
data = bytearray(b'abc')
v = memoryview(data)
v[0] = 122
v[1:3] = b'YX'
print(data)
