"""What a template asks for and the facts do not have: recorded by its dotted name while rendering goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import Undefined
from jinja2.exceptions import SecurityError


class Missing(Undefined):
    """A value that is not there. Any use records its name; it renders as nothing, so that all are found."""

    __slots__ = ()
    context: Mapping[str, Any]
    paths: dict[int, str]
    found: dict[str, None]

    def _path(self) -> str:
        obj, name = self._undefined_obj, str(self._undefined_name)
        above = obj._path() if isinstance(obj, Missing) else self._paths().get(id(obj), "")
        return f"{above}.{name}" if above else name

    def _paths(self) -> Mapping[int, str]:
        """Where each mapping and list of the context stands; looked up only once something is missing."""
        kind = type(self)
        if not kind.paths:
            kind.paths = dict(_paths(self.context, ""))
        return kind.paths

    def _record(self) -> None:
        if issubclass(self._undefined_exception, SecurityError):
            raise self._undefined_exception(self._undefined_message)
        self.found[self._path()] = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: Any) -> Any:
        if issubclass(self._undefined_exception, SecurityError):
            self._record()
        return type(self)(obj=self, name=name)

    def __str__(self) -> str:
        self._record()
        return ""

    def __iter__(self) -> Iterator[Any]:
        self._record()
        return iter(())

    def __len__(self) -> int:
        self._record()
        return 0

    def __bool__(self) -> bool:
        self._record()
        return False

    def __eq__(self, other: object) -> bool:
        self._record()
        return False

    def __ne__(self, other: object) -> bool:
        self._record()
        return True

    def __hash__(self) -> int:
        self._record()
        return id(type(self))

    def __contains__(self, item: object) -> bool:
        return bool(self)

    def __lt__(self, *args: Any, **kwargs: Any) -> Any:
        return bool(self)

    __le__ = __gt__ = __ge__ = __lt__

    def __int__(self, *args: Any, **kwargs: Any) -> Any:
        return len(self)

    def __float__(self, *args: Any, **kwargs: Any) -> Any:
        return float(len(self))

    def __round__(self, places: int = 0) -> int:
        return len(self)

    def __call__(self, *values: Any, **named: Any) -> Any:
        self._record()
        return self

    def __add__(self, other: Any) -> Any:
        self._record()
        return self

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __add__

    def __neg__(self) -> Any:
        self._record()
        return self

    __pos__ = __abs__ = __neg__


def recorder(context: Mapping[str, Any]) -> type[Missing]:
    """A `Missing` of its own for one rendering; `found` holds the names, in the order of use."""
    return type("Missing", (Missing,), {"context": context, "paths": {}, "found": {}, "__slots__": ()})


def _paths(node: Any, path: str) -> Iterator[tuple[int, str]]:
    """The dotted path of every mapping and list, by identity; the members of a list share ``name[]``."""
    if isinstance(node, Mapping):
        yield id(node), path
        for key, value in node.items():
            yield from _paths(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list | tuple):
        yield id(node), path
        for member in node:
            if isinstance(member, Mapping | list | tuple):
                yield from _paths(member, f"{path}[]")
