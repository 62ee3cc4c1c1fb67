# === dict-missing-value
x = {"a": }

# === dict-missing-colon
x = {"a": 1, "b"}

# === elif-else
if 1:
    pass
else if 2:
    pass

# === def-no-parens
def f:
    pass

# === class-keyword
class = 5

# === name-keyword
def for(): pass

# === await-outside
x = await y

# === line-continuation
x = 1 \ 2

# === eof-continuation
x = 1 \

# === future-late
x = 1
from __future__ import annotations

# === increment
x = 1
x++

# === ampersands
if 1 && 2: pass

# === exclamation
if !x: pass

# === null-conditional
x = 1 if 2

# === for-missing-in
for i range(3): pass

# === unclosed-dict-at-end
d = {"a": 1,
     "b": 2
print(d)

# === function-call-target
for f() in x: pass

# === import-nothing
import

# === from-nothing
from socket import

# === decorator-nothing
@x
y = 1
