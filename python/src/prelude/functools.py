"""`functools`: functions of functions. Absent: `singledispatch` by annotations, pickling."""

__all__ = ["cache", "cached_property", "cmp_to_key", "lru_cache", "partial", "partialmethod", "reduce", "singledispatch",
           "total_ordering", "update_wrapper", "wraps", "WRAPPER_ASSIGNMENTS", "WRAPPER_UPDATES"]

_missing = object()

WRAPPER_ASSIGNMENTS = ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__")
WRAPPER_UPDATES = ("__dict__",)


def reduce(function, sequence, initial=_missing, /):
    items = iter(sequence)
    if initial is _missing:
        for total in items:
            break
        else:
            raise TypeError("reduce() of empty iterable with no initial value")
    else:
        total = initial
    for item in items:
        total = function(total, item)
    return total


class partial:
    def __init__(self, func, /, *args, **keywords):
        if not callable(func):
            raise TypeError("the first argument must be callable")
        if isinstance(func, partial):
            args = func.args + args
            keywords = {**func.keywords, **keywords}
            func = func.func
        self.func = func
        self.args = args
        self.keywords = keywords

    def __call__(self, /, *args, **keywords):
        return self.func(*self.args, *args, **{**self.keywords, **keywords})

    def __repr__(self):
        parts = [repr(self.func)] + [repr(arg) for arg in self.args]
        parts += [f"{name}={value!r}" for name, value in self.keywords.items()]
        return "functools.partial(" + ", ".join(parts) + ")"


class partialmethod:
    def __init__(self, func, /, *args, **keywords):
        self.func = func
        self.args = args
        self.keywords = keywords

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return partial(self.func, instance, *self.args, **self.keywords)


