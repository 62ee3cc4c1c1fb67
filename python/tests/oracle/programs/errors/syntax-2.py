# === parameter-and-global
def f(x):
    global x

# === duplicate-argument
def f(a, a): pass

# === default-before
def f(a=1, b): pass

# === positional-after-keyword
f(a=1, 2)

# === positional-after-unpack
f(**{}, 1)

# === repeated-keyword
f(a=1, a=2)

# === keyword-expression
f(1=2)

# === star-only
def f(*): pass

# === two-stars
a, *b, *c = x

# === star-alone
*a = [1]

# === star-expression
x = *[1]

# === invalid-escape-x
x = "\x4"

# === invalid-escape-u
x = "\u12"

# === bytes-non-ascii
x = b"é"

# === mix-bytes-str
x = b"a" "b"

# === leading-zero
x = 0123

# === bad-octal
x = 0o8

# === bad-binary
x = 0b2

# === bad-hex
x = 0xg

# === number-name
x = 5abc

# === double-underscore-number
x = 1__0

# === invalid-character
x = 5 ? 3

# === dollar
$x = 1

# === not-a-statement
else:
    pass

# === try-alone
try:
    pass
x = 1

# === except-comma
try:
    pass
except A, B:
    pass

# === bare-except-not-last
try:
    pass
except:
    pass
except ValueError:
    pass

# === import-star-function
def f():
    from math import *

# === lambda-statement
f = lambda: return 1

# === fstring-empty
f"{}"

# === fstring-unclosed
f"{x"

# === fstring-single
f"}"

# === fstring-bad-conversion
f"{1!x}"

# === walrus-statement
x := 1

# === comparison-assign
x == 1 = 2

# === invalid-syntax
x = = 1

# === missing-operand
x = 1 +

# === two-statements
x = 1 y = 2

# === missing-comma
x = [1 2]

# === missing-comma-call
print("a" x)
