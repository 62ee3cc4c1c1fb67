# === repr-of-bytes
for b in (b'', b'abc', b"it's", b'say "x"', b'''a'b"c''', b'\x00\x01\x7f\x80\xff', b'\t\n\r\\', bytes(range(32, 48)), b'\x1b'):
    print(b, repr(b), str(b), len(b), list(b))

# === constructors
print(bytes(), bytes(3), bytes([1, 2, 255]), bytes(b'x'), bytes('é', 'utf-8'), bytes(range(5)), bytes(bytearray(b'q')), bytes((65, 66)), bytes(True), bytes(x * 2 for x in range(3)))
for f in (lambda: bytes('a'), lambda: bytes([256]), lambda: bytes([-1]), lambda: bytes(-1), lambda: bytes(['a']), lambda: bytes(1.5), lambda: bytes(None), lambda: bytes(5, 'utf-8'), lambda: bytes(10**30)):
    try:
        print(f())
    except (TypeError, ValueError, OverflowError) as e:
        print(type(e).__name__, e)

# === index-gives-int
b = b'abcdef'
print(b[0], b[-1], b[1:3], b[::-1], b[0:1], b[10:], b[::2], b[5:1:-2], type(b[0]), type(b[0:1]))
for i in (6, -7):
    try:
        b[i]
    except IndexError as e:
        print(e)
try:
    b[0] = 1
except TypeError as e:
    print(e)
try:
    b['x']
except TypeError as e:
    print(e)

# === membership-and-compare
b = b'hello'
print(b'ell' in b, 104 in b, 300 in b if False else '-', b'' in b, b == 'hello', b == bytearray(b'hello'), b < b'hellp', b'a' < b'ab', b != b'', hash(b'a') == hash(b'a'), b'\xff' > b'a')
for f in (lambda: 'e' in b, lambda: 256 in b, lambda: b < 'a', lambda: b + 'x', lambda: b + 1, lambda: b * b, lambda: b + [1]):
    try:
        print(f())
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)

# === methods-of-bytes
b = b'  key: value  '
print(b.strip(), b.split(b':'), b.partition(b': '), b.find(b'e'), b.find(101), b.count(b'e'), b.replace(b' ', b''), b.upper(), b.startswith(b' '), b.endswith((b'x', b' ')), b.index(b'v'), b.rfind(b'e'), b.title())
print(b'a,b,c'.split(b',', 1), b'a b  c'.split(), b'a\nb\r\nc'.splitlines(), b'-'.join([b'a', bytearray(b'b')]), b'ab'.ljust(4, b'.'), b'ab'.center(5), b'7'.zfill(3), b'xxaxx'.strip(b'x'), b'a=b=c'.rpartition(b'='), b'aXb'.lower(), b'Ab'.swapcase(), b'a\tb'.expandtabs(3))
print(b'abc'.isalpha(), b'12'.isdigit(), b' '.isspace(), b'a1'.isalnum(), b'AB'.isupper(), b'\x80'.isascii(), b'abc'.removeprefix(b'a'), b'abc'.removesuffix(b'c'), b'aab'.translate(bytes.maketrans(b'a', b'z')), b'hello'.translate(None, b'l'), b'a,b'.rsplit(b',', 1))
for f in (lambda: b.split(':'), lambda: b.index(b'zz'), lambda: b.find('e'), lambda: b.startswith('a'), lambda: b','.join(['a']), lambda: b.replace('a', 'b'), lambda: b''.join([b'a', 5]), lambda: b.strip('x')):
    try:
        print(f())
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)

# === decode
print(b'h\xc3\xa9'.decode(), b'h\xe9'.decode('latin-1'), b'abc'.decode('ascii'), b'a\xffb'.decode('utf-8', 'replace'), b'a\xffb'.decode(errors='ignore'), b'a\xff'.decode('utf-8', errors='backslashreplace'), b'\xff\xfea\x00'.decode('utf-16'), b''.decode(), repr(b'\xef\xbb\xbfx'.decode()), b'\xef\xbb\xbfx'.decode('utf-8-sig'))
for data in (b'\xff', b'abc\xe4\xb8', b'\xc3(', b'\xed\xa0\x80', b'\xf8\x88\x80\x80', b'\xe4\xb8\xad\x80', b'\xc0\x80'):
    try:
        data.decode('utf-8')
    except UnicodeDecodeError as e:
        print(e, '|', e.start, e.end, e.reason, e.encoding, e.object)
    print(ascii(data.decode('utf-8', 'replace')))
try:
    b'\x80'.decode('ascii')
except UnicodeDecodeError as e:
    print(e)
print(issubclass(UnicodeDecodeError, ValueError))

# === hex-and-fromhex
print(b'\x00\xff'.hex(), b'\x01\x02\x03'.hex(':'), b'abcdef'.hex('-', 2), b'abcde'.hex(' ', -2), bytes.fromhex('00 ff10'), bytes.fromhex(''), bytes.fromhex(' 41\n42 '), bytearray.fromhex('ab'))
for text in ('0', 'zz', '1 2', '00f'):
    try:
        print(bytes.fromhex(text))
    except ValueError as e:
        print(e)

# === bytes-percent
print(b'%d-%s' % (5, b'x'), b'%x %c%c' % (255, 65, b'B'), b'%5d|%-5d|%05d' % (1, 2, 3), b'%s' % b'q', b'%a' % 'é', b'%%' % (), b'%b' % bytearray(b'z'))
for f in (lambda: b'%s' % 'x', lambda: b'%d' % 'x', lambda: b'%s' % 5, lambda: b'%d' % (1, 2)):
    try:
        print(f())
    except TypeError as e:
        print(e)

# === mix-errors-last-line
print('before')
message = 'hello' + b' world'

# === bytes-in-dict-and-set
d = {b'a': 1, 'a': 2}
print(d[b'a'], d['a'], b'a' in d, len({b'x', b'x', 'x'}), sorted([b'b', b'a', b'']), max(b'abc'), sum(b'abc'), list(reversed(b'abc')), bytes(sorted(b'hello')))
try:
    d[bytearray(b'a')]
except TypeError as e:
    print(e)

# === escapes-in-bytes
print(b'\x41\102\n\'\"\\', br'\x41', rb'\n', b'a' b'b', b'\q' if False else b'', len(b'\x00\0'), b"""multi
line""", Rb'\d', b'\u0041' if False else 0)

# === ip-checksum
def checksum(data):
    if len(data) % 2:
        data += b'\x00'
    total = 0
    for i in range(0, len(data), 2):
        total += (data[i] << 8) + data[i + 1]
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
header = bytes.fromhex('45000073000040004011 0000 c0a80001c0a800c7')
print(hex(checksum(header)))
full = header[:10] + checksum(header).to_bytes(2, 'big') + header[12:]
print(full.hex(' '), checksum(full), checksum(b''), checksum(b'abc'))

# === xor-cipher
key = b'key'
plain = 'secret 秘密'.encode()
cipher = bytes(p ^ key[i % len(key)] for i, p in enumerate(plain))
print(cipher, cipher.hex(), bytes(c ^ key[i % len(key)] for i, c in enumerate(cipher)).decode())

# === hexdump
def hexdump(data):
    for offset in range(0, len(data), 16):
        chunk = data[offset:offset + 16]
        left = ' '.join(f'{b:02x}' for b in chunk)
        right = ''.join(chr(b) if 32 <= b < 127 else '.' for b in chunk)
        print(f'{offset:08x}  {left:<47}  |{right}|')
hexdump(bytes(range(0, 250, 7)) + b'tail')
