"""``dataclass``, made quicker for the form that almost all of Everseal's values have.

A class that is frozen, has slots and no bases gets what :func:`dataclasses.dataclass` would give it, but its
methods are shared and only ``__init__`` is compiled for it, when it is first called: with hundreds of values
that was a third of the time that a short command took to start.  Other forms go to the library as they are.
"""

from __future__ import annotations

import dataclasses
from dataclasses import FrozenInstanceError
from operator import attrgetter

TYPE_CHECKING = False
__all__ = ["dataclass"]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from dataclasses import dataclass
    from typing import Any, Final
else:

    def dataclass(cls=None, /, **options):
        """As in the standard library."""
        if cls is not None or options != _QUICK:
            return dataclasses.dataclass(cls, **options)
        return _made


class _Factory:
    """Stands for a default that is made when it is needed."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY: Final = _Factory()
_QUICK: Final = {"frozen": True, "slots": True}
_ORDINARY: Final[Any] = dataclasses.field()
_CLASS_VARIABLE: Final = ("ClassVar", "typing.ClassVar")
_OWN_METHODS: Final = ("__eq__", "__hash__", "__init__", "__repr__", "__setattr__", "__delattr__")


def _made(cls: type) -> type:
    names = _names(cls)
    if cls.__bases__ != (object,) or any(method in cls.__dict__ for method in _OWN_METHODS) or names is None:
        return dataclasses.dataclass(**_QUICK)(cls)
    given = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    fields = [(name, _described(given.get(name))) for name in names]
    if any(not field.init or field.kw_only is True for _, field in fields):
        return dataclasses.dataclass(**_QUICK)(cls)
    content = {
        key: value
        for key, value in cls.__dict__.items()
        if key not in given and key not in {"__dict__", "__weakref__"}
    }
    content |= {
        "__slots__": names,
        "__match_args__": names,
        "__dataclass_fields__": _Fields(names, given),
        "__dataclass_params__": _PARAMETERS,
        "__init__": _Initialiser(names, given),
        "__setattr__": _refuse_setting,
        "__delattr__": _refuse_deleting,
        "__getstate__": _state,
        "__setstate__": _restore,
        "_shown": tuple(name for name, field in fields if field.repr),
        "_compared": _reader(name for name, field in fields if field.compare),
        "_counted": _reader(
            name for name, field in fields if (field.compare if field.hash is None else field.hash)
        ),
        "__repr__": _written,
        "__eq__": _is_equal,
        "__hash__": _hashed,
    }
    made = type(cls)(cls.__name__, cls.__bases__, content)
    made.__qualname__ = cls.__qualname__
    return made


def _names(cls: type) -> tuple[str, ...] | None:
    """The fields in order; None where an annotation is no text, or says more than a type."""
    found = []
    for name, annotation in cls.__annotations__.items():
        if not isinstance(annotation, str) or "InitVar" in annotation or "KW_ONLY" in annotation:
            return None
        if not annotation.startswith(_CLASS_VARIABLE):
            found.append(name)
    return tuple(found)


def _described(given: Any) -> dataclasses.Field[Any]:
    """What stands in the class for a field, as ``field`` says it."""
    return given if isinstance(given, dataclasses.Field) else _ORDINARY


class _Fields:
    """The library's description of the fields, made when somebody asks for it: few classes are ever asked."""

    __slots__ = ("_given", "_names")

    def __init__(self, names: tuple[str, ...], given: dict[str, Any]) -> None:
        self._names = names
        self._given = given

    def __get__(self, _instance: object, owner: type) -> dict[str, dataclasses.Field[Any]]:
        annotations = {name: owner.__annotations__[name] for name in self._names}
        body = {"__annotations__": annotations, "__module__": owner.__module__, **self._given}
        described: Any = dataclasses.dataclass(type(owner.__name__, (), body))
        fields: dict[str, dataclasses.Field[Any]] = described.__dataclass_fields__
        type.__setattr__(owner, "__dataclass_fields__", fields)
        return fields


_PARAMETERS: Final = vars(dataclasses.dataclass(frozen=True)(type("_", (), {})))["__dataclass_params__"]


class _Initialiser:
    """``__init__``, compiled when it is first wanted: a run makes values of few of its classes."""

    __slots__ = ("_given", "_names", "_owner")

    def __init__(self, names: tuple[str, ...], given: dict[str, Any]) -> None:
        self._names = names
        self._given = given

    def __set_name__(self, owner: type, _name: str) -> None:
        self._owner = owner

    def __get__(self, instance: object, _owner: type) -> Any:
        made = _initialiser(self._owner, self._names, self._given)
        type.__setattr__(self._owner, "__init__", made)
        return made if instance is None else made.__get__(instance)


def _initialiser(cls: type, names: tuple[str, ...], given: dict[str, Any]) -> Any:
    """``__init__`` with the fields as parameters, their defaults and annotations."""
    scope: dict[str, Any] = {"_set": object.__setattr__, "_unset": _FACTORY}
    parameters, lines = ["self"], []
    for number, name in enumerate(names):
        value = name
        default, factory = _default(given[name]) if name in given else (dataclasses.MISSING,) * 2
        if factory is not dataclasses.MISSING:
            scope[f"_made_{number}"] = factory
            value = f"_made_{number}() if {name} is _unset else {name}"
            parameters.append(f"{name}=_unset")
        elif default is not dataclasses.MISSING:
            scope[f"_default_{number}"] = default
            parameters.append(f"{name}=_default_{number}")
        else:
            parameters.append(name)
        lines.append(f"    _set(self, {name!r}, {value})")
    if "__post_init__" in cls.__dict__:
        lines.append("    self.__post_init__()")
    exec("\n".join([f"def __init__({', '.join(parameters)}):", *(lines or ["    pass"])]), scope)
    made = scope["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__module__ = cls.__module__
    made.__annotations__ = {**{name: cls.__annotations__[name] for name in names}, "return": None}
    return made


def _default(given: Any) -> tuple[Any, Any]:
    """The default and its factory, one of which is missing."""
    if isinstance(given, dataclasses.Field):
        return given.default, given.default_factory
    return given, dataclasses.MISSING


def _written(self: Any) -> str:
    members = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)
    return f"{type(self).__qualname__}({members})"


def _is_equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self is other or self._compared(self) == self._compared(other)


def _hashed(self: Any) -> int:
    return hash(self._counted(self))


def _reader(names: Iterable[str]) -> Callable[[object], object]:
    """What reads these attributes of a value at once; of none, what all values of the class share."""
    return attrgetter(*(tuple(names) or ("__class__",)))


def _refuse_setting(_self: object, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(_self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self.__match_args__]


def _restore(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__match_args__, state, strict=True):
        object.__setattr__(self, name, value)
