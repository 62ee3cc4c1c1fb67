# === nested-specs
width, prec, value = 10, 3, 3.14159265
print(f'{value:{width}.{prec}}|', f'{value:{width}.{prec}f}|', f'{"hi":{"*"}^{width}}|', f'{value!r:>{width + 10}}|', f'{42:{"0"}{5}}|', f'{value:{"<" + str(12)}}|')
for align in '<>^':
    print(f'[{"ab":{align}6}]', f'[{"ab":-{align}7}]', f'[{12:{align}6}]')

# === self-documenting
x = 5
name = 'Ann'
print(f'{x=}', f'{x = }', f'{name=}', f'{name=!s}', f'{x=:04d}', f'{x + 1=}', f'{len(name)=:>3}', f'{ name = :>6}')

# === braces-and-quotes
d = {'a': 1}
print(f'{{}}', f'{{{d["a"]}}}', f"{d['a']}", f'{{x}}', f'{"{"}{"}"}', f'''{d["a"]!r:>4}''', f'{ {1, 1} }', f'{ {"k": 2}["k"] }', f'{(lambda v: v * 2)(4)}', f'{[i for i in range(3)]}')
print(f'a' 'b' f'{1}' "c", rf'\n{1}\d', f'{1}' f'{2}', f'\n'.encode(), f'\x41{1}\u00e9')

# === conversions
class P:
    def __repr__(self):
        return 'P()'
    def __str__(self):
        return 'pé'
    def __format__(self, spec):
        return '<' + spec + '>'
p = P()
print(f'{p}', f'{p!r}', f'{p!s}', f'{p!a}', f'{p:abc}', f'{p!s:>5}', f'{p:{1 + 1}d}', '{0} {0!r} {0:x}'.format(p), format(p), format(p, 'z'), '%s %r' % (p, p))

# === int-specs
for spec in ('d', 'b', 'o', 'x', 'X', '#b', '#o', '#x', '#X', '08b', '+d', ' d', ',', '_', '_x', '_b', '8d', '<8d', '^8d', '08d', '+08d', '=+8d', '*=8d', 'c', 'e', '.2f', '%', '10,.2f', 'n', '#010x', '>#8x', '', '5', '-d'):
    print(f'{spec:>8} [{format(97, spec)}] [{format(12345678, spec) if spec != "c" else ""}] [{format(-97, spec) if spec != "c" else ""}]')

# === float-specs
for spec in ('', 'f', '.0f', '.1f', '.3f', 'e', '.2e', 'E', 'g', '.3g', '#g', '%', '.1%', '+.2f', ' .2f', '010.2f', '<10.2f', '>10', ',.2f', '_.1f', '.10', '.1', '#.0f', 'G', '.0e', '+', 'n', '^+12.3e', '=+12.1f', '.17g', '.20f'):
    print(f'{spec:>8}', [format(x, spec) for x in (3.14159, -2.5, 1234567.891, 0.0, 1e-7, 1e21, 0.5, 1.5)])

# === special-float-specs
for spec in ('', 'f', '.2f', 'e', 'g', '%', '8', '08', '+', 'F', 'E', '<6', ','):
    print(spec, [format(x, spec) for x in (float('inf'), float('-inf'), float('nan'), -0.0)])

# === str-specs
for spec in ('', 's', '5', '<5', '>5', '^5', '*^7', '.2', '6.2', '>6.2s', '0', '05', '中<6', '^6.1'):
    print(spec, [f'[{format(s, spec)}]' for s in ('abc', '', '中文', 'longer text')])

# === bad-specs
for value, spec in ((5, 's'), ('a', 'd'), (1.5, 'd'), (5, '.2'), ('a', '+'), ('a', ','), (5, 'q'), (1.5, 'x'), ('a', '=5'), (5, 'cc'), (None, '5'), ([1], 'd'), (5, '5 '), (b'x', '5'), (5, ',x'), (5, ',_'), (300, '+c'), (-1, 'c'), ('x', '>'), ('x', '5.'), ((1,), '>9'), ({}, '1'), (5, '.'), (5.0, 'c'), (5, '=='), (True, 's')):
    try:
        print(repr(value), spec, '->', repr(format(value, spec)))
    except (ValueError, TypeError, OverflowError) as e:
        print(type(e).__name__, e)

