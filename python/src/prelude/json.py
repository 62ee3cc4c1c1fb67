"""JSON. Texts are read and values written by the machine's own `_json`; what has hooks goes on here. Absent: streaming."""
import _json


class JSONDecodeError(ValueError):
    def __init__(self, msg, doc, pos):
        lineno = doc.count('\n', 0, pos) + 1
        colno = pos - doc.rfind('\n', 0, pos)
        ValueError.__init__(self, f'{msg}: line {lineno} column {colno} (char {pos})')
        self.msg = msg
        self.doc = doc
        self.pos = pos
        self.lineno = lineno
        self.colno = colno




class _Hooks:
    def __init__(self, object_hook, parse_float, parse_int, parse_constant, object_pairs_hook):
        self.object_hook = object_hook
        self.parse_float = parse_float or float
        self.parse_int = parse_int or int
        self.parse_constant = parse_constant or float
        self.object_pairs_hook = object_pairs_hook

    def made(self, value):
        # As `_json` gives it raw: an object is a tuple of pairs, a number its literal's bytes.
        if isinstance(value, list):
            return [self.made(item) for item in value]
        if isinstance(value, tuple):
            pairs = [(key, self.made(item)) for key, item in value]
            if self.object_pairs_hook is not None:
                return self.object_pairs_hook(pairs)
            made = dict(pairs)
            return made if self.object_hook is None else self.object_hook(made)
        if isinstance(value, bytes):
            text = value.decode()
            if text in ('NaN', 'Infinity', '-Infinity'):
                return self.parse_constant(text)
            if '.' in text or 'e' in text or 'E' in text:
                return self.parse_float(text)
            return self.parse_int(text)
        return value


def loads(s, *, cls=None, object_hook=None, parse_float=None, parse_int=None, parse_constant=None, object_pairs_hook=None):
    if isinstance(s, (bytes, bytearray)):
        s = s.decode(_encoding(s))
    elif not isinstance(s, str):
        raise TypeError(f'the JSON object must be str, bytes or bytearray, not {type(s).__name__}')
    elif s.startswith('\ufeff'):
        raise JSONDecodeError('Unexpected UTF-8 BOM (decode using utf-8-sig)', s, 0)
    hooked = object_hook or parse_float or parse_int or parse_constant or object_pairs_hook
    result = _json.loads(s, bool(hooked))
    if len(result) == 2:
        raise JSONDecodeError(result[0], s, result[1])
    if hooked:
        return _Hooks(object_hook, parse_float, parse_int, parse_constant, object_pairs_hook).made(result[0])
    return result[0]


def _encoding(b):
    if b.startswith((b'\xff\xfe\0\0', b'\0\0\xfe\xff')):
        return 'utf-32'
    if b.startswith((b'\xff\xfe', b'\xfe\xff')):
        return 'utf-16'
    if b.startswith(b'\xef\xbb\xbf'):
        return 'utf-8-sig'
    return 'utf-8'


def load(fp, **options):
    return loads(fp.read(), **options)


class _Writer:
    def __init__(self, skip, ascii, circular, nan, indent, item, key, default, sort):
        self.skip = skip
        self.ascii = ascii
        self.nan = nan
        self.indent = ' ' * indent if isinstance(indent, int) else indent
        self.item = item
        self.key = key
        self.default = default
        self.sort = sort
        self.open = []

    def scalar(self, value):
        return _json.dumps(value, None, ', ', ': ', self.ascii, self.nan, False, False)

    def text(self, value, level):
        if value is None or isinstance(value, (str, int, float)):
            return self.scalar(value)
        for other in self.open:
            if other is value:
                raise ValueError('Circular reference detected')
        self.open.append(value)
        if isinstance(value, (list, tuple)):
            parts = [self.text(item, level + 1) for item in value]
            made = self.joined('[', parts, ']', level)
        elif isinstance(value, dict):
            items = sorted(value.items()) if self.sort else value.items()
            parts = []
            for key, item in items:
                if key is None or isinstance(key, (int, float)):
                    key = self.scalar(key)
                elif not isinstance(key, str):
                    if self.skip:
                        continue
                    raise TypeError(f'keys must be str, int, float, bool or None, not {type(key).__name__}')
                parts.append(self.scalar(key) + self.key + self.text(item, level + 1))
            made = self.joined('{', parts, '}', level)
        else:
            made = self.text(self.default(value), level)
        self.open.pop()
        return made

    def joined(self, begin, parts, end, level):
        if not parts:
            return begin + end
        if self.indent is None:
            return begin + self.item.join(parts) + end
        line = '\n' + self.indent * (level + 1)
        return begin + line + (self.item + line).join(parts) + '\n' + self.indent * level + end


class JSONEncoder:
    def __init__(self, *, skipkeys=False, ensure_ascii=True, check_circular=True, allow_nan=True, sort_keys=False,
                 indent=None, separators=None, default=None):
        self.skipkeys = skipkeys
        self.ensure_ascii = ensure_ascii
        self.check_circular = check_circular
        self.allow_nan = allow_nan
        self.sort_keys = sort_keys
        self.indent = indent
        if separators is not None:
            self.item_separator, self.key_separator = separators
        else:
            self.item_separator = ', ' if indent is None else ','
            self.key_separator = ': '
        if default is not None:
            self.default = default

    def default(self, o):
        raise TypeError(f'Object of type {o.__class__.__name__} is not JSON serializable')

    def encode(self, o):
        made = _json.dumps(o, self.indent, self.item_separator, self.key_separator, self.ensure_ascii, self.allow_nan,
                           self.sort_keys, self.skipkeys)
        if made is not None:
            return made
        return _Writer(self.skipkeys, self.ensure_ascii, self.check_circular, self.allow_nan, self.indent,
                       self.item_separator, self.key_separator, self.default, self.sort_keys).text(o, 0)

    def iterencode(self, o):
        yield self.encode(o)


def dumps(obj, *, skipkeys=False, ensure_ascii=True, check_circular=True, allow_nan=True, cls=None, indent=None,
          separators=None, default=None, sort_keys=False, **options):
    if cls is None:
        cls = JSONEncoder
    return cls(skipkeys=skipkeys, ensure_ascii=ensure_ascii, check_circular=check_circular, allow_nan=allow_nan,
               indent=indent, separators=separators, default=default, sort_keys=sort_keys, **options).encode(obj)


def dump(obj, fp, **options):
    fp.write(dumps(obj, **options))


class JSONDecoder:
    def __init__(self, **options):
        self._options = options

    def decode(self, s):
        return loads(s, **self._options)
