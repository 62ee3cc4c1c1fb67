# === prompts
# stdin| Ann
# stdin| 30
name = input('name? ')
age = int(input('age? '))
print(f'hello {name}, {age + 1} next year')

# === read-until-quit
# stdin| one
# stdin| two words
# stdin| quit
# stdin| never
while (line := input('> ')) != 'quit':
    print(line.split())
print('bye')

# === eof-ends-loop
# stdin| a
# stdin| b
lines = []
try:
    while True:
        lines.append(input())
except EOFError:
    print('eof', lines)

# === sys-stdin-iteration
# stdin| 3
# stdin| 4
# stdin|
# stdin| 5
import sys
total = 0
for line in sys.stdin:
    line = line.strip()
    if line: total += int(line)
print(total)

# === stdin-read-and-readline
# stdin| first
# stdin| second
# stdin| third
import sys
print(repr(sys.stdin.readline()), repr(input()), repr(sys.stdin.read()), repr(sys.stdin.readline()))

# === stdin-readlines-unicode
# stdin| 中文 é
# stdin|  spaces kept
import sys
print(sys.stdin.readlines())

# === bad-number
# stdin| abc
n = int(input('n: '))
print(n)

# === calculator
# stdin| 1 + 2
# stdin| 7 / 0
# stdin| x + 1
# stdin| 2 ** 10
ops = {'+': lambda a, b: a + b, '/': lambda a, b: a / b, '**': lambda a, b: a ** b}
while True:
    try:
        a, op, b = input().split()
    except EOFError:
        break
    try:
        print(ops[op](int(a), int(b)))
    except (ValueError, ZeroDivisionError) as e:
        print('error:', e)

# === input-conversion-list
# stdin| 3 1 2
# stdin| a,b
print(sorted(map(int, input().split())), input().split(','), end='|')
try:
    input()
except EOFError as e:
    print(type(e).__name__, e)

# === guess
# stdin| 50
# stdin| 25
# stdin| 37
secret = 37
tries = 0
while True:
    g = int(input('guess: '))
    tries += 1
    if g == secret: break
    print('lower' if g > secret else 'higher')
print(f'found after {tries}')
