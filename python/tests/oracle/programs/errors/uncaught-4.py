# === unicode-message
raise ValueError("錯誤 – é 😀")

# === exception-class-with-colon
raise KeyError("")

# === lookup-in-nested-call
def a(x): return b(x)
def b(x): return x["k"]["j"]
a({"k": {}})

# === exit-0
import sys
print("bye")
sys.exit(0)
print("never")

# === exit-3
import sys
sys.exit(3)

# === exit-none
import sys
sys.exit(None)

# === exit-text
import sys
print("out")
sys.exit("error: bad port")

# === exit-true
import sys
sys.exit(True)

# === exit-object
import sys
sys.exit([1, 2])

# === exit-256
import sys
sys.exit(256)

# === exit-minus-1
import sys
sys.exit(-1)

# === exit-in-function-with-finally
import sys
def f():
    try:
        sys.exit(4)
    finally:
        print("finally")
f()

# === exit-quit-builtin
quit()

# === raise-system-exit
raise SystemExit("text")

# === exit-swallowed-not-by-exception
import sys
try:
    sys.exit(7)
except Exception:
    print("no")

# === error-in-thread
import threading
t = threading.Thread(target=lambda: 1 / 0)
t.start()
t.join()
print("main goes on")

# === exit-in-thread
import sys, threading
t = threading.Thread(target=lambda: sys.exit(5))
t.start()
t.join()
print("main goes on")

# === error-in-del-item
d = {}
del d["x"]

# === error-in-comprehension
print([10 // n for n in (5, 2, 0)])

# === error-in-default
def f(x=1 / 0): pass

# === error-in-class-body
class A:
    x = y_undefined

# === error-in-decorator
@missing_decorator
def f(): pass

# === error-in-fstring
x = {}
print(f"{x['k']}")

# === stderr-then-fail
import sys
print("to stderr", file=sys.stderr)
print("to stdout")
sys.exit(2)

# === error-cause-none
try:
    int("x")
except ValueError:
    raise LookupError("gone") from None

# === os-error-from-connect
import socket
s = socket.socket(socket.AF_UNIX)
s.connect("nowhere.sock")

# === closed-socket
import socket
s = socket.socket()
s.close()
s.send(b"x")
