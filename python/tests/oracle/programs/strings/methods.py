# === strip-family
s = '  \t hi there \n'
print(repr(s.strip()), repr(s.lstrip()), repr(s.rstrip()), 'xxhixx'.strip('x'), 'abcba'.strip('ab'), 'mississippi'.rstrip('ipz'), 'www.example.com'.lstrip('w.'), repr('\u3000 a\xa0'.strip()), repr(''.strip()), 'xx'.strip('x') == '', 'a\x1c'.strip() == 'a')
print('Content-Length: 5'.removeprefix('Content-'), 'file.py'.removesuffix('.py'), 'file.py'.removesuffix(''), 'abc'.removeprefix('x'))

# === split-variants
print('a b  c '.split(), 'a b  c '.split(' '), ''.split(), ''.split(','), 'a,b,,c'.split(','), 'a,b,c'.split(',', 1), 'a b c d'.split(None, 2), 'a,b,c'.rsplit(',', 1), ' a  b '.rsplit(None, 1), ' a  b  c '.split(maxsplit=1))
print('aXXbXXc'.split('XX'), 'aaa'.split('a'), 'aaa'.split('aa'), 'aaaa'.rsplit('aa', 1), 'a\tb\nc\x0bd\x1ee'.split(), 'x'.split('x', 0), 'a b'.split(sep=' ', maxsplit=-1))
for f in (lambda: 'a'.split(''), lambda: 'a'.split(5), lambda: 'a'.split(b' ')):
    try:
        print(f())
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)

# === splitlines
print('a\nb\r\nc\rd'.splitlines(), 'a\n\nb\n'.splitlines(), ''.splitlines(), '\n'.splitlines(), 'a\nb\r\n'.splitlines(True), 'a\x0bb\x0cc\x1cd\x85e\u2028f'.splitlines(), 'a\r\n\r\nb'.split('\r\n'), 'x\n'.splitlines(keepends=True))

# === partition
print('key=value=x'.partition('='), 'key=value=x'.rpartition('='), 'none'.partition('='), 'none'.rpartition('='), 'a::b'.partition('::'), '='.partition('='))
try:
    'a'.partition('')
except ValueError as e:
    print(e)

# === find-and-count
s = 'banana'
print(s.find('an'), s.rfind('an'), s.find('an', 2), s.find('x'), s.index('n'), s.rindex('a'), s.count('an'), s.count('a', 2), s.count(''), s.find(''), s.find('', 10), s.rfind(''), s.find('a', -2), s.find('na', 0, 3), s.count('ana'))
try:
    s.index('x')
except ValueError as e:
    print(e)
try:
    s.rindex('x')
except ValueError as e:
    print(e)
try:
    s.find(1)
except TypeError as e:
    print(e)

# === starts-and-ends
s = 'GET /index.html HTTP/1.1'
print(s.startswith('GET'), s.startswith(('POST', 'GET')), s.startswith('/', 4), s.endswith('1.1'), s.endswith(('1.0', '1.1')), s.startswith(''), s.startswith('T', 2, 3), ''.startswith(''), 'a'.startswith('', 2), s.endswith(()))
for bad in (5, ['GET'], (1,)):
    try:
        s.startswith(bad)
    except TypeError as e:
        print(e)

# === replace
print('aaa'.replace('a', 'b'), 'aaa'.replace('a', 'b', 2), 'abc'.replace('', '-'), 'abc'.replace('', '-', 2), 'abc'.replace('x', 'y'), ''.replace('', 'x'), 'aaaa'.replace('aa', 'b'), 'abc'.replace('b', ''), 'abc'.replace('a', 'aa', -1), ''.replace('a', 'b'))
try:
    'a'.replace('a')
except TypeError as e:
    print(e)
try:
    'a'.replace('a', 1)
except TypeError as e:
    print(e)

# === join
print(','.join(['a', 'b']), ''.join([]), '-'.join('abc'), ', '.join(str(n) for n in range(4)), '.'.join(map(str, [127, 0, 0, 1])), '\n'.join({'k': 1, 'j': 2}), 'x'.join(('one',)), '->'.join({'a': 1}.keys()))
for bad in ([1, 'a'], ['a', None], 5, ['a', b'b']):
    try:
        ','.join(bad)
    except TypeError as e:
        print(e)

