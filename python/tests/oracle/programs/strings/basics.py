# === indexing-and-length
s = 'héllo, 世界 😀'
print(len(s), s[0], s[-1], s[7], s[1], s[-4:-2], s[::-1], s[::2], s[20:30], s[-100:3])
for i in (11, -12, 10**20):
    try:
        print(s[i])
    except IndexError as e:
        print(type(e).__name__, e)
try:
    s['a']
except TypeError as e:
    print(e)
try:
    s[1.0]
except TypeError as e:
    print(e)

# === repr-quotes-and-escapes
for s in ("it's", 'say "hi"', '''it's "both"''', 'tab\t', 'nl\n', 'cr\r', 'null\0', '\x1b[0m', '\x7f', 'back\\slash', 'é', '\xa0', '\u200b', '中文', '\U0001f600', '\u2028', '\xad', '\ud800' if False else '', '\x85', '\u3000', 'ａ', '\ue000', '\ufeff'):
    print(repr(s), len(s))

# === escapes-in-literals
print('a\
b', 'A\x41\u0041\U00000041\101\N{BULLET}', '\'\"', "\a\b\f\v" == '\x07\x08\x0c\x0b', r'raw\n', R'\'', len('\0'), '\7' == '\x07', '\1234')
print('con' 'cat' "ena" """ted""", ('multi '
      'line'), 'x' * 3, 3 * 'ab', 'x' * 0, 'x' * -2, '')
print("""triple
 "quoted" 'text'
""", end='|\n')

# === immutable
s = 'abc'
try:
    s[0] = 'x'
except TypeError as e:
    print(e)
try:
    del s[0]
except TypeError as e:
    print(e)
t = s
t += 'd'
print(s, t)
try:
    s.name = 1
except AttributeError as e:
    print(e)

# === concatenation-errors
for f in (lambda: 'a' + 1, lambda: 1 + 'a', lambda: 'a' * 'b', lambda: 'a' * 1.5, lambda: 'a' - 'b', lambda: 'a' + b'b', lambda: 'a' + None, lambda: -'a', lambda: 'a' < 1, lambda: 'a' @ 'b', lambda: 'a' / 2):
    try:
        print(f())
    except TypeError as e:
        print(e)

# === comparison-order
print('a' < 'b', 'a' < 'B', 'abc' < 'abd', 'ab' < 'abc', '' < 'a', 'Z' < 'a', '10' < '9', 'é' > 'z', '😀' > '中', '\uffff' < '\U00010000')
print(sorted(['banana', 'Apple', 'cherry', 'apple', '中', 'é', 'e', '10', '9']), max('hello'), min('hello'), sorted('hello'))
print('a' == b'a', 'a' != 1, 'a' in 'abc', '' in '', 'ac' in 'abc', 'x' not in 'abc')
try:
    1 in 'abc'
except TypeError as e:
    print(e)

# === ord-and-chr
print(ord('a'), ord('中'), ord('😀'), chr(97), chr(0x1f600), chr(0) == '\0', chr(0x10ffff) == '\U0010ffff')
for f in (lambda: ord('ab'), lambda: ord(''), lambda: ord(5), lambda: chr(-1), lambda: chr(0x110000), lambda: chr('a')):
    try:
        print(f())
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)

# === str-of-things
print(str(), str(5), str(1.0), str(None), str([1, 'a']), str(b'x'), str({'k': "v"}), str(int), str((1,)), str('x'), str(...), str(NotImplemented))
print(str(b'caf\xc3\xa9', 'utf-8'), str(b'abc', encoding='ascii'), str(b'\xff', 'utf-8', 'replace'), str(object=3))
try:
    str('a', 'utf-8')
except TypeError as e:
    print(e)

# === surrogates-and-ascii
print(ascii('héllo 中 😀'), ascii([1, 'é']), ascii('plain'))
try:
    '\ud800'.encode()
except UnicodeEncodeError as e:
    print(e)

# === unicode-normal
a = 'é'
b = 'e\u0301'
print(a == b, len(a), len(b), a.upper(), b.upper(), a.encode(), b.encode(), 'ß'.upper(), 'İ'.lower() == 'i\u0307', 'Σ'.lower(), 'ΑΣ'.lower(), 'ǆ'.title(), 'ﬁ'.upper())

# === iteration
for c in 'añ中':
    print(c, ord(c), c.encode('utf-8').hex())
it = iter('ab')
print(next(it), next(it), next(it, 'done'), list('xyz'), tuple('xy'), set('aa'), dict(zip('ab', 'cd')), [*'pq'], ''.join(reversed('abc')))
for i, c in enumerate('ab', 1):
    print(i, c)

# === string-slices-all
s = 'abcdef'
for a in (None, 0, 2, -2, 10, -10):
    print([s[a:b:c] for b in (None, 3, -1, 9, -9) for c in (None, 2, -1, -2)])
try:
    s[::0]
except ValueError as e:
    print(e)
try:
    s['a':]
except TypeError as e:
    print(e)
