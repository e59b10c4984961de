"""Syncthing as one that keeps versions: what a person saves goes to a second one, which keeps what it replaces.

Syncthing keeps versions only of what another device replaces or deletes, so two of them run on this machine: the first
watches the tree, the second has it with simple versioning. They know each other by address and ask nobody else.
"""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.benchmarks.backups import FACTS
from tests.benchmarks.ground import Ground
from tests.benchmarks.measure import process
from tests.benchmarks.programs import Program, Used
from tests.benchmarks.watchers import Save
from tests.trees import make_tree

FOLDER = "bench"
_OPTIONS = {"globalAnnounceEnabled": "false", "localAnnounceEnabled": "false", "relaysEnabled": "false",
            "natEnabled": "false", "crashReportingEnabled": "false", "urAccepted": "-1", "startBrowser": "false",
            "autoUpgradeIntervalH": "0", "stunKeepaliveStartS": "0", "reconnectionIntervalS": "1",
            "setLowPriority": "false"}  # to nobody else; and as quick as the others


class Instance:
    """One Syncthing with one folder that it watches."""

    def __init__(self, home: Path, delay: int) -> None:
        self._home, self._delay = home, delay
        self.tree = home / "tree"
        (self.tree / ".stfolder").mkdir(parents=True)
        process(["syncthing", "generate", f"--home={home / 'own'}"], home)
        self._document = ElementTree.parse(home / "own" / "config.xml")
        self.identity = str(self._root("device").get("id"))
        self.port, page = _free_port(), _free_port()
        self._page, self._key = f"http://127.0.0.1:{page}/rest/", self._root("gui/apikey").text or ""
        self._root("gui/address").text = f"127.0.0.1:{page}"
        self._program: Program | None = None

    def configure(self, others: Sequence[Instance]) -> None:
        """Let it know the others, and share its folder with them; it keeps versions of what they replace."""
        root = self._document.getroot()
        for name, value in {**_OPTIONS, "listenAddress": f"tcp://127.0.0.1:{self.port}"}.items():
            self._root(f"options/{name}").text = value
        for folder in root.findall("folder"):
            root.remove(folder)
        folder = _copy(self._root("defaults/folder"))
        folder.attrib |= {"id": FOLDER, "path": str(self.tree), "fsWatcherDelayS": str(self._delay)}
        versioning = folder.find("versioning")
        assert versioning is not None
        versioning.set("type", "simple")
        ElementTree.SubElement(versioning, "param", {"key": "keep", "val": "5"})
        for other in others:
            device = _copy(self._root("defaults/device"))
            device.attrib |= {"id": other.identity, "name": "other"}
            address = device.find("address")
            assert address is not None
            address.text = f"tcp://127.0.0.1:{other.port}"
            root.append(device)
            ElementTree.SubElement(folder, "device", {"id": other.identity})
        root.append(folder)
        self._document.write(self._home / "own" / "config.xml")

    def start(self) -> None:
        program = self._program = Program(["syncthing", "serve", f"--home={self._home / 'own'}", "--no-browser",
                                           "--no-restart", "--no-upgrade"], self._home)
        program.wait_until(lambda: self.ask("system/ping") is not None)

    def wait_until_idle(self) -> None:
        """Until it has looked at all that lies there, and has all that others have."""
        assert self._program
        self._program.wait_until(self._is_idle)

    def _is_idle(self) -> bool:
        status = self.ask(f"db/status?folder={FOLDER}")
        return bool(status and status["state"] == "idle" and status["needFiles"] == 0 and status["localFiles"])

    def wait_until_complete(self, other: Instance) -> None:
        """Until the other one is connected and has all that this one has."""
        assert self._program
        self._program.wait_until(lambda: self._is_complete(other))

    def _is_complete(self, other: Instance) -> bool:
        connections = self.ask("system/connections")
        if not connections or not connections["connections"].get(other.identity, {}).get("connected"):
            return False
        status = self.ask(f"db/completion?folder={FOLDER}&device={other.identity}")
        return bool(status and status["completion"] == 100 and status["globalItems"])

    def ask(self, what: str) -> Any:
        """The answer of its page for programs; None while it has none."""
        request = urllib.request.Request(self._page + what, headers={"X-API-Key": self._key})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def used(self) -> Used:
        assert self._program
        return self._program.used()

    def end(self) -> None:
        if self._program:
            self._program.end()

    def _root(self, path: str) -> ElementTree.Element:
        found = self._document.getroot().find(path)
        assert found is not None, path
        return found


class Syncthing:
    """The first and, with `pair`, the second one. They have a save when the second has the content; what it replaced
    lies in its .stversions then. What they use is that of both."""

    every = 3600.0

    def __init__(self, ground: Ground, delay: int = 10, *, pair: bool = True) -> None:
        home = ground.fresh()
        self._all = [Instance(home / name, delay) for name in ("first", "second")[: 1 + pair]]
        for one in self._all:
            one.configure([other for other in self._all if other is not one])
        self.root = self.tree = make_tree(self._all[0].tree, {"project.yaml": FACTS})  # as folderkit has it

    def begin(self) -> None:
        for one in self._all:
            one.start()
        for one in self._all[1:]:
            self._all[0].wait_until_idle()
            self._all[0].wait_until_complete(one)
        for one in self._all:
            one.wait_until_idle()

    def arrived(self, waiting: Sequence[Save]) -> list[Save]:
        return [one for one in waiting if _holds(self._all[-1].tree / one.path, one.data)]

    def held(self) -> tuple[int, int]:
        status = self._all[-1].ask(f"db/status?folder={FOLDER}")
        files = status["localFiles"] if status else 0
        return files, files

    def used(self) -> Used:
        found = [one.used() for one in self._all]
        return Used(sum(one.cpu for one in found), sum(one.memory for one in found))

    def end(self) -> None:
        for one in self._all:
            one.end()


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except FileNotFoundError:
        return False


def _copy(element: ElementTree.Element) -> ElementTree.Element:
    return ElementTree.fromstring(ElementTree.tostring(element))


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
