"""`enum`: `Enum`, `IntEnum`, `StrEnum`, `Flag`, `IntFlag`, `auto`, `unique`. Absent: boundaries of flags, `verify`, setting of members
being refused."""

__all__ = ["Enum", "EnumMeta", "EnumType", "Flag", "IntEnum", "IntFlag", "StrEnum", "auto", "global_enum", "member", "nonmember",
           "unique"]

_missing = object()


class auto:
    """A value that is known when the class is made; in its body it may be combined with others."""

    def __init__(self, value=_missing):
        self.value = value
        self._parts = None

    def _combined(self, other, function):
        made = auto()
        made._parts = (self, other, function)
        return made

    def _combine(self):
        left, right, function = self._parts
        return function(left.value, right.value if isinstance(right, auto) else right)

    def __or__(self, other):
        return self._combined(other, lambda a, b: a | b)

    def __ror__(self, other):
        return self._combined(other, lambda a, b: b | a)

    def __and__(self, other):
        return self._combined(other, lambda a, b: a & b)

    def __xor__(self, other):
        return self._combined(other, lambda a, b: a ^ b)


class member:
    def __init__(self, value):
        self.value = value


class nonmember:
    def __init__(self, value):
        self.value = value


class EnumType:
    """What the classes themselves can do: the machine asks it for a class that names it `__metaclass__`."""

    def __iter__(cls):
        return iter([cls._member_map_[name] for name in cls._member_names_])

    def __reversed__(cls):
        return iter([cls._member_map_[name] for name in reversed(cls._member_names_)])

    def __len__(cls):
        return len(cls._member_names_)

    def __bool__(cls):
        return True

    def __contains__(cls, value):
        if isinstance(value, cls):
            return True
        if not isinstance(value, Enum):
            raise TypeError(f"unsupported operand type(s) for 'in': '{type(value).__name__}' and 'EnumType'")
        return False

    def __getitem__(cls, name):
        return cls._member_map_[name]

    def __repr__(cls):
        return f"<flag '{cls.__name__}'>" if issubclass(cls, Flag) else f"<enum '{cls.__name__}'>"


EnumMeta = EnumType


def _is_member(name, value):
    if name.startswith("_") and name.endswith("_") or isinstance(value, nonmember):
        return False
    if isinstance(value, (property, classmethod, staticmethod, type)) or hasattr(type(value), "__get__"):
        return False
    return not type(value).__name__ in ("function", "builtin_function_or_method")


def _payload_base(cls):
    for base in (int, str, float, bytes, tuple):
        if issubclass(cls, base):
            return base
    return None


def _bare(cls, base, args):
    return object.__new__(cls) if base is None else base.__new__(cls, *args)


def _build(cls):
    """Its values become members."""
    cls._member_names_ = []
    cls._member_map_ = {}
    cls._value2member_map_ = {}
    cls._unhashable_ = []
    cls.__members__ = cls._member_map_
    namespace = cls.__dict__
    maker = namespace["__new__"] if "__new__" in namespace else cls._maker_
    setup = namespace["__init__"] if "__init__" in namespace else cls._setup_
    base = _payload_base(cls)
    if base is not None:
        _prefer_enum(cls)
    last_values = []
    for name, value in list(namespace.items()):
        if name.startswith("_") and name.endswith("_"):
            continue
        if isinstance(value, nonmember):
            setattr(cls, name, value.value)
            continue
        if not _is_member(name, value):
            continue
        if isinstance(value, member):
            value = value.value
        if isinstance(value, auto):
            if value._parts is not None:
                value.value = value._combine()
            elif value.value is _missing:
                value.value = cls._generate_next_value_(name, 1, len(last_values), last_values[:])
            value = value.value
        args = value if isinstance(value, tuple) else (value,)
        if maker is not None:
            made = maker(cls, *args)
            if not hasattr(made, "_value_"):
                made._value_ = value if base is None else base(*args)
        else:
            made = _bare(cls, base, args)
            made._value_ = value if base is None or base is tuple else base(*args)
        last_values.append(made._value_)
        same = _known(cls, made._value_)
        if same is not None:
            made = same
        else:
            made._name_ = name
            made._sort_order_ = len(cls._member_names_)
            if setup is not None:
                setup(made, *args)
            if cls._is_canonical_(made._value_):
                cls._member_names_.append(name)
            _remember(cls, made._value_, made)
        cls._member_map_[name] = made
        setattr(cls, name, made)
    cls._maker_ = maker
    cls._setup_ = setup
    cls.__new__ = _look_up
    if "__init__" in namespace:
        cls.__init__ = _do_nothing


_TEXTS = ("__repr__", "__str__", "__format__")
_BITS = ("__or__", "__and__", "__xor__", "__ror__", "__rand__", "__rxor__", "__invert__")


def _prefer_enum(cls):
    """What the built-in base has too is that of the enumeration."""
    for name in _TEXTS + (_BITS if hasattr(cls, "_all_bits_") else ()):
        if name in cls.__dict__:
            continue
        for base in cls.__mro__[1:]:
            if issubclass(base, Enum) and name in base.__dict__:
                setattr(cls, name, base.__dict__[name])
                break


def _do_nothing(self, *args, **kwargs):
    pass


def _known(cls, value):
    try:
        return cls._value2member_map_.get(value)
    except TypeError:
        for other, made in cls._unhashable_:
            if other == value:
                return made
    return None


def _remember(cls, value, made):
    try:
        cls._value2member_map_[value] = made
    except TypeError:
        cls._unhashable_.append((value, made))


