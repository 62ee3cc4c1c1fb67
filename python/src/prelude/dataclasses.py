"""`dataclasses`: methods made from annotations. Absent: `slots=True`, `weakref_slot`, `make_dataclass`."""

import copy

__all__ = ["FrozenInstanceError", "KW_ONLY", "MISSING", "Field", "asdict", "astuple", "dataclass", "field", "fields", "is_dataclass",
           "replace"]


class _Missing:
    def __repr__(self):
        return "<dataclasses._MISSING_TYPE object>"


MISSING = _Missing()


class KW_ONLY:
    pass


class FrozenInstanceError(AttributeError):
    pass


class Field:
    def __init__(self, default, default_factory, init, repr, hash, compare, metadata, kw_only):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.metadata = {} if metadata is None else metadata
        self.kw_only = kw_only


def field(*, default=MISSING, default_factory=MISSING, init=True, repr=True, hash=None, compare=True, metadata=None, kw_only=MISSING):
    if default is not MISSING and default_factory is not MISSING:
        raise ValueError("cannot specify both default and default_factory")
    return Field(default, default_factory, init, repr, hash, compare, metadata, kw_only)


def _is_class_variable(annotation):
    text = annotation if isinstance(annotation, str) else repr(annotation)
    return text.startswith("ClassVar") or text.startswith("typing.ClassVar")


def _own_fields(cls, kw_only):
    annotations = cls.__dict__.get("__annotations__", {})
    own = []
    for name, annotation in annotations.items():
        if _is_class_variable(annotation):
            continue
        if annotation is KW_ONLY or isinstance(annotation, str) and annotation in ("KW_ONLY", "dataclasses.KW_ONLY"):
            kw_only = True
            continue
        default = cls.__dict__.get(name, MISSING)
        made = default if isinstance(default, Field) else field(default=default)
        made.name = name
        made.type = annotation
        if made.kw_only is MISSING:
            made.kw_only = kw_only
        if isinstance(made.default, (list, dict, set)):
            raise ValueError(f"mutable default {type(made.default)} for field {name} is not allowed: use default_factory")
        if isinstance(default, Field):
            if made.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, made.default)
        own.append(made)
    for name, value in list(cls.__dict__.items()):
        if isinstance(value, Field) and name not in annotations:
            raise TypeError(f"{name!r} is a field but has no type annotation")
    return own


def dataclass(cls=None, /, *, init=True, repr=True, eq=True, order=False, unsafe_hash=False, frozen=False, match_args=True,
              kw_only=False, slots=False, weakref_slot=False):
    def decorate(cls):
        return _processed(cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only)
    return decorate if cls is None else decorate(cls)


def _processed(cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only):
    all_fields = {}
    for base in reversed(cls.__mro__[1:]):
        inherited = base.__dict__.get("__dataclass_fields__") if base is not object else None
        if inherited is None:
            continue
        base_frozen = base.__dict__["__dataclass_params__"]["frozen"]
        if base_frozen and not frozen:
            raise TypeError("cannot inherit non-frozen dataclass from a frozen one")
        if frozen and not base_frozen:
            raise TypeError("cannot inherit frozen dataclass from a non-frozen one")
        for name, made in inherited.items():
            all_fields[name] = made
    for made in _own_fields(cls, kw_only):
        all_fields[made.name] = made
    cls.__dataclass_fields__ = all_fields
    cls.__dataclass_params__ = {"init": init, "repr": repr, "eq": eq, "order": order, "unsafe_hash": unsafe_hash, "frozen": frozen}
    if order and not eq:
        raise ValueError("eq must be true if order is true")
    everything = list(all_fields.values())
    own = cls.__dict__
    has_hash = "__hash__" in own and own["__hash__"] is not None
    if init:
        cls.__init__ = _make_init(cls, everything)
    if repr and "__repr__" not in own:
        cls.__repr__ = _make_repr(everything)
    compared = [made.name for made in everything if made.compare]
    has_eq = "__eq__" in own
    if eq and not has_eq:
        cls.__eq__ = _make_comparison(compared, "__eq__", lambda a, b: a == b)
    if order:
        for name, function in (("__lt__", lambda a, b: a < b), ("__le__", lambda a, b: a <= b), ("__gt__", lambda a, b: a > b),
                               ("__ge__", lambda a, b: a >= b)):
            if name in own:
                raise TypeError(f"Cannot overwrite attribute {name} in class {cls.__name__}. Consider using functools.total_ordering")
            setattr(cls, name, _make_comparison(compared, name, function))
    if unsafe_hash or eq and frozen and not has_hash:
        cls.__hash__ = _make_hash([made.name for made in everything if (made.compare if made.hash is None else made.hash)])
    elif eq and not frozen and not has_hash:
        cls.__hash__ = None
    if frozen:
        cls.__setattr__ = _refuse_to_set
        cls.__delattr__ = _refuse_to_delete
    if match_args and "__match_args__" not in own:
        cls.__match_args__ = tuple([made.name for made in everything if made.init and not made.kw_only])
    return cls


