# === type-error-int-none
int(None)

# === type-error-strange-operands
class A: pass
A() + A()

# === type-error-class-operand
print([] - [])

# === type-error-dict-plus
{} + {}

# === type-error-lt-instances
class A: pass
sorted([A(), A()])

# === type-error-in
1 in 2

# === type-error-str-in-bytes
"a" in b"abc"

# === type-error-with
with 5: pass

# === value-error-int
int("abc")

# === value-error-float
float("1.2.3")

# === value-error-unpack-many
a, b = 1, 2, 3

# === value-error-unpack-few
a, b, c = [1, 2]

# === value-error-star-few
a, b, *c = [1]

# === value-error-list-remove
[1].remove(2)

# === value-error-list-index
[1, 2].index(3)

# === value-error-str-index
"abc".index("z")

# === value-error-substring-empty
"a".split("")

# === value-error-chr
chr(-5)

# === value-error-utf8
b"\xff\xfe".decode()

# === value-error-ascii
"é".encode("ascii")

# === value-error-own
class PortError(ValueError):
    pass
raise PortError("port 70000 is not a port")

# === value-error-empty-message
raise ValueError

# === value-error-two-args
raise ValueError("a", 2)

# === unbound-local
n = 0
def up():
    n += 1
up()

# === unbound-local-for
def f():
    for i in []: pass
    print(i)
f()

# === free-variable
def f():
    def g(): return x
    g()
    x = 1
f()

# === recursion
def f(n):
    return f(n + 1)
print("go")
f(0)

# === recursion-mutual
def a(): b()
def b(): a()
a()

# === assertion
assert 1 == 2

# === assertion-message
x = 3
assert x > 5, f"x was {x}"

# === stop-iteration
next(iter([]))

# === not-implemented
raise NotImplementedError("later")

# === runtime-error
raise RuntimeError("state")

# === runtime-no-active
raise

# === exception-multiline
raise ValueError("line one\nline two")

# === exception-no-str
class E(Exception):
    def __str__(self): return ""
raise E(5)

# === exception-bad-str
class E(Exception):
    def __str__(self): raise ValueError
raise E(5)

# === exception-from
try:
    1 / 0
except ZeroDivisionError as e:
    raise RuntimeError("wrapped") from e

# === exception-during
try:
    {}["a"]
except KeyError:
    int("z")

# === exception-in-finally
try:
    1 / 0
finally:
    print("cleanup")
