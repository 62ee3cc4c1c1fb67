"""`collections`: containers beyond the built-in ones. Absent: `UserDict`, `UserList`, `UserString`."""

import operator

__all__ = ["ChainMap", "Counter", "OrderedDict", "defaultdict", "deque", "namedtuple"]

_missing = object()


class deque:
    """The items lie in a list with room before the first, so that both ends are near."""

    __hash__ = None

    def __init__(self, iterable=(), maxlen=None):
        if maxlen is not None:
            if not isinstance(maxlen, int):
                raise TypeError("an integer is required")
            if maxlen < 0:
                raise ValueError("maxlen must be non-negative")
        self._maxlen = maxlen
        self._items = []
        self._first = 0
        self.extend(iterable)

    @property
    def maxlen(self):
        return self._maxlen

    def _all(self):
        return self._items[self._first:]

    def _hold(self, items):
        self._items = items
        self._first = 0

    def append(self, item, /):
        self._items.append(item)
        if self._maxlen is not None and len(self) > self._maxlen:
            self.popleft()

    def appendleft(self, item, /):
        if self._first == 0:
            room = len(self._items) + 8
            self._items[:0] = [None] * room
            self._first = room
        self._first -= 1
        self._items[self._first] = item
        if self._maxlen is not None and len(self) > self._maxlen:
            self._items.pop()

    def pop(self):
        if len(self._items) == self._first:
            raise IndexError("pop from an empty deque")
        return self._items.pop()

    def popleft(self):
        first = self._first
        if len(self._items) == first:
            raise IndexError("pop from an empty deque")
        item = self._items[first]
        self._items[first] = None
        first += 1
        if first > 32 and first * 2 > len(self._items):
            del self._items[:first]
            first = 0
        self._first = first
        return item

    def extend(self, iterable, /):
        for item in list(iterable):
            self.append(item)

    def extendleft(self, iterable, /):
        for item in list(iterable):
            self.appendleft(item)

    def clear(self):
        self._hold([])

    def copy(self):
        return type(self)(self._all(), self._maxlen)

    def __copy__(self):
        return self.copy()

    def count(self, value, /):
        return self._all().count(value)

    def index(self, value, start=0, stop=None, /):
        items = self._all()
        try:
            return items.index(value, start, len(items) if stop is None else stop)
        except ValueError:
            raise ValueError(f"{value!r} is not in deque") from None

    def insert(self, index, value, /):
        if self._maxlen is not None and len(self) >= self._maxlen:
            raise IndexError("deque already at its maximum size")
        items = self._all()
        items.insert(index, value)
        self._hold(items)

    def remove(self, value, /):
        items = self._all()
        try:
            items.remove(value)
        except ValueError:
            raise ValueError(f"{value!r} is not in deque") from None
        self._hold(items)

    def reverse(self):
        items = self._all()
        items.reverse()
        self._hold(items)

    def rotate(self, n=1, /):
        items = self._all()
        if items:
            n = n % len(items)
            self._hold(items[len(items) - n:] + items[:len(items) - n])

    def _place(self, index):
        if not isinstance(index, int):
            raise TypeError(f"sequence index must be integer, not '{type(index).__name__}'")
        length = len(self._items) - self._first
        if index < 0:
            index += length
        if index < 0 or index >= length:
            raise IndexError("deque index out of range")
        return self._first + index

    def __len__(self):
        return len(self._items) - self._first

    def __bool__(self):
        return len(self._items) > self._first

    def __getitem__(self, index):
        return self._items[self._place(index)]

    def __setitem__(self, index, value):
        self._items[self._place(index)] = value

    def __delitem__(self, index):
        items = self._all()
        del items[self._place(index) - self._first]
        self._hold(items)

    def __iter__(self):
        length = len(self)
        place = 0
        while place < len(self):
            yield self._items[self._first + place]
            if len(self) != length:
                raise RuntimeError("deque mutated during iteration")
            place += 1

    def __reversed__(self):
        return iter(self._all()[::-1])

    def __contains__(self, item):
        return item in self._all()

    def __add__(self, other):
        if not isinstance(other, deque):
            raise TypeError(f'can only concatenate deque (not "{type(other).__name__}") to deque')
        return type(self)(self._all() + other._all(), self._maxlen)

    def __iadd__(self, other):
        self.extend(other)
        return self

    def __mul__(self, times):
        return type(self)(self._all() * times, self._maxlen)

    __rmul__ = __mul__

    def __eq__(self, other):
        return self._all() == other._all() if isinstance(other, deque) else NotImplemented

    def __lt__(self, other):
        return self._all() < other._all() if isinstance(other, deque) else NotImplemented

    def __le__(self, other):
        return self._all() <= other._all() if isinstance(other, deque) else NotImplemented

    def __gt__(self, other):
        return self._all() > other._all() if isinstance(other, deque) else NotImplemented

    def __ge__(self, other):
        return self._all() >= other._all() if isinstance(other, deque) else NotImplemented

    def __repr__(self):
        items = repr(["[...]" if item is self else item for item in self._all()])
        if self._maxlen is None:
            return f"{type(self).__name__}({items})"
        return f"{type(self).__name__}({items}, maxlen={self._maxlen})"


