"""What a document takes from the firm: its colours, its logo, its currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from folderkit.core.errors import Misuse
from folderkit.core.language import Text

_WHITE = (255, 255, 255)
_READABLE = 4.5  # contrast of text on its ground, https://www.w3.org/TR/WCAG21/#contrast-minimum
Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Firm:
    """The firm's look. Colours are hex with or without '#', "" for the template's own; `logo` is a PNG, JPEG or
    GIF, or None, and then the firm's name stands in its place."""

    color: str = ""
    accent: str = ""
    logo: Path | None = None
    currency: str = "CNY"


def palette(firm: Firm) -> dict[str, str]:
    """The firm's colour for each role of a template, as six upper-case hex digits; empty without `firm.color`.

    Raises `Misuse` for what is no colour.
    """
    if not firm.color:
        return {"accent": _hex(_rgb("firm.accent", firm.accent))} if firm.accent else {}
    primary = _rgb("firm.color", firm.color)
    accent = _rgb("firm.accent", firm.accent) if firm.accent else _mix(primary, _WHITE, 0.35)
    ink = _darkened(primary)
    return {
        "primary": _hex(primary),
        "on_primary": "FFFFFF" if _contrast(primary, _WHITE) >= 3 else _hex(ink),
        "ink": _hex(ink),
        "accent": _hex(accent),
        "tint": _hex(_mix(primary, _WHITE, 0.91)),
        "line": _hex(_mix(primary, _WHITE, 0.72)),
    }


def recolor(xml: str, colors: Mapping[str, str], palette: Mapping[str, str]) -> str:
    """`xml` with the template's placeholder colours (`colors`: role → hex) replaced by the firm's."""
    import re

    wanted = {drawn: palette[role] for role, drawn in colors.items() if role in palette}
    if not wanted:
        return xml
    pattern = re.compile(r'((?:w:val|w:fill|w:color)=")(' + "|".join(wanted) + r')"', re.IGNORECASE)
    return pattern.sub(lambda found: f'{found[1]}{wanted[found[2].upper()]}"', xml)


def _rgb(name: str, text: str) -> Rgb:
    digits = text.strip().lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    try:
        value = int(digits, 16) if len(digits) == 6 else -1
    except ValueError:
        value = -1
    if value < 0:
        raise Misuse(
            Text(f"{name}: '{text}' is no colour.", f"{name}：“{text}”不是颜色。"),
            Text("Write six hex digits in quotes, such as '#1F3B57'.", "请写带引号的六位十六进制数，例如 '#1F3B57'。"))
    return value >> 16, value >> 8 & 255, value & 255


def _hex(color: Rgb) -> str:
    return "{:02X}{:02X}{:02X}".format(*color)


def _mix(color: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(color, other, strict=True))
    return red, green, blue


def _darkened(color: Rgb) -> Rgb:
    """The colour, darkened until text in it is readable on white."""
    share = 0.0
    while _contrast(_mix(color, (0, 0, 0), share), _WHITE) < _READABLE:
        share += 0.05
    return _mix(color, (0, 0, 0), share)


def _contrast(one: Rgb, other: Rgb) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Rgb) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
              for part in (channel / 255 for channel in color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
