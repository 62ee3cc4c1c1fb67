# === repr-shortest
for x in (0.1, 0.2, 0.1 + 0.2, 1 / 3, 2 / 3, 1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5, 0.00012345, 5e-324, 1.7976931348623157e308, 1e22, 1e23, 9007199254740993.0, 100.0, -0.0, 1.0, 3.14, 2.5e-10, 1e100):
    print(x, repr(x) == str(x), float(repr(x)) == x)

# === special-values
inf = float('inf')
nan = float('nan')
print(inf, -inf, nan, inf - inf, inf * 0, inf + 1, 1 / inf, -1 / inf, inf == inf, nan != nan, nan in [nan], nan == nan)
print(float('Infinity'), float('-INF'), float('+nan'), float('  1e3  '), float('1_0.5'), float('.5'), float('5.'), float('1E-2'))
print(max(1, nan), min(nan, 1), max(nan, 1), inf > 10**1000, int(1e20), int(-1.9), int(1.9))
print([1.0, nan] == [1.0, nan], (nan,) == (nan,), nan is nan)

# === bad-float-text
for text in ('', '1,5', '1e', 'e5', '--1', '1 2', 'abc', '0x1p3', '1__0', '_1', 'infinit', '.', '1.5\x00'):
    try:
        print(float(text))
    except ValueError as e:
        print(e)
for value in (None, [], (), {}):
    try:
        print(float(value))
    except TypeError as e:
        print(e)

# === int-of-special
for x in (float('inf'), float('-inf'), float('nan')):
    try:
        int(x)
    except (OverflowError, ValueError) as e:
        print(type(e).__name__, e)
print(int(1e30), int(-2.5e15), int(0.999999999999999999))

# === floor-division-and-modulo
for a in (7.5, -7.5):
    for b in (2.0, -2.0, 0.1):
        print(a // b, a % b, divmod(a, b))
print(1e300 % 7, -0.0 % 5, 5 % -3.0, 0.0 // -1, 1 // 0.3, 6.0 % float('inf'), -6.0 % float('inf'))
for f in (lambda: 1.0 / 0, lambda: 1.0 // 0, lambda: 1.0 % 0, lambda: 1 / 0, lambda: 1 // 0, lambda: 1 % 0, lambda: divmod(1, 0), lambda: divmod(1.0, 0)):
    try:
        f()
    except ZeroDivisionError as e:
        print(e)

# === methods
print((0.5).as_integer_ratio(), (2.0).is_integer(), (2.5).is_integer(), (0.1).hex(), float.fromhex('0x1.8p1'), (1.5).real, (3.7).conjugate(), (-0.0).hex())
print((0.1).as_integer_ratio(), (1e-5).hex(), float.fromhex('0x.8'), float.fromhex('-0x1p-3'))

# === power-and-errors
print(2.0 ** 0.5, 2 ** 0.5, 4 ** 0.5, 10 ** -3, 1.1 ** 10, (-2.0) ** 3, 2.0 ** -1074, 0.0 ** 0.0)
for f in (lambda: 10.0 ** 400, lambda: (-10.0) ** 401, lambda: 2 ** 10000 * 1.0):
    try:
        print(f())
    except OverflowError as e:
        print(e)

# === sums-of-floats
total = 0.0
for i in range(10):
    total += 0.1
print(total, total == 1.0, abs(total - 1.0) < 1e-9, sum([0.5, 0.25]), sum([1, 2.5]), 0.1 * 3, 0.7 + 0.1, 4.35 * 100)
print(1e308 * 10, -1e308 * 10, 5e-324 / 2, -5e-324 / 2, 1e-320, 2.2250738585072014e-308)

# === math-functions
import math
print(math.pi, math.e, math.tau, math.inf, math.nan, math.sqrt(2), math.floor(-2.5), math.ceil(-2.5), math.trunc(-2.7), math.floor(5), math.ceil(1e20))
print(math.isnan(math.nan), math.isinf(-math.inf), math.isfinite(1.0), math.copysign(1, -0.0), math.fabs(-3), math.hypot(3, 4), math.fmod(-7, 3), math.modf(2.5), math.modf(-2.5), math.frexp(8.0), math.ldexp(0.5, 4))
print(math.log(8, 2), math.log2(8), math.log10(1000), math.log(1), math.exp(0), math.isclose(0.1 + 0.2, 0.3), math.degrees(math.pi), math.sin(0), math.cos(0), math.atan2(1, 1))
print(math.fsum([0.1] * 10), math.log2(2**100), math.dist((0, 0), (3, 4)))
for f in (lambda: math.sqrt(-1), lambda: math.log(0), lambda: math.floor(math.inf), lambda: math.exp(1000), lambda: math.floor(math.nan)):
    try:
        print(f())
    except (ValueError, OverflowError) as e:
        print(type(e).__name__, e)

# === hash-of-floats
print(hash(0.5), hash(1.5), hash(-0.0) == hash(0), hash(1e100), hash(float('inf')), hash(float('-inf')), hash(-1.0), hash(0.1))
print({1.0: 'x', 1: 'y', 2.5: 'z'}, {0.0, -0.0, 0}, 2.0 in {2}, {1e3: 1}[1000])

# === float-zero-sign
print(-0.0, 0.0 == -0.0, -0.0 + 0.0, 0.0 * -1, -0.0 * -1, abs(-0.0), str(-0.0), [-0.0], round(-0.2), round(-0.2, 1), int(-0.0), -0.0 or 'falsy', 0 * -1.0)

# === mixed-arithmetic-types
for a in (3, 3.0, True):
    for b in (2, 2.0, True):
        print(type(a).__name__, type(b).__name__, a + b, a - b, a * b, a / b, a // b, a % b, a ** b)

# === average-and-percent
def average(numbers):
    return sum(numbers) / len(numbers)
times = [12, 15, 11, 19]
print(average(times), f'{average(times):.2f} ms', f'{3 / 7:.1%}', f'{0.5:%}', round(average(times)))
try:
    average([])
except ZeroDivisionError as e:
    print('error:', e)

# === exponent-boundaries
for e in range(-7, 0):
    print(10.0 ** e, 1.5 * 10.0 ** e)
for e in range(13, 19):
    print(10.0 ** e, 1.5 * 10.0 ** e, 10.0 ** e + 0.5)
