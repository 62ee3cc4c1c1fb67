"""What programs see without importing it, and what methods of dicts and sets go on with when keys hash and compare themselves.

A function has the name of the method that it goes on for: `dict_get`. `__all__` lists those that are builtins. Absent: what is
native, what operators and conversions go on with (`_core`), and other builtin functions (`_twins`).
"""

import _host
from _twins import *

__all__ = ["filter", "input", "map", "open"]

_missing = object()


def open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
    import io
    return io.open(file, mode, buffering, encoding, errors, newline, closefd, opener)


def input(prompt="", /):
    import io
    return io.input(prompt)


class map:
    def __init__(self, function, iterable, *more):
        if more:
            self._items = _map_all(function, zip(iterable, *more))
        else:
            self._items = _map_one(function, iter(iterable))

    def __iter__(self):
        return self._items

    def __next__(self):
        return next(self._items)


def _map_one(function, items):
    for item in items:
        yield function(item)


def _map_all(function, rows):
    for row in rows:
        yield function(*row)


class filter:
    def __init__(self, function, iterable, /):
        self._items = _filtered(function, iter(iterable))

    def __iter__(self):
        return self._items

    def __next__(self):
        return next(self._items)


def _filtered(function, items):
    if function is None or function is bool:
        for item in items:
            if item:
                yield item
    else:
        for item in items:
            if function(item):
                yield item


def iter(object, sentinel=_missing, /):
    if sentinel is _missing:
        return _iterator(object)
    if not callable(object):
        raise TypeError("iter(v, w): v must be callable")
    return _until(object, sentinel)


def _until(function, sentinel):
    while True:
        value = function()
        if value == sentinel:
            return
        yield value


# Tables whose keys have methods of their own.

def _put(table, key, value):
    place = _find(table, key)
    if place < 0:
        _host.dict_add(table, hash(key), key, value)
    else:
        _host.dict_replace(table, place, value)


def dict_get(self, key, default=None, /):
    place = _find(self, key)
    return default if place < 0 else _host.dict_value(self, place)


def dict_pop(self, key, default=_missing, /):
    place = _find(self, key)
    if place >= 0:
        return _host.dict_remove(self, place)
    if default is _missing:
        raise KeyError(key)
    return default


def dict_setdefault(self, key, default=None, /):
    place = _find(self, key)
    if place >= 0:
        return _host.dict_value(self, place)
    _host.dict_add(self, hash(key), key, default)
    return default


def dict_update(self, other=(), /, **more):
    _fill(self, other)
    for key, value in more.items():
        _put(self, key, value)


def _fill(made, other):
    if isinstance(other, dict):
        for key, value in other.items():
            _put(made, key, value)
    elif hasattr(other, "keys"):
        for key in other.keys():
            _put(made, key, other[key])
    else:
        number = 0
        for pair in other:
            try:
                pair = list(pair)
            except TypeError:
                raise TypeError(f"cannot convert dictionary update sequence element #{number} to a sequence") from None
            if len(pair) != 2:
                raise ValueError(f"dictionary update sequence element #{number} has length {len(pair)}; 2 is required")
            _put(made, pair[0], pair[1])
            number += 1


def dict_dict(cls, other=(), /, **more):
    made = {}
    dict_update(made, other, **more)
    return made


def dict_fromkeys(cls, iterable, value=None, /):
    made = cls()
    for key in iterable:
        made[key] = value
    return made


def set_add(self, element, /):
    _set_add(self, element)


def set_discard(self, element, /):
    place = _set_find(self, element)
    if place >= 0:
        _host.set_remove(self, place)


def set_remove(self, element, /):
    place = _set_find(self, element)
    if place < 0:
        raise KeyError(element)
    _host.set_remove(self, place)


def set_update(self, *others):
    for other in others:
        for item in other:
            set_add(self, item)


def set_difference_update(self, *others):
    for other in others:
        for item in list(other):
            set_discard(self, item)


def set_intersection_update(self, *others):
    for other in others:
        other = _set_of(other)
        for item in list(self):
            if _set_find(other, item) < 0:
                set_discard(self, item)


def set_symmetric_difference_update(self, other, /):
    for item in _set_of(other):
        place = _set_find(self, item)
        if place < 0:
            _set_add(self, item)
        else:
            _host.set_remove(self, place)


def set_set(cls, iterable=(), /):
    return _set_of(iterable)


def frozenset_frozenset(cls, iterable=(), /):
    return _frozen(_set_of(iterable))


def _frozen(made):
    return _host.freeze(made)


def _like(this, made):
    return _frozen(made) if isinstance(this, frozenset) else made


def set_union(self, *others):
    made = _set_of(self)
    set_update(made, *others)
    return _like(self, made)


def set_difference(self, *others):
    made = _set_of(self)
    set_difference_update(made, *others)
    return _like(self, made)


def set_intersection(self, *others):
    made = _set_of(self)
    set_intersection_update(made, *others)
    return _like(self, made)


def set_symmetric_difference(self, other, /):
    made = _set_of(self)
    set_symmetric_difference_update(made, other)
    return _like(self, made)


def set_isdisjoint(self, other, /):
    for item in other:
        if _set_find(self, item) >= 0:
            return False
    return True


def set_issubset(self, other, /):
    other = _set_of(other)
    for item in self:
        if _set_find(other, item) < 0:
            return False
    return True


def set_issuperset(self, other, /):
    for item in other:
        if _set_find(self, item) < 0:
            return False
    return True


frozenset_union = set_union
frozenset_difference = set_difference
frozenset_intersection = set_intersection
frozenset_symmetric_difference = set_symmetric_difference
frozenset_isdisjoint = set_isdisjoint
frozenset_issubset = set_issubset
frozenset_issuperset = set_issuperset
dict_keys_isdisjoint = set_isdisjoint


def _binary_or(left, right):
    if isinstance(left, dict):
        made = _dict_from_keys(left)
        _fill(made, right)
        return made
    return set_union(left, right)


def _binary_and(left, right):
    return set_intersection(left, right)


def _binary_sub(left, right):
    return set_difference(left, right)


def _binary_xor(left, right):
    return set_symmetric_difference(left, right)
