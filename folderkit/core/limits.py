"""What a tag may use up: turns, characters, values and time are counted while it is evaluated, in whatever thread, and
what would be too much is refused before it is made."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from types import BuiltinMethodType, CodeType, MethodType
from typing import Any, Self

from jinja2 import nodes
from jinja2.compiler import CodeGenerator
from jinja2.exceptions import SecurityError
from jinja2.parser import Parser
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedFormatter
from jinja2.utils import Namespace
from markupsafe import EscapeFormatter, Markup

from folderkit.core.counted import MAX_TAGS, SHORT, Counting, TooDeep, check_depth, too_deep
from folderkit.core.language import Text

MAX_TURNS = 10_000_000  # of all loops, and of filters, calls and comparisons
MAX_WRITTEN = 200_000_000  # characters of the result
MAX_TEXT = 2_000_000  # characters of one text that a tag makes
MAX_MEMBERS = 1_000_000  # of one list, with all that is in it
MAX_VALUE = 20_000_000  # characters in it
MAX_MADE = 100_000_000  # characters and members of all that tags make on the way
MAX_WIDTH = 1_000
MAX_BITS = 4_096
MAX_SECONDS = 60.0  # of the thread's own time
_SCALAR = 24  # characters of a number, a date
_MEMBER = 16  # what a member of a list takes, compared with a character
_TEXTS = frozenset((str, Markup))
_LISTS = frozenset((list, tuple, set, frozenset))
_WIDE = re.compile(r"\d{4}|\*")
_WIDE_PERCENT = re.compile(r"%(?:\([^)]*\))?[-+ #0]*(?:\d{4}|\*|\d*\.(?:\d{4}|\*))")
_HIDDEN = frozenset(("encode", "translate", "maketrans", "to_bytes", "from_bytes", "fromkeys"))


class TooMuch(SecurityError):
    """A tag uses up more than any document needs; `message` says what."""

    def __init__(self, message: Text) -> None:
        super().__init__(message)  # type: ignore[arg-type]  # told in both languages

    def __str__(self) -> str:
        return str(self.args[0].en)


def _too_large() -> TooMuch:
    return TooMuch(Text(f"it makes a list of more than {MAX_MEMBERS:,} members or {MAX_VALUE:,} characters",
                        f"生成的列表超过 {MAX_MEMBERS:,} 个成员或 {MAX_VALUE:,} 个字符"))


class Limited(ImmutableSandboxedEnvironment):
    """A sandbox with a purse: for one rendering, or for compiling one template. What its tags use up raises `TooMuch`;
    tags that are too deep in each other raise `TooDeep`."""

    code_generator_class: type[CodeGenerator] = Counting
    intercepted_binops = frozenset(("+", "*", "%", "**"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        from folderkit.core import limited_filters

        super().__init__(*args, **kwargs)
        self.filters.update(limited_filters.FILTERS)
        self.globals.update(limited_filters.GLOBALS)
        self.renew()

    # -- the purse ---------------------------------------------------------------------------------
    def renew(self) -> None:
        """Fill the purse."""
        self.finalize = self.shown
        self._turns, self._written, self._made = MAX_TURNS, MAX_WRITTEN, MAX_MADE
        self._began = time.thread_time()
        self._deadline = time.monotonic() + MAX_SECONDS

    def renewed(self) -> Self:
        """The same environment with a full purse of its own. Both have one set of filters, tests and functions, which
        nobody must change from then on."""
        fresh = object.__new__(type(self))
        fresh.__dict__.update(self.__dict__)
        fresh.renew()
        return fresh

    def turn(self, size: int) -> None:
        """One more turn of a loop, or a step that takes as long, which writes at most `size` characters."""
        self._turns -= 1
        self._written -= size
        if self._turns < 0 or self._written < 0 or time.monotonic() > self._deadline:
            self._spent()

    def _spent(self) -> None:
        if self._turns < 0:
            raise TooMuch(Text(f"its loops go round more than {MAX_TURNS:,} times", f"循环超过 {MAX_TURNS:,} 次"))
        if self._written < 0:
            raise TooMuch(Text(f"the document would have more than {MAX_WRITTEN:,} characters",
                               f"文档将超过 {MAX_WRITTEN:,} 个字符"))
        left = MAX_SECONDS - (time.thread_time() - self._began)
        if left < 0:
            raise TooMuch(Text(f"it takes longer than {MAX_SECONDS:.0f} seconds", f"用时超过 {MAX_SECONDS:.0f} 秒"))
        self._deadline = time.monotonic() + left  # the machine was busy, or asleep

    def shown(self, value: Any) -> Any:
        """A value as it is about to be written."""
        if isinstance(value, str):
            if len(value) > SHORT:
                self.turn(len(value))
        elif isinstance(value, list | tuple | dict | set):
            self.turn(self.weigh(value))
        return value

    def charge(self, size: int) -> None:
        """`size` characters or members more are made."""
        self._made -= size
        if self._made < 0:
            raise TooMuch(Text("its values take too much memory", "它的值占用内存过多"))

    def text(self, size: int) -> None:
        """Refuse a text of more than `MAX_TEXT` characters."""
        if size > MAX_TEXT:
            raise TooMuch(Text(f"it makes a text of more than {MAX_TEXT:,} characters",
                               f"生成的文字超过 {MAX_TEXT:,} 个字符"))

    def width(self, *sizes: Any) -> None:
        """Refuse a width, or a number of places, of more than `MAX_WIDTH`."""
        if any(isinstance(size, int) and abs(size) > MAX_WIDTH for size in sizes):
            raise TooMuch(Text(f"it asks for a width of more than {MAX_WIDTH:,}", f"宽度超过 {MAX_WIDTH:,}"))

    def weigh(self, value: Any) -> int:
        """How large a value is with all that is in it: its characters and members. Refuses more
        than `MAX_MEMBERS` or `MAX_VALUE`."""
        size, count = 0, 0
        stack: list[Any] = [[value]]
        while stack:
            inside = stack.pop()
            count += len(inside)
            if count > MAX_MEMBERS or size > MAX_VALUE:
                raise _too_large()
            for part in inside:
                kind = type(part)
                if kind in _TEXTS:
                    size += len(part)
                elif kind in _LISTS:
                    stack.append(part)
                elif kind is int:
                    size += part.bit_length() // 3 + 1
                elif kind is dict:
                    stack += list(part), list(part.values())
                elif kind is Namespace:
                    stack.append(list(part._Namespace__attrs.values()))
                else:
                    size += _SCALAR
        if size > MAX_VALUE + _SCALAR * count:  # one list, or the last of them
            raise _too_large()
        return size + count

    def made(self, value: Any) -> Any:
        """What a filter, a call or an operator gave."""
        self.turn(0)
        if isinstance(value, Markup):
            self.turn(len(value))
        elif isinstance(value, str):
            if len(value) > SHORT:
                self.text(len(value))
                self.charge(len(value))
        elif isinstance(value, list | tuple | dict | set):
            self.weigh(value)
            self.charge(_MEMBER * len(value))
        elif isinstance(value, int):
            self.number(value.bit_length())
        return value

    def held(self, value: Any) -> Any:
        """A list, a group of fields or a piece that a tag makes of what is there."""
        self.charge(len(value) if isinstance(value, str) else self.weigh(value))
        return value

    def number(self, bits: int) -> None:
        """Refuse a number of more than `MAX_BITS` bits."""
        if bits > MAX_BITS:
            raise TooMuch(Text("it makes a number of more than 1,200 digits", "生成的数字超过 1,200 位"))

    # -- operators and calls -----------------------------------------------------------------------
    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if isinstance(left, float):
            return self.binop_table[operator](left, right)
        if operator == "%" and isinstance(left, str):
            self._check_percent(left, right)
        elif operator == "**" and isinstance(left, int) and isinstance(right, int):
            self.number(left.bit_length() * right)
        elif operator == "*":
            self._check_times(left, right)
        elif operator == "+" and isinstance(left, list | tuple):
            self.charge(self.weigh(right) + len(left))
            return left + right
        elif operator == "+" and isinstance(left, str) and isinstance(right, str):
            self.text(len(left) + len(right))
            self.charge(len(right) + len(left) // 4)
            return left + right
        return self.made(self.binop_table[operator](left, right))

    def _check_times(self, left: Any, right: Any) -> None:
        if isinstance(left, int) and isinstance(right, int):
            self.number(left.bit_length() + right.bit_length())
            return
        many, value = (left, right) if isinstance(left, int) else (right, left)
        if isinstance(many, int) and isinstance(value, str):
            self.text(len(value) * many)
        elif isinstance(many, int) and isinstance(value, list | tuple):
            self.charge(self.weigh(value) * max(many, 0))

    def _check_percent(self, text: str, values: Any) -> None:
        if _WIDE_PERCENT.search(text):
            self.width(MAX_WIDTH + 1)
        padding = MAX_WIDTH if re.search(r"%\D{0,40}\d", text) else 0
        self.text(len(text) + text.count("%") * (padding + self.weigh(values)) // 4)

    def joined(self, autoescape: bool, parts: tuple[Any, ...]) -> str:
        """The parts of ``a ~ b`` as one text."""
        from jinja2.runtime import markup_join, str_join

        self.text(self.weigh(parts))
        made: str = self.made((markup_join if autoescape else str_join)(parts))
        return made

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        if isinstance(__obj, Macro):
            __self.turn(0)  # it may call itself
            if __obj.catch_varargs or __obj.catch_kwargs:
                __self.charge(__self.weigh([args, kwargs]))
            return __self.shown(super().call(__context, __obj, *args, **kwargs))
        if isinstance(__obj, BuiltinMethodType | MethodType):
            args = __self._method(__obj, args, kwargs)
        elif isinstance(__obj, type):
            __self.charge(__self.weigh([args, kwargs]))
        return __self.made(super().call(__context, __obj, *args, **kwargs))

    def call_filter(self, name: str, value: Any, args: Any = None, kwargs: Any = None, context: Any = None,
                    eval_ctx: Any = None) -> Any:
        """A filter that another one calls for each member, as ``map('center', 80)`` does."""
        return self.made(super().call_filter(name, value, args, kwargs, context, eval_ctx))

    def _method(self, method: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        """The arguments of a method, when what it makes of them is not too much."""
        owner, name = method.__self__, method.__name__
        if isinstance(owner, str) and name in ("center", "ljust", "rjust", "zfill", "expandtabs"):
            self.width(*args, *kwargs.values())
            self.text(len(owner) + owner.count("\t") * MAX_WIDTH if name == "expandtabs" else len(owner))
        elif name == "replace" and isinstance(owner, str) and all(isinstance(one, str) for one in args[:2]):
            self.text(len(owner) + owner.count(args[0]) * len("".join(args[1:2])))
        elif name == "join" and isinstance(owner, str) and args:
            args = (members := list(args[0]), *args[1:])
            self.text(self.weigh(members) + len(owner) * len(members))
        elif name == "strftime":
            self.width(*(len(one) for one in args if isinstance(one, str)))
        return args

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        kind = obj if isinstance(obj, type) else type(obj)
        if attr in _HIDDEN and issubclass(kind, str | int | bytes | dict):
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        if not isinstance(value, BuiltinMethodType | MethodType) or value.__name__ not in ("format", "format_map"):
            return None
        text = value.__self__
        if not isinstance(text, str):
            return None

        def formatted(*args: Any, **kwargs: Any) -> str:
            given: Any = args[0] if value.__name__ == "format_map" and args else kwargs
            formatter = _EscapingFormatter(self, escape=text.escape) if isinstance(text, Markup) else _Formatter(self)
            made = formatter.vformat(text, () if given is not kwargs else args, given)
            return type(text)(self.made(made))

        return formatted

    # -- compiling ---------------------------------------------------------------------------------
    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if source.count("{{") + source.count("{%") > MAX_TAGS:
            raise TooDeep(Text(f"there are more than {MAX_TAGS:,} tags", f"标签超过 {MAX_TAGS:,} 个"), 1)
        parser = Parser(self, source, name, filename)
        try:
            tree = parser.parse()
        except RecursionError:
            raise too_deep(parser.stream.current.lineno) from None
        check_depth(tree)
        return tree

    def _compile(self, source: str, filename: str) -> CodeType:
        try:
            return super()._compile(source, filename)
        except (SyntaxError, RecursionError, MemoryError):
            raise too_deep(1) from None


class _Formatter(SandboxedFormatter):
    """``format`` with an eye on what each of its fields makes."""

    def __init__(self, tags: Limited, **kwargs: Any) -> None:
        super().__init__(tags, **kwargs)
        self._tags, self._size = tags, 0

    def format_field(self, value: Any, format_spec: str) -> Any:
        if _WIDE.search(format_spec):
            self._tags.width(MAX_WIDTH + 1)
        self._tags.width(len(format_spec))
        self._tags.weigh(value)
        made = super().format_field(value, format_spec)
        self._size += len(made)
        self._tags.text(self._size)
        return made


class _EscapingFormatter(_Formatter, EscapeFormatter):
    """The same, for a text that is markup."""
