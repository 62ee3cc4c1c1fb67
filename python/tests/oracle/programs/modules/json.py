# === dumps
import json
print(json.dumps({'a': 1, 'b': [True, None, 1.5, 'x'], 'c': {}}), json.dumps([]), json.dumps('é"\\\n\x01😀'), json.dumps('é', ensure_ascii=False), json.dumps({'b': 1, 'a': 2}, sort_keys=True), json.dumps([1, 2], separators=(',', ':')), json.dumps((1, 2)), json.dumps({1: 2, None: 3, True: 4, 1.5: 5}), json.dumps(float('inf')), json.dumps(1e100), json.dumps(10**30), json.dumps('/</'), json.dumps('\x7f\u2028'))
print(json.dumps({'a': [1, {'b': []}], 'c': {}}, indent=2))
print(json.dumps([1, [2, []], {}], indent='--'), json.dumps({'a': 1}, indent=0), json.dumps({'k': 'v'}, indent=4, sort_keys=True))

# === loads
import json
print(json.loads('{"a": [1, 2.5, -3e2, true, false, null, "x\\u00e9\\n\\/"]}'), json.loads(' [ ] '), json.loads('"\\ud83d\\ude00"'), json.loads('1'), json.loads('-0'), json.loads('1E5'), json.loads(b'{"k": "\xc3\xa9"}'), json.loads('{"a": 1, "a": 2}'), json.loads('NaN'), json.loads('-Infinity'), json.loads('123456789012345678901234567890'), type(json.loads('1.0')))

# === loads-errors
import json
for text in ('', '{', '{"a"}', '{"a":}', '{"a":1,}', '[1,]', '[1 2]', "{'a': 1}", 'nul', '01', '1.', '"abc', '"\n"', '"\\x"', '{"a": 1} x', '[', '-', '{1: 2}', '"\\u12"', 'undefined', '[1,\n2,\n x]', '{"a": 1', '+1', '\ufeff{}'):
    try:
        print(json.loads(text))
    except json.JSONDecodeError as e:
        print(repr(text), '|', e, '|', e.msg, e.pos, e.lineno, e.colno)
print(issubclass(json.JSONDecodeError, ValueError))
try:
    json.loads(5)
except TypeError as e:
    print(e)

# === dumps-errors
import json
class A: pass
loop = []
loop.append(loop)
for v in (b'x', {1, 2}, {(1,): 2}, loop, lambda: 0, 1 if False else range(3)):
    try:
        print(json.dumps(v))
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
try:
    json.dumps(A())
except TypeError as e:
    print(e)
print(json.dumps({'s': {1}, 'a': A()}, default=lambda o: sorted(o) if isinstance(o, set) else type(o).__name__))
print(json.dumps({(1,): 2, 'k': 1}, skipkeys=True))
try:
    json.dumps(float('nan'), allow_nan=False)
except ValueError as e:
    print(e)

# === roundtrip-and-files
import json, io
data = {'name': 'Zoë', 'list': [1, [2, [3]]], 'nested': {'t': True, 'n': None}, 'f': 0.1, 'empty': ''}
print(json.loads(json.dumps(data)) == data, json.loads(json.dumps(data, indent=1)) == data)
f = io.StringIO()
json.dump(data, f)
print(f.getvalue())
f.seek(0)
print(json.load(f) == data)
print(json.loads('{"x": {"y": 1}}', object_hook=lambda d: sorted(d)), json.loads('[1.5, 2]', parse_float=str))

# === ndjson-protocol
import json
wire = b''.join(json.dumps(m).encode() + b'\n' for m in ({'op': 'join', 'who': 'ann'}, {'op': 'say', 'text': 'hi\nthere'}))
print(wire)
for line in wire.splitlines():
    m = json.loads(line)
    print(m['op'], m.get('text', '-'))
