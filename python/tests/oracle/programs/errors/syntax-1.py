# === missing-colon
print("never")
if True
    pass

# === missing-paren
print("a"
x = 1

# === missing-paren-end
print("a"

# === extra-paren
print("a"))

# === mismatched
x = [1, 2)

# === mismatched-lines
x = [1,
2)

# === unterminated-string
x = "abc
print(x)

# === unterminated-triple
x = """abc
print(x)

# === curly-quote
print(‘hi’)

# === fullwidth-paren
print（"hi"）

# === fullwidth-comma
f = (1，2)

# === nbsp
x = 1

# === print-statement
print "hello"

# === exec-statement
exec "x"

# === assign-to-literal
5 = x

# === assign-to-call
f() = 1

# === assign-in-if
x = 1
if x = 1:
    pass

# === assign-to-keyword
None = 1

# === assign-to-true
True = 1

# === assign-to-expression
a + b = 1

# === augmented-tuple
a, b += 1

# === del-literal
del 5

# === return-outside
return 1

# === yield-outside
yield 1

# === break-outside
break

# === continue-outside
if True:
    continue

# === unexpected-indent
x = 1
  y = 2

# === expected-indent
if True:
x = 1

# === expected-indent-def
def f():
return 1

# === expected-indent-for
for i in x:
print(i)

# === expected-indent-class
class A:
x = 1

# === expected-indent-while
while True:
pass

# === expected-indent-try
try:
pass
except ValueError:
    pass

# === expected-indent-else
if 1:
    pass
else:
pass

# === expected-indent-with
with x:
pass

# === unindent-mismatch
if True:
        x = 1
    y = 2

# === tabs-and-spaces
if True:
        x = 1
␉y = 2

# === global-after-use
def f():
    x = 1
    global x

# === nonlocal-missing
def f():
    nonlocal x
    x = 1

# === nonlocal-module
nonlocal x