_KEYWORDS = ("False None True and as assert async await break class continue def del elif else except finally for from global if "
             "import in is lambda nonlocal not or pass raise return try while with yield").split()


def _item(place):
    return property(lambda self: self[place], _refuse_to_set, doc=f"Alias for field number {place}")


def _refuse_to_set(self, value):
    raise AttributeError("can't set attribute")


def _checked_names(typename, names, rename):
    if isinstance(names, str):
        names = names.replace(",", " ").split()
    names = [str(name) for name in names]
    seen = set()
    if rename:
        for place, name in enumerate(names):
            if not name.isidentifier() or name in _KEYWORDS or name.startswith("_") or name in seen:
                names[place] = f"_{place}"
            seen.add(name)
    for name in [typename] + names:
        if not name.isidentifier():
            raise ValueError(f"Type names and field names must be valid identifiers: {name!r}")
        if name in _KEYWORDS:
            raise ValueError(f"Type names and field names cannot be a keyword: {name!r}")
    seen = set()
    for name in names:
        if name.startswith("_") and not rename:
            raise ValueError(f"Field names cannot start with an underscore: {name!r}")
        if name in seen:
            raise ValueError(f"Encountered duplicate field name: {name!r}")
        seen.add(name)
    return tuple(names)


def _listed(names):
    names = [repr(name) for name in names]
    if len(names) == 1:
        return names[0]
    if len(names) == 2:
        return names[0] + " and " + names[1]
    return ", ".join(names[:-1]) + ", and " + names[-1]


def namedtuple(typename, field_names, *, rename=False, defaults=None, module=None):
    names = _checked_names(typename, field_names, rename)
    defaults = () if defaults is None else tuple(defaults)
    if len(defaults) > len(names):
        raise TypeError("Got more default values than field names")
    count = len(names)
    default_of = dict(zip(names[count - len(defaults):], defaults))

    def __new__(cls, /, *args, **kwargs):
        if not kwargs and len(args) == count:
            return tuple.__new__(cls, args)
        values = dict(zip(names, args))
        if len(args) > count:
            least = count + 1 - len(default_of)
            takes = f"from {least} to {count + 1}" if default_of else f"{count + 1}"
            plural = "" if takes == "1" else "s"
            raise TypeError(f"{typename}.__new__() takes {takes} positional argument{plural} but {len(args) + 1} were given")
        for name, value in kwargs.items():
            if name not in names:
                raise TypeError(f"{typename}.__new__() got an unexpected keyword argument {name!r}")
            if name in values:
                raise TypeError(f"{typename}.__new__() got multiple values for argument {name!r}")
            values[name] = value
        absent = [name for name in names if name not in values and name not in default_of]
        if absent:
            plural = "" if len(absent) == 1 else "s"
            raise TypeError(f"{typename}.__new__() missing {len(absent)} required positional argument{plural}: {_listed(absent)}")
        return tuple.__new__(cls, [values[name] if name in values else default_of[name] for name in names])

    def _make(cls, iterable):
        made = tuple.__new__(cls, iterable)
        if len(made) != count:
            raise TypeError(f"Expected {count} arguments, got {len(made)}")
        return made

    def _replace(self, /, **kwargs):
        made = self._make([kwargs.pop(name, value) for name, value in zip(names, self)])
        if kwargs:
            raise ValueError(f"Got unexpected field names: {list(kwargs)!r}")
        return made

    def _asdict(self):
        return dict(zip(names, self))

    def __repr__(self):
        return type(self).__name__ + "(" + ", ".join([f"{name}={value!r}" for name, value in zip(names, self)]) + ")"

    def __getnewargs__(self):
        return tuple(self)

    namespace = {
        "__doc__": f"{typename}({', '.join(names)})",
        "__slots__": (),
        "_fields": names,
        "_field_defaults": default_of,
        "__new__": __new__,
        "_make": classmethod(_make),
        "_replace": _replace,
        "__repr__": __repr__,
        "_asdict": _asdict,
        "__getnewargs__": __getnewargs__,
        "__match_args__": names,
        "__module__": "__main__" if module is None else module,
    }
    for place, name in enumerate(names):
        namespace[name] = _item(place)
    return type(typename, (tuple,), namespace)


