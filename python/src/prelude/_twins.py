"""Where builtin functions and methods go on that meet methods of the program's: each has the name of its native twin."""
import _string
from _sorting import sort_order as _native_order

_missing = _string


def sort_order(keys, reverse, /):
    # A stable merge sort that asks for `<` only. Indexes are sorted, so that keys are compared once made.
    order = list(range(len(keys)))
    if reverse:
        order.reverse()
    n = len(order)
    width = 1
    while width < n:
        merged = []
        for low in range(0, n, 2 * width):
            middle = low + width if low + width < n else n
            high = low + 2 * width if low + 2 * width < n else n
            i = low
            j = middle
            while i < middle and j < high:
                if keys[order[j]] < keys[order[i]]:
                    merged.append(order[j])
                    j += 1
                else:
                    merged.append(order[i])
                    i += 1
            merged.extend(order[i:middle])
            merged.extend(order[j:high])
        order = merged
        width *= 2
    if reverse:
        order.reverse()
    return order


def sorted(iterable, /, *, key=None, reverse=False):
    items = list(iterable)
    keys = items if key is None else [key(item) for item in items]
    return [items[i] for i in _native_order(keys, reverse)]


def list_sort(self, *, key=None, reverse=False):
    self[:] = sorted(self, key=key, reverse=reverse)


def list_index(self, value, start=0, stop=None, /):
    for i in range(*slice(start, stop).indices(len(self))):
        if self[i] is value or self[i] == value:
            return i
    raise ValueError(f'{value!r} is not in list')


def tuple_index(self, value, start=0, stop=None, /):
    for i in range(*slice(start, stop).indices(len(self))):
        if self[i] is value or self[i] == value:
            return i
    raise ValueError('tuple.index(x): x not in tuple')


def list_count(self, value, /):
    n = 0
    for item in self:
        if item is value or item == value:
            n += 1
    return n


tuple_count = list_count


def list_remove(self, value, /):
    for i in range(len(self)):
        if self[i] is value or self[i] == value:
            del self[i]
            return
    raise ValueError('list.remove(x): x not in list')


def min(*args, key=None, default=_missing):
    return _extreme('min', args, key, default, False)


def max(*args, key=None, default=_missing):
    return _extreme('max', args, key, default, True)


def _extreme(name, args, key, default, greatest):
    if len(args) == 0:
        raise TypeError(f'{name} expected at least 1 argument, got 0')
    if len(args) > 1 and default is not _missing:
        raise TypeError(f'Cannot specify a default for {name}() with multiple positional arguments')
    best = best_key = _missing
    for item in args[0] if len(args) == 1 else args:
        item_key = item if key is None else key(item)
        if best is _missing or (item_key > best_key if greatest else item_key < best_key):
            best = item
            best_key = item_key
    if best is not _missing:
        return best
    if default is not _missing:
        return default
    raise ValueError(f'{name}() arg is an empty sequence')


def sum(iterable, /, start=0):
    total = start
    for item in iterable:
        total = total + item
    return total


def any(iterable, /):
    for item in iterable:
        if item:
            return True
    return False


def all(iterable, /):
    for item in iterable:
        if not item:
            return False
    return True


def reversed(sequence, /):
    if not hasattr(sequence, '__len__'):
        raise TypeError(f"'{type(sequence).__name__}' object is not reversible")
    return _reversed(sequence)


def _reversed(sequence):
    for i in range(len(sequence) - 1, -1, -1):
        yield sequence[i]


def print(*values, sep=None, end=None, file=None, flush=False):
    sep = ' ' if sep is None else sep
    end = '\n' if end is None else end
    file.write(sep.join([str(value) for value in values]) + end)
    if flush:
        file.flush()


def abs(x, /):
    return type(x).__abs__(x)


def divmod(x, y, /):
    if hasattr(type(x), '__divmod__'):
        result = type(x).__divmod__(x, y)
        if result is not NotImplemented:
            return result
    if hasattr(type(y), '__rdivmod__'):
        result = type(y).__rdivmod__(y, x)
        if result is not NotImplemented:
            return result
    raise TypeError(f"unsupported operand type(s) for divmod(): '{type(x).__name__}' and '{type(y).__name__}'")


def pow(base, exp, mod=None):
    return base ** exp if mod is None else type(base).__pow__(base, exp, mod)


def round(number, ndigits=None):
    if ndigits is None:
        return type(number).__round__(number)
    return type(number).__round__(number, ndigits)


_format = format