# === case-methods
for s in ('hello world', 'HELLO', "it's a dog's life", 'mIxEd', '', 'ß', 'ñandú', '3rd floor', 'x'):
    print(repr(s), s.upper(), s.lower(), s.title(), s.capitalize(), s.swapcase(), s.casefold())

# === is-methods
for s in ('abc', 'ABC', 'a1', '123', ' ', '', 'aB', '١٢', '½', '²', '中', 'a b', 'Ab Cd', '_x1', '1x', 'class', '\n', '\t a', '-1', '1.5'):
    print(repr(s), s.isalpha(), s.isdigit(), s.isalnum(), s.isspace(), s.isupper(), s.islower(), s.istitle(), s.isnumeric(), s.isdecimal(), s.isidentifier(), s.isascii(), s.isprintable())

# === justify
print(repr('ab'.ljust(5)), repr('ab'.rjust(5, '*')), repr('ab'.center(5)), repr('ab'.center(6, '-')), repr('a'.center(4)), repr('abc'.center(2)), '42'.zfill(5), '-42'.zfill(5), '+x'.zfill(4), ''.zfill(2), '世'.rjust(3, '.'), repr('abc'.center(6)), repr('abcd'.center(7)))
try:
    'a'.ljust(5, 'ab')
except TypeError as e:
    print(e)
try:
    'a'.center('5')
except TypeError as e:
    print(e)

# === expandtabs-translate
print(repr('a\tb\tc'.expandtabs()), repr('a\tbc\td'.expandtabs(4)), repr('\t\n\tx'.expandtabs(2)), repr('a\tb'.expandtabs(0)))
table = str.maketrans({'a': '1', 'b': None, 'c': 'see'})
print('abcabc'.translate(table), 'hello'.translate(str.maketrans('el', 'ip')), 'hello'.translate(str.maketrans('', '', 'l')), 'hi'.translate({104: 'H'}), sorted(str.maketrans('ab', 'cd').items()))

# === encode
print('héllo'.encode(), 'héllo'.encode('latin-1'), 'abc'.encode('ascii'), '中'.encode('utf-16-le'), 'a中'.encode('utf-16-be'), 'é'.encode('ascii', 'replace'), 'é'.encode('ascii', 'ignore'), 'é中'.encode('ascii', 'xmlcharrefreplace'), 'é'.encode('ascii', 'backslashreplace'), 'x'.encode('UTF8'), 'x'.encode(encoding='utf-8', errors='strict'))
for enc in ('ascii', 'latin-1', 'nonsense'):
    try:
        print('a中b'.encode(enc))
    except (UnicodeEncodeError, LookupError) as e:
        print(type(e).__name__, e)

# === unbound-methods
print(str.upper('a'), list(map(str.strip, [' a ', 'b '])), sorted(['b', 'A', 'c'], key=str.lower), str.join('-', ['a', 'b']), ''.__class__ is str, 'abc'.__len__(), 'a'.__add__('b'), 'abc'.__contains__('b'), 'abc'.__getitem__(1), 'a'.__eq__('a'), 'x'.__class__.__name__)
m = 'a,b'.split
print(m(','), m(), callable(m))
try:
    str.upper(5)
except TypeError as e:
    print(e)
try:
    str.upper()
except TypeError as e:
    print(e)

# === format-map-method
print('{a}-{b}'.format_map({'a': 1, 'b': 2}))
class Default(dict):
    def __missing__(self, key):
        return '<' + key + '>'
print('{x} {y}'.format_map(Default(x=1)))

# === caesar
def caesar(text, shift):
    out = ''
    for c in text:
        if c.isalpha() and c.isascii():
            base = ord('A') if c.isupper() else ord('a')
            out += chr((ord(c) - base + shift) % 26 + base)
        else:
            out += c
    return out
secret = caesar('Hello, World!', 3)
print(secret, caesar(secret, -3), caesar('xyz', 30))

# === word-count
text = 'the quick brown the lazy dog the end dog'
counts = {}
for word in text.split():
    counts[word] = counts.get(word, 0) + 1
for word in sorted(counts, key=lambda w: (-counts[w], w)):
    print(f'{word:<6}{counts[word]:>3}')

# === palindrome
def is_palindrome(s):
    s = ''.join(c.lower() for c in s if c.isalnum())
    return s == s[::-1]
for s in ('A man, a plan, a canal: Panama', 'abc', '', '上海自來水來自海上'):
    print(s, is_palindrome(s))