# === str-format-fields
print('{} {}'.format(1, 2), '{0} {1} {0}'.format('a', 'b'), '{name} {age:>3}'.format(name='Bob', age=5), '{0[1]} {1[k]} {1[0]}'.format([1, 2], {'k': 'v', 0: 'zero'}), '{:>{}}|'.format('x', 5), '{:{w}.{p}f}'.format(2.5, w=8, p=2), '{{{}}}'.format(1), '{0.real} {0.imag}'.format(5), '{!r}'.format('q'), '{a[b]}'.format(a={'b': 1}))
for f in (lambda: '{} {}'.format(1), lambda: '{0} {}'.format(1, 2), lambda: '{x}'.format(), lambda: '{'.format(1), lambda: '}'.format(1), lambda: '{!x}'.format(1), lambda: '{0.nope}'.format(1), lambda: '{0[5]}'.format([1]), lambda: '{} {0}'.format(1), lambda: '{:d}'.format('a'), lambda: '{a'.format(a=1), lambda: '{!}'.format(1)):
    try:
        print(f())
    except (IndexError, KeyError, ValueError, AttributeError) as e:
        print(type(e).__name__, e)

# === fstring-multiline-and-calls
rows = [('alice', 3, 2.5), ('bob', 12, 10.25)]
for name, n, cost in rows:
    print(f'{name.title():<8}|{n:^5}|{cost:8.2f}|{n * cost:>10,.1f}')
print(f"""total: {
    sum(c for _, _, c in rows)
} end""")
print(f'{"yes" if len(rows) > 1 else "no"} {rows[0][0]!r} {max(rows, key=lambda r: r[1])[0]}')

# === percent-format
print('%s %d %f' % ('a', 5, 1.5), '%5s|%-5s|%05d|%+d|% d' % ('a', 'b', 42, 5, 5), '%x %X %o %#x %#o' % (255, 255, 8, 255, 8), '%e %g %G %.2f' % (12345.678, 0.00001, 1e20, 2.555), '%c%c' % ('a', 98), '%r %a' % ('é', 'é'), '%%', '100%% of %s' % 'x', '%(k)s %(n)03d' % {'k': 'v', 'n': 7}, '%*d|%-*d|%.*f' % (5, 1, 4, 2, 1, 2.55), '%.2s' % 'abc', '%i %u' % (3, 4), '%s' % (1,), '%s' % [1, 2], '%d' % 3.99, '%5.1f%%' % 99.5)
print('%.3d|%+.2e|%#.3g|%05s|%-6.2f|' % (5, 1234.5, 2.0, 'x', 1.239), '%s' % None, '%d' % True, '%s %s' % ('a', (1, 2)), '%x' % -255, '%d' % 10**30, '%08.3f' % -3.14159)

# === percent-errors
for f in (lambda: '%d' % 'x', lambda: '%s %s' % 'a', lambda: '%s' % (1, 2), lambda: '%q' % 1, lambda: '%' % 1, lambda: '%d' % None, lambda: '%c' % 'ab', lambda: '%c' % 1.5, lambda: '%(a)s' % 5, lambda: '%(a)s' % {}, lambda: '%f' % 'x', lambda: '%x' % 1.5, lambda: '%d %d' % (1,), lambda: 'no' % 5, lambda: 'no' % (), lambda: 'no' % [], lambda: 'no' % {}, lambda: '%*d' % ('a', 1), lambda: '%c' % -1, lambda: '%s%' % 'a'):
    try:
        print(f())
    except (TypeError, ValueError, KeyError, OverflowError) as e:
        print(type(e).__name__, e)

# === fstring-error-last-line
value = 'text'
print(f'{value:>8}')
print(f'{value:.2f}')

# === table-of-ports
ports = {'echo': 7, 'ssh': 22, 'http': 80, 'https': 443, 'quake': 26000}
print(f'+{"-" * 10}+{"-" * 7}+{"-" * 8}+')
for name, port in ports.items():
    print(f'|{name:^10}|{port:>7}|0x{port:06X}|{port:016b}')

# === print-arguments
print()
print('a', 'b', sep='-', end='!\n')
print(1, None, True, 'x', [1], sep='')
print(*[1, 2, 3], sep=', ')
print('a', end='')
print('b', end='\n\n')
print('no newline at end', end='')

# === print-errors
try:
    print('a', sep=1)
except TypeError as e:
    print(e)
try:
    print('a', foo=1)
except TypeError as e:
    print(e)
print('x', 'y', sep=None, end=None)
print('flushed', flush=True)