class defaultdict(dict):
    def __init__(self, default_factory=None, /, *args, **kwargs):
        if default_factory is not None and not callable(default_factory):
            raise TypeError("first argument must be callable or None")
        self.default_factory = default_factory
        dict.update(self, *args, **kwargs)

    def __missing__(self, key):
        if self.default_factory is None:
            raise KeyError(key)
        value = self.default_factory()
        self[key] = value
        return value

    def copy(self):
        return type(self)(self.default_factory, self)

    __copy__ = copy

    def __or__(self, other):
        if not isinstance(other, dict):
            return NotImplemented
        made = self.copy()
        made.update(other)
        return made

    def __repr__(self):
        return f"{type(self).__name__}({self.default_factory!r}, {dict(self)!r})"


class OrderedDict(dict):
    def __init__(self, other=(), /, **kwargs):
        self.update(other, **kwargs)

    def popitem(self, last=True):
        if not self:
            raise KeyError("dictionary is empty")
        if last:
            for key in reversed(self):
                break
        else:
            for key in self:
                break
        return (key, self.pop(key))

    def move_to_end(self, key, last=True):
        value = self.pop(key)
        if last:
            self[key] = value
        else:
            items = list(self.items())
            self.clear()
            self[key] = value
            for other, value in items:
                self[other] = value

    def copy(self):
        return type(self)(self)

    __copy__ = copy

    def __eq__(self, other):
        if isinstance(other, OrderedDict):
            return list(self.items()) == list(other.items())
        return dict(self) == other if isinstance(other, dict) else NotImplemented

    def __ne__(self, other):
        result = self.__eq__(other)
        return result if result is NotImplemented else not result

    __hash__ = None

    def __or__(self, other):
        if not isinstance(other, dict):
            return NotImplemented
        made = self.copy()
        made.update(other)
        return made

    def __repr__(self):
        if not self:
            return f"{type(self).__name__}()"
        return f"{type(self).__name__}({list(self.items())!r})"


class Counter(dict):
    def __init__(self, iterable=None, /, **kwargs):
        self.update(iterable, **kwargs)

    def __missing__(self, key):
        return 0

    def update(self, iterable=None, /, **kwargs):
        if iterable is not None:
            if isinstance(iterable, dict):
                for key, count in iterable.items():
                    self[key] = self.get(key, 0) + count
            else:
                for key in iterable:
                    self[key] = self.get(key, 0) + 1
        for key, count in kwargs.items():
            self[key] = self.get(key, 0) + count

    def subtract(self, iterable=None, /, **kwargs):
        if iterable is not None:
            if isinstance(iterable, dict):
                for key, count in iterable.items():
                    self[key] = self.get(key, 0) - count
            else:
                for key in iterable:
                    self[key] = self.get(key, 0) - 1
        for key, count in kwargs.items():
            self[key] = self.get(key, 0) - count

    def most_common(self, n=None):
        items = sorted(self.items(), key=operator.itemgetter(1), reverse=True)
        return items if n is None else items[:n] if n > 0 else []

    def elements(self):
        for key, count in self.items():
            for _ in range(count):
                yield key

    def total(self):
        return sum(self.values())

    @classmethod
    def fromkeys(cls, iterable, v=None):
        raise NotImplementedError("Counter.fromkeys() is undefined.  Use Counter(iterable) instead.")

    def copy(self):
        return type(self)(self)

    __copy__ = copy

    def __delitem__(self, key):
        if key in self:
            dict.pop(self, key)

    def _kept(self, counts):
        made = Counter()
        for key, count in counts:
            if count > 0:
                made[key] = count
        return made

    def _keys_of_both(self, other):
        return list(self) + [key for key in other if key not in self]

    def __add__(self, other):
        if not isinstance(other, Counter):
            return NotImplemented
        return self._kept([(key, self[key] + other[key]) for key in self._keys_of_both(other)])

    def __sub__(self, other):
        if not isinstance(other, Counter):
            return NotImplemented
        return self._kept([(key, self[key] - other[key]) for key in self._keys_of_both(other)])

    def __or__(self, other):
        if not isinstance(other, Counter):
            return NotImplemented
        return self._kept([(key, max(self[key], other[key])) for key in self._keys_of_both(other)])

    def __and__(self, other):
        if not isinstance(other, Counter):
            return NotImplemented
        return self._kept([(key, min(self[key], other[key])) for key in self])

    def __pos__(self):
        return self._kept(self.items())

    def __neg__(self):
        return self._kept([(key, -count) for key, count in self.items()])

    def _become(self, other):
        items = list(other.items())
        self.clear()
        for key, count in items:
            self[key] = count
        return self

    def __iadd__(self, other):
        return self._become(self + other)

    def __isub__(self, other):
        return self._become(self - other)

    def __ior__(self, other):
        return self._become(self | other)

    def __iand__(self, other):
        return self._become(self & other)

    def __eq__(self, other):
        if not isinstance(other, Counter):
            return dict(self) == other if isinstance(other, dict) else NotImplemented
        for key in self._keys_of_both(other):
            if self[key] != other[key]:
                return False
        return True

    def __ne__(self, other):
        result = self.__eq__(other)
        return result if result is NotImplemented else not result

    __hash__ = None

    def __le__(self, other):
        if not isinstance(other, Counter):
            return NotImplemented
        for key in self._keys_of_both(other):
            if self[key] > other[key]:
                return False
        return True

    def __lt__(self, other):
        return self <= other and self != other if isinstance(other, Counter) else NotImplemented

    def __ge__(self, other):
        return other <= self if isinstance(other, Counter) else NotImplemented

    def __gt__(self, other):
        return other < self if isinstance(other, Counter) else NotImplemented

    def __repr__(self):
        if not self:
            return f"{type(self).__name__}()"
        try:
            items = self.most_common()
        except TypeError:
            items = list(self.items())
        return f"{type(self).__name__}({dict(items)!r})"