def format(value, format_spec='', /):
    if hasattr(type(value), '__format__'):
        text = type(value).__format__(value, format_spec)
        if not isinstance(text, str):
            raise TypeError(f'__format__ must return a str, not {type(text).__name__}')
        return text
    if format_spec:
        raise TypeError(f'unsupported format string passed to {type(value).__name__}.__format__')
    return str(value)


def str_format(self, /, *args, **kwargs):
    return _filled(self, args, kwargs, [0], 2)


def str_format_map(self, mapping, /):
    return _filled(self, (), mapping, [0], 2)


def _filled(format_text, args, kwargs, numbering, depth):
    if depth == 0:
        raise ValueError('Max string recursion exceeded')
    out = []
    for part in _string.parts(format_text):
        if isinstance(part, str):
            out.append(part)
            continue
        first, path, conversion, spec = part
        if isinstance(first, str):
            value = kwargs[first]
        else:
            # The list holds the next number, or "manual" once one was told.
            if first is None:
                if numbering[0] == 'manual':
                    raise ValueError('cannot switch from manual field specification to automatic field numbering')
                first = numbering[0]
                numbering[0] += 1
            elif numbering[0] != 'manual':
                if numbering[0] > 0:
                    raise ValueError('cannot switch from automatic field numbering to manual field specification')
                numbering[0] = 'manual'
            if first >= len(args):
                raise IndexError(f'Replacement index {first} out of range for positional args tuple')
            value = args[first]
        for kind, name in path:
            value = getattr(value, name) if kind == '.' else value[name]
        if conversion == 'r':
            value = repr(value)
        elif conversion == 's':
            value = str(value)
        elif conversion == 'a':
            value = ascii(value)
        if '{' in spec:
            spec = _filled(spec, args, kwargs, numbering, depth - 1)
        out.append(_format(value, spec))
    return ''.join(out)


def _binary_mod(left, right):
    # `'…' % values`, where a value has its own `__str__`, `__index__` or `__float__`.
    values = right if isinstance(right, tuple) else (right,)
    place = 0
    out = []
    for part in _string.conversions(left):
        if isinstance(part, str):
            out.append(part)
            continue
        spec, key, letter, stars = part
        told = []
        for i in range(stars):
            if place >= len(values):
                raise TypeError('not enough arguments for format string')
            told.append(values[place])
            place += 1
        if key is not None:
            value = right[key]
        elif place >= len(values):
            raise TypeError('not enough arguments for format string')
        else:
            value = values[place]
            place += 1
        if letter == 's':
            value = str(value)
        elif letter == 'r' or letter == 'a':
            value = repr(value) if letter == 'r' else ascii(value)
            spec = spec[:-1] + 's'
        elif letter in 'diuoxXc':
            if hasattr(value, '__index__'):
                value = value.__index__()
            elif letter in 'diu' and hasattr(value, '__int__'):
                value = value.__int__()
        elif letter in 'eEfFgG' and not isinstance(value, (int, float)) and hasattr(value, '__float__'):
            value = value.__float__()
        told.append(value)
        out.append(spec % tuple(told))
    if place < len(values) and not hasattr(right, 'keys'):
        raise TypeError('not all arguments converted during string formatting')
    return ''.join(out)


def str_translate(self, table, /):
    out = []
    for c in self:
        try:
            to = table[ord(c)]
        except LookupError:
            out.append(c)
            continue
        if isinstance(to, int):
            out.append(chr(to))
        elif isinstance(to, str):
            out.append(to)
        elif to is not None:
            raise TypeError('character mapping must return integer, None or str')
    return ''.join(out)


def dict_fromkeys(cls, iterable, value=None, /):
    made = cls()
    for key in iterable:
        made[key] = value
    return made


def dict_update(self, other=(), /, **more):
    if hasattr(other, 'keys'):
        for key in other.keys():
            self[key] = other[key]
    else:
        number = 0
        for item in other:
            pair = tuple(item)
            if len(pair) != 2:
                raise ValueError(f'dictionary update sequence element #{number} has length {len(pair)}; 2 is required')
            self[pair[0]] = pair[1]
            number += 1
    for key in more:
        self[key] = more[key]


__all__ = ['sort_order', 'sorted', 'list_sort', 'list_index', 'tuple_index', 'list_count', 'tuple_count', 'list_remove', 'min', 'max',
           'sum', 'any', 'all', 'reversed', 'print', 'abs', 'divmod', 'pow', 'round', 'format', 'str_format', 'str_format_map',
           '_binary_mod', 'str_translate', 'dict_fromkeys', 'dict_update']
