"""`itertools`: iterators for loops. Absent: copying and pickling of half used iterators."""

import operator

__all__ = ["accumulate", "chain", "combinations", "combinations_with_replacement", "compress", "count", "cycle",
           "dropwhile", "filterfalse", "groupby", "islice", "pairwise", "permutations", "product", "repeat", "starmap",
           "takewhile", "tee", "zip_longest"]

_missing = object()


class _Iterator:
    """Something that goes through what the generator `_items` gives."""

    def __iter__(self):
        return self._items

    def __next__(self):
        return next(self._items)


class count:
    def __init__(self, start=0, step=1):
        if not isinstance(start, (int, float)) and not hasattr(start, "__add__") or isinstance(start, (str, bytes, list, tuple)):
            raise TypeError("a number is required")
        self._next = start
        self._step = step

    def __iter__(self):
        return self

    def __next__(self):
        value = self._next
        self._next = value + self._step
        return value

    def __repr__(self):
        if isinstance(self._step, int) and self._step == 1:
            return f"count({self._next!r})"
        return f"count({self._next!r}, {self._step!r})"


class repeat:
    def __init__(self, object, times=None):
        self._object = object
        self._left = times
        if times is not None and times < 0:
            self._left = 0

    def __iter__(self):
        return self

    def __next__(self):
        if self._left is not None:
            if self._left == 0:
                raise StopIteration
            self._left -= 1
        return self._object

    def __repr__(self):
        if self._left is None:
            return f"repeat({self._object!r})"
        return f"repeat({self._object!r}, {self._left})"


class cycle(_Iterator):
    def __init__(self, iterable, /):
        self._items = self._run(iter(iterable))

    def _run(self, items):
        seen = []
        for item in items:
            seen.append(item)
            yield item
        while seen:
            for item in seen:
                yield item


class accumulate(_Iterator):
    def __init__(self, iterable, func=None, *, initial=None):
        self._items = self._run(iter(iterable), operator.add if func is None else func, initial)

    def _run(self, items, function, initial):
        if initial is None:
            for total in items:
                break
            else:
                return
        else:
            total = initial
        yield total
        for item in items:
            total = function(total, item)
            yield total


class chain(_Iterator):
    def __init__(self, *iterables):
        self._items = self._run(iterables)

    @classmethod
    def from_iterable(cls, iterable, /):
        made = cls()
        made._items = made._run(iter(iterable))
        return made

    def _run(self, iterables):
        for items in iterables:
            for item in items:
                yield item


class compress(_Iterator):
    def __init__(self, data, selectors):
        self._items = self._run(zip(data, selectors))

    def _run(self, pairs):
        for item, wanted in pairs:
            if wanted:
                yield item


class dropwhile(_Iterator):
    def __init__(self, predicate, iterable, /):
        self._items = self._run(predicate, iter(iterable))

    def _run(self, predicate, items):
        for item in items:
            if not predicate(item):
                yield item
                break
        for item in items:
            yield item


class takewhile(_Iterator):
    def __init__(self, predicate, iterable, /):
        self._items = self._run(predicate, iter(iterable))

    def _run(self, predicate, items):
        for item in items:
            if not predicate(item):
                return
            yield item


class filterfalse(_Iterator):
    def __init__(self, function, iterable, /):
        self._items = self._run(bool if function is None else function, iter(iterable))

    def _run(self, function, items):
        for item in items:
            if not function(item):
                yield item


class starmap(_Iterator):
    def __init__(self, function, iterable, /):
        self._items = self._run(function, iter(iterable))

    def _run(self, function, items):
        for arguments in items:
            yield function(*arguments)


class groupby:
    def __init__(self, iterable, key=None):
        self._source = iter(iterable)
        self._key = key
        self._value = _missing
        self._value_key = _missing
        self._group_key = _missing

    def __iter__(self):
        return self

    def _advance(self):
        self._value = next(self._source)
        self._value_key = self._value if self._key is None else self._key(self._value)

    def __next__(self):
        if self._value is _missing:
            self._advance()
        while self._group_key is not _missing and self._value_key == self._group_key:
            self._advance()
        self._group_key = self._value_key
        # A group knows by this object whether it is still the newest.
        self._turn = object()
        return (self._group_key, self._group(self._group_key, self._turn))

    def _group(self, key, turn):
        while self._turn is turn and self._value_key == key:
            yield self._value
            if self._turn is not turn:
                return
            try:
                self._advance()
            except StopIteration:
                self._value_key = object()
                self._group_key = self._value_key
                return


