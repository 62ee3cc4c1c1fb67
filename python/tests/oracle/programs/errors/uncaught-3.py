# === exception-nested-class
class Outer:
    class Inner(Exception): pass
raise Outer.Inner("deep")

# === exception-in-function-class
def f():
    class Local(Exception): pass
    raise Local("x")
f()

# === keyboard-interrupt
print("a")
raise KeyboardInterrupt

# === keyboard-interrupt-message
raise KeyboardInterrupt("stop")

# === module-not-found
import no_such_module_here

# === import-name
try:
    from math import no_such_name
except ImportError as e:
    raise ImportError(str(e).partition(' (')[0]) from None

# === import-name-socket
try:
    from socket import Socket
except ImportError as e:
    raise ImportError(str(e).partition(' (')[0]) from None

# === import-submodule
import math.inner

# === file-not-found
open("missing.txt")

# === file-is-a-directory
open(".")

# === file-bad-mode
open("x", "q")

# === file-closed
f = open("a.txt", "w")
f.close()
f.write("x")

# === file-not-readable
f = open("a.txt", "w")
f.read()

# === file-write-bytes-to-text
f = open("a.txt", "w")
f.write(b"x")

# === unsupported-operation-write
open("a.txt", "w").close()
open("a.txt").write("x")

# === oserror-own
raise OSError(98, "Address already in use")

# === oserror-filename
raise FileNotFoundError(2, "No such file or directory", "x.txt")

# === connection-refused-own
raise ConnectionRefusedError(111, "Connection refused")

# === timeout-own
raise TimeoutError("timed out")

# === overflow-float
2.0 ** 5000

# === overflow-int-to-float
float(10 ** 400)

# === overflow-inf-to-int
int(float("inf"))

# === memory-shift-negative
1 << -1

# === eof-input
input()

# === generator-raised-stop
def g():
    raise StopIteration
    yield
list(g())

# === dict-changed
d = {1: 1}
for k in d:
    d[k + 1] = 1

# === print-then-error-no-newline
print("partial", end="")
1 / 0

# === property-no-setter
class A:
    @property
    def x(self): return 1
A().x = 2

# === abstract-instance
from abc import ABC, abstractmethod
class A(ABC):
    @abstractmethod
    def run(self): pass
A()

# === super-attribute
class A:
    def f(self): super().g()
A().f()

# === format-code
f"{'a':d}"

# === percent-not-enough
"%s %s" % 1

# === struct-error
import struct
struct.unpack("!H", b"a")

# === json-error
import json
json.loads("{bad}")

# === queue-empty
import queue
queue.Queue().get_nowait()

# === socket-error-type
import socket
s = socket.socket()
s.connect("127.0.0.1")

# === socket-gaierror
import socket
raise socket.gaierror(-2, "Name or service not known")

# === socket-timeout-name
import socket
raise socket.timeout("timed out")

# === bytes-send-str
import socket
a, b = socket.socketpair()
a.send("hello")

# === custom-with-str
class E(Exception):
    def __str__(self): return f"<{self.args[0]}>"
raise E("boxed")
