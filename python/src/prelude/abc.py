"""`abc`: classes that are to be derived from. Absent: virtual subclasses; what `metaclass=ABCMeta` alone would refuse."""


def abstractmethod(funcobj):
    funcobj.__isabstractmethod__ = True
    return funcobj


def _is_abstract(value):
    for name in ("fget", "__func__"):
        value = getattr(value, name, value)
    return getattr(value, "__isabstractmethod__", False)


def _abstract_names(cls):
    seen = {}
    for base in cls.__mro__:
        if base is not object:
            for name, value in base.__dict__.items():
                if name not in seen:
                    seen[name] = _is_abstract(value)
    return sorted([name for name, abstract in seen.items() if abstract])


class ABC:
    def __new__(cls, *args, **kwargs):
        names = cls.__dict__.get("_abstract_names_")
        if names is None:
            names = _abstract_names(cls)
            cls._abstract_names_ = names
        if names:
            plural = "" if len(names) == 1 else "s"
            raise TypeError(f"Can't instantiate abstract class {cls.__name__} with abstract method{plural} {', '.join(names)}")
        return object.__new__(cls)


ABCMeta = type
abstractproperty = property
abstractclassmethod = classmethod
abstractstaticmethod = staticmethod
