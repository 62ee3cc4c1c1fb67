"""`copy`: shallow and deep copies. Absent: pickling (`__reduce__`)."""

__all__ = ["Error", "copy", "deepcopy"]


class Error(Exception):
    pass


error = Error


def _bare(x):
    """A new instance of its class with nothing in it but what cannot change."""
    cls = type(x)
    for base in (tuple, str, int, float, bytes, frozenset):
        if issubclass(cls, base):
            return base.__new__(cls, x)
    for base in (list, dict, set, bytearray):
        if issubclass(cls, base):
            return base.__new__(cls)
    return object.__new__(cls)


def _is_plain(x):
    return x is None or isinstance(x, type) or type(x) in _PLAIN


def copy(x):
    if _is_plain(x):
        return x
    cls = type(x)
    if cls in (list, dict, set, bytearray):
        return x.copy()
    if hasattr(cls, "__copy__"):
        return x.__copy__()
    if cls in (tuple, frozenset, range, slice) or not hasattr(x, "__dict__") and not hasattr(cls, "__slots__"):
        return x
    made = _bare(x)
    if isinstance(x, list):
        list.extend(made, x)
    elif isinstance(x, dict):
        dict.update(made, x)
    elif isinstance(x, set):
        set.update(made, x)
    for name, value in _attributes(x):
        object.__setattr__(made, name, value)
    return made


def _attributes(x):
    if hasattr(x, "__dict__"):
        return list(x.__dict__.items())
    return [(name, getattr(x, name)) for name in type(x).__slots__ if hasattr(x, name)]


def deepcopy(x, memo=None):
    if _is_plain(x):
        return x
    if memo is None:
        memo = {}
    key = id(x)
    if key in memo:
        return memo[key][0]
    made = _deep(x, memo)
    # The original stays with its copy, so that its number is nobody else's.
    memo[key] = (made, x)
    return made


def _deep(x, memo):
    cls = type(x)
    if cls is tuple:
        items = [deepcopy(item, memo) for item in x]
        for old, new in zip(x, items):
            if old is not new:
                return tuple(items)
        return x
    if cls is frozenset:
        return frozenset([deepcopy(item, memo) for item in x])
    if cls is bytearray:
        return x.copy()
    if cls is list:
        made = []
        memo[id(x)] = (made, x)
        for item in x:
            made.append(deepcopy(item, memo))
        return made
    if cls is dict:
        made = {}
        memo[id(x)] = (made, x)
        for key, value in x.items():
            made[deepcopy(key, memo)] = deepcopy(value, memo)
        return made
    if cls is set:
        return set([deepcopy(item, memo) for item in x])
    if hasattr(cls, "__deepcopy__"):
        return x.__deepcopy__(memo)
    if cls in (range, slice) or not hasattr(x, "__dict__") and not hasattr(cls, "__slots__"):
        return x
    if hasattr(x, "_items") and cls.__name__ == "deque":
        made = cls([], x.maxlen)
        memo[id(x)] = (made, x)
        for item in x:
            made.append(deepcopy(item, memo))
        return made
    made = tuple.__new__(cls, [deepcopy(item, memo) for item in x]) if isinstance(x, tuple) else _bare(x)
    memo[id(x)] = (made, x)
    if isinstance(x, list):
        for item in x:
            list.append(made, deepcopy(item, memo))
    elif isinstance(x, dict):
        for key, value in x.items():
            dict.__setitem__(made, deepcopy(key, memo), deepcopy(value, memo))
    elif isinstance(x, set):
        for item in x:
            set.add(made, deepcopy(item, memo))
    for name, value in _attributes(x):
        object.__setattr__(made, name, deepcopy(value, memo))
    return made


_PLAIN = (int, float, bool, str, bytes, type(None), type(NotImplemented), type(...), type(len), type(copy), type("".upper))
