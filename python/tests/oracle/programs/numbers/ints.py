# === division-floors
for a in (7, -7):
    for b in (2, -2):
        print(a, b, a // b, a % b, divmod(a, b))
print(0 // -5, 0 % -5, -1 // 10**20, -1 % 10**20)

# === division-of-bigs
n = 10**40 + 7
for d in (3, -3, 10**20, -(10**20), 10**40, -(10**41)):
    q, r = divmod(n, d)
    print(q, r, q * d + r == n)
    q, r = divmod(-n, d)
    print(q, r, q * d + r == -n)

# === overflow-into-big
x = 9223372036854775807
print(x + 1, -x - 1, -x - 2, x * x, x - -x)
print((x + 1) - 1 == x, type(x + 1) is int, -(-x - 1), abs(-x - 1))
print(-9223372036854775808 // -1, -9223372036854775808 % -1, (-2) ** 63, 2 ** 63)
y = 1
for i in range(70):
    y += y
print(y, y >> 69, y >> 70, y >> 71)

# === shifts
print(1 << 64, 1 << 63, -1 << 63, -1 >> 1, -5 >> 1, 5 >> 100, -5 >> 100, 0 << 10)
print((1 << 100) >> 98, -(1 << 100) >> 98, -(1 << 100) - 1 >> 98)
try:
    1 << -1
except ValueError as e:
    print(e)
try:
    1 >> -1
except ValueError as e:
    print(e)

# === bitwise-negative
print(-1 & 255, -256 | 1, -1 ^ 1, ~0, ~-1, ~5)
print(-(2**70) & (2**70 + 5), -(2**70) | 3, (2**70) ^ -1, ~(2**70))
print(True & False, True | False, True ^ True, True & 1, ~True)
print(0xFFFFFFFF & ~0xFF, (-1) & 0xFFFFFFFFFFFFFFFFFFFF)

# === power
print(2 ** 10, 2 ** -1, (-2) ** 3, 0 ** 0, 0.0 ** 0, (-8) ** (1 / 3) if False else 'skip')
print(pow(3, 200, 1000007), pow(-3, 5, 7), pow(3, 5, -7), pow(2, 0, 1), pow(3, -1, 11))
print(2 ** 200, (-3) ** 101)
try:
    0 ** -1
except ZeroDivisionError as e:
    print(e)
try:
    0.0 ** -1
except ZeroDivisionError as e:
    print(e)
try:
    pow(2, -1, 4)
except ValueError as e:
    print(e)
try:
    pow(2, 3, 0)
except ValueError as e:
    print(e)
print(-2 ** 2, 2 ** 3 ** 2, -2 ** -2)

# === bases
print(bin(10), oct(-64), hex(255), hex(-2**65), bin(0))
print(0b1010, 0o17, 0xFf, 1_000_000, 0x_ff, 0b1_0)
print(int('ff', 16), int('0xff', 16), int('0b11', 0), int('-0o17', 8), int('z', 36), int(' 12 '), int('1_000'), int('+5'))
print(int(b'42'), int(bytearray(b'-7')), int('00012'), int('１２'))

# === int-from-bad-text
for text, base in [('', 10), ('1.5', 10), ('0x10', 10), ('12a', 10), ('8', 8), ('1__0', 10), ('_1', 10), ('1_', 10), ('- 1', 10), ('010', 0), ('two', 10), ('5\n', 10), ('\x00', 10)]:
    try:
        print(repr(text), base, int(text, base))
    except ValueError as e:
        print(e)
try:
    int('5', 1)
except ValueError as e:
    print(e)
try:
    int(5, 10)
except TypeError as e:
    print(e)
try:
    int(None)
except TypeError as e:
    print(e)
try:
    int([1])
except TypeError as e:
    print(e)

# === int-methods
print((255).bit_length(), (0).bit_length(), (-256).bit_length(), (2**100).bit_length(), (7).bit_count(), (-7).bit_count())
print((1024).to_bytes(2, 'big'), (1024).to_bytes(4, 'little'), (-1).to_bytes(2, 'big', signed=True))
print(int.from_bytes(b'\x00\x10', 'big'), int.from_bytes(b'\xfc\x00', 'big', signed=True), int.from_bytes([255, 0], 'little'), int.from_bytes(b'', 'big'))
print((5).conjugate(), (5).real, (5).imag, (6).numerator, (6).denominator, (5).as_integer_ratio())
print((2**80).to_bytes(11, 'big').hex(), int.from_bytes(b'\xff' * 12, 'big'), (0).to_bytes(0, 'big'), (3).to_bytes())
for make in (lambda: (256).to_bytes(1, 'big'), lambda: (-1).to_bytes(1, 'big'), lambda: (1).to_bytes(-1, 'big'), lambda: (1).to_bytes(1, 'middle'), lambda: (128).to_bytes(1, 'big', signed=True)):
    try:
        print(make())
    except (OverflowError, ValueError) as e:
        print(type(e).__name__, e)

# === bool-is-int
print(True + True, True * 3, -True, True / 2, sum([True, False, True]), [10, 20][True], isinstance(True, int), True == 1, True is 1 if False else 'x')
print({True: 'a', 1: 'b', 1.0: 'c'}, str(True), int(True), float(False), bool('False'), bool(''), bool([]), bool([0]), bool(0.0), bool(-0.0), bool(None))
print(True > False, max(True, 2), repr(True), f'{True:d} {True} {True:5} {True!r:>6}', '%d %s' % (True, False))
print(not 0, not 'a', not not [], (not 1) + 1)

# === compare-int-float
print(1 == 1.0, 2**53 == float(2**53), 2**53 + 1 == float(2**53), 2**53 + 1 > float(2**53), 10**400 > 1e308, 10**400 < float('inf'), -10**400 > float('-inf'))
print(1 < 1.5 < 2, 1 < 3 > 2, 1 == 1.0 == True, 3 != 3.0, float('nan') == float('nan'), float('nan') < 1)
print(hash(1) == hash(1.0) == hash(True), hash(2**61 - 1), hash(-1), hash(2**61), hash(10**30), hash(-(10**30)))

# === chained-comparison-evaluates-once
def f(n):
    print('eval', n)
    return n
print(f(1) < f(2) < f(3))
print(f(3) < f(2) < f(1))
print(f(1) < f(2) == f(2) != f(5))

# === rounding
print(round(2.5), round(3.5), round(-2.5), round(0.5), round(1.5), round(2.675, 2), round(1e300), type(round(2.0)), type(round(2.0, 0)))
print(round(1234, -2), round(1250, -2), round(1350, -2), round(-1250, -2), round(5, -1), round(15, -1), round(7, 3), round(2**80, -20), round(12.5, -1), round(0.1 + 0.2, 10))
print(round(1.005, 2), round(-0.4), round(-0.4, 0), round(1e16 + 1, 2), round(123.456, 1), round(5e-324, 3), round(2.5, None))
for bad in (float('inf'), float('nan')):
    try:
        round(bad)
    except (OverflowError, ValueError) as e:
        print(type(e).__name__, e)

# === huge-int-text-limit
print(len(str(10**4000)))
try:
    str(10**5000)
except ValueError as e:
    print(e)
try:
    int('1' * 5000)
except ValueError as e:
    print(e)

# === factorial-and-fibonacci
def fact(n):
    return 1 if n < 2 else n * fact(n - 1)
print(fact(50))
a, b = 0, 1
for _ in range(300):
    a, b = b, a + b
print(a, len(str(a)), sum(map(int, str(a))))
print(fact(30) // fact(28), fact(100) % (10**9 + 7), fact(25) / fact(24))

# === big-times-small-and-back
n = 123456789
for k in range(12):
    n = n * n % (10**25 + 13) if k % 2 else n * -n
    print(n)

# === big-to-float
print(float(10**22), float(10**23), 10**22 / 10**21, 10**400 / 10**399, (10**30) / 7, 1 / 10**30)
for f in (lambda: float(10**400), lambda: 10**400 / 3, lambda: 10**400 * 1.0, lambda: 1.5 + 10**400):
    try:
        print(f())
    except OverflowError as e:
        print(e)

# === augmented
x = 10
x += 5; print(x)
x -= 20; print(x)
x *= -4; print(x)
x //= 3; print(x)
x **= 3; print(x)
x %= 7; print(x)
x <<= 5; print(x)
x >>= 1; print(x)
x |= 3; print(x)
x &= 6; print(x)
x ^= 255; print(x)
x /= 2; print(x)

# === isqrt-gcd
import math
print(math.isqrt(10**41), math.gcd(12, 18), math.gcd(), math.gcd(0, 5), math.gcd(-4, 6), math.lcm(4, 6), math.factorial(20), math.comb(10, 3), math.perm(5, 2), math.prod([2, 3, 4]))
try:
    math.isqrt(-1)
except ValueError as e:
    print(e)
try:
    math.factorial(-1)
except ValueError as e:
    print(e)
