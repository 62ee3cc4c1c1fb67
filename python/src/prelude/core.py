# What the machine goes on in where a method of the program's is to be called. Every name begins with an underscore.
import _host


def _list(iterable):
    return [x for x in iterable]


def _take(iterable, most):
    items = []
    for x in iterable:
        items.append(x)
        if most is not None and len(items) >= most:
            break
    return items


class _Sequence:
    def __init__(self, of):
        self.of = of
        self.place = 0

    def __iter__(self):
        return self

    def __next__(self):
        try:
            item = self.of[self.place]
        except IndexError:
            self.of = ()
            raise StopIteration
        self.place += 1
        return item


def _iterator(of):
    own = _host.own_method(of, '__iter__')
    if own is not None:
        return own(of)
    kind = type(of)
    if hasattr(kind, '__iter__') and kind.__iter__ is not None:
        return kind.__iter__(of)
    if hasattr(kind, '__getitem__'):
        return _Sequence(of)
    raise TypeError(f"'{kind.__name__}' object is not iterable")


def _inner_next(iterator):
    kind, parts = _host.inner(iterator)
    if kind == 'enumerate':
        item = next(parts[0])
        return (_host.count(iterator), item)
    return tuple([next(part) for part in parts])


def _send(iterator, value):
    return iterator.send(value)


def _repr(of):
    kind = _host.made_of(of)
    own = _host.own_method(of, '__repr__')
    if own is not None:
        text = own(of)
        if not isinstance(text, str):
            raise TypeError(f'__repr__ returned non-string (type {type(text).__name__})')
        return text
    if not _host.enter(of):
        return {list: '[...]', dict: '{...}', tuple: '(...)'}.get(kind, '...')
    try:
        if kind is list:
            return '[' + ', '.join([_repr(x) for x in _host.items(of)]) + ']'
        if kind is tuple:
            items = [_repr(x) for x in _host.items(of)]
            return '(' + items[0] + ',)' if len(items) == 1 else '(' + ', '.join(items) + ')'
        if kind is dict:
            return '{' + ', '.join([_repr(k) + ': ' + _repr(v) for k, v in _host.pairs(of)]) + '}'
        if kind is set:
            return '{' + ', '.join([_repr(x) for x in _host.items(of)]) + '}'
        if kind is frozenset:
            return 'frozenset({' + ', '.join([_repr(x) for x in _host.items(of)]) + '})'
        if issubclass(kind, BaseException):
            return type(of).__name__ + '(' + ', '.join([_repr(x) for x in of.args]) + ')'
        if kind.__name__ in ('dict_keys', 'dict_values', 'dict_items'):
            return kind.__name__ + '([' + ', '.join([_repr(x) for x in _host.items(of)]) + '])'
        if kind.__name__ == 'method':
            return '<bound method ' + of.__func__.__qualname__ + ' of ' + _repr(of.__self__) + '>'
        return _host.plain(of)
    finally:
        _host.leave(of)


def _str(of):
    own = _host.own_method(of, '__str__')
    if own is not None:
        text = own(of)
        if not isinstance(text, str):
            raise TypeError(f'__str__ returned non-string (type {type(text).__name__})')
        return text
    if isinstance(of, str):
        return of if type(of) is str else _host.text(of)
    if _host.own_method(of, '__repr__') is None and isinstance(of, BaseException):
        if len(of.args) == 1:
            return _repr(of.args[0]) if isinstance(of, KeyError) else _str(of.args[0])
        return _repr(of.args)
    return _repr(of)


def _ascii(of):
    return _host.escape(_repr(of))


def _format(of, conversion, spec):
    if conversion == 0:
        own = _host.own_method(of, '__format__')
        if own is not None:
            text = own(of, spec)
            if not isinstance(text, str):
                raise TypeError(f'__format__ must return a str, not {type(text).__name__}')
            return text
        if spec:
            raise TypeError(f'unsupported format string passed to {type(of).__name__}.__format__')
        return _str(of)
    text = _str(of) if conversion == 1 else _repr(of) if conversion == 2 else _ascii(of)
    # `format` is the twin of the builtin here.
    return '{:{}}'.format(text, spec)


def _index(of):
    number = type(of).__index__(of)
    if not isinstance(number, int):
        raise TypeError(f'__index__ returned non-int (type {type(number).__name__})')
    return number


def _float(of):
    own = _host.own_method(of, '__float__')
    if own is None:
        return _index(of)
    number = own(of)
    if not isinstance(number, float):
        raise TypeError(f'{type(of).__name__}.__float__ returned non-float (type {type(number).__name__})')
    return number


def _truth(of):
    if of:
        return True
    return False


def _untruth(of):
    if of:
        return False
    return True


def _length(of):
    own = _host.own_method(of, '__len__')
    number = _index_or_int(type(of).__len__(of) if own is None else own(of))
    if number < 0:
        raise ValueError('__len__() should return >= 0')
    return number


def _index_or_int(of):
    if isinstance(of, int):
        return of
    if not hasattr(type(of), '__index__'):
        raise TypeError(f"'{type(of).__name__}' object cannot be interpreted as an integer")
    return _index(of)


def _contains(of, item):
    kind = _host.made_of(of)
    if kind is dict:
        return _find(of, item) >= 0
    if kind is set or kind is frozenset:
        return _set_find(of, item) >= 0
    for x in of:
        if x is item or x == item:
            return True
    return False


def _attribute_or(callee, args, default):
    try:
        return callee(*args)
    except AttributeError:
        return default


_missing = object()


def _has(of, name, missing):
    return getattr(of, name, missing) is not missing


