"""What an earlier run left half done is finished or undone: the table of who knows how."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from folderkit import filing, placing, unpacking
from folderkit.catalog import PendingRow
from folderkit.core.errors import FolderkitError, os_failure
from folderkit.core.language import Text
from folderkit.operations import scaffold
from folderkit.operations.restore import aside, in_place
from folderkit.store import Store

_CONCLUDE: dict[str, tuple[str, Callable[[Store, PendingRow], str]]] = {
    scaffold.VERB: ("folder", scaffold.conclude),
    placing.VERB: ("path", placing.conclude),
    filing.VERB: ("path", filing.conclude),
    unpacking.VERB: ("path", unpacking.conclude),
    in_place.VERB: ("path", in_place.conclude),
    aside.VERB: ("path", aside.conclude),
}


def conclude_all(store: Store) -> Iterator[tuple[str, str | Text]]:
    """(what it was about, relative to the workspace; finished, undone, or partly finished) of every change that was
    interrupted. One that cannot be concluded now says what hinders it, and is left for the next start."""
    for pending in store.catalog.pending():
        if pending.verb in _CONCLUDE:  # else a newer folderkit's, which alone knows what to do
            name, conclude = _CONCLUDE[pending.verb]
            outcome: str | Text
            try:
                outcome = conclude(store, pending)
            except FolderkitError as error:
                outcome = error.message
            except OSError as error:
                outcome = os_failure(Text("look at", "查看"), error).message
            if outcome:
                yield str(pending.plan[name]), outcome
