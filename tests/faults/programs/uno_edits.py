"""Edit documents in a running LibreOffice; run by the system's Python, which has ``uno``, not by the tests' own.

Reads from its input, a line each: ``new KIND``, ``open PATH``, ``write TEXT``, ``fill COUNT`` (rows of a sheet),
``save-as FILTER PATH``, ``store``, ``close``; answers each with a line ``done``. KIND: swriter, scalc.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

SECONDS = 120


def connect(pipe: str) -> Any:
    here = uno.getComponentContext()
    resolver = here.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", here)
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            there = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return there.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", there)
        except NoConnectException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def is_text(document: Any) -> bool:
    return bool(document.supportsService("com.sun.star.text.TextDocument"))


def write(document: Any, text: str) -> None:
    if is_text(document):
        document.Text.insertString(document.Text.getStart(), text, False)
    else:
        document.Sheets.getByIndex(0).getCellByPosition(0, 0).setString(text)


def act(desktop: Any, document: Any, verb: str, rest: str) -> Any:
    hidden = (PropertyValue("Hidden", 0, True, 0),)
    if verb == "new":
        return desktop.loadComponentFromURL(f"private:factory/{rest}", "_blank", 0, hidden)
    if verb == "open":
        return desktop.loadComponentFromURL(uno.systemPathToFileUrl(rest), "_blank", 0, hidden)
    if verb == "write":
        write(document, rest)
    elif verb == "fill":
        rows = tuple(tuple(str(row * column * 7919 % 99991) for column in range(50)) for row in range(int(rest)))
        document.Sheets.getByIndex(0).getCellRangeByPosition(0, 1, 49, len(rows)).setDataArray(rows)
    elif verb == "save-as":
        kind, _, path = rest.partition(" ")
        document.storeAsURL(uno.systemPathToFileUrl(path),
                            (PropertyValue("FilterName", 0, kind.replace("_", " "), 0),))
    elif verb == "store":
        document.store()
    elif verb == "close":
        document.close(True)
    return document


def main() -> None:
    desktop, document = connect(sys.argv[1]), None
    sys.stdout.write("done\n")
    sys.stdout.flush()
    for line in sys.stdin:
        verb, _, rest = line.rstrip("\n").partition(" ")
        document = act(desktop, document, verb, rest)
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