def _raise_from(what, cause):
    if isinstance(what, type):
        what = what()
    if isinstance(cause, type):
        cause = cause()
    raise what from cause


def _finish_class(made, keywords):
    for name, value in list(made.__dict__.items()):
        own = _host.own_method(value, '__set_name__')
        if own is not None:
            own(value, made, name)
    for base in made.__mro__[1:]:
        if '__init_subclass__' in _host.namespace(base):
            method = _host.namespace(base)['__init_subclass__']
            method = getattr(method, '__func__', method)
            method(made, **keywords)
            break
    return made


def _match_attributes(subject, names):
    values = []
    for name in names:
        try:
            values.append(getattr(subject, name))
        except AttributeError:
            return None
    return tuple(values)


# Tables whose keys have methods of their own.


def _find(table, key):
    for place, other in _host.dict_candidates(table, hash(key)):
        if other is key or other == key:
            return place
    return -1


def _set_find(table, item):
    for place, other in _host.set_candidates(table, hash(item)):
        if other is item or other == item:
            return place
    return -1


def _set_add(table, item):
    if _set_find(table, item) < 0:
        _host.set_add(table, hash(item), item)


def _set_of(items):
    made = set()
    for item in items:
        _set_add(made, item)
    return made


def _dict_of(items):
    made = {}
    for place in range(0, len(items), 2):
        _store_subscript(made, items[place], items[place + 1])
    return made


def _dict_from_keys(of):
    return {key: of[key] for key in of.keys()}


def _subscript(of, key):
    if _host.made_of(of) is dict:
        place = _find(of, key)
        if place >= 0:
            return _host.dict_value(of, place)
        own = _host.own_method(of, '__missing__')
        if own is not None:
            return own(of, key)
        raise KeyError(key)
    return of[_index(key)] if not isinstance(key, slice) else of[_slice(key)]


def _slice(key):
    return slice(*[x if x is None or isinstance(x, int) else _index(x) for x in (key.start, key.stop, key.step)])


def _store_subscript(of, key, value):
    if _host.made_of(of) is dict:
        place = _find(of, key)
        if place >= 0:
            _host.dict_replace(of, place, value)
        else:
            _host.dict_add(of, hash(key), key, value)
    elif isinstance(key, slice):
        of[_slice(key)] = list(value)
    else:
        of[_index(key)] = value


def _delete_subscript(of, key):
    if _host.made_of(of) is dict:
        place = _find(of, key)
        if place < 0:
            raise KeyError(key)
        _host.dict_remove(of, place)
    else:
        del of[_index(key)]


def _compare_eq(a, b):
    kind = _host.made_of(a)
    if kind is list or kind is tuple:
        x, y = _host.items(a), _host.items(b)
        if len(x) != len(y):
            return False
        for place in range(len(x)):
            if x[place] is not y[place] and not x[place] == y[place]:
                return False
        return True
    if kind is dict:
        if len(a) != len(b):
            return False
        for key, value in _host.pairs(a):
            place = _find(b, key)
            if place < 0:
                return False
            other = _host.dict_value(b, place)
            if other is not value and not other == value:
                return False
        return True
    if len(a) != len(b):
        return False
    for item in _host.items(a):
        if _set_find(b, item) < 0:
            return False
    return True


def _compare_ne(a, b):
    return not _compare_eq(a, b)


def _order(a, b, equal):
    x, y = _host.items(a), _host.items(b)
    for place in range(min(len(x), len(y))):
        p, q = x[place], y[place]
        if p is not q and not p == q:
            return p, q
    return len(x), len(y)


def _is_set(of):
    kind = _host.made_of(of)
    return kind is set or kind is frozenset


def _subset(a, b):
    for item in _host.items(a):
        if _set_find(b, item) < 0:
            return False
    return True


def _compare_lt(a, b):
    if _is_set(a):
        return len(a) < len(b) and _subset(a, b)
    p, q = _order(a, b, False)
    return p < q


def _compare_le(a, b):
    if _is_set(a):
        return _subset(a, b)
    p, q = _order(a, b, True)
    return p <= q


def _compare_gt(a, b):
    if _is_set(a):
        return len(a) > len(b) and _subset(b, a)
    p, q = _order(a, b, False)
    return p > q


def _compare_ge(a, b):
    if _is_set(a):
        return _subset(b, a)
    p, q = _order(a, b, True)
    return p >= q


def _binary_mod(a, b):
    # Values with texts of their own get them first; the format says which text each wants.
    if type(b) is dict:
        return a % {key: _text_of(value) for key, value in b.items()}
    values = list(b) if type(b) is tuple else [b]
    codes = _host.percent_codes(a)
    a = _host.percent_plain(a)
    made = []
    for place, value in enumerate(values):
        code = codes[place] if place < len(codes) else 's'
        made.append(_repr(value) if code == 'r' else _str(value) if code == 's' else value)
    return a % tuple(made)


def _text_of(value):
    return value if isinstance(value, (int, float, str, bytes)) else _str(value)


def _binary_add(a, b):
    return a + _list(b)


def hash(of):
    own = _host.own_method(of, '__hash__')
    if own is not None:
        return int(own(of))
    if type(of) is tuple:
        number = 0x345678
        for x in of:
            number = (number ^ hash(x)) * 1000003 % 0x1fffffffffffffff
        return number
    return _host.hash(of)


def len(of):
    return _length(of)


def repr(of):
    return _repr(of)


def ascii(of):
    return _ascii(of)


def format(of, spec=''):
    return _format(of, 0, spec)


def bool(of=False):
    return _truth(of)
