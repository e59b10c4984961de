"""All that programs do under a watch, in one table."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.faults.programs import copying, desktop, hostile, libreoffice, masses, office, shares
from tests.faults.programs.world import WATCH, Fault, World, world


class Scenario(NamedTuple):
    """What happens in a world; which `programs` it takes; how the watch is started, and what `prepare` makes before."""

    act: Callable[[World], None]
    programs: Sequence[str] = ()
    command: Callable[[], Sequence[str]] = lambda: WATCH
    prepare: Callable[[Path], None] | None = None

    def run(self) -> list[Fault]:
        """What was wrong. Raises `Unable` where the machine does not let it run."""
        with world(self.command(), self.prepare) as made:
            self.act(made)
            return made.end()


PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin", *copying.SFTP_FOLDERS])
OFFICE = ("soffice", libreoffice.PYTHON)
SAMBA = ("smbd", "smbclient")
DESKTOP = ("Xvfb", "xdotool", "pcmanfm")
SCENARIOS: dict[str, Scenario] = {
    "slow-writer": Scenario(partial(copying.slow_writer, pause=0.3)),
    "slow-writer-pauses": Scenario(partial(copying.slow_writer, pause=2.5)),
    "curl": Scenario(copying.curl, ("curl",)),
    "curl-killed": Scenario(copying.curl_killed, ("curl",)),
    "rsync": Scenario(partial(copying.rsync_with, way=("--whole-file",)), ("rsync",)),
    "rsync-times": Scenario(partial(copying.rsync_with, way=("-a",)), ("rsync",)),
    "rsync-inplace": Scenario(partial(copying.rsync_with, way=("--inplace",)), ("rsync",)),
    "rsync-inplace-slow": Scenario(partial(copying.rsync_with, way=("--inplace", "--bwlimit=60")), ("rsync",)),
    "rsync-inplace-killed": Scenario(copying.rsync_killed_in_place, ("rsync",)),
    "rsync-killed": Scenario(copying.rsync_killed, ("rsync",)),
    "cp-large": Scenario(copying.cp_large, ("cp",)),
    "cp-stalled": Scenario(copying.cp_stalled, ("cp",)),
    "sftp": Scenario(copying.sftp, ("sftp", "sftp-server")),
    "tar": Scenario(copying.tar, ("tar",)),
    "unzip": Scenario(copying.unzip, ("unzip",)),
    "mv": Scenario(copying.move_in, ("mv",)),
    "mv-across": Scenario(copying.move_across, ("mv",)),
    "samba-put": Scenario(shares.put, SAMBA),
    "samba-killed": Scenario(shares.put_killed, SAMBA),
    "vim": Scenario(office.vim, ("vim",)),
    "word": Scenario(partial(office.replay, save=office.word, seconds=0.0)),
    "word-slow": Scenario(partial(office.replay, save=office.word, seconds=1.2)),
    "excel": Scenario(partial(office.replay, save=office.excel, seconds=0.0)),
    "excel-slow": Scenario(partial(office.replay, save=office.excel, seconds=1.2)),
    "wps": Scenario(partial(office.replay, save=office.wps, seconds=0.0)),
    "wps-slow": Scenario(partial(office.replay, save=office.wps, seconds=1.2)),
    "libreoffice": Scenario(libreoffice.saves, OFFICE),
    "libreoffice-in-a-row": Scenario(libreoffice.saves_in_a_row, OFFICE),
    "libreoffice-killed": Scenario(libreoffice.killed_while_saving, OFFICE),
    "libreoffice-stale-lock": Scenario(libreoffice.stale_lock),
    "drag-move": Scenario(partial(desktop.drag, copy=False), DESKTOP),
    "drag-copy": Scenario(partial(desktop.drag, copy=True), DESKTOP),
    "folders-20000": Scenario(masses.nested_folders, ("cp",)),
    "overflow": Scenario(masses.overflow),
    "watch-limit": Scenario(masses.watch_limit, ("unshare",), masses.limited, masses.make_folders),
    "links": Scenario(hostile.links),
    "specials": Scenario(hostile.specials),
    "closed": Scenario(hostile.closed, ("setpriv",), hostile.plain_user),
    "restless": Scenario(hostile.restless),
    "rewritten": Scenario(hostile.rewritten),
    "names": Scenario(hostile.names),
    "deep": Scenario(hostile.deep),
}


def lacking(scenario: Scenario) -> list[str]:
    """Which of its programs are not here."""
    return [program for program in scenario.programs if not shutil.which(program, path=PATH)]