class islice(_Iterator):
    def __init__(self, iterable, start, *more):
        if len(more) > 2:
            raise TypeError(f"islice expected at most 4 arguments, got {len(more) + 2}")
        step = None
        if not more:
            stop = start
            start = None
            if stop is not None and (not isinstance(stop, int) or stop < 0):
                raise ValueError("Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
        else:
            stop = more[0]
            if len(more) == 2:
                step = more[1]
        for value in (start, stop):
            if value is not None and (not isinstance(value, int) or value < 0):
                raise ValueError("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
        if step is not None and (not isinstance(step, int) or step < 1):
            raise ValueError("Step for islice() must be a positive integer or None.")
        self._items = self._run(iter(iterable), start or 0, stop, step or 1)

    def _run(self, items, wanted, stop, step):
        if stop is not None and wanted >= stop:
            # What comes before the end is taken all the same.
            place = 0
            while place < stop:
                for item in items:
                    break
                place += 1
            return
        place = 0
        for item in items:
            if place == wanted:
                yield item
                wanted += step
            place += 1
            if stop is not None and (place >= stop or wanted >= stop and place >= stop):
                return


class pairwise(_Iterator):
    def __init__(self, iterable, /):
        self._items = self._run(iter(iterable))

    def _run(self, items):
        before = _missing
        for item in items:
            if before is not _missing:
                yield (before, item)
            before = item


class product(_Iterator):
    def __init__(self, *iterables, repeat=1):
        if repeat < 0:
            raise ValueError("repeat argument cannot be negative")
        self._items = self._run([tuple(items) for items in iterables] * repeat)

    def _run(self, pools):
        for pool in pools:
            if not pool:
                return
        places = [0] * len(pools)
        while True:
            yield tuple([pool[place] for pool, place in zip(pools, places)])
            at = len(pools) - 1
            while at >= 0:
                places[at] += 1
                if places[at] < len(pools[at]):
                    break
                places[at] = 0
                at -= 1
            if at < 0:
                return


class permutations(_Iterator):
    def __init__(self, iterable, r=None):
        pool = tuple(iterable)
        if r is None:
            r = len(pool)
        if not isinstance(r, int):
            raise TypeError("Expected int as r")
        if r < 0:
            raise ValueError("r must be non-negative")
        self._items = self._run(pool, r)

    def _run(self, pool, r):
        if r > len(pool):
            return
        chosen = []
        used = [False] * len(pool)
        at = 0
        if r == 0:
            yield ()
            return
        while True:
            while at < len(pool) and used[at]:
                at += 1
            if at == len(pool):
                if not chosen:
                    return
                at = chosen.pop()
                used[at] = False
                at += 1
                continue
            if len(chosen) == r - 1:
                yield tuple([pool[place] for place in chosen]) + (pool[at],)
                at += 1
                continue
            chosen.append(at)
            used[at] = True
            at = 0


class combinations(_Iterator):
    def __init__(self, iterable, r):
        if r < 0:
            raise ValueError("r must be non-negative")
        self._items = self._run(tuple(iterable), r)

    def _run(self, pool, r):
        count = len(pool)
        if r > count:
            return
        places = list(range(r))
        while True:
            yield tuple([pool[place] for place in places])
            at = r - 1
            while at >= 0 and places[at] == count - r + at:
                at -= 1
            if at < 0:
                return
            place = places[at] + 1
            while at < r:
                places[at] = place
                place += 1
                at += 1


class combinations_with_replacement(_Iterator):
    def __init__(self, iterable, r):
        if r < 0:
            raise ValueError("r must be non-negative")
        self._items = self._run(tuple(iterable), r)

    def _run(self, pool, r):
        count = len(pool)
        if count == 0 and r > 0:
            return
        places = [0] * r
        while True:
            yield tuple([pool[place] for place in places])
            at = r - 1
            while at >= 0 and places[at] == count - 1:
                at -= 1
            if at < 0:
                return
            place = places[at] + 1
            while at < r:
                places[at] = place
                at += 1


class _Shared:
    """What has been read of an iterator that several go through."""

    def __init__(self, source):
        self.source = source
        self.read = []
        self.first = 0
        self.places = []

    def take(self, reader):
        place = self.places[reader]
        if place - self.first == len(self.read):
            self.read.append(next(self.source))
        item = self.read[place - self.first]
        self.places[reader] = place + 1
        least = min(self.places)
        if least - self.first > 64:
            del self.read[:least - self.first]
            self.first = least
        return item


class _tee:
    def __init__(self, shared, reader):
        self._shared = shared
        self._reader = reader

    def __iter__(self):
        return self

    def __next__(self):
        return self._shared.take(self._reader)


def tee(iterable, n=2, /):
    if n < 0:
        raise ValueError("n must be >= 0")
    shared = _Shared(iter(iterable))
    shared.places = [0] * n
    return tuple([_tee(shared, reader) for reader in range(n)])


class zip_longest(_Iterator):
    def __init__(self, *iterables, fillvalue=None):
        self._items = self._run([iter(items) for items in iterables], fillvalue)

    def _run(self, sources, fill):
        left = len(sources)
        while left:
            row = []
            for place in range(len(sources)):
                item = fill
                if sources[place] is not None:
                    item = next(sources[place], _missing)
                    if item is _missing:
                        sources[place] = None
                        left -= 1
                        if not left:
                            return
                        item = fill
                row.append(item)
            yield tuple(row)
