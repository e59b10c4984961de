"""What a Word template can call: ``chart(…)``, ``image(…)`` and the like, each in its own module, loaded when it is
called. Only a call means the function: a field may have the same name."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from folderkit.core.language import Language
from folderkit.documents.parts.additions import Additions, NotDrawable
from folderkit.documents.parts.taken import Takings

if TYPE_CHECKING:
    from jinja2 import nodes

    from folderkit.core.tags import Tags
    from folderkit.documents.compiled import Compiled
    from folderkit.documents.drawn.picture import Picture
    from folderkit.documents.parts.styles import Numbering, Styles

Made = TypeVar("Made")
PREFIX = "folderkit_"
_RUN_FONTS = re.compile(r"<w:rFonts\b[^>]*>")
_SANS = ("Arial", "Microsoft YaHei")


@dataclass(frozen=True)
class Reach:
    """The folders from which a template may take pictures, and nothing outside of them: the first in which a path is
    found counts. `templates` are those from which it may include files, besides its own. What a document took in is
    noted in `taken`, where that is wanted."""

    folders: tuple[Path, ...] = ()
    templates: tuple[Path, ...] = ()
    taken: Takings | None = field(default=None, compare=False)


NOWHERE = Reach()


@dataclass(frozen=True)
class Kit:
    """What the functions of one rendering work with. `main` is the part that holds the text, `around` the files that
    are being filled, the template first; `taken` is what the document took in, `known` what was worked out once, by the
    word for it."""

    additions: Additions
    language: Language
    currency: str
    palette: Mapping[str, str]
    reach: Reach
    main: str
    facts: Mapping[str, Any]
    around: list[Path]
    compile: Callable[[Path], Compiled]
    taken: Takings
    known: dict[str, Any] = field(default_factory=dict)

    def picture(self, path: str, read: Callable[[], Picture]) -> Picture:
        """The picture of a path, read once."""
        return self._once(f"picture {path}", read)

    def styles(self) -> Styles:
        """The styles of the template."""
        from folderkit.documents.parts.styles import Styles

        return self._once("styles", lambda: Styles(self.additions.read("word/styles.xml")))

    def numbering(self) -> Numbering:
        """The lists of the document."""
        from folderkit.documents.parts.styles import Numbering

        return self._once("numbering", lambda: Numbering(self.additions, self.main))

    def _once(self, word: str, make: Callable[[], Made]) -> Made:
        if word not in self.known:
            self.known[word] = make()
        found: Made = self.known[word]
        return found

    def fonts(self) -> tuple[str, str]:
        """The fonts of the template's headings, Latin and Chinese, for what is drawn in it."""
        styles = self.additions.read("word/styles.xml")
        heading = re.search(r'<w:style\b[^>]*w:styleId="Heading1".*?</w:style>', styles, re.DOTALL)
        found = _RUN_FONTS.search(heading[0] if heading else "") or _RUN_FONTS.search(styles)
        return tuple(self._font(found[0] if found else "", *names) for names in (  # type: ignore[return-value]
            ("ascii", "asciiTheme", "lt", _SANS[0]), ("eastAsia", "eastAsiaTheme", "ea", _SANS[1])))

    def _font(self, fonts: str, name: str, theme: str, script: str, otherwise: str) -> str:
        in_theme = re.search(rf'\bw:{theme}="(m\w)', fonts)
        if in_theme and "theme" in self.additions.read("word/_rels/document.xml.rels"):
            return f"+{'mj' if in_theme[1] == 'ma' else 'mn'}-{script}"
        named = re.search(rf'\bw:{name}="([^"]+)"', fonts)
        return named[1] if named else otherwise


def name_functions(tree: nodes.Template) -> None:
    """Let the calls in a template mean the functions, whatever fields there are."""
    from jinja2 import nodes

    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in FUNCTIONS:
            call.node.name = PREFIX + call.node.name


@dataclass(frozen=True)
class Drawn:
    """What a call goes through row by row: the list, and the fields that it takes of each, the first as their label.
    `dates` are those of a time, the others are numbers of the kind `number`; without fields, the list is values by
    name."""

    rows: nodes.Expr
    label: str
    dates: tuple[str, ...]
    numbers: tuple[str, ...]
    number: Literal["number", "money", "percent"]