def update_wrapper(wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    for name in assigned:
        try:
            value = getattr(wrapped, name)
        except AttributeError:
            continue
        try:
            setattr(wrapper, name, value)
        except (AttributeError, TypeError):
            continue
    for name, value in getattr(wrapped, "__dict__", {}).items():
        setattr(wrapper, name, value)
    wrapper.__wrapped__ = wrapped
    return wrapper


def wraps(wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    def decorate(wrapper):
        return update_wrapper(wrapper, wrapped, assigned, updated)
    return decorate


class _CacheInfo(tuple):
    hits = property(lambda self: self[0])
    misses = property(lambda self: self[1])
    maxsize = property(lambda self: self[2])
    currsize = property(lambda self: self[3])

    def __repr__(self):
        return f"CacheInfo(hits={self[0]!r}, misses={self[1]!r}, maxsize={self[2]!r}, currsize={self[3]!r})"


def lru_cache(maxsize=128, typed=False):
    if callable(maxsize):
        return _cached(maxsize, 128, typed)
    if maxsize is not None and not isinstance(maxsize, int):
        raise TypeError("Expected first argument to be an integer, a callable, or None")
    if maxsize is not None and maxsize < 0:
        maxsize = 0

    def decorate(function):
        return _cached(function, maxsize, typed)
    return decorate


def cache(user_function, /):
    return _cached(user_function, None, False)


def _cached(function, maxsize, typed):
    results = {}
    counts = [0, 0]

    def wrapper(*args, **kwargs):
        key = args
        if kwargs:
            key = (args, tuple(kwargs.items()))
        if typed:
            key = (key, tuple([type(arg) for arg in args]), tuple([type(value) for value in kwargs.values()]))
        if maxsize == 0:
            counts[1] += 1
            return function(*args, **kwargs)
        result = results.get(key, _missing)
        if result is not _missing:
            counts[0] += 1
            if maxsize is not None:
                # The oldest lies first.
                del results[key]
                results[key] = result
            return result
        counts[1] += 1
        result = function(*args, **kwargs)
        if maxsize is not None and key not in results and len(results) >= maxsize:
            for oldest in results:
                break
            del results[oldest]
        results[key] = result
        return result

    def cache_info():
        return _CacheInfo((counts[0], counts[1], maxsize, len(results)))

    def cache_clear():
        results.clear()
        counts[0] = 0
        counts[1] = 0

    def cache_parameters():
        return {"maxsize": maxsize, "typed": typed}

    wrapper.cache_info = cache_info
    wrapper.cache_clear = cache_clear
    wrapper.cache_parameters = cache_parameters
    return update_wrapper(wrapper, function)


class cached_property:
    def __init__(self, func):
        self.func = func
        self.attrname = None
        self.__doc__ = func.__doc__

    def __set_name__(self, owner, name):
        self.attrname = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = self.func(instance)
        # The instance's own attribute hides this one from now on.
        setattr(instance, self.attrname, value)
        return value


def cmp_to_key(mycmp):
    class K:
        __slots__ = ["obj"]

        def __init__(self, obj):
            self.obj = obj

        def __lt__(self, other):
            return mycmp(self.obj, other.obj) < 0

        def __gt__(self, other):
            return mycmp(self.obj, other.obj) > 0

        def __eq__(self, other):
            return mycmp(self.obj, other.obj) == 0

        def __le__(self, other):
            return mycmp(self.obj, other.obj) <= 0

        def __ge__(self, other):
            return mycmp(self.obj, other.obj) >= 0

        __hash__ = None

    return K


def _defines(cls, name):
    for base in cls.__mro__:
        if base is object:
            return False
        if name in base.__dict__:
            return True
    return False


def total_ordering(cls):
    roots = [name for name in ("__lt__", "__le__", "__gt__", "__ge__") if _defines(cls, name)]
    if not roots:
        raise ValueError("must define at least one ordering operation: < > <= >=")
    for name, method in _ORDERINGS[roots[0]]:
        if name not in roots:
            setattr(cls, name, method)
    return cls


def _negated(root):
    def method(self, other):
        result = getattr(type(self), root)(self, other)
        return result if result is NotImplemented else not result
    return method


def _or_equal(root):
    def method(self, other):
        result = getattr(type(self), root)(self, other)
        return result if result is NotImplemented else result or self == other
    return method


def _and_unequal(root):
    def method(self, other):
        result = getattr(type(self), root)(self, other)
        return result if result is NotImplemented else result and self != other
    return method


def _neither(root):
    def method(self, other):
        result = getattr(type(self), root)(self, other)
        return result if result is NotImplemented else not result and self != other
    return method


def _not_or_equal(root):
    def method(self, other):
        result = getattr(type(self), root)(self, other)
        return result if result is NotImplemented else not result or self == other
    return method


_ORDERINGS = {
    "__lt__": [("__gt__", _neither("__lt__")), ("__le__", _or_equal("__lt__")), ("__ge__", _negated("__lt__"))],
    "__le__": [("__ge__", _not_or_equal("__le__")), ("__lt__", _and_unequal("__le__")), ("__gt__", _negated("__le__"))],
    "__gt__": [("__lt__", _neither("__gt__")), ("__ge__", _or_equal("__gt__")), ("__le__", _negated("__gt__"))],
    "__ge__": [("__le__", _not_or_equal("__ge__")), ("__gt__", _and_unequal("__ge__")), ("__lt__", _negated("__ge__"))],
}


def singledispatch(func):
    registry = {object: func}

    def dispatch(cls):
        for base in cls.__mro__:
            if base in registry:
                return registry[base]
        return func

    def register(cls, func=None):
        if func is None:
            return lambda function: register(cls, function)
        registry[cls] = func
        return func

    def wrapper(*args, **kwargs):
        if not args:
            raise TypeError(f"{func.__name__} requires at least 1 positional argument")
        return dispatch(type(args[0]))(*args, **kwargs)

    wrapper.register = register
    wrapper.dispatch = dispatch
    wrapper.registry = registry
    return update_wrapper(wrapper, func)
