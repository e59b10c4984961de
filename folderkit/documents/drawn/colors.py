"""The firm's colours in place of those a template was drawn with."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from folderkit.core.settings import Firm

_WHITE = (255, 255, 255)
_LARGE, _READABLE = 3.0, 4.5  # contrast of large and small text on its ground, https://www.w3.org/TR/WCAG21/#contrast-minimum
Rgb = tuple[int, int, int]


@functools.lru_cache(maxsize=8)
def palette(firm: Firm) -> Mapping[str, str]:
    """The colour for each role of a template, as six upper-case hex digits: the firm's two, and mixes of the first.

    `ink` is for text and lines on white, darkened where a light colour could not be read; `on_primary` for text on
    the first colour.
    """
    primary, accent = _rgb(firm.color), _rgb(firm.accent)
    ink = _darkened(primary)
    return {
        "primary": _hex(primary),
        "on_primary": "FFFFFF" if _contrast(primary, _WHITE) >= _LARGE else "1A1A1A",
        "ink": _hex(ink),
        "accent": _hex(accent),
        "tint": _hex(_mix(primary, _WHITE, 0.92)),
        "line": _hex(_mix(primary, _WHITE, 0.74)),
    }


def recolor(xml: str, colors: Mapping[str, str], palette: Mapping[str, str]) -> str:
    """`xml` with the template's placeholder colours (`colors`: role → hex) replaced by the firm's."""
    wanted = {drawn: palette[role] for role, drawn in colors.items() if role in palette}
    if not wanted:
        return xml
    drawn = "|".join(wanted)
    element = re.compile(rf'<[^<>]*"(?:{drawn})"[^<>]*>', re.IGNORECASE)
    attribute = re.compile(rf'((?:w:val|w:fill|w:color|srgbClr val)=")({drawn})"', re.IGNORECASE)

    def other(found: re.Match[str]) -> str:
        replaced = {name for name, _ in attribute.findall(found[0])}
        made = attribute.sub(lambda one: f'{one[1]}{wanted[one[2].upper()]}"', found[0])
        return _without_theme(made, replaced) if replaced and "w:theme" in made else made

    return element.sub(other, xml)


def _without_theme(element: str, replaced: set[str]) -> str:
    """An element without the colours of the theme in place of which others were put: Word would heed those first."""
    ground = 'w:fill="' in replaced
    text = bool(replaced - {'w:fill="'})
    kinds = [kind for kind, wanted in (("Fill(?:Tint|Shade)?", ground), ("(?:Color|Tint|Shade)", text)) if wanted]
    return re.sub(rf' w:theme(?:{"|".join(kinds)})="[^"]*"', "", element)


def mixed(color: str, other: str, share: float) -> str:
    """A colour with a `share` (0 to 1) of another one in it; all as six hex digits."""
    return _hex(_mix(_rgb(color), _rgb(other), share))


def _rgb(digits: str) -> Rgb:
    value = int(digits.lstrip("#"), 16)
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