def drawn_by(call: nodes.Call) -> Drawn | None:
    """What a call of ``chart`` draws; None for any other call."""
    from jinja2 import nodes

    if not isinstance(call.node, nodes.Name) or call.node.name != f"{PREFIX}chart" or len(call.args) < 2:
        return None
    kind, *fields = [arg.value if isinstance(arg, nodes.Const) else "" for arg in (call.args[0], *call.args[2:])]
    label, *values = [str(field) for field in fields] or [""]
    said = {word.key: word.value.value for word in call.kwargs if isinstance(word.value, nodes.Const)}
    times = 2 if kind == "gantt" else 0
    form = "percent" if times else said.get("format")
    number: Literal["number", "money", "percent"] = (
        "percent" if form == "percent" else "money" if form == "money" else "number")
    return Drawn(call.args[1], label or str(said.get("label", "")), tuple(values[:times]), tuple(values[times:]),
                 number)


def equip(tags: Tags) -> None:
    """Put the functions into an environment: what they work with is the `kit` of the one that evaluates them."""
    functions, filters = _callable_in_tags()
    tags.globals.update(functions)
    tags.filters.update(filters)


@functools.cache
def _callable_in_tags() -> tuple[dict[str, Any], dict[str, Any]]:
    """The functions and the filters as Jinja calls them."""
    from jinja2 import pass_context

    functions = {PREFIX + name: _bound(function) for name, function in (*FUNCTIONS.items(), *INNER.items())}
    # with the context, else it is called once, when compiled
    return functions, {name: pass_context(_as_filter(_bound(function))) for name, function in FILTERS.items()}


def _bound(function: Callable[..., Any]) -> Callable[..., Any]:
    from jinja2 import Undefined, pass_environment

    @pass_environment
    def call(tags: Any, *values: Any, **named: Any) -> Any:
        missing = [value for value in (*values, *named.values()) if isinstance(value, Undefined)]
        if missing:
            return "".join(str(value) for value in missing)  # it tells that it is used
        try:
            return function(tags.kit, *values, **named)
        except TypeError as error:
            raise _misread(function, error) from None

    return call


def _as_filter(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda context, *values, **named: function(context.environment, *values, **named)


def _misread(function: Callable[..., Any], error: TypeError) -> Exception:
    """The fault of a call with too many, too few or unknown words in its brackets; any other error as it is."""
    import inspect

    from folderkit.core.language import Text

    trace = error.__traceback__
    if trace is None or (trace.tb_next and trace.tb_next.tb_next):
        return error
    words = ", ".join(str(word).partition(":")[0].partition(" = ")[0]
                      for word in list(inspect.signature(function).parameters)[1:])
    said = str(error).partition("() ")[2].partition("'")
    about = f" ({said[1]}{said[2]})".replace(" ()", "") if said[1] else ""
    return NotDrawable(Text(f"what stands in its brackets does not fit{about}; it takes: {words}",
                            f"括号中的内容不符{about.replace(' (', '（').replace(')', '）')}；可用：{words}"))


def _chart(kit: Kit, *values: Any, **named: Any) -> Any:
    from folderkit.documents.drawn.chart import chart

    return chart(kit, *values, **named)


def _image(kit: Kit, *values: Any, **named: Any) -> Any:
    from folderkit.documents.drawn.image import image

    return image(kit, *values, **named)


def _in_box(kit: Kit, *values: Any) -> Any:
    from folderkit.documents.drawn.image import in_box

    return in_box(*values)


def _markdown(kit: Kit, *values: Any, **named: Any) -> Any:
    from folderkit.documents.drawn.markdown import markdown

    return markdown(kit, *values, **named)


def _include(kit: Kit, *values: Any, **named: Any) -> Any:
    from folderkit.documents.drawn.include import include

    return include(kit, *values, **named)


def _qr(kit: Kit, *values: Any, **named: Any) -> Any:
    from folderkit.documents.drawn.code import qr

    return qr(kit, *values, **named)


FUNCTIONS: dict[str, Callable[..., Any]] = {"chart": _chart, "image": _image, "include": _include, "qr": _qr}
INNER: dict[str, Callable[..., Any]] = {"in_box": _in_box}  # of templates as they are compiled, not as they are written
FILTERS: dict[str, Callable[..., Any]] = {"fit": _image, "image": _image, "markdown": _markdown, "qr": _qr}
CALLED = tuple(PREFIX + name for name in (*FUNCTIONS, *INNER))