def _listed(names):
    names = [repr(name) for name in names]
    if len(names) == 1:
        return names[0]
    if len(names) == 2:
        return names[0] + " and " + names[1]
    return ", ".join(names[:-1]) + ", and " + names[-1]


def _make_init(cls, everything):
    by_place = [made for made in everything if made.init and not made.kw_only]
    wanted = by_place + [made for made in everything if made.init and made.kw_only]
    names = [made.name for made in by_place]
    count = len(by_place)
    title = cls.__qualname__
    with_default = False
    for made in by_place:
        if made.default is not MISSING or made.default_factory is not MISSING:
            with_default = True
        elif with_default:
            raise TypeError(f"non-default argument {made.name!r} follows default argument")
    needed = [made.name for made in wanted if made.default is MISSING and made.default_factory is MISSING]
    needed_by_place = [name for name in needed if name in names]
    known = set([made.name for made in wanted])

    def __init__(self, /, *args, **kwargs):
        if len(args) > count:
            least = len(needed_by_place) + 1
            takes = f"from {least} to {count + 1} positional arguments" if least <= count else f"{count + 1} positional arguments"
            if takes == "1 positional arguments":
                takes = "1 positional argument"
            raise TypeError(f"{title}.__init__() takes {takes} but {len(args) + 1} were given")
        values = dict(zip(names, args))
        for name, value in kwargs.items():
            if name not in known:
                raise TypeError(f"{title}.__init__() got an unexpected keyword argument {name!r}")
            if name in values:
                raise TypeError(f"{title}.__init__() got multiple values for argument {name!r}")
            values[name] = value
        absent = [name for name in needed if name not in values]
        if absent:
            kind = "positional"
            listed = [name for name in absent if name in names]
            if not listed:
                kind = "keyword-only"
                listed = absent
            plural = "" if len(listed) == 1 else "s"
            raise TypeError(f"{title}.__init__() missing {len(listed)} required {kind} argument{plural}: {_listed(listed)}")
        for made in everything:
            name = made.name
            if name in values:
                object.__setattr__(self, name, values[name])
            elif made.default_factory is not MISSING:
                object.__setattr__(self, name, made.default_factory())
            elif made.default is not MISSING and made.init:
                object.__setattr__(self, name, made.default)
        if hasattr(self, "__post_init__"):
            self.__post_init__()
    return __init__


def _make_repr(everything):
    names = [made.name for made in everything if made.repr]
    running = []

    def __repr__(self):
        for other in running:
            if other is self:
                return "..."
        running.append(self)
        try:
            inner = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
        finally:
            running.pop()
        return f"{self.__class__.__qualname__}({inner})"
    return __repr__


def _make_comparison(names, name, function):
    def compare(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return function(tuple([getattr(self, name) for name in names]), tuple([getattr(other, name) for name in names]))
    compare.__name__ = name
    return compare


def _make_hash(names):
    def __hash__(self):
        return hash(tuple([getattr(self, name) for name in names]))
    return __hash__


def _refuse_to_set(self, name, value):
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self, name):
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def fields(class_or_instance):
    try:
        return tuple(class_or_instance.__dataclass_fields__.values())
    except AttributeError:
        raise TypeError("must be called with a dataclass type or instance") from None


def is_dataclass(obj):
    return hasattr(obj if isinstance(obj, type) else type(obj), "__dataclass_fields__")


def _is_instance(obj):
    return hasattr(type(obj), "__dataclass_fields__")


def asdict(obj, *, dict_factory=dict):
    if not _is_instance(obj):
        raise TypeError("asdict() should be called on dataclass instances")
    return _inner(obj, dict_factory, None)


def astuple(obj, *, tuple_factory=tuple):
    if not _is_instance(obj):
        raise TypeError("astuple() should be called on dataclass instances")
    return _inner(obj, None, tuple_factory)


def _inner(obj, dict_factory, tuple_factory):
    if _is_instance(obj):
        pairs = [(made.name, _inner(getattr(obj, made.name), dict_factory, tuple_factory)) for made in fields(obj)]
        if dict_factory is not None:
            return dict_factory(pairs)
        return tuple_factory([value for _, value in pairs])
    if isinstance(obj, tuple) and hasattr(obj, "_fields"):
        return type(obj)(*[_inner(item, dict_factory, tuple_factory) for item in obj])
    if isinstance(obj, (list, tuple)):
        return type(obj)([_inner(item, dict_factory, tuple_factory) for item in obj])
    if isinstance(obj, dict):
        return {_inner(key, dict_factory, tuple_factory): _inner(value, dict_factory, tuple_factory) for key, value in obj.items()}
    return copy.deepcopy(obj)


def replace(obj, /, **changes):
    if not _is_instance(obj):
        raise TypeError("replace() should be called on dataclass instances")
    for made in fields(obj):
        if not made.init:
            if made.name in changes:
                raise ValueError(f"field {made.name} is declared with init=False, it cannot be specified with replace()")
        elif made.name not in changes:
            changes[made.name] = getattr(obj, made.name)
    return type(obj)(**changes)
