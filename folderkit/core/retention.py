"""How long versions are kept: the policy of a setting or of a skeleton's folder, and which versions it lets go."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from folderkit.core.language import Text

if TYPE_CHECKING:
    from folderkit.core.located import Reader

ALWAYS = 10**6  # days
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_PERIODS: Mapping[str, Callable[[dt.datetime], object]] = {  # versions of the same period stand for one another
    "all": lambda at: at,
    "daily": lambda at: at.date(),
    "weekly": lambda at: at.isocalendar()[:2],
    "monthly": lambda at: (at.year, at.month),
    "yearly": lambda at: at.year,
}


class Policy(NamedTuple):
    """`steps` are (days, period): up to which age the last version of each period is kept, youngest first; without
    steps every version is. The first version, the last, and the `last` youngest ones are kept in any case."""

    steps: tuple[tuple[int, str], ...] = ()
    last: int = 10

    @property
    def words(self) -> str:
        """As it is written in YAML."""
        if not self.steps:
            return "all"
        ages = [f"{period}: {'always' if days >= ALWAYS else f'{days}d'}" for days, period in self.steps]
        return "{" + ", ".join([*ages, f"last: {self.last}"]) + "}"


KEEP_ALL = Policy()
DEFAULT = Policy(((30, "all"), (365, "daily"), (ALWAYS, "weekly")))
DEFAULT_TEXT = "{all: 30d, daily: 1y, weekly: always, last: 10}"


def read_policy(reader: Reader, key: str, default: Policy | None) -> Policy | None:
    """The policy at `key`: ``all``, or periods with the age up to which each counts; faults are told by line."""
    if key not in reader:
        return default
    inner = reader.at(key)
    if inner.value() == "all":
        return KEEP_ALL
    if not inner.keys():
        inner.fault(Text("'keep' must be 'all', or ages such as {all: 30d, daily: 1y, weekly: always}.",
                         "keep 应为 all，或各周期的期限，例如 {all: 30d, daily: 1y, weekly: always}。"))
        return default
    inner.only(*_PERIODS, "last")
    steps = sorted((_days(inner, period), period) for period in _PERIODS if period in inner)
    return Policy(tuple(steps), inner.number("last", DEFAULT.last))


def _days(reader: Reader, key: str) -> int:
    word = reader.text(key).strip()
    found = re.fullmatch(r"(\d{1,5}) *([dwmy])", word)
    if word == "always" or found is None:
        if word and word != "always":
            reader.fault_at(key, Text(f"'{word}' is no age; write 30d, 8w, 6m, 1y or always.",
                                      f"“{word}”不是期限，请写成 30d、8w、6m、1y 或 always。"))
        return ALWAYS
    return int(found[1]) * _DAYS[found[2]]


def let_go(policy: Policy, times: Sequence[dt.datetime], now: dt.datetime) -> list[int]:
    """Which of a file's versions (by position, oldest first, each with its time) the policy lets go. Days are those
    of `now`'s time zone. A clock that was wrong lets nothing go: what seems to come from the future is new."""
    if not policy.steps:
        return []
    gone = []
    taken: set[tuple[str, object]] = set()
    for position in range(len(times) - 1, -1, -1):
        at = times[position].astimezone(now.tzinfo)
        age = (now - at).days
        period = next((period for days, period in policy.steps if age < days), None)
        place = (period or "", _PERIODS[period](at) if period else None)
        kept = period == "all" or (period is not None and place not in taken)
        if period is not None:
            taken.add(place)
        if not kept and 0 < position < len(times) - max(policy.last, 1):
            gone.append(position)
    return gone[::-1]