def _look_up(cls, value, names=_missing, *, module=None, qualname=None, type=None, start=1):
    if names is not _missing or not cls._member_map_ and "_member_map_" in cls.__dict__ and isinstance(names, (list, tuple)):
        return _functional(cls, value, names, start)
    if value.__class__ is cls:
        return value
    made = _known(cls, value)
    if made is not None:
        return made
    made = cls._missing_(value)
    if made is None:
        raise ValueError(f"{value!r} is not a valid {cls.__qualname__}")
    if not isinstance(made, cls):
        raise TypeError(f"error in {cls.__name__}._missing_: returned {made!r} instead of None or a valid member")
    return made


def _functional(cls, name, names, start):
    namespace = {}
    if isinstance(names, str):
        names = names.replace(",", " ").split()
    if isinstance(names, dict):
        names = list(names.items())
    values = []
    for item in names:
        if isinstance(item, str):
            value = cls._generate_next_value_(item, start, len(values), values[:])
        else:
            item, value = item
        values.append(value)
        namespace[item] = value
    made = type(name, (cls,), namespace)
    if "_member_map_" not in made.__dict__:
        _build(made)
    return made


class Enum:
    __metaclass__ = EnumType
    _maker_ = None
    _setup_ = None
    _member_names_ = []
    _member_map_ = {}
    _value2member_map_ = {}
    _unhashable_ = []
    __members__ = _member_map_

    def __init_subclass__(cls, **kwargs):
        _build(cls)

    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        return max(last_values) + 1 if last_values else start

    @classmethod
    def _missing_(cls, value):
        return None

    @classmethod
    def _is_canonical_(cls, value):
        return True

    @property
    def name(self):
        return self._name_

    @property
    def value(self):
        return self._value_

    def __repr__(self):
        return f"<{self.__class__.__name__}.{self._name_}: {self._value_!r}>"

    def __str__(self):
        return f"{self.__class__.__name__}.{self._name_}"

    def __format__(self, format_spec):
        return format(str(self), format_spec)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


Enum.__new__ = _look_up


class ReprEnum(Enum):
    def __str__(self):
        return _plain_text(self)

    def __format__(self, format_spec):
        return format(self._value_, format_spec)


def _plain_text(self):
    value = self._value_
    return str(value)


class IntEnum(int, ReprEnum):
    pass


class StrEnum(str, ReprEnum):
    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        return name.lower()


class Flag(Enum):
    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        if not last_values:
            return start
        highest = max(last_values)
        return 1 << highest.bit_length()

    @classmethod
    def _is_canonical_(cls, value):
        return isinstance(value, int) and value > 0 and value & (value - 1) == 0

    @classmethod
    def _all_bits_(cls):
        bits = 0
        for made in list(cls._member_map_.values()):
            bits |= made._value_
        return bits

    @classmethod
    def _missing_(cls, value):
        if not isinstance(value, int):
            raise ValueError(f"{value!r} is not a valid {cls.__qualname__}")
        bits = cls._all_bits_()
        unknown = 0
        if value < 0:
            value = value & bits
            made = _known(cls, value)
            if made is not None:
                return made
        elif value & ~bits:
            unknown = value & ~bits
            if not issubclass(cls, int):
                width = max(value.bit_length(), bits.bit_length())
                raise ValueError(f"{cls!r} invalid value {value!r}\n    given {_bits(value, width)}\n  allowed {_bits(bits, width)}")
        made = _bare(cls, _payload_base(cls), (value,))
        made._value_ = value
        names = [name for name in cls._member_names_ if cls._member_map_[name]._value_ & value]
        if unknown:
            names.append(str(unknown))
        made._name_ = "|".join(names) if value and len(names) > (1 if unknown else 0) else None
        _remember(cls, value, made)
        return made

    def _other(self, other):
        if isinstance(other, self.__class__):
            return other._value_
        if isinstance(self, int) and isinstance(other, int):
            return other
        return None

    def __or__(self, other):
        other = self._other(other)
        return NotImplemented if other is None else self.__class__(self._value_ | other)

    def __and__(self, other):
        other = self._other(other)
        return NotImplemented if other is None else self.__class__(self._value_ & other)

    def __xor__(self, other):
        other = self._other(other)
        return NotImplemented if other is None else self.__class__(self._value_ ^ other)

    __ror__ = __or__
    __rand__ = __and__
    __rxor__ = __xor__

    def __invert__(self):
        return self.__class__(self._all_bits_() & ~self._value_)

    def __bool__(self):
        return bool(self._value_)

    def __contains__(self, other):
        if not isinstance(other, self.__class__):
            raise TypeError(f"unsupported operand type(s) for 'in': {type(other).__qualname__!r} and {self.__class__.__qualname__!r}")
        return other._value_ & self._value_ == other._value_

    def __iter__(self):
        cls = self.__class__
        for name in cls._member_names_:
            made = cls._member_map_[name]
            if made._value_ & self._value_:
                yield made

    def __len__(self):
        return bin(self._value_).count("1")

    def __repr__(self):
        if self._name_ is None:
            return f"<{self.__class__.__name__}: {self._value_!r}>"
        return f"<{self.__class__.__name__}.{self._name_}: {self._value_!r}>"

    def __str__(self):
        if self._name_ is None:
            return f"{self.__class__.__name__}({self._value_!r})"
        return f"{self.__class__.__name__}.{self._name_}"


def _bits(value, width):
    return "0b0 " + bin(value)[2:].rjust(width, "0")


class IntFlag(int, ReprEnum, Flag):
    def __str__(self):
        return str(self._value_)


def unique(enumeration):
    doubles = [f"{alias} -> {made._name_}" for alias, made in enumeration.__members__.items() if alias != made._name_]
    if doubles:
        raise ValueError(f"duplicate values found in {enumeration!r}: {', '.join(doubles)}")
    return enumeration


def global_enum(cls):
    return cls
