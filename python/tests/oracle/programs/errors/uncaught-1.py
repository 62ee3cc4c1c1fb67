# === zero-division
print("start")
x = 1 / 0
print("never")

# === index-error
a = [1, 2, 3]
for i in range(4):
    print(a[i])

# === key-error
ports = {"http": 80}
print(ports["http"])
print(ports["ftp"])

# === key-error-int
{}[404]

# === key-error-tuple-with-quote
{}[("it's", 1)]

# === name-error
print(undefined_name)

# === name-error-suggestion
message = "hi"
print(mesage)

# === name-error-builtin-suggestion
prin("x")

# === name-error-in-function
def f():
    return lenght
length = 3
f()

# === attribute-suggestion
class Client:
    def connect(self): pass
Client().conect()

# === attribute-suggestion-str
"abc".uper()

# === attribute-suggestion-list
[].apend(1)

# === attribute-none
result = print("x")
result.upper()

# === attribute-module
import math
math.sqroot(4)

# === attribute-module-socket
import socket
socket.Socket()

# === type-error-concat
print("port: " + 8898)

# === type-error-int-plus-str
print(8898 + " is the port")

# === type-error-call
def send(data, flags=0): pass
send()

# === type-error-too-many
def send(data): pass
send(1, 2)

# === type-error-method
class A:
    def f(self): pass
A().f(1)

# === type-error-keyword
def f(a): pass
f(b=1)

# === type-error-len
len(5)

# === type-error-not-subscriptable
x = 5
x[0]

# === type-error-none-subscript
None[0]

# === type-error-function-subscript
def f(): pass
f[0]

# === type-error-item-assignment
"abc"[0] = "x"

# === type-error-int-item-assignment
x = 5
x[0] = 1

# === type-error-item-deletion
x = 5
del x[0]

# === type-error-not-iterable
for x in 5:
    pass

# === type-error-unary
-"a"

# === type-error-compare
1 < "2"

# === type-error-not-callable
x = 3
x()

# === type-error-missing-init
class A:
    def __init__(self, host, port): pass
A("h")

# === type-error-bytes-like
import binascii
print(binascii.hexlify("abc"))

# === type-error-unhashable
{[]: 1}

# === type-error-exception-not-class
raise "oops"

# === type-error-range-float
for i in range(2.5): pass

# === type-error-join
",".join([1, 2])

# === type-error-unpack
a, b = 5

# === type-error-list-index
[1]["a"]
