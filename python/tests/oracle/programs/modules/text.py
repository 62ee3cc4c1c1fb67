# === string-module
import string
print(string.ascii_lowercase, string.ascii_uppercase, string.ascii_letters, string.digits, string.hexdigits, string.octdigits, string.punctuation, repr(string.whitespace), len(string.printable), string.capwords('hello  big world'))
t = string.Template('$who owes ${amount}$$')
print(t.substitute(who='Tim', amount=5), t.safe_substitute(who='Tom'))
try:
    t.substitute(who='x')
except KeyError as e:
    print(e)

# === textwrap
import textwrap
text = 'The quick brown fox jumped over the lazy dog, again and again, until nightfall.'
print(textwrap.wrap(text, 30))
print(textwrap.fill(text, 20))
print(textwrap.dedent('''
    def f():
        return 1
    '''))
print(textwrap.indent('a\n\nb\n', '> '), textwrap.shorten(text, 30), textwrap.shorten('one two', 3, placeholder='.'))
print(textwrap.fill('word ' * 6, width=12, initial_indent='* ', subsequent_indent='  '), textwrap.wrap('averyverylongwordindeed x', 10), textwrap.wrap('', 5))

# === binascii-and-base64
import binascii, base64
print(binascii.hexlify(b'\x00\xffab'), binascii.unhexlify('00ff6162'), binascii.crc32(b'hello'), binascii.crc32(b'lo', binascii.crc32(b'hel')), binascii.b2a_hex(b'x'), binascii.hexlify(b'abc', ':'), binascii.b2a_base64(b'hello'), binascii.a2b_base64(b'aGVsbG8=\n'))
print(base64.b64encode(b'\xfb\xff\xfe'), base64.b64decode('+//+'), base64.urlsafe_b64encode(b'\xfb\xff\xfe'), base64.b64encode(b''), base64.b64encode(b'a'), base64.b64decode(b'YQ=='), base64.b16encode(b'az'), base64.b32encode(b'hi'))
for f in (lambda: binascii.unhexlify('abc'), lambda: binascii.unhexlify('zz'), lambda: base64.b64decode('abc'), lambda: base64.b64encode('text'), lambda: binascii.crc32('s')):
    try:
        print(f())
    except (binascii.Error, TypeError) as e:
        print(type(e).__name__, e)

# === hashlib
import hashlib
for name in ('md5', 'sha1', 'sha256', 'sha512', 'sha224', 'sha384'):
    h = hashlib.new(name, b'hello')
    print(name, h.hexdigest()[:32], h.digest_size, h.name, h.block_size)
h = hashlib.sha256()
h.update(b'hel')
c = h.copy()
h.update(b'lo')
print(h.hexdigest() == hashlib.sha256(b'hello').hexdigest(), c.hexdigest()[:8], hashlib.md5(b'').hexdigest(), hashlib.sha1(bytearray(b'x')).digest()[:4])
for f in (lambda: hashlib.sha256('text'), lambda: hashlib.new('nope')):
    try:
        print(f())
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)

# === hmac-by-hand
import hashlib
def hmac(key, msg):
    key = hashlib.sha256(key).digest() if len(key) > 64 else key
    key = key.ljust(64, b'\0')
    inner = hashlib.sha256(bytes(k ^ 0x36 for k in key) + msg).digest()
    return hashlib.sha256(bytes(k ^ 0x5c for k in key) + inner).hexdigest()
print(hmac(b'key', b'The quick brown fox jumps over the lazy dog'))

# === zlib-checksums
import zlib
print(zlib.crc32(b'hello'), zlib.adler32(b'hello'), hex(zlib.crc32(b'')), zlib.crc32(b'a' * 100) & 0xff)

# === io-stringio
import io
f = io.StringIO('one\ntwo\nthree')
print(repr(f.readline()), f.read(2), f.tell() >= 0, list(f))
f = io.StringIO()
print('a', 1, file=f)
f.write('b\n')
print(repr(f.getvalue()))
b = io.BytesIO(b'abcdef')
print(b.read(2), b.read(), b.read(), b.seek(1), b.readline(), b.getvalue(), b.tell())
w = io.BytesIO()
w.write(b'12'); w.write(b'34'); w.seek(1); w.write(b'X')
print(w.getvalue())
with io.StringIO('x\ny\n') as s:
    for line in s: print(line, end='')
try:
    s.read()
except ValueError as e:
    print(e)