class ChainMap:
    __hash__ = None

    def __init__(self, *maps):
        self.maps = list(maps) or [{}]

    def __missing__(self, key):
        raise KeyError(key)

    def __getitem__(self, key):
        for mapping in self.maps:
            try:
                return mapping[key]
            except KeyError:
                pass
        return self.__missing__(key)

    def get(self, key, default=None):
        return self[key] if key in self else default

    def _merged(self):
        merged = {}
        for mapping in reversed(self.maps):
            for key in mapping:
                merged[key] = mapping[key]
        return merged

    def __len__(self):
        return len(self._merged())

    def __iter__(self):
        return iter(self._merged())

    def __contains__(self, key):
        for mapping in self.maps:
            if key in mapping:
                return True
        return False

    def __bool__(self):
        for mapping in self.maps:
            if mapping:
                return True
        return False

    def keys(self):
        return self._merged().keys()

    def values(self):
        return [self[key] for key in self._merged()]

    def items(self):
        return [(key, self[key]) for key in self._merged()]

    def copy(self):
        return type(self)(self.maps[0].copy(), *self.maps[1:])

    def new_child(self, m=None, **kwargs):
        if m is None:
            m = kwargs
        elif kwargs:
            m.update(kwargs)
        return type(self)(m, *self.maps)

    @property
    def parents(self):
        return type(self)(*self.maps[1:])

    def __setitem__(self, key, value):
        self.maps[0][key] = value

    def __delitem__(self, key):
        try:
            del self.maps[0][key]
        except KeyError:
            raise KeyError(f"Key not found in the first mapping: {key!r}") from None

    def update(self, other=(), /, **kwargs):
        self.maps[0].update(other, **kwargs)

    def setdefault(self, key, default=None):
        if key not in self:
            self.maps[0][key] = default
        return self[key]

    def pop(self, key, *args):
        try:
            return self.maps[0].pop(key, *args)
        except KeyError:
            raise KeyError(f"Key not found in the first mapping: {key!r}") from None

    def popitem(self):
        try:
            return self.maps[0].popitem()
        except KeyError:
            raise KeyError("No keys found in the first mapping.") from None

    def clear(self):
        self.maps[0].clear()

    def __eq__(self, other):
        if isinstance(other, ChainMap):
            return self._merged() == other._merged()
        return self._merged() == other if isinstance(other, dict) else NotImplemented

    def __repr__(self):
        return f"{type(self).__name__}({', '.join([repr(mapping) for mapping in self.maps])})"
