"""`typing`: names for annotations, which do nothing. Absent: all that looks at annotations while a program runs."""


class _Form:
    def __init__(self, name):
        self._name = name

    def __getitem__(self, parameters):
        return self

    def __or__(self, other):
        return self

    def __ror__(self, other):
        return self

    def __call__(self, *args, **kwargs):
        raise TypeError(f"Type {self._name} cannot be instantiated")

    def __repr__(self):
        return "typing." + self._name


Any = _Form("Any")
Union = _Form("Union")
Optional = _Form("Optional")
Callable = _Form("Callable")
Iterable = _Form("Iterable")
Iterator = _Form("Iterator")
Generator = _Form("Generator")
Sequence = _Form("Sequence")
MutableSequence = _Form("MutableSequence")
Mapping = _Form("Mapping")
MutableMapping = _Form("MutableMapping")
Collection = _Form("Collection")
Container = _Form("Container")
Hashable = _Form("Hashable")
Sized = _Form("Sized")
Literal = _Form("Literal")
ClassVar = _Form("ClassVar")
Final = _Form("Final")
Annotated = _Form("Annotated")
NoReturn = _Form("NoReturn")
Never = _Form("Never")
Self = _Form("Self")
TypeAlias = _Form("TypeAlias")
Type = _Form("Type")
Tuple = _Form("Tuple")
List = _Form("List")
Dict = _Form("Dict")
Set = _Form("Set")
FrozenSet = _Form("FrozenSet")
Deque = _Form("Deque")
DefaultDict = _Form("DefaultDict")
OrderedDict = _Form("OrderedDict")
Counter = _Form("Counter")
Awaitable = _Form("Awaitable")
Coroutine = _Form("Coroutine")
IO = _Form("IO")
TextIO = _Form("TextIO")
BinaryIO = _Form("BinaryIO")
AnyStr = _Form("AnyStr")
Text = str
SupportsInt = _Form("SupportsInt")
TYPE_CHECKING = False


class Generic:
    def __class_getitem__(cls, parameters):
        return cls


class Protocol:
    def __class_getitem__(cls, parameters):
        return cls


def TypeVar(name, *constraints, bound=None, covariant=False, contravariant=False):
    return _Form(name)


def ParamSpec(name):
    return _Form(name)


def NewType(name, tp):
    def new_type(x):
        return x
    new_type.__name__ = name
    return new_type


def cast(typ, val):
    return val


def overload(func):
    return func


def final(f):
    return f


def no_type_check(arg):
    return arg


def runtime_checkable(cls):
    return cls


def get_type_hints(obj, globalns=None, localns=None):
    return dict(getattr(obj, "__annotations__", {}))


def NamedTuple(typename, fields):
    from collections import namedtuple
    return namedtuple(typename, [name for name, _ in fields])


def TypedDict(typename, fields=None, *, total=True):
    return dict
